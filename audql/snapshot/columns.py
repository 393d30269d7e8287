"""A table of a snapshot → numpy arrays, one column at a time, in the order of its rows' numbers; no row is an object.

- Text and codes are numbers into a dictionary of the different texts, which is sorted, so that a text is compared once
  however many rows have it.
- What refers to another table of the feed is the number of the row there, so that a condition on it is looked up once
  for each of those rows. What that table has no more comes after its last row.
- Numbers are exact: numbers into a dictionary of the different ones, ascending, so that they compare as their codes do.
- Days are days since 1970, instants microseconds since 1970 in UTC.

Each has a value that stands for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from audql.snapshot.database import quoted
from audql.snapshot.schema import Table
from audql.types import Scalar

Codes: TypeAlias = npt.NDArray[np.int32]

T = TypeVar("T", bound=np.generic)
Counts: TypeAlias = Mapping[str, int]

LEARNING = "learning"
"""The table with a key of two parts."""

NO_CODE = -1
NO_DAY = int(np.iinfo(np.int32).min)
NO_INSTANT = int(np.iinfo(np.int64).min)
NO_ANSWER = -1

Ask: TypeAlias = Callable[..., Mapping[str, Any]]
"""`Snapshot.ask`."""


@dataclass(frozen=True, slots=True)
class Texts:
    """`codes` (n_rows,): the place of each row's text in `words`, or NO_CODE."""

    codes: Codes
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ManyTexts:
    """Row i has the texts `codes[starts[i]:starts[i + 1]]`. `starts` (n_rows + 1,) int64."""

    starts: npt.NDArray[np.int64]
    codes: Codes
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class References:
    """`rows` (n_rows,): which row of the table `table` each refers to, or NO_CODE; from `count` on, one of `gone`."""

    rows: Codes
    table: str
    count: int
    gone: tuple[tuple[str, ...], ...]
    """The keys that the table has no more: what stayed of an earlier snapshot can refer to them."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """`codes` (n_rows,): the place of each row's number in `values`, which ascend, or NO_CODE."""

    codes: Codes
    values: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Days:
    """(n_rows,) int32, days since 1970-01-01, or NO_DAY."""

    days: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Instants:
    """(n_rows,) int64, microseconds since 1970-01-01 in UTC, or NO_INSTANT."""

    microseconds: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Answers:
    """(n_rows,) int8: 1 is yes, 0 is no, NO_ANSWER is nothing."""

    answers: npt.NDArray[np.int8]


Column: TypeAlias = Texts | ManyTexts | References | Numbers | Days | Instants | Answers


class Columns(Mapping[str, Column]):
    """The columns of one table; each is read when it is first asked for."""

    def __init__(self, ask: Ask, table: Table, columns: Sequence[tuple[str, Scalar, bool]], known: Counts) -> None:
        """`columns`: name, type and whether it holds many. `known`: the tables that there are."""
        self.count = known.get(table.name, 0)
        self._ask = ask
        self._table = table
        self._known = known
        self._types = {name: (scalar, many) for name, scalar, many in columns}
        self._read: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._read:
            self._read[name] = self._column(name, *self._types[name])
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._types  # without reading it

    def target(self, name: str) -> str | None:
        """The table to whose rows a column refers, where it does."""
        declared = self._table.column(name)
        return declared.refers if declared is not None and declared.refers in self._known else None

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    def _column(self, name: str, scalar: Scalar, many: bool) -> Column:
        declared = self._table.column(name)
        value = quoted(name)
        match scalar:
            case _ if many:
                return self._many(value)
            case Scalar.NUMBER:
                codes, numbers = self._coded(value)
                return Numbers(codes, tuple(Decimal(text) for text in numbers))
            case Scalar.YES_NO:
                return Answers(self._values(f"CAST({value} AS TINYINT)", np.full(self.count, NO_ANSWER, np.int8)))
            case Scalar.DATE:
                days = f"CAST({value} - DATE '1970-01-01' AS INTEGER)"
                return Days(self._values(days, np.full(self.count, NO_DAY, np.int32)))
            case Scalar.INSTANT:
                return Instants(self._values(f"epoch_us({value})", np.full(self.count, NO_INSTANT, np.int64)))
            case _ if declared is not None and declared.refers in self._known:
                return self._references(value, declared.refers)
            case _:
                codes, words = self._coded(value)
                return Texts(codes, words)

    def _values(self, value: str, into: npt.NDArray[T]) -> npt.NDArray[T]:
        """Rows come in any order, each with its place."""
        name = quoted(self._table.name)
        found = self._ask(f"SELECT row, {value} AS v FROM {name} WHERE ({value}) IS NOT NULL", self._table.name)
        into[found["row"]] = found["v"]
        return into

    def _coded(self, value: str) -> tuple[Codes, tuple[str, ...]]:
        table = self._table.name
        different = f"different AS (SELECT DISTINCT {value} AS v FROM {quoted(table)} WHERE {value} IS NOT NULL)"
        codes = np.full(self.count, NO_CODE, np.int32)
        found = self._ask(
            f", {different}, coded AS (SELECT v, row_number() OVER (ORDER BY v) - 1 AS code FROM different) "
            f"SELECT t.row, CAST(code AS INTEGER) AS code FROM {quoted(table)} t JOIN coded ON t.{value} = coded.v",
            table,
        )
        codes[found["row"]] = found["code"]
        words = self._ask(f", {different} SELECT CAST(v AS VARCHAR) AS v FROM different ORDER BY different.v", table)
        return codes, tuple(words["v"].tolist())

    def _many(self, value: str) -> ManyTexts:
        table = self._table.name
        each = f"each AS (SELECT row, unnest({value}) AS v FROM {quoted(table)})"
        different = "different AS (SELECT DISTINCT v FROM each)"
        found = self._ask(
            f", {each}, {different}, coded AS (SELECT v, row_number() OVER (ORDER BY v) - 1 AS code FROM different) "
            "SELECT row, CAST(code AS INTEGER) AS code FROM each JOIN coded USING (v) ORDER BY row, code",
            table,
        )
        words = self._ask(f", {each}, {different} SELECT v FROM different ORDER BY v", table)
        starts = np.searchsorted(found["row"], np.arange(self.count + 1))
        return ManyTexts(starts.astype(np.int64), np.asarray(found["code"], np.int32), tuple(words["v"].tolist()))

    def _references(self, value: str, target: str) -> References:
        """By id, and by kind where that is part of the key."""
        table, count = self._table.name, self._known[target]
        key = [value, "kind"] if target == LEARNING else [value]
        same = " AND ".join(f"b.{of} = a.{one}" for one, of in zip(key, ["id", "kind"], strict=False))
        rows = np.full(self.count, NO_CODE, np.int32)
        found = self._ask(
            f"SELECT a.row, b.row AS target FROM {quoted(table)} a JOIN {quoted(target)} b ON {same}",
            *dict.fromkeys([table, target]),
        )
        rows[found["row"]] = found["target"]
        gone = self._ask(
            f"SELECT a.row, {', '.join(f'a.{one} AS k{i}' for i, one in enumerate(key))} FROM {quoted(table)} a "
            f"WHERE a.{value} IS NOT NULL AND NOT EXISTS (FROM {quoted(target)} b WHERE {same})",
            *dict.fromkeys([table, target]),
        )
        keys = list(zip(*(gone[f"k{i}"].tolist() for i in range(len(key))), strict=True))
        number = {one: count + i for i, one in enumerate(sorted(set(keys)))}
        rows[gone["row"]] = [number[one] for one in keys]
        return References(rows, target, count, tuple(number))
