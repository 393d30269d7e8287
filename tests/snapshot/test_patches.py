"""A delta of few rows of many is kept as a patch beside the file of the table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from feed_world import Feed
from snapshot_rows import relation

from audql import operations
from audql.diagnostics import RunError
from audql.engines.columnar.reading import column_of
from audql.engines.columnar.store import Column
from audql.snapshot.history import history
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.tables import StoredTable, stage
from audql.sync import staging
from audql.types import Scalar

MANY = 200
COMPLETIONS = '[feed.completions]\nfile = "completions.csv"\ndelta = true\ndeleted = "gone"\n'
PEOPLE = '[feed.people]\nfile = "people.csv"\ndelta = true\ndeleted = "gone"\n'


def people(*rows: str, start: int = 0) -> str:
    return "id,city\n" + "".join(f"p{i:03},c{i}\n" for i in range(start, MANY)) + "".join(f"{r}\n" for r in rows)


def completions(*rows: str) -> str:
    each = [f"p{i:03},{course},2026-01-{i % 28 + 1:02}," for i in range(MANY) for course in ("Fire", "Safety")]
    return "person,learning,completed,grade\n" + "".join(f"{row}\n" for row in [*each, *rows])


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    (tmp_path / "one").mkdir()
    feed = Feed(tmp_path / "one")
    feed.write(people=people(), completions=completions()).sync()
    return feed


def table(feed: Feed, name: str = "people") -> StoredTable:
    return feed.snapshot().manifest.tables[name]


def rows(snapshot: Snapshot, name: str) -> list[str]:
    return sorted(str(sorted(row.items())) for row in snapshot.rows(name))


def delta(feed: Feed, *rows: str, of_completions: str = "", settings: str = "") -> None:
    told = "id,city,gone\n" + "".join(f"{row}\n" for row in rows)
    completed = f"person,learning,completed,grade,gone\n{of_completions}"
    feed.write(settings + PEOPLE + COMPLETIONS, people=told, completions=completed).sync()


def test_rows_of_someone_that_a_delta_cannot_change_stay_in_the_file(feed: Feed) -> None:
    delta(feed, of_completions="p007,Fire,2026-01-08,5,\np008,Safety,2026-02-01,,\n")
    patch = feed.snapshot().patch("completions")
    assert patch is not None
    assert len(patch[0]) == 2


def test_few_rows_are_a_patch_and_come_to_the_content_of_a_full_feed(feed: Feed, tmp_path: Path) -> None:
    whole = table(feed)
    delta(feed, "p007,Oslo,", "new,Bern,", "p100,,yes")
    patched = table(feed)
    assert patched.file == whole.file
    assert patched.patch is not None
    assert patched.count == MANY
    (tmp_path / "two").mkdir()
    other = Feed(tmp_path / "two")
    text = people("new,Bern").replace("p007,c7", "p007,Oslo").replace("p100,c100\n", "")
    other.write(people=text, completions=completions().replace("p100,", "p101,")).sync()
    assert table(other).patch is None
    assert table(other).content == patched.content
    assert table(other).arrangement != patched.arrangement
    assert rows(other.snapshot(), "people") == rows(feed.snapshot(), "people")


@pytest.mark.parametrize(("changed", "is_patched"), [(0, False), (1, True), (12, True), (13, False)])
def test_a_full_feed_with_few_changes_is_a_patch_too(
    feed: Feed, tmp_path: Path, changed: int, is_patched: bool
) -> None:
    text = people("new,Bern" if changed else "")
    for number in range(1, changed):
        text = text.replace(f"p{number:03},c{number}\n", f"p{number:03},Rome\n")
    whole = table(feed)
    feed.write(people=text, completions=completions()).sync()
    assert (table(feed).patch is not None) is is_patched
    assert (table(feed).file == whole.file) is (is_patched or not changed)
    (tmp_path / "two").mkdir()
    other = Feed(tmp_path / "two")
    other.write(people=text, completions=completions()).sync()
    assert table(other).content == table(feed).content
    assert rows(other.snapshot(), "people") == rows(feed.snapshot(), "people")


def test_numbers_have_no_hole_when_there_are_fewer_rows(feed: Feed) -> None:
    for gone in ("p000,,yes", "p199,,yes", "p050,,yes"):
        delta(feed, gone)
        found = feed.snapshot().ask("SELECT row, id FROM people ORDER BY row", "people")
        assert found["row"].tolist() == [*range(table(feed).count)]
    assert len(set(found["id"].tolist())) == MANY - 3
    assert table(feed).patch is not None
    assert table(feed, "completions").patch is not None


def test_records_of_those_who_are_touched_change_and_of_no_others(feed: Feed) -> None:
    before = rows(feed.snapshot(), "completions")
    delta(feed, of_completions="p003,Fire,2026-01-04,90,\n")
    after = rows(feed.snapshot(), "completions")
    assert table(feed, "completions").patch is not None
    assert len(set(before) ^ set(after)) == 2
    assert len(after) == len(before)


def test_patches_of_one_file_that_are_alike_are_not_one(feed: Feed) -> None:
    """Of as many rows, one is a change and one is that after it the last row is gone."""
    delta(feed, "p005,Rome,")
    first = table(feed).arrangement
    assert len(values(feed.snapshot(), "city")) == MANY
    delta(feed, "p199,,yes")
    assert table(feed).arrangement != first
    assert len(values(feed.snapshot(), "city")) == MANY - 1


def test_a_file_has_patches_while_a_snapshot_has_it_whole(feed: Feed) -> None:
    """So that no one who is gone stays in it for longer than in the snapshots."""
    keep = "[state]\nkeep = 3\n"
    seen = []
    for row in ("p001,,yes", "p002,Rome,", "p003,Rome,", "p004,Rome,", "p005,Rome,"):
        delta(feed, row, settings=keep)
        seen.append((table(feed).patch is not None, "p001" in texts(feed)))
    assert seen == [(True, True), (True, True), (False, True), (True, True), (True, False)]


def test_one_content_in_two_orders(feed: Feed) -> None:
    """Columns that were kept of one are not believed of the other."""
    delta(feed, "p199,,yes", "p000,,yes", "p001,Rome,")
    operations.erase("p100", folder=feed.root)
    assert table(feed).patch is None
    content = table(feed).content
    for _ in range(2):
        found = dict(zip(values(feed.snapshot(), "id"), values(feed.snapshot(), "city"), strict=True))
        assert found == {f"p{i:03}": "Rome" if i == 1 else f"c{i}" for i in range(1, 199) if i != 100}
        assert table(feed).content == content
        text = people(start=1).replace("p199,c199\n", "").replace("p100,c100\n", "").replace("p001,c1\n", "p001,Rome\n")
        feed.write(COMPLETIONS, people=text, completions="person,learning,completed,grade,gone\n").sync(["headcount"])
    delta(feed, "p050,Rome,")
    assert sorted(feed.snapshot().people()) == [f"p{i:03}" for i in range(1, 199) if i != 100]


def test_fields_of_any_name(tmp_path: Path) -> None:
    """Those of plugins are called as they like."""
    heading = tuple((name, Scalar.TEXT, False) for name in ("id", "n", "place", "turn", "patch"))
    given = [(f"i{i}", f"n{i}", f"p{i}", None, "x") for i in range(40)]
    (tmp_path / "tables").mkdir()
    first = stage(tmp_path, "people", relation(heading, given), tmp_path / "tables")
    given[7] = ("i7", "other", "elsewhere", None, "y")
    second = stage(
        tmp_path,
        "people",
        relation(heading, given),
        tmp_path / "tables",
        before=first.table,
        bases=[first.table.file.name],
    )
    assert second.table.patch is not None
    found = duckdb.connect().execute(f"SELECT * FROM {second.table.rows(tmp_path / 'tables')}").fetchall()
    assert sorted(found, key=str) == sorted(given, key=str)


def test_a_patch_that_is_no_longer_small_goes_into_the_table(feed: Feed) -> None:
    patched = []
    for i in range(0, 20, 4):
        delta(feed, *(f"p{n:03},Rome," for n in range(i, i + 4)))
        patched.append(table(feed).patch is not None)
    assert patched == [True, True, True, False, True]
    cities = feed.snapshot().ask("SELECT count(*) AS n FROM people WHERE city = 'Rome'", "people")
    assert cities["n"].tolist() == [20]


def test_what_comes_back_to_the_same_content_is_the_same_snapshot(feed: Feed) -> None:
    first = feed.snapshot()
    delta(feed, "p001,Rome,")
    delta(feed, "p001,c1,")
    assert feed.snapshot().name == first.name
    assert rows(feed.snapshot(), "people") == rows(first, "people")
    delta(feed, "p001,c1,")
    assert feed.snapshot().name == first.name


def test_columns_are_kept_by_arrangement(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    """One content, first with a patch and then whole, has its rows under other numbers."""
    delta(feed, "p199,,yes", "p000,,yes")
    content = table(feed).content
    found = []
    for whole in (False, True):
        if whole:
            text = people(start=1).replace("p199,c199\n", "")
            monkeypatch.setattr(staging, "whole_files", lambda *_: frozenset())  # so that tables are written anew
            for one in (text.replace(",c7\n", ",x\n"), text):
                feed.write(COMPLETIONS, people=one, completions="person,learning,completed,grade,gone\n").sync()
        assert (table(feed).patch is None) is whole
        assert table(feed).content == content
        found.append([values(feed.snapshot(), name) for name in ("id", "city")])
        assert dict(zip(*found[-1], strict=True)) == {f"p{i:03}": f"c{i}" for i in range(1, 199)}
    assert found[0] != found[1]


def values(snapshot: Snapshot, name: str) -> list[object]:
    """A column of people as the engine keeps it."""
    column = column_of(snapshot, "people", name)
    assert isinstance(column, Column)
    return [column.dictionary.values[code - 1] for code in column.codes]


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"PAR1")])
def test_a_damaged_patch_is_told(feed: Feed, harm: Callable[[Path], object]) -> None:
    delta(feed, "p001,Rome,")
    patch = table(feed).patch
    assert patch is not None
    harm(feed.root / "state/snapshots/tables" / patch.name)
    with pytest.raises(RunError) as found:
        feed.snapshot().check()
    assert [d.code for d in found.value.diagnostics] == ["AQ551"]
    assert patch.name in found.value.diagnostics[0].message


def test_who_is_erased_is_in_no_file_that_a_patch_takes_them_out_of(feed: Feed) -> None:
    delta(feed, "p007,,yes", "p008,Rome,")
    without = feed.snapshot()
    assert "p007" not in without.people()
    assert "p007" in texts(feed)
    operations.erase("p007", folder=feed.root)
    assert "p007" not in texts(feed)
    assert feed.snapshot().name == without.name
    feed.snapshot().check()
    folder = feed.root / "state/snapshots"
    kept = [Snapshot.open(folder, one.name) for one in history(folder)]
    assert [one.count("people") for one in kept] == [MANY - 1, MANY - 1]
    delta(feed, "p009,Rome,")
    assert table(feed).patch is not None


def texts(feed: Feed) -> set[str]:
    """All ids in all files of tables."""
    files = feed.root / "state/snapshots/tables/people-*.parquet"
    query = f"SELECT id FROM read_parquet('{files}', union_by_name = true)"
    return {text for (text,) in duckdb.connect().execute(query).fetchall()}


def test_another_column_is_written_with_all_rows(feed: Feed) -> None:
    more = PEOPLE + 'columns = { "custom.Grade" = "Grade" }\n'
    feed.write(more, people="id,Grade,gone\np001,5,\n").sync(["emptied"])
    assert table(feed).patch is None
    assert table(feed).count == MANY
    assert feed.snapshot().records()["p001"]["custom"] == {"Grade": "5"}
