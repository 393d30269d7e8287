"""The tokens around a place, as the recognisers of habits read and rewrite them."""

from collections.abc import Callable

from audql.diagnostics import Diagnostic
from audql.source import Source, Span
from audql.syntax.tokens import Token
from audql.syntax.words import SPELLED

LITERALS = frozenset({"TEXT", "INT", "NUMBER", "DATE", "INSTANT"})
# What a condition can begin behind.
BEFORE_CONDITION = frozenset({"", "AND", "OR", "NOT", "LPAR", "COMMA", "EQ"})
_FARTHEST = 40  # how many tokens a quotation of the writer's own text goes over
_OPENING = {"LPAR", "LBRACE", "LSQB"}
_CLOSING = {"RPAR", "RBRACE", "RSQB"}
_NOTHING = Token("", 0, 0, "")


class Window:
    """`tokens[at:]` is still to be read, `out` is what was made of those before."""

    __slots__ = ("_partners", "at", "opened", "out", "report", "source", "start", "tokens")

    def __init__(self, source: Source, tokens: list[Token], start: str, report: Callable[[Diagnostic], None]) -> None:
        self.source = source
        self.tokens = tokens
        self.start = start
        self.report = report
        self.at = 0
        self.out: list[Token] = []
        self._partners: dict[int, int] = {}
        self.opened: list[str] = []  # the kinds of the brackets that are open in `out`

    def ahead(self, count: int) -> Token:
        """The token so many behind the present one; an empty one behind the end."""
        index = self.at + count
        return self.tokens[index] if index < len(self.tokens) else _NOTHING

    def back(self, count: int = 1) -> Token:
        return self.out[-count] if count <= len(self.out) else _NOTHING

    def span(self, count: int = 1) -> Span:
        """From the present token over so many."""
        return Span(self.source, self.ahead(0).start, self.ahead(count - 1).end)

    def replace(self, count: int, *kinds: str | Token) -> None:
        """Reads so many tokens as these: tokens, or kinds that are spelt in one way."""
        start, end = self.ahead(0).start, self.ahead(count - 1).end
        for kind in kinds:
            if isinstance(kind, Token):
                self.out.append(kind)
            else:
                self.out.append(Token(kind, start, end, SPELLED.get(kind, kind)))
        self.at += count

    def partner(self) -> int:
        """The index of the bracket that closes the present one."""
        if not self._partners:
            opened: list[int] = []
            for i, token in enumerate(self.tokens):
                if token.kind in _OPENING:
                    opened.append(i)
                elif token.kind in _CLOSING:
                    self._partners[opened.pop()] = i
        return self._partners[self.at]

    def defines(self) -> bool:
        """Whether the present `=` is the one of a `let` or a `define`."""
        if self.back().kind == "NAME":
            return self.back(2).keyword == "LET"
        for i in range(2, min(len(self.out), 2 * _FARTHEST)):
            if self.back(i).kind == "LPAR":
                return self.back(i + 2).keyword == "DEFINE"
        return False

    def after_subject(self) -> bool:
        """Whether a field or a call, or `not` behind one, ends before the present token."""
        last = self.back(2) if self.back().kind == "NOT" else self.back()
        return last.kind in ("NAME", "RPAR") and last.keyword != "WHERE"

    def subject(self, skipped: int = 0) -> str:
        """The text of the field or call that ends before the present token (and so many more, and a `not`)."""
        end = i = len(self.out) - 1 - skipped
        if i >= 0 and self.out[i].kind in ("NOT", "IS"):
            i -= 1
        first = i
        if i >= 0 and self.out[i].kind == "RPAR":
            depth = 0
            while i >= 0 and end - i < _FARTHEST:
                depth += (self.out[i].kind == "RPAR") - (self.out[i].kind == "LPAR")
                i -= 1
                if depth == 0:
                    break
        while i > 0 and end - i < _FARTHEST and self.out[i].kind == "NAME" and self.out[i - 1].kind == "DOT":
            i -= 2
        if i < 0 or self.out[i].kind != "NAME":
            i = first
        return self.source.text[self.out[i].start : self.out[first].end] if i >= 0 else ""

    def operand(self, count: int) -> int:
        """How many tokens from the present one there are to the end of the value that begins so many behind it."""
        kind = self.ahead(count).kind
        if kind in _OPENING:
            return self.closing(count) + 1
        if kind == "INT" and self.ahead(count + 1).keyword == "UNIT":
            return count + 2 + (self.ahead(count + 2).kind in ("AGO", "FROM_NOW"))
        count += 1
        if kind == "NAME":
            while self.ahead(count).kind == "DOT" and self.ahead(count + 1).kind == "NAME":
                count += 2
            if self.ahead(count).kind == "LPAR":
                return self.closing(count) + 1
        return count

    def closing(self, count: int) -> int:
        """Where the bracket closes that opens so many tokens behind the present one, if it is not too far."""
        depth = 0
        for i in range(count, count + _FARTHEST):
            kind = self.ahead(i).kind
            depth += (kind in _OPENING) - (kind in _CLOSING)
            if depth == 0:
                return i
        return count + _FARTHEST - 1

    def quote(self, first: int, behind: int) -> str:
        """The text from one token to before another, both counted from the present one."""
        if behind <= first or not self.ahead(first).kind or self.ahead(first).kind == "$END":
            return "…"
        return self.source.text[self.ahead(first).start : self.ahead(behind - 1).end]

    def value(self, count: int) -> str:
        """The text of the value that begins so many tokens behind the present one."""
        return self.quote(count, self.operand(count))
