"""A query and a day → the same query with every moment a constant."""

import datetime as dt
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


def bind(query: ir.Query, when: AsOf) -> Bound:
    """Settle every moment of the query."""
    return Bound(_query(query, when), when)


def bind_value(value: ir.Value, when: AsOf) -> ir.Value:
    """Settle every moment inside a value."""
    return _part(value, when)


def bind_hops(hops: tuple[ir.Way, ...], when: AsOf) -> tuple[ir.Way, ...]:
    """Settle every moment on the way."""
    return tuple(_part(hop, when) for hop in hops)


def _query(query: ir.Query, when: AsOf) -> ir.Query:
    match query:
        case ir.Always():
            return query
        case ir.And(parts) | ir.Or(parts) | ir.AtLeast(_, parts):
            return replace(query, parts=tuple(_query(part, when) for part in parts))
        case ir.Not(part):
            return replace(query, part=_query(part, when))
        case ir.Test(value, atom):
            return replace(query, value=_part(value, when), atom=_atom(atom, when))
        case ir.Compare(left, _, right) | ir.Gap(left, right):
            return replace(query, left=_part(left, when), right=_part(right, when))
        case ir.Some(hops):
            return replace(query, hops=tuple(_part(hop, when) for hop in hops))
        case _:
            assert_never(query)


def _part(node: Node, when: AsOf) -> Node:
    match node:
        case ir.Hop(where=where):
            return replace(node, where=_query(where, when))
        case ir.Related(relation=relation, where=where):
            return replace(node, relation=tuple(_part(h, when) for h in relation), where=_query(where, when))
        case ir.Reduce(hops=hops):
            return replace(node, hops=tuple(_part(h, when) for h in hops))
        case _:
            return node


def _atom(atom: ir.Atom, when: AsOf) -> ir.Atom:
    match atom:
        case ir.Range(kind, low, high):
            return replace(atom, low=_limit(low, kind, when), high=_limit(high, kind, when))
        case ir.Anniversary(_, low, high):
            return replace(
                atom, low=_limit(low, Scalar.DATE, when) or low, high=_limit(high, Scalar.DATE, when) or high
            )
        case _:
            return atom


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
