"""Whoever reads while a run is applied sees all of before or all of after."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from runner_world import World, audience, course, program

from audql.engines.days import Days
from audql.operations.asking import members
from audql.snapshot import durable
from audql.state.store import State
from audql.syntax.ast import OnLeaving

pytest_plugins = ("databases",)

SCRIPT = program(audience("A", "a", gives=[course("S")], leaving=OnLeaving.UNENROL))
ALLOW = ("leaves", "lost", "run")
OLD, NEW = [f"o{n}" for n in range(1000)], [f"n{n}" for n in range(3000)]


@pytest.fixture
def world(tmp_path: Path, either_database: str) -> World:
    """After a run, and before one in which others are members."""
    world = World(tmp_path)
    world.people(*OLD, *NEW)
    world.engine.who = {"a": {*OLD}}
    world.run(SCRIPT, *ALLOW)
    world.engine.who = {"a": {*NEW}}
    return world


def seen(state: State) -> tuple[int, int, int, int]:
    """The runs, the members, and who is enrolled by ledger and by row; of these none is read with another."""
    remembered = state.read()
    rows = sum(spell.ended is None for spell in state.enrolments())
    ledger = remembered.ledgers["course", "S"].open()
    return len(state.runs()), len(state.ids(remembered.audiences["a"].members)), len(ledger), rows


def test_all_of_before_or_all_of_after(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    place, found, at_ease, done = world.workspace.state, [], threading.Event(), threading.Event()

    def read_on() -> None:
        while True:
            last = done.is_set()
            with State.open_to_read(place) as state:
                found.append(seen(state))
            at_ease.set()
            if last:
                return

    def step(name: str) -> None:
        if name in ("before the transaction", "before the commit"):
            at_ease.clear()
            assert at_ease.wait(20)  # a reader gets through while all is written, and nothing is kept yet

    reader = threading.Thread(target=read_on)
    reader.start()
    try:
        planned = world.plan(SCRIPT, *ALLOW)
        monkeypatch.setattr(durable, "step", step)
        world.apply(planned, SCRIPT)
    finally:
        done.set()
        reader.join(60)
    before, after = (1, 1000, 1000, 1000), (2, 3000, 3000, 3000)
    assert found == sorted(found)
    assert set(found) == {before, after}


def test_a_run_between_two_looks_of_one_reader(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = world.plan(SCRIPT, *ALLOW)
    since = State.since

    def after_a_run(state: State, audience: int) -> Days:
        monkeypatch.undo()
        world.apply(planned, SCRIPT)
        return since(state, audience)

    monkeypatch.setattr(State, "since", after_a_run)
    assert len(members("A", folder=world.root).members) == 1000
    assert len(members("A", folder=world.root).members) == 3000
