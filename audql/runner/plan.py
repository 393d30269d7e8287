"""Program, snapshot and state → a plan. Nothing is written, and nothing read but what is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from audql.diagnostics import RunError
from audql.engines.engine import EngineOf
from audql.engines.roster import Roster, ids_of
from audql.program import Program
from audql.runner import allowing, messages, moves
from audql.runner.alerts import Mailing, plan_alerts
from audql.runner.enrolments import Enrolments, compare
from audql.runner.learning import Lms, lms_of
from audql.runner.members import Decision, Setting, decide
from audql.runner.values import AlertPlan, AudiencePlan, Basis, Held, Plan, counts_of
from audql.snapshot.snapshot import Snapshot
from audql.state.values import EnrolmentChanges, Remembered
from audql.text import fold
from audql.workspace import Holds


def plan(
    program: Program,
    snapshot: Snapshot,
    remembered: Remembered,
    engine_of: EngineOf,
    *,
    as_of: dt.date,
    zone: str,
    holds: Holds,
    allow: Collection[str] = (),
    mailing: Mailing | None = None,
) -> Plan:
    """What one run would change, as of a day. Without `mailing` nobody is told of anything.

    `allow` lets through what would be held: `leaves`, `lost`, `run`, `mails`, `due`, `baseline`, or of one audience
    `leaves:NAME`, `lost:NAME`, `baseline:NAME`. Raises RunError for a NAME that no audience has.
    """
    roster = Roster.of(remembered.people(), ids_of(snapshot.ids()))
    engine = engine_of(roster)
    engine.prepare(
        [audience.rule for audience in program.audiences if audience.rule is not None],
        [a.due.anchor for audience in program.audiences for a in audience.assignments if a.due and a.due.anchor],
    )
    setting = Setting(program, remembered, roster, snapshot.dropped_managers, engine, as_of, holds, frozenset(allow))
    given = [(a.kind, a.learning) for audience in program.audiences for a in audience.assignments]
    lms = lms_of(snapshot, roster, [*given, *remembered.ledgers])
    held: dict[str, Held] = {}
    while True:
        decisions, enrolments = _round(setting, lms, held)
        over = _out_of_proportion(decisions, enrolments, setting)
        if not over.keys() - held.keys():
            break
        # Each round holds at least one audience more, so this ends.
        held |= over
    _require_audiences(allow, [decision.name for decision in decisions])
    changes, run_held = _within_limit(enrolments.changes, setting)
    alerts = plan_alerts(setting, decisions, changes, mailing, snapshot) if mailing is not None else AlertPlan()
    return Plan(
        Basis(snapshot.name, program.digest, remembered.version, as_of, zone),
        remembered.is_new,
        snapshot.head_count,
        tuple(_audience(d, roster, as_of) for d in decisions if d.known or d.standing != "frozen"),
        changes,
        (*_reasons(setting, lms, held, decisions), *enrolments.held, *run_held, *alerts.held),
        roster,
        alerts,
    )


def _round(setting: Setting, lms: Lms, held: Mapping[str, Held]) -> tuple[list[Decision], Enrolments]:
    """What is decided, and what follows for enrolments, with those in `held` (by folded name) as they were."""
    decisions, decided = decide(setting, held)
    people = setting.roster.everyone
    return decisions, compare(decisions, decided, setting.remembered, lms, people, setting.engine, setting.day)


def _reasons(setting: Setting, lms: Lms, held: Mapping[str, Held], decisions: Collection[Decision]) -> Iterator[Held]:
    """Why audiences stay as they were. Of those that too many would leave also what it would lose if they did, so that
    both can be let through at once."""
    left = {fold(d.name): d.name for d in decisions if d.standing == "held" and fold(d.name) not in held}
    besides: Mapping[str, Held] = {}
    if left:
        through = replace(setting, allow=setting.allow | {f"{allowing.LEAVES}:{name}" for name in left.values()})
        besides = _out_of_proportion(*_round(through, lms, held), through)
    for decision in decisions:
        if (key := fold(decision.name)) in left and key in besides and decision.held is not None:
            yield from messages.held_for_both(decision.held, besides[key])
        elif decision.held is not None:
            yield decision.held


def _require_audiences(allow: Collection[str], names: Sequence[str]) -> None:
    """Raises RunError for what would let something through of an audience that there is not."""
    known = {fold(name) for name in names}
    of_one = ((each, each.partition(":")[2]) for each in allow if ":" in each)
    if unknown := [(each, name) for each, name in of_one if fold(name) not in known]:
        raise RunError(*(messages.allows_nothing(each, name, names) for each, name in unknown))


def _out_of_proportion(decisions: Collection[Decision], enrolments: Enrolments, setting: Setting) -> Mapping[str, Held]:
    """The audiences, by folded name, by which too many enrolments would be lost."""
    limits = setting.holds.lost
    over: dict[str, Held] = {}
    for decision in decisions:
        lost = enrolments.lost.get(fold(decision.name), 0)
        given = len(decision.before) * len(decision.known.gives) if decision.known else 0
        limit = max(limits.enrolments, limits.share * given)
        if lost > limit and not setting.allows(allowing.LOST, decision.name):
            over[fold(decision.name)] = messages.lost_held(decision.name, lost, given, limit)
    return over


def _within_limit(
    changes: tuple[EnrolmentChanges, ...], setting: Setting
) -> tuple[tuple[EnrolmentChanges, ...], list[Held]]:
    """The changes without new enrolments, where these are too many. A first apply has a guard of its own."""
    counts = counts_of(changes)
    new = counts.get("enrol", 0) + counts.get("resume", 0)
    people = len(setting.roster.everyone)
    limits = setting.holds.run
    limit = max(limits.enrolments, limits.share * people)
    if new <= limit or setting.remembered.is_new or allowing.RUN in setting.allow:
        return changes, []
    kept = tuple(change for change in changes if change.change not in ("enrol", "resume"))
    return kept, [messages.run_held(new, people, limit)]


def _audience(decision: Decision, roster: Roster, day: dt.date) -> AudiencePlan:
    known, script = decision.known, decision.script
    joins, leaves = moves.joins(decision, roster, day), moves.leaves(decision, roster, day)
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
        decision.members,
        joins,
        leaves,
        decision.gives,
        decision.on_leaving,
        bool(joins or leaves) or written != before or decision.standing == "retired",
    )
