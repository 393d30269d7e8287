"""Where text came from: a named source, and spans within it."""

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A text that was read, under the name that messages give it."""

    text: str
    name: str = "query"
    made_from: str = ""
    """The file that says it in another notation, where this is not that file's own text."""
    _lines: list[int] = field(default_factory=list, repr=False)

    @property
    def file(self) -> str:
        """The file that it is about: what is written to mend it."""
        return self.made_from or self.name

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset, both from 1; columns count code points."""
        if not self._lines:  # all at once, for threads that share the source
            self._lines[:] = [0, *(i + 1 for i, c in enumerate(self.text) if c == "\n")]
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its line break."""
        self.position(0)
        start = self._lines[number - 1]
        end = self._lines[number] - 1 if number < len(self._lines) else len(self.text)
        return self.text[start:end].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Span:
    """`source.text[start:end]`; offsets count code points."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def to(self, last: "Span") -> "Span":
        """From the start of this span to the end of a later one of the same source."""
        return Span(self.source, self.start, last.end)

    def after(self) -> "Span":
        """The empty span just behind this one."""
        return Span(self.source, self.end, self.end)
