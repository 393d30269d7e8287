"""A table of Arrow, polars or pandas → which of its rows a query selects.

Rows that are equal in all that the query can look at are asked once, so that the cost is that of the different ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from audql import ir
from audql.diagnostics import AudQLError
from audql.engines.headings import Place, place_of, put
from audql.snapshot.database import quoted
from audql.types import Scalar, Schema

Records = Sequence[Mapping[str, object]]
_AT_ONCE = 10_000


class Table(Protocol):
    """What Arrow's PyCapsule interface asks of a table: those of pyarrow, polars and pandas have it."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that the query may look at."""

    sql: str
    """As a value that needs no further library in Python."""
    path: tuple[str, ...]
    is_zoned: bool = False
    """Whether the value is the microseconds since 1970 of an instant."""


def selected(
    table: Any, query: ir.Query, schema: Schema, ask: Callable[[Records], Sequence[bool]], *, one_by_one: bool
) -> NDArray[np.bool_]:
    """Per row of the table, whether it matches. `ask` says so of records.

    `one_by_one`: the query is about no other row than the one that is asked. Raises AudQLError without DuckDB.
    """
    if _is_pandas(table) and _is_mixed(table):
        every = [_Column("", _place(schema, str(name)).path) for name in table.columns]
        return _held(ask, every, table.itertuples(index=False, name=None))
    try:
        import duckdb
    except ModuleNotFoundError as missing:
        raise AudQLError("selecting from a table needs DuckDB: pip install 'audql[run]'") from missing
    with duckdb.connect() as database:
        source = database.from_df(table) if _is_pandas(table) else database.from_arrow(_Stream(table))
        columns = list(_columns(source, schema, _looked_at(query) if one_by_one else None))
        source.project(", ".join(f"{c.sql} AS c{i}" for i, c in enumerate(columns)) or "0 AS c0").create("asked")
        if not one_by_one:
            return _held(ask, columns, _fetched(database.execute("FROM asked ORDER BY rowid")))
        names = [f"c{i}" for i in range(max(1, len(columns)))]
        database.execute("CREATE TABLE different AS SELECT DISTINCT * FROM asked")
        held = _held(ask, columns, _fetched(database.execute("FROM different ORDER BY rowid")))
        same = " AND ".join(f"a.{name} IS NOT DISTINCT FROM d.{name}" for name in names)
        found = database.execute(
            f"SELECT a.rowid AS row, d.rowid AS one FROM asked a JOIN different d ON {same}"
        ).fetchnumpy()
    mask = np.zeros(len(found["row"]), dtype=np.bool_)
    mask[found["row"]] = held[found["one"]]
    return mask


def rows_of(table: Any, mask: NDArray[np.bool_]) -> Any:
    """The table with only these rows."""
    return table.loc[mask] if _is_pandas(table) else table.filter(mask)


class _Stream:
    """Only the interface of a table: of one whose library it knows DuckDB asks for more."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def _is_pandas(given: object) -> bool:
    """Of whatever subclass."""
    return any(kind.__module__.partition(".")[0] == "pandas" for kind in type(given).__mro__)


def _is_mixed(frame: Any) -> bool:
    """Whether values of several types share a column of a frame of pandas: DuckDB would make them one."""
    from pandas.api.types import infer_dtype

    objects = (frame[name] for name, dtype in frame.dtypes.items() if dtype.kind == "O")
    return any(infer_dtype(column, skipna=True).startswith("mixed") for column in objects)


def _place(schema: Schema, heading: str) -> Place:
    found = place_of(schema, heading)
    if found is not None:
        return found
    has_custom = schema.person.field("custom") is not None
    return Place(("custom", heading.removeprefix("custom.")) if has_custom else (heading,), Scalar.ANY)


def _looked_at(query: ir.Query) -> frozenset[str] | None:
    """The names of the fields that a query looks at; None where one is read in a way of its own."""
    names: set[str] = set()
    for node in ir.walk(query):
        if isinstance(node, ir.Field | ir.Hop):
            names.update(name for step in node.steps for name in (step.name, *step.also))
            if any(step.read is not None for step in node.steps):
                return None
    return frozenset(names)


def _may_matter(schema: Schema, place: Place, looked_at: frozenset[str] | None) -> bool:
    """Whether a query that looks at these fields can look at what is there: a single value of the person is looked at
    by its name; a part of something, perhaps by another."""
    if looked_at is None:
        return True
    field = schema.person.field(place.path[0])
    is_single = place.path[0] == "custom" or (field is not None and isinstance(field.type, Scalar))
    return place.path[-1] in looked_at or not is_single


def _columns(source: Any, schema: Schema, looked_at: frozenset[str] | None) -> Iterator[_Column]:
    for name, kind in zip(source.columns, map(str, source.types), strict=True):
        place = _place(schema, name)
        if _may_matter(schema, place, looked_at):
            is_zoned = kind.endswith("TIME ZONE")
            yield _Column(f"epoch_us({quoted(name)})" if is_zoned else quoted(name), place.path, is_zoned)


def _held(
    ask: Callable[[Records], Sequence[bool]], columns: Sequence[_Column], rows: Iterable[Sequence[object]]
) -> NDArray[np.bool_]:
    """Per row whether it matches."""
    return np.array(ask([_record(row, columns) for row in rows]), dtype=np.bool_)


def _fetched(rows: Any) -> Iterator[tuple[object, ...]]:
    while some := rows.fetchmany(_AT_ONCE):
        yield from some


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _instant(microseconds: int) -> dt.datetime | None:
    """None beyond the years 1 to 9999."""
    try:
        return _EPOCH + dt.timedelta(microseconds=microseconds)
    except OverflowError:
        return None


def _record(row: Sequence[object], columns: Sequence[_Column]) -> Mapping[str, object]:
    record: dict[str, object] = {}
    for value, column in zip(row, columns, strict=False):  # of no column at all, a row has a 0
        if column.is_zoned and isinstance(value, int):
            value = _instant(value)
        if value is not None and value == value:  # NaN is no value, and none of its own
            put(record, column.path, value)
    return record
