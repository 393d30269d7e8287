"""Typed random queries as text, as hypothesis strategies: every construct of the language, in every place it can stand.

Nearly every text compiles: names, types and brackets are followed here as the checker follows them. Words, numbers and
days come from the pools of `people.py`, so that conditions are met often enough.
"""

from dataclasses import dataclass, replace
from functools import cache

from hypothesis import strategies as st
from people import IDS, WORDS

from audql.types import Field, Many, RecordType, Scalar
from audql.vocabulary import PEOPLE

TIMES = (Scalar.DATE, Scalar.INSTANT)
UNDECLARED = {
    "custom": ("Level", "`Cost Centre`", "when", "flag"),
    "org": ("division", "level"),
    "position": ("division", "level"),
}
"""Names that the schema does not declare, and that records here may hold."""

NAMES = tuple(dict.fromkeys(w.strip() for w in (*WORDS, *IDS) if w.strip() and w.isprintable()))


@dataclass(frozen=True, slots=True)
class Place:
    """A path and what it leads to: a scalar's type, or the name of a record type. `many` by way of a collection."""

    text: str
    type: Scalar | str
    field: Field | None = None
    through: str = ""
    """The first collection on the way."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The names of the record types of the items in sight, the innermost first, and the collections opened."""

    items: tuple[str, ...] = ("person",)
    opened: tuple[str, ...] = ()
    room: int = 3
    """How much deeper brackets can go."""

    @property
    def deeper(self) -> "Scope":
        return replace(self, room=self.room - 1)


def _name(field: Field) -> tuple[str, ...]:
    return (field.name, *field.also)


@cache
def places(record: str, depth: int = 2) -> tuple[Place, ...]:
    """Where the names of a record type lead, by way of references and collections."""
    found: list[Place] = []
    type_: RecordType = PEOPLE.record(record)
    for field in type_.fields:
        if field.hidden:
            continue
        if isinstance(field.type, Scalar):
            found.append(Place(field.name, field.type, field))
            continue
        through = (field.means or (field.base or field.name,))[0] if isinstance(field.type, Many) else ""
        through = "all_jobs" if through == "jobs" else through
        found += [Place(name, field.type.record, field, through) for name in _name(field)]
        found += [
            replace(inner, text=f"{field.name}.{inner.text}", through=through or inner.through)
            for inner in (places(field.type.record, depth - 1) if depth else ())
        ]
    found += [Place(name, Scalar.ANY) for name in UNDECLARED.get(record, ())]
    return tuple(found)


@cache
def in_sight(scope: Scope) -> tuple[Place, ...]:
    """What a path can lead to from a scope. Bare names are mostly the innermost item's."""
    inner, *outer = scope.items
    undeclared = UNDECLARED.get(inner, ()) if outer else ()
    found = [place for place in places(inner) if place.text not in undeclared]
    if outer:
        open_inside = PEOPLE.record(inner).open
        found += [replace(p, text=f"person.{p.text}") for p in places("person", 1)]
        seen = {name for f in PEOPLE.record(inner).fields for name in _name(f)}
        for around in outer:
            mine = {f.name: f for f in PEOPLE.record(around).fields}
            for place in places(around, 1):
                first = place.text.split(".")[0]
                own = first in mine or any(first in f.also for f in mine.values())
                if own and first not in seen and not (open_inside and "." not in place.text):
                    found.append(place)
            seen |= {name for f in PEOPLE.record(around).fields for name in _name(f)}
    return tuple(p for p in found if not _opens_again(p, scope))


def _opens_again(place: Place, scope: Scope) -> bool:
    """Whether the path names a collection whose brackets it stands in."""
    first = place.text.split(".")[0]
    field = next((f for name in scope.items for f in PEOPLE.record(name).fields if first in _name(f)), None)
    return field is not None and field.name in scope.opened and PEOPLE.record(scope.items[0]).field(first) is None


# --- operands ---------------------------------------------------------------------------------------------------------

_any_word = st.sampled_from(NAMES)


def quoted(text: str) -> str:
    """The text as a literal."""
    return '"' + text.replace('"', '""') + '"'


