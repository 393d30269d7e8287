"""Where rows come from: a source gives raw tables of text, and knows nothing of what the columns mean."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from audql.calling import CrashError, each_of
from audql.diagnostics import GuardError, RunError
from audql.plugins import OWN_SOURCES, FeedSource, Setup, printable
from audql.snapshot.disk import oddity
from audql.sync import messages
from audql.sync.messages import Refusal
from audql.workspace import ElementFeed, Workspace

Row = tuple[int, Sequence[str]]
"""The line where it begins, and its values."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """One file's rows as text, which may be as wide as they like, and what cannot be read as a row; read once."""

    file: str
    header: tuple[str, ...]
    rows: Iterable[Row | Refusal]
    cut: tuple[int, int, int] | None = None
    """Where it ends within a row: its line, and of how many values it has how many; 0 of 0 where that is not known."""


class Source(Protocol):
    """What gives the rows of one part of a feed. Raises RunError, also while it is read, when they are not to be had
    whole."""

    def read(self, element: str, part: ElementFeed) -> RawTable: ...


@dataclass(frozen=True, slots=True)
class Files:
    """A folder of files that we read ourselves: CSV (RFC 4180, any delimiter and encoding), JSON lines or Parquet."""

    folder: Path
    kind: str


def source_of(workspace: Workspace, part: ElementFeed) -> Source | Files:
    """The source that the workspace names for that part of its feed. INVARIANT: there is one of that name."""
    feed = workspace.config.feed
    name = feed.source_of(part) if feed else OWN_SOURCES[0]
    settings = workspace.config.sources.get(name, {})
    if name == "sql":
        from audql.sync.queries import Query

        return Query(workspace.feed_folder, settings)
    if name in OWN_SOURCES:
        return Files(workspace.feed_folder, name)
    found = next(source for plugin in workspace.plugins for source in plugin.sources if source.name == name)
    return PluginSource(found, Setup(workspace.root, settings))


@dataclass(frozen=True, slots=True)
class PluginSource:
    """What a plugin gives, held to what was agreed: rows of text, below a header of their columns' names."""

    source: FeedSource
    setup: Setup

    def read(self, element: str, part: ElementFeed) -> RawTable:
        rows = self._rows(element, part.file)
        header = next(rows, None)
        if header is None:
            raise GuardError(messages.file_empty(part.file, "header"))
        return RawTable(part.file, tuple(name.strip() for name in header), enumerate(rows, 2))

    def _rows(self, element: str, file: str) -> Iterator[Sequence[str]]:
        """Raises RunError for whatever the plugin raises, GuardError for what may pass by itself."""
        try:
            for values in each_of(lambda: map(list[Any], self.source.rows(element, file, self.setup))):
                odd = next((v for v in values if v is not None and not isinstance(v, str)), None)
                if odd is not None:
                    raise RunError(
                        messages.no_text(self.source.name, file, printable(repr(odd)), f"a {type(odd).__name__}")
                    )
                yield [value or "" for value in values]
        except CrashError as crash:
            name, why = self.source.name, printable(crash.why)
            if isinstance(crash.__cause__, ConnectionError | TimeoutError):
                raise GuardError(messages.source_silent(name, file, why)) from crash
            raise RunError(messages.source_failed(name, file, why)) from crash


def not_text(path: Path, part: ElementFeed, line: int) -> RunError:
    """What to raise of a file that is not in its encoding: it can end within a character, and is cut short then."""
    decoder, lines = codecs.getincrementaldecoder(part.encoding)(), 1
    with path.open("rb") as file:
        begins = file.read(2)
        file.seek(0)
        try:
            while data := file.read(1 << 20):
                lines += decoder.decode(data).count("\n")
        except UnicodeError:
            return RunError(messages.not_in_encoding(part.file, part.encoding, line, begins))
    return GuardError(messages.cut_within(part.file, lines))


def require_file(path: Path, file: str, element: str) -> None:
    """Raises GuardError where there is no file that can be read."""
    if what := oddity(path):
        raise GuardError(messages.no_file(file, element, what))
    if not path.is_file():
        raise GuardError(messages.file_missing(file, element))


def as_text(value: object) -> str:
    """A value that is no text already, as a feed writes it: whole, and in no one's own form."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return LIST_SEPARATOR.join(as_text(each) for each in value)
        case Mapping():
            return LIST_SEPARATOR.join(f"{key}: {as_text(each)}" for key, each in value.items())
        case _:
            # Days, instants, numbers, uuids: their `str` is ISO, or digits.
            return str(value)


LIST_SEPARATOR = ";"
"""Between several values of one column."""
