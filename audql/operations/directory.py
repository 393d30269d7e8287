"""Everyone in a snapshot, found by id, username or email without an object for each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import overload

import numpy as np

from audql.engines.columnar.dictionary import CodeSet, Texts
from audql.engines.columnar.reading import column_of
from audql.engines.columnar.store import Column
from audql.snapshot.snapshot import Snapshot
from audql.types import Thing, Things


class Directory(Things):
    """The people of a snapshot, by the columns that the engine keeps of them."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._columns: dict[str, Column | None] = {}

    def find(self, folded: str) -> Sequence[Thing]:
        found = self._rows("id", folded) or sorted({*self._rows("username", folded), *self._rows("email", folded)})
        return [self._thing(row) for row in found]

    @overload
    def __getitem__(self, at: int) -> Thing: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Thing]: ...
    def __getitem__(self, at: int | slice) -> Thing | Sequence[Thing]:
        return self._snapshot.catalogue()["person"][at]

    def __len__(self) -> int:
        return self._snapshot.head_count

    def _column(self, name: str) -> Column | None:
        if name not in self._columns:
            found = column_of(self._snapshot, "people", name)
            self._columns[name] = found if isinstance(found, Column) else None
        return self._columns[name]

    def _rows(self, name: str, folded: str) -> list[int]:
        column = self._column(name)
        if column is None or not isinstance(column.dictionary, Texts):
            return []
        known = column.dictionary.folded
        low = bisect_left(known, folded)
        high = bisect_right(known, folded, lo=low)
        if low == high:
            return []
        rows: list[int] = np.flatnonzero(CodeSet(((low + 1, high + 1),)).holds(column.codes)).tolist()
        return rows

    def _thing(self, row: int) -> Thing:
        """As `Snapshot.catalogue` has it."""
        id_, username, email = (self._text(name, row) for name in ("id", "username", "email"))
        return Thing(id_, username or id_, also=(email,) if email else ())

    def _text(self, name: str, row: int) -> str:
        column = self._column(name)
        code = int(column.codes[row]) if column is not None else 0
        return str(column.dictionary.values[code - 1]) if column is not None and code else ""
