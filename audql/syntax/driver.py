"""Tokens → what the builders make of them: runs the LALR tables, without recursion, and recovers from mistakes.

Recovery is yacc's panic mode with balanced brackets (`brackets` sees to that before): back to the nearest state that
has a place for ERROR, on to the next token that can follow there.
"""

from bisect import bisect_right
from collections.abc import Callable
from functools import cache

from audql.diagnostics import Diagnostic
from audql.source import Source, Span
from audql.syntax import building, explaining, repairs
from audql.syntax.ast import Broken
from audql.syntax.brackets import begins_clause, surely_begins_clause
from audql.syntax.building import Builder
from audql.syntax.tables import END, Tables, load
from audql.syntax.tokens import Token
from audql.syntax.words import STARTS

_CALM_AFTER = 3  # tokens read in peace before a mistake is taken for a new one and not for a trace of the last
_SEQUENCES = {"items", "clauses", "steps"}
_OPENING = {"LPAR", "LBRACE", "LSQB"}
_CLOSING = {"RPAR", "RBRACE", "RSQB"}

_Kept = tuple[list[int], list[object], list[int], list[int]]
_Rule = tuple[str, int, Builder | None, tuple[int, ...]]


@cache
def _tables() -> Tables:
    return load()


@cache
def _rules(start: str) -> list[_Rule]:
    """The rules of the tables with what builds their nodes. A query meets no rule of scripts, whose nodes are many."""
    builders, tolerant = building.BUILDERS, building.TOLERANT
    if start != "query":
        from audql.syntax import building_scripts

        builders, tolerant = building_scripts.BUILDERS, building_scripts.TOLERANT
    return [
        (made, length, builders.get(builder), tolerant.get(builder, ())) for made, length, builder in _tables().rules
    ]


