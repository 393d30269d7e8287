"""The database in memory that feeds and tables go through: how it is opened, and how SQL is written for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

MEMORY_LIMIT = "2GB"
"""Of what is kept in tables and of what a query needs; what goes beyond is put on disk."""


def open_database(temporary: Path) -> duckdb.DuckDBPyConnection:
    """An empty one. `temporary`: the folder for what does not fit into memory."""
    import duckdb

    return duckdb.connect(
        ":memory:",
        config={"memory_limit": MEMORY_LIMIT, "temp_directory": str(temporary), "threads": available_threads()},
    )


_WIDE = 200
"""Columns from which on a query is planned without a search for what is written twice in it: that is quadratic."""


def plan_for(database: duckdb.DuckDBPyConnection, columns: int) -> None:
    """Lets queries on tables of so many columns be planned in time of the order of their length."""
    if columns > _WIDE:
        database.execute("SET disabled_optimizers = 'common_subexpressions'")


def available_threads() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def parquet(path: Path | str, *, numbered: bool = False) -> str:
    """SQL: the rows of one file, with `numbered` also their numbers. What its folders are called says nothing."""
    more = "file_row_number = true, " if numbered else ""
    return f"read_parquet({file_literal(path)}, {more}hive_partitioning = false)"


def file_literal(path: Path | str) -> str:
    """SQL: the path of one file to read, whatever its name or a folder's has in it that stands for other characters."""
    return literal("".join(f"[{c}]" if c in "*?[" else c for c in str(path)))


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def number(database: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number that a query gives; 0 for NULL."""
    ((found,),) = database.execute(query).fetchall()
    return int(found or 0)
