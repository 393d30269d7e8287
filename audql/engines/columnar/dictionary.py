"""The distinct values of a column, and which of them satisfy an atom. Code 0 is nothing, and satisfies none.

A dictionary is in the order of its values, so that most conditions hold for a range of codes, found by bisection.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audql import ir
from audql.types import Scalar
from audql.values import day

Codes: TypeAlias = NDArray[np.unsignedinteger[Any]]
Keys: TypeAlias = NDArray[np.int64]

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
EPOCH_DAY = EPOCH.date().toordinal()
_MICROSECOND = dt.timedelta(microseconds=1)
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class CodeSet:
    """Some of a dictionary's codes: those of the ranges, each from its first to below its second, ascending."""

    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, table: NDArray[np.bool_]) -> CodeSet:
        """The codes where the table, which starts with that of nothing, is true."""
        edges = np.flatnonzero(np.diff(np.concatenate(([False], table, [False])))).tolist()
        return cls(tuple(zip(edges[::2], edges[1::2], strict=True)))

    @classmethod
    def listed(cls, codes: NDArray[np.int64]) -> CodeSet:
        """These codes, which ascend."""
        if not codes.size:
            return cls(())
        last = np.flatnonzero(np.diff(codes) > 1)
        lows, highs = codes[np.append(0, last + 1)], codes[np.append(last, -1)] + 1
        return cls(tuple(zip(lows.tolist(), highs.tolist(), strict=True)))

    @classmethod
    def either(cls, sets: Iterable[CodeSet]) -> CodeSet:
        """The codes that are in one of the sets."""
        return _joined(sorted(pair for each in sets for pair in each.ranges))

    def table(self, size: int) -> NDArray[np.bool_]:
        """Per code below `size`, whether it is one of them."""
        found = np.zeros(size, dtype=bool)
        for low, high in self.ranges:
            found[low:high] = True
        return found

    def holds(self, codes: Codes) -> NDArray[np.bool_]:
        """Per code of an array, whether it is one of them."""
        if len(self.ranges) > _FEW:
            table = self.table(max(self.ranges[-1][1], int(codes.max(initial=0)) + 1))
            taken: NDArray[np.bool_] = table.take(codes)  # twice as fast as `table[codes]`
            return taken
        found: NDArray[np.bool_] | None = None
        for low, high in self.ranges:
            here = _within(codes, low, high)
            found = here if found is None else np.logical_or(found, here, out=found)
        return np.zeros(codes.shape, dtype=bool) if found is None else found


def smallest(codes: NDArray[Any], highest: int) -> Codes:
    """Codes up to a highest one in the smallest numbers that hold them."""
    return codes.astype(np.uint8 if highest < 1 << 8 else np.uint16 if highest < 1 << 16 else np.uint32)


_FEW = 12
"""So many ranges are compared one after the other in the time that looking each code up in a table takes."""


def _within(codes: Codes, low: int, high: int) -> NDArray[np.bool_]:
    number, most = codes.dtype.type, int(np.iinfo(codes.dtype).max)
    high = min(high, most + 1)  # there may be more codes than an array whose numbers are small has
    if high - low > most or high <= low:
        return np.full(codes.shape, high > low)
    # Below `low` the difference wraps round to something great.
    held: NDArray[np.bool_] = codes == number(low) if high - low == 1 else codes - number(low) < number(high - low)
    return held


class Dictionary:
    """Values of any kind, each once, in the order of their codes from 1 on. These are asked one by one."""

    def __init__(self, values: Sequence[object]) -> None:
        self._values = values

    @property
    def size(self) -> int:
        """How many codes there are, that of nothing included."""
        return len(self._values) + 1

    @property
    def values(self) -> Sequence[object]:
        """`values[code - 1]` is what a record holds."""
        return self._values

    def select(self, atom: ir.Atom, type_: Scalar, zone: dt.tzinfo) -> CodeSet | None:
        """The codes whose values satisfy the atom, for a field of that type; None where only asking each can tell."""
        return None

    def keys(self, kind: Scalar, zone: dt.tzinfo) -> Keys | None:
        """Per code (that of nothing included, whatever it has) a number: of dates the day, of instants the microsecond,
        of numbers one that is ordered as they are in every dictionary; None where there is no such thing."""
        return None

    @property
    def is_ordered(self) -> bool:
        """Whether codes are in the order of values that are read as their field's type, each different."""
        return False

    def _all(self) -> CodeSet:
        return CodeSet(((1, self.size),)) if self.size > 1 else CodeSet(())


def asked_each(dictionary: Dictionary, holds: Callable[[object], bool]) -> CodeSet:
    """The codes whose values satisfy the condition."""
    table = np.zeros(dictionary.size, dtype=bool)
    table[1:] = np.fromiter(map(holds, dictionary.values), dtype=bool, count=dictionary.size - 1)
    return CodeSet.of(table)


