"""State that an older AudQL wrote is brought up to today's, and nothing of it is lost."""

from __future__ import annotations

import datetime as dt
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from audql.diagnostics import GuardError
from audql.engines.days import day_of
from audql.state import tables
from audql.state.lock import locked
from audql.state.store import State
from audql.workspace import StatePlace

pytest_plugins = ("databases",)

VERSION_1 = (Path(__file__).parent / "version_1.sql").read_text("utf-8")
"""As the AudQL of version 1 wrote it: two nights, the second of which could not be told."""
MONDAY, TUESDAY = dt.date(2026, 11, 23), dt.date(2026, 11, 24)


@pytest.fixture
def place(tmp_path: Path) -> StatePlace:
    database = sqlite3.connect(tmp_path / "audql.sqlite")
    database.executescript(VERSION_1)
    database.close()
    return StatePlace(tmp_path / "audql.sqlite")


def test_all_of_it_is_there(place: StatePlace) -> None:
    with State.open_to_read(place) as state:
        remembered = state.read()
        members = {
            known.name: dict(zip(state.ids(known.members), map(day_of, state.since(known.id).tolist()), strict=True))
            for known in remembered.audiences.values()
        }
        assert members == {"A": {"ann": MONDAY}, "B": {"ann": TUESDAY, "bob": MONDAY, "dan": TUESDAY}}
        assert set(state.ids(state.members_as_of("B", MONDAY))) == {"bob", "zoë"}
        spells = [(e.person, e.learning, e.role, e.started, e.due, e.status, e.ended) for e in state.enrolments()]
        assert spells == [
            ("ann", "F", "teacher", TUESDAY, None, "wanted", None),
            ("bob", "F", "teacher", MONDAY, None, "confirmed", None),
            ("zoë", "F", "teacher", MONDAY, None, "confirmed", TUESDAY),
            ("dan", "F", "teacher", TUESDAY, None, "wanted", None),
            ("ann", "S", "", MONDAY, dt.date(2026, 11, 26), "confirmed", None),
            ("bob", "S", "", MONDAY, None, "confirmed", None),
            ("zoë", "S", "", MONDAY, None, "confirmed", TUESDAY),
            ("dan", "S", "", TUESDAY, None, "wanted", None),
        ]
        ledger = remembered.ledgers["course", "S"]
        assert state.ids(ledger.open()) == ["ann", "bob", "dan"]
        assert [run.day for run in state.runs()] == [TUESDAY, MONDAY]
        assert state.version() == 2
        told = [(e.key, e.action, e.person, e.learning) for e in state.waiting(10).effects]
        assert told == [
            ("464c9e41ed937b639518dc52cccecf61", "enrol", "ann", "F"),
            ("362a49dcc8423dae3f4dde525bec7788", "suspend", "zoë", "F"),
            ("d1988280068c4f11605dd6982d2b9a76", "enrol", "dan", "F"),
            ("b9c3fb46475d0432a5d0137f876343df", "due", "bob", "S"),
            ("25a847f79b6957718036c6dbbdb868c2", "suspend", "zoë", "S"),
            ("197557f98682e039dddeefb92f596f75", "enrol", "dan", "S"),
        ]
        assert len(state.history("zoë")) == 6
        assert state.box().waiting == 0


def test_its_tables_are_todays(place: StatePlace, tmp_path: Path) -> None:
    """To the word: what compares tables for Alembic sees no primary key and no condition of an index. In PostgreSQL
    see below: its first version was the third."""
    anew = StatePlace(tmp_path / "anew.sqlite")
    for _ in range(2):
        for each in (place, anew):
            State.open_alone(each).close()
        assert written_in(place) == written_in(anew)
    assert "message_mail" in written_in(place)
    with sqlite3.connect(place.file) as database:
        assert database.execute("SELECT max(number) FROM version").fetchone() == (tables.VERSION,)


def written_in(place: StatePlace) -> dict[str, str]:
    """The SQL of each table and index."""
    with sqlite3.connect(place.file) as database:
        found = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: " ".join(sql.split()) for name, sql in found}


def test_a_state_of_version_2_with_approvals(place: StatePlace) -> None:
    with State.open_alone(place):
        pass
    with sqlite3.connect(place.file) as database:
        database.execute("INSERT INTO approval VALUES ('digest', 'ann', '2026-11-23 02:00:00')")
        database.execute("DROP TABLE erased")
        database.execute("DELETE FROM version WHERE number > 2")
        database.execute("INSERT OR IGNORE INTO version VALUES (2)")
    with State.open_alone(place) as state:
        assert state.approvals("digest") == {"ann": dt.datetime(2026, 11, 23, 2, tzinfo=dt.UTC)}


def test_a_state_of_version_3_in_postgresql(tmp_path: Path, schema_url: Callable[[str], str]) -> None:
    """Its tables are today's then, and what was there still is."""
    places = [StatePlace(tmp_path / "audql.sqlite", schema_url(name)) for name in ("version_3", "anew")]
    for place in places:
        State.open_alone(place).close()
    with psycopg.connect(places[0].url.replace("+psycopg", "")) as database:
        database.execute("DROP TABLE erased")
        database.execute("UPDATE version SET number = 3")
        database.execute("INSERT INTO person VALUES (0, 'ann')")
    with State.open_to_read(places[0]) as state:
        assert state.people().tolist() == ["ann"]
        assert not state.erased().ids
    assert described(places[0].url) == described(places[1].url)
    assert {table for table, *_ in described(places[0].url)} == set(tables.metadata.tables)


def described(url: str) -> list[tuple[object, ...]]:
    """Each column of each table, and what the keys are."""
    with psycopg.connect(url.replace("+psycopg", "")) as database:
        columns = database.execute(
            "SELECT table_name, column_name, data_type, collation_name, is_nullable FROM information_schema.columns"
            " WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        ).fetchall()
        keys = database.execute(
            "SELECT tablename, replace(indexdef, current_schema(), '') FROM pg_indexes"
            " WHERE schemaname = current_schema() ORDER BY indexdef"
        ).fetchall()
    return [*columns, *sorted(keys)]


def test_not_under_a_run(place: StatePlace) -> None:
    with locked(place), pytest.raises(GuardError):
        State.open_to_read(place)
    with sqlite3.connect(place.file) as database:
        assert database.execute("SELECT max(number) FROM version").fetchone() == (1,)


def test_half_of_it_is_undone(place: StatePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("audql.state.migrations._STEPS", (crash, crash, crash))
        patch.setattr("audql.state.migrations.version_3.upgrade", crash)
        with pytest.raises(KeyboardInterrupt):
            State.open_alone(place)
    test_all_of_it_is_there(place)


def test_alembic_is_left_alone_without_need(tmp_path: Path) -> None:
    script = """if True:
        import sys
        from pathlib import Path
        from audql.state.store import State
        from audql.workspace import StatePlace
        for _ in range(2):
            State.open_alone(StatePlace(Path(sys.argv[1]))).close()
        assert not [name for name in sys.modules if name.partition(".")[0] in ("alembic", "psycopg", "mako")]
        """
    subprocess.run([sys.executable, "-c", script, tmp_path / "state.sqlite"], check=True)
