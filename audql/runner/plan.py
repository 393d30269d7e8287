"""Program, snapshot and state → a plan. Nothing is written, and nothing read but what is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from audql.program import Program
from audql.runner import messages
from audql.runner.enrolments import Enrolments, compare
from audql.runner.evaluation import Engine
from audql.runner.learning import lms_of
from audql.runner.members import LOST, RUN, Decision, Setting, decide, why_joins, why_leaves
from audql.runner.values import AudiencePlan, Basis, EnrolmentPlan, Held, Move, Plan
from audql.snapshot.snapshot import Snapshot
from audql.state.values import Remembered
from audql.text import fold
from audql.workspace import Holds


def plan(
    program: Program,
    snapshot: Snapshot,
    remembered: Remembered,
    engine: Engine,
    *,
    as_of: dt.date,
    zone: str,
    holds: Holds,
    allow: Collection[str] = (),
) -> Plan:
    """What one run would change, as of a day.

    `allow` lets through what would be held: `leaves`, `lost`, `run`, or of one audience `leaves:NAME`, `lost:NAME`.
    """
    people = snapshot.people()
    setting = Setting(program, remembered, people, snapshot.dropped_managers, engine, as_of, holds, frozenset(allow))
    lms = lms_of(snapshot)
    held: dict[str, Held] = {}
    while True:
        decisions, since = decide(setting, held)
        enrolments = compare(decisions, since, remembered, lms, people, engine, as_of)
        over = _out_of_proportion(decisions, enrolments, setting)
        if not over.keys() - held.keys():
            break
        # Each round holds at least one audience more, so this ends.
        held |= over
    changes, run_held = _within_limit(enrolments.changes, setting)
    return Plan(
        Basis(snapshot.name, program.digest, remembered.version, as_of, zone),
        remembered.is_new,
        len(people),
        tuple(_audience(decision, as_of) for decision in decisions if decision.known or decision.standing != "frozen"),
        changes,
        tuple([d.held for d in decisions if d.held] + list(enrolments.held) + run_held),
    )


def _out_of_proportion(decisions: Collection[Decision], enrolments: Enrolments, setting: Setting) -> Mapping[str, Held]:
    """The audiences, by folded name, by which too many enrolments would be lost."""
    limits = setting.holds.lost
    over: dict[str, Held] = {}
    for decision in decisions:
        lost = enrolments.lost.get(fold(decision.name), 0)
        given = len(decision.before) * len(decision.known.gives) if decision.known else 0
        limit = max(limits.enrolments, limits.share * given)
        if lost > limit and not setting.allows(LOST, decision.name):
            over[fold(decision.name)] = messages.lost_held(decision.name, lost, given, limit)
    return over


def _within_limit(changes: tuple[EnrolmentPlan, ...], setting: Setting) -> tuple[tuple[EnrolmentPlan, ...], list[Held]]:
    """The changes without new enrolments, where these are too many. A first apply has a guard of its own."""
    new = sum(change.change in ("enrol", "resume") for change in changes)
    limits = setting.holds.run
    limit = max(limits.enrolments, limits.share * len(setting.people))
    if new <= limit or setting.remembered.is_new or RUN in setting.allow:
        return changes, []
    kept = tuple(change for change in changes if change.change not in ("enrol", "resume"))
    return kept, [messages.run_held(new, len(setting.people), limit)]


def _audience(decision: Decision, day: dt.date) -> AudiencePlan:
    known, script = decision.known, decision.script
    joins, leaves = decision.members - decision.before, decision.before - decision.members
    joining, leaving = why_joins(decision, joins, day), why_leaves(decision, leaves, day)
    name = known.name if known and script is None else decision.name
    file = script.file if script else known.file if known else ""
    written = (name, file, decision.gives, decision.on_leaving)
    before = (known.name, known.file, known.gives, known.on_leaving) if known else None
    return AudiencePlan(
        known.id if known else None,
        name,
        known.name if known and known.name != name else "",
        file,
        decision.standing,
        len(decision.before),
        len(decision.members),
        tuple(Move(who, joining[who]) for who in sorted(joins)),
        tuple(Move(who, leaving[who]) for who in sorted(leaves)),
        decision.gives,
        decision.on_leaving,
        bool(joins or leaves) or written != before or decision.standing == "retired",
    )
