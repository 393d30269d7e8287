"""Tables of rows → a snapshot on disk, and back to rows.

snapshots/current                        the name of the one that counts
snapshots/<name>.json                    its manifest
snapshots/tables/<table>-<name>.parquet  rows, shared by all snapshots that have the same
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audql.diagnostics import RunError
from audql.snapshot import durable, messages
from audql.snapshot.content import SEPARATOR, Relation, name_of_rows, name_of_snapshot
from audql.snapshot.database import literal, parquet, quoted
from audql.snapshot.disk import is_full
from audql.snapshot.schema import Table
from audql.types import Scalar

if TYPE_CHECKING:
    import duckdb

FORMAT = 1

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


@dataclass(frozen=True, slots=True)
class StoredTable:
    """What a manifest says of one table."""

    name: str
    file: str
    content: str
    count: int
    columns: tuple[tuple[str, Scalar, bool], ...]
    """Name, type, and whether it holds many."""
    digest: str = ""
    """SHA-256 of the file, hex; manifests of before there were any have none."""


@dataclass(frozen=True, slots=True)
class Manifest:
    name: str
    tables: Mapping[str, StoredTable]
    """Only those that the feed had."""
    dropped_managers: tuple[tuple[str, str], ...]
    """Person and manager of each link that was left out because it closed a cycle."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A table that is ready to be kept. `fresh`: its file; none where there is one of the same content already."""

    table: StoredTable
    fresh: Path | None


def stage(
    folder: Path, name: str, rows: Relation, temporary: Path, *, before: StoredTable | None = None, anew: bool = False
) -> Staged:
    """Names the rows, which are all different, and writes them in a folder on the same disk if there is need to.

    `before`: the table in the current snapshot, which was checked. `anew`: there is need to, since what is kept is not
    to be trusted.
    """
    content, count = name_of_rows(rows)
    table = StoredTable(name, f"{name}-{content}.parquet", content, count, rows.columns)
    there = folder / "tables" / table.file
    if not anew and there.exists():
        same = before is not None and before.content == content and before.digest
        return Staged(replace(table, digest=same or digest_of(there)), None)
    fresh = temporary / table.file
    _write_parquet(fresh, rows)
    return Staged(replace(table, digest=digest_of(fresh)), fresh)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def commit(
    folder: Path,
    staged: Iterable[Staged],
    dropped_managers: Iterable[tuple[str, str]] = (),
    note: Callable[[str], None] = lambda name: None,
) -> Manifest:
    """Puts what was staged in its place and makes it the current snapshot. A crash leaves the earlier one current.

    `note` is told its name where it was not the current one. The caller holds the lock of the state.
    """
    durable.clear(folder, folder / "tables")
    manifest = keep(folder, staged, dropped_managers)
    if current_name(folder) != manifest.name:
        note(manifest.name)
        make_current(folder, manifest.name)
    return manifest


def keep(folder: Path, staged: Iterable[Staged], dropped_managers: Iterable[tuple[str, str]] = ()) -> Manifest:
    """Puts what was staged in its place, as a snapshot that does not count yet."""
    dropped = tuple(sorted(dropped_managers))
    stored = {}
    for one in staged:
        stored[one.table.name] = one.table
        if one.fresh is not None:
            durable.replace_with(folder / "tables" / one.table.file, partial(os.replace, one.fresh))
    manifest = Manifest(_name_of(stored, dropped), stored, dropped)
    path = folder / f"{manifest.name}.json"
    text = json.dumps(_as_json(manifest), indent=1, sort_keys=True) + "\n"
    if not path.exists() or path.read_bytes() != text.encode():
        durable.write_text(path, text)
    return manifest


def make_current(folder: Path, name: str) -> None:
    """Makes a snapshot that there is the one that counts."""
    durable.write_text(folder / "current", name + "\n")


def current_name(folder: Path) -> str | None:
    """The name of the snapshot that counts, or None before the first. A damaged one is no name of any."""
    try:
        return (folder / "current").read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None


def load_manifest(folder: Path, name: str | None = None) -> Manifest:
    """The manifest of that snapshot, or of the current one. Raises RunError if there is none, or if it is damaged."""
    name = name or current_name(folder)
    if name is None:
        raise RunError(messages.no_snapshot())
    if not re.fullmatch("[0-9a-f]{32}", name):
        raise RunError(messages.damaged(folder / "current", "names none"))
    path = folder / f"{name}.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] > FORMAT:
            raise RunError(messages.newer_format(data["format"]))
        manifest = _from_json(data)
    except OSError:
        raise RunError(messages.damaged(path, "is not there")) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RunError(messages.damaged(path, "cannot be read")) from None
    if not name == manifest.name == _name_of(manifest.tables, manifest.dropped_managers):
        raise RunError(messages.damaged(path, "is not what was written"))
    for table in manifest.tables.values():
        file = folder / "tables" / table.file
        if not file.is_file():
            raise RunError(messages.damaged(Path(table.file), "is not there"))
        if file.is_symlink():
            raise RunError(messages.damaged(Path(table.file), "is a link to another file"))
    return manifest


def check_tables(folder: Path, manifest: Manifest) -> None:
    """Raises RunError for a table whose file is not, byte for byte, what the manifest says."""
    for table in manifest.tables.values():
        path = folder / "tables" / table.file
        _check(path, table)
        if table.digest and digest_of(path) != table.digest:
            raise RunError(messages.damaged(path, "is not what was written"))


