"""The nightly work on a workspace: read the feed, plan, apply, tell the learning system."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from audql.binding import AsOf, as_of
from audql.diagnostics import Diagnostic, GuardError, RunError, Severity
from audql.operations.audiences import next_plan
from audql.operations.files import read_bytes
from audql.operations.forgetting import catch_up
from audql.operations.naming import names_of
from audql.operations.remarks import remarks
from audql.operations.reported import reported
from audql.operations.reporting import Clock, Log, Reporter, no_clock, no_log
from audql.operations.restored import if_older, last_number, require_recent
from audql.operations.scripts import open_workspace, workspace_scripts
from audql.operations.stopping import Stage, stages
from audql.operations.surroundings import Surroundings
from audql.program import Program
from audql.runner import messages as run_messages
from audql.runner import plan_messages, saved_plan
from audql.runner.allowing import FIRST, RESTORED
from audql.runner.apply import require_same
from audql.runner.run import Outcome, apply_workspace
from audql.runner.saved_plan import SavedPlan, size_of
from audql.runner.values import Plan
from audql.snapshot.store import current_name
from audql.state.store import State
from audql.state.values import Run
from audql.sync.sync import Progress, SyncReport, feed_of
from audql.sync.sync import sync as sync_workspace
from audql.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan of a workspace, and what it needs to be read by people."""

    plan: Plan
    program: Program
    names: Callable[[Iterable[str]], Mapping[str, str]]
    """Ids → id → name of those of them who have one."""
    learning: Mapping[tuple[str, str], str]
    """Kind and id → name."""
    root: Path
    diagnostics: tuple[Diagnostic, ...]
    """Mistakes in the scripts; what stays as it was for them is among what the plan holds."""
    allow: tuple[str, ...] = ()
    approval: int | None = None
    """Of more changes than this another user has to approve."""
    notes: tuple[Diagnostic, ...] = ()
    """What else is to be said of the workspace and the plan."""

    @property
    def wants_approval(self) -> bool:
        return self.approval is not None and size_of(self.plan) > self.approval

    @property
    def wants_first(self) -> bool:
        """Whether it would be the first apply, and nobody has allowed that."""
        return self.plan.first and not self.plan.is_empty and FIRST not in self.allow

    @property
    def status(self) -> int:
        program = self.program
        wrong = any(note.severity is not Severity.HINT for note in self.notes)
        return 4 if wrong or self.plan.held or program.frozen or program.broken_files else 0


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan and what became of it; None where it was only to be shown."""

    planned: Planned
    outcome: Outcome | None
    target: Path | str | None
    """The file of changes that was written to, or the plugin's target."""
    unkept: tuple[Diagnostic, ...] = ()
    """Why the report of it could not be kept, where that is so."""

    @property
    def status(self) -> int:
        outcome = self.outcome.status if self.outcome else 0
        return max(self.planned.status, outcome, 4 if self.unkept else 0)


@dataclass(frozen=True, slots=True)
class Ran:
    """A whole run."""

    synced: SyncReport
    applied: Applied
    report: Mapping[str, object]
    """Of the run, as it is kept beside the state: counts, times, codes, places and ids."""
    unkept: tuple[Diagnostic, ...] = ()
    """Why that could not be kept, where that is so."""

    @property
    def status(self) -> int:
        return max(self.synced.status, self.applied.status, 4 if self.unkept else 0)


@dataclass(frozen=True, slots=True)
class _Order:
    """What a verb is to plan or to apply: the workspace as of a day, what is let through, and a plan that was saved."""

    workspace: Workspace
    now: dt.datetime
    day: dt.date | None
    allow: Collection[str]
    saved: SavedPlan | None = None

    @property
    def when(self) -> AsOf:
        return as_of(self.day or self.now, self.workspace.zone, self.now)


def _silent(what: str, number: int) -> None:
    pass


