"""Rows that were refused → files beside the state, in which they can be corrected and fed again.

Each has the columns of the file that its rows are from, and before them where a row is and what is wrong with it. Rows
that are in order and belong to the same person are there too, as together they take the place of what is kept.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from audql.snapshot import durable
from audql.sync.draft import Draft, Placed
from audql.sync.loading import Opened
from audql.sync.messages import Refusal

ABOUT = ("#line", "#column", "#why", "#cure")
"""The columns that come before those of the file."""

_WITH_OTHERS = {True: "what it names was refused", False: "another row of the same person was refused"}


@dataclass(frozen=True, slots=True)
class Aside:
    """A file that is ready to be put in its place. `part`: of the element's files, from 0 on."""

    element: str
    part: int
    path: Path
    rows: int

    @property
    def name(self) -> str:
        return file_name(self.element, self.part)


def file_name(element: str, part: int) -> str:
    """Where rows of one part of an element are set aside."""
    return f"{element}-{part + 1}.csv" if part else f"{element}.csv"


def write(draft: Draft, opened: Sequence[Opened], temporary: Path) -> Iterator[Aside]:
    """The rows of each part that were refused; a file is read once more where there are any."""
    for at, (placed, part) in enumerate(zip(draft.parts, opened, strict=True)):
        rows = sorted([*_torn(draft, placed), *_set_aside(draft, placed, part)], key=lambda row: int(row[0]))
        if rows:
            path = temporary / f"aside-{draft.table.name}-{at}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([(*ABOUT, *part.header), *rows])
            yield Aside(draft.table.name, at, path, len(rows))


def publish(folder: Path, asides: Iterable[Aside], elements: Iterable[str]) -> tuple[Path, ...]:
    """Puts the files in their place; of elements that were read and have nothing more to correct they go."""
    files = {one.name: one for one in asides}
    for name in elements:
        for old in (*folder.glob(f"{name}.csv"), *folder.glob(f"{name}-*.csv")):
            if old.name not in files:
                old.unlink()
    for name, one in files.items():
        durable.replace_with(folder / name, partial(os.replace, one.path))
    return tuple(folder / name for name in files)


def _torn(draft: Draft, placed: Placed) -> Iterator[Sequence[str]]:
    """Those that could not be cut into the columns, as far as they could be read."""
    wrong = _by_line(draft, placed)
    for refusal in placed.loaded.refusals:
        yield (*_about(refusal.line, wrong, draft), *placed.loaded.torn.get(refusal.line, ()))


def _set_aside(draft: Draft, placed: Placed, part: Opened) -> Iterator[Sequence[str]]:
    numbers = draft.database.execute(
        f"SELECT row - {placed.start} AS row FROM {draft.aside} "
        f"WHERE row >= {placed.start} AND row < {placed.start + placed.loaded.count}"
    ).fetchnumpy()["row"]
    if not len(numbers):
        return
    loaded = part.load(draft.database, "again", range(len(part.header)))
    draft.database.register("chosen", {"row": np.asarray(numbers)})
    found = draft.database.execute(
        "SELECT rowid, * FROM again WHERE rowid IN (SELECT row FROM chosen) ORDER BY rowid"
    ).fetchall()
    draft.database.unregister("chosen")
    draft.database.execute("DROP TABLE again")
    wrong = _by_line(draft, placed)
    lines = loaded.lines_of(np.array([row for row, *_ in found], np.int64)).tolist()
    for line, (_, *values) in zip(lines, found, strict=True):
        yield (*_about(line, wrong, draft), *(value or "" for value in values))


def _by_line(draft: Draft, placed: Placed) -> Mapping[int, Sequence[Refusal]]:
    found: dict[int, list[Refusal]] = {}
    for refusal in draft.refusals:
        if refusal.file == placed.loaded.file:
            found.setdefault(refusal.line, []).append(refusal)
    return found


def _about(line: int, wrong: Mapping[int, Sequence[Refusal]], draft: Draft) -> Sequence[str]:
    here = wrong.get(line, ())
    why = "; ".join(refusal.reason for refusal in here) or _WITH_OTHERS[bool(draft.table.key)]
    return str(line), ", ".join(r.column for r in here if r.column), why, "; ".join(r.cure for r in here)
