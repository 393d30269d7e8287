"""A file of people (CSV, JSON, JSON lines) → records, the schema that they have, and what they name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from audql.diagnostics import Diagnostic, RunError
from audql.operations import messages
from audql.operations.files import STDIN, decode, is_json, read_bytes, require_text
from audql.operations.surroundings import declaring
from audql.operations.tables import decoded, read_table
from audql.operations.taking import Took, custom_types, records_from, take
from audql.semantics.context import Catalogue
from audql.snapshot.schema import NODES, WITH_CUSTOM
from audql.text import fold
from audql.types import Many, Scalar, Schema, Thing
from audql.values import each, get, is_scalar, text
from audql.vocabulary import DEFAULT_KIND, PEOPLE

Record = dict[str, object]


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """What a file of people was read as. `ids[i]` is what `records[i]` is called: an id, or else a name or a number."""

    name: str
    records: tuple[Record, ...]
    ids: tuple[str, ...]
    schema: Schema
    catalogue: Catalogue
    took: tuple[Took, ...]
    """Of a CSV."""
    diagnostics: tuple[Diagnostic, ...]


def read_people(path: str, stdin: Callable[[], bytes] | None = None, schema: Schema = PEOPLE) -> PeopleFile:
    """Reads a file of people, whatever its ending says: JSON begins with a bracket. Raises RunError."""
    data = read_bytes(path, stdin)
    name = "stdin" if path == STDIN else path
    require_text(path, data)
    written, encoding = (decode(path, data), "utf-8") if is_json(data) else decoded(path, data)
    if not written.strip():
        raise RunError(messages.no_people(name))
    taken: tuple[Took, ...] = ()
    if written.lstrip()[0] in "[{":
        records = _json(name, written)
        custom, wrong = _custom_of(records, schema), list(_unread(name, records, schema))
    else:
        table = read_table(name, written)
        taken = take(table, schema)
        records, wrong = records_from(name, table, taken)
        custom = custom_types(taken)
        if encoding != "utf-8":
            wrong.insert(0, messages.read_as(name, encoding))
    if not records:
        raise RunError(messages.no_people(name))
    ids = tuple(_called(record, number) for number, record in enumerate(records, 1))
    if twice := [who for who, times in Counter(map(fold, ids)).items() if times > 1]:
        wrong.append(
            messages.people_twice(name, [next(i for i in ids if fold(i) == who) for who in twice[:3]], len(twice))
        )
    return PeopleFile(
        name,
        tuple(record if "id" in record else {**record, "id": who} for record, who in zip(records, ids, strict=True)),
        ids,
        declaring(schema, custom),
        Catalogue(_named(records), strict=False),
        taken,
        tuple(wrong),
    )


def _called(record: Record, number: int) -> str:
    for key in ("id", "username", "email", "id_number"):
        if found := text(record.get(key)):
            return found
    return f"#{number}"


# --- JSON -------------------------------------------------------------------------------------------------------------


def _json(path: str, written: str) -> list[Record]:
    """A list of records, one record, or one a line."""
    try:
        data = json.loads(written)
    except RecursionError:
        raise RunError(messages.not_people(path, 1, "it is nested too deeply")) from None
    except ValueError as problem:
        if not isinstance(problem, json.JSONDecodeError) or not written.lstrip().startswith("{"):
            raise RunError(messages.not_people(path, *_at(problem))) from None
        data = [_line(path, number, line) for number, line in enumerate(written.splitlines(), 1) if line.strip()]
    records = data if isinstance(data, list) else [data]
    for record in records:
        if not isinstance(record, dict):
            raise RunError(messages.not_people(path, 1, f"a person is a record, not {_shown(record)}"))
    return records


def _line(path: str, number: int, line: str) -> object:
    try:
        return json.loads(line)
    except RecursionError:
        raise RunError(messages.not_people(path, number, "it is nested too deeply")) from None
    except ValueError as problem:
        raise RunError(messages.not_people(path, number, _at(problem)[1])) from None


def _at(problem: ValueError) -> tuple[int, str]:
    if isinstance(problem, json.JSONDecodeError):
        said = problem.msg[:1].lower() + problem.msg[1:]
        return problem.lineno, f"{said} (column {problem.colno})"
    return 1, str(problem)


def _shown(value: object) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return f"`{written[:40]}…`" if len(written) > 40 else f"`{written}`"


def _custom_of(records: Sequence[Record], schema: Schema) -> Mapping[str, Mapping[str, Scalar]]:
    """The fields of their own that records have; what type each is, JSON does not say for all."""
    found: dict[str, dict[str, Scalar]] = {record: {} for record in WITH_CUSTOM}
    added = [(f, f.type.record) for f in schema.person.fields if isinstance(f.type, Many) and _is_open(schema, f.type)]
    found |= {kind: {} for _, kind in added}
    for record in records:
        for field, kind in added:
            _add(found[kind], *_items(record, field.name, *field.also))
        _add(found["person"], record.get("custom"))
        for holder in (record, *_items(record, "jobs", "job", "past_jobs", "future_jobs")):
            for kind in NODES:
                _add(found[kind], *each(get(holder, kind)))
    return found


def _is_open(schema: Schema, items: Many) -> bool:
    """Whether a plugin's items take whatever the data has."""
    return items.record not in WITH_CUSTOM and any(r.open for r in schema.records if r.name == items.record)


