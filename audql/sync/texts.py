"""Texts between Python and the database: stripped and folded there as they are here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audql.snapshot.database import literal, number
from audql.text import fold

if TYPE_CHECKING:
    import duckdb

_SPACES = "".join(c for c in map(chr, range(0x3001)) if c.isspace())
"""What `str.strip` takes away: U+3000 is the last of them."""


def define(database: duckdb.DuckDBPyConnection) -> None:
    """The macro `stripped(text)`: `str.strip`, with NULL for what is blank. Texts that begin and end in visible ASCII,
    as nearly all do, are told by comparing bytes."""
    database.execute(
        "CREATE MACRO stripped(x) AS CASE WHEN x >= '!' AND x < chr(127) AND x[-1] >= '!' AND x[-1] < chr(127) THEN x "
        f"ELSE nullif(trim(x, {literal(_SPACES)}), '') END"
    )


def put(database: duckdb.DuckDBPyConnection, table: str, columns: dict[str, Sequence[str | None]]) -> None:
    """Makes a table of texts. None and the empty text are NULL."""
    import numpy as np

    data = {}
    for name, values in columns.items():
        data[name] = np.empty(len(values), dtype=object)
        data[name][:] = [value or "" for value in values]
    database.register("given", data)
    chosen = ", ".join(f"nullif(CAST({name} AS VARCHAR), '') AS {name}" for name in columns)
    database.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {chosen} FROM given")
    database.unregister("given")


def with_folded(database: duckdb.DuckDBPyConnection, query: str) -> str:
    """A query with a column `text` → the same with a column `folded` more. Only what is not ASCII is folded here."""
    odd = [
        text
        for (text,) in database.execute(
            f"SELECT DISTINCT text FROM ({query}) WHERE strlen(text) <> length(text)"
        ).fetchall()
    ]
    if not odd:
        return f"SELECT *, lower(text) AS folded FROM ({query})"
    folds = f"folds{number(database, 'SELECT count(*) FROM duckdb_tables()')}"
    put(database, folds, {"text": odd, "folded": [fold(text) for text in odd]})
    folded = "coalesce(f.folded, lower(q.text)) AS folded"
    return f"SELECT q.*, {folded} FROM ({query}) q LEFT JOIN {folds} f ON f.text = q.text"
