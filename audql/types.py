"""What a value can be, and which fields a record has: the schema that names are resolved against."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Scalar(Enum):
    """The types of single values; `ANY` is a value whose type nobody declared."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    YES_NO = "yes/no"
    DATE = "date"
    INSTANT = "instant"
    ANY = "any value"


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

    `means` makes it short for a path from the same item (`org` is `jobs.org`). `base` and `where` make it the items of
    another collection that satisfy an AudQL condition (`jobs` is those of `all_jobs` that are current).
    """

    name: str
    type: FieldType
    also: tuple[str, ...] = ()
    """Other names of the field: the singular of a collection."""
    means: tuple[str, ...] = ()
    base: str = ""
    where: str = ""
    always_set: bool = False
    values: tuple[str, ...] = ()
    """All the values there can be, folded; empty where any can."""
    hidden: bool = False
    """For the vocabulary's own definitions; no query can name it."""
    many: bool = False
    """A scalar field that can hold several values (`learning.tag`)."""


@dataclass(frozen=True, slots=True)
class RecordType:
    """A kind of item. `keys` are the fields that a reference is compared by, as text, the surest first.

    `open`: a name that is not declared is a field of type `ANY`. `plural` is how messages speak of such items.
    """

    name: str
    plural: str
    fields: tuple[Field, ...]
    keys: tuple[str, ...] = ()
    open: bool = False
    catalogue: str = ""
    """The kind of thing that references to it name (`learning`, `person`); empty for rows that nobody names."""

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
    """The record types of a population; `root` names that of the people whom a query is about."""

    records: tuple[RecordType, ...]
    root: str = "person"

    def record(self, name: str) -> RecordType:
        for r in self.records:
            if r.name == name:
                return r
        raise LookupError(name)
