"""Where a state is → a database that is asked the same in the same way, SQLite or PostgreSQL."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from audql.diagnostics import Diagnostic, GuardError, RunError
from audql.plugins import printable
from audql.snapshot.disk import is_full
from audql.snapshot.messages import disk_full
from audql.state import messages
from audql.state.packing import DamagedError
from audql.workspace import StatePlace
from audql.workspace.database_url import PASSWORD_OF_STATE

_TIMEOUT_S = 30
_IN_MEMORY = ":memory:"
_NO_SCHEMA = "3F000"
"""The SQLSTATE of what finds no schema to be in."""
_CONNECTION: Mapping[str, object] = {
    "connect_timeout": _TIMEOUT_S,
    # Whoever is gone without a word is noticed within a minute, by us and by the server, which lets go of their lock.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "client_encoding": "utf8",
}
_OPTIONS = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c work_mem=64MB"


@contextmanager
def opened(place: StatePlace, *, once: bool = False) -> Iterator[sa.Engine]:
    """A way to the database; what that cannot do is raised as RunError, as GuardError where it does not answer or is
    lost, which may pass by itself. A SQLite file is made where it is not there.

    `once`: all over one connection, and never over another, so that a lock that hangs on it is not lost without notice.
    """
    name, password = name_of(place), _password() if place.url else None
    engine = _postgresql(place.url, name, password, once=once) if place.url else _sqlite(str(place.file))
    try:
        yield engine
    except DamagedError as problem:
        raise RunError(messages.unreadable(name, str(problem))) from problem
    except sa.exc.IntegrityError:
        raise  # a mistake of ours, which no copy of the state would cure
    except sa.exc.DBAPIError as problem:
        passing = place.url and (problem.connection_invalidated or isinstance(problem, sa.exc.OperationalError))
        # What a server's driver says can have the password.
        raise (GuardError if passing else RunError)(_said(place, name, password, problem)) from (
            None if place.url else problem
        )
    finally:
        engine.dispose()


@contextmanager
def nothing() -> Iterator[sa.Engine]:
    """A database in memory, which is gone with it."""
    engine = _sqlite(_IN_MEMORY)
    try:
        yield engine
    finally:
        engine.dispose()


def name_of(place: StatePlace) -> str:
    """What to call it: the file, or the database without who asks it."""
    if not place.url:
        return place.file.name
    parts = urlsplit(place.url)
    return parts.path.strip("/") or parts.hostname or "postgresql"


def _server_of(url: str) -> str:
    """The host, which a URL can also name after its question mark; libpq knows one where neither does."""
    named = sa.engine.make_url(url)
    host = named.host or named.query.get("host", "")
    return host if isinstance(host, str) and host else "PostgreSQL"


def _password() -> str | None:
    """Of the database on a server, where it is given; libpq may know one otherwise. Raises RunError for one that is no
    text, as psycopg passes on nothing else."""
    given = os.environ.get(PASSWORD_OF_STATE)
    if given is not None and any("\ud800" <= c <= "\udfff" for c in given):  # bytes that are not UTF-8
        raise RunError(messages.password_is_no_text(PASSWORD_OF_STATE))
    return given or None


def _said(place: StatePlace, name: str, password: str | None, problem: sa.exc.DBAPIError) -> Diagnostic:
    cause = problem.orig or problem
    if is_full(cause):
        return disk_full(f"the state `{name}`", _server_of(place.url) if place.url else "")
    text = str(cause)
    if not place.url:
        closed = _closed_in(place.file)
        return messages.not_writable(name, closed) if closed else messages.unreadable(name, text)
    if getattr(cause, "sqlstate", None) == _NO_SCHEMA:
        return messages.no_schema(name)
    if password is not None:
        text = text.replace(password, "…")
    why = printable(text)
    return messages.lost(name, why) if problem.connection_invalidated else messages.no_database(name, why)


def _closed_in(file: Path) -> str:
    """What of a SQLite file this user may not write, by its name; nothing where all of it can be written."""
    logs = (file.with_name(file.name + end) for end in ("-wal", "-shm"))
    every = (file.parent, file, *logs)
    return next((each.name for each in every if each.exists() and not os.access(each, os.W_OK)), "")


def _sqlite(file: str) -> sa.Engine:
    url = sa.URL.create("sqlite", database=file)
    # No error, and so no report of a bug, has the values of rows.
    engine = sa.create_engine(url, connect_args={"timeout": _TIMEOUT_S}, hide_parameters=True)

    @sa.event.listens_for(engine, "do_connect")
    def _make(*_: object) -> None:
        # SQLite lets nobody but its maker write the file, and its logs with it; so the umask decides, as of others.
        if file != _IN_MEMORY:
            with suppress(OSError):  # which SQLite meets as well, and says
                Path(file).touch(exist_ok=False)

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


def _postgresql(text: str, name: str, password: str | None, *, once: bool) -> sa.Engine:
    try:
        url = sa.engine.make_url(text)
        arguments = {"application_name": _who(), **_CONNECTION}
        options = {"options": f"{_OPTIONS} {url.query.get('options', '')}"}
        engine = sa.create_engine(
            url,
            # What the URL says goes before.
            connect_args={k: v for k, v in arguments.items() if k not in url.query}
            | options
            | ({"password": password} if password is not None else {}),
            # A read sees one moment, as it does in SQLite.
            isolation_level="REPEATABLE READ",
            hide_parameters=True,
            poolclass=sa.pool.StaticPool if once else sa.pool.QueuePool,
        )
    except ImportError as missing:
        absent = isinstance(missing, ModuleNotFoundError) and missing.name == "psycopg"
        raise RunError(messages.no_driver("" if absent else printable(str(missing)))) from None
    except (sa.exc.ArgumentError, ValueError):
        raise RunError(messages.no_database(name, "its URL cannot be read")) from None
    from audql.state.arrays import register

    # What it has to say of connections that were lost is said by us, and its own way is a traceback.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL + 1)
    sa.event.listen(engine, "connect", lambda connection, _: register(connection))
    if once:
        _never_again(engine, name)
    return engine


def _who() -> str:
    """What the server tells others of this process; it cuts off what is longer than 63 bytes."""
    return f"audql on {socket.gethostname()[:32]}, process {os.getpid()}"


def _never_again(engine: sa.Engine, name: str) -> None:
    """Lets it connect but once."""
    connected = False

    @sa.event.listens_for(engine, "do_connect")
    def _connect(*_: object) -> None:
        nonlocal connected
        if connected:
            raise GuardError(messages.lost(name, "it was closed"))
        connected = True
