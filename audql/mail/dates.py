"""A day → how a language writes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

_MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "de": (
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
    "fr": (
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
}


def written_day(day: object, language: str) -> str:
    """`23 November 2026`; in a language that is not known here, `2026-11-23`."""
    if not isinstance(day, dt.date):
        return str(day)
    months = _MONTHS.get(language.lower().partition("-")[0])
    if months is None:
        return day.isoformat()
    after = "." if months is _MONTHS["de"] else "er" if months is _MONTHS["fr"] and day.day == 1 else ""
    return f"{day.day}{after} {months[day.month - 1]} {day.year}"
