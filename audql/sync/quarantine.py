"""Rows that do not count → files beside the state: those that were refused, in which they can be corrected and fed
again, and those of deltas that count later.

Each has the columns of the file that its rows are from. Before them stands, of refused ones, where a row is and what is
wrong with it; of those that wait, of which feed it is. Rows that are in order and belong to the same person are there
too, as together they take the place of what is kept.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audql.snapshot.schema import PERSON
from audql.state.erased import Erased
from audql.sync.draft import Draft, Placed
from audql.sync.loading import Opened
from audql.sync.mapping import ABOUT, FED, OURS
from audql.sync.messages import Refusal

WAITED = "-waiting.csv"
"""What the names of the files end in to which rows go that waited and are refused then."""

_WITH_OTHERS = {True: "what it names was refused", False: "another row of the same person was refused"}


@dataclass(frozen=True, slots=True)
class Aside:
    """A file that is ready to be put in its place."""

    name: str
    path: Path
    rows: int


def set_aside(draft: Draft, opened: Sequence[Opened], temporary: Path, erased: Erased) -> Iterator[Aside]:
    """The rows of each part that were refused, but for those that name who was erased; a file is read once more where
    there are any."""
    for placed, part in zip(draft.parts, opened, strict=True):
        shown = _shown(part)
        wrong = _by_line(draft, placed)
        rows = [
            (
                *_about(refusal.line, wrong, draft),
                *placed.loaded.torn.get(refusal.line, ())[len(part.header) - len(shown) :],
            )
            for refusal in placed.loaded.refusals
        ]
        for line, values in rows_of(draft, _with_others(draft), placed, part):
            rows.append((*_about(line, wrong, draft), *(values[at] for at in shown)))
        rows = [row for row in rows if not erased.named_in(row[len(ABOUT) :])]
        if rows:
            header = (*ABOUT, *(part.header[at] for at in shown))
            yield aside_of(temporary, "aside", part.aside, [header, *sorted(rows, key=lambda row: int(row[0]))])


def wait(draft: Draft, opened: Sequence[Opened], temporary: Path) -> Iterator[Aside]:
    """The rows of deltas that do not count yet, those of earlier ones with them. Of the same row fed again the later
    one waits."""
    found: dict[str, dict[_Same, tuple[float, dict[str, str]]]] = {}
    for placed, part in zip(draft.parts, opened, strict=True):
        name = part.aside.removesuffix(WAITED).removesuffix(".csv") + ".csv"
        numbered = part.header.index(FED) if part.waited and FED in part.header else None
        for _, values in rows_of(draft, f"SELECT row FROM {draft.later}", placed, part):
            row = {part.header[at]: values[at] for at in _shown(part)}
            number = values[numbered] if numbered is not None else ""
            fed = float(number) if number.isdecimal() else 0.0 if part.waited else math.inf
            rows = found.setdefault(name, {})
            rows.pop(_same(row), None)
            rows[_same(row)] = fed, row
    feeds = sorted({fed for rows in found.values() for fed, _ in rows.values()})
    for name, rows in found.items():
        written = [{FED: str(1 + feeds.index(fed)), **row} for fed, row in rows.values()]
        yield _written_by_name(temporary, "waiting", name, written)


def with_earlier(folder: Path, waiting: Iterable[Aside], temporary: Path) -> Iterator[Aside]:
    """The same rows and those that are there already."""
    for one in waiting:
        rows = _read(one.path)
        earlier = _read(folder / one.name) if (folder / one.name).is_file() else []
        known = set(map(_same, earlier))
        new = [row for row in rows if _same(row) not in known]
        yield _written_by_name(temporary, "both", one.name, [*earlier, *new])


def _shown(part: Opened) -> Sequence[int]:
    """The places of its columns, without those that say what was wrong with a row before, or which feed it was of."""
    return [at for at, name in enumerate(part.header) if name not in OURS]


def aside_of(temporary: Path, what: str, name: str, rows: Iterable[Sequence[str]]) -> Aside:
    """`what`: a word that no other file of that name in the folder has."""
    path = temporary / f"{what}-{name}"
    count = -1
    # Half of a character, which JSON can say, is written as such.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in rows:
            writer.writerow(row)
            count += 1
    return Aside(name, path, count)


def _written_by_name(temporary: Path, what: str, name: str, rows: Sequence[Mapping[str, str]]) -> Aside:
    header = tuple(dict.fromkeys(column for row in rows for column in row))
    return aside_of(temporary, what, name, [header, *([row.get(c, "") for c in header] for row in rows)])


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


_Same = frozenset[str]


def _same(row: Mapping[str, str]) -> _Same:
    """Equal for equal rows of whatever feed, whatever an edited file may have too many or too few of."""
    return frozenset(repr(item) for item in row.items() if item[0] != FED)


def _with_others(draft: Draft) -> str:
    """SQL: the numbers of refused rows, and of those that belong to the same people."""
    refused = f"SELECT row FROM {draft.aside}"
    if draft.table.key:
        return refused
    owner = draft.fields[PERSON].physical
    return f"{refused} UNION SELECT row FROM {draft.kept} WHERE {owner} IN (SELECT {owner} FROM {draft.aside})"


def rows_of(draft: Draft, chosen: str, placed: Placed, part: Opened) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows of a part whose numbers are chosen, as they came, each with its line."""
    numbers = draft.database.execute(
        f"SELECT row - {placed.start} AS row FROM ({chosen}) "
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
    lines = loaded.lines_of(np.array([row for row, *_ in found], np.int64)).tolist()
    for line, (_, *values) in zip(lines, found, strict=True):
        yield line, [value or "" for value in values]


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
