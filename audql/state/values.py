"""What state remembers, as values: read before a plan is made, and written when one is applied."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from audql.syntax.ast import OnLeaving

Status: TypeAlias = Literal["wanted", "confirmed", "adopted"]
"""Of an enrolment: asked for; taken by the target; the learning system had it before we asked."""

Action: TypeAlias = Literal["enrol", "resume", "due", "suspend", "unenrol"]
"""What a target is told to do."""

LearningKey: TypeAlias = tuple[str, str]
"""Kind and id."""


@dataclass(frozen=True, slots=True)
class Given:
    """One learning that an audience gives."""

    kind: str
    learning: str
    role: str = ""

    @property
    def key(self) -> LearningKey:
        return self.kind, self.learning


@dataclass(frozen=True, slots=True)
class KnownAudience:
    """An audience as the last run left it."""

    id: int
    name: str
    file: str
    members: frozenset[str]
    gives: tuple[Given, ...]
    on_leaving: OnLeaving


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One spell of one person in one learning.

    `suspended`: by us, when its reasons ended. `completed`: seen so in the feed; closed for good. `ended`: the day on
    which its last reason ended; a return then starts the next spell.
    """

    person: str
    kind: str
    learning: str
    spell: int
    role: str
    started: dt.date
    due: dt.date | None
    status: Status
    completed: bool = False
    suspended: bool = False
    ended: dt.date | None = None

    @property
    def key(self) -> LearningKey:
        return self.kind, self.learning


@dataclass(frozen=True, slots=True)
class Remembered:
    """State as of one version of it. `enrolments` has the latest spell of each person and learning."""

    version: int
    """How many runs have changed it."""
    audiences: Mapping[str, KnownAudience]
    """By folded name; those that have not ended."""
    enrolments: Mapping[tuple[str, LearningKey], Enrolment]
    since: Callable[[int], Mapping[str, dt.date]]
    """Audience id → the day on which each member joined, the latest time."""

    @property
    def is_new(self) -> bool:
        """Nothing was ever applied."""
        return self.version == 0


@dataclass(frozen=True, slots=True)
class AudienceWrite:
    """One audience as it is to be; `id` None makes a new one. `ended` takes its name out of use."""

    id: int | None
    name: str
    file: str
    gives: tuple[Given, ...]
    on_leaving: OnLeaving
    joined: tuple[str, ...]
    left: tuple[str, ...]
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing for a target to do, told once by its key."""

    key: str
    person: str
    kind: str
    learning: str
    spell: int
    action: Action
    role: str
    due: dt.date | None


@dataclass(frozen=True, slots=True)
class Changes:
    """All that one run writes, in one transaction. `version` is the state's that it was made from."""

    version: int
    day: dt.date
    at: dt.datetime
    snapshot: str
    program: str
    report: str
    """JSON."""
    audiences: tuple[AudienceWrite, ...]
    enrolments: tuple[Enrolment, ...]
    """As they are to be, by person, learning and spell."""
    effects: tuple[Effect, ...]

    @property
    def any(self) -> bool:
        return bool(self.audiences or self.enrolments or self.effects)


@dataclass(frozen=True, slots=True)
class Run:
    """One apply, as the log has it."""

    number: int
    day: dt.date
    at: dt.datetime
    snapshot: str
    program: str
    version: int
    """Of the state after it."""
    report: str


class StaleError(Exception):
    """The state is no longer the one that the changes were made from."""
