"""What waits to be told → effects with their keys; what was told → confirmed enrolments.

There can be millions: rows come from the driver's own cursor, and what is the same in many keys is made once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from json.encoder import encode_basestring_ascii as _quoted
from typing import TypeAlias

import sqlalchemy as sa

from audql.engines.days import date_of, day_of
from audql.state import tables
from audql.state.ledger import LearningKey
from audql.state.packing import DamagedError
from audql.state.values import Action, Effect, Waiting

_Row: TypeAlias = tuple[int, int, str | None, int, int, Action, str | None, int | None, int | None]
"""Number, run, id of the person, learning, spell, action, role, day on which the spell started, due day."""


def waiting(connection: sa.Connection, most: int, after: int = 0) -> Waiting:
    """The first of what waits after that number, in the order of telling. Raises DamagedError for what is of nobody."""
    box, spell = tables.outbox, tables.enrolment
    first = connection.scalar(sa.select(sa.func.min(box.c.number)).where(box.c.number > after))
    if first is None:
        return Waiting((), 0, after)
    same = (spell.c.learning == box.c.learning) & (spell.c.person == box.c.person) & (spell.c.spell == box.c.spell)
    query = (
        sa.select(
            box.c.number,
            box.c.run,
            tables.person.c.id,
            box.c.learning,
            box.c.spell,
            box.c.action,
            spell.c.role,
            spell.c.started,
            box.c.due,
        )
        # INVARIANT: nothing that waits is left out here, since `told` takes whole ranges of numbers away.
        .select_from(box.outerjoin(spell, same).outerjoin(tables.person, tables.person.c.ordinal == box.c.person))
        # A limit would have a server join all that waits before it takes the first.
        .where(box.c.number.between(first, first + most - 1))
        .order_by(box.c.number)
    )
    cursor = connection.execute(query).cursor
    rows: Sequence[_Row] = cursor.fetchall() if cursor is not None else []
    return Waiting(list(map(_effects(connection), rows)), first, rows[-1][0])


def told(connection: sa.Connection, these: Waiting) -> None:
    """They no longer wait, and the enrolments that they ask for are confirmed."""
    if not these.effects:
        return
    box, spell = tables.outbox, tables.enrolment
    among = box.c.number.between(these.first, these.last)
    asked = among & box.c.action.in_(("enrol", "resume"))
    key, of_box = ((t.c.learning, t.c.person, t.c.spell) for t in (spell, box))
    if connection.dialect.name == "sqlite":  # each finds the other's way half as fast
        same: sa.ColumnElement[bool] = sa.tuple_(*key).in_(sa.select(*of_box).where(asked))
    else:
        same = asked & sa.and_(*(a == b for a, b in zip(key, of_box, strict=True)))
    connection.execute(spell.update().where(same, spell.c.status == "wanted").values(status="confirmed"))
    connection.execute(box.delete().where(among))


def _effects(connection: sa.Connection) -> Callable[[_Row], Effect]:
    """What makes an effect of a row."""
    learning = {row.id: (row.kind, row.learning) for row in connection.execute(_LEARNING)}
    versions = {row.number: row.version for row in connection.execute(_VERSIONS)}
    around = _words_of_keys(learning, versions)
    due_day = cache(lambda number: None if number is None else date_of(number))
    sha256 = hashlib.sha256

    def effect(row: _Row) -> Effect:
        number, run, person, of, spell, action, role, started, due = row
        if person is None or role is None or started is None or of not in learning or run not in versions:
            raise DamagedError(f"number {number} of its outbox is of an enrolment or a run that is not there")
        kind, name = learning[of]
        # A due day can move and move back within one spell, so its key also names the run that decided it.
        before, after = around(action, of, started, spell, run if action == "due" else None)
        key = sha256((before + _quoted(person) + after).encode()).hexdigest()[:32]
        return Effect(key, person, kind, name, spell, action, role, due_day(due))

    return effect


_LEARNING = sa.select(tables.learning.c.id, tables.learning.c.kind, tables.learning.c.learning)
_VERSIONS = sa.select(tables.run.c.number, tables.run.c.version)


def _words_of_keys(
    learning: dict[int, LearningKey], versions: dict[int, int]
) -> Callable[[Action, int, int, int, int | None], tuple[str, str]]:
    """What stands before and after the person in the text that a key is the hash of.

    INVARIANT: that text is never written otherwise, so that what is told twice has the same key.
    """

    @cache
    def around(action: Action, of: int, started: int, spell: int, run: int | None) -> tuple[str, str]:
        again = [str(versions[run] - 1)] if run is not None else []
        before, after = ["enrolment", action], [*learning[of], day_of(started).isoformat(), str(spell), *again]
        return json.dumps(before)[:-1] + ", ", ", " + json.dumps(after)[1:]

    return around
