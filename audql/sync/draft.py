"""Raw tables and their mapping → one draft table per element: canonical values by column, with rows that do not fit
refused."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from audql.diagnostics import Diagnostic
from audql.snapshot.content import Row, Rows
from audql.snapshot.errors import RunError
from audql.snapshot.schema import CUSTOM, Column, Table
from audql.sync import messages
from audql.sync.convert import Unfit, converter
from audql.sync.messages import Refusal
from audql.sync.source import RawTable
from audql.types import Scalar
from audql.workspace import ColumnMapping, ElementFeed


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row was read. `columns`: field → the file's name of its column."""

    file: str
    line: int
    columns: dict[str, str]


@dataclass(slots=True)
class Draft:
    """One element while it is being checked. Columns are as long as `places`; rows in `refused` do not count."""

    table: Table
    columns: dict[str, list[str | None]] = field(default_factory=dict)
    types: dict[str, tuple[Scalar, bool]] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    unread: int = 0
    """Rows of which not even the owner could be told."""
    refusals: list[Refusal] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.places)

    def kept(self) -> Iterator[int]:
        return (i for i in range(len(self.places)) if i not in self.refused)

    def refuse(self, i: int, refusal: Refusal) -> None:
        self.refused.add(i)
        self.refusals.append(refusal)

    def at(self, i: int, name: str) -> tuple[str, int, str]:
        """File, line and column of a value."""
        place = self.places[i]
        return place.file, place.line, place.columns.get(name, name)

    def row(self, i: int) -> Row:
        return tuple(column[i] for column in self.columns.values())

    def add_before(self, row: dict[str, str | None]) -> None:
        """A row of the snapshot before, which stays."""
        self.places.append(Place("", 0, {}))
        for name, column in self.columns.items():
            column.append(row.get(name))

    def rows(self) -> Rows:
        """The rows that count, each once."""
        heading = tuple((name, *self.types[name]) for name in self.columns)
        values = list(zip(*self.columns.values(), strict=True))
        return Rows(heading, tuple(dict.fromkeys(values[i] for i in self.kept())))


def draft(table: Table, parts: list[tuple[ElementFeed, RawTable]], zone: dt.tzinfo) -> Draft:
    """One element from its files. Raises RunError when a file lacks a column that it must have."""
    wrong: list[Diagnostic] = []
    mapped = [_map(table, part, raw, wrong) for part, raw in parts]
    if wrong:
        raise RunError(*wrong)
    result = Draft(table)
    for columns in mapped:
        for column, _ in columns:
            result.columns.setdefault(column.name, [])
            result.types.setdefault(column.name, (column.type, column.many))
    for column in table.columns:
        result.columns.setdefault(column.name, [])
        result.types.setdefault(column.name, (column.type, column.many))
    for (part, raw), columns in zip(parts, mapped, strict=True):
        _append(result, part, raw, columns, zone)
    result.columns = dict(sorted(result.columns.items()))
    return result


def _map(table: Table, part: ElementFeed, raw: RawTable, wrong: list[Diagnostic]) -> list[tuple[Column, ColumnMapping]]:
    """Which fields the file gives, each with where from."""
    found: list[tuple[Column, ColumnMapping]] = []
    for name, mapping in part.columns.items():
        scalar = Scalar(mapping.type) if mapping.type else Scalar.TEXT
        found.append((table.column(name) or Column(name, scalar), mapping))
        if mapping.column is not None and mapping.column not in raw.header:
            wrong.append(messages.column_missing(part.file, name, mapping.column, raw.header))
    used = {mapping.column for _, mapping in found}
    for column in table.columns:
        if column.name not in part.columns and column.name in raw.header:
            found.append((column, ColumnMapping(column=column.name)))
            used.add(column.name)
        elif column.required and column.name not in part.columns:
            wrong.append(messages.field_unmapped(part.file, table.name, column.name, raw.header))
    if table.custom and part.unmapped == "custom":
        known = {column.name for column, _ in found} | {column.name for column in table.columns}
        for name in raw.header:
            own = f"{CUSTOM}{name}"
            if name and name not in used and own not in known and name not in known:
                found.append((Column(own, Scalar.TEXT), ColumnMapping(column=name)))
    counts = Counter(raw.header)
    twice = {mapping.column for _, mapping in found if mapping.column and counts[mapping.column] > 1}
    wrong.extend(messages.column_twice(part.file, name) for name in sorted(twice))
    return found


def _append(
    result: Draft,
    part: ElementFeed,
    raw: RawTable,
    columns: list[tuple[Column, ColumnMapping]],
    zone: dt.tzinfo,
) -> None:
    start = len(result.places)
    names = {column.name: mapping.column or "" for column, mapping in columns}
    result.places.extend(Place(raw.file, line, names) for line in raw.lines)
    result.refusals.extend(raw.refusals)
    result.unread += len(raw.refusals)
    texts = list(zip(*raw.rows, strict=True)) if raw.rows else [()] * len(raw.header)
    for column, mapping in columns:
        convert = converter(column, mapping, part, zone)
        given = result.columns[column.name]
        if mapping.column is None:
            source = [mapping.value or ""] * len(raw.rows)
        else:
            source = list(texts[raw.header.index(mapping.column)])
        for i, text in enumerate(source, start):
            try:
                given.append(convert(text))
            except Unfit as unfit:
                given.append(None)
                result.refuse(i, messages.unfit(*result.at(i, column.name), text.strip(), unfit.reason, unfit.cure))
    for name, values in result.columns.items():
        values.extend([None] * (len(result.places) - len(values)))
        column_here = result.table.column(name)
        if column_here is not None and column_here.required:
            for i in range(start, len(result.places)):
                if values[i] is None and i not in result.refused:
                    result.refuse(i, messages.value_missing(*result.at(i, name)))
    for first, last in result.table.spans:
        for i, (a, b) in enumerate(zip(result.columns[first], result.columns[last], strict=True)):
            if i >= start and a is not None and b is not None and b < a and i not in result.refused:
                at = result.at(i, last)
                result.refuse(i, messages.wrong_way_round(*at, b, result.at(i, first)[2], a))
