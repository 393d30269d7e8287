"""The few, typed, resolved nodes that every engine reads.

A query is about an environment of items: item 0 is the person, and each `Some` or `Reduce` adds the items of its hops.
All plurality through collections is in `Some` and `Reduce`, so that everything else is about items at hand.

INVARIANT: `And` and `Or` have at least two parts, none of them of the same kind; `Not` never holds a `Not`; `Always` is
only ever a whole query, or the condition of a `Some` or `Reduce`. The functions below (`all_of`, …) keep it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Literal, TypeAlias, assert_never

from audql.source import Span
from audql.types import Field as SchemaField
from audql.types import Scalar


def _span() -> Span | None:
    return field(default=None, compare=False, repr=False)


class _Hashed:
    """A node that keeps its hash: parts are hashed again and again while what holds them is built."""

    __slots__ = ("_hash",)
    _hash: int

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            kind = type(self)
            names = _COMPARED.get(kind.__name__)
            if names is None:
                compared = tuple(f.name for f in fields(kind) if f.compare)  # type: ignore[arg-type]  # each is one
                names = _COMPARED[kind.__name__] = compared
            found = hash((kind.__name__, *(getattr(self, name) for name in names)))
            object.__setattr__(self, "_hash", found)
            return found


_COMPARED: dict[str, tuple[str, ...]] = {}
"""The fields of each node that take part in equality."""


# --- moments ----------------------------------------------------------------------------------------------------------

Unit: TypeAlias = Literal["hour", "day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A day or instant that is known once the query is bound: `base`, shifted by `count` units, then moved to an edge.

    A naive instant is in the zone that the query is bound with. `as_day`: an instant counts as its day there.
    """

    base: Literal["today", "now"] | dt.date | dt.datetime | Moment
    count: int = 0
    unit: Unit = "day"
    edge: Literal["start", "end"] | None = None
    """The first or last day of the calendar unit that the day lies in."""
    as_day: bool = False


Limit: TypeAlias = Decimal | dt.date | dt.datetime | Moment
"""In a bound query never a `Moment`; instants are then in UTC."""

# --- values -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field(_Hashed):
    """The values at the end of `steps` from an item in scope: none, one, or several where the last field is `many`.

    All steps but the last are references to one item.
    """

    item: int
    steps: tuple[SchemaField, ...]
    type: Scalar
    span: Span | None = _span()

    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Hop(_Hashed):
    """From an item in scope to the items at the end of `steps`, the last of which is a collection or a reference.

    Those that satisfy `where` (about the new item) go on.
    """

    item: int
    steps: tuple[SchemaField, ...]
    where: Query

    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Related(_Hashed):
    """From an item to the items that a relation leads to: what the item itself holds under `field`, and, each once,

    `closure`: all that following `relation` once or more leads to; `inverse`: the people whose `relation` leads here.
    The relation's hops are about item 0 and those that they add. Items that satisfy `where` (about the new item) go on.
    """

    item: int
    field: SchemaField
    relation: tuple[Hop, ...]
    how: Literal["closure", "inverse"]
    where: Query

    __hash__ = _Hashed.__hash__


Way: TypeAlias = Hop | Related


@dataclass(frozen=True, slots=True)
class Reduce(_Hashed):
    """One value, or none, from the items at the end of `hops`.

    `min`, `max`: of `value`. `last`: `value` of the item with the greatest `by`, where no `by` at all comes first of
    all; the greater `value` among equals. `count`: how many items, a number, 0 for none.
    """

    kind: Literal["min", "max", "last", "count"]
    hops: tuple[Way, ...]
    value: Field | None
    by: Field | None
    type: Scalar
    span: Span | None = _span()

    __hash__ = _Hashed.__hash__


Value: TypeAlias = Field | Reduce

# --- what can hold of one value ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Equals:
    """The value is one of these. `kind` is TEXT (values folded), CODE, NUMBER or YES_NO: what it is read as."""

    kind: Scalar
    values: frozenset[str] | frozenset[Decimal] | frozenset[bool]


@dataclass(frozen=True, slots=True)
class Range:
    """The value lies between the limits; None is no limit. `kind` is NUMBER, DATE or INSTANT: what it is read as.

    Read as DATE, an instant counts as its day. Read as INSTANT, a value without a time counts as its day, and so do the
    limits then.
    """

    kind: Scalar
    low: Limit | None = None
    high: Limit | None = None
    low_included: bool = True
    high_included: bool = True


@dataclass(frozen=True, slots=True)
class Contains:
    """The text has one of these in it, somewhere, as a whole word, at its start or at its end.

    `sought` is folded and not trimmed unless `kind` is CODE.
    """

    how: Literal["anywhere", "word", "start", "end"]
    kind: Scalar
    sought: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """One of the RE2 patterns is found in the text (NFKC, trimmed, ignoring case), or the code (as it is)."""

    kind: Scalar
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IsSet:
    """There is a value of the field's type."""


@dataclass(frozen=True, slots=True)
class Anniversary:
    """A yearly return of the date, the `years`-th or any from the first on, lies between the days, both included.

    29 February returns on the 28th in common years.
    """

    years: int | None
    low: Limit
    high: Limit


Atom: TypeAlias = Equals | Range | Contains | Matches | IsSet | Anniversary

