"""Rows → the name of their content, and values ↔ the one text that each is kept and named by."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from audql.types import Scalar

Row: TypeAlias = tuple[str | None, ...]
"""One value a column in canonical text; None is nothing."""

SEPARATOR = "\x1f"
"""Between the values of a column that holds many."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One table's rows: `columns` names and types, in the order of the values. The order of rows means nothing."""

    columns: tuple[tuple[str, Scalar, bool], ...]
    """Name, type, and whether it holds many."""
    rows: tuple[Row, ...]

    def index(self, name: str) -> int:
        return [c[0] for c in self.columns].index(name)

    def column(self, name: str) -> list[str | None]:
        at = self.index(name)
        return [row[at] for row in self.rows]


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


def name_of_rows(rows: Rows) -> str:
    """Hex; the same for the same columns and the same rows in whatever order.

    The sum modulo 2^512 of the rows' hashes (Bellare and Micciancio 1997, AdHash): a change of k rows costs k. It names
    content and proves nothing against someone who makes rows to collide.
    """
    total = 0
    for row in rows.rows:
        total += int.from_bytes(hashlib.blake2b(repr(row).encode()).digest(), "little")
    heading = json.dumps([[name, scalar.value, many] for name, scalar, many in rows.columns])
    whole = f"{heading}\n{len(rows.rows)}\n{total % (1 << 512)}"
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def name_of_snapshot(tables: Mapping[str, str], facts: Iterable[str]) -> str:
    """Hex; from the names of the tables and whatever else is told of them."""
    whole = json.dumps([sorted(tables.items()), sorted(facts)])
    return hashlib.sha256(whole.encode()).hexdigest()[:32]
