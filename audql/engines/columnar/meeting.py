"""A query and a person → everyone whom the query can lead to from there, whatever it asks of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from audql import ir
from audql.engines.columnar.frames import Frames
from audql.engines.columnar.store import Rows, distinct
from audql.types import Field, Scalar

Items: TypeAlias = tuple[str, Rows]
"""Items of one type, by their rows."""


def met(frames: Frames, node: ir.Query | ir.Value | ir.Way, items: Sequence[Items]) -> Iterator[Items]:
    """The items that a part of a bound query can lead to, where item i of its environment is any of `items[i]`."""
    match node:
        case ir.Field(number, steps):
            yield from _passed(frames, items[number], steps[:-1])
        case ir.Some(hops) | ir.Reduce(hops=hops):
            for hop in hops:
                passed = [*_along(frames, hop, items[hop.item])]
                yield from passed
                items = (*items, passed[-1])
                yield from met(frames, hop.where, items)
            for value in (node.value, node.by) if isinstance(node, ir.Reduce) else ():
                if value is not None:
                    yield from met(frames, value, items)
        case _:
            for part in ir.children(node):
                yield from met(frames, part, items)


def _along(frames: Frames, hop: ir.Way, start: Items) -> Iterator[Items]:
    """All that one hop passes; last where it ends."""
    if isinstance(hop, ir.Hop):
        yield from _passed(frames, start, hop.steps)
        return
    assert not isinstance(hop.field.type, Scalar)
    record, rows = start
    reached = frames.relations.follow(record, replace(hop, where=ir.EVERYONE), rows)[1]
    end = hop.field.type.record, distinct(reached.astype(np.intp))
    once = ir.Some(hop.relation)
    for each in (start, end) if hop.how == "closure" else (end,):
        yield from met(frames, once, (each,))
    yield end


def _passed(frames: Frames, start: Items, steps: Iterable[Field]) -> Iterator[Items]:
    """The items at each of the references on the way."""
    record, rows = start
    for step in steps:
        _, record, rows = frames.along(record, rows, (step,))
        rows = distinct(rows)
        yield record, rows
