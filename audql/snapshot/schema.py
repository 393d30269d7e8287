"""A schema → the tables of a snapshot: the fields of its record types, flat, as a feed gives them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audql.types import Field, Many, One, RecordType, Scalar, Schema
from audql.vocabulary import PEOPLE


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a table. `refers` names the table that a value is a key of. `many`: a text of several values."""

    name: str
    type: Scalar
    refers: str = ""
    required: bool = False
    values: tuple[str, ...] = ()
    many: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One element of a feed: the items of the record type `record`.

    `key` are the columns that name a row; without a key, rows belong to `person`. `custom`: columns that no field maps
    become custom fields. `spans`: pairs of dates of which the first may not be the later.
    """

    name: str
    record: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    custom: bool = False
    spans: tuple[tuple[str, str], ...] = ()
    identity: tuple[str, ...] = ()
    """Of rows that belong to a person: which of that person's rows one is, as far as it can be told."""

    @property
    def is_tree(self) -> bool:
        """Whether its rows are above one another."""
        return any(column.refers == self.name for column in self.columns)

    @property
    def is_record(self) -> bool:
        """Whether its rows say what people did or have, as learning systems do: of those who left, too."""
        return not self.key and self.column("manager") is None

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class _Element:
    """What a feed says of a record type's items that the schema does not. `requires`: fields that each row has."""

    table: str
    record: str
    requires: tuple[str, ...]
    key: tuple[str, ...] = ()
    spans: tuple[tuple[str, str], ...] = ()
    identity: tuple[str, ...] = ()


_ELEMENTS = (
    _Element("people", "person", ("id",), key=("id",)),
    _Element("organisations", "org", ("id",), key=("id",)),
    _Element("positions", "position", ("id",), key=("id",)),
    _Element("learning", "learning", ("id",), key=("kind", "id")),
    _Element("jobs", "job", (), spans=(("started", "ended"),), identity=("id_number",)),
    _Element(
        "completions",
        "completion",
        ("learning",),
        spans=(("started", "completed"),),
        identity=("learning", "kind", "completed"),
    ),
    _Element(
        "enrolments", "enrolment", ("learning",), spans=(("started", "completed"),), identity=("learning", "kind")
    ),
    _Element("certifications", "certification", ("name",), spans=(("certified", "expires"),), identity=("name",)),
    _Element("attendances", "attendance", ("event",), identity=("event", "attended")),
    _Element("competencies", "competency", ("name",), identity=("name",)),
    _Element("badges", "badge", ("name",), identity=("name",)),
)
"""In an order in which whatever a table refers to comes before it, itself aside."""

CUSTOM = "custom."
"""What the columns of custom fields begin with, in mappings and in files."""
PERSON = "person"
"""Whose a row without a key is: a column that is no field."""

TABLE_OF = {element.record: element.table for element in _ELEMENTS}
"""Record type → the table of its items."""


def tables_of(schema: Schema) -> tuple[Table, ...]:
    """The tables of a vocabulary of people, then those of the collections that plugins give a person."""
    known = (*_ELEMENTS, *_added(schema))
    return tuple(_table(schema, element) for element in known)


def _added(schema: Schema) -> Iterator[_Element]:
    """Collections of record types that no feed of ours has; where a record holds them under their name."""
    for field in schema.person.fields:
        match field:
            case Field(type=Many(record)) if _is_stored(field) and record not in TABLE_OF:
                yield _Element(field.name, record, ())
            case _:
                pass


def _table(schema: Schema, element: _Element) -> Table:
    record = schema.record(element.record)
    owner = () if element.key else (Column(PERSON, Scalar.CODE, refers="people", required=True),)
    upward = {field.closure for field in record.fields}
    columns = tuple(
        _column(field, element, known=not element.key or (field.name,) in upward)
        for field in record.fields
        if _is_column(schema, field)
    )
    return Table(
        element.table,
        element.record,
        owner + columns,
        element.key,
        has_custom_fields(record),
        element.spans,
        element.identity,
    )


def has_custom_fields(record: RecordType) -> bool:
    """Whether it takes whatever the data has: itself, or in the record that its `custom` is."""
    return record.open or record.field("custom") is not None


def _is_stored(field: Field) -> bool:
    """Not made from others, nor for the vocabulary alone."""
    return not (field.hidden or field.means or field.base or field.closure or field.inverse)


def _is_column(schema: Schema, field: Field) -> bool:
    """Of one value, or of the key or name of one item."""
    if not _is_stored(field) or isinstance(field.type, Many):
        return False
    return isinstance(field.type, Scalar) or bool(schema.record(field.type.record).short)


def _column(field: Field, element: _Element, *, known: bool) -> Column:
    """`known`: a reference is looked up when it is read, and not only compared as text."""
    required = field.name in element.requires
    match field.type:
        case One(record) if known and record in TABLE_OF:
            return Column(field.name, Scalar.CODE, TABLE_OF[record], required)
        case Scalar() as scalar:
            # A field with a reader can be any of its values only once that has read it.
            values = field.values if field.read is None else ()
            return Column(field.name, scalar, "", required, values, field.many)
        case _:
            return Column(field.name, Scalar.TEXT, required=required)


TABLES = tables_of(PEOPLE)
WITH_CUSTOM = tuple(table.record for table in TABLES if table.custom)
"""The record types that have custom fields."""
NODES = tuple(table.record for table in TABLES if table.is_tree)
"""Those whose items are above one another."""