def load_values(
    folder: Path, table: StoredTable, only: tuple[str, Collection[str]] | None = None
) -> list[tuple[object, ...]]:
    """The rows as Python values: str, Decimal, bool, date, naive datetime in UTC, list of str, or None.

    `only`: those of which a column is one of these.
    """
    path = folder / "tables" / table.file
    _check(path, table)
    columns = ", ".join(quoted(name) for name, _, _ in table.columns)
    with reading(path) as connection:
        query = f"SELECT {columns} FROM {parquet(path)}"
        if only is None:
            return connection.execute(query).fetchall()
        column, values = only
        return connection.execute(f"{query} WHERE {quoted(column)} IN (SELECT unnest(?))", [[*values]]).fetchall()


def ask(
    folder: Path, tables: Sequence[tuple[Table, StoredTable | None]], query: str, given: Sequence[object]
) -> dict[str, Any]:
    """The columns that a query over these tables, stored or not, gives, as numpy arrays.

    A table has every field that such tables can have, and `row`, its rows' numbers from 0 on; a table that the feed did
    not have has no rows.
    """
    paths = [folder / "tables" / stored.file for _, stored in tables if stored is not None]
    for path, stored in zip(paths, (stored for _, stored in tables if stored is not None), strict=True):
        _check(path, stored)
    named = ", ".join(f"{quoted(table.name)} AS ({_relation(folder, table, stored)})" for table, stored in tables)
    with reading(*paths) as connection:
        found: dict[str, Any] = connection.execute(f"WITH {named} {query}", given).fetchnumpy()
        return found


@contextmanager
def reading(*paths: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """What reads these files. Raises RunError when one cannot be read."""
    import duckdb

    connection = _database().cursor()
    try:
        yield connection
    except (duckdb.OutOfMemoryException, duckdb.ParserException):
        raise
    except duckdb.Error as problem:
        if is_full(problem):
            raise RunError(messages.disk_full("what a query needs")) from None
        why = f"cannot be read ({str(problem).splitlines()[0][:120]})"
        raise RunError(*(messages.damaged(path, why) for path in paths[:1])) from None
    finally:
        connection.close()


@cache
def _check(path: Path, table: StoredTable) -> None:
    """Raises RunError for a file with other columns, or another number of rows, than the manifest says."""
    with reading(path) as connection:
        file = parquet(path)
        columns = connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM {file})").fetchall()
        ((count,),) = connection.execute(f"SELECT count(*) FROM {file}").fetchall()
    if columns != [(n, f"{SQL_TYPES[t].replace(' ', '')}{'[]' if many else ''}") for n, t, many in table.columns]:
        raise RunError(messages.damaged(path, "has other columns than it should have"))
    if count != table.count:
        raise RunError(messages.damaged(path, f"has {count} rows and should have {table.count}"))


def _relation(folder: Path, table: Table, stored: StoredTable | None) -> str:
    known = {name: quoted(name) for name, _, _ in stored.columns} if stored is not None else {}
    nothing = {
        column.name: f"CAST(NULL AS {SQL_TYPES[column.type]}{'[]' if column.many else ''}) AS {quoted(column.name)}"
        for column in table.columns
    }
    chosen = ", ".join((nothing | known).values())
    if stored is None:
        return f"SELECT {chosen}, 0 AS row WHERE false"
    file = parquet(folder / "tables" / stored.file, numbered=True)
    return f"SELECT {chosen}, file_row_number::INTEGER AS row FROM {file}"


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """An empty database in memory: reads Parquet, and takes longer to start than that does."""
    import duckdb

    return duckdb.connect(":memory:")


def _write_parquet(path: Path, rows: Relation) -> None:
    """Sorted, so that the same rows are the same bytes."""
    chosen = ", ".join(
        f"{_kept(value, many)} AS {quoted(name)}"
        for value, (name, _, many) in zip(rows.values, rows.columns, strict=True)
    )
    rows.database.execute(
        f"COPY (SELECT {chosen} FROM {rows.source} ORDER BY {', '.join(rows.order)}) "
        f"TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    )


def _kept(value: str, many: bool) -> str:
    return f"string_split({value}, chr({ord(SEPARATOR)}))" if many else value


def _name_of(tables: Mapping[str, StoredTable], dropped_managers: Iterable[tuple[str, str]]) -> str:
    facts = [json.dumps(["dropped", *link]) for link in dropped_managers]
    return name_of_snapshot({name: table.content for name, table in tables.items()}, facts)


def _as_json(manifest: Manifest) -> dict[str, object]:
    return {
        "format": FORMAT,
        "name": manifest.name,
        "tables": {
            t.name: {
                "file": t.file,
                "content": t.content,
                "count": t.count,
                "columns": [[name, scalar.value, many] for name, scalar, many in t.columns],
                "digest": t.digest,
            }
            for t in manifest.tables.values()
        },
        "dropped_managers": manifest.dropped_managers,
    }


def _from_json(data: Mapping[str, Any]) -> Manifest:
    tables = {}
    for name, t in data["tables"].items():
        columns = tuple((str(column), Scalar(scalar), bool(many)) for column, scalar, many in t["columns"])
        if not re.fullmatch("[A-Za-z0-9_]+", name) or t["file"] != f"{name}-{t['content']}.parquet":
            raise ValueError
        digest = str(t.get("digest", ""))
        tables[name] = StoredTable(name, t["file"], t["content"], int(t["count"]), columns, digest)
    return Manifest(data["name"], tables, tuple((str(a), str(b)) for a, b in data["dropped_managers"]))
