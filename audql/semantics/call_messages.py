"""What resolving says of calls: functions that are not there, and what stands in their brackets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic, error
from audql.functions import Condition, Function, Parameter, Reduction
from audql.semantics.name_messages import HOW_MANY, function_said, how_many
from audql.semantics.wording import (
    TIMES,
    a_field,
    article,
    code,
    did_you_mean,
    printed,
    quoted,
    some_of,
    such_as,
    text_of,
)
from audql.syntax import ast
from audql.text import fold
from audql.types import Field, Many, RecordType, Scalar

if TYPE_CHECKING:
    from audql.semantics.context import Context, Definition, Scope
    from audql.semantics.paths import Reached

_METHODS = {
    "startswith": "starts with",
    "endswith": "ends with",
    "contains": "contains",
    "includes": "contains",
    "matches": "matches",
    "equals": "=",
}
_WITHIN = "within"
_DAYS = ("before", "after")
# What is compared with a year, or a day, as the arguments of a call that say it.
_OF_YEARS = {
    ast.Order.GT: "after: {last}", ast.Order.GE: "after: {before}", ast.Order.LT: "before: {first}",
    ast.Order.LE: "before: {after}", ast.Order.EQ: "after: {before}, before: {after}",
}  # fmt: skip
_OF_DATES = {ast.Order.GT: "after: {}", ast.Order.LT: "before: {}"}
_OF_DAYS = ("dateadd", "date_add", "datediff", "getdate", "dateadded", "date", "days")
_OF_EMPTINESS = ("isnull", "isempty", "isblank", "coalesce", "nvl", "exists")
_OF_PARTS = ("left", "right", "mid", "substring", "substr", "instr", "charindex", "find", "search", "indexof")
_OF_JOINING = ("concat", "concatenate", "concat_ws", "textjoin")
_OF_CASE = ("lower", "upper", "trim", "tolower", "toupper")

# --- what is called ---------------------------------------------------------------------------------------------------


def unknown_function(ctx: Context, scope: Scope, call: ast.Call) -> Diagnostic:
    from audql.semantics.offering import offered

    name = text_of(call.path)
    span = call.path.span
    if name in scope.names.definitions:
        return error("AQ202", f"`{name}` takes no brackets", span, "", f"write `{name}` alone")
    field = next((f for item in scope.items if (f := item.record.field(name))), None)
    if field is not None and len(call.path.names) == 1:
        return _field_called(ctx, call, field)
    defines = [d.name for d in scope.names.definitions.values() if d.parameters]
    hint = did_you_mean(name, [*offered(ctx), *defines])
    last = fold(call.path.names[-1].text)
    if len(call.path.names) > 1 and last in _METHODS and len(call.arguments) == 1:
        subject, sought = text_of(call.path, -1), call.arguments[0].value.span.text
        hint = f"write {code(f'{subject} {_METHODS[last]} {sought}')}"
    hint = hint or _called_elsewhere(ctx, call) or "the functions are listed in the language reference"
    return error("AQ202", f"no function `{name}`", span, "", hint)


def _field_called(ctx: Context, call: ast.Call, field: Field) -> Diagnostic:
    name = text_of(call.path)
    value = call.arguments[0].value if len(call.arguments) == 1 else None
    written = value.span.text if isinstance(value, ast.Text | ast.Number | ast.Date) else "…"
    if isinstance(field.type, Many):
        one = field.also[0] if field.also and not field.means else name
        by = _field_of_short(ctx.schema.record(field.type.record))
        hint = f"write {code(f'any {one} ({by} = {written})')}" if by else f"`any {one} (…)`"
        return error("AQ202", f"`{name}` is a collection, no function", call.path.span, "", hint)
    hint = f"compare it: {code(f'{name} = {written}')}"
    return error("AQ202", f"`{name}` is a field, no function", call.path.span, "", hint)


def _field_of_short(record: RecordType) -> str:
    """The field that a plain text stands for in such an item."""
    return next((f.name for f in record.fields if f.name in record.short and not f.hidden), "")


def _called_elsewhere(ctx: Context, call: ast.Call) -> str:
    """The AudQL for a function of another language."""
    name = fold(call.path.names[-1].text)
    if name in HOW_MANY and len(call.arguments) == 1 and isinstance(call.arguments[0].value, ast.Path):
        if length := _length_of_text(ctx, call, call.arguments[0].value):
            return length
        return how_many(ctx, call, call.arguments[0].value.span.text)
    if name in HOW_MANY:
        counted = next((f.name for f in ctx.schema.person.fields if isinstance(f.type, Many) and not f.hidden), "")
        return f"how many there are is asked with `at least`{such_as(code(f'at least 2 {counted}') if counted else '')}"
    if name in _OF_DAYS:
        return "a day counted from today is written `30 days ago` or `30 days from now`"
    if name in ("year", "month"):
        dated = a_field(ctx, *TIMES)
        return f"ask for the days{such_as(code(f'{dated.name} within this {name}') if dated else '')}"
    if name in _OF_EMPTINESS:
        text = a_field(ctx, Scalar.TEXT)
        return f"ask with `is set`{such_as(code(f'{text.name} is not set') if text else '')}"
    if name in _OF_CASE:
        return "text compares without regard to case: leave it out"
    if name in _OF_PARTS:
        subject = next((a.value.span.text for a in call.arguments if isinstance(a.value, ast.Path)), "title")
        part = code(f'{subject} starts with "…"')
        return f"part of a text is asked for with {part}, `ends with` or `contains`"
    if name in _OF_JOINING:
        fields = [a.value.span.text for a in call.arguments if isinstance(a.value, ast.Path)]
        each = " and ".join(f'{field} = "…"' for field in fields)
        return f"texts are not joined: compare each by itself{such_as(code(each))}" if fields else ""
    said = function_said(ctx, name)
    return f"for example {code(said.example)}" if said is not None else ""


def _length_of_text(ctx: Context, call: ast.Call, path: ast.Path) -> str:
    """`LEN(last_name) > 5` as a pattern; nothing where that is no text."""
    field = ctx.schema.person.field(path.names[0].text) if len(path.names) == 1 else None
    if field is None or field.type not in (Scalar.TEXT, Scalar.CODE):
        return ""
    match ctx.predicate:
        case ast.Compare(left, ast.Order.GT | ast.Order.GE as order, ast.Number() as n) if left == call:
            least = int(n.value) + (order is ast.Order.GT) if n.span.text.isdigit() else 0
            pattern = ".{" + str(least) + "}"
            return f"write {code(f'{field.name} matches {quoted(pattern)}')}" if 0 < least <= 1000 else ""
        case _:
            pattern = quoted("^.{8}$")
            return f"a pattern says how long a text is, as in {code(f'{field.name} matches {pattern}')}"


def no_value(here: Reached, name: str) -> Diagnostic:
    assert here.record is not None
    return error("AQ201", f"no field `{name}`", here.path.span, f"{article(here.record.singular)} has none")


def lacks_what_it_needs(ctx: Context, call: ast.Call, function: Function, cause: Diagnostic) -> Diagnostic:
    """`cause`: what the function's own text met in this schema."""
    from audql.semantics.offering import offered
    from audql.vocabulary.people import PEOPLE

    wanted = cause.message.partition("`")[2].partition("`")[0] if cause.code in ("AQ201", "AQ203", "AQ212") else ""
    known = PEOPLE.person.field(wanted)  # where such functions are at home, for the plural
    needed = f"`{known.name if known else wanted}`" if wanted else "other fields than are here"
    fitting = sorted(offered(ctx))
    hint = f"the functions that fit these records: {some_of(fitting, 24)}" if fitting else "say it by the fields"
    return error("AQ217", f"`{function.name}` needs {needed}", call.path.span, cause.label, hint)


