"""A plan → a document to be reviewed, kept in a file, and held against the plan that is then applied.

The document says what a plan would do, twice: as lines for a reader, and as data. It is not itself carried out. What is
applied is planned anew, from the same things, and has to say the same to the letter; so a document that was altered, or
is of another day, is refused, whatever it says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audql.diagnostics import GuardError, RunError
from audql.runner import plan_messages as messages
from audql.runner.plan_data import enrolment_of, message_of, moves_of
from audql.runner.values import AudiencePlan, Basis, Plan
from audql.snapshot import durable
from audql.state.values import Run

FORMAT = 1
MOST_BYTES = 1 << 30
"""Of a plan in a file: some four million changes."""


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A document as it was read. `digest` is that of all it says."""

    basis: Basis
    allow: tuple[str, ...]
    made_by: str
    size: int
    digest: str
    text: tuple[str, ...]
    """All that it does, in lines."""

    def became(self, run: Run) -> bool:
        """Whether that run carried it out: it was made from the same, and did as much."""
        made_from = (run.snapshot, run.program, run.version - 1, run.day)
        basis = self.basis
        return made_from == (basis.snapshot, basis.program, basis.version, basis.day) and _size_of(run) == self.size


def size_of(plan: Plan) -> int:
    """How much a plan does: who joins or leaves, enrolments that change, and mails."""
    moves = sum(len(a.joins) + len(a.leaves) for a in plan.audiences)
    return moves + sum(plan.counts().values()) + plan.alerts.mails


def _size_of(run: Run) -> int:
    said = json.loads(run.report)
    moves = sum(audience["joins"] + audience["leaves"] for audience in said["audiences"])
    return int(moves + sum(said["enrolments"].values()) + said["alerts"]["mails"])


def document(plan: Plan, allow: Collection[str], made_by: str) -> dict[str, object]:
    """All that a plan does and holds, with the digest of it."""
    said: dict[str, object] = {
        "audql_plan": FORMAT,
        "made_by": made_by,
        "basis": {
            "snapshot": plan.basis.snapshot,
            "program": plan.basis.program,
            "version": plan.basis.version,
            "day": plan.basis.day.isoformat(),
            "zone": plan.basis.zone,
        },
        "allow": sorted(allow),
        "size": size_of(plan),
        "text": list(_lines(plan)),
        "audiences": [_audience(plan, audience) for audience in plan.audiences if audience.changed],
        "learning": [enrolment_of(change) for change in plan.enrolments()],
        "mails": [message_of(message) for message in plan.messages()],
        "held": [{"code": held.code, "message": held.message} for held in plan.held],
    }
    return {**said, "digest": _digest(said)}


def save(path: Path, said: Mapping[str, object], before: bytes | None) -> None:
    """Puts the document into a file, whole. `before` is what that has now: nothing but a plan is written over. Raises
    RunError, also where it would be longer than what is read."""
    data = (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()

    def write(fresh: Path) -> None:
        fresh.write_bytes(data)

    if len(data) > MOST_BYTES:
        raise RunError(messages.too_long_to_save(str(path), len(data), MOST_BYTES))
    if before is not None:
        try:
            read(str(path), before)
        except RunError:
            raise RunError(messages.in_the_way(str(path))) from None
    try:
        durable.replace_with(path, write)
    except OSError as problem:
        raise RunError(messages.not_written(str(path), problem.strerror or str(problem))) from None


def require_short(path: str, size_bytes: int) -> None:
    """Raises RunError for a file that is too long to be read."""
    if size_bytes > MOST_BYTES:
        raise RunError(messages.too_long(path, size_bytes, MOST_BYTES))


def read(path: str, data: bytes) -> SavedPlan:
    """What is in a file → the document. Raises RunError for what is none, or was altered or cut short."""
    require_short(path, len(data))
    try:
        said: Any = json.loads(data)
        basis = said["basis"]
        if said["audql_plan"] != FORMAT or said["digest"] != _digest({k: v for k, v in said.items() if k != "digest"}):
            raise RunError(messages.no_plan(path, "it was altered, or made by another version of AudQL"))
        day = dt.date.fromisoformat(basis["day"])
        made_from = Basis(basis["snapshot"], basis["program"], int(basis["version"]), day, basis["zone"])
        allow = tuple(str(name) for name in said["allow"])
        text = tuple(str(line) for line in said["text"])
        return SavedPlan(made_from, allow, str(said["made_by"]), int(said["size"]), str(said["digest"]), text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise RunError(messages.no_plan(path, "it is no plan that `audql plan --save` wrote")) from None


def check(saved: SavedPlan, plan: Plan) -> None:
    """Raises GuardError where the plan is not, to the letter, what was saved."""
    if document(plan, saved.allow, saved.made_by)["digest"] != saved.digest:
        raise GuardError(messages.another_plan())


def _digest(said: Mapping[str, object]) -> str:
    canonical = json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _audience(plan: Plan, a: AudiencePlan) -> dict[str, object]:
    return {
        "name": a.name,
        "was": a.was or None,
        "standing": a.standing,
        "before": a.before,
        "after": a.after,
        "joins": moves_of(plan, a.joins),
        "leaves": moves_of(plan, a.leaves),
    }


def _lines(plan: Plan) -> Iterator[str]:
    """For a reader."""
    yield f"Plan as of {plan.basis.day}, {plan.head_count:,} people, snapshot {plan.basis.snapshot[:12]}"
    for a in plan.audiences:
        if not a.changed:
            continue
        yield f"{a.name}{f' (was {a.was})' if a.was else ''}: {a.before:,} → {a.after:,}, {a.standing}"
        for sign, moves in (("+", a.joins), ("-", a.leaves)):
            yield from (f"  {sign} {move.person}: {move.reason}" for move in plan.moves(moves))
    for e in plan.enrolments():
        due = f", due {e.due}" if e.due else ""
        yield f"{e.kind} {e.learning}: {e.change} {e.person}{due} (for {', '.join(e.audiences) or 'no one'})"
    if plan.alerts.counts:
        yield f"{plan.alerts.mails:,} mails"
    for count in plan.alerts.counts:
        about = f" about {count.learning[1]}" if count.learning else ""
        yield f"  {count.audience}: {count.messages:,} to {', '.join(count.to)} {count.clause}{about}"
    yield from (f"  of {m.person} to {m.to}: {m.audience}, {m.clause}" for m in plan.messages())
    yield from (f"held: {held.message}" for held in plan.held)
