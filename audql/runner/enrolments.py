"""Members and what their audiences give, compared with enrolments so far → what each gains and loses.

One enrolment a person and learning, for all its reasons. A spell is from the first reason to the end of the last.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from audql import ir
from audql.program import Assignment, Due
from audql.runner import messages
from audql.runner.days import shifted
from audql.runner.evaluation import Audiences, Engine
from audql.runner.learning import Lms
from audql.runner.members import Decision
from audql.runner.values import Change, EnrolmentPlan, Held
from audql.state.values import Enrolment, LearningKey, Remembered
from audql.syntax.ast import OnLeaving
from audql.text import fold

_GENTLEST = (OnLeaving.KEEP, OnLeaving.SUSPEND, OnLeaving.UNENROL)


@dataclass(frozen=True, slots=True)
class Reason:
    """One audience that gives the learning. `due`: of the assignment; None where it has none.

    `live`: it is as its script says now, so that it can begin an enrolment and say when it is due. `asks`: its rule
    speaks of this learning, so that whoever is in it needs it, finished before or not.
    """

    audience: str
    role: str
    live: bool
    asks: bool
    assignments: tuple[Assignment, ...] = ()
    due_dates: tuple[Mapping[str, dt.date], ...] = ()
    """Per assignment, for those whose due day is counted from a date of the person."""
    since: Mapping[str, dt.date] = field(default_factory=dict)

    def due(self, person: str, started: dt.date) -> dt.date | None:
        """The earliest due day. From joining is counted from no earlier than the start of the spell."""
        days = (
            self._one(a.due, dates, person, started) for a, dates in zip(self.assignments, self.due_dates, strict=True)
        )
        return min((day for day in days if day is not None), default=None)

    def _one(self, due: Due | None, dates: Mapping[str, dt.date], person: str, started: dt.date) -> dt.date | None:
        if due is None or due.day is not None:
            return due.day if due else None
        start = dates.get(person) if due.anchor is not None else max(self.since.get(person, started), started)
        return shifted(start, due.count, due.unit) if start is not None else None


@dataclass(frozen=True, slots=True)
class Enrolments:
    """All changes, by person and learning; `lost` counts those that each audience (folded name) would end."""

    changes: tuple[EnrolmentPlan, ...]
    lost: Mapping[str, int]
    held: tuple[Held, ...]


def compare(
    decisions: Sequence[Decision],
    since: Audiences,
    remembered: Remembered,
    lms: Lms,
    people: frozenset[str],
    engine: Engine,
    day: dt.date,
) -> Enrolments:
    """What changes for everyone; people who are no longer in the snapshot lose what their audiences gave."""
    now, so_far = _reasons(decisions, since, lms, engine), _reasons_so_far(decisions)
    pairs = {(who, key) for key, reasons in now.items() for _, members in reasons for who in members}
    pairs.update(pair for pair, enrolment in remembered.enrolments.items() if enrolment.ended is None)
    changes: list[EnrolmentPlan] = []
    lost: Counter[str] = Counter()
    missing: dict[LearningKey, set[str]] = {}
    for who, key in sorted(pairs):
        enrolment = remembered.enrolments.get((who, key))
        reasons = [reason for reason, members in now.get(key, ()) if who in members]
        if reasons:
            plan = _with_reasons(who, key, reasons, enrolment, lms, day)
            if plan is not None and plan.change in ("enrol", "resume") and not lms.has(key):
                missing.setdefault(key, set()).update(plan.audiences)
                continue
        else:
            assert enrolment is not None
            last = [(name, action) for name, members, action in so_far.get(key, ()) if who in members]
            plan = _without_reasons(enrolment, last, lms, day)
            if plan.change in ("suspend", "unenrol") and who in people:
                lost.update(fold(name) for name in plan.audiences)
        if plan is not None:
            changes.append(plan)
    held = tuple(messages.learning_gone(names, *key) for key, names in sorted(missing.items()))
    return Enrolments(tuple(changes), lost, held)


def _with_reasons(
    who: str, key: LearningKey, reasons: Sequence[Reason], so_far: Enrolment | None, lms: Lms, day: dt.date
) -> EnrolmentPlan | None:
    """What changes for someone who is to be enrolled. A spell that has ended is followed by the next."""
    names = tuple(dict.fromkeys(reason.audience for reason in reasons))
    asked = any(reason.asks for reason in reasons)
    if so_far is not None and so_far.ended is None:
        if so_far.completed:
            return None
        if lms.has_finished(who, key, so_far.started if asked else None):
            return EnrolmentPlan("complete", replace(so_far, completed=True), names)
        if so_far.status != "adopted":
            return _due_again(so_far, reasons, names)
        if not lms.tells_enrolments or lms.is_enrolled(who, key):
            return None
    live = [reason for reason in reasons if reason.live]
    if not live or lms.has_finished(who, key, day if asked else None):
        return None
    ours = so_far is not None and so_far.status != "adopted"
    adopted = lms.is_enrolled(who, key) and not ours
    spell = Enrolment(
        who,
        *key,
        spell=so_far.spell + 1 if so_far else 1,
        role=next((reason.role for reason in live if reason.role), ""),
        started=day,
        due=None if adopted else min((d for r in live if (d := r.due(who, day)) is not None), default=None),
        status="adopted" if adopted else "wanted",
    )
    begin: Change = "adopt" if adopted else "resume" if so_far is not None and so_far.suspended else "enrol"
    return EnrolmentPlan(begin, spell, tuple(dict.fromkeys(reason.audience for reason in live)))


def _due_again(so_far: Enrolment, reasons: Sequence[Reason], names: tuple[str, ...]) -> EnrolmentPlan | None:
    """The earliest due day of all reasons. An audience that stays as it was has said so in the enrolment's own."""
    days = [reason.due(so_far.person, so_far.started) for reason in reasons if reason.live]
    if not all(reason.live for reason in reasons):
        days.append(so_far.due)
    due = min((d for d in days if d is not None), default=None)
    return None if due == so_far.due else EnrolmentPlan("due", replace(so_far, due=due), names)


