"""Decisions, ledgers and alerts → of whom each alert tells in this run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from audql.engines.days import NO_DAY, Days, number_of
from audql.engines.members import Flags, Members, Ordinals
from audql.program import Audience, Due
from audql.runner import allowing
from audql.runner.due import NEVER, later
from audql.runner.members import Decision, Setting
from audql.runner.recipients import MANAGER, MANAGERS, OWNER
from audql.state.alerts import Clause, KnownAlert
from audql.state.ledger import COMPLETED, OPEN, SUSPENDED, LearningKey, Ledger, Spells
from audql.state.notices import Notices
from audql.state.packing import Numbers
from audql.state.values import EnrolmentChanges
from audql.state.writing import ledger_after
from audql.syntax.ast import MomentKind, Unit

WAITS_DAYS = 7
"""So long whoever joined or left can still be told of, where it was held."""


@dataclass(frozen=True, slots=True)
class Alerting:
    """An alert of an audience that is decided, or the part of one, and what state knows of it."""

    decision: Decision
    audience: Audience
    clause: Clause
    to: tuple[str, ...]
    whole: tuple[str, ...]
    """Whom all parts of the alert tell."""
    known: KnownAlert | None
    since: int | None
    """Where it begins to count with this run."""
    others: tuple[int, ...] = ()
    """The numbers of the alert's other parts in state, also of those that the script has no more."""


@dataclass(slots=True, eq=False)
class Batch:
    """Those of whom one alert tells, about one learning or none: parallel arrays, the people ascending."""

    alert: Alerting
    learning: LearningKey | None
    people: Ordinals
    spell: Numbers
    started: Days
    due: Days
    number: Numbers
    told: Notices
    """So far; of joining and leaving those who are still to be told."""
    is_held: bool = False
    unfound: Ordinals = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """Of whom nobody is told, as there is nobody to tell, or no address. They are told of once there is: a manager who
    comes later."""

    def __len__(self) -> int:
        return int(self.people.size)

    @property
    def is_of_members(self) -> bool:
        return self.alert.clause.moment.is_of_members

    def without(self, people: Members) -> None:
        self._keep(~people.has(self.people))

    def _keep(self, chosen: Flags) -> None:
        for name in ("people", "spell", "started", "due", "number"):
            setattr(self, name, getattr(self, name)[chosen])

    def notices(self) -> Notices | None:
        """Whom it has told after this run, None where that stays as it was."""
        those = Notices(self.people, self.spell, self.number)
        unfound = np.isin(self.people, self.unfound)
        if self.is_of_members:
            waiting = those if self.is_held else those.where(unfound)
            return None if waiting == self.told else waiting
        found = those.where(~unfound)
        return self.told.with_latest(found) if len(found) and not self.is_held else None


