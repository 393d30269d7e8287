"""What the columnar engine reads: tables of items, one per record type, with columns of codes and links of rows.

Rows are numbered from 0. A store may find more items while it is asked, so that a table can grow; it never changes
those it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audql.engines.columnar.dictionary import Dictionary
from audql.types import Field

Rows: TypeAlias = NDArray[np.intp]
Mask: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class Column:
    """One value a row, or none: `codes` (n,), where 0 is nothing."""

    codes: Codes
    dictionary: Dictionary


@dataclass(frozen=True)
class ManyColumn:
    """Several values a row: those of row i are `codes[offsets[i]:offsets[i + 1]]`. No code is 0."""

    offsets: NDArray[np.int64]
    codes: Codes
    dictionary: Dictionary


@dataclass(frozen=True)
class Links:
    """From the rows of one table to those of another, in order: row i leads to `rows[offsets[i]:offsets[i + 1]]`."""

    offsets: NDArray[np.int64]
    rows: Rows

    @cached_property
    def single(self) -> Rows | None:
        """The one row that each leads to, -1 where none; None where some lead to several."""
        counts = np.diff(self.offsets)
        if counts.max(initial=0) > 1:
            return None
        found = np.full(len(counts), -1, dtype=np.intp)
        found[counts == 1] = self.rows
        return found


class Store(Protocol):
    """Items as columns. Fields are those of the schema that queries were compiled with."""

    root: str
    everyone: int
    """The first so many rows of the root's table are those whom queries are about."""

    def count(self, record: str) -> int:
        """How many items of that type are known so far."""
        ...

    def column(self, record: str, field: Field) -> Column | ManyColumn:
        """What the items hold under a scalar field."""
        ...

    def links(self, record: str, field: Field) -> Links:
        """The items that they lead to by a reference or a collection: what records hold, without any relation."""
        ...

    def identity(self, record: str) -> NDArray[np.int64] | None:
        """Equal for rows that are one and the same item; None where no two rows are."""
        ...


def spans(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> Rows:
    """The concatenation of `range(start, start + count)`."""
    total = int(counts.sum())
    ends = np.cumsum(counts)
    return np.arange(total, dtype=np.intp) + np.repeat(starts - ends + counts, counts)
