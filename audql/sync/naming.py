"""Rows that wait or were set aside → whether they name someone who was erased."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from audql.snapshot.schema import Table
from audql.state.erased import Erased
from audql.sync.row_files import Row, said

_PEOPLE = "people"


def naming_people(table: Table, columns: Mapping[str, str | None]) -> frozenset[str]:
    """The columns in which people are named. `columns`: field → column."""
    own = ("id", "username", "email") if table.name == _PEOPLE else ()
    fields = (column.name for column in table.columns if column.refers == _PEOPLE or column.name in own)
    return frozenset(name for name in map(columns.get, fields) if name is not None)


def names_someone(row: Row, naming: Collection[str] | None, erased: Erased) -> bool:
    """`naming`: the columns in which people are named; None where that is not known, as it is not of values without a
    column."""
    sure: list[str] = []
    others: list[str] = []
    for name, value in said(row):
        (sure if not name or naming is None or name in naming else others).append(value)
    return erased.named_in(sure, others)
