"""What resolving has to say: one function for each message. Facts, with the cure as the hint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic, Severity
from audql.functions import Function, Parameter, Reduction
from audql.source import Span
from audql.syntax import ast
from audql.syntax.printer import format_query
from audql.text import fold, nearest
from audql.types import Field, Many, One, RecordType, Scalar, Thing

if TYPE_CHECKING:
    from audql.semantics.context import Context, Definition, Item, Scope
    from audql.semantics.operands import Constant, Place, Term
    from audql.semantics.paths import Reached

_AN = {
    Scalar.TEXT: "text",
    Scalar.CODE: "a code",
    Scalar.NUMBER: "a number",
    Scalar.YES_NO: "a yes/no field",
    Scalar.DATE: "a date",
    Scalar.INSTANT: "an instant",
    Scalar.ANY: "a field of unknown type",
}
_EXAMPLE = {
    Scalar.TEXT: '= "…"',
    Scalar.CODE: '= "…"',
    Scalar.NUMBER: ">= 5",
    Scalar.DATE: "within last 90 days",
    Scalar.INSTANT: "within last 90 days",
}
_CALLED = {"org": "organisation"}
_SEVERAL_CALLED = {
    "org": "organisations",
    "person": "people",
    "learning": "pieces of learning",
    "competency": "competencies",
}
# Words that are said for what AudQL writes with others.
_SAID_FOR = {
    **dict.fromkeys(("everyone", "everybody", "anyone", "all"), "`true` is everyone"),
    **dict.fromkeys(("nobody", "none", "noone"), "`false` is no one"),
    "yesterday": "the day is written `1 day ago`",
    "tomorrow": "the day is written `1 day from now`",
}
_HOW_MANY = ("count", "len", "length", "size")
_CALLED_ELSEWHERE = {
    **dict.fromkeys(_HOW_MANY, "how many there are is asked with `at least`, as in `at least 2 jobs`"),
    **dict.fromkeys(
        ("dateadd", "date_add", "datediff", "getdate", "dateadded", "date", "days"),
        "a day counted from today is written `30 days ago` or `30 days from now`",
    ),
    **dict.fromkeys(("year", "month"), "ask for the days, as in `hired within this year`"),
    **dict.fromkeys(
        ("isnull", "isempty", "isblank", "coalesce", "nvl", "exists"), "ask with `is set`, as in `country is not set`"
    ),
    **dict.fromkeys(
        ("lower", "upper", "trim", "tolower", "toupper"), "text compares without regard to case: leave it out"
    ),
}
_METHODS = {
    "startswith": "starts with",
    "endswith": "ends with",
    "contains": "contains",
    "includes": "contains",
    "matches": "matches",
    "equals": "=",
}


def _error(code: str, message: str, span: Span, label: str = "", hint: str = "") -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, span, label, hint)


def _warning(code: str, message: str, span: Span, label: str = "", hint: str = "") -> Diagnostic:
    return Diagnostic(code, Severity.WARNING, message, span, label, hint)


def _did_you_mean(wanted: str, known: Iterable[str], otherwise: str = "", before: str = "") -> str:
    near = nearest(wanted, sorted(set(known)))
    return f"did you mean `{before}{near}`?" if near else otherwise


def _some_of(names: Iterable[str], most: int = 12) -> str:
    found = list(dict.fromkeys(names))
    return ", ".join(found[:most]) + (f" and {len(found) - most} more" if len(found) > most else "")


def _text_of(path: ast.Path, upto: int | None = None) -> str:
    names = path.names[:upto]
    return ".".join(name.text for name in names)


def _code(text: str) -> str:
    """Text as it is quoted in messages: marked as code, on one line, though it has backquotes in it."""
    text = " ".join(text.split())
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def quoted(text: str) -> str:
    """The text as a query writes it."""
    return '"' + text.replace('"', '""') + '"'


def _what(place: Term) -> str:
    """What a term is, in words."""
    from audql.semantics.operands import Constant
    from audql.semantics.paths import Reached

    if isinstance(place, Constant):
        return _AN[place.type] if place.type is not Scalar.YES_NO else "true or false"
    if isinstance(place, Reached) and place.record is not None:
        return f"{_article(place.record.singular)}" if isinstance(place.type, One) else place.record.plural
    assert isinstance(place.type, Scalar)
    return _AN[place.type]


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


# --- names ------------------------------------------------------------------------------------------------------------


def unknown_field(ctx: Context, scope: Scope, path: ast.Path) -> Diagnostic:
    from audql.semantics.offering import offered

    name = path.names[0]
    known = [n for item in scope.items for n in item.record.names()]
    lets = list(scope.names.definitions)
    if name.text in ctx.functions and len(path.names) == 1:
        example = ctx.functions[name.text].example
        return _error(
            "AQ202", f"`{name.text}` is a function", name.span, "needs its brackets", f"for example `{example}`"
        )
    if len(path.names) == 1 and _is_right_side(ctx, path) and fold(name.text) not in _SAID_FOR:
        return _error(
            "AQ201", f"no field `{name.text}`", name.span, "", f'if text is meant, in quotes: `"{name.text}"`'
        )
    if len(path.names) == 1 and _is_argument(ctx, path):
        return _error(
            "AQ201", f"no field `{name.text}`", name.span, "", f'if a name is meant, in quotes: `"{name.text}"`'
        )
    if len(path.names) == 1 and fold(name.text) in _SAID_FOR:
        return _error("AQ201", f"no field `{name.text}`", name.span, "", _SAID_FOR[fold(name.text)])
    near = nearest(name.text, sorted({*known, *lets, *(offered(ctx) if len(path.names) == 1 else ())}))
    inside = _collections_with(ctx, scope, name.text)
    if inside is not None and (near is None or fold(near) != fold(name.text)):
        owner, _ = inside
        condition = format_query(ctx.predicate) if ctx.predicate is not None else f"{_text_of(path)} …"
        hint = f"{owner.plural} have one: `{owner.singular}.{_text_of(path)}`, or `any {owner.singular} ({condition})`"
        return _error("AQ201", f"no field `{name.text}`", name.span, f"{_here(scope)} has none", hint)
    hint = f"did you mean `{near}`?" if near else f"fields here are: {_some_of(known, 24)}"
    if near is None and ctx.schema.person.field("custom"):
        hint = f"a column of your own data is written `custom.{_quoted_name(name.text)}`"
    return _error("AQ201", f"no field `{_text_of(path)}`", name.span, f"{_here(scope)} has none", hint)


def _is_right_side(ctx: Context, path: ast.Path) -> bool:
    """Whether the path stands where a value is compared with."""
    match ctx.predicate:
        case ast.Compare(_, _, right):
            return right == path
        case ast.In(_, _, ast.List(items)):
            return path in items
        case ast.TextTest(_, _, _, sought):
            return sought == path or (isinstance(sought, ast.List) and path in sought.items)
        case ast.Below(_, _, _, nodes):
            return nodes == path or (isinstance(nodes, ast.List) and path in nodes.items)
        case _:
            return False


def _is_argument(ctx: Context, path: ast.Path) -> bool:
    """Whether the path stands first in the brackets of a function, as it is written."""
    before = path.span.source.text[max(0, path.span.start - 80) : path.span.start].rstrip()
    called = before.removesuffix("(")
    return called != before and any(called.endswith(name) for name in ctx.functions)


def _quoted_name(name: str) -> str:
    return name if name.isidentifier() else f"`{name}`"


def _here(scope: Scope) -> str:
    return _article(scope.items[0].record.singular)


def _collections_with(ctx: Context, scope: Scope, name: str) -> tuple[RecordType, Field] | None:
    """The first collection of the person whose items have the field."""
    for field in scope.items[-1].record.fields:
        if isinstance(field.type, Many) and not field.hidden and not field.means:
            record = ctx.schema.record(field.type.record)
            inner = record.field(name)
            if record is not scope.items[-1].record and inner is not None and not inner.hidden:
                return record, inner
    return None


def unknown_member(path: ast.Path, position: int, record: RecordType) -> Diagnostic:
    name = path.names[position]
    known = list(record.names())
    label = f"{record.plural} here have: {_some_of(known)}" if known else f"there are no {record.plural} here"
    before = _text_of(path, position)
    hint = _did_you_mean(name.text, known, before=before + ".")
    if not hint and fold(name.text) in _HOW_MANY:
        hint = f"how many there are is asked with `at least`, as in `at least 2 {before}`"
    span = path.names[0].span.to(name.span)
    return _error("AQ201", f"no field `{_text_of(path, position + 1)}`", span, label, hint)


def no_fields(path: ast.Path, position: int, type_: object) -> Diagnostic:
    what = _AN[type_] if isinstance(type_, Scalar) else "it"
    before = _text_of(path, position)
    hint = f"`{before}` ends here"
    if type_ in (Scalar.DATE, Scalar.INSTANT):
        hint = f"ask for the days, as in `{before} within this year`"
    return _error("AQ204", f"`{before}` is {what}, which has no fields", path.names[position].span, "", hint)


def unknown_function(ctx: Context, scope: Scope, call: ast.Call) -> Diagnostic:
    from audql.semantics.offering import offered

    name = _text_of(call.path)
    defines = [d.name for d in scope.names.definitions.values() if d.parameters]
    if name in scope.names.definitions:
        return _error("AQ202", f"`{name}` takes no brackets", call.path.span, "", f"write `{name}` alone")
    if any(item.record.field(name) for item in scope.items) and len(call.path.names) == 1:
        field = next(f for item in scope.items if (f := item.record.field(name)))
        if isinstance(field.type, Many):
            return _error("AQ202", f"`{name}` is a collection, no function", call.path.span, "", f"`any {name} (…)`")
        value = call.arguments[0].value if len(call.arguments) == 1 else None
        written = value.span.text if isinstance(value, ast.Text | ast.Number | ast.Date) else "…"
        return _error(
            "AQ202", f"`{name}` is a field, no function", call.path.span, "", f"compare it: `{name} = {written}`"
        )
    last = fold(call.path.names[-1].text)
    hint = _did_you_mean(name, [*offered(ctx), *defines], "the functions are listed in the language reference")
    if len(call.path.names) > 1 and last in _METHODS and len(call.arguments) == 1:
        subject, sought = _text_of(call.path, -1), call.arguments[0].value.span.text
        hint = f"write {_code(f'{subject} {_METHODS[last]} {sought}')}"
    elif last in _CALLED_ELSEWHERE and "did you" not in hint:
        hint = _CALLED_ELSEWHERE[last]
    return _error("AQ202", f"no function `{name}`", call.path.span, "", hint)


def no_value(here: Reached, name: str) -> Diagnostic:
    assert here.record is not None
    return _error("AQ201", f"no field `{name}`", here.path.span, f"{_article(here.record.singular)} has none")


def lacks_what_it_needs(ctx: Context, call: ast.Call, function: Function, cause: Diagnostic) -> Diagnostic:
    """`cause`: what the function's own text met in this schema."""
    from audql.semantics.offering import offered
    from audql.vocabulary.people import PEOPLE

    wanted = cause.message.partition("`")[2].partition("`")[0] if cause.code in ("AQ201", "AQ203", "AQ212") else ""
    known = PEOPLE.person.field(wanted)
    needed = f"`{known.name if known else wanted}`" if wanted else "other fields than are here"
    fitting = sorted(offered(ctx))
    hint = f"the functions that fit these records: {_some_of(fitting, 24)}" if fitting else "say it by the fields"
    return _error("AQ217", f"`{function.name}` needs {needed}", call.path.span, cause.label, hint)