words = _any_word.map(quoted)
numbers = st.sampled_from(
    ("0", "1", "5", "7", "70", "92", "-1", "2.5", "5.0", "0.1", "1000000000000000000000000000000")
)
counts = st.integers(0, 3).map(str)
dates = st.sampled_from(
    ("2026-11-23", "2026-11-22", "2024-02-29", "2023-02-28", "0001-01-01", "9999-12-31", "2026-10-31", "2027-01-01")
)
instants = st.sampled_from(
    ("2026-11-23T14:30:00Z", "2026-11-23T00:00:00", "2026-11-22T23:59:59+01:00", "2026-11-24T00:30:00-05:00")
)
_whole_units = ("day", "days", "week", "weeks", "month", "months", "quarter", "quarters", "year", "years")
windows = st.one_of(
    st.builds(
        "{} {} {}".format,
        st.sampled_from(("last", "next")),
        st.sampled_from((0, 1, 30, 90)),
        st.sampled_from(_whole_units),
    ),
    st.builds("{} {}".format, st.sampled_from(("this", "previous", "following")), st.sampled_from(_whole_units[::2])),
)
lengths = st.builds("{} {}".format, st.sampled_from((0, 1, 2, 30, 12_000)), st.sampled_from(_whole_units))
day_lengths = st.builds("{} {}".format, st.sampled_from((0, 1, 30, 365)), st.sampled_from(("days", "weeks")))
hour_lengths = st.builds("{} {}".format, st.sampled_from((0, 1, 24, 700)), st.sampled_from(("hour", "hours")))
relatives = st.builds("{} {}".format, lengths, st.sampled_from(("ago", "from now")))
patterns = st.sampled_from(("[0-9]{4}", "^R", "retail$", "stra(ss|ß)e", ".", "^$", "σ", "İ", r"\bRN\b", "(?i)gb"))
moments = st.one_of(dates, relatives, st.just("today"))
_any_moment = st.one_of(
    moments, instants, st.just("now"), st.builds("{} {}".format, hour_lengths, st.sampled_from(("ago", "from now")))
)


@st.composite
def listed(draw: st.DrawFn, element: st.SearchStrategy[str], most: int = 3) -> str:
    """A list in brackets."""
    return "(" + ", ".join(draw(st.lists(element, min_size=1, max_size=most))) + ")"


# --- comparisons ------------------------------------------------------------------------------------------------------

_not = st.sampled_from(("", "", "not "))
_ORDER = ("=", "!=", "<", "<=", ">", ">=")


@st.composite
def comparison(draw: st.DrawFn, scope: Scope) -> str:
    """A condition on one place."""
    reached = in_sight(scope)
    place = draw(st.sampled_from(reached))
    return draw(_comparison_of(place, scope))


def _comparison_of(place: Place, scope: Scope) -> st.SearchStrategy[str]:
    match place.type:
        case Scalar.TEXT | Scalar.CODE:
            return _of_text(place, scope)
        case Scalar.NUMBER:
            return _of_number(place, scope)
        case Scalar.YES_NO:
            return _of_truth(place)
        case Scalar.DATE | Scalar.INSTANT:
            return _of_time(place, scope)
        case Scalar.ANY:
            return st.one_of(_of_text(place, scope), _of_number(place, scope), _of_truth(place), _of_time(place, scope))
        case _:
            return _of_reference(place, scope)


def _others(place: Place, scope: Scope, types: tuple[Scalar, ...]) -> list[str]:
    """Paths of those types that the place can be compared with: not two through one collection."""
    return [
        p.text
        for p in in_sight(scope)
        if p.type in types and not (p.through and place.through) and not (p.field and p.field.values)
    ]


@st.composite
def _of_text(draw: st.DrawFn, place: Place, scope: Scope) -> str:
    path = place.text
    values = place.field.values if place.field else ()
    literal = st.sampled_from(values).map(quoted) if values else words
    others = _others(place, scope, (Scalar.TEXT, Scalar.CODE, Scalar.ANY)) if not values else []
    another = st.one_of(words, st.sampled_from(others)) if others else words
    match draw(st.integers(0, 7)):
        case 0 | 1:
            return f"{path} {draw(st.sampled_from(('=', '!=')))} {draw(literal)}"
        case 2:
            return f"{path} {draw(_not)}in {draw(listed(literal))}"
        case 3:
            return f"{path} is {draw(_not)}set"
        case 4:
            return f"{path} {draw(_not)}matches {draw(patterns.map(quoted))}"
        case 5 if others:
            return f"{path} {draw(st.sampled_from(('=', '!=')))} {draw(st.sampled_from(others))}"
        case 6:
            operator = draw(st.sampled_from(("contains", "contains word", "starts with", "ends with")))
            return f"{path} {draw(_not)}{operator} {draw(listed(words))}"
        case _:
            operator = draw(st.sampled_from(("contains", "contains word", "starts with", "ends with")))
            return f"{path} {draw(_not)}{operator} {draw(another)}"


@st.composite
def _of_number(draw: st.DrawFn, place: Place, scope: Scope) -> str:
    path = place.text
    others = _others(place, scope, (Scalar.NUMBER, Scalar.ANY))
    calls = ('completions_count("Safety")', 'last_grade("Safety")', "completions_count()")
    right = st.one_of(numbers, numbers, st.sampled_from((*others, *calls)) if others else numbers)
    match draw(st.integers(0, 5)):
        case 0:
            return f"{path} {draw(_not)}between {draw(numbers)} and {draw(numbers)}"
        case 1:
            return f"{path} {draw(_not)}in {draw(listed(right))}"
        case 2:
            return f"{path} is {draw(_not)}set"
        case _:
            return f"{path} {draw(st.sampled_from(_ORDER))} {draw(right)}"


