"""Plans and runs → JSON; the keys are listed in docs/cli.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audql.cli.as_json import Json, diagnostics, problem
from audql.cli.mails_as_json import alerts, sent
from audql.runner.plan_data import enrolment_of, moves_of

if TYPE_CHECKING:
    from audql.operations.running import Applied, Planned, Ran
    from audql.operations.stopping import StoppedError
    from audql.runner.values import AudiencePlan, Plan
    from audql.sync.sync import SyncReport


def synced(report: SyncReport) -> Json:
    return {
        "status": report.status,
        "snapshot": report.snapshot,
        "before": report.before,
        "changed": report.changed,
        "counts": dict(report.counts),
        "refused": [
            {
                "file": r.file,
                "line": r.line,
                "column": r.column,
                "value": r.value,
                "code": r.code,
                "reason": r.reason,
                "cure": r.cure,
            }
            for r in report.refusals
        ],
        "quarantine": [str(path) for path in report.quarantine],
        "diagnostics": diagnostics(report.diagnostics),
    }


def planned(found: Planned) -> Json:
    made = found.plan
    return {
        "status": found.status,
        "day": made.basis.day.isoformat(),
        "zone": made.basis.zone,
        "snapshot": made.basis.snapshot,
        "program": made.basis.program,
        "people": made.head_count,
        "first": made.first,
        "empty": made.is_empty,
        "audiences": [_audience(made, audience) for audience in made.audiences],
        "enrolments": [enrolment_of(change) for change in made.enrolments()],
        "alerts": alerts(made),
        "held": diagnostics(made.held),
        "diagnostics": diagnostics((*found.notes, *found.diagnostics)),
    }


def applied(found: Applied) -> Json:
    outcome = found.outcome
    return {
        "status": found.status,
        "run": outcome.run.number if outcome else None,
        "told": outcome.told if outcome else 0,
        "undelivered": diagnostics(outcome.undelivered) if outcome else [],
        "mails": sent(outcome.mails) if outcome else None,
        "diagnostics": diagnostics(found.unkept),
        "plan": planned(found.planned),
    }


def ran(found: Ran) -> Json:
    return {
        "status": found.status,
        "report": dict(found.report),
        "diagnostics": diagnostics(found.unkept),
        "sync": synced(found.synced),
        "apply": applied(found.applied),
    }


def stopped(error: StoppedError) -> Json:
    return {
        **problem(error),
        "report": dict(error.report),
        "sync": synced(error.synced) if error.synced is not None else None,
    }


def _audience(made: Plan, audience: AudiencePlan) -> Json:
    return {
        "name": audience.name,
        "was": audience.was or None,
        "file": audience.file,
        "standing": audience.standing,
        "new": audience.id is None,
        "changed": audience.changed,
        "before": audience.before,
        "after": audience.after,
        "joins": moves_of(made, audience.joins),
        "leaves": moves_of(made, audience.leaves),
    }
