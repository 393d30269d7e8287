"""An operand → a constant, the end of a path, or a value reduced from a collection."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias, assert_never

from audql import ir
from audql.semantics import time_messages, type_messages
from audql.semantics.calls import reduction
from audql.semantics.context import Abandoned, Context, Omitted, Scope, Unknown, argument_of
from audql.semantics.paths import Reached, reach
from audql.source import Span
from audql.syntax import ast
from audql.types import Scalar


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is known once the query is bound. Of a DATE or INSTANT it is a moment."""

    type: Scalar
    value: str | Decimal | bool | ir.Moment
    span: Span
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Reduced:
    """One value for each person."""

    value: ir.Reduce
    span: Span

    @property
    def type(self) -> Scalar:
        return self.value.type

    @property
    def bare(self) -> "Reduced":
        """Itself, since there are no hops (`Reached.bare`)."""
        return self

    def wrap(self, inner: ir.Query, span: Span) -> ir.Query:
        """`inner`, since there are no hops to go (`Reached.wrap`)."""
        return inner


@dataclass(frozen=True, slots=True)
class Several:
    """A list: any of its elements is meant."""

    elements: tuple["Constant | Reached | Reduced", ...]
    span: Span


Place: TypeAlias = Reached | Reduced
Term: TypeAlias = Constant | Reached | Reduced
Resolved: TypeAlias = Term | Several


def operand(ctx: Context, scope: Scope, node: ast.Value) -> Resolved:
    """Resolve an operand or a list. Raises `Abandoned` after a report, or quietly for what is not to be judged."""
    value, scope = argument_of(scope, node)
    match value:
        case ast.List(items):
            elements: list[Term] = []
            for item in items:
                each = operand(ctx, scope, item)
                elements.extend(each.elements if isinstance(each, Several) else (each,))
            return Several(tuple(elements), value.span)
        case Unknown() | Omitted():
            raise Abandoned
        case ast.Duration() | ast.Rolling() | ast.CalendarUnit():
            ctx.report(time_messages.length_for_value(value))
            raise Abandoned
        case ast.Name():
            raise Abandoned
        case _:
            return term(ctx, scope, value)


def term(ctx: Context, scope: Scope, node: ast.Operand) -> Term:
    """Resolve a single operand."""
    span = node.span
    match node:
        case ast.Text(text):
            return Constant(Scalar.TEXT, text, span)
        case ast.Number(number):
            return Constant(Scalar.NUMBER, number, span)
        case ast.Truth(truth):
            return Constant(Scalar.YES_NO, truth, span)
        case ast.Date(day):
            return Constant(Scalar.DATE, ir.Moment(day), span)
        case ast.Instant(instant):
            return Constant(Scalar.INSTANT, ir.Moment(instant), span)
        case ast.Today():
            return Constant(Scalar.DATE, ir.Moment("today"), span, relative=True)
        case ast.Now():
            return Constant(Scalar.INSTANT, ir.Moment("now"), span, relative=True)
        case ast.Relative(ast.Duration(count, unit), ago):
            base = ir.Moment("now" if unit is ast.Unit.HOUR else "today", -count if ago else count, unit.value)
            return Constant(Scalar.INSTANT if unit is ast.Unit.HOUR else Scalar.DATE, base, span, relative=True)
        case ast.Path():
            return reach(ctx, scope, node)
        case ast.Call():
            return Reduced(reduction(ctx, scope, node), span)
        case _:
            assert_never(node)


def place(ctx: Context, scope: Scope, node: ast.Value) -> Place:
    """Resolve what must be something of the record."""
    found = operand(ctx, scope, node)
    if isinstance(found, Reached | Reduced):
        return found
    ctx.report(type_messages.fixed_subject(ctx, found.span))
    raise Abandoned


def beyond(scope: Scope, found: Resolved) -> Scope:
    """The scope for what is resolved next and will stand inside the hops of `found`."""
    return scope.deeper(found.depth) if isinstance(found, Reached) and found.hops else scope


def in_turn(ctx: Context, scope: Scope, left: ast.Value, right: ast.Value) -> tuple[Resolved, Resolved]:
    """Both sides, so that their items do not collide: a reduced value goes inside the other side's hops."""
    peeled, _ = argument_of(scope, left)
    if isinstance(peeled, ast.Call):
        second = operand(ctx, scope, right)
        return operand(ctx, beyond(scope, second), left), second
    first = operand(ctx, scope, left)
    return first, operand(ctx, beyond(scope, first), right)


def elements(resolved: Resolved) -> Iterator[Term]:
    """One by one."""
    yield from resolved.elements if isinstance(resolved, Several) else (resolved,)


def length(ctx: Context, scope: Scope, node: ast.Duration | ast.Name) -> ast.Duration:
    """A duration, or the parameter that stands for one."""
    value, _ = argument_of(scope, node)
    match value:
        case ast.Duration():
            return value
        case Unknown() | Omitted():
            raise Abandoned
        case _:
            ctx.report(time_messages.no_length(value))
            raise Abandoned


def shifted(moment: ir.Moment, duration: ast.Duration, sign: int) -> ir.Moment:
    """The moment moved by a duration, forward or back. Calendar units move days."""
    day_wise = duration.unit is not ast.Unit.HOUR
    return ir.Moment(moment, sign * duration.count, duration.unit.value, as_day=day_wise)


def as_limit(constant: Constant, kind: Scalar) -> ir.Limit:
    """A constant as the end of a range that is read as `kind`."""
    value = constant.value
    assert isinstance(value, Decimal | ir.Moment)
    if isinstance(value, ir.Moment) and kind is Scalar.DATE and constant.type is Scalar.INSTANT:
        return ir.Moment(value, as_day=True)
    return value
