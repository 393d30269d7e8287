"""Many rows at once, given as columns: what is the same in all of them is bound once, and no row becomes an object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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

_Varying: TypeAlias = NDArray[Any] | list[object] | range


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
        self._varying: list[tuple[str, _Varying]] = []
        """Each with its type."""

    def part(self, columns: Mapping[str, Column], before: str = "") -> _Part:
        """An expression for each column, with a text before it that may name the column."""
        expressions, given = [], []
        for name, column in columns.items():
            kind = self._table.c[name].type
            type_ = "TEXT" if isinstance(kind, sa.Text) else kind.compile(self._connection.dialect)
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
        keys = same.given if same is not None else ()
        for size, given in (_arrays if self._has_arrays else _rows)([column for _, column in varying], count):
            text = f"{verb} {', '.join(chosen.expressions)} FROM {self._values(varying, size)}{where}{after}"
            self._connection.exec_driver_sql(text, (*chosen.given, *given, *keys))

    def _values(self, varying: Sequence[tuple[str, object]], count: int) -> str:
        if self._has_arrays:
            # One parameter a column: a tenth of what many cost there to be read and planned.
            arrays = ", ".join(f"CAST({self._mark} AS {type_}[])" for type_, _ in varying)
            return f"unnest({arrays}) AS v({', '.join(f'column{i}' for i in range(1, len(varying) + 1))})"
        row = f"({', '.join([self._mark] * len(varying))})"
        return f"(VALUES {', '.join([row] * count)}) AS v"


def _rows(columns: Sequence[_Varying], count: int) -> Iterator[tuple[int, Iterable[object]]]:
    """The values of some rows at a time, one row after the other, and how many rows."""
    values = [_objects(column) for column in columns]
    for start in range(0, count, _ROWS):
        size = min(_ROWS, count - start)
        parts = [list(islice(column, size)) for column in values]
        yield size, chain.from_iterable(zip(*parts, strict=True))


def _objects(column: _Varying) -> Iterator[object]:
    if isinstance(column, np.ndarray):
        return (value for start in range(0, column.size, _BATCH) for value in column[start : start + _BATCH].tolist())
    return iter(column)


def _arrays(columns: Sequence[_Varying], count: int) -> Iterator[tuple[int, Iterable[object]]]:
    """The values of some rows at a time, one column after the other, and how many rows."""
    for start in range(0, count, _BATCH):
        stop = min(start + _BATCH, count)
        yield stop - start, [_array(column[start:stop]) for column in columns]


def _array(part: _Varying) -> object:
    if isinstance(part, range):
        return np.arange(part.start, part.stop)
    if isinstance(part, np.ndarray):
        return part if np.issubdtype(part.dtype, np.integer) else part.tolist()
    return part
