"""What `let` and `define` stand for → IR: each checked once by itself before it is used, and all within the limits."""

import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import NoReturn

from audql import ir
from audql.diagnostics import Diagnostic
from audql.semantics import name_messages
from audql.semantics.context import (
    DEPTH_LIMIT,
    EXPANSION_LIMIT,
    Abandoned,
    Bound,
    Context,
    Definition,
    Expansion,
    Item,
    Omitted,
    Parameters,
    Scope,
    Unknown,
    argument_of,
)
from audql.source import Span
from audql.syntax import ast

_PYTHONS_DEPTH = 50
_FRAMES_FOR_ONE = 12
"""No phase takes more frames for one level of nesting."""


def check(ctx: Context, definition: Definition) -> Expansion:
    """What a definition comes to by itself, with anything for its parameters; what is wrong with it is reported.

    Those that it uses come first, so that however many there are, each is resolved once and none inside another.
    """
    known = ctx.expansions.known
    if definition not in known:
        for each in _in_order(ctx, definition):
            known[each] = _by_itself(ctx, each)
    return known[definition]


def sound(ctx: Context, definition: Definition) -> Expansion:
    """The same for whoever uses it. One with a mistake is not gone into: its user has that problem and no other."""
    if definition in ctx.open_definitions:
        way = ctx.open_definitions[ctx.open_definitions.index(definition) :]
        first = way.index(min(way, key=lambda each: each.name))
        ctx.report(name_messages.recursion([*way[first:], *way[:first]]))
        raise Abandoned
    itself = check(ctx, definition)
    if itself.mistake is not None:
        ctx.report(itself.mistake)
        raise Abandoned
    return itself


def expand(ctx: Context, scope: Scope, definition: Definition, arguments: Parameters, span: Span) -> ir.Query:
    """What a use of a definition means, which is about the innermost person."""
    itself = sound(ctx, definition)
    _afford(ctx, itself, span)
    person = replace(scope.innermost_person, collection="")
    body = Scope((person,), scope.depth, person.number, definition.file, arguments, scope.at)
    place = (definition, person.number, scope.depth, scope.at)
    if not arguments and place not in ctx.expansions.lets:
        return ctx.expansions.lets.setdefault(place, _inside(ctx, body, definition, span))
    if not all(map(_is_unknown, arguments.values())):
        return _inside(ctx, body, definition, span)
    found = itself.query if arguments else ctx.expansions.lets[place]
    ctx.size += itself.size
    ctx.expansions.spent += len(found.parts) if isinstance(found, ir.And | ir.Or) else 1
    ctx.deepest = max(ctx.deepest, ctx.depth + itself.height)
    return found


def spend(ctx: Context, span: Span) -> None:
    """Count one more resolved node, of this query and of the whole text: neither must grow without bound."""
    span = ctx.use or span
    ctx.size += 1
    ctx.expansions.spent += 1
    if ctx.size > EXPANSION_LIMIT:
        _give_up(ctx, name_messages.too_large(span))
    if ctx.expansions.spent > ctx.expansions.most:
        if ctx.expansions.over is None:
            ctx.expansions.over = name_messages.too_large_together(span, ctx.expansions.most)
        _give_up(ctx, ctx.expansions.over)


def go_deeper(ctx: Context, span: Span) -> None:
    """One condition inside another. Python's own limit on recursion makes room where a query needs it, once."""
    ctx.deepest = max(ctx.deepest, ctx.depth)
    if ctx.depth > DEPTH_LIMIT:
        _give_up(ctx, name_messages.too_deep(span))
    if ctx.exhausted:
        raise Abandoned
    if ctx.depth == _PYTHONS_DEPTH:
        # Twice: a definition is checked by itself from wherever it is first used.
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 2 * _FRAMES_FOR_ONE * DEPTH_LIMIT))


def _in_order(ctx: Context, definition: Definition) -> Iterator[Definition]:
    """The definition, after those not yet known whose names are in it; where these go round in a circle, it alone."""
    if ctx.open_definitions:
        yield definition
        return
    seen = {definition}
    way = [(definition, _names(definition.query))]
    while way:
        here, names = way[-1]
        for name in names:
            other = here.file.definitions.get(name)
            if other is not None and other not in seen and other not in ctx.expansions.known:
                seen.add(other)
                way.append((other, _names(other.query)))
                break
        else:
            yield way.pop()[0]


def _names(query: ast.Query) -> Iterator[str]:
    """Every name in a query, whatever it means there."""
    waiting: list[object] = [query]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(node)
        elif isinstance(node, ast.Name):
            yield node.text
        elif is_dataclass(node) and not isinstance(node, Span):
            waiting.extend(getattr(node, each.name) for each in fields(node))


def _by_itself(ctx: Context, definition: Definition) -> Expansion:
    if definition.mistake is not None:
        return Expansion(ir.NO_ONE, definition.mistake)
    before = len(ctx.findings.found)
    depth = ctx.depth if ctx.open_definitions else 0
    inner = replace(ctx, size=0, depth=depth, deepest=depth, exhausted=False, predicate=None, use=None)
    parameters = dict.fromkeys(definition.parameters, Unknown())
    body = Scope((Item(0, ctx.schema.person),), 1, 0, definition.file, parameters)
    query = _inside(inner, body, definition, None)
    mistake = next((found for found in ctx.findings.found[before:] if found.is_error), None)
    expansion = Expansion(query, mistake, inner.size, inner.deepest - depth)
    if not parameters:
        ctx.expansions.lets[definition, 0, 1, None] = query
    return expansion


def _inside(ctx: Context, body: Scope, definition: Definition, use: Span | None) -> ir.Query:
    outer = ctx.use
    ctx.use = outer or use
    ctx.open_definitions.append(definition)
    try:
        return ctx.resolve(ctx, body, definition.query)
    finally:
        ctx.open_definitions.pop()
        ctx.use = outer


def _afford(ctx: Context, itself: Expansion, span: Span) -> None:
    """Refuse what would be too much before any of it is done."""
    if ctx.size + itself.size > EXPANSION_LIMIT:
        _give_up(ctx, name_messages.too_large(span))
    if ctx.depth + itself.height > DEPTH_LIMIT:
        _give_up(ctx, name_messages.too_deep(span))


def _give_up(ctx: Context, problem: Diagnostic) -> NoReturn:
    if not ctx.exhausted:
        ctx.report(problem)
    ctx.exhausted = True
    raise Abandoned


def _is_unknown(bound: Bound | Unknown | Omitted) -> bool:
    return isinstance(argument_of(bound.scope, bound.value)[0] if isinstance(bound, Bound) else bound, Unknown)
