"""Messages that wait → mails, each recipient's of one run together; and what became of them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from audql.engines.days import date_of, day_of
from audql.snapshot import durable
from audql.state import tables
from audql.state.alerts import Clause
from audql.state.ledger import LearningKey
from audql.state.values import Given, gives_of

Settled: TypeAlias = Literal["sent", "dropped", "refused"]
"""`dropped`: it is no longer so, or nobody is there; `refused`: it cannot be sent, and is set aside."""

_NOT_SENT = sa.text("message.status != 'sent'")
"""As the index has it, so that it is used."""
_SETTLE = (
    tables.message.update()
    .where(_NOT_SENT, tables.message.c.status == "waiting")
    .where(tables.message.c.run == sa.bindparam("of_run"), tables.message.c.recipient == sa.bindparam("of_recipient"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("status", "why", "settled", "not_before", "tries")})
)
_IN_DOUBT = 50
_GIVE_UP_AFTER = 10
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 300, 24 * 3600


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that a recipient is to be told. `key` is its own for ever."""

    key: str
    clause: Clause
    audience: str
    gives: tuple[Given, ...]
    person: str
    ordinal: int
    learning: LearningKey | None
    spell: int
    started: dt.date
    due: dt.date | None
    told_since: bool
    """Whether a later repetition of it was sent."""


@dataclass(frozen=True, slots=True)
class Mail:
    """All that one recipient is told by one run. `person` is who that is, where it is not a mere address."""

    run: int
    recipient: int
    person: str | None
    address: str | None
    tries: int
    messages: tuple[Message, ...]

    @property
    def key(self) -> str:
        """The same for the same messages: its Message-ID."""
        return _digest([message.key for message in self.messages])

    @property
    def shown(self) -> str:
        """Whom to name in a report: an id, or an address that a script has."""
        return self.person or self.address or ""


@dataclass(frozen=True, slots=True)
class Box:
    """How many mails are in which state."""

    waiting: int
    refused: int


@dataclass(frozen=True, slots=True)
class PutOff:
    """Mails that were tried and are tried again, for one reason; `next` is from when on the first of them is."""

    why: str
    mails: int
    next: dt.datetime


def box(connection: sa.Connection) -> Box:
    """What is not sent yet."""
    t = tables.message
    mails = sa.select(t.c.status, t.c.run, t.c.recipient).where(_NOT_SENT).distinct().subquery()
    counts = sa.select(mails.c.status, sa.func.count()).group_by(mails.c.status)
    found: Mapping[str, int] = {row[0]: row[1] for row in connection.execute(counts)}
    return Box(found.get("waiting", 0), found.get("refused", 0))


def put_off(connection: sa.Connection, now: dt.datetime | None) -> Iterator[PutOff]:
    """What was tried and waits; with `now` only what may not be tried then."""
    t = tables.message
    later = sa.and_(_NOT_SENT, t.c.status == "waiting", t.c.not_before.is_not(None))
    if now is not None:
        later &= t.c.not_before > int(now.timestamp())
    mails = sa.select(t.c.run, t.c.recipient, t.c.why, t.c.not_before).where(later).distinct().subquery()
    first = sa.func.min(mails.c.not_before)
    for row in connection.execute(sa.select(mails.c.why, sa.func.count(), first).group_by(mails.c.why).order_by(first)):
        yield PutOff(row[0], row[1], dt.datetime.fromtimestamp(row[2], dt.UTC))


def mails(
    connection: sa.Connection,
    now: dt.datetime,
    most: int,
    after: tuple[int, int] | None = None,
    *,
    again: bool = False,
) -> Sequence[Mail]:
    """The first of what waits and may be tried now, in the order of runs; after a run and recipient, the next. With
    `again` what was refused is among it."""
    t = tables.message
    in_time = t.c.not_before.is_(None) | (t.c.not_before <= int(now.timestamp()))
    wanted = sa.and_(_NOT_SENT, t.c.status.in_(("waiting", "refused") if again else ("waiting",)))
    due = wanted & in_time
    if after is not None:
        run, recipient = after
        due &= (t.c.run > run) | ((t.c.run == run) & (t.c.recipient > recipient))
    chosen = sa.select(t.c.run, t.c.recipient).where(due).distinct().order_by(t.c.run, t.c.recipient).limit(most)
    pairs = chosen.subquery()
    of_these = (t.c.run == pairs.c.run) & (t.c.recipient == pairs.c.recipient)
    rows = connection.execute(_messages().where(wanted, of_these))
    found: dict[tuple[int, int], list[Any]] = {}
    for row in rows:
        found.setdefault((row.run, row.recipient), []).append(row)
    return [_mail(*key, of_one) for key, of_one in sorted(found.items())]


