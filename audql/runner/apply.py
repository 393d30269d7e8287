"""A plan → state and outbox, in one transaction; then the outbox → the target."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection

from audql.runner import messages
from audql.runner.members import FIRST
from audql.runner.values import Basis, EnrolmentPlan, Plan
from audql.snapshot.errors import GuardError, RunError
from audql.state.store import State
from audql.state.values import Action, AudienceWrite, Changes, Effect, Run, StaleError
from audql.targets.target import Target, TargetError


def apply(
    plan: Plan,
    state: State,
    *,
    standing: Basis,
    at: dt.datetime,
    allow: Collection[str] = (),
) -> Run:
    """Carries the plan out, whole or not at all, and fills the outbox. The caller holds the lock of the state.

    `standing` is what there is now. Raises RunError when the plan was made from anything else, and GuardError when it
    is the first of this state and `first` is not allowed.
    """
    differences = [
        messages.stale(what, planned, now)
        for what, planned, now in (
            ("snapshot", plan.basis.snapshot, standing.snapshot),
            ("program", plan.basis.program, standing.program),
            ("state", plan.basis.version, standing.version),
            ("day", plan.basis.day, standing.day),
            ("zone", plan.basis.zone, standing.zone),
        )
        if planned != now
    ]
    if differences:
        raise RunError(*differences)
    if plan.first and not plan.is_empty and FIRST not in allow:
        joins = {move.person for audience in plan.audiences for move in audience.joins}
        new = sum(change.change in ("enrol", "resume") for change in plan.enrolments)
        raise GuardError(messages.first_apply(len(plan.audiences), len(joins), new))
    try:
        return state.write(changes_of(plan, at))
    except StaleError:
        raise RunError(messages.stale("state", plan.basis.version, "a later one")) from None


def deliver(state: State, target: Target, *, at: dt.datetime) -> int:
    """Tells the target what waits in the outbox, in order; how much that was. The caller holds the lock of the state.

    What the target could not be told waits on. Raises RunError then.
    """
    told = 0
    while waiting := state.waiting():
        try:
            target.deliver(waiting)
        except TargetError as problem:
            raise RunError(messages.target_failed(problem.what, problem.why)) from None
        state.delivered(waiting, at)
        told += len(waiting)
    return told


def changes_of(plan: Plan, at: dt.datetime) -> Changes:
    """All that state has to write for a plan."""
    return Changes(
        plan.basis.version,
        plan.basis.day,
        at,
        plan.basis.snapshot,
        plan.basis.program,
        json.dumps(report(plan)),
        tuple(
            AudienceWrite(
                a.id,
                a.name,
                a.file,
                a.gives,
                a.on_leaving,
                tuple(move.person for move in a.joins),
                tuple(move.person for move in a.leaves),
                a.standing == "retired",
            )
            for a in plan.audiences
            if a.changed
        ),
        tuple(change.enrolment for change in plan.enrolments),
        tuple(effect for change in plan.enrolments if (effect := _effect(change, plan.basis)) is not None),
    )


def report(plan: Plan) -> dict[str, object]:
    """The run's report, for its log and for `--json`."""
    counts: dict[str, int] = {}
    for change in plan.enrolments:
        counts[change.change] = counts.get(change.change, 0) + 1
    return {
        "day": plan.basis.day.isoformat(),
        "people": plan.head_count,
        "status": plan.status,
        "audiences": [
            {"name": a.name, "standing": a.standing, "members": a.after, "joins": len(a.joins), "leaves": len(a.leaves)}
            for a in plan.audiences
        ],
        "enrolments": counts,
        "held": [{"code": h.code, "message": h.message, "audience": h.audience, "reason": h.reason} for h in plan.held],
    }


def _effect(change: EnrolmentPlan, basis: Basis) -> Effect | None:
    """What a target is told of a change, if anything."""
    action: Action
    match change.change:
        case "adopt" | "complete" | "end":
            return None
        case _:
            action = change.change
    e = change.enrolment
    # A due day can move and move back within one spell, so its key also names the state that it was decided in.
    again = [str(basis.version)] if action == "due" else []
    parts = ["enrolment", action, e.person, e.kind, e.learning, e.started.isoformat(), str(e.spell), *again]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    return Effect(key, e.person, e.kind, e.learning, e.spell, action, e.role, e.due)
