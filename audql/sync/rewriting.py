"""Rows that the database would not cut as we do → a file of ours with the same rows, in the plainest form."""

from __future__ import annotations

import csv
import os
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from audql.diagnostics import GuardError
from audql.sync import messages
from audql.sync.messages import Refusal
from audql.sync.source import RawTable, Row, not_text
from audql.workspace import ElementFeed

Lines = npt.NDArray[np.int64]

USUAL_LINE_BYTES = 2_000_000
"""What the database takes as one row if it is not told."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file of ours with the same rows: what its lines were, and what could not be cut into columns."""

    path: Path
    longest_bytes: int
    """More than any row of it has."""
    header: tuple[str, ...]
    lines: Lines
    refusals: tuple[Refusal, ...]
    torn: Mapping[int, Sequence[str]]
    cut: tuple[int, int, int] | None = None
    """Of a file that ends within a row: its line, how many values it has, and how many it should have."""


def rewritten_csv(path: Path, part: ElementFeed, temporary: Path) -> Rewritten:
    """Cuts a file in UTF-8 with Python's reader. Raises GuardError when it has no header or ends within quotes."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        if not any(text.strip() for text in iter(lambda: file.read(1 << 16), "")):
            raise GuardError(messages.file_empty(part.file, "content"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows, refused = _cut(part, file), list[Refusal]()
        for one in rows:
            if not isinstance(one, Refusal):
                header = tuple(name.strip() for name in one[1])
                break
            refused.append(one)
        else:
            raise GuardError(messages.file_empty(part.file, "header"))
        raw = RawTable(part.file, header, chain(refused, rows))
        return rewritten(raw, temporary, ends_open=_ends_open(path))


def rewritten(raw: RawTable, temporary: Path, *, ends_open: bool = False) -> Rewritten:
    """Writes the rows that can be. `ends_open`: the last may be half of one."""
    refusals: list[Refusal] = []
    torn: dict[int, Sequence[str]] = {}
    lines = array("q")
    width, cut = len(raw.header), list[tuple[int, int, int]]()

    def rows() -> Iterator[Sequence[str]]:
        for one in raw.rows:
            if isinstance(one, Refusal):
                refusals.append(one)
                continue
            line, row = one
            cut.clear()
            if len(row) != width:
                refusals.append(messages.wrong_width(raw.file, line, len(row), width))
                torn[line] = row
                if ends_open and len(row) < width:
                    cut.append((line, len(row), width))
            elif any("\0" in value for value in row):
                refusals.append(messages.unreadable_row(raw.file, line, "a zero byte is in it"))
                torn[line] = row
            elif not _is_text(row):
                refusals.append(messages.unreadable_row(raw.file, line, "half of a character is in it"))
            else:
                lines.append(line)
                yield row

    target, longest_bytes = _write(rows(), temporary)
    last = cut[0] if cut else raw.cut
    return Rewritten(target, longest_bytes, raw.header, np.array(lines, np.int64), tuple(refusals), torn, last)


def _is_text(row: Sequence[str]) -> bool:
    """Whether a file can have it: rows of other than a text file may not."""
    try:
        "".join(row).encode()
    except UnicodeEncodeError:
        return False
    return True


def transcoded(path: Path, part: ElementFeed, temporary: Path) -> Path:
    """The same file in UTF-8. Raises RunError where it is not in the encoding that it is said to be in."""
    target = _fresh(temporary)
    try:
        with (
            path.open(encoding=part.encoding, newline="") as given,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            while text := given.read(1 << 20):
                out.write(text)
    except UnicodeError:  # of which only some say where
        raise not_text(path, part, _line_of_bad_byte(path, part.encoding)) from None
    return target


def _line_of_bad_byte(path: Path, encoding: str) -> int:
    data = path.read_bytes()
    try:
        data.decode(encoding)
    except UnicodeDecodeError as problem:
        return data.count(b"\n", 0, problem.start) + 1
    except UnicodeError:
        pass
    return 1


def _ends_open(path: Path) -> bool:
    """Whether the last line has no line end."""
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) not in b"\r\n"


def _cut(part: ElementFeed, file: Iterable[str]) -> Iterator[Row | Refusal]:
    reader = csv.reader(file, delimiter=part.delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            if "unexpected end" in str(problem):
                raise GuardError(messages.quote_not_closed(part.file, line - 1)) from None
            yield messages.unreadable_row(part.file, line, str(problem))
            continue
        if row:
            yield line, row


def _write(rows: Iterable[Sequence[str]], temporary: Path) -> tuple[Path, int]:
    """In the plainest form. The first line stands for the header. Also what is more than the bytes of any row."""
    target = _fresh(temporary)
    longest_bytes = 0

    def measured() -> Iterator[Sequence[str]]:
        nonlocal longest_bytes
        for row in rows:
            characters = sum(map(len, row))
            if 8 * characters + 3 * len(row) > max(longest_bytes, USUAL_LINE_BYTES):
                written = sum(len(value.encode()) + value.count('"') + 3 for value in row)
                longest_bytes = max(longest_bytes, written + 1)
            yield row

    with target.open("w", encoding="utf-8", newline="") as file:
        file.write("\n")
        csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(measured())
    return target, longest_bytes


def _fresh(temporary: Path) -> Path:
    return temporary / f"part-{sum(1 for _ in temporary.iterdir())}.csv"
