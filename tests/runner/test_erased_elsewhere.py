"""Whom one machine has erased no other one on the same state brings back, and its folder is freed of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from audql import operations
from audql.diagnostics import RunError
from audql.snapshot.history import history
from audql.snapshot.snapshot import Snapshot
from audql.state.store import State
from audql.workspace import Workspace

pytest_plugins = ("databases",)

NOW = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)
TOML = """
[state]
url = "{url}"
[feed.people]
file = "people.csv"
absent = "keep"
[feed.jobs]
file = "jobs.csv"
"""
PEOPLE = "id,username,email\nzoe-77,zoe,zoe@example.com\nbob,bobby,bob@example.com\ncay,cayenne,\n"
JOBS = "person,title,manager\nzoe-77,Head,\nbob,Clerk,zoe\ncay,Clerk,nobody\n"
SCRIPT = 'audience "All" {\n  where true\n}\n'


@pytest.fixture
def machines(request: pytest.FixtureRequest, tmp_path: Path, schema_url: Callable[[str], str]) -> tuple[Path, Path]:
    """Two of one state, each with its own folder, which has read the feed."""
    url = schema_url("e" + "".join(c for c in request.node.name if c.isalnum())[:50])
    for name in ("here", "there"):
        folder = tmp_path / name
        (folder / "feed").mkdir(parents=True)
        (folder / "audql.toml").write_text(TOML.format(url=url))
        (folder / "feed/people.csv").write_text(PEOPLE)
        (folder / "feed/jobs.csv").write_text(JOBS)
        (folder / "all.aud").write_text(SCRIPT)
        operations.sync(folder=folder, now=NOW)
    (tmp_path / "there/feed/people.csv").write_text(PEOPLE + "dee,dee,\n")
    operations.run(folder=tmp_path / "there", now=NOW, allow=["first"])
    return tmp_path / "here", tmp_path / "there"


def kept_in(folder: Path) -> str:
    """All that the folder has, as text."""
    snapshots = folder / "state/snapshots"
    rows = [
        str(row)
        for kept in history(snapshots)
        for snapshot in [Snapshot.open(snapshots, kept.name)]
        for table in snapshot.tables
        for row in snapshot.rows(table.name)
    ]
    files = (path for path in (folder / "state").rglob("*") if path.is_file())
    return "\n".join([*rows, *(path.read_bytes().decode("utf-8", "replace") for path in files)])


def known(folder: Path) -> list[str]:
    with State.open_to_read(Workspace.open(folder).state) as state:
        return [who for who in state.people().tolist() if not who.startswith("erased:")]


@pytest.mark.parametrize("verb", ["sync", "run", "apply"])
def test_the_next_verb_frees_the_other_folder(machines: tuple[Path, Path], verb: str) -> None:
    here, there = machines
    assert operations.erase("zoe-77", folder=here).in_state
    assert "zoe" in kept_in(there)
    if verb == "sync":
        report = operations.sync(folder=there, now=NOW)
        assert [d.code for d in report.notes] == ["AQ619", "AQ615"]
        assert report.notes[0].message.startswith("1 person who was erased by another machine")
    elif verb == "run":
        assert [d.code for d in operations.run(folder=there, now=NOW).synced.notes] == ["AQ619", "AQ615"]
    else:
        applied = operations.apply(folder=there, now=NOW)
        assert [d.code for d in applied.planned.notes] == ["AQ619"]
        assert applied.status == 0
    assert "zoe" not in kept_in(there)
    assert known(there) == ["bob", "cay", "dee"]
    assert len(history(there / "state/snapshots")) == 2
    assert operations.plan(folder=there, now=NOW).plan.is_empty
    assert [d.code for d in operations.sync(folder=there, now=NOW).notes] == ["AQ615"]


def test_what_is_not_ours_to_change_is_told(machines: tuple[Path, Path]) -> None:
    here, there = machines
    (there / "feed/people.csv").write_text(PEOPLE + "dee,dee,\neve,eve,\n")
    operations.sync(folder=there, now=NOW)
    plan = json.dumps({"audql_plan": 1, "audiences": [{"joins": ["zoe-77"]}]})
    (there / "plan.json").write_text(plan)
    operations.erase("zoe-77", folder=here)
    report = operations.sync(folder=there, now=NOW)
    (note,) = [note for note in report.notes if note.code == "AQ619"]
    assert "`plan.json`" in note.hint
    assert report.status == 4


def test_whom_only_rows_set_aside_have_is_not_told_as_nobody(machines: tuple[Path, Path]) -> None:
    here, there = machines
    for folder in machines:
        (folder / "feed/people.csv").write_text(PEOPLE + "fay,fay,one@example.com\nfay,fay,two@example.com\n")
        operations.sync(folder=folder, now=NOW)
    assert operations.erase("fay", folder=here).rows_aside == 2
    (there / "feed/people.csv").write_text(PEOPLE)
    (note,) = operations.sync(folder=there, now=NOW).notes
    assert note.message.startswith("someone who was erased by another machine")
    assert note.message.endswith(", is taken out of rows set aside here, too")


def test_a_name_that_only_the_other_folder_knew_is_erased_too(machines: tuple[Path, Path]) -> None:
    here, there = machines
    (there / "feed/people.csv").write_text(PEOPLE.replace("zoe,zoe@", "zola,zola@"))
    (there / "feed/jobs.csv").write_text(JOBS.replace("bob,Clerk,zoe", "bob,Clerk,zola\ncay,Smith,nobody at all"))
    operations.sync(folder=there, now=NOW)
    operations.erase("zoe-77", folder=here)
    operations.sync(folder=there, now=NOW)
    assert "zola" not in kept_in(there)


def test_a_damaged_snapshot_is_no_reason_to_stop(machines: tuple[Path, Path]) -> None:
    here, there = machines
    snapshots = there / "state/snapshots"
    old, new = history(snapshots)
    operations.erase("zoe-77", folder=here)
    (snapshots / f"{old.name}.json").write_text("{")
    assert [d.code for d in operations.sync(folder=there, now=NOW).notes] == ["AQ619", "AQ615"]
    assert new.name not in {kept.name for kept in history(snapshots)}
    assert not (snapshots / "erased").exists()


@pytest.mark.parametrize("step", ["before current", "after history.json", "before people.csv", "before erased"])
def test_a_crash_is_finished_by_the_next_verb(
    machines: tuple[Path, Path], step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = machines
    (there / "feed/people.csv").write_text(PEOPLE + "dee,dee,\nzoe-77,zoe,another@example.com\n")
    operations.sync(folder=there, now=NOW)
    assert "another@" in (there / "state/quarantine/people.csv").read_text()
    (there / "feed/people.csv").write_text(PEOPLE + "dee,dee,\n")
    operations.erase("zoe-77", folder=here)

    def crash(name: str) -> None:
        if name == step:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("audql.snapshot.durable.step", crash)
        with pytest.raises(KeyboardInterrupt):
            operations.sync(folder=there, now=NOW)
    operations.sync(folder=there, now=NOW)
    assert "zoe" not in kept_in(there)
    assert known(there) == ["bob", "cay", "dee"]


def test_whom_a_feed_has_brought_back_before_is_taken_out_of_the_state(machines: tuple[Path, Path]) -> None:
    """As happened while each folder had a list of its own: two lists, of two salts, come together."""
    here, there = machines
    for folder, name in ((here, "zoe-77"), (there, "cay")):
        salt = f"salt of {folder.name}"
        digest = sha256(f"{salt}{name}".encode()).hexdigest()
        old = {"salt": salt, "people": [digest], "names": [digest]}
        (folder / "state/erased.json").write_text(json.dumps(old))
        operations.run(folder=folder, now=NOW)
    operations.run(folder=here, now=NOW)
    assert known(here) == ["bob", "dee"]
    for folder in machines:
        assert "zoe-77" not in kept_in(folder)
        assert "cay" not in kept_in(folder)


def test_what_was_freed_is_told_where_the_feed_then_stops_the_verb(machines: tuple[Path, Path]) -> None:
    here, there = machines
    (there / "plan.json").write_text(json.dumps({"audql_plan": 1, "audiences": [{"joins": ["zoe-77"]}]}))
    operations.erase("zoe-77", folder=here)
    (there / "feed/people.csv").unlink()
    with pytest.raises(RunError) as stopped:
        operations.run(folder=there, now=NOW)
    told = {d.code: d.hint for d in stopped.value.diagnostics}
    assert "`plan.json`" in told.pop("AQ619")
    assert told
    assert all("nothing was changed" not in hint for hint in told.values())
    assert "zoe" not in kept_in(there).replace("zoe-77", "")


def test_one_whose_id_was_a_name_of_somebody_erased_before(machines: tuple[Path, Path]) -> None:
    here, there = machines
    people = "id,username,email\ncay,bob,\nbob,,\ndee,,\n"
    for folder in machines:
        (folder / "feed/people.csv").write_text(people)
        (folder / "feed/jobs.csv").write_text("person,title,manager\ndee,Clerk,\n")
        operations.run(folder=folder, now=NOW, allow=["first", "headcount", "rows", "leaves", "changed"])
    operations.erase("cay", folder=here)
    operations.run(folder=there, now=NOW, allow=["headcount"])
    operations.erase("bob", folder=here)
    applied = operations.apply(folder=there, now=NOW)
    assert [d.code for d in applied.planned.notes] == ["AQ619"]
    assert known(there) == ["dee", "zoe-77"]
