"""What a value can be, and which fields a record has: the schema that names are resolved against."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as _field
from enum import Enum
from typing import Any, TypeAlias


class Scalar(Enum):
    """The types of single values; `ANY` is a value whose type nobody declared."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    YES_NO = "yes/no"
    DATE = "date"
    INSTANT = "instant"
    ANY = "any value"


CODE = Scalar.CODE
"""Marks a text of a model as one that compares exactly: `Annotated[str, audql.CODE]`."""


@dataclass(frozen=True, slots=True)
class One:
    """A reference to one item of a record type (`job.org`, `completion.learning`)."""

    record: str


@dataclass(frozen=True, slots=True)
class Many:
    """A collection of items of a record type (`completions`)."""

    record: str


FieldType: TypeAlias = Scalar | One | Many


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record type.

    What a field is may be said through others of its record type:
    `means`: it is short for a path (`org` is `jobs.org`); `base` and `where`: it is those items of another collection
    that satisfy an AudQL condition (`jobs` are the current ones of `all_jobs`); `closure`: all items that following a
    path once or more leads to (a node's ancestors); `inverse`: all people from whom a path leads here (reports). To
    what the last two say is added what the record itself holds.
    """

    name: str
    type: FieldType
    also: tuple[str, ...] = _field(default=(), compare=False)
    """Other names of the field: the singular of a collection."""
    means: tuple[str, ...] = _field(default=(), compare=False)
    base: str = ""
    where: str = _field(default="", compare=False)
    closure: tuple[str, ...] = ()
    inverse: tuple[str, ...] = ()
    read: Callable[[object], object] | None = _field(default=None, compare=False, repr=False)
    """How a record says it, where it is not simply there under the field's name."""
    names: str = ""
    """The catalogue whose things the text names (`certification`)."""
    always_set: bool = _field(default=False, compare=False)
    values: tuple[str, ...] = _field(default=(), compare=False)
    """All the values there can be; empty where any can."""
    hidden: bool = _field(default=False, compare=False)
    """For the vocabulary's own definitions; no query can name it."""
    many: bool = False
    """A scalar field that can hold several values (`learning.tag`)."""
    example: str = _field(default="", compare=False, repr=False)
    """How a query could go on behind the field, for hints: `= "GB"`."""
    shown: str = _field(default="", compare=False, repr=False)
    """What explanations call a field whose name no query has."""
    said: tuple[str, ...] = _field(default=(), compare=False, repr=False)
    """What people call it who look for it under another name, for hints."""
    denied: tuple[str, ...] = _field(default=(), compare=False, repr=False)
    """What people call the opposite of a yes/no field."""
    upward: str = _field(default="", compare=False, repr=False)
    """How a query asks for those above at any level, where what is named is no node of a hierarchy."""

    def __hash__(self) -> int:
        return hash(self.name)  # which text keeps; fields are hashed all the time


@dataclass(frozen=True, slots=True)
class RecordType:
    """A kind of item.

    `keys` are the fields that a reference is compared by, as text, the surest first; `catalogue` is the kind of thing
    that such a reference names. `short` are the fields that a plain text fills where an item is expected. `open`: a
    name that is not declared is a field of type `ANY`. `singular` and `plural` are how messages speak of such items.
    `called` is the field whose text stands for the item; `above` the collection of those above it, in a hierarchy.
    `columns`: it is no item, but holds the columns that the data has besides. `beside` is what records say of an item
    in other words than its fields, for their `read`.
    """

    name: str
    singular: str
    plural: str
    fields: tuple[Field, ...]
    keys: tuple[str, ...] = ()
    catalogue: str = ""
    short: tuple[str, ...] = ()
    open: bool = False
    called: str = "name"
    above: str = ""
    columns: bool = False
    beside: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        """The declared field of that name, or of that other name."""
        for f in self.fields:
            if f.name == name or name in f.also:
                return f
        return None

    def names(self) -> Iterator[str]:
        """What a query can write, for suggestions."""
        for f in self.fields:
            if not f.hidden:
                yield f.name
                yield from f.also


@dataclass(frozen=True, slots=True)
class Schema:
    """The record types of a population; `root` names that of the people whom a query is about, `assigned` that of what
    audiences assign to them."""

    records: tuple[RecordType, ...]
    root: str = "person"
    assigned: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.records, tuple) or not all(isinstance(record, RecordType) for record in self.records):
            raise TypeError("the records of a Schema are a tuple of RecordType")
        if self.root not in (*(record.name for record in self.records), "anything"):
            raise ValueError(f"no record type of the Schema is called {self.root!r}, as its root is")

    def record(self, name: str) -> RecordType:
        """The record type of that name; of the name of `ANYTHING`, that."""
        for r in self.records:
            if r.name == name:
                return r
        if name == ANYTHING.name:
            return ANYTHING
        raise LookupError(name)

    @property
    def person(self) -> RecordType:
        """The record type of those whom a query is about."""
        return self.record(self.root)

    def named(self, kind: str) -> RecordType | None:
        """The record type of the things that a catalogue calls so."""
        return next((r for r in self.records if kind in (r.catalogue, r.name)), None)

    @staticmethod
    def of(model: type[Any]) -> "Schema":
        """The schema of a pydantic model, a dataclass, a TypedDict or any class with annotations, and of its parts.

        Raises `TypeError` for what is none of these, or says nothing of its fields.
        """
        from audql.schemas import schema_of

        return schema_of(model)


ANYTHING = RecordType("anything", "item", "items", (), short=("name",), open=True)
"""What lies behind a field of type `ANY`."""

OPEN = Schema((), root=ANYTHING.name)
"""The schema in which any name is a field."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that queries name: by id, else by name (people by id, username or email)."""

    id: str
    name: str
    also: tuple[str, ...] = ()
    kind: str = ""
    """Of learning."""


class Things(Sequence[Thing]):
    """Things that are looked up where they lie, since there can be millions; looking through all of them takes long."""

    @abstractmethod
    def find(self, folded: str) -> Sequence[Thing]:
        """Those of that folded id, or else all of that folded name."""
