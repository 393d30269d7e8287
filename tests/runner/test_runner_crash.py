"""A crash before or after any durable write leaves the before or the after, and the next run reaches the same end."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
from runner_world import DAY, World, after_joining, audience, course, program

from audql.diagnostics import RunError
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


AS_OF_FULL_FEEDS = ("before ", "after people-", "after jobs-", "after history")
"""Steps before and at which deltas are as full feeds are: what is half done is undone by both."""


class Crash(BaseException):
    """Nothing may catch it."""


Act = Callable[[World], None]
"""What someone, or the clock, starts; and starts again where it was cut off."""


# --- full feeds -------------------------------------------------------------------------------------------------------


def start(world: World) -> None:
    world.people("ann", "bob", "cay")
    world.engine.who = {"a": {"ann", "bob"}, "b": {"bob"}}
    world.run(SCRIPT)
    world.feed(people="id,city\nann,Rome\ncay,\ndan,\n", learning="id\nS\nF\n")
    world.engine.who = {"a": {"cay"}, "b": {"ann", "dan"}}


def night(world: World) -> None:
    world.sync("headcount")
    world.run(SCRIPT)


# --- deltas -----------------------------------------------------------------------------------------------------------

PEOPLE, JOBS = "id,city,hired,from,gone\n", "person,id_number,title\n"


def start_with_deltas(world: World) -> None:
    world.of_elements = {"people": 'delta = true\ndeleted = "gone"\neffective = "from"\n', "jobs": "delta = true\n"}
    world.more = "[approval]\nover = 10\n"
    feed(world, "ann,Rome,,,\nbob,,,,\ncay,,,,\neve,,,,\n", "ann,j1,Clerk\nbob,j2,Clerk\n")
    world.sync()
    world.engine.who = {
        "a": {"ann", "dan", "fay", "gus", "hal", "ida", "jim"},
        "b": {"bob", "eve", "fay", "kit", "lea"},
    }
    world.run(SCRIPT)
    # Someone leaves, someone comes, someone comes on Monday, and whoever else comes cannot be read.
    people = "bob,,,,yes\ngus,Oslo,,,\nann,Bonn,,2026-11-30,\ndan,,,2026-11-30,\nfay,Bern,soon,,\n"
    feed(world, people, "ann,j1,Head\ndan,j3,Clerk\nfay,j4,Clerk\n")


def feed(world: World, people: str, jobs: str) -> None:
    world.feed(people=PEOPLE + people, jobs=JOBS + jobs, learning="id\nS\nF\n")


def delta(world: World) -> None:
    world.sync()
    world.run(SCRIPT)


def corrected(world: World) -> None:
    aside = world.root / "state" / "quarantine" / "people.csv"
    if aside.exists():
        aside.write_text(aside.read_text("utf-8").replace(",soon,", ",2026-11-02,"), "utf-8")
        with suppress(
            RunError
        ):  # where all was done but for the files, these come first, and nothing is left to correct
            world.sync(corrected=True)
    world.run(SCRIPT)


def approved(world: World) -> None:
    feed(world, "hal,,,,\nida,,,,\njim,,,,\nkit,,,,\nlea,,,,\neve,,,2026-11-30,yes\n", "")
    world.sync()
    world.run_approved(SCRIPT)


def monday(world: World) -> None:
    world.day = DAY + dt.timedelta(days=7)
    feed(world, "", "")
    delta(world)


NIGHTS: dict[str, Sequence[Act]] = {
    "full feeds": (start, night),
    "a delta": (start_with_deltas, delta),
    "a correction": (start_with_deltas, delta, corrected),
    "an approval": (start_with_deltas, approved),
    "what waited": (start_with_deltas, delta, corrected, approved, monday),
}
"""The last of these acts is the one that crashes."""


def end_of(world: World) -> object:
    state = world.state(State.read)
    since = {a.name: world.since(a.id) for a in state.audiences.values()}
    beside = sorted((world.root / "state").glob("*/*.csv"))
    return (
        world.members(),
        since,
        world.enrolments(),
        world.told(),
        world.state(State.count_waiting),
        current_name(world.workspace.snapshots),
        {path.name: path.read_text("utf-8") for path in beside},
    )


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


class Worlds:
    """As many as are wanted, each after the same acts; where the state is in a file, copies of one."""

    def __init__(self, root: Path, acts: Sequence[Act], *, copied: bool) -> None:
        self._root, self._acts, self._copied = root, acts, copied
        self._first = self._made("first")

    def _made(self, name: str) -> World:
        world = World(self._root / name)
        for act in self._acts:
            act(world)
        return world

    def new(self, name: str) -> World:
        if not self._copied:
            return self._made(name)
        root = self._root / name
        shutil.copytree(self._first.root, root)
        return replace(self._first, root=root, engine=deepcopy(self._first.engine))


@pytest.mark.parametrize(
    ("name", "either_database"),
    [*((name, "sqlite") for name in NIGHTS), ("full feeds", "postgresql"), ("an approval", "postgresql")],
    indirect=["either_database"],
)
def test_every_step(name: str, tmp_path: Path, either_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    *before_it, act = NIGHTS[name]
    worlds = Worlds(tmp_path, before_it, copied=either_database == "sqlite")
    undisturbed = worlds.new("undisturbed")
    before = undisturbed.members()
    steps = steps_of(lambda: act(undisturbed), monkeypatch, 0)
    assert len(steps) >= 12
    wanted, after = end_of(undisturbed), undisturbed.members()
    assert before != after
    act(undisturbed)
    assert end_of(undisturbed) == wanted
    for crash_at, step in enumerate(steps, 1):
        if either_database == "postgresql" and not step.endswith(OF_STATE):
            continue
        if name != "full feeds" and step.startswith(AS_OF_FULL_FEEDS):
            continue
        world = worlds.new(str(crash_at))
        assert steps_of(lambda w=world: act(w), monkeypatch, crash_at)[-1] == step  # type: ignore[misc]
        assert world.members() in (before, after)
        act(world)
        assert end_of(world) == wanted, step
        assert not list(world.root.rglob("*.tmp"))


def test_two_crashes_in_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = Worlds(tmp_path, [start], copied=True)
    undisturbed = worlds.new("undisturbed")
    steps = steps_of(lambda: night(undisturbed), monkeypatch, 0)
    for crash_at in range(2, len(steps) + 1, 3):
        world = worlds.new(str(crash_at))
        steps_of(lambda w=world: night(w), monkeypatch, crash_at)  # type: ignore[misc]
        steps_of(lambda w=world: night(w), monkeypatch, 3)  # type: ignore[misc]
        night(world)
        assert end_of(world) == end_of(undisturbed)
