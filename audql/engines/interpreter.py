"""A bound query → a function of a record: closures, planned once. This is what a query means; others must agree.

An environment is the tuple of items that a part of a query is about: the person first.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from typing import TypeAlias, assert_never

from audql import ir
from audql.binding import Bound
from audql.engines.comparing import between, comparable, hours, ordered, rank, returns, text_order
from audql.engines.people import People
from audql.text import plain
from audql.types import Field as SchemaField
from audql.types import Many, One, Scalar, Schema
from audql.values import day, each, get, moment, present, text

Env: TypeAlias = tuple[object, ...]
Check: TypeAlias = Callable[[Env], bool]
Values: TypeAlias = Callable[[Env], Iterator[object]]
Items: TypeAlias = Callable[[Env], Iterator[Env]]


def plan(bound: Bound, schema: Schema, people: People | None = None) -> Callable[[object], bool]:
    """The query as a function of a person. `people` are those who know one another as managers and reports."""
    check = Interpreter(schema, bound.as_of.zone, people or People(schema, ())).check(bound.query)
    return lambda person: check((person,))


class Interpreter:
    """Plans parts of bound queries for one zone and one population."""

    def __init__(self, schema: Schema, zone: dt.tzinfo, people: People) -> None:
        self.schema, self.zone, self.people = schema, zone, people
        self._inverses: dict[tuple[ir.Hop, ...], dict[object, list[object]]] = {}

    # --- queries ------------------------------------------------------------------------------------------------------

    def check(self, query: ir.Query) -> Check:
        """Whether the query holds in an environment."""
        match query:
            case ir.Always(truth):
                return lambda env: truth
            case ir.And(parts):
                return _all([self.check(part) for part in parts])
            case ir.Or(parts):
                return _any([self.check(part) for part in parts])
            case ir.Not(part):
                inner = self.check(part)
                return lambda env: not inner(env)
            case ir.AtLeast(count, parts):
                return _at_least(count, [self.check(part) for part in parts])
            case ir.Test(value, atom):
                values, holds = self.values(value), self.atom(atom, value.type)
                return lambda env: any(holds(each_value) for each_value in values(env))
            case ir.Compare():
                return self._compare(query)
            case ir.Gap():
                return self._gap(query)
            case ir.Some(hops, count, distinct):
                return self._some(self.items(hops), count, distinct, hops[-1])
            case _:
                assert_never(query)

    def _some(self, items: Items, count: int, distinct: bool, last: ir.Way) -> Check:
        def has(env: Env) -> bool:
            return next(islice(items(env), count - 1, None), None) is not None

        def has_different(env: Env) -> bool:
            seen = set()
            for inner in items(env):
                seen.add(self.identity(inner[-1], last))
                if len(seen) >= count:
                    return True
            return False

        return has_different if distinct else has

    def _compare(self, query: ir.Compare) -> Check:
        left, right = self.values(query.left), self.values(query.right)
        reads = [comparable(side.type, query.kind, self.zone) for side in (query.left, query.right)]
        order, zone = query.order, self.zone

        def check(env: Env) -> bool:
            others = [b for b in map(reads[1], right(env)) if b is not None]
            return any(ordered(a, order, b, zone) for a in map(reads[0], left(env)) if a is not None for b in others)

        return check

    def _gap(self, query: ir.Gap) -> Check:
        left, right = self.values(query.left), self.values(query.right)
        least, most = (end if query.unit == "day" else hours(end) for end in (query.low, query.high))

        def apart(a: object, b: object) -> float | int | dt.timedelta | None:
            first, second = moment(a, self.zone), moment(b, self.zone)
            if first is None or second is None:
                return None
            if query.unit == "day":
                return (day(first, self.zone) - day(second, self.zone)).days
            if isinstance(first, dt.datetime) and isinstance(second, dt.datetime):
                return first - second
            return None

        def within(gap: object) -> bool:
            if gap is None:
                return False
            return between(gap, least, most, query.low_included, query.high_included)

        return lambda env: any(within(apart(a, b)) for a in left(env) for b in right(env))

    # --- values -------------------------------------------------------------------------------------------------------

    def values(self, value: ir.Value) -> Values:
        """What the record holds at the value's place; not yet read as any type."""
        match value:
            case ir.Field(item, steps):
                *refs, last = steps
                several = holds_several(last)

                def read(env: Env) -> Iterator[object]:
                    for owner in self._along(env[item], refs):
                        found = raw(owner, last)
                        yield from each(found) if several else (found,)

                return read
            case ir.Reduce():
                return self._reduce(value)
            case _:
                assert_never(value)

    def _reduce(self, reduce: ir.Reduce) -> Values:
        items = self.items(reduce.hops)
        if reduce.value is None:
            return lambda env: iter((Decimal(sum(1 for _ in items(env))),))
        zone = self.zone
        values, read = self.values(reduce.value), comparable(reduce.value.type, reduce.value.type, zone)

        def typed(env: Env) -> Iterator[tuple[Env, object]]:
            for inner in items(env):
                for found in map(read, values(inner)):
                    if found is not None:
                        yield inner, found

        match reduce.kind:
            case "min" | "max":
                pick = min if reduce.kind == "min" else max

                def extreme(env: Env) -> Iterator[object]:
                    found = [each_found for _, each_found in typed(env)]
                    if found:
                        yield pick(found, key=lambda one: rank(one, zone))

                return extreme
            case "last":
                assert reduce.by is not None
                by, when = self.values(reduce.by), comparable(reduce.by.type, reduce.by.type, zone)

                def last(env: Env) -> Iterator[object]:
                    found = []
                    for inner, each_found in typed(env):
                        at = max((rank(t, zone) for t in map(when, by(inner)) if t is not None), default=())
                        found.append((at, rank(each_found, zone), each_found))
                    if found:
                        yield max(found, key=lambda one: one[:2])[2]

                return last
            case "count":
                raise AssertionError("a count has no value")
            case _:
                assert_never(reduce.kind)

    # --- items --------------------------------------------------------------------------------------------------------

    def items(self, hops: tuple[ir.Way, ...]) -> Items:
        """The environments at the end of the hops, each with the hops' items added."""
        ways = [(self._way(hop), self.check(hop.where)) for hop in hops]

        def go(env: Env, at: int = 0) -> Iterator[Env]:
            if at == len(ways):
                yield env
                return
            way, where = ways[at]
            for item in way(env):
                inner = (*env, item)
                if where(inner):
                    yield from go(inner, at + 1)

        return go

    def _way(self, hop: ir.Way) -> Callable[[Env], Iterator[object]]:
        match hop:
            case ir.Hop(item, steps):
                return lambda env: self._along(env[item], steps)
            case ir.Related(item, field, relation, "closure"):
                step = self.items(relation)
                return lambda env: self._closure(env[item], field, step, hop)
            case ir.Related(item, field, relation, _):
                return lambda env: self._inverse(env[item], field, relation, hop)
            case _:
                assert_never(hop)

    def _closure(self, start: object, field: SchemaField, step: Items, hop: ir.Related) -> Iterator[object]:
        seen, waiting = set(), [start]
        while waiting:
            here = waiting.pop()
            further = (*self._along(here, (field,)), *(env[-1] for env in step((here,))))
            for item in further:
                identity = self.identity(item, hop)
                if identity not in seen:
                    seen.add(identity)
                    waiting.append(item)
                    yield item

    def _inverse(
        self, person: object, field: SchemaField, relation: tuple[ir.Hop, ...], hop: ir.Related
    ) -> Iterator[object]:
        index = self._inverses.get(relation)
        if index is None:
            index = self._inverses[relation] = {}
            step = self.items(relation)
            for other in self.people.records:
                for identity in {self.identity(env[-1], hop) for env in step((other,))}:
                    index.setdefault(identity, []).append(other)
        seen = set()
        for item in (*self._along(person, (field,)), *index.get(self.identity(person, hop), ())):
            identity = self.identity(item, hop)
            if identity not in seen:
                seen.add(identity)
                yield item

    def _along(self, item: object, steps: "list[SchemaField] | tuple[SchemaField, ...]") -> Iterator[object]:
        """The items at the end of the steps."""
        if not steps:
            yield item
            return
        first, *rest = steps
        assert isinstance(first.type, One | Many)
        for value in each(raw(item, first)):
            found = self.people.item(value, first.type.record)
            if found is not None:
                yield from self._along(found, rest)

    def identity(self, item: object, hop: ir.Way) -> object:
        """What makes two items the same: the id, else the name, else being the same object."""
        kind = hop.field.type if isinstance(hop, ir.Related) else hop.steps[-1].type
        assert isinstance(kind, One | Many)
        return self.people.identity(item, kind.record)

    # --- atoms --------------------------------------------------------------------------------------------------------

    def atom(self, atom: ir.Atom, type_: Scalar) -> Callable[[object], bool]:
        """Whether a value, of the type that its field is declared to have, satisfies the atom."""
        match atom:
            case ir.Equals(kind, wanted):
                read = comparable(type_, kind, self.zone)
                return lambda value: read(value) in wanted
            case ir.Range(kind, low, high, low_in, high_in):
                read = comparable(type_, kind, self.zone)
                first, last = (day(end, self.zone) if isinstance(end, dt.date) else end for end in (low, high))

                def lies(value: object) -> bool:
                    found = read(value)
                    if found is None:
                        return False
                    if kind is Scalar.INSTANT and not isinstance(found, dt.datetime):
                        return between(found, first, last, low_in, high_in)
                    return between(found, low, high, low_in, high_in)

                return lies
            case ir.Contains(how, kind, sought):
                read = comparable(type_, kind, self.zone)
                order = {"anywhere": "contains", "word": "contains word", "start": "starts with", "end": "ends with"}[
                    how
                ]

                def has(value: object) -> bool:
                    found = read(value)
                    return isinstance(found, str) and any(text_order(found, order, part) for part in sought)

                return has
            case ir.Matches(kind, patterns):
                return self._matches(kind, patterns, type_)
            case ir.IsSet():
                read = comparable(type_, type_, self.zone)
                return lambda value: read(value) is not None
            case ir.Anniversary(years, low, high):
                assert not isinstance(low, ir.Moment | Decimal)
                assert not isinstance(high, ir.Moment | Decimal)
                return lambda value: returns(moment(value, self.zone), years, low, high, self.zone)
            case _:
                assert_never(atom)

    def _matches(self, kind: Scalar, patterns: tuple[str, ...], type_: Scalar) -> Callable[[object], bool]:
        import re2

        options = re2.Options()
        options.log_errors = False
        options.case_sensitive = kind is Scalar.CODE
        compiled = [re2.compile(pattern, options) for pattern in patterns]

        def found(value: object) -> bool:
            written = value if type_ is Scalar.ANY else text(value)
            if not isinstance(written, str):
                return False
            sought_in = written if kind is Scalar.CODE else plain(written)
            try:
                return any(pattern.search(sought_in) is not None for pattern in compiled)
            except UnicodeEncodeError:  # a lone surrogate is no character that a pattern could mean
                return False

        return found


def holds_several(field: SchemaField) -> bool:
    """Whether a list under a field is several values, and not one that cannot be read."""
    return field.many or field.type is Scalar.ANY


def raw(item: object, field: SchemaField) -> object:
    """What an item holds under a field, before it is read as any type."""
    return present(field.read(item)) if field.read is not None else get(item, field.name)


# Loops, and no generators, so that a query of 256 levels takes few enough of Python's frames.


def _all(checks: list[Check]) -> Check:
    def check(env: Env) -> bool:
        for part in checks:  # noqa: SIM110
            if not part(env):
                return False
        return True

    return check


def _any(checks: list[Check]) -> Check:
    def check(env: Env) -> bool:
        for part in checks:  # noqa: SIM110
            if part(env):
                return True
        return False

    return check


def _at_least(count: int, checks: list[Check]) -> Check:
    def check(env: Env) -> bool:
        found = 0
        for part in checks:
            found += part(env)
        return found >= count

    return check
