"""A snapshot → a store: its tables' columns as codes, its references as rows. People's rows are their ordinals."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from audql.engines.columnar.dictionary import Dictionary
from audql.engines.columnar.loading import Loaded, texts_of
from audql.engines.columnar.store import Column, Links, ManyColumn, One, Postings, Several, postings
from audql.engines.roster import Roster
from audql.snapshot.schema import CUSTOM, PERSON, TABLE_OF, table
from audql.snapshot.snapshot import Snapshot
from audql.text import fold
from audql.types import Field, Many, Scalar, Schema
from audql.types import One as OneOf

_NONE = Column(np.zeros(0, dtype=np.uint8), Dictionary(()))


class Stored:
    """What a snapshot holds of a schema's record types. What was read once is kept."""

    def __init__(self, snapshot: Snapshot, schema: Schema, roster: Roster) -> None:
        self.root = schema.root
        self.everyone = len(roster)
        self._schema, self._roster = schema, roster
        self._loaded = Loaded(snapshot)
        self._columns: dict[tuple[str, str], Column | ManyColumn] = {}
        self._links: dict[tuple[str, Field], Links] = {}
        self._owners: dict[tuple[str, Field], One | None] = {}
        self._postings: dict[tuple[str, Field], Postings] = {}
        self._identity: dict[str, NDArray[np.int64] | None] = {}

    # --- what a store is --------------------------------------------------------------------------------------------------

    def count(self, record: str) -> int:
        if record in (self.root, self._custom):
            return self.everyone
        if self._is_stored(record):
            return self._loaded.count(TABLE_OF[record])
        return len(self._named(record)[0])

    def column(self, record: str, field: Field) -> Column | ManyColumn:
        key = (record, field.name)
        if key not in self._columns:
            self._columns[key] = self._column(record, field)
        return self._columns[key]

    def links(self, record: str, field: Field) -> Links:
        key = (record, field)
        if key not in self._links:
            self._links[key] = self._one(record, field) if isinstance(field.type, OneOf) else self._many(record, field)
        return self._links[key]

    def owners(self, record: str, field: Field) -> One | None:
        key = (record, field)
        if key not in self._owners:
            owned = isinstance(field.type, Many) and record == self.root and self._is_owned(field.type.record)
            self._owners[key] = One(self._people(TABLE_OF[field.type.record], PERSON)) if owned else None
        return self._owners[key]

    def identity(self, record: str) -> NDArray[np.int64] | None:
        if record not in self._identity:
            self._identity[record] = self._shared_ids(record)
        return self._identity[record]

    def postings(self, record: str, field: Field) -> Postings | None:
        key = (record, field)
        if key not in self._postings:
            if isinstance(field.type, Scalar):
                column = self.column(record, field)
                if isinstance(column, ManyColumn):
                    return None
                self._postings[key] = postings(column.codes, column.dictionary.size)
            else:
                links = self.links(record, field)
                if isinstance(links, Several):
                    return None
                self._postings[key] = postings(links.rows, self.count(field.type.record))
        return self._postings[key]

    # --- tables ---------------------------------------------------------------------------------------------------------

    @cached_property
    def _custom(self) -> str:
        """The record type that holds people's custom fields."""
        field = self._schema.person.field("custom")
        return field.type.record if field is not None and isinstance(field.type, OneOf) else ""

    def _is_stored(self, record: str) -> bool:
        return record in TABLE_OF and self._loaded.has(TABLE_OF[record])

    def _is_owned(self, record: str) -> bool:
        return self._is_stored(record) and not table(TABLE_OF[record]).key

    def _named(self, record: str) -> tuple[list[str], list[str], list[str]]:
        """Items of which the feed has no table: ids, names and kinds, from whatever names them."""
        return self._loaded.named(record)

    # --- columns ----------------------------------------------------------------------------------------------------------

    def _column(self, record: str, field: Field) -> Column | ManyColumn:
        if record == self._custom:
            return self._spread(self._loaded.column("people", CUSTOM + field.name))
        if record == self.root:
            return self._spread(self._loaded.column("people", field.name))
        if self._is_stored(record):
            name = TABLE_OF[record]
            found = self._loaded.column(name, field.name) or self._loaded.column(name, CUSTOM + field.name)
            if field.name == "name" and record in TABLE_OF and table(name).is_tree:
                return self._loaded.column_or(name, "name", "id")
            return found or self._nothing(self.count(record))
        ids, names, kinds = self._named(record)
        texts = {"id": ids, "name": names, "kind": kinds}.get(field.name)
        return self._nothing(len(ids)) if texts is None else texts_of(texts)

    def _nothing(self, count: int) -> Column:
        return Column(np.zeros(count, dtype=np.uint8), _NONE.dictionary)

    def _spread(self, column: Column | ManyColumn | None) -> Column | ManyColumn:
        """A column of the table of people, by ordinal."""
        if column is None:
            return self._nothing(self.everyone)
        if self._in_order:
            return column
        assert isinstance(column, Column)
        codes = np.zeros(self.everyone, dtype=column.codes.dtype)
        codes[self._roster.ordinals] = column.codes
        return Column(codes, column.dictionary)

    @cached_property
    def _in_order(self) -> bool:
        """Whether the rows of the table of people are their ordinals, and nobody else has one."""
        return bool(np.array_equal(self._roster.ordinals, np.arange(self.everyone)))

    # --- references ---------------------------------------------------------------------------------------------------------

    def _one(self, record: str, field: Field) -> One:
        assert isinstance(field.type, OneOf)
        target = field.type.record
        if target == self._custom:
            return One(np.arange(self.everyone, dtype=np.int32))
        if not self._is_stored(record):
            return One(np.full(self.count(record), -1, dtype=np.int32))
        name = TABLE_OF[record]
        if target == self.root:
            return One(self._people(name, field.name))
        if field.name == "learning":
            return One(self._loaded.learning(name))
        if self._is_stored(target):
            return One(self._loaded.references(name, field.name, TABLE_OF[target]))
        return One(self._loaded.named_rows(name, field.name, target))

    def _people(self, name: str, column: str) -> NDArray[np.int32]:
        """A reference to a person, as ordinals."""
        rows = self._loaded.references(name, column, "people")
        if self._in_order:
            return rows
        ordinals = np.append(self._roster.ordinals, np.int32(-1))  # -1 stays -1
        return ordinals[rows]

    def _many(self, record: str, field: Field) -> Several:
        owners = self.owners(record, field)
        if owners is None:
            nobody = np.zeros(0, dtype=np.int32)
            return Several(np.zeros(self.count(record) + 1, dtype=np.int64), nobody)
        by_owner = postings(owners.rows, self.everyone)
        order = by_owner.order
        return Several(by_owner.offsets, np.arange(len(owners.rows), dtype=np.int32) if order is None else order)

    def _shared_ids(self, record: str) -> NDArray[np.int64] | None:
        keys = self._schema.record(record).keys if record != self._custom else ()
        if not keys:
            return None
        column = self.column(record, Field(keys[0], Scalar.CODE))
        if isinstance(column, ManyColumn):
            return None
        folded: dict[str, int] = {}
        by_code = [folded.setdefault(fold(str(value)), len(folded)) for value in column.dictionary.values]
        if len(folded) == self.count(record) or (record == self.root and len(folded) == len(self._roster.ordinals)):
            return None
        # Rows without an id (of people no longer there) are each their own.
        own = np.arange(len(folded), len(folded) + len(column.codes), dtype=np.int64)
        return np.where(column.codes == 0, own, np.array([0, *by_code], dtype=np.int64)[column.codes])

