"""Assignments and the days that they count from → when each person's enrolment is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from audql.calendar import shifted
from audql.engines.days import EARLIEST, LATEST, NO_DAY, Days, day_of, number_of
from audql.engines.engine import Joined
from audql.engines.members import Flags, Members, Ordinals, places
from audql.program import Assignment, Due
from audql.syntax.ast import Unit

NEVER = int(np.iinfo(np.int32).max)
"""In the place of NO_DAY where the earliest day is looked for."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One audience that gives the learning.

    `live`: it is as its script says now, so that it can begin an enrolment and say when it is due. `asks`: its rule
    speaks of this learning, so that whoever is in it needs it, finished before or not.
    """

    audience: str
    role: str
    joined: Joined
    live: bool
    asks: bool
    assignments: tuple[Assignment, ...] = ()
    dates: Sequence[Callable[[], Days]] = field(default=())
    """Per assignment, of each member in the order of ordinals, where its due day is counted from a date of theirs."""

    @property
    def members(self) -> Members:
        return self.joined.members

    def due(self, people: Ordinals, started: Days) -> Days:
        """The earliest due day of each, NEVER if none. From joining is counted from no earlier than `started`."""
        earliest = np.full(people.size, NEVER, dtype=np.int32)
        at: NDArray[np.intp] | None = None
        for assignment, dates in zip(self.assignments, self.dates, strict=True):
            due = assignment.due
            if due is None:
                continue
            if due.day is not None:
                earliest = np.minimum(earliest, np.int32(number_of(due.day)))
                continue
            if at is None:
                at = places(people, self.members.ordinals())
            start = dates()[at] if due.anchor is not None else np.maximum(self.joined.since[at], started)
            earliest = np.minimum(earliest, later(start, due))
        return earliest


def earliest_due(reasons: Sequence[Reason], inside: Sequence[Flags], people: Ordinals, started: Days) -> Days:
    """The earliest due day of each by the live reasons that they have, NEVER if none; `inside`: who has which."""
    earliest = np.full(people.size, NEVER, dtype=np.int32)
    for reason, flags in zip(reasons, inside, strict=True):
        if reason.live and any(assignment.due is not None for assignment in reason.assignments):
            chosen = np.flatnonzero(flags)
            due = reason.due(people[chosen], started[chosen])
            earliest[chosen] = np.minimum(earliest[chosen], due)
    return earliest


def later(start: Days, due: Due) -> Days:
    """The days so long after; NEVER after NO_DAY. Units of the calendar are counted once for each different day."""
    has = start != NO_DAY
    if due.unit in (Unit.DAY, Unit.WEEK):
        moved = start.astype(np.int64) + due.count * (7 if due.unit is Unit.WEEK else 1)
        found = np.clip(moved, EARLIEST, LATEST)
    else:
        distinct, which = np.unique(np.where(has, start, 0), return_inverse=True)
        found = np.array([number_of(shifted(day_of(day), due.count, due.unit.value)) for day in distinct.tolist()])[
            which
        ]
    return np.where(has, found, NEVER).astype(np.int32)
