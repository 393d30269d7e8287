"""Many rows at once, given as columns: what is the same in all of them is bound once, and no row becomes an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TypeAlias

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from audql.engines.days import NO_DAY, Days

_ROWS = 500
"""Of one statement: a hundred cost a tenth more for each row, thousands nothing less."""
_BATCH = 50_000
"""Of values that are Python objects at one time."""

Column: TypeAlias = object
"""An array, list or range has a value for each row; anything else is one for all."""


def insert(
    connection: sa.Connection, table: sa.Table, count: int, columns: Mapping[str, Column], *, once: bool = False
) -> None:
    """Adds so many rows; with `once`, those whose keys are not there yet."""
    source = _Source(connection, table)
    chosen = source.part(columns)
    # Without the `WHERE`, SQLite would read `ON` as a join's.
    conflict = " WHERE true ON CONFLICT DO NOTHING" if once else ""
    source.execute(f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT", chosen, count, after=conflict)


def update(
    connection: sa.Connection, table: sa.Table, count: int, key: Mapping[str, Column], columns: Mapping[str, Column]
) -> None:
    """Sets columns of so many rows that have these keys."""
    source = _Source(connection, table)
    values, same = source.part(columns, "{} = "), source.part(key, f"{table.name}.{{}} = ")
    source.execute(f"UPDATE {table.name} SET", values, count, same)


def days(numbers: Days) -> Column:
    """Days as a database has them, where NO_DAY is null."""
    missing = numbers == NO_DAY
    if missing.all():
        return None
    if not missing.any():
        return numbers
    return [None if day == NO_DAY else day for day in numbers.tolist()]


@dataclass(frozen=True, slots=True)
class _Part:
    """Expressions, and what is bound in them."""

    expressions: Sequence[str]
    given: Sequence[object]


class _Source:
    """A table `v` of the values that differ, and expressions of its columns."""

    def __init__(self, connection: sa.Connection, table: sa.Table) -> None:
        self._connection, self._table = connection, table
        self._has_arrays = connection.dialect.name == "postgresql"
        self._mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        self._varying: list[tuple[str, NDArray[Any] | list[object] | range]] = []
        """Each with its type."""

    def part(self, columns: Mapping[str, Column], before: str = "") -> _Part:
        """An expression for each column, with a text before it that may name the column."""
        expressions, given = [], []
        for name, column in columns.items():
            type_ = self._table.c[name].type.compile(self._connection.dialect)
            if isinstance(column, np.ndarray) and column.size and (column == column[0]).all():
                column = column[:1].tolist()[0]
            if isinstance(column, np.ndarray | list | range):
                self._varying.append((type_, column))
                value = f"v.column{len(self._varying)}"
            else:
                given.append(column)
                value = self._mark
            # Without the types, PostgreSQL would take what it is not told for text.
            expressions.append(f"{before.format(name)}CAST({value} AS {type_})")
        return _Part(expressions, given)

    def execute(self, verb: str, chosen: _Part, count: int, same: _Part | None = None, after: str = "") -> None:
        """Runs the verb over the table, as often as it takes; `after` ends it."""
        varying = self._varying or [("INTEGER", range(count))]
        where = f" WHERE {' AND '.join(same.expressions)}" if same is not None else ""
        values = [_values(column) for _, column in varying]
        most = _BATCH if self._has_arrays else _ROWS
        for start in range(0, count, most):
            parts = [list(islice(column, min(most, count - start))) for column in values]
            text = f"{verb} {', '.join(chosen.expressions)} FROM {self._rows(varying, len(parts[0]))}{where}{after}"
            given = parts if self._has_arrays else chain.from_iterable(zip(*parts, strict=True))
            keys = same.given if same is not None else ()
            self._connection.exec_driver_sql(text, (*chosen.given, *given, *keys))

    def _rows(self, varying: Sequence[tuple[str, object]], count: int) -> str:
        if self._has_arrays:
            # One parameter a column: a tenth of what many cost there to be read and planned.
            arrays = ", ".join(f"CAST({self._mark} AS {type_}[])" for type_, _ in varying)
            return f"unnest({arrays}) AS v({', '.join(f'column{i}' for i in range(1, len(varying) + 1))})"
        row = f"({', '.join([self._mark] * len(varying))})"
        return f"(VALUES {', '.join([row] * count)}) AS v"


def _values(column: NDArray[Any] | list[object] | range) -> Iterator[object]:
    if isinstance(column, np.ndarray):
        return (value for start in range(0, column.size, _BATCH) for value in column[start : start + _BATCH].tolist())
    return iter(column)
