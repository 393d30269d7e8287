"""One element of a feed, from its opened parts to a draft that can be kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from audql.diagnostics import Diagnostic, RunError
from audql.snapshot.schema import Table
from audql.snapshot.snapshot import Snapshot
from audql.sync import messages
from audql.sync.cycles import closing_links, parent_cycle
from audql.sync.draft import Draft
from audql.sync.loading import Opened
from audql.sync.mapping import Mapped
from audql.sync.reading import Given, append, fields_of, source_of_column
from audql.sync.references import Ids, told
from audql.sync.staying import drop_repeated, drop_twins, keep_above, keep_keyed, keep_of_people
from audql.workspace import ElementFeed

if TYPE_CHECKING:
    import duckdb

Part = tuple[ElementFeed, Opened, Mapped]

_NAMES = {"people": ("username", "email")}
"""What stands for a key beside the key itself; of other elements it is the name."""


@dataclass(slots=True)
class Making:
    """What the elements made so far have given to those that come after them."""

    database: duckdb.DuckDBPyConnection
    before: Snapshot | None
    zone: dt.tzinfo
    as_of: dt.date
    """The day whose jobs count for cycles of managers."""
    progress: Callable[[str, int], None]
    ids: dict[str, Ids] = field(default_factory=dict)
    notes: list[Diagnostic] = field(default_factory=list)
    dropped_managers: list[tuple[str, str]] = field(default_factory=list)

    def make(self, table: Table, parts: Sequence[Part]) -> Draft:
        """Raises RunError for nodes that are above themselves, and when there are no people."""
        draft = self._read(table, parts)
        if table.key:
            drop_repeated(draft)
            self.notes += keep_keyed(draft, self.before)
            if table.is_tree:
                _check_nodes(draft, self.before)
            self.ids[table.name] = Ids(draft, _names(table.name))
        else:
            self.notes += keep_of_people(draft, self.before)
        if table.column("manager"):
            self.dropped_managers += _drop_manager_cycles(draft, self.as_of)
        drop_twins(draft)
        return draft

    def _read(self, table: Table, parts: Sequence[Part]) -> Draft:
        mapped = [column for _, _, columns in parts for column, _ in columns]
        fields = fields_of([*mapped, *table.columns], self.ids, table.name)
        draft = Draft(self.database, table, fields)
        required = [c.name for c in dict.fromkeys([*mapped, *table.columns]) if c.required]
        for part, opened, columns in parts:
            self.progress(f"reading {opened.file}", opened.count)
            places = [opened.header.index(m.column) for _, m in columns if m.column is not None]
            loaded = opened.load(self.database, "raw", places)
            given = [Given(column, mapping, source_of_column(mapping, opened.header)) for column, mapping in columns]
            append(draft, part, loaded, given, required, self.zone)
            self.database.execute(f"DROP TABLE {loaded.table}")
        if table.name == "people" and not sum(part.loaded.count for part in draft.parts):
            raise RunError(*(messages.file_empty(opened.file, "people") for _, opened, _ in parts))
        return draft


def _names(element: str) -> tuple[str, ...]:
    return _NAMES.get(element, ("name",))


def _check_nodes(draft: Draft, before: Snapshot | None) -> None:
    """Parents are there and no node is above itself. A refused node may take its children with it, so until at rest."""
    parent = draft.fields["parent"].physical
    refused = -1
    while refused != draft.set_aside:
        refused = draft.set_aside
        draft.database.execute(
            f"CREATE OR REPLACE TABLE asked AS SELECT DISTINCT {parent} AS text, CAST(NULL AS VARCHAR) AS kind "
            f"FROM {draft.kept} WHERE row >= 0 AND {parent} IS NOT NULL"
        )
        ids = Ids(draft, _names(draft.table.name))
        ids.find("asked", "found")
        unfound = draft.database.execute(
            f"SELECT k.row, f.text, f.kind, f.shared FROM {draft.kept} k JOIN found f ON f.text = k.{parent} "
            "WHERE k.row >= 0 AND f.code IS NULL ORDER BY k.row"
        ).fetchall()
        silent, loud = told(ids, unfound)
        draft.refuse([(row, "parent", say) for row, say in loud])
        draft.database.execute(
            f"UPDATE {draft.kept} SET {parent} = i.id FROM found f JOIN {ids.table} i ON i.code = f.code "
            f"WHERE row >= 0 AND f.text = {parent}"
        )
        draft.move([*silent, *(row for row, _ in loud)])
    keep_keyed(draft, before)
    keep_above(draft, before)
    above = draft.database.execute(
        f"SELECT {draft.fields['id'].physical}, {parent} FROM {draft.kept} WHERE {parent} IS NOT NULL"
    ).fetchall()
    if way := parent_cycle(dict(above)):
        raise RunError(messages.node_cycle(draft.table.name, way))


def _drop_manager_cycles(draft: Draft, as_of: dt.date) -> list[tuple[str, str]]:
    """Leaves out the links of jobs current on that day by which someone would be above themselves."""
    person, manager = draft.fields["person"], draft.fields["manager"]
    started, ended = draft.fields["started"].physical, draft.fields["ended"].physical
    current = (
        f"({started} IS NULL OR {started} <= DATE '{as_of.isoformat()}') AND "
        f"({ended} IS NULL OR {ended} >= DATE '{as_of.isoformat()}')"
    )
    links = draft.database.execute(
        f"SELECT {person.physical} AS p, {manager.physical} AS m FROM {draft.kept} "
        f"WHERE {manager.physical} IS NOT NULL AND {current}"
    ).fetchnumpy()
    closing = closing_links(np.asarray(links["p"], np.int64), np.asarray(links["m"], np.int64))
    if not closing:
        return []
    ids = person.ids
    assert ids is not None
    draft.database.register("closing", {"p": np.array([p for p, _ in closing]), "m": np.array([m for _, m in closing])})
    draft.database.execute(
        f"UPDATE {draft.kept} SET {manager.physical} = NULL WHERE {current} AND "
        f"({person.physical}, {manager.physical}) IN (SELECT (p, m) FROM closing)"
    )
    named = draft.database.execute(
        f"SELECT a.id, b.id FROM closing JOIN {ids.table} a ON a.code = p JOIN {ids.table} b ON b.code = m"
    ).fetchall()
    draft.database.unregister("closing")
    return sorted((a, b) for a, b in named)
