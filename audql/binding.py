"""A query and a day → the same query with every moment a constant."""

import datetime as dt
import operator
from dataclasses import dataclass, replace
from typing import TypeVar, assert_never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from audql import ir
from audql.calendar import edge, shifted
from audql.diagnostics import AudQLError
from audql.types import Scalar
from audql.values import day, utc


@dataclass(frozen=True, slots=True)
class AsOf:
    """When a query is asked: `day` is `today`, `now` an instant in UTC, both seen from `zone`."""

    day: dt.date
    now: dt.datetime
    zone: dt.tzinfo


@dataclass(frozen=True, slots=True)
class Bound:
    """A query without a `Moment` left in it, and what it was bound to. Its instants are in UTC."""

    query: ir.Query
    as_of: AsOf


def zone_named(name: str) -> dt.tzinfo:
    """The IANA zone of that name. Raises `AudQLError` where there is none."""
    if name == "UTC":
        return dt.UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise AudQLError(f"no time zone {name!r}; zones are named like Europe/London") from unknown


def as_of(when: dt.date | dt.datetime, zone: dt.tzinfo, clock: dt.datetime | None = None) -> AsOf:
    """A day or an instant as AudQL means it.

    Of a day, `now` is its last microsecond; or `clock`, an aware instant, where that lies on the day.
    """
    if isinstance(when, dt.datetime):
        now = utc(when, zone)
        return AsOf(day(now, zone), now, zone)
    if clock is not None and day(utc(clock, zone), zone) == when:
        return AsOf(when, utc(clock, zone), zone)
    return AsOf(when, utc(dt.datetime.combine(when, dt.time.max), zone), zone)


Node = TypeVar("Node", bound="ir.Way | ir.Reduce | ir.Field")
Part = TypeVar("Part")


def bind(query: ir.Query, when: AsOf) -> Bound:
    """Settle every moment of the query."""
    return Bound(Binder(when).query(query), when)


def bind_value(value: ir.Value, when: AsOf) -> ir.Value:
    """Settle every moment inside a value."""
    return Binder(when).part(value)


def bind_hops(hops: tuple[ir.Way, ...], when: AsOf) -> tuple[ir.Way, ...]:
    """Settle every moment on the way."""
    return tuple(map(Binder(when).part, hops))


class Binder:
    """Binds many queries to one time. What has no moment in it is left as it is.

    With `sharing`, of what has, equal parts become one object, so that whoever asks of them again knows them at once.
    Equal parts can be written differently, and that object has the span of the first: not for explaining.
    """

    def __init__(self, when: AsOf, *, sharing: bool = False) -> None:
        self._when = when
        self._shared: dict[ir.Query, ir.Query] | None = {} if sharing else None

    def query(self, query: ir.Query) -> ir.Query:
        """The query with every moment in it settled. Takes one of Python's frames a level."""
        found: ir.Query
        match query:
            case ir.Always():
                return query
            case ir.And(parts) | ir.Or(parts) | ir.AtLeast(_, parts):
                found = _with(query, parts=_same(parts, tuple(map(self.query, parts))))
            case ir.Not(part):
                found = _with(query, part=self.query(part))
            case ir.Test(value, atom):
                found = _with(query, value=self.part(value), atom=_atom(atom, self._when))
            case ir.Compare(left, _, right) | ir.Gap(left, right):
                found = _with(query, left=self.part(left), right=self.part(right))
            case ir.Some(hops):
                found = _with(query, hops=_same(hops, tuple(map(self.part, hops))))
            case _:
                assert_never(query)
        return found if found is query or self._shared is None else self._shared.setdefault(found, found)

    def part(self, node: Node) -> Node:
        """The same of a value or way."""
        match node:
            case ir.Hop(where=where):
                return _with(node, where=self.query(where))
            case ir.Related(relation=relation, where=where):
                return _with(node, relation=_same(relation, tuple(map(self.part, relation))), where=self.query(where))
            case ir.Reduce(hops=hops):
                return _with(node, hops=_same(hops, tuple(map(self.part, hops))))
            case _:
                return node


def _atom(atom: ir.Atom, when: AsOf) -> ir.Atom:
    match atom:
        case ir.Range(kind, low, high):
            return _with(atom, low=_limit(low, kind, when), high=_limit(high, kind, when))
        case ir.Anniversary(_, low, high):
            date = Scalar.DATE
            return _with(atom, low=_limit(low, date, when), high=_limit(high, date, when))
        case _:
            return atom


def _same(old: tuple[Part, ...], new: tuple[Part, ...]) -> tuple[Part, ...]:
    return old if all(map(operator.is_, old, new)) else new


def _with(node: Part, **parts: object) -> Part:
    """The node with these parts; itself where it has them."""
    same = all(getattr(node, name) is part for name, part in parts.items())
    return node if same else replace(node, **parts)  # type: ignore[type-var]  # nodes are dataclasses


def _limit(limit: ir.Limit | None, kind: Scalar, when: AsOf) -> ir.Limit | None:
    if not isinstance(limit, ir.Moment):
        return limit
    settled = settle(limit, when)
    return day(settled, when.zone) if kind is Scalar.DATE else settled


def settle(moment: ir.Moment, when: AsOf) -> dt.date | dt.datetime:
    """The day or instant that a moment is, as of then. Beyond the years 1 to 9999 it is the nearest there is."""
    base = moment.base
    here: dt.date | dt.datetime
    if isinstance(base, ir.Moment):
        here = settle(base, when)
    elif base == "today":
        here = when.day
    elif base == "now":
        here = when.now
    elif isinstance(base, dt.datetime):
        here = utc(base, when.zone)
    else:
        assert isinstance(base, dt.date)
        here = base
    if moment.as_day:
        here = day(here, when.zone)
    here = shifted(here, moment.count, moment.unit)
    return here if moment.edge is None else edge(day(here, when.zone), moment.unit, moment.edge)
