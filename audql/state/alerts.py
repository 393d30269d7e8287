"""What state remembers of alerts, and what one run writes of them, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np

from audql.engines.days import Days
from audql.engines.members import Ordinals
from audql.state.ledger import LearningKey
from audql.state.notices import Notices
from audql.state.packing import Numbers, unpacking
from audql.syntax.choices import MomentKind, Unit


@dataclass(frozen=True, slots=True)
class Clause:
    """What makes one alert of an audience another than the next: the moment, and the template that is asked for.

    `part`: of a `notify` with several recipients those who may be there later than the others, by name: `learner`,
    `manager`, or a plugin's recipient. Empty for who can be told at any time, the owner and addresses; where the
    `notify` has none of these, for the part whose name sorts first. So a part can have another name once recipients
    are added or taken out. It begins to count anew then; what was told under the other is not told again.
    """

    moment: MomentKind
    count: int = 0
    unit: Unit = Unit.DAY
    template: str = ""
    part: str = ""

    def encode(self) -> str:
        part = [self.part] if self.part else []  # what was written before there were parts is read as it was
        return json.dumps([self.moment.value, self.count, self.unit.value, self.template, *part])

    @classmethod
    @unpacking()
    def decode(cls, text: str) -> Clause:
        moment, count, unit, template, *part = json.loads(text)
        return cls(MomentKind(moment), count, Unit(unit), template, *part)

    def __str__(self) -> str:
        """As a script says it."""
        length = f"{self.count} {self.unit.value}{'' if self.count == 1 else 's'}"
        match self.moment:
            case MomentKind.BEFORE_DUE | MomentKind.AFTER_DUE:
                said = f"{length} {self.moment.value}"
            case MomentKind.WHILE_OVERDUE:
                said = f"every {length} {self.moment.value}"
            case _:
                said = self.moment.value
        return f'{said} with "{self.template}"' if self.template else said


@dataclass(frozen=True, slots=True)
class KnownAlert:
    """An alert as the last run left it. `since`: the day from which it counts."""

    id: int
    since: int
    live: bool


@dataclass(frozen=True, slots=True, eq=False)
class Messages:
    """Who is to be told of whom, by one alert about one learning or none: parallel arrays, each pair once."""

    learning: LearningKey | None
    people: Ordinals
    recipients: Numbers
    """Ordinals; a negative one is an address, counted from the first, -1, on."""
    spell: Numbers
    started: Days
    due: Days
    number: Numbers

    def __len__(self) -> int:
        return int(self.people.size)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Messages):
            return NotImplemented
        return all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that is in state, of what one alert tells about one learning or none."""

    person: int
    spell: int
    number: int
    recipient: int | str
    """An ordinal, or an address."""


@dataclass(frozen=True, slots=True)
class AlertWrite:
    """One alert as it is to be; `since` None leaves that as it was."""

    audience: str
    """By name, after this run."""
    clause: Clause
    since: int | None = None
    notices: Mapping[LearningKey | None, Notices] = field(default_factory=dict)
    messages: tuple[Messages, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertWrites:
    """What one run writes about alerts. `ended`: those that no script has any more. `addresses`: as messages count."""

    alerts: tuple[AlertWrite, ...] = ()
    ended: tuple[int, ...] = ()
    addresses: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.alerts or self.ended)
