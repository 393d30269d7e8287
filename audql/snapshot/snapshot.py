"""A snapshot on disk → people as records, the catalogue of what rules can name, and the custom fields there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audql.snapshot.catalogue import catalogue_of
from audql.snapshot.links import pairs
from audql.snapshot.records import records_of
from audql.snapshot.schema import CUSTOM, PERSON, TABLES, Table
from audql.snapshot.store import (
    Manifest,
    ask,
    check_tables,
    load_manifest,
    load_values,
    rows_of_patch,
    without_patch,
)
from audql.types import Scalar, Thing

if TYPE_CHECKING:
    from audql.snapshot.columns import Columns


class Snapshot:
    """Everyone as of one feed. What it gives is made when first asked for, then kept, and must not be changed."""

    def __init__(self, folder: Path, manifest: Manifest, tables: Sequence[Table] = TABLES) -> None:
        self._tables = tables
        self._folder = folder
        self._manifest = manifest
        self._values: dict[str, list[dict[str, object]]] = {}
        self._columns: dict[str, Columns] = {}
        self._patches: dict[str, tuple[Any, Columns] | None] = {}
        self._records: Mapping[str, Mapping[str, object]] | None = None
        self._catalogue: Mapping[str, Sequence[Thing]] | None = None

    @classmethod
    def open(cls, folder: Path, name: str | None = None, tables: Sequence[Table] = TABLES) -> Snapshot:
        """The snapshot of that name in the folder of snapshots, or the current one. RunError if there is none.

        `tables` are those of the workspace, whose plugins may have added some.
        """
        return cls(folder, load_manifest(folder, name), tables)

    def check(self) -> None:
        """Raises RunError when its files are not what its manifest says."""
        check_tables(self._folder, self._manifest)

    @property
    def tables(self) -> Sequence[Table]:
        """The tables that a feed of the workspace can have."""
        return self._tables

    @property
    def name(self) -> str:
        return self._manifest.name

    @property
    def manifest(self) -> Manifest:
        return self._manifest

    @property
    def folder(self) -> Path:
        """Where it lies, with the other snapshots."""
        return self._folder

    def content(self, table: str) -> str:
        """What a table that the feed had is named by: the same for the same rows."""
        return self._manifest.tables[table].content

    @property
    def head_count(self) -> int:
        return self.count("people")

    @property
    def links_left_out(self) -> tuple[tuple[str, str], ...]:
        """Person and manager of each link that the sync left out because it closed a cycle."""
        return pairs(self._manifest.left_out)

    def has(self, table: str) -> bool:
        """Whether the feed had such a table at all."""
        return table in self._manifest.tables

    def count(self, table: str) -> int:
        return self._manifest.tables[table].count if self.has(table) else 0

    def arrangement(self, table: str) -> str:
        """Names a table's rows and their numbers."""
        return self._manifest.tables[table].arrangement

    def file_of(self, table: str) -> Path:
        """The Parquet file of a table that there is, which may have a patch."""
        return self._folder / "tables" / self._manifest.tables[table].file.name

    def rows_of(self, table: str, *, numbered: bool = False) -> str:
        """SQL: the rows of a table that there is, as they are kept, with `numbered` also their numbers, as
        `file_row_number`."""
        return self._manifest.tables[table].rows(self._folder / "tables", numbered=numbered)

    def read_rows_of(self, table: str) -> str:
        """SQL: the same as they are read, without links that are left out."""
        return self._manifest.tables[table].read(self._folder / "tables")

    def rows(self, table: str) -> Sequence[Mapping[str, object]]:
        """The rows of a table, none if the feed has no such table; fields without a value are left out."""
        if table not in self._values:
            self._values[table] = self._load(table)
        return self._values[table]

    def ask(self, query: str, *tables: str, given: Sequence[object] = ()) -> Mapping[str, Any]:
        """The columns that a query of DuckDB's SQL over these tables gives, as numpy arrays; no row becomes an object.

        A table has every field of its kind, null where the feed has none, and `row`, its rows' numbers from 0 on.
        """
        known = {table.name: table for table in self._tables}
        return ask(self._folder, [(known[name], self._manifest.tables.get(name)) for name in tables], query, given)

    def columns(self, table: str) -> Columns:
        """The columns of a table as numpy arrays, in the order of its rows; none if the feed has no such table."""
        from audql.snapshot.columns import Columns

        if table not in self._columns:
            stored = self._manifest.tables.get(table)
            counts = {name: one.count for name, one in self._manifest.tables.items()}
            known = next(one for one in self._tables if one.name == table)
            self._columns[table] = Columns(self.ask, known, stored.columns if stored else (), counts)
        return self._columns[table]

    @cached_property
    def bases(self) -> Snapshot:
        """The tables that the files alone are, without any patch. Its name is not that of their content."""
        tables = {
            name: without_patch(self._folder, stored) if stored.patch is not None else stored
            for name, stored in self._manifest.tables.items()
        }
        return Snapshot(self._folder, replace(self._manifest, tables=tables), self._tables)

    def patch(self, table: str) -> tuple[Any, Columns] | None:
        """The numbers of the rows that a table's patch has, ascending, as a numpy array, and their columns. None where
        there is no patch. What refers to another table refers to all of that; what refers to this one means nothing.
        """
        if table not in self._patches:
            self._patches[table] = self._patch(table)
        return self._patches[table]

    def ids(self) -> Any:
        """The ids of everyone in it, by row, as a numpy array."""
        return self.ask("SELECT id FROM people ORDER BY row", "people")["id"]

    def people(self) -> frozenset[str]:
        """The ids of everyone in it."""
        return frozenset(self.ids().tolist())

    def records(self) -> Mapping[str, Mapping[str, object]]:
        """Person id → the person as a record of LANGUAGE.md's shape, `manager` and the like as ids."""
        if self._records is None:
            self._records = records_of(self.rows, self._tables)
        return self._records

    def records_of(self, people: Collection[str]) -> Mapping[str, Mapping[str, object]]:
        """The same of these people alone, and no others' rows are read."""
        own = {table.name: PERSON for table in self._tables if not table.key} | {"people": "id"}
        return records_of(
            lambda name: self._load(name, (own[name], people)) if name in own else self.rows(name), self._tables
        )

    def catalogue(self) -> Mapping[str, Sequence[Thing]]:
        """Per kind of reference (`person`, `org`, …) what there is, in order of ids."""
        if self._catalogue is None:
            self._catalogue = catalogue_of(self.ask, self.has)
        return self._catalogue

    def complete_kinds(self) -> frozenset[str]:
        """The kinds of reference whose catalogue is all that there is, because the feed has a table of them."""
        return frozenset(table.record for table in TABLES if table.key and self.has(table.name))

    def custom_fields(self) -> Mapping[str, Mapping[str, Scalar]]:
        """Record type that has such (`person`, `org`, `position`, what a plugin leaves open) → custom field → type."""
        return {
            table.record: {
                name.removeprefix(CUSTOM): scalar
                for name, scalar, _ in (self._manifest.tables[table.name].columns if self.has(table.name) else ())
                if name.startswith(CUSTOM)
            }
            for table in self._tables
            if table.custom
        }

    def _patch(self, table: str) -> tuple[Any, Columns] | None:
        from audql.snapshot.columns import Columns

        stored = self._manifest.tables.get(table)
        rows = rows_of_patch(self._folder, stored) if stored is not None else None
        if stored is None or rows is None:
            return None
        known = {one.name: one for one in self._tables}
        counts = {name: one.count for name, one in self._manifest.tables.items()} | {table: len(rows)}

        def asked(query: str, *tables: str) -> Mapping[str, Any]:
            these = [(known[name], self._manifest.tables.get(name)) for name in tables]
            return ask(self._folder, these, query, (), patch_of=table)

        return rows, Columns(asked, known[table], stored.columns, counts)

    def _load(self, table: str, only: tuple[str, Collection[str]] | None = None) -> list[dict[str, object]]:
        stored = self._manifest.tables.get(table)
        if stored is None:
            return []
        names = [name for name, _, _ in stored.columns]
        convert = {
            name: _number if scalar is Scalar.NUMBER else _instant
            for name, scalar, _ in stored.columns
            if scalar in (Scalar.NUMBER, Scalar.INSTANT)
        }
        rows = [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in load_values(self._folder, stored, only)
        ]
        for name, read in convert.items():
            for row in rows:
                if name in row:
                    row[name] = read(row[name])
        return rows


def _number(value: object) -> object:
    """Exact; a whole number as int."""
    assert isinstance(value, Decimal)
    whole = value.to_integral_value()
    return int(whole) if whole == value else value.normalize()


def _instant(value: object) -> object:
    assert isinstance(value, dt.datetime)
    return value.replace(tzinfo=dt.UTC)
