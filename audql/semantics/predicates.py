"""A comparison of any kind → IR; a negated one is exactly the opposite."""

from typing import TypeAlias, assert_never

from audql import ir
from audql.semantics import reference_messages, type_messages, warnings
from audql.semantics.comparisons import Op, compare, constants, equals_any, nested, scalar_or_name
from audql.semantics.context import Abandoned, Context, Omitted, Scope
from audql.semantics.operands import (
    Constant,
    Place,
    Reduced,
    Resolved,
    Several,
    beyond,
    elements,
    in_turn,
    operand,
    place,
)
from audql.semantics.paths import Reached, land, related
from audql.semantics.patterns import check_pattern
from audql.semantics.references import names_thing, same_thing
from audql.semantics.times import distance, near, need_time, window_argument, within_window
from audql.source import Span
from audql.syntax import ast
from audql.text import fold_inside
from audql.types import Scalar

Predicate: TypeAlias = (
    ast.Compare | ast.In | ast.Between | ast.TextTest | ast.IsSet | ast.DateTest | ast.Distance | ast.WithinWindow
    | ast.Near | ast.Below
)  # fmt: skip

_ORDERS: dict[ast.Order, Op] = {
    ast.Order.EQ: "=",
    ast.Order.NE: "=",
    ast.Order.LT: "<",
    ast.Order.LE: "<=",
    ast.Order.GT: ">",
    ast.Order.GE: ">=",
}
_DATE_OPS: dict[ast.DateOp, Op] = {
    ast.DateOp.BEFORE: "<",
    ast.DateOp.AFTER: ">",
    ast.DateOp.ON: "=",
    ast.DateOp.ON_OR_BEFORE: "<=",
    ast.DateOp.ON_OR_AFTER: ">=",
}


def predicate(ctx: Context, scope: Scope, node: Predicate, span: Span) -> ir.Query:
    """Resolve a comparison. One that speaks of an omitted parameter asks nothing."""
    if _speaks_of_omitted(scope, node):
        return ir.Always(True, span)
    ctx.predicate = node
    found = _positive(ctx, scope, node, span)
    negated = node.order is ast.Order.NE if isinstance(node, ast.Compare) else node.negated
    if not negated:
        return found
    warnings.negation(ctx, scope, node, found)
    return ir.not_(found, span)


def _positive(ctx: Context, scope: Scope, node: Predicate, span: Span) -> ir.Query:
    match node:
        case ast.Compare(left, order, right):
            first, second = in_turn(ctx, scope, left, right)
            warnings.equality(ctx, scope, node, first, second)
            found = compare(ctx, scope, first, _ORDERS[order], second, span, days=False)
            warnings.values(ctx, scope, node, first, second, found)
            return found
        case ast.In(subject, _, choices):
            here = place(ctx, scope, subject)
            listed = operand(ctx, beyond(scope, here), choices)
            terms = tuple(elements(listed))
            found = equals_any(ctx, scope, here, terms, span)
            warnings.listed_values(ctx, scope, here, terms, found)
            return found
        case ast.Between():
            return _between(ctx, scope, node, span)
        case ast.TextTest():
            return _text_test(ctx, scope, node, span)
        case ast.IsSet(subject):
            return _is_set(scope, place(ctx, scope, subject), span)
        case ast.DateTest(subject, _, op, moment):
            first, second = in_turn(ctx, scope, subject, moment)
            if isinstance(first, Reached | Reduced):
                need_time(ctx, first)
            if isinstance(second, Constant) and not isinstance(first, Several) and first.type is Scalar.ANY:
                need_time(ctx, second)
            days = op not in (ast.DateOp.BEFORE, ast.DateOp.AFTER)
            warnings.one_day(ctx, scope, node, second)
            return compare(ctx, scope, first, _DATE_OPS[op], second, span, days=days)
        case ast.Distance(subject, anchor=None):
            return distance(ctx, scope, place(ctx, scope, subject), node, None, span)
        case ast.Distance(subject, anchor=anchor) if anchor is not None:
            first, second = in_turn(ctx, scope, subject, anchor)
            return distance(ctx, scope, _time(ctx, first), node, _single(ctx, second), span)
        case ast.WithinWindow(subject, _, window):
            return within_window(ctx, scope, place(ctx, scope, subject), window, span)
        case ast.Near(subject, anchor=anchor):
            first, second = in_turn(ctx, scope, subject, anchor)
            return near(ctx, scope, _time(ctx, first), node, _single(ctx, second), span)
        case ast.Below():
            return _below(ctx, scope, node, span)
        case _:
            raise AssertionError(node)


def _time(ctx: Context, found: Resolved) -> Place:
    if isinstance(found, Reached | Reduced):
        return found
    ctx.report(type_messages.fixed_subject(ctx, found.span))
    raise Abandoned


def _single(ctx: Context, found: Resolved) -> Constant | Place:
    if isinstance(found, Constant | Reached | Reduced):
        return found
    ctx.report(type_messages.list_for_value(found.span))
    raise Abandoned


