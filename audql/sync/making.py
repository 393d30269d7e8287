"""One element of a feed, from its opened parts to a draft that can be kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic, GuardError
from audql.snapshot.schema import PERSON, Table
from audql.snapshot.snapshot import Snapshot
from audql.state.erased import Erased
from audql.sync import allowing, messages
from audql.sync.about_rows import supersede
from audql.sync.above import check_cycles, check_nodes, closing_managers, is_above_itself
from audql.sync.draft import Draft
from audql.sync.earlier import Earlier, bring_near
from audql.sync.loading import Opened
from audql.sync.mapping import Mapped, about_rows
from audql.sync.merging import (
    Mode,
    absent_people,
    custom_columns,
    fill_blanks,
    keep_other_rows,
    keep_others,
    naming_gone,
)
from audql.sync.reading import Given, When, append, fields_of, source_of_column
from audql.sync.references import Ids
from audql.sync.returning import naming_old
from audql.sync.row_files import FED
from audql.sync.spelling import settle_spelling
from audql.sync.staying import (
    drop_contradicted,
    drop_erased,
    drop_repeated,
    drop_strangers,
    drop_twins,
    keep_above,
    keep_keyed,
    keep_of_people,
    refuse_gone_above,
)
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
    allow: Collection[str]
    erased: Erased
    progress: Callable[[str, int], None]
    ids: dict[str, Ids] = field(default_factory=dict)
    notes: list[Diagnostic] = field(default_factory=list)
    _people_gone: bool = True
    _absent: str | None = None
    """SQL: the numbers of people who are there though the feed says nothing of them, or deletes them."""

    def make(self, table: Table, parts: Sequence[Part], mode: Mode) -> Draft:
        """Raises GuardError for nodes that are above themselves, and when there are no people."""
        if not mode.delta:
            self._number_all(table)
        draft = self._read(table, parts, mode)
        if table.key:
            self._make_keyed(draft, parts, mode)
            self.ids[table.name] = Ids(draft, _names(table.name), self.before)
        elif mode.delta:
            given = {column.name for _, _, columns in parts for column, _ in columns}
            identity = [] if mode.by_person else [name for name in table.identity if name in given]
            same = [draft.fields[name].physical for name in (PERSON, *identity)]
            supersede(draft, same, by_day=bool(identity))
            drop_contradicted(draft, same, identity)
            keep_other_rows(draft, self.before, identity, self.ids, people_gone=self._people_gone)
            if self._people_gone:
                self.notes += naming_gone(draft, self.ids)
        else:
            self.notes += keep_of_people(draft, self.before, self._absent)
        if table.column("manager"):
            draft.left_out += closing_managers(draft, self.before, self.as_of)
        drop_twins(draft)
        return draft

    def is_untouched(self, table: Table) -> bool:
        """Whether a delta without rows leaves it as it was: it belongs to people, nobody is gone, nothing that it names
        is there again in other capitals, and no link to a manager is left out, on this day or before."""
        if self.before is None or not self.before.has(table.name) or table.key or self._people_gone:
            return False
        if naming_old(self.database, self.before, table, self.ids):
            return False
        if not table.column("manager"):
            return True
        jobs = self.before.rows_of(table.name)
        return not self.before.links_left_out and not is_above_itself(self.database, jobs, self.as_of)

    def _number_all(self, table: Table) -> None:
        """A table that is made anew whole names nearly all there are, and is sorted by their numbers."""
        for name in {column.refers for column in table.columns} & self.ids.keys():
            if not self.ids[name].is_complete:
                self.ids[name].number_all()

    def _make_keyed(self, draft: Draft, parts: Sequence[Part], mode: Mode) -> None:
        if mode.delta and not draft.table.is_tree and self.before is not None and self.before.has(draft.table.name):
            bring_near(draft, self.before)
        earlier = Earlier(self.before).rows(draft, draft.near) if self.before is not None else None
        settle_spelling(draft, earlier)
        supersede(draft, draft.key)
        if draft.table.name == "people" and (count := drop_erased(draft, self.erased)):
            self.notes.append(messages.erased_again(count))
        drop_repeated(draft)
        if draft.table.name == "people" and earlier is not None and allowing.REUSED not in self.allow:
            drop_strangers(draft, earlier)
        for placed, (part, _, columns) in zip(draft.parts, parts, strict=True):
            if earlier is not None:
                after = placed.start + placed.loaded.count
                fill_blanks(draft, part, placed.start, after, [column.name for column, _ in columns], earlier)
        if not mode.delta:
            self.notes += keep_keyed(draft, self.before)
        keep_others(draft, self.before, mode)
        if draft.table.name == "people" and mode.absent != "remove":
            self._absent = absent_people(draft, mode)
        if draft.table.name == "people":
            self._people_gone = not mode.delta or bool(draft.number(f"SELECT count(*) FROM {draft.gone}"))
        if draft.table.is_tree:
            check_nodes(draft, _names(draft.table.name))
            if not mode.delta:
                keep_keyed(draft, self.before)
            keep_others(draft, self.before, mode)
            keep_above(draft, self.before)
            refuse_gone_above(draft)
            check_cycles(draft)

    def _read(self, table: Table, parts: Sequence[Part], mode: Mode) -> Draft:
        mapped = [column for _, _, columns in parts for column, _ in columns]
        if mode.delta and table.custom and self.before is not None:
            mapped += custom_columns(self.before, table)
        fields = fields_of([*mapped, *table.columns], self.ids, table.name)
        draft = Draft(self.database, table, fields, remembers=any(opened.waited for _, opened, _ in parts))
        required = [c.name for c in dict.fromkeys([*mapped, *table.columns]) if c.required]
        for part, opened, columns in parts:
            self.progress(f"reading {opened.file}", opened.count)
            names = [*(m.column for _, m in columns if m.column is not None), *about_rows(part).values()]
            names += [FED] if opened.waited and FED in opened.header else []
            loaded = opened.load(self.database, "raw", [opened.header.index(name) for name in names])
            given = [Given(column, mapping, source_of_column(mapping, opened.header)) for column, mapping in columns]
            when = When(self.zone, self.as_of)
            append(draft, part, loaded, opened.header, given, required, when, waited=opened.waited)
            self.database.execute(f"DROP TABLE {loaded.table}")
        if table.name == "people" and not mode.delta and not sum(part.loaded.count for part in draft.parts):
            raise GuardError(*(messages.file_empty(opened.file, "people") for _, opened, _ in parts))
        return draft


def _names(element: str) -> tuple[str, ...]:
    return _NAMES.get(element, ("name",))
