"""A person who is erased is nowhere: not in a snapshot, not in state, not in what waits or was set aside."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import duckdb
import numpy as np
import psycopg
import pytest

from audql import operations
from audql.diagnostics import RunError
from audql.snapshot import durable
from audql.snapshot.history import history
from audql.snapshot.snapshot import Snapshot
from audql.state.ledger import OPEN
from audql.state.store import State
from audql.workspace import Workspace

pytest_plugins = ("databases",)

NOW = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)
TOML = """
[feed.people]
file = "people.csv"
[feed.jobs]
file = "jobs.csv"
[feed.completions]
file = "completions.csv"
[feed.learning]
file = "learning.csv"
"""
FILES = {
    "audql.toml": TOML,
    "feed/people.csv": "id,username,country\nzoe-77,zoe,GB\nbob,bobby,GB\ncay,cayenne,IE\n",
    "feed/jobs.csv": "person,title,manager\nzoe-77,Head,\nbob,Clerk,zoe\ncay,Clerk,zoe-77\ncay,Clerk,\n",
    "feed/completions.csv": "person,learning\nzoe-77,F\ncay,F\n",
    "feed/learning.csv": "id\nF\nSafety\n",
    "all.aud": 'audience "All" {\n  where true\n\n  enrol in course "Safety" due 30 days after joining\n}\n',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def run(folder: Path, days: int = 0, *more: str) -> int:
    now = NOW + dt.timedelta(days=days)
    allow = ("first", "headcount", "leaves", "lost", "run", *more)
    return operations.run(folder=folder, now=now, day=now.date(), allow=allow).status


def everything(folder: Path) -> str:
    """All that is kept, as text: tables, the database, and other files."""
    found: list[str] = []
    snapshots = folder / "state/snapshots"
    for kept in history(snapshots):
        snapshot = Snapshot.open(snapshots, kept.name)
        found += [str(row) for table in snapshot.tables for row in snapshot.rows(table.name)]
    database = sqlite3.connect(folder / "state/audql.sqlite")
    found += database.iterdump()
    database.close()
    found += [path.read_bytes().decode("utf-8", "replace") for path in (folder / "state").rglob("*") if path.is_file()]
    return "\n".join(found)


def test_nothing_is_left(folder: Path) -> None:
    assert run(folder) == 0
    (folder / "feed/people.csv").write_text(FILES["feed/people.csv"] + "dee,dee,DE\n")
    (folder / "feed/jobs.csv").write_text(FILES["feed/jobs.csv"].replace("bob,Clerk,zoe", "bob,Clerk,nobody"))
    assert run(folder, 1) == 4
    assert "zoe" in everything(folder)
    found = operations.erase("zoe-77", folder=folder)
    assert (found.snapshots, found.in_state) == (2, True)
    assert "zoe" not in everything(folder)
    snapshots = folder / "state/snapshots"
    kept = [Snapshot.open(snapshots, one.name) for one in history(snapshots)]
    assert len(kept) == 2
    for snapshot in kept:
        snapshot.check()
    files = {file.name for snapshot in kept for table in snapshot.manifest.tables.values() for file in table.files}
    assert {path.name for path in (snapshots / "tables").iterdir()} == files


@pytest.mark.parametrize("jobs", ["zoe-77,cay\ncay,zoe-77\n", "cay,zoe-77\nzoe-77,bob\nbob,cay\n"])
def test_links_that_are_left_out_go_along(folder: Path, jobs: str) -> None:
    """Whoever of a circle of managers it is."""
    (folder / "feed/jobs.csv").write_text(f"person,manager\n{jobs}")
    assert run(folder) == 4
    for who in ("zoe-77", "cay"):
        operations.erase(who, folder=folder)
        snapshot = Snapshot.open(folder / "state/snapshots")
        snapshot.check()
        kept = duckdb.execute(f"FROM {snapshot.rows_of('jobs')}").fetchall()
        assert who not in str(kept)
        assert who not in str(snapshot.links_left_out)
        assert who not in everything(folder)


def test_a_circle_that_is_none_without_who_was_erased_is_read_again(folder: Path) -> None:
    people = "".join(f"{who},,\n" for who in ("u1", "u2", "u3", "u4", "u5"))
    (folder / "feed/people.csv").write_text(f"{FILES['feed/people.csv']}{people}")
    links = "u1,u2\nu2,u3\nu3,u1\nu2,u1\nu4,u5\nu5,u4\n"
    (folder / "feed/jobs.csv").write_text(f"person,manager\n{links}")
    run(folder)
    read = Snapshot.open(folder / "state/snapshots").links_left_out
    assert read == (("u2", "u1"), ("u3", "u1"), ("u5", "u4"))
    operations.erase("u2", folder=folder)
    snapshot = Snapshot.open(folder / "state/snapshots")
    assert snapshot.links_left_out == (("u5", "u4"),)
    assert {row["person"]: row.get("manager") for row in snapshot.rows("jobs") if row["person"] == "u3"} == {"u3": "u1"}
    assert run(folder, 1) == 4
    assert Snapshot.open(folder / "state/snapshots").name == snapshot.name


def test_an_id_is_erased_in_any_case_and_stays_so(folder: Path) -> None:
    run(folder)
    operations.erase("Zoe-77", folder=folder)
    assert "zoe" not in everything(folder)
    feed = folder / "feed/people.csv"
    feed.write_text(feed.read_text().replace("zoe-77", "ZOE-77"))
    assert run(folder, 1) == 4
    assert "zoe" not in everything(folder).lower()


@pytest.mark.parametrize("name", ["zoe", "Zoe", "zoe@example.com"])
def test_someone_is_found_by_username_and_email(folder: Path, name: str) -> None:
    people = FILES["feed/people.csv"].replace("country\n", "country,email\n")
    (folder / "feed/people.csv").write_text(people.replace("GB\nbob", "GB,zoe@example.com\nbob"))
    run(folder)
    assert operations.erase(name, folder=folder).person == "zoe-77"
    assert "zoe" not in everything(folder)


def test_also_by_a_name_of_before(folder: Path) -> None:
    """Which a snapshot that is kept still has."""
    run(folder)
    feed = folder / "feed/people.csv"
    feed.write_text(feed.read_text().replace(",zoe,", ",zoe2,"))
    (folder / "feed/jobs.csv").write_text(FILES["feed/jobs.csv"].replace(",zoe\n", ",zoe-77\n"))
    run(folder, 1)
    assert operations.erase("zoe", folder=folder).person == "zoe-77"


def test_a_name_that_several_have_erases_no_one(folder: Path) -> None:
    """One after another, too: each of them could be meant."""
    run(folder)
    feed = folder / "feed/people.csv"
    feed.write_text(feed.read_text().replace(",zoe,", ",zoe2,").replace(",cayenne,", ",zoe,"))
    run(folder, 1)
    before = everything(folder)
    with pytest.raises(RunError) as found:
        operations.erase("zoe", folder=folder)
    assert [(d.code, d.message) for d in found.value.diagnostics] == [
        ("AQ594", "`zoe` could be any of `cay`, `zoe-77`")
    ]
    assert everything(folder) == before


def test_the_next_run_goes_on_without_them(folder: Path) -> None:
    run(folder)
    told = (folder / "out.csv").read_text() if (folder / "out.csv").exists() else ""
    operations.erase("zoe-77", folder=folder)
    planned = operations.plan(folder=folder, now=NOW)
    assert planned.plan.is_empty
    assert operations.members("All", folder=folder).members.keys() == {"bob", "cay"}
    report = operations.sync(folder=folder, now=NOW)
    assert [(d.code, d.message) for d in report.notes] == [
        ("AQ615", "1 person who was erased is in the feed, and left out")
    ]
    assert report.counts["people"] == 2
    assert "zoe" not in everything(folder)
    assert run(folder, 1) == 4
    assert "zoe" not in everything(folder)
    assert told == ((folder / "out.csv").read_text() if (folder / "out.csv").exists() else "")


def test_nothing_is_left_in_postgresql(folder: Path, schema_url: Callable[[str], str]) -> None:
    url = schema_url("erasing")
    (folder / "audql.toml").write_text(f'{TOML}[state]\nurl = "{url}"\n')
    (folder / "feed/jobs.csv").write_text(FILES["feed/jobs.csv"].replace("zoe-77,Head,", "zoe-77,Head,bob"))
    run(folder)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as database:
        assert "zoe-77" in kept_by(database)
        assert operations.erase("zoe-77", folder=folder).in_state
        assert "zoe-77" not in kept_by(database)
    assert operations.plan(folder=folder, now=NOW).plan.is_empty


def kept_by(database: psycopg.Connection[tuple[bytes]]) -> str:
    """What is in the files of the state's tables, rows that were deleted too."""
    database.execute("CHECKPOINT")
    files = database.execute(
        "SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class"
        " WHERE relkind IN ('r', 'i') AND relnamespace = current_schema()::regnamespace"
    )
    return "".join(file.decode("latin-1") for (file,) in files)


