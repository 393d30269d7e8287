"""Two snapshots → what is in one and not in the other, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from audql.snapshot.database import quoted
from audql.snapshot.schema import PERSON, Table
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import reading

_ID = "id"


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one table. Rows that belong to people have no key: they are there or are not, and none has changed.

    `added`, `gone` and `changed` are the ids of rows, or of those whose rows they are, in order, each as often as it
    has such rows.
    """

    table: str
    before: int
    after: int
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    fields: Mapping[str, int] = field(default_factory=dict)
    """In how many of the changed rows each has another value."""


def compare(old: Snapshot, new: Snapshot) -> tuple[Difference, ...]:
    """Tables that are not the same. Raises RunError for what cannot be read."""
    found = []
    for table in new.tables:
        before, after = (one.manifest.tables.get(table.name) for one in (old, new))
        same = before and after and (before.content, before.left_out) == (after.content, after.left_out)
        if (before or after) and not same:
            found.append(_keyed(table, old, new) if table.key else _owned(table, old, new))
    return tuple(found)


def _keyed(table: Table, old: Snapshot, new: Snapshot) -> Difference:
    fields = _fields(table, old, new)
    key = ", ".join(map(quoted, table.key))
    others = [name for name in fields if name not in table.key]
    differs = {name: f"o.{quoted(name)} IS DISTINCT FROM n.{quoted(name)}" for name in others}
    a, b = (_relation(table, one, fields) for one in (old, new))
    paths = [one.file_of(table.name) for one in (old, new) if one.has(table.name)]
    with reading(*paths) as connection:

        def ids(query: str) -> tuple[str, ...]:
            return tuple(i for (i,) in connection.execute(f"SELECT {_ID} FROM ({query}) ORDER BY {_ID}").fetchall())

        joined = f"({a}) o JOIN ({b}) n USING ({key})"
        where = " OR ".join(differs.values()) or "false"
        counted = ", ".join(f"count(*) FILTER ({one})" for one in differs.values()) or "0"
        (counts,) = connection.execute(f"SELECT {counted} FROM {joined}").fetchall()
        return Difference(
            table.name,
            old.count(table.name),
            new.count(table.name),
            ids(f"SELECT {_ID} FROM ({b}) ANTI JOIN ({a}) USING ({key})"),
            ids(f"SELECT {_ID} FROM ({a}) ANTI JOIN ({b}) USING ({key})"),
            ids(f"SELECT {_ID} FROM {joined} WHERE {where}"),
            {name: count for name, count in zip(differs, counts, strict=False) if count},
        )


def _owned(table: Table, old: Snapshot, new: Snapshot) -> Difference:
    fields = _fields(table, old, new)
    a, b = (_relation(table, one, fields) for one in (old, new))
    paths = [one.file_of(table.name) for one in (old, new) if one.has(table.name)]
    with reading(*paths) as connection:
        added, gone = (
            tuple(
                i
                for (i,) in connection.execute(
                    f"SELECT {PERSON} FROM (({here}) EXCEPT ALL ({there})) ORDER BY {PERSON}"
                ).fetchall()
            )
            for here, there in ((b, a), (a, b))
        )
    return Difference(table.name, old.count(table.name), new.count(table.name), added, gone)


def _fields(table: Table, old: Snapshot, new: Snapshot) -> list[str]:
    """All that either has."""
    stored = [one.manifest.tables[table.name] for one in (old, new) if one.has(table.name)]
    return list(dict.fromkeys(name for one in stored for name, _, _ in one.columns))


def _relation(table: Table, snapshot: Snapshot, fields: list[str]) -> str:
    """SQL: the rows with all these fields as texts, so that another type is another value only where it reads so."""
    if not snapshot.has(table.name):
        return f"SELECT {', '.join(f'CAST(NULL AS VARCHAR) AS {quoted(name)}' for name in fields)} WHERE false"
    there = {name for name, _, _ in snapshot.manifest.tables[table.name].columns}
    chosen = (f"CAST({quoted(name) if name in there else 'NULL'} AS VARCHAR) AS {quoted(name)}" for name in fields)
    return f"SELECT {', '.join(chosen)} FROM {snapshot.read_rows_of(table.name)}"
