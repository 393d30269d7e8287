"""A CSV file of people → records, with types inferred from the whole file; what was taken for what is told."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from audql.diagnostics import Diagnostic, RunError
from audql.engines.headings import place_of, put
from audql.operations import messages
from audql.snapshot.schema import WITH_CUSTOM
from audql.text import fold
from audql.types import Scalar, Schema
from audql.values import moment, number, yes_no

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,9})?", re.ASCII)
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_INSTANT = re.compile(_DATE.pattern + r"[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|z|[+-]\d\d(:?\d\d)?)?", re.ASCII)
_YES_NO = frozenset({"yes", "no", "true", "false"})
_FITS: tuple[tuple[Scalar, Callable[[str], object]], ...] = (
    (Scalar.YES_NO, lambda text: fold(text) in _YES_NO),
    (Scalar.NUMBER, _NUMBER.fullmatch),
    (Scalar.DATE, _DATE.fullmatch),
    (Scalar.INSTANT, _INSTANT.fullmatch),
)
_MOST_COLUMNS = 10_000


@dataclass(frozen=True, slots=True)
class Took:
    """What one column was taken for: a path of the vocabulary, and its type."""

    column: str
    path: tuple[str, ...]
    type: Scalar | None
    """None for a reference or an item, which the text names."""

    @property
    def is_custom(self) -> bool:
        return self.path[0] == "custom"


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
    return next((scalar for scalar, fits in _FITS if values and all(map(fits, values))), Scalar.TEXT)


def take(table: Table, schema: Schema) -> tuple[Took, ...]:
    """What each column is taken for: the field of the vocabulary that it has the name of, else one under `custom`."""
    taken: list[Took] = []
    for at, column in enumerate(table.header):
        if column:
            took = _known(schema, column) or Took(column, ("custom", _bare(column)), Scalar.ANY)
            if took.type is Scalar.ANY:
                took = replace(took, type=infer([value for _, value in table.column(at)]))
            taken.append(took)
    return tuple(taken)


def records_from(path: str, table: Table, taken: Sequence[Took]) -> tuple[list[dict[str, object]], list[Diagnostic]]:
    """A record for each row, and warnings of values that do not fit."""
    records: list[dict[str, object]] = [{} for _ in table.rows]
    wrong: list[Diagnostic] = []
    places = {column: at for at, column in enumerate(table.header)}
    for took in taken:
        fits = dict(_FITS).get(took.type) if took.type is not None and not took.is_custom else None
        unfit: list[tuple[int, str]] = []
        for record, line, row in zip(records, table.lines, table.rows, strict=True):
            value = row[places[took.column]].strip()
            if not value:
                continue
            if fits is not None and not fits(value) and not _also_fits(took.type, value):
                unfit.append((line, value))
            put(record, took.path, _typed(took.type, value))
        if unfit and took.type is not None:
            line, example = unfit[0]
            wrong.append(messages.unfit(path, took.column, took.type.value, len(unfit), example[:60], line))
    return records, wrong


def _also_fits(scalar: Scalar | None, value: str) -> bool:
    """What is read as the type though it does not tell of it: 0 and 1, a date for an instant, and the other way."""
    match scalar:
        case Scalar.YES_NO:
            return value in ("0", "1")
        case Scalar.DATE | Scalar.INSTANT:
            return bool(_DATE.fullmatch(value) or _INSTANT.fullmatch(value))
        case Scalar.NUMBER:
            return bool(re.fullmatch(r"[+-]?\d+(\.\d*)?", value, re.ASCII))
        case _:
            return False


def _bare(column: str) -> str:
    return column.removeprefix("custom.") or column


def _known(schema: Schema, column: str) -> Took | None:
    place = place_of(schema, column)
    return Took(column, place.path, place.type) if place is not None else None


def _typed(scalar: Scalar | None, value: str) -> object:
    """The value of its type, which an explanation shows as such; what cannot be read stays text, and is nothing."""
    match scalar:
        case Scalar.NUMBER:
            read: object = number(value)
        case Scalar.YES_NO:
            read = yes_no(value)
        case Scalar.DATE | Scalar.INSTANT:
            read = moment(value, dt.UTC)
        case _:
            read = None
    return value if read is None else read


def custom_types(taken: Sequence[Took]) -> Mapping[str, Mapping[str, Scalar]]:
    """Record type that has such (`person`, `org`, `position`) → the fields of their own that columns gave."""
    found: dict[str, dict[str, Scalar]] = {record: {} for record in WITH_CUSTOM}
    for took in taken:
        if took.type is not None and took.is_custom:
            found["person"][took.path[1]] = took.type
        elif took.type is not None and len(took.path) > 1 and took.path[-2] in found:
            found[took.path[-2]][took.path[-1]] = took.type
    return found
