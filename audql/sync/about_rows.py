"""Columns that say what a row is for: that it is no more, and from which day on it counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audql.snapshot.database import literal
from audql.snapshot.schema import PERSON, Column
from audql.sync import messages
from audql.sync.convert import Unfit, converter
from audql.sync.draft import Draft, Say
from audql.sync.loading import Loaded
from audql.sync.row_files import FED
from audql.sync.texts import put
from audql.types import Scalar
from audql.workspace import ColumnMapping, ElementFeed

_THIS_FEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Said:
    """What a column says of the rows of a part: SQL, the value in a row `r`, joined by its text to a table of those."""

    value: str
    join: str


def sort_out(
    draft: Draft,
    part: ElementFeed,
    loaded: Loaded,
    start: int,
    header: Sequence[str],
    as_of: dt.date,
    *,
    waited: bool,
) -> tuple[set[int], set[int], set[int]]:
    """Moves rows that are no more from `kept` to `gone`, of whose values nothing is to be said, and those that do not
    count yet to `later`, of whose references nothing is. Gives both, and those that are refused since they do not say
    which they are.
    """
    gone: set[int] = set()
    later: set[int] = set()
    refused: set[int] = set()

    def said(name: str, column: str, kind: Scalar, mapping: ColumnMapping) -> _Said:
        text = f"r.t{header.index(column)}"
        return _read(draft, part, loaded, start, Column(name, kind), mapping, text, refused)

    today = literal(as_of.isoformat())
    day = _Said("NULL", "")
    if part.effective is not None:
        day = said("effective", part.effective, Scalar.DATE, ColumnMapping(column=part.effective))
        later = _move(draft, loaded, start, day, f"{day.value} > {today}", draft.later)
    if part.effective is not None or draft.remembers:
        fed = f"coalesce(TRY_CAST(r.t{header.index(FED)} AS INTEGER), 0)" if FED in header else "0"
        # What a delta says without a day is so from today on; what a full feed says, always was.
        otherwise = today if part.delta else "'0001-01-01'"
        draft.database.execute(
            f"INSERT INTO {draft.since} SELECT r.rowid + {start}, CAST(coalesce({day.value}, {otherwise}) AS DATE), "
            f"{fed if waited else _THIS_FEED} FROM {loaded.table} r {day.join}"
        )
    if part.deleted is not None and part.deleted.column is not None:
        deleted = said("deleted", part.deleted.column, Scalar.YES_NO, part.deleted)
        gone = _move(draft, loaded, start, deleted, f"{deleted.value} = 'true'", draft.gone)
    return gone, later, refused


def _read(
    draft: Draft,
    part: ElementFeed,
    loaded: Loaded,
    start: int,
    column: Column,
    mapping: ColumnMapping,
    text: str,
    refused: set[int],
) -> _Said:
    """Each different text is read once; rows with one that does not fit are refused."""
    given = draft.database.execute(f"SELECT DISTINCT {text} FROM {loaded.table} r WHERE {text} IS NOT NULL").fetchall()
    # A zone means nothing to days and to yes and no.
    convert = converter(column, mapping, part, dt.UTC)
    read: dict[str, str | None] = {}
    unfit: dict[str, Unfit] = {}
    for (one,) in given:
        try:
            read[one] = convert(one)
        except Unfit as problem:
            unfit[one] = problem
    table = f"said_{column.name}"
    put(draft.database, table, {"text": list(read), "value": list(read.values())})
    if unfit:
        put(draft.database, f"{table}_unfit", {"text": list(unfit)})
        rows = draft.database.execute(
            f"SELECT r.rowid + {start}, {text} FROM {loaded.table} r "
            f"WHERE {text} IN (SELECT text FROM {table}_unfit) ORDER BY 1"
        ).fetchall()
        draft.refuse([(row, column.name, _unfit(value, unfit[value], mapping.column or "")) for row, value in rows])
        refused.update(row for row, _ in rows)
    return _Said(f"{table}.value", f"LEFT JOIN {table} ON {table}.text = {text}")


def _unfit(value: str, why: Unfit, column: str) -> Say:
    return lambda file, line, _: messages.unfit(file, line, column, value.strip(), why.reason, why.cure)


def _move(draft: Draft, loaded: Loaded, start: int, said: _Said, condition: str, target: str) -> set[int]:
    rows = draft.database.execute(
        f"SELECT r.rowid + {start} AS row FROM {loaded.table} r {said.join} WHERE {condition}"
    ).fetchnumpy()["row"]
    if not len(rows):
        return set()
    draft.database.register("moving", {"row": np.asarray(rows)})
    owner = draft.key or (draft.fields[PERSON].physical,)
    whose = " AND ".join(f"{name} IS NOT NULL" for name in owner)  # others are refused for it
    here = f"FROM {draft.kept} WHERE row IN (SELECT row FROM moving) AND {whose}"
    moved = draft.database.execute(f"SELECT row {here}").fetchnumpy()["row"]
    draft.database.execute(f"INSERT INTO {target} SELECT * {here}")
    draft.database.execute(f"DELETE {here}")
    draft.database.unregister("moving")
    return set(moved.tolist())


def _cancel(draft: Draft, same: Sequence[str]) -> None:
    """Lets rows go that were fed before one deletes what they are of, also those that do not count yet.

    One beside or before another of the same day that says what it is deletes nothing.
    """
    alike = " AND ".join(f"r.{name} IS NOT DISTINCT FROM g.{name}" for name in same)
    draft.database.execute(
        f"CREATE OR REPLACE TABLE cancelled AS WITH g AS (FROM {draft.gone} JOIN {draft.since} USING (row)) "
        f"SELECT r.row FROM (FROM {draft.kept} UNION ALL FROM {draft.later}) r JOIN {draft.since} s USING (row) "
        f"JOIN g ON {alike} AND s.round < g.round WHERE NOT EXISTS ("
        f"SELECT 1 FROM {draft.kept} r JOIN {draft.since} t USING (row) "
        f"WHERE {alike} AND t.round >= g.round AND t.day = g.day)"
    )
    for table in (draft.kept, draft.later):
        draft.database.execute(f"DELETE FROM {table} WHERE row IN (SELECT row FROM cancelled)")


def supersede(draft: Draft, same: Sequence[str], *, by_day: bool = True) -> None:
    """Of rows that are the same in these columns that one counts that came into force last, and of those of one day one
    that was fed last; or, not `by_day`, one that was fed last at all. What is deleted takes along whatever was fed of
    it before."""
    if not draft.number(f"SELECT count(*) FROM {draft.since}"):
        return
    _cancel(draft, same)
    latest = "day DESC, round DESC" if by_day else "round DESC"
    draft.database.execute(
        f"CREATE OR REPLACE TABLE superseded AS SELECT row FROM ("
        f"SELECT row, rank() OVER (PARTITION BY {', '.join(same)} ORDER BY {latest}) AS place FROM ("
        f"SELECT * FROM {draft.kept} UNION ALL SELECT * FROM {draft.gone}) JOIN {draft.since} USING (row)) "
        "WHERE place > 1"
    )
    for table in (draft.kept, draft.gone):
        draft.database.execute(f"DELETE FROM {table} WHERE row IN (SELECT row FROM superseded)")
