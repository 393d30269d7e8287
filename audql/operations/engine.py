"""A population of the interpreter → what the runner asks of an engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from audql import ir
from audql.engines.population import Person, Population, identity
from audql.runner.evaluation import Audiences


class InterpreterEngine:
    """Evaluates with the interpreter over everyone in one snapshot, as of the population's day."""

    def __init__(self, population: Population) -> None:
        self.population = population
        self._settled: dict[str, Mapping[str, dt.date]] = {}
        self._by_id: Mapping[str, Person] | None = None

    def matching(self, rule: ir.Query, audiences: Audiences) -> frozenset[str]:
        """The ids of those who match."""
        self.settle(audiences)
        return frozenset(identity(person) for person in self.population.matching(rule))

    def dates(self, value: ir.Value, people: Collection[str], audiences: Audiences) -> Mapping[str, dt.date]:
        """The date of each of these people; who has none is left out."""
        if any(isinstance(node, ir.Field) and node.steps[-1].names == "audience" for node in ir.walk(value)):
            self.settle(audiences)
        everyone = self.people()
        found = {who: self.population.day_of(value, everyone[who]) for who in people if who in everyone}
        return {who: day for who, day in found.items() if day is not None}

    def people(self) -> Mapping[str, Person]:
        """Everyone by id."""
        if self._by_id is None:
            self._by_id = {identity(person): person for person in self.population.persons}
        return self._by_id

    def settle(self, audiences: Audiences) -> None:
        """Say who is in these audiences; what was said before and is the same costs nothing."""
        for name, members in audiences.items():
            if self._settled.get(name) != members:
                everyone = self.people()
                inside = {everyone[who]: since for who, since in members.items() if who in everyone}
                self.population.settle(name, inside)
                self._settled[name] = members
