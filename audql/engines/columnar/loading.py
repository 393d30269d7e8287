"""A snapshot's tables → columns of codes with typed dictionaries, each read when first asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from audql.engines.columnar.dictionary import EPOCH_DAY, Codes, Days, Instants, Numbers, Texts, Truths
from audql.engines.columnar.store import Column, ManyColumn, offsets_of
from audql.snapshot.snapshot import Snapshot
from audql.text import fold
from audql.types import Scalar

_MISSING_DAY = int(np.iinfo(np.int32).min)
_MISSING_US = int(np.iinfo(np.int64).min)


class Loaded:
    """The columns of one snapshot, in the order of its rows. What was read once is kept."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._columns: dict[tuple[str, str], Column | ManyColumn | None] = {}
        self._items: dict[str, tuple[list[str], list[str], list[str]]] = {}

    def has(self, table: str) -> bool:
        return self._snapshot.has(table)

    def count(self, table: str) -> int:
        return self._snapshot.count(table)

    def column(self, table: str, name: str) -> Column | ManyColumn | None:
        """A column, or None where the feed has none of that name."""
        key = (table, name)
        if key not in self._columns:
            self._columns[key] = self._read(table, name)
        return self._columns[key]

    def column_or(self, table: str, name: str, other: str) -> Column:
        """Texts of a column, and where there is none, those of the other."""
        rows = self._snapshot.ask(f"SELECT coalesce({quoted(name)}, {quoted(other)}) AS v FROM {table} ORDER BY row", table)
        return texts_of([str(v) for v in rows["v"]])

    def references(self, table: str, name: str, target: str) -> NDArray[np.int32]:
        """Per row of the table the row of the target whose id it names; -1 where none."""
        if self._type(table, name) is None:
            return np.full(self.count(table), -1, dtype=np.int32)
        ids = self._snapshot.ask(f"SELECT id FROM {target} ORDER BY row", target)["id"]
        return self._snapshot.codes(table, quoted(name), ids).astype(np.int32) - 1

    def learning(self, table: str) -> NDArray[np.int32]:
        """Per row the row of the learning that it is about, by kind and id."""
        if self.has("learning"):
            keys = self._snapshot.ask(f"SELECT {_LEARNING_KEY.format('id')} AS k FROM learning ORDER BY row", "learning")["k"]
        else:
            ids, _, kinds = self.named("learning")
            keys = np.array([f"{kind}\\x1f{id_}" for id_, kind in zip(ids, kinds, strict=True)], dtype=object)
        return self._snapshot.codes(table, _LEARNING_KEY.format("learning"), keys).astype(np.int32) - 1

    def named(self, record: str) -> tuple[list[str], list[str], list[str]]:
        """Items that have no table: ids, names and kinds."""
        if record not in self._items:
            self._items[record] = self._named(record)
        return self._items[record]

    def named_rows(self, table: str, name: str, record: str) -> NDArray[np.int32]:
        """Per row the item without a table that it names; -1 where none."""
        if self._type(table, name) is None:
            return np.full(self.count(table), -1, dtype=np.int32)
        ids = np.array(self.named(record)[0], dtype=object)
        return self._snapshot.codes(table, quoted(name), ids).astype(np.int32) - 1

    def _named(self, record: str) -> tuple[list[str], list[str], list[str]]:
        if record == "learning":
            found = self._snapshot.ask(
                "SELECT DISTINCT kind, learning FROM (SELECT kind, learning FROM completions"
                " UNION ALL SELECT kind, learning FROM enrolments) WHERE learning IS NOT NULL ORDER BY ALL",
                "completions",
                "enrolments",
            )
            ids = [str(v) for v in found["learning"]]
            return ids, ids, [str(v) for v in found["kind"]]
        if record == "event":
            found = self._snapshot.ask(
                "SELECT DISTINCT event, coalesce(name, event) AS name FROM attendances"
                " LEFT JOIN (SELECT id, name FROM learning WHERE kind = 'event') ON id = event ORDER BY event",
                "attendances",
                "learning",
            )
            ids = [str(v) for v in found["event"]]
            return ids, [str(v) for v in found["name"]], [""] * len(ids)
        if record in ("org", "position") and self.has("jobs"):
            found = self._snapshot.ask(
                f"SELECT DISTINCT {record} AS v FROM jobs WHERE {record} IS NOT NULL ORDER BY v", "jobs"
            )
            ids = [str(v) for v in found["v"]]
            return ids, ids, [""] * len(ids)
        return [], [], []

    def _type(self, table: str, name: str) -> tuple[Scalar, bool] | None:
        return self._snapshot.column_types(table).get(name)

    def _read(self, table: str, name: str) -> Column | ManyColumn | None:
        type_ = self._type(table, name)
        if type_ is None:
            return None
        scalar, many = type_
        place = quoted(name)
        if many:
            return self._several(table, place)
        match scalar:
            case Scalar.TEXT | Scalar.CODE | Scalar.ANY:
                return self._texts(table, place)
            case Scalar.DATE:
                found = self._ask(table, f"coalesce({place} - DATE '1970-01-01', {_MISSING_DAY})::INTEGER")
                codes, numbers = _dense(found, _MISSING_DAY)
                return Column(codes, Days((numbers + EPOCH_DAY).astype(np.int32)))
            case Scalar.INSTANT:
                found = self._ask(table, f"coalesce(epoch_us({place}), {_MISSING_US})")
                codes, numbers = _dense(found, _MISSING_US)
                return Column(codes, Instants(numbers))
            case Scalar.YES_NO:
                return Column(self._ask(table, f"coalesce({place}::TINYINT + 1, 0)::UTINYINT"), Truths())
            case Scalar.NUMBER:
                return self._numbers(table, place)

    def _ask(self, table: str, expression: str) -> NDArray[np.generic]:
        found = self._snapshot.ask(f"SELECT {expression} AS v FROM {table} ORDER BY row", table)["v"]
        return np.asarray(found)

    def _distinct(self, table: str, expression: str) -> list[str]:
        found = self._snapshot.ask(
            f"SELECT DISTINCT {expression} AS v FROM {table} WHERE v IS NOT NULL", table
        )["v"]
        return [str(v) for v in found]

    def _texts(self, table: str, place: str) -> Column:
        values, folded = in_order(self._distinct(table, place))
        codes = self._snapshot.codes(table, place, np.array(values, dtype=object))
        return Column(_narrow(codes, len(values)), Texts(values, folded))

    def _numbers(self, table: str, place: str) -> Column:
        written = sorted(map(Decimal, self._distinct(table, f"CAST({place} AS VARCHAR)")))
        found = self._ask(table, f"coalesce(CAST({place} AS DOUBLE), 'NaN'::DOUBLE)").astype(np.float64)
        keys = np.array([float(n) for n in written], dtype=np.float64)
        if len(np.unique(keys)) < len(keys):  # too near for a float: by their texts
            texts = [f"{n:.9f}" for n in written]
            codes = self._snapshot.codes(table, f"CAST({place} AS VARCHAR)", np.array(texts, dtype=object))
        else:
            codes = np.where(np.isnan(found), 0, np.searchsorted(keys, found) + 1)
        return Column(_narrow(codes, len(written)), Numbers(written))

    def _several(self, table: str, place: str) -> ManyColumn:
        found = self._snapshot.ask(
            f"SELECT row, unnest({place}) AS v FROM {table} ORDER BY row", table
        )
        texts = [str(v) for v in found["v"]]
        counts = np.bincount(np.asarray(found["row"], dtype=np.int64), minlength=self.count(table))
        column = texts_of(texts)
        return ManyColumn(offsets_of(counts), column.codes, column.dictionary)


