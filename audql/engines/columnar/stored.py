"""A snapshot → a store: its tables' columns as codes, its references as rows. People's rows are their ordinals.

What rows name and no table has is an item too, after those that a table has: a node or learning of a feed without such
a table, an event, what stayed of an earlier snapshot. It has its name and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from audql.engines.columnar.dictionary import Dictionary, Texts, Truths
from audql.engines.columnar.loading import texts_of
from audql.engines.columnar.reading import column_of, kept_of, references_of
from audql.engines.columnar.store import Column, Links, ManyColumn, One, Postings, Several, offsets_of, postings, spans
from audql.engines.roster import Roster
from audql.snapshot.columns import LEARNING, References
from audql.snapshot.columns import Texts as NamedTexts
from audql.snapshot.database import quoted
from audql.snapshot.schema import CUSTOM, PERSON, Table
from audql.snapshot.snapshot import Snapshot
from audql.types import Field, Many, Scalar, Schema
from audql.types import One as OneOf

_Key: TypeAlias = tuple[str, ...]
"""The id of a named item, and of learning its kind."""


class Stored:
    """What a snapshot holds of a schema's record types. What was read once is kept."""

    def __init__(self, snapshot: Snapshot, schema: Schema, roster: Roster) -> None:
        self.root = schema.root
        self.everyone = len(roster)
        self._snapshot, self._schema, self._roster = snapshot, schema, roster
        self._tables = {table.record: table for table in snapshot.tables if snapshot.has(table.name)}
        self._referring: dict[tuple[str, str], References | NamedTexts] = {}
        self._columns: dict[tuple[str, str], Column | ManyColumn] = {}
        self._links: dict[tuple[str, Field], Links] = {}
        self._owners: dict[tuple[str, Field], One | None] = {}
        self._postings: dict[tuple[str, Field], Postings | None] = {}
        self._identity: dict[str, NDArray[np.int64] | None] = {}
        self._named: dict[str, dict[_Key, int]] = {}

    # --- what a store is ----------------------------------------------------------------------------------------------

    def count(self, record: str) -> int:
        return self.everyone if record == self._custom else self._held(record) + len(self._names(record))

    def column(self, record: str, field: Field) -> Column | ManyColumn:
        key = (record, field.name)
        if key not in self._columns:
            self._columns[key] = self._column(record, field.name)
        return self._columns[key]

    def links(self, record: str, field: Field) -> Links:
        key = (record, field)
        if key not in self._links:
            self._links[key] = self._one(record, field) if isinstance(field.type, OneOf) else self._many(record, field)
        return self._links[key]

    def owners(self, record: str, field: Field) -> One | None:
        key = (record, field)
        if key not in self._owners:
            table = self._tables.get(field.type.record) if isinstance(field.type, Many) else None
            owned = record == self.root and table is not None and not table.key
            self._owners[key] = self._references(table, PERSON, self.root) if owned and table is not None else None
        return self._owners[key]

    def postings(self, record: str, field: Field) -> Postings | None:
        key = (record, field)
        if key not in self._postings:
            if isinstance(field.type, Scalar):
                column = self.column(record, field)
                self._postings[key] = (
                    postings(column.codes, column.dictionary.size) if isinstance(column, Column) else None
                )
            else:
                links, target = self.links(record, field), field.type.record
                found = self._by(record, field.name, target, links) if isinstance(links, One) else None
                self._postings[key] = found
        return self._postings[key]

    def identity(self, record: str) -> NDArray[np.int64] | None:
        if record not in self._identity:
            self._identity[record] = self._shared_ids(record)
        return self._identity[record]

    # --- tables -------------------------------------------------------------------------------------------------------

    @cached_property
    def _custom(self) -> str:
        """The record type of people's custom fields; its rows are theirs."""
        field = self._schema.person.field("custom")
        return field.type.record if field is not None and isinstance(field.type, OneOf) else ""

    def _held(self, record: str) -> int:
        """How many items there are but for those that are only named."""
        if record == self.root:
            return self.everyone
        return self._snapshot.count(self._tables[record].name) if record in self._tables else 0

    def _names(self, record: str) -> dict[_Key, int]:
        """Named items and their rows."""
        if record not in self._named:
            found = {key for table, name in self._naming(record) for key in self._unknown(table, name)}
            start = self._held(record)
            self._named[record] = {key: start + i for i, key in enumerate(sorted(found))}
        return self._named[record]

    def _naming(self, record: str) -> Iterator[tuple[Table, str]]:
        """The columns that refer to items of a record type."""
        for table in self._tables.values():
            for field in self._schema.record(table.record).fields:
                if field.type == OneOf(record) and field.name in self._snapshot.columns(table.name):
                    yield table, field.name

    def _unknown(self, table: Table, name: str) -> list[_Key]:
        """What a column names that no table has, in the order of its codes."""
        columns = self._snapshot.columns(table.name)
        match self._refers(table, name):
            case References(gone=gone):
                return list(gone)
            case NamedTexts(codes, words) if name == LEARNING:
                kinds = columns["kind"]
                assert isinstance(kinds, NamedTexts)
                pairs = np.unique(codes.astype(np.int64) * len(kinds.words) + kinds.codes).tolist()
                return [(words[p // len(kinds.words)], kinds.words[p % len(kinds.words)]) for p in pairs]
            case NamedTexts(_, words):
                return [(word,) for word in words]

    # --- columns ------------------------------------------------------------------------------------------------------

    def _column(self, record: str, name: str) -> Column | ManyColumn:
        if record == self._custom:
            return self._spread(self._read(self.root, CUSTOM + name))
        found = self._read(record, name) or self._read(record, CUSTOM + name)
        if record == self.root:
            found = self._spread(found)
        if name == "name" and record in self._tables and self._tables[record].is_tree:
            found = self._or_id(record, found)
        named = self._names(record)
        if found is None:
            found = _nothing(self._held(record))
        return found if not named else self._with_named(record, name, found)

    def _read(self, record: str, name: str) -> Column | ManyColumn | None:
        table = self._tables.get(record)
        return column_of(self._snapshot, table.name, name) if table is not None else None

    def _or_id(self, record: str, column: Column | ManyColumn | None) -> Column:
        """A node without a name is called by its id."""
        ids = self._read(record, "id")
        assert isinstance(ids, Column)
        if column is None:
            return ids
        assert isinstance(column, Column)
        return texts_of([a or b for a, b in zip(_texts(column), _texts(ids), strict=True)])

    def _with_named(self, record: str, name: str, column: Column | ManyColumn) -> Column | ManyColumn:
        """The column with the named items' values after it: their id, and whatever a bare name stands for."""
        keys = list(self._names(record))
        type_ = self._schema.record(record)
        if isinstance(column, ManyColumn):
            offsets = np.append(column.offsets, np.full(len(keys), column.offsets[-1]))
            return ManyColumn(offsets, column.codes, column.dictionary)
        if name == "kind" and keys and len(keys[0]) > 1:
            texts = [key[1] for key in keys]
        elif name in ("id", *type_.short):
            texts = [self._called(record, key[0]) if name != "id" else key[0] for key in keys]
        else:
            return Column(np.append(column.codes, np.zeros(len(keys), column.codes.dtype)), column.dictionary)
        return texts_of([*_texts(column), *texts])

    def _called(self, record: str, id_: str) -> str:
        """The name of a named item: of an event that of the learning which it is."""
        if record != "event" or LEARNING not in self._tables:
            return id_
        return self._events.get(id_, id_)

    @cached_property
    def _events(self) -> dict[str, str]:
        query = "SELECT id, name FROM learning WHERE kind = 'event' AND name IS NOT NULL"
        found = self._snapshot.ask(query, self._tables[LEARNING].name)
        return dict(zip(found["id"].tolist(), found["name"].tolist(), strict=True))

    def _spread(self, column: Column | ManyColumn | None) -> Column | ManyColumn:
        """A column of the table of people, by ordinal."""
        if column is None:
            return _nothing(self.everyone)
        if self._in_order:
            return column
        rows = self._roster.ordinals
        if isinstance(column, ManyColumn):
            starts, counts = np.zeros((2, self.everyone), dtype=np.int64)
            starts[rows], counts[rows] = column.offsets[:-1], np.diff(column.offsets)
            return ManyColumn(offsets_of(counts), column.codes[spans(starts, counts)], column.dictionary)
        codes = np.zeros(self.everyone, dtype=column.codes.dtype)
        codes[rows] = column.codes
        return Column(codes, column.dictionary)

    @cached_property
    def _in_order(self) -> bool:
        """Whether the rows of the table of people are their ordinals, and nobody else has one."""
        return bool(np.array_equal(self._roster.ordinals, np.arange(self.everyone)))

    # --- references ---------------------------------------------------------------------------------------------------

    def _one(self, record: str, field: Field) -> One:
        assert isinstance(field.type, OneOf)
        if field.type.record == self._custom:
            found = np.full(self.count(record), -1, dtype=np.int32)  # also of who is only named
            has = np.flatnonzero(self._has_custom.codes)
            found[has] = has
            return One(found)
        table = self._tables.get(record)
        if table is None or field.name not in self._snapshot.columns(table.name):
            return One(np.full(self.count(record), -1, dtype=np.int32))
        found = self._references(table, field.name, field.type.record).rows
        if record == self.root and not self._in_order:
            spread = np.full(self.everyone, -1, dtype=np.int32)
            spread[self._roster.ordinals] = found
            found = spread
        named = self.count(record) - len(found)
        return One(np.append(found, np.full(named, -1, dtype=np.int32)) if named else found)

    @property
    def _has_custom(self) -> Column:
        """Of people by ordinal, whether they have anything in a further column."""
        people = self._tables[self.root]
        names = [quoted(name) for name in self._snapshot.columns(people.name) if name.startswith(CUSTOM)]
        if not names:
            return _nothing(self.everyone)

        def make() -> Column:
            has = " OR ".join(f"{name} IS NOT NULL" for name in names)
            found = self._snapshot.ask(f"SELECT {has} AS has FROM people ORDER BY row", people.name)
            return Column(found["has"].astype(np.uint8) * 2, Truths())  # yes, or nothing

        key = (self._snapshot.arrangement(people.name), people.name, CUSTOM, "any")
        found = self._spread(kept_of(self._snapshot).column(key, make))
        assert isinstance(found, Column)
        return found

    def _references(self, table: Table, name: str, target: str) -> One:
        """Per row of a table the item that it refers to; -1 where none."""
        columns = self._snapshot.columns(table.name)
        column = self._refers(table, name)
        named = self._names(target)
        unknown = np.array([named[key] for key in self._unknown(table, name)], dtype=np.int32)
        match column:
            case References(rows, count=count):
                if not unknown.size and (target != self.root or self._in_order):
                    return One(rows)
                known = self._roster.ordinals if target == self.root else np.arange(count, dtype=np.int32)
                return One(np.concatenate((known, unknown, np.array([-1], dtype=np.int32)))[rows])
            case NamedTexts(codes) if name == LEARNING:
                kinds = columns["kind"]
                assert isinstance(kinds, NamedTexts)
                pairs = codes.astype(np.int64) * len(kinds.words) + kinds.codes
                return One(unknown[np.unique(pairs, return_inverse=True)[1]])
            case NamedTexts(codes):
                return One(np.append(unknown, np.int32(-1))[codes])

    def _refers(self, table: Table, name: str) -> References | NamedTexts:
        """A column that refers to items: to those of a table, or where there is none, by their names."""
        key = (table.name, name)
        if key not in self._referring:
            columns = self._snapshot.columns(table.name)
            target = columns.target(name)
            found = columns[name] if target is None else references_of(self._snapshot, table.name, name, target)
            assert isinstance(found, References | NamedTexts)
            self._referring[key] = found
        return self._referring[key]

    def _many(self, record: str, field: Field) -> Several:
        owners = self.owners(record, field)
        if owners is None or not isinstance(field.type, Many):
            return Several(np.zeros(self.count(record) + 1, dtype=np.int64), np.zeros(0, dtype=np.int32))
        by_owner = self._by(field.type.record, PERSON, self.root, owners)
        order = by_owner.order
        return Several(by_owner.offsets, np.arange(len(owners.rows), dtype=np.int32) if order is None else order)

    def _by(self, record: str, name: str, target: str, links: One) -> Postings:
        """The rows of a table by what they refer to: kept, where both tables have the same rows in every roster."""
        both = [self._tables[each] for each in (record, target) if self._is_as_stored(each)]
        make = partial(postings, links.rows, self.count(target))
        if len(both) < 2:
            return make()
        contents = [self._snapshot.arrangement(table.name) for table in both]
        return kept_of(self._snapshot).postings((*contents, both[0].name, name, "postings"), make)

    def _is_as_stored(self, record: str) -> bool:
        """Whether the items are the rows of a table of the snapshot, and no others."""
        return record in self._tables and not self._names(record) and (record != self.root or self._in_order)

    def _shared_ids(self, record: str) -> NDArray[np.int64] | None:
        keys = self._schema.record(record).keys if record != self._custom else ()
        column = self.column(record, Field(keys[0], Scalar.CODE)) if keys else None
        if not isinstance(column, Column):
            return None
        texts = column.dictionary
        alike = texts.alike if isinstance(texts, Texts) else None
        if alike is None:
            if np.count_nonzero(column.codes) == texts.size - 1:
                return None
            alike = np.arange(texts.size - 1, dtype=np.int32)
        # Rows without an id, of people who are no longer there, are each their own.
        own = np.arange(len(alike), len(alike) + len(column.codes), dtype=np.int64)
        return np.where(column.codes == 0, own, np.append(0, alike.astype(np.int64))[column.codes])


def _nothing(count: int) -> Column:
    return Column(np.zeros(count, dtype=np.uint8), Dictionary(()))


def _texts(column: Column) -> list[str]:
    """The texts of a column, "" where there is nothing."""
    texts: list[str] = np.array(["", *column.dictionary.values], dtype=object)[column.codes].tolist()
    return texts
