"""People → every snapshot without them, under the name of what it has then."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audql.snapshot.content import Relation
from audql.snapshot.database import literal, number, parquet, quoted
from audql.snapshot.history import drop, history, sweep, write_history
from audql.snapshot.links import still_closing
from audql.snapshot.schema import PERSON, Table
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import current_name, keep, make_current
from audql.snapshot.tables import Staged, as_text, stage
from audql.text import fold

if TYPE_CHECKING:
    import duckdb

_PEOPLE = "people"


def names_of(snapshot: Snapshot, who: str) -> frozenset[str]:
    """The id, and what else stands for the person in a feed: username and email."""
    found = snapshot.ask("SELECT username, email FROM people WHERE id = ?", _PEOPLE, given=[who])
    return frozenset([who, *(str(value) for column in found.values() for value in column.tolist() if value)])


def ids_of(snapshot: Snapshot, name: str) -> frozenset[str]:
    """Of whoever has that username or email, in any case. Without the columns that the engine keeps: nothing is to be
    written of someone who is to go."""
    found = snapshot.ask("SELECT id, username, email FROM people", _PEOPLE)
    each = zip(*(column.tolist() for column in found.values()), strict=True)
    folded = fold(name)
    return frozenset(str(who) for who, *names in each if any(value and fold(value) == folded for value in names))


def erase_from_snapshots(
    folder: Path,
    snapshots: Sequence[Snapshot],
    people: Collection[str],
    database: duckdb.DuckDBPyConnection,
    temporary: Path,
) -> Mapping[str, str]:
    """Old name → new name of those that had any of them. The caller holds the lock of the state. Raises OSError where a
    file that has someone cannot be taken away.

    New ones are there before old ones go, so that a crash leaves either; once more finishes the work.
    """
    renamed: dict[str, str] = {}
    for snapshot in snapshots:
        fed = [table for table in snapshot.tables if snapshot.has(table.name)]
        staged = [_without(snapshot, table, people, database, temporary) for table in fed]
        if any(one.table != snapshot.manifest.tables[one.table.name] for one in staged):
            renamed[snapshot.name] = keep(folder, staged).name
    if renamed:
        current = current_name(folder)
        entries = {renamed.get(kept.name, kept.name): kept for kept in history(folder)}
        write_history(folder, [replace(kept, name=name) for name, kept in entries.items()])
        if current in renamed:
            make_current(folder, renamed[current])
        drop(folder, [old for old, new in renamed.items() if old != new])
        sweep(folder)
    if (folder / "columns").exists():
        shutil.rmtree(folder / "columns")  # a cache, which is made again
    return renamed


def _without(
    snapshot: Snapshot, table: Table, people: Collection[str], database: duckdb.DuckDBPyConnection, temporary: Path
) -> Staged:
    stored = snapshot.manifest.tables[table.name]
    left_out = tuple(link for link in stored.left_out if not {link.person, link.manager}.intersection(people))
    own = "id" if table.name == _PEOPLE else PERSON if not table.key else None
    links = {c.name for c in table.columns if c.refers == _PEOPLE} - {own}
    columns = [name for name, _, _ in stored.columns if name in {*links, own}]
    files = [parquet(snapshot.folder / "tables" / file.name) for file in stored.files]
    listed = ", ".join(map(literal, sorted(people)))
    named = " OR ".join(f"{quoted(name)} IN ({listed})" for name in columns)
    # A file may have someone whom its patch takes out.
    if not named or not people or not any(number(database, f"SELECT count(*) FROM {f} WHERE {named}") for f in files):
        return Staged(replace(stored, left_out=left_out), None)
    values = {
        name: f"CASE WHEN {quoted(name)} IN ({listed}) THEN NULL ELSE {quoted(name)} END"
        if name in links
        else as_text(quoted(name), many)
        for name, _, many in stored.columns
    }
    chosen = ", ".join(f"{value} AS {quoted(name)}" for name, value in values.items())
    others = f"WHERE {quoted(own)} NOT IN ({listed})" if own else ""
    database.execute(
        f"CREATE OR REPLACE TABLE without AS SELECT DISTINCT ON ({_every(values)}) {chosen}, "
        f"file_row_number FROM {snapshot.rows_of(table.name, numbered=True)} {others}"
    )
    if left_out:  # whoever was erased may have been the rest of the circle
        left_out = still_closing(left_out, "without", database)
    rows = Relation(database, "without", stored.columns, tuple(map(quoted, values)), ("file_row_number",))
    return stage(snapshot.folder, table.name, rows, temporary).leaving_out(left_out).fed_at(stored.fed)


def _every(values: Mapping[str, str]) -> str:
    """Rows that are the same once nobody is named in them are one."""
    return ", ".join(values.values())
