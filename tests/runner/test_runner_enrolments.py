"""What people gain and lose: reasons, due days, spells, and what is not ours to touch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest
from runner_world import DAY, World, after_joining, audience, course, program

from audql import ir
from audql.program import Assignment, Audience, Due, Program
from audql.syntax.ast import Holding, OnLeaving, Unit
from audql.types import Scalar

LEARNING = "id,name,kind\nS,Safety,course\nF,Fire,course\nI,Induction,programme\n"
HIRED = ir.Field(0, (), Scalar.DATE)
MANY = [f"p{i:02}" for i in range(60)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    feed(world)
    world.engine.who = {"ab": {"ann", "bob"}, "a": {"ann"}, "S": {"ann", "bob"}}
    return world


def feed(world: World, *people: str, **tables: str) -> None:
    world.people(*(people or ("ann", "bob", "cay")), **{"learning": LEARNING, **tables})


def day(count: int) -> dt.date:
    return DAY + dt.timedelta(days=count)


def one(leaving: OnLeaving = OnLeaving.KEEP, gives: Collection[Assignment] = (course("S"),)) -> Program:
    return program(audience("A", "a", gives=gives, leaving=leaving))


@pytest.mark.parametrize(
    ("due", "days"),
    [
        (None, ""),
        (Due(dt.date(2027, 1, 31)), "2027-01-31"),
        (after_joining(30), "2026-12-23"),
        (Due(None, 2, Unit.WEEK), "2026-12-07"),
        (Due(None, 3, Unit.MONTH), "2027-02-23"),
        (Due(None, 1, Unit.QUARTER), "2027-02-23"),
        (Due(None, 1, Unit.YEAR), "2027-11-23"),
        (Due(None, 1, Unit.MONTH, HIRED), "2026-02-28"),
        (Due(None, -7, Unit.DAY, HIRED), "2026-01-24"),
    ],
)
def test_due(world: World, due: Due | None, days: str) -> None:
    world.engine.days = {"ann": dt.date(2026, 1, 31)}
    world.run(one(gives=[course("S", due, role="learner")]))
    assert world.told() == [("enrol", "ann", "S", days)]
    assert world.enrolments()["ann", "S"].role == "learner"


def test_due_from_a_date_that_someone_lacks(world: World) -> None:
    world.run(one(gives=[course("S", Due(None, 1, Unit.MONTH, HIRED))]))
    assert world.told() == [("enrol", "ann", "S", "")]


def test_once_for_all_reasons_with_the_earliest_due(world: World) -> None:
    world.run(
        program(
            audience("A", "ab", gives=[course("S", after_joining(30)), course("S", after_joining(20))]),
            audience("B", "a", gives=[course("S", after_joining(10))]),
            audience("C", "a", gives=[course("S")]),
        )
    )
    assert world.told() == [("enrol", "ann", "S", str(day(10))), ("enrol", "bob", "S", str(day(20)))]


def test_ends_only_with_the_last_reason_and_as_that_one_says(world: World) -> None:
    def script(first: str, second: str) -> Program:
        return program(
            audience("A", first, gives=[course("S")], leaving=OnLeaving.UNENROL),
            audience("B", second, gives=[course("S")], leaving=OnLeaving.SUSPEND),
        )

    world.run(script("a", "a"))
    world.run(script("none", "a"))
    assert len(world.told()) == 1
    world.run(script("none", "none"))
    assert world.told()[1:] == [("suspend", "ann", "S", "")]


def test_of_reasons_that_end_at_once_the_gentlest_counts(world: World) -> None:
    def script(rule: str) -> Program:
        return program(
            audience("A", rule, gives=[course("S")], leaving=OnLeaving.UNENROL),
            audience("B", rule, gives=[course("S")], leaving=OnLeaving.SUSPEND),
        )

    world.run(script("a"))
    world.run(script("none"))
    assert world.told()[1:] == [("suspend", "ann", "S", "")]


@pytest.mark.parametrize(
    ("leaving", "told", "back"),
    [
        (OnLeaving.KEEP, [], "enrol"),
        (OnLeaving.SUSPEND, ["suspend"], "resume"),
        (OnLeaving.UNENROL, ["unenrol"], "enrol"),
    ],
)
def test_who_comes_back_starts_a_new_spell(world: World, leaving: OnLeaving, told: list[str], back: str) -> None:
    script = one(leaving, [course("S", after_joining(30))])
    world.run(script)
    world.engine.who["a"] = set()
    world.run(script)
    assert [row[0] for row in world.told()[1:]] == told
    world.day = day(5)
    world.engine.who["a"] = {"ann"}
    world.run(script)
    assert world.told()[-1] == (back, "ann", "S", str(day(35)))
    assert world.enrolments()["ann", "S"].spell == 2


def test_back_on_the_same_day_is_told_again(world: World) -> None:
    script = one(OnLeaving.UNENROL)
    for rule in ({"ann"}, set(), {"ann"}, set()):
        world.engine.who["a"] = rule
        world.run(script)
    assert [row[0] for row in world.told()] == ["enrol", "unenrol", "enrol", "unenrol"]


def test_a_new_reason_moves_the_due_day_and_its_end_moves_it_back(world: World) -> None:
    def script(second: str) -> Program:
        return program(
            audience("A", "a", gives=[course("S", after_joining(30))]),
            audience("B", second, gives=[course("S", after_joining(10))]),
        )

    for rule in ("none", "a", "none", "a"):
        world.run(script(rule))
    assert [row[0] for row in world.told()] == ["enrol", "due", "due", "due"]
    assert [row[3] for row in world.told()] == [str(day(n)) for n in (30, 10, 30, 10)]


def test_joining_counts_from_the_assignment_where_that_is_later(world: World) -> None:
    world.run(one(gives=[]))
    world.day = day(100)
    world.run(one(gives=[course("S", after_joining(30))]))
    assert world.told() == [("enrol", "ann", "S", str(day(130)))]


def test_an_assignment_taken_out_of_the_script_ends(world: World) -> None:
    world.run(one(OnLeaving.UNENROL, [course("S"), course("F")]))
    world.run(one(OnLeaving.UNENROL, [course("F")]))
    assert world.told()[2:] == [("unenrol", "ann", "S", "")]


def test_who_leaves_the_feed_loses_it(world: World) -> None:
    world.run(one(OnLeaving.SUSPEND))
    feed(world, "bob")
    world.run(one(OnLeaving.SUSPEND))
    assert world.told()[1:] == [("suspend", "ann", "S", "")]


def test_retire_acts_as_it_says(world: World) -> None:
    world.run(one(OnLeaving.KEEP))
    world.run(program(retire={"A": OnLeaving.UNENROL}))
    assert world.told()[1:] == [("unenrol", "ann", "S", "")]


@pytest.mark.parametrize("script", [program(), program(frozen={"A": "AQ201"}), program(broken=["main.aud"])])
def test_what_is_frozen_neither_gives_nor_takes(world: World, script: Program) -> None:
    world.run(one(OnLeaving.UNENROL, [course("S", after_joining(30))]))
    world.day = day(3)
    planned = world.run(script)
    assert planned.changes == ()
    assert len(world.told()) == 1


def test_paused_still_follows_its_script(world: World) -> None:
    world.run(one())
    world.run(program(audience("A", "none", holding=Holding.PAUSED, gives=[course("S"), course("F")])))
    assert world.told()[1:] == [("enrol", "ann", "F", "")]


# --- completed --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leaving", list(OnLeaving))
@pytest.mark.parametrize(
    "tables",
    [
        {"completions": "person,learning,completed\nann,Safety,2026-11-24\n"},
        {"completions": "person,learning\nann,S\n"},
        {"enrolments": "person,learning,status\nann,S,completed\n"},
    ],
)
def test_completed_is_closed(world: World, leaving: OnLeaving, tables: dict[str, str]) -> None:
    world.run(one(leaving, [course("S", after_joining(30))]))
    feed(world, **tables)
    planned = world.run(one(leaving, [course("S", after_joining(10))]))
    assert [change.change for change in planned.enrolments()] == ["complete"]
    world.run(program(audience("A", "none")))
    assert len(world.told()) == 1
    assert world.enrolments()["ann", "S"].completed


def test_completed_and_left_on_one_day_is_closed(world: World) -> None:
    world.run(one(OnLeaving.UNENROL))
    feed(world, completions="person,learning,completed\nann,S,2026-11-24\n")
    world.run(program(audience("A", "none", gives=[course("S")], leaving=OnLeaving.UNENROL)))
    assert len(world.told()) == 1


def test_completed_before_joining_counts_unless_the_rule_asks_for_the_learning(world: World) -> None:
    feed(world, completions="person,learning,completed\nann,S,2020-01-01\nbob,S,2020-01-01\n")
    world.run(program(audience("A", "ab", gives=[course("S")])))
    assert world.told() == []
    # `last_completed("S") more than 1 year ago` names it: whoever is in needs it again.
    world.run(program(audience("Again", "S", gives=[course("S")])))
    assert [row[:3] for row in world.told()] == [("enrol", "ann", "S"), ("enrol", "bob", "S")]
    feed(world, completions="person,learning,completed\nann,S,2026-11-23\nbob,S,2020-01-01\n")
    planned = world.run(program(audience("Again", "S", gives=[course("S")])))
    assert [(c.change, c.person) for c in planned.enrolments()] == [("complete", "ann")]


# --- what the learning system had before ------------------------------------------------------------------------------


@pytest.mark.parametrize("leaving", list(OnLeaving))
def test_adopted_is_never_removed_or_shortened(world: World, leaving: OnLeaving) -> None:
    feed(world, enrolments="person,learning,due\nann,S,2027-06-01\n")
    first = world.run(one(leaving, [course("S", after_joining(3))]))
    assert [change.change for change in first.enrolments()] == ["adopt"]
    world.run(one(leaving, [course("S", after_joining(1))]))
    world.run(program(audience("A", "none")))
    assert world.told() == []
    assert world.enrolments()["ann", "S"].status == "adopted"


def test_adopted_and_then_taken_away_there_is_ours(world: World) -> None:
    feed(world, enrolments="person,learning\nann,S\n")
    world.run(one())
    feed(world, enrolments="person,learning\nbob,F\n")
    world.run(one())
    assert world.told() == [("enrol", "ann", "S", "")]


def test_ours_seen_in_the_feed_stays_ours(world: World) -> None:
    world.run(one(OnLeaving.UNENROL))
    feed(world, enrolments="person,learning\nann,S\n")
    assert world.run(one(OnLeaving.UNENROL)).is_empty
    world.run(program(audience("A", "none", leaving=OnLeaving.UNENROL)))
    assert world.told()[1:] == [("unenrol", "ann", "S", "")]


# --- held -------------------------------------------------------------------------------------------------------------


def test_learning_that_vanished_is_held(world: World) -> None:
    script = program(audience("A", "ab", gives=[course("S"), course("F")], leaving=OnLeaving.UNENROL))
    world.engine.who["ab"] = {"ann"}
    world.run(script)
    feed(world, learning="id,name\nF,Fire\n")
    world.engine.who["ab"] = {"ann", "bob"}
    planned = world.run(script)
    assert [d.code for d in planned.held] == ["AQ566"]
    assert world.told()[2:] == [("enrol", "bob", "F", "")]
    assert world.enrolments()["ann", "S"].ended is None
    feed(world)
    world.run(script)
    assert world.told()[3:] == [("enrol", "bob", "S", "")]


def test_without_a_catalogue_any_learning_is_there(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.people("ann")
    world.engine.who = {"a": {"ann"}}
    world.run(one())
    assert world.told() == [("enrol", "ann", "S", "")]


def test_too_many_lost_holds_the_audience_whole(world: World) -> None:
    feed(world, *MANY, "new")
    world.engine.who["a"] = set(MANY)
    world.run(one(OnLeaving.UNENROL))
    world.engine.who["a"] = {*MANY[:45], "new"}
    fewer = program(audience("A", "a", gives=[], leaving=OnLeaving.UNENROL), audience("B", "a", gives=[course("F")]))
    planned = world.run(fewer)
    assert [d.code for d in planned.held] == ["AQ564"]
    assert "60 of its 60 enrolments would be lost" in planned.held[0].message
    assert world.members() == {"A": set(MANY), "B": {*MANY[:45], "new"}}
    assert {row[0] for row in world.told()} == {"enrol"}
    world.run(fewer, "lost:A")
    assert sum(row[0] == "unenrol" for row in world.told()) == 60


def test_what_holds_an_audience_for_two_reasons_is_told_at_once(world: World) -> None:
    feed(world, *MANY)
    world.engine.who["a"] = set(MANY)
    script = one(OnLeaving.UNENROL)
    world.run(script)
    world.engine.who["a"] = set(MANY[:20])
    for allowed, told in (
        ((), ["AQ563", "AQ564"]),
        (("leaves:A",), ["AQ564"]),
        (("lost:A",), ["AQ563"]),
        (("leaves:A", "lost:A"), []),
    ):
        assert world.members() == {"A": set(MANY)}
        assert [d.code for d in world.run(script, *allowed).held] == told
    assert world.members() == {"A": set(MANY[:20])}


def test_what_others_give_as_well_is_not_lost_by_letting_one_go(world: World) -> None:
    feed(world, *MANY)
    world.engine.who |= {"a": set(MANY), "b": set(MANY)}
    script = program(*(audience(n.upper(), n, gives=[course("S")], leaving=OnLeaving.UNENROL) for n in "ab"))
    world.run(script)
    world.engine.who["a"] = set()
    assert [d.code for d in world.run(script).held] == ["AQ563"]
    assert world.run(script, "leaves:A").status == 0


def test_a_retirement_that_loses_too_much_is_held(world: World) -> None:
    feed(world, *MANY)
    world.engine.who["a"] = set(MANY)
    world.run(one())
    script = program(retire={"A": OnLeaving.UNENROL})
    assert [d.code for d in world.run(script).held] == ["AQ564"]
    assert world.members() == {"A": set(MANY)}
    assert world.run(program(retire={"A": OnLeaving.KEEP})).status == 0


FEW = {f"S{n}": {f"p{n}-{i}" for i in range(20)} for n in range(8)}
"""Eight audiences of 20: as many as one may lose whole."""


def small(due: Due | None = None) -> list[Audience]:
    return [audience(name, name, gives=[course("S", due)], leaving=OnLeaving.UNENROL) for name in FEW]


@pytest.fixture
def many(tmp_path: Path) -> World:
    world = World(tmp_path)
    feed(world, "new", *(who for people in FEW.values() for who in people))
    world.engine.who = dict(FEW)
    world.run(program(*small()))
    return world


def test_small_audiences_that_lose_too_many_enrolments_together_are_held(many: World) -> None:
    fewer = program(*(audience(name, name, leaving=OnLeaving.SUSPEND) for name in FEW), audience("New", listed=["new"]))
    planned = many.run(fewer)
    assert {h.code for h in planned.held} == {"AQ569"}
    assert {h.audience for h in planned.held} == FEW.keys()
    assert planned.held[0].reason == "160 of all 160 enrolments would be lost in this run, more than 100"
    assert "`--allow run_lost` lets all of them through once" in planned.held[0].hint
    assert many.members() == {**FEW, "New": {"new"}}
    assert {row[0] for row in many.told()} == {"enrol"}
    assert many.run(fewer, "run_lost").status == 0
    assert sum(row[0] == "suspend" for row in many.told()) == 160


def test_retirements_that_lose_too_much_together_are_held(many: World) -> None:
    assert {h.code for h in many.run(program(retire=dict.fromkeys(FEW, OnLeaving.UNENROL))).held} == {"AQ569"}
    assert many.members() == FEW
    assert many.run(program(retire=dict.fromkeys(FEW, OnLeaving.KEEP))).status == 0


def test_leaves_and_losses_of_a_run_are_told_and_let_through_at_once(many: World) -> None:
    script = program(*small())
    many.engine.who = {}
    planned = many.run(script)
    assert [h.code for h in planned.held] == ["AQ568", "AQ569"] * len(FEW)
    allowed = ["run_leaves", "run_lost"]
    hint = "if both are right, `--allow run_leaves --allow run_lost` lets all of them through once; "
    assert {h.hint for h in planned.held} == {f"{hint}`[holds]` sets the limits"}
    assert {h.code for h in many.run(script, *allowed[:1]).held} == {"AQ569"}
    assert {h.code for h in many.run(script, *allowed[1:]).held} == {"AQ568"}
    assert many.members() == FEW
    assert many.run(script, *allowed).status == 0


def test_an_enrolment_counts_once_in_all_and_not_where_it_is_let_through(many: World) -> None:
    twice = [replace(a, name=f"{a.name} again") for a in small()]
    many.run(program(*small(), *twice))
    many.engine.who = {name: set() for name in [*FEW][:6]} | {name: FEW[name] for name in ("S6", "S7")}
    script = program(*small(), *twice)
    planned = many.plan(script, "run_leaves")
    assert planned.held[0].reason == "120 of all 160 enrolments would be lost in this run, more than 100"
    assert many.plan(script, "run_leaves", "lost:S0").status == 4, "`S0 again` would lose them as well"
    assert many.plan(script, "run_leaves", "lost:S0", "lost:S0 again").status == 0
    assert many.plan(script, "run_leaves", "lost").status == 0


def test_what_others_still_give_is_no_loss_of_the_run(many: World) -> None:
    everyone = audience("All", listed=sorted(who for people in FEW.values() for who in people), gives=[course("S")])
    many.run(program(*small(), everyone))
    many.engine.who = {}
    assert many.run(program(*small(), everyone), "run_leaves").status == 0


def test_too_many_enrolments_of_one_run_are_held_and_the_rest_goes_on(tmp_path: Path) -> None:
    world = World(tmp_path, more='[holds]\nrun = { enrolments = 2, share = "20 %" }')
    feed(world, *MANY)
    world.engine.who = {"a": {"p00"}, "b": set(MANY[:20])}
    world.run(one())
    script = program(audience("A", "a", gives=[course("S", after_joining(3))]), audience("B", "b", gives=[course("F")]))
    planned = world.run(script)
    assert [d.code for d in planned.held] == ["AQ565"]
    assert world.members()["B"] == set(MANY[:20])
    assert [row[0] for row in world.told()] == ["enrol", "due"]
    world.run(script, "run")
    assert len(world.told()) == 22


def test_too_many_due_days_that_move_in_one_run_are_held_and_the_rest_goes_on(tmp_path: Path) -> None:
    world = World(tmp_path, more='[holds]\nrun = { enrolments = 40, share = "30 %" }')
    feed(world, *MANY, *(f"q{n}" for n in range(80)))  # of 140 people 42 are the share
    world.engine.who = {"a": set(MANY[:42]), "b": set(MANY[:43])}
    first = Due(dt.date(2026, 12, 31))
    both = [("A", "a", "S"), ("B", "b", "F")]
    world.run(program(*(audience(name, who, gives=[course(learning, first)]) for name, who, learning in both)))
    script = program(audience("A", "a", gives=[course("S")]), audience("B", "b", gives=[course("F", first)]))
    assert world.run(script).status == 0
    told = world.told()
    assert [row[0] for row in told[85:]] == ["due"] * 42
    world.engine.who["b"] |= {"q1"}
    earlier = Due(dt.date(2026, 11, 29))
    script = program(audience("A", "a", gives=[course("S")]), audience("B", "b", gives=[course("F", earlier)]))
    planned = world.run(script)
    assert [d.code for d in planned.held] == ["AQ577"]
    assert "it would move 43, for 140 people, and 42 is the most" in planned.held[0].message
    assert world.told()[127:] == [("enrol", "q1", "F", "2026-11-29")]
    assert world.enrolments()["p00", "F"].due == first.day
    assert world.run(script, "run").status == 0
    assert world.told()[128:] == [("due", who, "F", "2026-11-29") for who in MANY[:43]]


def test_programmes_and_courses_of_one_id_are_two(world: World) -> None:
    feed(world, learning="id,kind\nS,course\nS,programme\n")
    world.run(one(gives=[course("S"), Assignment("programme", "S", "", None, course("S").span)]))
    assert len(world.told()) == 2
