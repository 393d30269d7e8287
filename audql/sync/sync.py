"""A feed → a new snapshot, whole, or none."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from audql.diagnostics import Diagnostic, GuardError, RunError, Severity
from audql.snapshot.database import open_database, plan_for
from audql.snapshot.disk import room_for
from audql.snapshot.history import drop_old, earlier, note
from audql.snapshot.links import pairs
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import commit, current_name, name_of
from audql.state.store import State
from audql.sync import allowing, guard_messages, messages
from audql.sync.following import Following, Replacement, follow, found_in, require_followed, room_after, write_down
from audql.sync.guards import Guards
from audql.sync.making import Making
from audql.sync.messages import Refusal
from audql.sync.opening import Parts, open_corrected, open_feed, parts_of
from audql.sync.ownerless import note_of
from audql.sync.row_files import first_of
from audql.sync.source import Source
from audql.sync.staging import StagedFeed, stage_feed
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
    links_left_out: tuple[tuple[str, str], ...]
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
        return 4 if self.refusals or self.links_left_out or wrong else 0

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Refused rows are told together where many are alike."""
        return (*messages.together(self.refusals), *self._others())

    @property
    def each(self) -> tuple[Diagnostic, ...]:
        """The same with every refused row by itself."""
        return (*(r.diagnostic() for r in self.refusals), *self._others())

    def _others(self) -> Iterator[Diagnostic]:
        yield from (messages.link_left_out(*link) for link in self.links_left_out)
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
        require_followed(workspace)
        found = found_in(workspace.waiting), found_in(workspace.quarantine)
        before = _before(workspace, feed, () if corrected else allow)
        parts = open_corrected(workspace, before, temporary) if corrected else open_feed(workspace, source, temporary)
        opened = [one for given in parts.values() for _, one, _ in given]
        guards = Guards(feed, before, allow)
        _stopped(guards.of_age(opened, at))
        with closing(open_database(temporary)) as database:
            plan_for(database, max(len(one.header) for one in opened))
            define(database)
            making = Making(database, before, workspace.zone, as_of, allow, state.erased(), progress)
            fed = stage_feed(making, workspace, parts, temporary, at, corrected=corrected)
            name, known = name_of(fed.tables), _earlier(workspace, parts) if before is not None else {}
            wrong = [*guards.of_rows(fed.told, fed.counts["people"], fed.refusals)]
            if not corrected:  # what is still wrong was set aside before, and stays so
                wrong += guards.of_refusals(fed.told, fed.refusals, fed.ownerless)
            mapped = {table: [columns for _, _, columns in given] for table, given in parts.items()}
            wrong += guards.of_values(database, fed.tables, mapped, fed.told)
            _stopped(wrong or guards.of_an_old_one(database, fed.tables, known, name))
        for one in opened:
            one.require_unwritten()  # whoever writes it may have made a pause
        progress("writing", sum(fed.counts.values()))
        state.require_lock()
        following = _following(workspace, name, parts, fed, found, corrected=corrected)
        write_down(workspace, following)
        manifest = commit(workspace.snapshots, fed.tables, partial(note, workspace.snapshots, at=at))
        with room_after():
            changed = follow(workspace)
            drop_old(workspace.snapshots, workspace.config.state.keep)
    notes = [*making.notes, *note_of(fed.ownerless), *changed]
    notes += [messages.still_aside(one.aside.name, one.earlier) for one in fed.aside if one.earlier]
    if name in known:
        notes.append(guard_messages.as_before(known[name], name))
    return SyncReport(
        name,
        before.name if before else None,
        fed.counts,
        tuple(fed.refusals),
        pairs(manifest.left_out),
        tuple(notes),
        tuple(workspace.quarantine / file for file in following.quarantine.files),
    )


def _following(
    workspace: Workspace,
    name: str,
    parts: Parts,
    fed: StagedFeed,
    found: tuple[Mapping[str, str], Mapping[str, str]],
    *,
    corrected: bool,
) -> Following:
    """The files of rows that wait, and of those that are set aside. What was corrected leaves what waits without it."""
    elements = {table.name for table, given in parts.items() if given}
    stems = [stem for element, _, stem in parts_of(workspace) if element in elements]
    waiting = {first_of(one.name).removesuffix(".csv") for one in fed.waiting} if corrected else {*stems}
    return Following(
        name,
        Replacement.of(fed.waiting, sorted(waiting), found[0]),
        Replacement.of((one.aside for one in fed.aside), stems, found[1]),
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


def _stopped(guarded: Iterable[Diagnostic]) -> None:
    """Raises GuardError where there is something to guard against."""
    if wrong := list(guarded):
        raise GuardError(*wrong)
