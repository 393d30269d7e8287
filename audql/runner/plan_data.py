"""Parts of a plan → data, as a saved plan and `--json` both say them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from audql.runner.values import EnrolmentPlan, MessagePlan, Moves, Plan

Data: TypeAlias = dict[str, object]


def moves_of(plan: Plan, moves: Moves) -> list[Data]:
    """Whoever joins or leaves, in the order of ids, and why."""
    return [{"person": move.person, "reason": move.reason} for move in plan.moves(moves)]


def enrolment_of(change: EnrolmentPlan) -> Data:
    """One change of one person's enrolment."""
    return {
        "change": change.change,
        "person": change.person,
        "kind": change.kind,
        "learning": change.learning,
        "role": change.role or None,
        "due": change.due.isoformat() if change.due else None,
        "audiences": list(change.audiences),
    }


def message_of(message: MessagePlan) -> Data:
    """Of whom someone is told, and by which alert."""
    return {
        "audience": message.audience,
        "moment": str(message.clause),
        "learning": message.learning[1] if message.learning else None,
        "person": message.person,
        "to": message.to,
    }
