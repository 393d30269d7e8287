"""A population whose audiences are decided one after another: what `member(…)` sees of each person."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from audql import ir
from audql.binding import AsOf, bind, bind_hops, bind_value
from audql.engines.interpreter import Interpreter
from audql.engines.people import People
from audql.text import fold
from audql.types import Schema
from audql.values import day, each, get, is_scalar, moment, overlaid, text


class Person(Mapping[str, object]):
    """One of a population: a record, and `view`, the item that queries see in its place.

    The view is the record with the audiences that its person is known to be in, beside those that it says itself.
    """

    __slots__ = ("audiences", "record", "view")

    def __init__(self, record: object) -> None:
        self.record = record
        self.audiences = list(each(get(record, "audiences")))
        self.view = overlaid(record, {"audiences": self.audiences})

    def join(self, audience: str, since: dt.date | None) -> None:
        """Say that the person is in the audience of that folded name."""
        self.audiences.append({"name": audience, "since": since})

    def leave(self, audience: str) -> None:
        """Unsay it, whoever said it."""
        self.audiences[:] = [item for item in self.audiences if _name(item) != audience]

    def __getitem__(self, name: str) -> object:
        return get(self.view, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.view)

    def __len__(self) -> int:
        return len(self.view)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


class Population:
    """People who know one another, seen as of one day, and the audiences decided so far."""

    def __init__(self, schema: Schema, records: Iterable[object], when: AsOf) -> None:
        self.when = when
        self.persons = tuple(Person(record) for record in records)
        self.people = People(schema, [person.view for person in self.persons])
        self.interpreter = Interpreter(schema, when.zone, self.people)
        self._outspoken = [person for person in self.persons if person.audiences]
        """Those whose records say audiences of their own, of which a decision is the last word."""
        self._inside: dict[str, list[Person]] = {}

    def matching(self, rule: ir.Query) -> list[Person]:
        """Whom the rule, not yet bound, means."""
        bound = bind(rule, self.when)
        if len(self.persons) < _MANY:
            check = self.interpreter.check(bound.query)
            return [person for person in self.persons if check((person.view,))]
        from audql.engines import compiled  # only where it is worth its while

        ask = compiled.plan_beside(bound, self.interpreter)
        return [person for person in self.persons if ask(person.view)]

    def count(self, query: ir.Query) -> int:
        """How many match."""
        return len(self.matching(query))

    def values(self, query: ir.Query) -> Mapping[str, int]:
        """Each text at the place that the query, one test of a path, looks at, and how many people have it."""
        hops, test = place(query)
        if test is None:
            return {}
        reached = self.interpreter.items(bind_hops(hops, self.when))
        read = self.interpreter.values(test.value)
        spelt: dict[str, str] = {}
        found: Counter[str] = Counter()
        for person in self.persons:
            here = {fold(v): v for env in reached((person.view,)) for v in map(text, read(env)) if v is not None}
            spelt.update(here)
            found.update(here.keys())
        return {spelt[folded]: count for folded, count in found.items()}

    def settle(self, audience: str, members: Mapping[Person, dt.date | None]) -> None:
        """Say who is in the audience of that folded name, and since when; nobody else is."""
        for person in (*self._outspoken, *self._inside.get(audience, ())):
            person.leave(audience)
        inside = self._inside[audience] = list(members)
        for person in inside:
            person.join(audience, members[person])

    def day_of(self, value: ir.Value, person: Person) -> dt.date | None:
        """The first day among what the value is for a person, in the population's zone."""
        values = self.interpreter.values(bind_value(value, self.when))
        found = [moment(v, self.when.zone) for v in values((person.view,))]
        return min((day(v, self.when.zone) for v in found if v is not None), default=None)


_MANY = 200
"""From how many people on a rule is compiled: a millisecond or two, that many people's interpreting."""


def place(query: ir.Query) -> tuple[tuple[ir.Way, ...], ir.Test | None]:
    """The hops of a test through a path, without the test, and the test; None where the query is not one."""
    match query:
        case ir.Test(ir.Field()):
            return (), query
        case ir.Some(hops):
            last = hops[-1]
            parts = ir.conjuncts(last.where)
            tests = [part for part in parts if isinstance(part, ir.Test) and part.span == query.span]
            if len(tests) == 1:
                where = ir.all_of(part for part in parts if part is not tests[0])
                return (*hops[:-1], replace(last, where=where)), tests[0]
        case _:
            pass
    return (), None


def _name(item: object) -> str:
    return fold((text(item) if is_scalar(item) else text(get(item, "name"))) or "")


def identity(person: object) -> str:
    """The id of a person; empty where there is none."""
    return text(get(person, "id")) or ""
