"""A feed → a new snapshot, whole, or none."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from audql.diagnostics import Diagnostic, GuardError, RunError
from audql.snapshot.database import open_database
from audql.snapshot.disk import room_for
from audql.snapshot.schema import Table
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import Staged, commit, current_name, stage
from audql.state.lock import locked
from audql.sync import allowing, messages
from audql.sync.guards import Guards, Told, told
from audql.sync.loading import Opened, open_part
from audql.sync.making import Making, Part
from audql.sync.mapping import columns_of
from audql.sync.messages import Refusal
from audql.sync.quarantine import Aside, publish, write
from audql.sync.source import Source, source_of
from audql.sync.texts import define
from audql.workspace import ElementFeed, Workspace

Progress = Callable[[str, int], None]
"""What is being done, and how many rows it is about."""


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
    quarantine: tuple[Path, ...]
    """The files in which what was refused can be corrected."""

    @property
    def changed(self) -> bool:
        return self.snapshot != self.before

    @property
    def status(self) -> int:
        return 4 if self.refusals or self.dropped_managers or self.notes else 0

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Refused rows are told together where many are alike."""
        return (*messages.together(self.refusals), *self._others())

    @property
    def each(self) -> tuple[Diagnostic, ...]:
        """The same with every refused row by itself."""
        return (*(r.diagnostic() for r in self.refusals), *self._others())

    def _others(self) -> Iterator[Diagnostic]:
        yield from (messages.manager_link_dropped(*link) for link in self.dropped_managers)
        yield from self.notes


def sync(
    workspace: Workspace,
    *,
    as_of: dt.date,
    at: dt.datetime | None = None,
    allow: Collection[str] = (),
    source: Source | None = None,
    progress: Progress = lambda what, count: None,
) -> SyncReport:
    """Reads the feed and makes its snapshot the current one.

    `as_of` is the day whose jobs count for cycles of managers, `at` the instant from which the age of a file counts.
    Raises RunError for a feed that cannot be read whole, and GuardError for one that is out of proportion; nothing is
    changed then.
    """
    feed = workspace.config.feed
    if feed is None:
        raise RunError(messages.no_feed())
    with room_for("a snapshot"), locked(workspace.state_file), _temporary_folder(workspace) as temporary:
        before = _before(workspace, allow)
        guards = Guards(feed, before, allow)
        parts = _open(workspace, list(feed.parts()), source, temporary)
        _stopped(guards.of_age((one for given in parts.values() for _, one, _ in given), at))
        with closing(open_database(temporary)) as database:
            define(database)
            making = Making(database, before, workspace.zone, as_of, progress)
            # Which is also how a damaged snapshot is made again: what of it can be read is not known to be right.
            anew = allowing.HEADCOUNT in allow
            staged, each, refusals, asides = _stage(making, parts, workspace.snapshots, temporary, anew=anew)
            counts = {one.table.name: one.table.count for one in staged}
            _stopped(guards.of_rows(each, counts["people"]))
            _stopped(guards.of_refusals(each, refusals))
            mapped = {table: [columns for _, _, columns in given] for table, given in parts.items()}
            _stopped(guards.of_values(database, staged, mapped))
        progress("writing", sum(counts.values()))
        manifest = commit(workspace.snapshots, staged, making.dropped_managers)
        aside = publish(workspace.quarantine, asides, (table.name for table in parts))
    earlier = before.name if before else None
    dropped, notes = tuple(making.dropped_managers), tuple(making.notes)
    return SyncReport(manifest.name, earlier, counts, refusals, dropped, notes, aside)


@contextmanager
def _temporary_folder(workspace: Workspace) -> Iterator[Path]:
    """Inside the workspace, so that what is written there can be moved in one step. The caller holds the lock."""
    folder = workspace.state_file.parent / "temporary"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _before(workspace: Workspace, allow: Collection[str]) -> Snapshot | None:
    """The snapshot so far; one that is damaged is passed over only where its head count was to be."""
    if current_name(workspace.snapshots) is None:
        return None
    try:
        before = Snapshot.open(workspace.snapshots, tables=workspace.tables)
        before.check()
    except RunError:
        if allowing.HEADCOUNT in allow:
            return None
        raise
    return before


def _open(
    workspace: Workspace, parts: list[tuple[str, ElementFeed]], source: Source | None, temporary: Path
) -> dict[Table, list[Part]]:
    """The parts of each element of the feed. All that is wrong with files and their columns is reported at once."""
    opened: dict[str, list[tuple[ElementFeed, Opened]]] = {}
    found: dict[Table, list[Part]] = {}
    wrong: list[Diagnostic] = []
    for name, part in parts:
        try:
            one = open_part(source or source_of(workspace, part), name, part, temporary)
            opened.setdefault(name, []).append((part, one))
        except RunError as problem:
            wrong.extend(problem.diagnostics)
    for table in workspace.tables:
        for part, one in opened.get(table.name, ()):
            found.setdefault(table, []).append((part, one, columns_of(table, part, one.header, wrong)))
        wrong.extend(_alike(found.get(table, [])))
    people = opened.get("people", [])
    if people and not any(one.count for _, one in people) and not wrong:
        wrong.extend(messages.file_empty(one.file, "people") for _, one in people)
    if wrong:
        raise RunError(*wrong)
    return found


def _alike(parts: list[Part]) -> Iterator[Diagnostic]:
    """Fields whose names the database would take for one."""
    names: dict[str, str] = {}
    for part, _, columns in parts:
        for column, _ in columns:
            other = names.setdefault(column.name.lower(), column.name)
            if other != column.name:
                yield messages.columns_alike(part.file, column.name, other)


def _stage(
    making: Making, parts: Mapping[Table, list[Part]], folder: Path, temporary: Path, *, anew: bool
) -> tuple[list[Staged], list[Told], tuple[Refusal, ...], list[Aside]]:
    """Each element's table ready to be kept, one after the other, so that few are in memory; and what was refused."""
    asides: list[Aside] = []
    staged: list[Staged] = []
    each: list[Told] = []
    refusals: list[Refusal] = []
    for table, given in parts.items():
        draft = making.make(table, given)
        staged.append(stage(folder, table.name, draft.relation(), temporary, anew=anew))
        each.append(told(draft, making.before))
        asides += write(draft, [opened for _, opened, _ in given], temporary)
        refusals += sorted(draft.refusals, key=lambda r: (r.file, r.line))
        if not table.key:
            draft.drop()
    return staged, each, tuple(refusals), asides


def _stopped(guarded: Iterator[Diagnostic]) -> None:
    """Raises GuardError where there is something to guard against."""
    if wrong := list(guarded):
        raise GuardError(*wrong)
