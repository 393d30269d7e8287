"""A condition about the items of a table → the rows that satisfy it, by way of an index where few do.

Of the parts of a conjunction, the one that leaves the fewest rows is looked up: those of a reference by the items that
it can lead to, those of a value by the codes that it can have. The rest is asked of the rows that this leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from audql import ir
from audql.engines.columnar.dictionary import CodeSet
from audql.engines.columnar.scope import Frame, Scopes
from audql.engines.columnar.store import Column, Postings, Rows, Store
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
        self._places: dict[tuple[str, ir.Query], _Places | None] = {}

    def rows(self, record: str, where: ir.Query) -> Rows:
        """The rows, ascending, of the items that satisfy a condition about them alone."""
        return _listed(self.found(record, where))

    def found(self, record: str, where: ir.Query) -> slice | Rows:
        """The same, as a slice where they are all those from one to another."""
        count = self._store.count(record)
        parts = ir.conjuncts(where)
        most, best, pieces = int(count * _SHARE), None, list[slice | Rows]()
        if count > _SMALL:
            for part in parts:
                looked_up = self._looked_up(record, part, most)
                if looked_up is not None:
                    most, best, pieces = sum(map(_size, looked_up)), part, looked_up
        if best is None:
            known = self._frames.matching(record, where)
            return self._satisfying(record, parts, slice(0, count)) if known is None else known
        rest = [part for part in parts if part is not best]
        rows = pieces[0] if len(pieces) == 1 else np.sort(np.concatenate([*map(_listed, pieces), _NO_ROWS]))
        return self._satisfying(record, rest, rows) if rest else rows

    def _satisfying(self, record: str, parts: Sequence[ir.Query], rows: slice | Rows) -> Rows:
        """Those of the rows of which all the parts hold."""
        held, others = np.ones(_size(rows), dtype=bool), []
        for part in parts:
            plain = part.part if isinstance(part, ir.Not) else part
            tested = self._frames.tested(record, plain)
            if tested is None:
                others.append(part)
                continue
            column, chosen = tested
            holds = chosen.holds(column.codes[rows])
            held = np.logical_and(held, holds, out=held) if plain is part else np.greater(held, holds)
        left = np.flatnonzero(held)
        left = left + rows.start if isinstance(rows, slice) else rows[left]
        return self._frames.satisfying(record, ir.all_of(others), left) if others else left

    def _looked_up(self, record: str, part: ir.Query, most: int) -> list[slice | Rows] | None:
        """The rows that satisfy the part, in pieces; None where no index tells, or there are not fewer than `most`."""
        key = (record, part)
        if key not in self._places:
            self._places[key] = self._placed(record, part)
        places = self._places[key]
        if places is None:
            return self._any_looked_up(record, part, most) if isinstance(part, ir.Or) else None
        return [places.index.piece(*each) for each in places.ranges] if places.count < most else None

    def _placed(self, record: str, part: ir.Query) -> _Places | None:
        """Where an index has the rows that satisfy the part; None where none tells."""
        by = looks_through(part, self._frames.scopes)
        if by is None or holds_of_nothing(part):
            return None
        if isinstance(by.type, Scalar):
            column = self._store.column(record, by)
            if not isinstance(part, ir.Test) or not isinstance(part.atom, ir.Equals) or not isinstance(column, Column):
                return None
            ranges = self._frames.holding(column.dictionary, part.atom, part.value.type).ranges
        else:
            wanted = self.rows(by.type.record, beyond(part, self._frames.scopes))
            ranges = CodeSet.listed(wanted).ranges
        index = self._store.postings(record, by)
        return None if index is None else _Places(index, ranges, sum(index.count(*each) for each in ranges))

    def _any_looked_up(self, record: str, either: ir.Or, most: int) -> list[slice | Rows] | None:
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
                whole = np.concatenate([*map(_listed, rows), _NO_ROWS])
                rows = [whole[self._frames.mask(part, Frame((record,), (whole,)))]]
            found += map(_listed, rows)
        different = np.unique(np.concatenate([*found, _NO_ROWS]))
        return [different] if different.size < most else None


@dataclass(frozen=True, slots=True)
class _Places:
    """Places in an index, and how many rows are there."""

    index: Postings
    ranges: tuple[tuple[int, int], ...]
    count: int


_NO_ROWS: Rows = np.zeros(0, dtype=np.intp)


def _size(rows: slice | Rows) -> int:
    size: int = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
    return size


def _listed(rows: slice | Rows) -> Rows:
    return np.arange(rows.start, rows.stop, dtype=np.intp) if isinstance(rows, slice) else rows


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