def test_rows_and_ledgers_still_agree(folder: Path) -> None:
    run(folder)
    operations.erase("cay", folder=folder)
    with State.open_alone(Workspace.open(folder).state) as state:
        remembered = state.read()
        ledger = remembered.ledgers["course", "Safety"]
        ids = remembered.people()
        assert sorted(ids[ledger.spells.people].tolist()) == ["bob", "zoe-77"]
        assert sorted(e.person for e in state.enrolments()) == ["bob", "zoe-77"]
        assert state.open_enrolments() == int(np.count_nonzero(ledger.spells.are(OPEN))) == 2
        assert {effect.person for effect in state.waiting(10).effects} == {"bob", "zoe-77"}
        assert sorted(state.ids(state.members_as_of("All", NOW.date()))) == ["bob", "zoe-77"]


def test_an_id_that_was_erased_is_given_no_ordinal_again(folder: Path) -> None:
    run(folder)
    operations.erase("zoe-77", folder=folder)
    with sqlite3.connect(folder / "state/audql.sqlite") as database:
        database.execute("UPDATE erased SET hash = 'of someone else' || hash")  # as if HR had a new person of that id
    (folder / "state/snapshots/erased").unlink()
    run(folder, 1)
    with State.open_alone(Workspace.open(folder).state) as state:
        ids = state.people().tolist()
    assert ids[-1] == "zoe-77"
    assert len(ids) == len(set(ids)) == 4
    assert operations.erase("zoe-77", folder=folder).in_state
    assert "zoe" not in everything(folder)


