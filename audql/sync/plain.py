"""A column's type → the SQL that reads its plain texts, exactly as `convert` would.

INVARIANT: where the SQL gives a value, `convert` gives the same; where it gives none, `convert` is asked.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audql.snapshot.schema import Column
from audql.snapshot.tables import DIGITS_AFTER, DIGITS_BEFORE, SQL_TYPES
from audql.sync.texts import put
from audql.types import Scalar
from audql.workspace import ColumnMapping, ElementFeed

if TYPE_CHECKING:
    import duckdb

_NUMBER = rf"-?[0-9]{{1,{DIGITS_BEFORE}}}(\.[0-9]{{1,{DIGITS_AFTER}}})?"
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
_OFFSET = r"[+-](0[0-9]|1[0-4]):[0-5][0-9]"


@dataclass(frozen=True, slots=True)
class Plain:
    """SQL: the value of a plain text, NULL for any other; and what has to be joined for it.

    `total`: there is no other, blank ones aside.
    """

    value: str | None = None
    total: bool = False
    joins: tuple[str, ...] = ()


def plain_of(
    database: duckdb.DuckDBPyConnection,
    column: Column,
    mapping: ColumnMapping,
    part: ElementFeed,
    rows: str,
    x: str,
    name: str,
    zone: dt.tzinfo,
) -> Plain:
    """Of the texts `x` in `rows`. `name`: that of a table it may make."""
    match column.type:
        case Scalar.TEXT | Scalar.CODE | Scalar.ANY if not (column.values or column.many):
            return Plain(f"stripped({x})", total=True)
        case Scalar.NUMBER:
            number = SQL_TYPES[Scalar.NUMBER]
            return Plain(f"CASE WHEN regexp_full_match({x}, '{_NUMBER}') THEN CAST({x} AS {number}) END")
        case Scalar.INSTANT if not (mapping.format or part.instant_format):
            return _instants(database, rows, x, name, zone)
        case _:  # days, yes and no, words from a list: few different ones
            return Plain()


def _instants(database: duckdb.DuckDBPyConnection, rows: str, x: str, name: str, zone: dt.tzinfo) -> Plain:
    """In years in which no zone leads out of the calendar. Those without a zone are looked up by their day."""
    within = f"{x} >= '0002' AND {x} < '9999'"
    local = f"{within} AND regexp_full_match({x}, '{_INSTANT}')"
    days = [
        day for (day,) in database.execute(f"SELECT DISTINCT left({x}, 10) AS day FROM {rows} WHERE {local}").fetchall()
    ]
    shifts = [_steady_shift_s(day, zone) for day in days]
    put(database, name, {"day": days, "shift_s": [None if s is None else str(s) for s in shifts]})
    ahead_s = f"CAST(left(right({x}, 6), 3) AS BIGINT) * 3600 + CAST({x}[-6] || right({x}, 2) AS BIGINT) * 60"
    value = (
        f"CASE WHEN NOT ({within}) THEN NULL "
        f"WHEN regexp_full_match({x}, '{_INSTANT}Z') THEN TRY_CAST(left({x}, -1) AS TIMESTAMP) "
        f"WHEN regexp_full_match({x}, '{_INSTANT}{_OFFSET}') "
        f"THEN TRY_CAST(left({x}, -6) AS TIMESTAMP) - to_seconds({ahead_s}) "
        f"WHEN {local} THEN TRY_CAST({x} AS TIMESTAMP) - to_seconds(CAST({name}.shift_s AS BIGINT)) END"
    )
    return Plain(value, joins=(f"LEFT JOIN {name} ON {name}.day = left({x}, 10)",))


def _steady_shift_s(day: str, zone: dt.tzinfo) -> int | None:
    """What the zone is ahead of UTC all day; None on days when that changes, looked at each hour, and for no days."""
    try:
        midnight = dt.datetime.fromisoformat(day).replace(tzinfo=zone)
    except ValueError:
        return None
    shifts = {(midnight + dt.timedelta(hours=hour)).utcoffset() for hour in range(25)}
    shift = shifts.pop()
    if shifts or shift is None or shift.microseconds:
        return None
    return shift.days * 86_400 + shift.seconds
