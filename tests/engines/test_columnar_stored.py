"""The columnar engine says of a snapshot what the interpreter says of its records: of everyone, and of who is in which
audience."""

import datetime as dt
import itertools
import random
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from feeds import change, rename_units, surroundings, workspace
from hypothesis import given
from hypothesis import strategies as st
from kinds import EACH_KIND
from people import TODAY
from queries import calls, queries
from sampling import examples

import audql
from audql import ir
from audql.binding import AsOf, as_of
from audql.engines.columnar import answers, conditions, dictionary, frames, selection, turning
from audql.engines.columnar.engine import ColumnarEngine
from audql.engines.days import number_of
from audql.engines.engine import Audiences, Joined
from audql.engines.members import Members
from audql.engines.population import Population
from audql.engines.record_engine import RecordEngine, settle
from audql.engines.roster import Roster, ids_of
from audql.text import fold

ZONES = ("UTC", "Europe/London", "Pacific/Kiritimati", "America/St_Johns")


class World:
    """One snapshot, and both engines at each of two times."""

    def __init__(self, folder: Path, seed: int) -> None:
        zone = ZONES[seed % len(ZONES)]
        opened = workspace(folder, seed, zone)
        self.seed, self.folder = seed, folder
        self.engines: list[tuple[AsOf, ColumnarEngine, RecordEngine]] = []
        for when in (as_of(TODAY, ZoneInfo(zone)), as_of(dt.datetime(2024, 2, 29, 1, tzinfo=dt.UTC), ZoneInfo(zone))):
            around = surroundings(opened, when)
            self.snapshot = snapshot = around.require_snapshot()
            ids = [str(id_) for id_ in snapshot.ids()]
            # State knows some of them, in an order of its own, and some who have left.
            known = ["gone 1", *random.Random(seed).sample(ids, len(ids) // 2), "gone 2"] if seed % 2 else []
            self.roster = Roster.of(ids_of(known), ids_of(ids))
            self.schema = around.schema
            columnar = ColumnarEngine(snapshot, around.schema, self.roster, when)
            self.afresh = partial(ColumnarEngine, snapshot, around.schema, self.roster)
            self.engines.append((when, columnar, RecordEngine(around.population, self.roster)))

    def audiences(self) -> Audiences:
        """Some people in every audience that a query may name."""
        r = random.Random(self.seed)
        everyone = self.roster.everyone.ordinals()
        found: dict[str, Joined] = {}
        for name in ("retail", "safety", "managers", "gb"):
            members = Members.of(np.array(sorted(r.sample(everyone.tolist(), 30)), dtype=np.int32))
            days = np.full(30, number_of(TODAY - dt.timedelta(days=r.choice((0, 1, 29, 31, 400)))), dtype=np.int32)
            found[fold(name)] = Joined(members, partial(np.copy, days))
        return found


AS_IF_BIG = (
    (selection, "_SMALL", 0),
    (selection, "_SHARE", 1.0),
    (frames, "_SMALL", 0),
    (frames, "_KEPT", 0),
    (frames, "BLOCK", 7),
    (conditions, "_WORTH_IT", 1),
    (conditions, "_FEW_LATER", 1000.0),
    (dictionary, "_FEW", 1),
    (answers, "_FEW", 2.0),
    (turning, "_KEPT", 0),
)
"""With these a hundred people are asked as a million are: by indexes, in blocks, with first items laid beside them."""


@pytest.fixture(scope="module", params=["small", "as if big"])
def worlds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[World]]:
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in AS_IF_BIG if request.param == "as if big" else ():
            patch.setattr(module, name, value)
        yield [World(tmp_path_factory.mktemp(f"world{seed}"), seed) for seed in range(6)]


def _resolved(world: World, query: str) -> ir.Query | None:
    try:
        return audql.compile(query, schema=world.schema).ir
    except audql.CompileError:
        return None  # of a type that is declared here and is not there


@examples(250)
@given(st.one_of(queries, queries, calls), st.integers(0, 5), st.booleans())
def test_the_same_of_a_snapshot(worlds: list[World], query: str, which: int, earlier: bool) -> None:
    world = worlds[which]
    resolved = _resolved(world, query)
    if resolved is not None:
        _, columnar, records = world.engines[earlier]
        audiences = world.audiences()
        asked = columnar.matching(resolved, audiences)
        assert asked == records.matching(resolved, audiences)
        assert not (asked - world.roster.everyone)


def test_each_kind_of_column(worlds: list[World]) -> None:
    answered = 0
    for world, text in itertools.product(worlds, EACH_KIND):
        rule = _resolved(world, text)
        if rule is not None:
            answered += 1
            _, columnar, records = world.engines[0]
            audiences = world.audiences()
            assert columnar.matching(rule, audiences) == records.matching(rule, audiences), (world.seed, text)
    assert answered > 0.8 * len(EACH_KIND) * len(worlds)


@examples(60)
@given(st.lists(st.one_of(queries, calls), min_size=2, max_size=8), st.integers(0, 5))
def test_many_at_once(worlds: list[World], asked: list[str], which: int) -> None:
    world = worlds[which]
    rules = [rule for query in asked if (rule := _resolved(world, query)) is not None]
    when, _, records = world.engines[1]
    columnar = world.afresh(when)
    columnar.prepare(rules, [])
    for rule in rules:
        assert columnar.matching(rule, world.audiences()) == records.matching(rule, world.audiences()), when


VALUES = ("hired", "last_login", "custom.when", 'last_completed("Safety")', 'member_since("Safety")')


@pytest.mark.parametrize("text", VALUES)
def test_dates(worlds: list[World], text: str) -> None:
    for world in worlds:
        resolved = _resolved(world, f"{text} within last 1 day")
        assert resolved is not None
        value = next(node.value for node in ir.walk(resolved) if isinstance(node, ir.Test))
        _, columnar, records = world.engines[0]
        people, audiences = world.roster.everyone, world.audiences()
        assert columnar.dates(value, people, audiences).tolist() == records.dates(value, people, audiences).tolist()


@examples(120)
@given(st.lists(st.one_of(queries, queries, calls), min_size=1, max_size=6), st.integers(0, 5), st.integers(-400, 400))
def test_another_day_is_as_if_asked_afresh(worlds: list[World], asked: list[str], which: int, days: int) -> None:
    world = worlds[which]
    rules = [rule for query in asked if (rule := _resolved(world, query)) is not None]
    when, columnar, _ = world.engines[0]
    columnar.prepare(rules, [])
    for rule in rules:
        columnar.matching(rule, world.audiences())
    for day in (when.day + dt.timedelta(days=days), when.day + dt.timedelta(days=days + 1), TODAY):
        later = as_of(day, when.zone)
        columnar, afresh = columnar.on(later), world.afresh(later)
        for rule in rules:
            assert columnar.matching(rule, world.audiences()) == afresh.matching(rule, world.audiences()), later


def test_each_kind_of_another_day(worlds: list[World]) -> None:
    for world in worlds:
        rules = [rule for text in EACH_KIND if (rule := _resolved(world, text)) is not None]
        (when, columnar, _), audiences = world.engines[0], world.audiences()
        columnar.prepare(rules, [])
        for days in (-31, 1, 7, 30):
            later = as_of(when.day + dt.timedelta(days=days), when.zone)
            carried, afresh = columnar.on(later), world.afresh(later)
            for rule in rules:
                assert carried.matching(rule, audiences) == afresh.matching(rule, audiences), later


class Changed:
    """The next snapshot of a world."""

    def __init__(self, world: World, folder: Path, count: int) -> None:
        before = world.snapshot.records()
        opened = change(shutil.copytree(world.folder, folder, dirs_exist_ok=True), world.seed + count, count)
        around = surroundings(opened, world.engines[0][0])
        self.snapshot = around.require_snapshot()
        after = self.snapshot.records()
        self.roster = Roster.of(world.roster.ids, ids_of(map(str, self.snapshot.ids())))
        differing = (id_ for id_ in {*before, *after} if before.get(id_) != after.get(id_))
        self.people = self.roster.members(differing)
        assert count <= len(self.people)
        self.afresh = ColumnarEngine(self.snapshot, around.schema, self.roster, around.when)


@pytest.fixture(scope="module")
def changes(worlds: list[World], tmp_path_factory: pytest.TempPathFactory) -> list[tuple[World, Changed]]:
    return [(world, Changed(world, tmp_path_factory.mktemp("changed"), count)) for world in worlds for count in (1, 8)]


@examples(120)
@given(st.lists(st.one_of(queries, queries, calls), min_size=1, max_size=6), st.integers(0, 11))
def test_changed_people_are_as_if_asked_afresh(
    changes: list[tuple[World, Changed]], asked: list[str], which: int
) -> None:
    world, changed = changes[which]
    rules = [rule for query in asked if (rule := _resolved(world, query)) is not None]
    _, columnar, _ = world.engines[0]
    columnar.prepare(rules, [])
    for rule in rules:
        columnar.matching(rule, world.audiences())
    _carried_over_as_afresh(world, changed, rules)


def test_each_kind_of_changed_people(changes: list[tuple[World, Changed]]) -> None:
    for world, changed in changes:
        rules = [rule for text in EACH_KIND if (rule := _resolved(world, text)) is not None]
        world.engines[0][1].prepare(rules, [])
        _carried_over_as_afresh(world, changed, rules)


def test_other_names_of_units_are_everyone_s(worlds: list[World], tmp_path: Path) -> None:
    world = worlds[0]
    when, columnar, _ = world.engines[0]
    rules = [rule for text in EACH_KIND if (rule := _resolved(world, text)) is not None]
    columnar.prepare(rules, [])
    opened = rename_units(shutil.copytree(world.folder, tmp_path / "renamed"))
    around = surroundings(opened, when)
    snapshot, audiences = around.require_snapshot(), world.audiences()
    later = columnar.after(snapshot, world.roster, Members())
    afresh = ColumnarEngine(snapshot, around.schema, world.roster, when)
    found = [afresh.matching(rule, audiences) for rule in rules]
    assert [later.matching(rule, audiences) for rule in rules] == found
    assert [columnar.matching(rule, audiences) for rule in rules] != found


def _carried_over_as_afresh(world: World, changed: Changed, rules: Sequence[ir.Query]) -> None:
    later = world.engines[0][1].after(changed.snapshot, changed.roster, changed.people)
    for rule in rules:
        audiences = world.audiences()
        assert later.matching(rule, audiences) == changed.afresh.matching(rule, audiences)


@pytest.mark.parametrize("text", ['country = "x"', 'org.name = "x"', 'jobs.title = "x"', 'manager.city = "x"', "true"])
def test_what_people_have_at_a_place(worlds: list[World], text: str) -> None:
    for world in worlds:
        query = _resolved(world, text)
        assert query is not None
        _, columnar, records = world.engines[0]
        known, found = records.population.values(query), columnar.values(query)
        assert {fold(value): count for value, count in found.items()} == {fold(v): n for v, n in known.items()}


@examples(80)
@given(st.one_of(queries, queries, calls), st.integers(0, 5), st.integers(0, 99))
def test_whom_a_query_leads_to_is_all_that_it_takes(worlds: list[World], query: str, which: int, row: int) -> None:
    world = worlds[which]
    rule = _resolved(world, query)
    if rule is None:
        return
    when, columnar, records = world.engines[0]
    audiences = world.audiences()
    person = int(world.roster.ordinals[row])
    met = columnar.met([rule], person)
    ordinals = world.roster.in_order(met)
    ids = world.roster.names(ordinals)
    few = world.snapshot.records_of(ids)
    population = Population(world.schema, [few[each] for each in ids], when)
    settle(population, audiences, dict(zip(ordinals.tolist(), population.persons, strict=True)))
    found = {str(each["id"]) for each in population.matching(rule)}
    assert (str(world.roster.ids[person]) in found) == (person in records.matching(rule, audiences))
