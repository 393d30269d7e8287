"""Tables of rows → a snapshot on disk, and back to rows.

snapshots/current                        the name of the one that counts
snapshots/<name>.json                    its manifest
snapshots/tables/<table>-<content>-<digest>.parquet  rows, or a patch of such a file; shared by all that have the same
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audql.diagnostics import RunError
from audql.snapshot import durable, messages
from audql.snapshot.content import Sums, name_of_rows, name_of_snapshot
from audql.snapshot.database import number, parquet, quoted
from audql.snapshot.disk import is_full
from audql.snapshot.links import Link, without
from audql.snapshot.schema import Table
from audql.snapshot.tables import ROW, SQL_TYPES, File, Staged, StoredTable, columns_of, digest_of
from audql.types import Scalar

if TYPE_CHECKING:
    import duckdb

FORMAT = 4
"""Of the manifests that are read; earlier ones were of before the first release."""

_JOBS = "jobs"


@dataclass(frozen=True, slots=True)
class Manifest:
    name: str
    tables: Mapping[str, StoredTable]
    """Only those that the feed had."""

    @property
    def left_out(self) -> tuple[Link, ...]:
        """Links to managers that are not read, since they closed a cycle."""
        return self.tables[_JOBS].left_out if _JOBS in self.tables else ()


def commit(
    folder: Path,
    staged: Iterable[Staged],
    note: Callable[[str], None] = lambda name: None,
) -> Manifest:
    """Puts what was staged in its place and makes it the current snapshot. A crash leaves the earlier one current.

    `note` is told its name where it was not the current one. The caller holds the lock of the state.
    """
    durable.clear(folder, folder / "tables")
    manifest = keep(folder, staged)
    if current_name(folder) != manifest.name:
        note(manifest.name)
        make_current(folder, manifest.name)
    return manifest


def keep(folder: Path, staged: Iterable[Staged]) -> Manifest:
    """Puts what was staged in its place, as a snapshot that does not count yet."""
    stored = {}
    for one in staged:
        stored[one.table.name] = one.table
        if one.fresh is not None:
            durable.replace_with(folder / "tables" / one.fresh.name, partial(os.replace, one.fresh))
    manifest = Manifest(_name_of(stored), stored)
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
        if (form := int(data["format"])) != FORMAT:
            raise RunError(messages.other_format(form, FORMAT))
        manifest = _from_json(data)
    except OSError:
        raise RunError(messages.damaged(path, "is not there")) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RunError(messages.damaged(path, "cannot be read")) from None
    if not name == manifest.name == _name_of(manifest.tables):
        raise RunError(messages.damaged(path, "is not what was written"))
    for table in manifest.tables.values():
        for file in table.files:
            path = folder / "tables" / file.name
            if not path.is_file():
                raise RunError(messages.damaged(Path(file.name), "is not there"))
            if path.is_symlink():
                raise RunError(messages.damaged(Path(file.name), "is a link to another file"))
    return manifest


def check_tables(folder: Path, manifest: Manifest) -> None:
    """Raises RunError for a table whose file is not, byte for byte, what the manifest says.

    Files are read beside the start of the database.
    """
    tables = folder / "tables"
    paths = [tables / file.name for table in manifest.tables.values() for file in table.files]
    beside = ThreadPoolExecutor(1)
    try:
        digests = dict(zip(paths, [beside.submit(digest_of, path) for path in paths], strict=True))
        _database()
        for table in manifest.tables.values():
            for file in table.files:
                path = tables / file.name
                if digests[path].result() != file.digest:
                    raise RunError(messages.damaged(path, "is not what was written"))
            _check(tables, table)
    finally:
        beside.shutdown(cancel_futures=True)


def load_values(
    folder: Path, table: StoredTable, only: tuple[str, Collection[str]] | None = None
) -> list[tuple[object, ...]]:
    """The rows as Python values: str, Decimal, bool, date, naive datetime in UTC, list of str, or None.

    `only`: those of which a column is one of these.
    """
    tables = folder / "tables"
    _check(tables, table)
    columns = ", ".join(quoted(name) for name, _, _ in table.columns)
    with reading(tables / table.file.name) as connection:
        query = f"SELECT {columns} FROM {table.read(tables)}"
        if only is None:
            return connection.execute(query).fetchall()
        column, values = only
        return connection.execute(f"{query} WHERE {quoted(column)} IN (SELECT unnest(?))", [[*values]]).fetchall()


def without_patch(folder: Path, table: StoredTable) -> StoredTable:
    """The table that its file alone is."""
    path = folder / "tables" / table.file.name
    with reading(path) as connection:
        return table.of_file(number(connection, f"SELECT count(*) FROM {parquet(path)}"))


def rows_of_patch(folder: Path, table: StoredTable) -> Any:
    """The numbers of the rows that the patch has, as a numpy array in the order of the patch; None without one."""
    if table.patch is None:
        return None
    path = folder / "tables" / table.patch.name
    with reading(path) as connection:
        query = f"SELECT {quoted(ROW)} AS row FROM {parquet(path, numbered=True)} ORDER BY file_row_number"
        return connection.execute(query).fetchnumpy()["row"]


def ask(
    folder: Path,
    tables: Sequence[tuple[Table, StoredTable | None]],
    query: str,
    given: Sequence[object],
    patch_of: str | None = None,
) -> dict[str, Any]:
    """The columns that a query over these tables, stored or not, gives, as numpy arrays.

    A table has every field that such tables can have, and `row`, its rows' numbers from 0 on; a table that the feed did
    not have has no rows. Of the table `patch_of` there are the rows of its patch alone, with their places in that.
    """
    there = [stored for _, stored in tables if stored is not None]
    for stored in there:
        _check(folder / "tables", stored)
    named = ", ".join(
        f"{quoted(table.name)} AS ({_relation(folder / 'tables', table, stored, patch=table.name == patch_of)})"
        for table, stored in tables
    )
    with reading(*(folder / "tables" / stored.file.name for stored in there)) as connection:
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
def _check(tables: Path, table: StoredTable) -> None:
    """Raises RunError for a table with other columns, or another number of rows, than the manifest says."""
    path = tables / table.file.name
    with reading(path) as connection:
        rows = table.rows(tables)
        columns = connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM {rows})").fetchall()
        ((count,),) = connection.execute(f"SELECT count(*) FROM {rows}").fetchall()
    if columns != columns_of(table.columns):
        raise RunError(messages.damaged(path, "has other columns than it should have"))
    if count != table.count:
        raise RunError(messages.damaged(path, f"has {count} rows and should have {table.count}"))


def _relation(tables: Path, table: Table, stored: StoredTable | None, *, patch: bool) -> str:
    known = {name: quoted(name) for name, _, _ in stored.columns} if stored is not None else {}
    nothing = {
        column.name: f"CAST(NULL AS {SQL_TYPES[column.type]}{'[]' if column.many else ''}) AS {quoted(column.name)}"
        for column in table.columns
    }
    chosen = ", ".join((nothing | known).values())
    if stored is None:
        return f"SELECT {chosen}, 0 AS row WHERE false"
    if patch:
        assert stored.patch is not None
        rows = without(stored.left_out, parquet(tables / stored.patch.name, numbered=True))
    else:
        rows = stored.read(tables, numbered=True)
    return f"SELECT {chosen}, file_row_number::INTEGER AS row FROM {rows}"


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """An empty database in memory: reads Parquet, and takes longer to start than that does."""
    import duckdb

    return duckdb.connect(":memory:")


def name_of(staged: Iterable[Staged]) -> str:
    """The name of the snapshot that these tables would be."""
    return _name_of({one.table.name: one.table for one in staged})


def _name_of(tables: Mapping[str, StoredTable]) -> str:
    facts = [json.dumps(["left_out", *link.written]) for table in tables.values() for link in table.left_out]
    return name_of_snapshot({name: table.content for name, table in tables.items()}, facts)


def _as_json(manifest: Manifest) -> dict[str, object]:
    return {
        "format": FORMAT,
        "name": manifest.name,
        "tables": {t.name: _table_as_json(t) for t in manifest.tables.values()},
        "links_left_out": [link.written for link in manifest.left_out],
    }


def _table_as_json(table: StoredTable) -> dict[str, object]:
    assert table.sums is not None
    return {
        "file": table.file.name,
        "content": table.content,
        "count": table.count,
        "columns": [[name, scalar.value, many] for name, scalar, many in table.columns],
        "digest": table.file.digest,
        "sums": [f"{table.sums.high:016x}", f"{table.sums.low:016x}"],
        "patch": {"file": table.patch.name, "digest": table.patch.digest} if table.patch is not None else None,
        "fed": table.fed.isoformat() if table.fed is not None else None,
    }


def _table_from_json(name: str, data: Mapping[str, Any]) -> StoredTable:
    """Raises ValueError, KeyError or TypeError for what was not written so."""
    columns = tuple((str(column), Scalar(scalar), bool(many)) for column, scalar, many in data["columns"])
    file = File(data["file"], str(data["digest"]))
    patch = File(data["patch"]["file"], str(data["patch"]["digest"])) if data["patch"] else None
    content, count = str(data["content"]), int(data["count"])
    if not re.fullmatch("[A-Za-z0-9_]+", name):
        raise ValueError
    for one, is_last in ((file, patch is None), (patch, True)):
        if one is not None:
            named = re.fullmatch(rf"{name}-(?P<content>[0-9a-f]{{32}})-(?P<digest>[0-9a-f]{{32}})\.parquet", one.name)
            if named is None or (is_last and named["content"] != content):
                raise ValueError
            if named["digest"] != one.digest[:32]:
                raise ValueError
    sums = Sums(count, *(int(half, 16) for half in data["sums"]))
    if name_of_rows(columns, sums) != content:
        raise ValueError
    fed = dt.datetime.fromisoformat(data["fed"]).astimezone(dt.UTC) if data.get("fed") else None
    return StoredTable(name, file, content, count, columns, sums, patch, fed=fed)


def _from_json(data: Mapping[str, Any]) -> Manifest:
    tables = {name: _table_from_json(name, table) for name, table in data["tables"].items()}
    if data["links_left_out"]:
        links = tuple(Link(*map(str, link)) for link in data["links_left_out"])
        tables[_JOBS] = replace(tables[_JOBS], left_out=links)
    return Manifest(data["name"], tables)
