"""State in a database: read whole as a value, changed in one transaction."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from audql.snapshot import durable
from audql.snapshot.errors import RunError
from audql.state import messages, tables
from audql.state.members import Members
from audql.state.values import (
    AudienceWrite,
    Changes,
    Effect,
    Enrolment,
    Given,
    KnownAudience,
    LearningKey,
    Remembered,
    Run,
    StaleError,
)
from audql.syntax.ast import OnLeaving
from audql.text import fold

_BATCH = 10_000
"""Rows a statement, and what an `IN` stays under."""


class State:
    """An open state. Close it, or use it in a `with`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, file: Path) -> State:
        """Opens a SQLite state, made if it is not there. Raises RunError when it cannot be used."""
        file.parent.mkdir(parents=True, exist_ok=True)
        state = cls(_sqlite(file))
        try:
            state._prepare()
        except sa.exc.DatabaseError as problem:
            state.close()
            raise RunError(messages.unreadable(file.name, str(problem.orig))) from None
        except BaseException:
            state.close()
            raise
        return state

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self) -> Remembered:
        """All that a plan compares with. `since` reads on when it is called."""
        with self._engine.begin() as connection:
            ids = _people(connection)
            audiences = {
                row.key: KnownAudience(
                    row.id,
                    row.name,
                    row.file,
                    frozenset(ids[i] for i in Members.decode(row.members)),
                    tuple(Given(*each) for each in json.loads(row.gives)),
                    OnLeaving(row.on_leaving),
                )
                for row in connection.execute(sa.select(tables.audience).where(tables.audience.c.key.is_not(None)))
            }
            enrolments = _enrolments(connection, ids)
            return Remembered(_version(connection), audiences, enrolments, lambda number: self._since(number, ids))

    def version(self) -> int:
        """How many runs have changed it."""
        with self._engine.begin() as connection:
            return _version(connection)

    def since(self, audience: int) -> Mapping[str, dt.date]:
        """The day on which each member joined, the latest time."""
        with self._engine.begin() as connection:
            ids = _people(connection)
        return self._since(audience, ids)

    def _since(self, audience: int, ids: Mapping[int, str]) -> Mapping[str, dt.date]:
        joined: dict[int, dt.date] = {}
        with self._engine.begin() as connection:
            for row in _deltas(connection, audience):
                for ordinal in Members.decode(row.left):
                    joined.pop(ordinal, None)
                joined.update(dict.fromkeys(Members.decode(row.joined), row.day))
        return {ids[ordinal]: day for ordinal, day in joined.items()}

    def members_as_of(self, name: str, day: dt.date) -> frozenset[str]:
        """Who was in the audience after the runs of that day."""
        with self._engine.begin() as connection:
            key = tables.audience.c.key
            audience = connection.scalar(sa.select(tables.audience.c.id).where(key == fold(name)))
            members = Members()
            for row in _deltas(connection, audience) if audience is not None else ():
                if row.day <= day:
                    members = (members - Members.decode(row.left)) | Members.decode(row.joined)
            ids = _people(connection)
            return frozenset(ids[i] for i in members)

    def runs(self, most: int = 20) -> Sequence[Run]:
        """The last runs, the latest first."""
        with self._engine.begin() as connection:
            found = connection.execute(sa.select(tables.run).order_by(tables.run.c.number.desc()).limit(most))
            return [
                Run(r.number, r.day, r.at.replace(tzinfo=dt.UTC), r.snapshot, r.program, r.version, r.report)
                for r in found
            ]

    def waiting(self, most: int = _BATCH) -> Sequence[Effect]:
        """What no target has been told of yet, in the order of telling."""
        box = tables.outbox.c
        query = sa.select(tables.outbox).where(box.delivered.is_(None)).order_by(box.number).limit(most)
        with self._engine.begin() as connection:
            return [
                Effect(r.key, r.person, r.kind, r.learning, r.spell, r.action, r.role, r.due)
                for r in connection.execute(query)
            ]

    # --- writing ------------------------------------------------------------------------------------------------------

    def write(self, changes: Changes) -> Run:
        """One run, whole or not at all. Raises StaleError when the state has moved on since it was read."""
        durable.step("before the transaction")
        with self._transaction() as connection:
            version = _version(connection)
            if version != changes.version:
                raise StaleError
            number = _next(connection, tables.run.c.number)
            run = Run(
                number,
                changes.day,
                changes.at.astimezone(dt.UTC),
                changes.snapshot,
                changes.program,
                version + changes.any,
                changes.report,
            )
            connection.execute(
                tables.run.insert(),
                {
                    "number": number,
                    "day": run.day,
                    "at": run.at.replace(tzinfo=None),
                    "snapshot": run.snapshot,
                    "program": run.program,
                    "version": run.version,
                    "report": run.report,
                },
            )
            named = {who for write in changes.audiences for who in (*write.joined, *write.left)}
            named |= {enrolment.person for enrolment in changes.enrolments}
            ordinals = _ordinals(connection, named)
            _write_audiences(connection, changes.audiences, ordinals, number)
            _write_enrolments(connection, changes.enrolments, ordinals)
            _write_outbox(connection, changes.effects, number)
            durable.step("before the commit")
        durable.step("after the commit")
        return run

    def delivered(self, effects: Sequence[Effect], at: dt.datetime) -> None:
        """A target has taken these: they are not told again, and the enrolments that they ask for are confirmed."""
        durable.step("before the receipt")
        with self._transaction() as connection:
            keys = [{"told": effect.key} for effect in effects]
            stamp = at.astimezone(dt.UTC).replace(tzinfo=None)
            if not keys:
                return
            box, spell = tables.outbox, tables.enrolment
            connection.execute(box.update().where(box.c.key == sa.bindparam("told")).values(delivered=stamp), keys)
            wanted = [
                {"p": e.person, "k": e.kind, "l": e.learning, "s": e.spell}
                for e in effects
                if e.action in ("enrol", "resume")
            ]
            if wanted:
                who = sa.select(tables.person.c.ordinal).where(tables.person.c.id == sa.bindparam("p"))
                same = (
                    (spell.c.person == who.scalar_subquery())
                    & (spell.c.kind == sa.bindparam("k"))
                    & (spell.c.learning == sa.bindparam("l"))
                    & (spell.c.spell == sa.bindparam("s"))
                    & (spell.c.status == "wanted")
                )
                connection.execute(spell.update().where(same).values(status="confirmed"), wanted)
        durable.step("after the receipt")

    def _prepare(self) -> None:
        """Makes the tables in a new state, and refuses one from the future."""
        with self._transaction() as connection:
            if not sa.inspect(connection).has_table("version"):
                tables.metadata.create_all(connection)
                connection.execute(tables.version.insert(), {"number": tables.VERSION})
            number = connection.scalar(sa.select(sa.func.max(tables.version.c.number)))
            if number is None or number > tables.VERSION:
                raise RunError(messages.newer_state(number or 0, tables.VERSION))

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            yield connection


