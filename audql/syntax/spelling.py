"""Nodes → the pieces of their text on one line: words, and the nodes within them, one level at a time.

Whoever puts the pieces together keeps a stack of his own, so that no tree is too deep.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from audql.syntax import ast, scripts
from audql.syntax.habits_of_code import NULLS
from audql.syntax.words import RESERVED

# Names that stand in backquotes though no word of the language is reserved for them: a habit would be seen in them,
# or, behind `contains` or `after`, a keyword.
_TAKEN = NULLS | {"yes", "as", "word", "joining", "past", "the", "hour", "day", "week", "month", "quarter", "year"}
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Bracketed:
    """A condition in brackets of its own."""

    query: ast.Query


@dataclass(frozen=True, slots=True)
class Spaced:
    """The record of a step, which has spaces inside its braces."""

    record: scripts.Record


Node: TypeAlias = ast.Query | ast.Value | scripts.RecordValue | Bracketed | Spaced
Piece: TypeAlias = str | Node


def name(n: ast.Name, *, free: bool = False) -> str:
    """A name as it is written; `free` after a dot and before a colon, where no word is reserved."""
    low = n.text.lower()
    if _WORD.fullmatch(n.text) and (free or not (low in RESERVED or low in _TAKEN)):
        return n.text
    return "`" + n.text.replace("`", "``") + "`"


def path(p: ast.Path, *, key: bool = False) -> str:
    """A path as it is written; `key` before a colon."""
    first, *others = p.names
    return ".".join([name(first, free=key and not others), *(name(n, free=True) for n in others)])


def text(t: ast.Text) -> str:
    return '"' + t.value.replace('"', '""') + '"'


def duration(d: ast.Duration | ast.Name) -> str:
    if isinstance(d, ast.Name):
        return name(d)
    return f"{d.count} {d.unit.value}" + ("" if d.count == 1 else "s")


def instant(i: ast.Instant) -> str:
    shown = i.value.isoformat()
    return shown.removesuffix("+00:00") + "Z" if i.value.utcoffset() == dt.timedelta(0) else shown


def window(w: ast.Window) -> str:
    match w:
        case ast.Rolling(last, length):
            return f"{'last' if last else 'next'} {duration(length)}"
        case ast.CalendarUnit(which, unit):
            return f"{which.value} {unit.value}"


def pieces(node: Node) -> list[Piece]:
    """The text of a node on one line."""
    match node:
        case ast.And(parts):
            return _joined([_part(p, ast.Or) for p in parts], " and ")
        case ast.Or(parts):
            return _joined([_part(p, ast.And) for p in parts], " or ")
        case ast.Not(part):
            return ["not ", _part(part, ast.Or, ast.And)]
        case Bracketed(query):
            return ["(", query, ")"]
        case ast.Quantified(quantifier, p, where):
            return [f"{quantifier.value} {path(p)}", *_where(where)]
        case ast.Counted(bound, count, p, where):
            return [f"{bound.value} {count} {path(p)}", *_where(where)]
        case ast.NOf(bound, count, parts):
            return [f"{bound.value} {count} of (", *_joined(list(parts), ", "), ")"]
        case ast.Broken(span):
            return [span.text]
        case Spaced(record):
            return ["{ ", *_entries(record), " }"] if record.entries else ["{}"]
        case scripts.Record():
            return ["{", *_entries(node), "}"]
        case scripts.Array(items):
            return ["[", *_joined(list(items), ", "), "]"]
        case ast.List(items):
            return ["(", *_joined(list(items), ", "), ")"]
        case (
            ast.Compare() | ast.In() | ast.Between() | ast.TextTest() | ast.IsSet() | ast.DateTest() | ast.Distance()
            | ast.WithinWindow() | ast.Near() | ast.Below()
        ):  # fmt: skip
            return _comparison(node)
        case _:
            return _value(node)


def _comparison(
    node: ast.Compare | ast.In | ast.Between | ast.TextTest | ast.IsSet | ast.DateTest | ast.Distance
    | ast.WithinWindow | ast.Near | ast.Below,
) -> list[Piece]:  # fmt: skip
    match node:
        case ast.Compare(left, order, right):
            return [left, f" {order.value} ", right]
        case ast.In(subject, negated, choices):
            return [subject, f"{_not(negated)} in ", choices]
        case ast.Between(subject, negated, low, high):
            return [subject, f"{_not(negated)} between ", low, " and ", high]
        case ast.TextTest(subject, negated, op, sought):
            return [subject, f"{_not(negated)} {op.value} ", sought]
        case ast.IsSet(subject, negated):
            return [subject, f" is{_not(negated)} set"]
        case ast.DateTest(subject, negated, op, moment):
            return [subject, f"{_not(negated)} {op.value} ", moment]
        case ast.Distance(subject, negated, more, length, side, anchor):
            words = f"{_not(negated)} {'more' if more else 'less'} than {duration(length)} {side.value}"
            return [subject, words] if anchor is None else [subject, words + " ", anchor]
        case ast.WithinWindow(subject, negated, w):
            return [subject, f"{_not(negated)} within {window(w)}"]
        case ast.Near(subject, negated, length, side, anchor):
            return [subject, f"{_not(negated)} within {duration(length)} {side.value} ", anchor]
        case ast.Below(subject, negated, strictly, nodes):
            return [subject, f"{_not(negated)} {'under' if strictly else 'within'} ", nodes]
        case _:
            assert_never(node)


def _value(
    node: ast.Text | ast.Number | ast.Date | ast.Instant | ast.Truth | ast.Today | ast.Now | ast.Relative | ast.Path
    | ast.Call | ast.Duration | ast.Rolling | ast.CalendarUnit,
) -> list[Piece]:  # fmt: skip
    match node:
        case ast.Text():
            return [text(node)]
        case ast.Number(value):
            return [format(value, "f")]
        case ast.Date(value):
            return [value.isoformat()]
        case ast.Instant():
            return [instant(node)]
        case ast.Truth(value):
            return ["true" if value else "false"]
        case ast.Today():
            return ["today"]
        case ast.Now():
            return ["now"]
        case ast.Relative(length, ago):
            return [f"{duration(length)} {'ago' if ago else 'from now'}"]
        case ast.Path():
            return [path(node)]
        case ast.Call(p, arguments):
            return [path(p), "(", *_arguments(arguments), ")"]
        case ast.Duration():
            return [duration(node)]
        case ast.Rolling() | ast.CalendarUnit():
            return [window(node)]
        case _:
            assert_never(node)


def argument(a: ast.Argument) -> list[Piece]:
    return [a.value] if a.name is None else [f"{name(a.name, free=True)}: ", a.value]


def entry(e: scripts.Entry) -> list[Piece]:
    return [f"{path(e.path, key=True)}: ", e.value]


def _not(negated: bool) -> str:
    return " not" if negated else ""


def _part(query: ast.Query, *in_brackets: type[ast.Query]) -> Piece:
    return Bracketed(query) if isinstance(query, in_brackets) else query


def _where(where: ast.Query | None) -> list[Piece]:
    return [] if where is None else [" (", where, ")"]


def _joined(parts: list[Piece], between: str) -> list[Piece]:
    out: list[Piece] = []
    for part in parts:
        out += (between, part) if out else (part,)
    return out


def _arguments(arguments: tuple[ast.Argument, ...]) -> list[Piece]:
    return [piece for i, a in enumerate(arguments) for piece in ([", "] if i else []) + argument(a)]


def _entries(record: scripts.Record) -> list[Piece]:
    return [piece for i, e in enumerate(record.entries) for piece in ([", "] if i else []) + entry(e)]
