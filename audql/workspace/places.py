"""A text of TOML → where its keys are written."""

from __future__ import annotations

import re

from audql.source import Source, Span


class Places:
    """Where keys are written. Found line by line: what is written in another way has its table's place, or none."""

    _HEADER = re.compile(r"\s*\[\[?\s*(?P<name>[^\]]+?)\s*\]\]?\s*(#.*)?$")
    _KEY = re.compile(r"""\s*(?P<key>"[^"]*"|'[^']*'|[A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_"-]+)*)\s*=""")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._spans: dict[tuple[str, ...], Span] = {}
        start = 0
        inside: tuple[str, ...] = ()
        implied: dict[tuple[str, ...], Span] = {}
        for line in source.text.splitlines(keepends=True):
            if header := self._HEADER.match(line):
                inside = self._split(header["name"])
                place = self._span(start, header, "name")
                self._spans.setdefault(inside, place)
                for length in range(1, len(inside)):
                    implied.setdefault(inside[:length], place)
            elif key := self._KEY.match(line):
                self._spans.setdefault((*inside, *self._split(key["key"])), self._span(start, key, "key"))
            start += len(line)
        self._spans = implied | self._spans

    def of(self, key: tuple[str, ...]) -> Span | None:
        """The place of the key, or of the nearest table around it."""
        for length in range(len(key), 0, -1):
            if key[:length] in self._spans:
                return self._spans[key[:length]]
        return None

    def _span(self, start: int, found: re.Match[str], group: str) -> Span:
        return Span(self._source, start + found.start(group), start + found.end(group))

    @staticmethod
    def _split(name: str) -> tuple[str, ...]:
        return tuple(part.strip("\"'") for part in re.findall(r""""[^"]*"|'[^']*'|[^.\s]+""", name))


def place_of_error(source: Source, message: str) -> Span | None:
    """Where tomllib says that it could not go on."""
    found = re.search(r"line (\d+), column (\d+)", message)
    if found is None:
        return None
    lines = source.text.splitlines(keepends=True)
    start = min(len(source.text), sum(map(len, lines[: int(found[1]) - 1])) + int(found[2]) - 1)
    return Span(source, start, start)