# --- what is in the brackets ------------------------------------------------------------------------------------------

_TAKES = {
    "reference": ("a name, or a list of names", '"…"'),
    "text": ("a text", '"…"'),
    "number": ("a whole number from 1 on", "2"),
    "truth": ("true or false", "true"),
    "day": ("a day", "2026-01-31"),
    "window": ("a window or a length of time", "last 90 days"),
    "duration": ("a length of time", "60 days"),
    "date field": ("a date field", "…"),
}
_SUCH_AS = {
    "reference": 'such as `"Safety"`',
    "text": 'such as `"course"`',
    "day": "such as `2026-01-31`, `today` or `3 years ago`",
    "window": "such as `1 year`, `last 90 days` or `this month`",
}


def missing_argument(call: ast.Call, name: str, missing: str, parameters: Sequence[Parameter]) -> Diagnostic:
    first = parameters[0].name == missing
    wanted = next(p for p in parameters if p.name == missing)
    example = "…" if wanted.takes == "text" else _TAKES[wanted.takes][1]
    given = [argument.span.text for argument in call.arguments]
    given.insert(0, example) if first else given.append(f"{missing}: {example}")
    needed = missing.replace("_", " ") if first else f"`{missing}:`"
    whole = f"{name}({', '.join(given)})"
    return error("AQ205", f"`{name}` needs its {needed}", call.span, "", f"write {code(whole)}")