class Batches:
    """Whom the alerts of all audiences would tell of."""

    def __init__(self, setting: Setting, decisions: Sequence[Decision], changes: Sequence[EnrolmentChanges]) -> None:
        self._setting, self._decisions = setting, decisions
        self._today = number_of(setting.day)
        ordered = sorted(changes, key=lambda change: change.key)
        self._changes = {key: list(of_one) for key, of_one in groupby(ordered, key=lambda change: change.key)}
        self._open: dict[LearningKey, Spells] = {}

    def all(self) -> Iterator[Batch]:
        """Those of alerts that have nobody to tell of, too."""
        for decision in self._decisions:
            if decision.script is None or decision.standing != "decided":
                continue
            known = self._setting.remembered.alerts.get(decision.known.id, {}) if decision.known else {}
            for part in parts_of(decision.script):
                alert = known.get(part.clause)
                since = None if alert is not None and alert.live else self._today
                whole = replace(part.clause, part="")
                others = tuple(
                    each.id for clause, each in known.items() if replace(clause, part="") == whole and each != alert
                )
                alerting = Alerting(decision, decision.script, part.clause, part.to, part.whole, alert, since, others)
                if part.clause.moment.is_of_members:
                    yield self._of_members(alerting)
                else:
                    yield from self._of_due(alerting)

    def _of_members(self, alert: Alerting) -> Batch:
        """Who joins or leaves, and of whom it is still to be told."""
        decision, joining = alert.decision, alert.clause.moment is MomentKind.JOINING
        now = decision.members - decision.before if joining else decision.before - decision.members
        if joining and decision.known is None and not self._setting.allows(allowing.BASELINE, decision.name):
            now = Members()
        waiting = self._notices(alert, None)
        people = now.ordinals()
        spell = np.full(people.size, self._today, dtype=np.int32)
        still = ~now.has(waiting.people) & (decision.members.has(waiting.people) == joining)
        late = waiting.where(still & (waiting.spell >= self._today - WAITS_DAYS))
        both = late.with_latest(Notices(people, spell, np.zeros_like(spell)))
        none = np.full(len(both), NO_DAY, dtype=np.int32)
        return Batch(alert, None, both.people, both.spell, both.spell, none, both.number, waiting)

    def _of_due(self, alert: Alerting) -> Iterator[Batch]:
        """Members whose moment has come, by learning that the audience gives."""
        decision, clause = alert.decision, alert.clause
        begins = self._today if alert.known is None or alert.since is not None else alert.known.since
        for key in dict.fromkeys(given.key for given in decision.gives):
            spells = self._spells(key)
            spells = spells.where(decision.members.has(spells.people))
            day, number = _moment(clause, spells.due, self._today)
            come = (day <= self._today) & ((day >= begins) | (spells.started > begins))
            if clause.moment is MomentKind.BEFORE_DUE:
                come &= spells.due >= self._today
            chosen = np.flatnonzero(come)
            spells, number = spells.where(chosen), number[chosen]
            told = self._notices(alert, key)
            new = ~told.has(spells.people, spells.number, number)
            spells, number = spells.where(new), number[new]
            yield Batch(alert, key, spells.people, spells.number, spells.started, spells.due, number, told)

    def _notices(self, alert: Alerting, key: LearningKey | None) -> Notices:
        return self._setting.remembered.notices(alert.known.id, key) if alert.known is not None else Notices()

    def _spells(self, key: LearningKey) -> Spells:
        """Those of one learning, after this run, that are open and have a due day, and what is not finished there."""
        if key not in self._open:
            ledger = self._setting.remembered.ledgers.get(key) or Ledger()
            spells = ledger_after(ledger, self._changes.get(key, ())).spells
            chosen = spells.are(OPEN) & ~spells.are(COMPLETED) & ~spells.are(SUSPENDED) & (spells.due != NO_DAY)
            self._open[key] = spells.where(chosen)
        return self._open[key]


@dataclass(frozen=True, slots=True)
class Part:
    """Those recipients of an alert who can be told, or not be told yet, together; `whole`: all of the alert."""

    clause: Clause
    to: tuple[str, ...]
    whole: tuple[str, ...]


def parts_of(audience: Audience) -> Iterator[Part]:
    """Its alerts, those that differ in recipients only being one. A manager, or the learner's address, can come later
    than others are told, so that what each part has told is remembered by itself. The part without a name is that of
    who can be told at any time; where there are none, that whose name sorts first."""
    alerts: dict[Clause, dict[str, None]] = {}
    for alert in audience.alerts:
        clause = Clause(alert.moment, alert.count, alert.unit, alert.template)
        alerts.setdefault(clause, {}).update(dict.fromkeys(alert.recipients))
    for clause, recipients in alerts.items():
        parts: dict[str, list[str]] = {}
        for name in recipients:
            parts.setdefault(_found_with(name), []).append(name)
        if "" not in parts:
            parts = {"": parts.pop(min(parts)), **parts}
        for part, to in parts.items():
            yield Part(replace(clause, part=part), tuple(to), tuple(recipients))


def _found_with(name: str) -> str:
    """Empty for who can be told at any time."""
    if name == OWNER or "@" in name:
        return ""
    return MANAGER if name == MANAGERS else name


def _moment(clause: Clause, due: Days, today: int) -> tuple[Days, Numbers]:
    """The day on which each is to be told, and the number of the repetition that it is."""
    once = np.zeros_like(due)
    match clause.moment:
        case MomentKind.BEFORE_DUE:
            return later(due, Due(None, -clause.count, clause.unit)), once
        case MomentKind.AFTER_DUE:
            return later(due, Due(None, clause.count, clause.unit)), once
        case MomentKind.OVERDUE:
            return due + np.int32(1), once
        case _:
            return _repeated(clause, due + np.int32(1), today)


def _repeated(clause: Clause, first: Days, today: int) -> tuple[Days, Numbers]:
    """The latest day, from the first on, that a repetition falls on; the first itself where that is still to come."""
    if clause.unit in (Unit.DAY, Unit.WEEK):
        length = max(1, clause.count * (7 if clause.unit is Unit.WEEK else 1))
        number = np.maximum(0, (today - first.astype(np.int64)) // length)
        return (first + number * length).astype(np.int32), number.astype(np.int32)
    day, number = first.copy(), np.zeros_like(first)
    for repetition in range(1, 12 * 9999):
        following = later(first, Due(None, repetition * max(1, clause.count), clause.unit))
        come = (following <= today) & (following != NEVER)
        if not come.any():
            break
        day[come], number[come] = following[come], repetition
    return day, number
