"""What waits to be told → effects with their keys; what was told → confirmed enrolments."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa

from audql.engines.days import date_of, day_of
from audql.state import tables
from audql.state.values import Effect, Waiting


def waiting(connection: sa.Connection, most: int) -> Waiting:
    """The first of what waits, in the order of telling."""
    box, spell = tables.outbox, tables.enrolment
    same = (spell.c.learning == box.c.learning) & (spell.c.person == box.c.person) & (spell.c.spell == box.c.spell)
    query = (
        sa.select(
            box.c.number,
            tables.person.c.id.label("person"),
            tables.learning.c.kind,
            tables.learning.c.learning,
            box.c.spell,
            box.c.action,
            spell.c.role,
            spell.c.started,
            box.c.due,
            tables.run.c.version,
        )
        .select_from(
            box.join(spell, same)
            .join(tables.person, tables.person.c.ordinal == box.c.person)
            .join(tables.learning, tables.learning.c.id == box.c.learning)
            .join(tables.run, tables.run.c.number == box.c.run)
        )
        .order_by(box.c.number)
        .limit(most)
    )
    rows = connection.execute(query).all()
    return Waiting(tuple(_effect(row) for row in rows), rows[0].number, rows[-1].number) if rows else Waiting((), 0, -1)


def told(connection: sa.Connection, these: Waiting) -> None:
    """They no longer wait, and the enrolments that they ask for are confirmed."""
    box, spell = tables.outbox, tables.enrolment
    among = box.c.number.between(these.first, these.last)
    asked = sa.select(box.c.learning, box.c.person, box.c.spell).where(among, box.c.action.in_(("enrol", "resume")))
    key = sa.tuple_(spell.c.learning, spell.c.person, spell.c.spell)
    connection.execute(spell.update().where(key.in_(asked), spell.c.status == "wanted").values(status="confirmed"))
    connection.execute(box.delete().where(among))


def _effect(row: Any) -> Effect:
    started = day_of(row.started).isoformat()
    # A due day can move and move back within one spell, so its key also names the state that it was decided in.
    again = [str(row.version - 1)] if row.action == "due" else []
    parts = ["enrolment", row.action, row.person, row.kind, row.learning, started, str(row.spell), *again]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    due = date_of(row.due) if row.due is not None else None
    return Effect(key, row.person, row.kind, row.learning, row.spell, row.action, row.role, due)