def unknown_argument(
    ctx: Context, call: ast.Call, argument: ast.Argument, name: str, known: Sequence[str]
) -> Diagnostic:
    assert argument.name is not None
    by_fields = _by_fields(ctx, call, argument)
    if by_fields:
        hint = f"write {code(by_fields)}"
        return error("AQ206", f"`{name}` takes no `{argument.name.text}:`", argument.name.span, "", hint)
    takes = f"`{name}` takes: " + some_of(f"`{k}:`" for k in known) if known else ""
    hint = did_you_mean(argument.name.text, known, takes)
    return error("AQ206", f"`{name}` takes no `{argument.name.text}:`", argument.name.span, "", hint)


def _by_fields(ctx: Context, call: ast.Call, argument: ast.Argument) -> str:
    """`certified("First Aid", within: 1 year)`: as a condition on the date that the function's own query looks at, or
    else on the first that there is; nothing where that cannot be said."""
    function = ctx.functions.get(text_of(call.path))
    if function is None or not isinstance(function.meaning, Condition) or len(call.arguments) != 2:
        return ""
    from audql.semantics.paths import own_query

    query, first = own_query(function.meaning.query), call.arguments[0]
    if not isinstance(query, ast.Quantified) or not isinstance(first.value, ast.Text):
        return ""
    collection = ctx.schema.person.field(text_of(query.path))
    if collection is None or not isinstance(collection.type, Many):
        return ""
    record = ctx.schema.record(collection.type.record)
    said, dates = query.span.text, [f.name for f in record.fields if f.type in TIMES]
    date = next(
        (name for name in dates if re.search(rf'(?<!")\b{name}\b(?!"| is not set)', said)), dates[0] if dates else ""
    )
    compared = _as_date_test(argument)
    if not date or not compared:
        return ""
    return f"any {text_of(query.path)} ({_field_of_short(record)} = {first.value.span.text} and {date} {compared})"


def _as_date_test(argument: ast.Argument) -> str:
    """`within: 1 year`, `before: 2026-01-01` as a condition says them."""
    name = argument.name.text if argument.name is not None else ""
    match argument.value:
        case ast.Duration() as length if name == _WITHIN:
            return f"within last {length.span.text}"
        case (ast.Rolling() | ast.CalendarUnit()) as window if name == _WITHIN:
            return f"within {window.span.text}"
        case (ast.Date() | ast.Instant() | ast.Today() | ast.Now() | ast.Relative()) as day if name in _DAYS:
            return f"{name} {day.span.text}"
        case _:
            return ""


def argument_twice(argument: ast.Argument, key: str) -> Diagnostic:
    return error("AQ207", f"`{key}` is given twice", argument.span, "the second time", "keep one of them")


def one_or_the_other(call: ast.Call, function: Function) -> Diagnostic:
    name = function.name
    return error(
        "AQ207",
        f"`{name}` takes a name, or `any: (…)`, or `all: (…)`, but only one of them",
        call.span,
        "",
        f'for both, write two: `{name}("…") and {name}(any: ("…", "…"))`',
    )


def argument_needs_name(
    call: ast.Call, argument: ast.Argument, name: str, parameters: Sequence[Parameter], *, several: bool
) -> Diagnostic:
    span = argument.span
    if not parameters:
        return error("AQ208", f"`{name}` takes nothing in its brackets", span, "", f"write `{name}()`")
    if all(p.required and p.takes == "text" for p in parameters):
        count = "one value" if len(parameters) == 1 else f"{len(parameters)} values"
        shown = ", ".join(p.name for p in parameters)
        return error("AQ208", f"`{name}` takes {count}: {shown}", span, "", "several values go in brackets")
    texts = [a.span.text for a in call.arguments if a.name is None and isinstance(a.value, ast.Text)]
    fitting = [p for p in parameters[1:] if _fits(p, argument.value)]
    if several and len(texts) > 1 and isinstance(argument.value, ast.Text):
        one, each = (code(f"{name}({which}: ({', '.join(texts)}))") for which in ("any", "all"))
        hint = f"for one of them write {one}, for each of them {each}"
    elif fitting:
        hint = "write " + " or ".join(code(f"{p.name}: {argument.value.span.text}") for p in fitting)
    else:
        hint = "say which it is: " + some_of(f"`{p.name}:`" for p in (parameters[1:] or parameters))
    return error("AQ208", f"`{name}` takes one thing without a name", span, "what this is, is not said", hint)