_LEARNING_KEY = "kind || chr(31) || {}"


def texts_of(texts: Sequence[str]) -> Column:
    """A few texts as a column."""
    values, folded = in_order(set(texts))
    codes = {value: code for code, value in enumerate(values, 1)}
    return Column(_narrow(np.array([codes[text] for text in texts], dtype=np.uint32), len(values)), Texts(values, folded))


def in_order(texts: "Sequence[str] | set[str]") -> tuple[list[str], list[str]]:
    """Different texts in the order of their folded forms, and these."""
    pairs = sorted((fold(text), text) for text in texts)
    return [text for _, text in pairs], [folded for folded, _ in pairs]


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _dense(found: NDArray[np.generic], missing: int) -> tuple[Codes, NDArray[np.int64]]:
    """Whole numbers → codes in their order, 0 where missing, and the numbers."""
    held = found != missing
    numbers = found[held].astype(np.int64)
    if not numbers.size:
        return np.zeros(len(found), dtype=np.uint8), numbers
    low, high = int(numbers.min()), int(numbers.max())
    if high - low < 4 * len(numbers) + 1024:
        used = np.bincount(numbers - low) > 0
        ranks = np.cumsum(used)
        distinct, inverse = np.flatnonzero(used) + low, ranks[numbers - low]
    else:
        distinct, inverse = np.unique(numbers, return_inverse=True)
        inverse = inverse + 1
    codes = np.zeros(len(found), dtype=_width(len(distinct)))
    codes[held] = inverse
    return codes, distinct


def _width(distinct: int) -> type[np.unsignedinteger]:
    return np.uint8 if distinct < 256 else np.uint16 if distinct < 65536 else np.uint32


def _narrow(codes: NDArray[np.generic], distinct: int) -> Codes:
    return codes.astype(_width(distinct))
