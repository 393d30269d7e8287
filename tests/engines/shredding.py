"""Records of any form → a store of columns, so that engines are held to the interpreter on records of every oddity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audql import ir
from audql.engines.columnar.dictionary import Dictionary
from audql.engines.columnar.store import Column, ManyColumn, One, Postings, Several, offsets_of, postings
from audql.engines.interpreter import raw
from audql.engines.people import People
from audql.types import Field, Scalar
from audql.values import each


class Shredded:
    """A population of records as a store. An item is a row once, however many lead to it."""

    def __init__(self, people: People, query: ir.Query) -> None:
        """`query`: what is to be asked; the items that its fields lead to are in the store."""
        self._people = people
        self.root = people.schema.root
        self._items: dict[str, list[object]] = {self.root: []}
        self._rows: dict[str, dict[int, int]] = {self.root: {}}
        """Record type → `id` of an item → its row. INVARIANT: `_items` keeps every such item alive."""
        self._columns: dict[tuple[str, Field], Column | ManyColumn] = {}
        self._links: dict[tuple[str, Field], list[list[int]]] = {}
        self._used = dict.fromkeys(_references(query))
        for record in people.records:
            self._items[self.root].append(record)
            self._rows[self.root].setdefault(id(record), len(self._items[self.root]) - 1)
        self.everyone = self.count(self.root)
        while any(self._lead_on(record, field) for record in [*self._items] for field in self._ways(record)):
            pass

    def count(self, record: str) -> int:
        return len(self._items.get(record, ()))

    def column(self, record: str, field: Field) -> Column | ManyColumn:
        if (record, field) not in self._columns:
            self._columns[record, field] = self._column(self._items.get(record, []), field)
        return self._columns[record, field]

    def links(self, record: str, field: Field) -> Several:
        held = self._links.get((record, field), [[] for _ in range(self.count(record))])
        assert len(held) == self.count(record)
        rows = np.array([row for rows in held for row in rows], dtype=np.intp)
        return Several(offsets_of(np.array([len(rows) for rows in held], dtype=np.int64)), rows)

    def owners(self, record: str, field: Field) -> One | None:
        assert not isinstance(field.type, Scalar)
        links = self.links(record, field)
        sources = np.repeat(np.arange(len(links.offsets) - 1), np.diff(links.offsets))
        found = np.full(self.count(field.type.record), -1, dtype=np.intp)
        found[links.rows] = sources
        return One(found) if np.array_equal(found[links.rows], sources) and _once(links.rows) else None

    def postings(self, record: str, field: Field) -> Postings | None:
        if isinstance(field.type, Scalar):
            column = self.column(record, field)
            return None if isinstance(column, ManyColumn) else postings(column.codes, column.dictionary.size)
        links = self.links(record, field)
        counts = np.diff(links.offsets)
        if counts.max(initial=0) > 1:
            return None
        single = np.full(len(counts), -1, dtype=np.intp)
        single[counts == 1] = links.rows
        return postings(single, self.count(field.type.record))

    def identity(self, record: str) -> NDArray[np.int64]:
        known: dict[object, int] = {}
        items = self._items.get(record, ())
        found = [known.setdefault(self._people.identity(item, record), len(known)) for item in items]
        return np.array(found, dtype=np.int64)

    def _column(self, items: Sequence[object], field: Field) -> Column | ManyColumn:
        codes = _Codes()
        if field.many or field.type is Scalar.ANY:
            held = [[codes.of(value) for value in each(raw(item, field))] for item in items]
            flat = np.array([code for row in held for code in row], dtype=np.uint32)
            offsets = offsets_of(np.array([len(row) for row in held], dtype=np.int64))
            return ManyColumn(offsets, flat, codes.dictionary())
        single = np.array([codes.of(raw(item, field)) for item in items], dtype=np.uint32)
        return Column(single, codes.dictionary())

    def _ways(self, record: str) -> list[Field]:
        """The fields of a type's items that can lead to others."""
        type_ = self._people.schema.record(record)
        declared = [field for field in type_.fields if not isinstance(field.type, Scalar)]
        return [*declared, *(field for field in self._used if type_.open and type_.field(field.name) is None)]

    def _lead_on(self, record: str, field: Field) -> bool:
        """Follows the field from the items that it was not followed from yet; whether there were any."""
        assert not isinstance(field.type, Scalar)
        target, held = field.type.record, self._links.setdefault((record, field), [])
        fresh = self._items[record][len(held) :]
        held += [[self._row(target, found) for found in self._found(item, field, target)] for item in fresh]
        return bool(fresh)

    def _found(self, item: object, field: Field, record: str) -> Iterator[object]:
        """The items that an item leads to."""
        values = (self._people.item(value, record) for value in each(raw(item, field)))
        return (value for value in values if value is not None)

    def _row(self, record: str, item: object) -> int:
        items, rows = self._items.setdefault(record, []), self._rows.setdefault(record, {})
        row = rows.setdefault(id(item), len(items))
        if row == len(items):
            items.append(item)
        return row


def _references(query: ir.Query) -> Iterator[Field]:
    """The fields of items in a query that lead to others."""
    for node in ir.walk(query):
        match node:
            case ir.Hop(_, steps) | ir.Field(_, steps):
                yield from (step for step in steps if not isinstance(step.type, Scalar))
            case ir.Related(field=field):
                yield field


def _once(rows: NDArray[np.signedinteger[Any]]) -> bool:
    return len(np.unique(rows)) == len(rows)


class _Codes:
    """Gives each value a code; values that are equal and of one type share it."""

    def __init__(self) -> None:
        self._values: list[object] = []
        self._known: dict[object, int] = {}

    def of(self, value: object) -> int:
        if value is None:
            return 0
        # Only of these is being equal the same as being read the same.
        key: object = (type(value), value) if type(value) in (str, int, bool) else id(value)
        code = self._known.get(key)
        if code is None:
            self._values.append(value)
            code = self._known[key] = len(self._values)
        return code

    def dictionary(self) -> Dictionary:
        return Dictionary(self._values)
