"""A program over records at hand, with no state: who is in each audience. For tests, and for trying a script out."""

from collections.abc import Iterable

from audql.binding import AsOf
from audql.engines.population import Person, Population
from audql.program import Audience, Program
from audql.program.membership import members_after
from audql.text import fold
from audql.types import Schema
from audql.values import get, text


def members(program: Program, schema: Schema, records: Iterable[object], when: AsOf) -> dict[str, list[object]]:
    """Each audience's members among the records, by the audience's name, in the order of the records.

    Nobody was a member before, so an audience that is outside its `active` days, paused or `remove only` has nobody.
    Whoever is in has been since the day that is asked of.
    """
    found = decide(program, Population(schema, records, when))
    return {name: [person.record for person in people] for name, people in found.items()}


def decide(program: Program, population: Population, only: Audience | None = None) -> dict[str, list[Person]]:
    """The same of a population, for all audiences or for one and those that it needs."""
    found: dict[str, list[Person]] = {}
    needed = {fold(only.name)} if only is not None else set()
    if only is not None:
        for audience in reversed(program.audiences):
            if fold(audience.name) in needed:
                needed.update(audience.needs)
    called = _Called(population)
    for audience in program.audiences:
        if only is None or fold(audience.name) in needed:
            people = _members(audience, population, called)
            population.settle(fold(audience.name), dict.fromkeys(people, population.when.day))
            found[audience.name] = people
    return found


def _members(audience: Audience, population: Population, called: "_Called") -> list[Person]:
    def by_rule() -> frozenset[Person]:
        return frozenset(population.matching(audience.rule) if audience.rule is not None else ())

    nobody: frozenset[Person] = frozenset()
    inside = members_after(audience, population.when.day, nobody, by_rule, called.any_of) or nobody
    return [person for person in population.persons if person in inside]


class _Called:
    """Who is called what: a list by hand can say an id, a username or an email."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._by_name: dict[str, list[Person]] | None = None

    def any_of(self, names: Iterable[str]) -> frozenset[Person]:
        wanted = {fold(name) for name in names}
        if not wanted:
            return frozenset()
        if self._by_name is None:
            self._by_name = {}
            for person in self._population.persons:
                for key in self._population.people.schema.person.keys:
                    if value := text(get(person, key)):
                        self._by_name.setdefault(fold(value), []).append(person)
        return frozenset(person for name in wanted for person in self._by_name.get(name, ()))