def _sqlite(file: Path) -> sa.Engine:
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)), connect_args={"timeout": 30})

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver would begin by itself, and late
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _version(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(sa.func.coalesce(sa.func.max(tables.run.c.version), 0))) or 0


def _next(connection: sa.Connection, column: sa.Column[int]) -> int:
    return (connection.scalar(sa.select(sa.func.coalesce(sa.func.max(column), 0))) or 0) + 1


def _people(connection: sa.Connection) -> dict[int, str]:
    return {row.ordinal: row.id for row in connection.execute(sa.select(tables.person))}


def _deltas(connection: sa.Connection, audience: int) -> Iterable[sa.Row[Any]]:
    joined = tables.delta.join(tables.run, tables.delta.c.run == tables.run.c.number)
    query = sa.select(tables.run.c.day, tables.delta.c.joined, tables.delta.c.left).select_from(joined)
    return connection.execute(query.where(tables.delta.c.audience == audience).order_by(tables.run.c.number))


def _enrolments(connection: sa.Connection, ids: Mapping[int, str]) -> Mapping[tuple[str, LearningKey], Enrolment]:
    """The latest spell of each person and learning."""
    latest: dict[tuple[str, LearningKey], Enrolment] = {}
    for r in connection.execute(sa.select(tables.enrolment).order_by(tables.enrolment.c.spell)):
        latest[ids[r.person], (r.kind, r.learning)] = Enrolment(
            ids[r.person],
            r.kind,
            r.learning,
            r.spell,
            r.role,
            r.started,
            r.due,
            r.status,
            r.completed,
            r.suspended,
            r.ended,
        )
    return latest


