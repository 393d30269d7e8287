"""Rows → the name of their content, and values ↔ the one text that each is kept and named by."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from audql.types import Scalar

if TYPE_CHECKING:
    import duckdb

SEPARATOR = "\x1f"
"""Between the values of a column that holds many."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows in a database. The order of rows means nothing."""

    database: duckdb.DuckDBPyConnection
    source: str
    """SQL: what follows FROM."""
    columns: tuple[tuple[str, Scalar, bool], ...]
    """Name, type, and whether it holds many."""
    values: tuple[str, ...]
    """SQL: each column's value, of the type that a store keeps; where a column holds many, they are one text."""
    order: tuple[str, ...]
    """SQL: what to sort the rows by when they are kept."""


def canonical(value: object) -> str | None:
    """The one text of a value as it is read back from a snapshot."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            utc = value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
            return utc.isoformat(sep=" ")
        case dt.date():
            return value.isoformat()
        case Decimal():
            return plain_number(value)
        case list():
            return SEPARATOR.join(str(v) for v in value)
        case _:
            return str(value)


def plain_number(value: Decimal) -> str:
    """Without exponent, sign of zero or trailing zeros."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@dataclass(frozen=True, slots=True)
class Sums:
    """What rows come to, in whatever order.

    Each row's MD5 is cut into two numbers of 64 bits, and each of these summed modulo 2^64 (Bellare and Micciancio
    1997, AdHash): a change of k rows takes k steps. Two contents that differ have the same sums once in 2^128, and n
    of them some pair with odds of n²/2^129. They name content and prove nothing against someone who makes rows to
    collide. Nothing depends on a machine or on a version of the database: MD5 is a standard, the text of a row ours.
    """

    count: int
    high: int
    low: int

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.count + other.count, (self.high + other.high) % _MODULUS, (self.low + other.low) % _MODULUS)

    def __sub__(self, other: Sums) -> Sums:
        return Sums(self.count - other.count, (self.high - other.high) % _MODULUS, (self.low - other.low) % _MODULUS)


_MODULUS = 1 << 64


def sums_of(rows: Relation) -> Sums:
    text = f"concat({', '.join(_written(value, *c[1:]) for value, c in zip(rows.values, rows.columns, strict=True))})"
    ((*found,),) = rows.database.execute(
        f"SELECT count(*), sum(CAST(h >> 64 AS UBIGINT)), sum(CAST(h & {(1 << 64) - 1}::UHUGEINT AS UBIGINT)) "
        f"FROM (SELECT md5_number({text}) AS h FROM {rows.source})"
    ).fetchall()
    count, high, low = (int(number or 0) for number in found)
    return Sums(count, high % _MODULUS, low % _MODULUS)


def name_of_rows(columns: Sequence[tuple[str, Scalar, bool]], sums: Sums) -> str:
    """Hex; the same for the same columns and the same rows."""
    heading = json.dumps([[name, scalar.value, many] for name, scalar, many in columns])
    whole = f"{heading}\n{sums.count}\n{[sums.high, sums.low]}"
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def _written(value: str, scalar: Scalar, many: bool) -> str:
    """SQL: a value so that no two rows are written alike. Texts say their length; nothing is empty."""
    match scalar:
        case _ if many or scalar in (Scalar.TEXT, Scalar.CODE, Scalar.ANY):
            return f"strlen({value}), ':', {value}"
        case Scalar.DATE:
            return f"{value} - DATE '1970-01-01', ';'"
        case Scalar.INSTANT:
            return f"epoch_us({value}), ';'"
        case _:
            return f"{value}, ';'"


def name_of_snapshot(tables: Mapping[str, str], facts: Iterable[str]) -> str:
    """Hex; from the names of the tables and whatever else is told of them."""
    whole = json.dumps([sorted(tables.items()), sorted(facts)])
    return hashlib.sha256(whole.encode()).hexdigest()[:32]
