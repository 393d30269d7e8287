"""Rows that earlier deltas told and that were refused: a delta tells of a row once, so they stay set aside until they
are fed corrected, or taken away, or until a later delta tells of the same."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audql.diagnostics import GuardError
from audql.snapshot.schema import PERSON, Table
from audql.state.erased import Erased
from audql.sync import messages
from audql.sync.draft import Draft
from audql.sync.making import Part
from audql.sync.mapping import ABOUT
from audql.sync.quarantine import WAITED, Aside, aside_of, rows_of
from audql.text import fold


@dataclass(frozen=True, slots=True)
class StillAside:
    """The file of an element's rows that are set aside, and how many of them are of earlier deltas."""

    aside: Aside
    earlier: int


@dataclass(frozen=True, slots=True)
class _Rows:
    """Of a CSV file; a row can have more values than there are columns, or fewer."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def values(self, row: Sequence[str]) -> dict[str, str]:
        """Without what is said about the row."""
        return {name: value for name, value in zip(self.header, row, strict=False) if name not in ABOUT}

    def same(self, row: Sequence[str]) -> tuple[frozenset[tuple[str, str]], tuple[str, ...]]:
        """Equal for equal rows."""
        return frozenset(self.values(row).items()), (*row[len(self.header) :],)

    def under(self, header: Sequence[str]) -> Iterator[Sequence[str]]:
        for row in self.rows:
            values = dict(zip(self.header, row, strict=False))
            yield [*(values.get(name, "") for name in header), *row[len(self.header) :]]


def still_aside(
    folder: Path | None,
    table: Table,
    given: Sequence[Part],
    draft: Draft | None,
    new: Iterable[Aside],
    temporary: Path,
    erased: Erased,
) -> Iterator[StillAside]:
    """The files of an element that are set aside now, with what stays in `folder` of those before.

    `draft`: what became of its rows, if it has any. `new`: what was refused of them. Raises GuardError for a file that
    is not what was written, nor that corrected.
    """
    files = {one.name: one for one in new}
    for part, opened, mapped in given:
        if folder is None or not part.delta or opened.waited:
            continue
        columns = {column.name: mapping.column for column, mapping in mapped}
        same = table.key or (PERSON, *(name for name in table.identity if name in columns))
        key = [name for name in map(columns.get, same) if name is not None]
        for name in (opened.aside, opened.aside.removesuffix(".csv") + WAITED):
            if not (folder / name).is_file():
                continue
            came = _came(draft, given, key) if draft is not None else frozenset()
            fresh = files.pop(name, None)
            now = _read(fresh.path, name) if fresh is not None else _Rows((), ())
            again = set(map(now.same, now.rows))
            before = _read(folder / name, name)
            left = [
                row
                for row in before.rows
                if before.same(row) not in again
                and _key(before.values(row), key) not in came
                and not erased.named_in(before.values(row).values())
            ]
            if left:
                header = tuple(dict.fromkeys([*before.header, *now.header]))
                rows = [*_Rows(before.header, left).under(header), *now.under(header)]
                yield StillAside(aside_of(temporary, "still", name, [header, *rows]), len(left))
            elif fresh is not None:
                yield StillAside(fresh, 0)
    yield from (StillAside(one, 0) for one in files.values())


def _came(draft: Draft, given: Sequence[Part], key: Sequence[str]) -> frozenset[tuple[str, ...]]:
    """What rows that were not refused are of."""
    counted = f"SELECT row FROM {draft.kept} WHERE row >= 0 UNION ALL SELECT row FROM {draft.gone}"
    return frozenset(
        _key(dict(zip(opened.header, values, strict=True)), key)
        for placed, (_, opened, _) in zip(draft.parts, given, strict=True)
        for _, values in rows_of(draft, counted, placed, opened)
    )


def _key(values: dict[str, str], key: Sequence[str]) -> tuple[str, ...]:
    return tuple(fold(values.get(name, "")) for name in key)


def _read(path: Path, name: str) -> _Rows:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
    except (UnicodeDecodeError, csv.Error, ValueError):
        raise GuardError(messages.aside_unreadable(name)) from None
    if ABOUT[0] not in header:
        raise GuardError(messages.aside_unreadable(name))
    return _Rows(header, rows)
