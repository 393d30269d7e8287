"""Comparisons of terms → IR, with the types checked."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, TypeAlias

from audql import ir
from audql.semantics import name_messages, reference_messages, type_messages
from audql.semantics.context import Abandoned, Context, Scope
from audql.semantics.operands import Constant, Place, Reduced, Resolved, Several, Term, as_limit, elements
from audql.semantics.paths import Reached, field_of
from audql.semantics.references import names_thing, same_thing, thing_of
from audql.source import Span
from audql.text import fold
from audql.types import Scalar

Op: TypeAlias = Literal["=", "<", "<=", ">", ">="]
_TIMES = (Scalar.DATE, Scalar.INSTANT)
_MIRROR: dict[Op, Op] = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def compare(ctx: Context, scope: Scope, left: Resolved, op: Op, right: Resolved, span: Span, *, days: bool) -> ir.Query:
    """Some value of one side and some value of the other compare so. `days`: always as calendar days."""
    if isinstance(left, Constant | Several):
        if not isinstance(right, Reached | Reduced):
            ctx.report(name_messages.nothing_of_the_person(ctx, left, span))
            raise Abandoned
        return compare(ctx, scope, right, _MIRROR[op], left, span, days=days)
    if isinstance(right, Several):
        if op != "=":
            ctx.report(type_messages.order_of_list(right.span, op))
            raise Abandoned
        return equals_any(ctx, scope, left, right.elements, span)
    if isinstance(right, Constant):
        return _with_constant(ctx, left, op, right, span, days=days)
    return _places(ctx, scope, left, op, right, span, days=days)


def equals_any(ctx: Context, scope: Scope, left: Place, choices: Sequence[Term], span: Span) -> ir.Query:
    """The place equals one of the choices."""
    if isinstance(left, Reached) and left.hops:
        return left.wrap(equals_any(ctx, scope, left.bare, choices, span), span)
    parts: list[ir.Query] = []
    for choice in choices:
        try:
            parts.append(compare(ctx, scope, left, "=", choice, choice.span, days=False))
        except Abandoned:
            continue
    if not parts:
        raise Abandoned
    return _merged(parts, span)


def _merged(parts: Sequence[ir.Query], span: Span) -> ir.Query:
    """The disjunction, where equalities of one value are one set."""
    sets: dict[tuple[ir.Value, Scalar], set[object]] = {}
    rest: list[ir.Query] = []
    for part in parts:
        match part:
            case ir.Test(value, ir.Equals(kind, values)):
                sets.setdefault((value, kind), set()).update(values)
            case _:
                rest.append(part)
    together: list[ir.Query] = [
        ir.Test(value, ir.Equals(kind, frozenset(values)), span)  # type: ignore[arg-type]  # one kind, one type
        for (value, kind), values in sets.items()
    ]
    return ir.any_of([*together, *rest], span)


def _with_constant(ctx: Context, left: Place, op: Op, right: Constant, span: Span, *, days: bool) -> ir.Query:
    if isinstance(left, Reached) and left.record is not None:
        if op != "=":
            ctx.report(reference_messages.order_of_reference(left, op, right))
            raise Abandoned
        return names_thing(ctx, left, right, span)
    kind = _kind(ctx, left, op, right)
    return left.wrap(ir.Test(left.value, _atom(ctx, left, kind, op, right, days=days), span), span)


def _kind(ctx: Context, left: Place, op: Op, right: Constant) -> Scalar:
    """What the place is read as. Reports comparisons that can never hold."""
    place, given = left.type, right.type
    if given is Scalar.TEXT:
        if op != "=" and place not in (Scalar.NUMBER, Scalar.YES_NO, *_TIMES):
            ctx.report(type_messages.text_has_no_order(left, op, right))
            raise Abandoned
        if place in (Scalar.TEXT, Scalar.CODE):
            assert isinstance(place, Scalar)
            return place
        if place is Scalar.ANY:
            return Scalar.TEXT
    elif (given in _TIMES and place in (*_TIMES, Scalar.ANY)) or place in (given, Scalar.ANY):
        if given is Scalar.YES_NO and op != "=":
            ctx.report(type_messages.truth_has_no_order(left, op, right))
            raise Abandoned
        return given
    ctx.report(type_messages.cannot_be_equal(left, right))
    raise Abandoned


def _atom(ctx: Context, left: Place, kind: Scalar, op: Op, right: Constant, *, days: bool) -> ir.Atom:
    match right.value:
        case str(text):
            return ir.Equals(kind, _texts(ctx, left, kind, text, right))
        case bool(truth):
            return ir.Equals(kind, frozenset({truth}))
        case Decimal() as number if op == "=":
            return ir.Equals(kind, frozenset({number}))
        case _:
            if kind in _TIMES:
                kind = Scalar.DATE if days or Scalar.DATE in (left.type, right.type) else Scalar.INSTANT
            return range_of(kind, op, as_limit(right, kind))


def _texts(ctx: Context, left: Place, kind: Scalar, text: str, right: Constant) -> frozenset[str]:
    """The text as it compares; where the field names things of a catalogue, the id and the name of that thing."""
    if not fold(text):
        ctx.report(reference_messages.blank_text(left, right))
        raise Abandoned
    if kind is Scalar.CODE:
        return frozenset({text})
    last = left.last if isinstance(left, Reached) else None
    if last is not None and last.values and fold(text) not in map(fold, last.values):
        ctx.report(type_messages.no_such_value(last, text, right.span))
        raise Abandoned
    if last is not None and last.names:
        thing = thing_of(ctx, last.names, text, right.span)
        if thing is not None:
            return frozenset({fold(text), fold(thing.id), fold(thing.name)})
    return frozenset({fold(text)})


def range_of(kind: Scalar, op: Op, limit: ir.Limit) -> ir.Range:
    """The values that compare so with a limit."""
    match op:
        case "=":
            return ir.Range(kind, limit, limit)
        case "<":
            return ir.Range(kind, high=limit, high_included=False)
        case "<=":
            return ir.Range(kind, high=limit)
        case ">":
            return ir.Range(kind, low=limit, low_included=False)
        case ">=":
            return ir.Range(kind, low=limit)


def _places(ctx: Context, scope: Scope, left: Place, op: Op, right: Place, span: Span, *, days: bool) -> ir.Query:
    """Two values of the record. INVARIANT: the terms were resolved so that their hops do not collide (`in_turn`)."""
    if op in (">", ">="):
        left, right, op = right, left, _MIRROR[op]
    if isinstance(left, Reached) and isinstance(right, Reached):
        if left.through is not None and left.through == right.through:
            ctx.report(type_messages.two_paths_of_one_collection(left, right, span))
            raise Abandoned
        if left.record is not None or right.record is not None:
            if op != "=":
                ctx.report(reference_messages.order_of_reference(left, op, right))
                raise Abandoned
            return nested(left, right, same_thing(ctx, left, right, span), span)
    elif any(isinstance(side, Reached) and side.record is not None for side in (left, right)):
        ctx.report(type_messages.cannot_be_equal(left, right))
        raise Abandoned
    kind = _common_kind(ctx, left, op, right, days=days)
    assert op in ("=", "<", "<=")
    return nested(left, right, ir.Compare(left.value, op, right.value, kind, span), span)


def _common_kind(ctx: Context, left: Place, op: Op, right: Place, *, days: bool) -> Scalar:
    sides = {left.type, right.type}
    if op != "=" and sides & {Scalar.TEXT, Scalar.CODE, Scalar.YES_NO}:
        ctx.report(type_messages.text_has_no_order(left, op, right))
        raise Abandoned
    if sides <= {*_TIMES, Scalar.ANY} and (sides & set(_TIMES) or op != "="):
        return (
            Scalar.DATE if days or Scalar.DATE in sides else Scalar.INSTANT if Scalar.INSTANT in sides else Scalar.ANY
        )
    if sides <= {Scalar.TEXT, Scalar.CODE, Scalar.ANY}:
        return Scalar.CODE if sides == {Scalar.CODE} else Scalar.ANY if sides == {Scalar.ANY} else Scalar.TEXT
    for kind in (Scalar.NUMBER, Scalar.YES_NO):
        if sides <= {kind, Scalar.ANY}:
            return kind
    ctx.report(type_messages.cannot_be_equal(left, right))
    raise Abandoned


def nested(left: Place, right: Place, inner: ir.Query, span: Span) -> ir.Query:
    """`inner` about the items of both, whichever was reached first being the outer one."""
    places = sorted((p for p in (left, right) if isinstance(p, Reached) and p.hops), key=lambda p: -p.item)
    for place in places:
        inner = place.wrap(inner, span)
    return inner


def scalar_or_name(ctx: Context, place: Place) -> Place:
    """What tests of text look at: a scalar, or the name of the thing referred to."""
    if isinstance(place, Reached) and place.record is not None:
        if place.record.field(place.record.called) is not None:
            return field_of(place, place.record.called)
        ctx.report(type_messages.no_text(ctx, place))
        raise Abandoned
    return place


def constants(ctx: Context, resolved: Resolved) -> list[Constant]:
    """The elements, which must all be written out."""
    found = []
    for each in elements(resolved):
        if not isinstance(each, Constant):
            ctx.report(type_messages.must_be_written_out(each))
            raise Abandoned
        found.append(each)
    return found
