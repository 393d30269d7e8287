"""Links to managers that are kept as they were fed and not read, since someone would be above themselves by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audql.snapshot.database import literal, number

if TYPE_CHECKING:
    import duckdb

_PART, _LINK = "\x1f", "\x1e"
"""What no id has in it."""


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """That of the jobs of a person that have this manager and these days, ISO or empty."""

    person: str
    manager: str
    started: str = ""
    ended: str = ""

    @property
    def written(self) -> list[str]:
        """What a manifest has of it."""
        days = [self.started, self.ended]
        return [self.person, self.manager, *(days if any(days) else ())]


def pairs(links: Iterable[Link]) -> tuple[tuple[str, str], ...]:
    """Person and manager, each pair once, in order."""
    return tuple(sorted({(link.person, link.manager) for link in links}))


def still_closing(links: Sequence[Link], rows: str, database: duckdb.DuckDBPyConnection) -> tuple[Link, ...]:
    """Those by which someone would be above themselves, by jobs (SQL, as they are kept) of whatever day: which day it
    was when they were left out is not known, and on none is someone to be so. `links`: all that are left out."""
    left = list(links)
    for link in links:
        above = number(
            database,
            f"WITH RECURSIVE above(id) AS (SELECT {literal(link.manager)} UNION "
            f"SELECT j.manager FROM above JOIN {without(left, rows)} j ON j.person = above.id "
            f"WHERE j.manager IS NOT NULL) SELECT count(*) FROM above WHERE id = {literal(link.person)}",
        )
        if not above:
            left.remove(link)
    return tuple(left)


def without(links: Iterable[Link], rows: str) -> str:
    """SQL: rows of jobs as they are kept → as they are read."""
    listed = _LINK.join(_PART.join((link.person, link.manager, link.started, link.ended)) for link in links)
    if not listed:
        return rows
    own = f", chr({ord(_PART)}), ".join(("person", "manager", "started", "ended"))
    return (
        f"(SELECT * REPLACE (CASE WHEN concat({own}) IN "
        f"(SELECT unnest(string_split({literal(listed)}, chr({ord(_LINK)})))) THEN NULL ELSE manager END AS manager) "
        f"FROM {rows})"
    )
