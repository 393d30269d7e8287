"""The people whom a query can lead to: who a name stands for, and when two items are the same."""

from collections.abc import Iterable, Mapping
from typing import Any

from audql.text import fold
from audql.types import RecordType, Scalar, Schema
from audql.values import get, is_item, is_scalar, text


class People:
    """A population: records of people that know one another by id, username or email."""

    def __init__(self, schema: Schema, records: Iterable[object]) -> None:
        self.schema = schema
        self.records = tuple(records)
        self._by_key: dict[str, object] | None = None
        self._by_id: dict[str, object] = {}
        self._types = {record.name: record for record in schema.records}

    def find(self, name: str) -> object | None:
        """The person of exactly that id, else of that id, else of that username, else of that email, as text."""
        if self._by_key is None:
            self._by_key = {}
            for key in self.schema.person.keys:
                exactly = self._by_id if key == self.schema.person.keys[0] else {}
                for record in self.records:
                    value = text(get(record, key))
                    if value is not None:
                        exactly.setdefault(value, record)
                        self._by_key.setdefault(fold(value), record)
        found = self._by_id.get(name)
        return self._by_key.get(fold(name)) if found is None else found

    def item(self, value: object, record: str) -> object | None:
        """The item that a value in a reference or a collection is: a plain text stands for its name.

        None where it is none, such as a yes or no; but where nothing is known of the items, they can be that too.
        """
        if is_scalar(value):
            written = text(value) or ""
            known = self.find(written) if record == self.schema.root and self.records else None
            return known if known is not None else self._stub(written, self._types.get(record))
        if record == self.schema.root and self.records:
            for key in self.schema.person.keys:
                written_key = text(get(value, key))
                if written_key is not None:
                    found = self.find(written_key)
                    return value if found is None else found
        return value if record not in self._types or is_item(value) else None

    def _stub(self, written: str, record: RecordType | None) -> Mapping[str, Any]:
        if record is None:
            return {"name": written}
        stub: dict[str, Any] = {}
        for name in record.short:
            field = record.field(name)
            stub[name] = True if field is not None and field.type is Scalar.YES_NO else written
        return stub

    def identity(self, item: object, record: str) -> object:
        """Equal for two items that are the same: by the first key that is there, else by being one object."""
        type_ = self._types.get(record)
        for key in type_.keys if type_ is not None else ("id", "name"):
            value = text(get(item, key))
            if value is not None:
                return key, fold(value)
        return _Itself(item)


class _Itself:
    """An item as its own identity. It keeps the item, whose `id()` alone would be another's once it is gone."""

    __slots__ = ("item",)

    def __init__(self, item: object) -> None:
        self.item = item

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.item is other.item

    def __hash__(self) -> int:
        return id(self.item)
