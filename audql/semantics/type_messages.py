"""What resolving says of types: comparisons that cannot hold, and values where others are expected."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic, error
from audql.semantics.wording import DAYS, TIMES, a_condition, code, did_you_mean_value, quoted, some_of, such_as, what
from audql.source import Span
from audql.syntax import ast
from audql.text import fold
from audql.types import Field, Scalar

if TYPE_CHECKING:
    from audql.semantics.context import Context
    from audql.semantics.operands import Constant, Place, Term
    from audql.semantics.paths import Reached

_NO_ORDER = "text can be compared with `=`, `!=`, `in`, `contains`, `starts with`, `ends with` and `matches`"
_YES = ("true", "yes", "y", "1", "on")
_NO = ("false", "no", "n", "0", "off")
_FIRST_OF_YEAR = ("before", "<", "on or after", ">=")
_LAST_OF_YEAR = ("after", ">", "on or before", "<=")

# --- what is compared -------------------------------------------------------------------------------------------------


def cannot_be_equal(left: Term, right: Term) -> Diagnostic:
    from audql.semantics.operands import Constant

    hint = _literal_cure(left, right) if isinstance(right, Constant) else "compare each with a value of its own"
    equal = _between(left, right) in ("=", "!=", "in", "not in", "on")
    label = "they are never equal" if equal else "the two cannot be compared"
    message = f"{code(left.span.text)} is {what(left)}, and this is {what(right)}"
    return error("AQ301", message, right.span, label, hint)


def _between_lengths(subject: str, low: Span) -> str:
    """`between 30 and 90 days ago`; nothing where that is not what is written."""
    found = _OTHER_LENGTH.match(low.source.text, low.end)
    if found is None or not low.text.isdigit():
        return ""
    # The one that comes first in time: of days that are past, the longer ago.
    early, late = sorted((low.text, found[1]), key=int, reverse=found[3].lower() == "ago")
    said = f"{found[2]} {found[3]}"
    return f"write {code(f'{subject} between {early} {said} and {late} {said}')}"


def _between(left: Term, right: Term) -> str:
    """What is written between the two."""
    between = right.span.source.text[left.span.end : right.span.start].strip(" (")
    return " ".join(between.lower().split()) if not re.search(r"[\"',]", between) else "in"


def _literal_cure(left: Term, right: Constant) -> str:
    written, subject, sign = right.span.text, left.span.text, _between(left, right)
    match left.type, right.value:
        case ((Scalar.DATE | Scalar.INSTANT), str(text)) if _looks_like_a_date(text):
            return f"a date is written without quotes: `{text}`"
        case ((Scalar.DATE | Scalar.INSTANT), str(text)) if fold(text) in DAYS:
            return f"the day is written `{DAYS[fold(text)]}`"
        case ((Scalar.DATE | Scalar.INSTANT), _) if re.fullmatch("[12][0-9]{3}", written):
            return _cure_of_year(subject, sign, written)
        case ((Scalar.DATE | Scalar.INSTANT), _) if cure := _between_lengths(subject, right.span):
            return cure
        case ((Scalar.DATE | Scalar.INSTANT), _):
            return "a date is written `2026-11-23`, without quotes"
        case ((Scalar.TEXT | Scalar.CODE), str()):
            return ""
        case (Scalar.TEXT, _) if sign in ("<", "<=", ">", ">="):
            return _NO_ORDER
        case ((Scalar.TEXT | Scalar.CODE), _):
            return f"text is written in quotes: {code(quoted(written))}"
        case Scalar.NUMBER, str(text) if text.isdigit():
            return f"a number is written without quotes: `{text}`"
        case Scalar.NUMBER, _:
            return f"compare it with a number: {code(f'{subject} >= 5')}"
        case Scalar.YES_NO, str(text) if sign == "=" and fold(text) == "true":
            return f"without quotes `true`, or {code(subject)} alone"
        case Scalar.YES_NO, value:
            said = fold(str(value))
            holds = said in _YES if sign == "=" else said in _NO
            cures = [subject, f"not {subject}"]
            if said in (*_YES, *_NO) and sign in ("=", "!="):
                cures = [subject if holds else f"not {subject}"]
            return f"write {' or '.join(map(code, cures))}"
        case _:
            return ""


def _cure_of_year(subject: str, sign: str, year: str) -> str:
    if sign in _FIRST_OF_YEAR:
        return f"write {code(f'{subject} {sign} {year}-01-01')}"
    if sign in _LAST_OF_YEAR:
        return f"write {code(f'{subject} {sign} {year}-12-31')}"
    word = "not between" if sign == "!=" else "between"
    return f"write {code(f'{subject} {word} {year}-01-01 and {year}-12-31')} for the whole year"


def _looks_like_a_date(text: str) -> bool:
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None


def text_has_no_order(left: Place, op: str, right: Term) -> Diagnostic:
    message = f"`{op}` compares numbers and dates, and {code(left.span.text)} is {what(left)}"
    return error("AQ302", message, right.span, "", _NO_ORDER)


def truth_has_no_order(left: Place, op: str, right: Constant) -> Diagnostic:
    return error(
        "AQ303",
        f"`{op}` compares numbers and dates, not yes or no",
        right.span,
        "",
        f"write `{left.span.text}` or `not {left.span.text}`",
    )


def order_of_list(span: Span, op: str) -> Diagnostic:
    return error(
        "AQ305", f"`{op}` compares with one value, and this is a list", span, "", "name one value; `in` takes lists"
    )


def two_paths_of_one_collection(left: Reached, right: Reached, span: Span) -> Diagnostic:
    if left.record is not right.record or (left.record is None and left.type is not right.type):
        return cannot_be_equal(left, right)
    assert left.through is not None
    field = left.through[1]
    singular = field.also[0] if field.also else field.name
    written = span.text
    for side in (left, right):
        first, *rest = side.path.names
        if rest and first.text in (field.name, *field.also):
            written = written.replace(side.span.text, ".".join(n.text for n in rest))
    cure = f"for one item that has both: {code(f'any {singular} ({written})')}"
    return error("AQ309", "both sides go through one collection, and which item each means is open", span, "", cure)


# --- one thing where another is expected ------------------------------------------------------------------------------


def fixed_subject(ctx: Context, span: Span) -> Diagnostic:
    name = span.text.strip("\"'")
    hint = f"the field comes first{such_as(a_condition(ctx, *TIMES), ': ')}"
    if name != span.text and name.isidentifier():
        hint = f"a field is written without quotes: `{name}`"
    return error("AQ307", "this is a fixed value, where a field is expected", span, "", hint)


def list_for_value(span: Span) -> Diagnostic:
    return error("AQ327", "this is a list, where one value is expected", span, "", "name one value; `in` takes lists")


_OTHER_LENGTH = re.compile(r"\s+and\s+([0-9]+)\s+([a-z]+)\s+(ago|from\s+now)", re.I)
_OPPOSITES = ("in", "un", "not")


def no_such_value(field: Field, text: str, span: Span) -> Diagnostic:
    # A word for the opposite is near, too: `incomplete`.
    is_opposite = fold(text).startswith(_OPPOSITES)
    near = did_you_mean_value(text, [v for v in field.values if not is_opposite or v.startswith(_OPPOSITES)])
    listed = some_of(quoted(v) for v in field.values)
    return error(
        "AQ329",
        f"`{field.name}` is never {quoted(text)}",
        span,
        f"one of: {some_of(field.values)}" if near else "",
        near or f"it is one of: {listed}",
    )


# --- text -------------------------------------------------------------------------------------------------------------


def must_be_written_out(term: Term) -> Diagnostic:
    cure = code(quoted(term.span.text)) if term.span.text.isidentifier() else '`"…"`'
    return error("AQ310", "what is looked for is written out here, in quotes", term.span, "", f"such as {cure}")


def no_text(ctx: Context, place: Place) -> Diagnostic:
    from audql.semantics.paths import Reached

    hint = "use `=`, `<` and the like for numbers"
    if place.type in TIMES:
        hint = "use `before`, `after`, `within` and the like for dates"
        match ctx.predicate:
            case ast.TextTest(sought=ast.Text(year)) if re.fullmatch("[12][0-9]{3}", year):
                hint = _cure_of_year(place.span.text, "!=" if ctx.predicate.negated else "=", year)
            case _:
                pass
    if place.type is Scalar.YES_NO:
        hint = f"write {code(place.span.text)} or {code(f'not {place.span.text}')}"
    if isinstance(place, Reached) and place.record is not None:
        fields = [f.name for f in place.record.fields if f.type is Scalar.TEXT and not f.hidden]
        hint = f"name one of its texts: `{place.span.text}.{fields[0]}`" if fields else ""
    return error("AQ311", f"`{place.span.text}` is {what(place)}, not text", place.span, "", hint)


def seeks_no_text(constant: Constant, op: ast.TextOp) -> Diagnostic:
    return error(
        "AQ312",
        f"`{op.value}` looks for text, and this is {what(constant)}",
        constant.span,
        "",
        f"in quotes: {code(quoted(constant.span.text))}",
    )


def seeks_nothing(constant: Constant, op: ast.TextOp) -> Diagnostic:
    return error(
        "AQ313",
        f"`{op.value}` looks for nothing, which is in every text",
        constant.span,
        "",
        "`is set` asks whether there is any text, `is not set` whether there is none",
    )


def bad_pattern(constant: Constant, trouble: str) -> Diagnostic:
    return error(
        "AQ314",
        f"this pattern cannot be used: {trouble}",
        constant.span,
        "",
        "`contains`, `starts with` and `ends with` find text as it is written;"
        " patterns are RE2's: no look-ahead, look-behind or back-references",
    )
