"""A list of plain objects, filtered by what someone typed, and why one of them is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import audql


@dataclass
class Ticket:
    title: str
    opened: date
    points: float | None = None


@dataclass
class Engineer:
    name: str
    skills: list[str] = field(default_factory=list)
    manager: Engineer | None = None
    tickets: list[Ticket] = field(default_factory=list)


lena = Engineer("Lena", skills=["python", "sql"])
omar = Engineer("Omar", ["rust"], lena, [Ticket("Login fails", date(2026, 8, 3), 8)])
ines = Engineer("Ines", ["Python"], lena, [Ticket("Typo", date(2026, 11, 20), 1)])

typed = 'manager.name = "Lena" and no ticket (opened before 1 month ago and points >= 5)'
query = audql.compile(typed, schema=audql.Schema.of(Engineer))

print([engineer.name for engineer in query.select([lena, omar, ines], as_of=date(2026, 11, 23))])
print(query.explain(omar, as_of=date(2026, 11, 23)))
