"""A condition about the items of a table → the rows that satisfy it, by way of an index where few do.

Of the parts of a conjunction, the one that leaves the fewest rows is looked up: those of a reference by the items that
it can lead to, those of a value by the codes that it can have. The rest is asked of the rows that this leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from audql import ir
from audql.engines.columnar.scope import Frame, Scopes
from audql.engines.columnar.store import Column, Rows, Store
from audql.types import Field, Scalar

if TYPE_CHECKING:
    from audql.engines.columnar.frames import Frames

_SMALL = 4096
"""Tables of so few rows are looked through as a whole."""
_SHARE = 1 / 4
"""An index is used where it leaves less than this share of the rows: reading these out of order takes about three
times as long a row as reading all of them in order."""


class Selection:
    """Looks rows up in the indexes of a store."""

    def __init__(self, store: Store, frames: Frames) -> None:
        self._store, self._frames = store, frames

    def rows(self, record: str, where: ir.Query) -> Rows:
        """The rows, ascending, of the items that satisfy a condition about them alone."""
        count = self._store.count(record)
        parts = ir.conjuncts(where)
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
        by = looks_through(part, self._frames.scopes)
        if by is None or holds_of_nothing(part):
            return self._any_looked_up(record, part, most) if isinstance(part, ir.Or) else None
        ranges: Iterable[tuple[int, int]]
        if isinstance(by.type, Scalar):
            column = self._store.column(record, by)
            if not isinstance(part, ir.Test) or not isinstance(part.atom, ir.Equals) or not isinstance(column, Column):
                return None
            ranges = self._frames.holding(column.dictionary, part.atom, part.value.type).ranges
        else:
            wanted = self.rows(by.type.record, beyond(part, self._frames.scopes))
            ranges = [(row, row + 1) for row in wanted.tolist()]
        index = self._store.postings(record, by)
        if index is None or sum(index.count(*each) for each in ranges) >= most:
            return None
        return [index.rows(*each) for each in ranges]

    def _any_looked_up(self, record: str, either: ir.Or, most: int) -> list[Rows] | None:
        """The rows that satisfy one of the parts, where each part has, or has among its own, one that can be looked
        up."""
        found: list[Rows] = []
        for part in either.parts:
            for each in ir.conjuncts(part):
                rows = self._looked_up(record, each, most)
                if rows is not None:
                    break
            else:
                return None
            if isinstance(part, ir.And):
                whole = np.concatenate([*rows, np.zeros(0, dtype=np.intp)])
                rows = [whole[self._frames.mask(part, Frame((record,), (whole,)))]]
            found += rows
        different = np.unique(np.concatenate([*found, np.zeros(0, dtype=np.intp)]))
        return [different] if different.size < most else None


def looks_through(part: ir.Query, scopes: Scopes) -> Field | None:
    """The field of item 0 that a condition looks through, where it looks at nothing else of it."""
    through = set(_first_steps(part, scopes))
    return through.pop() if len(through) == 1 else None


def _first_steps(part: ir.Query, scopes: Scopes) -> Iterator[Field | None]:
    match part:
        case ir.Test(ir.Field(_, steps)):
            yield steps[0]
        case ir.Some((ir.Hop(0, steps) as first, *further), 1):
            yield None if any(0 in scopes.items(each) for each in (first.where, *further)) else steps[0]
        case ir.And(parts) | ir.Or(parts):
            for each in parts:
                yield from _first_steps(each, scopes)
        case ir.Not(inner):
            yield from _first_steps(inner, scopes)
        case _:
            yield None


def beyond(part: ir.Query, scopes: Scopes) -> ir.Query:
    """A condition that looks through one reference, said about what that leads to."""
    match part:
        case ir.Test(ir.Field(steps=(_, *steps)) as value):
            return replace(part, value=replace(value, steps=tuple(steps)))
        case ir.Some((ir.Hop(0, (_, *steps), where), *further)):
            if steps:
                return replace(part, hops=(ir.Hop(0, tuple(steps), where), *further))
            rest = (ir.Some(tuple(further)),) if further else ()
            return scopes.alone(ir.all_of((where, *rest)), 1, 2)
        case ir.And(parts):
            return ir.all_of(beyond(each, scopes) for each in parts)
        case ir.Or(parts):
            return ir.any_of(beyond(each, scopes) for each in parts)
        case ir.Not(inner):
            return ir.not_(beyond(inner, scopes))
        case _:
            raise AssertionError(part)


def holds_of_nothing(part: ir.Query) -> bool:
    """Whether a condition that looks through one field holds where there is nothing."""
    match part:
        case ir.And(parts):
            return all(map(holds_of_nothing, parts))
        case ir.Or(parts):
            return any(map(holds_of_nothing, parts))
        case ir.Not(inner):
            return not holds_of_nothing(inner)
        case _:
            return False
