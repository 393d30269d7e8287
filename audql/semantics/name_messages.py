"""What resolving says of names: fields that are not there, conditions that are none, definitions without end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic, error
from audql.functions import Function
from audql.semantics.wording import (
    AN,
    COMPARED,
    DAYS,
    TIMES,
    a_condition,
    article,
    as_written,
    code,
    did_you_mean,
    fields_here,
    printed,
    quoted,
    some_of,
    such_as,
    text_of,
    what,
)
from audql.source import Span
from audql.syntax import ast
from audql.syntax.cures import MONTHS, whole_month
from audql.text import fold, nearest
from audql.types import Field, Many, One, RecordType, Scalar

if TYPE_CHECKING:
    from audql.semantics.context import Context, Definition, Item, Scope
    from audql.semantics.operands import Resolved
    from audql.semantics.paths import Reached

HOW_MANY = ("count", "len", "length", "size")
_BOUNDS = {
    ast.Order.GT: ("at least", 1), ast.Order.GE: ("at least", 0), ast.Order.LT: ("at most", -1),
    ast.Order.LE: ("at most", 0), ast.Order.EQ: ("exactly", 0),
}  # fmt: skip
_AGO = {ast.Order.GT: "more than", ast.Order.GE: "on or before", ast.Order.LT: "less than", ast.Order.LE: "on or after"}
# Words that are said for what AudQL writes with others.
_SAID_FOR = {
    **dict.fromkeys(("everyone", "everybody", "anyone", "all"), "`true` is everyone"),
    **dict.fromkeys(("nobody", "none", "noone"), "`false` is no one"),
    **{word: f"the day is written `{day}`" for word, day in DAYS.items()},
}

# --- fields -----------------------------------------------------------------------------------------------------------


def unknown_field(ctx: Context, scope: Scope, path: ast.Path) -> Diagnostic:
    name = path.names[0]
    alone = len(path.names) == 1
    if alone and name.text in ctx.functions:
        return _function_without_brackets(ctx, path, ctx.functions[name.text])
    missing = f"no field `{name.text}`"
    if alone and fold(name.text) in _SAID_FOR:
        return error("AQ201", missing, name.span, "", _SAID_FOR[fold(name.text)])
    if alone and (meant := _unquoted(ctx, path)):
        return error("AQ201", missing, name.span, "", f"if {meant} is meant, in quotes: {code(quoted(name.text))}")
    if alone and (month := _month(ctx, path)):
        return error("AQ201", missing, name.span, "a month of which year?", month)
    near = _near(ctx, scope, path)
    column = _column_called(ctx, name.text) if alone else ""
    is_column = fold(column) == fold(name.text)
    if meant := _said_for(ctx, scope, path):
        return error("AQ201", f"no field `{text_of(path)}`", name.span, f"{_here(scope)} has none", meant)
    inside = _collection_with(ctx, scope, name.text)
    if inside is not None and not is_column and (near is None or fold(near) != fold(name.text)):
        collection, record = inside
        one = collection.also[0] if collection.also else collection.name
        condition = printed(ctx.predicate) if ctx.predicate is not None else f"{text_of(path)} …"
        hint = f"{record.plural} have one: `{one}.{text_of(path)}`, or {code(f'any {one} ({condition})')}"
        return error("AQ201", missing, name.span, f"{_here(scope)} has none", hint)
    if column and (near is None or column == name.text or (is_column and fold(near) != fold(name.text))):
        near = f"{_columns(ctx)}.{as_written(column)}"
    near = near or (_of_a_reference(ctx, scope, name.text) if alone else "")
    hint = f"did you mean {code(near)}?" if near else _otherwise(ctx, scope, name.text)
    return error("AQ201", f"no field `{text_of(path)}`", name.span, f"{_here(scope)} has none", hint)


def _of_a_reference(ctx: Context, scope: Scope, name: str) -> str:
    """What items that a person names have under nearly this name, as `org.division`; "" where there is no such."""
    outer, known = scope.items[-1].record, dict[str, str]()
    for field in outer.fields:
        if isinstance(field.type, One) or (isinstance(field.type, Many) and field.means):
            record = ctx.schema.record(field.type.record)
            if record is not outer and not field.hidden:
                for inner in record.names():
                    if inner not in (*record.keys, record.called):
                        known.setdefault(inner, f"{field.name}.{as_written(inner)}")
    near = nearest(name, [*known])
    return known[near] if near else ""


def _said_for(ctx: Context, scope: Scope, path: ast.Path) -> str:
    """The cure for a word that people say for something that is there."""
    first, *rest = (name.text for name in path.names)
    record = scope.items[0].record
    if rest and fold(first) in ("user", "u", "users", "p", "employee") and record.field(rest[0]) is not None:
        return f"did you mean `{'.'.join(rest)}`?"
    if rest:
        return ""
    if fold(first) == "current" and record.field("jobs") is not None and record.field("all_jobs") is not None:
        return "`jobs` are the current ones: write `any job (…)`; `all_jobs` are all, past and future ones too"
    columns = _columns(ctx)
    if columns and first.startswith("profile_field_"):
        return f"did you mean {code(f'{columns}.' + as_written(first.removeprefix('profile_field_')))}?"
    for field in record.fields:
        if fold(first) in field.said:
            return f"did you mean {code(_in_years(ctx, field) or field.name)}?"
        if fold(first) in field.denied:
            return f"did you mean `not {field.name}`?"
    function = function_said(ctx, first)
    match ctx.predicate:
        case ast.Compare(left, ast.Order.EQ, ast.Text() as text) if function is not None and left == path:
            return f"write {code(f'{function.name}({text.span.text})')}"
        case _:
            return f"for example {code(function.example)}" if function is not None else ""


def function_said(ctx: Context, name: str) -> Function | None:
    """The function that people look for under that name, of those that the schema has the fields for."""
    from audql.semantics.offering import offered

    found = next((f for f in ctx.functions.values() if fold(name) in f.said), None)
    return found if found is not None and found.name in offered(ctx) else None


def _function_without_brackets(ctx: Context, path: ast.Path, function: Function) -> Diagnostic:
    hint = f"for example {code(function.example)}"
    match ctx.predicate:
        case ast.Compare(left, ast.Order.EQ, ast.Text() as text) if left == path:
            hint = f"write {code(f'{function.name}({text.span.text})')}"
        case _ if not any(p.required for p in function.parameters):
            hint = f"write `{function.name}()`"
    return error("AQ202", f"`{function.name}` is a function", path.span, "needs its brackets", hint)


def _near(ctx: Context, scope: Scope, path: ast.Path) -> str | None:
    """What is there under nearly this name: a field, a `let`, or a function."""
    from audql.semantics.offering import offered

    known = {n for item in scope.items for n in item.record.names()} | set(scope.names.definitions)
    return nearest(path.names[0].text, sorted(known | (offered(ctx) if len(path.names) == 1 else frozenset())))


def _month(ctx: Context, path: ast.Path) -> str:
    """`hired in March`: the days of the month, of a year as an example, as which one is meant is not said."""
    month = MONTHS.get(fold(path.names[0].text))
    match ctx.predicate:
        case ast.In(subject, _, choices) if choices == path and month is not None:
            return f"write its days, as in {code(f'{subject.span.text} {whole_month(2026, month)}')}"
        case _:
            return ""


def _otherwise(ctx: Context, scope: Scope, name: str) -> str:
    """The cure for a name that is near nothing."""
    person = ctx.schema.person
    columns = _columns(ctx)
    if ctx.predicate is None and name[:1].isupper() and len(person.keys) > 1:
        return f"if a person is meant: {code(f'{person.keys[1]} = {quoted(name)}')}"
    if columns:
        return f"a column of your own data is written {code(f'{columns}.{as_written(name)}')}"
    return f"fields here are: {some_of([n for item in scope.items for n in item.record.names()], 24)}"


def _in_years(ctx: Context, field: Field) -> str:
    """`tenure > 5`: how long ago a day was, in years; nothing where that is not what is asked."""
    match ctx.predicate:
        case ast.Compare(ast.Path((_,)), order, ast.Number() as count) if field.type in TIMES and order in _AGO:
            return f"{field.name} {_AGO[order]} {count.span.text} years ago" if count.span.text.isdigit() else ""
        case _:
            return ""


def _columns(ctx: Context) -> str:
    """The person's field that holds further columns; "" where there is none."""
    fields = ctx.schema.person.fields
    found = (f for f in fields if not isinstance(f.type, Scalar) and ctx.schema.record(f.type.record).columns)
    return next((f.name for f in found), "")


