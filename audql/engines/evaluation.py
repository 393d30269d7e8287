"""A program over records at hand, with no state: who is in each audience. For tests, and for trying a script out."""

import datetime as dt
from collections.abc import Iterable

from audql.binding import AsOf
from audql.engines.population import Person, Population
from audql.program import Audience, ByHand, Program
from audql.syntax.ast import Holding
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
    for audience in program.audiences:
        if only is None or fold(audience.name) in needed:
            people = _members(audience, population, population.when.day)
            population.settle(fold(audience.name), dict.fromkeys(people, population.when.day))
            found[audience.name] = people
    return found


def _members(audience: Audience, population: Population, today: dt.date) -> list[Person]:
    if not _takes_anyone_in(audience, today):
        return []
    by_rule = population.matching(audience.rule) if audience.rule is not None else []
    inside = {id(person) for person in by_rule}
    listed = {fold(name) for name in audience.listed} | _by_hand(audience.includes, today)
    excluded = _by_hand(audience.excludes, today)
    return [
        person
        for person in population.persons
        if (id(person) in inside or _keys(person) & listed) and not _keys(person) & excluded
    ]


def _takes_anyone_in(audience: Audience, today: dt.date) -> bool:
    """Whether somebody could join. Outside its days, and paused, an audience stays as it was: here, empty."""
    inside = (audience.active_from or today) <= today <= (audience.active_until or today)
    return inside and audience.holding in (None, Holding.ADD_ONLY)


def _by_hand(lists: tuple[ByHand, ...], today: dt.date) -> set[str]:
    return {fold(name) for hand in lists if hand.until is None or today <= hand.until for name in hand.people}


def _keys(person: Person) -> set[str]:
    """The names that a list by hand can call the person by."""
    return {fold(value) for key in ("id", "username", "email") if (value := text(get(person, key)))}
