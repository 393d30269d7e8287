"""A draft and the snapshot before → what stays of that: all but what a delta changes; who is absent, as is declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from audql.diagnostics import Diagnostic
from audql.snapshot.database import quoted
from audql.snapshot.schema import CUSTOM, PERSON, Column, Table
from audql.snapshot.snapshot import Snapshot
from audql.sync import messages
from audql.sync.draft import FROM_BEFORE, Draft
from audql.sync.earlier import Earlier, let_stay, number_back
from audql.sync.references import Ids
from audql.sync.returning import naming_old
from audql.workspace import ElementFeed


@dataclass(frozen=True, slots=True)
class Mode:
    """How an element is fed. `by_person`: all rows of a person who has some take the place of that person's."""

    delta: bool = False
    absent: Literal["remove", "keep", "suspend"] = "remove"
    by_person: bool = False


def mode_of(parts: Sequence[ElementFeed]) -> Mode:
    """Of parts in one feed, which do not differ in it; an element of which nothing is fed stays as it was."""
    return Mode(parts[0].delta, parts[0].absent) if parts else Mode(delta=True)


def fill_blanks(draft: Draft, part: ElementFeed, first: int, after: int, given: Sequence[str], earlier: str) -> None:
    """Takes the earlier value where nothing is there and that means so; in a delta, of columns that are not there.

    Of the rows from `first` to before `after`, which are of one part; `given` are the fields that it gives.
    """
    unchanged = [
        f.physical
        for name, f in draft.fields.items()
        if f.physical not in draft.key
        and (_is_unchanged(part, name) if name in given else part.delta or part.blank == "unchanged")
    ]
    if unchanged:
        same = " AND ".join(f"k.{name} = e.{name}" for name in draft.key)
        values = ", ".join(f"{name} = coalesce(k.{name}, e.{name})" for name in unchanged)
        those = f"row >= {first} AND row < {after}"
        draft.database.execute(f"UPDATE {draft.kept} AS k SET {values} FROM ({earlier}) e WHERE {same} AND {those}")


def _is_unchanged(part: ElementFeed, name: str) -> bool:
    mapping = part.columns.get(name)
    return ((mapping.blank if mapping else None) or part.blank) == "unchanged"


def keep_others(draft: Draft, before: Snapshot | None, mode: Mode) -> None:
    """Brings back the earlier rows of the keys that a feed does not change: of a delta those that it does not name, of
    any those that do not count yet, and those who are absent or deleted and stay."""
    any_later = f"SELECT count(*) FROM {draft.later}"
    needed = mode.delta or mode.absent != "remove" or draft.number(any_later)
    earlier = Earlier(before).rows(draft, draft.near) if before is not None and needed else None
    if earlier is None:
        return
    key = ", ".join(draft.key)
    absent = f"({key}) NOT IN (SELECT ({key}) FROM {draft.kept})"
    deleted = f"({key}) IN (SELECT ({key}) FROM {draft.gone})"
    later = f"({key}) IN (SELECT ({key}) FROM {draft.later})"
    leaving = f"{absent} AND " + (deleted if mode.delta else f"NOT {later}")
    staying = f"{absent} AND " + (f"NOT {deleted}" if mode.delta else later)
    insert = f"INSERT INTO {draft.kept} BY NAME SELECT {FROM_BEFORE} AS row, "
    if mode.absent == "keep":
        draft.database.execute(f"{insert} * FROM ({earlier}) WHERE {leaving}")
    elif mode.absent == "suspend":
        suspended = draft.fields["suspended"].physical
        draft.database.execute(f"{insert} * REPLACE (true AS {suspended}) FROM ({earlier}) WHERE {leaving}")
    if mode.delta and not draft.table.is_tree:
        assert before is not None
        own = ", ".join(map(quoted, draft.table.key))
        changed = f"SELECT ({key}) FROM {draft.kept} UNION ALL SELECT ({key}) FROM {draft.gone}"
        let_stay(draft, before, [f"WHERE ({own}) IN ({changed})"])
        draft.database.execute(f"DELETE FROM {draft.there} WHERE n IN (SELECT file_row_number FROM {draft.leaving})")
        fed = ", ".join(f"{draft.fields[name].physical} AS {quoted(name)}" for name in draft.table.key)
        draft.database.execute(f"INSERT INTO {draft.there} BY NAME SELECT DISTINCT {fed} FROM {draft.kept}")
    else:
        draft.database.execute(f"{insert} * FROM ({earlier}) WHERE {staying}")


