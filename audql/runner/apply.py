"""A plan → state and outbox, in one transaction; then the outbox → the target."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection

from audql.diagnostics import Diagnostic, GuardError
from audql.engines.members import union
from audql.runner import messages
from audql.runner.allowing import EARLIER, FIRST
from audql.runner.values import Basis, Plan
from audql.state.store import State
from audql.state.values import AudienceWrite, Changes, Run, StaleError
from audql.targets.target import Target, TargetError


def apply(
    plan: Plan,
    state: State,
    *,
    standing: Basis,
    at: dt.datetime,
    allow: Collection[str] = (),
    saved: bool = False,
    after: int = 0,
) -> Run:
    """Carries the plan out, whole or not at all, and fills the outbox. The caller holds the lock of the state.

    `standing` is what there is now. Raises GuardError when the plan was made from anything else, when it is the first
    of this state and `first` is not allowed, or of a day before the last run's and `earlier` is not. `saved`: the plan
    is from a file. `after`: the number of the last run that is known of elsewhere.
    """
    require_same(plan.basis, standing)
    last = max((run.day for run in state.runs(1)), default=plan.basis.day)
    if plan.basis.day < last and EARLIER not in allow:
        raise GuardError(messages.earlier_day(plan.basis.day, last))
    if plan.first and not plan.is_empty and FIRST not in allow:
        joining, counts = union(audience.joins.people for audience in plan.audiences), plan.counts()
        new = counts.get("enrol", 0) + counts.get("resume", 0)
        raise GuardError(messages.first_apply(len(plan.audiences), len(joining), new, saved=saved))
    try:
        return state.write(changes_of(plan, at, after))
    except StaleError:
        raise GuardError(messages.stale("state", plan.basis.version, "a later one")) from None


def require_same(planned: Basis, standing: Basis) -> None:
    """Raises GuardError, with all differences, where a plan was made from something else than there is now."""
    differences = [
        messages.stale(what, then, now)
        for what, then, now in (
            ("snapshot", planned.snapshot, standing.snapshot),
            ("program", planned.program, standing.program),
            ("state", planned.version, standing.version),
            ("zone", planned.zone, standing.zone),
        )
        if then != now
    ]
    if planned.day != standing.day:
        differences.append(messages.another_day(planned.day, standing.day))
    if differences:
        raise GuardError(*differences)


def deliver(state: State, target: Target) -> tuple[int, tuple[Diagnostic, ...]]:
    """Tells the target what waits in the outbox, in order; how much that was, and why something waits on, where it
    does. The caller holds the lock of the state."""
    told, last = 0, 0
    while (waiting := state.waiting(target.batch, last)).effects:
        try:
            target.deliver(waiting.effects)
        except TargetError as problem:
            return told, (messages.target_failed(problem.what, problem.why),)
        state.delivered(waiting)
        told, last = told + len(waiting.effects), waiting.last
    return told, ()


def changes_of(plan: Plan, at: dt.datetime, after: int = 0) -> Changes:
    """All that state has to write for a plan; `after` as `apply` has it."""
    return Changes(
        plan.basis.version,
        plan.basis.day,
        at,
        plan.basis.snapshot,
        plan.basis.program,
        json.dumps(report(plan)),
        plan.roster.ids,
        tuple(
            AudienceWrite(
                a.id,
                a.name,
                a.file,
                a.gives,
                a.on_leaving,
                a.joins.people,
                a.leaves.people,
                a.standing == "retired",
            )
            for a in plan.audiences
            if a.changed
        ),
        plan.changes,
        plan.alerts.writes,
        after,
    )


def report(plan: Plan) -> dict[str, object]:
    """The run's report, for its log and for `--json`."""
    return {
        "day": plan.basis.day.isoformat(),
        "people": plan.head_count,
        "status": plan.status,
        "audiences": [
            {"name": a.name, "standing": a.standing, "members": a.after, "joins": len(a.joins), "leaves": len(a.leaves)}
            for a in plan.audiences
        ],
        "enrolments": plan.counts(),
        "alerts": {"messages": plan.alerts.messages, "mails": plan.alerts.mails},
        "held": [
            {
                "code": h.code,
                "message": h.message,
                "hint": h.hint,
                "audience": h.audience,
                "reason": h.reason,
                "place": h.place,
            }
            for h in (h.without_values() if h.in_a_log else h for h in plan.held)
        ],
    }
