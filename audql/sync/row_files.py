"""The files that AudQL writes of rows of a feed: those that wait, and those that are set aside.

Each has the rows of one header: under a common one, what a feed did not give would be nothing in it, which is another
thing. Those of further headers are in `people~2.csv` and so on.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from audql.diagnostics import GuardError
from audql.sync import messages

WAITED = "-waiting"
"""What the names of the files have at their end to which rows go that waited and are refused then."""

FED = "#fed"
"""The column of rows that wait which numbers the feeds that they are of, a later one higher."""

ABOUT = ("#line", "#column", "#why", "#cure")
"""The columns of rows that are set aside which come before those of the file."""

OURS = frozenset({*ABOUT, FED})

_TURN = re.compile(r"(~\d+)?\.csv$")

Row = tuple[Sequence[str], Sequence[str]]
"""A header and values under it; there can be too many of them, or too few."""


def said(row: Row) -> Sequence[tuple[str, str]]:
    """What the feed said: each column that is not ours with its value; none has those that a row has too many."""
    header, values = row
    named = [(name, value) for name, value in zip(header, values, strict=False) if name not in OURS]
    return [*named, *(("", value) for value in values[len(header) :])]


def same(row: Row) -> Hashable:
    """Equal for equal rows of whatever feed."""
    return tuple(sorted(said(row)))


def first_of(name: str) -> str:
    """The name of the first file of those that are alike but for their header."""
    return _TURN.sub(".csv", name)


def all_of(folder: Path, name: str) -> Sequence[Path]:
    """The files of a folder whose first has that name, in order."""
    stem = name.removesuffix(".csv")
    further = (path for path in folder.glob(f"{stem}~*.csv") if first_of(path.name) == name)
    found = [path for path in (folder / name, *further) if path.is_file()]
    return sorted(found, key=lambda path: (len(path.name), path.name))


def by_header(name: str, rows: Iterable[Row]) -> Mapping[str, Sequence[Sequence[str]]]:
    """Names of files → their rows, the header first."""
    found: dict[tuple[str, ...], list[Sequence[str]]] = {}
    for header, row in rows:
        found.setdefault(tuple(header), [header]).append(row)
    stem = name.removesuffix(".csv")
    names = (f"{stem}{'' if turn == 1 else f'~{turn}'}.csv" for turn in range(1, len(found) + 1))
    return dict(zip(names, found.values(), strict=True))


def under_header(path: Path, column: str | None = None) -> Iterator[Row]:
    """The rows of a file, each with the header. Raises GuardError as `rows_in`, and for a file without that column."""
    rows = [row for _, row in rows_in(path)]
    if rows and column is not None and column not in rows[0]:
        raise GuardError(messages.aside_unreadable(f"{path.parent.name}/{path.name}"))
    return ((rows[0], row) for row in rows[1:])


def rows_in(path: Path) -> Sequence[tuple[int, Sequence[str]]]:
    """The rows of a file, each with the line in which it ends, the header first; lines with nothing in them are none.

    People edit these files: raises GuardError for one that cannot be read as CSV in UTF-8.
    """
    limit = csv.field_size_limit(sys.maxsize)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            return [(reader.line_num, row) for row in reader if any(value.strip() for value in row)]
    except (UnicodeDecodeError, csv.Error):
        raise GuardError(messages.aside_unreadable(f"{path.parent.name}/{path.name}")) from None
    finally:
        csv.field_size_limit(limit)


def write_rows(file: IO[str], rows: Iterable[Sequence[str]]) -> None:
    """Python 3.11 takes a lone carriage return for no end of a line, and every reader takes it for one."""
    usual, quoted = (csv.writer(file, lineterminator="\n", quoting=how) for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    for row in rows:
        (quoted if any("\r" in value for value in row) else usual).writerow(row)