def keep_other_rows(
    draft: Draft, before: Snapshot | None, identity: Sequence[str], known: Mapping[str, Ids], *, people_gone: bool
) -> None:
    """The same for rows that belong to people. A row of a delta takes the place of the rows of its person that are the
    same in these fields, which tell that person's rows apart. `known`: what rows refer to.

    Rows that may change are brought back; all others stay where they are.
    """
    if before is None or not before.has(draft.table.name):
        return
    owner = draft.fields[PERSON]
    people = owner.ids
    assert people is not None
    refused = f"SELECT {owner.physical} FROM {draft.aside}"
    draft.database.execute(f"CREATE OR REPLACE TABLE refused AS {refused} WHERE {owner.physical} IS NOT NULL")
    for table in (draft.kept, draft.gone):
        theirs = f"FROM {table} WHERE {owner.physical} IN (FROM refused)"
        draft.database.execute(f"INSERT INTO {draft.aside} SELECT * {theirs}")
        draft.database.execute(f"DELETE {theirs}")
    old = naming_old(draft.database, before, draft.table, known)
    leaving = [f"SEMI JOIN touched USING ({', '.join(_touch(draft, before, (PERSON, *identity)))})"]
    leaving += [f"WHERE {PERSON} IN ({old})"] if old else []
    leaving += [f"WHERE {PERSON} NOT IN (SELECT id FROM {people.there})"] if people_gone else []
    let_stay(draft, before, leaving)
    people.want(f"SELECT {PERSON} AS id FROM {draft.leaving}")
    draft.database.execute(
        f"CREATE OR REPLACE TABLE back AS SELECT e.* FROM ({Earlier(before).rows(draft, draft.leaving)}) e "
        f"JOIN {people.table} i ON i.id = e.{owner.physical} WHERE i.code < {people.known}"
    )
    number_back(draft)
    same = dict.fromkeys(draft.fields[name].physical for name in (PERSON, *identity))
    alike = " AND ".join(f"b.{name} IS NOT DISTINCT FROM n.{name}" for name in same)
    replaced = f"SELECT * FROM {draft.kept} WHERE row >= 0 UNION ALL SELECT * FROM {draft.gone}"
    draft.database.execute(f"DELETE FROM {draft.kept} b USING ({replaced}) n WHERE b.row = {FROM_BEFORE} AND {alike}")


def _touch(draft: Draft, before: Snapshot, fields: Sequence[str]) -> Sequence[str]:
    """Makes the table `touched` of what new rows have in these fields, as it is kept. Gives the columns by which to
    look for the rows that can be the same: those that had this type, and that have something in them everywhere."""
    stored = before.manifest.tables[draft.table.name].columns
    chosen = [f for f in (draft.fields[name] for name in fields) if (f.name, f.type, False) in stored and not f.many]
    values = ", ".join(f"{f'i_{f.physical}.{f.of}' if f.ids else f.physical} AS {quoted(f.name)}" for f in chosen)
    joins = {
        f.physical: f"LEFT JOIN {f.ids.table} i_{f.physical} ON i_{f.physical}.code = {f.physical}"
        for f in chosen
        if f.ids
    }
    draft.database.execute(
        f"CREATE OR REPLACE TABLE touched AS SELECT DISTINCT {values} FROM "
        f"(FROM {draft.kept} UNION ALL FROM {draft.gone}) {' '.join(joins.values())}"
    )
    names = [quoted(f.name) for f in chosen]
    counts = ", ".join(f"count(*) - count({name})" for name in names)
    (missing,) = draft.database.execute(f"SELECT {counts} FROM touched").fetchall()
    return [name for name, count in zip(names, missing, strict=True) if not count]


def naming_gone(draft: Draft, known: Mapping[str, Ids]) -> list[Diagnostic]:
    """Notes of rows that stay as they were and name someone who is gone since: a delta says nothing of them."""
    if draft.staying is None:
        return []
    notes, owner = [], draft.fields[PERSON]
    for one in draft.fields.values():
        if one.ids is None or one.ids is not known.get("people") or one.name == PERSON:
            continue
        ids = one.ids.table  # where rows that came back have numbers, the others the ids themselves
        rows, *some = draft.database.execute(
            "SELECT count(*), arg_min(whose, (whose, id), $few), arg_min(id, (whose, id), $few) FROM ("
            f"SELECT o.id AS whose, i.id FROM {draft.kept} k JOIN {ids} i ON i.code = k.{one.physical} "
            f"JOIN {ids} o ON o.code = k.{owner.physical} WHERE k.row = {FROM_BEFORE} "
            f"UNION ALL SELECT {owner.physical}, {one.physical} FROM ({draft.staying})) "
            f"SEMI JOIN {one.ids.gone} USING (id)",
            {"few": messages.FEW},
        ).fetchall()[0]
        if rows:
            notes.append(messages.names_gone(draft.table.name, one.name, rows, [*zip(*some, strict=True)]))
    return notes


def absent_people(draft: Draft, mode: Mode) -> str:
    """SQL: the numbers of people who are there though a feed says nothing of them, or though a delta deletes them now
    or, where that suspends, did before; once people are numbered."""
    key = draft.fields["id"].physical
    if mode.delta:
        deleted = f"SELECT {key} AS id FROM {draft.gone}"
        if mode.absent == "suspend":
            deleted += f" UNION SELECT {key} FROM {draft.all_rows} WHERE {draft.fields['suspended'].physical}"
        return f"SELECT code FROM ids_people SEMI JOIN ({deleted}) USING (id)"
    said = " UNION ALL ".join(f"SELECT {key} FROM {name} WHERE row >= 0" for name in (draft.kept, draft.aside))
    return f"SELECT code FROM ids_people ANTI JOIN ({said}) t ON t.{key} = ids_people.id"


def custom_columns(before: Snapshot, table: Table) -> list[Column]:
    """The columns of its own that a table had."""
    stored = before.manifest.tables.get(table.name)
    return [
        Column(name, scalar, many=many)
        for name, scalar, many in (stored.columns if stored else ())
        if name.startswith(CUSTOM)
    ]
