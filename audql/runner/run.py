"""The verbs that a face calls on a workspace: plan it, carry the plan out."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic, GuardError, RunError
from audql.engines.engine import EngineOf
from audql.program import Program
from audql.runner import plan_messages
from audql.runner.allowing import FIRST, HOLDS
from audql.runner.apply import apply, deliver
from audql.runner.plan import plan
from audql.runner.saved_plan import SavedPlan, size_of
from audql.runner.values import Basis, Held, Plan
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import current_name
from audql.state.store import State
from audql.state.values import Run
from audql.targets.choosing import target_of
from audql.targets.target import Target
from audql.workspace import Workspace

if TYPE_CHECKING:
    from audql.runner.alerts import Mailing
    from audql.runner.delivering import Delivery


@dataclass(frozen=True, slots=True)
class Told:
    """What became of all that waited."""

    told: int
    """Effects that the target took, those of earlier runs included."""
    undelivered: tuple[Diagnostic, ...]
    """Why something waits in the outbox, where it does."""
    mails: Delivery | None
    """What became of mails; None where the workspace sends none."""

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Why something is not told, or not sent."""
        return (*self.undelivered, *(self.mails.problems if self.mails is not None else ()))

    @property
    def status(self) -> int:
        return 4 if self.problems else 0


@dataclass(frozen=True, slots=True)
class Outcome(Told):
    """What became of a plan, and of all that waited."""

    run: Run
    held: tuple[Held, ...]

    @property
    def status(self) -> int:
        return 4 if self.held or self.problems else 0


def plan_workspace(
    workspace: Workspace,
    program: Program,
    state: State,
    snapshot: Snapshot,
    engine_of: EngineOf,
    *,
    as_of: dt.date,
    allow: Collection[str] = (),
) -> Plan:
    """What a run of the workspace would change. Only reads."""
    return plan(
        program,
        snapshot,
        state.read(),
        engine_of,
        as_of=as_of,
        zone=workspace.config.workspace.zone,
        holds=workspace.config.holds,
        allow=allow,
        mailing=_mailing(workspace),
    )


def apply_workspace(
    workspace: Workspace,
    state: State,
    planned: Plan,
    program: Program,
    *,
    as_of: dt.date,
    at: dt.datetime,
    allow: Collection[str] = (),
    target: Target | None = None,
    saved: SavedPlan | None = None,
    after: int = 0,
    delivering: Callable[[Run], None] = lambda run: None,
) -> Outcome:
    """Carries a plan out and tells the target, also of what earlier runs could not tell.

    `as_of` and `at` are the day and the instant of now; the program is what the scripts say now. `saved` is the plan's
    document, where it was saved; `after` the number of the last run that is known of elsewhere; `delivering` is told
    the run once it is applied. The state is open alone. Raises GuardError for a plan made from anything else, and where
    a guard, or an approval that is not there, is in the way; nothing is changed then.
    """
    standing = Basis(
        current_name(workspace.snapshots) or "",
        program.digest,
        state.version(),
        as_of,
        workspace.config.workspace.zone,
    )
    _check_approval(workspace, state, planned, saved, allow)
    run = apply(planned, state, standing=standing, at=at, allow=allow, saved=saved is not None, after=after)
    delivering(run)
    told, undelivered = _tell(state, target or target_of(workspace))
    mails = _post(workspace, state, as_of=as_of, at=at)
    return Outcome(told, undelivered, mails, run, planned.held)


def _check_approval(
    workspace: Workspace, state: State, planned: Plan, saved: SavedPlan | None, allow: Collection[str]
) -> None:
    """Raises GuardError for a big plan that nobody but its maker has seen."""
    approval, size = workspace.config.approval, size_of(planned)
    if approval is None or size <= approval.over:
        return
    if saved is None:
        first = [FIRST] if planned.first else []
        needed = dict.fromkeys([*first, *(name for name in allow if name.partition(":")[0] in HOLDS)])
        raise GuardError(plan_messages.wants_approval(size, approval.over, allow=needed))
    if not [user for user in state.approvals(saved.digest) if user != saved.made_by]:
        raise GuardError(plan_messages.wants_approval(size, approval.over, saved.made_by))


def deliver_workspace(
    workspace: Workspace, state: State, *, as_of: dt.date, at: dt.datetime, again: bool = False
) -> Told:
    """Tells the target and sends the mails that wait; with `again`, those that were set aside, too. The state is open
    alone."""
    if again:
        state.send_again()
    told, undelivered = _tell(state, target_of(workspace))
    return Told(told, undelivered, _post(workspace, state, as_of=as_of, at=at))


def _tell(state: State, target: Target | None) -> tuple[int, tuple[Diagnostic, ...]]:
    return deliver(state, target) if target is not None else (0, ())


def _mailing(workspace: Workspace) -> Mailing | None:
    if workspace.config.mail is None:
        return None
    from audql.runner.mailing import mailing_of  # Jinja, which others can do without

    return mailing_of(workspace)


def _post(workspace: Workspace, state: State, *, as_of: dt.date, at: dt.datetime) -> Delivery | None:
    mail = workspace.config.mail
    if mail is None or current_name(workspace.snapshots) is None:
        return None
    from audql.runner.delivering import deliver_mails, delivery
    from audql.runner.mailing import desk_of, way_of

    if not state.box().waiting:
        return delivery(state)
    try:
        way = way_of(workspace, at, os.environ)
    except RunError as problem:
        return delivery(state, problem=problem.diagnostics[0])
    return deliver_mails(state, desk_of(workspace, state, as_of), way, now=at, limit=mail.limit)
