"""What the messages of resolving share: how they are made, and what they call things, all of it by the schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from audql.syntax import ast
from audql.text import nearest
from audql.types import Field, One, RecordType, Scalar

if TYPE_CHECKING:
    from audql.semantics.context import Context
    from audql.semantics.operands import Term

AN = {
    Scalar.TEXT: "text",
    Scalar.CODE: "a code",
    Scalar.NUMBER: "a number",
    Scalar.YES_NO: "a yes/no field",
    Scalar.DATE: "a date",
    Scalar.INSTANT: "an instant",
    Scalar.ANY: "a field of unknown type",
}
COMPARED = {
    Scalar.TEXT: '= "…"',
    Scalar.CODE: '= "…"',
    Scalar.NUMBER: ">= 5",
    Scalar.DATE: "within last 90 days",
    Scalar.INSTANT: "within last 90 days",
}
DAYS = {"yesterday": "1 day ago", "tomorrow": "1 day from now"}
TIMES = (Scalar.DATE, Scalar.INSTANT)


def did_you_mean(wanted: str, known: Iterable[str], otherwise: str = "", before: str = "") -> str:
    near = nearest(wanted, sorted(set(known)))
    return f"did you mean {code(before + as_written(near))}?" if near else otherwise


def some_of(names: Iterable[str], most: int = 12) -> str:
    found = list(dict.fromkeys(names))
    return ", ".join(found[:most]) + (f" and {len(found) - most} more" if len(found) > most else "")


def did_you_mean_value(wanted: str, known: Iterable[str]) -> str:
    near = nearest(wanted, sorted(set(known)))
    return f"did you mean {quoted(near)}?" if near else ""


def as_written(name: str) -> str:
    """The name as a query writes it: in backquotes where it is not one word."""
    return name if name.isidentifier() else "`" + name.replace("`", "``") + "`"


def text_of(path: ast.Path, upto: int | None = None) -> str:
    names = path.names[:upto]
    return ".".join(name.text for name in names)


def code(text: str) -> str:
    """Text as it is quoted in messages: marked as code, on one line, though it has backquotes in it."""
    text = " ".join(text.split())
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def printed(query: ast.Query) -> str:
    """The query as `audql fmt` writes it."""
    from audql.syntax.printer import format_query  # only what is wrong or doubtful is printed

    return format_query(query)


def quoted(text: str) -> str:
    """The text as a query writes it."""
    return '"' + text.replace('"', '""') + '"'


def article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def what(place: Term) -> str:
    """What a term is, in words."""
    from audql.semantics.operands import Constant
    from audql.semantics.paths import Reached

    if isinstance(place, Constant):
        return AN[place.type] if place.type is not Scalar.YES_NO else "true or false"
    if isinstance(place, Reached) and place.record is not None:
        one = isinstance(place.type, One)
        return article(place.record.singular) if one else f"a collection of {place.record.plural}"
    assert isinstance(place.type, Scalar)
    return AN[place.type]


def fields_here(record: RecordType) -> str:
    """The fields of an item, as a label lists them."""
    known = list(record.names())
    if not known:
        return f"there are no {record.plural} here"
    return f"there are: {some_of(known)}" if record.columns else f"{record.plural} here have: {some_of(known)}"


def a_field(ctx: Context, *types: Scalar) -> Field | None:
    """A field of the person of one of these types to take as an example."""
    fitting = [f for f in ctx.schema.person.fields if f.type in types and not f.hidden]
    return next((f for f in fitting if f.example), fitting[0] if fitting else None)


def a_condition(ctx: Context, *types: Scalar) -> str:
    """The same with what it could be compared with; "" where the schema has no such field."""
    field = a_field(ctx, *types)
    if field is None:
        return ""
    assert isinstance(field.type, Scalar)
    return code(f"{field.name} {field.example or COMPARED[field.type]}")


def such_as(condition: str, joint: str = ", as in ") -> str:
    return f"{joint}{condition}" if condition else ""
