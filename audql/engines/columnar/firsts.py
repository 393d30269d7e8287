"""Collections of which most people have one item, beside the people: the first item of each in a column as long as they
are, and the few that come after it apart. A condition on the first ones then costs what one on people does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audql import ir
from audql.engines.columnar.dictionary import Codes, CodeSet, smallest
from audql.engines.columnar.frames import Frames
from audql.engines.columnar.scope import Frame
from audql.engines.columnar.selection import beyond, holds_of_nothing, looks_through
from audql.engines.columnar.store import Column, Mask, One, Rows
from audql.engines.columnar.words import Words, packed
from audql.types import Field, Scalar


class Firsts:
    """The items of a collection that satisfy a condition, laid beside those who have them."""

    def __init__(self, frames: Frames, record: str, owners: One, where: ir.Query) -> None:
        """`record`: the items' type; `owners`: whose each is; `where`: about an item alone."""
        self._frames, self._record = frames, record
        size = frames.store.everyone
        rows = frames.selection.rows(record, where)
        people = owners.rows[rows].astype(np.intp)
        order = np.argsort(people, kind="stable")
        order = order[np.searchsorted(people[order], 0) :]
        rows, people = rows[order], people[order]
        fresh = np.concatenate(([True], people[1:] != people[:-1]))[: len(people)]
        self._first: Rows = np.full(size, -1, dtype=np.intp)
        self._first[people[fresh]] = rows[fresh]
        self._later, self._later_people = rows[~fresh], people[~fresh]
        self._has_one = packed(self._first >= 0)
        self._codes: dict[Field, Codes] = {}
        self._known: dict[ir.Query, Words] = {}

    def some(self, parts: Sequence[ir.Query]) -> Words:
        """Who has an item that satisfies all the parts, each of which is about the item alone."""
        found = self._has_one.copy()
        for part in parts:
            np.bitwise_and(found, self._of_first(part), out=found)
        if self._later.size:
            later = self._frames.mask(ir.all_of(parts), Frame((self._record,), (self._later,)))
            more = np.zeros(self._frames.store.everyone, dtype=bool)
            more[self._later_people[later]] = True
            np.bitwise_or(found, packed(more), out=found)
        return found

    def _of_first(self, part: ir.Query) -> Words:
        """Whose first item satisfies the part; of those who have none, whatever it is."""
        if part not in self._known:
            self._known[part] = self._ask(part)
        return self._known[part]

    def _ask(self, part: ir.Query) -> Words:
        match part:
            case ir.Not(inner):
                return ~self._of_first(inner)
            case ir.Test(ir.Field(0, (field,)) as value, atom):
                column = self._frames.store.column(self._record, field)
                if isinstance(column, Column):
                    chosen = self._frames.holding(column.dictionary, atom, value.type)
                    return packed(chosen.holds(self._gathered(field, column.codes)))
        by = looks_through(part, self._frames.scopes)
        links = None if by is None or isinstance(by.type, Scalar) else self._frames.store.links(self._record, by)
        if by is not None and not isinstance(by.type, Scalar) and isinstance(links, One):
            target = by.type.record
            held = self._frames.whole(target, beyond(part, self._frames.scopes))
            ranks = self._frames.relations.ranks(target)
            table = np.zeros(len(held) + 1, dtype=bool)
            table[0] = holds_of_nothing(part)
            table[ranks + 1] = held
            codes = self._gathered(by, np.append(ranks + 1, 0)[links.rows])
            return packed(CodeSet.of(table).holds(codes))
        there = np.flatnonzero(self._first >= 0)
        mask: Mask = np.zeros(len(self._first), dtype=bool)
        mask[there] = self._frames.mask(part, Frame((self._record,), (self._first[there],)))
        return packed(mask)

    def _gathered(self, field: Field, codes: NDArray[np.integer[Any]]) -> Codes:
        """What each one's first item has; 0 of those without."""
        if field not in self._codes:
            found = np.append(codes, 0)[self._first]
            self._codes[field] = smallest(found, int(codes.max(initial=0)))
        return self._codes[field]

    @cached_property
    def share(self) -> float:
        """How many items come after a first one, for each of these."""
        return len(self._later) / max(1, int(np.count_nonzero(self._first >= 0)))
