"""Who has which ordinal: those whom state knows keep theirs, whoever else a snapshot has comes after, by id."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audql.engines.members import Members, Ordinals

Ids: TypeAlias = NDArray[Any]
"""Of numpy's StringDType."""


def ids_of(texts: Iterable[str]) -> Ids:
    """An array of ids."""
    return np.array(list(texts), dtype=np.dtypes.StringDType())


@dataclass(frozen=True, eq=False)
class Roster:
    """`ids[i]` is the id of ordinal i. Plan and apply agree on it, since it follows from state and snapshot alone."""

    ids: Ids
    known: int
    """How many of them state has; the others are new with the snapshot."""
    ordinals: Ordinals
    """Of the snapshot's people, in the order of its rows."""
    by_id: Ordinals
    """All ordinals, in the order of their ids."""

    @classmethod
    def of(cls, known: Ids, people: Ids) -> Roster:
        """`known`: the ids in state, by ordinal. `people`: the snapshot's, each once, in the order of its rows."""
        if np.all(people[1:] > people[:-1]) and (not known.size or np.array_equal(known, people)):
            # Nobody is new, or everyone; and a snapshot has its people in the order of their ids.
            in_order = np.arange(people.size, dtype=np.int32)
            return cls(people, known.size, in_order, in_order)
        both = np.concatenate([known, people])
        order = np.argsort(both, kind="stable")  # one that both have: the known one first
        ordered = both[order]
        begins = np.ones(order.size, dtype=np.bool_)
        begins[1:] = ordered[1:] != ordered[:-1]
        first = order[begins]
        is_new = first >= known.size
        by_id = np.where(is_new, known.size + np.cumsum(is_new) - 1, first).astype(np.int32)
        ordinals = np.empty(order.size, dtype=np.int32)
        ordinals[order] = by_id[np.cumsum(begins) - 1]
        return cls(np.concatenate([known, both[first[is_new]]]), known.size, ordinals[known.size :], by_id)

    def __len__(self) -> int:
        return int(self.ids.size)

    @cached_property
    def everyone(self) -> Members:
        """Those who are in the snapshot."""
        return Members.of(self.ordinals)

    @cached_property
    def rank(self) -> Ordinals:
        """Of each ordinal the place of its id among all, in order."""
        rank = np.empty(self.by_id.size, dtype=np.int32)
        rank[self.by_id] = np.arange(self.by_id.size, dtype=np.int32)
        return rank

    def find(self, id_: str) -> int | None:
        """The ordinal of an id."""
        at = bisect_left(self.by_id, id_, key=lambda ordinal: self.ids[ordinal])
        if at < self.by_id.size and self.ids[self.by_id[at]] == id_:
            return int(self.by_id[at])
        return None

    def members(self, ids: Iterable[str]) -> Members:
        """Those of these who have an ordinal."""
        return Members.of(ordinal for id_ in ids if (ordinal := self.find(id_)) is not None)

    def in_order(self, people: Members, most: int | None = None) -> Ordinals:
        """Their ordinals in the order of ids, or the first so many of them."""
        ranks = self.rank[people.ordinals()]
        if most is not None and most < ranks.size:
            ranks = np.partition(ranks, most)[:most]
        return self.by_id[np.sort(ranks)]

    def names(self, ordinals: Ordinals) -> Sequence[str]:
        """The ids of these ordinals."""
        found: list[str] = self.ids[ordinals].tolist()
        return found
