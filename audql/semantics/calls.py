"""A call → the scope in which the function's own text is resolved; nothing here knows any function by name."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from audql import ir
from audql.diagnostics import Diagnostic
from audql.functions import Function, Parameter, Reduction
from audql.semantics import call_messages, name_messages
from audql.semantics.context import (
    Abandoned,
    Bound,
    Context,
    Definition,
    Item,
    Omitted,
    Parameters,
    Scope,
    Unknown,
    argument_of,
)
from audql.semantics.expanding import sound
from audql.semantics.paths import OWN, Reached, field_of, own_query, reach
from audql.source import Span
from audql.syntax import ast
from audql.types import Scalar


def callee(ctx: Context, scope: Scope, call: ast.Call) -> Function | Definition:
    """What the call calls."""
    if len(call.path.names) == 1:
        name = call.path.names[0].text
        definition = scope.names.definitions.get(name)
        if definition is not None and definition.parameters:
            sound(ctx, definition)
            return definition
        function = ctx.functions.get(name)
        if function is not None:
            return function
    ctx.report(call_messages.unknown_function(ctx, scope, call))
    raise Abandoned


def alternatives(ctx: Context, scope: Scope, call: ast.Call, function: Function) -> Iterator[Parameters]:
    """The arguments by the names of the body; several sets where `all: (…)` asks for each of a list."""
    given = _by_name(ctx, call, function.parameters, function.name, several=function.several)
    every = given.pop("all", None)
    some = given.pop("any", None)
    first = function.parameters[0] if function.parameters else None
    listed = some if every is None else every
    if listed is not None and first is not None:
        if first.name in given or (every is not None and some is not None):
            ctx.report(call_messages.one_or_the_other(call, function))
            raise Abandoned
        given[first.name] = listed
    bound = _bind(ctx, scope, call, function, given)
    if every is None or first is None:
        yield bound
        return
    value, written_in = argument_of(scope, every.value)
    for element in value.items if isinstance(value, ast.List) else (value,):
        if isinstance(element, ast.Text | ast.Number | ast.Path | ast.Call):
            yield {**bound, first.variable: Bound(element, written_in)}
        else:
            yield bound


def inside(scope: Scope, span: Span, parameters: Parameters) -> Scope:
    """The scope of the body of a function of the vocabulary: the innermost person, and the parameters."""
    person = scope.innermost_person
    return replace(
        scope,
        items=(replace(person, collection=""),),
        person=person.number,
        parameters=parameters,
        at=scope.at or span,
        known_set=frozenset(),
    )


def arguments_of(ctx: Context, scope: Scope, call: ast.Call, definition: Definition) -> Parameters:
    """The arguments of a `define`, which are given in order and all of them, or by name."""
    wanted = tuple(Parameter(name, required=True) for name in definition.parameters)
    given = _by_name(ctx, call, wanted, definition.name, several=False)
    missing = [p.name for p in wanted if p.name not in given]
    if missing:
        ctx.report(call_messages.missing_argument(call, definition.name, missing[0], wanted))
        raise Abandoned
    return {name: Bound(argument.value, scope) for name, argument in given.items()}


def reduction(ctx: Context, scope: Scope, call: ast.Call) -> ir.Reduce:
    """The value that a call of a value function is."""
    function = callee(ctx, scope, call)
    if isinstance(function, Definition) or not isinstance(function.meaning, Reduction):
        ctx.report(call_messages.condition_for_value(ctx, call, function))
        raise Abandoned
    meaning = function.meaning
    (parameters,) = alternatives(ctx, scope, call, function)
    body = inside(scope, call.span, parameters)
    span = scope.span(call)
    before = len(ctx.findings.found)
    try:
        here = _source(ctx, body, meaning)
    except Abandoned:
        refuse_lacking(ctx, scope, call, function, before)
        raise
    assert here.record is not None
    within = replace(body, items=(Item(here.item, here.record), *body.items), depth=here.depth)
    where = ctx.resolve(ctx, within, own_query(meaning.where))
    refuse_lacking(ctx, scope, call, function, before)
    last = here.hops[-1]
    hops = (*here.hops[:-1], replace(last, where=ir.all_of([last.where, where])))
    value = field_of(here, meaning.value).value if meaning.value else None
    by = field_of(here, meaning.by).value if meaning.by else None
    return ir.Reduce(meaning.kind, hops, value, by, value.type if value else Scalar.NUMBER, span)


def _source(ctx: Context, body: Scope, meaning: Reduction) -> Reached:
    """The collection that a value is reduced from; it has the fields that this takes."""
    path = own_query(meaning.source)
    assert isinstance(path, ast.Path)
    here = reach(ctx, body, path)
    if here.record is None or not here.hops:
        ctx.report(name_messages.no_collection(here))
        raise Abandoned
    for name in filter(None, (meaning.value, meaning.by)):
        field = here.record.field(name)
        if field is None or not isinstance(field.type, Scalar):
            ctx.report(call_messages.no_value(here, name))
            raise Abandoned
    return here


def refuse_lacking(ctx: Context, scope: Scope, call: ast.Call, function: Function, before: int) -> None:
    """Say of a function whose own text met what the schema does not have that it needs this; `before` was all well."""
    if scope.at is not None:
        return
    found = ctx.findings.found
    own = [d for d in found[before:] if d.is_error and _is_own(d, call)]
    if own:
        found[before:] = [d for d in found[before:] if d not in own]
        ctx.report(call_messages.lacks_what_it_needs(ctx, call, function, own[0]))
        raise Abandoned


def _is_own(found: Diagnostic, call: ast.Call) -> bool:
    if found.span is None or found.code == name_messages.TOO_LARGE:
        return False
    return found.span.source.name == OWN or found.span == call.span


def _by_name(
    ctx: Context, call: ast.Call, parameters: tuple[Parameter, ...], name: str, *, several: bool
) -> dict[str, ast.Argument]:
    """The arguments under the names of their parameters; arguments without a name fill them in order."""
    given: dict[str, ast.Argument] = {}
    known = [p.name for p in parameters] + (["any", "all"] if several else [])
    for position, argument in enumerate(call.arguments):
        if argument.name is not None:
            key = argument.name.text
        elif position < len(parameters) and (position == 0 or parameters[position].required):
            key = parameters[position].name
        else:
            ctx.report(call_messages.argument_needs_name(call, argument, name, parameters, several=several))
            raise Abandoned
        if key not in known:
            ctx.report(call_messages.unknown_argument(ctx, call, argument, name, known))
            raise Abandoned
        if key in given:
            ctx.report(call_messages.argument_twice(argument, key))
            raise Abandoned
        given[key] = argument
    return given


def _bind(
    ctx: Context, scope: Scope, call: ast.Call, function: Function, given: Mapping[str, ast.Argument]
) -> Parameters:
    bound: dict[str, Bound | Unknown | Omitted] = {}
    for parameter in function.parameters:
        argument = given.get(parameter.name)
        if argument is None:
            if parameter.required:
                ctx.report(call_messages.missing_argument(call, function.name, parameter.name, function.parameters))
                raise Abandoned
            if parameter.default:
                default = own_query(parameter.default)
                assert isinstance(default, ast.Truth)
                bound[parameter.variable] = Bound(default, scope)
            else:
                bound[parameter.variable] = Omitted()
            continue
        value, written_in = argument_of(scope, argument.value)
        if isinstance(value, Unknown | Omitted):
            bound[parameter.variable] = value
        elif isinstance(value, ast.Name) or not _takes(parameter, value):
            ctx.report(call_messages.wrong_argument(ctx, argument, value, function, parameter))
            raise Abandoned
        else:
            bound[parameter.variable] = Bound(value, written_in)
    return bound


def _takes(parameter: Parameter, value: ast.Value) -> bool:
    match parameter.takes:
        case "window":
            return isinstance(value, ast.Duration | ast.Rolling | ast.CalendarUnit)
        case "duration":
            return isinstance(value, ast.Duration)
        case "truth":
            return isinstance(value, ast.Truth)
        case "number":
            return isinstance(value, ast.Number) and value.value == value.value.to_integral_value() > 0
        case "reference" | "text":
            return isinstance(value, ast.Text | ast.Path | ast.Call | ast.List)
        case "day":
            return not isinstance(
                value, ast.Duration | ast.Rolling | ast.CalendarUnit | ast.Text | ast.Number | ast.List
            )
        case "date field":
            return isinstance(value, ast.Path | ast.Call)