def missing_argument(call: ast.Call, name: str, missing: str, parameters: Sequence[Parameter]) -> Diagnostic:
    first = parameters[0].name == missing
    cure = (
        f'`{name}("…")`'
        if first and parameters[0].takes == "reference"
        else f"`{name}({'…' if first else f'…, {missing}: …'})`"
    )
    needed = missing.replace("_", " ") if first else f"`{missing}:`"
    return _error("AQ205", f"`{name}` needs its {needed}", call.span, "", f"write {cure}")


def unknown_argument(argument: ast.Argument, name: str, known: Sequence[str]) -> Diagnostic:
    assert argument.name is not None
    hint = _did_you_mean(argument.name.text, known, f"`{name}` takes: {_some_of(known)}" if known else "")
    return _error("AQ206", f"`{name}` takes no `{argument.name.text}:`", argument.name.span, "", hint)


def argument_twice(argument: ast.Argument, key: str) -> Diagnostic:
    return _error("AQ207", f"`{key}` is given twice", argument.span, "the second time", "keep one of them")


def one_or_the_other(call: ast.Call, function: Function) -> Diagnostic:
    name = function.name
    return _error(
        "AQ207",
        f"`{name}` takes a name, or `any: (…)`, or `all: (…)`, but only one of them",
        call.span,
        "",
        f'for both, write two: `{name}("…") and {name}(any: ("…", "…"))`',
    )


