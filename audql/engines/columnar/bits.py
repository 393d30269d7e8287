"""Queries about everyone → packed bits: each distinct condition once, then and, or and not of machine words."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from audql import ir
from audql.engines.columnar.frames import Frames
from audql.engines.columnar.store import Column, Mask

Words: TypeAlias = NDArray[np.uint64]
"""Bit i of the whole, the lowest of word 0 first, is row i of the root's table."""


class Bits:
    """The answers to bound queries about everyone in a store. What it has found it keeps."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames
        self._everyone = frames.store.everyone
        self._known: dict[ir.Query, Words] = {}

    def prepare(self, queries: Iterable[ir.Query]) -> None:
        """Finds every condition of these that is not known yet, on all cores."""
        wanted = {atom: None for query in queries for atom in atoms(query) if atom not in self._known}
        # Those that look at one column follow one another, while it is in the cache.
        ordered = sorted(wanted, key=_place)
        if len(ordered) < 2:
            return
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            found = pool.map(self._atom, ordered)
            self._known.update(zip(ordered, found, strict=True))

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


def packed(mask: Mask) -> Words:
    """Bits in words; those beyond the mask's end are 0."""
    octets = np.packbits(mask, bitorder="little")
    return np.pad(octets, (0, -len(octets) % 8)).view("<u8")


def at_least(count: int, parts: list[Words]) -> Words:
    """Where at least `count` of the parts have a bit: sums of bits side by side, one word of each digit."""
    reached = [np.zeros_like(parts[0]) for _ in range(count)]
    for part in parts:
        # From the top: whoever has reached n and is in this part reaches n + 1.
        for n in range(count - 1, 0, -1):
            reached[n] |= reached[n - 1] & part
        reached[0] |= part
    return reached[-1]


def _place(query: ir.Query) -> tuple[str, ...]:
    """What the condition looks at first, for the order of asking."""
    match query:
        case ir.Test(ir.Field(_, steps)):
            return tuple(step.name for step in steps)
        case ir.Some((ir.Hop(_, steps), *_)) | ir.Test(ir.Reduce(_, (ir.Hop(_, steps), *_))):
            return ("", *(step.name for step in steps))
        case _:
            return ()
