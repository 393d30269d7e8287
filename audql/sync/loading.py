"""One part of a feed → a table of texts in the database, and the line on which each row began.

A CSV file that every reader cuts alike is read by DuckDB, and what it made of the file is checked against a count of
our own. Any other (an odd quote, another encoding) is first written anew by Python's reader, as are a source's rows.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from audql.diagnostics import GuardError
from audql.first_bytes import BEGINNING, PARQUET, no_text
from audql.snapshot.database import file_literal, literal, number, parquet, quoted
from audql.snapshot.disk import is_full
from audql.sync import messages
from audql.sync.lines import read_lines
from audql.sync.messages import Refusal
from audql.sync.rewriting import USUAL_LINE_BYTES, Lines, Rewritten, rewritten, rewritten_csv, transcoded
from audql.sync.scan import Cut, NotText, record_lines, scan
from audql.sync.source import LIST_SEPARATOR, Files, Source, not_text, require_file
from audql.sync.unpacking import unpacked
from audql.workspace import ElementFeed

if TYPE_CHECKING:
    import duckdb

_WIDTH_ERRORS = {"MISSING COLUMNS", "TOO MANY COLUMNS"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A part of which the columns are known, and that can be read."""

    file: str
    header: tuple[str, ...]
    count: int
    """Of rows, those included that turn out not to be as wide as the header."""
    load: Callable[[duckdb.DuckDBPyConnection, str, Sequence[int]], Loaded]
    """Reads columns, by their places, into a table of that name: column i is `t<i>`, row i has the rowid i."""
    aside: str = ""
    """The file in which rows of it that are refused are set aside."""
    written: dt.datetime | None = None
    """When the file was last written, where it is one."""
    waited: bool = False
    """Whether it has rows of earlier deltas that did not count by then."""
    require_unwritten: Callable[[], None] = lambda: None
    """Raises GuardError where the file was written to since it was opened."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A table of texts; empty ones are NULL."""

    file: str
    table: str
    count: int
    lines_of: Callable[[npt.NDArray[np.int64]], Lines]
    """Rowids → lines."""
    refusals: tuple[Refusal, ...]
    """Rows that could not be cut into columns; whose they are is not known."""
    torn: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """The values of those of them that have any, by line."""
    cut: tuple[int, int, int] | None = None
    """Of a file that ends within a row: its line, how many values it has, and how many it should have."""


def open_part(source: Source | Files, element: str, part: ElementFeed, temporary: Path) -> Opened:
    """Raises RunError when the part cannot be had whole."""
    if not isinstance(source, Files):
        return _of_rewritten(part.file, rewritten(source.read(element, part), temporary))
    path = source.folder / part.file
    require_file(path, part.file, element)

    def opened() -> Opened:
        if source.kind == "parquet":
            return _open_parquet(path, part)
        plain = unpacked(path, part.file, temporary)
        _require_text(plain, part.file)
        if source.kind == "jsonl":
            return _of_rewritten(part.file, rewritten(read_lines(plain, part), temporary))
        return _open_csv(plain, element, part, temporary)

    return _steady(path, part.file, opened)


def _require_text(path: Path, file: str) -> None:
    if wrong := no_text(file, _beginning(path)):
        raise GuardError(wrong)