def argument_needs_name(argument: ast.Argument, name: str, parameters: Sequence[Parameter]) -> Diagnostic:
    if not parameters:
        return _error("AQ208", f"`{name}` takes nothing in its brackets", argument.span, "", f"write `{name}()`")
    if all(p.required and p.takes == "text" for p in parameters):
        count = "one value" if len(parameters) == 1 else f"{len(parameters)} values"
        shown = ", ".join(p.name for p in parameters)
        return _error("AQ208", f"`{name}` takes {count}: {shown}", argument.span, "", "several values go in brackets")
    others = [f"`{p.name}:`" for p in parameters if not p.required] or [f"`{p.name}:`" for p in parameters[1:]]
    hint = f"say which it is: {_some_of(others)}" if others else ""
    if parameters[0].takes == "reference" and isinstance(argument.value, ast.Text):
        hint = f"several names go in a list: `any: (…)`{'; or ' if hint else ''}{hint}"
    return _error("AQ208", f"`{name}` takes one thing without a name", argument.span, "what this is, is not said", hint)


_TAKES = {
    "reference": ("a name, or a list of names", 'such as `"Safety"`'),
    "text": ("a text", 'such as `"course"`'),
    "number": ("a whole number from 1 on", "such as `2`"),
    "truth": ("true or false", "such as `true`"),
    "day": ("a day", "such as `2026-01-31`, `today` or `3 years ago`"),
    "window": ("a window or a length of time", "such as `1 year`, `last 90 days` or `this month`"),
    "duration": ("a length of time", "such as `60 days`"),
    "date field": ("a date field", "such as `hired`"),
}


