"""One run at a time: locks that the system, or the server, lets go of when their process ends, however it ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from audql.diagnostics import GuardError
from audql.plugins import printable
from audql.state import messages
from audql.state.database import opened
from audql.workspace import StatePlace

if sys.platform == "win32":
    import msvcrt

    _HELD = PermissionError

    def _take(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    _HELD = BlockingIOError

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


_AUDQL = 0x41756451
"""The first of two numbers of a lock in PostgreSQL; the second is of the schema, so that each state has its own."""
_TRIES, _PAUSE_S = 10, 0.2
"""A server takes a moment to see that a process was killed."""


@contextmanager
def locked(place: StatePlace) -> Iterator[sa.Engine]:
    """An open database, with the lock of the state. Raises GuardError at once when another run has it, here or on
    another machine.

    On a server the lock hangs on the one connection, which all that is asked goes over: where it is lost, nothing more
    is done without it.
    """
    with opened(place, once=bool(place.url)) as engine:
        if place.url:
            _lock_there(engine)
        with _locked_here(place.file):
            yield engine


@contextmanager
def _locked_here(state_file: Path) -> Iterator[None]:
    """Holds the part of the lock that lies beside the state's file. Raises GuardError where another run has it."""
    path = state_file.with_name(state_file.name + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            _take(file)
        except _HELD:
            raise GuardError(
                messages.locked(f"it holds `{path.parent.name}/{path.name}`, which needs no removing")
            ) from None
        except OSError as problem:  # a file system that has no locks, say
            raise OSError(problem.errno, f"it cannot be locked: {problem.strerror}", str(path)) from problem
        yield


def _lock_there(engine: sa.Engine) -> None:
    """Takes the part of the lock that is in the database, for as long as the engine's one connection lasts."""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE_S)
        with engine.connect() as connection:
            if connection.exec_driver_sql(_LOCK).scalar():
                return
    with engine.connect() as connection:
        holder = connection.exec_driver_sql(_HOLDER).first()
    if holder is None or not holder.application_name or holder.since is None:  # gone by now, or of another user
        raise GuardError(messages.locked("it holds the state's lock in the database"))
    since = f"{holder.since:%Y-%m-%d %H:%M:%S} UTC"
    raise GuardError(messages.locked(f"it is {printable(holder.application_name)}, connected since {since}"))


_SCHEMA = "hashtext(coalesce(current_schema(), ''))"
_LOCK = f"SELECT pg_try_advisory_lock({_AUDQL}, {_SCHEMA})"
_HOLDER = f"""
SELECT a.application_name, a.backend_start AT TIME ZONE 'UTC' AS since FROM pg_locks l
JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()
AND l.classid = {_AUDQL} AND l.objid::bigint = {_SCHEMA}::bigint & 4294967295
"""
