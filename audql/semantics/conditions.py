"""A query as written → IR: names resolved, sugar gone, types checked, warnings given."""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from audql import ir
from audql.functions import Atom, Condition, Given, Reduction
from audql.semantics import call_messages, name_messages, warnings
from audql.semantics.calls import alternatives, arguments_of, callee, inside, refuse_lacking
from audql.semantics.context import Abandoned, Bound, Context, Definition, Item, Parameters, Scope, argument_of
from audql.semantics.expanding import expand, go_deeper, sound, spend
from audql.semantics.operands import place
from audql.semantics.paths import Reached, land, own_query, reach
from audql.semantics.predicates import predicate
from audql.semantics.times import need_time, window_range
from audql.source import Span
from audql.syntax import ast
from audql.types import ANYTHING, Many, Scalar


def condition(ctx: Context, scope: Scope, query: ast.Query) -> ir.Query:
    """Resolve a query. What has a mistake in it is reported and counts as no one: one mistake is one message."""
    ctx.depth += 1
    outer = ctx.predicate
    try:
        go_deeper(ctx, scope.span(query))
        return _condition(ctx, scope, query)
    except Abandoned:
        return ir.Always(False, scope.span(query))
    finally:
        ctx.depth -= 1
        ctx.predicate = outer


def _condition(ctx: Context, scope: Scope, query: ast.Query) -> ir.Query:
    span = scope.span(query)
    spend(ctx, span)
    ctx.predicate = None
    match query:
        case ast.And(parts):
            before = len(ctx.findings.found)
            beside = warnings.beside(ctx, scope, parts)
            found = ir.all_of([condition(ctx, beside, part) for part in parts], span)
            warnings.contradiction(ctx, scope, found, query, before)
            return found
        case ast.Or(parts):
            before = len(ctx.findings.found)
            found = ir.any_of([condition(ctx, scope, part) for part in parts], span)
            warnings.tautology(ctx, scope, found, query, before)
            return found
        case ast.Not(part):
            found = condition(ctx, scope, part)
            warnings.negation(ctx, scope, part, found)
            return ir.not_(found, span)
        case ast.NOf(bound, count, parts):
            resolved = [condition(ctx, scope, part) for part in parts]
            return _bounded(bound, count, lambda n: ir.at_least(n, resolved, span), span)
        case ast.Counted():
            return _counted(ctx, scope, query, span)
        case ast.Quantified():
            return _quantified(ctx, scope, query, span)
        case ast.Truth(value):
            return ir.Always(value, span)
        case ast.Path():
            return _bare(ctx, scope, query, span)
        case ast.Call():
            return _call(ctx, scope, query, span)
        case ast.Broken():
            raise Abandoned
        case _:
            return predicate(ctx, scope, query, span)


# --- collections ------------------------------------------------------------------------------------------------------


def _items(ctx: Context, scope: Scope, query: ast.Quantified | ast.Counted) -> Reached:
    """The items that a quantifier speaks of."""
    here = reach(ctx, scope, query.path)
    if here.type is Scalar.ANY:
        *before, last = here.steps
        here = replace(here, steps=(*before, replace(last, type=Many(ANYTHING.name))), type=Many(ANYTHING.name))
        here = replace(here, record=ANYTHING)
    if here.record is None or not (here.hops or here.steps):
        ctx.report(name_messages.no_collection(here, query.where))
        raise Abandoned
    return land(scope, here)


def _inside(scope: Scope, here: Reached, path: ast.Path) -> Scope:
    """The scope in the brackets behind a collection."""
    assert here.record is not None
    name = path.names[0].text
    first = next((f for item in scope.items if (f := item.record.field(name))), None)
    item = Item(here.item, here.record, first.name if first else name)
    return replace(scope, items=(item, *scope.items), depth=here.depth, known_set=frozenset())


def _quantified(ctx: Context, scope: Scope, query: ast.Quantified, span: Span) -> ir.Query:
    here = _items(ctx, scope, query)
    if query.where is None:
        if query.quantifier is ast.Quantifier.EVERY:
            ctx.report(name_messages.bare_every(query))
            raise Abandoned
        where: ir.Query = ir.EVERYONE
    else:
        where = condition(ctx, _inside(scope, here, query.path), query.where)
    match query.quantifier:
        case ast.Quantifier.ANY:
            return here.wrap(where, span)
        case ast.Quantifier.NO:
            return ir.not_(here.wrap(where, span), span)
        case ast.Quantifier.EVERY:
            warnings.every_of_nothing(ctx, scope, query, here.wrap(ir.EVERYONE, span))
            return ir.not_(here.wrap(ir.not_(where), span), span)
        case _:
            assert_never(query.quantifier)