def wrong_argument(argument: ast.Argument, value: object, function: Function, parameter: Parameter) -> Diagnostic:
    wanted, example = _TAKES[parameter.takes]
    if parameter.takes == "reference" and isinstance(value, ast.Number):
        example = f'in quotes: `"{value.value}"`'
    if parameter.takes not in ("reference", "text") and isinstance(value, ast.Text):
        example = f"without quotes: `{value.value}`" if _is_plain(value.value) else f"without quotes, {example}"
    return _error("AQ330", f"`{parameter.name}` of `{function.name}` is {wanted}", argument.value.span, "", example)


def _is_plain(text: str) -> bool:
    """Whether a text would be right without its quotes: `2026-01-31`, `60 days`."""
    count, _, unit = text.partition(" ")
    is_length = count.isdigit() and unit.removesuffix("s") in {u.value for u in ast.Unit}
    return is_length or re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None


def recursion(way: Sequence[Definition]) -> Diagnostic:
    first = way[0]
    return _error(
        "AQ210",
        f"`{first.name}` speaks of itself: {' → '.join(d.name for d in (*way, first))}",
        first.span,
        "",
        "a `let` or `define` can use others, but not itself",
    )


TOO_LARGE = "AQ211"


def too_large(span: Span) -> Diagnostic:
    return _error(
        TOO_LARGE,
        "this expands to more than 100,000 conditions",
        span,
        "",
        "fewer `let` and `define` inside one another",
    )


def too_deep(span: Span) -> Diagnostic:
    return _error(
        TOO_LARGE,
        "with what `let` and `define` stand for, this has more than 1,000 conditions inside one another",
        span,
        "",
        "fewer `let` and `define` inside one another",
    )


def whose(name: ast.Name, inner: RecordType, outer: RecordType | None) -> Diagnostic:
    node = inner.singular
    if outer is not None:
        return _error(
            "AQ212",
            f"`{name.text}` could be the {node}'s or the person's",
            name.span,
            "",
            f"the person's is `person.{name.text}`; of the {node}, only what the data declares can be named here",
        )
    return _error(
        "AQ212",
        f"whether {_article(node)} has a field `{name.text}` is not known without the data",
        name.span,
        "",
        f"outside the brackets `{inner.name}.{name.text}` says it; or check with the workspace's data",
    )


def own_collection(path: ast.Path, item: Item) -> Diagnostic:
    rest = ".".join(n.text for n in path.names[1:])
    cure = f"write `{rest}`" if rest else f"leave out `{path.names[0].text}`"
    return _error(
        "AQ213",
        f"inside the brackets of `{path.names[0].text}` its fields are named alone",
        path.span,
        "",
        f"{cure}; the person's other {item.record.plural} are `person.{_text_of(path)}`",
    )


def no_such_thing(kind: str, name: str, known: Sequence[str], span: Span, *, strict: bool) -> Diagnostic:
    called = _CALLED.get(kind, kind)
    make = _error if strict else _warning
    if fold(name) in map(fold, known):
        return make("AQ214", f"no {called} {quoted(name)} of that kind", span, "", "it is there as another kind")
    hint = _did_you_mean(
        name, (k for k in known if k), f"known are: {_some_of(known, 6)}" if known else f"there is no {called} yet"
    )
    return make("AQ214", f"no {called} {quoted(name)}", span, "", hint.replace("`", '"') if "did you" in hint else hint)


def ambiguous_name(kind: str, name: str, found: Sequence[Thing], span: Span) -> Diagnostic:
    called = _SEVERAL_CALLED.get(kind, f"{kind}s")
    listed = _some_of(f"{quoted(t.id)}" + (f" ({t.kind})" if t.kind else "") for t in found)
    return _error("AQ215", f"{len(found)} {called} share the name {quoted(name)}", span, "", f"use the id: {listed}")


def define_without_arguments(path: ast.Path, definition: Definition) -> Diagnostic:
    return _error(
        "AQ216",
        f"`{definition.name}` needs its arguments",
        path.span,
        "",
        f"write `{definition.name}({', '.join(definition.parameters)})` with a value for each",
    )


