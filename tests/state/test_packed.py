"""Sets, numbers and spells as arrays: what goes in comes out, and they are what plain Python says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from audql.engines.days import NO_DAY, date_of, number_of
from audql.engines.members import Members, union
from audql.engines.roster import Roster, ids_of
from audql.state.ledger import ADOPTED, COMPLETED, OPEN, Ledger, Spells
from audql.state.packing import DamagedError, pack, unpack

ordinals = st.one_of(st.sets(st.integers(0, 200)), st.sets(st.integers(0, 5000)), st.just(set(range(130))))
ids = st.text("aZéÅß1ff\U0001f600", max_size=4)


@examples(100)
@given(ordinals, ordinals)
def test_members_are_sets(a: set[int], b: set[int]) -> None:
    first, second = Members.of(a), Members.of(b)
    assert list(first) == sorted(a)
    assert len(first) == len(a)
    assert bool(first) == bool(a)
    assert set(first & second) == a & b
    assert set(first | second) == a | b
    assert set(first - second) == a - b
    assert set(first ^ second) == a ^ b
    assert (first == second) == (a == b)
    assert set(union([first, second, first])) == a | b
    assert all(n in first for n in a)
    assert 6000 not in first
    asked = np.array(sorted(a | b | {6000}), dtype=np.int32)
    assert first.has(asked).tolist() == [n in a for n in asked.tolist()]


@examples(100)
@given(ordinals)
def test_members_are_few_bytes_and_back(a: set[int]) -> None:
    members = Members.of(a)
    assert Members.decode(members.encode()) == members
    longer = Members(np.concatenate([members.words, np.zeros(40, dtype=np.uint64)]))
    assert longer == members
    assert longer.encode() == members.encode()


def test_a_million_take_little() -> None:
    assert len(Members.first(1_000_000).encode()) < 200
    sparse = Members.of(np.random.default_rng(1).choice(1_000_000, 1000, replace=False))
    assert len(sparse.encode()) < 4000


def test_unknown_packings_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown way"):
        Members.decode(b"\x07abc")
    for blob in (b"\x07\x00\x00\x00\x00", b"\x01\x00", b""):
        with pytest.raises(DamagedError) as damaged:
            unpack(blob, 3)
        assert damaged.value.__cause__ is not None


@examples(100)
@given(st.lists(st.one_of(st.integers(0, 3), st.integers(-(2**31), 2**31 - 1)), max_size=400))
def test_numbers_are_packed_and_back(numbers: list[int]) -> None:
    array = np.array(numbers, dtype=np.int32)
    assert unpack(pack(array), array.size).tolist() == numbers


def test_many_different_numbers() -> None:
    for size in (256, 257, 70_000):
        array = np.arange(size, dtype=np.int32)[::-1]
        assert np.array_equal(unpack(pack(array), size), array)


@examples(100)
@given(st.dates())
def test_days(day: object) -> None:
    assert date_of(number_of(day)) == day  # type: ignore[arg-type]
    assert date_of(number_of(None)) is None


@examples(100)
@given(st.lists(ids, unique=True), st.lists(ids, unique=True))
def test_a_roster_keeps_ordinals_and_appends_by_id(known: list[str], people: list[str]) -> None:
    roster = Roster.of(ids_of(known), ids_of(people))
    assert roster.ids.tolist() == known + sorted(set(people) - set(known))
    assert roster.known == len(known)
    assert [roster.ids[o] for o in roster.ordinals] == people
    assert set(roster.names(roster.everyone.ordinals())) == set(people)
    everyone = sorted({*known, *people})
    assert roster.names(roster.in_order(Members.first(len(roster)))) == everyone
    assert roster.names(roster.in_order(Members.first(len(roster)), 2)) == everyone[:2]
    assert all(roster.ids[roster.find(who)] == who for who in everyone)
    assert roster.find("not there") is None
    again = Roster.of(roster.ids, ids_of(people))
    assert again.ids.tolist() == roster.ids.tolist(), "once written, nobody is new"
    assert again.ordinals.tolist() == roster.ordinals.tolist()


def spells(people: list[int], number: int, due: int, flags: int, role: int) -> Spells:
    def all_of(value: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        return np.full(len(people), value, dtype=np.int32)

    who = np.array(people, dtype=np.int32)
    return Spells(who, all_of(number), all_of(7), all_of(due), all_of(flags), all_of(role))


def test_a_ledger_has_the_latest_spell_of_each() -> None:
    ledger, role = Ledger().role("teacher")
    ledger = ledger.with_latest(spells([3, 1000], 1, 40, OPEN, role))
    ledger = ledger.with_latest(spells([5], 1, NO_DAY, OPEN | ADOPTED, 0))
    ledger = ledger.with_latest(spells([3], 2, 50, COMPLETED, role))
    ledger = Ledger.decode(ledger.encode())
    assert list(ledger.open()) == [5, 1000]
    found = ledger.of(np.array([0, 3, 4, 5, 1000, 2000], dtype=np.int32))
    assert found.number.tolist() == [0, 2, 0, 1, 1, 0]
    assert found.due.tolist() == [NO_DAY, 50, NO_DAY, NO_DAY, 40, NO_DAY]
    assert [ledger.roles[r] for r in found.role] == ["", "teacher", "", "", "teacher", ""]
    assert found.are(OPEN).tolist() == [False, False, False, True, True, False]
    assert Ledger().of(np.array([1], dtype=np.int32)).number.tolist() == [0]
