"""Every query answers for every record, whatever the record does when it is asked; what cannot be read is nothing."""

import datetime as dt
import sys
from collections.abc import Callable
from typing import Literal

import pytest
from asking import WHENS, interpreted
from people import NUMBERS, ODD, TRUTHS, Broken, BrokenZone, Colour, NotATime, Silent, Thing, Truth, Tuple
from test_columnar import columnar

import audql
from audql.binding import bind
from audql.engines import compiled, interpreter
from audql.functions import Function, Reduction
from audql.plugins import Plugin
from audql.types import Field, Scalar
from audql.vocabulary import PEOPLE

TODAY = dt.date(2026, 11, 23)
ANYTHING: tuple[object, ...] = (*ODD, *NUMBERS, *TRUTHS)

PLACES: tuple[tuple[Callable[[object], object], tuple[str, ...]], ...] = (
    (
        lambda odd: odd,
        ('country = "GB"', "suspended", "any job", "manager is set", 'completed("Fire")', "custom.x > 1"),
    ),
    (lambda odd: {"id": odd}, ('id = "7"', "id is set", 'id contains "5"')),
    (
        lambda odd: {"country": odd},
        ('country = "Retail"', "country is set", 'country matches "R"', 'country contains word "5"', "country = city"),
    ),
    (lambda odd: {"suspended": odd}, ("suspended", "suspended = false", "suspended is set")),
    (
        lambda odd: {"hired": odd, "last_login": odd, "created": odd},
        (
            "hired before 2027-01-01",
            "hired is set",
            "hired within 5 days of last_login",
            "last_login within last 3 days",
            "last_login within 50 hours of created",
            "hired = last_login",
            "anniversary(hired, within: this month)",
        ),
    ),
    (
        lambda odd: {"custom": {"x": odd}},
        ('custom.x = "Retail"', "custom.x = 5", "custom.x > 1", "custom.x is set", "custom.x before today", "custom.x"),
    ),
    (lambda odd: {"custom": odd}, ("custom.name is set", 'custom.name = "Retail"')),
    (lambda odd: {"jobs": odd}, ("any job", "at least 2 jobs", 'job.title = "Retail"', "every job (full_time)")),
    (
        lambda odd: {"org": odd, "jobs": [{"org": odd}]},
        ('org = "Retail"', 'org within "Retail"', "org is set", "at least 2 jobs.org", 'org.division = "Retail"'),
    ),
    (lambda odd: {"org": {"path": odd, "parent": odd}}, ('org within "Retail"', 'org under "EMEA"')),
    (
        lambda odd: {"manager": odd, "jobs": ["Nurse"]},
        (
            "manager is set",
            'manager = "u2"',
            'reports_to("u2", at_any_level: true)',
            'any manager (country = "Retail")',
        ),
    ),
    (
        lambda odd: {"completions": [{"learning": odd, "grade": odd, "completed": odd}]},
        ('completed("Retail")', 'last_grade("Retail") > 5', "completions_count() >= 1", "completion.completed is set"),
    ),
    (
        lambda odd: {"completions": [{"learning": {"name": "Fire", "tag": odd, "kind": odd}}], "badges": odd},
        ('completion.learning.tag = "Retail"', 'completed("Fire")', 'has_badge("Retail")', "badge.name is set"),
    ),
    (lambda odd: {"reports": odd, "audiences": odd}, ("manages_people()", 'member("Retail")')),
)


def test_the_engines_agree_on_anything_anywhere() -> None:
    for record_of, queries in PLACES:
        for query in queries:
            bound = bind(audql.compile(query).ir, WHENS[0])
            check, defined = compiled.plan(bound, PEOPLE), interpreter.plan(bound, PEOPLE)
            for number, odd in enumerate(ANYTHING):
                record = record_of(odd)
                answers = check(record), defined(record)
                assert answers in ((True, True), (False, False)), f"{query} of number {number}, {type(odd).__name__}"