class Run:
    """One run of the automaton over the tokens of a source, which end in `$END` and whose brackets are balanced."""

    __slots__ = (
        "_damaged", "_doubtful", "_ends", "_rows", "_rules", "_starts", "_values", "calm", "name_at", "report",
        "source", "states", "tokens",
    )  # fmt: skip

    def __init__(
        self,
        source: Source,
        tokens: list[Token],
        start: str,
        report: Callable[[Diagnostic], None],
        doubtful: list[tuple[int, int]],
        *,
        damaged: bool,
    ) -> None:
        tables = _tables()
        self._rules = _rules(start)
        self._rows = tables.rows
        self.source = source
        self.tokens = tokens
        self.report = report
        self.states = [tables.starts[start]]
        # INVARIANT: one value, start and end for each state but the first.
        self._values: list[object] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._doubtful = doubtful  # offsets between which a mistake of brackets is reported already
        self._damaged = damaged  # whether a value may be Broken
        self.calm = _CALM_AFTER
        self.name_at = (-2, 0)  # the last word read as a name: its index, and how many states there were before it

    def run(self) -> object:
        at = 0
        while True:
            token = self.tokens[at]
            kind = token.kind
            if token.keyword:
                kind = self._kind(token, at)
            states = len(self.states)
            if self.feed(token, kind):
                if kind == "NAME":
                    self.name_at = (at, states)
                elif kind == END:
                    return self._values[-2]
                self.calm += 1
                at += 1
                continue
            at = self._mistake(at)
            if at < 0:
                return Broken(Span(self.source, 0, len(self.source.text)))

    def _kind(self, token: Token, at: int) -> str:
        """What a word is here that is a keyword where the grammar has a place for it."""
        if token.keyword in self._rows[self.states[-1]]:
            return token.keyword
        if at and token.keyword in STARTS and surely_begins_clause(self.source, self.tokens, at):
            return token.keyword  # which is a mistake here; the name that it could be would be a stranger one
        return token.kind

    def feed(self, token: Token, kind: str) -> bool:
        """Reads a token as a terminal; False if it cannot come here."""
        states = self.states
        while True:
            action = self._rows[states[-1]].get(kind)
            if action is None:
                return False
            if action >= 0:
                states.append(action)
                self._values.append(token)
                self._starts.append(token.start)
                self._ends.append(token.end)
                return True
            self._reduce(self._rules[-action - 1])

    def _reduce(self, rule: _Rule) -> None:
        made, length, builder, tolerant = rule
        states = self.states
        if builder is None:  # a symbol for another one: the value stays
            states[-1] = self._rows[states[-2]][made]
            return
        values, starts, ends = self._values, self._starts, self._ends
        if length == 0:
            end = ends[-1] if ends else 0
            values.append(builder(Span(self.source, end, end)))
            starts.append(end)
            ends.append(end)
        else:
            span = Span(self.source, starts[-length], ends[-1])
            children = values[-length:]
            if self._damaged and _any_broken(children, tolerant):
                value: object = Broken(span)
            else:
                value = builder(span, *children)
            del states[-length:], values[-length:], starts[-length:], ends[-length:]
            values.append(value)
            starts.append(span.start)
            ends.append(span.end)
        states.append(self._rows[states[-1]][made])

    # --- mistakes -----------------------------------------------------------------------------------------------------

    def accepts(self, *kinds: str) -> bool:
        """Whether these terminals could be read here, one after another."""
        states = self.states[:]
        for kind in kinds:
            while True:
                action = self._rows[states[-1]].get(kind)
                if action is None:
                    return False
                if action >= 0:
                    states.append(action)
                    break
                made, length, _, _ = self._rules[-action - 1]
                if length:
                    del states[-length:]
                states.append(self._rows[states[-1]][made])
        return True

    def accepts_token(self, token: Token, *before: str) -> bool:
        """Whether a token could be read here, behind these terminals."""
        return self.accepts(*before, token.kind) or bool(token.keyword and self.accepts(*before, token.keyword))

    def expected(self) -> set[str]:
        """The terminals that could be read here."""
        row = self._rows[self.states[-1]]
        return {kind for kind in row if (kind.isupper()) and kind != "ERROR" and self.accepts(kind)}

    def feed_broken(self, token: Token, kind: str) -> None:
        """Reads a token whose value cannot be used, which is reported."""
        self._damaged = True
        self.feed(token._replace(text=""), kind)

    def go_back(self, states: int) -> _Kept:
        """Goes back to when there were so many states; returns what `restore` needs to undo that."""
        kept = (self.states[states:], self._values[states - 1 :], self._starts[states - 1 :], self._ends[states - 1 :])
        del self.states[states:], self._values[states - 1 :], self._starts[states - 1 :], self._ends[states - 1 :]
        return kept

    def restore(self, kept: _Kept) -> None:
        states, values, starts, ends = kept
        self.states += states
        self._values += values
        self._starts += starts
        self._ends += ends

    def _mistake(self, at: int) -> int:
        """Reports the token that cannot come here and repairs or skips it; the index to go on at, -1 at the end."""
        token = self.tokens[at]
        reported = token.kind == "BAD" or (token.start == token.end and token.kind != END)
        reported = reported or (not token.text and token.kind != END)
        reported = reported or self._is_doubtful(token.start)
        if not reported and self.calm >= _CALM_AFTER:
            repaired = repairs.repair(self, at)
            if repaired is not None:
                return repaired
            self.report(explaining.unexpected(self, at))
        self.calm = 0
        self._damaged = True
        return self._panic(at)

    def _is_doubtful(self, offset: int) -> bool:
        i = bisect_right(self._doubtful, (offset, len(self.source.text) + 1))
        return i > 0 and offset < self._doubtful[i - 1][1]

    def _panic(self, at: int) -> int:
        first, closers = self._to_error_place()
        if first < 0:
            return -1
        source_start = min(first, self.tokens[at].start)
        self.feed(Token("ERROR", source_start, max(source_start, self._end_before(at)), ""), "ERROR")
        while True:
            token = self.tokens[at]
            if token.kind == END:
                return at if self.accepts(END) else -1
            if token.kind in _CLOSING and closers:
                closers -= 1
            elif self._resumes(at):
                self._ends[-1] = max(self._starts[-1], self._end_before(at))
                if token.keyword in STARTS:
                    self.calm = _CALM_AFTER
                return at
            elif token.kind in _OPENING:
                at = self._closing(at)
            at += 1

    def _end_before(self, at: int) -> int:
        return self.tokens[at - 1].end if at else self.tokens[at].start

    def _to_error_place(self) -> tuple[int, int]:
        """Goes back to a state that can read ERROR: where that begins, and how many open brackets were forgotten."""
        start, opened = len(self.source.text), 0
        while True:
            row = self._rows[self.states[-1]]
            action = row.get("ERROR", 0)
            if action < 0 and self._rules[-action - 1][0] in _SEQUENCES and self._rules[-action - 1][1] == 0:
                self._reduce(self._rules[-action - 1])
                continue
            if action > 0:
                return start, opened
            if len(self.states) == 1:
                return -1, opened
            value = self._values[-1]
            opened += isinstance(value, Token) and value.kind in _OPENING
            opened -= isinstance(value, Token) and value.kind in _CLOSING
            start = self._starts[-1]
            self.go_back(len(self.states) - 1)

    def _resumes(self, at: int) -> bool:
        """Whether reading can go on with a token, behind an ERROR."""
        token = self.tokens[at]
        if token.kind == "NAME":
            if not token.keyword or not self.accepts(token.keyword):
                return False
            return token.keyword not in STARTS or begins_clause(self.source, self.tokens, at)
        return self.accepts(token.kind)

    def _closing(self, at: int) -> int:
        """The index of the bracket that closes the one at an index."""
        depth = 0
        while True:
            kind = self.tokens[at].kind
            depth += (kind in _OPENING) - (kind in _CLOSING)
            if depth == 0 or kind == END:
                return at
            at += 1


def _any_broken(children: list[object], tolerant: tuple[int, ...]) -> bool:
    for i, child in enumerate(children):
        if i in tolerant:
            continue
        if type(child) is Broken or (type(child) is list and any(type(c) is Broken for c in child)):
            return True
    return False