def sync(
    *,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    allow: Collection[str] = (),
    corrected: bool = False,
    plugins_dir: Path | None = None,
    progress: Progress = _silent,
) -> SyncReport:
    """Reads the workspace's feed into a new snapshot, whole or not at all. Raises RunError and GuardError.

    `corrected`: instead of the feed what the last sync set aside of it.
    """
    workspace = open_workspace(folder, plugins_dir)
    today = as_of(day or now, workspace.zone, now).day
    feed_of(workspace)
    with _alone(workspace) as (_, state, notes):
        report = sync_workspace(
            workspace, state, as_of=today, at=now, allow=allow, corrected=corrected, progress=progress
        )
    return replace(report, notes=(*notes, *report.notes))


def plan(
    *,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    allow: Collection[str] = (),
    plugins_dir: Path | None = None,
    save: Path | None = None,
    user: str = "",
) -> Planned:
    """What a run would change. Nothing is written but, to `save`, the plan that `apply` takes; `user` made it. Raises
    RunError where there is no snapshot yet."""
    workspace = open_workspace(folder, plugins_dir)
    with State.open_to_read(workspace.state) as state:
        planned = _looked_at(_Order(workspace, now, day, allow), state)
    if save is not None:
        before = read_bytes(str(save), most=saved_plan.MOST_BYTES) if save.exists() else None
        saved_plan.save(save, saved_plan.document(planned.plan, allow, user), before)
    return planned


def apply(
    *,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    allow: Collection[str] = (),
    plugins_dir: Path | None = None,
    dry_run: bool = False,
    plan: Path | None = None,
    clock: Clock = no_clock,
) -> Applied:
    """Plans, carries the plan out whole or not at all, and tells the target. Raises RunError, and StoppedError
    of what was begun. A report is kept as of a run.

    With `plan`, a file that was saved, it is that which is carried out, or nothing.
    """
    if plan is not None and allow:
        raise RunError(plan_messages.with_a_plan("--allow"))
    saved = _read(plan) if plan is not None else None
    allowed = saved.allow if saved is not None else allow
    if dry_run:
        workspace = open_workspace(folder, plugins_dir)
        with State.open_to_read(workspace.state) as state:
            planned = _looked_at(_Order(workspace, now, day, allowed, saved), state)
            return Applied(planned, None, _target(workspace))
    around = reported("apply", folder, plugins_dir, now=now, day=day, log=no_log, clock=clock)
    with around as (workspace, reporter):
        order = _Order(workspace, now, day, allowed, saved)
        with _alone(workspace, order) as (stage, state, notes):
            found = _apply(order, state, stage, reporter)
        found = replace(found, planned=replace(found.planned, notes=(*notes, *found.planned.notes)))
    reporter.ended(found.status)
    return replace(found, unkept=reporter.unkept)


def approve(*, plan: Path, folder: Path, now: dt.datetime, user: str, plugins_dir: Path | None = None) -> SavedPlan:
    """Lets a plan that was saved be applied, in the name of a user who did not make it. Raises RunError, also where
    someone else has approved it; GuardError where the feed or the state is another by now, and while another run or
    approval is at work."""
    workspace = open_workspace(folder, plugins_dir)
    saved = _read(plan)
    if user == saved.made_by:
        raise RunError(plan_messages.own_plan(user))
    with State.open_alone(workspace.state) as state:
        _require_new(state, saved, workspace.zone)
        standing = replace(saved.basis, snapshot=current_name(workspace.snapshots) or "", version=state.version())
        require_same(saved.basis, standing)
        for other, at in state.approvals(saved.digest).items():
            if other != user:
                raise RunError(plan_messages.approved_already(other, at.astimezone(workspace.zone), str(plan)))
        state.approve(saved.digest, user, now)
    return saved


def run(
    *,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    allow: Collection[str] = (),
    plugins_dir: Path | None = None,
    progress: Progress = _silent,
    log: Log = no_log,
    clock: Clock = no_clock,
) -> Ran:
    """Reads the feed, plans, applies, tells the target and sends the mails: a night's work. Raises StoppedError,
    which has the status of what stopped it, and says what was done by then.

    Each step goes on from what an earlier run has done. A report is kept of each run, of one that was stopped, too, but
    of none that was killed; `log` is told each step as it ends, `clock` gives the seconds. Ctrl-C raises Interruption,
    which is a KeyboardInterrupt, after the report.
    """
    with reported("run", folder, plugins_dir, now=now, day=day, log=log, clock=clock) as (workspace, reporter):
        feed_of(workspace)
        order = _Order(workspace, now, day, allow)
        with _alone(workspace, order) as (stage, state, notes):
            synced = sync_workspace(workspace, state, as_of=order.when.day, at=now, allow=allow, progress=progress)
            synced = replace(synced, notes=(*notes, *synced.notes))
            reporter.synced(synced)
            progress("planning", sum(synced.counts.values()))
            applied = _apply(order, state, stage, reporter)
    report = reporter.ended(max(synced.status, applied.status))
    return Ran(synced, applied, report, reporter.unkept)