def _add(fields: dict[str, Scalar], *holders: object) -> None:
    for holder in holders:
        if isinstance(holder, Mapping):
            fields.update((str(name), Scalar.ANY) for name in holder if name not in ("path", "ancestors"))


def _unread(path: str, records: Sequence[Record], schema: Schema) -> Iterator[Diagnostic]:
    """Fields of records that nothing reads."""
    known = {name for field in schema.person.fields for name in (field.name, *field.also)}
    counts: dict[str, int] = {}
    for record in records:
        for name in record:
            if name not in known:
                counts[name] = counts.get(name, 0) + 1
    shown = list(schema.person.names())
    for name, count in list(counts.items())[:10]:
        yield messages.unread_field(path, name, count, shown)


# --- what they name ---------------------------------------------------------------------------------------------------


def _named(records: Sequence[Record]) -> dict[str, list[Thing]]:
    """What the records name, by kind of reference: to tell a name that occurs nowhere."""
    found: dict[str, dict[tuple[str, str, str], None]] = {}

    def add(kind: str, item: object, of_kind: object = "") -> None:
        name = text(item) if is_scalar(item) else text(get(item, "name"))
        identity = name if is_scalar(item) else text(get(item, "id"))
        if identity or name:
            key = (identity or name or "", name or identity or "", str(of_kind or ""))
            found.setdefault(kind, {})[key] = None

    for record in records:
        for holder in (record, *_items(record, "jobs", "job", "past_jobs", "future_jobs")):
            for kind in NODES:
                for node in each(get(holder, kind)):
                    add(kind, node)
                    for above in each(get(node, "path")) if not is_scalar(node) else ():
                        add(kind, above)
        for row in _items(record, "completions", "completion", "enrolments", "enrolment"):
            learning = row if is_scalar(row) else get(row, "learning")
            of_kind = None if is_scalar(row) else get(row, "kind")
            own = None if is_scalar(learning) else get(learning, "kind")
            add("learning", learning, own or of_kind or DEFAULT_KIND)
        for plural, singular, kind, key in _NAMED:
            for row in _items(record, plural, singular):
                add(kind, row if is_scalar(row) else get(row, key))
    things = {kind: [Thing(i, n, kind=k) for i, n, k in sorted(keys)] for kind, keys in found.items()}
    people = [
        Thing(who, text(record.get("username")) or who, also=tuple(e for e in [text(record.get("email"))] if e))
        for number, record in enumerate(records, 1)
        if (who := _called(record, number))
    ]
    return things | {"person": people}


_NAMED = (
    ("certifications", "certification", "certification", "name"),
    ("attendances", "attendance", "event", "event"),
    ("competencies", "competency", "competency", "name"),
    ("badges", "badge", "badge", "name"),
)


def _items(record: Mapping[str, object], *names: str) -> Iterator[object]:
    for name in names:
        yield from each(record.get(name))
