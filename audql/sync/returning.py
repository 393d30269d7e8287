"""What is there again in other capitals: rows of the snapshot before name it as it was written then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from audql.snapshot.database import number, quoted
from audql.snapshot.schema import PERSON, Table
from audql.snapshot.snapshot import Snapshot
from audql.sync.draft import Draft
from audql.sync.references import Ids
from audql.sync.texts import with_folded

if TYPE_CHECKING:
    import duckdb


def naming_old(database: duckdb.DuckDBPyConnection, before: Snapshot, table: Table, known: Mapping[str, Ids]) -> str:
    """SQL: whose earlier rows name something so; empty where nobody's do."""
    rows, found = before.rows_of(table.name), []
    there = {name for name, _, _ in before.manifest.tables[table.name].columns}
    for column in table.columns:
        ids = known.get(column.refers)
        if ids is None or column.name == PERSON or column.name not in there:
            continue
        name, kind = quoted(column.name), "kind" if ids.has_kinds else None
        if respellings := _respellings(database, ids, rows, name, kind, column.name):
            found.append(f"SELECT {PERSON} AS id FROM {rows} WHERE {_is_old(respellings, name, kind)}")
    return " UNION ".join(found)


def spell_anew(draft: Draft) -> None:
    """In rows of the table `back`."""
    for name, kept in draft.columns.items():
        if kept.ids is None or kept.name == PERSON:
            continue
        kind = f"kind_of_{name}" if kept.ids.has_kinds else None
        if respellings := _respellings(draft.database, kept.ids, "back", name, kind, name):
            draft.database.execute(
                f"UPDATE back SET {name} = r.id FROM {respellings} r WHERE r.text = {name}"
                + (f" AND r.kind = {kind}" if kind else "")
            )


def _respellings(
    database: duckdb.DuckDBPyConnection, ids: Ids, rows: str, name: str, kind: str | None, own: str
) -> str | None:
    """The table of texts of a column that stand for new ids in another spelling, and of these; None if it is empty."""
    new = ids.new
    if not number(database, f"SELECT count(*) FROM {new}"):
        return None
    kinds, and_kind = (f", {kind} AS kind", ", kind") if kind else ("", "")
    asked, found = f"asked_{own}", f"respelled_{own}"
    database.execute(
        f"CREATE OR REPLACE TABLE {asked} AS SELECT DISTINCT {name} AS text{kinds} FROM {rows} "
        f"WHERE lower({name}) IN (SELECT folded FROM {new}) OR strlen({name}) <> length({name})"
    )
    database.execute(
        f"CREATE OR REPLACE TABLE {found} AS SELECT text, n.id{and_kind} FROM "
        f"({with_folded(database, f'FROM {asked}')}) JOIN {new} n USING (folded{and_kind}) WHERE text <> n.id"
    )
    return found if number(database, f"SELECT count(*) FROM {found}") else None


def _is_old(respellings: str, name: str, kind: str | None) -> str:
    if kind is None:
        return f"{name} IN (SELECT text FROM {respellings})"
    return f"({name}, {kind}) IN (SELECT (text, kind) FROM {respellings})"
