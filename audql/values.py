"""What a record holds → values of AudQL's types. Nothing here raises; what cannot be read is nothing."""

import datetime as dt
import numbers
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from decimal import Decimal
from enum import Enum

from audql.text import fold

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|z|[+-]\d\d(:?\d\d)?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})

EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)
LATEST = dt.datetime.max.replace(tzinfo=dt.UTC)


def get(item: object, name: str) -> object:
    """What a mapping holds under the name, or an object as that attribute; None if nothing, or a blank text."""
    # A plain dict first, since asking an abstract class takes several times as long as reading it.
    value = item.get(name) if isinstance(item, dict) or isinstance(item, Mapping) else getattr(item, name, None)  # noqa: SIM101
    return None if value is None or (isinstance(value, str) and not value.strip()) else value


def each(value: object) -> Iterator[object]:
    """The elements of a collection that are not nothing, or the one value that it is."""
    if value is None:
        return
    if not isinstance(value, list | tuple) and (
        isinstance(value, str | bytes | dict | Mapping) or not isinstance(value, Sequence | Set)
    ):
        yield value
        return
    for element in value:
        if element is not None and not (isinstance(element, str) and not element.strip()):
            yield element


def is_scalar(value: object) -> bool:
    """Whether the value is a plain text or number, which stands for the name of an item."""
    return isinstance(value, str | int | float | Decimal) and not isinstance(value, bool)


def text(value: object) -> str | None:
    """A text, or the plain form of a number (an id given as one). Not of a yes or no."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | numbers.Integral):
        uuid = getattr(value, "hex", None)
        return str(value) if isinstance(uuid, str) else None
    try:
        return str(value)
    except ValueError:  # Python writes no whole number of over 4,300 digits, and none is an id
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
        return Decimal(int(value))
    return None


def yes_no(value: object, *, declared: bool = True) -> bool | None:
    """A yes or no; where declared so, also `"true"`, `"yes"`, `1` and their opposites."""
    if isinstance(value, bool):
        return value
    if not declared or not isinstance(value, str | int):
        return None
    folded = fold(str(value))
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
    if isinstance(value, dt.datetime):
        return utc(value, zone)
    return value if isinstance(value, dt.date) else None


def utc(instant: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """The instant in UTC, a naive one being in `zone`; clamped to the years 1 to 9999."""
    if instant.tzinfo is None:
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