class Texts(Dictionary):
    """Texts, each with its folded form, in the order of the folded forms."""

    def __init__(self, values: Sequence[str], folded: Sequence[str], alike: NDArray[np.int32] | None = None) -> None:
        """`alike`: a number per value, the same for those that fold alike; None where no two do."""
        super().__init__(values)
        self.texts, self.folded, self.alike = values, folded, alike

    def select(self, atom: ir.Atom, type_: Scalar, zone: dt.tzinfo) -> CodeSet | None:
        if type_ not in (Scalar.TEXT, Scalar.CODE, Scalar.ANY):
            return None
        match atom:
            case ir.IsSet():
                return self._all()
            case ir.Equals(Scalar.TEXT, wanted):
                return _joined(self._equal(text) for text in sorted(map(str, wanted)))
            case ir.Contains("start", Scalar.TEXT, sought):
                return _joined(sorted(self._starting(text) for text in sought))
            case ir.Contains("anywhere", Scalar.TEXT, sought) if not any(_BETWEEN in text for text in sought):
                return self._containing(sought)
            case _:
                return None

    def _equal(self, text: str) -> tuple[int, int]:
        low = bisect_left(self.folded, text)
        if low == len(self.folded) or self.folded[low] != text:
            return low + 1, low + 1
        return low + 1, low + 2 if self.alike is None else bisect_right(self.folded, text, lo=low) + 1

    def _starting(self, text: str) -> tuple[int, int]:
        low = bisect_left(self.folded, text)
        return low + 1, bisect_right(self.folded, text, lo=low, key=lambda folded: folded[: len(text)]) + 1

    def _containing(self, sought: Iterable[str]) -> CodeSet:
        """Looks for each text in all folded forms at once, as one long text."""
        whole, starts = self._as_one
        table = np.zeros(self.size, dtype=bool)
        for text in sought:
            found: list[int] = []
            at = whole.find(text)
            while at >= 0:
                found.append(at)
                at = whole.find(_BETWEEN, at)
                at = whole.find(text, at) if at >= 0 else -1
            table[np.searchsorted(starts, found, side="right")] = True
        return CodeSet.of(table)

    @cached_property
    def _as_one(self) -> tuple[str, NDArray[np.int64]]:
        """The folded forms, each behind a character that is in no text that is looked for, and where each begins."""
        lengths = np.fromiter(map(len, self.folded), dtype=np.int64, count=self.size - 1)
        starts = np.cumsum(lengths + 1) - lengths - 1
        return "".join(_BETWEEN + folded for folded in self.folded), starts


_BETWEEN = "\n"


def _joined(ranges: Iterable[tuple[int, int]]) -> CodeSet:
    """Ranges in order, without the empty ones; those that overlap or touch are one."""
    found: list[tuple[int, int]] = []
    for low, high in ranges:
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        elif low < high:
            found.append((low, high))
    return CodeSet(tuple(found))


class Numbers(Dictionary):
    """Numbers, ascending."""

    def __init__(self, values: Sequence[Decimal]) -> None:
        super().__init__(values)
        self.numbers = values

    @property
    def is_ordered(self) -> bool:
        return True

    def select(self, atom: ir.Atom, type_: Scalar, zone: dt.tzinfo) -> CodeSet | None:
        match atom:
            case ir.IsSet():
                return self._all()
            case ir.Range(Scalar.NUMBER, low, high, low_in, high_in):
                return _between(self.numbers, low, high, low_in, high_in)
            case ir.Equals(Scalar.NUMBER, wanted):
                numbers = sorted(n for n in wanted if isinstance(n, Decimal))
                return _joined((bisect_left(self.numbers, n) + 1, bisect_right(self.numbers, n) + 1) for n in numbers)
            case _:
                return None

    def keys(self, kind: Scalar, zone: dt.tzinfo) -> Keys | None:
        return self._scaled if kind is Scalar.NUMBER else None

    @cached_property
    def _scaled(self) -> Keys | None:
        """In units of 10⁻⁹, where that fits."""
        scaled = [int(n.scaleb(9)) for n in self.numbers]
        if any(n.scaleb(9) != s or abs(s) >= 1 << 63 for n, s in zip(self.numbers, scaled, strict=True)):
            return None
        return np.array([0, *scaled], dtype=np.int64)


class Truths(Dictionary):
    """No is 1, yes is 2."""

    def __init__(self) -> None:
        super().__init__((False, True))

    def select(self, atom: ir.Atom, type_: Scalar, zone: dt.tzinfo) -> CodeSet | None:
        match atom:
            case ir.IsSet():
                return self._all()
            case ir.Equals(Scalar.YES_NO, wanted):
                return _joined((1 + truth, 2 + truth) for truth in (False, True) if truth in wanted)
            case _:
                return None


