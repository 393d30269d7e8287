"""Windows, lengths of time and distances → ranges of days or instants, or gaps between two fields."""

from typing import Literal, assert_never

from audql import ir
from audql.semantics import time_messages
from audql.semantics.comparisons import nested, range_of
from audql.semantics.context import Abandoned, Context, Omitted, Scope, Unknown, argument_of
from audql.semantics.operands import Constant, Place, Term, length, shifted
from audql.source import Span
from audql.syntax import ast
from audql.types import Scalar

_TODAY, _NOW = ir.Moment("today"), ir.Moment("now")


def need_time(ctx: Context, place: Term, *, hours: bool = False, unit_span: Span | None = None) -> None:
    """Report a subject that is no date or instant, or hours against a date."""
    if place.type not in (Scalar.DATE, Scalar.INSTANT, Scalar.ANY):
        ctx.report(time_messages.no_time(ctx, place))
        raise Abandoned
    if hours and place.type is Scalar.DATE:
        ctx.report(time_messages.hours_of_a_date(place, unit_span or place.span))
        raise Abandoned


def window_range(ctx: Context, scope: Scope, window: ast.Window | ast.Duration) -> ir.Range:
    """The days, or for hours the instants, of a window. A bare length means the last such."""
    match window:
        case ast.Duration():
            return _rolling(window, last=True)
        case ast.Rolling(last, duration):
            return _rolling(length(ctx, scope, duration), last=last)
        case ast.CalendarUnit(which, unit):
            if unit is ast.Unit.HOUR:
                ctx.report(time_messages.no_calendar_hour(window))
                raise Abandoned
            count = {ast.Calendar.THIS: 0, ast.Calendar.PREVIOUS: -1, ast.Calendar.FOLLOWING: 1}[which]
            first = ir.Moment("today", count, unit.value, edge="start")
            return ir.Range(Scalar.DATE, first, ir.Moment("today", count, unit.value, edge="end"))
        case _:
            assert_never(window)


def _rolling(duration: ast.Duration, *, last: bool) -> ir.Range:
    hours = duration.unit is ast.Unit.HOUR
    here = _NOW if hours else _TODAY
    there = shifted(here, duration, -1 if last else 1)
    low, high = (there, here) if last else (here, there)
    return ir.Range(Scalar.INSTANT if hours else Scalar.DATE, low, high)


def within_window(ctx: Context, scope: Scope, place: Place, window: ast.Window | ast.Duration, span: Span) -> ir.Query:
    """The time at the place lies in the window, both ends included."""
    found = window_range(ctx, scope, window)
    need_time(ctx, place, hours=found.kind is Scalar.INSTANT, unit_span=window.span)
    return _test(place, found, span)


def distance(
    ctx: Context, scope: Scope, place: Place, node: ast.Distance, anchor: Constant | Place | None, span: Span
) -> ir.Query:
    """More or less than a length ago, from now, before or after another time.

    `less than` leaves out the other side of the anchor and takes in the anchor itself.
    """
    duration = length(ctx, scope, node.length)
    need_time(ctx, place, hours=duration.unit is ast.Unit.HOUR, unit_span=duration.span)
    forward = node.side in (ast.Side.AFTER, ast.Side.FROM_NOW)
    if anchor is None:
        base = _NOW if duration.unit is ast.Unit.HOUR else _TODAY
        anchor = Constant(Scalar.INSTANT if duration.unit is ast.Unit.HOUR else Scalar.DATE, base, duration.span)
    if isinstance(anchor, Constant):
        kind, moment = _anchor(ctx, anchor, duration)
        end = shifted(moment, duration, 1 if forward else -1)
        if node.more:
            return _test(place, range_of(kind, ">" if forward else "<", end), span)
        first, last = (moment, end) if forward else (end, moment)
        return _test(place, ir.Range(kind, first, last, low_included=forward, high_included=not forward), span)
    unit, count = _gap_length(ctx, place, anchor, duration)
    low: int | None
    high: int | None
    if node.more:
        low, high = (count, None) if forward else (None, -count)
        return nested(place, anchor, ir.Gap(place.value, anchor.value, unit, low, high, False, False, span), span)
    low, high = (0, count) if forward else (-count, 0)
    return nested(place, anchor, ir.Gap(place.value, anchor.value, unit, low, high, forward, not forward, span), span)


def near(ctx: Context, scope: Scope, place: Place, node: ast.Near, anchor: Constant | Place, span: Span) -> ir.Query:
    """Within a length of, before or after another time; both ends included."""
    duration = length(ctx, scope, node.length)
    need_time(ctx, place, hours=duration.unit is ast.Unit.HOUR, unit_span=duration.span)
    back, forward = node.side is not ast.Side.AFTER, node.side is not ast.Side.BEFORE
    if isinstance(anchor, Constant):
        kind, moment = _anchor(ctx, anchor, duration)
        low = shifted(moment, duration, -1) if back else moment
        high = shifted(moment, duration, 1) if forward else moment
        return _test(place, ir.Range(kind, low, high), span)
    unit, count = _gap_length(ctx, place, anchor, duration)
    least, most = (-count if back else 0), (count if forward else 0)
    return nested(place, anchor, ir.Gap(place.value, anchor.value, unit, least, most, span=span), span)


def window_argument(ctx: Context, scope: Scope, value: ast.Value | ast.Name) -> ast.Window | ast.Duration | None:
    """The window or length that a parameter stands for, if it does."""
    inner, _ = argument_of(scope, value)
    if isinstance(inner, Omitted | Unknown):
        raise Abandoned
    return inner if isinstance(inner, ast.Duration | ast.Rolling | ast.CalendarUnit) else None


def _anchor(ctx: Context, anchor: Constant, duration: ast.Duration) -> tuple[Scalar, ir.Moment]:
    """What a fixed anchor is compared as, and its moment."""
    if anchor.type not in (Scalar.DATE, Scalar.INSTANT):
        ctx.report(time_messages.no_time(ctx, anchor))
        raise Abandoned
    assert isinstance(anchor.value, ir.Moment)
    if duration.unit is not ast.Unit.HOUR:
        return Scalar.DATE, ir.Moment(anchor.value, as_day=True)
    if anchor.type is Scalar.DATE:
        ctx.report(time_messages.hours_of_a_date(anchor, duration.span))
        raise Abandoned
    return Scalar.INSTANT, anchor.value


def _gap_length(
    ctx: Context, place: Place, anchor: Place, duration: ast.Duration
) -> tuple[Literal["day", "hour"], int]:
    """The unit that two fields are apart in, and how many."""
    need_time(ctx, anchor, hours=duration.unit is ast.Unit.HOUR, unit_span=duration.span)
    match duration.unit:
        case ast.Unit.HOUR:
            return "hour", duration.count
        case ast.Unit.DAY:
            return "day", duration.count
        case ast.Unit.WEEK:
            return "day", 7 * duration.count
        case ast.Unit.MONTH | ast.Unit.QUARTER | ast.Unit.YEAR:
            ctx.report(time_messages.calendar_length_between_fields(ctx, duration))
            raise Abandoned
        case _:
            assert_never(duration.unit)


def _test(place: Place, atom: ir.Range, span: Span) -> ir.Query:
    return place.wrap(ir.Test(place.value, atom, span), span)