# --- types ------------------------------------------------------------------------------------------------------------


def cannot_be_equal(left: Term, right: Term) -> Diagnostic:
    from audql.semantics.operands import Constant

    hint = _literal_cure(left, right) if isinstance(right, Constant) else ""
    label = "the two cannot be compared" if _ordered(left, right) else "they are never equal"
    message = f"{_code(left.span.text)} is {_what(left)}, and this is {_what(right)}"
    return _error("AQ301", message, right.span, label, hint)


def _ordered(left: Term, right: Term) -> bool:
    """Whether what is written between the two is no `=`."""
    between = right.span.source.text[left.span.end : right.span.start]
    return any(sign in between for sign in ("<", ">")) or any(word in between.lower() for word in ("before", "after"))


def _literal_cure(left: Term, right: Constant) -> str:
    written = right.span.text
    match left.type, right.value:
        case ((Scalar.DATE | Scalar.INSTANT), str(text)) if len(text) == 10 and text[4:5] == text[7:8] == "-":
            return f"a date is written without quotes: `{text}`"
        case ((Scalar.DATE | Scalar.INSTANT), _) if len(written) == 4 and written.isdigit():
            return f"a date is written year-month-day, such as `{written}-01-01`"
        case ((Scalar.DATE | Scalar.INSTANT), _):
            return "a date is written `2026-11-23`, without quotes"
        case ((Scalar.TEXT | Scalar.CODE), str()):
            return ""
        case ((Scalar.TEXT | Scalar.CODE), _) if left.type is Scalar.TEXT and _ordered(left, right):
            return _NO_ORDER
        case ((Scalar.TEXT | Scalar.CODE), _):
            return f'text is written in quotes: `"{written}"`'
        case Scalar.NUMBER, str(text) if text.isdigit():
            return f"a number is written without quotes: `{text}`"
        case Scalar.NUMBER, _:
            return f"compare it with a number: {_code(f'{left.span.text} >= 5')}"
        case Scalar.YES_NO, str(text) if fold(text) in ("true", "false"):
            return f"without quotes `{fold(text)}`, or `{left.span.text}` alone"
        case Scalar.YES_NO, _:
            return f"write `{left.span.text}` or `not {left.span.text}`"
        case _:
            return ""


_NO_ORDER = "text can be compared with `=`, `!=`, `in`, `contains`, `starts with`, `ends with` and `matches`"


def _looks_like_a_date(text: str) -> bool:
    return len(text) == 10 and text[4] == text[7] == "-" and (text[:4] + text[5:7] + text[8:]).isdigit()


def text_has_no_order(left: Place, op: str, right: Term) -> Diagnostic:
    return _error(
        "AQ302",
        f"`{op}` compares numbers and dates, and {_code(left.span.text)} is {_what(left)}",
        right.span,
        "",
        _NO_ORDER,
    )


def truth_has_no_order(left: Place, op: str, right: Constant) -> Diagnostic:
    return _error(
        "AQ303",
        f"`{op}` compares numbers and dates, not yes or no",
        right.span,
        "",
        f"write `{left.span.text}` or `not {left.span.text}`",
    )


def order_of_reference(left: Place, op: str, right: Term) -> Diagnostic:
    from audql.semantics.operands import Constant

    if isinstance(left.type, Many) and isinstance(right, Constant) and right.span.text.isdigit():
        count = int(right.span.text) + {">": 1, "<": -1}.get(op, 0)
        if count > 0:
            asked = f"at {'least' if op in ('>', '>=') else 'most'} {count} {left.span.text}"
            return _error(
                "AQ304",
                f"`{op}` compares numbers and dates, and `{left.span.text}` is {_what(left)}",
                left.span,
                "",
                f"for how many there are: {_code(asked)}",
            )
    return _error(
        "AQ304",
        f"`{op}` compares numbers and dates, and `{left.span.text}` is {_what(left)}",
        left.span,
        "",
        "things are compared by their id or name with `=`, or by one of their fields",
    )


def order_of_list(span: Span, op: str) -> Diagnostic:
    return _error(
        "AQ305", f"`{op}` compares with one value, and this is a list", span, "", "name one value; `in` takes lists"
    )


def nothing_of_the_person(span: Span) -> Diagnostic:
    return _error(
        "AQ306",
        "both sides are fixed, so this says nothing of a person",
        span,
        "",
        'one side is a field, without quotes: `country = "GB"`',
    )


def fixed_subject(span: Span) -> Diagnostic:
    return _error(
        "AQ307",
        "this is a fixed value, where a field is expected",
        span,
        "",
        f"a field is written without quotes: `{name}`"
        if (name := span.text.strip("\"'")) != span.text and name.isidentifier()
        else "the field comes first: `hired before 2026-01-01`",
    )


