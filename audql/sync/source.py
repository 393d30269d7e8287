"""Where rows come from: a source gives raw tables of text, and knows nothing of what the columns mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from audql.diagnostics import RunError
from audql.plugins import OWN_SOURCE, FeedSource, Setup, printable
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
    torn: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """The values of these, by line."""


class Source(Protocol):
    """What gives the rows of one part of a feed. Raises RunError when they cannot be had whole."""

    def read(self, element: str, part: ElementFeed) -> RawTable: ...


def source_of(workspace: Workspace, part: ElementFeed) -> Source | CsvFiles:
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
            {line: [v or "" for v in row] for line, row in enumerate(given[1:], 2) if line not in fitting},
        )


@dataclass(frozen=True, slots=True)
class CsvFiles:
    """A folder of CSV files (RFC 4180, any delimiter and encoding), which are read without a detour through here."""

    folder: Path
