"""What is wrong with a state is told as what it is: a damaged state, or a mistake of ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from audql.diagnostics import RunError
from audql.state import tables
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