def _ordinals(connection: sa.Connection, people: Iterable[str]) -> dict[str, int]:
    """The ordinal of each person, given now to those that have none."""
    known = {row.id: row.ordinal for row in connection.execute(sa.select(tables.person))}
    new = sorted(set(people) - known.keys())
    first = max(known.values(), default=-1) + 1
    given = {who: first + i for i, who in enumerate(new)}
    _insert(connection, tables.person, [{"ordinal": n, "id": who} for who, n in given.items()])
    return known | given


def _write_audiences(
    connection: sa.Connection, writes: Sequence[AudienceWrite], ordinals: Mapping[str, int], run: int
) -> None:
    # Names that end or change give way first, so that others can have them.
    known = [write.id for write in writes if write.id is not None]
    for identity in known:
        connection.execute(tables.audience.update().where(tables.audience.c.id == identity).values(key=None))
    free = _next(connection, tables.audience.c.id)
    for write in writes:
        values: dict[str, Any] = {
            "key": None if write.ended else fold(write.name),
            "name": write.name,
            "file": write.file,
            "gives": json.dumps([[g.kind, g.learning, g.role] for g in write.gives]),
            "on_leaving": write.on_leaving.value,
        }
        joined = Members.of(ordinals[who] for who in write.joined)
        left = Members.of(ordinals[who] for who in write.left)
        identity = free if write.id is None else write.id
        if write.id is None:
            free += 1
            connection.execute(tables.audience.insert(), values | {"id": identity, "members": joined.encode()})
        else:
            same = tables.audience.c.id == identity
            blob = connection.scalar(sa.select(tables.audience.c.members).where(same))
            members = (Members.decode(blob or Members().encode()) - left) | joined
            connection.execute(tables.audience.update().where(same).values(**values, members=members.encode()))
        if joined or left:
            row = {"audience": identity, "run": run, "joined": joined.encode(), "left": left.encode()}
            connection.execute(tables.delta.insert(), row)


def _write_enrolments(connection: sa.Connection, enrolments: Sequence[Enrolment], ordinals: Mapping[str, int]) -> None:
    """New spells are added, known ones replaced."""
    spell = tables.enrolment
    names = ("person", "kind", "learning", "spell")
    rows = [
        {
            "person": ordinals[e.person],
            "kind": e.kind,
            "learning": e.learning,
            "spell": e.spell,
            "role": e.role,
            "started": e.started,
            "due": e.due,
            "status": e.status,
            "completed": e.completed,
            "suspended": e.suspended,
            "ended": e.ended,
        }
        for e in enrolments
    ]
    same = sa.and_(*(spell.c[name] == sa.bindparam(f"key_{name}") for name in names))
    keys = [{f"key_{name}": row[name] for name in names} for row in rows]
    for start in range(0, len(keys), _BATCH):
        connection.execute(spell.delete().where(same), keys[start : start + _BATCH])
    _insert(connection, spell, rows)


def _write_outbox(connection: sa.Connection, effects: Sequence[Effect], run: int) -> None:
    first = _next(connection, tables.outbox.c.number)
    _insert(
        connection,
        tables.outbox,
        [
            {
                "number": number,
                "key": e.key,
                "run": run,
                "person": e.person,
                "kind": e.kind,
                "learning": e.learning,
                "spell": e.spell,
                "action": e.action,
                "role": e.role,
                "due": e.due,
                "delivered": None,
            }
            for number, e in enumerate(effects, first)
        ],
    )


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _BATCH):
        connection.execute(table.insert(), rows[start : start + _BATCH])