def _column_called(ctx: Context, name: str) -> str:
    """The further column of this name, in whatever capitals, or nearly so; "" where none is known."""
    field = ctx.schema.person.field(_columns(ctx))
    if field is None or isinstance(field.type, Scalar):
        return ""
    known = sorted(ctx.schema.record(field.type.record).names())
    return name if name in known else nearest(name, known) or ""


def _unquoted(ctx: Context, path: ast.Path) -> str:
    """What a name stands for that should be in quotes, where only a value can be."""
    match ctx.predicate:
        case ast.Compare(_, _, right) if right == path:
            return "text"
        case ast.In(_, _, ast.List(items)) if path in items:
            return "text"
        case ast.TextTest(_, _, _, sought) | ast.Below(_, _, _, sought):
            if sought == path or (isinstance(sought, ast.List) and path in sought.items):
                return "text"
        case _:
            pass
    before = path.span.source.text[max(0, path.span.start - 80) : path.span.start].rstrip()
    called = before.removesuffix("(")
    return "a name" if called != before and any(called.endswith(name) for name in ctx.functions) else ""


def _here(scope: Scope) -> str:
    return article(scope.items[0].record.singular)


def _collection_with(ctx: Context, scope: Scope, name: str) -> tuple[Field, RecordType] | None:
    """The first collection of the person whose items have the field."""
    return _collection_of(ctx, scope.items[-1].record, name)


