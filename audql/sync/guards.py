"""A feed that was read, against the last one → why it is not to be kept, or nothing.

A guard looks at what the feed said, and not at what it would come to: rows that were brought back for those who could
not be told count as missing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audql.diagnostics import Diagnostic
from audql.snapshot.database import number, quoted
from audql.snapshot.schema import PERSON, Table
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.tables import Staged
from audql.sync import allowing
from audql.sync import guard_messages as messages
from audql.sync.draft import Draft
from audql.sync.earlier import Earlier
from audql.sync.loading import Opened
from audql.sync.mapping import Mapped
from audql.sync.merging import Mode
from audql.sync.messages import Refusal, together
from audql.sync.ownerless import Ownerless, note_of
from audql.types import Scalar
from audql.workspace import Feed

if TYPE_CHECKING:
    import duckdb

_FEW_IN_DELTA = 100
"""So many values of a field a delta can change, whatever share that is: it says what changes, and no more."""
_OF_NOBODY = ("AQ528", "AQ530")
"""What is said of rows of people that do not say whose they are."""
_FEW_REFUSALS = 3
"""So many refusals say why there are fewer people."""
_FEW, _FEW_PEOPLE = 20, 1
"""So many rows or values, and so many people who are gone, are never out of proportion."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the files of one element said."""

    table: Table
    rows: int
    """Those that were refused included."""
    before: int
    """Those that there were, but for rows of people who are gone."""
    gone: int
    """Of the keys that were there before, those that the feed says nothing of."""
    unread: int
    files: Mapping[str, tuple[int, int]]
    """How many rows, and how many of them were refused."""
    cuts: Mapping[str, tuple[int, int, int]]
    """Files that end within a row: its line, how many values it has and how many it should have."""
    is_delta: bool


def told(draft: Draft, before: Snapshot | None, mode: Mode) -> Told:
    """What is needed of a draft, which may be gone when guards are asked.

    Rows of people whom the feed does not have are neither rows nor refused where there is a snapshot before: learning
    systems go on telling of those who left, and what is missing by it is seen against that snapshot.
    """
    owner = draft.fields[PERSON].physical if PERSON in draft.fields else None
    here = "SELECT count(*) FROM {} WHERE row >= 0"
    owned = f" AND {owner} IS NOT NULL" if owner else ""
    unread = draft.unread if owner else sum(len(part.loaded.refusals) for part in draft.parts)
    rows = draft.number(here.format(draft.kept)) + unread
    rows += sum(draft.number(here.format(table) + owned) for table in (draft.aside, draft.later))
    counts: Counter[str] = Counter()
    for part in draft.parts:
        counts[part.loaded.file] += part.loaded.count + len(part.loaded.refusals)
    of_others = {part.columns.get(PERSON) for part in draft.parts} if before is not None and owner else set()
    refused = Counter(
        file for file, _ in {(r.file, r.line) for r in draft.refusals if r.code != "AQ532" or r.column not in of_others}
    )
    cuts = {part.loaded.file: part.loaded.cut for part in draft.parts if part.loaded.cut is not None}
    if before is None:
        refused.update({one.file: one.rows for one in draft.ownerless})
    files = {file: (count, refused[file]) for file, count in counts.items()}
    gone = _gone(draft, before, mode)
    return Told(draft.table, rows, _before(draft, before, rows, mode), gone, draft.unread, files, cuts, mode.delta)


def told_nothing(table: Table) -> Told:
    """Of a delta without rows."""
    return Told(table, rows=0, before=0, gone=0, unread=0, files={}, cuts={}, is_delta=True)


def _before(draft: Draft, before: Snapshot | None, rows: int, mode: Mode) -> int:
    was = before.count(draft.table.name) if before is not None else 0
    people = draft.fields[PERSON].ids if PERSON in draft.fields else None
    if before is None or people is None or mode.delta or was - rows <= _FEW:
        return was
    return draft.number(
        f"SELECT count(*) FROM {before.rows_of(draft.table.name)} e "
        f"SEMI JOIN (SELECT id AS {PERSON} FROM {people.table} WHERE code < {people.known}) USING ({PERSON})"
    )