class Days(Dictionary):
    """Dates, ascending; `ordinals` as `date.toordinal` counts them."""

    def __init__(self, ordinals: NDArray[np.int32]) -> None:
        self.ordinals = ordinals

    @property
    def size(self) -> int:
        return len(self.ordinals) + 1

    @cached_property
    def values(self) -> Sequence[object]:
        return [dt.date.fromordinal(n) for n in self.ordinals.tolist()]

    @property
    def is_ordered(self) -> bool:
        return True

    def select(self, atom: ir.Atom, type_: Scalar, zone: dt.tzinfo) -> CodeSet | None:
        match atom:
            case ir.IsSet():
                return self._all()
            case ir.Range(Scalar.DATE | Scalar.INSTANT, low, high, low_in, high_in):
                first, last = (day(end, zone).toordinal() if isinstance(end, dt.date) else None for end in (low, high))
                return _between(self.ordinals, first, last, low_in, high_in)
            case _:
                return None

    def keys(self, kind: Scalar, zone: dt.tzinfo) -> Keys | None:
        return self._keyed if kind is Scalar.DATE else None

    @cached_property
    def _keyed(self) -> Keys:
        return np.concatenate(([0], self.ordinals)).astype(np.int64)


class Instants(Dictionary):
    """Instants, ascending; in microseconds since 1970 in UTC."""

    def __init__(self, micros: Keys) -> None:
        self.micros = micros
        self._days: dict[dt.tzinfo, Keys] = {}

    @property
    def size(self) -> int:
        return len(self.micros) + 1

    @cached_property
    def values(self) -> Sequence[object]:
        return [EPOCH + n * _MICROSECOND for n in self.micros.tolist()]

    def select(self, atom: ir.Atom, type_: Scalar, zone: dt.tzinfo) -> CodeSet | None:
        match atom:
            case ir.IsSet():
                return self._all()
            case ir.Range(Scalar.INSTANT, low, high, low_in, high_in):
                first, last = (
                    (end - EPOCH) // _MICROSECOND if isinstance(end, dt.datetime) else None for end in (low, high)
                )
                return _between(self.micros, first, last, low_in, high_in)
            case ir.Range(Scalar.DATE, low, high, low_in, high_in):
                days = self._days_in(zone)
                held = days != _NEVER
                if isinstance(low, dt.date):
                    earliest = day(low, zone).toordinal()
                    held &= days >= earliest if low_in else days > earliest
                if isinstance(high, dt.date):
                    latest = day(high, zone).toordinal()
                    held &= days <= latest if high_in else days < latest
                return CodeSet.of(held)
            case _:
                return None

    def keys(self, kind: Scalar, zone: dt.tzinfo) -> Keys | None:
        match kind:
            case Scalar.DATE:
                return self._days_in(zone)
            case Scalar.INSTANT:
                return self._keyed
            case _:
                return None

    @cached_property
    def _keyed(self) -> Keys:
        return np.concatenate(([0], self.micros))

    def _days_in(self, zone: dt.tzinfo) -> Keys:
        if zone not in self._days:
            self._days[zone] = np.concatenate(([_NEVER], days_of(self.micros, zone)))
        return self._days[zone]


_NEVER = np.iinfo(np.int64).min


def days_of(micros: Keys, zone: dt.tzinfo) -> Keys:
    """The ordinals of the calendar days of instants in a zone.

    A zone's offset is asked for once per different day in UTC, at both its ends; where these differ, of each instant.
    """
    days, which = np.unique(micros // _DAY_US, return_inverse=True)
    found = np.zeros(len(micros), dtype=np.int64)
    shifts = np.array([_shift(n, zone) for n in days.tolist()], dtype=np.int64)
    plain = shifts != _NEVER
    even = plain[which]
    found[even] = (micros[even] + shifts[which[even]]) // _DAY_US + EPOCH_DAY
    for i in np.flatnonzero(~even).tolist():
        found[i] = day(EPOCH + int(micros[i]) * _MICROSECOND, zone).toordinal()
    return found


def _shift(utc_day: int, zone: dt.tzinfo) -> int:
    """The zone's offset in microseconds on a whole day, counted from 1970 in UTC; `_NEVER` where there are several."""
    try:
        first = EPOCH + dt.timedelta(days=utc_day)
        ends = {at.astimezone(zone).utcoffset() for at in (first, first + dt.timedelta(days=1))}
    except OverflowError:
        return int(_NEVER)
    shift = ends.pop()
    return int(_NEVER) if ends or shift is None else shift // _MICROSECOND


def _between(values: Any, low: Any, high: Any, low_in: bool, high_in: bool) -> CodeSet:
    """The codes of the values, which ascend, between the ends; None is no end."""
    first = 0 if low is None else (bisect_left if low_in else bisect_right)(values, low)
    last = len(values) if high is None else (bisect_right if high_in else bisect_left)(values, high)
    return CodeSet(((first + 1, last + 1),)) if first < last else CodeSet(())
