"""A part's mapping and its header → which field is read from which column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from audql.diagnostics import Diagnostic
from audql.snapshot.schema import CUSTOM, Column, Table
from audql.sync import messages
from audql.sync.row_files import OURS
from audql.text import nearest
from audql.types import Scalar
from audql.workspace import ColumnMapping, ElementFeed

Mapped = list[tuple[Column, ColumnMapping]]


def columns_of(table: Table, part: ElementFeed, header: Sequence[str], wrong: list[Diagnostic]) -> Mapped:
    """Which fields the file gives, each with where from."""
    found: list[tuple[Column, ColumnMapping]] = []
    for name, mapping in part.columns.items():
        scalar = Scalar(mapping.type) if mapping.type else Scalar.TEXT
        found.append((table.column(name) or Column(name, scalar), mapping))
    about = about_rows(part)
    if missing := [one for one in _named(part) if one[1] not in header]:
        wrong.append(messages.columns_missing(part.file, missing, header))
    used = {mapping.column for _, mapping in found}.union(about.values(), OURS)
    wrong += (messages.column_of_ours(part.file, *one) for one in _named(part) if one[1] in OURS)
    for column in table.columns:
        if column.name not in part.columns and column.name in header:
            found.append((column, ColumnMapping(column=column.name)))
            used.add(column.name)
        elif column.required and column.name not in part.columns:
            wrong.append(messages.field_unmapped(part.file, table.name, column.name, header))
    if table.custom and part.unmapped == "custom":
        known = {column.name for column, _ in found} | {column.name for column in table.columns}
        for name in header:
            own = f"{CUSTOM}{name}"
            if name and name not in used and own not in known and name not in known:
                found.append((Column(own, Scalar.TEXT), ColumnMapping(column=name)))
    counts = Counter(header)
    twice = {mapping.column for _, mapping in found if mapping.column and counts[mapping.column] > 1}
    wrong.extend(messages.column_twice(part.file, name) for name in sorted(twice))
    return found


_DELIMITERS = (";", "\t", "|", ",", "^", "~")


def between_values(header: Sequence[str], part: ElementFeed) -> str | None:
    """What seems to be between the values of a file whose header is one name by the delimiter that it should have."""
    if len(header) != 1:
        return None
    counts = {one: header[0].count(one) for one in _DELIMITERS if one != part.delimiter}
    most = max(counts, key=counts.__getitem__)
    return most if counts[most] else None


def seems_without_header(table: Table, header: Sequence[str], part: ElementFeed) -> bool:
    """Whether a first line has no name that is sought there, nor one that is near."""
    sought = [column for _, column in _named(part)]
    if len(sought) < 2 or not {*sought, *(column.name for column in table.columns)}.isdisjoint(header):
        return False
    return not any(nearest(column, tuple(header)) for column in sought)


def _named(part: ElementFeed) -> list[tuple[str, str]]:
    """What is read from a column that the mapping names: field or setting, and column."""
    mapped = [(name, mapping.column) for name, mapping in part.columns.items() if mapping.column is not None]
    return [*mapped, *about_rows(part).items()]


def about_rows(part: ElementFeed) -> Mapping[str, str]:
    """The columns that say what a row is for: setting → column."""
    deleted = part.deleted.column if part.deleted else None
    return {name: column for name, column in (("deleted", deleted), ("effective", part.effective)) if column}
