"""A database → one that has the tables of today's state: made anew, brought up from an older version, or refused."""

from __future__ import annotations

import sqlalchemy as sa

from audql.diagnostics import RunError
from audql.state import messages, tables
from audql.state.packing import DamagedError


def number_in(engine: sa.Engine) -> int | None:
    """The version of the state that is there; None where there is none. Raises RunError for one from the future, and
    DamagedError where nothing says which it is."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(tables.version.name):
            return None
        number = connection.scalar(sa.select(sa.func.max(tables.version.c.number)))
    if number is None:
        raise DamagedError("its table `version` is empty")
    if number > tables.VERSION:
        raise RunError(messages.newer_state(number, tables.VERSION))
    return int(number)


def prepare(engine: sa.Engine) -> None:
    """Makes a state where there is none, and brings up an older one. The caller holds its lock."""
    number = number_in(engine)
    if number is None:
        make(engine)
    elif number < tables.VERSION:
        _bring_up(engine, number)


def make(engine: sa.Engine) -> None:
    """Makes a new state. Where something else has such a table already, the database says so."""
    with engine.begin() as connection:
        tables.metadata.create_all(connection, checkfirst=False)
        connection.execute(tables.version.insert(), {"number": tables.VERSION})


def _bring_up(engine: sa.Engine, number: int) -> None:
    from audql.state import migrations  # Alembic takes a while, and is hardly ever wanted

    with engine.begin() as connection:
        migrations.upgrade(connection, number)
        connection.execute(tables.version.insert(), {"number": tables.VERSION})