def _fits(parameter: Parameter, value: ast.Value) -> bool:
    """Whether a value was meant for a parameter, as its kind shows."""
    match value:
        case ast.Duration():
            return parameter.takes in ("window", "duration")
        case ast.Rolling() | ast.CalendarUnit():
            return parameter.takes == "window"
        case ast.Date() | ast.Instant() | ast.Today() | ast.Now() | ast.Relative():
            return parameter.takes == "day"
        case ast.Truth():
            return parameter.takes == "truth"
        case ast.Number():
            return parameter.takes == "number"
        case _:
            return False


def wrong_argument(
    ctx: Context, argument: ast.Argument, value: object, function: Function, parameter: Parameter
) -> Diagnostic:
    wanted, example = _TAKES[parameter.takes]
    if parameter.takes == "date field":
        dated = a_field(ctx, *TIMES)
        example = dated.name if dated else example
    hint = _SUCH_AS.get(parameter.takes, f"such as `{example}`")
    if parameter.takes == "reference" and isinstance(value, ast.Number):
        hint = f'in quotes: `"{value.value}"`'
    if parameter.takes not in ("reference", "text") and isinstance(value, ast.Text):
        is_plain = _is_plain(value.value) or (parameter.takes == "date field" and value.value.isidentifier())
        hint = f"without quotes: `{value.value}`" if is_plain else f"without quotes, {hint}"
    return error("AQ330", f"`{parameter.name}` of `{function.name}` is {wanted}", argument.value.span, "", hint)


def _is_plain(text: str) -> bool:
    """Whether a text would be right without its quotes: `2026-01-31`, `60 days`."""
    count, _, unit = text.partition(" ")
    is_length = count.isdigit() and unit.removesuffix("s") in {u.value for u in ast.Unit}
    return is_length or re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None


# --- a call where something else is expected --------------------------------------------------------------------------


def value_function_alone(call: ast.Call, function: Function) -> Diagnostic:
    compared = function.example.partition(") ")[2]
    if not compared:
        counts = isinstance(function.meaning, Reduction) and function.meaning.kind == "count"
        compared = ">= 1" if counts else "within last 90 days"
    return error(
        "AQ325",
        f"`{function.name}` gives a value, which is neither yes nor no",
        call.span,
        "",
        f"compare it: {code(f'{call.span.text} {compared}')}",
    )


def condition_for_value(ctx: Context, call: ast.Call, callee: Function | Definition) -> Diagnostic:
    written = call.span.text
    hint = f"use it alone: {code(written)}, or {code(f'not {written}')}"
    match ctx.predicate:
        case ast.WithinWindow(subject, negated, window) if subject == call and _lacks_window(call, callee):
            within = ast.Argument(ast.Name(_WITHIN, call.span), window, call.span)
            meant = replace(call, arguments=(*call.arguments, within))
            hint = f"write {code(printed(ast.Not(meant, call.span) if negated else meant))}"
        case ast.Compare(subject, order, ast.Number() as year) if subject == call and _is_year(year):
            hint = _with_days(call, callee, _OF_YEARS.get(order, ""), year.span.text) or hint
        case ast.Compare(subject, order, ast.Date(day)) if subject == call:
            hint = _with_days(call, callee, _OF_DATES.get(order, ""), str(day)) or hint
        case ast.DateTest(subject, False, op, ast.Date(day)) if subject == call and op.value in _DAYS:
            hint = _with_days(call, callee, op.value + ": {}", str(day)) or hint
        case _:
            pass
    return error("AQ326", f"`{text_of(call.path)}` says yes or no, where a value is expected", call.span, "", hint)


def _is_year(number: ast.Number) -> bool:
    return re.fullmatch("[12][0-9]{3}", number.span.text) is not None


def _with_days(call: ast.Call, callee: Function | Definition, form: str, value: str) -> str:
    """The call with `before:` or `after:`, where it takes that."""
    wanted = re.findall(r"(\w+):", form)
    taken = [p.name for p in callee.parameters] if isinstance(callee, Function) else []
    if not wanted or any(name not in taken for name in wanted) or len(call.arguments) > 1:
        return ""
    year = int(value[:4])
    days = form.format(value, first=f"{year}-01-01", last=f"{year}-12-31", before=f"{year - 1}-12-31",
                       after=f"{year + 1}-01-01")  # fmt: skip
    return f"write {code(f'{call.span.text[:-1]}, {days})')}"


def _lacks_window(call: ast.Call, callee: Function | Definition) -> bool:
    if not isinstance(callee, Function) or all(p.name != _WITHIN for p in callee.parameters):
        return False
    return all(a.name is None or a.name.text != _WITHIN for a in call.arguments)
