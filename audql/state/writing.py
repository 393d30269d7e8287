"""The changes of one run → rows and blobs, inside the transaction that the store holds."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import sqlalchemy as sa

from audql.engines.days import number_of
from audql.engines.engine import since_after
from audql.engines.roster import Ids
from audql.state import bulk, tables
from audql.state.ledger import ADOPTED, COMPLETED, OPEN, SUSPENDED, Ledger, Spells, in_one
from audql.state.packing import members_of, pack, unpack
from audql.state.values import BEGIN, END, TOLD, AudienceWrite, EnrolmentChanges, LearningKey
from audql.text import fold


def next_number(connection: sa.Connection, column: sa.Column[int]) -> int:
    """One more than the greatest there is; the first is 1."""
    return (connection.scalar(sa.select(sa.func.coalesce(sa.func.max(column), 0))) or 0) + 1


def write_people(connection: sa.Connection, ids: Ids) -> None:
    """Gives ordinals to those who have none. INVARIANT: they are numbered from 0 on, without a gap."""
    known = connection.scalar(sa.select(sa.func.count()).select_from(tables.person)) or 0
    count = ids.size - known
    if count:
        bulk.insert(connection, tables.person, count, {"ordinal": range(known, ids.size), "id": ids[known:]})


def write_audiences(connection: sa.Connection, writes: Sequence[AudienceWrite], run: int, day: dt.date) -> None:
    """Members, since when they are, and who joined and left in this run."""
    # Names that end or change give way first, so that others can have them.
    known = [write.id for write in writes if write.id is not None]
    for identity in known:
        connection.execute(tables.audience.update().where(tables.audience.c.id == identity).values(key=None))
    free = next_number(connection, tables.audience.c.id)
    for write in writes:
        values: dict[str, Any] = {
            "key": None if write.ended else fold(write.name),
            "name": write.name,
            "file": write.file,
            "gives": json.dumps([[g.kind, g.learning, g.role] for g in write.gives]),
            "on_leaving": write.on_leaving.value,
        }
        identity = free if write.id is None else write.id
        same = tables.audience.c.id == identity
        if write.id is None:
            free += 1
            members = write.joined
            since = np.full(len(members), number_of(day), dtype=np.int32)
            blobs = {"members": members.encode(), "since": pack(since)}
            connection.execute(tables.audience.insert(), values | blobs | {"id": identity})
        elif write.joined or write.left:
            row = connection.execute(sa.select(tables.audience.c.members, tables.audience.c.since).where(same)).one()
            before = members_of(row.members)
            members = (before - write.left) | write.joined
            since = since_after(before, unpack(row.since, len(before)), members, write.joined, day)
            blobs = {"members": members.encode(), "since": pack(since)}
            connection.execute(tables.audience.update().where(same).values(**values, **blobs))
        else:
            connection.execute(tables.audience.update().where(same).values(**values))
        if write.joined or write.left:
            row_of_delta = {"audience": identity, "run": run}
            blobs = {"joined": write.joined.encode(), "left": write.left.encode()}
            connection.execute(tables.delta.insert(), row_of_delta | blobs)


def write_enrolments(connection: sa.Connection, changes: Sequence[EnrolmentChanges], run: int, day: dt.date) -> None:
    """New spells, what became of known ones, the ledgers, and the outbox: by learning and person."""
    number = next_number(connection, tables.outbox.c.number)
    for key, of_one in groupby(sorted(changes, key=lambda change: change.key), key=lambda change: change.key):
        same_key = list(of_one)
        learning, ledger = learning_of(connection, key)
        for change in same_key:
            _write_rows(connection, learning, change, day)
        ledger = ledger_after(ledger, same_key)
        same = tables.learning.c.id == learning
        blobs = {"ledger": ledger.encode(), "open": len(ledger.open())}
        connection.execute(tables.learning.update().where(same).values(**blobs))
        number = _write_outbox(connection, learning, [c for c in same_key if c.change in TOLD], run, number)


def learning_of(connection: sa.Connection, key: LearningKey) -> tuple[int, Ledger]:
    """The number of a learning, given now if it has none, and its ledger so far."""
    table = tables.learning
    row = connection.execute(sa.select(table).where(table.c.kind == key[0], table.c.learning == key[1])).one_or_none()
    if row is not None:
        return row.id, Ledger.decode(row.ledger)
    number = next_number(connection, table.c.id)
    values = {"id": number, "kind": key[0], "learning": key[1], "open": 0, "ledger": Ledger().encode()}
    connection.execute(table.insert(), values)
    return number, Ledger()


def ledger_after(ledger: Ledger, changes: Sequence[EnrolmentChanges]) -> Ledger:
    """A learning's ledger after these changes of it."""
    latest = []
    for change in changes:
        ledger, spells = _latest(ledger, change)
        latest.append(spells)
    return ledger.with_latest(in_one(latest)) if latest else ledger


def _latest(ledger: Ledger, change: EnrolmentChanges) -> tuple[Ledger, Spells]:
    """The spells as they are now, and the ledger that knows their role."""
    ledger, role = ledger.role(change.role)
    flags = np.where(change.completed, COMPLETED, 0).astype(np.int32)
    if change.change == "adopt":
        flags |= ADOPTED
    elif change.change not in BEGIN:
        flags |= ledger.of(change.people).flags & ADOPTED
    flags |= SUSPENDED if change.change == "suspend" else 0
    flags |= 0 if change.change in END else OPEN
    roles = np.full(len(change), role, dtype=np.int32)
    return ledger, Spells(change.people, change.spell, change.started, change.due, flags, roles)


def _write_rows(connection: sa.Connection, learning: int, change: EnrolmentChanges, day: dt.date) -> None:
    key = {"learning": learning, "person": change.people, "spell": change.spell}
    outcome = {
        "due": bulk.days(change.due),
        "completed": change.completed,
        "suspended": change.change == "suspend",
        "ended": number_of(day) if change.change in END else None,
    }
    if change.change in BEGIN:
        status = "adopted" if change.change == "adopt" else "wanted"
        fixed = {"role": change.role, "started": change.started, "status": status}
        bulk.insert(connection, tables.enrolment, len(change), key | fixed | outcome)
    else:
        bulk.update(connection, tables.enrolment, len(change), key, outcome)


def _write_outbox(
    connection: sa.Connection, learning: int, changes: Sequence[EnrolmentChanges], run: int, number: int
) -> int:
    """Numbers the effects from `number` on; the next free one."""
    if not changes:
        return number
    people = np.concatenate([change.people for change in changes])
    order = np.argsort(people, kind="stable")
    columns = {
        "number": range(number, number + people.size),
        "run": run,
        "learning": learning,
        "person": people[order],
        "spell": np.concatenate([change.spell for change in changes])[order],
        "action": np.repeat(np.array([c.change for c in changes], dtype=object), [len(c) for c in changes])[order],
        "due": bulk.days(np.concatenate([change.due for change in changes])[order]),
    }
    bulk.insert(connection, tables.outbox, people.size, columns)
    return number + people.size
