"""Program, snapshot and state → a plan. Nothing is written, and nothing read but what is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from audql.diagnostics import RunError
from audql.engines.engine import EngineOf
from audql.engines.roster import Roster, ids_of
from audql.program import Program
from audql.runner import messages, moves
from audql.runner.alerts import Mailing, plan_alerts
from audql.runner.holding import held_back, within_limits
from audql.runner.learning import lms_of
from audql.runner.members import Decision, Setting
from audql.runner.values import AlertPlan, AudiencePlan, Basis, Plan
from audql.snapshot.snapshot import Snapshot
from audql.state.values import Remembered
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

    `allow` lets through what would be held: `leaves`, `lost`, `run_leaves`, `run_lost`, `run`, `mails`, `due`,
    `baseline`, or of one audience `leaves:NAME`, `lost:NAME`, `baseline:NAME`. Raises RunError for a NAME that no
    audience has.
    """
    roster = Roster.of(remembered.people(), ids_of(snapshot.ids()))
    engine = engine_of(roster)
    engine.prepare(
        [audience.rule for audience in program.audiences if audience.rule is not None],
        [a.due.anchor for audience in program.audiences for a in audience.assignments if a.due and a.due.anchor],
    )
    setting = Setting(program, remembered, roster, snapshot.links_left_out, engine, as_of, holds, frozenset(allow))
    given = [(a.kind, a.learning) for audience in program.audiences for a in audience.assignments]
    lms = lms_of(snapshot, roster, [*given, *remembered.ledgers])
    decisions, enrolments, held = held_back(setting, lms)
    _require_audiences(allow, [decision.name for decision in decisions])
    changes, run_held = within_limits(enrolments, setting)
    alerts = plan_alerts(setting, decisions, changes, mailing, snapshot) if mailing is not None else AlertPlan()
    return Plan(
        Basis(snapshot.name, program.digest, remembered.version, as_of, zone),
        remembered.is_new,
        snapshot.head_count,
        tuple(_audience(d, roster, as_of) for d in decisions if d.known or d.standing != "frozen"),
        changes,
        (*held, *enrolments.held, *run_held, *alerts.held),
        roster,
        alerts,
    )


def _require_audiences(allow: Collection[str], names: Sequence[str]) -> None:
    """Raises RunError for what would let something through of an audience that there is not."""
    known = {fold(name) for name in names}
    of_one = ((each, each.partition(":")[2]) for each in allow if ":" in each)
    if unknown := [(each, name) for each, name in of_one if fold(name) not in known]:
        raise RunError(*(messages.allows_nothing(each, name, names) for each, name in unknown))


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