def _collection_of(ctx: Context, outer: RecordType, name: str) -> tuple[Field, RecordType] | None:
    for field in outer.fields:
        if isinstance(field.type, Many) and not field.hidden and not field.means:
            record = ctx.schema.record(field.type.record)
            inner = record.field(name)
            if record is not outer and inner is not None and not inner.hidden:
                return field, record
    return None


def how_many(ctx: Context, counted: ast.Path | ast.Call, collection: str) -> str:
    """`jobs.length > 1`, `count(jobs) > 1`: the same with `at least`."""
    match ctx.predicate:
        case ast.Compare(left, order, ast.Number() as number) if left == counted and number.span.text.isdigit():
            bound, more = _BOUNDS.get(order, ("", 0))
            if bound and int(number.span.text) + more >= 0:
                return f"write {code(f'{bound} {int(number.span.text) + more} {collection}')}"
        case _:
            pass
    return f"how many there are is asked with `at least`, as in {code(f'at least 2 {collection}')}"


def unknown_member(ctx: Context, path: ast.Path, position: int, record: RecordType) -> Diagnostic:
    name = path.names[position]
    before = text_of(path, position)
    said = next((f.name for f in record.fields if fold(name.text) in f.said), "")
    hint = f"did you mean `{before}.{said}`?" if said else ""
    hint = hint or did_you_mean(name.text, record.names(), before=before + ".")
    if not hint and fold(name.text) in HOW_MANY:
        hint = how_many(ctx, path, before)
    if not hint and (inside := _collection_of(ctx, record, name.text)):
        collection, inner = inside
        one = collection.also[0] if collection.also else collection.name
        hint = f"{inner.plural} have one: {code(f'{before}.{one}.{name.text}')}"
    span = path.names[0].span.to(name.span)
    return error("AQ201", f"no field `{text_of(path, position + 1)}`", span, fields_here(record), hint)


def no_fields(ctx: Context, path: ast.Path, position: int, type_: object) -> Diagnostic:
    kind = AN[type_] if isinstance(type_, Scalar) else "it"
    before = text_of(path, position)
    hint = f"write `{before}` alone"
    if type_ in TIMES:
        hint = f"ask for the days, as in `{before} within this year`"
        match ctx.predicate:
            case ast.Compare(_, ast.Order.EQ, ast.Number() as year) if len(year.span.text) == 4:
                hint = f"write {code(f'{before} between {year.span.text}-01-01 and {year.span.text}-12-31')}"
            case _:
                pass
    return error("AQ204", f"`{before}` is {kind}, which has no fields", path.names[position].span, "", hint)


def whose(name: ast.Name, inner: RecordType, outer: RecordType | None) -> Diagnostic:
    node = inner.singular
    if outer is not None:
        return error(
            "AQ212",
            f"`{name.text}` could be the {node}'s or the person's",
            name.span,
            "",
            f"the person's is `person.{name.text}`; of the {node}, only what the data declares can be named here",
        )
    return error(
        "AQ212",
        f"whether {article(node)} has a field `{name.text}` is not known without the data",
        name.span,
        "",
        f"outside the brackets `{inner.name}.{name.text}` says it; or check with the workspace's data",
    )


