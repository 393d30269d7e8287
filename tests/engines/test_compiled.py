"""The compiled engine says what the interpreter says, of everyone, whatever their records hold."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import make_dataclass

import pytest
from asking import WHENS, interpreted, resolved
from hypothesis import assume, given
from hypothesis import strategies as st
from people import TODAY, Sparse, people, plain_records, populations
from queries import Scope, calls, comparison, queries
from sampling import examples

import audql
from audql.binding import AsOf, bind
from audql.engines import compiled, compiled_reading, interpreter
from audql.engines.people import People
from audql.types import Schema
from audql.vocabulary import PEOPLE

whens = st.sampled_from(WHENS)


def generated(query: str, asked: Sequence[object], when: AsOf, *, alone: bool) -> list[bool]:
    check = compiled.plan(bind(resolved(query), when), PEOPLE, None if alone else People(PEOPLE, asked))
    return [check(person) for person in asked]


@examples(1200)
@given(st.one_of(queries, queries, calls), st.lists(st.one_of(plain_records(), people), min_size=1, max_size=5), whens)
def test_the_same_of_records_that_stand_alone(query: str, asked: list[object], when: AsOf) -> None:
    assert generated(query, asked, when, alone=True) == interpreted(query, asked, when, alone=True)


@examples(800)
@given(st.one_of(queries, queries, calls), populations(), whens)
def test_the_same_of_people_who_know_one_another(query: str, asked: list[object], when: AsOf) -> None:
    assert generated(query, asked, when, alone=False) == interpreted(query, asked, when)


@examples(400)
@given(st.one_of(comparison(Scope()), queries), st.lists(people, min_size=1, max_size=4), whens)
def test_the_same_where_no_type_is_declared(query: str, asked: list[object], when: AsOf) -> None:
    assume(not re.search(r"[a-z_]+\(", query))  # the functions are about declared collections
    try:
        bound = bind(audql.compile(query, schema=audql.OPEN).ir, when)
    except audql.CompileError:
        assume(False)
    check, defined = compiled.plan(bound, audql.OPEN), interpreter.plan(bound, audql.OPEN)
    assert [check(person) for person in asked] == [defined(person) for person in asked]


@examples(100)
@given(queries, whens)
def test_answers_are_true_or_false(query: str, when: AsOf) -> None:
    assert generated(query, [{}, {"jobs": ["Nurse"]}, None, 5, "ann", []], when, alone=True) == interpreted(
        query, [{}, {"jobs": ["Nurse"]}, None, 5, "ann", []], when, alone=True
    )


def both(query: str, *asked: object, schema: Schema = PEOPLE) -> list[bool]:
    """What the two engines say, which must be the same."""
    bound = bind(audql.compile(query, schema=schema).ir, WHENS[0])
    answers = [compiled.plan(bound, schema)(person) for person in asked]
    assert answers == [interpreter.plan(bound, schema)(person) for person in asked]
    return answers


def test_names_and_texts_of_a_query_are_never_source() -> None:
    """Hostile names only name, and hostile texts are only looked for."""
    name = "a'); __import__('os').abort() #"
    query = f'custom.`{name}` = "x" or custom.`{{v}}` contains \'{{0}}"\''
    assert both(query, {"custom": {name: "X"}}, {"custom": {"{v}": 'a{0}"b'}}, {"custom": {}}) == [True, True, False]
    source = compiled.source(bind(audql.compile(query).ir, WHENS[0]), PEOPLE)
    assert "abort" not in source
    assert "{" not in source


def test_queries_deeper_than_python_nests_are_asked_all_the_same() -> None:
    deep = 'country = "GB"'
    for level in range(200):
        deep = f'(city = "{level}" or (id is set and {deep}))' if level % 2 else f"(not (id is not set) and {deep})"
    assert both(deep, {"id": "u1", "country": "gb"}, {"id": "u1", "city": "199"}, {"country": "GB"}) == [
        True,
        True,
        False,
    ]
    managers = 'country = "GB"'
    for _ in range(60):
        managers = f"any manager ({managers})"
    boss: dict[str, object] = {"country": "GB"}
    for _ in range(60):
        boss = {"manager": boss}
    assert both(managers, boss, {}) == [True, False]


def test_a_query_of_thousands_of_parts() -> None:
    listed = " or ".join(f'(country = "{n}" and city = "{n}")' for n in range(2000))
    assert both(listed, {"country": "1999", "city": "1999"}, {"country": "1", "city": "2"}) == [True, False]


def test_the_memos_stay_small() -> None:
    asked = [{"country": f"Land {n}", "hired": f"{n % 9000 + 1:04}-01-{n % 28 + 1:02}"} for n in range(30_000)]
    check = compiled.plan(bind(resolved('country = "Land 7" and hired before today'), WHENS[0]), PEOPLE)
    assert sum(map(check, asked)) == 1
    assert len(compiled_reading.FOLDED) <= compiled_reading.Folded.MOST
    assert len(compiled_reading.ordinals(dt.UTC)) <= compiled_reading.Ordinals.MOST
    check({"country": "x" * 1000})
    assert "x" * 1000 not in compiled_reading.FOLDED


def test_people_who_are_false_or_have_slots_are_found_as_managers() -> None:
    boss = make_dataclass("Boss", [("id", str), ("country", str)], slots=True)("u2", "GB")
    for known in (boss, Sparse({"id": "u2", "country": "GB"})):
        asked = [{"id": "u1", "manager": "u2"}, {"id": "u3", "manager": {"id": "u2"}}, known]
        for alone in (False, True):
            answers = generated('manager.country = "GB"', asked, WHENS[0], alone=alone)
            assert answers == [not alone, not alone, False]
            assert answers == interpreted('manager.country = "GB"', asked, alone=alone)
    script = audql.compile_script('audience "A" { where manager.country = "GB" }')
    ann = {"id": "u1", "manager": "u2"}
    assert script.members([ann, boss], as_of=TODAY) == {"A": [ann]}


def test_a_population_of_hundreds_who_are_in_audiences() -> None:
    """Enough of them that rules are compiled: later rules see what earlier ones decided."""
    script = audql.compile_script(
        'audience "Managers" { where any report }\n'
        'audience "Under managers" { where any manager (member("Managers")) and not member("Managers") }\n'
        'audience "GB" { where member_since("Managers") within last 1 day and country = "GB" }'
    )
    people = [{"id": f"u{n}", "country": ("GB", "IE")[n % 2], "manager": f"u{n // 3}"} for n in range(1, 400)]
    found = script.members(people, as_of=TODAY)
    managers = {f"u{n // 3}" for n in range(1, 400)}
    assert [p["id"] for p in found["Managers"]] == [p["id"] for p in people if p["id"] in managers]
    assert [p["id"] for p in found["Under managers"]] == [
        p["id"] for p in people if p["manager"] != "u0" and p["id"] not in managers
    ]
    assert [p["id"] for p in found["GB"]] == [p["id"] for p in people if p["id"] in managers and p["country"] == "GB"]


def test_an_open_schema() -> None:
    query = 'org.division = "Retail" and level > 5 and any rows (when before 2026-01-01)'
    person = {"org": {"division": "retail"}, "level": 6, "rows": [{"when": "2025-12-31"}]}
    assert both(query, person, person | {"level": "6"}, person | {"rows": []}, schema=audql.OPEN) == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("query", "person"),
    [
        ('custom.x = "5"', {"custom": {"x": 5}}),
        ('country = "5"', {"country": 5}),
        ('country = "true"', {"country": True}),
        ("any completion (grade = 0.1)", {"completions": [{"grade": 0.1}]}),
        ("any completion (grade > 2.5)", {"completions": [{"grade": float("inf")}]}),
        ("any completion (grade >= 9007199254740993)", {"completions": [{"grade": 9007199254740992.0}]}),
        ("any completion (grade = 1000000000000000000000000000000)", {"completions": [{"grade": 1e30}]}),
        ("any completion (grade is set)", {"completions": [{"grade": float("nan")}]}),
        ('any completion (learning = "5")', {"completions": [5]}),
        ('any completion (learning = "5")', {"completions": 5}),
        ('completed("Fire")', {"completions": "Fire"}),
        ('completed("Fire")', {"completions": [" "]}),
        ('certified("First aid")', {"certifications": ["First aid"]}),
        ('country = "GB"', {"country": ["IE", "GB"]}),
        ('country = "GB"', {"country": {"GB"}}),
        ("hired before 2026-01-01", {"hired": ["2027-01-01", "2025-01-01"]}),
        ("hired before 2026-01-01", {"hired": dt.datetime(2025, 12, 31, 23, 59)}),  # noqa: DTZ001  # naive on purpose
        ("hired is set", {"hired": "2025-02-29"}),
        ('id = "U1"', {"id": "u1"}),
        ('id contains " "', {"id": "  "}),
        ('country matches "^$"', {"country": " "}),
        ('org = "Retail"', {"org": "Retail", "jobs": [{"org": "HR", "ended": "2020-01-01"}]}),
        ('org within "EMEA"', {"org": {"name": "UK", "path": ["EMEA", "UK"]}}),
        ('org under "UK"', {"org": {"name": "UK", "path": ["EMEA", "UK"]}}),
        ('org within "EMEA"', {"org": {"name": "UK", "parent": {"parent": "EMEA"}}}),
        ('manager = "ann"', {"manager": "ann", "jobs": [{"title": "Nurse"}]}),
        ("at least 2 jobs", {"manager": "ann", "jobs": [{"title": "Nurse"}]}),
        ("at least 2 jobs", {"manager": "ann", "jobs": [{"title": "Nurse", "manager": " "}]}),
        ("at least 2 jobs", {"manager": "ann", "jobs": [{"title": "Nurse", "manager": "bob"}]}),
        ("at least 2 jobs", {"manager": "ann", "jobs": [{"title": "Nurse"}, None]}),
        ("at least 2 jobs.org", {"jobs": [{"org": "A"}, {"org": {"name": " a "}}]}),
        ("exactly 2 completions.learning", {"completions": ["A", {"learning": {"category": "x"}}, "a"]}),
        ('last_grade("A") > 80', {"completions": [{"learning": "A", "grade": "90"}, {"learning": "A", "grade": 70}]}),
        ('last_completed("A") within 5 days of last_enrolled("A")', {"completions": ["A"], "enrolments": ["A"]}),
    ],
)
def test_what_looks_usual_and_is_not(query: str, person: object) -> None:
    both(query, person)
    both(f"not ({query})", person)
