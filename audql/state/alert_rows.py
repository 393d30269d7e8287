"""Alerts, whom they have told, and the messages that wait: values → rows and blobs, inside the store's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import sqlalchemy as sa

from audql.engines.members import Ordinals
from audql.state import bulk, tables
from audql.state.alerts import AlertWrite, AlertWrites, Clause, KnownAlert, Messages, Sent
from audql.state.ledger import LearningKey
from audql.state.notices import Notices
from audql.state.writing import learning_of, next_number
from audql.text import fold

NO_LEARNING = 0
"""In the place of a learning's number, of joining and leaving."""
_MANY = 500
"""How many people are asked about at one time."""


def known_alerts(connection: sa.Connection) -> Mapping[int, Mapping[Clause, KnownAlert]]:
    """By the number of the audience."""
    found: dict[int, dict[Clause, KnownAlert]] = {}
    for row in connection.execute(sa.select(tables.alert)):
        found.setdefault(row.audience, {})[Clause.decode(row.key)] = KnownAlert(row.id, row.since, row.live)
    return found


def known_notices(connection: sa.Connection, alert: int, key: LearningKey | None) -> Notices:
    """Whom an alert has told about a learning, or of joining and leaving, is still to tell."""
    table = tables.notice
    blob = connection.scalar(sa.select(table.c.told).where(table.c.alert == alert, table.c.learning == _known(key)))
    return Notices.decode(blob) if blob is not None else Notices()


def sent(connection: sa.Connection, alerts: Sequence[int], key: LearningKey | None, people: Ordinals) -> Iterator[Sent]:
    """The messages of these alerts about these people and one learning, or none."""
    t, address = tables.message, tables.address
    columns = t.c.person, t.c.spell, t.c.number, t.c.recipient, address.c.address
    query = sa.select(*columns).select_from(t.outerjoin(address, address.c.id == -t.c.recipient))
    query = query.where(t.c.alert.in_(alerts), t.c.learning == _known(key))
    for start in range(0, people.size, _MANY):
        some: list[int] = people[start : start + _MANY].tolist()
        for person, spell, number, recipient, text in connection.execute(query.where(t.c.person.in_(some))):
            yield Sent(person, spell, number, recipient if text is None else text)


def _known(key: LearningKey | None) -> sa.ColumnElement[int] | sa.ScalarSelect[int]:
    """The number of a learning that state has."""
    if key is None:
        return sa.literal(NO_LEARNING)
    learning = tables.learning
    of_key = sa.select(learning.c.id).where(learning.c.kind == key[0], learning.c.learning == key[1])
    return of_key.scalar_subquery()


def write_alerts(connection: sa.Connection, writes: AlertWrites, run: int) -> None:
    """The alerts, whom they have told, and the messages that wait from now on."""
    alert = tables.alert
    if writes.ended:
        connection.execute(alert.update().where(alert.c.id.in_(writes.ended)).values(live=False))
    addresses = [_address(connection, address) for address in writes.addresses] if writes.alerts else []
    for write in writes.alerts:
        identity = _alert(connection, write)
        for key, notices in write.notices.items():
            _write_notices(connection, identity, _number(connection, key), notices)
        for messages in write.messages:
            _write_messages(connection, identity, messages, addresses, run)


def _number(connection: sa.Connection, key: LearningKey | None) -> int:
    return NO_LEARNING if key is None else learning_of(connection, key)[0]


def _address(connection: sa.Connection, address: str) -> int:
    table = tables.address
    known = connection.scalar(sa.select(table.c.id).where(table.c.address == address))
    if known is not None:
        return int(known)
    number = next_number(connection, table.c.id)
    connection.execute(table.insert(), {"id": number, "address": address})
    return number


def _alert(connection: sa.Connection, write: AlertWrite) -> int:
    """Its number, given now if it has none."""
    table, audience = tables.alert, tables.audience
    owner = connection.scalar(sa.select(audience.c.id).where(audience.c.key == fold(write.audience)))
    key = write.clause.encode()
    known = connection.scalar(sa.select(table.c.id).where(table.c.audience == owner, table.c.key == key))
    if known is None:
        known = next_number(connection, table.c.id)
        values = {"id": known, "audience": owner, "key": key, "since": write.since, "live": True}
        connection.execute(table.insert(), values)
    elif write.since is not None:
        connection.execute(table.update().where(table.c.id == known).values(since=write.since, live=True))
    return int(known)


def _write_notices(connection: sa.Connection, alert: int, learning: int, notices: Notices) -> None:
    table = tables.notice
    connection.execute(table.delete().where(table.c.alert == alert, table.c.learning == learning))
    if len(notices):
        connection.execute(table.insert(), {"alert": alert, "learning": learning, "told": notices.encode()})


def _write_messages(
    connection: sa.Connection, alert: int, messages: Messages, addresses: Sequence[int], run: int
) -> None:
    # Address i is -1 - i in a plan, and its number in state, negative too, in rows.
    numbers, is_address = np.array(addresses, dtype=np.int32), messages.recipients < 0
    recipients = messages.recipients.copy()
    recipients[is_address] = -numbers[-1 - recipients[is_address]]
    columns = {
        "alert": alert,
        "person": messages.people,
        "learning": _number(connection, messages.learning),
        "spell": messages.spell,
        "number": messages.number,
        "recipient": recipients,
        "run": run,
        "started": messages.started,
        "due": bulk.days(messages.due),
        "status": "waiting",
        "tries": 0,
        "why": "",
    }
    bulk.insert(connection, tables.message, len(messages), columns, once=True)


def forget(connection: sa.Connection, ordinal: int) -> None:
    """Takes someone out of all that was told, of them and to them, and addresses to which nothing went else: what an
    erasure leaves of alerts."""
    notice, message, address = tables.notice, tables.message, tables.address
    for row in connection.execute(sa.select(notice)).fetchall():
        notices = Notices.decode(row.told)
        others = notices.where(notices.people != ordinal)
        if len(others) < len(notices):
            same = (notice.c.alert == row.alert) & (notice.c.learning == row.learning)
            connection.execute(notice.update().where(same).values(told=others.encode()))
    connection.execute(message.delete().where((message.c.person == ordinal) | (message.c.recipient == ordinal)))
    used = sa.select(message.c.alert).where(message.c.recipient == -address.c.id).exists()
    connection.execute(address.delete().where(~used))
