"""Days counted on from a day, by the calendar, as queries count them."""

from __future__ import annotations

import datetime as dt

from audql.binding import add_months
from audql.syntax.ast import Unit

_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}


def shifted(day: dt.date, count: int, unit: Unit) -> dt.date:
    """`count` units on (negative: back); beyond the years 1 to 9999 the nearest day there is."""
    if unit in _MONTHS:
        return add_months(day, count * _MONTHS[unit])
    ordinal = day.toordinal() + (count // 24 if unit is Unit.HOUR else count * _DAYS[unit])
    return dt.date.fromordinal(min(max(ordinal, dt.date.min.toordinal()), dt.date.max.toordinal()))
