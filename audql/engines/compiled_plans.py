"""A query and when it is asked → a plan, kept from one call to the next; compiled once that is worth its while.

Compiling takes a millisecond or two, the interpreter's plan a thirtieth of that. So the first few calls as of a day are
interpreted; and what is kept says how long it holds, so that most calls need neither clock nor binding.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from audql import ir
from audql.binding import Bound, as_of, bind
from audql.engines import interpreter
from audql.engines.people import People
from audql.types import Schema

Ask: TypeAlias = Callable[[object], bool]
When: TypeAlias = dt.date | dt.datetime | None
Kept: TypeAlias = tuple[object, float | None, float, Ask]
"""What was asked as of (that very object), from when (None: always) until when the plan holds for it, in seconds of the
epoch, and the plan."""

OFTEN = 20
"""How many calls, or records at once, are interpreted."""

NOTHING_KEPT: Kept = (object(), 0.0, 0.0, bool)


@dataclass(slots=True)
class _Asked:
    """A plan for what a query means at some time, and how often it was asked for. Never changed for another time, so
    that threads that ask as of different days do not meet in it."""

    key: object
    plan: Ask
    times: int = 0
    compiled: bool = False


class Plans:
    """The plans of one query."""

    def __init__(self, query: ir.Query, schema: Schema, zone: dt.tzinfo) -> None:
        self.query, self.schema, self.zone = query, schema, zone
        bases = {base for node in ir.walk(query) if isinstance(node, ir.Test) for base in _bases(node.atom)}
        self._needs_now = "now" in bases
        self.timeless = not bases & {"now", "today"}
        """Whether it means the same at all times."""
        self._latest: _Asked | None = None

    def ask(self, when: When, clock: dt.datetime) -> tuple[Ask, Kept]:
        """The plan for a record that stands alone, and what of it to keep."""
        settled = as_of(clock if when is None else when, self.zone, clock)
        key = None if self.timeless else settled if self._needs_now else settled.day
        latest = self._latest
        if latest is None or latest.key != key:
            latest = self._latest = _Asked(key, interpreter.plan(bind(self.query, settled), self.schema))
        latest.times += 1
        if latest.times < OFTEN:
            return latest.plan, NOTHING_KEPT
        if not latest.compiled:
            latest.plan, latest.compiled = _compiled(bind(self.query, settled), self.schema), True
        return latest.plan, (when, *self._span(when, clock), latest.plan)

    def select(self, records: Sequence[object], when: When, clock: dt.datetime, people: People) -> Ask:
        """The plan for all of the records, which know those people."""
        bound = bind(self.query, as_of(clock if when is None else when, self.zone, clock))
        make = _compiled if len(records) > OFTEN else interpreter.plan
        return make(bound, self.schema, people)

    def _span(self, when: When, clock: dt.datetime) -> tuple[float | None, float]:
        """From when until when a plan made now holds for the same `when`."""
        if self.timeless or isinstance(when, dt.datetime) or (when is not None and not self._needs_now):
            return None, 0.0
        if self._needs_now:
            return 0.0, 0.0
        minute = clock.timestamp() // 60 * 60  # days begin with a minute, in whatever zone
        return minute, minute + 60


def _compiled(bound: Bound, schema: Schema, people: People | None = None) -> Ask:
    from audql.engines import compiled  # only when it is needed: most processes ask a query once

    return compiled.plan(bound, schema, people)


def _bases(atom: ir.Atom) -> set[object]:
    """What the moments of an atom are counted from."""
    if not isinstance(atom, ir.Range | ir.Anniversary):
        return set()
    found: set[object] = set()
    for limit in (atom.low, atom.high):
        while isinstance(limit, ir.Moment):
            found.add(limit.base if isinstance(limit.base, str) else "")
            limit = limit.base if isinstance(limit.base, ir.Moment) else None
    return found