def _messages() -> sa.Select[Any]:
    """Messages, with all that is said of them."""
    t, learning, later = tables.message, tables.learning, tables.message.alias("later")
    same = (t.c[name] == later.c[name] for name in ("alert", "person", "learning", "spell", "recipient"))
    told_since = sa.exists().where(*same, later.c.number > t.c.number, later.c.status == "sent")
    to = tables.person.alias("recipient")
    joined = (
        t.join(tables.alert, tables.alert.c.id == t.c.alert)
        .join(tables.audience, tables.audience.c.id == tables.alert.c.audience)
        .join(tables.person, tables.person.c.ordinal == t.c.person)
        .outerjoin(learning, learning.c.id == t.c.learning)
        .outerjoin(to, to.c.ordinal == t.c.recipient)
        .outerjoin(tables.address, tables.address.c.id == -t.c.recipient)
    )
    return (
        sa.select(
            t,
            tables.alert.c.key,
            tables.alert.c.audience,
            tables.audience.c.name,
            tables.audience.c.gives,
            tables.person.c.id.label("of"),
            learning.c.kind,
            learning.c.learning.label("course"),
            to.c.id.label("to"),
            tables.address.c.address,
            told_since.label("told_since"),
        )
        .select_from(joined)
        .order_by(t.c.run, t.c.recipient, t.c.alert, t.c.learning, tables.person.c.id, t.c.number)
    )


class Receipts:
    """Writes down what became of each mail, before the next goes.

    A commit is in the hands of the system at once, so that no end of the process undoes it, and every so many of them
    on the disk: a power cut puts as many mails in doubt. To wait for the disk each time takes longer than to send.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection, self._count = connection, 0
        self._driver: Any = connection.connection.dbapi_connection
        self._settle = _SETTLE.compile(dialect=connection.dialect)

    def settle(self, mail: Mail, status: Settled, why: str, now: dt.datetime) -> None:
        """It was `sent`, `dropped` or `refused`; it waits no more."""
        values = {"new_status": status, "new_why": why, "new_settled": int(now.timestamp()), "new_not_before": None}
        self._write(mail, values | {"new_tries": mail.tries})

    def put_off(self, mail: Mail, why: str, now: dt.datetime) -> bool:
        """It is tried again, after a pause that doubles; or given up: then False."""
        tries = mail.tries + 1
        if tries >= _GIVE_UP_AFTER:
            self.settle(mail, "refused", f"given up after {tries} tries: {why}", now)
            return False
        pause = min(_FIRST_PAUSE_S * 2**mail.tries, _LONGEST_PAUSE_S)
        later = {"new_status": "waiting", "new_settled": None, "new_not_before": int(now.timestamp()) + pause}
        self._write(mail, later | {"new_why": why, "new_tries": tries})
        return True

    def _write(self, mail: Mail, values: Mapping[str, object]) -> None:
        durable.step("before the mail's receipt")
        self._count += 1
        if self._count % _IN_DOUBT in (0, 1):
            self._wait_for_the_disk(wait=self._count % _IN_DOUBT == 0)
        given = self._settle.construct_params({**values, "of_run": mail.run, "of_recipient": mail.recipient})
        named = self._settle.positiontup
        self._execute(str(self._settle), given if named is None else [given[name] for name in named])
        durable.step("after the mail's receipt")

    def close(self) -> None:
        """Others wait for the disk."""
        self._wait_for_the_disk(wait=True)

    def _wait_for_the_disk(self, *, wait: bool) -> None:
        """Whether the next commits do."""
        if self._connection.dialect.name == "sqlite":
            self._execute(f"PRAGMA synchronous = {'FULL' if wait else 'NORMAL'}")
        else:
            self._execute(f"SET synchronous_commit = {'on' if wait else 'off'}")

    def _execute(self, statement: str, given: object = ()) -> None:
        """By the driver itself: a transaction of SQLAlchemy's takes longer than the rest of a mail."""
        dialect = self._connection.dialect
        try:
            cursor = self._driver.cursor()
            cursor.execute(statement, given)
            cursor.close()
            self._driver.commit()
        except dialect.loaded_dbapi.Error as problem:
            lost = dialect.is_disconnect(problem, self._driver, None)
            raise sa.exc.DatabaseError(statement, None, problem, connection_invalidated=lost) from None


def again(connection: sa.Connection) -> int:
    """What was refused waits again, at once; how many messages that is."""
    t = tables.message
    values = {"status": "waiting", "tries": 0, "not_before": None, "settled": None, "why": ""}
    return connection.execute(t.update().where(_NOT_SENT, t.c.status == "refused").values(values)).rowcount


def refused(connection: sa.Connection, most: int) -> Iterator[tuple[str, str]]:
    """Whom no mail reaches, by id or address, and why."""
    t, to = tables.message, tables.person
    joined = t.outerjoin(to, to.c.ordinal == t.c.recipient).outerjoin(
        tables.address, tables.address.c.id == -t.c.recipient
    )
    query = (
        sa.select(to.c.id, tables.address.c.address, t.c.why)
        .select_from(joined)
        .where(_NOT_SENT, t.c.status == "refused")
    )
    for row in connection.execute(query.distinct().order_by(to.c.id, tables.address.c.address).limit(most)):
        yield row.id or row.address or "", row.why


def _mail(run: int, recipient: int, rows: Sequence[Any]) -> Mail:
    first = rows[0]
    tries = max(row.tries for row in rows)
    return Mail(run, recipient, first.to, first.address, tries, tuple(_message(row) for row in rows))


def _message(row: Any) -> Message:
    started = day_of(row.started)
    learning = (row.kind, row.course) if row.kind is not None else None
    parts = ["message", row.audience, row.key, row.of, row.to, row.address, learning, started.isoformat()]
    return Message(
        _digest([*parts, row.spell, row.number]),
        Clause.decode(row.key),
        row.name,
        gives_of(row.gives),
        row.of,
        row.person,
        learning,
        row.spell,
        started,
        date_of(row.due) if row.due is not None else None,
        bool(row.told_since),
    )


def _digest(parts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
