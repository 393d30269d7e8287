"""A feed → a new snapshot, whole, or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from audql.diagnostics import Diagnostic
from audql.snapshot.content import Rows
from audql.snapshot.errors import GuardError, RunError
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import current_name, save
from audql.state.lock import locked
from audql.sync import messages
from audql.sync.cycles import closing_links, parent_cycle
from audql.sync.draft import Draft, draft
from audql.sync.messages import Refusal
from audql.sync.references import index, resolve, resolve_learning
from audql.sync.source import RawTable, Source, source_of
from audql.sync.staying import drop_repeated, keep_above, keep_keyed, keep_of_people
from audql.text import fold
from audql.vocabulary import DEFAULT_KIND
from audql.workspace import ElementFeed, Workspace

Progress = Callable[[str, int], None]
"""What is being done, and how many rows it is about."""

HEADCOUNT, EMPTIED = "headcount", "emptied"
"""What `--allow` lets through."""

_PEOPLE_NAMES = ("username", "email")


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did. `notes` says what else stays as it was, and why."""

    snapshot: str
    before: str | None
    counts: Mapping[str, int]
    """Rows per table of the new snapshot."""
    refusals: tuple[Refusal, ...]
    dropped_managers: tuple[tuple[str, str], ...]
    notes: tuple[Diagnostic, ...]

    @property
    def changed(self) -> bool:
        return self.snapshot != self.before

    @property
    def status(self) -> int:
        return 4 if self.refusals or self.dropped_managers or self.notes else 0

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        links = (messages.manager_link_dropped(*link) for link in self.dropped_managers)
        return (*(r.diagnostic() for r in self.refusals), *links, *self.notes)


def sync(
    workspace: Workspace,
    *,
    as_of: dt.date,
    allow: Collection[str] = (),
    source: Source | None = None,
    progress: Progress = lambda what, count: None,
) -> SyncReport:
    """Reads the feed and makes its snapshot the current one.

    `as_of` is the day whose jobs count for cycles of managers. Raises RunError for a feed that cannot be read whole,
    and GuardError for one that looks cut short; nothing is changed then.
    """
    feed = workspace.config.feed
    if feed is None:
        raise RunError(messages.no_feed())
    with locked(workspace.state_file):
        before = _before(workspace, allow)
        drafts = _read(workspace, list(feed.parts()), source, progress)
        notes = _check(drafts, before)
        dropped = _drop_manager_cycles(drafts, as_of)
        tables = {name: d.rows() for name, d in drafts.items()}
        _guard(tables, before, feed.max_head_count_fall, allow)
        progress("writing", sum(len(rows.rows) for rows in tables.values()))
        manifest = save(workspace.snapshots, tables, dropped)
    refusals = tuple(r for d in drafts.values() for r in sorted(d.refusals, key=lambda r: (r.file, r.line)))
    counts = {name: len(rows.rows) for name, rows in tables.items()}
    return SyncReport(manifest.name, before.name if before else None, counts, refusals, tuple(dropped), tuple(notes))


def _before(workspace: Workspace, allow: Collection[str]) -> Snapshot | None:
    """The snapshot so far; one that is damaged is passed over only where its head count was to be."""
    if current_name(workspace.snapshots) is None:
        return None
    try:
        return Snapshot.open(workspace.snapshots)
    except RunError:
        if HEADCOUNT in allow:
            return None
        raise


def _read(
    workspace: Workspace, parts: list[tuple[str, ElementFeed]], source: Source | None, progress: Progress
) -> dict[str, Draft]:
    """A draft per element of the feed. All files that cannot be read are reported at once."""
    raw: dict[str, list[tuple[ElementFeed, RawTable]]] = {}
    drafts: dict[str, Draft] = {}
    wrong: list[Diagnostic] = []
    for name, part in parts:
        try:
            read = (source or source_of(workspace, part)).read(name, part)
            progress(f"reading {part.file}", len(read.rows))
            raw.setdefault(name, []).append((part, read))
        except RunError as problem:
            wrong.extend(problem.diagnostics)
    for table in workspace.tables:
        if table.name in raw:
            try:
                drafts[table.name] = draft(table, raw[table.name], workspace.zone)
            except RunError as problem:
                wrong.extend(problem.diagnostics)
    if "people" in drafts and not len(drafts["people"]):
        wrong.extend(messages.file_empty(part.file, "people") for part, _ in raw["people"])
    if wrong:
        raise RunError(*wrong)
    return drafts


