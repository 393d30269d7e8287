"""Conditions about everyone → packed bits, many at once: on all cores, each in the way that costs least."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from audql import ir
from audql.engines.columnar.firsts import Firsts
from audql.engines.columnar.frames import Frames
from audql.engines.columnar.store import Column
from audql.engines.columnar.words import Words, packed
from audql.types import Field, Scalar

_WORTH_IT = 8
"""From so many conditions on a collection on, its items are laid out beside people: that takes as long as a few."""
_FEW_LATER = 0.5
"""And where there are, for each first item, fewer than so many later ones."""


class Conditions:
    """Finds who satisfies bound conditions, of everyone in a store."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._everyone = frames.store.everyone
        self._firsts: dict[Field, tuple[frozenset[ir.Query], Firsts]] = {}
        """Of a collection: what nearly all conditions on it ask of its items, and those that satisfy it."""

    def find(self, wanted: Sequence[ir.Query]) -> dict[ir.Query, Words]:
        """Who satisfies each of these."""
        if len(wanted) == 1:
            return {wanted[0]: self._one(wanted[0])}
        self._lay_out(wanted)
        # Those that look at one column follow one another, while it is in the cache.
        ordered = sorted(wanted, key=_place)
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            return dict(zip(ordered, pool.map(self._one, ordered), strict=True))

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
            if firsts.share < _FEW_LATER:
                self._firsts[field] = (common, firsts)

    def _on_items(self, query: ir.Query) -> tuple[Field, list[ir.Query]] | None:
        """A collection of the person's, and the conditions on one of its items alone, where the query asks for one that
        satisfies them all."""
        match query:
            case ir.Some((ir.Hop(0, (field,), where), *further), 1):
                whole = ir.all_of((where, *((ir.Some(tuple(further)),) if further else ())))
                parts = ir.conjuncts(whole)
                if any(0 in self._frames.scopes.items(part) for part in parts):
                    return None
                return field, [self._frames.scopes.alone(part, 1, 2) for part in parts]
            case _:
                return None

    def _one(self, query: ir.Query) -> Words:
        match query:
            case ir.Test(ir.Field(0, (field,)) as value, atom):
                column = self._frames.store.column(self._frames.store.root, field)
                if isinstance(column, Column):
                    chosen = self._frames.holding(column.dictionary, atom, value.type)
                    return packed(chosen.holds(column.codes[: self._everyone]))
            case ir.Some():
                found = self._on_items(query)
                if found is not None and found[0] in self._firsts:
                    common, firsts = self._firsts[found[0]]
                    if common <= set(found[1]):
                        return firsts.some([part for part in found[1] if part not in common])
        return packed(self._frames.once(self._frames.store.root, query)[: self._everyone])


def _place(query: ir.Query) -> tuple[str, ...]:
    """What the condition looks at first, for the order of asking."""
    match query:
        case ir.Test(ir.Field(_, steps)):
            return tuple(step.name for step in steps)
        case ir.Some((ir.Hop(_, steps), *_)) | ir.Test(ir.Reduce(_, (ir.Hop(_, steps), *_))):
            return ("", *(step.name for step in steps))
        case _:
            return ()
