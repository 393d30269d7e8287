"""Random people of every oddity, as hypothesis strategies: what a record can hold, however wrong.

Values come from small pools that the queries of `queries.py` draw from too, so that conditions are met often enough.
"""

import datetime as dt
import uuid
from collections import UserDict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, make_dataclass
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple, NoReturn
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

TODAY = dt.date(2026, 11, 23)

WORDS = (
    *("Retail", "retail", " RETAIL ", "Safety", "Fire", "GB", "IE", "Nurse", "RN", "RN, night", "intern", "A&E", "5S"),
    *("Store manager", "Manager", "EMEA", "UK", "5", "true", "no", "1", "2026-11-23", "4100", "Proficient", "course"),
    *(
        "Straße",
        "STRASSE",
        "İstanbul",
        "istanbul",
        "i̇stanbul",
        "ΣΑΣ",
        "σας",
        "Ｒｅｔａｉｌ",
        "é",
        "é",
        "ﬁre",
        "ẞ",
        "ͅ",
        "ǰ",
    ),
)
ODD_WORDS = (
    "",
    " ",
    "\t\n",
    "\u00a0",
    "\u200b",
    "Retail\u00a0",
    "\u3000GB",
    "\ud800",
    "Fire\udfff",
    "\x00",
    "x" * 70,
    "𝓡etail",
)
IDS = ("u1", "u2", "u3", "u4", "ann", "BOB", "ann@example.com", "7", "u9")
NUMBERS = (
    *(0, 1, 5, 7, 70, 92, -1, 2.5, 5.0, 0.1, Decimal("5"), Decimal("5.00"), Decimal("0.1"), "5", " 92 ", "2.5", "1e2"),
    *(10**30, 1e300, -0.0, float("nan"), float("inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")),
    *(Decimal("1E+999999"), True, False, "1e9999", "٥", "0x5", "5 ", "1_000", 10**4400),
)
TRUTHS = (True, False, "true", "Yes", " no ", 1, 0, "1", "0", 2, 1.0, None, "", "maybe", "ＹＥＳ", 10**5000)
ZONES = ("UTC", "Europe/London", "Pacific/Kiritimati", "America/St_Johns")
_DAYS = (
    *(TODAY + dt.timedelta(days=n) for n in (0, 1, -1, -7, -29, -30, -31, -90, -365, 7, 30, 31)),
    *(dt.date(2024, 2, 29), dt.date(2023, 2, 28), dt.date(2026, 1, 31), dt.date(1, 1, 1), dt.date(9999, 12, 31)),
    *(dt.date(2026, 11, 1), dt.date(2026, 10, 31), dt.date(2026, 12, 31), dt.date(2027, 1, 1), dt.date(2020, 11, 23)),
)
_CLOCKS = (
    *("T00:00:00Z", "T23:59:59.999999Z", "T00:00:00", "T12:30", "T08:00:00+01:00", " 23:30:00-05:00", "t10:00z"),
    *("T00:00:00+14:00", "T23:59:59.123456789-1200", "T25:00:00", "T10:00:00+99:99"),
)
_TIME_TEXTS = (
    *(" 2026-11-20 ", "2026-02-30", "2025-02-29", "0000-01-01", "20261123", "2026-W48-1", "23/11/2026", "2026-1-2"),
    *(
        "2026-11-23 ",
        "２０２６-１１-２３",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "10000-01-01",
        "2026-11-23\x00",
    ),
)


class Colour(Enum):
    """Enumerations whose values are texts."""

    RETAIL = "Retail"
    GB = "GB"


class Level(IntEnum):
    """And numbers."""

    FIVE = 5


class Loud(str):
    """A text of another class."""

    __slots__ = ()


class Day(dt.date):
    """A date of another class."""


class Whole(int):
    """A number of another class."""


class Kept(UserDict[str, object]):
    """A mapping that is no dict."""


class Named(dict[str, object]):
    """A dict of another class."""


class Listed(list[object]):
    """A list of another class."""


class Loose(BaseModel):
    """A pydantic model with whatever attributes."""

    model_config = ConfigDict(extra="allow")


class Sparse(Mapping[str, object]):
    """A mapping that knows fewer names than it is asked for, and is false."""

    def __init__(self, held: Mapping[str, object]) -> None:
        self._held = held

    def __getitem__(self, name: str) -> object:
        return self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __bool__(self) -> bool:
        return False