def test_the_columnar_engine_agrees_too() -> None:
    for record_of, queries in PLACES:
        records = [record_of(odd) for odd in ANYTHING]
        for query in queries:
            for number, (found, defined) in enumerate(
                zip(columnar(query, records, WHENS[0]), interpreted(query, records), strict=True)
            ):
                assert found is defined, f"{query} of number {number}, {type(ANYTHING[number]).__name__}"


def holds(query: str, record: object, *, schema: audql.Schema = PEOPLE) -> bool:
    """What both engines say."""
    bound = bind(audql.compile(query, schema=schema).ir, WHENS[0])
    answer = compiled.plan(bound, schema)(record)
    assert answer is interpreter.plan(bound, schema)(record)
    return answer


# --- what cannot be read ----------------------------------------------------------------------------------------------


class Raising:
    """A record of which one property fails, and others do not."""

    country = "GB"

    @property
    def city(self) -> str:
        raise RuntimeError("the session is closed")


def test_a_property_that_fails_is_nothing() -> None:
    assert holds('country = "GB" and city is not set', Raising())
    assert not holds('city = "Leeds"', Raising())
    assert audql.compile('city != "Leeds"').explain(Raising()).holds


@pytest.mark.parametrize("make", [Broken, lambda: Broken(RecursionError)])
def test_a_record_that_always_fails_is_like_an_empty_one(make: Callable[[], object]) -> None:
    record = make()
    for query in ("country is not set", "not suspended", "no job", 'not completed("Fire")', 'not reports_to("ann")'):
        assert holds(query, record)
        assert len(audql.compile(query).select([record, {}])) == 2
        assert audql.compile(query).explain(record).holds


def test_whole_numbers_too_long_to_be_written() -> None:
    for long in (10**5000, -(10**5000)):
        assert not holds("suspended", {"suspended": long})
        assert not holds("country is set", {"country": long})
        assert holds("custom.x > 5" if long > 0 else "custom.x < 5", {"custom": {"x": long}})


def test_nan_is_nothing() -> None:
    nan = float("nan")
    assert not holds("country is set or manager is set or custom.x is set", {"country": nan, "manager": nan})
    assert not holds("any job or any completion", {"jobs": nan, "completions": [nan]})
    assert not holds("custom.x is set", {"custom": {"x": nan}})


def test_a_yes_or_no_is_no_item() -> None:
    assert not holds("manager is set or any job or org is set", {"manager": False, "jobs": True, "org": True})
    assert holds("any flags", {"flags": [True]}, schema=audql.OPEN)


def test_times_that_are_none() -> None:
    assert not holds("hired is set", {"hired": NotATime(2026, 11, 23)})
    assert not holds("hired is set", {"hired": dt.datetime(2026, 11, 23, tzinfo=BrokenZone())})
    assert holds("hired on 2026-11-23", {"hired": dt.datetime(2026, 11, 23, tzinfo=Silent())})


def test_a_method_is_no_value() -> None:
    class User:
        def jobs(self) -> list[str]:
            return ["Nurse"]

        country = jobs

    assert not holds("any job or country is set", User())


# --- what can ---------------------------------------------------------------------------------------------------------


def test_an_enum_member_is_what_it_stands_for() -> None:
    assert holds('org = "Retail"', {"org": Colour.RETAIL})
    assert holds('manager = "Retail"', {"manager": Truth.RETAIL})
    assert holds('org within "Retail"', {"org": {"name": "Leeds", "path": [Colour.RETAIL, "Leeds"]}})
    assert holds('org = "emea"', {"org": Thing.ORG})
    assert holds("suspended", {"suspended": Truth.YES})
    assert holds("suspended", {"suspended": Thing.ON})
    assert holds('last_grade("Fire") = 92', {"completions": [{"learning": "Fire", "grade": Thing.HIGH}]})
    assert holds("hired on 2026-11-23", {"hired": Thing.DAY})
    assert holds('completed("Retail")', {"completions": [Colour.RETAIL]})
    assert holds('level = "Retail"', {"level": Colour.RETAIL}, schema=audql.OPEN)


def test_a_named_tuple_is_an_item() -> None:
    assert holds('manager = "u1" and any manager (manager = "u2")', {"manager": Tuple()})
    assert holds('org = "Retail"', {"org": Tuple()})
    assert holds("at least 2 jobs", {"jobs": (Tuple(), Tuple())})