def _gone(draft: Draft, before: Snapshot | None, mode: Mode) -> int:
    earlier = Earlier(before).rows(draft) if before is not None and draft.table.name == "people" else None
    if earlier is None or mode.absent == "keep":
        return 0
    (key,) = draft.key
    active = ""
    if mode.absent == "suspend":
        active = f"WHERE NOT coalesce({draft.fields['suspended'].physical}, false)"
    if mode.delta:
        deleted = f"SELECT {key} FROM {draft.gone} ANTI JOIN {draft.kept} USING ({key})"
        if mode.absent == "suspend":
            deleted = f"SELECT {key} FROM {draft.gone}"
        return draft.number(f"SELECT count(*) FROM ({earlier}) SEMI JOIN ({deleted}) USING ({key}) {active}")
    said = " UNION ALL ".join(
        f"SELECT {key} FROM {name} WHERE row >= 0 AND {key} IS NOT NULL"
        for name in (draft.kept, draft.aside, draft.later)
    )
    return draft.number(f"SELECT count(*) FROM ({earlier}) ANTI JOIN ({said}) USING ({key}) {active}")


@dataclass(frozen=True, slots=True)
class Guards:
    """What a feed must not do unless it is let through."""

    feed: Feed
    before: Snapshot | None
    allow: Collection[str]

    def of_age(self, files: Iterable[Opened], at: dt.datetime | None) -> Iterator[Diagnostic]:
        """Files that were written too long before `at`, or just now; of what is no file it is not known."""
        most, least = self.feed.max_age, self.feed.min_age
        if at is None or allowing.AGE in self.allow:
            return
        written = {one.file: one.written for one in files if one.written is not None}
        for file, when in written.items():
            if most is not None and at - when > most:
                yield messages.too_old(file, at - when, most)
            if least is not None and at - when < least:
                yield messages.too_new(file, at - when, least)

    def of_rows(self, each: Sequence[Told], kept: int, refusals: Sequence[Refusal]) -> Iterator[Diagnostic]:
        """What is there or is missing, and the first refusals where these are why. `kept`: how many people there would
        be."""
        people = next(one for one in each if one.table.name == "people")
        for one in each:
            if allowing.CUT not in self.allow:
                yield from (messages.cut_short(file, *cut) for file, cut in one.cuts.items())
        if self.before is not None:
            fewer = [*self._of_fewer(self.before, {one.table.name: one for one in each})]
            yield from fewer
            if any(one.code == messages.HEAD_COUNT for one in fewer):
                yield from _first_of(people, (one for one in refusals if one.code in _OF_NOBODY))
        if not kept:
            yield messages.nobody_left(people.rows)
            yield from _first_of(people, refusals)

    def of_refusals(
        self, each: Sequence[Told], refusals: Sequence[Refusal], ownerless: Sequence[Ownerless]
    ) -> Iterator[Diagnostic]:
        """Files of which too many rows were refused, and why they were."""
        most = self.feed.max_refused
        found = {
            file: messages.many_refused(file, refused, rows, most)
            for one in each
            for file, (rows, refused) in one.files.items()
            if refused > max(_FEW, most * rows) and allowing.REFUSED not in self.allow
        }
        yield from found.values()
        yield from together(refusal for refusal in refusals if refusal.file in found)
        yield from note_of([one for one in ownerless if one.file in found])

    def _of_fewer(self, before: Snapshot, each: Mapping[str, Told]) -> Iterator[Diagnostic]:
        for name in before.manifest.tables:
            one = each.get(name)
            if one is not None and one.is_delta and name != "people":
                continue
            was = one.before if one is not None and one.rows else before.count(name)
            if one is None or not (one.rows or one.is_delta):
                if was and allowing.EMPTIED not in self.allow:
                    yield messages.table_emptied(name, was)
            elif name == "people":
                most = self.feed.max_head_count_fall
                if allowing.HEADCOUNT not in self.allow and one.gone > max(_FEW_PEOPLE, most * was):
                    yield messages.head_count_fell(was, one.gone, most, one.unread)
            elif allowing.ROWS not in self.allow and was - one.rows > max(_FEW, self.feed.max_rows_fall * was):
                yield messages.rows_fell(name, was, one.rows, self.feed.max_rows_fall)

    def of_an_old_one(
        self,
        database: duckdb.DuckDBPyConnection,
        staged: Sequence[Staged],
        known: Mapping[str, dt.datetime | None],
        snapshot: str,
    ) -> Iterator[Diagnostic]:
        """A feed that comes to a snapshot of before the last one, where that is more than a few rows from the last.
        `known`: those, and when they came to count."""
        if self.before is None or snapshot not in known or allowing.AGAIN in self.allow:
            return
        rows = sum(_different(database, one, self.before) for one in staged)
        if rows > _FEW:
            yield messages.old_again(known[snapshot], snapshot, rows)

    def of_values(
        self,
        database: duckdb.DuckDBPyConnection,
        staged: Iterable[Staged],
        mapped: Mapping[Table, Sequence[Mapped]],
        each: Sequence[Told],
    ) -> Iterator[Diagnostic]:
        """Fields of which too many values are others than they were, of those who are in both feeds."""
        if self.before is None or allowing.CHANGED in self.allow:
            return
        tables = {table.name: table for table in mapped}
        deltas = {one.table.name for one in each if one.is_delta}
        for one in staged:
            table = tables[one.table.name]
            if not self.before.has(table.name):
                continue
            if one.table.content == self.before.content(table.name) or not one.table.count:
                continue
            if table.key or table.column("manager"):
                limits = _limits(self.feed, mapped[table])
                shares = {name: limits.get(name, self.feed.max_changed) for name, _, _ in one.table.columns}
                for change in _changes(database, table, one, self.before, shares):
                    most = shares.get(change.field, self.feed.max_changed)
                    if change.count > max(_FEW_IN_DELTA if table.name in deltas else _FEW, most * change.of):
                        yield messages.many_changed(
                            table.name, change.field, change.count, change.of, most, change.example
                        )


