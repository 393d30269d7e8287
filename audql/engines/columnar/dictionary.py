"""The distinct values of a column, and which of them satisfy an atom. Code 0 is nothing, and satisfies none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audql import ir
from audql.types import Scalar


@dataclass(frozen=True, slots=True)
class CodeSet:
    """Some of a dictionary's codes: those from `low` to below `high`, or where `table` is given, those where it is
    true."""

    low: int
    high: int
    table: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, table: NDArray[np.bool_]) -> CodeSet:
        """The codes where the table is true."""
        found = np.flatnonzero(table)
        if not found.size:
            return cls(0, 0)
        low, high = int(found[0]), int(found[-1]) + 1
        return cls(low, high, None if high - low == found.size else table)

    def holds(self, codes: NDArray[np.unsignedinteger]) -> NDArray[np.bool_]:  # type: ignore[type-arg]
        """Per code, whether it is one of them."""
        if self.table is not None:
            return self.table[codes]
        if self.high <= self.low:
            return np.zeros(codes.shape, dtype=bool)
        if self.high - self.low == 1:
            return codes == codes.dtype.type(self.low)
        # Below `low` the difference wraps round to something great.
        return (codes - codes.dtype.type(self.low)) < codes.dtype.type(self.high - self.low)


class Dictionary:
    """Values of any kind, each once, in the order of their codes from 1 on. Here they are asked one by one."""

    def __init__(self, values: Sequence[object]) -> None:
        self._values = values

    @property
    def size(self) -> int:
        """How many codes there are, that of nothing included."""
        return len(self.values) + 1

    @property
    def values(self) -> Sequence[object]:
        """`values[code - 1]` is what records hold."""
        return self._values

    def select(self, atom: ir.Atom, zone: dt.tzinfo) -> CodeSet | None:
        """The codes whose values satisfy the atom; None where only asking each value can tell."""
        return None

    def keys(self, kind: Scalar, zone: dt.tzinfo) -> NDArray[np.int64] | None:
        """Per code (that of nothing included, whatever it has) a number: of dates the day, of instants the microsecond,
        of numbers one that is ordered as they are in every dictionary; None where there is no such thing."""
        return None


def asked_each(dictionary: Dictionary, holds: Callable[[object], bool]) -> CodeSet:
    """The codes whose values satisfy the condition."""
    table = np.zeros(dictionary.size, dtype=bool)
    table[1:] = np.fromiter(map(holds, dictionary.values), dtype=bool, count=dictionary.size - 1)
    return CodeSet.of(table)