# --- queries ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Always:
    """Everyone, or no one."""

    value: bool
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class And(_Hashed):
    parts: tuple[Query, ...]
    span: Span | None = _span()

    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Or(_Hashed):
    parts: tuple[Query, ...]
    span: Span | None = _span()

    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Not(_Hashed):
    part: Query
    span: Span | None = _span()

    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class AtLeast(_Hashed):
    """At least `count` of the parts hold; 1 < count < len(parts)."""

    count: int
    parts: tuple[Query, ...]
    span: Span | None = _span()

    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Test(_Hashed):
    """Some value satisfies the atom."""

    value: Value
    atom: Atom
    span: Span | None = _span()

    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Compare(_Hashed):
    """Some value of `left` and some value of `right` compare so, both read as `kind`; with instants of which one has no
    time, as their days."""

    left: Value
    order: Literal["=", "<", "<=", "contains", "contains word", "starts with", "ends with"]
    right: Value
    kind: Scalar
    span: Span | None = _span()

    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Gap(_Hashed):
    """`left - right` lies between `low` and `high`: in days of the zone, or in elapsed hours between instants."""

    left: Value
    right: Value
    unit: Literal["day", "hour"]
    low: int | None
    high: int | None
    low_included: bool = True
    high_included: bool = True
    span: Span | None = _span()

    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Some(_Hashed):
    """At least `count` items at the end of `hops`; with `distinct`, different ones (by id, else by name).

    The hops' items are in scope from the first on: hop i adds item `depth + i`, and its `where` sees it.
    """

    hops: tuple[Way, ...]
    count: int = 1
    distinct: bool = False
    span: Span | None = _span()

    __hash__ = _Hashed.__hash__


Query: TypeAlias = Always | And | Or | Not | AtLeast | Test | Compare | Gap | Some

EVERYONE = Always(True)
NO_ONE = Always(False)


# --- building, in normal form -----------------------------------------------------------------------------------------


def all_of(parts: Iterable[Query], span: Span | None = None) -> Query:
    """The conjunction of the parts."""
    flat: dict[Query, None] = {}
    for part in parts:
        match part:
            case Always(False):
                return Always(False, span)
            case Always(True):
                pass
            case And(inner):
                flat.update(dict.fromkeys(inner))
            case _:
                flat[part] = None
    if not flat:
        return Always(True, span)
    return And(tuple(flat), span) if len(flat) > 1 else next(iter(flat))


def any_of(parts: Iterable[Query], span: Span | None = None) -> Query:
    """The disjunction of the parts."""
    flat: dict[Query, None] = {}
    for part in parts:
        match part:
            case Always(True):
                return Always(True, span)
            case Always(False):
                pass
            case Or(inner):
                flat.update(dict.fromkeys(inner))
            case _:
                flat[part] = None
    if not flat:
        return Always(False, span)
    return Or(tuple(flat), span) if len(flat) > 1 else next(iter(flat))


def not_(part: Query, span: Span | None = None) -> Query:
    """Exactly everyone whom the part leaves out."""
    match part:
        case Always(value):
            return Always(not value, span)
        case Not(inner):
            return inner
        case _:
            return Not(part, span)


def at_least(count: int, parts: Iterable[Query], span: Span | None = None) -> Query:
    """At least `count` of the parts, each part counted once as it is written."""
    open_parts = []
    for part in parts:
        match part:
            case Always(value):
                count -= value
            case _:
                open_parts.append(part)
    if count <= 0:
        return Always(True, span)
    if count > len(open_parts):
        return Always(False, span)
    if count == 1:
        return any_of(open_parts, span)
    if count == len(open_parts):
        return all_of(open_parts, span)
    return AtLeast(count, tuple(open_parts), span)


def some(hops: tuple[Way, ...], count: int = 1, distinct: bool = False, span: Span | None = None) -> Query:
    """At least `count` items at the end of the hops; everyone where that asks for none."""
    if count <= 0:
        return Always(True, span)
    if any(hop.where == NO_ONE for hop in hops):
        return Always(False, span)
    return Some(hops, count, distinct and count > 1, span)


def conjuncts(query: Query) -> tuple[Query, ...]:
    """What the query asks all of."""
    return query.parts if isinstance(query, And) else (query,)


def children(node: Query | Value | Way) -> tuple[Query | Value | Way, ...]:
    """The queries, values and ways directly inside a node, in the order of their writing."""
    match node:
        case Test(value):
            return (value,)
        case And(parts) | Or(parts) | AtLeast(_, parts):
            return parts
        case Some(hops):
            return hops
        case Hop(where=where):
            return (where,)
        case Not(part):
            return (part,)
        case Related(relation=relation, where=where):
            return (*relation, where)
        case Compare(left=left, right=right) | Gap(left=left, right=right):
            return (left, right)
        case Reduce(hops=hops, value=value, by=by):
            return (*hops, *(each for each in (value, by) if each is not None))
        case Field() | Always():
            return ()
        case _:
            assert_never(node)


def walk(node: Query | Value | Way) -> Iterator[Query | Value | Way]:
    """The node and everything in it, each before what it holds, and once: what a `let` means is shared by its uses."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if id(here) not in seen:
            seen.add(id(here))
            yield here
            waiting.extend(reversed(children(here)))
