"""State in a database: read whole as a value, changed in one transaction."""

from __future__ import annotations

import datetime as dt
import json
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from audql.diagnostics import RunError
from audql.engines.days import Days, day_of
from audql.engines.members import Members
from audql.engines.roster import Ids, ids_of
from audql.snapshot import durable
from audql.snapshot.disk import is_full
from audql.snapshot.messages import disk_full
from audql.state import alert_rows, erasing, messages, outbox, post, tables, writing
from audql.state.history import Event, events
from audql.state.ledger import Ledger
from audql.state.notices import Notices
from audql.state.packing import unpack
from audql.state.values import (
    Changes,
    Enrolment,
    Given,
    KnownAudience,
    LearningKey,
    Remembered,
    Run,
    StaleError,
    Waiting,
)
from audql.syntax.ast import OnLeaving
from audql.text import fold

_MANY = 100_000
"""How many ids are Python objects at one time."""


class State:
    """An open state. Close it, or use it in a `with`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._name = Path(engine.url.database or "").name

    @classmethod
    def open(cls, file: Path) -> State:
        """Opens a SQLite state, made if it is not there. Raises RunError when it cannot be used."""
        file.parent.mkdir(parents=True, exist_ok=True)
        state = cls(_sqlite(file))
        try:
            state._prepare()
        except BaseException as problem:
            state.__exit__(type(problem), problem)
            raise
        return state

    def __enter__(self) -> State:
        return self

    def __exit__(self, _: object, problem: BaseException | None = None, *__: object) -> None:
        """Raises RunError for what the database cannot do: a damaged file, a full disk."""
        self.close()
        if isinstance(problem, sa.exc.DatabaseError):
            if is_full(problem.orig or problem):
                raise RunError(disk_full(f"the state `{self._name}`")) from None
            raise RunError(messages.unreadable(self._name, str(problem.orig))) from None

    @contextmanager
    def _unpacking(self) -> Iterator[None]:
        """Raises RunError for what was not packed like this."""
        try:
            yield
        except (ValueError, TypeError, LookupError, struct.error, zlib.error):
            raise RunError(messages.unreadable(self._name, "what it holds is damaged")) from None

    def close(self) -> None:
        self._engine.dispose()

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self) -> Remembered:
        """All that a plan compares with. What is not read at once is read when it is asked for."""
        with self._unpacking(), self._engine.begin() as connection:
            columns = [c for c in tables.audience.c if c is not tables.audience.c.since]
            audiences = {
                row.key: KnownAudience(
                    row.id,
                    row.name,
                    row.file,
                    Members.decode(row.members),
                    tuple(Given(*each) for each in json.loads(row.gives)),
                    OnLeaving(row.on_leaving),
                )
                for row in connection.execute(sa.select(*columns).where(tables.audience.c.key.is_not(None)))
            }
            blobs = {(row.kind, row.learning): row.ledger for row in connection.execute(sa.select(tables.learning))}
            return Remembered(
                _version(connection),
                audiences,
                _Ledgers(blobs, self._unpacking),
                self.people,
                self.since,
                alert_rows.known_alerts(connection),
                self.notices,
            )

    def version(self) -> int:
        """How many runs have changed it."""
        with self._engine.begin() as connection:
            return _version(connection)

    def people(self) -> Ids:
        """The id of every ordinal."""
        with self._engine.begin() as connection:
            return _ids(connection, sa.select(tables.person.c.id).order_by(tables.person.c.ordinal))

    def ids(self, members: Members) -> Sequence[str]:
        """The ids of these people, in the order of ordinals."""
        found: list[str] = self.people()[members.ordinals()].tolist()
        return found

    def since(self, audience: int) -> Days:
        """The day on which each member joined, the latest time, in the order of ordinals."""
        blobs = sa.select(tables.audience.c.members, tables.audience.c.since).where(tables.audience.c.id == audience)
        with self._engine.begin() as connection:
            row = connection.execute(blobs).one()
        with self._unpacking():
            return unpack(row.since, len(Members.decode(row.members)))

    def notices(self, alert: int, key: LearningKey | None) -> Notices:
        """Whom an alert has told of a learning; without one, who is still to be told of joining or leaving."""
        with self._unpacking(), self._engine.begin() as connection:
            return alert_rows.known_notices(connection, alert, key)

    def members_as_of(self, name: str, day: dt.date) -> Members:
        """Who was in the audience after the runs of that day."""
        with self._unpacking(), self._engine.begin() as connection:
            key = tables.audience.c.key
            audience = connection.scalar(sa.select(tables.audience.c.id).where(key == fold(name)))
            members = Members()
            for row in _deltas(connection, audience) if audience is not None else ():
                if row.day <= day:
                    members = (members - Members.decode(row.left)) | Members.decode(row.joined)
            return members

    def knows(self, person: str) -> bool:
        """Whether any run has had to do with someone of that id."""
        with self._engine.begin() as connection:
            return _ordinal(connection, person) is not None

    def history(self, person: str) -> Sequence[Event]:
        """What happened to someone, by kind."""
        with self._unpacking(), self._engine.begin() as connection:
            ordinal = _ordinal(connection, person)
            return () if ordinal is None else tuple(events(connection, ordinal))

    def enrolments(self) -> Iterator[Enrolment]:
        """Every spell that there was, by learning, person and spell."""
        spell, learning = tables.enrolment, tables.learning
        joined = spell.join(learning, learning.c.id == spell.c.learning).join(
            tables.person, tables.person.c.ordinal == spell.c.person
        )
        query = (
            sa.select(spell, learning.c.kind, learning.c.learning.label("of"), tables.person.c.id)
            .select_from(joined)
            .order_by(spell.c.learning, spell.c.person, spell.c.spell)
        )
        with self._engine.begin() as connection:
            for r in connection.execute(query):
                yield Enrolment(
                    r.id,
                    r.kind,
                    r.of,
                    r.spell,
                    r.role,
                    day_of(r.started),
                    day_of(r.due) if r.due is not None else None,
                    r.status,
                    r.completed,
                    r.suspended,
                    day_of(r.ended) if r.ended is not None else None,
                )

    def open_enrolments(self) -> int:
        """How many have not ended, in all."""
        with self._engine.begin() as connection:
            return connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(tables.learning.c.open), 0))) or 0

    def runs(self, most: int = 20) -> Sequence[Run]:
        """The last runs, the latest first."""
        with self._engine.begin() as connection:
            found = connection.execute(sa.select(tables.run).order_by(tables.run.c.number.desc()).limit(most))
            return [
                Run(r.number, r.day, r.at.replace(tzinfo=dt.UTC), r.snapshot, r.program, r.version, r.report)
                for r in found
            ]

    def waiting(self, most: int) -> Waiting:
        """The first of what no target has been told of yet, in the order of telling."""
        with self._engine.begin() as connection:
            return outbox.waiting(connection, most)

    def count_waiting(self) -> int:
        """How much no target has been told of yet."""
        with self._engine.begin() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(tables.outbox)) or 0

    # --- writing ------------------------------------------------------------------------------------------------------

    def write(self, changes: Changes) -> Run:
        """One run, whole or not at all. Raises StaleError when the state has moved on since it was read."""
        durable.step("before the transaction")
        with self._engine.begin() as connection:
            version = _version(connection)
            if version != changes.version:
                raise StaleError
            run = Run(
                writing.next_number(connection, tables.run.c.number),
                changes.day,
                changes.at.astimezone(dt.UTC),
                changes.snapshot,
                changes.program,
                version + changes.any,
                changes.report,
            )
            columns = {f.name: getattr(run, f.name) for f in fields(Run)}
            connection.execute(tables.run.insert(), columns | {"at": run.at.replace(tzinfo=None)})
            if changes.any:
                # INVARIANT: people get ordinals only where the version moves on, so that a plan that was made from
                # this version knows all that there are.
                writing.write_people(connection, changes.people)
            writing.write_audiences(connection, changes.audiences, run.number, run.day)
            writing.write_enrolments(connection, changes.enrolments, run.number, run.day)
            alert_rows.write_alerts(connection, changes.alerts, run.number)
            durable.step("before the commit")
        durable.step("after the commit")
        return run

    def delivered(self, these: Waiting) -> None:
        """A target has taken these: they are not told again, and the enrolments that they ask for are confirmed."""
        durable.step("before the receipt")
        with self._engine.begin() as connection:
            outbox.told(connection, these)
        durable.step("after the receipt")

    def erase(self, who: str, tombstone: str, renamed: Mapping[str, str]) -> bool:
        """Takes a person out of all that there is of them, in one transaction; whether they were known. The caller
        holds the lock."""
        durable.step("before the transaction")
        is_file = self._engine.dialect.name == "sqlite"
        with self._unpacking(), self._engine.begin() as connection:
            if is_file:  # which would leave what is deleted in its free pages
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
            known = erasing.erase(connection, who, tombstone, renamed)
        durable.step("after the commit")
        if is_file:
            with self._engine.connect() as connection:
                connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return known

    def approve(self, digest: str, user: str, at: dt.datetime) -> None:
        """Someone has approved a plan."""
        table = tables.approval
        with self._engine.begin() as connection:
            connection.execute(table.delete().where(table.c.digest == digest, table.c.user == user))
            values = {"digest": digest, "user": user, "at": at.astimezone(dt.UTC).replace(tzinfo=None)}
            connection.execute(table.insert(), values)

    def approvers(self, digest: str) -> Sequence[str]:
        """Who has approved a plan."""
        table = tables.approval
        with self._engine.begin() as connection:
            users = connection.scalars(sa.select(table.c.user).where(table.c.digest == digest).order_by(table.c.at))
            return tuple(users)

    # --- mails --------------------------------------------------------------------------------------------------------

    def mails(self, now: dt.datetime, most: int, after: tuple[int, int] | None = None) -> Sequence[post.Mail]:
        """The first mails that wait and may be tried now; after a run and recipient, the next."""
        with self._engine.begin() as connection:
            return post.mails(connection, now, most, after)

    def box(self) -> post.Box:
        """How many mails wait, and how many are set aside."""
        with self._engine.begin() as connection:
            return post.box(connection)

    def refused(self, most: int = 20) -> Sequence[tuple[str, str]]:
        """To whom mails are set aside, and why."""
        with self._engine.begin() as connection:
            return tuple(post.refused(connection, most))

    @contextmanager
    def receipts(self) -> Iterator[post.Receipts]:
        """What writes down what becomes of each mail."""
        with self._engine.connect() as connection:
            try:
                yield post.Receipts(connection)
            finally:
                connection.invalidate()  # it waits for the disk otherwise than others do

    def send_again(self) -> int:
        """What was set aside waits again; how many messages that is."""
        with self._engine.begin() as connection:
            return post.again(connection)

    def _prepare(self) -> None:
        """Makes the tables in a new state, adds those that an older one lacks, and refuses one from the future."""
        with self._engine.begin() as connection:
            is_new = not sa.inspect(connection).has_table("version")
            number = tables.VERSION if is_new else connection.scalar(sa.select(sa.func.max(tables.version.c.number)))
            if number is None or number > tables.VERSION:
                raise RunError(messages.newer_state(number or 0, tables.VERSION))
            if is_new or number < tables.VERSION:
                # So far, versions only add tables.
                tables.metadata.create_all(connection)
                connection.execute(tables.version.insert(), {"number": tables.VERSION})


class _Ledgers(Mapping[LearningKey, Ledger]):
    """Unpacked when they are asked for, and not kept: together they can be big."""

    def __init__(
        self, blobs: Mapping[LearningKey, bytes], unpacking: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._blobs, self._unpacking = blobs, unpacking

    def __getitem__(self, key: LearningKey) -> Ledger:
        blob = self._blobs[key]
        with self._unpacking():
            return Ledger.decode(blob)

    def __iter__(self) -> Iterator[LearningKey]:
        return iter(self._blobs)

    def __len__(self) -> int:
        return len(self._blobs)


def _sqlite(file: Path) -> sa.Engine:
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)), connect_args={"timeout": 30})

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver would begin by itself, and late
        # 64 MB of pages: changes that lie far apart in one learning then reach the disk once.
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _version(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(sa.func.coalesce(sa.func.max(tables.run.c.version), 0))) or 0


def _ordinal(connection: sa.Connection, person: str) -> int | None:
    return connection.scalar(sa.select(tables.person.c.ordinal).where(tables.person.c.id == person))


def _ids(connection: sa.Connection, query: sa.Select[tuple[str]]) -> Ids:
    # From the driver's own cursor: an object for each row would take three times as long.
    cursor, parts = connection.execute(query).cursor, [ids_of(())]
    while cursor is not None and (rows := cursor.fetchmany(_MANY)):
        parts.append(ids_of([id_ for (id_,) in rows]))
    return np.concatenate(parts)


def _deltas(connection: sa.Connection, audience: int) -> Iterable[sa.Row[Any]]:
    joined = tables.delta.join(tables.run, tables.delta.c.run == tables.run.c.number)
    query = sa.select(tables.run.c.day, tables.delta.c.joined, tables.delta.c.left).select_from(joined)
    return connection.execute(query.where(tables.delta.c.audience == audience).order_by(tables.run.c.number))
