"""A population of records → what the runner asks of an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from audql import ir
from audql.engines.days import NO_DAY, Days, number_of
from audql.engines.engine import Audiences, Joined
from audql.engines.members import Members
from audql.engines.population import Person, Population, identity
from audql.engines.roster import Roster


class RecordEngine:
    """Asks each record in turn, in the ordinals of a roster that has everyone of the population."""

    def __init__(self, population: Population, roster: Roster) -> None:
        self.population = population
        self._settled: dict[str, Joined] = {}
        self._persons: dict[int, Person] = {}
        self._ordinals: dict[Person, int] = {}
        known: dict[str, int] = dict(zip(roster.ids.tolist(), range(len(roster)), strict=True))
        for person in population.persons:
            ordinal = known[identity(person)]
            self._persons[ordinal] = person
            self._ordinals[person] = ordinal

    def prepare(self, rules: Sequence[ir.Query], values: Sequence[ir.Value]) -> None:
        """Nothing is shared between the rules of records."""

    def matching(self, rule: ir.Query, audiences: Audiences) -> Members:
        """Those who match."""
        self.settle(audiences)
        return Members.of(self._ordinals[person] for person in self.population.matching(rule))

    def dates(self, value: ir.Value, people: Members, audiences: Audiences) -> Days:
        """The day of each of these people in the order of ordinals; NO_DAY of those who have none."""
        if any(isinstance(node, ir.Field) and node.steps[-1].names == "audience" for node in ir.walk(value)):
            self.settle(audiences)
        found = np.full(len(people), NO_DAY, dtype=np.int32)
        for at, ordinal in enumerate(people):
            if ordinal in self._persons:
                found[at] = number_of(self.population.day_of(value, self._persons[ordinal]))
        return found

    def settle(self, audiences: Audiences) -> None:
        """Say who is in these audiences; what was said before and is the same costs nothing."""
        new = {name: joined for name, joined in audiences.items() if self._settled.get(name) != joined}
        settle(self.population, new, self._persons)
        self._settled |= new


def settle(population: Population, audiences: Audiences, persons: Mapping[int, Person]) -> None:
    """Says to people, here by their ordinals, in which audiences they are, and since when."""
    ordinals = np.array(sorted(persons), dtype=np.int32)
    for name, joined in audiences.items():
        inside = ordinals[joined.members.has(ordinals)]
        days = joined.since_of(inside)
        population.settle(name, {persons[n]: day for n, day in zip(inside.tolist(), days, strict=True)})
