"""A feed → a new snapshot, whole, or none."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from audql.diagnostics import Diagnostic, GuardError, RunError, Severity
from audql.snapshot.database import open_database, plan_for
from audql.snapshot.disk import room_for
from audql.snapshot.history import drop_old, earlier, note, whole_files
from audql.snapshot.links import pairs
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import commit, current_name, name_of
from audql.snapshot.tables import Staged, stage
from audql.state.store import State
from audql.sync import allowing, guard_messages, messages
from audql.sync.earlier import staying_of
from audql.sync.following import Following, Replacement, follow, write_down
from audql.sync.guards import Guards, Told, told, told_nothing
from audql.sync.making import Making
from audql.sync.merging import mode_of
from audql.sync.messages import Refusal
from audql.sync.opening import Parts, open_corrected, open_feed, parts_of
from audql.sync.ownerless import Ownerless, note_of
from audql.sync.quarantine import Aside, set_aside, wait
from audql.sync.row_files import first_of
from audql.sync.source import Source
from audql.sync.still_aside import StillAside, still_aside
from audql.sync.texts import define
from audql.workspace import Feed, Workspace

Progress = Callable[[str, int], None]
"""What is being done, and how many rows it is about."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did. `notes` says what else stays as it was or was left out, and why."""

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
        """A hint is nothing to see to."""
        wrong = any(note.severity is not Severity.HINT for note in self.notes)
        return 4 if self.refusals or self.dropped_managers or wrong else 0

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


def feed_of(workspace: Workspace) -> Feed:
    """What `audql.toml` says of the feed. Raises RunError where it says nothing."""
    if workspace.config.feed is None:
        raise RunError(messages.no_feed())
    return workspace.config.feed


def sync(
    workspace: Workspace,
    state: State,
    *,
    as_of: dt.date,
    at: dt.datetime | None = None,
    allow: Collection[str] = (),
    corrected: bool = False,
    source: Source | None = None,
    progress: Progress = lambda what, count: None,
) -> SyncReport:
    """Reads the feed, or what was set aside of it and corrected, and makes its snapshot the current one.

    `as_of` is the day by which jobs and rows with a day of their own count, `at` the instant from which the age of a
    file counts. The state is open alone. Raises RunError for a feed that cannot be read whole, and GuardError for one
    that is out of proportion, and where the lock was lost; nothing is changed then.
    """
    feed = feed_of(workspace)
    with room_for("a snapshot"), temporary_folder(workspace) as temporary:
        follow(workspace)
        before = _before(workspace, feed, () if corrected else allow)
        guards = Guards(feed, before, allow)
        opened = open_corrected(workspace, before, temporary) if corrected else None
        parts = opened or open_feed(workspace, source, temporary)
        _stopped(guards.of_age((one for given in parts.values() for _, one, _ in given), at))
        with closing(open_database(temporary)) as database:
            plan_for(database, max(len(one.header) for given in parts.values() for _, one, _ in given))
            define(database)
            making = Making(database, before, workspace.zone, as_of, allow, state.erased(), progress)
            # In which all rows of a person are set aside together, and come back so.
            whole = {name for name, part in feed.parts() if corrected and not part.delta}
            keep = workspace.config.state.keep
            made = _stage(making, parts, workspace, temporary, keep=keep, by_person=whole, corrected=corrected)
            made.staged = _as_fed(made.staged, parts, at, before if corrected else None)
            counts = {one.table.name: one.table.count for one in made.staged}
            _stopped(guards.of_rows(made.told, counts["people"]))
            if not corrected:  # what is still wrong was set aside before, and stays so
                _stopped(guards.of_refusals(made.told, made.refusals, made.ownerless))
            mapped = {table: [columns for _, _, columns in given] for table, given in parts.items()}
            _stopped(guards.of_values(database, made.staged, mapped, made.told))
            known = _earlier(workspace, parts) if before is not None else {}
            name = name_of(made.staged)
            _stopped(guards.of_an_old_one(database, made.staged, known, name))
        for one in (one for given in parts.values() for _, one, _ in given):
            one.require_unwritten()  # whoever writes it may have made a pause
        progress("writing", sum(counts.values()))
        state.require_lock()
        following = _following(workspace, name, parts, made, corrected=corrected)
        write_down(workspace, following)
        noted = partial(note, workspace.snapshots, at=at)
        manifest = commit(workspace.snapshots, made.staged, noted)
        drop_old(workspace.snapshots, workspace.config.state.keep)
        follow(workspace)
    dropped, notes = pairs(manifest.left_out), (*making.notes, *note_of(made.ownerless))
    notes += tuple(messages.still_aside(one.aside.name, one.earlier) for one in made.aside if one.earlier)
    if manifest.name in known:
        notes = (*notes, guard_messages.as_before(known[manifest.name], manifest.name))
    return SyncReport(
        manifest.name,
        before.name if before else None,
        counts,
        tuple(made.refusals),
        dropped,
        notes,
        tuple(workspace.quarantine / file for file in following.quarantine.files),
    )


