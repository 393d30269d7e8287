"""Where a state is → an open database that has the tables of today's state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import sqlalchemy as sa

from audql.state import erased, tables
from audql.state.database import nothing, opened
from audql.state.lock import locked
from audql.state.versions import make, number_in, prepare
from audql.workspace import StatePlace


@contextmanager
def alone(place: StatePlace) -> Iterator[sa.Engine]:
    """Made where it is not there, with the lock of the state."""
    with locked(place) as engine:
        prepare(engine)
        erased.take_over(engine, place.erased)
        yield engine


@contextmanager
def as_it_is(place: StatePlace) -> Iterator[sa.Engine]:
    """Where there is none, an empty one that is kept nowhere. One of an older AudQL is brought up, with its lock."""
    with ExitStack() as held:
        there = held.enter_context(opened(place)) if place.url or place.file.exists() else None
        number = number_in(there) if there is not None else None
        if there is None or number is None:
            there = held.enter_context(nothing())
            make(there)
        elif number < tables.VERSION:
            with alone(place):
                pass
        yield there