def _first_of(one: Told, refusals: Iterable[Refusal]) -> Iterator[Diagnostic]:
    """Why the first rows of an element were refused."""
    yield from together(refusal for refusal in refusals if refusal.file in one.files)[:_FEW_REFUSALS]


def _limits(feed: Feed, parts: Sequence[Mapped]) -> Mapping[str, float]:
    """Of fields with a limit of their own. Instants say when something happened last, and change by themselves."""
    found: dict[str, float] = {}
    for column, mapping in (one for part in parts for one in part):
        usual = 1.0 if column.type is Scalar.INSTANT else feed.max_changed
        found[column.name] = usual if mapping.max_changed is None else mapping.max_changed
    return found


def _different(database: duckdb.DuckDBPyConnection, staged: Staged, before: Snapshot) -> int:
    """How many rows of a table are others than they were."""
    name = staged.table.name
    was = before.manifest.tables.get(name)
    if was is None or was.columns != staged.table.columns:
        return staged.table.count
    if was.content == staged.table.content:
        return 0
    found = _differing(staged, before, [column for column, _, _ in was.columns])
    return max(number(database, f"SELECT count(*) FROM ({rows})") for rows in found.values())


def _differing(staged: Staged, before: Snapshot, columns: Sequence[str]) -> Mapping[str, str]:
    """SQL: in these columns, rows that `was` had and `now` has not, and the other way round."""
    name = staged.table.name
    was, now = staged.change or (before.rows_of(name), staged.rows(before.folder / "tables"))
    chosen = f"SELECT {', '.join(map(quoted, columns))} FROM"
    return {"was": f"{chosen} {was} EXCEPT {chosen} {now}", "now": f"{chosen} {now} EXCEPT {chosen} {was}"}


@dataclass(frozen=True, slots=True)
class _Change:
    field: str
    count: int
    of: int
    """Values that there were."""
    example: tuple[str, str]


