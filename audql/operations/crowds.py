"""Whom queries are asked of: people of a file, each as a record, or everyone in a snapshot, by columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from audql import ir
from audql.engines.population import Population
from audql.operations.naming import name_of, names_of
from audql.program.audiences import audiences_in
from audql.values import text

if TYPE_CHECKING:
    from audql.engines.columnar.engine import ColumnarEngine
    from audql.engines.members import Members
    from audql.engines.roster import Roster
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


def crowd_of(around: Surroundings, decide: Callable[[], Decided] | None = None) -> Crowd:
    """Everyone in a workspace's snapshot. Who is in the audiences that queries speak of is found when the first does;
    nobody, without a way to decide."""
    if not around.needs_records:
        return Columns(around, decide)
    return Records(around.population, None if decide is None else lambda: decide().settle(around))


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
    """Everyone in a workspace's snapshot as a crowd."""

    def __init__(self, around: Surroundings, decide: Callable[[], Decided] | None) -> None:
        self._around, self._decide = around, decide
        self._decided: Decided | None = None
        self._engine: ColumnarEngine | None = None

    def __len__(self) -> int:
        return self._around.require_snapshot().head_count

    def count(self, query: ir.Query) -> int:
        return len(self._asked(query)[1])

    def values(self, query: ir.Query) -> Mapping[str, int]:
        return self._engine_for(query).values(query)

    def matching(self, query: ir.Query) -> Those:
        roster, found = self._asked(query)
        return Those(roster.names(roster.in_order(found)), self._names)

    def name(self, who: str) -> str:
        return self._names([who]).get(who, "")

    def around(self, who: str, queries: Sequence[ir.Query]) -> Population:
        from audql.engines.record_engine import settle

        engine = self._engine_for(*queries)
        roster = engine.roster
        person = roster.find(who)
        assert person is not None
        ordinals = roster.in_order(engine.met(queries, person))
        ids = roster.names(ordinals)
        records = self._around.require_snapshot().records_of(ids)
        population = Population(self._around.schema, [records[each] for each in ids], self._around.when)
        if self._decided is not None:
            settle(population, self._decided.audiences, dict(zip(ordinals.tolist(), population.persons, strict=True)))
        return population

    def _asked(self, query: ir.Query) -> tuple[Roster, Members]:
        engine = self._engine_for(query)
        return engine.roster, engine.matching(query, self._decided.audiences if self._decided else {})

    def _names(self, ids: Sequence[str]) -> Mapping[str, str]:
        return names_of(self._around.require_snapshot(), ids)

    def _engine_for(self, *queries: ir.Query) -> ColumnarEngine:
        from audql.engines.columnar.engine import ColumnarEngine
        from audql.engines.roster import Roster, ids_of

        snapshot = self._around.require_snapshot()
        if self._decided is None and self._decide is not None and any(any(audiences_in(query)) for query in queries):
            self._decided, self._engine = self._decide(), None
        if self._engine is None:
            ids = ids_of(snapshot.ids())
            roster = self._decided.plan.roster if self._decided else Roster.of(ids_of(()), ids)
            self._engine = ColumnarEngine(snapshot, self._around.schema, roster, self._around.when)
        return self._engine
