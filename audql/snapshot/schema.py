"""The tables of a snapshot and the fields that each has: those of the vocabulary, flat, as a feed gives them."""

from __future__ import annotations

from dataclasses import dataclass

from audql.types import Scalar

TEXT, CODE, NUMBER, YES_NO = Scalar.TEXT, Scalar.CODE, Scalar.NUMBER, Scalar.YES_NO
DATE, INSTANT = Scalar.DATE, Scalar.INSTANT

STATUSES = ("not started", "in progress", "completed", "overdue", "suspended")
ATTENDED = ("booked", "attended", "absent", "cancelled")


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
    """One element of a feed. `key` are the columns that name a row; without a key, rows belong to `person`.

    `custom`: columns that no field maps become custom fields. `spans`: pairs of dates of which the first may not be the
    later.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    custom: bool = False
    spans: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, TEXT) for name in names)


def _dates(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, DATE) for name in names)


def _node(name: str) -> Table:
    return Table(
        name,
        (Column("id", CODE, required=True), *_texts("name", "type"), Column("parent", CODE, refers=name)),
        key=("id",),
        custom=True,
    )


_PERSON = Column("person", CODE, refers="people", required=True)
_OF_LEARNING = (_PERSON, Column("learning", CODE, refers="learning", required=True), Column("kind", TEXT))

TABLES: tuple[Table, ...] = (
    Table(
        "people",
        (
            Column("id", CODE, required=True),
            Column("id_number", CODE),
            *_texts("username", "email", "first_name", "last_name", "full_name", "city", "country", "location"),
            *_texts("language", "institution", "department", "auth"),
            Column("hired", DATE),
            *(Column(name, INSTANT) for name in ("created", "first_login", "last_login")),
            Column("suspended", YES_NO),
        ),
        key=("id",),
        custom=True,
    ),
    _node("organisations"),
    _node("positions"),
    Table(
        "learning",
        (Column("id", CODE, required=True), *_texts("name", "kind", "category"), Column("tag", TEXT, many=True)),
        key=("kind", "id"),
    ),
    Table(
        "jobs",
        (
            _PERSON,
            Column("id_number", CODE),
            Column("title", TEXT),
            Column("org", CODE, refers="organisations"),
            Column("position", CODE, refers="positions"),
            Column("manager", CODE, refers="people"),
            Column("temporary_manager", CODE, refers="people"),
            *_dates("started", "ended", "position_assigned"),
            Column("full_time", YES_NO),
            Column("primary", YES_NO),
        ),
        spans=(("started", "ended"),),
    ),
    Table(
        "completions",
        (*_OF_LEARNING, *_dates("started", "completed"), Column("grade", NUMBER)),
        spans=(("started", "completed"),),
    ),
    Table(
        "enrolments",
        (
            *_OF_LEARNING,
            *_dates("enrolled", "started", "completed", "due"),
            Column("grade", NUMBER),
            Column("status", TEXT, values=STATUSES),
        ),
        spans=(("started", "completed"),),
    ),
    Table(
        "certifications",
        (_PERSON, Column("name", TEXT, required=True), *_dates("certified", "expires"), Column("assigned", YES_NO)),
        spans=(("certified", "expires"),),
    ),
    Table(
        "attendances",
        (
            _PERSON,
            Column("event", TEXT, required=True),
            Column("attended", DATE),
            Column("status", TEXT, values=ATTENDED),
        ),
    ),
    *(
        Table(
            name,
            (_PERSON, Column("name", TEXT, required=True), Column("achieved", DATE), Column("level", TEXT)),
        )
        for name in ("competencies", "badges")
    ),
)
"""In an order in which whatever a table refers to comes before it, itself aside."""

NAMES = tuple(table.name for table in TABLES)
CUSTOM = "custom."
"""What the columns of custom fields begin with, in mappings and in files."""


def table(name: str) -> Table:
    return TABLES[NAMES.index(name)]
