"""Records written in tests → records as queries see them, with what is wrong with them reported first."""

import datetime as dt
from collections.abc import Iterator
from typing import assert_never

from audql import ir
from audql.binding import AsOf, settle
from audql.diagnostics import Diagnostic
from audql.program import messages
from audql.syntax import ast, scripts
from audql.types import Many, One, RecordType, Schema


def record_of(schema: Schema, node: scripts.Record, when: AsOf) -> dict[str, object]:
    """The record, its relative days settled, its fields under the names that records have (`job` is `jobs`)."""
    return _record_of(schema, schema.person, node, when)


def _record_of(schema: Schema, kind: RecordType | None, node: scripts.Record, when: AsOf) -> dict[str, object]:
    record: dict[str, object] = {}
    for entry in node.entries:
        here, of = record, kind
        *way, last = entry.path.names
        for name in way:
            key, of = _known_as(schema, of, name.text)
            inner = here.setdefault(key, {})
            if not isinstance(inner, dict):
                inner = here[key] = {of.called if of is not None else "name": inner}
            here = inner
        key, of = _known_as(schema, of, last.text)
        here[key] = _value(schema, of, entry.value, when)
    return record


def _known_as(schema: Schema, kind: RecordType | None, name: str) -> tuple[str, RecordType | None]:
    """What records call a field, and the type of the items there."""
    field = kind.field(name) if kind is not None else None
    if field is None:
        return name, None
    inner = schema.record(field.type.record) if isinstance(field.type, One | Many) else None
    return field.name, inner


def _value(schema: Schema, kind: RecordType | None, node: scripts.RecordValue, when: AsOf) -> object:
    match node:
        case scripts.Record():
            return _record_of(schema, kind, node, when)
        case scripts.Array(items):
            return [_value(schema, kind, item, when) for item in items]
        case ast.Text(value) | ast.Number(value) | ast.Truth(value) | ast.Date(value) | ast.Instant(value):
            return value
        case ast.Today():
            return when.day
        case ast.Now():
            return when.now
        case ast.Relative(ast.Duration(count, unit), ago):
            base: ir.Moment = ir.Moment(
                "now" if unit is ast.Unit.HOUR else "today", -count if ago else count, unit.value
            )
            settled: dt.date | dt.datetime = settle(base, when)
            return settled
        case ast.Path() | ast.Call():
            return None
        case _:
            assert_never(node)


def mistakes(schema: Schema, node: scripts.Record) -> Iterator[Diagnostic]:
    """Fields that people do not have, and values that are no values: a test that cannot fail is none."""
    yield from _mistakes(schema, node, schema.person)


def _mistakes(schema: Schema, node: scripts.Record, record: RecordType) -> Iterator[Diagnostic]:
    for entry in node.entries:
        here: RecordType | None = record
        for name in entry.path.names:
            if here is None:
                break
            field = here.field(name.text)
            if field is None or field.hidden:
                if not here.open and name.text not in here.beside:
                    yield messages.no_such_field(name.text, here, name.span)
                here = None
            elif isinstance(field.type, One | Many):
                here = schema.record(field.type.record)
            else:
                here = None
        else:
            yield from _value_mistakes(schema, entry.value, here)


def _value_mistakes(schema: Schema, value: scripts.RecordValue, record: RecordType | None) -> Iterator[Diagnostic]:
    match value:
        case scripts.Record():
            if record is not None:
                yield from _mistakes(schema, value, record)
        case scripts.Array(items):
            for item in items:
                yield from _value_mistakes(schema, item, record)
        case ast.Path() | ast.Call():
            yield messages.no_value(value.span)
        case _:
            pass
