"""A population whose audiences are decided one after another: what `member(…)` sees of each person."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Set

from audql import ir
from audql.binding import AsOf, bind, bind_value
from audql.engines.interpreter import Interpreter
from audql.engines.people import People
from audql.text import fold
from audql.types import Schema
from audql.values import day, each, get, is_scalar, moment, text


class Person(Mapping[str, object]):
    """A record with the audiences that its person is known to be in, beside those that it says itself."""

    __slots__ = ("decided", "joined", "record")

    def __init__(self, record: object, decided: Set[str]) -> None:
        self.record = record
        self.decided = decided
        """Folded names of audiences of which the record has no say, because they are decided here."""
        self.joined: dict[str, dt.date | None] = {}
        """Folded names of audiences, and since when."""

    def __getitem__(self, name: str) -> object:
        if name == "audiences":
            known = [{"name": audience, "since": since} for audience, since in self.joined.items()]
            said = [item for item in each(get(self.record, name)) if _name(item) not in self.decided]
            return [*said, *known]
        return get(self.record, name)

    def get(self, name: str, default: object = None) -> object:
        """As mappings do, without their detour through exceptions."""
        found = self[name] if name == "audiences" else get(self.record, name)
        return default if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self.record if isinstance(self.record, Mapping) else vars(self.record))

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Population:
    """People who know one another, seen as of one day, and the audiences decided so far."""

    def __init__(self, schema: Schema, records: Iterable[object], when: AsOf) -> None:
        self.when = when
        self.decided: set[str] = set()
        self.people = People(schema, [Person(record, self.decided) for record in records])
        self.interpreter = Interpreter(schema, when.zone, self.people)

    def persons(self) -> Iterator[Person]:
        """Everyone, in the order of the records."""
        for person in self.people.records:
            assert isinstance(person, Person)
            yield person

    def matching(self, rule: ir.Query) -> list[Person]:
        """Whom the rule, not yet bound, means."""
        check: Callable[[tuple[object]], bool] = self.interpreter.check(bind(rule, self.when).query)
        return [person for person in self.persons() if check((person,))]

    def settle(self, audience: str, members: Mapping[str, dt.date | None]) -> None:
        """Say who is in the audience of that folded name: ids, and since when."""
        self.decided.add(audience)
        for person in self.persons():
            person.joined.pop(audience, None)
            key = identity(person)
            if key in members:
                person.joined[audience] = members[key]

    def day_of(self, value: ir.Value, person: Person) -> dt.date | None:
        """The first day among what the value is for a person, in the population's zone."""
        values = self.interpreter.values(bind_value(value, self.when))
        found = [moment(v, self.when.zone) for v in values((person,))]
        return min((day(v, self.when.zone) for v in found if v is not None), default=None)


def _name(item: object) -> str:
    return fold((text(item) if is_scalar(item) else text(get(item, "name"))) or "")


def identity(person: object) -> str:
    """The id of a person; empty where there is none."""
    return text(get(person, "id")) or ""
