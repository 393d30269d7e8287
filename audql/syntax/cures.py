"""Pieces of cures that several phases show."""

import calendar

from audql.syntax.messages import quoted

MONTHS = (
    {name.lower(): i for i, name in enumerate(calendar.month_name) if name}
    | {name.lower(): i for i, name in enumerate(calendar.month_abbr) if name}
    | {"sept": 9}
)


def name_or_text(found: str, path: str, *, as_name: bool, as_text: bool) -> str:
    """What is no name as one, and as a text, by what can be at its place; `path` stands before the last dot."""
    name = f"`` {path}`{found}` ``"
    if as_name and as_text:
        return f"{name} for a field of that name, {quoted(found)} for a text"
    return quoted(found) if as_text else name


def whole_month(year: int, month: int) -> str:
    """The days of a month; nothing where there is no such month."""
    if not 1 <= month <= 12 or not 1 <= year <= 9998:
        return ""
    return f"between {year:04}-{month:02}-01 and {year:04}-{month:02}-{calendar.monthrange(year, month)[1]}"
