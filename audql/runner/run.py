"""The verbs that a face calls on a workspace: plan it, carry the plan out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from audql.diagnostics import Diagnostic, RunError
from audql.engines.engine import EngineOf
from audql.program import Program
from audql.runner.apply import apply, deliver
from audql.runner.plan import plan
from audql.runner.values import Basis, Held, Plan
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import current_name
from audql.state.lock import locked
from audql.state.store import State
from audql.state.values import Run
from audql.targets.choosing import target_of
from audql.targets.target import Target
from audql.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan. `undelivered` says why something waits in the outbox, where it does."""

    run: Run
    told: int
    """Effects that the target took, those of earlier runs included."""
    undelivered: tuple[Diagnostic, ...]
    held: tuple[Held, ...]

    @property
    def status(self) -> int:
        return 4 if self.held or self.undelivered else 0


def plan_workspace(
    workspace: Workspace,
    program: Program,
    snapshot: Snapshot,
    engine_of: EngineOf,
    *,
    as_of: dt.date,
    allow: Collection[str] = (),
) -> Plan:
    """What a run of the workspace would change. Only reads."""
    with State.open(workspace.state_file) as state:
        return plan(
            program,
            snapshot,
            state.read(),
            engine_of,
            as_of=as_of,
            zone=workspace.config.workspace.zone,
            holds=workspace.config.holds,
            allow=allow,
        )


def apply_workspace(
    workspace: Workspace,
    planned: Plan,
    program: Program,
    *,
    as_of: dt.date,
    at: dt.datetime,
    allow: Collection[str] = (),
    target: Target | None = None,
) -> Outcome:
    """Carries a plan out and tells the target, also of what earlier runs could not tell.

    `as_of` and `at` are the day and the instant of now; the program is what the scripts say now. Raises RunError for a
    plan made from anything else, and GuardError where a guard or another run is in the way; nothing is changed then.
    """
    with locked(workspace.state_file), State.open(workspace.state_file) as state:
        standing = Basis(
            current_name(workspace.snapshots) or "",
            program.digest,
            state.version(),
            as_of,
            workspace.config.workspace.zone,
        )
        run = apply(planned, state, standing=standing, at=at, allow=allow)
        told = 0
        undelivered: tuple[Diagnostic, ...] = ()
        target = target or target_of(workspace)
        if target is not None:
            try:
                told = deliver(state, target)
            except RunError as problem:
                undelivered = problem.diagnostics
    return Outcome(run, told, undelivered, planned.held)
