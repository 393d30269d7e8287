"""Days and instants, counted on by the calendar. Beyond the years 1 to 9999 it is the nearest there is."""

import calendar
import datetime as dt
from typing import TypeVar, assert_never

from audql import ir
from audql.values import EARLIEST, LATEST

Day = TypeVar("Day", dt.date, dt.datetime)

_LENGTHS = {"hour": dt.timedelta(hours=1), "day": dt.timedelta(days=1), "week": dt.timedelta(weeks=1)}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def shifted(here: Day, count: int, unit: ir.Unit) -> Day:
    """`count` units on, or back where it is negative; of a day, whole days of the hours."""
    match unit:
        case "hour" | "day" | "week":
            try:
                return here + count * _LENGTHS[unit]
            except OverflowError:
                return _utmost(here, count)
        case "month" | "quarter" | "year":
            return add_months(here, count * _MONTHS[unit])
        case _:
            assert_never(unit)


def add_months(here: Day, count: int) -> Day:
    """The same day so many months later, or the last of a month that has no such day."""
    year, month = divmod(here.year * 12 + here.month - 1 + count, 12)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        return _utmost(here, count)
    return here.replace(year=year, month=month + 1, day=min(here.day, calendar.monthrange(year, month + 1)[1]))


def _utmost(here: Day, sign: int) -> Day:
    if isinstance(here, dt.datetime):
        return LATEST if sign > 0 else EARLIEST
    return dt.date.max if sign > 0 else dt.date.min


def edge(here: dt.date, unit: ir.Unit, which: str) -> dt.date:
    """The first or last day of the week (from Monday), month, quarter or year that the day lies in."""
    match unit:
        case "hour" | "day":
            return here
        case "week":
            first = here.toordinal() - here.weekday()
            return dt.date.fromordinal(min(max(first + (6 if which == "end" else 0), 1), dt.date.max.toordinal()))
        case "month":
            first_month = last_month = here.month
        case "quarter":
            first_month = (here.month - 1) // 3 * 3 + 1
            last_month = first_month + 2
        case "year":
            first_month, last_month = 1, 12
        case _:
            assert_never(unit)
    if which == "start":
        return dt.date(here.year, first_month, 1)
    return dt.date(here.year, last_month, calendar.monthrange(here.year, last_month)[1])