@st.composite
def _of_truth(draw: st.DrawFn, place: Place) -> str:
    path = place.text
    ways = (
        path,
        f"not {path}",
        f"{path} = true",
        f"{path} = false",
        f"{path} != true",
        f"{path} is set",
        f"{path} is not set",
    )
    return draw(st.sampled_from(ways))


@st.composite
def _of_time(draw: st.DrawFn, place: Place, scope: Scope) -> str:
    path = place.text
    others = _others(place, scope, (*TIMES, Scalar.ANY))
    calls = ('last_completed("Safety")', 'member_since("Retail")') if not place.through else ()
    fields = st.sampled_from((*others, *calls)) if others or calls else None
    moment = _any_moment
    right = st.one_of(moment, moment, fields) if fields is not None else moment
    hours = place.type is not Scalar.DATE
    match draw(st.integers(0, 11)):
        case 0 | 1:
            operator = draw(st.sampled_from(("before", "after", "on", "on or before", "on or after")))
            return f"{path} {draw(_not)}{operator} {draw(right)}"
        case 2:
            return f"{path} {draw(st.sampled_from(_ORDER))} {draw(right)}"
        case 3:
            return f"{path} {draw(_not)}between {draw(moment)} and {draw(moment)}"
        case 4 | 5:
            return f"{path} {draw(_not)}within {draw(windows)}"
        case 6:
            length = draw(st.one_of(lengths, hour_lengths) if hours else lengths)
            side = draw(st.sampled_from(("ago", "from now")))
            return f"{path} {draw(_not)}{draw(st.sampled_from(('more', 'less')))} than {length} {side}"
        case 7:
            side = draw(st.sampled_from(("before", "after")))
            than = draw(st.sampled_from(("more", "less")))
            return f"{path} {draw(_not)}{than} than {draw(lengths)} {side} {draw(moments)}"
        case 8 if fields is not None:
            side = draw(st.sampled_from(("before", "after")))
            than = draw(st.sampled_from(("more", "less")))
            return f"{path} {draw(_not)}{than} than {draw(day_lengths)} {side} {draw(fields)}"
        case 9:
            side = draw(st.sampled_from(("of", "before", "after")))
            return f"{path} {draw(_not)}within {draw(lengths)} {side} {draw(moments)}"
        case 10 if fields is not None:
            side = draw(st.sampled_from(("of", "before", "after")))
            length = draw(day_lengths)
            if hours:
                instant = [p for p in _others(place, scope, (Scalar.INSTANT, Scalar.ANY)) if "." not in p or hours]
                by_hours: bool = draw(st.booleans())
                if instant and by_hours:
                    return f"{path} {draw(_not)}within {draw(hour_lengths)} {side} {draw(st.sampled_from(instant))}"
            return f"{path} {draw(_not)}within {length} {side} {draw(fields)}"
        case _:
            return f"{path} is {draw(_not)}set"


@st.composite
def _of_reference(draw: st.DrawFn, place: Place, scope: Scope) -> str:
    path = place.text
    record = PEOPLE.record(str(place.type))
    others = [
        p.text
        for p in in_sight(scope)
        if not (p.through and place.through) and (p.type == place.type or p.type in (Scalar.TEXT, Scalar.CODE))
    ]
    what = draw(st.integers(0, 6))
    if record.keys:
        if what <= 1:
            return f"{path} {draw(st.sampled_from(('=', '!=')))} {draw(words)}"
        if what == 2:
            return f"{path} {draw(_not)}in {draw(listed(words))}"
        if what == 3 and others:
            return f"{path} = {draw(st.sampled_from(others))}"
        if what <= 5 and record.field("ancestors") is not None:
            nodes = draw(st.one_of(words, listed(words)))
            return f"{path} {draw(_not)}{draw(st.sampled_from(('within', 'under')))} {nodes}"
        if record.field("name") is not None and what == 6:
            return f"{path} {draw(_not)}contains {draw(words)}"
    return f"{path} is {draw(_not)}set"


# --- functions --------------------------------------------------------------------------------------------------------

