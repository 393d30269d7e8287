"""One table of a snapshot on disk: a Parquet file of its rows, or such a file and a patch beside it.

A patch has the same columns and `#row`, the number of each of its rows: they take the place of the file's rows of these
numbers, or come after its last. So a change of few rows writes few, and rows are numbered from 0 on without a hole,
as they must be for columns that are kept by number. (Delta Lake and Iceberg keep numbers of rows that are deleted, and
leave holes.) Where a patch is no longer small, the table is written anew.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from audql.snapshot.content import SEPARATOR, Relation, Sums, name_of_rows, sums_of
from audql.snapshot.database import literal, number, parquet, quoted
from audql.snapshot.links import Link, without
from audql.types import Scalar

if TYPE_CHECKING:
    import duckdb

SQL_TYPES = {
    Scalar.TEXT: "VARCHAR",
    Scalar.CODE: "VARCHAR",
    Scalar.NUMBER: "DECIMAL(28, 9)",
    Scalar.YES_NO: "BOOLEAN",
    Scalar.DATE: "DATE",
    Scalar.INSTANT: "TIMESTAMP",
    Scalar.ANY: "VARCHAR",
}
DIGITS_BEFORE, DIGITS_AFTER = 19, 9
"""What a number can have before and after its point."""

ROW = "#row"
"""The column of a patch that no feed can have."""
_ROWS_FOR_ONE_PATCHED = 16
"""A patch has at most one row for so many of the table."""


@dataclass(frozen=True, slots=True)
class File:
    """A file in the folder of tables. `digest`: its SHA-256, hex.

    Its name has the table, the content that it gives the table, and what its digest begins with: a content that is
    written in another order is another file.
    """

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class StoredTable:
    """What a manifest says of one table."""

    name: str
    file: File
    content: str
    count: int
    columns: tuple[tuple[str, Scalar, bool], ...]
    """Name, type, and whether it holds many."""
    sums: Sums | None = None
    """What `content` is made of; None of the file alone of a table that has a patch."""
    patch: File | None = None
    left_out: tuple[Link, ...] = ()
    """Of jobs, in order: links that are in its rows as they are kept, and not as they are read."""
    fed: dt.datetime | None = None
    """When what the feed last said of it was written, an instant in UTC; None where that is not known."""

    def of_file(self, count: int) -> StoredTable:
        """The table that the file alone is, which has so many rows."""
        return replace(self, content="", count=count, sums=None, patch=None)

    @property
    def files(self) -> tuple[File, ...]:
        return (self.file,) if self.patch is None else (self.file, self.patch)

    @property
    def arrangement(self) -> str:
        """Names the rows as they are read and their numbers, 32 hex digits: a content may be kept in several orders."""
        files = " ".join(f"{file.name} {file.digest}" for file in self.files)
        read = f"{files} {[link.written for link in self.left_out]}" if self.left_out else files
        return hashlib.sha256(read.encode()).hexdigest()[:32]

    def rows(self, tables: Path, *, numbered: bool = False, patch: Path | None = None) -> str:
        """SQL: its rows as they are kept, with `numbered` also their numbers, as `file_row_number`. `patch`: where its
        patch is, if it is not in the folder of tables yet."""
        file = tables / self.file.name
        if self.patch is None:
            return parquet(file, numbered=numbered)
        patches = parquet(patch or tables / self.patch.name)
        chosen = ", ".join(quoted(name) for name, _, _ in self.columns)
        row = quoted(ROW)
        number_, its = (", file_row_number", f", {row}") if numbered else ("", "")
        return (
            f"(SELECT {chosen}{number_} FROM {parquet(file, numbered=True)} WHERE file_row_number < {self.count} "
            f"AND file_row_number NOT IN (SELECT {row} FROM {patches}) "
            f"UNION ALL SELECT {chosen}{its} FROM {patches})"
        )

    def read(self, tables: Path, *, numbered: bool = False) -> str:
        """SQL: its rows as they are read."""
        return without(self.left_out, self.rows(tables, numbered=numbered))


@dataclass(frozen=True, slots=True)
class Staged:
    """A table that is ready to be kept. `fresh`: the file that is to be put in its place; none where all are there."""

    table: StoredTable
    fresh: Path | None
    change: tuple[str, str] | None = None
    """Where it was made so: tables in the database of the rows that left what there was, and of those that came."""

    def leaving_out(self, links: Sequence[Link]) -> Staged:
        """The same with other links left out."""
        return replace(self, table=replace(self.table, left_out=tuple(links)))

    def fed_at(self, when: dt.datetime | None) -> Staged:
        """The same as fed at another time."""
        return replace(self, table=replace(self.table, fed=when))

    def rows(self, tables: Path, *, numbered: bool = False) -> str:
        """SQL: its rows, before they are kept too."""
        if self.fresh is None or self.table.patch is None:
            return self.table.rows(tables if self.fresh is None else self.fresh.parent, numbered=numbered)
        return self.table.rows(tables, numbered=numbered, patch=self.fresh)


@dataclass(frozen=True, slots=True)
class Staying:
    """Rows that stay of the table in the current snapshot, where others come and go."""

    leaving: str
    """A table in the database of those that do not stay, and their numbers, as `file_row_number`."""
    rows: Relation
    """Those that stay, with the columns of those that come."""


def stage(
    folder: Path,
    name: str,
    rows: Relation,
    temporary: Path,
    *,
    before: StoredTable | None = None,
    staying: Staying | None = None,
    bases: Collection[str] = (),
) -> Staged:
    """Names the rows, which are all different, and writes them in a folder on the same disk if there is need to.

    `before`: the table in the current snapshot, which was checked. `staying`: what stays of it beside the rows.
    `bases`: the files that can have a patch.
    """
    tables = folder / "tables"
    base = before if before is not None and before.file.name in bases else None
    if staying is not None:
        change = _Change(base, staying.leaving, rows) if base is not None else None
        if change is not None and (patched := _patched(tables, change, temporary)) is not None:
            return patched
        rows = _together(rows, staying.rows)
    sums = sums_of(rows)
    content = name_of_rows(rows.columns, sums)
    if before is not None and before.content == content:
        return Staged(before, None)
    if base is not None and staying is None:
        change = _change(tables, rows, sums, base)
        if change is not None and (patched := _patched(tables, change, temporary)) is not None:
            return patched
    query = f"SELECT {_chosen(rows)} FROM {rows.source}"
    file, fresh = _written(temporary, name, content, query, rows.order, rows.database)
    return Staged(StoredTable(name, file, content, sums.count, rows.columns, sums), fresh)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class _Change:
    """What a table was, the table in the database of its rows that leave, with their numbers, and those that come."""

    before: StoredTable
    leaving: str
    coming: Relation


def _change(tables: Path, rows: Relation, sums: Sums, before: StoredTable) -> _Change | None:
    """What makes these rows of those before, where that is little. Rows are told apart by numbers of 64 bits, and by
    the sums it is seen whether these were enough."""
    if before.columns != rows.columns:
        return None
    assert before.sums is not None
    database, values, was = rows.database, ", ".join(rows.values), before.rows(tables, numbered=True)
    texts = ", ".join(as_text(quoted(column), many) for column, _, many in rows.columns)
    database.execute(f"CREATE OR REPLACE TABLE hashes_now AS SELECT hash({values}) AS h FROM {rows.source}")
    database.execute(
        f"CREATE OR REPLACE TABLE hashes_was AS SELECT hash({texts}) AS h, file_row_number AS n FROM {was}"
    )
    database.execute("CREATE OR REPLACE TABLE hashes_new AS FROM hashes_now ANTI JOIN hashes_was USING (h)")
    try:
        if number(database, "SELECT count(*) FROM hashes_new") * _ROWS_FOR_ONE_PATCHED > sums.count:
            return None
        gone = "SELECT n FROM hashes_was ANTI JOIN hashes_now USING (h)"
        leaving = f"leaving_{before.name}"
        database.execute(f"CREATE TABLE {leaving} AS FROM {was} WHERE file_row_number IN ({gone})")
    finally:
        database.execute("DROP TABLE hashes_now; DROP TABLE hashes_was")
    source = f"{rows.source} WHERE hash({values}) IN (FROM hashes_new)"
    found = _Change(before, leaving, Relation(database, source, rows.columns, rows.values, rows.order))
    return found if before.sums - sums_of(_leaving(found)) + sums_of(found.coming) == sums else None


def _leaving(change: _Change) -> Relation:
    columns = change.before.columns
    values = tuple(as_text(quoted(name), many) for name, _, many in columns)
    return Relation(change.coming.database, change.leaving, columns, values, ())


def _patched(tables: Path, change: _Change, temporary: Path) -> Staged | None:
    """The table before with a patch, or None where it has to be written anew."""
    before, rows = change.before, change.coming
    if before.columns != rows.columns:
        return None
    assert before.sums is not None
    sums = before.sums - sums_of(_leaving(change)) + sums_of(rows)
    content = name_of_rows(rows.columns, sums)
    if content == before.content:
        return Staged(before, None)
    if not _lay_patch(tables, change, sums.count):
        return None
    patch, fresh = _written(temporary, before.name, content, "FROM patch", (quoted(ROW),), rows.database)
    table = replace(before, content=content, count=sums.count, sums=sums, patch=patch)
    return Staged(table, fresh, (change.leaving, _coming(change)))


def _coming(change: _Change) -> str:
    return f"coming_{change.before.name}"


def _lay_patch(tables: Path, change: _Change, count: int) -> bool:
    """Makes the table `patch`, unless it would be too large. Numbers of rows that leave are given to those that come,
    both in their order, and to the last ones where there are fewer rows than there were."""
    before, rows, database = change.before, change.coming, change.coming.database
    row, place, turn = quoted(ROW), quoted("#place"), quoted("#turn")  # which are no field's
    names = [quoted(column) for column, _, _ in rows.columns]
    all_rows = before.rows(tables, numbered=True)
    coming = _coming(change)
    database.execute(
        f"CREATE TABLE {coming} AS SELECT row_number() OVER (ORDER BY {', '.join(rows.order)}) AS {place}, "
        f"{_chosen(rows)} FROM {rows.source}"
    )
    moving = (
        f"SELECT {before.count} + file_row_number, {', '.join(names)} FROM {all_rows} "
        f"WHERE file_row_number >= {count} AND file_row_number NOT IN (SELECT file_row_number FROM {change.leaving})"
    )
    earlier = ""
    if before.patch is not None:
        earlier = (
            f"SELECT {', '.join([row, *names])} FROM {parquet(tables / before.patch.name)} WHERE {row} < {count} "
            f"AND {row} NOT IN (SELECT file_row_number FROM {change.leaving}) UNION ALL "
        )
    free = (
        f"SELECT file_row_number AS {row} FROM {change.leaving} WHERE file_row_number < {count} UNION ALL "
        f"SELECT range AS {row} FROM range({before.count}, {max(before.count, count)})"
    )
    database.execute(
        f"CREATE OR REPLACE TABLE patch AS {earlier}SELECT {', '.join([row, *names])} FROM "
        f"(SELECT *, row_number() OVER (ORDER BY {place}) AS {turn} FROM (FROM {coming} UNION ALL {moving})) JOIN "
        f"(SELECT {row}, row_number() OVER (ORDER BY {row}) AS {turn} FROM ({free})) USING ({turn}) ORDER BY {row}"
    )
    return number(database, "SELECT count(*) FROM patch") * _ROWS_FOR_ONE_PATCHED <= count


def _together(some: Relation, others: Relation) -> Relation:
    """The rows of both, in the order of the others."""
    places = [f"v{i}" for i in range(len(some.values))]
    parts = (
        f"SELECT {', '.join(f'{value} AS {place}' for value, place in zip(one.values, places, strict=True))} "
        f"FROM {one.source}"
        for one in (some, others)
    )
    order = tuple(places[others.values.index(value)] for value in others.order)
    return Relation(some.database, f"({' UNION ALL '.join(parts)})", some.columns, tuple(places), order)


def _written(
    temporary: Path, name: str, content: str, query: str, order: Sequence[str], database: duckdb.DuckDBPyConnection
) -> tuple[File, Path]:
    """A file of what a query gives, sorted, so that the same rows are the same bytes; and where it is."""
    path = temporary / f"{name}-{content}.parquet"
    database.execute(
        f"COPY ({query} ORDER BY {', '.join(order)}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    )
    digest = digest_of(path)
    fresh = path.rename(temporary / f"{name}-{content}-{digest[:32]}.parquet")
    return File(fresh.name, digest), fresh


def _chosen(rows: Relation) -> str:
    """SQL: the values as they are kept."""
    each = zip(rows.values, rows.columns, strict=True)
    return ", ".join(f"{_as_list(value) if many else value} AS {quoted(name)}" for value, (name, _, many) in each)


def _as_list(value: str) -> str:
    return f"string_split({value}, chr({ord(SEPARATOR)}))"


def as_text(value: str, many: bool) -> str:
    """SQL: a kept value as rows have it, the values of a column that holds many as one text."""
    return f"array_to_string({value}, {literal(SEPARATOR)})" if many else value


def columns_of(columns: Sequence[tuple[str, Scalar, bool]]) -> list[tuple[str, str]]:
    """Names and types of a table's columns as the database tells them."""
    return [(name, f"{SQL_TYPES[kind].replace(' ', '')}{'[]' if many else ''}") for name, kind, many in columns]
