"""Rows of a snapshot → people as nested records, the shape that engines for records read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from audql.snapshot.schema import CUSTOM, PERSON, TABLES, Table

Row: TypeAlias = Mapping[str, object]
ReadRows: TypeAlias = Callable[[str], Sequence[Row]]


def records_of(rows: ReadRows, tables: Sequence[Table] = TABLES) -> Mapping[str, Mapping[str, object]]:
    """Person id → record. Organisations, positions and learning are one dict each, shared by all who have them."""
    nodes = {table.name: _nodes(rows(table.name)) for table in tables if table.is_tree}
    learning = {(str(row["kind"]), str(row["id"])): dict(row) for row in rows("learning")}
    people: dict[str, dict[str, object]] = {}
    for row in rows("people"):
        person = {name: value for name, value in row.items() if not name.startswith(CUSTOM)}
        custom = {name.removeprefix(CUSTOM): value for name, value in row.items() if name.startswith(CUSTOM)}
        if custom:
            person["custom"] = custom
        people[str(row["id"])] = person
    for table in tables:
        if table.key:
            continue
        to_nodes = {column.name: nodes[column.refers] for column in table.columns if column.refers in nodes}
        for row in rows(table.name):
            item = {name.removeprefix(CUSTOM): value for name, value in row.items() if name != PERSON}
            for name, known in to_nodes.items():
                if name in item:
                    item[name] = _node(known, str(item[name]))
            if "learning" in item:
                item["learning"] = _learning(learning, str(item["kind"]), str(item["learning"]))
            if "event" in item:
                item["event"] = _event(learning, str(item["event"]))
            owned = people[str(row[PERSON])].setdefault(table.name, [])
            assert isinstance(owned, list)
            owned.append(item)
    return people


def _nodes(rows: Sequence[Row]) -> dict[str, dict[str, object]]:
    """Id → node, with the node that is its `parent`, and `path` from the root to itself. INVARIANT: a sync refuses
    cycles, and parents that there are not."""
    by_id = {str(row["id"]): row for row in rows}
    made: dict[str, dict[str, object]] = {}

    def path(identity: str) -> list[dict[str, object]]:
        upward = []
        here: object = identity
        while here is not None:
            row = by_id[str(here)]
            upward.append({"id": row["id"], "name": row.get("name", row["id"])})
            here = row.get("parent")
        return upward[::-1]

    for identity, row in by_id.items():
        node = {name.removeprefix(CUSTOM): value for name, value in row.items()}
        node.setdefault("name", identity)
        node["path"] = path(identity)
        made[identity] = node
    for node in made.values():
        if "parent" in node:
            node["parent"] = made[str(node["parent"])]
    return made


def _node(known: dict[str, dict[str, object]], identity: str) -> dict[str, object]:
    """The node, made from its mere name where the feed has no table of nodes."""
    if identity not in known:
        known[identity] = {"id": identity, "name": identity, "path": [{"id": identity, "name": identity}]}
    return known[identity]


def _learning(known: dict[tuple[str, str], dict[str, object]], kind: str, identity: str) -> dict[str, object]:
    if (kind, identity) not in known:
        known[kind, identity] = {"id": identity, "name": identity, "kind": kind}
    return known[kind, identity]


def _event(known: dict[tuple[str, str], dict[str, object]], identity: str) -> dict[str, object]:
    event = _learning(known, "event", identity)
    event.setdefault("name", identity)
    return event
