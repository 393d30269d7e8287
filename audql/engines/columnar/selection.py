"""A condition about the items of a table → the rows that satisfy it, by way of an index where few do.

Of the parts of a conjunction, the one that leaves the fewest rows is looked up: those of a reference by the items that
it can lead to, those of a value by the codes that it can have. The rest is asked of the rows that this leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audql import ir
from audql.engines.columnar.store import Column, Offsets, One, Rows, Store, offsets_of
from audql.types import Field, Scalar

if TYPE_CHECKING:
    from audql.engines.columnar.frames import Frames

_SMALL = 4096
"""Tables of so few rows are looked through as a whole."""
_SHARE = 1 / 4
"""An index is used where it leaves less than this share of the rows: reading these out of order takes about three
times as long a row as reading all of them in order."""


@dataclass(frozen=True, slots=True)
class Postings:
    """Rows by key: those of key k are `order[offsets[k]:offsets[k + 1]]`, ascending; without an order, these numbers
    themselves."""

    offsets: Offsets
    order: NDArray[np.int32] | None

    def count(self, low: int, high: int) -> int:
        """How many rows have a key from `low` to below `high`."""
        return int(self.offsets[high] - self.offsets[low])

    def rows(self, low: int, high: int) -> Rows:
        start, end = int(self.offsets[low]), int(self.offsets[high])
        return np.arange(start, end, dtype=np.intp) if self.order is None else self.order[start:end].astype(np.intp)


def postings(keys: NDArray[np.integer[Any]], size: int) -> Postings:
    """The rows by their keys, which are below `size`; rows with a key below 0 are left out."""
    lowest = int(keys.min(initial=0))
    if np.all(keys[1:] >= keys[:-1]):
        if lowest >= 0:
            return Postings(offsets_of(np.bincount(keys, minlength=size)), None)
        order = np.arange(len(keys), dtype=np.int32)
    else:
        order = np.argsort(keys, kind="stable").astype(np.int32)
    if lowest < 0:
        order = order[np.count_nonzero(keys < 0) :]
    return Postings(offsets_of(np.bincount(keys[order], minlength=size)), order)


class Selection:
    """Looks rows up. The indexes that it has made it keeps."""

    def __init__(self, store: Store, frames: Frames) -> None:
        self._store, self._frames = store, frames
        self._postings: dict[tuple[str, Field], tuple[tuple[int, int], Postings]] = {}

    def rows(self, record: str, where: ir.Query) -> Rows:
        """The rows, ascending, of the items that satisfy a condition about them alone."""
        from audql.engines.columnar.frames import Frame

        count = self._store.count(record)
        parts = where.parts if isinstance(where, ir.And) else (where,)
        best: tuple[int, ir.Query | None, list[Rows]] = (int(count * _SHARE), None, [])
        if count > _SMALL:
            for part in parts:
                found = self._looked_up(record, part, best[0])
                if found is not None:
                    best = (sum(map(len, found)), part, found)
        rest = ir.all_of(part for part in parts if part is not best[1])
        if best[1] is None:
            return self._frames.matching(record, where)
        rows = np.concatenate([*best[2], np.zeros(0, dtype=np.intp)])
        if len(best[2]) > 1:
            rows.sort()
        if rest == ir.EVERYONE:
            return rows
        return rows[np.flatnonzero(self._frames.mask(rest, Frame((record,), (rows,))))]

    def _looked_up(self, record: str, part: ir.Query, most: int) -> list[Rows] | None:
        """The rows that satisfy the part, in pieces; None where no index tells, or there are not fewer than `most`."""
        by = self._looks_through(part)
        if by is None:
            return None
        if isinstance(by.type, Scalar):
            column = self._store.column(record, by)
            if not isinstance(part, ir.Test) or not isinstance(part.atom, ir.Equals) or not isinstance(column, Column):
                return None
            ranges: Iterable[tuple[int, int]] = self._frames.holding(
                column.dictionary, part.atom, part.value.type
            ).ranges
            size = column.dictionary.size
            keys: NDArray[np.integer[Any]] = column.codes
        else:
            links = self._store.links(record, by)
            if not isinstance(links, One):
                return None
            target = by.type.record
            wanted = self._frames.matching(target, self._beyond(part))
            ranges = [(row, row + 1) for row in wanted.tolist()]
            size, keys = self._store.count(target), links.rows
        known = self._postings.get((record, by))
        if known is None or known[0] != (len(keys), size):
            known = self._postings[record, by] = ((len(keys), size), postings(keys, size))
        if sum(known[1].count(*each) for each in ranges) >= most:
            return None
        return [known[1].rows(*each) for each in ranges]

    def _looks_through(self, part: ir.Query) -> Field | None:
        """The field of item 0 that a positive condition looks through, where it looks at nothing else of it."""
        match part:
            case ir.Test(ir.Field(_, steps)):
                return steps[0]
            case ir.Some((ir.Hop(0, steps) as first, *further), 1):
                others = (first.where, *further)
                return None if any(0 in self._frames.scopes.items(each) for each in others) else steps[0]
            case ir.Or(parts):
                through = {self._looks_through(each) for each in parts}
                return through.pop() if len(through) == 1 else None
            case _:
                return None

    def _beyond(self, part: ir.Query) -> ir.Query:
        """The same condition about what the reference leads to."""
        match part:
            case ir.Test(ir.Field(steps=(_, *steps)) as value):
                return replace(part, value=replace(value, steps=tuple(steps)))
            case ir.Some((ir.Hop(0, (_, *steps), where), *further)):
                if steps:
                    return replace(part, hops=(ir.Hop(0, tuple(steps), where), *further))
                rest = (ir.Some(tuple(further)),) if further else ()
                return self._frames.scopes.alone(ir.all_of((where, *rest)), 1, 2)
            case ir.Or(parts):
                return ir.any_of(map(self._beyond, parts))
            case _:
                raise AssertionError(part)
