"""DuckDB as a peer: one query for each audience, and two forms of all of them at once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import TracebackType

import duckdb
from audiences import All, Any, Atom, Condition, Not, atoms
from in_sql import Form, count_query, people_query, where
from tables import DATABASE

_SIZE = 50
"""Columns of one statement."""


class DuckDB:
    """Opened on the peers' tables, which are only read; what is made at once is in its memory."""

    def __init__(self, folder: Path, day: dt.date) -> None:
        self.day = day
        self.connection = duckdb.connect(":memory:")
        self.connection.execute(f"ATTACH '{folder / DATABASE}' AS peers (READ_ONLY); USE peers")
        self.bits: list[str] = []
        self.most = self._one("SELECT max(person) + 1 FROM people")

    def __enter__(self) -> DuckDB:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.connection.close()

    def count(self, condition: Condition, form: Form) -> int:
        return self._one(count_query(condition, self.day, form))

    def in_one_scan(self, conditions: list[Condition]) -> list[int]:
        """All audiences as columns of one scan of people; what needs other tables is a subquery in them."""
        columns = ", ".join(f"count(*) FILTER (WHERE {where(c, self.day, 'in')})" for c in conditions)
        found = self.connection.execute(f"SELECT {columns} FROM people p WHERE NOT p.suspended").fetchone()
        assert found is not None
        return [int(number) for number in found]

    def make_bitstrings(self, conditions: list[Condition]) -> None:
        """What AudQL does, as far as SQL can say it: each condition once, as a bit per person …"""
        names = _names(conditions)
        nobody = f"bitstring('0', {self.most})"
        wanted = ["SELECT p.person FROM people p WHERE NOT p.suspended", *(people_query(a, self.day) for a in names)]
        columns = ["everyone", *names.values()]
        self.bits = []
        for start in range(0, len(columns), _SIZE):
            parts = ", ".join(
                f"(SELECT coalesce(bitstring_agg(person, 0, {self.most - 1}), {nobody}) FROM ({query})) AS {column}"
                for column, query in zip(columns[start : start + _SIZE], wanted[start : start + _SIZE], strict=True)
            )
            self.bits.append(f"memory.bits{start}")
            self.connection.execute(f"CREATE OR REPLACE TABLE {self.bits[-1]} AS SELECT {parts}")

    def combine_bitstrings(self, conditions: list[Condition]) -> list[int]:
        """… and then combined. The conditions are those of which the bitstrings were made."""
        names, counts = _names(conditions), []
        for start in range(0, len(conditions), _SIZE):
            parts = ", ".join(f"bit_count(everyone & {_bits(c, names)})" for c in conditions[start : start + _SIZE])
            found = self.connection.execute(f"SELECT {parts} FROM {', '.join(self.bits)}").fetchone()
            assert found is not None
            counts += [int(number) for number in found]
        return counts

    def _one(self, query: str) -> int:
        found = self.connection.execute(query).fetchone()
        assert found is not None
        return int(found[0])


def _names(conditions: list[Condition]) -> dict[Atom, str]:
    found: dict[Atom, str] = {}
    for condition in conditions:
        for atom in atoms(condition):
            found.setdefault(atom, f"a{len(found)}")
    return found


def _bits(condition: Condition, names: dict[Atom, str]) -> str:
    match condition:
        case Not(part):
            return f"~{_bits(part, names)}"
        case All(parts):
            return "(" + " & ".join(_bits(part, names) for part in parts) + ")"
        case Any(parts):
            return "(" + " | ".join(_bits(part, names) for part in parts) + ")"
        case _:
            return names[condition]
