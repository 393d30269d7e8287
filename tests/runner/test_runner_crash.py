"""A crash before or after any durable write leaves the before or the after, and the next run reaches the same end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from runner_world import World, after_joining, audience, course, program

from audql.snapshot import durable
from audql.snapshot.store import current_name
from audql.state.store import State
from audql.syntax.ast import OnLeaving

pytest_plugins = ("databases",)


SCRIPT = program(
    audience("A", "a", gives=[course("S", after_joining(3))], leaving=OnLeaving.UNENROL),
    audience("B", "b", gives=[course("S"), course("F")], leaving=OnLeaving.SUSPEND),
)


OF_STATE = ("transaction", "commit", "receipt")
"""Steps at which the database comes in; to files it makes no difference."""


class Crash(BaseException):
    """Nothing may catch it."""


def start(root: Path) -> World:
    world = World(root)
    world.people("ann", "bob", "cay")
    world.engine.who = {"a": {"ann", "bob"}, "b": {"bob"}}
    world.run(SCRIPT)
    world.feed(people="id,city\nann,Rome\ncay,\ndan,\n", learning="id\nS\nF\n")
    world.engine.who = {"a": {"cay"}, "b": {"ann", "dan"}}
    return world


def night(world: World) -> None:
    world.sync("headcount")
    world.run(SCRIPT)


def end_of(world: World) -> object:
    state = world.state(State.read)
    since = {a.name: world.since(a.id) for a in state.audiences.values()}
    return world.members(), since, world.enrolments(), world.told(), current_name(world.workspace.snapshots)


def steps_of(run: Callable[[], None], monkeypatch: pytest.MonkeyPatch, crash_at: int) -> list[str]:
    """Runs with a crash at that step, counted from 1; the steps that there were."""
    seen: list[str] = []

    def step(name: str) -> None:
        seen.append(name)
        if len(seen) == crash_at:
            raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(durable, "step", step)
        try:
            run()
        except Crash:
            assert len(seen) == crash_at
    return seen


def test_every_step(tmp_path: Path, either_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = start(tmp_path / "undisturbed")
    steps = steps_of(lambda: night(undisturbed), monkeypatch, 0)
    assert len(steps) >= 12
    wanted = end_of(undisturbed)
    for crash_at in range(1, len(steps) + 1):
        if either_database == "postgresql" and not steps[crash_at - 1].endswith(OF_STATE):
            continue
        world = start(tmp_path / str(crash_at))
        before = world.members()
        assert steps_of(lambda w=world: night(w), monkeypatch, crash_at)[-1] == steps[crash_at - 1]  # type: ignore[misc]
        assert world.members() in (before, {"A": {"cay"}, "B": {"ann", "dan"}})
        night(world)
        assert end_of(world) == wanted, steps[crash_at - 1]
        night(world)
        assert end_of(world) == wanted
        assert not list(world.root.rglob("*.tmp"))


def test_two_crashes_in_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = start(tmp_path / "undisturbed")
    steps = steps_of(lambda: night(undisturbed), monkeypatch, 0)
    for crash_at in range(2, len(steps) + 1, 3):
        world = start(tmp_path / str(crash_at))
        steps_of(lambda w=world: night(w), monkeypatch, crash_at)  # type: ignore[misc]
        steps_of(lambda w=world: night(w), monkeypatch, 3)  # type: ignore[misc]
        night(world)
        assert end_of(world) == end_of(undisturbed)
