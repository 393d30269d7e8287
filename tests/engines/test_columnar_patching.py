"""Columns that are made of kept ones and a patch are those that are made anew."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from audql.engines.columnar import reading
from audql.engines.columnar.dictionary import Days, Dictionary, Instants, Numbers, Texts, Truths
from audql.engines.columnar.loading import loaded
from audql.engines.columnar.patching import patched_column
from audql.engines.columnar.reading import column_of, references_of
from audql.engines.columnar.store import Column
from audql.snapshot import columns, tables
from audql.snapshot.snapshot import Snapshot
from audql.state.store import State
from audql.sync.sync import sync
from audql.workspace import Workspace

DAY = dt.date(2026, 11, 23)
WORDS = ["a", "A", "ä", "Ä", "b", "B ", "bb", "ß", "SS", "ss", "z", "ﬁ", "fi", "\u0130"]
LEVELS = ["1", "2", "2.5", "", "-3"]


def said(dictionary: Dictionary) -> list[Any]:
    """All that a dictionary of a kept column is made of."""
    match dictionary:
        case Texts():
            alike = None if dictionary.alike is None else dictionary.alike.tolist()
            return [list(dictionary.texts), list(dictionary.folded), alike]
        case Numbers():
            return list(dictionary.numbers)
        case Days():
            return list(dictionary.ordinals.tolist())
        case Instants():
            return list(dictionary.micros.tolist())
        case Truths():
            return []
    raise AssertionError(dictionary)


def raw(values: list[str | None]) -> columns.Texts:
    words = tuple(sorted({value for value in values if value is not None}))
    codes = [-1 if value is None else words.index(value) for value in values]
    return columns.Texts(np.array(codes, dtype=np.int32), words)


def made(values: list[str | None]) -> Column:
    found = loaded(raw(values))
    assert isinstance(found, Column)
    return found


@examples(300)
@given(st.data(), st.lists(st.none() | st.sampled_from(WORDS), max_size=8), st.integers(0, 10))
def test_texts(data: st.DataObject, base: list[str | None], count: int) -> None:
    """Also words that fold alike, and those that nobody has any more."""
    rows = data.draw(st.lists(st.sampled_from(range(count)), unique=True).map(sorted)) if count else []
    rows = sorted({*rows, *range(len(base), count)})
    patch = data.draw(st.lists(st.none() | st.sampled_from(WORDS), min_size=len(rows), max_size=len(rows)))
    now = [*base[:count], *[None] * (count - len(base))]
    for row, value in zip(rows, patch, strict=True):
        now[row] = value
    found = patched_column(made(base), made(patch), np.array(rows, dtype=np.int64), count)
    afresh = made(now)
    assert found.codes.tolist() == afresh.codes.tolist()
    assert found.codes.dtype == afresh.codes.dtype
    assert said(found.dictionary) == said(afresh.dictionary)


IDS = [f"u{i}" for i in range(8)]
people = st.dictionaries(
    st.sampled_from(IDS),
    st.tuples(
        st.sampled_from(WORDS),
        st.sampled_from(LEVELS),
        st.sampled_from(["", "2020-01-01", "2021-05-05"]),
        st.sampled_from(["", "yes", "no"]),
    ),
    min_size=1,
)
jobs = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), st.sampled_from(["J1", "J2"])), max_size=6)
completions = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(["Fire", "Law"])), max_size=6, unique=True)
nights = st.lists(
    st.tuples(people, st.sets(st.sampled_from(IDS), max_size=1), jobs, completions, st.booleans()),
    min_size=2,
    max_size=5,
)
FEEDS = {
    "people": (
        "id,city,Level,hired,suspended",
        "unmapped = 'ignore'\ncolumns = { 'custom.Level' = { column = 'Level', type = 'number' } }\n",
    ),
    "jobs": ("person,manager,id_number", ""),
    "learning": ("id", ""),
    "organisations": ("id,parent,name", ""),
    "completions": ("person,learning", ""),
}
WHOLE = ("learning", "organisations")
ALLOW = ("headcount", "rows", "emptied", "refused", "changed", "again")


@examples(25)
@given(nights)
def test_nights(tmp_path_factory: pytest.TempPathFactory, fed: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("nights")
    (folder / "feed").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tables, "_ROWS_FOR_ONE_PATCHED", 0)
        for night, (everyone, gone, with_jobs, with_completions, is_full) in enumerate(fed):
            delta = night > 0 and not is_full
            _write(folder, everyone, gone - everyone.keys(), with_jobs, with_completions, delta=delta)
            workspace = Workspace.open(folder)
            with State.open_alone(workspace.state) as state:
                allow = [name for name in ALLOW if name != "headcount" or night == 0 or is_full]
                sync(workspace, state, as_of=DAY, allow=allow)
            _compare(Snapshot.open(workspace.snapshots))
    shutil.rmtree(folder)


def _write(folder: Path, everyone: Any, gone: set[str], with_jobs: Any, with_completions: Any, *, delta: bool) -> None:
    more = "delta = true\ndeleted = 'gone'\n" if delta else ""
    parts = {
        "people": [[who, *rest, ""] for who, rest in everyone.items()] + [[who, *[""] * 4, "yes"] for who in gone],
        "jobs": [[a, b if a < b else "", number, ""] for a, b, number in with_jobs],
        "learning": [["Fire", ""], ["Law", ""]],
        "organisations": [["o1", "", "Top", ""], ["o2", "o1", f"Of {len(gone)}", ""], ["o3", "o2", "", ""]],
        "completions": [[*each, ""] for each in with_completions],
    }
    toml = "[workspace]\nzone = 'UTC'\n"
    for name, rows in parts.items():
        head, settings = FEEDS[name]
        toml += f"[feed.{name}]\nfile = '{name}.csv'\n{more if name not in WHOLE else ''}{settings}"
        shown = [[*row[:-1], *([row[-1]] if delta and name not in WHOLE else [])] for row in rows]
        lines = [head + (",gone" if delta and name not in WHOLE else ""), *(",".join(row) for row in shown)]
        (folder / "feed" / f"{name}.csv").write_text("\n".join(lines) + "\n")
    (folder / "audql.toml").write_text(toml)


def _compare(snapshot: Snapshot) -> None:
    """What is kept and patched, and what is made anew of the same rows."""
    for table in snapshot.tables:
        if not snapshot.has(table.name):
            continue
        raw_columns = snapshot.columns(table.name)
        for name in raw_columns:
            target = raw_columns.target(name)
            if target is not None:
                found, afresh = references_of(snapshot, table.name, name, target), raw_columns[name]
                assert isinstance(afresh, columns.References)
                assert found.rows.tolist() == afresh.rows.tolist(), (table.name, name)
                assert (found.table, found.count, found.gone) == (afresh.table, afresh.count, afresh.gone)
                continue
            column, anew = column_of(snapshot, table.name, name), loaded(raw_columns[name])
            if isinstance(column, Column):
                assert isinstance(anew, Column)
                assert column.codes.tolist() == anew.codes.tolist(), (table.name, name)
                assert column.codes.dtype == anew.codes.dtype
                assert said(column.dictionary) == said(anew.dictionary), (table.name, name)


def test_a_night_with_a_patch_makes_no_column_of_all_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "feed").mkdir()
    monkeypatch.setattr(tables, "_ROWS_FOR_ONE_PATCHED", 0)
    everyone = dict.fromkeys(IDS, ("a", "1", "", "no"))
    workspace = None
    for delta, city in ((False, "a"), (True, "b")):
        changed = everyone if not delta else {"u1": (city, "2", "2020-01-01", "yes")}
        _write(tmp_path, changed, set(), [], [], delta=delta)
        workspace = Workspace.open(tmp_path)
        with State.open_alone(workspace.state) as state:
            sync(workspace, state, as_of=DAY)
        snapshot = Snapshot.open(workspace.snapshots)
        if delta:
            assert snapshot.manifest.tables["people"].patch is not None
            counts: list[int] = []

            def counted(column: columns.Column, counts: list[int] = counts) -> Any:
                counts.append(len(getattr(column, "codes", ())))
                return loaded(column)

            monkeypatch.setattr(reading, "loaded", counted)
        column = column_of(snapshot, "people", "city")
        assert isinstance(column, Column)
        if delta:
            assert counts == [1]
            assert sorted(column.dictionary.values[code - 1] for code in column.codes) == [*"aaaaaaab"]
