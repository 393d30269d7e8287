"""Tokens → tokens whose brackets are balanced; each repair is reported once.

So the parser always finds the end of what it skips, and a bracket that was forgotten costs no more than itself.
"""

from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

from audql.diagnostics import Diagnostic
from audql.source import Source
from audql.syntax import messages
from audql.syntax.tokens import Token
from audql.syntax.words import CLAUSE_STARTS, ITEM_STARTS, SPELLED, STARTS, words

_IN_BRACES = CLAUSE_STARTS | {"GIVEN", "MEMBER"}
_CLOSER = {"LPAR": "RPAR", "LBRACE": "RBRACE", "LSQB": "RSQB"}
_OPENER = {closer: opener for opener, closer in _CLOSER.items()}
_ROUND_OR_SQUARE = frozenset({"LPAR", "RPAR", "LSQB", "RSQB"})
_NO_CLAUSE_BEFORE = frozenset(words("EQ NE LT LE GT GE DOT COMMA COLON IN NOT IS CONTAINS AND OR RPAR"))
_WHAT_FOLLOWS = {
    "WHERE": "", "ENROL": "IN", "WHEN": "LEAVING", "MEMBERSHIP": "", "NOTIFY": "NAME", "ACTIVE": "", "LET": "NAME",
    "DEFINE": "NAME",
}  # fmt: skip


class Balanced(NamedTuple):
    tokens: list[Token]
    doubtful: list[
        tuple[int, int]
    ]  # where the clauses are whose brackets are a guess: more mistakes there may be traces


def balance(source: Source, tokens: list[Token], report: Callable[[Diagnostic], None]) -> Balanced:
    """Closes what is not closed, drops closing brackets that close nothing."""
    mistakes: list[int] = []
    out: list[Token] = []
    opened: list[Token] = []
    braces = 0  # how many of them are `{`
    headed = False  # whether the head of an audience or a test was read, and not yet its `{`

    torn = -1  # where the last text begins that has no closing quote: brackets may be in it

    def close_all_above(depth: int, at: int) -> None:
        nonlocal braces
        while len(opened) > depth:
            bracket = opened.pop()
            braces -= bracket.kind == "LBRACE"
            if bracket.kind != "LBRACE" and bracket.start < torn:  # reported as that
                mistakes.append(bracket.start)
            elif bracket.start < bracket.end:  # else it was put in above, and its message given
                report(messages.unclosed_bracket(bracket.span(source), bracket.text))
                if bracket.kind != "LBRACE" or braces:  # the body of an audience does end where the next item begins
                    mistakes.append(bracket.start)
            kind = _CLOSER[bracket.kind]
            out.append(Token(kind, at, at, SPELLED[kind]))

    for i, token in enumerate(tokens):
        kind = token.kind
        if kind == "TEXT" and not token.text:
            torn = token.start
        if headed and token.keyword in _IN_BRACES and begins_clause(source, tokens, i):
            report(messages.missing_brace(token.span(source), token.text))
            opened.append(Token("LBRACE", out[-1].end, out[-1].end, "{"))
            out.append(opened[-1])
            braces, headed = braces + 1, False
        if kind in _CLOSER:
            headed = False
            opened.append(token)
            braces += kind == "LBRACE"
        elif kind in _OPENER:
            depth = _matching(opened, _OPENER[kind], braces)
            if (
                depth < 0
                and opened
                and {kind, opened[-1].kind} <= _ROUND_OR_SQUARE
                and opened[-1].start < opened[-1].end
            ):
                bracket = opened.pop()
                report(messages.closed_by_another(token.span(source), bracket.text, token.text))
                token = token._replace(kind=_CLOSER[bracket.kind], text=SPELLED[_CLOSER[bracket.kind]])
                out.append(token)
                continue
            if depth < 0:
                report(messages.unopened_bracket(token.span(source), token.text))
                mistakes.append(token.start)
                continue
            close_all_above(depth + 1, token.start)
            braces -= opened.pop().kind == "LBRACE"
        elif kind == "$END":
            close_all_above(0, out[-1].end if out else 0)
        elif not opened and token.keyword in ("AUDIENCE", "TEST") and tokens[i + 1].kind == "TEXT":
            headed = True
        elif opened and token.keyword in STARTS and surely_begins_clause(source, tokens, i):
            end = out[-1].end
            if token.keyword in ITEM_STARTS:
                close_all_above(0, end)
                headed = token.keyword in ("AUDIENCE", "TEST")
            elif opened[0].kind == "LBRACE" and (len(opened) == 1 or opened[1].kind != "LBRACE"):
                close_all_above(1, end)
        out.append(token)
    return Balanced(out, _clauses_of(source, tokens, mistakes) if mistakes else [])