def test_an_id_that_is_a_value_of_others_takes_nothing_of_them_along(folder: Path) -> None:
    (folder / "feed/people.csv").write_text(
        "id,username,hired,building\n1,zoe,,9\n2,bob,,9\n3,cay,soon,1\n4,dan,soon,zoe\n"
    )
    (folder / "feed/jobs.csv").write_text("person,manager,id_number,started\n2,3,1,soon\n3,1,7,soon\n")
    (folder / "feed/completions.csv").write_text("person,learning\n")
    operations.sync(folder=folder, now=NOW, allow=["refused"])
    assert operations.erase("1", folder=folder).rows_aside == 2  # that names the manager, and that has the other name
    operations.sync(folder=folder, now=NOW, allow=["refused", "headcount"])
    for name, ids in (("people", ["3"]), ("jobs", ["2"])):
        with (folder / f"state/quarantine/{name}.csv").open() as file:
            assert [row[4] for row in csv.reader(file)][1:] == ids


@pytest.mark.parametrize("text", ["#line;id;city\n2;zoe-77;Rome\n", "#line,id,city\n2,zoe-77,Z\xfcrich\n"])
def test_a_file_set_aside_that_was_saved_in_another_form_stops_an_erasure(folder: Path, text: str) -> None:
    run(folder)
    path = folder / "state/quarantine/people.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="cp1252")
    with pytest.raises(RunError) as problem:
        operations.erase("zoe-77", folder=folder)
    told = "`quarantine/people.csv` cannot be read, and has rows that were set aside or wait"
    assert [(one.code, one.message) for one in problem.value.diagnostics] == [("AQ628", told)]
    path.write_text("")
    assert run(folder, 1) == 0
    operations.erase("zoe-77", folder=folder)


def test_what_was_set_aside_is_cleared(folder: Path) -> None:
    (folder / "feed/people.csv").write_text("id,username,country,hired\nzoe-77,zoe,GB,\nbob,,,soon\n")
    (folder / "feed/jobs.csv").write_text("person,title,manager\nbob,A,zoe\nzoe-77,B,nobody\n")
    operations.sync(folder=folder, now=NOW)
    assert operations.erase("zoe-77", folder=folder).rows_aside == 2  # that one's own, and one that names them
    with (folder / "state/quarantine/people.csv").open() as file:
        assert [row[4] for row in csv.reader(file)] == ["id", "bob"]
    assert "zoe" not in everything(folder)


@pytest.mark.parametrize("step", ["before current", "after current", "before history.json", "before the transaction"])
def test_a_crash_is_finished_by_the_same_again(folder: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder)

    def crash(name: str) -> None:
        if name == step:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(durable, "step", crash)
        with pytest.raises(KeyboardInterrupt):
            operations.erase("zoe-77", folder=folder)
    operations.erase("zoe-77", folder=folder)
    assert "zoe" not in everything(folder)
    assert operations.plan(folder=folder, now=NOW).plan.is_empty


