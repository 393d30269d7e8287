"""Tokens with balanced brackets → tokens that nest no deeper than the limit, so that later phases may recurse.

A level is a bracket around a condition, a `not`, a record or an array; the brackets that the formatter writes where
`and` stands within `or` are none.
"""

from collections.abc import Callable
from dataclasses import dataclass

from audql.diagnostics import Diagnostic
from audql.source import Source
from audql.syntax import messages
from audql.syntax.brackets import surely_begins_clause
from audql.syntax.tokens import Token
from audql.syntax.words import STARTS

MOST_LEVELS = 256

_OPENING = {"LPAR", "LBRACE", "LSQB"}
_CLOSING = {"RPAR", "RBRACE", "RSQB"}
_BEFORE_CONDITION = frozenset({"AND", "OR", "NOT", "LPAR", "COMMA", "OF", "EQ"})


@dataclass(slots=True)
class _Frame:
    """What is open: its level, the `not`s before what is read now, how many calls it is in."""

    level: int
    nots: int = 0
    calls: int = 0


def limit_nesting(source: Source, tokens: list[Token], report: Callable[[Diagnostic], None]) -> list[Token]:
    """Puts ERROR in place of what is nested too deep, and reports it."""
    if sum(t.kind in _OPENING or t.kind == "NOT" for t in tokens) <= MOST_LEVELS:
        return tokens
    closing, conjunctions = _pairs(tokens)
    out: list[Token] = []
    frames = [_Frame(0)]
    told = False  # once for each clause or item

    def tell(token: Token) -> None:
        nonlocal told
        if not told:
            report(messages.nested_too_deep(token.span(source), MOST_LEVELS))
        told = True

    at = 0
    while at < len(tokens):
        token = tokens[at]
        top = frames[-1]
        if token.kind in _OPENING:
            frame = _opened(tokens, at, top, free=at in conjunctions and _is_formatters(tokens, at, closing[at]))
            if frame.level + max(0, frame.calls - 1) > MOST_LEVELS:
                end = closing[at]
                tell(token)
                out += [token, Token("ERROR", token.end, tokens[end].start, ""), tokens[end]]
                at = end + 1
                continue
            frames.append(frame)
        elif token.kind in _CLOSING:
            frames.pop()
        elif token.kind == "NOT" and _is_prefix(tokens, at):
            if top.level + top.nots >= MOST_LEVELS:
                tell(token)
                while tokens[at].kind == "NOT":
                    at += 1
                out.append(Token("BAD", token.start, tokens[at - 1].end, ""))
                continue
            top.nots += 1
        elif token.kind in ("AND", "OR", "COMMA"):
            top.nots = 0
        elif token.keyword in STARTS and surely_begins_clause(source, tokens, at):
            top.nots, told = 0, False
        out.append(token)
        at += 1
    return out


def _opened(tokens: list[Token], at: int, outer: _Frame, *, free: bool) -> _Frame:
    """The frame of the bracket at an index."""
    before = tokens[at - 1].kind if at else ""
    level = outer.level + outer.nots
    if tokens[at].kind == "LPAR":
        if before == "NAME" and not _is_quantified(tokens, at):
            return _Frame(level, calls=outer.calls + 1)
        if before != "NAME" and before not in _BEFORE_CONDITION and before:
            return _Frame(level, calls=outer.calls)  # a list
        if free:
            return _Frame(level)
    elif tokens[at].kind == "LBRACE" and before in ("TEXT", "DATE"):
        return _Frame(level)  # the body of an audience or a test
    return _Frame(level + 1, calls=outer.calls)


def _is_quantified(tokens: list[Token], at: int) -> bool:
    """Whether the path before a bracket has `any`, `at least 2` or the like before it."""
    at -= 1
    while at > 1 and tokens[at].kind == "NAME" and tokens[at - 1].kind == "DOT":
        at -= 2
    return at > 0 and tokens[at - 1].kind in ("ANY", "EVERY", "NO", "INT")


def _is_formatters(tokens: list[Token], at: int, end: int) -> bool:
    """Whether a bracket is written where the formatter would write it if it were not there: `a or (b and c)`."""
    before = tokens[at - 1].kind if at else ""
    after = tokens[end + 1].kind
    return "OR" in (before, after) and before not in ("AND", "NOT") and after != "AND"


def _is_prefix(tokens: list[Token], at: int) -> bool:
    """Whether a `not` negates a condition, and is not the one of `not in` or `is not set`."""
    before = tokens[at - 1] if at else None
    return before is None or before.kind in _BEFORE_CONDITION or before.keyword == "WHERE"


def _pairs(tokens: list[Token]) -> tuple[dict[int, int], set[int]]:
    """Of each opening bracket's index, that of its closing one; and those with `and` between them, and no `or`."""
    pairs: dict[int, int] = {}
    conjunctions: set[int] = set()
    opened: list[tuple[int, set[str]]] = []
    for i, token in enumerate(tokens):
        if token.kind in _OPENING:
            opened.append((i, set()))
        elif token.kind in ("AND", "OR") and opened:
            opened[-1][1].add(token.kind)
        elif token.kind in _CLOSING and opened:
            start, words = opened.pop()
            pairs[start] = i
            if words == {"AND"}:
                conjunctions.add(start)
    return pairs, conjunctions