def own_collection(path: ast.Path, item: Item) -> Diagnostic:
    rest = ".".join(n.text for n in path.names[1:])
    cure = f"write `{rest}`" if rest else f"leave out `{path.names[0].text}`"
    return error(
        "AQ213",
        f"inside the brackets of `{path.names[0].text}` its fields are named alone",
        path.span,
        "",
        f"{cure}; the person's other {item.record.plural} are `person.{text_of(path)}`",
    )


# --- what is no condition, and what is no collection ------------------------------------------------------------------


def no_collection(here: Reached, where: ast.Query | None = None) -> Diagnostic:
    """`where`: what its brackets say, which may be the condition that was meant."""
    if not isinstance(here.type, Scalar):
        return error("AQ321", f"`{here.span.text}` is a person, not a collection", here.span)
    compared = COMPARED.get(here.type, "…")
    condition = printed(where) if where is not None else f"{here.span.text} {compared}"
    return error(
        "AQ321",
        f"`{here.span.text}` is {AN[here.type]}, not a collection",
        here.span,
        "",
        f"compare it: {code(condition)}",
    )


def bare_every(query: ast.Quantified) -> Diagnostic:
    path = text_of(query.path)
    return error(
        "AQ322",
        f"`every {path}` needs a condition in brackets",
        query.span,
        "",
        f"`every {path} (…)`; that there is one at all is `any {path}`",
    )


def no_condition(here: Reached) -> Diagnostic:
    name = here.span.text
    if here.type is Scalar.TEXT and here.span.source.text[here.span.end :].lstrip().startswith("||"):
        compared = code(f'{name} = "…"')
        hint = f"texts are not joined: compare each by itself, as in {compared}"
        return error("AQ323", f"{code(name)} is text, which is neither yes nor no", here.span, "", hint)
    asked = code(f"{name} is set")
    if here.record is not None and isinstance(here.type, Many):
        hint = f"{code(f'any {name}')} asks whether there is one"
    elif here.record is not None:
        hint = f"{asked}, or compare it: " + code(f'{name} = "…"')
    else:
        assert isinstance(here.type, Scalar)
        compared = COMPARED.get(here.type, "…")
        hint = f"compare it: {code(f'{name} {compared}')}, or ask {asked}"
    return error("AQ323", f"{code(name)} is {what(here)}, which is neither yes nor no", here.span, "", hint)


def value_for_condition(value: ast.Value) -> Diagnostic:
    hint = "compare a field with it"
    if isinstance(value, ast.Text) and value.value.isidentifier():
        hint = f"a field is written without quotes: `{value.value}`"
    return error("AQ324", "this is a value, where a condition is expected", value.span, "", hint)


def nothing_of_the_person(ctx: Context, left: Resolved, span: Span) -> Diagnostic:
    cure = a_condition(ctx, Scalar.TEXT)
    name = left.span.text.strip("\"'")
    if ctx.schema.person.field(name) is not None:
        cure = code(name + span.text[left.span.end - span.start :])
    return error(
        "AQ306",
        "both sides are fixed, so this says nothing of a person",
        span,
        "",
        f"one side is a field, without quotes{such_as(cure, ': ')}",
    )


# --- definitions ------------------------------------------------------------------------------------------------------


def define_without_arguments(path: ast.Path, definition: Definition) -> Diagnostic:
    return error(
        "AQ216",
        f"`{definition.name}` needs its arguments",
        path.span,
        "",
        f"write `{definition.name}({', '.join(definition.parameters)})` with a value for each",
    )


def recursion(way: Sequence[Definition]) -> Diagnostic:
    first = way[0]
    return error(
        "AQ210",
        f"`{first.name}` speaks of itself: {' → '.join(d.name for d in (*way, first))}",
        first.span,
        "",
        "a `let` or `define` can use others, but not itself",
    )


TOO_LARGE = "AQ211"


def too_large(span: Span) -> Diagnostic:
    return error(
        TOO_LARGE,
        "this expands to more than 100,000 conditions",
        span,
        "",
        "fewer `let` and `define` inside one another",
    )


def too_large_together(span: Span, most: int) -> Diagnostic:
    return error(
        TOO_LARGE,
        f"all that is written up to here expands to more than {most:,} conditions",
        span,
        "",
        "fewer `define` inside one another",
    )


def too_deep(span: Span) -> Diagnostic:
    return error(
        TOO_LARGE,
        "with what `let` and `define` stand for, this has more than 1,000 conditions inside one another",
        span,
        "",
        "fewer `let` and `define` inside one another",
    )
