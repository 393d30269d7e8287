"""What resolving says of time: what is no date, what is no length, and lengths that cannot be counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic, error
from audql.semantics.wording import TIMES, a_field, code, printed, what
from audql.source import Span
from audql.syntax import ast

if TYPE_CHECKING:
    from audql.semantics.context import Context
    from audql.semantics.operands import Term

_UNITS = {u.value for u in ast.Unit}
# How a calendar unit is counted between two fields: its days on average, and why it is not counted itself.
_COUNTED = {
    ast.Unit.MONTH: (30.4375, "a month has 28 to 31 days"),
    ast.Unit.QUARTER: (91.3125, "a quarter has 90 to 92 days"),
    ast.Unit.YEAR: (365.25, "a year has 365 or 366 days"),
}


def no_time(ctx: Context, place: Term, hint: str = "") -> Diagnostic:
    """`hint`: what goes there, where it is not a comparison."""
    if hint:
        return error("AQ315", f"{code(place.span.text)} is {what(place)}, not a date", place.span, "", hint)
    written = place.span.text.strip("\"'")
    dated = a_field(ctx, *TIMES)
    if written == place.span.text:
        hint = "`before`, `after`, `within last …` and the like go with dates"
        hint += f", such as `{dated.name}`" if dated is not None else ""
    elif len(written) == 10 and written[4] == written[7] == "-" and written.replace("-", "").isdigit():
        hint = f"a date is written without quotes: `{written}`"
    else:
        hint = "a date is written `2026-11-23`, without quotes"
    return error("AQ315", f"{code(place.span.text)} is {what(place)}, not a date", place.span, "", hint)


def hours_of_a_date(place: Term, span: Span) -> Diagnostic:
    return error("AQ316", f"`{place.span.text}` is a date, which has no hours", span, "", "count in days or weeks")


def no_calendar_hour(window: ast.CalendarUnit) -> Diagnostic:
    return error("AQ317", "there is no calendar hour", window.span, "", "`last 1 hour` is the hour up to now")


def calendar_length_between_fields(ctx: Context, duration: ast.Duration) -> Diagnostic:
    days, why = _COUNTED[duration.unit]
    counted = [
        ast.Duration(round(days * duration.count), ast.Unit.DAY, duration.span),
        ast.Duration(round(days * duration.count / 7), ast.Unit.WEEK, duration.span),
    ]
    cures = [f"{length.count} {length.unit.value}s" for length in counted]
    if isinstance(ctx.predicate, ast.Near | ast.Distance) and ctx.predicate.length == duration:
        cures = [printed(replace(ctx.predicate, length=length)) for length in counted]
    return error(
        "AQ318",
        "between two fields time is counted in days, weeks or hours",
        duration.span,
        why,
        f"write {code(cures[0])}, or in weeks {code(cures[1])}",
    )


def no_length(value: ast.Value | ast.Name) -> Diagnostic:
    if not isinstance(value, ast.Name):
        return error("AQ319", "this is no length of time", value.span, "", "such as `30 days`")
    hint = "such as `30 days`"
    if value.text.lower() in _UNITS:
        hint = f"say how many: `1 {value.text}`"
    elif value.text.lower().removesuffix("s") in _UNITS:
        hint = f"say how many: `30 {value.text}`"
    return error("AQ319", f"`{value.text}` is no length of time", value.span, "", hint)


def length_for_value(value: ast.Value) -> Diagnostic:
    return error(
        "AQ320",
        "this is a length of time, where a value is expected",
        value.span,
        "",
        f"`{value.span.text} ago` is a day" if isinstance(value, ast.Duration) else "use it after `within`",
    )