def no_reference(place: Reached, constant: Constant) -> Diagnostic:
    record = place.record
    assert record is not None
    if isinstance(place.type, Many) and constant.type is Scalar.NUMBER:
        cure = f"for how many there are: `exactly {constant.span.text} {place.span.text}`"
        return _error("AQ308", f"`{place.span.text}` are {record.plural}, not a number", place.span, "", cure)
    if record.keys:
        return _error(
            "AQ308",
            f"{_article(record.singular)} is named by its id or name, and this is {_what(constant)}",
            constant.span,
            "",
            f'in quotes: `"{constant.span.text}"`',
        )
    field = next((f.name for f in record.fields if f.name in record.short), "")
    cure = f"`any {record.singular} ({field} = {constant.span.text})`" if field else "name one of its fields"
    return _error(
        "AQ308", f"{record.plural} are not compared as such, but by their fields", place.span, "", f"write {cure}"
    )


def two_paths_of_one_collection(ctx: Context, left: Reached, right: Reached, span: Span) -> Diagnostic:
    assert left.through is not None
    field = left.through[1]
    singular = field.also[0] if field.also else field.name
    written = span.text
    for side in (left, right):
        first, *rest = side.path.names
        if rest and first.text in (field.name, *field.also):
            written = written.replace(side.span.text, ".".join(n.text for n in rest))
    cure = f"for one item that has both: {_code(f'any {singular} ({written})')}"
    if left.record is not right.record or (left.record is None and left.type is not right.type):
        cure = f"one is {_what(left)}, the other {_what(right)}: compare each with a value of its own"
    return _error("AQ309", "both sides go through one collection, and which item each means is open", span, "", cure)


def must_be_written_out(term: Term) -> Diagnostic:
    return _error("AQ310", "what is looked for is written out here, in quotes", term.span, "", 'such as `"Nurse"`')


def no_text(place: Place) -> Diagnostic:
    from audql.semantics.paths import Reached

    hint = "use `=`, `<` and the like for numbers, `before`, `after` and `within` for dates"
    if isinstance(place, Reached) and place.record is not None:
        fields = [f.name for f in place.record.fields if f.type is Scalar.TEXT and not f.hidden]
        hint = f"name one of its texts: `{place.span.text}.{fields[0]}`" if fields else ""
    return _error("AQ311", f"`{place.span.text}` is {_what(place)}, not text", place.span, "", hint)


def seeks_no_text(constant: Constant, op: ast.TextOp) -> Diagnostic:
    return _error(
        "AQ312",
        f"`{op.value}` looks for text, and this is {_what(constant)}",
        constant.span,
        "",
        f'in quotes: `"{constant.span.text}"`',
    )


def seeks_nothing(constant: Constant, op: ast.TextOp) -> Diagnostic:
    return _error(
        "AQ313",
        f"`{op.value}` looks for nothing, which is in every text",
        constant.span,
        "",
        "`is set` asks whether there is any text, `is not set` whether there is none",
    )


def blank_text(place: Place, constant: Constant) -> Diagnostic:
    return _error(
        "AQ332",
        "a blank text is nothing, which no value equals",
        constant.span,
        "",
        f"`{place.span.text} is not set` asks for those who have none",
    )


def bad_pattern(constant: Constant, trouble: str) -> Diagnostic:
    return _error(
        "AQ314",
        f"this pattern cannot be used: {trouble}",
        constant.span,
        "",
        "patterns are RE2's: no look-ahead, look-behind or back-references; `contains` and `starts with` need none",
    )


def no_time(place: Term) -> Diagnostic:
    written = place.span.text.strip("\"'")
    hint = (
        f"a date is written without quotes: `{written}`"
        if written != place.span.text and _looks_like_a_date(written)
        else "a date is written `2026-11-23`, without quotes"
        if written != place.span.text
        else "`before`, `after`, `within last …` and the like go with dates, such as `hired`"
    )
    return _error("AQ315", f"{_code(place.span.text)} is {_what(place)}, not a date", place.span, "", hint)


def hours_of_a_date(place: Term, span: Span) -> Diagnostic:
    return _error("AQ316", f"`{place.span.text}` is a date, which has no hours", span, "", "count in days or weeks")


def no_calendar_hour(window: ast.CalendarUnit) -> Diagnostic:
    return _error("AQ317", "there is no calendar hour", window.span, "", "`last 1 hour` is the hour up to now")


def calendar_length_between_fields(duration: ast.Duration) -> Diagnostic:
    days = {ast.Unit.MONTH: 30, ast.Unit.QUARTER: 91, ast.Unit.YEAR: 365}[duration.unit] * duration.count
    return _error(
        "AQ318",
        "between two fields time is counted in days, weeks or hours",
        duration.span,
        "months and years differ in length",
        f"write `{days} days`, or what is meant",
    )


