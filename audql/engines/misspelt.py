"""A query and the names that records or a table have → one that is near to what the query reads and nobody has.

That a field is nowhere is no mistake by itself: records leave out what they do not have. Where a name beside it differs
by a letter and nothing reads that, it is one, and the answer would be nobody, or everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from audql import ir
from audql.diagnostics import CompileError, Diagnostic, error
from audql.engines.headings import place_of
from audql.source import Span
from audql.text import nearest
from audql.types import Field, Scalar, Schema

_CUSTOM = "custom"
_SHORTEST = 5
"""So many letters has a name that is not one of several that are alike by chance, as `and` and `any` are."""


def check_table(query: ir.Query, schema: Schema, columns: Iterable[str]) -> None:
    """Raises CompileError where a column is spelt a little otherwise than the query reads it."""
    known: set[str] = set()
    own: dict[str, str] = {}
    for column in columns:
        place = place_of(schema, column)
        if place is None or place.path[0] == _CUSTOM:
            own[place.path[-1] if place is not None else column] = column
        else:
            known.add(place.path[0])
    reads = _read(query)
    absent = [one for one in reads if not (one.name in own if one.is_own else known.intersection(one.spelt))]
    _check(reads, absent, own, {key: f"{_CUSTOM}.{key}" for key in own})


def check_records(query: ir.Query, schema: Schema, records: Sequence[object]) -> None:
    """The same of the keys of records; of objects their class says which attributes there are."""
    reads = _read(query)
    absent = [one for one in reads if records and not any(_has(record, one) for record in records)]
    if not absent:
        return
    fields = {name for field in schema.person.fields for name in (field.name, *field.also)}
    strays: dict[str, str] = {}
    own: dict[str, str] = {}
    for record in records:
        if isinstance(record, Mapping):
            strays.update((str(key), str(key)) for key in record if key not in fields)
            inner = record.get(_CUSTOM)
            own.update((str(key), f"{_CUSTOM}.{key}") for key in (inner if isinstance(inner, Mapping) else ()))
    _check(reads, absent, {**own, **strays}, {**strays, **own})


class _Read:
    """A field of the person that a query reads."""

    __slots__ = ("is_own", "name", "span", "spelt")

    def __init__(self, steps: Sequence[Field], span: Span | None) -> None:
        self.is_own = len(steps) == 2
        self.name, self.span = steps[-1].name, span
        self.spelt = (steps[-1].name, *steps[-1].also)


@lru_cache(256)
def _read(query: ir.Query) -> tuple[_Read, ...]:
    """Each once: fields that are read as they are, and those under `custom`."""
    found: dict[tuple[str, ...], _Read] = {}
    for node in ir.walk(query):
        if isinstance(node, ir.Field) and node.item == 0:
            *before, last = node.steps
            plain = not (last.hidden or last.read or last.base or last.means) and isinstance(last.type, Scalar)
            if plain and [step.name for step in before] in ([], [_CUSTOM]):
                found.setdefault(tuple(step.name for step in node.steps), _Read(node.steps, node.span))
    return tuple(found.values())


def _has(record: object, one: _Read) -> bool:
    if not isinstance(record, Mapping):
        return True
    if one.is_own:
        inner = record.get(_CUSTOM)
        return not isinstance(inner, Mapping | None) or (inner is not None and one.name in inner)
    return any(name in record for name in one.spelt)


def _check(
    reads: Sequence[_Read], absent: Sequence[_Read], for_fields: Mapping[str, str], for_own: Mapping[str, str]
) -> None:
    """The last two: the names that are there, by what is compared with what the query reads."""
    own = {one.name for one in reads if one.is_own}
    found = []
    for one in absent:
        names = for_own if one.is_own else for_fields
        if (near := nearest(one.name, [name for name in names if name not in own])) and _is_no_other(one.name, near):
            found.append(nobody_has(one.name, names[near], one.span, is_own=one.is_own))
    if found:
        raise CompileError(found)


def _is_no_other(name: str, near: str) -> bool:
    """Whether one is surely the other misspelt: short names, and those with a number, are names of their own."""
    return len(name) >= _SHORTEST and not any(map(str.isdigit, name + near))


def nobody_has(name: str, near: str, span: Span | None, *, is_own: bool) -> Diagnostic:
    """`near` is there, and the query does not read it."""
    wanted = f"{_CUSTOM}.{name}" if is_own else name
    cure = f"did you mean `{near}`?" if is_own else f"call `{near}` there `{name}`"
    return error("AQ411", f"nobody here has `{wanted}`, but `{near}` is there", span, hint=cure)
