"""Ways to ask a query of people, for the tests of engines."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from people import TODAY

import audql
from audql import ir
from audql.binding import AsOf, as_of, bind
from audql.engines import interpreter
from audql.engines.people import People
from audql.vocabulary import PEOPLE

WHENS: tuple[AsOf, ...] = (
    as_of(TODAY, dt.UTC),
    as_of(dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC), ZoneInfo("America/St_Johns")),
    as_of(dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC), ZoneInfo("Europe/London")),
    as_of(dt.date(2024, 2, 29), ZoneInfo("Pacific/Kiritimati")),
    as_of(dt.date.min, dt.timezone(dt.timedelta(hours=14))),
    as_of(dt.date.max, dt.timezone(dt.timedelta(hours=-12))),
)
"""Days and zones to ask on; the first is what the pools of dates are around."""


@lru_cache(maxsize=4096)
def resolved(text: str) -> ir.Query:
    """What the text means."""
    return audql.compile(text).ir


def interpreted(
    query: str | ir.Query, people: Sequence[object], when: AsOf = WHENS[0], *, alone: bool = False
) -> list[bool]:
    """What the interpreter says of each; `alone` they do not know one another."""
    tree = resolved(query) if isinstance(query, str) else query
    check = interpreter.plan(bind(tree, when), PEOPLE, None if alone else People(PEOPLE, people))
    return [check(person) for person in people]