def _between(ctx: Context, scope: Scope, node: ast.Between, span: Span) -> ir.Query:
    """One value that is at least the one end and at most the other."""
    here = place(ctx, scope, node.subject)
    bare = here.bare
    inner_scope = beyond(scope, here)
    ends: tuple[tuple[Op, ast.Operand], ...] = ((">=", node.low), ("<=", node.high))
    parts = [compare(ctx, scope, bare, op, operand(ctx, inner_scope, end), span, days=False) for op, end in ends]
    match parts:
        case [ir.Test(value, ir.Range(kind, low, None)), ir.Test(_, ir.Range(same, None, high))] if kind is same:
            warnings.empty_range(ctx, node)
            return here.wrap(ir.Test(value, ir.Range(kind, low, high), span), span)
        case _:
            return here.wrap(ir.all_of(parts, span), span)


def _is_set(scope: Scope, here: Place, span: Span) -> ir.Query:
    if isinstance(here, Reached) and here.record is not None:
        landed = land(scope, here)
        return landed.wrap(ir.EVERYONE, span)
    return here.wrap(ir.Test(here.value, ir.IsSet(), span), span)


def _text_test(ctx: Context, scope: Scope, node: ast.TextTest, span: Span) -> ir.Query:
    here = scalar_or_name(ctx, place(ctx, scope, node.subject))
    if here.type not in (Scalar.TEXT, Scalar.CODE, Scalar.ANY):
        ctx.report(type_messages.no_text(ctx, here))
        raise Abandoned
    kind = Scalar.CODE if here.type is Scalar.CODE else Scalar.TEXT
    sought = operand(ctx, beyond(scope, here), node.sought)
    if isinstance(sought, Reached | Reduced) and node.op is not ast.TextOp.MATCHES:
        return _text_in_text(ctx, here, node.op, scalar_or_name(ctx, sought), kind, span)
    texts = []
    for constant in constants(ctx, sought):
        if not isinstance(constant.value, str):
            ctx.report(type_messages.seeks_no_text(constant, node.op))
            raise Abandoned
        if node.op is ast.TextOp.MATCHES:
            check_pattern(ctx, constant)
        elif not fold_inside(constant.value):
            ctx.report(type_messages.seeks_nothing(constant, node.op))
            raise Abandoned
        texts.append(constant.value)
    return here.wrap(ir.Test(here.value, _text_atom(node.op, kind, texts), span), span)


def _text_atom(op: ast.TextOp, kind: Scalar, texts: list[str]) -> ir.Atom:
    folded = tuple(texts) if kind is Scalar.CODE else tuple(map(fold_inside, texts))
    match op:
        case ast.TextOp.MATCHES:
            return ir.Matches(kind, tuple(texts))
        case ast.TextOp.CONTAINS:
            return ir.Contains("anywhere", kind, folded)
        case ast.TextOp.CONTAINS_WORD:
            return ir.Contains("word", kind, folded)
        case ast.TextOp.STARTS_WITH:
            return ir.Contains("start", kind, folded)
        case ast.TextOp.ENDS_WITH:
            return ir.Contains("end", kind, folded)
        case _:
            assert_never(op)


def _text_in_text(ctx: Context, here: Place, op: ast.TextOp, sought: Place, kind: Scalar, span: Span) -> ir.Query:
    """A field has the text of another field in it."""
    if sought.type not in (Scalar.TEXT, Scalar.CODE, Scalar.ANY):
        ctx.report(type_messages.no_text(ctx, sought))
        raise Abandoned
    if op is ast.TextOp.MATCHES:
        raise AssertionError("patterns are literal")
    return nested(here, sought, ir.Compare(here.value, op.value, sought.value, kind, span), span)


def _below(ctx: Context, scope: Scope, node: ast.Below, span: Span) -> ir.Query:
    """Within or under a node; or `within` a window that a parameter stands for."""
    if not node.strictly and not isinstance(node.nodes, ast.List):
        window = window_argument(ctx, scope, node.nodes)
        if window is not None:
            return within_window(ctx, scope, place(ctx, scope, node.subject), window, span)
    here = place(ctx, scope, node.subject)
    if not isinstance(here, Reached) or here.record is None or not here.record.above:
        ctx.report(reference_messages.no_hierarchy(ctx, here, node))
        raise Abandoned
    landed = land(scope, here)
    item = landed.bare
    above = related(ctx, scope.deeper(landed.depth), item, here.record.above)
    parts = []
    for choice in elements(operand(ctx, scope.deeper(above.depth), node.nodes)):
        match choice:
            case Constant():
                matches = [names_thing(ctx, level, choice, span) for level in _levels(item, above, node.strictly)]
            case Reached():
                matches = [
                    level.wrap(choice.wrap(same_thing(ctx, level.bare, choice, span), span), span)
                    for level in _levels(item, above, node.strictly)
                ]
            case _:
                ctx.report(reference_messages.no_hierarchy(ctx, choice, node))
                raise Abandoned
        parts.extend(matches)
    return landed.wrap(ir.any_of(parts, span), span)


def _levels(item: Reached, above: Reached, strictly: bool) -> tuple[Reached, ...]:
    return (above,) if strictly else (item, above)


def _speaks_of_omitted(scope: Scope, node: Predicate) -> bool:
    omitted = {name for name, value in scope.parameters.items() if isinstance(value, Omitted)}
    if not omitted:
        return False
    mentioned = (getattr(node, name) for name in node.__dataclass_fields__)
    for value in mentioned:
        if isinstance(value, ast.Rolling):
            value = value.length
        name = value.text if isinstance(value, ast.Name) else None
        if isinstance(value, ast.Path) and len(value.names) == 1:
            name = value.names[0].text
        if name in omitted:
            return True
    return False
