"""Ids that are the same but for capitals → one spelling of each, so that all that follows compares them exactly.

The spelling is that of the snapshot before, by which the state knows whoever it is; of new ones the first in order.
"""

from __future__ import annotations

from collections.abc import Mapping

from audql.snapshot.database import number
from audql.sync.draft import Draft
from audql.sync.texts import with_folded

_ID = "id"


def settle_spelling(draft: Draft, earlier: str | None) -> None:
    """`earlier`: SQL, the rows of the snapshot before. What a row had in another spelling is noted."""
    database, identity = draft.database, draft.fields[_ID].physical
    others = [name for name in draft.key if name != identity]
    chosen = ", ".join([f"{identity} AS text", *others])
    given = " UNION ".join(
        f"SELECT {chosen} FROM {table} WHERE {identity} IS NOT NULL"
        for table in (draft.kept, draft.aside, draft.gone, draft.later)
    )
    before = f"SELECT {chosen} FROM ({earlier})" if earlier else f"SELECT {chosen} FROM {draft.kept} WHERE false"
    changing = f"FROM (({given}) UNION ({before})) WHERE text <> lower(text) OR strlen(text) <> length(text)"
    if not number(database, f"SELECT count(*) FROM (SELECT 1 {changing} LIMIT 1)"):
        return
    every = with_folded(database, f"SELECT *, false AS known FROM ({given}) UNION ALL SELECT *, true FROM ({before})")
    same = ", ".join(["folded", *others])
    database.execute(
        "CREATE OR REPLACE TABLE spellings AS SELECT *, unnest(texts) AS text FROM ("
        f"SELECT {same}, coalesce(min(text) FILTER (known), min(text)) AS spelled, list(DISTINCT text) AS texts "
        f"FROM ({every}) GROUP BY {same} HAVING count(DISTINCT text) > 1)"
    )
    if not number(database, "SELECT count(*) FROM spellings"):
        return
    found = " AND ".join([f"t.{identity} = s.text", *(f"t.{name} IS NOT DISTINCT FROM s.{name}" for name in others)])
    for table in (draft.kept, draft.aside, draft.gone, draft.later):
        database.execute(
            f"INSERT INTO {draft.written} SELECT t.row, t.{identity} FROM {table} t JOIN spellings s ON {found}"
        )
        database.execute(f"UPDATE {table} AS t SET {identity} = s.spelled FROM spellings s WHERE {found}")


def as_written(draft: Draft) -> Mapping[int, str]:
    """The ids of rows whose spelling is not the only one."""
    return dict(draft.database.execute(f"SELECT row, text FROM {draft.written}").fetchall())
