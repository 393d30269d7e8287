"""What state remembers of one person → what happened to them, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import sqlalchemy as sa

from audql.engines.days import day_of
from audql.state import tables
from audql.state.alerts import Clause
from audql.state.packing import members_of

What: TypeAlias = Literal["joined", "left", "enrolled", "adopted", "suspended", "ended", "mail"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `subject`: an audience, or kind and id of a learning; `more`: what else is known; `run`:
    its number, 0 of learning, of which only the day is written down."""

    day: dt.date
    what: What
    subject: str
    more: str
    run: int = 0


def events(connection: sa.Connection, ordinal: int) -> Iterator[Event]:
    """All of someone's, by kind."""
    yield from _memberships(connection, ordinal)
    yield from _enrolments(connection, ordinal)
    yield from _mails(connection, ordinal)


def _memberships(connection: sa.Connection, ordinal: int) -> Iterator[Event]:
    delta, run, audience = tables.delta, tables.run, tables.audience
    joined = delta.join(run, run.c.number == delta.c.run).join(audience, audience.c.id == delta.c.audience)
    query = sa.select(run.c.day, run.c.number, audience.c.name, delta.c.joined, delta.c.left).select_from(joined)
    for row in connection.execute(query.order_by(run.c.number, audience.c.name)):
        if ordinal in members_of(row.left):
            yield Event(row.day, "left", row.name, "", row.number)
        if ordinal in members_of(row.joined):
            yield Event(row.day, "joined", row.name, "", row.number)


def _enrolments(connection: sa.Connection, ordinal: int) -> Iterator[Event]:
    spell, learning = tables.enrolment, tables.learning
    # By learning, so that each is found by the key.
    joined = learning.join(spell, (spell.c.learning == learning.c.id) & (spell.c.person == ordinal))
    query = sa.select(spell, learning.c.kind, learning.c.learning.label("of")).select_from(joined)
    for row in connection.execute(query.order_by(learning.c.kind, learning.c.learning, spell.c.spell)):
        subject = f"{row.kind} {row.of}"
        told = [
            f"due {day_of(row.due)}" if row.due is not None else "",
            f"as {row.role}" if row.role else "",
            "completed" if row.completed else "",
            "waits to be told" if row.status == "wanted" else "",
        ]
        began: What = "adopted" if row.status == "adopted" else "enrolled"
        yield Event(day_of(row.started), began, subject, ", ".join(filter(None, told)))
        if row.ended is not None:
            yield Event(day_of(row.ended), "suspended" if row.suspended else "ended", subject, "")


def _mails(connection: sa.Connection, ordinal: int) -> Iterator[Event]:
    """What was told of them."""
    t, to = tables.message, tables.person.alias("recipient")
    joined = (
        t.join(tables.alert, tables.alert.c.id == t.c.alert)
        .join(tables.audience, tables.audience.c.id == tables.alert.c.audience)
        .join(tables.run, tables.run.c.number == t.c.run)
        .outerjoin(tables.learning, tables.learning.c.id == t.c.learning)
        .outerjoin(to, to.c.ordinal == t.c.recipient)
        .outerjoin(tables.address, tables.address.c.id == -t.c.recipient)
    )
    query = (
        sa.select(
            tables.run.c.day,
            tables.run.c.number,
            tables.audience.c.name,
            tables.alert.c.key,
            tables.learning.c.kind,
            tables.learning.c.learning.label("of"),
            to.c.id,
            tables.address.c.address,
            t.c.status,
            t.c.why,
        )
        .select_from(joined)
        .where(t.c.person == ordinal)
        .order_by(t.c.run, tables.audience.c.name, to.c.id, tables.address.c.address)
    )
    for row in connection.execute(query):
        about = f" about {row.kind} {row.of}" if row.kind is not None else ""
        because = f" ({row.why})" if row.why else ""
        said = f"{Clause.decode(row.key)}{about}, to {row.id or row.address}: {row.status}{because}"
        yield Event(row.day, "mail", row.name, said, row.number)
