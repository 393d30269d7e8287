"""What may not be meant, in words: one function for each warning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic, Severity, warning
from audql.semantics.wording import code, printed, quoted, some_of, text_of
from audql.source import Span
from audql.syntax import ast
from audql.text import nearest
from audql.types import RecordType

if TYPE_CHECKING:
    from audql.semantics.context import Item
    from audql.semantics.operands import Place

TAKES_IN_THE_EMPTY = "AQ351"
NOBODY_HAS = "AQ362"


def takes_in_the_empty(query: ast.Query, subject: str, span: Span, count: int | None) -> Diagnostic:
    who = "everyone" if count is None else f"{count:,} people" if count != 1 else "1 person"
    return warning(
        TAKES_IN_THE_EMPTY,
        f"this takes in {who} with no {code(subject)}",
        span,
        "",
        f"if they are not meant: {code(f'{subject} is set and {printed(query)}')}",
    )


def wants_a_value(span: Span, name: str) -> Diagnostic:
    return warning(
        "AQ352", f"this leaves out those for whom `{name}` is not said", span, "", f"`not {name}` takes them in"
    )


def maybe_two_items(span: Span, plural: str, together: str) -> Diagnostic:
    return warning(
        "AQ353", f"these can be met by two different {plural}", span, "", f"for one that has both: {code(together)}"
    )


def every_of_none(query: ast.Quantified, count: int | None) -> Diagnostic:
    path = text_of(query.path)
    who = "everyone" if count is None else f"{count:,} people" if count != 1 else "1 person"
    return warning(
        "AQ354",
        f"`every {path}` holds when there is no {path} at all: this takes in {who} without any",
        query.span,
        "",
        f"if they are not meant: {code(f'any {path} and {printed(query)}')}",
    )


def reaches_outward(path: ast.Path, owner: RecordType, inner: Item) -> Diagnostic:
    name = path.names[0].text
    return warning(
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
        f"{code(f'{subject} within {window}')} takes in the days between"
        if length != relative
        else f"{code(f'{subject} on or before {relative}')} takes in the past"
    )
    return warning("AQ356", "this holds on one day only, and a missed run misses it", span, "", cure)


def always_true(query: ast.Or) -> Diagnostic:
    meant = _as_list(query.parts, negated=True)
    opposite = any(isinstance(part, ast.Not) and part.part in query.parts for part in query.parts)
    cure = "leave one of them out" if opposite else "`and` may be meant"
    if meant:
        cure = f"{code(meant)} may be meant"
    return warning("AQ357", "this holds for everyone", query.span, "whatever the value, one of these is true", cure)


def never_true(query: ast.And | ast.Between) -> Diagnostic:
    if isinstance(query, ast.Between):
        return warning(
            "AQ358", "this holds for no one", query.span, "the first end is after the second", "swap the ends"
        )
    meant = _as_list(query.parts, negated=False)
    cure = f"{code(meant)} may be meant" if meant else "`or` may be meant"
    return warning("AQ358", "this holds for no one", query.span, "these are never true together", cure)


def _as_list(parts: Sequence[ast.Query], *, negated: bool) -> str:
    """Equalities with one field as one `in`, if that is what they are."""
    order = ast.Order.NE if negated else ast.Order.EQ
    same = [p for p in parts if isinstance(p, ast.Compare) and p.order is order and p.left == _left(parts[0])]
    if len(same) < len(parts) or not isinstance(same[0].left, ast.Path | ast.Call):
        return ""
    choices = ast.List(tuple(p.right for p in same), same[0].span)
    return printed(ast.In(same[0].left, negated, choices, same[0].span))


def _left(part: ast.Query) -> ast.Operand | None:
    return part.left if isinstance(part, ast.Compare) else None


def nobody_has(place: Place, text: str, known: Mapping[str, int], span: Span, *, others: int = 0) -> Diagnostic:
    """`known`: each value there is, and how many people have it; `others`: how many more of a list nobody has."""
    near = nearest(text, sorted(known))
    if near is not None:
        hint = f"did you mean {quoted(near)}, which {_people(known[near])} {'has' if known[near] == 1 else 'have'}?"
    else:
        most = sorted(known, key=lambda value: (-known[value], value))
        hint = f"there are: {some_of([f'{quoted(v)} ({known[v]:,})' for v in most], 8)}" if known else "nobody has any"
    more = f", nor {others:,} more of the list" if others else ""
    return warning(NOBODY_HAS, f"nobody has {code(place.span.text)} {quoted(text)}{more}", span, "", hint)


def has_more_below(place: Place, text: str, exact: int, below: int, span: Span) -> Diagnostic:
    return warning(
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
