"""A plugin as a package brings it: a field that is read, a plain one, functions in AudQL, and a kind of learning."""

from audql import Condition, Field, Function, Many, Parameter, Plugin, RecordType, Reduction, Scalar


def _tenure_band(person: object) -> object:
    """The years since hiring, as the payroll system has them, in words."""
    years = person.get("years") if isinstance(person, dict) else getattr(person, "years", None)
    if not isinstance(years, int):
        return None
    return "new" if years < 1 else "settled" if years < 5 else "old hand"


plugin = Plugin(
    name="shifts",
    fields={
        "person": (
            Field("tenure_band", Scalar.TEXT, read=_tenure_band, values=("new", "settled", "old hand")),
            Field("shifts", Many("shift"), also=("shift",)),
            Field("night_shifts", Many("shift"), also=("night_shift",), base="shifts", where="night"),
        ),
        "job": (Field("union", Scalar.TEXT),),
    },
    records=(
        RecordType(
            "shift",
            "shift",
            "shifts",
            (Field("day", Scalar.DATE), Field("night", Scalar.YES_NO), Field("place", Scalar.TEXT)),
            short=("place",),
        ),
    ),
    functions=(
        Function(
            "worked_nights",
            (Parameter("within", "window", takes="window"),),
            Condition("any night_shift (day within window)"),
            "worked_nights(within: 1 month)",
            "has worked a night",
        ),
        Function(
            "last_shift",
            (Parameter("place", "where_it_was", takes="text"),),
            Reduction("max", "shifts", "place = where_it_was", "day"),
            'last_shift("Ward 3") more than 1 month ago',
            "the day of the latest shift",
        ),
    ),
    kinds=("workshop",),
    recipients=("shift_lead",),
)
