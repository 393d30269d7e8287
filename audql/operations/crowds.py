"""Whom queries are asked of: people of a file, each as a record, or everyone in a snapshot, by columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from audql import ir
from audql.engines.population import Person, Population
from audql.operations.naming import name_of, names_of
from audql.program.audiences import audiences_in
from audql.values import text

if TYPE_CHECKING:
    from audql.engines.columnar.engine import ColumnarEngine
    from audql.engines.engine import Audiences
    from audql.operations.audiences import Decided
    from audql.operations.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Those:
    """Some people, in order."""

    ids: Sequence[str]
    names: Callable[[Sequence[str]], Mapping[str, str]]
    """How people call each of these, where there is a name beside the id."""

    def __len__(self) -> int:
        return len(self.ids)

    def shown(self, most: int) -> list[tuple[str, str]]:
        """The id and name of the first so many."""
        first = self.ids[:most]
        names = self.names(first)
        return [(id_, names.get(id_, "")) for id_ in first]


class Crowd(Protocol):
    """People who know one another, as of one day."""

    def __len__(self) -> int: ...

    def count(self, query: ir.Query) -> int:
        """How many match."""
        ...

    def values(self, query: ir.Query) -> Mapping[str, int]:
        """Each text at the place that the query, one test of a path, looks at, and how many people have it."""
        ...

    def matching(self, query: ir.Query) -> Those:
        """Those whom the query means."""
        ...

    def name(self, who: str) -> str:
        """How people call the person of that id, where there is a name beside it."""
        ...

    def around(self, who: str, queries: Sequence[ir.Query]) -> Population:
        """The person of that id as a record among all whom the queries can lead to from there."""
        ...


def settled(population: Population, audiences: Audiences, ordinals: Mapping[Person, int]) -> None:
    """Says to a few people, whose ordinals these are, in which audiences they are, and since when."""
    for name, joined in audiences.items():
        inside = {person: joined.since_of(n) for person, n in ordinals.items() if n in joined.members}
        population.settle(name, inside)


class Records:
    """A population as a crowd. `settle` says who is in the audiences that queries speak of."""

    def __init__(self, population: Population, settle: Callable[[], None] | None = None) -> None:
        self.population, self._settle = population, settle

    def __len__(self) -> int:
        return len(self.population.persons)

    def count(self, query: ir.Query) -> int:
        self.settle_for(query)
        return self.population.count(query)

    def values(self, query: ir.Query) -> Mapping[str, int]:
        return self.population.values(query)

    def matching(self, query: ir.Query) -> Those:
        self.settle_for(query)
        found = self.population.matching(query)
        names = {text(person["id"]) or "": name_of(person) or "" for person in found}
        return Those([text(person["id"]) or "" for person in found], lambda _: names)

    def name(self, who: str) -> str:
        return next((name_of(each) or "" for each in self.population.persons if text(each["id"]) == who), "")

    def around(self, who: str, queries: Sequence[ir.Query]) -> Population:
        for query in queries:
            self.settle_for(query)
        return self.population

    def settle_for(self, query: ir.Query) -> None:
        """Before a query that speaks of audiences."""
        if self._settle is not None and any(audiences_in(query)):
            settle, self._settle = self._settle, None
            settle()


class Columns:
    """Everyone in a workspace's snapshot as a crowd. Who is in the audiences that queries speak of is found when the
    first does; nobody, without a way to decide."""

    def __init__(self, around: Surroundings, decide: Callable[[], Decided] | None = None) -> None:
        self._around, self._decide = around, decide
        self._decided: Decided | None = None
        self._engine: ColumnarEngine | None = None

    def __len__(self) -> int:
        return self._around.require_snapshot().head_count

    def count(self, query: ir.Query) -> int:
        engine = self._engine_for(query)
        return len(engine.matching(query, self._decided.audiences if self._decided else {}))

    def values(self, query: ir.Query) -> Mapping[str, int]:
        return self._engine_for(query).values(query)

    def matching(self, query: ir.Query) -> Those:
        engine = self._engine_for(query)
        found = engine.matching(query, self._decided.audiences if self._decided else {})
        roster = engine.roster
        return Those(roster.names(roster.in_order(found)), self._names)

    def name(self, who: str) -> str:
        return self._names([who]).get(who, "")

    def around(self, who: str, queries: Sequence[ir.Query]) -> Population:
        from audql.engines.members import union

        for query in (ir.EVERYONE, *queries):
            engine = self._engine_for(query)
        roster, snapshot = engine.roster, self._around.require_snapshot()
        person = roster.find(who)
        assert person is not None
        met = union(engine.met(query, person) for query in (ir.EVERYONE, *queries))
        ids = roster.names(roster.in_order(met))
        records = snapshot.records_of(ids)
        population = Population(self._around.schema, [records[each] for each in ids], self._around.when)
        if self._decided is not None:
            ordinals = dict(zip(population.persons, roster.in_order(met).tolist(), strict=True))
            settled(population, self._decided.audiences, ordinals)
        return population

    def _names(self, ids: Sequence[str]) -> Mapping[str, str]:
        return names_of(self._around.require_snapshot(), ids)

    def _engine_for(self, query: ir.Query) -> ColumnarEngine:
        from audql.engines.columnar.engine import ColumnarEngine
        from audql.engines.roster import Roster, ids_of

        snapshot = self._around.require_snapshot()
        if self._decided is None and self._decide is not None and any(audiences_in(query)):
            self._decided, self._engine = self._decide(), None
        if self._engine is None:
            ids = ids_of(snapshot.ids())
            roster = self._decided.plan.roster if self._decided else Roster.of(ids_of(()), ids)
            self._engine = ColumnarEngine(snapshot, self._around.schema, roster, self._around.when)
        return self._engine
