"""What the runner asks of an engine: who matches, and on which day, of everyone in one snapshot as of one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Protocol, TypeAlias

import numpy as np

from audql import ir
from audql.engines.days import Days, day_of, number_of
from audql.engines.members import Members, Ordinals
from audql.engines.roster import Roster


class Joined:
    """Who is in an audience after the run, and since when; the days are made when first asked for."""

    def __init__(self, members: Members, since: Callable[[], Days]) -> None:
        self.members = members
        self._since = since

    @cached_property
    def since(self) -> Days:
        """Of each member in the order of ordinals."""
        return self._since()

    def since_of(self, ordinals: Ordinals) -> list[dt.date]:
        """Since when these members are in."""
        return [day_of(n) for n in self.since[np.searchsorted(self.members.ordinals(), ordinals)].tolist()]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Joined):
            return NotImplemented
        return self.members == other.members and np.array_equal(self.since, other.since)

    __hash__ = None  # type: ignore[assignment]


def since_after(before: Members, since: Days, members: Members, joined: Members, day: dt.date) -> Days:
    """Since when the members are in: those who joined since that day, the others as before."""
    if members == before and not joined:
        return since
    size = max(before.words.size, members.words.size)
    stay = (members - joined).flags(size)
    after = np.full(len(members), number_of(day), dtype=np.int32)
    after[stay[members.flags(size)]] = since[stay[before.flags(size)]]
    return after


Audiences: TypeAlias = Mapping[str, Joined]
"""By folded name."""


class Engine(Protocol):
    """Evaluates rules about everyone in one snapshot, as of one day, in the ordinals of one roster."""

    def prepare(self, rules: Sequence[ir.Query], values: Sequence[ir.Value]) -> None:
        """All that may be asked of in this run, in order of dependency, so that what rules share is found once."""
        ...

    def matching(self, rule: ir.Query, audiences: Audiences) -> Members:
        """Those of the snapshot who match. `audiences` has those that the rule speaks of."""
        ...

    def dates(self, value: ir.Value, people: Members, audiences: Audiences) -> Days:
        """The day of each of these people in the order of ordinals; NO_DAY of those who have none."""
        ...


EngineOf: TypeAlias = Callable[[Roster], Engine]
