"""What a record holds → values of AudQL's types. Nothing here raises; what cannot be read is nothing.

Records are other people's objects, and asking one runs its code: a property, `__iter__`, `tzinfo.utcoffset`. Whatever
that raises means that there is nothing to read.
"""

import datetime as dt
import numbers
import re
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from enum import Enum

from audql.text import fold

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|z|[+-]\d\d(:?\d\d)?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_AS_THEY_ARE = frozenset({type(None), dict, list, int})
"""Kinds of values that are never nothing, or nothing already; for speed."""
_METHODS = (types.MethodType, types.BuiltinMethodType, types.FunctionType)
_NO_ITEMS = (bool, bytes, bytearray, memoryview, complex, dt.date, dt.time, dt.timedelta, list, tuple, Set, Iterator)

EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)
LATEST = dt.datetime.max.replace(tzinfo=dt.UTC)


def get(item: object, name: str) -> object:
    """What a mapping holds under the name, or an object as that attribute that is no method; None if nothing."""
    try:
        # A plain dict first, since asking an abstract class takes several times as long as reading it.
        if isinstance(item, dict) or isinstance(item, Mapping):  # noqa: SIM101
            return present(item.get(name))
        value = getattr(item, name, None)
        return None if isinstance(value, _METHODS) else present(value)
    except Exception:
        return None


def overlaid(item: object, held: Mapping[str, object]) -> Mapping[str, object]:
    """The item with what is held instead under some names; of a plain dict one, which engines are fastest with."""
    return {**item, **held} if type(item) is dict else _Overlaid(item, held)


class _Overlaid(Mapping[str, object]):
    __slots__ = ("held", "item")

    def __init__(self, item: object, held: Mapping[str, object]) -> None:
        self.item, self.held = item, held

    def get(self, name: str, default: object = None) -> object:
        """As mappings do, without their detour through exceptions."""
        found = self[name]
        return default if found is None else found

    def __getitem__(self, name: str) -> object:
        return self.held[name] if name in self.held else get(self.item, name)

    def __iter__(self) -> Iterator[str]:
        own = self.item if isinstance(self.item, Mapping) else getattr(self.item, "__dict__", {})
        return iter({**dict.fromkeys(own), **dict.fromkeys(self.held)})

    def __len__(self) -> int:
        return sum(1 for _ in self)


def present(value: object) -> object:
    """The value, of an Enum member what it stands for; None for a blank text, and for NaN, which some say for none."""
    kind = type(value)
    if kind is str:
        return value if value.strip() else None  # type: ignore[attr-defined]  # just seen
    if kind in _AS_THEY_ARE:
        return value
    try:
        if isinstance(value, Enum):
            value = value.value
        if isinstance(value, str):
            return value if value.strip() else None
        if isinstance(value, float):
            return None if value != value else value
        if isinstance(value, Decimal):
            return None if value.is_nan() else value
        return value if value.__class__ else None  # a proxy of nothing does not even say what it is
    except Exception:
        return None


def each(value: object) -> Iterator[object]:
    """The elements of a collection that are not nothing, or the one value that it is."""
    kind = type(value)
    if kind is dict:
        yield value
        return
    elements = value if kind is list or kind is tuple else _elements(value)
    for element in elements:  # type: ignore[attr-defined]  # each of them is iterable
        found = element if type(element) is dict else present(element)
        if found is not None:
            yield found


def _elements(value: object) -> Iterable[object]:
    value = present(value)
    if isinstance(value, str | bytes | dict | Mapping) or not isinstance(value, Sequence | Set) or _is_named(value):
        return (value,)
    try:
        return tuple(value)
    except Exception:
        return ()


def _is_named(value: object) -> bool:
    """Whether the value is a named tuple, which is one thing with attributes."""
    return isinstance(value, tuple) and hasattr(value, "_fields")


def is_scalar(value: object) -> bool:
    """Whether the value is a plain text, a number or a UUID, which stands for the name of an item."""
    if isinstance(value, dict):
        return False
    return (isinstance(value, str | int | float | Decimal) and not isinstance(value, bool)) or _is_uuid(value)


def _is_uuid(value: object) -> bool:
    """Whether it looks like one; where records have none, the module of UUIDs need not be loaded."""
    try:
        return isinstance(getattr(value, "hex", None), str) and isinstance(getattr(value, "int", None), int)
    except Exception:
        return False


def is_item(value: object) -> bool:
    """Whether the value can be something that has fields."""
    return isinstance(value, dict) or not isinstance(value, _NO_ITEMS) or _is_named(value)


def text(value: object) -> str | None:
    """A text, or the plain form of a number or UUID (an id given as one). Not of a yes or no."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool) or not (isinstance(value, int | float | Decimal | numbers.Integral) or _is_uuid(value)):
        return None
    try:
        return str(value)
    except Exception:  # Python writes no whole number of over 4,300 digits, and none is an id
        return None


def number(value: object, *, declared: bool = True) -> Decimal | None:
    """A finite number, exact: a float as its shortest decimal form. Where declared so, a text's too."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        value = Decimal(repr(float(value)))
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, str):
        stripped = value.strip()
        return Decimal(stripped) if declared and len(stripped) <= 400 and _NUMBER.fullmatch(stripped) else None
    if isinstance(value, numbers.Integral):
        try:
            return Decimal(int(value))
        except Exception:
            return None
    return None


def yes_no(value: object, *, declared: bool = True) -> bool | None:
    """A yes or no; where declared so, also `"true"`, `"yes"`, `1` and their opposites."""
    if isinstance(value, bool):
        return value
    if declared and isinstance(value, int):
        return bool(value) if value in (0, 1) else None
    if not declared or not isinstance(value, str):
        return None
    folded = fold(value)
    return True if folded in _YES else False if folded in _NO else None


def moment(value: object, zone: dt.tzinfo) -> dt.date | dt.datetime | None:
    """A date, or an instant in UTC; from a text in ISO 8601's calendar form, too. Naive instants are in `zone`."""
    if isinstance(value, str):
        written = value.strip()
        try:
            if _DATE.fullmatch(written):
                return dt.date.fromisoformat(written)
            if not _INSTANT.fullmatch(written):
                return None
            value = dt.datetime.fromisoformat(written.upper())
        except ValueError:
            return None
    if not isinstance(value, dt.date):
        return None
    try:
        return utc(value, zone) if isinstance(value, dt.datetime) else dt.date(value.year, value.month, value.day)
    except Exception:
        return None


def utc(instant: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """The instant in UTC, a naive one being in `zone`; clamped to the years 1 to 9999."""
    if type(instant) is not dt.datetime:  # of a class that may compare in its own way
        instant = dt.datetime.combine(dt.date(instant.year, instant.month, instant.day), instant.timetz())
    if instant.utcoffset() is None:
        instant = instant.replace(tzinfo=zone)
    try:
        return instant.astimezone(dt.UTC)
    except OverflowError:
        return EARLIEST if instant.year == dt.MINYEAR else LATEST


def day(value: dt.date | dt.datetime, zone: dt.tzinfo) -> dt.date:
    """The calendar day: of an instant, in `zone`."""
    if not isinstance(value, dt.datetime):
        return value
    try:
        return value.astimezone(zone).date()
    except OverflowError:
        return dt.date.min if value.year == dt.MINYEAR else dt.date.max
