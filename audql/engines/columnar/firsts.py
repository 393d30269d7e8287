"""Collections of which most people have one item, beside the people: the first item of each in a column as long as they
are, and the few that come after it apart. A condition on the first ones then costs what one on people does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        size = frames.store.everyone
        rows = frames.selection.rows(record, where)
        people = owners.rows[rows].astype(np.intp)
        order = np.argsort(people, kind="stable")
        order = order[np.searchsorted(people[order], 0) :]
        rows, people = rows[order], people[order]
        fresh = np.concatenate(([True], people[1:] != people[:-1]))[: len(people)]
        first: Rows = np.full(size, -1, dtype=np.intp)
        first[people[fresh]] = rows[fresh]
        self._frames, self._record = frames, record
        self._first, self._later = _Laid(first), _Laid(rows[~fresh])
        self._later_people = people[~fresh]
        self._has_one = packed(first >= 0)
        self._known: dict[ir.Query, tuple[Words, Words]] = {}
        self.share = int(np.count_nonzero(~fresh)) / max(1, int(np.count_nonzero(fresh)))
        """How many items come after a first one, for each of these."""

    def some(self, parts: Sequence[ir.Query]) -> Words:
        """Who has an item that satisfies all the parts, each of which is about the item alone."""
        known = [self._of(part) for part in parts]
        found = self._has_one.copy()
        for first, _ in known:
            np.bitwise_and(found, first, out=found)
        if known and self._later_people.size:
            satisfying = np.bitwise_and.reduce([later for _, later in known])
            rows = np.flatnonzero(np.unpackbits(satisfying.view(np.uint8), bitorder="little"))
            more = np.zeros(self._first.size, dtype=bool)
            more[self._later_people[rows]] = True
            np.bitwise_or(found, packed(more), out=found)
        return found

    def forget(self) -> None:
        """Drops what it knows of parts: many conditions that are asked together share them."""
        self._known.clear()

    def _of(self, part: ir.Query) -> tuple[Words, Words]:
        """Which first items satisfy the part, of those who have none whatever it is, and which later ones."""
        if part not in self._known:
            holds = self._ask(part)
            self._known[part] = packed(holds(self._first)), packed(holds(self._later))
        return self._known[part]

    def _ask(self, part: ir.Query) -> Callable[[_Laid], Mask]:
        """How the part, which is about an item alone, is asked of items."""
        store, scopes = self._frames.store, self._frames.scopes
        if isinstance(part, ir.Not):
            asked = self._ask(part.part)
            return lambda laid: ~asked(laid)
        tested = self._frames.tested(self._record, part)
        if tested is not None:
            column, chosen = tested
            return lambda laid: chosen.holds(laid.gathered(column, lambda: column.codes))
        by = looks_through(part, scopes)
        links = None if by is None or isinstance(by.type, Scalar) else store.links(self._record, by)
        if by is not None and not isinstance(by.type, Scalar) and isinstance(links, One):
            target = by.type.record
            ranks = self._frames.relations.ranks(target)
            wanted = np.sort(ranks[self._frames.selection.rows(target, beyond(part, scopes))]) + 1
            among = CodeSet.listed(np.append(0, wanted) if holds_of_nothing(part) else wanted)
            return lambda laid: among.holds(laid.gathered(by, lambda: np.append(ranks + 1, 0)[links.rows]))
        return lambda laid: laid.mask(lambda rows: self._frames.mask(part, Frame((self._record,), (rows,))))


class _Laid:
    """Some items of a table, in an order of their own; -1 is none."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.size = len(rows)
        self._codes: dict[Column | Field, Codes] = {}

    def mask(self, holds: Callable[[Rows], Mask]) -> Mask:
        """Per item what holds of its row; of none nothing does."""
        there = np.flatnonzero(self._rows >= 0)
        mask: Mask = np.zeros(self.size, dtype=bool)
        mask[there] = holds(self._rows[there])
        return mask

    def gathered(self, key: Column | Field, codes: Callable[[], NDArray[np.integer[Any]]]) -> Codes:
        """What each one has, of the codes of all items; 0 of none. Kept by the key."""
        if key not in self._codes:
            of_all = codes()
            self._codes[key] = smallest(np.append(of_all, 0)[self._rows], int(of_all.max(initial=0)))
        return self._codes[key]
