"""Runs that do not happen: first, stale, two at once, a state from the future, a target that fails."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from runner_world import AT, DAY, World, audience, course, program

from audql.diagnostics import GuardError, RunError
from audql.runner.run import apply_workspace
from audql.runner.values import Plan
from audql.state import tables
from audql.state.lock import locked
from audql.state.store import State
from audql.state.values import Effect
from audql.targets.target import TargetError

SCRIPT = program(audience("A", "a", gives=[course("S")]))


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.people("ann", "bob")
    world.engine.who = {"a": {"ann"}}
    return world


def test_the_first_apply_is_allowed_by_name(world: World) -> None:
    planned = world.plan(SCRIPT)
    with pytest.raises(GuardError) as stopped:
        world.apply(planned, SCRIPT, allow=())
    assert stopped.value.status == 3
    assert [d.code for d in stopped.value.diagnostics] == ["AQ570"]
    assert world.members() == {}
    world.apply(planned, SCRIPT)
    world.engine.who["a"] = {"bob"}
    world.apply(world.plan(SCRIPT), SCRIPT, allow=())
    assert world.members() == {"A": {"bob"}}


def test_a_plan_is_applied_once(world: World) -> None:
    planned = world.plan(SCRIPT)
    world.apply(planned, SCRIPT)
    with pytest.raises(RunError) as refused:
        world.apply(planned, SCRIPT)
    assert [d.code for d in refused.value.diagnostics] == ["AQ571"]
    assert "another state" in str(refused.value)
    assert len(world.told()) == 1


def test_a_plan_from_anything_else_is_refused(world: World) -> None:
    def refused(planned: Plan) -> list[str]:
        with pytest.raises(RunError) as error:
            world.apply(planned, SCRIPT)
        return [d.message.split(" (")[0] for d in error.value.diagnostics]

    planned = world.plan(SCRIPT)
    basis = planned.basis
    for other_basis, what in (
        (replace(basis, snapshot="x"), "snapshot"),
        (replace(basis, program="x"), "program"),
        (replace(basis, zone="UTC"), "zone"),
    ):
        assert refused(replace(planned, basis=other_basis)) == [f"the plan was made from another {what}"]
    yesterday = DAY - dt.timedelta(days=1)
    other = replace(planned, basis=replace(planned.basis, day=yesterday))
    assert refused(other) == [f"the plan is as of {yesterday}, and it is to be applied as of {DAY}"]
    world.people("ann", "bob", "cay")
    assert refused(planned) == ["the plan was made from another snapshot"]
    assert world.members() == {}


def test_an_empty_plan_is_applied_and_moves_nothing(world: World) -> None:
    world.run(SCRIPT)
    before, enrolments = world.state(State.read), world.enrolments()
    world.run(SCRIPT)
    world.run(SCRIPT)
    after = world.state(State.read)
    assert (after.version, after.audiences, world.enrolments()) == (before.version, before.audiences, enrolments)
    assert [run.version for run in world.state(State.runs)] == [1, 1, 1]


def test_a_second_run_says_so_and_stops(world: World) -> None:
    planned = world.plan(SCRIPT)
    with locked(world.workspace.state):
        for verb in (lambda: world.apply(planned, SCRIPT), world.sync):
            with pytest.raises(GuardError) as stopped:
                verb()
            assert [d.code for d in stopped.value.diagnostics] == ["AQ540"]
        assert world.plan(SCRIPT) == planned
    world.apply(planned, SCRIPT)


def test_a_state_from_the_future_is_left_alone(world: World) -> None:
    world.run(SCRIPT)
    file = world.workspace.state.file
    with sqlite3.connect(file) as connection:
        connection.execute("INSERT INTO version VALUES (?)", (tables.VERSION + 1,))
    connection.close()
    with pytest.raises(RunError) as refused:
        State.open_alone(world.workspace.state)
    assert [d.code for d in refused.value.diagnostics] == ["AQ541"]


def test_a_file_that_is_no_state(world: World) -> None:
    file = world.workspace.state.file
    file.write_text("not a database, and long enough to be read as the head of one" * 50)
    with pytest.raises(RunError) as refused:
        State.open_alone(world.workspace.state)
    assert [d.code for d in refused.value.diagnostics] == ["AQ542"]


def test_what_the_target_could_not_be_told_waits(world: World) -> None:
    out = world.root / "out"
    out.write_text("a file where a folder should be")
    outcome = world.apply(world.plan(SCRIPT), SCRIPT)
    assert (outcome.told, outcome.status, [d.code for d in outcome.undelivered]) == (0, 4, ["AQ572"])
    assert world.enrolments()["ann", "S"].status == "wanted"
    out.unlink()
    outcome = world.apply(world.plan(SCRIPT), SCRIPT)
    assert (outcome.told, outcome.status) == (1, 0)
    assert world.enrolments()["ann", "S"].status == "confirmed"
    assert world.told() == [("enrol", "ann", "S", "")]


def test_what_was_told_before_a_failure_counts(world: World) -> None:
    taken: list[str] = []

    class Target:
        batch = 1

        def deliver(self, effects: Sequence[Effect]) -> None:
            if taken:
                raise TargetError("lms", "timeout")
            taken.extend(effect.person for effect in effects)

    world.engine.who = {"a": {"ann", "bob"}}
    planned = world.plan(SCRIPT)
    workspace = world.workspace
    with State.open_alone(workspace.state) as state:
        outcome = apply_workspace(
            workspace, state, planned, SCRIPT, as_of=world.day, at=AT, allow=["first"], target=Target()
        )
    assert (outcome.told, taken, [d.code for d in outcome.undelivered]) == (1, ["ann"], ["AQ572"])


def test_without_a_target_it_waits(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.people("ann")
    world.engine.who = {"a": {"ann"}}
    config = world.root / "audql.toml"
    config.write_text(config.read_text().replace("[targets.file]", "").replace('path = "out/changes.csv"', ""))
    assert world.apply(world.plan(SCRIPT), SCRIPT).told == 0
    assert [e.action for e in world.state(lambda state: state.waiting(9)).effects] == ["enrol"]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE audience SET members = x'00ff'",
        "UPDATE audience SET gives = '['",
        "UPDATE audience SET gives = '[[1, 2, 3, 4]]'",
        "UPDATE audience SET on_leaving = 'explode'",
        "UPDATE learning SET ledger = x'0102'",
        "DROP TABLE audience",
    ],
)
def test_what_a_state_holds_is_damaged(world: World, damage: str) -> None:
    world.run(SCRIPT)
    with sqlite3.connect(world.workspace.state.file) as database:
        database.execute(damage)
    with pytest.raises(RunError) as refused:
        world.plan(SCRIPT)
    assert [d.code for d in refused.value.diagnostics] == ["AQ542"]


def test_what_waits_for_nobody(world: World) -> None:
    (world.root / "out").write_text("no folder: nothing can be told")
    world.run(SCRIPT)
    with sqlite3.connect(world.workspace.state.file) as database:
        database.execute("UPDATE outbox SET person = 99")
    with pytest.raises(RunError) as refused:
        world.state(lambda state: state.waiting(9))
    assert [d.code for d in refused.value.diagnostics] == ["AQ542"]


def test_a_state_that_cannot_be_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run(SCRIPT)
    world.engine.who = {"a": {"ann", "bob"}}
    planned = world.plan(SCRIPT)

    def full(*_: object) -> None:  # when the run's row is written already
        raise sa.exc.OperationalError("INSERT", None, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr("audql.state.writing.write_audiences", full)
    with pytest.raises(RunError) as refused:
        world.apply(planned, SCRIPT)
    assert [d.code for d in refused.value.diagnostics] == ["AQ606"]
    assert world.members() == {"A": {"ann"}}
