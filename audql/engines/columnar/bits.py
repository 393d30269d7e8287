"""Queries about everyone → packed bits: each distinct condition once, then and, or and not of machine words."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from audql import ir
from audql.engines.columnar.firsts import Firsts
from audql.engines.columnar.frames import Frames
from audql.engines.columnar.store import Column
from audql.engines.columnar.words import Words, at_least, packed
from audql.types import Field, Scalar

_WORTH_IT = 8
"""From so many conditions on a collection on, its items are laid out beside people: that takes as long as a few."""
_FEW_LATER = 0.5
"""And where there are, for each first item, fewer than so many later ones."""


class Bits:
    """The answers to bound queries about everyone in a store. What it has found it keeps."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames
        self._everyone = frames.store.everyone
        self._known: dict[ir.Query, Words] = {}
        self._firsts: dict[Field, tuple[frozenset[ir.Query], Firsts]] = {}
        """Of a collection: what nearly all conditions on it ask of its items, and those that satisfy it."""

    def prepare(self, queries: Iterable[ir.Query]) -> None:
        """Finds every condition of these that is not known yet, on all cores."""
        wanted = {atom: None for query in queries for atom in atoms(query) if atom not in self._known}
        self._lay_out(wanted)
        # Those that look at one column follow one another, while it is in the cache.
        ordered = sorted(wanted, key=_place)
        if len(ordered) < 2:
            return
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            found = pool.map(self._atom, ordered)
            self._known.update(zip(ordered, found, strict=True))

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
            owners = self.frames.store.owners(self.frames.store.root, field)
            if len(conditions) < _WORTH_IT or not common or owners is None:
                continue
            if field in self._firsts and self._firsts[field][0] == common:
                continue
            assert not isinstance(field.type, Scalar)
            firsts = Firsts(self.frames, field.type.record, owners, ir.all_of(sorted(common, key=repr)))
            if firsts.share < _FEW_LATER:
                self._firsts[field] = (common, firsts)

    def _on_items(self, query: ir.Query) -> tuple[Field, list[ir.Query]] | None:
        """A collection of the person's, and the conditions on one of its items alone, where the query asks for one that
        satisfies them all."""
        match query:
            case ir.Some((ir.Hop(0, (field,), where), *further), 1):
                whole = ir.all_of((where, *((ir.Some(tuple(further)),) if further else ())))
                parts = whole.parts if isinstance(whole, ir.And) else (whole,)
                if any(0 in self.frames.scopes.items(part) for part in parts):
                    return None
                return field, [self.frames.scopes.alone(part, 1, 2) for part in parts]
            case _:
                return None

    def words(self, query: ir.Query) -> Words:
        """Who satisfies the query. The words are the caller's to read, not to change."""
        match query:
            case ir.Always(truth):
                return packed(np.full(self._everyone, truth))
            case ir.And(parts):
                first, *rest = self._positive_first(parts)
                found = self.words(first).copy()
                for part in rest:
                    if isinstance(part, ir.Not):
                        np.bitwise_and(found, ~self.words(part.part), out=found)
                    else:
                        np.bitwise_and(found, self.words(part), out=found)
                return found
            case ir.Or(parts):
                found = self.words(parts[0]).copy()
                for part in parts[1:]:
                    np.bitwise_or(found, self.words(part), out=found)
                return found
            case ir.Not(part):
                return ~self.words(part)
            case ir.AtLeast(count, parts):
                return at_least(count, [self.words(part) for part in parts])
            case _:
                known = self._known.get(query)
                if known is None:
                    known = self._known[query] = self._atom(query)
                return known

    @staticmethod
    def _positive_first(parts: tuple[ir.Query, ...]) -> list[ir.Query]:
        return sorted(parts, key=lambda part: isinstance(part, ir.Not))

    def _atom(self, query: ir.Query) -> Words:
        match query:
            case ir.Test(ir.Field(0, (field,)) as value, atom):
                column = self.frames.store.column(self.frames.store.root, field)
                if isinstance(column, Column):
                    chosen = self.frames.holding(column.dictionary, atom, value.type)
                    return packed(chosen.holds(column.codes[: self._everyone]))
            case ir.Some():
                found = self._on_items(query)
                if found is not None and found[0] in self._firsts:
                    common, firsts = self._firsts[found[0]]
                    if common <= set(found[1]):
                        return firsts.some([part for part in found[1] if part not in common])
        return packed(self.frames.once(self.frames.store.root, query)[: self._everyone])


def atoms(query: ir.Query) -> Iterator[ir.Query]:
    """The conditions that a query combines."""
    match query:
        case ir.And(parts) | ir.Or(parts) | ir.AtLeast(_, parts):
            for part in parts:
                yield from atoms(part)
        case ir.Not(part):
            yield from atoms(part)
        case ir.Always():
            pass
        case _:
            yield query


def _place(query: ir.Query) -> tuple[str, ...]:
    """What the condition looks at first, for the order of asking."""
    match query:
        case ir.Test(ir.Field(_, steps)):
            return tuple(step.name for step in steps)
        case ir.Some((ir.Hop(_, steps), *_)) | ir.Test(ir.Reduce(_, (ir.Hop(_, steps), *_))):
            return ("", *(step.name for step in steps))
        case _:
            return ()