def _clauses_of(source: Source, tokens: list[Token], mistakes: list[int]) -> list[tuple[int, int]]:
    """From where to where the clauses, or items without clauses, go in which there are these mistakes."""
    starts = [t.start for i, t in enumerate(tokens) if t.keyword in STARTS and surely_begins_clause(source, tokens, i)]
    bounds = [0, *starts, len(source.text) + 1]
    found = []
    for mistake in mistakes:
        i = bisect_right(bounds, mistake)
        found.append((bounds[i - 1], bounds[min(i, len(bounds) - 1)]))
    return sorted(set(found))


def _matching(opened: list[Token], kind: str, braces: int) -> int:
    """Where the innermost open bracket of a kind is; -1 if there is none that this can close."""
    if kind == "LBRACE":
        return next(d for d in range(len(opened) - 1, -1, -1) if opened[d].kind == kind) if braces else -1
    for depth in range(len(opened) - 1, max(-1, len(opened) - 4), -1):
        if opened[depth].kind == kind:
            return depth
        if opened[depth].kind == "LBRACE":  # `)` never reaches out of `{`
            return -1
    return -1


def begins_clause(source: Source, tokens: list[Token], at: int) -> bool:
    """Whether a clause or an item plausibly begins at a word that can begin one, by the next word and the line."""
    token, following = tokens[at], tokens[at + 1]
    if following.kind in _NO_CLAUSE_BEFORE and not (token.keyword == "ENROL" and following.kind == "IN"):
        return False
    if following.kind == "NOT" and token.keyword != "WHERE":
        return False
    if first_on_line(source, token):
        return True
    wanted = _WHAT_FOLLOWS.get(token.keyword, "TEXT")
    if token.keyword in ("GIVEN", "MEMBER"):
        wanted = "LBRACE"
    elif token.keyword == "MEMBERS" and following.keyword == "FROM":
        return True
    return wanted in ("", following.kind, following.keyword)


def surely_begins_clause(source: Source, tokens: list[Token], at: int) -> bool:
    """Whether a word can be nothing else than the first of a clause or an item: nothing valid looks like that."""
    if not first_on_line(source, tokens[at]) or tokens[at - 1].kind in ("IN", "DOT", "LBRACE", "COMMA"):
        return False
    following = tokens[at + 1]
    match tokens[at].keyword:
        case "LET":
            return following.kind == "NAME" and tokens[at + 2].kind == "EQ"
        case "DEFINE" | "NOTIFY":
            return following.kind == "NAME"
        case "WHERE":
            return following.kind in ("NAME", "ANY", "EVERY", "NO", "AT_LEAST", "AT_MOST", "EXACTLY")
        case "ENROL":
            return following.kind == "IN" and tokens[at + 2].kind == "NAME"
        case "WHEN":
            return following.keyword == "LEAVING"
        case "ACTIVE" | "MEMBERSHIP":
            return following.kind in ("ADD_ONLY", "REMOVE_ONLY") or following.keyword in ("PAUSED", "FROM", "UNTIL")
        case _:
            return following.kind == "TEXT"


def first_on_line(source: Source, token: Token) -> bool:
    text = source.text
    at = token.start - 1
    while at >= 0 and text[at] in " \t":
        at -= 1
    return at < 0 or text[at] in "\r\n"