def _beginning(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(BEGINNING)


def _steady(path: Path, file: str, open_it: Callable[[], Opened]) -> Opened:
    """Raises RunError when the file is written to before it has been read."""
    stamp = _stamp(path)

    def require_unwritten() -> None:
        if not path.is_file() or _stamp(path) != stamp:
            raise GuardError(messages.still_written(file)) from None

    @contextmanager
    def steady() -> Iterator[None]:
        try:
            yield
        finally:
            require_unwritten()

    with steady():
        opened = open_it()

    def load(database: duckdb.DuckDBPyConnection, table: str, columns: Sequence[int]) -> Loaded:
        with steady():
            return opened.load(database, table, columns)

    return replace(opened, load=load, written=_instant(stamp[0]), require_unwritten=require_unwritten)


def _instant(since_1970_ns: int) -> dt.datetime | None:
    """Nothing for a time that no calendar has, as a damaged disk can say."""
    try:
        return dt.datetime.fromtimestamp(since_1970_ns / 1e9, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _stamp(path: Path) -> tuple[int, int, int]:
    """What is another when a file was written to, or another put in its place."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _open_csv(path: Path, element: str, part: ElementFeed, temporary: Path) -> Opened:
    try:
        if part.encoding.lower() not in ("utf-8", "utf8"):
            path, part = transcoded(path, part, temporary), part.model_copy(update={"encoding": "utf-8"})
        cut = scan(path, part.delimiter)
    except OSError as problem:
        if is_full(problem):
            raise
        raise GuardError(messages.file_missing(part.file, element)) from None
    except NotText as odd:
        raise not_text(path, part, odd.line) from None
    if cut is None:
        return _of_rewritten(part.file, rewritten_csv(path, part, temporary))

    def load(database: duckdb.DuckDBPyConnection, table: str, columns: Sequence[int]) -> Loaded:
        loaded = _load_plain(database, table, path, part, cut, columns)
        if loaded is not None:
            return loaded
        again = _of_rewritten(part.file, rewritten_csv(path, part, temporary))
        return again.load(database, table, columns)

    return Opened(part.file, cut.header, cut.records, load)


def _load_plain(
    database: duckdb.DuckDBPyConnection, table: str, path: Path, part: ElementFeed, cut: Cut, columns: Sequence[int]
) -> Loaded | None:
    """None where DuckDB has cut the file in another way than we have counted."""
    count = _read_csv(database, table, path, part.delimiter, len(cut.header), columns)
    refused = database.execute("SELECT DISTINCT line, error_type, csv_line FROM refused_lines ORDER BY line").fetchall()
    torn = {line: _values(text, part.delimiter) for line, error, text in refused if error in _WIDTH_ERRORS}
    widths = {line: len(values) for line, values in torn.items()}
    delimiters = count * (len(cut.header) - 1) + sum(max(0, width - 1) for width in widths.values())
    if (
        len(widths) != len({line for line, _, _ in refused})
        or count + len(widths) != cut.records
        or delimiters != cut.delimiters
        or (widths and not cut.straight)
    ):
        return None
    refusals = tuple(messages.wrong_width(part.file, line, has, len(cut.header)) for line, has in widths.items())
    last = max(widths, default=0)
    is_cut = cut.is_open and last == cut.records + 1 and widths[last] < len(cut.header)
    short = (last, widths[last], len(cut.header)) if is_cut else None
    if cut.straight:
        # How many rows there are before each refused line.
        before = np.fromiter(widths, np.int64) - 2 - np.arange(len(widths))

        def lines_of(rows: Lines) -> Lines:
            return rows + 2 + np.searchsorted(before, rows, side="right")

        return Loaded(part.file, table, count, lines_of, refusals, torn, short)
    return Loaded(part.file, table, count, lambda rows: record_lines(path)[1:][rows], refusals, torn)


def _of_rewritten(file: str, plain: Rewritten) -> Opened:
    def load(database: duckdb.DuckDBPyConnection, table: str, columns: Sequence[int]) -> Loaded:
        count = _read_csv(
            database, table, plain.path, ",", len(plain.header), columns, longest_bytes=plain.longest_bytes
        )
        assert count == len(plain.lines), file
        return Loaded(file, table, count, lambda rows: plain.lines[rows], plain.refusals, plain.torn, plain.cut)

    return Opened(file, plain.header, len(plain.lines), load)


def _read_csv(
    database: duckdb.DuckDBPyConnection,
    table: str,
    path: Path,
    delimiter: str,
    width: int,
    columns: Sequence[int],
    *,
    longest_bytes: int = 0,
) -> int:
    """How many rows. Those that are not so wide are in `refused_lines`."""
    names = ", ".join(f"'t{i}': 'VARCHAR'" for i in range(width))
    chosen = ", ".join(f"t{i}" for i in sorted(set(columns) or {0}))
    for old in (table, "refused_lines", "refused_scans"):
        database.execute(f"DROP TABLE IF EXISTS {old}")
    database.execute(
        f"CREATE TABLE {table} AS SELECT {chosen} FROM read_csv({file_literal(path)}, columns = {{{names}}}, "
        f"header = false, skip = 1, auto_detect = false, delim = {literal(delimiter)}, quote = '\"', escape = '\"', "
        f"max_line_size = {max(longest_bytes, USUAL_LINE_BYTES)}, "
        "strict_mode = true, store_rejects = true, rejects_table = 'refused_lines', rejects_scan = 'refused_scans')"
    )
    return number(database, f"SELECT count(*) FROM {table}")


# --- Parquet ----------------------------------------------------------------------------------------------------------


def _open_parquet(path: Path, part: ElementFeed) -> Opened:
    """Its values as texts. Rows are counted from 1, as it has no lines."""
    import duckdb

    file, begins = parquet(path), _beginning(path)
    if not begins.startswith(PARQUET):
        raise GuardError(no_text(part.file, begins) or messages.of_another_kind(part.file, "Parquet"))
    try:
        with duckdb.connect(":memory:") as database:
            columns = database.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM {file})").fetchall()
            count = number(database, f"SELECT count(*) FROM {file}")
    except duckdb.Error:
        raise GuardError(messages.not_readable(part.file, "Parquet", "it is damaged, or was cut short")) from None
    header = tuple(name.strip() for name, _ in columns)

    def load(database: duckdb.DuckDBPyConnection, table: str, places: Sequence[int]) -> Loaded:
        chosen = ", ".join(f"{_text_of(*columns[at])} AS t{at}" for at in sorted(set(places) or {0}))
        try:
            database.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {chosen} FROM {file}")
        except duckdb.Error as problem:
            if is_full(problem):
                raise
            raise GuardError(messages.not_readable(part.file, "Parquet", "it is damaged")) from None
        return Loaded(part.file, table, count, lambda rows: rows + 1, ())

    return Opened(part.file, header, count, load)


def _text_of(name: str, kind: str) -> str:
    """SQL: a value as a feed writes it; an instant says its zone, and nothing depends on the machine's."""
    column = quoted(name)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"CAST(make_timestamp(epoch_us({column})) AS VARCHAR) || 'Z'"
    if kind.endswith("[]"):
        return f"nullif(array_to_string({column}, {literal(LIST_SEPARATOR)}), '')"
    return f"nullif(CAST({column} AS VARCHAR), '')"


def _values(text: str, delimiter: str) -> list[str]:
    return next(csv.reader([text.lstrip("\r\n")], delimiter=delimiter), [])
