"""The target `file`: each change once, whatever a crash left."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from audql.state.values import Effect
from audql.targets import file as changes_file
from audql.targets.file import HEADER, ChangesFile
from audql.targets.target import TargetError


def effect(key: str, person: str = "ann", role: str = "", due: dt.date | None = None) -> Effect:
    return Effect(key, person, "course", "Safety, first", 1, "enrol", role, due)


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_grows_and_tells_each_once(tmp_path: Path) -> None:
    path = tmp_path / "out" / "changes.csv"
    target = ChangesFile(path)
    target.deliver([effect("k1"), effect("k2", "bob", "learner", dt.date(2026, 12, 1))])
    target.deliver([effect("k2", "bob", "learner", dt.date(2026, 12, 1)), effect("k3")])
    assert read(path) == [
        list(HEADER),
        ["k1", "ann", "Safety, first", "course", "enrol", "", ""],
        ["k2", "bob", "Safety, first", "course", "enrol", "learner", "2026-12-01"],
        ["k3", "ann", "Safety, first", "course", "enrol", "", ""],
    ]


def test_an_empty_file_has_no_keys() -> None:
    assert list(changes_file._last_keys(io.BytesIO(), 9)) == []
    assert list(changes_file._last_keys(io.BytesIO(b"k1,ann\nk2,bob\n"), 9)) == ["k1", "k2"]


@pytest.mark.parametrize("cut", range(0, 120, 3))
def test_a_torn_end_is_mended(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "changes.csv"
    effects = [effect("k1"), effect("k2", "zoë")]
    ChangesFile(path).deliver(effects)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    ChangesFile(path).deliver(effects)
    assert path.read_bytes() == whole


def test_line_breaks_and_quotes_in_values(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    for _ in range(2):
        ChangesFile(path).deliver([effect("k1", 'a\r\n"b"\u2028c', "x\n")])
    assert read(path)[1:] == [["k1", 'a "b" c', "Safety, first", "course", "enrol", "x", ""]]


@pytest.mark.parametrize("content", ["id,country\nann,GB\nbob,GB", "key,person\n", "SQLite format 3\x00", "\n"])
def test_what_is_no_file_of_changes_is_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(content, encoding="utf-8", newline="")
    with pytest.raises(TargetError, match="no file of changes"):
        ChangesFile(path).deliver([effect("k1")])
    assert path.read_text(encoding="utf-8") == content


def test_taken_away_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    ChangesFile(path).deliver([effect("k1")])
    path.unlink()
    ChangesFile(path).deliver([effect("k2")])
    assert [row[0] for row in read(path)] == ["key", "k2"]


def test_looks_at_all_that_one_call_can_have_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChangesFile, "batch", 300)
    monkeypatch.setattr(changes_file, "_BLOCK_BYTES", 1000)
    path = tmp_path / "changes.csv"
    first, second = ([effect(f"k{i}", "p" * (i % 90)) for i in range(n, n + 300)] for n in (0, 300))
    ChangesFile(path).deliver(first)
    ChangesFile(path).deliver(second)
    whole = path.read_bytes()
    for cut in (0, 1, 70, 2_000, 15_000):
        path.write_bytes(whole[: len(whole) - cut])
        ChangesFile(path).deliver(second)
        assert path.read_bytes() == whole


@examples(100)
@given(st.lists(st.tuples(st.text("a,\"' \r\n\x0b\u2028é", max_size=4), st.sampled_from([None, dt.date(2026, 1, 2)]))))
def test_lines_are_those_of_a_csv_writer(of: list[tuple[str, dt.date | None]]) -> None:
    effects = [effect(f"k{i}", person, due=due) for i, (person, due) in enumerate(of)]
    text = io.StringIO()
    for e in effects:
        values = (e.key, e.person, e.learning, e.kind, e.action, e.role, e.due.isoformat() if e.due else "")
        csv.writer(text, lineterminator="\n").writerow(" ".join(value.splitlines()) for value in values)
    assert changes_file._lines(effects).decode() == text.getvalue()
