"""A query and the people of a file → the fields that it asks about and that nobody there has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from audql import ir
from audql.binding import bind
from audql.engines.population import Population
from audql.types import Schema

_Chain = tuple[ir.Way, ...]
"""From the person on, whatever the items satisfy."""


def absent(query: ir.Query, population: Population, schema: Schema) -> list[str]:
    """The paths, as a query writes them; of a path that nobody has anything at, not what lies behind it.

    Of the items of a collection no fields: what current jobs and valid certifications are looks at days that need not
    be there.
    """
    found: dict[str, bool] = {}
    for chain, value in _looked_at(bind(query, population.when).query, ((),)):
        label = ".".join(_labels(schema, chain, value))
        if not label or any(label == known or label.startswith(f"{known}.") for known, gone in found.items() if gone):
            continue
        if label not in found:
            found[label] = not _is_there(population, chain, value)
    return [label for label, gone in found.items() if gone]


def _looked_at(node: ir.Query | ir.Value | ir.Way, env: tuple[_Chain, ...]) -> Iterator[tuple[_Chain, ir.Field | None]]:
    """Each place that the query looks at: `env[i]` leads to item i. Ways come before what lies behind them."""
    match node:
        case ir.Field(item):
            if not env[item]:
                yield (), node
        case ir.Some(hops) | ir.Reduce(hops=hops):
            inner = env
            for hop in hops:
                if isinstance(hop, ir.Related):  # a relation of people, whomever it is followed from
                    yield from _looked_at(ir.Some(hop.relation), ((),))
                chain = (*inner[hop.item], _bare(hop, len(inner[hop.item])))
                yield chain, None
                inner = (*inner, chain)
                yield from _looked_at(hop.where, inner)
            if isinstance(node, ir.Reduce):
                for value in filter(None, (node.value, node.by)):
                    yield from _looked_at(value, inner)
        case _:
            for child in ir.children(node):
                yield from _looked_at(child, env)


def _bare(hop: ir.Way, item: int) -> ir.Way:
    return replace(hop, item=item, where=ir.EVERYONE)


def _is_there(population: Population, chain: _Chain, value: ir.Field | None) -> bool:
    reached = population.interpreter.items(chain) if chain else lambda env: iter((env,))
    read = population.interpreter.values(replace(value, item=len(chain))) if value is not None else None
    return any(
        read is None or any(found is not None for found in read(env))
        for person in population.persons
        for env in reached((person.view,))
    )


def _labels(schema: Schema, chain: _Chain, value: ir.Field | None) -> list[str]:
    """The names on the way; none where one is the vocabulary's own, or that of audiences."""
    fields = [f for way in chain for f in ((way.field,) if isinstance(way, ir.Related) else way.steps)]
    fields += value.steps if value is not None else ()
    shown = [next((s for s in schema.person.fields if s.base == f.name), f) if f.hidden else f for f in fields]
    return [] if any(f.hidden for f in shown) else [f.name for f in shown]
