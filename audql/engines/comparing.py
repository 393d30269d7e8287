"""Values of one kind: how each is read, whether two compare so, and which comes first. It defines, as the interpreter
does, what a query means."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias, assert_never

from audql.calendar import add_months
from audql.text import fold
from audql.types import Scalar
from audql.values import EARLIEST, day, moment, number, text, yes_no

Read: TypeAlias = Callable[[object], object]
"""A value as a type has it, or None."""


def comparable(type_: Scalar, kind: Scalar, zone: dt.tzinfo) -> Read:
    """How a value of a declared type is read where it is compared as `kind`."""
    declared = type_ is not Scalar.ANY
    match kind:
        case Scalar.TEXT:
            if declared:
                return lambda value: None if (found := text(value)) is None else fold(found)
            return lambda value: fold(value) if isinstance(value, str) else None
        case Scalar.CODE:
            return text
        case Scalar.NUMBER:
            return lambda value: number(value, declared=declared)
        case Scalar.YES_NO:
            return lambda value: yes_no(value, declared=declared)
        case Scalar.DATE:
            return lambda value: None if (found := moment(value, zone)) is None else day(found, zone)
        case Scalar.INSTANT:
            return lambda value: moment(value, zone)
        case Scalar.ANY:
            return lambda value: _anything(value, zone)
        case _:
            assert_never(kind)


def _anything(value: object, zone: dt.tzinfo) -> object:
    """A value of unknown type as what it looks like: ISO text as the day or instant that it may meet."""
    if isinstance(value, bool):
        return value
    found: object = number(value, declared=False)
    if found is None:
        found = moment(value, zone)
    return fold(value) if found is None and isinstance(value, str) else value if found is None else found


def ordered(a: object, order: str, b: object, zone: dt.tzinfo) -> bool:
    """Whether two values of one kind compare so. A moment without a time makes the other one a day."""
    if isinstance(a, dt.date) and isinstance(b, dt.date):
        if isinstance(a, dt.datetime) is not isinstance(b, dt.datetime):
            a, b = day(a, zone), day(b, zone)
        return a == b if order == "=" else a < b if order == "<" else a <= b
    match a, b:
        case (bool(), bool()):
            return a is b and order == "="
        case (str(), str()):
            return text_order(a, order, b)
        case (Decimal(), Decimal()):
            return a == b if order == "=" else a < b if order == "<" else a <= b
        case _:
            return False


def rank(found: object, zone: dt.tzinfo) -> tuple[Any, ...]:
    """Where a value stands among others, which can be of other kinds where no type is declared."""
    match found:
        case bool():
            return 1, found
        case Decimal():
            return 2, found
        case dt.datetime():
            return 3, day(found, zone), found
        case dt.date():
            return 3, found, EARLIEST
        case str():
            return 4, found
        case _:
            return (0,)


def hours(count: int | None) -> dt.timedelta | None:
    """So many hours, or the longest time that there is."""
    try:
        return None if count is None else dt.timedelta(hours=count)
    except OverflowError:
        return dt.timedelta.max if count is not None and count > 0 else dt.timedelta.min


def between(value: object, low: object, high: object, low_in: bool, high_in: bool) -> bool:
    if low is not None and not (value >= low if low_in else value > low):  # type: ignore[operator]  # of one kind
        return False
    return high is None or bool(value <= high if high_in else value < high)  # type: ignore[operator]


def text_order(written: str, order: str, sought: str) -> bool:
    match order:
        case "=":
            return written == sought
        case "contains":
            return sought in written
        case "starts with":
            return written.startswith(sought)
        case "ends with":
            return written.endswith(sought)
        case "contains word":
            return has_word(written, sought)
        case _:
            return False


def has_word(written: str, word: str) -> bool:
    """The word stands between characters that are no letter or digit."""
    at = written.find(word)
    while at >= 0:
        end = at + len(word)
        if not written[at - 1 : at].isalnum() and not written[end : end + 1].isalnum():
            return True
        at = written.find(word, at + 1)
    return False


def returns(value: dt.date | None, years: int | None, low: dt.date, high: dt.date, zone: dt.tzinfo) -> bool:
    if value is None:
        return False
    first = day(value, zone)
    wanted = range(max(1, low.year - first.year), high.year - first.year + 1) if years is None else (years,)
    return any(first.year + n <= dt.MAXYEAR and low <= add_months(first, 12 * n) <= high for n in wanted)
