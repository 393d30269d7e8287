"""Feed to changes file, end to end, in the thinnest way."""

from __future__ import annotations

from pathlib import Path

from runner_world import World, after_joining, audience, course, program

from audql.syntax.ast import OnLeaving


def test_from_feed_to_file(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.people("ann", "bob", "cay", learning="id,name\nS1,Safety\n")
    world.engine.who = {"shop": {"ann", "bob"}}
    script = program(
        audience("Shop", "shop", gives=[course("S1", after_joining(30))], leaving=OnLeaving.UNENROL),
    )
    first = world.run(script)
    assert first.first
    assert first.status == 0
    assert world.members() == {"Shop": {"ann", "bob"}}
    assert world.told() == [("enrol", "ann", "S1", "2026-12-23"), ("enrol", "bob", "S1", "2026-12-23")]

    assert world.plan(script).is_empty
    world.run(script)
    assert len(world.told()) == 2

    world.engine.who = {"shop": {"bob", "cay"}}
    world.run(script)
    assert world.members() == {"Shop": {"bob", "cay"}}
    assert world.told()[2:] == [("unenrol", "ann", "S1", "2026-12-23"), ("enrol", "cay", "S1", "2026-12-23")]
    assert {e.status for e in world.enrolments().values()} == {"confirmed"}
