"""Rows that earlier deltas told and that were refused: a delta tells of a row once, so they stay set aside until they
are fed corrected, or taken away, until a later delta tells of the same, or deletes the person whose they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audql.snapshot.schema import PERSON, Table
from audql.sync.draft import Draft
from audql.sync.making import Making, Part
from audql.sync.mapping import Mapped
from audql.sync.naming import names_someone, naming_people
from audql.sync.quarantine import Aside, aside_of, rows_of, set_aside
from audql.sync.row_files import ABOUT, WAITED, Row, all_of, by_header, first_of, same, under_header
from audql.text import fold


@dataclass(frozen=True, slots=True)
class StillAside:
    """A file of an element's rows that are set aside, and how many of them are of earlier deltas."""

    aside: Aside
    earlier: int


def still_aside(
    folder: Path | None, making: Making, table: Table, given: Sequence[Part], draft: Draft | None, temporary: Path
) -> Iterator[StillAside]:
    """The files of an element that are set aside now, with what stays in `folder` of those before.

    `draft`: what became of its rows, if it has any. Raises GuardError for a file that is not what was written, nor that
    corrected.
    """
    opened_of = [opened for _, opened, _ in given]
    fresh = list(set_aside(draft, opened_of, temporary, making.erased)) if draft is not None else []
    told: frozenset[tuple[str, ...]] | None = None
    for part, opened, mapped in given:
        if folder is None or not part.delta or opened.waited:
            continue
        key = _key_of(table, mapped)
        columns = {column.name: mapping.column for column, mapping in mapped}
        naming, owner = naming_people(table, columns), columns.get(PERSON)
        for name in (opened.aside, opened.aside.removesuffix(".csv") + f"{WAITED}.csv"):
            if not (before := [row for path in all_of(folder, name) for row in under_header(path, ABOUT[0])]):
                continue
            if told is None:
                told = _told(draft, given, table) if draft is not None else frozenset()
            these = [one for one in fresh if first_of(one.name) == name]
            fresh = [one for one in fresh if one not in these]
            now = [row for one in these for row in under_header(one.path, ABOUT[0])]
            again = {same(row) for row in now}
            left = [
                row
                for row in before
                if same(row) not in again
                and ((of := _key(row, key)) not in told or not any(of))
                and not names_someone(row, naming, making.erased)
                and not (draft is not None and owner is not None and _value(row, owner) in making.ids["people"].deleted)
            ]
            yield from _files(name, left, now, temporary)
    yield from (StillAside(one, 0) for one in fresh)


def _files(name: str, earlier: Sequence[Row], now: Sequence[Row], temporary: Path) -> Iterator[StillAside]:
    counts = Counter(tuple(header) for header, _ in earlier)
    for file, rows in by_header(name, [*earlier, *now]).items():
        yield StillAside(aside_of(temporary, "still", file, rows), counts[tuple(rows[0])])


def _told(draft: Draft, given: Sequence[Part], table: Table) -> frozenset[tuple[str, ...]]:
    """What the rows of this feed are of, those included that are refused now: the last word counts."""
    rows = " UNION ALL ".join(
        f"SELECT row FROM {name} WHERE row >= 0" for name in (draft.kept, draft.gone, draft.aside)
    )
    found: set[tuple[str, ...]] = set()
    for placed, (_, opened, mapped) in zip(draft.parts, given, strict=True):
        key = _key_of(table, mapped)
        found.update(_key((opened.header, values), key) for _, values in rows_of(draft, rows, placed, opened))
    return frozenset(found)


def _key_of(table: Table, mapped: Mapped) -> Sequence[str]:
    """The columns that say what a row is of."""
    columns = {column.name: mapping.column for column, mapping in mapped}
    identity = table.key or (PERSON, *(name for name in table.identity if name in columns))
    return [name for name in map(columns.get, identity) if name is not None]


def _key(row: Row, key: Sequence[str]) -> tuple[str, ...]:
    return tuple(_value(row, name) for name in key)


def _value(row: Row, column: str) -> str:
    return fold(dict(zip(*row, strict=False)).get(column, ""))
