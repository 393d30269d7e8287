"""Headings of tables → the places of the schema that they name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from audql.text import fold
from audql.types import Many, One, RecordType, Scalar, Schema


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a record a column's values go."""

    path: tuple[str, ...]
    type: Scalar | None
    """None for a reference or an item, which the text names."""


def place_of(schema: Schema, heading: str) -> Place | None:
    """What the heading names, `First Name` being `first_name` and `org.division` the division of the organisation."""
    parts = [part.strip() for part in heading.split(".")]
    names = [re.sub(r"[\s-]+", "_", fold(part)) for part in parts]
    record: RecordType | None = schema.person
    path: list[str] = []
    scalar: Scalar | None = None
    for part, name in zip(parts, names, strict=True):
        if record is None:
            return None
        field = record.field(part) or record.field(name)
        if field is None or field.hidden:
            # `org.division`: what organisations have of their own
            if not record.open:
                return None
            path.append(part)
            record, scalar = None, Scalar.ANY
            continue
        path.append(field.name)
        match field.type:
            case One(record=inner) | Many(record=inner):
                record, scalar = schema.record(inner), None
            case Scalar() as scalar:
                record = None
    if path == ["custom"] or path[:1] == ["reports"] or path[:1] == ["temporary_reports"]:
        return None
    return Place(tuple(path), scalar)


def put(record: dict[str, object], path: tuple[str, ...], value: object) -> None:
    """Writes a value at its path; a text already there, that names a reference, becomes its name."""
    here = record
    for name in path[:-1]:
        inner = here.setdefault(name, {})
        if not isinstance(inner, dict):
            inner = here[name] = {"name": inner}
        here = inner
    last = here.get(path[-1])
    if isinstance(last, dict):
        last.setdefault("name", value)
    else:
        here[path[-1]] = value