# --- fields that a plugin adds ----------------------------------------------------------------------------------------


def test_the_manager_at_the_top_leaves_all_else_of_the_job() -> None:
    shift = Plugin("shift", fields={"job": (Field("shift", Scalar.TEXT),)})
    query = audql.compile('any job (shift = "night" and manager = "ann")', plugins=(shift,))
    job = {"shift": "night", "title": "Nurse"}
    for found in (job, Job(**job)):
        record = {"manager": "ann", "jobs": [found]}
        assert query.matches(record)
        assert query.select([record] * 30) == [record] * 30


class Job:
    """A job that is an object."""

    def __init__(self, shift: str, title: str) -> None:
        self.shift, self.title = shift, title


def test_learning_keeps_what_a_plugin_adds() -> None:
    paid = Plugin("paid", fields={"learning": (Field("paid", Scalar.YES_NO),)})
    query = audql.compile("any completion (learning.paid)", plugins=(paid,))
    record = {"completions": [{"learning": {"name": "Fire", "paid": True}}]}
    assert query.matches(record)
    assert query.select([record] * 30) == [record] * 30


# --- identity, order, size --------------------------------------------------------------------------------------------


class Fresh:
    """A job that makes its organisation anew each time it is asked."""

    @property
    def org(self) -> object:
        return {"division": "Retail"}


def test_different_things_without_id_and_name_are_counted_while_they_last() -> None:
    assert holds("at least 5 jobs.org", {"jobs": [Fresh() for _ in range(5)]})
    assert not holds("at least 6 jobs.org", {"jobs": [Fresh() for _ in range(5)]})


def test_unlike_values_are_reduced_without_being_compared() -> None:
    kinds: tuple[tuple[Literal["max", "min", "last"], str], ...] = (("max", ""), ("min", ""), ("last", "completed"))
    extra = Plugin(
        "extra",
        fields={"completion": (Field("extra", Scalar.ANY),)},
        functions=tuple(
            Function(f"{kind}_extra", (), Reduction(kind, "completions", "true", "extra", by), f"{kind}_extra() is set")
            for kind, by in kinds
        ),
    )
    values: tuple[object, ...] = ("b", 5, TODAY, True, {"a": 1}, dt.datetime(2026, 11, 23, tzinfo=dt.UTC), 7.5)
    record = {"completions": [{"extra": value} for value in values]}
    for kind, _ in kinds:
        assert audql.compile(f"{kind}_extra() is set", plugins=(extra,)).matches(record, TODAY)
    assert audql.compile('max_extra() = "b"', plugins=(extra,)).matches(record, TODAY)


def test_the_latest_of_two_instants_of_one_day() -> None:
    seen = Plugin(
        "seen",
        fields={"completion": (Field("seen", Scalar.INSTANT),)},
        functions=(Function("last_seen", (), Reduction("max", "completions", "true", "seen"), "last_seen() is set"),),
    )
    query = audql.compile("last_seen() after 2026-11-23T12:00:00Z", plugins=(seen,))
    times = [{"seen": "2026-11-23T08:00:00Z"}, {"seen": "2026-11-23T14:00:00Z"}]
    assert query.matches({"completions": times}, TODAY)
    assert query.matches({"completions": times[::-1]}, TODAY)


def test_more_hours_than_there_are() -> None:
    record = {"created": "0001-01-01T00:00:00Z", "last_login": "9999-12-31T00:00:00Z"}
    assert holds("created within 999999999999999 hours of last_login", record)
    assert not holds("last_login more than 999999999999999 hours after created", record)


def test_the_deepest_query_needs_few_of_pythons_frames() -> None:
    query = audql.compile("any manager (id is set and no manager (id is not set or " * 60 + "suspended" + "))" * 60)
    record: dict[str, object] = {"id": "top"}
    for number in range(130):
        record = {"id": f"m{number}", "manager": record}
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(_depth() + 750)
        assert query.matches(record, TODAY) in (True, False)
    finally:
        sys.setrecursionlimit(limit)


def _depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth
