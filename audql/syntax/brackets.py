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
    run = _Run(source, tokens, report)
    for at in range(len(tokens)):
        run.read(at)
    return Balanced(run.out, _clauses_of(source, tokens, run.mistakes) if run.mistakes else [])


class _Run:
    """What is read so far: `out` is balanced but for the brackets that are `opened`."""

    __slots__ = ("_braces", "_headed", "_torn", "mistakes", "opened", "out", "report", "source", "tokens")

    def __init__(self, source: Source, tokens: list[Token], report: Callable[[Diagnostic], None]) -> None:
        self.source, self.tokens, self.report = source, tokens, report
        self.out: list[Token] = []
        self.opened: list[Token] = []
        self.mistakes: list[int] = []
        self._braces = 0  # how many of them are `{`
        self._headed = False  # whether the head of an audience or a test was read, and not yet its `{`
        self._torn = -1  # where the last text begins that has no closing quote: brackets may be in it

    def read(self, at: int) -> None:
        token = self.tokens[at]
        if token.kind == "TEXT" and not token.text:
            self._torn = token.start
        if self._headed and token.keyword in _IN_BRACES and begins_clause(self.source, self.tokens, at):
            self._open_braces(token)
        if token.kind in _CLOSER:
            self._headed = False
            self.opened.append(token)
            self._braces += token.kind == "LBRACE"
        elif token.kind in _OPENER:
            closing = self._close(token)
            if closing is None:
                return
            token = closing
        elif token.kind == "$END":
            self._close_all_above(0, self.out[-1].end if self.out else 0)
        elif not self.opened and token.keyword in ("AUDIENCE", "TEST") and self.tokens[at + 1].kind == "TEXT":
            self._headed = True
        elif self.opened and token.keyword in STARTS and surely_begins_clause(self.source, self.tokens, at):
            self._close_before(token)
        self.out.append(token)

    def _open_braces(self, token: Token) -> None:
        """Puts in the `{` that is missing before the first clause."""
        self.report(messages.missing_brace(token.span(self.source), token.text))
        end = self.out[-1].end
        self.opened.append(Token("LBRACE", end, end, "{"))
        self.out.append(self.opened[-1])
        self._braces, self._headed = self._braces + 1, False

    def _close(self, token: Token) -> Token | None:
        """The closing bracket, as one of the kind that is open; None where it closes nothing."""
        depth = _matching(self.opened, _OPENER[token.kind], self._braces)
        if depth >= 0:
            self._close_all_above(depth + 1, token.start)
            self._braces -= self.opened.pop().kind == "LBRACE"
            return token
        if self.opened and {token.kind, self.opened[-1].kind} <= _ROUND_OR_SQUARE:
            bracket = self.opened[-1]
            if bracket.start < bracket.end:
                self.opened.pop()
                self.report(messages.closed_by_another(token.span(self.source), bracket.text, token.text))
                return token._replace(kind=_CLOSER[bracket.kind], text=SPELLED[_CLOSER[bracket.kind]])
        self.report(messages.unopened_bracket(token.span(self.source), token.text))
        self.mistakes.append(token.start)
        return None

    def _close_before(self, token: Token) -> None:
        """Closes what the clause or the item before has left open."""
        end = self.out[-1].end
        if token.keyword in ITEM_STARTS:
            self._close_all_above(0, end)
            self._headed = token.keyword in ("AUDIENCE", "TEST")
        elif self.opened[0].kind == "LBRACE" and (len(self.opened) == 1 or self.opened[1].kind != "LBRACE"):
            self._close_all_above(1, end)

    def _close_all_above(self, depth: int, at: int) -> None:
        while len(self.opened) > depth:
            bracket = self.opened.pop()
            self._braces -= bracket.kind == "LBRACE"
            if bracket.kind != "LBRACE" and bracket.start < self._torn:  # reported as that
                self.mistakes.append(bracket.start)
            elif bracket.start < bracket.end:  # else it was put in above, and its message given
                self.report(messages.unclosed_bracket(bracket.span(self.source), bracket.text))
                if bracket.kind != "LBRACE" or self._braces:  # an audience's body does end where the next item begins
                    self.mistakes.append(bracket.start)
            kind = _CLOSER[bracket.kind]
            self.out.append(Token(kind, at, at, SPELLED[kind]))


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
