"""Rows that do not count → files beside the state: those that were refused, in which they can be corrected and fed
again, and those of deltas that count later.

Each has the columns of the file that its rows are from. Before them stands, of refused ones, where a row is and what is
wrong with it; of those that wait, of which feed it is. Rows that are in order and belong to the same person are there
too, as together they take the place of what is kept.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audql.snapshot.schema import PERSON
from audql.state.erased import Erased
from audql.sync.draft import Draft, Placed
from audql.sync.loading import Opened
from audql.sync.messages import Refusal
from audql.sync.naming import names_someone, naming_people
from audql.sync.row_files import (
    ABOUT,
    FED,
    OURS,
    WAITED,
    Row,
    all_of,
    by_header,
    first_of,
    same,
    under_header,
    write_rows,
)

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
        header = (*ABOUT, *(part.header[at] for at in shown))
        naming = naming_people(draft.table, placed.columns)
        rows = [row for row in rows if not names_someone((header, row), naming, erased)]
        if rows:
            yield aside_of(temporary, "aside", part.aside, [header, *sorted(rows, key=lambda row: int(row[0]))])


def wait(draft: Draft, opened: Sequence[Opened], temporary: Path, earlier: Path | None) -> Iterator[Aside]:
    """The rows of deltas that do not count yet. Those that waited before are fed again with each delta, and are in
    `earlier` where they were not. Of the same row fed again the later one waits."""
    found: dict[str, dict[Hashable, tuple[float, Row]]] = {}
    for placed, part in zip(draft.parts, opened, strict=True):
        name = first_of(part.aside).removesuffix(f"{WAITED}.csv").removesuffix(".csv") + ".csv"
        shown = _shown(part)
        header = [part.header[at] for at in shown]
        numbered = part.header.index(FED) if part.waited and FED in part.header else None
        for _, values in rows_of(draft, f"SELECT row FROM {draft.later}", placed, part):
            if name not in found:
                found[name] = _waiting_in(earlier, name) if earlier is not None else {}
            fed = math.inf if numbered is None else _number(values[numbered])
            _put_last(found[name], fed, (header, [values[at] for at in shown]))
    feeds = sorted({fed for rows in found.values() for fed, _ in rows.values()})
    for name, rows in found.items():
        each = (((FED, *header), (str(1 + feeds.index(fed)), *row)) for fed, (header, row) in rows.values())
        for file, of_file in by_header(name, each).items():
            yield aside_of(temporary, "waiting", file, of_file)


def _waiting_in(folder: Path, name: str) -> dict[Hashable, tuple[float, Row]]:
    rows: dict[Hashable, tuple[float, Row]] = {}
    for header, row in (row for path in all_of(folder, name) for row in under_header(path, FED)):
        at = header.index(FED)
        fed = _number("".join(row[at : at + 1]))
        _put_last(rows, fed, ([*header[:at], *header[at + 1 :]], [*row[:at], *row[at + 1 :]]))
    return rows


def _put_last(rows: dict[Hashable, tuple[float, Row]], fed: float, row: Row) -> None:
    rows.pop(same(row), None)
    rows[same(row)] = fed, row


def _number(text: str) -> float:
    """Of a feed; people can have edited it."""
    return float(text) if text.isdecimal() else 0.0


def _shown(part: Opened) -> Sequence[int]:
    """The places of its columns, without those that say what was wrong with a row before, or which feed it was of."""
    return [at for at, name in enumerate(part.header) if name not in OURS]


def aside_of(temporary: Path, what: str, name: str, rows: Sequence[Sequence[str]]) -> Aside:
    """`what`: a word that no other file of that name in the folder has. `rows`: the header first."""
    path = temporary / f"{what}-{name}"
    # Half of a character, which JSON can say, is written as such.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        write_rows(file, rows)
    return Aside(name, path, len(rows) - 1)


def _with_others(draft: Draft) -> str:
    """SQL: the numbers of refused rows, and of those that belong to the same people."""
    refused = f"SELECT row FROM {draft.aside}"
    if draft.table.key:
        return refused
    owner = draft.fields[PERSON].physical
    return f"{refused} UNION SELECT row FROM {draft.kept} WHERE {owner} IN (SELECT {owner} FROM {draft.aside})"


def rows_of(draft: Draft, chosen: str, placed: Placed, part: Opened) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows of a part whose numbers are chosen, each with its line; as they came, but that whom and what they are of
    they name by id: by the day on which they count, a username can be someone else's."""
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
    named = _ids_in(draft, chosen, placed, part)
    lines = loaded.lines_of(np.array([row for row, *_ in found], np.int64)).tolist()
    for line, (at, *values) in zip(lines, found, strict=True):
        ids = named.get(at, {})
        yield line, [ids.get(column) or value or "" for column, value in enumerate(values)]


def _ids_in(draft: Draft, chosen: str, placed: Placed, part: Opened) -> Mapping[int, Mapping[int, str]]:
    """Of chosen rows, by their places in the part: place of a column → the id of whom or what it names, of the columns
    that say what a row is of, and nothing else, where that is known."""
    fields = [draft.fields[name] for name in (PERSON, *draft.table.identity) if name in draft.fields]
    read = [
        (part.header.index(column), one, one.ids)
        for one in fields
        if one.ids is not None and one.of == "id" and (column := placed.columns.get(one.name)) is not None
        if [*placed.columns.values()].count(column) == 1
    ]
    if draft.table.key or not read:
        return {}
    rows = " UNION ALL ".join(f"FROM {name}" for name in (draft.kept, draft.aside, draft.gone, draft.later))
    ids, joins = [], []
    for at, one, known in read:
        is_one = f"(SELECT count(*) FROM {known.there} t WHERE t.id = i{at}.id) = 1" if known.has_kinds else "true"
        ids.append(f"CASE WHEN {is_one} THEN i{at}.id END")
        joins.append(f"LEFT JOIN {known.table} i{at} ON i{at}.code = r.{one.physical}")
    found = draft.database.execute(
        f"SELECT r.row - {placed.start}, {', '.join(ids)} FROM ({rows}) r SEMI JOIN ({chosen}) USING (row) "
        f"{' '.join(joins)} WHERE r.row >= {placed.start} AND r.row < {placed.start + placed.loaded.count}"
    ).fetchall()
    places = [at for at, _, _ in read]
    return {row: {at: value for at, value in zip(places, values, strict=True) if value} for row, *values in found}


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