def _check(drafts: dict[str, Draft], before: Snapshot | None) -> list[Diagnostic]:
    """Keys, references and cycles; what is refused is set aside and what it was before stays."""
    notes: list[Diagnostic] = []
    aside: dict[str, frozenset[str]] = {}
    for name in ("learning", "completions", "enrolments"):
        if name in drafts:
            kinds = drafts[name].columns["kind"]
            default = DEFAULT_KIND if name == "learning" else None
            kinds[:] = [default if kind is None else fold(kind) for kind in kinds]
    for name, d in drafts.items():
        if d.table.key:
            drop_repeated(d)
            notes += keep_keyed(d, before)
            if d.table.is_tree:
                _check_nodes(d, before)
            aside[name] = _set_aside(d)
    people = index(drafts["people"], *_PEOPLE_NAMES)
    known = {name: index(d, "name") for name, d in drafts.items() if d.table.is_tree} | {"people": people}
    for d in drafts.values():
        if d.table.key:
            continue
        for column in d.table.columns:
            if column.refers in known:
                resolve(d, column.name, known[column.refers], column.refers, aside[column.refers])
        if d.table.column("learning"):
            if "learning" in drafts:
                resolve_learning(d, drafts["learning"], aside["learning"])
            else:
                d.columns["kind"][:] = [kind or DEFAULT_KIND for kind in d.columns["kind"]]
        notes += keep_of_people(d, before, people.exact)
    return notes


def _check_nodes(d: Draft, before: Snapshot | None) -> None:
    """Parents are there and no node is above itself. A refused node may take its children with it, so until at rest."""
    refused = -1
    while refused != len(d.refused):
        refused = len(d.refused)
        resolve(d, "parent", index(d, "name"), d.table.name, _set_aside(d))
    keep_keyed(d, before)
    keep_above(d, before)
    ids, parents = d.columns["id"], d.columns["parent"]
    above = {str(ids[i]): str(parents[i]) for i in d.kept() if parents[i] is not None}
    if way := parent_cycle(above):
        raise RunError(messages.node_cycle(d.table.name, way))


def _set_aside(d: Draft) -> frozenset[str]:
    """Folded ids whose rows were refused and that are not there otherwise."""
    ids = d.columns["id"]
    return frozenset(fold(key) for i in d.refused if (key := ids[i]) is not None) - {
        fold(key) for i in d.kept() if (key := ids[i]) is not None
    }


def _drop_manager_cycles(drafts: dict[str, Draft], as_of: dt.date) -> list[tuple[str, str]]:
    """Leaves out the links of jobs current on that day by which someone would be above themselves."""
    jobs = drafts.get("jobs")
    if jobs is None:
        return []
    day = as_of.isoformat()
    columns = jobs.columns

    def current(i: int) -> bool:
        started, ended = columns["started"][i], columns["ended"][i]
        return (started is None or started <= day) and (ended is None or ended >= day)

    links = {
        i: (str(columns["person"][i]), str(columns["manager"][i]))
        for i in jobs.kept()
        if columns["manager"][i] is not None and current(i)
    }
    closing = frozenset(closing_links(links.values()))
    for i, link in links.items():
        if link in closing:
            columns["manager"][i] = None
    return sorted(closing)


def _guard(tables: Mapping[str, Rows], before: Snapshot | None, most: float, allow: Collection[str]) -> None:
    """Whether the feed looks cut short against the last one."""
    if before is None:
        return
    wrong: list[Diagnostic] = []
    was, now = before.head_count, len(tables["people"].rows)
    if HEADCOUNT not in allow and was - now > most * was:
        wrong.append(messages.head_count_fell(was, now, most))
    if EMPTIED not in allow:
        wrong += (
            messages.table_emptied(name, before.count(name))
            for name in before.manifest.tables
            if before.count(name) and not (name in tables and tables[name].rows)
        )
    if wrong:
        raise GuardError(*wrong)