def test_what_names_them_and_is_not_ours_to_change_is_told(folder: Path) -> None:
    toml = folder / "audql.toml"
    toml.write_text(
        f'{TOML}[targets.file]\npath = "out/changes.csv"\n[mail]\nfrom = "a@example.com"\nfolder = "out/mail"\n'
    )
    people = "id,username,country,email,first_name,last_name\n"
    people += "zoe-77,zoe,GB,zoe@example.com,Zoe,Zay\nbob,bobby,GB,bob@example.com,Bob,Bay\n"
    people += "cay,c,IE,cay@example.com,Cay,Day\n"
    (folder / "feed/people.csv").write_text(people)
    text = FILES["all.aud"].replace("joining\n}", "joining\n  notify learner, manager on joining\n}")
    (folder / "all.aud").write_text(text)
    allow = ("first", "baseline", "mails")
    operations.sync(folder=folder, now=NOW)
    operations.plan(folder=folder, now=NOW, allow=allow, save=folder / "plan.json")
    operations.run(folder=folder, now=NOW, allow=allow)
    found = operations.erase("bob", folder=folder)
    left = [path.relative_to(folder).as_posix() for path in found.left]
    assert (found.status, found.plans, left[:1]) == (4, (folder / "plan.json",), ["out/changes.csv"])
    assert not (folder / "plan.json").exists()
    mails = [(folder / name).read_text() for name in left[1:]]
    assert sorted(re.findall("^To: .*$", "\n".join(mails), re.M)) == [
        'To: "Bob Bay" <bob@example.com>',
        'To: "Zoe Zay" <zoe@example.com>',
    ]
    for path in found.left:
        path.unlink()
    assert operations.erase("bob", folder=folder).left == ()


def test_plans_that_name_them_are_deleted(folder: Path) -> None:
    run(folder)
    (folder / "feed/people.csv").write_text(f"{FILES['feed/people.csv']}dee,d,GB\n")
    operations.sync(folder=folder, now=NOW)
    (folder / "plans").mkdir()
    plan = folder / "plans/friday"
    operations.plan(folder=folder, now=NOW, save=plan)
    altered = folder / "altered.json"
    altered.write_text(plan.read_text().replace('"digest": "', '"digest": "0'))
    others = folder / "others.json"
    others.write_text('{"audql_plans": ["dee"]}')
    found = operations.erase("dee", folder=folder)
    assert (found.status, found.plans, found.left) == (4, (plan,), (altered,))
    assert (plan.exists(), altered.exists(), others.exists()) == (False, True, True)
    altered.unlink()
    again = operations.erase("dee", folder=folder)
    assert (again.status, again.plans, again.left) == (0, (), ())


