"""Mails → JSON; the keys are listed in docs/cli.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audql.cli.as_json import Json, diagnostics
from audql.runner.plan_data import message_of

if TYPE_CHECKING:
    from audql.operations.mailing import Delivered, Previewed, WouldDeliver
    from audql.runner.delivering import Delivery
    from audql.runner.values import Plan


def alerts(made: Plan) -> Json:
    plan = made.alerts
    return {
        "mails": plan.mails,
        "messages": plan.messages,
        "unreachable": plan.unreachable,
        "unfound": plan.unfound,
        "alerts": [
            {
                "audience": count.audience,
                "moment": str(count.clause),
                "to": list(count.to),
                "kind": count.learning[0] if count.learning else None,
                "learning": count.learning[1] if count.learning else None,
                "messages": count.messages,
            }
            for count in plan.counts
        ],
        "each": [message_of(message) for message in made.messages()],
    }


def sent(found: Delivery | None) -> Json | None:
    if found is None:
        return None
    return {
        "sent": found.sent,
        "dropped": found.dropped,
        "put_off": found.put_off,
        "waiting": found.waiting,
        "refused": found.refused,
        "diagnostics": diagnostics(found.problems),
    }


def delivered(found: Delivered) -> Json:
    return {
        "status": found.status,
        "told": found.told,
        "undelivered": diagnostics(found.undelivered),
        "mails": sent(found.mails),
        "diagnostics": diagnostics(found.unkept),
    }


def would_deliver(found: WouldDeliver) -> Json:
    return {
        "status": found.status,
        "mails": [
            {"recipient": m.recipient, "subject": m.subject or None, "why_not": m.why_not or None} for m in found.mails
        ],
        "over_limit": found.over_limit,
        "put_off": [{"why": p.why, "mails": p.mails, "next": p.next.isoformat()} for p in found.put_off],
        "set_aside": found.set_aside,
        "diagnostics": diagnostics((*found.notes, *found.problems)),
    }


def previewed(found: Previewed) -> Json:
    return {
        "status": 0,
        "recipient": found.recipient,
        "language": found.language,
        "subject": found.subject,
        "text": found.text,
        "html": found.html,
    }
