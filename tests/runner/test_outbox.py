"""What waits to be told has the keys that it always had: others would be told twice."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest
from runner_world import World, after_joining, audience, course, program

from audql.diagnostics import RunError
from audql.plugins import BATCH, Setup
from audql.runner.apply import deliver
from audql.state.store import State
from audql.state.values import Effect
from audql.targets.choosing import PluginTarget
from audql.targets.target import TargetError

pytest_plugins = ("databases",)
pytestmark = pytest.mark.usefixtures("either_database")


class Noting:
    """A target that remembers what it was told, and fails at the call of that number."""

    batch = 2

    def __init__(self, fails_at: int = 0) -> None:
        self.calls: list[list[Effect]] = []
        self.fails_at = fails_at

    def deliver(self, effects: object) -> None:
        assert isinstance(effects, list)
        if len(self.calls) + 1 == self.fails_at:
            raise TargetError("noting", "it fails")
        self.calls.append(effects)


def start(root: Path) -> World:
    world = World(root)
    world.feed(people='id\nzoë\n"a ""b"""\ncay\n', learning='id\nS\n"F, 1"\n')
    world.sync()
    world.engine.who = {"a": {"zoë", 'a "b"', "cay"}}
    return world


def test_keys(tmp_path: Path) -> None:
    world = start(tmp_path)
    (tmp_path / "out").write_text("no folder: nothing can be told")
    for days in (3, 2):
        script = program(audience("A", "a", gives=[course("S", after_joining(days)), course("F, 1")]))
        world.run(script)
    effects = world.state(lambda state: list(state.waiting(100).effects))
    assert [(e.action, e.person, e.learning) for e in effects] == [
        *(("enrol", who, learning) for learning in ("F, 1", "S") for who in ('a "b"', "cay", "zoë")),
        *(("due", who, "S") for who in ('a "b"', "cay", "zoë")),
    ]
    for e in effects:
        again = ["1"] if e.action == "due" else []
        parts = ["enrolment", e.action, e.person, e.kind, e.learning, world.day.isoformat(), str(e.spell), *again]
        assert e.key == hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    assert {e.due for e in effects if e.action == "due"} == {world.day + dt.timedelta(2)}


@pytest.mark.parametrize(
    "damage",
    [
        ["DELETE FROM enrolment WHERE person = 1"],
        ["UPDATE enrolment SET person = 99 WHERE person = 1", "UPDATE outbox SET person = 99 WHERE person = 1"],
        ["UPDATE outbox SET run = 99"],
    ],
    ids=["enrolment", "person", "run"],
)
def test_what_waits_of_nothing_stops_before_anything_is_told(tmp_path: Path, damage: list[str]) -> None:
    world = start(tmp_path)
    (tmp_path / "out").write_text("no folder: nothing can be told")
    world.run(program(audience("A", "a", gives=[course("S")])))
    with State.open_alone(world.workspace.state) as state, state._engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        for statement in damage:
            connection.exec_driver_sql(statement)
        connection.commit()
    told = Noting()
    with pytest.raises(RunError) as damaged:
        world.state(lambda state: deliver(state, told))
    assert [d.code for d in damaged.value.diagnostics] == ["AQ542"]
    assert "of its outbox is of" in damaged.value.diagnostics[0].message
    assert not told.calls
    assert world.state(lambda state: state.count_waiting()) == 3


def test_nothing_that_was_told_takes_nothing_away(tmp_path: Path) -> None:
    world = start(tmp_path)
    (tmp_path / "out").write_text("no folder: nothing can be told")
    world.run(program(audience("A", "a", gives=[course("S")])))
    with State.open_alone(world.workspace.state) as state:
        nothing = state.waiting(10, after=99)
        assert not nothing.effects
        state.delivered(nothing)
        assert state.count_waiting() == 3


def test_in_batches_until_it_fails(tmp_path: Path) -> None:
    world = start(tmp_path)
    (tmp_path / "out").write_text("no folder: nothing can be told")
    world.run(program(audience("A", "a", gives=[course("S"), course("F, 1")])))
    with State.open_alone(world.workspace.state) as state:
        failing, rest = Noting(3), Noting()
        told, problems = deliver(state, failing)
        assert (told, [d.code for d in problems], state.count_waiting()) == (4, ["AQ572"], 2)
        assert deliver(state, rest) == (2, ())
        assert state.count_waiting() == 0
    keys = [e.key for call in (*failing.calls, *rest.calls) for e in call]
    assert len(set(keys)) == len(keys) == 6
    assert {e.status for e in world.enrolments().values()} == {"confirmed"}


def test_how_many_at_once_a_plugin_says() -> None:
    class Few:
        name, batch = "few", 3

        def deliver(self, effects: object, setup: object) -> None:
            pass

    class Any:
        name = "any"
        deliver = Few.deliver

    assert [PluginTarget(one, Setup(Path(), {})).batch for one in (Few(), Any())] == [3, BATCH]