def test_a_plan_that_cannot_be_deleted_is_not_said_to_be(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder)
    (folder / "feed/people.csv").write_text(f"{FILES['feed/people.csv']}dee,d,GB\n")
    operations.sync(folder=folder, now=NOW)
    plan = folder / "plan.json"
    operations.plan(folder=folder, now=NOW, save=plan)
    unlink = Path.unlink

    def denied(self: Path, missing_ok: bool = False) -> None:
        if self == plan:
            raise PermissionError(13, "Permission denied", str(plan))
        unlink(self, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", denied)
        with pytest.raises(RunError) as stopped:
            operations.erase("dee", folder=folder)
    assert [d.code for d in stopped.value.diagnostics] == ["AQ616"]
    assert operations.erase("dee", folder=folder).plans == (plan,)


def test_what_cannot_be_taken_away_is_not_said_to_be_erased(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder)
    (folder / "state/quarantine").mkdir(exist_ok=True)
    (folder / "state/quarantine/people.csv.77.tmp").write_text("zoe-77")
    (folder / "state/snapshots/columns/more").mkdir(parents=True, exist_ok=True)

    def denied(*_: object, **more: object) -> None:
        raise PermissionError(13, "Permission denied", str(folder / "state/snapshots/columns"))

    with monkeypatch.context() as patched:
        patched.setattr("audql.snapshot.erasing.shutil.rmtree", denied)
        with pytest.raises(RunError) as stopped:
            operations.erase("zoe-77", folder=folder)
    assert [d.code for d in stopped.value.diagnostics] == ["AQ616"]
    assert "`state/snapshots/columns`" in stopped.value.diagnostics[0].message
    operations.erase("zoe-77", folder=folder)
    assert "zoe" not in everything(folder)


def test_a_reader_keeps_them_in_the_log(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder)
    monkeypatch.setattr("audql.state.database._TIMEOUT_S", 0.1)
    reader = sqlite3.connect(folder / "state/audql.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    assert "zoe-77" in {who for (who,) in reader.execute("SELECT id FROM person")}
    with pytest.raises(RunError) as stopped:
        operations.erase("zoe-77", folder=folder)
    assert [d.code for d in stopped.value.diagnostics] == ["AQ546"]
    reader.close()
    operations.erase("zoe-77", folder=folder)
    assert "zoe" not in everything(folder)


def test_the_connection_is_after_an_erasure_as_it_was(folder: Path) -> None:
    run(folder)
    with State.open_alone(Workspace.open(folder).state) as state:
        state.erase("zoe-77", "erased:1", {})
        with state._engine.connect() as connection:
            assert getattr(connection.connection.dbapi_connection, "isolation_level", "") is None


def test_whom_nothing_knows(folder: Path) -> None:
    run(folder)
    before = everything(folder)
    with pytest.raises(RunError) as found:
        operations.erase("nobody", folder=folder)
    assert [d.code for d in found.value.diagnostics] == ["AQ593"]
    assert everything(folder) == before


def test_the_list_of_an_older_audql_is_taken_over(folder: Path) -> None:
    """Also where there is no state yet, as no run has been applied."""
    salt = "0" * 32
    hashes = [sha256(f"{salt}{name}".encode()).hexdigest() for name in ("zoe-77", "zoe")]
    old = folder / "state/erased.json"
    old.parent.mkdir()
    old.write_text(json.dumps({"salt": salt, "people": hashes[:1], "names": sorted(hashes)}))
    for _ in range(2):
        report = operations.sync(folder=folder, now=NOW)
        assert [d.code for d in report.notes] == ["AQ615"]
        assert not old.exists()
    assert "zoe" not in everything(folder)
    with State.open_alone(Workspace.open(folder).state) as state:
        assert state.erased().salts == (salt,)
        assert state.erased().names == set(hashes)


def test_a_damaged_list_of_the_erased_stops_a_sync(folder: Path) -> None:
    run(folder)
    (folder / "state/erased.json").write_text("{")
    with pytest.raises(RunError) as found:
        operations.sync(folder=folder, now=NOW)
    assert [d.code for d in found.value.diagnostics] == ["AQ614"]
    assert (folder / "state/erased.json").exists()


def test_only_hashes_are_kept_and_each_workspace_has_its_salt(folder: Path) -> None:
    run(folder)
    operations.erase("zoe-77", folder=folder)
    with sqlite3.connect(folder / "state/audql.sqlite") as database:
        rows = database.execute("SELECT salt, is_id FROM erased").fetchall()
    ((salt, _),) = {(salt, 1) for salt, _ in rows}
    assert sorted(is_id for _, is_id in rows) == [0, 0, 1]  # the id, the username, and whose that was
    assert len(salt) == 32
    assert "zoe" not in everything(folder)


@pytest.mark.parametrize("verb", ["sync", "run"])
def test_a_state_put_back_from_before_knows_them_again_by_the_folder(folder: Path, verb: str) -> None:
    run(folder)
    database = folder / "state/audql.sqlite"
    before = database.read_bytes()
    operations.erase("zoe-77", folder=folder)
    operations.erase("cay", folder=folder)
    database.write_bytes(before)
    assert "zoe" in everything(folder)
    notes = operations.sync(folder=folder, now=NOW).notes if verb == "sync" else ()
    assert [d.code for d in notes] == (["AQ619", "AQ615"] if notes else [])
    assert run(folder, 1) == 4
    assert "zoe" not in everything(folder)
    assert operations.members("All", folder=folder).members.keys() == {"bob"}
    assert [d.code for d in operations.sync(folder=folder, now=NOW).notes] == ["AQ615"]


def test_a_folder_that_an_older_audql_marked_is_marked_anew(folder: Path) -> None:
    run(folder)
    database, mark = folder / "state/audql.sqlite", folder / "state/snapshots/erased"
    before = database.read_bytes()
    operations.erase("zoe-77", folder=folder)
    whole = mark.read_text()
    mark.write_text(f"{whole.splitlines()[0]}\n")
    run(folder, 1)
    assert mark.read_text() == whole
    database.write_bytes(before)
    run(folder, 2, "restored")
    assert "zoe" not in everything(folder)
