"""Relations of items to items of the same table: all that following one leads to, and from whom it leads here."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audql import ir
from audql.engines.columnar.scope import Frame
from audql.engines.columnar.store import Mask, One, Rows, Several, Store, distinct, offsets_of, several, spans
from audql.types import Schema

if TYPE_CHECKING:
    from audql.engines.columnar.frames import Frames


class Relations:
    """The relations of a store's tables. What it has followed it keeps."""

    def __init__(self, store: Store, schema: Schema, frames: Frames) -> None:
        self._store, self._schema, self._frames = store, schema, frames
        self._steps: dict[tuple[str, ir.Related], _Step] = {}
        self._ranks: dict[str, NDArray[np.int64]] = {}
        self._inverses: dict[ir.Related, Several] = {}
        self._own = threading.local()

    def follow(self, record: str, hop: ir.Related, rows: Rows) -> tuple[Rows, Rows]:
        """The items that the rows lead to: which of the rows each is of, in order, and its row."""
        if hop.how == "inverse":
            links = self._inverse(record, hop)
            counts = links.offsets[rows + 1] - links.offsets[rows]
            return np.repeat(np.arange(len(rows), dtype=np.intp), counts), links.rows[
                spans(links.offsets[rows], counts)
            ]
        identity = self._store.identity(record)
        if identity is None:
            return self._closures(record, hop, rows)
        return self._closures_by_identity(record, hop, rows)

    def counts(self, record: str, hop: ir.Related) -> NDArray[np.int64]:
        """To how many items an inverse leads from each."""
        return np.diff(self._inverse(record, hop).offsets)

    def reaching(self, record: str, hop: ir.Related, sought: Rows) -> Mask | None:
        """The items from which following the relation, once or more, leads to one that is sought; backwards from these.

        Breadth first: each item once, so linear in items and links. None where rows can be the same item, since then
        the way taken matters.
        """
        if self._store.identity(record) is not None:
            return None
        step = self._step(record, hop)
        if step.tree is not None:
            return step.tree.below(sought)
        backwards, found = step.backwards, np.zeros(step.size, dtype=bool)
        here = sought
        places = self._scratch(len(found))
        while here.size:
            counts = backwards.offsets[here + 1] - backwards.offsets[here]
            above = backwards.rows[spans(backwards.offsets[here], counts)]
            above = above[~found[above]]
            found[above] = True
            # Each once: the last place that it is written down at is its own.
            at = np.arange(len(above), dtype=np.intp)
            places[above] = at
            here = above[places[above] == at]
        return found

    def _scratch(self, size: int) -> Rows:
        """Room for so many rows, with anything in it: this thread's, until it asks for room again."""
        room: Rows | None = getattr(self._own, "room", None)
        if room is None or len(room) < size:
            room = self._own.room = np.empty(size, dtype=np.intp)
        return room

    def leading(self, record: str, hop: ir.Related, sought: Rows) -> Rows | None:
        """The items from which the relation leads to one that is sought, ascending; None where rows can be the same
        item."""
        if self._store.identity(record) is not None or several(self._store.links(record, hop.field)).rows.size:
            return None
        if hop.how == "inverse":
            return distinct(self._related(self._store.root, hop, sought)[1])
        found = self.reaching(record, hop, sought)
        return None if found is None else np.flatnonzero(found)

    def ranks(self, record: str) -> NDArray[np.int64]:
        """Per item a place in an order in which all that is below an item, in the tree that items of its type make,
        follows it at once; of items that make none, their rows."""
        if record not in self._ranks:
            self._ranks[record] = self._in_tree(record)
        return self._ranks[record]

    def _in_tree(self, record: str) -> NDArray[np.int64]:
        size = self._store.count(record)
        upward = next((f for f in self._schema.record(record).fields if len(f.closure) == 1), None)
        above = self._schema.record(record).field(upward.closure[0]) if upward is not None else None
        links = self._store.links(record, above) if above is not None else None
        if not isinstance(links, One):
            return np.arange(size, dtype=np.int64)
        order = _in_order(links.rows)
        # Whoever is above himself comes last.
        rest = np.setdiff1d(np.arange(size), order, assume_unique=True)
        ranks = np.empty(size, dtype=np.int64)
        ranks[np.concatenate((np.array(order, dtype=np.int64), rest))] = np.arange(size)
        return ranks

    def _step(self, record: str, hop: ir.Related) -> _Step:
        """What items hold under the relation's own field, then what the relation leads to once, per item."""
        key = (record, ir.Related(0, hop.field, hop.relation, hop.how, ir.EVERYONE))
        step = self._steps.get(key)
        if step is None:
            size = self._store.count(record)
            own = several(self._store.links(record, hop.field))
            parents, rows = self._related(record, hop, np.arange(size, dtype=np.intp))
            owners = np.concatenate((np.repeat(np.arange(len(own.offsets) - 1), np.diff(own.offsets)), parents))
            order = np.argsort(owners, kind="stable")
            counts = np.bincount(owners, minlength=size)
            links = Several(offsets_of(counts), np.concatenate((own.rows, rows))[order])
            step = self._steps[key] = _Step(links)
        return step

    def _related(self, record: str, hop: ir.Related, rows: Rows) -> tuple[Rows, Rows]:
        parents, inner = self._frames.environments(hop.relation, Frame((record,), (rows,)))
        return parents, inner.items[-1]

    def _closures(self, record: str, hop: ir.Related, rows: Rows) -> tuple[Rows, Rows]:
        """Breadth first from all rows at once."""
        step, count = self._step(record, hop).links, self._store.count(record)
        at, here = np.arange(len(rows), dtype=np.int64), rows
        seen = np.zeros(0, dtype=np.int64)
        while here.size:
            counts = step.offsets[here + 1] - step.offsets[here]
            pairs = np.unique(np.repeat(at, counts) * count + step.rows[spans(step.offsets[here], counts)])
            pairs = pairs[~np.isin(pairs, seen, assume_unique=True)]
            seen = np.concatenate((seen, pairs))
            at, here = np.divmod(pairs, count)
        seen.sort()
        at, found = np.divmod(seen, count)
        return at, found

    def _closures_by_identity(self, record: str, hop: ir.Related, rows: Rows) -> tuple[Rows, Rows]:
        """One after the other, in the interpreter's order: of rows that are the same item the first met counts."""
        step = self._step(record, hop).links
        identity = self._store.identity(record)
        assert identity is not None
        at: list[int] = []
        found: list[int] = []
        for i, row in enumerate(rows.tolist()):
            seen, waiting = set(), [row]
            while waiting:
                here = waiting.pop()
                for further in step.rows[step.offsets[here] : step.offsets[here + 1]].tolist():
                    if identity[further] not in seen:
                        seen.add(identity[further])
                        waiting.append(further)
                        at.append(i)
                        found.append(further)
        return np.array(at, dtype=np.intp), np.array(found, dtype=np.intp)

    def _inverse(self, record: str, hop: ir.Related) -> Several:
        """Per item what it holds itself under the field, then the people from whom the relation leads to it."""
        key = ir.Related(0, hop.field, hop.relation, hop.how, ir.EVERYONE)
        if key in self._inverses:
            return self._inverses[key]
        people, reached = self._related(record, hop, np.arange(self._store.everyone, dtype=np.intp))
        own = several(self._store.links(record, hop.field))
        size, identity = self._store.count(record), self._store.identity(record)
        if identity is None and not own.rows.size:
            self._inverses[key] = _reversed_pairs(people, reached, size)
            return self._inverses[key]
        if identity is None:
            identity = np.arange(size)
        backwards = _reversed_pairs(people, identity[reached], int(identity.max(initial=-1)) + 1)
        counts = np.diff(backwards.offsets)[identity]
        owners = np.concatenate((np.repeat(np.arange(size), np.diff(own.offsets)), np.repeat(np.arange(size), counts)))
        found = np.concatenate((own.rows, backwards.rows[spans(backwards.offsets[identity], counts)]))
        # Each item once, where it is first met.
        keys = owners.astype(np.int64) * (int(identity.max(initial=0)) + 1) + identity[found]
        order = np.argsort(owners, kind="stable")
        _, first = np.unique(keys[order], return_index=True)
        order = order[np.sort(first)]
        links = Several(offsets_of(np.bincount(owners[order], minlength=size)), found[order])
        self._inverses[key] = links
        return links


