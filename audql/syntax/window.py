"""The tokens around a place, as the recognisers of habits read and rewrite them."""

from collections.abc import Callable

from audql.diagnostics import Diagnostic
from audql.source import Source, Span
from audql.syntax.brackets import first_on_line
from audql.syntax.tokens import Token
from audql.syntax.words import SPELLED, STARTS, words

LITERALS = frozenset({"TEXT", "INT", "NUMBER", "DATE", "INSTANT"})
# What a condition can begin behind.
BEFORE_CONDITION = frozenset({"", "AND", "OR", "NOT", "LPAR", "COMMA", "EQ"})
COMPARING = frozenset(
    words(
        "EQ NE LT LE GT GE IN BETWEEN CONTAINS CONTAINS_WORD STARTS_WITH ENDS_WITH MATCHES BEFORE AFTER ON WITHIN"
        " ON_OR_BEFORE ON_OR_AFTER UNDER MORE_THAN LESS_THAN IS"
    )
)
# What a condition can end with.
ENDS_OF_CONDITIONS = LITERALS | {"NAME", "RPAR", "SET", "AGO", "FROM_NOW", "TODAY", "NOW", "TRUE", "FALSE"}
_FARTHEST = 40  # how many tokens a quotation of the writer's own text goes over
_OPENING = {"LPAR", "LBRACE", "LSQB"}
_CLOSING = {"RPAR", "RBRACE", "RSQB"}
_NOTHING = Token("", 0, 0, "")


def ends_condition(token: Token) -> bool:
    """Whether a condition has ended before a token."""
    return token.kind in ("AND", "OR", "RPAR", "RBRACE", "COMMA", "$END") or token.keyword in STARTS


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
        first, last = self._subject(skipped)
        return self.source.text[self.out[first].start : self.out[last].end] if first >= 0 else ""

    def _subject(self, skipped: int = 0) -> tuple[int, int]:
        """Where in `out` that field or call begins and ends."""
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
        return i, first

    def after_lone_subject(self) -> bool:
        """Whether a condition begins with a field or a call that ends before the present token."""
        if not self.after_subject():
            return False
        first, _ = self._subject()
        return first >= 0 and self.out[first].kind == "NAME" and self.begins_condition(len(self.out) - first)

    def begins_condition(self, count: int = 0) -> bool:
        """Whether a condition begins at the present token, or so many tokens before it."""
        before = self.back(count + 1)
        if not before.kind:
            return self.start == "query"
        return before.kind in BEFORE_CONDITION or before.keyword == "WHERE"

    def last_subject(self) -> list[Token]:
        """The field or call that the condition before the present token is about; nothing where that is not clear."""
        i, depth = len(self.out) - 1, 0
        while i >= 0 and len(self.out) - i < _FARTHEST:
            token = self.out[i]
            depth += (token.kind == "RPAR") - (token.kind == "LPAR")
            between = token.kind == "AND" and any(t.kind == "BETWEEN" for t in self.out[max(0, i - 4) : i])
            if depth < 0 or (depth == 0 and not between and self._joins(token)):
                break
            i -= 1
        i += 1
        first = i = i + (self.out[i : i + 1] != [] and self.out[i].kind == "NOT")
        while i + 1 < len(self.out) and self.out[i].kind == "NAME" and self.out[i + 1].kind == "DOT":
            i += 2
        if i >= len(self.out) or self.out[i].kind != "NAME":
            return []
        if i + 1 < len(self.out) and self.out[i + 1].kind == "LPAR":
            depth = 1
            i += 1
            while depth and i + 1 < len(self.out):
                i += 1
                depth += (self.out[i].kind == "LPAR") - (self.out[i].kind == "RPAR")
        return self.out[first : i + 1]

    def _joins(self, token: Token) -> bool:
        return token.kind in ("AND", "OR", "COMMA") or token.keyword == "WHERE"

    def rest(self, count: int = 0) -> int:
        """How many tokens from the present one there are to the end of the condition that goes on so many behind it."""
        while True:
            token = self.ahead(count)
            if token.kind in _OPENING:
                count = self.closing(count)
            elif token.kind in ("AND", "OR", "COMMA", "$END", "") or token.kind in _CLOSING or token.keyword in STARTS:
                return count
            count += 1

    def parts(self, count: int) -> list[str]:
        """What stands between the commas in the bracket that opens so many tokens behind the present one."""
        end = self.closing(count)
        found, first, depth = [], count + 1, 0
        for i in range(count + 1, end + 1):
            depth += (self.ahead(i).kind in _OPENING) - (self.ahead(i).kind in _CLOSING)
            if i == end or (depth == 0 and self.ahead(i).kind == "COMMA"):
                found.append(self.quote(first, i))
                first = i + 1
        return found

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

    def begins_line(self) -> bool:
        """Whether the present token is the first on its line."""
        return first_on_line(self.source, self.ahead(0))

    def in_clause(self, keyword: str) -> bool:
        """Whether the clause that is being read begins with that word."""
        start = next((t.keyword for t in reversed(self.out[-_FARTHEST:]) if t.keyword in STARTS), "")
        return start == keyword
