"""Who is in an audience after a run: rules, lists, and every hold."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from runner_world import DAY, World, audience, hand, member, program, word

from audql import ir
from audql.program import Program
from audql.runner.values import Plan
from audql.syntax.ast import Holding, OnLeaving
from audql.types import Field, Many

TOMORROW = DAY + dt.timedelta(days=1)
YESTERDAY = DAY - dt.timedelta(days=1)
MANY = [f"p{i:02}" for i in range(60)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.people("ann", "bob", "cay", "dan")
    world.engine.who = {"ab": {"ann", "bob"}, "bc": {"bob", "cay"}}
    return world


def codes(planned: Plan) -> list[str]:
    return [d.code for d in planned.held]


def test_rule_list_include_and_exclude(world: World) -> None:
    world.run(
        program(
            audience("Rule", "ab"),
            audience("List", listed=["dan", "nobody"]),
            audience(
                "Both",
                "ab",
                listed=["cay"],
                include=[hand("dan", until=DAY), hand("nobody")],
                exclude=[hand("bob", because="asked"), hand("ann", until=YESTERDAY)],
            ),
            audience("Excluded from the list", listed=["ann"], exclude=[hand("ann")]),
        )
    )
    assert world.members() == {
        "Rule": {"ann", "bob"},
        "List": {"dan"},
        "Both": {"ann", "cay", "dan"},
        "Excluded from the list": set(),
    }


def test_until_is_the_last_day(world: World) -> None:
    script = program(audience("A", include=[hand("ann", until=DAY)]))
    world.run(script)
    assert world.members() == {"A": {"ann"}}
    world.day = TOMORROW
    planned = world.run(script)
    assert [move.reason for a in planned.audiences for move in planned.moves(a.leaves)] == ["is no longer included"]
    assert world.members() == {"A": set()}


def test_reasons_are_told(world: World) -> None:
    script = program(audience("A", "ab", listed=["cay"], include=[hand("dan", until=TOMORROW, because="covers")]))
    first = world.run(script)
    assert {m.person: m.reason for m in first.moves(first.audiences[0].joins)} == {
        "ann": "matches the rule",
        "bob": "matches the rule",
        "cay": "is listed",
        "dan": "is included until 2026-11-24 because covers",
    }
    world.engine.who["ab"] = {"ann"}
    world.people("ann", "bob", "cay")
    second = world.run(program(audience("A", "ab", exclude=[hand("ann", because="asked")])))
    assert {m.person: m.reason for m in second.moves(second.audiences[0].leaves)} == {
        "ann": "is excluded because asked",
        "bob": "no longer matches the rule",
        "cay": "no longer matches the rule",
        "dan": "is no longer in the feed",
    }


def test_member_means_after_this_run_and_after_holds(world: World) -> None:
    def script(holding: Holding | None) -> Program:
        return program(
            audience("A", "ab", holding=holding),
            audience("In A", member("A")),
            audience("Not in A", ir.Not(member("A"))),
        )

    world.run(script(None))
    assert world.members()["In A"] == {"ann", "bob"}
    assert world.members()["Not in A"] == {"cay", "dan"}
    world.engine.who["ab"] = {"cay"}
    world.run(script(Holding.PAUSED))
    assert world.members() == {"A": {"ann", "bob"}, "In A": {"ann", "bob"}, "Not in A": {"cay", "dan"}}


@pytest.mark.parametrize(
    ("holding", "after"),
    [
        (None, {"bob", "cay"}),
        (Holding.PAUSED, {"ann", "bob"}),
        (Holding.ADD_ONLY, {"ann", "bob", "cay"}),
        (Holding.REMOVE_ONLY, {"bob"}),
    ],
)
def test_membership(world: World, holding: Holding | None, after: set[str]) -> None:
    world.run(program(audience("A", "ab")))
    planned = world.run(program(audience("A", "bc", holding=holding)))
    assert world.members() == {"A": after}
    assert planned.status == 0


@pytest.mark.parametrize("holding", [None, *Holding])
def test_who_is_gone_leaves_whatever_holds(world: World, holding: Holding | None) -> None:
    world.run(program(audience("A", "ab"), audience("B", "ab"), audience("C", "ab"), audience("D", "ab")))
    world.people("bob", "cay", "dan")
    world.run(
        program(
            audience("A", "ab", holding=holding),
            audience("B", "ab", active=(None, YESTERDAY)),
            frozen={"C": "AQ201: no field"},
        )
    )
    assert world.members() == {name: {"bob"} for name in "ABCD"}


def test_inactive_is_as_it_was(world: World) -> None:
    world.run(program(audience("Before", "ab", active=(TOMORROW, None)), audience("After", "ab")))
    assert world.members() == {"Before": set(), "After": {"ann", "bob"}}
    world.engine.who["ab"] = {"cay"}
    script = program(
        audience("Before", "ab", active=(TOMORROW, None)), audience("After", "ab", active=(None, YESTERDAY))
    )
    planned = world.run(script)
    assert planned.status == 0
    assert {a.name: a.standing for a in planned.audiences} == {"Before": "inactive", "After": "inactive"}
    assert world.members() == {"Before": set(), "After": {"ann", "bob"}}
    world.day = TOMORROW
    world.run(script)
    assert world.members() == {"Before": {"cay"}, "After": {"ann", "bob"}}


def test_frozen_broken_and_vanished_stay_and_are_told(world: World) -> None:
    world.run(
        program(
            audience("Frozen", "ab"),
            audience("Broken", "ab", file="broken.aud"),
            audience("Vanished", "ab"),
            audience("Fine", "ab"),
        )
    )
    world.engine.who["ab"] = {"cay"}
    planned = world.run(
        program(audience("Fine", "ab"), frozen={"frozen": "AQ201: no field"}, broken=["broken.aud", "other.aud"])
    )
    assert codes(planned) == ["AQ560", "AQ561", "AQ562"]
    assert planned.status == 4
    assert world.members() == {
        "Frozen": {"ann", "bob"},
        "Broken": {"ann", "bob"},
        "Vanished": {"ann", "bob"},
        "Fine": {"cay"},
    }


def test_frozen_before_it_ever_was(world: World) -> None:
    planned = world.run(program(audience("A", member("New")), frozen={"New": "AQ201: no field"}))
    assert codes(planned) == ["AQ560"]
    assert world.members() == {"A": set()}


def test_renamed_keeps_members_and_since(world: World) -> None:
    world.run(program(audience("Old", "ab")))
    world.day = TOMORROW
    planned = world.run(program(audience("New", "ab", was=["Older", "old"])))
    assert [(a.was, a.name, len(a.joins), len(a.leaves)) for a in planned.audiences] == [("Old", "New", 0, 0)]
    assert planned.status == 0
    known = world.state(lambda s: s.read().audiences["new"])
    assert world.since(known.id) == {"ann": DAY, "bob": DAY}


def test_was_does_not_take_an_audience_that_is_still_written(world: World) -> None:
    world.run(program(audience("Old", "ab")))
    world.run(program(audience("New", "bc", was=["Old"]), audience("Old", "ab")))
    assert world.members() == {"New": {"bob", "cay"}, "Old": {"ann", "bob"}}


def test_was_that_comes_too_late_is_told(world: World) -> None:
    world.run(program(audience("Old", "ab")))
    world.run(program(audience("New", "bc")))
    late = audience("New", "bc", was=["Old"])
    planned = world.run(program(late))
    assert codes(planned) == ["AQ562"]
    assert "`was` in `New` counts for nothing" in planned.held[0].message
    assert planned.held[0].hint.startswith('end it with `retire "Old" then keep`')
    assert world.run(program(late, retire={"Old": OnLeaving.KEEP})).status == 0
    assert world.members() == {"New": {"bob", "cay"}}


def test_names_can_be_swapped(world: World) -> None:
    world.run(program(audience("A", "ab"), audience("B", "bc")))
    world.run(program(audience("C", "ab", was=["A"]), audience("A", "bc", was=["B"])))
    assert world.members()["A"] == {"bob", "cay"}


def test_renamed_and_retired_at_once_goes_on_under_its_new_name(world: World) -> None:
    world.run(program(audience("Old", "ab")))
    world.run(program(audience("New", "bc", was=["Old"]), retire={"Old": OnLeaving.UNENROL}))
    assert world.members() == {"New": {"bob", "cay"}}


def test_retired_ends_and_frees_the_name(world: World) -> None:
    world.run(program(audience("A", "ab")))
    planned = world.run(program(retire={"a": OnLeaving.KEEP, "Never was": OnLeaving.KEEP}))
    assert planned.status == 0
    assert world.members() == {}
    world.run(program(audience("A", "bc"), retire={"A": OnLeaving.KEEP}))
    assert world.members() == {"A": {"bob", "cay"}}


def test_too_many_leaves_are_held_whole_and_dependents_follow(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.people(*MANY, "new")
    world.engine.who = {"a": set(MANY), "b": set(MANY[:10])}
    script = program(audience("A", "a"), audience("In A", member("A")), audience("B", "b"))
    world.run(script)
    world.engine.who = {"a": set(MANY[:39]) | {"new"}, "b": {"new"}}
    planned = world.run(script)
    assert codes(planned) == ["AQ563"]
    assert "21 of its 60 members would leave, more than 20" in planned.held[0].message
    assert world.members() == {"A": set(MANY), "In A": set(MANY), "B": {"new"}}
    allowed = world.run(script, "leaves:a")
    assert codes(allowed) == ["AQ563"]
    assert "`In A`" in allowed.held[0].message
    world.run(script, "leaves")
    assert world.members()["In A"] == set(MANY[:39]) | {"new"}


def test_twenty_leaves_are_in_proportion(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.people(*MANY)
    world.engine.who = {"a": set(MANY)}
    script = program(audience("A", "a"))
    world.run(script)
    world.engine.who = {"a": set(MANY[:40])}
    assert world.run(script).status == 0
    assert world.members() == {"A": set(MANY[:40])}


FEW = {f"S{n}": {f"p{n}-{i}" for i in range(20)} for n in range(8)}
"""Eight audiences of 20: as many as one may lose whole."""


def small(tmp_path: Path, more: str = "") -> World:
    """A workspace in which each of them was applied, and one that needs the first, and one of all others."""
    world = World(tmp_path, more=more)
    world.people("new", *(who for people in FEW.values() for who in people))
    world.engine.who = dict(FEW)
    world.run(SMALL)
    return world


SMALL = program(
    *(audience(name, name) for name in FEW),
    audience("In S0", member("S0")),
    audience("Not in S0", ir.And((word("S1"), ir.Not(member("S0"))))),
    audience("New", "new"),
)


def test_small_audiences_that_lose_too_much_together_are_held_and_dependents_follow(tmp_path: Path) -> None:
    world = small(tmp_path)
    before = world.members()
    world.engine.who = {"S7": {*FEW["S7"], "new"}, "new": {"new"}}
    planned = world.run(SMALL)
    assert set(codes(planned)) == {"AQ568"}
    held = {h.audience: h for h in planned.held}
    assert held.keys() == {*FEW, "In S0", "Not in S0"} - {"S7"}
    assert {h.reason for h in planned.held} == {
        "180 of all 200 memberships would end in this run, more than 100",
    }
    assert "`--allow run_leaves` lets all of them through once" in held["S1"].hint
    assert world.members() == {**before, "S7": {*FEW["S7"], "new"}, "New": {"new"}}
    assert world.run(SMALL, "run_leaves").status == 0
    assert world.members() == {**{name: set() for name in before}, "S7": {*FEW["S7"], "new"}, "New": {"new"}}


def test_who_would_leave_for_what_is_held_is_held_too(tmp_path: Path) -> None:
    world = small(tmp_path)
    script = program(*SMALL.audiences, audience("But S0", ir.And((word("x"), ir.Not(member("S0"))))))
    world.engine.who |= {"S0": set(), "x": FEW["S0"]}
    world.run(script)
    assert world.members()["But S0"] == FEW["S0"]
    world.engine.who = {"S0": FEW["S0"], "x": FEW["S0"]}  # so all of the others lose all, and `But S0` too, for S0
    planned = world.run(script)
    assert "But S0" in {h.audience for h in planned.held}
    assert world.members()["But S0"] == world.members()["S0"] == FEW["S0"]


def test_what_is_let_through_of_one_does_not_count_in_all(tmp_path: Path) -> None:
    world = small(tmp_path)
    world.engine.who = {name: set() for name in [*FEW][:7]} | {"S7": FEW["S7"]}
    assert codes(world.plan(SMALL)) == ["AQ568"] * 9
    through = [f"leaves:{name}" for name in ("In S0", "S0", "S2", "S3")]
    assert codes(world.plan(SMALL, *through)) == []
    assert codes(world.plan(SMALL, *through[:3])) == ["AQ568"] * 6
    assert codes(world.plan(SMALL, "leaves")) == []
    assert codes(world.plan(SMALL, "run_lost", "lost", "run")) == ["AQ568"] * 9


def test_a_hundred_leaves_of_one_run_are_in_proportion(tmp_path: Path) -> None:
    world = small(tmp_path)
    world.engine.who |= {name: set() for name in ("S2", "S3", "S4", "S5", "S6")}
    assert world.run(SMALL).status == 0
    assert world.members()["S6"] == set()


def test_the_share_of_leaves_in_all_is_of_memberships_and_the_workspaces(tmp_path: Path) -> None:
    limits = '[holds]\nrun_leaves = { memberships = 0, share = "10 %" }'
    world = small(tmp_path, more=limits)
    world.engine.who["S2"] = set()
    assert codes(world.plan(SMALL)) == []
    world.engine.who["S3"] = FEW["S3"] - {"p3-0"}
    assert codes(world.plan(SMALL)) == ["AQ568"] * 2


def test_who_is_no_longer_in_the_feed_and_what_is_retired_are_no_leaves_of_the_run(tmp_path: Path) -> None:
    world = small(tmp_path)
    world.people("new", *FEW["S0"])
    assert world.run(SMALL).status == 0
    world.people("new", *(who for people in FEW.values() for who in people), allow=["again"])
    world.run(SMALL)
    assert world.run(program(retire=dict.fromkeys(world.members(), OnLeaving.KEEP))).status == 0
    assert world.members() == {}


def test_limits_are_the_workspaces(tmp_path: Path) -> None:
    world = World(tmp_path, more='[holds]\nleaves = { people = 0, share = "0 %" }')
    world.people("ann", "bob")
    world.engine.who = {"a": {"ann", "bob"}}
    script = program(audience("A", "a"))
    world.run(script)
    world.engine.who = {"a": {"ann"}}
    assert codes(world.run(script)) == ["AQ563"]


def test_dropped_manager_links_freeze_who_reads_all_levels(tmp_path: Path) -> None:
    managers = Field("all_managers", Many("person"), closure=("jobs", "manager"), hidden=True)
    upward = ir.Some((ir.Related(0, managers, (), "closure", word("x")),))
    world = World(tmp_path)
    world.people("ann", "bob", jobs="person,manager\nann,bob\nbob,\n")
    world.engine.who = {"ab": {"ann"}}
    world.run(program(audience("Up", "ab"), audience("Plain", "ab")))
    world.people("ann", "bob", jobs="person,manager\nann,bob\nbob,ann\n")
    world.engine.who = {"ab": {"bob"}}
    rule = ir.And((word("ab"), upward))
    planned = world.run(program(audience("Up", rule), audience("Plain", "ab")))
    assert codes(planned) == ["AQ567"]
    assert world.members() == {"Up": {"ann"}, "Plain": {"bob"}}


def test_since_is_the_latest_joining(world: World) -> None:
    script = program(audience("A", "ab"))
    world.run(script)
    world.engine.who["ab"] = {"ann"}
    world.day = TOMORROW
    world.run(script)
    world.engine.who["ab"] = {"ann", "bob"}
    world.day = TOMORROW + dt.timedelta(days=1)
    world.run(script)
    assert world.since(1) == {"ann": DAY, "bob": world.day}
    assert world.members_as_of("a", TOMORROW) == {"ann"}
    assert world.members_as_of("a", DAY) == {"ann", "bob"}
    assert world.members_as_of("a", YESTERDAY) == set()
