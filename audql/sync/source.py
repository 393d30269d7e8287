"""Where rows come from: a source gives raw tables of text, and knows nothing of what the columns mean."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audql.snapshot.errors import RunError
from audql.sync import messages
from audql.sync.messages import Refusal
from audql.workspace import ElementFeed


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
