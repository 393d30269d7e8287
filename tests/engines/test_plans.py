"""A query that is asked again and again: the same answers, whether interpreted, compiled or kept, on whatever day."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

import audql
from audql.engines import compiled_plans

D = dt.date
NEW = 'hired within last 90 days and org.division = "Retail"'
ANN = {"hired": "2026-09-01", "org": {"division": "retail"}}


def test_the_same_before_and_after_it_is_compiled() -> None:
    query = audql.compile(NEW)
    assert {query.matches(ANN, as_of=D(2026, 11, 23)) for _ in range(100)} == {True}
    assert {query.matches(ANN | {"hired": "2026-01-01"}, as_of=D(2026, 11, 23)) for _ in range(100)} == {False}


def test_days_that_take_turns() -> None:
    query = audql.compile(NEW)
    days = [D(2026, 11, 23), D(2027, 11, 23), dt.datetime(2026, 11, 23, 5, tzinfo=dt.UTC)]
    for round_ in (1, 50):
        answers = [query.matches(ANN, as_of=day) for day in days for _ in range(round_)]
        assert answers == [True] * round_ + [False] * round_ + [True] * round_


def test_threads_that_ask_as_of_different_days() -> None:
    query = audql.compile(NEW)

    def ask(year: int) -> set[bool]:
        return {query.matches(ANN, as_of=D(year, 11, 23)) for _ in range(400)}

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, [2026, 2027] * 8)) == [{True}, {False}] * 8


@pytest.mark.parametrize("text", ["created before now", "created before today", "created before 2026-01-01"])
def test_left_out_means_now_each_time(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    query = audql.compile(text)
    old = {"created": "2001-01-01T00:00:00Z"}
    assert {query.matches(old) for _ in range(60)} == {True}
    clock = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

    class Early(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Early":
            return cls.fromtimestamp(clock.timestamp(), tz)

    monkeypatch.setattr("audql.engines.compiled_plans.dt.datetime", Early)
    monkeypatch.setattr("audql.embedding.time", clock.timestamp)
    assert query.matches(old) is ("2026" in text)


def test_now_moves_within_a_day() -> None:
    query = audql.compile("last_login less than 2 hours ago")
    for _ in range(compiled_plans.OFTEN + 5):
        assert query.matches({"last_login": dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)})
        assert not query.matches({"last_login": dt.datetime.now(dt.UTC) - dt.timedelta(hours=5)})
        assert not query.matches({"last_login": dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)})


def test_select_knows_managers_in_small_and_large_populations() -> None:
    query = audql.compile('manager.country = "GB" or reports_to("u0") or any report (country = "IE")')
    for size in (5, 200):
        people = [{"id": f"u{n}", "country": ("GB", "IE", "FR")[n % 3], "manager": f"u{n // 2}"} for n in range(size)]
        wanted = [
            p
            for n, p in enumerate(people)
            if (n // 2) % 3 == 0 or n // 2 == 0 or any(k // 2 == n and k % 3 == 1 for k in range(size))
        ]
        assert query.select(people, as_of=D(2026, 11, 23)) == wanted
