"""Hierarchies of a draft: parents of nodes are looked up, and links by which something would be above itself go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from audql.diagnostics import GuardError
from audql.snapshot.links import Link
from audql.snapshot.snapshot import Snapshot
from audql.sync import messages
from audql.sync.cycles import closing_links, closing_links_of, parent_cycle
from audql.sync.draft import Draft
from audql.sync.earlier import Earlier
from audql.sync.references import Ids, told

if TYPE_CHECKING:
    import duckdb


def check_nodes(draft: Draft, names: Sequence[str]) -> None:
    """Refuses nodes whose parents are not there, and lets those wait whose parents do, with all that is below them."""
    parent = draft.fields["parent"].physical
    draft.database.execute(
        f"CREATE OR REPLACE TABLE asked AS SELECT DISTINCT {parent} AS text, CAST(NULL AS VARCHAR) AS kind "
        f"FROM {draft.kept} WHERE row >= 0 AND {parent} IS NOT NULL"
    )
    ids = Ids(draft, names, None)
    ids.find("asked", "found")
    unfound = draft.database.execute(
        f"SELECT k.row, f.text, f.kind, f.shared FROM {draft.kept} k JOIN found f ON f.text = k.{parent} "
        "WHERE k.row >= 0 AND f.code IS NULL ORDER BY k.row"
    ).fetchall()
    silent, _, waiting, loud = told(ids, unfound)
    draft.refuse([(row, "parent", say) for row, say in loud])
    draft.database.execute(
        f"UPDATE {draft.kept} SET {parent} = i.id FROM found f JOIN {ids.table} i ON i.code = f.code "
        f"WHERE row >= 0 AND f.text = {parent}"
    )
    draft.move(_with_all_below(draft, [*silent, *(row for row, _ in loud)]))
    draft.postpone(_with_all_below(draft, waiting))


def _with_all_below(draft: Draft, rows: Sequence[int]) -> Sequence[int]:
    """The rows of these nodes and of those of the feed below them."""
    if not rows:
        return rows
    identity, parent = draft.fields["id"].physical, draft.fields["parent"].physical
    draft.database.register("tops", {"row": np.array(rows, np.int32)})
    found = draft.database.execute(
        f"WITH RECURSIVE below(row, id) AS (SELECT row, {identity} FROM {draft.kept} JOIN tops USING (row) UNION "
        f"SELECT k.row, k.{identity} FROM {draft.kept} k JOIN below b ON k.{parent} = b.id WHERE k.row >= 0) "
        "SELECT row FROM below"
    ).fetchnumpy()["row"]
    draft.database.unregister("tops")
    return list(map(int, found.tolist()))


def check_cycles(draft: Draft) -> None:
    """Raises GuardError for nodes that are above themselves."""
    parent = draft.fields["parent"].physical
    above = draft.database.execute(
        f"SELECT {draft.fields['id'].physical}, {parent} FROM {draft.kept} WHERE {parent} IS NOT NULL"
    ).fetchall()
    if way := parent_cycle(dict(above)):
        raise GuardError(messages.node_cycle(draft.table.name, way))


def closing_managers(draft: Draft, before: Snapshot | None, as_of: dt.date) -> list[Link]:
    """The links of jobs current on that day by which someone would be above themselves: of a cycle one that the
    snapshot before does not have, or leaves out, where there is one."""
    closing = _closing(draft, before, as_of)
    if not closing:
        return []
    ids = draft.fields["person"].ids
    assert ids is not None
    names = ("person", "manager", "started", "ended")
    person, manager, started, ended = (draft.fields[name].physical for name in names)
    days, current = f"{started} AS started, {ended} AS ended", _current_by_fields(draft, as_of)
    rows = f"SELECT {person} AS p, {manager} AS m, {days} FROM {draft.kept} WHERE {current}"
    draft.database.register("closing", {"p": np.array([p for p, _ in closing]), "m": np.array([m for _, m in closing])})
    if draft.staying is not None:
        rows += f" UNION ALL {_links(draft, ids, draft.staying, as_of, days)}"
    found = draft.database.execute(
        f"SELECT DISTINCT a.id, b.id, coalesce(CAST(started AS VARCHAR), ''), coalesce(CAST(ended AS VARCHAR), '') "
        f"FROM ({rows}) JOIN closing USING (p, m) JOIN {ids.table} a ON a.code = p JOIN {ids.table} b ON b.code = m"
    ).fetchall()
    draft.database.unregister("closing")
    return sorted(Link(*link) for link in found)


def _closing(draft: Draft, before: Snapshot | None, as_of: dt.date) -> list[tuple[int, int]]:
    """Those links, by the numbers of people."""
    ids = draft.fields["person"].ids
    assert ids is not None
    person, manager = draft.fields["person"].physical, draft.fields["manager"].physical
    current = _current_by_fields(draft, as_of)
    here = f"SELECT {person} AS p, {manager} AS m FROM {draft.kept} WHERE {manager} IS NOT NULL AND {current}"
    if draft.staying is None:
        every = numbered = here
    else:
        numbered = f"{here} UNION {_links(draft, ids, draft.staying, as_of)}"
        every = (
            f"SELECT a.id AS p, b.id AS m FROM ({here}) JOIN {ids.table} a ON a.code = p "
            f"JOIN {ids.table} b ON b.code = m "
            f"UNION ALL SELECT {person}, {manager} FROM ({draft.staying}) WHERE {manager} IS NOT NULL AND {current}"
        )
    if not _any_cycle(draft.database, every):
        return []
    if not ids.is_complete:
        draft.renumber(ids, ids.number_all())
    links = draft.database.execute(numbered).fetchnumpy()
    starts, ends = np.asarray(links["p"], np.int64), np.asarray(links["m"], np.int64)
    known = _known_links(draft, ids, before, as_of)
    is_new = np.array([link not in known for link in zip(starts.tolist(), ends.tolist(), strict=True)])
    return closing_links_of(starts, ends, is_new)


def _known_links(draft: Draft, ids: Ids, before: Snapshot | None, as_of: dt.date) -> frozenset[tuple[int, int]]:
    """Those of the snapshot before, by the numbers of now."""
    if before is None or not before.has(draft.table.name):
        return frozenset()
    earlier = Earlier(before).rows(draft, before.read_rows_of(draft.table.name))
    assert earlier is not None
    return frozenset((p, m) for p, m in draft.database.execute(_links(draft, ids, earlier, as_of)).fetchall())


def _links(draft: Draft, ids: Ids, rows: str, as_of: dt.date, also: str = "") -> str:
    """SQL: the numbers of those whom earlier rows link on that day, where both are there, and `also` of the rows."""
    chosen = f"p.code AS p, m.code AS m, {also}" if also else "p.code AS p, m.code AS m"
    return (
        f"SELECT {chosen} FROM ({rows}) e JOIN {ids.table} p ON p.id = e.{draft.fields['person'].physical} "
        f"JOIN {ids.table} m ON m.id = e.{draft.fields['manager'].physical} WHERE {_current_by_fields(draft, as_of)}"
    )


def is_above_itself(database: duckdb.DuckDBPyConnection, jobs: str, as_of: dt.date) -> bool:
    """Whether someone is, by these jobs (SQL, as they are kept), which are current on that day."""
    return _any_cycle(
        database,
        f"SELECT person AS p, manager AS m FROM {jobs} "
        f"WHERE manager IS NOT NULL AND {_current('started', 'ended', as_of)}",
    )


def _any_cycle(database: duckdb.DuckDBPyConnection, links: str) -> bool:
    """Whether links (SQL, `p` to `m`) turn back on themselves; if there is doubt, yes: they are compared by numbers of
    64 bits. Links of those who are nobody's manager, nine in ten, lead to no cycle and are left out, and so are then
    those of whoever is no manager of one of the others."""
    found = database.execute(
        f"WITH l AS MATERIALIZED (SELECT hash(p) AS p, hash(m) AS m FROM ({links})), "
        "n AS MATERIALIZED (SELECT p, m FROM l WHERE p IN (SELECT m FROM l)) "
        "SELECT p, m FROM n WHERE p IN (SELECT m FROM n)"
    ).fetchnumpy()
    both = np.concatenate([np.asarray(found[name], np.uint64) for name in ("p", "m")])
    starts, ends = np.split(np.unique(both, return_inverse=True)[1].astype(np.int64), 2)
    return bool(closing_links(starts, ends))


def _current_by_fields(draft: Draft, as_of: dt.date) -> str:
    return _current(draft.fields["started"].physical, draft.fields["ended"].physical, as_of)


def _current(started: str, ended: str, as_of: dt.date) -> str:
    """SQL: whether a job is current on that day."""
    return (
        f"({started} IS NULL OR {started} <= DATE '{as_of.isoformat()}') AND "
        f"({ended} IS NULL OR {ended} >= DATE '{as_of.isoformat()}')"
    )
