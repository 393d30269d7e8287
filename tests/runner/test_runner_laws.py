"""What holds of every run: twice is once, order and case of names mean nothing, history adds up."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from runner_world import DAY, World, after_joining, audience, course, hand, member, program
from sampling import examples

from audql.engines.days import date_of, day_of
from audql.program import Audience, Program
from audql.state.ledger import ADOPTED, COMPLETED, OPEN, SUSPENDED
from audql.state.store import State
from audql.state.values import Enrolment
from audql.syntax.ast import Holding, OnLeaving

PEOPLE = [f"p{i}" for i in range(6)]
NAMES = ["Alpha", "Beta", "Gamma"]
people = st.sets(st.sampled_from(PEOPLE))


@st.composite
def audiences(draw: st.DrawFn) -> list[Audience]:
    """Up to three, of which a later one may need an earlier."""
    made: list[Audience] = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        earlier = [a.name for a in made]
        needs = draw(st.sampled_from([None, *earlier]))
        given_here = draw(st.sets(st.sampled_from(["S", "F"])))
        made.append(
            audience(
                name,
                member(needs) if needs else name,
                listed=draw(people),
                exclude=[hand(*draw(people))],
                holding=draw(st.sampled_from([None, None, *Holding])),
                active=draw(st.sampled_from([(None, None), (None, None), (None, DAY), (DAY + dt.timedelta(2), None)])),
                gives=[course(learning, after_joining(draw(st.integers(1, 9)))) for learning in sorted(given_here)],
                leaving=draw(st.sampled_from(list(OnLeaving))),
            )
        )
    return made


@st.composite
def nights(draw: st.DrawFn) -> list[tuple[Program, dict[str, set[str]], set[str], set[str]]]:
    """Program, who matches, who is there, who has finished `S`."""
    return [
        (
            program(*draw(audiences()), retire=dict.fromkeys(draw(st.sets(st.sampled_from(NAMES))), OnLeaving.UNENROL)),
            {name: draw(people) for name in NAMES},
            draw(people) | {"p0"},
            draw(people),
        )
        for _ in range(draw(st.integers(1, 4)))
    ]


def set_up(world: World, who: dict[str, set[str]], there: set[str], finished: set[str]) -> None:
    rows = "".join(f"{p},S,{world.day}\n" for p in sorted(finished & there))
    world.people(*sorted(there), learning="id\nS\nF\n", completions=f"person,learning,completed\n{rows}")
    world.engine.who = {name: members & there for name, members in who.items()}


@examples(12)
@given(nights())
def test_twice_is_once_and_history_adds_up(
    all_nights: list[tuple[Program, dict[str, set[str]], set[str], set[str]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        members = {}
        for number, (script, who, there, finished) in enumerate(all_nights):
            world.day = DAY + dt.timedelta(days=number)
            set_up(world, who, there, finished)
            world.run(script)
            told = world.told()
            assert world.plan(script).is_empty
            world.run(script)
            assert world.told() == told
            state = world.state(State.read)
            for known in state.audiences.values():
                inside = world.members()[known.name]
                assert inside <= there
                assert set(world.since(known.id)) == inside
                members[world.day, known.name] = inside
            for enrolment in world.enrolments().values():
                assert enrolment.status != "wanted", "all is told"
            assert ledgers(world) == world.enrolments(), "what plans read is what the rows say"
        last = world.state(State.read)
        for (day, name), was in members.items():
            if name.casefold() in last.audiences and all(name in [a.name for a in s.audiences] for s, *_ in all_nights):
                assert world.members_as_of(name, day) == was
        keys = [line.split(",")[0] for line in _lines(world)]
        assert len(keys) == len(set(keys))


def ledgers(world: World) -> dict[tuple[str, str], Enrolment]:
    """The latest spells, as the ledgers have them, under the days and states of the rows."""
    state, rows = world.state(State.read), world.enrolments()
    ids = state.people()
    found = {}
    for (kind, learning), ledger in state.ledgers.items():
        s = ledger.spells
        for at, who in enumerate(ids[s.people].tolist()):
            row, flags = rows[who, learning], int(s.flags[at])
            assert bool(flags & OPEN) == (row.ended is None)
            found[who, learning] = Enrolment(
                who,
                kind,
                learning,
                int(s.number[at]),
                ledger.roles[s.role[at]],
                day_of(s.started[at]),
                date_of(s.due[at]),
                "adopted" if flags & ADOPTED else row.status if row.status != "adopted" else "wanted",
                bool(flags & COMPLETED),
                bool(flags & SUSPENDED),
                row.ended,
            )
    return found


def _lines(world: World) -> list[str]:
    path = world.root / "out" / "changes.csv"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@examples(10)
@given(st.permutations(range(4)), people, people)
def test_order_of_audiences_that_do_not_need_one_another_means_nothing(
    order: list[int], first: set[str], second: set[str]
) -> None:
    made = [
        audience("A", "x", gives=[course("S", after_joining(5))], leaving=OnLeaving.UNENROL),
        audience("B", "y", gives=[course("S", after_joining(3))], leaving=OnLeaving.SUSPEND),
        audience("C", "y", gives=[course("F")], holding=Holding.ADD_ONLY),
        audience("D", "x", exclude=[hand("p1")]),
    ]
    ends = []
    for chosen in (range(4), order):
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder))
            world.people(*PEOPLE)
            for x, y in ((first, second), (second, first)):
                world.engine.who = {"x": x, "y": y}
                world.run(program(*(made[i] for i in chosen)))
            ends.append((world.members(), world.enrolments(), sorted(world.told())))
    assert ends[0] == ends[1]
