"""Reductions of the grammar → nodes of a query: one function for each builder that `audql.lark` names.

Each takes the span of what was read and then one argument per symbol: a token, a node, or a list under construction.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from audql.source import Span
from audql.syntax import ast
from audql.syntax.tokens import Token

Builder = Callable[..., object]


# --- lists under construction -----------------------------------------------------------------------------------------


def first(_: Span, item: object) -> list[object]:
    return [item]


def more(_: Span, items: list[object], __: Token, item: object) -> list[object]:
    items.append(item)
    return items


def broken(span: Span, _: Token) -> ast.Broken:
    return ast.Broken(span)


# --- operands ---------------------------------------------------------------------------------------------------------


def name(span: Span, token: Token) -> ast.Name | ast.Broken:
    text = token.text
    if not text:
        return ast.Broken(span)
    return ast.Name(text[1:-1].replace("``", "`") if text[0] == "`" else text, span)


def text(span: Span, token: Token) -> ast.Text | ast.Broken:
    if not token.text:
        return ast.Broken(span)
    quote = token.text[0]
    return ast.Text(token.text[1:-1].replace(quote * 2, quote), span)


def number(span: Span, token: Token) -> ast.Number | ast.Broken:
    return ast.Number(Decimal(token.text), span) if token.text else ast.Broken(span)


def date(span: Span, token: Token) -> ast.Date | ast.Broken:
    return ast.Date(dt.date.fromisoformat(token.text), span) if token.text else ast.Broken(span)


def instant(span: Span, token: Token) -> ast.Instant | ast.Broken:
    return ast.Instant(dt.datetime.fromisoformat(token.text), span) if token.text else ast.Broken(span)


def truth(span: Span, token: Token) -> ast.Truth:
    return ast.Truth(token.kind == "TRUE", span)


def today(span: Span, _: Token) -> ast.Today:
    return ast.Today(span)


def now(span: Span, _: Token) -> ast.Now:
    return ast.Now(span)


def duration(span: Span, count: Token, unit: Token) -> ast.Duration | ast.Broken:
    if not count.text:
        return ast.Broken(span)
    return ast.Duration(int(count.text), _unit(unit), span)


def _unit(token: Token) -> ast.Unit:
    return ast.Unit(token.text.lower().removesuffix("s"))


def relative(span: Span, duration: ast.Duration, direction: Token) -> ast.Relative:
    return ast.Relative(duration, direction.kind == "AGO", span)


def path(span: Span, names: list[ast.Name]) -> ast.Path:
    return ast.Path(tuple(names), span)


def call(span: Span, path: ast.Path, *_: Token) -> ast.Call:
    return ast.Call(path, (), span)


def call_with(span: Span, path: ast.Path, _: Token, arguments: list[ast.Argument], __: Token) -> ast.Call:
    return ast.Call(path, tuple(arguments), span)


def argument(span: Span, value: ast.Value) -> ast.Argument:
    return ast.Argument(None, value, span)


def named_argument(span: Span, name: ast.Name, _: Token, value: ast.Value) -> ast.Argument:
    return ast.Argument(name, value, span)


def list_(span: Span, _: Token, items: list[ast.Operand], __: Token) -> ast.List:
    return ast.List(tuple(items), span)


def rolling(span: Span, which: Token, length: ast.Duration | ast.Name) -> ast.Rolling:
    return ast.Rolling(which.kind == "LAST", length, span)


def calendar_unit(span: Span, which: Token, unit: Token) -> ast.CalendarUnit:
    return ast.CalendarUnit(ast.Calendar(which.text.lower()), _unit(unit), span)


# --- conditions -------------------------------------------------------------------------------------------------------


def any_of(span: Span, parts: list[ast.Query]) -> ast.Query:
    if len(parts) == 1:
        return parts[0]
    flat: list[ast.Query] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, ast.Or) else (part,))
    return ast.Or(tuple(flat), span)


def all_of(span: Span, parts: list[ast.Query]) -> ast.Query:
    if len(parts) == 1:
        return parts[0]
    flat: list[ast.Query] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, ast.And) else (part,))
    return ast.And(tuple(flat), span)


def not_(span: Span, _: Token, part: ast.Query) -> ast.Not:
    return ast.Not(part, span)


def brackets(_: Span, __: Token, query: ast.Query, ___: Token) -> ast.Query:
    return query


def yes(_: Span, __: Token) -> bool:
    return True


def no(_: Span) -> bool:
    return False


def compare(span: Span, left: ast.Operand, order: Token, right: ast.Operand) -> ast.Compare:
    return ast.Compare(left, ast.Order(order.text), right, span)


def in_(span: Span, subject: ast.Subject, negated: bool, _: Token, choices: ast.List | ast.Path) -> ast.In:
    return ast.In(subject, negated, choices, span)


def between(
    span: Span, subject: ast.Subject, negated: bool, _: Token, low: ast.Operand, __: Token, high: ast.Operand
) -> ast.Between:
    return ast.Between(subject, negated, low, high, span)


def text_test(
    span: Span, subject: ast.Subject, negated: bool, op: Token, sought: ast.Operand | ast.List
) -> ast.TextTest:
    return ast.TextTest(subject, negated, ast.TextOp(op.text.lower()), sought, span)


def is_set(span: Span, subject: ast.Subject, _: Token, negated: bool, __: Token) -> ast.IsSet:
    return ast.IsSet(subject, negated, span)


def date_test(span: Span, subject: ast.Subject, negated: bool, op: Token, moment: ast.Operand) -> ast.DateTest:
    return ast.DateTest(subject, negated, ast.DateOp(op.text.lower()), moment, span)


def distance(
    span: Span, subject: ast.Subject, negated: bool, than: Token, length: ast.Duration | ast.Name, side: Token
) -> ast.Distance:
    return ast.Distance(subject, negated, than.kind == "MORE_THAN", length, _side(side), None, span)


def distance_from(
    span: Span,
    subject: ast.Subject,
    negated: bool,
    than: Token,
    length: ast.Duration | ast.Name,
    side: Token,
    anchor: ast.Operand,
) -> ast.Distance:
    return ast.Distance(subject, negated, than.kind == "MORE_THAN", length, _side(side), anchor, span)


def _side(token: Token) -> ast.Side:
    return ast.Side(token.text.lower())


def within_window(span: Span, subject: ast.Subject, negated: bool, _: Token, window: ast.Window) -> ast.WithinWindow:
    return ast.WithinWindow(subject, negated, window, span)


def near(
    span: Span,
    subject: ast.Subject,
    negated: bool,
    _: Token,
    length: ast.Duration | ast.Name,
    side: Token,
    anchor: ast.Operand,
) -> ast.Near:
    return ast.Near(subject, negated, length, _side(side), anchor, span)


def below(span: Span, subject: ast.Subject, negated: bool, op: Token, nodes: ast.Operand | ast.List) -> ast.Below:
    return ast.Below(subject, negated, op.kind == "UNDER", nodes, span)


def quantified(span: Span, quantifier: Token, path: ast.Path) -> ast.Quantified:
    return ast.Quantified(ast.Quantifier(quantifier.text.lower()), path, None, span)


def quantified_where(
    span: Span, quantifier: Token, path: ast.Path, _: Token, where: ast.Query, __: Token
) -> ast.Quantified:
    return ast.Quantified(ast.Quantifier(quantifier.text.lower()), path, where, span)


def counted(span: Span, bound: Token, count: Token, path: ast.Path) -> ast.Counted | ast.Broken:
    return _counted(span, bound, count, path, None)


def counted_where(
    span: Span, bound: Token, count: Token, path: ast.Path, _: Token, where: ast.Query, __: Token
) -> ast.Counted | ast.Broken:
    return _counted(span, bound, count, path, where)


def _counted(
    span: Span, bound: Token, count: Token, path: ast.Path, where: ast.Query | None
) -> ast.Counted | ast.Broken:
    if not count.text:
        return ast.Broken(span)
    return ast.Counted(ast.Bound(bound.text.lower()), int(count.text), path, where, span)


def n_of(
    span: Span, bound: Token, count: Token, _: Token, __: Token, parts: list[ast.Query], ___: Token
) -> ast.NOf | ast.Broken:
    if not count.text:
        return ast.Broken(span)
    return ast.NOf(ast.Bound(bound.text.lower()), int(count.text), tuple(parts), span)


BUILDERS: dict[str, Builder] = {
    f.__name__: f
    for f in (
        first, more, broken,
        name, text, number, date, instant, truth,
        today, now, duration, relative, path, call,
        call_with, argument, named_argument, list_, rolling,
        calendar_unit,
        any_of, all_of, not_, brackets, yes, no,
        compare, in_, between, text_test, is_set, date_test,
        distance, distance_from, within_window, near, below,
        quantified, quantified_where, counted, counted_where, n_of,
    )
}  # fmt: skip

# Where something broken leaves the whole standing, by the positions of the symbols that may be broken. Whatever else
# holds something broken is broken as a whole.
TOLERANT: dict[str, tuple[int, ...]] = {
    "first": (0,), "more": (0, 2), "broken": (0,),
    "any_of": (0,), "all_of": (0,), "not_": (1,), "brackets": (1,),
    "quantified_where": (3,), "counted_where": (4,), "n_of": (4,),
}  # fmt: skip