_SMALL = 1 << 16
"""Of tables of at most so many rows it is found out whether they make a tree, which takes a step of Python a row."""


@dataclass(frozen=True, eq=False)
class _Step:
    """What following a relation once leads to."""

    links: Several

    @property
    def size(self) -> int:
        return len(self.links.offsets) - 1

    @cached_property
    def tree(self) -> _Tree | None:
        """The rows as a tree, where they are few and make one."""
        return _tree(self.links) if self.size < _SMALL else None

    @cached_property
    def backwards(self) -> Several:
        return _reversed(self.links, self.size)


@dataclass(frozen=True, slots=True)
class _Tree:
    """Rows that each lead to at most one, and never round to themselves, in an order in which all that leads to a row
    follows it at once: it is at `place`, the last of them before `end`."""

    order: Rows
    place: Rows
    end: Rows

    def below(self, rows: Rows) -> Mask:
        """Those from which the way leads to one of the rows."""
        found = np.zeros(len(self.order), dtype=bool)
        for start, end in zip((self.place[rows] + 1).tolist(), self.end[rows].tolist(), strict=True):
            found[self.order[start:end]] = True
        return found


def _tree(links: Several) -> _Tree | None:
    """The rows as a tree, where they are one."""
    size = len(links.offsets) - 1
    counts = np.diff(links.offsets)
    if counts.max(initial=0) > 1:
        return None
    above = np.full(size, -1, dtype=np.intp)
    above[counts == 1] = links.rows
    order = _in_order(above)
    if len(order) < size:
        return None
    sizes, parents = [1] * size, above.tolist()
    for row in reversed(order):
        if parents[row] >= 0:
            sizes[parents[row]] += sizes[row]
    listed = np.array(order, dtype=np.intp)
    place = np.empty(size, dtype=np.intp)
    place[listed] = np.arange(size)
    return _Tree(listed, place, place + np.array(sizes, dtype=np.intp))


def _in_order(above: NDArray[np.signedinteger[Any]]) -> list[int]:
    """The rows in an order in which all that is below a row follows it at once; without those that are above
    themselves. `above` is -1 of those at the top."""
    below: dict[int, list[int]] = {}
    for row, parent in enumerate(above.tolist()):
        below.setdefault(parent, []).append(row)
    order: list[int] = []
    waiting = below.get(-1, [])[::-1]
    while waiting:
        order.append(waiting.pop())
        waiting.extend(reversed(below.get(order[-1], ())))
    return order


def _reversed(links: Several, size: int) -> Several:
    """From each row to those that lead to it."""
    owners = np.repeat(np.arange(len(links.offsets) - 1, dtype=np.intp), np.diff(links.offsets))
    return _reversed_pairs(owners, links.rows, size)


def _reversed_pairs(sources: Rows, targets: Rows, size: int) -> Several:
    """From each of `size` targets to its sources, in their order, each once."""
    shift = int(sources.max(initial=0)).bit_length()
    pairs = distinct(targets.astype(np.int64) << shift | sources)
    return Several(offsets_of(np.bincount(pairs >> shift, minlength=size)), pairs & ((1 << shift) - 1))