def no_length(value: ast.Value | ast.Name) -> Diagnostic:
    if isinstance(value, ast.Name):
        return _error(
            "AQ319",
            f"`{value.text}` is no length of time",
            value.span,
            "",
            f"say how many: `1 {value.text}`" if value.text in {u.value for u in ast.Unit} else "such as `30 days`",
        )
    return _error("AQ319", "this is no length of time", value.span, "", "such as `30 days`")


def length_for_value(value: ast.Value) -> Diagnostic:
    return _error(
        "AQ320",
        "this is a length of time, where a value is expected",
        value.span,
        "",
        f"`{value.span.text} ago` is a day" if isinstance(value, ast.Duration) else "use it after `within`",
    )


def no_collection(here: Reached) -> Diagnostic:
    what = _AN[here.type] if isinstance(here.type, Scalar) else "a person"
    hint = f"compare it: `{here.span.text} {_EXAMPLE.get(here.type, '…')}`" if isinstance(here.type, Scalar) else ""
    return _error("AQ321", f"`{here.span.text}` is {what}, not a collection", here.span, "", hint)


def bare_every(query: ast.Quantified) -> Diagnostic:
    path = _text_of(query.path)
    return _error(
        "AQ322",
        f"`every {path}` needs a condition in brackets",
        query.span,
        "",
        f"`every {path} (…)`; that there is one at all is `any {path}`",
    )


def no_condition(here: Reached) -> Diagnostic:
    name = here.span.text
    if here.record is not None and isinstance(here.type, Many):
        hint = f"`any {name}` asks whether there is one"
    elif here.record is not None:
        hint = f'`{name} is set`, or compare it: `{name} = "…"`'
    else:
        assert isinstance(here.type, Scalar)
        example = f"{name} {_EXAMPLE.get(here.type, '…')}"
        hint = f"compare it: {_code(example)}, or ask {_code(f'{name} is set')}"
    what = here.record.plural if here.record and isinstance(here.type, Many) else _what(here)
    return _error("AQ323", f"{_code(name)} is {what}, which is neither yes nor no", here.span, "", hint)


def value_for_condition(value: ast.Value) -> Diagnostic:
    hint = "compare a field with it"
    if isinstance(value, ast.Text) and value.value.isidentifier():
        hint = f"a field is written without quotes: `{value.value}`"
    return _error("AQ324", "this is a value, where a condition is expected", value.span, "", hint)


def value_function_alone(call: ast.Call, function: Function) -> Diagnostic:
    meaning = function.meaning
    example = (
        ">= 1"
        if isinstance(meaning, Reduction) and meaning.kind == "count"
        else ">= 70"
        if "grade" in function.name
        else "within last 90 days"
    )
    return _error(
        "AQ325",
        f"`{function.name}` gives a value, which is neither yes nor no",
        call.span,
        "",
        f"compare it: `{call.span.text} {example}`",
    )


def condition_for_value(call: ast.Call) -> Diagnostic:
    return _error(
        "AQ326",
        f"`{_text_of(call.path)}` says yes or no, where a value is expected",
        call.span,
        "",
        f"use it alone: `{call.span.text}`, or `not {call.span.text}`",
    )


def list_for_value(span: Span) -> Diagnostic:
    return _error("AQ327", "this is a list, where one value is expected", span, "", "name one value; `in` takes lists")


def no_hierarchy(place: Term, node: ast.Below) -> Diagnostic:
    word = "under" if node.strictly else "within"
    if place.type in (Scalar.DATE, Scalar.INSTANT):
        hint = "of a date: `within last 30 days`, `within this month`"
    elif "manager" in place.span.text:
        hint = 'for managers: `reports_to("…", at_any_level: true)`'
    else:
        hint = "organisations and positions have something below them; others are compared with `=` or `in`"
    return _error(
        "AQ328", f"`{word}` is for hierarchies, and `{place.span.text}` is {_what(place)}", place.span, "", hint
    )


def no_such_value(place: Place, field: Field, text: str, span: Span) -> Diagnostic:
    near = _did_you_mean(text, field.values).replace("`", '"')
    listed = _some_of(quoted(v) for v in field.values)
    return _error(
        "AQ329",
        f"`{field.name}` is never {quoted(text)}",
        span,
        f"one of: {_some_of(field.values)}" if near else "",
        near or f"it is one of: {listed}",
    )


# --- warnings ---------------------------------------------------------------------------------------------------------


