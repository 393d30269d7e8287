"""A store in which people are also in the audiences that are decided so far."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from audql.engines.columnar.dictionary import EPOCH_DAY, Days, Dictionary, Texts
from audql.engines.columnar.store import Column, Links, ManyColumn, One, Postings, Several, Store, postings
from audql.engines.engine import Joined
from audql.types import Field, Many, Schema


def membership_of(schema: Schema) -> Field | None:
    """The field of a person whose items name audiences."""
    for field in schema.person.fields:
        if isinstance(field.type, Many) and any(f.names == "audience" for f in schema.record(field.type.record).fields):
            return field
    return None


class WithMemberships:
    """A store with one more table, whose rows are person, audience and since when."""

    def __init__(self, store: Store, field: Field, audiences: Mapping[str, Joined]) -> None:
        self._store, self._field = store, field
        assert isinstance(field.type, Many)
        self._record = field.type.record
        self.root, self.everyone = store.root, store.everyone
        names = sorted(audiences)
        members = [audiences[name].members.ordinals() for name in names]
        since = [audiences[name].since for name in names]
        nobody = np.zeros(0, dtype=np.int32)
        self._people = One(np.concatenate([*members, nobody]))
        codes = np.repeat(np.arange(1, len(names) + 1, dtype=np.uint32), [len(m) for m in members])
        self._names = Column(codes, Texts(names, names))
        self._since = _days(np.concatenate([*since, nobody]))

    def count(self, record: str) -> int:
        return len(self._people.rows) if record == self._record else self._store.count(record)

    def column(self, record: str, field: Field) -> Column | ManyColumn:
        if record != self._record:
            return self._store.column(record, field)
        match field.name:
            case "name":
                return self._names
            case "since":
                return self._since
            case _:
                return Column(np.zeros(self.count(record), dtype=np.uint8), Dictionary(()))

    def links(self, record: str, field: Field) -> Links:
        if field != self._field:
            return self._store.links(record, field)
        by_person = postings(self._people.rows, self.everyone)
        everyone = np.arange(len(self._people.rows), dtype=np.int32)
        return Several(by_person.offsets, everyone if by_person.order is None else by_person.order)

    def owners(self, record: str, field: Field) -> One | None:
        return self._people if field == self._field else self._store.owners(record, field)

    def postings(self, record: str, field: Field) -> Postings | None:
        if record != self._record:
            return self._store.postings(record, field)
        return postings(self._names.codes, self._names.dictionary.size) if field.name == "name" else None

    def identity(self, record: str) -> NDArray[np.int64] | None:
        return None if record == self._record else self._store.identity(record)


def _days(numbers: NDArray[np.int32]) -> Column:
    """Days since 1970 as a column."""
    distinct, codes = np.unique(numbers, return_inverse=True)
    return Column((codes + 1).astype(np.uint32), Days(distinct + np.int32(EPOCH_DAY)))
