"""Many rows at once, given as columns, straight to the driver: a fraction of what a row costs as an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, repeat
from typing import Any, TypeAlias

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from audql.engines.days import NO_DAY, Days

_BATCH = 50_000
"""Rows that are Python objects at one time."""

Column: TypeAlias = "NDArray[Any] | Sequence[object] | object"
"""One value for each row, or one for all."""


def insert(connection: sa.Connection, table: sa.Table, count: int, columns: Mapping[str, Column]) -> None:
    """Adds so many rows."""
    names, marks = ", ".join(columns), ", ".join([_mark(connection)] * len(columns))
    _execute(connection, f"INSERT INTO {table.name} ({names}) VALUES ({marks})", count, list(columns.values()))


def update(
    connection: sa.Connection, table: sa.Table, count: int, key: Mapping[str, Column], columns: Mapping[str, Column]
) -> None:
    """Sets columns of so many rows that have these keys."""
    mark = _mark(connection)
    chosen, values = (sep.join(f"{n} = {mark}" for n in names) for sep, names in ((" AND ", key), (", ", columns)))
    text = f"UPDATE {table.name} SET {values} WHERE {chosen}"
    _execute(connection, text, count, [*columns.values(), *key.values()])


def days(numbers: Days) -> Column:
    """Days as a database has them, where NO_DAY is null."""
    missing = numbers == NO_DAY
    if not missing.any():
        return numbers
    return [None if day == NO_DAY else day for day in numbers.tolist()]


def _mark(connection: sa.Connection) -> str:
    return "?" if connection.dialect.paramstyle == "qmark" else "%s"


def _execute(connection: sa.Connection, text: str, count: int, columns: Sequence[Column]) -> None:
    rows = zip(*map(_values, columns), strict=False)
    for _ in range(0, count, _BATCH):
        connection.exec_driver_sql(text, list(islice(rows, _BATCH)))


def _values(column: Column) -> Iterator[object]:
    if isinstance(column, np.ndarray):
        return (value for start in range(0, column.size, _BATCH) for value in column[start : start + _BATCH].tolist())
    return iter(column) if isinstance(column, list | range) else repeat(column)
