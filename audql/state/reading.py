"""Rows and blobs → the values that state is asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from audql.engines.days import Days, day_of
from audql.engines.members import Members
from audql.engines.roster import Ids, ids_of
from audql.state import tables
from audql.state.ledger import Ledger
from audql.state.packing import members_of, unpack, unpacking
from audql.state.values import Enrolment, KnownAudience, LearningKey, Run, gives_of
from audql.syntax.choices import OnLeaving
from audql.text import fold

_MANY = 100_000
"""How many ids are Python objects at one time."""


def version(connection: sa.Connection) -> int:
    """How many runs have changed it."""
    return connection.scalar(sa.select(sa.func.coalesce(sa.func.max(tables.run.c.version), 0))) or 0


def audiences(connection: sa.Connection) -> Mapping[str, KnownAudience]:
    """Those that have not ended, by folded name."""
    columns = [c for c in tables.audience.c if c is not tables.audience.c.since]
    rows = connection.execute(sa.select(*columns).where(tables.audience.c.key.is_not(None)))
    return {row.key: _audience(row) for row in rows}


def ended(connection: sa.Connection) -> Mapping[str, str]:
    """Of those that have ended the name as it was written last, by folded name."""
    key, name = tables.audience.c.key, tables.audience.c.name
    rows = connection.execute(sa.select(name).where(key.is_(None)).order_by(tables.audience.c.id))
    return {fold(row.name): row.name for row in rows}


@unpacking()
def _audience(row: Any) -> KnownAudience:
    members, on_leaving = Members.decode(row.members), OnLeaving(row.on_leaving)
    return KnownAudience(row.id, row.name, row.file, members, gives_of(row.gives), on_leaving)


class Ledgers(Mapping[LearningKey, Ledger]):
    """Of every learning that was ever given. Unpacked when asked for, and not kept: together they can be big."""

    def __init__(self, connection: sa.Connection) -> None:
        rows = connection.execute(sa.select(tables.learning))
        self._blobs: Mapping[LearningKey, bytes] = {(row.kind, row.learning): row.ledger for row in rows}

    def __getitem__(self, key: LearningKey) -> Ledger:
        return Ledger.decode(self._blobs[key])

    def __iter__(self) -> Iterator[LearningKey]:
        return iter(self._blobs)

    def __len__(self) -> int:
        return len(self._blobs)


def people(connection: sa.Connection) -> Ids:
    """The id of every ordinal."""
    # From the driver's own cursor: an object for each row would take three times as long.
    cursor = connection.execute(sa.select(tables.person.c.id).order_by(tables.person.c.ordinal)).cursor
    parts = [ids_of(())]
    while cursor is not None and (rows := cursor.fetchmany(_MANY)):
        parts.append(ids_of([id_ for (id_,) in rows]))
    return np.concatenate(parts)


def ordinal(connection: sa.Connection, person: str) -> int | None:
    """Of someone of that id."""
    return connection.scalar(sa.select(tables.person.c.ordinal).where(tables.person.c.id == person))


def since(connection: sa.Connection, audience: int) -> Days:
    """The day on which each member joined, the latest time, in the order of ordinals."""
    blobs = sa.select(tables.audience.c.members, tables.audience.c.since).where(tables.audience.c.id == audience)
    row = connection.execute(blobs).one()
    return unpack(row.since, len(members_of(row.members)))


def members_as_of(connection: sa.Connection, name: str, day: dt.date) -> Members:
    """Who was in the audience after the runs of that day. One that has ended is meant, too, and where others have had
    its name since, each of them in its time."""
    delta, run, members = tables.delta, tables.run, Members()
    every = connection.execute(sa.select(tables.audience.c.id, tables.audience.c.name))
    called_so = [row.id for row in every if fold(row.name) == fold(name)]
    query = sa.select(run.c.day, delta.c.joined, delta.c.left).select_from(delta.join(run, delta.c.run == run.c.number))
    for row in connection.execute(query.where(delta.c.audience.in_(called_so)).order_by(run.c.number)):
        if row.day <= day:
            members = (members - members_of(row.left)) | members_of(row.joined)
    return members


def run_days(connection: sa.Connection, by: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The first day of which there was a run, and the last of them that is not after `by`."""
    day = tables.run.c.day
    first: dt.date | None = connection.scalar(sa.select(sa.func.min(day)))
    last: dt.date | None = connection.scalar(sa.select(sa.func.max(day)).where(day <= by))
    return first, last


def enrolments(connection: sa.Connection) -> Iterator[Enrolment]:
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


def runs(connection: sa.Connection, most: int) -> Sequence[Run]:
    """The last runs, the latest first."""
    found: Sequence[Any] = connection.execute(
        sa.select(tables.run).order_by(tables.run.c.number.desc()).limit(most)
    ).all()
    return [
        Run(r.number, r.day, r.at.replace(tzinfo=dt.UTC), r.snapshot, r.program, r.version, r.report) for r in found
    ]
