"""Pieces of text → lines of at most 100 columns where that can be, with the comments in their place.

A comment stays between the same conditions, clauses and items. One that stood within a single comparison moves
behind it.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import TypeAlias

from audql.source import Source
from audql.syntax import ast, scripts, spelling
from audql.syntax.spelling import Bracketed, Node, Piece, Spaced

WIDTH = 100
_STEP = 2


@dataclass(frozen=True, slots=True)
class Break:
    """A new line, indented so far; the comments of the source before an offset come first."""

    indent: int
    before: int = -1
    blank: bool = False  # whether an empty line comes first


@dataclass(frozen=True, slots=True)
class _At:
    """A node whose further lines are indented so far."""

    indent: int
    node: Node


_Work: TypeAlias = str | Break | _At


class Layout:
    """The lines written so far. `comments` are those of one source, in order."""

    __slots__ = ("_column", "_comments", "_next", "_out", "_source", "_starts")

    def __init__(self, comments: tuple[ast.Comment, ...] = (), source: Source | None = None) -> None:
        self._out: list[str] = []
        self._column = 0
        self._comments = comments
        self._starts = [c.span.start for c in comments]
        self._source = source
        self._next = 0  # the first comment that is not written yet

    def result(self) -> str:
        return "".join(self._out)

    @property
    def column(self) -> int:
        return self._column

    def write(self, text: str) -> None:
        self._out.append(text)
        self._column += len(text)

    def put(self, node: Node, indent: int) -> None:
        """Writes a node, over several lines where it must be."""
        work: list[_Work] = [_At(indent, node)]
        while work:
            item = work.pop()
            if isinstance(item, str):
                self.write(item)
            elif isinstance(item, Break):
                self.line(item)
            else:
                flat = None if self.must_break(item.node) else self.flat(item.node, WIDTH - self._column)
                if flat is not None:
                    self.write(flat)
                else:
                    work += reversed(_broken(item.node, item.indent))

    def texts(self, texts: tuple[ast.Text, ...], indent: int) -> None:
        """Writes texts with commas, as many on a line as it can hold."""
        for i, t in enumerate(texts):
            shown = spelling.text(t) + ("," if i < len(texts) - 1 else "")
            if i and self._column + 1 + len(shown) > WIDTH:
                self.line(Break(indent))
            elif i:
                self.write(" ")
            self.write(shown)

    def flat(self, node: Node, width: int) -> str | None:
        """The text of a node on one line, None if that is wider."""
        out: list[str] = []
        work: list[Piece] = [node]
        while work:
            piece = work.pop()
            if isinstance(piece, str):
                width -= len(piece)
                if width < 0:
                    return None
                out.append(piece)
            else:
                work += reversed(spelling.pieces(piece))
        return "".join(out)

    # --- lines and comments -------------------------------------------------------------------------------------------

    def line(self, to: Break) -> None:
        """Begins a new line, behind the comments that come before it."""
        own = self.comments_before(to.indent, to.before, blank=to.blank)
        self._new_line(to.indent, blank=self.had_blank(to.before) if own else to.blank)

    def comments_before(self, indent: int, before: int, *, blank: bool = False) -> bool:
        """Writes the comments before an offset; whether the last one has a line of its own."""
        first, own = True, False
        while self._next < len(self._comments) and self._comments[self._next].span.start < before:
            comment = self._comments[self._next]
            self._next += 1
            if first and self._out and not self._is_own_line(comment):
                self.write("  ")
            else:
                self._new_line(indent, blank=(blank and not own) or self.had_blank(comment.span.start))
                own = True
            self.write(f"# {comment.text}".rstrip())
            first = False
        return own

    def finish(self) -> None:
        """Writes the comments that are left, and ends the last line."""
        if self._comments:
            self.comments_before(0, self._comments[-1].span.end)
        if self._out:
            self.write("\n")

    def _new_line(self, indent: int, *, blank: bool) -> None:
        if not self._out:
            return
        opens = self._out[-1].endswith("{") or self._out[-1].endswith("(")
        self._out.append(("\n\n" if blank and not opens else "\n") + " " * indent)
        self._column = indent

    def has_comment(self, start: int, end: int) -> bool:
        """Whether a comment begins between two offsets."""
        i = bisect_left(self._starts, start)
        return i < len(self._starts) and self._starts[i] < end

    def had_blank(self, start: int) -> bool:
        """Whether the source has an empty line before an offset."""
        if self._source is None:
            return False
        return _has_blank_before(self._source.text, start)

    def _is_own_line(self, comment: ast.Comment) -> bool:
        text, at = comment.span.source.text, comment.span.start - 1
        while at >= 0 and text[at] in " \t":
            at -= 1
        return at < 0 or text[at] in "\r\n"

    def must_break(self, node: Node) -> bool:
        """Whether a comment stands before the last comparison of a condition, so that it must be broken."""
        if not self._starts:
            return False
        while True:
            match node:
                case ast.And(parts) | ast.Or(parts) | ast.NOf(_, _, parts):
                    last: Node = parts[-1]
                case ast.Quantified(_, _, where) | ast.Counted(_, _, _, where) if where is not None:
                    last = where
                case ast.Not(part):  # which is not broken behind its word
                    node = part
                    continue
                case Bracketed(query):
                    node = query
                    continue
                case _:
                    return False
            if self.has_comment(_start(node), _start(last)):
                return True
            node = last


def _has_blank_before(text: str, start: int) -> bool:
    lines = 0
    at = min(start, len(text)) - 1
    while at >= 0 and text[at].isspace():
        lines += text[at] == "\n" or (text[at] == "\r" and text[at + 1 : at + 2] != "\n")
        at -= 1
    return lines > 1


def _start(node: Node) -> int:
    if isinstance(node, Bracketed):
        return node.query.span.start
    return node.record.span.start if isinstance(node, Spaced) else node.span.start


def _broken(node: Node, indent: int) -> list[_Work]:
    """A node over several lines."""
    inner = indent + _STEP
    match node:
        case ast.And(parts):
            return _chain(list(parts), "and ", ast.Or, indent)
        case ast.Or(parts):
            return _chain(list(parts), "or ", ast.And, indent)
        case ast.Not(part):
            in_brackets = isinstance(part, ast.And | ast.Or)
            return ["not ", _At(indent, Bracketed(part) if in_brackets else part)]
        case Bracketed(query):
            return ["(", Break(inner, query.span.start), _At(inner, query), Break(indent), ")"]
        case ast.Quantified(_, _, where) | ast.Counted(_, _, _, where) if where is not None:
            head = spelling.pieces(node)[0]
            assert isinstance(head, str)
            return [f"{head} (", Break(inner, where.span.start), _At(inner, where), Break(indent), ")"]
        case ast.NOf(bound, count, parts):
            rows: list[list[Piece]] = [[part] for part in parts]
            return _rows(f"{bound.value} {count} of (", rows, ")", indent, [p.span.start for p in parts])
        case ast.Call(p, arguments) if arguments:
            return _rows(f"{spelling.path(p)}(", [spelling.argument(a) for a in arguments], ")", indent)
        case scripts.Record(entries) if entries:
            return _rows("{", [spelling.entry(e) for e in entries], "}", indent, [e.span.start for e in entries])
        case Spaced(record):
            return _broken(record, indent)
        case scripts.Array(items) if items:
            return _rows("[", [[i] for i in items], "]", indent, [i.span.start for i in items])
        case ast.List(items):
            return _filled(items, indent)
        case _:
            return [piece if isinstance(piece, str) else _At(indent, piece) for piece in spelling.pieces(node)]


def _chain(parts: list[ast.Query], word: str, other: type[ast.Query], indent: int) -> list[_Work]:
    out: list[_Work] = []
    for part in parts:
        if out:
            out += (Break(indent, part.span.start), word)
        out.append(_At(indent, Bracketed(part) if isinstance(part, other) else part))
    return out


def _rows(
    opening: str, rows: list[list[Piece]], closing: str, indent: int, starts: list[int] | None = None
) -> list[_Work]:
    """Parts in brackets, each on a line of its own."""
    inner = indent + _STEP
    out: list[_Work] = [opening]
    for i, row in enumerate(rows):
        out.append(Break(inner, starts[i] if starts else -1))
        out += (piece if isinstance(piece, str) else _At(inner, piece) for piece in row)
        if i < len(rows) - 1:
            out.append(",")
    return [*out, Break(indent), closing]


def _filled(items: tuple[ast.Operand, ...], indent: int) -> list[_Work]:
    """A list in brackets, with as many values on a line as it can hold."""
    inner = indent + _STEP
    out: list[_Work] = ["("]
    column = WIDTH
    for i, item in enumerate(items):
        shown = Layout().flat(item, WIDTH)
        width = len(shown) + 2 if shown is not None else WIDTH
        if column + width > WIDTH:
            out.append(Break(inner))
            column = inner
        else:
            out.append(" ")
        out.append(_At(inner, item))
        column += width
        if i < len(items) - 1:
            out.append(",")
    return [*out, Break(indent), ")"]
