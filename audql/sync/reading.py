"""A loaded part and its mapping → rows of a draft: typed values, numbers in the place of keys; what does not fit is
refused.

Texts in their plain form are read by SQL. Every other text is read by `convert`, each once, however often it is there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from audql.snapshot.database import literal
from audql.snapshot.schema import PERSON, Column
from audql.sync import messages
from audql.sync.about_rows import sort_out
from audql.sync.convert import Unfit, converter, not_in_an_id
from audql.sync.draft import Draft, Field, Placed, Say
from audql.sync.loading import Loaded
from audql.sync.ownerless import leave_out
from audql.sync.plain import Plain, plain_of
from audql.sync.references import Ids, told
from audql.sync.texts import put
from audql.text import fold, hidden_in
from audql.vocabulary import DEFAULT_KIND
from audql.workspace import ColumnMapping, ElementFeed

if TYPE_CHECKING:
    import duckdb


KIND = "kind"
"""Of learning: a word of the language, folded, and the usual one where nothing is said."""


@dataclass(frozen=True, slots=True)
class Given:
    """A column as a part gives it. `source`: SQL, its text in a row `r`."""

    column: Column
    mapping: ColumnMapping
    source: str


@dataclass(slots=True)
class _Select:
    """The query that makes rows of a draft, and what it could not make."""

    values: dict[str, str] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)
    unfit: list[tuple[Given, str, Mapping[str, Unfit]]] = field(default_factory=list)
    """Columns with texts that do not fit: where the texts are listed, and why each does not."""
    exact: list[tuple[Given, Field, str]] = field(default_factory=list)
    """Columns looked up by exactly the key, each with a name for tables of its own."""
    unfound: list[tuple[Given, str, str, Ids]] = field(default_factory=list)
    """Columns with texts that lead to no key or to several: where these are listed, and how rows are joined to that."""


@dataclass(frozen=True, slots=True)
class When:
    """The zone of instants that say none, and the day by which rows count or do not count yet."""

    zone: dt.tzinfo
    day: dt.date


def append(
    draft: Draft,
    part: ElementFeed,
    loaded: Loaded,
    header: Sequence[str],
    given: Sequence[Given],
    required: Sequence[str],
    when: When,
    *,
    waited: bool = False,
) -> None:
    """`required`: fields without which a row is refused, in the order in which they are looked at. `waited`: the part
    is of rows that did not count when they were fed."""
    start = draft.parts[-1].start + draft.parts[-1].loaded.count if draft.parts else 0
    draft.parts.append(Placed(start, loaded, {g.column.name: g.mapping.column or "" for g in given}))
    draft.refusals.extend(loaded.refusals)
    draft.unread += len(loaded.refusals)
    select = _select(draft, part, loaded, given, when.zone)
    values = ", ".join(select.values.get(name, "NULL") for name in draft.columns)
    draft.database.execute(
        f"INSERT INTO {draft.kept} SELECT CAST(r.rowid + {start} AS INTEGER), {values} "
        f"FROM {loaded.table} r {' '.join(select.joins)}"
    )
    _look_up_others(draft, loaded, start, select)
    done, later, refused = sort_out(draft, part, loaded, start, header, when.day, waited=waited)
    if draft.table.is_record and not part.delta:
        whose = [(found, joined, ids) for one, found, joined, ids in select.unfound if one.column.name == PERSON]
        done |= leave_out(draft, loaded, start, whose, refused | done | later)
    refused |= _refuse_unfit(draft, loaded, start, select, done)
    done |= later
    if draft.table.key:
        refused |= _refuse_hidden(draft, start, refused)
    by_name = {g.column.name: g for g in given}
    for name in required:
        refused |= _refuse_missing(draft, loaded, start, by_name[name], refused)
    for first, last in draft.table.spans:
        refused |= _refuse_spans(draft, start, draft.fields[first], draft.fields[last], refused)
    waiting: set[int] = set()
    for one in draft.table.columns:
        for unfound in select.unfound:
            if unfound[0].column.name == one.name:
                refused |= _refuse_unfound(draft, loaded, start, unfound, refused, done, waiting)
    draft.move(refused)
    draft.postpone(waiting - refused)


# --- what the query is ------------------------------------------------------------------------------------------------


def _select(draft: Draft, part: ElementFeed, loaded: Loaded, given: Sequence[Given], zone: dt.tzinfo) -> _Select:
    select = _Select()
    for at, one in enumerate(given):
        target = draft.fields[one.column.name]
        if target.ids is None:
            _convert(select, draft.database, part, loaded, one, target, f"m{at}", zone)
        elif target.ids.has_kinds and target.of == "id":
            kind = next((g.source for g in given if g.column.name == KIND), "CAST(NULL AS VARCHAR)")
            _look_up_of_kind(select, draft.database, loaded, one, kind, target, f"m{at}")
        elif target.of == "id":
            _look_up(select, loaded, one, target, f"m{at}")
    kinds = draft.fields.get(KIND)
    if kinds is not None and kinds.ids is None:
        said = select.values.get(kinds.physical, "NULL")
        select.values[kinds.physical] = f"coalesce({said}, {literal(DEFAULT_KIND)})"
    return select


def _convert(
    select: _Select,
    database: duckdb.DuckDBPyConnection,
    part: ElementFeed,
    loaded: Loaded,
    one: Given,
    target: Field,
    name: str,
    zone: dt.tzinfo,
) -> None:
    x = one.source
    of_kind = target.name == KIND
    plain = (
        Plain()
        if of_kind
        else plain_of(database, one.column, one.mapping, part, f"{loaded.table} r", x, f"{name}s", zone)
    )
    select.joins.extend(plain.joins)
    value = plain.value or "NULL"
    if not plain.total:
        texts = _odd_texts(database, loaded, x, plain)
        if texts:
            unfit: dict[str, Unfit] = {}
            read = converter(one.column, one.mapping, part, zone)
            values: list[str | None] = []
            for text in texts:
                try:
                    value_read = read(text)
                    values.append(fold(value_read) if of_kind and value_read else value_read)
                except Unfit as problem:
                    values.append(None)
                    unfit[text] = problem
            put(database, name, {"text": texts, "value": values})
            select.joins.append(f"LEFT JOIN {name} ON {name}.text = {x}")
            value = f"coalesce({value}, CAST({name}.value AS {target.sql_type}))"
            if unfit:
                put(database, f"{name}u", {"text": list(unfit)})
                select.unfit.append((one, f"{name}u", unfit))
    select.values[target.physical] = value


def _odd_texts(database: duckdb.DuckDBPyConnection, loaded: Loaded, x: str, plain: Plain) -> list[str]:
    """Those that are not plain, each once."""
    where = f"AND {plain.value} IS NULL" if plain.value else ""
    query = f"SELECT DISTINCT {x} AS text FROM {loaded.table} r {' '.join(plain.joins)} WHERE {x} IS NOT NULL {where}"
    return [text for (text,) in database.execute(query).fetchall() if text]


def _look_up(select: _Select, loaded: Loaded, one: Given, target: Field, name: str) -> None:
    """The number of the key that is exactly the text, as nearly all are; `_look_up_others` sees to the rest."""
    ids = target.ids
    assert ids is not None
    ids.want(f"SELECT stripped({one.source}) AS id FROM {loaded.table} r")
    select.joins.append(
        f"LEFT JOIN {ids.table} {name} ON {name}.id = stripped({one.source}) AND {name}.code < {ids.known}"
    )
    select.values[target.physical] = f"{name}.code"
    select.exact.append((one, target, name))


def _look_up_others(draft: Draft, loaded: Loaded, start: int, select: _Select) -> None:
    """Rows with a text that is exactly no key: each different one is looked up once, by all ways."""
    for one, target, name in select.exact:
        assert target.ids is not None
        x, asked, found = f"stripped({one.source})", f"{name}a", f"{name}f"
        without = f"SELECT row - {start} FROM {draft.kept} WHERE {target.physical} IS NULL AND row >= {start}"
        draft.database.execute(
            f"CREATE OR REPLACE TABLE {asked} AS SELECT DISTINCT {x} AS text, CAST(NULL AS VARCHAR) AS kind "
            f"FROM {loaded.table} r WHERE r.rowid IN ({without}) AND {x} IS NOT NULL"
        )
        if not draft.number(f"SELECT count(*) FROM {asked}"):
            continue
        target.ids.find(asked, found)
        draft.database.execute(
            f"UPDATE {draft.kept} SET {target.physical} = f.code FROM {loaded.table} r JOIN {found} f ON f.text = {x} "
            f"WHERE row = r.rowid + {start} AND {target.physical} IS NULL AND f.code IS NOT NULL"
        )
        select.unfound.append((one, found, f"{found}.text = {x}", target.ids))


def _look_up_of_kind(
    select: _Select,
    database: duckdb.DuckDBPyConnection,
    loaded: Loaded,
    one: Given,
    kind: str,
    target: Field,
    name: str,
) -> None:
    """The same where a row says the kind too, or does not: pairs of texts, each once."""
    ids = target.ids
    assert ids is not None
    asked, found = f"{name}a", f"{name}f"
    pairs = database.execute(
        f"SELECT DISTINCT {one.source}, {kind} FROM {loaded.table} r WHERE stripped({one.source}) IS NOT NULL"
    ).fetchall()
    put(
        database,
        asked,
        {
            "given": [text for text, _ in pairs],
            "given_kind": [kind for _, kind in pairs],
            "text": [text.strip() for text, _ in pairs],
            "kind": [fold(kind) if kind else None for _, kind in pairs],
        },
    )
    ids.find(asked, found)
    joined = f"{found}.given = {one.source} AND {found}.given_kind IS NOT DISTINCT FROM nullif({kind}, '')"
    select.joins.append(f"LEFT JOIN {found} ON {joined}")
    select.values[target.physical] = f"{found}.code"
    select.unfound.append((one, found, joined, ids))


# --- what is refused --------------------------------------------------------------------------------------------------


def _refuse_unfit(draft: Draft, loaded: Loaded, start: int, select: _Select, done: set[int]) -> set[int]:
    refused: set[int] = set()
    for one, listed, unfit in select.unfit:
        x = one.source
        found = draft.database.execute(
            f"SELECT r.rowid, {x} FROM {loaded.table} r WHERE {x} IN (SELECT text FROM {listed}) ORDER BY r.rowid"
        ).fetchall()
        rows = [(row, text) for row, text in found if start + row not in done]
        draft.refuse([(start + row, one.column.name, _unfit(text, unfit[text])) for row, text in rows])
        refused.update(start + row for row, _ in rows)
    return refused


def _unfit(text: str, why: Unfit) -> Say:
    return partial(_say_unfit, text.strip(), why)


def _say_unfit(text: str, why: Unfit, file: str, line: int, column: str) -> messages.Refusal:
    return messages.unfit(file, line, column, text, why.reason, why.cure)


def _refuse_hidden(draft: Draft, start: int, refused: set[int]) -> set[int]:
    """Ids with something in them that nobody sees, or that ends a line: no two of those can be told apart."""
    identity = draft.fields["id"].physical
    odd = draft.database.execute(
        f"SELECT row, {identity} FROM {draft.kept} WHERE row >= {start} AND regexp_matches({identity}, '[^ -~]') "
        "ORDER BY row"
    ).fetchall()
    found = [(row, text, at) for row, text in odd if row not in refused and (at := hidden_in(text)) is not None]
    draft.refuse([(row, "id", _unfit(text, not_in_an_id(at))) for row, text, at in found])
    return {row for row, _, _ in found}


def _refuse_missing(draft: Draft, loaded: Loaded, start: int, one: Given, refused: set[int]) -> set[int]:
    nothing = f"FROM {draft.kept} WHERE {draft.fields[one.column.name].physical} IS NULL AND row >= {start}"
    if not draft.number(f"SELECT count(*) {nothing}"):
        return set()
    rows = [
        start + row
        for (row,) in draft.database.execute(
            f"SELECT r.rowid FROM {loaded.table} r WHERE r.rowid IN (SELECT row - {start} {nothing}) "
            f"AND stripped({one.source}) IS NULL ORDER BY r.rowid"
        ).fetchall()
    ]
    if one.column.name == "person":
        draft.unread += len(rows)
    draft.refuse([(row, one.column.name, messages.value_missing) for row in rows if row not in refused])
    return set(rows)


def _refuse_spans(draft: Draft, start: int, first: Field, last: Field, refused: set[int]) -> set[int]:
    """Where the first day is after the last."""
    a, b = first.physical, last.physical
    rows = draft.database.execute(
        f"SELECT row, CAST({a} AS VARCHAR), CAST({b} AS VARCHAR) FROM {draft.kept} "
        f"WHERE row >= {start} AND {b} < {a} ORDER BY row"
    ).fetchall()
    name = draft.parts[-1].columns.get(first.name, first.name)
    found = [(row, last.name, _wrong_way_round(end, name, begin)) for row, begin, end in rows if row not in refused]
    draft.refuse(found)
    return {row for row, _, _ in found}


def _wrong_way_round(end: str, name: str, begin: str) -> Say:
    return lambda file, line, column: messages.wrong_way_round(file, line, column, end, name, begin)


def _refuse_unfound(
    draft: Draft,
    loaded: Loaded,
    start: int,
    unfound: tuple[Given, str, str, Ids],
    refused: set[int],
    done: set[int],
    waiting: set[int],
) -> set[int]:
    """Adds to `waiting` the rows that name what does not count yet, and to `done` those of people who are deleted, that
    go along with them."""
    one, found, joined, ids = unfound
    rows = draft.database.execute(
        f"SELECT r.rowid, {found}.text, {found}.kind, {found}.shared FROM {loaded.table} r JOIN {found} ON {joined} "
        f"WHERE {found}.code IS NULL ORDER BY r.rowid"
    ).fetchall()
    seen = refused | done
    silent, deleted, later, loud = told(ids, ((start + row, *rest) for row, *rest in rows if start + row not in seen))
    waiting.update(later)
    if deleted and one.column.name == PERSON:
        draft.leave_out(deleted)
        done.update(deleted)
        loud = [(row, say) for row, say in loud if row not in done]
    draft.refuse([(row, one.column.name, say) for row, say in loud])
    return {*silent, *(row for row, _ in loud)}


def fields_of(columns: Iterable[Column], known: Mapping[str, Ids], own: str) -> dict[str, Field]:
    """The fields of a draft; those that refer to another element have its numbers."""
    fields: dict[str, Field] = {}
    for column in columns:
        ids = known.get(column.refers) if column.refers != own else None
        fields.setdefault(column.name, Field(column.name, column.type, column.many, f"c{len(fields)}", ids))
    of_kinds = next((f for f in fields.values() if f.ids is not None and f.ids.has_kinds), None)
    if of_kinds is not None:
        fields[KIND] = Field(KIND, fields[KIND].type, False, of_kinds.physical, of_kinds.ids, KIND)
    return fields


def source_of_column(mapping: ColumnMapping, header: Sequence[str]) -> str:
    """SQL: the text of a row `r` that a column is read from; NULL where it is empty."""
    if mapping.column is None:
        return literal(mapping.value) if mapping.value else "CAST(NULL AS VARCHAR)"
    return f"r.t{header.index(mapping.column)}"
