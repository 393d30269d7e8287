"""The columns of a snapshot as the engine has them: kept, made of kept ones and a patch, or made."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

import numpy as np

from audql.engines.columnar.kept import Kept
from audql.engines.columnar.loading import loaded
from audql.engines.columnar.patching import patched_column, patched_references
from audql.engines.columnar.store import Column, ManyColumn
from audql.snapshot.columns import LEARNING, References
from audql.snapshot.columns import Column as AnyColumn
from audql.snapshot.database import quoted
from audql.snapshot.snapshot import Snapshot

_Key: TypeAlias = tuple[str, ...]
_KEYS = {LEARNING: ("id", "kind")}
"""What rows of a table are referred to by, where it is not the id alone."""


def column_of(snapshot: Snapshot, table: str, name: str) -> Column | ManyColumn | None:
    """A column of values, in the order of the table's rows; None where there is none of that name."""
    columns, kept = snapshot.columns(table), kept_of(snapshot)
    if name not in columns:
        return None

    def make() -> Column | ManyColumn | None:
        patch = snapshot.patch(table)
        few = loaded(patch[1][name]) if patch is not None else None
        if patch is None or not isinstance(few, Column):
            return loaded(columns[name])  # columns of many values are not kept
        of_file = snapshot.bases
        base = kept.column((of_file.arrangement(table), table, name), lambda: loaded(of_file.columns(table)[name]))
        assert isinstance(base, Column)
        return patched_column(base, few, patch[0], columns.count)

    return kept.column((snapshot.arrangement(table), table, name), make)


def references_of(snapshot: Snapshot, table: str, name: str, target: str) -> References:
    """A column that refers to rows of a table that there is."""
    kept, of_files = kept_of(snapshot), snapshot.bases

    def key(one: Snapshot) -> tuple[str, ...]:
        return one.arrangement(table), one.arrangement(target), table, name

    def make() -> References:
        if key(snapshot) == key(of_files) or target == table:
            return _references(snapshot.columns(table)[name])
        base = kept.references(key(of_files), lambda: _references(of_files.columns(table)[name]))
        patch = snapshot.patch(table)
        rows, few = (_NO_ROWS, References(_NO_ROWS.astype(np.int32), target, snapshot.count(target), ()))
        if patch is not None:
            rows, few = patch[0], _references(patch[1][name])
        moved = _moved(snapshot, target)
        now = _found(snapshot, target, {*moved.values(), *base.gone})
        return patched_references(base, few, rows, moved, now, snapshot.count(table))

    return kept.references(key(snapshot), make)


_NO_ROWS = np.zeros(0, dtype=np.int64)


def _moved(snapshot: Snapshot, table: str) -> dict[int, _Key]:
    """The keys of the rows of a table's file whose number another row has now, or none."""
    patch, base = snapshot.patch(table), snapshot.bases
    if patch is None:
        return {}
    rows = np.append(patch[0], np.arange(snapshot.count(table), max(snapshot.count(table), base.count(table))))
    key = _KEYS.get(table, ("id",))
    query = f"SELECT row, {', '.join(key)} FROM {quoted(table)} WHERE row IN (SELECT unnest(?))"
    found = base.ask(query, table, given=[rows.tolist()])
    return dict(zip(found["row"].tolist(), zip(*(found[name].tolist() for name in key), strict=True), strict=True))


def _found(snapshot: Snapshot, table: str, keys: Collection[_Key]) -> dict[_Key, int]:
    """The rows of a table that have these keys, where there are such."""
    if not keys:
        return {}
    key = _KEYS.get(table, ("id",))
    query = f"SELECT row, {', '.join(key)} FROM {quoted(table)} WHERE id IN (SELECT unnest(?))"
    found = snapshot.ask(query, table, given=[[one[0] for one in keys]])
    there = zip(zip(*(found[name].tolist() for name in key), strict=True), found["row"].tolist(), strict=True)
    return {one: row for one, row in there if one in keys}


def kept_of(snapshot: Snapshot) -> Kept:
    """What is kept of its tables, and of their files without patches."""
    both = (snapshot, snapshot.bases)
    contents = {one.arrangement(table.name) for one in both for table in one.tables if one.has(table.name)}
    return Kept(snapshot.folder / "columns", frozenset(contents))


def _references(column: AnyColumn) -> References:
    assert isinstance(column, References)
    return column