def takes_in_the_empty(query: ast.Query, subject: str, span: Span, count: int | None) -> Diagnostic:
    who = "everyone" if count is None else f"{count:,} people" if count != 1 else "1 person"
    return _warning(
        "AQ351",
        f"this takes in {who} with no {_code(subject)}",
        span,
        "",
        f"if they are not meant: {_code(f'{subject} is set and {format_query(query)}')}",
    )


def wants_a_value(span: Span, name: str) -> Diagnostic:
    return _warning(
        "AQ352", f"this leaves out those for whom `{name}` is not said", span, "", f"`not {name}` takes them in"
    )


def maybe_two_items(span: Span, plural: str, together: str) -> Diagnostic:
    return _warning(
        "AQ353", f"these can be met by two different {plural}", span, "", f"for one that has both: {_code(together)}"
    )


def every_of_none(query: ast.Quantified, count: int | None) -> Diagnostic:
    path = _text_of(query.path)
    who = "everyone" if count is None else f"{count:,} people" if count != 1 else "1 person"
    return _warning(
        "AQ354",
        f"`every {path}` holds when there is no {path} at all: this takes in {who} without any",
        query.span,
        "",
        f"if they are not meant: {_code(f'any {path} and {format_query(query)}')}",
    )


def reaches_outward(path: ast.Path, owner: RecordType, inner: Item) -> Diagnostic:
    name = path.names[0].text
    return _warning(
        "AQ355",
        f"`{name}` is of the {owner.singular}, not of the {inner.record.singular}",
        path.span,
        "",
        f"say so: `person.{name}`",
    )


def one_day_only(span: Span, subject: str, relative: str) -> Diagnostic:
    length = relative.removesuffix(" ago").removesuffix(" from now")
    window = f"next {length}" if relative.endswith("from now") else f"last {length}"
    cure = (
        f"{_code(f'{subject} within {window}')} takes in the days between"
        if length != relative
        else f"{_code(f'{subject} on or before {relative}')} takes in the past"
    )
    return _warning("AQ356", "this holds on one day only, and a missed run misses it", span, "", cure)


def always_true(query: ast.Or) -> Diagnostic:
    meant = _as_list(query.parts, negated=True)
    opposite = any(isinstance(part, ast.Not) and part.part in query.parts for part in query.parts)
    cure = "leave one of them out" if opposite else "`and` may be meant"
    if meant:
        cure = f"{_code(meant)} may be meant"
    return _warning("AQ357", "this holds for everyone", query.span, "whatever the value, one of these is true", cure)


def never_true(query: ast.And | ast.Between) -> Diagnostic:
    if isinstance(query, ast.Between):
        return _warning(
            "AQ358", "this holds for no one", query.span, "the first end is after the second", "swap the ends"
        )
    meant = _as_list(query.parts, negated=False)
    cure = f"{_code(meant)} may be meant" if meant else "`or` may be meant"
    return _warning("AQ358", "this holds for no one", query.span, "these are never true together", cure)


def _as_list(parts: Sequence[ast.Query], *, negated: bool) -> str:
    """Equalities with one field as one `in`, if that is what they are."""
    order = ast.Order.NE if negated else ast.Order.EQ
    same = [p for p in parts if isinstance(p, ast.Compare) and p.order is order and p.left == _left(parts[0])]
    if len(same) < len(parts) or not isinstance(same[0].left, ast.Path | ast.Call):
        return ""
    choices = ast.List(tuple(p.right for p in same), same[0].span)
    return format_query(ast.In(same[0].left, negated, choices, same[0].span))


def _left(part: ast.Query) -> ast.Operand | None:
    return part.left if isinstance(part, ast.Compare) else None


def nobody_has(place: Place, text: str, known: Mapping[str, int], span: Span) -> Diagnostic:
    """`known`: each value there is, and how many people have it."""
    near = nearest(text, sorted(known))
    if near is not None:
        hint = f"did you mean {quoted(near)}, which {_people(known[near])} have?"
    else:
        most = sorted(known, key=lambda value: (-known[value], value))
        hint = f"there are: {_some_of([f'{quoted(v)} ({known[v]:,})' for v in most], 8)}" if known else "nobody has any"
    return _warning("AQ362", f"nobody has {_code(place.span.text)} {quoted(text)}", span, "", hint)


def has_more_below(place: Place, text: str, exact: int, below: int, span: Span) -> Diagnostic:
    return _warning(
        "AQ360",
        f"this is {quoted(text)} alone, with {_people(exact)}; with all that is below it there are {below:,}",
        span,
        "",
        f"`{place.span.text} within {quoted(text)}` takes in what is below;"
        f" `{place.span.text} in ({quoted(text)})` says that this one alone is meant",
    )


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def advice(argument: ast.Argument, text: str) -> Diagnostic:
    return Diagnostic("AQ359", Severity.HINT, "this takes in who has done it again since", argument.span, "", text)
