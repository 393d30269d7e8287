"""What a plan is made of: values, to be printed, saved, reviewed and applied once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, TypeAlias

import numpy as np

from audql.diagnostics import Diagnostic
from audql.engines.days import date_of
from audql.engines.members import Members
from audql.engines.roster import Roster
from audql.state.alerts import AlertWrites, Clause
from audql.state.values import Change, EnrolmentChanges, Given, LearningKey
from audql.syntax.ast import OnLeaving


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan was made from; it can be applied only while that stands."""

    snapshot: str
    program: str
    """The digest, which names AudQL's version too."""
    version: int
    """Of the state."""
    day: dt.date
    zone: str


@dataclass(frozen=True, slots=True)
class Moves:
    """Who joins or leaves an audience, by reason."""

    people: Members = field(default_factory=Members)
    reasons: tuple[tuple[str, Members], ...] = ()
    """Of no reason twice, and of each person one."""

    def __len__(self) -> int:
        return len(self.people)


@dataclass(frozen=True, slots=True)
class Move:
    """Someone who joins or leaves, and why."""

    person: str
    reason: str


Standing: TypeAlias = Literal["decided", "inactive", "frozen", "held", "retired"]
"""`inactive` is outside its days; all but `decided` and `retired` leave the audience as it was."""


@dataclass(frozen=True, slots=True)
class AudiencePlan:
    """One audience. `id` None makes it; `was` is its name so far, where that changes."""

    id: int | None
    name: str
    was: str
    file: str
    standing: Standing
    before: int
    members: Members
    """After the run."""
    joins: Moves
    leaves: Moves
    gives: tuple[Given, ...]
    on_leaving: OnLeaving
    changed: bool
    """Whether there is anything to write, be it only that the script has moved."""

    @property
    def after(self) -> int:
        return len(self.members)


@dataclass(frozen=True, slots=True)
class EnrolmentPlan:
    """One change of one person's enrolment, as it is to be. `audiences`: whose members or assignments cause it."""

    change: Change
    person: str
    kind: str
    learning: str
    role: str
    spell: int
    due: dt.date | None
    audiences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held(Diagnostic):
    """What a run leaves undone, and why.

    `audience` is the one that stays as it was, for that `reason`; empty where it is something else that is held.
    """

    audience: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AlertCount:
    """How many messages one alert makes, about one learning or none."""

    audience: str
    clause: Clause
    to: tuple[str, ...]
    learning: LearningKey | None
    messages: int


@dataclass(frozen=True, slots=True)
class MessagePlan:
    """One message: of whom, and to whom, by id or address."""

    audience: str
    clause: Clause
    learning: LearningKey | None
    person: str
    to: str


@dataclass(frozen=True, slots=True)
class AlertPlan:
    """Whom a run tells of whom. `mails`: how many, each recipient's messages being one."""

    writes: AlertWrites = field(default_factory=AlertWrites)
    counts: tuple[AlertCount, ...] = ()
    mails: int = 0
    unreachable: int = 0
    """Messages to people who have no address; they are not made, and wait until there is one."""
    unfound: int = 0
    """Of so many people nobody is told, as there is nobody to tell, such as a manager; they wait until there is."""
    held: tuple[Held, ...] = ()

    @property
    def messages(self) -> int:
        return sum(count.messages for count in self.counts)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one apply would change, and everything that is held back.

    Audiences are in order of decision, changes of enrolments by learning. People are ordinals of the roster; `moves`
    and `enrolments` name them, an object a person.
    """

    basis: Basis
    first: bool
    head_count: int
    audiences: tuple[AudiencePlan, ...]
    changes: tuple[EnrolmentChanges, ...]
    held: tuple[Held, ...]
    roster: Roster = field(compare=False, repr=False)
    alerts: AlertPlan = field(default_factory=AlertPlan)

    @property
    def is_empty(self) -> bool:
        return not self.changes and not self.alerts.writes and not any(a.changed for a in self.audiences)

    @property
    def status(self) -> int:
        """The exit status once it is applied."""
        return 4 if self.held else 0

    def counts(self, learning: LearningKey | None = None) -> Mapping[Change, int]:
        """How many enrolments change in each way, in all or in one learning."""
        return counts_of(change for change in self.changes if learning in (None, change.key))

    def moves(self, moves: Moves) -> Iterator[Move]:
        """Each with the reason, in the order of ids."""
        reasons = {ordinal: reason for reason, people in moves.reasons for ordinal in people}
        ordinals = self.roster.in_order(moves.people)
        for who, ordinal in zip(self.roster.names(ordinals), ordinals.tolist(), strict=True):
            yield Move(who, reasons[ordinal])

    def messages(self) -> Iterator[MessagePlan]:
        """Each message, by alert."""
        writes = self.alerts.writes
        for write in writes.alerts:
            for made in write.messages:
                people = self.roster.names(made.people)
                for who, code in zip(people, made.recipients.tolist(), strict=True):
                    to = str(self.roster.ids[code]) if code >= 0 else writes.addresses[-1 - code]
                    yield MessagePlan(write.audience, write.clause, made.learning, who, to)

    def enrolments(self) -> Iterator[EnrolmentPlan]:
        """Each change, by learning and then in the order of ids."""
        for _, of_one in groupby(self.changes, key=lambda change: change.key):
            groups = list(of_one)
            people = np.concatenate([group.people for group in groups])
            which = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
            within = np.concatenate([np.arange(len(group)) for group in groups])
            for at in np.argsort(self.roster.rank[people], kind="stable").tolist():
                group, i = groups[which[at]], within[at]
                yield EnrolmentPlan(
                    group.change,
                    str(self.roster.ids[people[at]]),
                    group.kind,
                    group.learning,
                    group.role,
                    int(group.spell[i]),
                    date_of(group.due[i]),
                    group.audiences,
                )


def counts_of(changes: Iterable[EnrolmentChanges]) -> Mapping[Change, int]:
    """How many there are of each change."""
    found: Counter[Change] = Counter()
    for change in changes:
        found[change.change] += len(change)
    return found
