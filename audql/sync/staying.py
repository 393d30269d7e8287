"""Rows that were refused → what stays of the snapshot before, so that a bad row never looks like someone who left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audql.diagnostics import Diagnostic
from audql.snapshot.schema import PERSON
from audql.snapshot.snapshot import Snapshot
from audql.state.erased import Erased
from audql.sync import messages
from audql.sync.draft import FROM_BEFORE, Draft, Placed, Say
from audql.sync.earlier import Earlier, number_back
from audql.sync.spelling import as_written
from audql.sync.texts import with_folded
from audql.text import fold


def drop_repeated(draft: Draft) -> None:
    """Refuses rows that share a key, those that say that it is no more among them; the same row again is no harm."""
    key, every = ", ".join(draft.key), ", ".join(draft.columns)
    said = f"SELECT *, false AS deleted FROM {draft.kept} UNION ALL SELECT *, true FROM {draft.gone}"
    same_key = f"SELECT {key} FROM ({said}) GROUP BY {key} HAVING count(*) > 1"
    if not draft.number(f"SELECT count(*) FROM ({same_key})"):
        return
    several = f"count(DISTINCT row({every})) FILTER (NOT deleted) + CAST(bool_or(deleted) AS INTEGER) > 1"
    twice = f"SELECT {key} FROM ({said}) WHERE ({key}) IN ({same_key}) GROUP BY {key} HAVING {several}"
    _refuse_alike(draft, draft.table.key[-1], draft.key, f"SELECT * FROM ({said}) WHERE ({key}) IN ({twice})")


def drop_contradicted(draft: Draft, same: Sequence[str], identity: Sequence[str]) -> None:
    """Refuses rows of people that say of one of their rows, by these columns, what it is and that it is no more.

    `identity`: the fields that tell a person's rows apart; where one has nothing in it, it tells nothing.
    """
    if not identity or not draft.number(f"SELECT count(*) FROM {draft.gone}"):
        return
    key = ", ".join(same)
    where = " AND ".join(f"{name} IS NOT NULL" for name in same)
    both = f"SELECT {key} FROM {draft.kept} WHERE {where} INTERSECT SELECT {key} FROM {draft.gone} WHERE {where}"
    said = f"SELECT *, false AS deleted FROM {draft.kept} UNION ALL SELECT *, true FROM {draft.gone}"
    _refuse_alike(draft, PERSON, same, f"SELECT * FROM ({said}) WHERE ({key}) IN ({both})")


def _refuse_alike(draft: Draft, field: str, same: Sequence[str], found: str) -> None:
    """`found`: SQL, rows (and whether they are `deleted`) that are the same in these columns, and should not be."""
    named = draft.fields[field]
    value = f"i.{named.of}" if named.ids else f"r.{named.physical}"
    ids = f"JOIN {named.ids.table} i ON i.code = r.{named.physical}" if named.ids else ""
    rows = draft.database.execute(
        f"SELECT r.row, {value}, r.deleted, {', '.join(f'r.{name}' for name in same)} FROM ({found}) r {ids} "
        "ORDER BY r.row"
    ).fetchall()
    if not rows:
        return
    written = as_written(draft)
    by_key: dict[tuple[object, ...], list[tuple[int, str, bool]]] = {}
    for row, text, deleted, *parts in rows:
        by_key.setdefault(tuple(parts), []).append((row, written.get(row, text), deleted))
    numbers = [row for row, *_ in rows]
    line_of = dict(zip(numbers, draft.lines_of(np.array(numbers, np.int64)).tolist(), strict=True))
    refused: list[tuple[int, str, Say]] = []
    for alike in by_key.values():
        lines = [line_of[row] for row, *_ in alike]
        first = lines[: messages.MOST_LINES + 2]
        spellings = [*dict.fromkeys(text for _, text, _ in alike)][:2]
        deletes = any(deleted for *_, deleted in alike)
        for row, text, _ in alike:
            others = [line for line in first if line != line_of[row]] or lines[1:2]
            spelled = next((one for one in spellings if one != text), None)
            refused.append((row, field, _key_twice(text, others, spelled, deletes=deletes)))
    draft.refuse(refused)
    draft.move(numbers)


def _key_twice(value: str, others: Sequence[int], spelled: str | None, *, deletes: bool) -> Say:
    return lambda file, line, column: messages.key_twice(
        file, line, column, value, others, spelled=spelled, deletes=deletes
    )


_NAMES, _HIRED = ("username", "email"), "hired"
"""What says who a person is, beside the id. Names are new after a wedding, and the hire date is after a break; when all
that a file has of them is new, the id was given to someone else."""


def drop_strangers(draft: Draft, earlier: str) -> None:
    """Refuses people whose id was another's: they would take over that one's past."""
    for part in draft.parts:
        names = [name for name in _NAMES if name in part.columns]
        if names and _HIRED in part.columns:
            _drop_strangers(draft, part, [*names, _HIRED], earlier)


def _drop_strangers(draft: Draft, part: Placed, who: Sequence[str], earlier: str) -> None:
    identity = draft.fields["id"].physical
    other = " AND ".join(
        f"lower(CAST(k.{name} AS VARCHAR)) <> lower(CAST(e.{name} AS VARCHAR))"
        for name in (draft.fields[field].physical for field in who)
    )
    rows = draft.database.execute(
        f"SELECT k.row, k.{identity} FROM {draft.kept} k JOIN ({earlier}) e ON e.{identity} = k.{identity} "
        f"WHERE k.row >= {part.start} AND k.row < {part.start + part.loaded.count} AND {other} ORDER BY k.row"
    ).fetchall()
    draft.refuse([(row, "id", _reused(one, who)) for row, one in rows])
    draft.move(row for row, _ in rows)


def _reused(value: str, who: Sequence[str]) -> Say:
    return lambda file, line, column: messages.reused_id(file, line, column, value, who)


def drop_erased(draft: Draft, erased: Erased) -> int:
    """Takes out those who were erased, with rows of theirs that were refused or wait, so that nothing of them is kept;
    how many they are."""
    if not erased.ids:
        return 0
    key = draft.fields["id"].physical
    there = (draft.kept, draft.aside, draft.later)
    texts = " UNION ".join(f"SELECT {key} AS text FROM {table} WHERE {key} IS NOT NULL" for table in there)
    draft.database.execute(
        "CREATE OR REPLACE TABLE erased AS SELECT text FROM "
        f"({with_folded(draft.database, texts)}) WHERE {erased.among('folded')}"
    )
    theirs = f"{key} IN (SELECT text FROM erased)"
    draft.database.execute(f"INSERT INTO {draft.gone} SELECT * FROM {draft.kept} WHERE {theirs}")
    for table in there:
        draft.database.execute(f"DELETE FROM {table} WHERE {theirs}")
    draft.erased = frozenset(fold(text) for (text,) in draft.database.execute("SELECT text FROM erased").fetchall())
    return draft.number("SELECT count(*) FROM erased")


def drop_twins(draft: Draft) -> None:
    """Keeps one of the rows that are the same. Only rows that share a number of 64 bits are compared."""
    every = ", ".join(draft.columns)
    hashes = draft.database.execute(f"SELECT hash({every}) AS h FROM {draft.kept}").fetchnumpy()["h"]
    hashes = np.sort(np.asarray(hashes))
    shared = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
    if not len(shared):
        return
    draft.database.register("shared", {"h": shared})
    draft.database.execute(
        f"CREATE OR REPLACE TABLE twins AS SELECT * FROM {draft.kept} WHERE hash({every}) IN (SELECT h FROM shared)"
    )
    draft.database.execute(f"DELETE FROM {draft.kept} WHERE hash({every}) IN (SELECT h FROM shared)")
    draft.database.unregister("shared")
    draft.database.execute(f"INSERT INTO {draft.kept} SELECT min(row), {every} FROM twins GROUP BY {every}")


def keep_keyed(draft: Draft, before: Snapshot | None) -> list[Diagnostic]:
    """Brings back the earlier rows of the keys whose rows were refused, and of all keys missing where a refused row has
    no key to tell it by."""
    earlier = Earlier(before).rows(draft) if before is not None and (draft.set_aside or draft.unread) else None
    if earlier is None:
        return []
    key = ", ".join(draft.key)
    nothing = " OR ".join(f"{name} IS NULL" for name in draft.key)
    unread = draft.unread + draft.number(f"SELECT count(*) FROM {draft.aside} WHERE {nothing}")
    refused = f"({key}) IN (SELECT ({key}) FROM {draft.aside} WHERE NOT ({nothing}))"
    absent = f"({key}) NOT IN (SELECT ({key}) FROM {draft.kept})"
    missing = draft.number(f"SELECT count(*) FROM ({earlier}) WHERE {absent} AND NOT {refused}") if unread else 0
    chosen = absent if unread else f"{absent} AND {refused}"
    draft.database.execute(
        f"INSERT INTO {draft.kept} BY NAME SELECT {FROM_BEFORE} AS row, * FROM ({earlier}) WHERE {chosen}"
    )
    return [messages.unread_rows(draft.table.name, unread, missing)] if missing else []


def refuse_gone_above(draft: Draft) -> None:
    """Refuses rows that say of a node that it is no more while others stay below it; it was brought back for these."""
    identity, parent = draft.fields["id"].physical, draft.fields["parent"].physical
    rows = draft.database.execute(
        f"SELECT g.row, g.{identity}, min(k.{identity}) FROM {draft.gone} g JOIN {draft.kept} k "
        f"ON k.{parent} = g.{identity} GROUP BY ALL ORDER BY g.row"
    ).fetchall()
    draft.refuse([(row, "id", _needed(who, below)) for row, who, below in rows])
    draft.move(row for row, *_ in rows)


def _needed(who: str, below: str) -> Say:
    return lambda file, line, column: messages.gone_above(file, line, column, who, below)


def keep_above(draft: Draft, before: Snapshot | None) -> None:
    """Brings back the earlier nodes above those that were brought back."""
    earlier = Earlier(before).rows(draft) if before is not None else None
    if earlier is None:
        return
    identity, parent = draft.fields["id"].physical, draft.fields["parent"].physical
    draft.database.execute(
        f"INSERT INTO {draft.kept} BY NAME WITH RECURSIVE above(id) AS ("
        f"SELECT {parent} FROM {draft.kept} WHERE row = {FROM_BEFORE} UNION "
        f"SELECT e.{parent} FROM above JOIN ({earlier}) e ON e.{identity} = above.id) "
        f"SELECT {FROM_BEFORE} AS row, e.* FROM ({earlier}) e WHERE e.{identity} IN (SELECT id FROM above) "
        f"AND e.{identity} NOT IN (SELECT {identity} FROM {draft.kept})"
    )


def keep_of_people(draft: Draft, before: Snapshot | None, also: str | None = None) -> list[Diagnostic]:
    """The same for rows that belong to people: whoever has a refused row, or one that waits for someone, keeps all the
    earlier ones instead.

    `also`: SQL, the numbers of people who keep theirs where they have none now.
    """
    later = f"SELECT {draft.fields['person'].physical} FROM {draft.later}"
    also = f"{later} UNION ALL {also}" if also else later
    needed = draft.set_aside or draft.unread or draft.number(f"SELECT count(*) FROM ({also})")
    earlier = Earlier(before).rows(draft) if before is not None and needed else None
    if earlier is None:
        return []
    person = draft.fields["person"]
    people, owner = person.ids, person.physical
    assert people is not None
    database = draft.database
    owned = f"SELECT i.code FROM ({earlier}) e JOIN {people.table} i ON i.id = e.{owner} WHERE i.code < {people.known}"
    none_now = f"code IN ({also}) AND code NOT IN (SELECT {owner} FROM {draft.kept})"
    refused = f"code IN (SELECT {owner} FROM {draft.aside} WHERE {owner} IS NOT NULL)"
    postponed = f"row IN ({', '.join(map(str, draft.postponed)) or 'NULL'}) AND {owner} IS NOT NULL"
    waiting = f"code IN (SELECT {owner} FROM {draft.later} WHERE {postponed})"
    known = f"{refused} OR {waiting} OR ({none_now})"
    staying = known
    if draft.unread:
        now = f"SELECT {owner} AS code, count(*) AS n FROM {draft.kept} GROUP BY {owner}"
        staying += (
            f" OR code IN (SELECT code FROM was LEFT JOIN ({now}) now USING (code) WHERE was.n > coalesce(now.n, 0))"
        )
    database.execute(
        f"CREATE OR REPLACE TABLE staying AS WITH was AS (SELECT code, count(*) AS n FROM ({owned}) GROUP BY code) "
        f"SELECT code, coalesce({known}, false) AS is_known, NOT {refused} AND {waiting} AS waits FROM was "
        f"WHERE {staying}"
    )
    missing = draft.number("SELECT count(*) FROM staying WHERE NOT is_known")
    for target, those in ((draft.later, "waits"), (draft.aside, "NOT waits")):
        chosen = f"SELECT code FROM staying WHERE {those}"
        database.execute(f"INSERT INTO {target} SELECT * FROM {draft.kept} WHERE {owner} IN ({chosen})")
    database.execute(f"DELETE FROM {draft.kept} WHERE {owner} IN (SELECT code FROM staying)")
    back = f"SELECT e.* FROM ({earlier}) e JOIN {people.table} i ON i.id = e.{owner} JOIN staying s ON s.code = i.code"
    database.execute(f"CREATE OR REPLACE TABLE back AS {back}")
    number_back(draft)
    return [messages.unread_rows(draft.table.name, draft.unread, missing)] if missing else []
