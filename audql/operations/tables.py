"""A CSV file → a table of texts, and the type that all values of a column have."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from audql.diagnostics import RunError
from audql.operations import messages
from audql.text import fold
from audql.types import Scalar

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,9})?", re.ASCII)
DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
INSTANT = re.compile(DATE.pattern + r"[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|z|[+-]\d\d(:?\d\d)?)?", re.ASCII)
_YES_NO = frozenset({"yes", "no", "true", "false"})
FITS: tuple[tuple[Scalar, Callable[[str], object]], ...] = (
    (Scalar.YES_NO, lambda text: fold(text) in _YES_NO),
    (Scalar.NUMBER, _NUMBER.fullmatch),
    (Scalar.DATE, DATE.fullmatch),
    (Scalar.INSTANT, INSTANT.fullmatch),
)
_MOST_COLUMNS = 10_000


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV as it is: `lines[i]` is where `rows[i]` begins, and all rows are as wide as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, at: int) -> Iterator[tuple[int, str]]:
        """Line and trimmed value of each row that has one."""
        for line, row in zip(self.lines, self.rows, strict=True):
            if value := row[at].strip():
                yield line, value


def decoded(path: str, data: bytes) -> tuple[str, str]:
    """The text of a CSV and its encoding: what is not UTF-8 most likely comes from Windows. Raises RunError for what is
    no text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with suppress(UnicodeDecodeError):
            return data.decode("utf-16"), "utf-16"
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as problem:
        if b"\0" in data:
            raise RunError(messages.not_text(path, data.count(b"\n", 0, problem.start) + 1)) from None
        return data.decode("cp1252", errors="replace"), "cp1252"


def delimiter_of(text: str) -> str:
    """Of a CSV: whichever the first line has most of."""
    first = text[:100_000].lstrip().partition("\n")[0]
    return max((",", ";", "\t", "|"), key=first.count)


def read_table(path: str, text: str) -> Table:
    """Cuts a CSV into columns. Raises RunError for what is none."""
    source = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    try:
        header = next((tuple(name.strip() for name in row) for row in source if row), None)
        if header is None or len(header) > _MOST_COLUMNS:
            raise RunError(messages.no_people(path))
        while True:
            line = source.line_num + 1
            row = next(source, None)
            if row is None:
                break
            if not row:
                continue
            if len(row) != len(header):
                why = f"{len(row)} values, where the header has {len(header)} columns"
                raise RunError(messages.bad_table(path, line, why))
            rows.append(tuple(row))
            lines.append(line)
    except csv.Error as problem:
        raise RunError(messages.bad_table(path, source.line_num, str(problem))) from None
    if not rows:
        raise RunError(messages.no_people(path))
    twice = [name for name in header if name and header.count(name) > 1]
    if twice:
        raise RunError(messages.column_twice(path, twice[0]))
    return Table(header, tuple(rows), tuple(lines))


def infer(values: Sequence[str]) -> Scalar:
    """The type that all values have: text where they share none. A leading zero makes a code of digits a text."""
    return next((scalar for scalar, fits in FITS if values and all(map(fits, values))), Scalar.TEXT)