def _changes(
    database: duckdb.DuckDBPyConnection, table: Table, staged: Staged, before: Snapshot, shares: Mapping[str, float]
) -> Iterator[_Change]:
    """Of each field that had values before and has them now; only rows that are not the same are compared. Not of all
    that have changed by no more than their share.

    Where several rows belong to one person, what counts is the list of that person's values.
    """
    was = set(before.manifest.tables[table.name].columns)
    key = [*table.key] or [PERSON]
    columns = [name for name, scalar, many in staged.table.columns if (name, scalar, many) in was]
    yield from _vanished(database, table, staged, before)
    fields = [name for name in columns if name not in key]
    if not fields:
        return
    keys = ", ".join(map(quoted, key))
    for name, rows in _differing(staged, before, columns).items():
        chosen = ", ".join(quoted(f) if table.key else _all_of(f) for f in fields)
        database.execute(
            f"CREATE OR REPLACE TABLE guarded_{name} AS SELECT {keys}, {chosen} FROM ({rows})"
            f"{'' if table.key else f' GROUP BY {keys}'}"
        )
        if not number(database, f"SELECT count(*) FROM guarded_{name}"):
            return
    for start in range(0, len(fields), _AT_ONCE):
        some = {field: shares[field] for field in fields[start : start + _AT_ONCE]}
        yield from _changes_of(database, some, keys, before.rows_of(table.name))


_AT_ONCE = 50
"""Fields in one query: the database takes long to plan one of thousands."""


_ROWS_FOR_ONE_CHANGED = 20
"""So many rows are looked at first: mostly they have values enough, and few changes cost few rows."""


def _changes_of(
    database: duckdb.DuckDBPyConnection, shares: Mapping[str, float], keys: str, was: str
) -> Iterator[_Change]:
    """Of the rows in `guarded_was` and `guarded_now`; `was`: SQL, the rows of which all are counted."""
    both = f"guarded_was w JOIN guarded_now n USING ({keys})"

    def of_each(asked: Iterable[str], rows: str) -> Sequence[Any]:
        (found,) = database.execute(f"SELECT {', '.join(asked)} FROM {rows}").fetchall()
        return found

    def values(found: Mapping[str, int], rows: str) -> Sequence[int]:
        return of_each((f"count({quoted(field)})" for field in found), rows)

    changed = {f: f"w.{quoted(f)} IS NOT NULL AND n.{quoted(f)} IS DISTINCT FROM w.{quoted(f)}" for f in shares}
    counts = of_each((f"count(*) FILTER ({one})" for one in changed.values()), both)
    found = {field: count for field, count in zip(shares, counts, strict=True) if count > _FEW}
    if found:
        least = values(found, f"(FROM {was} LIMIT {_ROWS_FOR_ONE_CHANGED * max(found.values())})")
        found = {
            field: count for (field, count), of in zip(found.items(), least, strict=True) if count > shares[field] * of
        }
    if not found:
        return
    first = f"row({keys})"
    examples = of_each(
        (
            f"arg_min({value}, {first}) FILTER ({changed[field]})"
            for field in found
            for value in (
                f"CAST(w.{quoted(field)} AS VARCHAR)",
                f"coalesce(CAST(n.{quoted(field)} AS VARCHAR), '')",
            )
        ),
        both,
    )
    all_values = values(found, was)
    for at, ((field, count), of) in enumerate(zip(found.items(), all_values, strict=True)):
        yield _Change(field, count, of, (examples[2 * at], examples[2 * at + 1]))


def _vanished(database: duckdb.DuckDBPyConnection, table: Table, staged: Staged, before: Snapshot) -> Iterator[_Change]:
    """Columns that had values and are no more, or are of another type, which is as if all their values were gone."""
    now = set(staged.table.columns)
    rows = before.rows_of(table.name)
    for column in before.manifest.tables[table.name].columns:
        if column not in now:
            name = quoted(column[0])
            ((count, example),) = database.execute(
                f"SELECT count({name}), min(CAST({name} AS VARCHAR)) FROM {rows}"
            ).fetchall()
            if count:
                yield _Change(column[0], count, count, (example, ""))


def _all_of(field: str) -> str:
    """SQL: all values that a person's rows have, in order."""
    return f"array_to_string(list_sort(list(CAST({quoted(field)} AS VARCHAR))), ', ') AS {quoted(field)}"
