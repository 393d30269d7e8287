"""State in PostgreSQL: one run at a time on all machines, and what goes wrong is said without a password."""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from audql.diagnostics import GuardError, RunError
from audql.operations.running import run, sync
from audql.operations.stopping import StoppedError
from audql.snapshot.store import current_name
from audql.state.database import opened
from audql.state.lock import locked
from audql.state.store import State
from audql.workspace import StatePlace
from audql.workspace.database_url import database_url

pytest_plugins = ("databases",)

SECRET = "s3cr3t-word"
NOW = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)


@pytest.fixture
def places(request: pytest.FixtureRequest, tmp_path: Path, schema_url: Callable[[str], str]) -> list[StatePlace]:
    """The same state as two machines see it."""
    name = "s" + "".join(c for c in request.node.name.lower() if c.isalnum())[:50]
    return [StatePlace(tmp_path / machine / "audql.sqlite", schema_url(name)) for machine in ("here", "there")]


def code_of(problem: RunError) -> str:
    (found,) = problem.diagnostics
    assert SECRET not in f"{found.message} {found.hint}"
    return found.code


def test_a_second_run_on_another_machine_is_refused(places: list[StatePlace], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audql.state.lock._PAUSE_S", 0.01)
    here, there = places
    with State.open_alone(here):
        with pytest.raises(GuardError) as stopped:
            State.open_alone(there)
        assert code_of(stopped.value) == "AQ540"
        who = rf"\(it is audql on \S+, process {os.getpid()}, connected since [-0-9]+ [:0-9]+ UTC\)"
        assert re.search(who, stopped.value.diagnostics[0].hint)
        with pytest.raises(GuardError), locked(there):
            pass
        with State.open_to_read(there) as reader:
            assert reader.version() == 0
    with State.open_alone(there), pytest.raises(GuardError), locked(here):
        pass


def test_a_second_run_in_the_same_folder_is_told_who_has_the_lock(
    places: list[StatePlace], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of no file, as it would be of SQLite."""
    monkeypatch.setattr("audql.state.lock._PAUSE_S", 0.01)
    with State.open_alone(places[0]), pytest.raises(GuardError) as stopped, locked(places[0]):
        pass
    assert f"process {os.getpid()}, connected since " in stopped.value.diagnostics[0].hint


def test_another_schema_is_another_state(places: list[StatePlace], schema_url: Callable[[str], str]) -> None:
    other = StatePlace(places[1].file, schema_url("quite_another"))
    with State.open_alone(places[0]), State.open_alone(other):
        pass


def end_sessions(url: str) -> None:
    """What an administrator, or a cut line, does."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as database:
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND application_name LIKE 'audql%'"
        )


def test_whoever_has_lost_the_connection_does_nothing_more(places: list[StatePlace]) -> None:
    here, there = places

    def lose() -> None:
        with State.open_alone(here) as state:
            end_sessions(here.url)
            with State.open_alone(there) as other:
                for _ in range(3):
                    with pytest.raises(Exception, match=r"terminat|lost|closed"):
                        state.version()
                assert other.version() == 0
            state.version()

    with pytest.raises(GuardError) as lost:
        lose()
    assert code_of(lost.value) == "AQ545"


@pytest.fixture
def folder(places: list[StatePlace]) -> Path:
    """A workspace on one of these machines."""
    root = places[0].file.parents[1] / "learning"
    (root / "feed").mkdir(parents=True)
    (root / "feed" / "people.csv").write_text("id\nann\nbob\n")
    (root / "audql.toml").write_text(f'[feed.people]\nfile = "people.csv"\n[state]\nurl = "{places[0].url}"\n')
    (root / "all.aud").write_text('audience "All" {\n  where true\n}\n')
    return root


def sessions(url: str) -> list[tuple[int, int]]:
    """Each of AudQL's, and how many locks of a run it holds."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as database:
        found = database.execute(
            "SELECT pid, (SELECT count(*) FROM pg_locks l WHERE l.pid = a.pid AND locktype = 'advisory')"
            " FROM pg_stat_activity a WHERE application_name LIKE 'audql%'"
        )
        return [(pid, locks) for pid, locks in found.fetchall()]


def test_a_run_has_one_lock_over_one_connection(places: list[StatePlace], folder: Path) -> None:
    seen: list[list[tuple[int, int]]] = []

    def look(*_: object) -> None:
        seen.append(sessions(places[0].url))

    run(folder=folder, now=NOW, allow=["first"], progress=look, log=look)
    assert {len(each) for each in seen[1:-1]} == {1}
    assert len({session for each in seen[1:-1] for session in each}) == 1
    assert seen[1][0][1] == 1


def test_a_sync_that_has_lost_its_lock_keeps_nothing(places: list[StatePlace], folder: Path) -> None:
    def lose(what: str, _: int) -> None:
        if what == "writing":
            end_sessions(places[0].url)

    with pytest.raises(GuardError) as lost:
        sync(folder=folder, now=NOW, progress=lose)
    assert code_of(lost.value) == "AQ545"
    assert current_name(folder / "state" / "snapshots") is None
    assert not lost.value.done


@pytest.mark.parametrize(("step", "done"), [("sync", "nothing was applied"), ("plan", "nothing was applied")])
def test_a_run_that_has_lost_its_lock_goes_no_further(
    places: list[StatePlace], folder: Path, step: str, done: str
) -> None:
    def lose(event: Mapping[str, object]) -> None:
        if event["event"] == step:
            end_sessions(places[0].url)

    with pytest.raises(StoppedError) as lost:
        run(folder=folder, now=NOW, allow=["first"], log=lose)
    assert code_of(lost.value) == "AQ545"
    assert lost.value.status == 3
    assert lost.value.done.endswith(done)
    with State.open_to_read(places[0]) as state:
        assert not state.runs()


def test_a_receipt_over_a_lost_connection(places: list[StatePlace]) -> None:
    def lose() -> None:
        with State.open_alone(places[0]) as state, state.receipts() as receipts:
            end_sessions(places[0].url)
            receipts.close()

    with pytest.raises(GuardError) as lost:
        lose()
    assert code_of(lost.value) == "AQ545"


def test_nothing_is_made_by_reading(places: list[StatePlace]) -> None:
    place = places[0]
    with State.open_to_read(place) as state:
        assert state.read().is_new
        assert not state.runs()
    with psycopg.connect(place.url.replace("+psycopg", "")) as database:
        assert database.execute(TABLES).fetchall() == []
    assert not place.file.parent.exists()


def test_a_schema_that_is_not_there(places: list[StatePlace]) -> None:
    place = StatePlace(places[0].file, f"{places[0].url}_not_there")
    with pytest.raises(RunError) as refused:
        State.open_alone(place)
    assert code_of(refused.value) == "AQ543"
    assert refused.value.status == 1
    (found,) = refused.value.diagnostics
    assert "has no schema of the name" in found.message
    assert "CREATE TABLE" not in found.message
    assert "search_path" in found.hint
    assert "password" not in found.hint


@pytest.mark.parametrize(("url", "says"), [("h/d?options=-c search_path=a", "`%20`"), ("büro/d", "as DNS has it")])
def test_why_it_is_no_url(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        database_url(f"postgresql+psycopg://{url}")


def test_a_schema_whose_name_has_to_be_quoted(places: list[StatePlace]) -> None:
    """As the page of workspaces shows it."""
    page = (Path(__file__).parents[2] / "docs/workspace.md").read_text(encoding="utf-8")
    (quoted, written) = re.findall(r'the schema `("[^`]+")` is `\?options=([^`]+)`', page)[0]
    url = places[0].url
    database_url(written_in := url.partition("options=")[0] + f"options={written}")
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as database:
        database.execute(f"CREATE SCHEMA {quoted}")
        try:
            with State.open_alone(StatePlace(places[0].file, written_in)) as state:
                state.read()
            named = "SELECT schemaname FROM pg_tables WHERE tablename = 'enrolment'"
            assert (quoted.strip('"'),) in database.execute(named).fetchall()
        finally:
            database.execute(f"DROP SCHEMA {quoted} CASCADE")


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


def test_where_something_else_is(places: list[StatePlace]) -> None:
    place = places[0]
    with psycopg.connect(place.url.replace("+psycopg", "")) as database:
        database.execute("CREATE TABLE person (name text)")
    with pytest.raises(RunError) as refused:
        State.open_alone(place)
    assert code_of(refused.value) == "AQ543"
    with psycopg.connect(place.url.replace("+psycopg", "")) as database:
        assert database.execute(TABLES).fetchall() == [("person",)]


@pytest.mark.parametrize("open_it", [State.open_alone, State.open_to_read])
def test_nobody_answers(
    tmp_path: Path, open_it: Callable[[StatePlace], State], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDQL_STATE_PASSWORD", SECRET)
    place = StatePlace(tmp_path / "audql.sqlite", "postgresql+psycopg://audql@127.0.0.1:1/learning")
    with pytest.raises(GuardError) as refused:
        open_it(place)
    assert code_of(refused.value) == "AQ543"
    assert "`learning`" in refused.value.diagnostics[0].message


def test_a_password_that_is_no_text(places: list[StatePlace], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDQL_STATE_PASSWORD", f"{SECRET}\udcff")  # as the byte FF comes in
    for open_it in (State.open_alone, State.open_to_read):
        with pytest.raises(RunError) as refused:
            open_it(places[0])
        assert code_of(refused.value) == "AQ547"
        assert refused.value.status == 1


def test_the_driver_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(RunError) as refused:
        State.open_alone(StatePlace(tmp_path / "audql.sqlite", "postgresql+psycopg://127.0.0.1:1/learning"))
    assert code_of(refused.value) == "AQ544"
    assert "needs psycopg" in refused.value.diagnostics[0].message


def test_the_driver_cannot_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "psycopg.py").write_text('raise ImportError("no pq wrapper available:\\nlibpq library not found")\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(RunError) as refused:
        State.open_alone(StatePlace(tmp_path / "audql.sqlite", "postgresql+psycopg://127.0.0.1:1/learning"))
    assert code_of(refused.value) == "AQ544"
    (found,) = refused.value.diagnostics
    assert found.message.endswith("cannot be loaded: no pq wrapper available: libpq library not found")
    assert "pip install 'audql" not in found.hint


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("postgresql+psycopg://audql@db.example.com/learning", "db.example.com"),
        ("postgresql+psycopg:///learning?host=/run/postgresql", "/run/postgresql"),
        ("postgresql+psycopg:///learning", "PostgreSQL"),
    ],
)
def test_whose_disk_is_full(tmp_path: Path, url: str, server: str) -> None:
    full = psycopg.errors.DiskFull("could not extend file: No space left on device")
    with pytest.raises(RunError) as refused, opened(StatePlace(tmp_path / "audql.sqlite", url)):
        raise sa.exc.OperationalError("INSERT", None, full)
    (found,) = refused.value.diagnostics
    assert found.code == "AQ606"
    assert f"the server `{server}`" in found.message
    assert "on that server" in found.hint
