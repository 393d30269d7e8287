"""Where rows come from: a source gives raw tables of text, and knows nothing of what the columns mean."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audql.plugins import OWN_SOURCE, FeedSource, Setup, printable
from audql.snapshot.errors import RunError
from audql.sync import messages
from audql.sync.messages import Refusal
from audql.workspace import ElementFeed, Workspace


@dataclass(frozen=True, slots=True)
class RawTable:
    """One file's rows as text. `lines[i]` is where `rows[i]` begins; all rows are as wide as the header."""

    file: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]
    refusals: Sequence[Refusal]
    """Rows that could not be cut into columns; whose they are is not known."""


class Source(Protocol):
    """What gives the rows of one part of a feed. Raises RunError when they cannot be had whole."""

    def read(self, element: str, part: ElementFeed) -> RawTable: ...


def source_of(workspace: Workspace, part: ElementFeed) -> Source:
    """The source that the workspace names for that part of its feed. INVARIANT: there is one of that name."""
    feed = workspace.config.feed
    name = feed.source_of(part) if feed else OWN_SOURCE
    if name == OWN_SOURCE:
        return CsvFiles(workspace.feed_folder)
    found = next(source for plugin in workspace.plugins for source in plugin.sources if source.name == name)
    return PluginSource(found, Setup(workspace.root, workspace.config.sources.get(name, {})))


@dataclass(frozen=True, slots=True)
class PluginSource:
    """What a plugin gives, held to what was agreed: rows of text, below a header of their columns' names."""

    source: FeedSource
    setup: Setup

    def read(self, element: str, part: ElementFeed) -> RawTable:
        try:
            given = [list(row) for row in self.source.rows(element, part.file, self.setup)]
        except Exception as crash:  # a plugin can raise anything
            why = printable(f"{type(crash).__name__}: {crash}")
            raise RunError(messages.source_failed(self.source.name, part.file, why)) from crash
        odd = next((v for row in given for v in row if v is not None and not isinstance(v, str)), None)
        if odd is not None:
            raise RunError(messages.source_failed(self.source.name, part.file, printable(f"{odd!r} is no text")))
        if not given:
            raise RunError(messages.file_empty(part.file, "header"))
        header = tuple((name or "").strip() for name in given[0])
        fitting = {line: row for line, row in enumerate(given[1:], 2) if len(row) == len(header)}
        return RawTable(
            part.file,
            header,
            [[value or "" for value in row] for row in fitting.values()],
            [*fitting],
            [
                messages.wrong_width(part.file, line, len(row), len(header))
                for line, row in enumerate(given[1:], 2)
                if line not in fitting
            ],
        )


@dataclass(frozen=True, slots=True)
class CsvFiles:
    """A folder of CSV files (RFC 4180, any delimiter and encoding)."""

    folder: Path

    def read(self, element: str, part: ElementFeed) -> RawTable:
        try:
            data = (self.folder / part.file).read_bytes()
        except OSError:
            raise RunError(messages.file_missing(part.file, element)) from None
        encoding = "utf-8-sig" if part.encoding.lower() in ("utf-8", "utf8") else part.encoding
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as problem:
            line = data.count(b"\n", 0, problem.start) + 1
            raise RunError(messages.not_in_encoding(part.file, part.encoding, line)) from None
        if not text.strip():
            raise RunError(messages.file_empty(part.file, "content"))
        return _cut(part.file, text, part.delimiter)


def _cut(file: str, text: str, delimiter: str) -> RawTable:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: tuple[str, ...] | None = None
    rows: list[list[str]] = []
    lines: list[int] = []
    refusals: list[Refusal] = []
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as problem:
            if "unexpected end" in str(problem):
                raise RunError(messages.quote_not_closed(file, line - 1)) from None
            refusals.append(messages.unreadable_row(file, line, str(problem)))
            continue
        if not row:
            continue
        if header is None:
            header = tuple(name.strip() for name in row)
        elif len(row) != len(header):
            refusals.append(messages.wrong_width(file, line, len(row), len(header)))
        else:
            rows.append(row)
            lines.append(line)
    if header is None:
        raise RunError(messages.file_empty(file, "header"))
    return RawTable(file, header, rows, lines, refusals)