_kinds = st.sampled_from(("course", "programme", "event", "Safety")).map(quoted)
_finished = st.one_of(
    st.just(""),
    _kinds.filter(lambda k: k != quoted("Safety")).map(", kind: {}".format),
    st.one_of(windows, lengths).map(", within: {}".format),
    moments.map(", before: {}".format),
    moments.map(", after: {}".format),
    st.builds(", within: {}, before: {}".format, windows, moments),
)
_which = st.one_of(
    words,
    words,
    listed(words).map("any: {}".format),
    listed(words).map("all: {}".format),
    st.sampled_from(("country", "badge.name", "jobs.title")),
)
calls = st.one_of(
    st.builds("completed({}{})".format, _which, _finished),
    st.builds("completed_programme({})".format, words),
    st.sampled_from(("enrolled()", "overdue()", "in_progress()", "manages_people()", 'overdue("Fire")')),
    st.builds(
        "{}({})".format, st.sampled_from(("enrolled", "in_progress", "certified", "has_badge", "member")), _which
    ),
    st.builds("certification_expires({}, within_next: {})".format, words, lengths),
    st.builds("attended({}, within: {})".format, words, windows),
    st.builds("competent({}, level: {})".format, words, words),
    st.builds(
        "reports_to({}{})".format, st.sampled_from(IDS).map(quoted), st.sampled_from(("", ", at_any_level: true"))
    ),
    st.builds(
        "anniversary({}, within: {})".format,
        st.sampled_from(("hired", "created", "job.started", "badge.achieved")),
        windows,
    ),
    st.builds("anniversary(hired, years: {}, within: {})".format, st.sampled_from((1, 2, 5, 9000)), windows),
    st.builds(
        "{}({}) {} {}".format,
        st.sampled_from(("last_completed", "first_completed", "last_enrolled", "member_since")),
        words,
        st.sampled_from(("before", "after", "on", "not on or before", "<", "!=", "=")),
        _any_moment.filter(lambda m: "hour" not in m),
    ),
    st.builds(
        "{}({}) {}within {}".format,
        st.sampled_from(("last_completed", "first_completed", "last_enrolled", "member_since")),
        words,
        _not,
        windows,
    ),
    st.builds("last_completed({}) within {} of last_enrolled({})".format, words, day_lengths, words),
    st.builds("first_completed({}) {} first_completed({})".format, words, st.sampled_from(("<", "=", "after")), words),
    st.builds("last_completed({}) more than {} after hired".format, words, day_lengths),
    st.builds("last_grade({}) {} {}".format, words, st.sampled_from(_ORDER), numbers),
    st.builds("last_grade({}) is {}set".format, words, _not),
    st.builds("completions_count({}{}) {} {}".format, words, _finished, st.sampled_from(_ORDER), counts),
    st.builds("completions_count() {} {}".format, st.sampled_from(_ORDER), counts),
)

# --- queries ----------------------------------------------------------------------------------------------------------


@st.composite
def quantified(draw: st.DrawFn, scope: Scope) -> str:
    """Items of a collection, or of a reference, and what holds of them."""
    collections = [p for p in in_sight(scope) if isinstance(p.type, str) and p.type != "custom"]
    place = draw(st.sampled_from(collections))
    assert isinstance(place.type, str)
    first = place.text.split(".")[0]
    field = next((f for name in scope.items for f in PEOPLE.record(name).fields if first in _name(f)), None)
    opened = (*scope.opened, *((field.name,) if field else ()))
    inner = Scope((place.type, *scope.items), opened, scope.room - 1)
    bare = scope.room <= 0 or draw(st.integers(0, 4)) == 0
    where = "" if bare else f" ({draw(queries_in(inner))})"
    words_before = ("any", "no") if bare else ("any", "every", "no")
    how = draw(
        st.one_of(
            st.sampled_from(words_before),
            st.sampled_from(words_before),
            st.builds("{} {}".format, st.sampled_from(("at least", "at most", "exactly")), counts),
        )
    )
    return f"{how} {place.text}{where}"


@st.composite
def queries_in(draw: st.DrawFn, scope: Scope) -> str:
    """A query about the innermost item of a scope."""
    kind = draw(st.integers(0, 15))
    if scope.room <= 0:
        kind = min(kind, 8)
    match kind:
        case 0 | 1 | 2 | 3 | 4 | 5 | 6:
            return draw(comparison(scope))
        case 7 | 8:
            either: st.SearchStrategy[str] = calls if scope.items[0] == "person" else comparison(scope)
            return draw(either)
        case 9 | 10:
            return draw(quantified(scope))
        case 11:
            return f"not ({draw(queries_in(scope.deeper))})"
        case 12:
            parts = draw(st.lists(queries_in(scope.deeper), min_size=2, max_size=4))
            count = draw(st.integers(0, len(parts)))
            return f"{draw(st.sampled_from(('at least', 'at most', 'exactly')))} {count} of ({', '.join(parts)})"
        case _:
            word = draw(st.sampled_from((" and ", " or ")))
            bracketed = [f"({part})" for part in draw(st.lists(queries_in(scope.deeper), min_size=2, max_size=3))]
            return str(word.join(bracketed))


queries: st.SearchStrategy[str] = queries_in(Scope())
"""A query about a person, as text."""
