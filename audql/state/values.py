"""What state remembers, as values: read before a plan is made, and written when one is applied."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from audql.engines.days import Days
from audql.engines.members import Flags, Members, Ordinals
from audql.engines.roster import Ids
from audql.state.alerts import AlertWrites, Clause, KnownAlert, Sent
from audql.state.ledger import LearningKey as LearningKey
from audql.state.ledger import Ledger
from audql.state.notices import Notices
from audql.state.packing import Numbers, unpacking
from audql.syntax.choices import OnLeaving

Status: TypeAlias = Literal["wanted", "confirmed", "adopted"]
"""Of an enrolment: asked for; taken by the target; the learning system had it before we asked."""

Action: TypeAlias = Literal["enrol", "resume", "due", "suspend", "unenrol"]
"""What a target is told to do."""

Change: TypeAlias = Literal["enrol", "resume", "due", "suspend", "unenrol", "adopt", "complete", "end"]
"""The first five are told to a target. `adopt`: the learning system has it already; `complete`: it was finished;
`end`: its reasons are gone, and it is left as it is."""

BEGIN: frozenset[Change] = frozenset({"enrol", "resume", "adopt"})
"""Changes that begin a spell."""
END: frozenset[Change] = frozenset({"suspend", "unenrol", "end"})
"""Changes that end one."""
TOLD: frozenset[Change] = frozenset({"enrol", "resume", "due", "suspend", "unenrol"})
"""Changes that are actions of a target."""


@dataclass(frozen=True, slots=True)
class Given:
    """One learning that an audience gives."""

    kind: str
    learning: str
    role: str = ""

    @property
    def key(self) -> LearningKey:
        return self.kind, self.learning


@unpacking()
def gives_of(text: str) -> tuple[Given, ...]:
    """What a row says that an audience gives: JSON, `[[kind, learning, role], …]`."""
    return tuple(Given(*each) for each in json.loads(text))


@dataclass(frozen=True, slots=True)
class KnownAudience:
    """An audience as the last run left it."""

    id: int
    name: str
    file: str
    members: Members
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
    """State as of one version of it."""

    version: int
    """How many runs have changed it."""
    audiences: Mapping[str, KnownAudience]
    """By folded name; those that have not ended."""
    ledgers: Mapping[LearningKey, Ledger]
    """Of every learning that was ever given; each is read when it is asked for."""
    people: Callable[[], Ids]
    """The id of every ordinal."""
    since: Callable[[int], Days]
    """Audience id → the day on which each member joined, the latest time, in the order of ordinals."""
    alerts: Mapping[int, Mapping[Clause, KnownAlert]] = field(default_factory=dict)
    """By audience id."""
    notices: Callable[[int, LearningKey | None], Notices] = field(default=lambda alert, learning: Notices())
    """Alert id and learning → whom it has told; without a learning, who is still to be told."""
    told: Callable[[Sequence[int], LearningKey | None, Ordinals], Iterable[Sent]] = field(
        default=lambda alerts, learning, people: ()
    )
    """Alert ids, learning and people → the messages that there are of them."""

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
    joined: Members
    left: Members
    ended: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class EnrolmentChanges:
    """One change of one learning for several people, who have it for the same audiences: parallel arrays.

    `audiences`: whose members or assignments cause it. The spells are as they are to be.
    """

    change: Change
    kind: str
    learning: str
    role: str
    audiences: tuple[str, ...]
    people: Ordinals
    spell: Numbers
    started: Days
    due: Days
    completed: Flags

    @property
    def key(self) -> LearningKey:
        return self.kind, self.learning

    def __len__(self) -> int:
        return int(self.people.size)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EnrolmentChanges):
            return NotImplemented
        return all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))

    __hash__ = None  # type: ignore[assignment]


class Effect(NamedTuple):
    """One thing for a target to do, told once by its key. A tuple, since there can be millions."""

    key: str
    person: str
    kind: str
    learning: str
    spell: int
    action: Action
    role: str
    due: dt.date | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Effects that no target has been told of yet, in the order of telling, and their numbers in the outbox."""

    effects: Sequence[Effect]
    first: int
    last: int


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
    people: Ids
    """The id of every ordinal; state has the first ones already."""
    audiences: tuple[AudienceWrite, ...]
    enrolments: tuple[EnrolmentChanges, ...]
    alerts: AlertWrites
    after: int = 0
    """The number of a run that has been, which the state need not know of: this one's is greater."""

    @property
    def any(self) -> bool:
        return bool(self.audiences or self.enrolments or self.alerts)


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
