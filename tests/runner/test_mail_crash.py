"""A crash before or after any durable write of a night with mails: each goes out, and only the one in doubt twice."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runner_world import World, after_joining, audience, course, notify, program
from sampling import examples
from test_alerts import at, feed, night, world_of
from test_runner_crash import steps_of

from audql.mail.letter import Letter
from audql.syntax.ast import MomentKind, Unit

SCRIPT = program(
    audience(
        "Shop",
        "shop",
        gives=[course("S", after_joining(1))],
        alerts=[
            notify("learner", "manager", on=MomentKind.JOINING),
            notify("learner", on=MomentKind.LEAVING),
            notify("learner", on=MomentKind.WHILE_OVERDUE, count=1, unit=Unit.DAY),
        ],
    )
)


class Post:
    """A way out that remembers what it was given."""

    name = "post"

    def __init__(self) -> None:
        self.keys: list[str] = []

    def __enter__(self) -> Post:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, letter: Letter, meanwhile: object = None) -> None:
        self.keys.append(letter.key)


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    found = Post()
    monkeypatch.setattr("audql.runner.mailing.way_of", lambda *_: found)
    return found


def start(root: Path) -> World:
    world = world_of(root)
    feed(world, "ann", "bob", "cay", "dee", jobs="ann>dee cay>dee")
    world.engine.who = {"shop": {"bob"}}
    night(world, SCRIPT)
    at(world, 2)
    world.engine.who = {"shop": {"ann", "bob", "cay"}}
    return world


def one(world: World) -> None:
    night(world, SCRIPT)


def test_every_step(tmp_path: Path, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = start(tmp_path / "undisturbed")
    steps = steps_of(partial(one, undisturbed), monkeypatch, 0)
    wanted = Counter(post.keys)
    assert sorted(wanted.values()) == [1, 1, 1, 1]
    for crash_at in range(1, len(steps) + 1):
        world = start(tmp_path / str(crash_at))
        post.keys.clear()
        steps_of(partial(one, world), monkeypatch, crash_at)
        night(world, SCRIPT)
        night(world, SCRIPT)
        found = Counter(post.keys)
        assert found.keys() == wanted.keys(), steps[crash_at - 1]
        doubtful = steps[crash_at - 1] in ("after the mail", "before the mail's receipt")
        assert sum(found.values()) == 4 + doubtful, steps[crash_at - 1]


who = st.sets(st.sampled_from(["ann", "bob", "cay"]))
Nights = list[tuple[int, set[str], set[str], tuple[str, ...]]]
nights = st.lists(st.tuples(st.integers(1, 4), who, who, st.sampled_from([(), ("mails",)])), min_size=2, max_size=6)


@examples(15)
@given(nights)
def test_no_message_twice(tmp_path_factory: pytest.TempPathFactory, all_nights: Nights) -> None:
    world = world_of(tmp_path_factory.mktemp("nights"), "[holds]\nmails = { mails = 2, share = 0 }\n")
    found = Post()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audql.runner.mailing.way_of", lambda *_: found)
        day = 0
        for days, there, finished, allow in all_nights:
            day += days
            at(world, day)
            feed(world, "ann", "bob", "cay", "dee", jobs="ann>dee", completions=" ".join(finished))
            world.engine.who = {"shop": there}
            night(world, SCRIPT, "leaves", "lost", *allow)
            told = list(found.keys)
            assert not world.plan(SCRIPT, "leaves", "lost", *allow).alerts.messages or "mails" in allow
            night(world, SCRIPT, "leaves", "lost")
            assert found.keys == told
    assert len(found.keys) == len(set(found.keys))
