"""What is wrong with a state is told as what it is: a damaged state, or a mistake of ours."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from audql.diagnostics import RunError
from audql.state import tables
from audql.state.database import opened
from audql.state.store import State
from audql.workspace import StatePlace


@pytest.fixture
def place(tmp_path: Path) -> StatePlace:
    return StatePlace(tmp_path / "audql.sqlite")


def test_a_mistake_of_ours_is_no_damaged_state(place: StatePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_: sa.Connection) -> int:
        raise LookupError("ours")

    monkeypatch.setattr("audql.state.reading.version", wrong)
    with State.open_alone(place) as state, pytest.raises(LookupError, match="ours"):
        state.read()


def test_what_the_database_does_not_take_is_a_mistake_of_ours(place: StatePlace) -> None:
    def write_twice() -> None:
        with State.open_alone(place) as state, state._engine.begin() as connection:
            connection.execute(tables.person.insert(), [{"ordinal": n, "id": "zoe-77"} for n in (1, 2)])

    with pytest.raises(sa.exc.IntegrityError) as ours:
        write_twice()
    assert "zoe" not in str(ours.value)


@pytest.mark.parametrize("open_it", [State.open_alone, State.open_to_read])
def test_a_state_without_a_version(place: StatePlace, open_it: object) -> None:
    State.open_alone(place).close()
    with sqlite3.connect(place.file) as database:
        database.execute("DELETE FROM version")
    assert callable(open_it)
    with pytest.raises(RunError) as refused:
        open_it(place)
    (found,) = refused.value.diagnostics
    assert (found.code, "`version` is empty" in found.message) == ("AQ542", True)


@pytest.mark.parametrize("open_it", [State.open_alone, State.open_to_read])
def test_a_disk_without_room_to_open_a_state_is_full(
    place: StatePlace, open_it: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite wants 32 KB for that, and says of less what it says of a broken disk."""
    State.open_alone(place).close()

    def no_room(_: sa.Connection) -> int:
        problem = sqlite3.OperationalError("disk I/O error")
        problem.sqlite_errorname = "SQLITE_IOERR_SHMSIZE"
        raise sa.exc.OperationalError("SELECT", None, problem)

    monkeypatch.setattr("audql.state.opening.number_in", no_room)
    monkeypatch.setattr("audql.state.opening.prepare", no_room)
    assert callable(open_it)
    with pytest.raises(RunError) as refused:
        open_it(place)
    assert [d.code for d in refused.value.diagnostics] == ["AQ606"]


@pytest.mark.skipif(sys.platform == "win32", reason="no umask")
@pytest.mark.parametrize(("umask", "mode"), [(0o002, 0o664), (0o022, 0o644), (0o077, 0o600)])
def test_who_may_use_a_state_the_umask_says(place: StatePlace, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        with State.open_alone(place) as state:
            state.read()
            files = {path.stat().st_mode & 0o777 for path in place.file.parent.glob("audql.sqlite*")}
    finally:
        os.umask(before)
    assert files == {mode}


@pytest.mark.parametrize("closed", ["audql.sqlite", "audql.sqlite-shm"])
def test_what_another_user_has_closed_is_named(place: StatePlace, closed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    State.open_alone(place).close()
    place.file.with_name("audql.sqlite-shm").touch()
    # As a user who is not root would find it.
    monkeypatch.setattr("audql.state.database.os.access", lambda path, _: path.name != closed)
    with pytest.raises(RunError) as refused, opened(place):
        raise sa.exc.OperationalError("", {}, sqlite3.OperationalError("attempt to write a readonly database"))
    (found,) = refused.value.diagnostics
    assert (found.code, f"this user may not write `{closed}`" in found.message) == ("AQ542", True)