class Broken:
    """Whatever it is asked, it raises: an object whose session has ended, a proxy of nothing."""

    def __init__(self, problem: type[Exception] = ValueError) -> None:
        self.problem = problem

    def _fail(self, *_: object) -> NoReturn:
        raise object.__getattribute__(self, "problem")("closed")

    __getattribute__ = _fail
    __str__ = __iter__ = __len__ = __bool__ = __eq__ = __hash__ = __float__ = __int__ = _fail


class BrokenMapping(dict[str, object]):
    """A mapping of which nothing can be read."""

    def get(self, name: str, default: object = None) -> NoReturn:
        raise KeyError(name)

    __getitem__ = __iter__ = __len__ = __contains__ = __hash__ = get  # type: ignore[assignment]


class BrokenList(list[object]):
    """Elements that cannot be counted up; a tuple of them is not there."""

    def __iter__(self) -> NoReturn:
        raise RuntimeError("closed")

    __len__ = __getitem__ = __reversed__ = __iter__  # type: ignore[assignment]


class Halfway(Sequence[object]):
    """Elements of which the second cannot be read."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, at: object) -> Any:
        if at == 0:
            return "Retail"
        raise OSError("the rest is gone")


class BrokenZone(dt.tzinfo):
    """A zone that does not say where it is."""

    def utcoffset(self, when: dt.datetime | None) -> NoReturn:
        raise LookupError("no zone")

    tzname = dst = utcoffset


class Silent(dt.tzinfo):
    """A zone that has no offset, so that a time in it is a naive one."""

    def utcoffset(self, when: dt.datetime | None) -> None:
        return None

    tzname = dst = utcoffset


class NotATime(dt.datetime):
    """What some libraries say for no time: a datetime of which nothing can be asked."""

    def _fail(self, *_: object) -> NoReturn:
        raise ValueError("not a time")

    astimezone = date = timetz = utcoffset = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _fail  # type: ignore[assignment]
    year = month = property(_fail)


class Truth(str, Enum):  # noqa: UP042  # not the one whose `str()` is its value
    """An enumeration whose members are texts, but are written otherwise."""

    YES = "yes"
    RETAIL = "Retail"


class Thing(Enum):
    """Enumerations of what is no text."""

    HIGH = 92
    DAY = dt.date(2026, 11, 23)
    ON = True
    NONE = None
    BLANK = " "
    ORG = MappingProxyType({"id": "emea", "name": "EMEA"})
    SEVERAL = ("Retail", "Safety")


class Tuple(NamedTuple):
    """An item that is a tuple."""

    id: str = "u1"
    name: str = "Retail"
    manager: object = "u2"
    org: object = None


class WithMethods:
    """Names that are methods are no values."""

    name = "Retail"

    def jobs(self) -> list[object]:
        return []

    country = manager = suspended = hired = org = learning = jobs


def _as_dataclass(held: dict[str, object]) -> object:
    names = [name for name in held if name.isidentifier()]
    return make_dataclass("Row", [(name, object) for name in names], slots=True)(*(held[name] for name in names))


DRESSES: tuple[Callable[[dict[str, object]], object], ...] = (
    lambda held: SimpleNamespace(**held),
    MappingProxyType,
    Kept,
    Named,
    Sparse,
    lambda held: Loose.model_construct(**held),  # type: ignore[arg-type]  # whatever attributes
    _as_dataclass,
)
"""Forms that a record can have beside a plain dict."""

# --- single values ----------------------------------------------------------------------------------------------------

words = st.sampled_from(WORDS)
days = st.sampled_from(_DAYS)


@st.composite
def times(draw: st.DrawFn) -> object:
    """Something that may be a date or an instant."""
    kind = draw(st.integers(0, 9))
    day = draw(days)
    match kind:
        case 0 | 1 | 2 | 3:
            return day.isoformat()
        case 4:
            return day
        case 5:
            return day.isoformat() + draw(st.sampled_from(_CLOCKS))
        case 6:
            clock = draw(st.sampled_from((dt.time.min, dt.time.max, dt.time(23, 30), dt.time(1, 30, fold=1))))
            zone = draw(st.sampled_from((None, dt.UTC, ZoneInfo("Europe/London"), dt.timezone(dt.timedelta(hours=14)))))
            return dt.datetime.combine(day, clock, zone)
        case 7:
            return Day(day.year, day.month, day.day)
        case _:
            return draw(st.sampled_from((*_TIME_TEXTS, *NUMBERS, None, "")))


ODD: tuple[object, ...] = (
    *(
        None,
        "",
        " ",
        True,
        False,
        0,
        5,
        2.5,
        10**30,
        float("nan"),
        Decimal("sNaN"),
        Decimal("5"),
        b"Retail",
        bytearray(b"GB"),
    ),
    *(
        (),
        [],
        {},
        frozenset(),
        range(3),
        deque(["Retail"]),
        Colour.RETAIL,
        Colour.GB,
        Level.FIVE,
        Loud("Retail"),
        Whole(5),
    ),
    *(Fraction(5, 1), complex(1, 2), uuid.UUID(int=5), dt.time(1, 2), dt.timedelta(days=3), TODAY, Day(2026, 11, 23)),
    *(
        ["Retail", None, "", "GB"],
        ("Safety",),
        {"Fire"},
        [["Retail"]],
        [[]],
        [{}],
        [None],
        [True],
        [5, "5"],
        {"name": "Retail"},
    ),
    *(
        {"id": 7},
        {"id": None, "name": ""},
        object,
        len,
        Ellipsis,
        ODD_WORDS,
        iter(()),
        Listed(["Retail", "Safety"]),
        (n for n in ("Retail", "GB")),
        dict.fromkeys(("Retail", "GB")).keys(),
        {"Retail": 1}.values(),
    ),
    *(Broken(), Broken(TypeError), Broken(AttributeError), Broken(StopIteration), Broken(RecursionError)),
    *(BrokenMapping(name="Retail"), BrokenList(["Retail"]), Halfway(), [Broken(), "Retail"], WithMethods()),
    *(dt.datetime(2026, 11, 23, tzinfo=BrokenZone()), dt.datetime(2026, 11, 23, 1, tzinfo=Silent())),
    *(NotATime(2026, 11, 23), [NotATime(2026, 11, 23)], *Truth, *Thing, list(Thing), Tuple(), [Tuple()], Tuple(id="")),
    *({"id": uuid.UUID(int=5)}, SimpleNamespace(hex="#fff", name="Retail"), 10**5000, -(10**5000), [10**5000]),
    *({"name": {"name": "Retail"}}, {"id": ["u1", "u2"]}, {"path": "EMEA"}, {"learning": {"learning": "Safety"}}),
)
# By number, since hypothesis looks into what it samples from.
odd: st.SearchStrategy[object] = st.integers(0, len(ODD) - 1).map(ODD.__getitem__)
texts: st.SearchStrategy[object] = st.sampled_from((*WORDS, *WORDS, *ODD_WORDS, Colour.RETAIL, Loud("Retail"), 5, 7.0))
_scalars: dict[str, st.SearchStrategy[object]] = {
    "text": texts,
    "number": st.sampled_from(NUMBERS),
    "truth": st.sampled_from(TRUTHS),
    "time": times(),
}
_scalars["any"] = st.one_of(*_scalars.values())


@dataclass(frozen=True)
class Shape:
    """What a record of some type usually holds: names of scalars, references and collections, and texts it can be."""

    scalars: Mapping[str, str]
    one: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, str] = field(default_factory=dict)
    short: tuple[str, ...] = WORDS


SHAPES = {
    "node": Shape(
        {"id": "text", "name": "text", "type": "text", "division": "any", "level": "number", "path": "path"},
        {"parent": "node"},
    ),
    "job": Shape(
        {
            "id_number": "text",
            "title": "text",
            "started": "time",
            "ended": "time",
            "position_assigned": "time",
            "full_time": "truth",
            "primary": "truth",
        },
        {"org": "node", "position": "node", "manager": "person_name", "temporary_manager": "person_name"},
    ),
    "learning": Shape({"id": "text", "name": "text", "kind": "text", "category": "text", "tag": "tags"}),
    "event": Shape({"id": "text", "name": "text"}),
    "completion": Shape(
        {"kind": "text", "started": "time", "completed": "time", "grade": "number"}, {"learning": "learning"}
    ),
    "enrolment": Shape(
        {
            "kind": "text",
            "enrolled": "time",
            "started": "time",
            "completed": "time",
            "due": "time",
            "grade": "number",
            "status": "status",
        },
        {"learning": "learning"},
    ),
    "certification": Shape(
        {"name": "text", "certified": "time", "expires": "time", "assigned": "truth", "bare": "truth"}
    ),
    "attendance": Shape({"attended": "time", "status": "status"}, {"event": "event"}),
    "award": Shape({"name": "text", "achieved": "time", "level": "text"}),
    "membership": Shape({"name": "text", "since": "time"}),
    "custom": Shape({"Level": "number", "Cost Centre": "text", "when": "any", "flag": "truth"}, {}, {"rows": "award"}),
    "person_name": Shape({"id": "id", "username": "id", "email": "id", "country": "text"}, {"org": "node"}, short=IDS),
    "person": Shape(
        {
            "id": "id",
            "id_number": "text",
            "username": "id",
            "email": "id",
            "country": "text",
            "city": "text",
            "hired": "time",
            "created": "time",
            "first_login": "time",
            "last_login": "time",
            "suspended": "truth",
        },
        {"custom": "custom", "org": "node", "position": "node", "manager": "person_name"},
        {
            "jobs": "job",
            "completions": "completion",
            "enrolments": "enrolment",
            "reports": "person_name",
            "certifications": "certification",
            "attendances": "attendance",
            "competencies": "award",
            "badges": "award",
            "audiences": "membership",
            "temporary_reports": "person_name",
        },
    ),
}
_scalars["id"] = st.sampled_from(IDS)
_scalars["status"] = st.sampled_from(
    ("not started", "In Progress", "completed", "overdue", "suspended", "attended", "absent", None, "", 5)
)
_scalars["tags"] = st.one_of(texts, st.lists(texts, max_size=3), st.sampled_from((frozenset({"Fire"}), ("GB", None))))
_scalars["path"] = st.one_of(
    st.lists(st.sampled_from(("EMEA", "UK", "Retail", {"id": "emea", "name": "EMEA"}, 5, None)), max_size=3), odd
)


@st.composite
def item(draw: st.DrawFn, shape: str, depth: int = 3, plainness: int = 9) -> object:
    """An item of that shape: a record, a short text, or something quite odd. The greater `plainness`, the fewer."""
    what = draw(st.integers(0, plainness + 3))
    layout = SHAPES[shape]
    if what == plainness + 3 or depth == 0:
        return draw(odd)
    if what >= plainness + 1:
        return draw(st.sampled_from(layout.short))
    held = draw(_held(shape, depth, plainness))
    return draw(st.sampled_from(DRESSES))(held) if what == plainness else held


@st.composite
def _held(draw: st.DrawFn, shape: str, depth: int, plainness: int) -> dict[str, object]:
    layout = SHAPES[shape]
    names = (*layout.scalars, *layout.one, *layout.many)
    held: dict[str, object] = {}
    for name in draw(st.lists(st.sampled_from(names), unique=True, max_size=min(len(names), 7))):
        if draw(st.integers(0, plainness + 3)) == 0:
            held[name] = draw(odd)
        elif name in layout.scalars:
            held[name] = draw(_scalars[layout.scalars[name]])
        elif name in layout.one:
            held[name] = draw(item(layout.one[name], depth - 1, plainness))
        else:
            held[name] = draw(st.lists(item(layout.many[name], depth - 1, plainness), max_size=3))
    return held


people: st.SearchStrategy[object] = item("person")
"""One record, of any form."""

records: st.SearchStrategy[dict[str, object]] = _held("person", 3, 9)
"""One record that is a dict, whatever it holds."""


@st.composite
def plain_records(draw: st.DrawFn) -> dict[str, object]:
    """A record with hardly anything odd in it, as JSON would hold it."""
    return draw(_held("person", 3, 60))


@st.composite
def populations(draw: st.DrawFn) -> list[object]:
    """A few records that know one another: managers as ids, records or unknown, in cycles too, and duplicates."""
    found: list[object] = draw(st.lists(people, max_size=2))
    for name in draw(st.lists(st.sampled_from(IDS), max_size=4)):
        record: dict[str, object] = draw(st.one_of(records, plain_records()))
        record["id"] = name
        boss = draw(st.sampled_from((*IDS, "nobody", None, {"id": "u1"}, {"username": "ann"}, 7)))
        job = {"manager": boss, "org": draw(st.sampled_from(("Retail", {"name": "UK", "parent": "EMEA"}, None)))}
        record.update(draw(st.sampled_from(({"manager": boss}, {"jobs": [job]}, {"jobs": [job, job]}, {}))))
        found.append(draw(st.sampled_from((lambda r: r, lambda r: r, *DRESSES)))(record))
    return found
