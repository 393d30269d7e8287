"""Rows that wait and rows that were set aside: they follow their snapshot, whatever happens between."""

from __future__ import annotations

import csv
import datetime as dt
import errno
from pathlib import Path

import pytest
from feed_world import Feed

from audql.diagnostics import GuardError, RunError
from audql.snapshot import durable
from audql.sync import sync


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path)


@pytest.mark.parametrize("place", ["after following.json", "before current", "after current", "before people.csv"])
def test_what_follows_a_snapshot_follows_it_after_a_crash(
    feed: Feed, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while it deletes someone of whom a row waits, and the next night has another delta."""
    toml = '[feed.people]\nfile = "people.csv"\ndelta = true\ndeleted = "gone"\neffective = "from"\n'
    header = "id,city,hired,from,gone\n"
    feed.write(people=f"{header}ann,Rome,,,\nbob,Oslo,,,\n").sync()
    feed.write(toml, people=f"{header}bob,Kyiv,,2026-11-30,\n").sync()
    feed.write(toml, people=f"{header}bob,,,,yes\ncid,Oslo,soon,,\n")
    with monkeypatch.context() as patched:
        patched.setattr(durable, "step", lambda name: 1 / 0 if name == place else None)
        with pytest.raises(ZeroDivisionError):
            feed.sync()
    counts = place in ("after current", "before people.csv")
    assert ("bob" not in feed.snapshot().people()) is counts
    report = feed.write(toml, people=header).sync(day=dt.date(2026, 11, 30))
    assert ("bob" not in feed.snapshot().people()) is counts
    assert [note.code for note in report.notes] == (["AQ627"] if counts else [])
    assert not (feed.root / "state/following.json").exists()


def killed(feed: Feed, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(durable, "step", lambda name: 1 / 0 if name == place else None)
        with pytest.raises(ZeroDivisionError):
            feed.sync()


def test_corrections_typed_after_a_kill_are_not_written_over(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = '[feed.people]\nfile = "people.csv"\ndelta = true\n'
    path = feed.root / "state/quarantine/people.csv"
    feed.write(people="id,hired\nann,\n").sync()
    feed.write(toml, people="id,hired\nbob,soon\n").sync()
    feed.write(toml, people="id,hired\ncid,soon\ndan,\n")
    killed(feed, "after current", monkeypatch)
    before, edited = path.read_text(), path.read_text().replace("soon", "2026-01-01")
    path.write_text(edited)
    for corrected in (False, True):
        with pytest.raises(GuardError) as found:
            feed.sync(corrected=corrected)
        assert [d.code for d in found.value.diagnostics] == ["AQ634"]
        assert path.read_text() == edited
    path.unlink()
    assert [note.code for note in feed.write(toml, people="id,hired\n").sync().notes] == ["AQ627"]
    assert path.read_text() == before + before.splitlines(keepends=True)[-1].replace("bob", "cid")


def test_a_kill_between_files_that_follow_is_no_change(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = '[feed.people]\nfile = "people.csv"\ndelta = true\n'
    feed.write(people="id,hired\nann,\n").sync()
    feed.write(toml, people="id,hired\nbob,soon\n")
    killed(feed, "after people.csv", monkeypatch)
    assert [note.code for note in feed.write(toml, people="id,hired\n").sync().notes] == ["AQ627"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"snapshot": "", "waiting": [], "quarantine": {}}', "[" * 100_000], ids=range(5)
)
def test_what_follows_can_be_damaged(feed: Feed, text: str) -> None:
    feed.write(people="id\nann\n").sync()
    path = feed.root / "state/following.json"
    path.write_text(text)
    with pytest.raises(RunError) as found:
        feed.sync()
    assert [d.code for d in found.value.diagnostics] == ["AQ633"]
    path.unlink()
    feed.sync()


def test_a_disk_that_is_full_after_the_snapshot_counts(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = '[feed.people]\nfile = "people.csv"\ndelta = true\n'
    feed.write(people="id,hired\nann,\n").sync()
    feed.write(toml, people="id,hired\nbob,\ncid,soon\n")

    def full(name: str) -> None:
        if name == "before people.csv":
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(durable, "step", full)
        with pytest.raises(RunError) as found:
            feed.sync()
    assert "nothing was changed" not in str(found.value.diagnostics[0])
    assert feed.snapshot().people() == {"ann", "bob"}
    assert [note.code for note in feed.write(toml, people="id,hired\n").sync().notes] == ["AQ627"]


def test_corrected_rows_that_wait_are_later_than_those_that_wait_already(feed: Feed) -> None:
    toml = '[feed.people]\nfile = "people.csv"\ndelta = true\neffective = "from"\n'
    header = "id,city,hired,from\n"
    feed.write(people=f"{header}ann,Rome,,\n").sync()
    for city in ("Oslo", "Kyiv", "Bern"):
        feed.write(toml, people=f"{header}ann,{city},,2026-11-30\n").sync()
    feed.write(toml, people=f"{header}ann,Lima,soon,2026-11-30\n").sync()
    path = feed.root / "state/quarantine/people.csv"
    path.write_text(path.read_text().replace("soon", "2020-01-01"))
    feed.sync(corrected=True)
    waiting = list(csv.DictReader((feed.root / "state/waiting/people.csv").read_text().splitlines()))
    assert [(row["#fed"], row["city"]) for row in waiting] == [
        ("1", "Oslo"),
        ("2", "Kyiv"),
        ("3", "Bern"),
        ("4", "Lima"),
    ]
    feed.write(toml, people=header).sync(day=dt.date(2026, 11, 30))
    assert feed.snapshot().records()["ann"].get("city") == "Lima"


def test_a_waiting_file_saved_with_another_delimiter_stops(feed: Feed) -> None:
    toml = '[feed.people]\nfile = "people.csv"\ndelta = true\neffective = "from"\n'
    feed.write(people="id,from\nann,\n").sync()
    feed.write(toml, people="id,from\nbob,2026-11-30\n").sync()
    path = feed.root / "state/waiting/people.csv"
    path.write_text(path.read_text().replace(",", ";"))
    assert feed.write(toml, people="id,from\n").stops() == ["AQ628"]


def test_corrections_saved_while_a_sync_is_at_work_are_not_written_over(feed: Feed) -> None:
    toml = '[feed.people]\nfile = "people.csv"\ndelta = true\n'
    path = feed.root / "state/quarantine/people.csv"
    feed.write(people="id,hired\nann,\n").sync()
    feed.write(toml, people="id,hired\nbob,soon\n").sync()
    edited = path.read_text().replace("soon", "2026-01-01")
    feed.write(toml, people="id,hired\ncid,soon\ndan,\n")

    def correct(what: str, count: int) -> None:
        if what == "writing":
            path.write_text(edited)

    report = feed.sync(progress=correct)
    assert report.status == 4
    assert "AQ634" in [note.code for note in report.notes]
    assert feed.snapshot().people() == {"ann", "dan"}
    assert feed.stops() == ["AQ634"]
    assert path.read_text() == edited
    path.unlink()
    feed.write(toml, people="id,hired\n").sync()
    assert [line.split(",")[-2:] for line in path.read_text().splitlines()[1:]] == [["bob", "soon"], ["cid", "soon"]]


def test_a_disk_that_is_full_when_old_snapshots_are_dropped(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    feed.write(people="id\nann\n").sync()
    feed.write(people="id\nann\nbob\n")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(sync, "drop_old", full)
        with pytest.raises(RunError) as found:
            feed.sync()
    assert "nothing was changed" not in str(found.value.diagnostics[0])
    assert feed.snapshot().people() == {"ann", "bob"}


JOBS = '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'


@pytest.mark.parametrize("deletes", [True, False])
@pytest.mark.parametrize("waits", [True, False])
def test_a_row_that_counts_later_is_of_whom_it_was_fed(feed: Feed, waits: bool, deletes: bool) -> None:
    """A username goes from one to another while a row that names it waits, or is aside."""
    delta = '[feed.people]\nfile = "people.csv"\ndelta = true\ndeleted = "gone"\n' + JOBS
    toml, head = (
        (f'{delta}effective = "from"\n', "person,id_number,started,from\n")
        if waits
        else (delta, "person,id_number,started\n")
    )
    feed.write(people="id,username\nann,a\nbob,bobby\n", jobs="person,id_number,started\n").sync()
    feed.write(toml, people="id,gone\n", jobs=head + ("bobby,z,,2026-11-30\n" if waits else "bobby,z,soon\n")).sync()
    bob = "bob,,yes" if deletes else "bob,rob,"
    feed.write(toml, people=f"id,username,gone\n{bob}\nben,bobby,\n", jobs=head).sync()
    if waits:
        feed.write(toml, people="id,gone\n", jobs=head).sync(day=dt.date(2026, 11, 30))
    elif (path := feed.root / "state/quarantine/jobs.csv").exists():
        path.write_text(path.read_text().replace("soon", "2026-01-01"))
        feed.sync(corrected=True)
    assert [row["person"] for row in feed.snapshot().rows("jobs")] == ([] if deletes else ["bob"])


def test_a_later_delta_of_the_same_by_another_name_takes_its_place(feed: Feed) -> None:
    feed.write(people="id,username\nbob,bobby\n", jobs="person,id_number,title,started\n").sync()
    toml, head = '[feed.people]\nfile = "people.csv"\ndelta = true\n' + JOBS, "person,id_number,title,started\n"
    feed.write(toml, people="id\n", jobs=f"{head}bobby,a,Old,soon\n").sync()
    report = feed.write(toml, people="id\n", jobs=f"{head}bob,a,New,2026-01-01\n").sync()
    assert (report.status, report.quarantine) == (0, ())


def test_a_row_aside_has_its_kind_of_learning_still(feed: Feed) -> None:
    """One of learning has a number for its kind and id, and each column what it had."""
    learning, head = "id,name,kind\nL1,Safety,course\nL1,Safety plus,programme\n", "person,learning,kind,completed\n"
    feed.write(people="id,username\nbob,bobby\n", learning=learning, completions=head).sync()
    toml = (
        '[feed.people]\nfile = "people.csv"\ndelta = true\n[feed.completions]\nfile = "completions.csv"\ndelta = true\n'
    )
    feed.write(toml, people="id\n", learning=learning, completions=f"{head}bobby,Safety,course,soon\n").sync()
    path = feed.root / "state/quarantine/completions.csv"
    assert path.read_text().splitlines()[1].endswith(",bob,Safety,course,soon")
    path.write_text(path.read_text().replace("soon", "2026-01-01"))
    feed.sync(corrected=True)
    assert [(row["person"], row["kind"], row["learning"]) for row in feed.snapshot().rows("completions")] == [
        ("bob", "course", "L1")
    ]