def _as_fed(staged: Sequence[Staged], parts: Parts, at: dt.datetime | None, before: Snapshot | None) -> list[Staged]:
    """The tables, each with when what was fed of it was written: the oldest of its files, and of what is no file `at`,
    which no file is younger than. `before`: what was corrected is put upon, and is as old as that."""
    if before is not None:
        was = before.manifest.tables
        return [one.fed_at(was[one.table.name].fed if one.table.name in was else None) for one in staged]
    found: dict[str, list[dt.datetime]] = {}
    for table, given in parts.items():
        each = [opened.written or at for _, opened, _ in given if not opened.waited]
        found[table.name] = [min(when, at or when) for when in each if when is not None]
    return [one.fed_at(min(found[one.table.name], default=None)) for one in staged]


def _following(workspace: Workspace, name: str, parts: Parts, made: _Made, *, corrected: bool) -> Following:
    """The files of rows that wait, and of those that are set aside. What was corrected leaves what waits without it."""
    elements = {table.name for table, given in parts.items() if given}
    fed = [stem for element, _, stem in parts_of(workspace) if element in elements]
    waiting = {first_of(one.name).removesuffix(".csv") for one in made.waiting} if corrected else {*fed}
    return Following(
        name,
        Replacement.of(workspace.waiting, made.waiting, sorted(waiting)),
        Replacement.of(workspace.quarantine, (one.aside for one in made.aside), fed),
    )


def _earlier(workspace: Workspace, parts: Parts) -> Mapping[str, dt.datetime | None]:
    """The snapshots that counted before, each with its time in the workspace's zone; none where deltas are fed: one
    that takes changes back is no old one."""
    if any(part.delta for given in parts.values() for part, _, _ in given):
        return {}
    return {name: at and at.astimezone(workspace.zone) for name, at in earlier(workspace.snapshots).items()}


@contextmanager
def temporary_folder(workspace: Workspace) -> Iterator[Path]:
    """Inside the workspace, so that what is written there can be moved in one step. The caller holds the lock."""
    folder = workspace.temporary
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _before(workspace: Workspace, feed: Feed, allow: Collection[str]) -> Snapshot | None:
    """The snapshot so far; one that is damaged is passed over only where its head count was to be, and where the feed
    has everyone."""
    if current_name(workspace.snapshots) is None:
        return None
    try:
        before = Snapshot.open(workspace.snapshots, tables=workspace.tables)
        before.check()
    except RunError:
        if allowing.HEADCOUNT not in allow:
            raise
        if deltas := [messages.delta_on_nothing(name) for name, part in feed.parts() if part.delta]:
            raise RunError(*deltas) from None
        return None
    return before


@dataclass(slots=True)
class _Made:
    """What became of a feed that is not kept yet."""

    staged: list[Staged] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    ownerless: list[Ownerless] = field(default_factory=list)
    aside: list[StillAside] = field(default_factory=list)
    waiting: list[Aside] = field(default_factory=list)


def _stage(
    making: Making,
    parts: Parts,
    workspace: Workspace,
    temporary: Path,
    *,
    keep: int,
    by_person: Collection[str],
    corrected: bool,
) -> _Made:
    """Each element's table ready to be kept, one after the other, so that few are in memory. `keep`: how many snapshots
    are. `by_person`: elements of which the rows of a person take the place of all of that person's."""
    made, folder = _Made(), workspace.snapshots
    bases = whole_files(folder, keep)
    # What was corrected is all that was aside, and comes beside what waits.
    aside, earlier = (None, workspace.waiting) if corrected else (workspace.quarantine, None)
    for table, given in parts.items():
        mode = replace(mode_of([part for part, _, _ in given]), by_person=table.name in by_person)
        opened = [one for _, one, _ in given]
        if mode.delta and not any(one.count for one in opened) and making.is_untouched(table):
            assert making.before is not None
            made.staged.append(Staged(making.before.manifest.tables[table.name], None))
            made.told.append(told_nothing(table))
            made.aside += still_aside(aside, table, given, None, (), temporary, making.erased, None)
            continue
        draft = making.make(table, given, mode)
        was = making.before.manifest.tables.get(table.name) if making.before is not None else None
        staying = staying_of(draft)
        staged = stage(folder, table.name, draft.relation(), temporary, before=was, staying=staying, bases=bases)
        made.staged.append(staged.leaving_out(draft.left_out))
        made.told.append(told(draft, making.before, mode))
        people = making.ids.get("people")
        refused = set_aside(draft, opened, temporary, making.erased)
        made.aside += still_aside(aside, table, given, draft, refused, temporary, making.erased, people)
        if mode.delta:
            made.waiting += wait(draft, opened, temporary, earlier)
        made.refusals += sorted(draft.refusals, key=lambda r: (r.file, r.line))
        made.ownerless += draft.ownerless
        if not table.key:
            draft.drop()
    made.refusals = list(dict.fromkeys(made.refusals))  # a file can be of several elements
    return made


def _stopped(guarded: Iterator[Diagnostic]) -> None:
    """Raises GuardError where there is something to guard against."""
    if wrong := list(guarded):
        raise GuardError(*wrong)
