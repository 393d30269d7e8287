"""Rows that were refused → what stays of the snapshot before, so that a bad row never looks like someone who left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from audql.diagnostics import Diagnostic
from audql.snapshot.content import canonical
from audql.snapshot.snapshot import Snapshot
from audql.sync import messages
from audql.sync.draft import Draft


def drop_repeated(draft: Draft) -> None:
    """Refuses rows that share a key; the same row again is no harm."""
    by_key: dict[tuple[str | None, ...], list[int]] = {}
    for i in draft.kept():
        by_key.setdefault(_key(draft, i), []).append(i)
    for rows in by_key.values():
        if len({draft.row(i) for i in rows}) > 1:
            lines = [draft.places[i].line for i in rows]
            for i in rows:
                file, line, column = draft.at(i, draft.table.key[-1])
                value = draft.columns[draft.table.key[-1]][i] or ""
                others = [n for n in lines if n != line] or lines[1:]
                draft.refuse(i, messages.key_twice(file, line, column, value, others))


def keep_keyed(draft: Draft, before: Snapshot | None) -> list[Diagnostic]:
    """Brings back the earlier rows of the keys whose rows were refused, and of all keys missing where a refused row has
    no key to tell it by."""
    if before is None or not (draft.refused or draft.unread):
        return []
    here = {_key(draft, i) for i in draft.kept()}
    refused = {_key(draft, i) for i in draft.refused} - here
    unread = draft.unread + sum(None in _key(draft, i) for i in draft.refused)
    missing = 0
    for row in _rows(before, draft):
        key = tuple(row.get(name) for name in draft.table.key)
        if key in refused:
            draft.add_before(row)
        elif unread and key not in here:
            draft.add_before(row)
            missing += 1
    return [messages.unread_rows(draft.table.name, unread, missing)] if missing else []


def keep_above(draft: Draft, before: Snapshot | None) -> None:
    """Brings back the earlier nodes above those that were brought back."""
    if before is None:
        return
    earlier = {row["id"]: row for row in _rows(before, draft)}
    ids, parents = draft.columns["id"], draft.columns["parent"]
    here = {ids[i] for i in draft.kept()}
    wanted = [parents[i] for i in draft.kept() if not draft.places[i].file]
    while wanted:
        above = wanted.pop()
        if above is not None and above not in here:
            draft.add_before(earlier[above])
            here.add(above)
            wanted.append(earlier[above].get("parent"))


def keep_of_people(draft: Draft, before: Snapshot | None, people: frozenset[str]) -> list[Diagnostic]:
    """The same for rows that belong to people: whoever has a refused row keeps all the earlier ones instead."""
    if before is None or not (draft.refused or draft.unread):
        return []
    owners = draft.columns["person"]
    of_refused = {owners[i] for i in draft.refused}
    unread = draft.unread + sum(owners[i] is None for i in draft.refused)
    earlier = [row for row in _rows(before, draft) if row.get("person") in people]
    counts = Counter(owners[i] for i in draft.kept())
    fewer = {who for who, n in Counter(row.get("person") for row in earlier).items() if n > counts[who]}
    staying = {row.get("person") for row in earlier} & (of_refused | (fewer if unread else set()))
    draft.refused.update(i for i in list(draft.kept()) if owners[i] in staying)
    for row in earlier:
        if row.get("person") in staying:
            draft.add_before(row)
    missing = len(staying - of_refused)
    return [messages.unread_rows(draft.table.name, unread, missing)] if missing else []


def _key(draft: Draft, i: int) -> tuple[str | None, ...]:
    return tuple(draft.columns[name][i] for name in draft.table.key)


def _rows(before: Snapshot, draft: Draft) -> Sequence[dict[str, str | None]]:
    """The earlier rows in canonical text; a column whose type has changed since has nothing in it."""
    if not before.has(draft.table.name):
        return []
    types = {name: (scalar, many) for name, scalar, many in before.manifest.tables[draft.table.name].columns}
    same = [name for name in draft.columns if types.get(name) == draft.types[name]]

    def text(row: Mapping[str, object]) -> dict[str, str | None]:
        return {name: canonical(row.get(name)) for name in same}

    return [text(row) for row in before.rows(draft.table.name)]