def _without_reasons(so_far: Enrolment, last: Sequence[tuple[str, OnLeaving]], lms: Lms, day: dt.date) -> EnrolmentPlan:
    """The end of a spell, as the last reason wants it; of several that end at once, the gentlest."""
    names = tuple(name for name, _ in last)
    action = min((action for _, action in last), key=_GENTLEST.index, default=OnLeaving.KEEP)
    finished = so_far.completed or lms.has_finished(so_far.person, so_far.key, so_far.started)
    ended = replace(so_far, ended=day, completed=finished)
    if finished or so_far.status == "adopted" or action is OnLeaving.KEEP:
        return EnrolmentPlan("end", ended, names)
    if action is OnLeaving.SUSPEND:
        return EnrolmentPlan("suspend", replace(ended, suspended=True), names)
    return EnrolmentPlan("unenrol", ended, names)


def _reasons(
    decisions: Sequence[Decision], since: Audiences, lms: Lms, engine: Engine
) -> Mapping[LearningKey, Sequence[tuple[Reason, frozenset[str]]]]:
    """Learning → the audiences that give it after this run, each with its members."""
    found: dict[LearningKey, list[tuple[Reason, frozenset[str]]]] = {}
    for decision in decisions:
        live = decision.standing == "decided"
        assignments = decision.script.assignments if live and decision.script else ()
        for given in decision.gives:
            chosen = tuple(a for a in assignments if (a.kind, a.learning) == given.key)
            rule = decision.script.rule if decision.script else None
            reason = Reason(
                decision.name,
                given.role,
                live,
                (rule is None and not live) or speaks_of(rule, lms.words_for(given.key)),
                chosen,
                tuple(_dates(a.due, decision, since, engine) for a in chosen),
                since[fold(decision.name)] if any(_from_joining(a.due) for a in chosen) else {},
            )
            found.setdefault(given.key, []).append((reason, decision.members))
    return found


def _from_joining(due: Due | None) -> bool:
    return due is not None and due.day is None and due.anchor is None


def _dates(due: Due | None, decision: Decision, since: Audiences, engine: Engine) -> Mapping[str, dt.date]:
    if due is None or due.anchor is None:
        return {}
    return engine.dates(due.anchor, decision.members, since)


def _reasons_so_far(
    decisions: Sequence[Decision],
) -> Mapping[LearningKey, Sequence[tuple[str, frozenset[str], OnLeaving]]]:
    """Learning → the audiences that gave it before this run, who was in, and what leaving now means."""
    found: dict[LearningKey, list[tuple[str, frozenset[str], OnLeaving]]] = {}
    for decision in decisions:
        for given in decision.known.gives if decision.known else ():
            found.setdefault(given.key, []).append((decision.name, decision.before, decision.on_leaving))
    return found


def speaks_of(rule: ir.Query | None, words: frozenset[str]) -> bool:
    """Whether a rule names the learning itself, so that it decides whether an earlier completion counts."""
    if rule is None:
        return False
    return any(
        isinstance(node, ir.Test)
        and isinstance(node.atom, ir.Equals)
        and any(isinstance(value, str) and fold(value) in words for value in node.atom.values)
        for node in ir.walk(rule)
    )
