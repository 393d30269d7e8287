"""A query on a database → rows of text. Where the database is, an environment variable says, and nothing else does."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_plus

from audql.diagnostics import GuardError, RunError
from audql.plugins import printable
from audql.sync import messages
from audql.sync.source import RawTable, Row, as_text, require_file
from audql.workspace import ElementFeed

if TYPE_CHECKING:
    import sqlalchemy as sa

_VARIABLE = "url_variable"
_AT_A_TIME = 10_000


@dataclass(frozen=True, slots=True)
class Query:
    """A folder of queries, and what `[sources.sql]` says: `url_variable`, the name of the environment variable."""

    folder: Path
    settings: Mapping[str, Any]

    def read(self, element: str, part: ElementFeed) -> RawTable:
        path = self.folder / part.file
        require_file(path, part.file, element)
        try:
            query = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as odd:
            line = odd.object.count(b"\n", 0, odd.start) + 1
            raise RunError(messages.source_failed("sql", part.file, f"line {line} is no UTF-8")) from None
        rows = self._rows(query, part.file)
        # The first is the header, so that nothing is asked before someone reads.
        header = next(rows)[1]
        return RawTable(part.file, tuple(header), rows)

    def _variable(self) -> str:
        variable = self.settings.get(_VARIABLE)
        if not isinstance(variable, str) or not variable:
            raise RunError(messages.no_url(None))
        return variable

    def _rows(self, text: str, file: str) -> Iterator[Row]:
        import sqlalchemy as sa

        variable = self._variable()
        if not (url := os.environ.get(variable)):
            raise RunError(messages.no_url(variable))
        try:
            with warnings.catch_warnings():
                # Settings behind the `?` that the driver does not know.
                warnings.simplefilter("error", sa.exc.SAWarning)
                engine = sa.create_engine(_impatient(sa.make_url(url)))
        except Exception as problem:  # it may be any driver's, or want one that is not there
            raise RunError(messages.database_unfit(file, _told(problem, url), variable)) from None
        is_open = False
        try:
            with engine.connect() as connection:
                is_open = True
                yield from _answers(connection, text)
        except (sa.exc.SQLAlchemyError, ValueError, OSError) as problem:  # drivers look up names of hosts by themselves
            told = _told(problem, url)
            if _may_pass(problem, engine, is_open=is_open):
                raise GuardError(messages.database_silent(file, told, variable)) from None
            if not is_open:
                raise RunError(messages.database_unfit(file, told, variable)) from None
            raise RunError(messages.source_failed("sql", file, told)) from None
        finally:
            engine.dispose()


_PASSING = ("08", "40", "53", "57")
"""Classes of SQLSTATE: no connection, taken back, out of room, stopped by whoever runs the server."""
_UNFIT = ("28", "3D", "42")
"""Classes of those of a server that answers, and lets nobody in: no such login, no such database, no right."""
_UNFIT_OF_MYSQL = (1044, 1045, 1049)
"""The same as its drivers number them."""
_FOR_NOW = ("too many", "connection slots", "no more connections", "cannot connect to server", "server_login_retry")
"""What is in the words of a PostgreSQL that is full, or of a PgBouncer before one that is down or full; libpq has no
SQLSTATE of a connection that failed."""
_SHORT = 3
"""Characters: a part of a URL of no more is in any text, but for a password."""
_PATIENCE = "connect_timeout"
_WAITED_S = 30
"""How long a server has to let someone in."""
_ASKED_S = 10
"""How long it is asked whether a server is there; libpq hears of no Ctrl-C meanwhile."""


def _impatient(url: sa.URL) -> sa.URL:
    """The same; drivers of PostgreSQL wait for an answer for minutes, where nothing is said of it."""
    if (
        url.get_backend_name() != "postgresql"
        or "psycopg" not in url.get_driver_name()
        or _PATIENCE in url.query
        or "PGCONNECT_TIMEOUT" in os.environ
    ):
        return url
    return url.update_query_dict({_PATIENCE: str(_WAITED_S)})


def _may_pass(problem: Exception, engine: sa.Engine, *, is_open: bool) -> bool:
    """Whether the database is not to be had for now, so that the same again may do."""
    import sqlalchemy as sa

    if not isinstance(problem, sa.exc.DBAPIError):
        return False
    cause: Any = problem.orig
    if hasattr(cause, "sqlite_errorname"):
        return str(cause.sqlite_errorname).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    if problem.connection_invalidated or _sqlstate(cause).startswith(_PASSING):
        return True
    passing = isinstance(problem, sa.exc.OperationalError | sa.exc.InterfaceError)
    return passing and not is_open and not _is_unfit(cause, engine)


def _is_unfit(cause: Any, engine: sa.Engine) -> bool:
    """Whether it is a server that says no, and not that none answers: its words are in any language."""
    if next(iter(cause.args), None) in _UNFIT_OF_MYSQL:
        return True
    if state := _sqlstate(cause):
        return state.startswith(_UNFIT)
    if engine.dialect.driver == "psycopg":
        return _says_no(cause, engine)
    # Another driver upon libpq: so the server's answers begin, in most languages.
    return engine.dialect.name == "postgresql" and "FATAL" in str(cause) and not _is_for_now(cause)


def _sqlstate(cause: Any) -> str:
    """As psycopg, psycopg2 and pg8000 have it, or as others put it first; empty where there is none."""
    first = next(iter(cause.args), None)
    if isinstance(first, Mapping):
        first = first.get("C")
    named = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return str(named or (first if isinstance(first, str) and len(first) == 5 else ""))


def _is_for_now(cause: Exception) -> bool:
    return any(words in str(cause) for words in _FOR_NOW)


def _says_no(cause: Exception, engine: sa.Engine) -> bool:
    """Whether a PostgreSQL is there and takes connections, but not this one; or that it cannot even be asked for."""
    from psycopg import conninfo, pq
    from psycopg.errors import ConnectionTimeout

    if isinstance(cause, ConnectionTimeout) or _is_for_now(cause):
        return False
    _, given = engine.dialect.create_connect_args(engine.url)
    of_libpq = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}  # others are psycopg's own
    settings = {"connect_timeout": _ASKED_S} | {name: each for name, each in given.items() if name in of_libpq}
    answer = pq.PGconn.ping(conninfo.make_conninfo("", **settings).encode())
    return answer in (pq.Ping.OK, pq.Ping.NO_ATTEMPT)


def _answers(connection: sa.Connection, text: str) -> Iterator[Row]:
    """The names of columns, then the rows. Nothing is committed."""
    streaming = connection.execution_options(stream_results=True, yield_per=_AT_A_TIME, no_parameters=True)
    found = streaming.exec_driver_sql(text)
    yield 0, list(found.keys())
    for number, row in enumerate(found, 1):
        yield number, [as_text(value) for value in row]
    connection.rollback()


def _passwords(url: str) -> Iterator[str]:
    """As they are written, and as they are meant, of any length; and what is between signs that want to be encoded, as
    a driver takes part of such a one for the host."""
    found = re.match(r"[^:/]+://[^:@/]*:(.*)@", url, re.DOTALL)
    parts = [part for part in re.split("[:/@?]", found[1]) if len(part) >= _SHORT] if found is not None else []
    for written in (found[1], *parts) if found is not None else ():
        yield from (written, unquote(written), unquote_plus(written))


def _told(problem: Exception, url: str) -> str:
    """What a database says, in one line, without anything that the URL has."""
    said = str(getattr(problem, "orig", None) or problem).partition("(Background on this")[0].strip()
    written = {url, *(part for part in re.split(r"[:/@?&=]+", url) if len(part) > _SHORT)}
    parts = {*written, *map(unquote, written), *map(unquote_plus, written), *_passwords(url)} - {""}
    for secret in sorted(parts, key=len, reverse=True):
        said = said.replace(secret, "…")
    return printable(f"{type(problem).__name__}: {said}")
