"""A query on a database → rows of text. Where the database is, an environment variable says, and nothing else does."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audql.diagnostics import RunError
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
        rows = self._rows(self._url(), query, part.file)
        # The first is the header, so that nothing is asked before someone reads.
        header = next(rows)[1]
        return RawTable(part.file, tuple(header), rows)

    def _url(self) -> str:
        variable = self.settings.get(_VARIABLE)
        if not isinstance(variable, str) or not variable:
            raise RunError(messages.no_url(None))
        if not (url := os.environ.get(variable)):
            raise RunError(messages.no_url(variable))
        return url

    def _rows(self, url: str, text: str, file: str) -> Iterator[Row]:
        import sqlalchemy as sa

        try:
            engine = sa.create_engine(url)
        except Exception as problem:  # it may be any driver's, or want one that is not there
            raise RunError(messages.source_failed("sql", file, _told(problem, url))) from None
        try:
            with engine.connect() as connection:
                yield from _answers(connection, text)
        except sa.exc.SQLAlchemyError as problem:
            raise RunError(messages.source_failed("sql", file, _told(problem, url))) from None
        finally:
            engine.dispose()


def _answers(connection: sa.Connection, text: str) -> Iterator[Row]:
    """The names of columns, then the rows. Nothing is committed."""
    streaming = connection.execution_options(stream_results=True, yield_per=_AT_A_TIME, no_parameters=True)
    found = streaming.exec_driver_sql(text)
    yield 0, list(found.keys())
    for number, row in enumerate(found, 1):
        yield number, [as_text(value) for value in row]
    connection.rollback()


def _told(problem: Exception, url: str) -> str:
    """What a database says, in one line, without anything that the URL has."""
    said = str(getattr(problem, "orig", None) or problem)
    for secret in sorted({url, *re.split(r"[:/@?&=]+", url)}, key=len, reverse=True):
        if len(secret) > 3:
            said = said.replace(secret, "…")
    return printable(f"{type(problem).__name__}: {said}")
