"""A CSV file of people → records, with types inferred from the whole file; what was taken for what is told."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from audql.diagnostics import Diagnostic
from audql.engines.headings import place_of, put
from audql.operations import messages
from audql.operations.proposing import Proposed, custom, forms_first, key_of, recognised
from audql.operations.tables import DATE, FITS, INSTANT, Table, infer
from audql.snapshot.schema import WITH_CUSTOM
from audql.text import fold
from audql.types import Scalar, Schema
from audql.values import moment, number, yes_no


@dataclass(frozen=True, slots=True)
class Took:
    """What one column was taken for: a path of the vocabulary, and its type."""

    column: str
    path: tuple[str, ...]
    type: Scalar | None
    """None for a reference or an item, which the text names."""
    heard: Proposed | None = None
    """How it was recognised, where its heading is not the field's own."""

    @property
    def is_custom(self) -> bool:
        return self.path[0] == "custom"

    @property
    def by_words(self) -> Proposed | None:
        """How its days are written, or its yes and no, where that is not the usual way."""
        return self.heard if self.heard is not None and (self.heard.format or self.heard.yes or self.heard.no) else None


def take(table: Table, schema: Schema) -> tuple[Took, ...]:
    """What each column is taken for: the field of the vocabulary that it is called, as is or in the words of HR's files
    (`recognised`, as a proposal for a workspace does), else one under `custom`."""
    known = {column: took for column in table.header if column and (took := _known(schema, column))}
    fields = {_element_of(took): column for column, took in known.items()}
    forms = forms_first(table)
    heard = recognised(table, fields, key_of(table, fields), forms)
    taken: list[Took] = []
    for at, column in enumerate(table.header):
        if not column:
            continue
        values = [value for _, value in table.column(at)]
        took = known.get(column) or _heard(schema, heard.get(column)) or _of_own(column, values, forms)
        if took.type is Scalar.ANY:
            took = replace(took, type=infer(values))
        taken.append(took)
    return tuple(taken)


_JOB = ("org", "position", "manager")
"""What a person has at the top for one job."""


def _element_of(took: Took) -> tuple[str, str]:
    """The element and the field of a feed that it is."""
    if took.path[0] in ("jobs", *_JOB):
        return "jobs", took.path[-1] if took.path[0] == "jobs" else took.path[0]
    return "people", took.path[0]


def _heard(schema: Schema, one: Proposed | None) -> Took | None:
    """The field that a column sounds like, where there is no choice in how its values are read."""
    if one is None or one.either:
        return None
    name = one.field if one.element == "people" or one.field in _JOB else f"{one.element}.{one.field}"
    place = place_of(schema, name)
    return Took(one.column, place.path, place.type, one) if place is not None else None


def _of_own(column: str, values: Sequence[str], forms: Sequence[str]) -> Took:
    """A field under `custom`, as a proposal has it; text where there is a choice in how its days are read."""
    one = custom(column, values, forms)
    path = ("custom", one.field.removeprefix("custom."))
    return Took(column, path, Scalar.TEXT if one.either else one.type, None if one.either else one)


def records_from(path: str, table: Table, taken: Sequence[Took]) -> tuple[list[dict[str, object]], list[Diagnostic]]:
    """A record for each row, and warnings of values that do not fit."""
    records: list[dict[str, object]] = [{} for _ in table.rows]
    wrong: list[Diagnostic] = []
    places = {column: at for at, column in enumerate(table.header)}
    for took in taken:
        usual = took.type if not took.is_custom and took.by_words is None else None
        fits = dict(FITS).get(usual) if usual is not None else None
        unfit: list[tuple[int, str]] = []
        for record, line, row in zip(records, table.lines, table.rows, strict=True):
            value = row[places[took.column]].strip()
            if not value:
                continue
            if fits is not None and not fits(value) and not _also_fits(took.type, value):
                unfit.append((line, value))
            put(record, took.path, _typed(took, value))
        if unfit and took.type is not None:
            line, example = unfit[0]
            wrong.append(messages.unfit(path, took.column, took.type.value, len(unfit), example[:60], line))
    return records, wrong


def _also_fits(scalar: Scalar | None, value: str) -> bool:
    """What is read as the type though it does not tell of it: 0 and 1, a date for an instant, and the other way."""
    match scalar:
        case Scalar.YES_NO:
            return value in ("0", "1")
        case Scalar.DATE | Scalar.INSTANT:
            return bool(DATE.fullmatch(value) or INSTANT.fullmatch(value))
        case Scalar.NUMBER:
            return bool(re.fullmatch(r"[+-]?\d+(\.\d*)?", value, re.ASCII))
        case _:
            return False


def _known(schema: Schema, column: str) -> Took | None:
    place = place_of(schema, column)
    return Took(column, place.path, place.type) if place is not None else None


def _typed(took: Took, value: str) -> object:
    """The value of its type, which an explanation shows as such; what cannot be read stays text, and is nothing."""
    if took.by_words is not None:
        return _by_words(took.by_words, took.type, value)
    match took.type:
        case Scalar.NUMBER:
            read: object = number(value)
        case Scalar.YES_NO:
            read = yes_no(value)
        case Scalar.DATE | Scalar.INSTANT:
            read = moment(value, dt.UTC)
        case _:
            read = None
    return value if read is None else read


def _by_words(one: Proposed, scalar: Scalar | None, value: str) -> object:
    """A day as the column writes days, or a word for yes or no."""
    if one.format:
        read = dt.datetime.strptime(value, one.format).replace(tzinfo=dt.UTC)
        return read if scalar is Scalar.INSTANT else read.date()
    return fold(value) in map(fold, one.yes)


def custom_types(taken: Sequence[Took]) -> Mapping[str, Mapping[str, Scalar]]:
    """Record type that has such (`person`, `org`, `position`) → the fields of their own that columns gave."""
    found: dict[str, dict[str, Scalar]] = {record: {} for record in WITH_CUSTOM}
    for took in taken:
        if took.type is not None and took.is_custom:
            found["person"][took.path[1]] = took.type
        elif took.type is not None and len(took.path) > 1 and took.path[-2] in found:
            found[took.path[-2]][took.path[-1]] = took.type
    return found
