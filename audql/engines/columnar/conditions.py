"""Conditions about everyone → packed bits, many at once: on all cores, each in the way that costs least."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audql import ir
from audql.engines.columnar.firsts import Firsts
from audql.engines.columnar.frames import Frames
from audql.engines.columnar.store import Column, Rows
from audql.engines.columnar.words import Words, packed
from audql.snapshot.database import available_threads
from audql.types import Field, Scalar

_TOGETHER = 16
"""So many conditions are a task: handing one over costs as much as a small one takes."""
_WORTH_IT = 8
"""From so many conditions on a collection on, its items are laid out beside people: that takes as long as a few."""
_FEW_LATER = 0.5
"""And where there are, for each first item, fewer than so many later ones."""


class Conditions:
    """Finds who satisfies bound conditions, of everyone in a store.

    INVARIANT: what threads find and keep here, in the store or in frames, follows from its key alone, and is kept once
    it is whole. Two may find the same at one time; then it does not matter whose is kept.
    """

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._everyone = frames.store.everyone
        self._on_item: dict[ir.Query, tuple[Field, list[ir.Query]] | None] = {}
        self._firsts: dict[Field, tuple[frozenset[ir.Query], Firsts | None]] = {}
        """Of a collection: what nearly all conditions on it ask of its items, and those that satisfy it; None where
        these are not worth laying out."""

    def find(self, wanted: Sequence[ir.Query]) -> dict[ir.Query, Words]:
        """Who satisfies each of these."""
        if len(wanted) == 1:
            return {wanted[0]: self._one(wanted[0])}
        self._lay_out(wanted)
        # Those that look at one column follow one another, while it is in the cache.
        ordered = sorted(wanted, key=_place)
        parts = [ordered[start : start + _TOGETHER] for start in range(0, len(ordered), _TOGETHER)]
        with ThreadPoolExecutor(max_workers=available_threads()) as pool:
            pieces = pool.map(lambda part: [(query, self._one(query)) for query in part], parts)
            found = dict(chain.from_iterable(pieces))
        for _, firsts in self._firsts.values():
            if firsts is not None:
                firsts.forget()
        return found

    def _lay_out(self, wanted: Iterable[ir.Query]) -> None:
        """Finds the collections that are worth laying out beside people."""
        asked: dict[Field, list[frozenset[ir.Query]]] = {}
        for query in wanted:
            found = self._on_items(query)
            if found is not None:
                asked.setdefault(found[0], []).append(frozenset(found[1]))
        for field, conditions in asked.items():
            counts = Counter(part for parts in conditions for part in parts)
            common = frozenset(part for part, count in counts.items() if count > 0.9 * len(conditions))
            owners = self._frames.store.owners(self._frames.store.root, field)
            if len(conditions) < _WORTH_IT or not common or owners is None:
                continue
            if field in self._firsts and self._firsts[field][0] == common:
                continue
            assert not isinstance(field.type, Scalar)
            firsts = Firsts(self._frames, field.type.record, owners, ir.all_of(sorted(common, key=repr)))
            self._firsts[field] = (common, firsts if firsts.share < _FEW_LATER else None)

    def _on_items(self, query: ir.Query) -> tuple[Field, list[ir.Query]] | None:
        """A collection of the person's, and the conditions on one of its items alone, where the query asks for one that
        satisfies them all."""
        if query not in self._on_item:
            match query:
                case ir.Some((ir.Hop(0, (field,), where), *further), 1):
                    whole = ir.all_of((where, *((ir.Some(tuple(further)),) if further else ())))
                    self._on_item[query] = self._about_items(field, whole)
                case _:
                    self._on_item[query] = None
        return self._on_item[query]

    def _about_items(self, field: Field, where: ir.Query) -> tuple[Field, list[ir.Query]] | None:
        parts, scopes = ir.conjuncts(where), self._frames.scopes
        if any(0 in scopes.items(part) for part in parts):
            return None
        return field, [scopes.alone(part, 1, 2) for part in parts]

    def _one(self, query: ir.Query) -> Words:
        tested = self._frames.tested(self._frames.store.root, query)
        if tested is not None:
            column, chosen = tested
            return packed(chosen.holds(column.codes[: self._everyone]))
        match query:
            case ir.Test(ir.Reduce("min" | "max")):
                extreme = self._of_extreme(query)
                if extreme is not None:
                    return extreme
            case ir.Some():
                on_items = self._on_items(query)
                found = None if on_items is None else self._having(*on_items)
                if found is not None:
                    return found
        return packed(self._frames.once(self._frames.store.root, query)[: self._everyone])

    def _having(self, field: Field, parts: Sequence[ir.Query]) -> Words | None:
        """Who has an item that satisfies the parts, each of which is about it alone; None where several may have it."""
        if field in self._firsts:
            common, firsts = self._firsts[field]
            if firsts is not None and common <= set(parts):
                return firsts.some([part for part in parts if part not in common])
        owned = self._owned(field, parts)
        if owned is None:
            return None
        return self._people((owned.people, True))

    def _of_extreme(self, query: ir.Test) -> Words | None:
        """Whose lowest or highest value is as the atom wants it: some value is so, and none is beyond. None where that
        is not the question, or values are not in the order of their codes."""
        match query.value:
            case ir.Reduce(kind, (ir.Hop(0, (field,), where),), ir.Field(1, (of,)), None):
                about = self._about_items(field, where)
            case _:
                return None
        if about is None or isinstance(field.type, Scalar):
            return None
        column = self._frames.store.column(field.type.record, of)
        if not isinstance(column, Column) or not column.dictionary.is_ordered:
            return None
        ranges = self._frames.holding(column.dictionary, query.atom, query.value.type).ranges
        owned = self._owned(*about) if len(ranges) == 1 else None
        if owned is None:
            return None
        codes, ((low, high),) = column.codes[owned.rows], ranges
        if kind == "max":
            return self._people((owned.people[codes >= low], True), (owned.people[codes >= high], False))
        held = codes > 0
        return self._people((owned.people[held & (codes < high)], True), (owned.people[held & (codes < low)], False))

    def _owned(self, field: Field, parts: Sequence[ir.Query]) -> _Owned | None:
        """The items of a collection that satisfy the parts; None where several people may have one."""
        owners = self._frames.store.owners(self._frames.store.root, field)
        if owners is None or isinstance(field.type, Scalar):
            return None
        rows = self._frames.selection.found(field.type.record, ir.all_of(parts))
        return _Owned(rows, owners.rows[rows])

    def _people(self, *those: tuple[NDArray[np.signedinteger[Any]], bool]) -> Words:
        """Whether each is one of them, as the last says where they are; -1 is nobody."""
        mask = np.zeros(self._frames.store.count(self._frames.store.root) + 1, dtype=bool)
        for people, truth in those:
            mask[people.astype(np.intp, copy=False)] = truth
        return packed(mask[: self._everyone])


@dataclass(frozen=True, slots=True)
class _Owned:
    rows: slice | Rows
    people: NDArray[np.signedinteger[Any]]
    """Who has each; -1 where nobody has."""


def _place(query: ir.Query) -> tuple[str, ...]:
    """What the condition looks at first, for the order of asking."""
    match query:
        case ir.Test(ir.Field(_, steps)):
            return tuple(step.name for step in steps)
        case ir.Some((ir.Hop(_, steps), *_)) | ir.Test(ir.Reduce(_, (ir.Hop(_, steps), *_))):
            return ("", *(step.name for step in steps))
        case _:
            return ()
