"""Which snapshots are kept, which are dropped, and what differs between two."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from feed_world import Feed

from audql import operations
from audql.diagnostics import RunError
from audql.snapshot import durable
from audql.snapshot.history import history
from audql.snapshot.store import current_name, load_manifest

AT = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path)


def city(feed: Feed, number: int) -> str:
    """A feed of that many cities; its snapshot."""
    feed.write("[state]\nkeep = 3\n", people=f"id,city\nu1,c{number}\n", learning="id\nF\n")
    return feed.sync(at=AT + dt.timedelta(days=number)).snapshot


def test_the_latest_are_kept_with_their_tables(feed: Feed) -> None:
    names = [city(feed, number) for number in range(5)]
    folder = feed.root / "state/snapshots"
    assert [kept.name for kept in history(folder)] == names[2:]
    assert [kept.at for kept in history(folder)] == [AT + dt.timedelta(days=n) for n in (2, 3, 4)]
    tables = {
        file.name for name in names[2:] for table in load_manifest(folder, name).tables.values() for file in table.files
    }
    assert {path.name for path in (folder / "tables").iterdir()} == tables
    assert len(tables) == 4  # the learning is shared


def test_the_same_feed_again_drops_nothing_and_one_that_comes_back_is_the_latest(feed: Feed) -> None:
    names = [city(feed, number) for number in (0, 1, 1, 1, 2, 0)]
    folder = feed.root / "state/snapshots"
    assert [kept.name for kept in history(folder)] == [names[1], names[4], names[0]]
    assert current_name(folder) == names[0]


def test_a_crash_while_dropping_leaves_what_counts(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [city(feed, number) for number in range(3)]
    with monkeypatch.context() as patched:
        unlink = Path.unlink

        def crash(path: Path, missing_ok: bool = False) -> None:
            if path.suffix == ".parquet":
                raise KeyboardInterrupt
            unlink(path, missing_ok)

        patched.setattr(Path, "unlink", crash)
        with pytest.raises(KeyboardInterrupt):
            city(feed, 3)
    assert feed.snapshot().records()["u1"]["city"] == "c3"
    city(feed, 4)
    assert len(list((feed.root / "state/snapshots/tables").iterdir())) == 4
    assert names[0] not in {kept.name for kept in history(feed.root / "state/snapshots")}


@pytest.mark.parametrize("damage", ["", "[", '{"name": 1}', '[{"name": "x"}]', "[" * 100_000])
def test_a_history_that_is_damaged_is_written_anew(feed: Feed, damage: str) -> None:
    names = [city(feed, number) for number in range(2)]
    durable.write_text(feed.root / "state/snapshots/history.json", damage)
    assert [kept.name for kept in history(feed.root / "state/snapshots")] == names
    names.append(city(feed, 2))
    assert [kept.name for kept in history(feed.root / "state/snapshots")] == names


def test_what_differs(feed: Feed) -> None:
    old = feed.write(
        people="id,city,Level\nu1,Rome,1\nu2,Oslo,1\nu3,Bonn,1\n", jobs="person,title\nu1,A\nu1,A2\nu2,B\n"
    ).sync()
    new = feed.write(
        people="id,city,Grade\nu1,Rome,1\nu2,Bern,1\nu4,Kyiv,1\n",
        jobs="person,title\nu1,A\nu2,C\n",
        badges="person,name\nu1,5S\n",
    ).sync(["headcount"])
    found = operations.compare_snapshots(old.snapshot[:6], folder=feed.root)
    assert (found.old, found.new) == (old.snapshot, new.snapshot)
    people, jobs, badges = found.differences
    assert (people.added, people.gone, people.changed) == (("u4",), ("u3",), ("u1", "u2"))
    assert people.fields == {"city": 1, "custom.Level": 2, "custom.Grade": 2}
    assert (jobs.added, jobs.gone, jobs.before, jobs.after) == (("u2",), ("u1", "u2"), 3, 2)
    assert (badges.table, badges.added, badges.before) == ("badges", ("u1",), 0)
    back = operations.compare_snapshots(new.snapshot, old.snapshot, folder=feed.root)
    assert [d.gone for d in back.differences] == [d.added for d in found.differences]
    assert operations.compare_snapshots(new.snapshot, folder=feed.root).differences == ()


@pytest.mark.parametrize("name", ["", "zz", "../../etc", "0" * 64])
def test_a_snapshot_that_is_not_there(feed: Feed, name: str) -> None:
    city(feed, 1)
    with pytest.raises(RunError) as found:
        operations.compare_snapshots(name, folder=feed.root)
    assert [d.code for d in found.value.diagnostics] == ["AQ613"]
    assert "there is no snapshot whose name begins with" in found.value.diagnostics[0].message or not name
    (kept,) = operations.snapshots(folder=feed.root)
    assert (kept.is_current, kept.counts) == (True, {"people": 1, "learning": 1})
