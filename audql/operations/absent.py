"""A query and people → the fields that it asks about and that nobody there has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from audql import ir
from audql.semantics.context import PeopleAtHand
from audql.types import Many, Schema

_Chain = tuple[ir.Way, ...]
"""From the person on, whatever the items satisfy."""


def absent(query: ir.Query, people: PeopleAtHand, schema: Schema) -> list[str]:
    """The paths, as a query writes them; of a path that nobody has anything at, not what lies behind it.

    Of the items of a collection no fields: what current jobs and valid certifications are looks at days that need not
    be there.
    """
    found: dict[str, bool] = {}
    for chain, value in _looked_at(query, ((),), schema.root):
        label = ".".join(_labels(schema, chain, value))
        if not label or any(label == known or label.startswith(f"{known}.") for known, gone in found.items() if gone):
            continue
        if label not in found:
            found[label] = not _is_there(people, chain, value)
    return [label for label, gone in found.items() if gone]


def _looked_at(
    node: ir.Query | ir.Value | ir.Way, env: tuple[_Chain, ...], root: str
) -> Iterator[tuple[_Chain, ir.Field | None]]:
    """Each place that the query looks at: `env[i]` leads to item i. Ways come before what lies behind them. What is
    above a node is no such place: a node is within itself, though nothing is above it."""
    match node:
        case ir.Field(item):
            if not env[item]:
                yield (), node
        case ir.Some(hops) | ir.Reduce(hops=hops):
            inner = env
            for hop in hops:
                if isinstance(hop, ir.Related) and hop.field.type == Many(root):  # whomever it is followed from
                    yield from _looked_at(ir.Some(hop.relation), ((),), root)
                chain = (*inner[hop.item], _bare(hop, len(inner[hop.item])))
                yield chain, None
                inner = (*inner, chain)
                yield from _looked_at(hop.where, inner, root)
            if isinstance(node, ir.Reduce):
                for value in filter(None, (node.value, node.by)):
                    yield from _looked_at(value, inner, root)
        case _:
            for child in ir.children(node):
                yield from _looked_at(child, env, root)


def _bare(hop: ir.Way, item: int) -> ir.Way:
    return replace(hop, item=item, where=ir.EVERYONE)


def _is_there(people: PeopleAtHand, chain: _Chain, value: ir.Field | None) -> bool:
    if value is None:
        return people.count(ir.Some(chain)) > 0
    there = ir.Test(replace(value, item=len(chain)), ir.IsSet())
    if not chain:
        return people.count(there) > 0
    *before, last = chain
    return people.count(ir.Some((*before, replace(last, where=there)))) > 0


def _labels(schema: Schema, chain: _Chain, value: ir.Field | None) -> list[str]:
    """The names on the way; none where one is the vocabulary's own, or that of audiences."""
    fields = [f for way in chain for f in ((way.field,) if isinstance(way, ir.Related) else way.steps)]
    fields += value.steps if value is not None else ()
    shown = [next((s for s in schema.person.fields if s.base == f.name), f) if f.hidden else f for f in fields]
    return [] if any(f.hidden for f in shown) else [f.name for f in shown]