def _read(plan: Path) -> SavedPlan:
    """A plan that was saved. Raises RunError."""
    with suppress(OSError, ValueError):  # what is not there, or no path, is told as that
        saved_plan.require_short(str(plan), plan.stat().st_size)
    return saved_plan.read(str(plan), read_bytes(str(plan), most=saved_plan.MOST_BYTES))


@contextmanager
def _alone(workspace: Workspace, applying: _Order | None = None) -> Iterator[tuple[Stage, State, Sequence[Diagnostic]]]:
    """One lock, over one connection, from the first to the last of what a verb does; and what is to be said of whom
    another machine has erased, who are in the workspace no more, which an error says too. One that is `applying` does
    nothing with a state that is too old."""
    with stages(workspace, whole=applying is not None) as stage, State.open_alone(workspace.state) as state:
        if applying is not None:
            require_recent(workspace, state, applying.allow, saved=applying.saved is not None)
        notes = catch_up(workspace, state)
        stage.begins()
        try:
            yield stage, state, notes
        except RunError as error:
            if notes:
                raise error.after(error.done, notes) from error
            raise


def _looked_at(order: _Order, state: State) -> Planned:
    """A plan that is only shown, and whether an apply would be stopped as the state is too old."""
    planned = _plan(order, state)
    if RESTORED in order.allow:
        return planned
    return replace(planned, notes=(*if_older(order.workspace, state), *planned.notes))


def _plan(order: _Order, state: State) -> Planned:
    """Raises RunError; GuardError where it is not to the letter what was saved."""
    workspace, saved = order.workspace, order.saved
    around = Surroundings(workspace, order.when)
    around.require_snapshot()
    scripts = workspace_scripts(workspace)
    program = scripts.compile(around.settings(counting=False))
    made = next_plan(around, state, program, order.allow)
    if saved is not None:
        _require_new(state, saved, workspace.zone)
        require_same(saved.basis, made.basis)
        saved_plan.check(saved, made)
    return Planned(
        made,
        program,
        partial(names_of, around.require_snapshot()),
        {(thing.kind, thing.id): thing.name for thing in around.catalogue.things.get("learning", ())},
        workspace.root,
        tuple(d for d in program.diagnostics if d.is_error),
        tuple(order.allow),
        workspace.config.approval.over if workspace.config.approval is not None else None,
        remarks(around, scripts, program, made, order.allow),
    )


def _apply(order: _Order, state: State, stage: Stage, reporter: Reporter) -> Applied:
    planned = _plan(order, state)
    reporter.planned(planned.plan, planned.diagnostics, planned.notes)

    def applied(run: Run) -> None:
        stage.applied(run)
        reporter.applied(run)

    outcome = apply_workspace(
        order.workspace,
        state,
        planned.plan,
        planned.program,
        as_of=planned.plan.basis.day,
        at=order.now,
        allow=order.allow,
        saved=order.saved,
        after=last_number(order.workspace),
        delivering=applied,
    )
    reporter.delivered(outcome)
    return Applied(planned, outcome, _target(order.workspace))


def _require_new(state: State, saved: SavedPlan, zone: dt.tzinfo) -> None:
    """Raises GuardError for a plan that a run has carried out."""
    for run in state.runs():
        if saved.became(run):
            raise GuardError(run_messages.applied_already(run.number, run.at.astimezone(zone)))


def _target(workspace: Workspace) -> Path | str | None:
    return workspace.changes_file or next(iter(workspace.config.targets.of_plugins), None)