def _counted(ctx: Context, scope: Scope, query: ast.Counted, span: Span) -> ir.Query:
    here = _items(ctx, scope, query)
    assert here.record is not None
    where = ir.EVERYONE if query.where is None else condition(ctx, _inside(scope, here, query.path), query.where)
    last = replace(here.hops[-1], where=ir.all_of([here.hops[-1].where, where]))
    distinct = len(here.hops) > 1 or bool(here.record.keys)
    return _bounded(query.bound, query.count, lambda n: ir.some((*here.hops[:-1], last), n, distinct, span), span)


def _bounded(bound: ast.Bound, count: int, at_least: Callable[[int], ir.Query], span: Span) -> ir.Query:
    """At least, at most or exactly so many."""
    match bound:
        case ast.Bound.AT_LEAST:
            return at_least(count)
        case ast.Bound.AT_MOST:
            return ir.not_(at_least(count + 1), span)
        case ast.Bound.EXACTLY:
            return ir.all_of([at_least(count), ir.not_(at_least(count + 1), span)], span)
        case _:
            assert_never(bound)


# --- names and calls --------------------------------------------------------------------------------------------------


def _bare(ctx: Context, scope: Scope, path: ast.Path, span: Span) -> ir.Query:
    """A name alone: a parameter, a `let`, or a yes/no field."""
    value, written_in = argument_of(scope, path)
    if value is not path:
        if isinstance(value, ast.Truth | ast.Path | ast.Call):
            return condition(ctx, written_in, value)
        if isinstance(value, ast.Text | ast.Number | ast.Date | ast.Instant | ast.Today | ast.Now | ast.Relative):
            ctx.report(name_messages.value_for_condition(value))
        raise Abandoned
    definition = scope.names.definitions.get(path.names[0].text) if len(path.names) == 1 else None
    if definition is not None:
        sound(ctx, definition)
        if definition.parameters:
            ctx.report(name_messages.define_without_arguments(path, definition))
            raise Abandoned
        return expand(ctx, scope, definition, {}, span)
    here = reach(ctx, scope, path)
    if here.type not in (Scalar.YES_NO, Scalar.ANY):
        ctx.report(name_messages.no_condition(here))
        raise Abandoned
    return here.wrap(ir.Test(here.value, ir.Equals(Scalar.YES_NO, frozenset({True})), span), span)


def _call(ctx: Context, scope: Scope, call: ast.Call, span: Span) -> ir.Query:
    function = callee(ctx, scope, call)
    if isinstance(function, Definition):
        return expand(ctx, scope, function, arguments_of(ctx, scope, call, function), span)
    match function.meaning:
        case Condition(text):
            bodies = [inside(scope, call.span, given) for given in alternatives(ctx, scope, call, function)]
            before = len(ctx.findings.found)
            warnings.advice(ctx, scope, call, function)
            meant = ir.all_of([condition(ctx, body, own_query(text)) for body in bodies], span)
            refuse_lacking(ctx, scope, call, function, before)
            return meant
        case Reduction():
            ctx.report(call_messages.value_function_alone(call, function))
            raise Abandoned
        case Atom(build):
            (given,) = alternatives(ctx, scope, call, function)
            first = given[function.parameters[0].variable]
            if not isinstance(first, Bound):
                raise Abandoned
            dated = place(ctx, first.scope, first.value)
            need_time(ctx, dated)
            return dated.wrap(ir.Test(dated.value, build(_settled(ctx, given)), span), span)
        case _:
            assert_never(function.meaning)


def _settled(ctx: Context, given: Parameters) -> dict[str, Given]:
    """The numbers and windows among the arguments."""
    settled: dict[str, Given] = {}
    for name, bound in given.items():
        match bound:
            case Bound(ast.Number(value)):
                settled[name] = int(value)
            case Bound((ast.Duration() | ast.Rolling() | ast.CalendarUnit()) as window, scope):
                settled[name] = window_range(ctx, scope, window)
            case _:
                pass
    return settled
