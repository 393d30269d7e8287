"""What the columnar engine reads: tables of items, one per record type, with columns of codes and links of rows.

Rows are numbered from 0. A store has all items that a question can lead to, and never changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audql.engines.columnar.dictionary import Codes, Dictionary
from audql.types import Field

Rows: TypeAlias = NDArray[np.intp]
Mask: TypeAlias = NDArray[np.bool_]
Offsets: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Column:
    """One value a row, or none: `codes` (n,), where 0 is nothing."""

    codes: Codes
    dictionary: Dictionary


@dataclass(frozen=True, eq=False)
class ManyColumn:
    """Several values a row: those of row i are `codes[offsets[i]:offsets[i + 1]]`. No code is 0."""

    offsets: Offsets
    codes: Codes
    dictionary: Dictionary


@dataclass(frozen=True, eq=False)
class One:
    """From each row of a table to at most one of another: `rows` (n,), -1 where to none."""

    rows: NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, eq=False)
class Several:
    """From each row of a table to rows of another, in order: row i leads to `rows[offsets[i]:offsets[i + 1]]`."""

    offsets: Offsets
    rows: NDArray[np.signedinteger[Any]]


Links: TypeAlias = One | Several


class Store(Protocol):
    """Items as columns. Fields are those of the schema that queries were compiled with."""

    root: str
    everyone: int
    """The first so many rows of the root's table are those whom queries are about."""

    def count(self, record: str) -> int:
        """How many items of that type there are."""
        ...

    def column(self, record: str, field: Field) -> Column | ManyColumn:
        """What the items hold under a scalar field."""
        ...

    def links(self, record: str, field: Field) -> Links:
        """The items that they lead to by a reference or a collection: what records hold, without any relation."""
        ...

    def owners(self, record: str, field: Field) -> One | None:
        """The other way round: from each item that the field can lead to, to the one that leads there. None where
        several may."""
        ...

    def postings(self, record: str, field: Field) -> Postings | None:
        """The items by what they hold under a field: by the code of a scalar, by the row of a reference. None where an
        item can hold several."""
        ...

    def identity(self, record: str) -> NDArray[np.int64] | None:
        """Equal for rows that are one and the same item; None where no two rows are."""
        ...


def several(links: Links) -> Several:
    """The links in their general form."""
    if isinstance(links, Several):
        return links
    there = links.rows >= 0
    return Several(offsets_of(there), links.rows[there])


def offsets_of(counts: NDArray[np.generic]) -> Offsets:
    """Where each group starts, and where the last one ends."""
    found = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=found[1:])
    return found


def spans(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> Rows:
    """The concatenation of `range(start, start + count)`."""
    ends = np.cumsum(counts)
    return np.arange(int(counts.sum()), dtype=np.intp) + np.repeat(starts - ends + counts, counts)


def distinct(rows: Rows) -> Rows:
    """The rows ascending, each once: of few in a fraction of the time that `numpy.unique` takes."""
    ordered = np.sort(rows)
    fresh = np.empty(len(ordered), dtype=bool)
    fresh[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    return ordered[fresh]


@dataclass(frozen=True, slots=True)
class Postings:
    """Rows by key: those of key k are `order[offsets[k]:offsets[k + 1]]`, ascending; without an order, these numbers
    themselves."""

    offsets: Offsets
    order: NDArray[np.int32] | None

    def count(self, low: int, high: int) -> int:
        """How many rows have a key from `low` to below `high`."""
        return int(self.offsets[high] - self.offsets[low])

    def piece(self, low: int, high: int) -> slice | Rows:
        """These rows, ascending."""
        start, end = int(self.offsets[low]), int(self.offsets[high])
        if self.order is None:
            return slice(start, end)
        rows = self.order[start:end].astype(np.intp)
        return rows if high - low == 1 else np.sort(rows)


def postings(keys: NDArray[np.integer[Any]], size: int) -> Postings:
    """The rows by their keys, which are below `size`; rows with a key below 0 are left out."""
    lowest = int(keys.min(initial=0))
    if np.all(keys[1:] >= keys[:-1]):
        if lowest >= 0:
            return Postings(np.searchsorted(keys, np.arange(size + 1, dtype=keys.dtype)), None)
        order = np.arange(len(keys), dtype=np.int32)
    else:
        order = np.argsort(keys, kind="stable").astype(np.int32)
    if lowest < 0:
        order = order[np.count_nonzero(keys < 0) :]
    return Postings(offsets_of(np.bincount(keys[order], minlength=size)), order)
