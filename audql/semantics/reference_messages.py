"""What resolving says of things that are named: learning, nodes, people, and what is compared with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic, error, warning
from audql.semantics.wording import TIMES, article, code, did_you_mean_value, quoted, some_of, what
from audql.source import Span
from audql.syntax import ast
from audql.text import fold
from audql.types import Many, Scalar, Thing

if TYPE_CHECKING:
    from audql.semantics.context import Context
    from audql.semantics.operands import Constant, Place, Term
    from audql.semantics.paths import Reached


def no_such_thing(ctx: Context, kind: str, name: str, span: Span) -> Diagnostic:
    record = ctx.schema.named(kind)
    called = record.singular if record is not None else kind
    make = error if ctx.catalogue.is_strict(kind) else warning
    things = ctx.catalogue.things[kind]
    others = [t.kind for t in things if t.kind and fold(name) in (fold(t.name), fold(t.id))]
    if others:
        hint = f"it is there as {' and '.join(article(k) for k in dict.fromkeys(others))}"
        return make("AQ214", f"no {called} {quoted(name)} of that kind", span, "", hint)
    known = [k for k in (*(t.name for t in things), *(t.id for t in things)) if k]
    hint = did_you_mean_value(name, known)
    hint = hint or (f"known are: {some_of(known, 6)}" if known else f"there is no {called} yet")
    return make("AQ214", f"no {called} {quoted(name)}", span, "", hint)


def ambiguous_name(ctx: Context, kind: str, name: str, found: Sequence[Thing], span: Span) -> Diagnostic:
    record = ctx.schema.named(kind)
    called = record.plural if record is not None else f"{kind}s"
    listed = some_of(f"{quoted(t.id)}" + (f" ({t.kind})" if t.kind else "") for t in found)
    return error("AQ215", f"{len(found)} {called} share the name {quoted(name)}", span, "", f"use the id: {listed}")


def no_reference(place: Reached, constant: Constant) -> Diagnostic:
    record = place.record
    assert record is not None
    if isinstance(place.type, Many) and constant.type is Scalar.NUMBER:
        cure = f"for how many there are: `exactly {constant.span.text} {place.span.text}`"
        return error("AQ308", f"`{place.span.text}` are {record.plural}, not a number", place.span, "", cure)
    if record.keys:
        return error(
            "AQ308",
            f"{article(record.singular)} is named by its id or name, and this is {what(constant)}",
            constant.span,
            "",
            f"in quotes: {code(quoted(constant.span.text))}",
        )
    field = next((f.name for f in record.fields if f.name in record.short), "")
    cure = f"`any {record.singular} ({field} = {constant.span.text})`" if field else "name one of its fields"
    return error(
        "AQ308", f"{record.plural} are not compared as such, but by their fields", place.span, "", f"write {cure}"
    )


def order_of_reference(left: Place, op: str, right: Term) -> Diagnostic:
    from audql.semantics.operands import Constant

    hint = "things are compared by their id or name with `=`, or by one of their fields"
    if isinstance(left.type, Many) and isinstance(right, Constant) and right.span.text.isdigit():
        count = int(right.span.text) + {">": 1, "<": -1}.get(op, 0)
        if count > 0:
            bound = "least" if op in (">", ">=") else "most"
            hint = f"for how many there are: {code(f'at {bound} {count} {left.span.text}')}"
    message = f"`{op}` compares numbers and dates, and `{left.span.text}` is {what(left)}"
    return error("AQ304", message, left.span, "", hint)


def blank_text(place: Place, constant: Constant) -> Diagnostic:
    return error(
        "AQ332",
        "a blank text is nothing, which no value equals",
        constant.span,
        "",
        f"`{place.span.text} is not set` asks for those who have none",
    )


def no_hierarchy(ctx: Context, place: Term, node: ast.Below) -> Diagnostic:
    from audql.semantics.paths import Reached

    word = "under" if node.strictly else "within"
    last = ctx.schema.person.field(place.path.names[0].text) if isinstance(place, Reached) else None
    if place.type in TIMES:
        hint = "of a date: `within last 30 days`, `within this month`"
    elif last is not None and last.upward:
        hint = f"for those above at any level: {code(last.upward)}"
    else:
        nodes = [r.plural for r in ctx.schema.records if r.above]
        hint = f"{' and '.join(nodes)} have something below them; others" if nodes else "these"
        hint += " are compared with `=` or `in`"
    return error(
        "AQ328", f"`{word}` is for hierarchies, and `{place.span.text}` is {what(place)}", place.span, "", hint
    )
