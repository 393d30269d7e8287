"""What a plan is made of: values, to be printed, saved, reviewed and applied once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

from audql.diagnostics import Diagnostic
from audql.state.values import Enrolment, Given
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
    after: int
    joins: tuple[Move, ...]
    leaves: tuple[Move, ...]
    gives: tuple[Given, ...]
    on_leaving: OnLeaving
    changed: bool
    """Whether there is anything to write, be it only that the script has moved."""


Change: TypeAlias = Literal["enrol", "resume", "due", "suspend", "unenrol", "adopt", "complete", "end"]
"""The first five are told to a target. `adopt`: the learning system has it already; `complete`: it was finished;
`end`: its reasons are gone, and it is left as it is."""


@dataclass(frozen=True, slots=True)
class EnrolmentPlan:
    """One change of one enrolment. `audiences`: whose members or assignments cause it."""

    change: Change
    enrolment: Enrolment
    """As it is to be."""
    audiences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held(Diagnostic):
    """What a run leaves undone, and why.

    `audience` is the one that stays as it was, for that `reason`; empty where it is something else that is held.
    """

    audience: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one apply would change, and everything that is held back. Audiences are in order of decision,
    enrolments by person and learning."""

    basis: Basis
    first: bool
    head_count: int
    audiences: tuple[AudiencePlan, ...]
    enrolments: tuple[EnrolmentPlan, ...]
    held: tuple[Held, ...]

    @property
    def is_empty(self) -> bool:
        return not self.enrolments and not any(a.changed for a in self.audiences)

    @property
    def status(self) -> int:
        """The exit status once it is applied."""
        return 4 if self.held else 0
