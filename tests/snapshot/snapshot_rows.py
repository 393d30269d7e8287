"""Rows of a test → a relation, and snapshots of such."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import duckdb

from audql.snapshot.content import Relation
from audql.snapshot.database import open_database
from audql.snapshot.store import Manifest, commit
from audql.snapshot.tables import SQL_TYPES, stage
from audql.sync.texts import put
from audql.types import Scalar

Heading = tuple[tuple[str, Scalar, bool], ...]


@cache
def database() -> duckdb.DuckDBPyConnection:
    return open_database(Path(tempfile.gettempdir()))


def relation(heading: Heading, rows: Sequence[tuple[str | None, ...]]) -> Relation:
    """Of rows in canonical text."""
    put(database(), "rows_of_a_test", {f"c{i}": [row[i] for row in rows] for i in range(len(heading))})
    values = tuple(
        f"c{i}" if many else f"CAST(c{i} AS {SQL_TYPES[scalar]})" for i, (_, scalar, many) in enumerate(heading)
    )
    return Relation(database(), "rows_of_a_test", heading, values, values)


def save(folder: Path, tables: Mapping[str, Relation]) -> Manifest:
    """A snapshot of the one relation that there is at a time."""
    folder.mkdir(exist_ok=True)
    return commit(folder, [stage(folder, name, rows, folder) for name, rows in tables.items()])
