"""State in a database: read whole as a value, changed in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from audql.engines.days import Days
from audql.engines.members import Members, Ordinals
from audql.engines.roster import Ids
from audql.snapshot import durable
from audql.state import alert_rows, erasing, opening, outbox, post, reading, tables, writing
from audql.state.alerts import Sent
from audql.state.database import name_of
from audql.state.erased import Erased, add_erased, add_told, erased_of, recall_erased
from audql.state.history import Event, events
from audql.state.ledger import LearningKey
from audql.state.notices import Notices
from audql.state.values import Changes, Enrolment, Remembered, Run, StaleError, Waiting
from audql.workspace import StatePlace


class State:
    """An open state. Close it, or use it in a `with`, which raises RunError for what the database cannot do: of a
    damaged file, on a full disk, over a lost connection."""

    def __init__(self, name: str, held: ExitStack, engine: sa.Engine, *, one_moment: bool) -> None:
        self._name, self._held, self._engine = name, held, engine
        self._one_moment = one_moment
        self._moment: sa.Connection | None = None

    @classmethod
    def open_alone(cls, place: StatePlace) -> State:
        """Opens a state, made if it is not there, with its lock until it is closed. Raises RunError when it cannot be
        used, and GuardError at once when another run has the lock."""
        return cls._by(opening.alone, place, one_moment=False)

    @classmethod
    def open_to_read(cls, place: StatePlace) -> State:
        """Opens a state, as it is when it is first asked, whatever a run does meanwhile; where there is none, an empty
        one that is kept nowhere. Raises RunError when it cannot be used, and GuardError where it is of an older AudQL
        and another run has the lock."""
        return cls._by(opening.as_it_is, place, one_moment=True)

    @classmethod
    def _by(
        cls, way: Callable[[StatePlace], AbstractContextManager[sa.Engine]], place: StatePlace, *, one_moment: bool
    ) -> State:
        held = ExitStack()
        return cls(name_of(place), held, held.enter_context(way(place)), one_moment=one_moment)

    def __enter__(self) -> State:
        return self

    def __exit__(self, *problem: Any) -> None:
        self._held.__exit__(*problem)

    def close(self) -> None:
        self._held.close()

    def require_lock(self) -> None:
        """Raises GuardError where the lock was lost, with the connection that it hangs on."""
        with self._engine.connect() as connection:
            connection.scalar(sa.select(1))

    # --- reading ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _asked(self) -> Iterator[sa.Connection]:
        """A transaction; where the state is open to read, the one that all is read in."""
        if not self._one_moment:
            with self._engine.begin() as connection:
                yield connection
            return
        if self._moment is None:
            self._moment = self._held.enter_context(self._engine.begin())
        yield self._moment

    def read(self) -> Remembered:
        """All that a plan compares with. What is not read at once is read when it is asked for."""
        with self._asked() as connection:
            return Remembered(
                reading.version(connection),
                reading.audiences(connection),
                reading.Ledgers(connection),
                self.people,
                self.since,
                alert_rows.known_alerts(connection),
                self.notices,
                self.told,
            )

    def version(self) -> int:
        """How many runs have changed it."""
        with self._asked() as connection:
            return reading.version(connection)

    def people(self) -> Ids:
        """The id of every ordinal."""
        with self._asked() as connection:
            return reading.people(connection)

    def ids(self, members: Members) -> Sequence[str]:
        """The ids of these people, in the order of ordinals."""
        found: list[str] = self.people()[members.ordinals()].tolist()
        return found

    def since(self, audience: int) -> Days:
        """The day on which each member joined, the latest time, in the order of ordinals."""
        with self._asked() as connection:
            return reading.since(connection, audience)

    def notices(self, alert: int, key: LearningKey | None) -> Notices:
        """Whom an alert has told of a learning; without one, who is still to be told of joining or leaving."""
        with self._asked() as connection:
            return alert_rows.known_notices(connection, alert, key)

    def told(self, alerts: Sequence[int], key: LearningKey | None, people: Ordinals) -> Sequence[Sent]:
        """The messages of these alerts about these people and one learning, or none."""
        with self._asked() as connection:
            return tuple(alert_rows.sent(connection, alerts, key, people))

    def members_as_of(self, name: str, day: dt.date) -> Members:
        """Who was in the audience after the runs of that day."""
        with self._asked() as connection:
            return reading.members_as_of(connection, name, day)

    def ended(self) -> Mapping[str, str]:
        """The audiences that have ended, by folded name."""
        with self._asked() as connection:
            return reading.ended(connection)

    def run_days(self, by: dt.date) -> tuple[dt.date | None, dt.date | None]:
        """The first day of which there was a run, and the last of them that is not after `by`."""
        with self._asked() as connection:
            return reading.run_days(connection, by)

    def knows(self, person: str) -> bool:
        """Whether any run has had to do with someone of that id."""
        with self._asked() as connection:
            return reading.ordinal(connection, person) is not None

    def history(self, person: str) -> Sequence[Event]:
        """What happened to someone, by kind."""
        with self._asked() as connection:
            ordinal = reading.ordinal(connection, person)
            return () if ordinal is None else tuple(events(connection, ordinal))

    def enrolments(self) -> Iterator[Enrolment]:
        """Every spell that there was, by learning, person and spell."""
        with self._asked() as connection:
            yield from reading.enrolments(connection)

    def open_enrolments(self) -> int:
        """How many have not ended, in all."""
        with self._asked() as connection:
            return connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(tables.learning.c.open), 0))) or 0

    def runs(self, most: int = 20) -> Sequence[Run]:
        """The last runs, the latest first."""
        with self._asked() as connection:
            return reading.runs(connection, most)

    def waiting(self, most: int, after: int = 0) -> Waiting:
        """The first of what no target has been told of yet, in the order of telling; of what has a later number."""
        with self._asked() as connection:
            return outbox.waiting(connection, most, after)

    def count_waiting(self) -> int:
        """How much no target has been told of yet."""
        with self._asked() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(tables.outbox)) or 0

    # --- writing ------------------------------------------------------------------------------------------------------

    def write(self, changes: Changes) -> Run:
        """One run, whole or not at all. Raises StaleError when the state has moved on since it was read."""
        durable.step("before the transaction")
        with self._engine.begin() as connection:
            version = reading.version(connection)
            if version != changes.version:
                raise StaleError
            run = Run(
                max(writing.next_number(connection, tables.run.c.number), changes.after + 1),
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

    def erased(self) -> Erased:
        """Who was erased."""
        with self._asked() as connection:
            return erased_of(connection)

    def add_erased(self, people: Mapping[str, Collection[str]]) -> Erased:
        """With more of them, by id, and the names that stand for each: no feed brings them back."""
        with self._engine.begin() as connection:
            return add_erased(connection, people)

    def add_told(self, who: str, texts: Iterable[str]) -> Erased:
        """With what was told to name someone erased: the same is told of them again."""
        with self._engine.begin() as connection:
            return add_told(connection, who, texts)

    def recall_erased(self, hashes: Collection[tuple[str, str, bool]]) -> bool:
        """With those whom a folder was freed of; whether any was not known."""
        with self._engine.begin() as connection:
            return recall_erased(connection, hashes)

    def addresses(self) -> Sequence[str]:
        """Those that scripts name, and that mails went to."""
        with self._asked() as connection:
            return tuple(connection.scalars(sa.select(tables.address.c.address)))

    def erase(self, who: str, tombstone: str, renamed: Mapping[str, str]) -> bool:
        """Takes a person out of all that there is of them, in one transaction; whether they were known. The caller
        holds the lock. Raises RunError where that is done, but a reader keeps the log that has them still."""
        durable.step("before the transaction")
        with self._engine.begin() as connection:
            erasing.overwrite(connection)
            known = erasing.erase(connection, who, tombstone, renamed)
        durable.step("after the commit")
        erasing.wipe(self._engine, self._name)
        return known

    def approve(self, digest: str, user: str, at: dt.datetime) -> None:
        """Someone has approved a plan."""
        table = tables.approval
        durable.step("before the transaction")
        with self._engine.begin() as connection:
            connection.execute(table.delete().where(table.c.digest == digest, table.c.user == user))
            values = {"digest": digest, "user": user, "at": at.astimezone(dt.UTC).replace(tzinfo=None)}
            connection.execute(table.insert(), values)
        durable.step("after the commit")

    def approvals(self, digest: str) -> Mapping[str, dt.datetime]:
        """Who has approved a plan, and when."""
        table = tables.approval
        with self._asked() as connection:
            rows = connection.execute(sa.select(table).where(table.c.digest == digest).order_by(table.c.at)).fetchall()
            return {row.user: row.at.replace(tzinfo=dt.UTC) for row in rows}

    # --- mails --------------------------------------------------------------------------------------------------------

    def mails(
        self, now: dt.datetime, most: int, after: tuple[int, int] | None = None, *, again: bool = False
    ) -> Sequence[post.Mail]:
        """The first mails that wait and may be tried now; after a run and recipient, the next. With `again` those that
        are set aside are among them."""
        with self._asked() as connection:
            return post.mails(connection, now, most, after, again=again)

    def box(self) -> post.Box:
        """How many mails wait, and how many are set aside."""
        with self._asked() as connection:
            return post.box(connection)

    def put_off(self, now: dt.datetime | None = None) -> Sequence[post.PutOff]:
        """Which mails wait for a later try, by reason."""
        with self._asked() as connection:
            return tuple(post.put_off(connection, now))

    def refused(self, most: int = 20) -> Sequence[tuple[str, str]]:
        """To whom mails are set aside, and why."""
        with self._asked() as connection:
            return tuple(post.refused(connection, most))

    @contextmanager
    def receipts(self) -> Iterator[post.Receipts]:
        """What writes down what becomes of each mail."""
        with self._engine.connect() as connection:
            receipts = post.Receipts(connection)
            try:
                yield receipts
            finally:
                receipts.close()

    def send_again(self) -> int:
        """What was set aside waits again; how many messages that is."""
        with self._engine.begin() as connection:
            return post.again(connection)
