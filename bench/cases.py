"""The dozen queries of the benchmark, in AudQL, by hand in Python, and as the peers can say them.

The Python means what AudQL means of plain records: text without regard to case and surrounding space, missing values,
current jobs only, ISO dates. The peers are given their quickest form: text compared exactly, days as constants, ISO
texts compared as texts where the language can; so they do less. None: the language cannot say it.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from records import DAY

Rows = list[dict[str, Any]]

# --- by hand ----------------------------------------------------------------------------------------------------------


def fold(text: object) -> str:
    if not isinstance(text, str):
        return ""
    return text.strip().lower() if text.isascii() else normalize("NFKC", normalize("NFKC", text).casefold()).strip()


def day(value: object) -> dt.date | None:
    try:
        if isinstance(value, str):
            return dt.date.fromisoformat(value) if len(value) == 10 else dt.datetime.fromisoformat(value).date()
    except ValueError:
        return None
    return value.date() if isinstance(value, dt.datetime) else value if isinstance(value, dt.date) else None


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def between(value: object, low: dt.date, high: dt.date) -> bool:
    found = day(value)
    return found is not None and low <= found <= high


def before(value: object, limit: dt.date) -> bool:
    found = day(value)
    return found is not None and found < limit


def current(person: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in person.get("jobs") or ():
        if not before(job.get("ended"), DAY) and not ((started := day(job.get("started"))) and started > DAY):
            yield job


def in_division(person: dict[str, Any], division: str) -> bool:
    return any(fold((job.get("org") or {}).get("division")) == division for job in current(person))


def completed(person: dict[str, Any], name: str) -> bool:
    return any(fold(row.get("learning")) == name for row in person.get("completions") or ())


def last_grade(person: dict[str, Any], name: str) -> float | None:
    best = None
    for row in person.get("completions") or ():
        if fold(row.get("learning")) == name and (grade := row.get("grade")) is not None:
            key = (day(row.get("completed")) or dt.date.min, grade)
            best = key if best is None or key > best else best
    return None if best is None else best[1]


def within(job: dict[str, Any], node: str) -> bool:
    org = job.get("org") or {}
    return node in (fold(org.get("id")), fold(org.get("name"))) or any(fold(n) == node for n in org.get("path") or ())


def not_overdue(person: dict[str, Any]) -> bool:
    return not any(
        fold(row.get("learning")) == "course 49" and before(row.get("due"), ago(7)) and not row.get("completed")
        for row in person.get("enrolments") or ()
    )


def manager_in_emea(person: dict[str, Any]) -> bool:
    return any("manager" in fold(job.get("title")) and within(job, "emea") for job in current(person))


def good_result(person: dict[str, Any]) -> bool:
    return any(
        fold(row.get("learning")) == "course 39"
        and (row.get("grade") or 0) >= 80
        and between(row.get("completed"), dt.date(2024, 11, 23), DAY)
        for row in person.get("completions") or ()
    )


def cost_centre(person: dict[str, Any]) -> bool:
    return fold((person.get("custom") or {}).get("Cost Centre")) == "4100"


def six(person: dict[str, Any]) -> bool:
    return (
        fold(person.get("country")) == "gb"
        and not person.get("suspended")
        and in_division(person, "retail")
        and not completed(person, "safety")
        and between(person.get("last_login"), ago(90), DAY)
        and cost_centre(person)
    )


# --- the dozen --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Query:
    """One query in all languages."""

    conditions: int
    audql: str
    by_hand: Callable[[dict[str, Any]], bool]
    zen: str | None
    cel: str | None
    rule: str | None


_CURRENT = {
    "zen": '(#.ended == null or d(#.ended) >= d("2026-11-23")) and d(#.started) <= d("2026-11-23")',
    "cel": '(j.ended == null || j.ended >= "2026-11-23") && j.started <= "2026-11-23"',
    "rule": '(j["ended"] == null or j["ended"] >= "2026-11-23") and j["started"] <= "2026-11-23"',
}
_RETAIL = {
    "zen": f'some(jobs, {_CURRENT["zen"]} and #.org.division == "Retail")',
    "cel": f'jobs.exists(j, {_CURRENT["cel"]} && j.org.division == "Retail")',
    "rule": f'$any([j["org"]["division"] == "Retail" for j in jobs if {_CURRENT["rule"]}])',
}
_SAFETY = {
    "zen": 'not some(completions, #.learning == "Safety")',
    "cel": '!completions.exists(c, c.learning == "Safety")',
    "rule": 'not $any([c["learning"] == "Safety" for c in completions])',
}
_SIX = {
    "zen": f'country == "GB" and not suspended and {_RETAIL["zen"]} and {_SAFETY["zen"]}'
    ' and d(last_login) >= d("2026-08-25") and d(last_login) < d("2026-11-24") and custom["Cost Centre"] == "4100"',
    "cel": f'country == "GB" && !suspended && {_RETAIL["cel"]} && {_SAFETY["cel"]}'
    ' && last_login >= "2026-08-25" && last_login < "2026-11-24" && custom["Cost Centre"] == "4100"',
    "rule": f'country == "GB" and not suspended and {_RETAIL["rule"]} and {_SAFETY["rule"]}'
    ' and last_login >= "2026-08-25" and last_login < "2026-11-24" and custom["Cost Centre"] == "4100"',
}
_SIX_AUDQL = (
    'country = "GB" and not suspended and org.division = "Retail" and not completed("Safety")'
    ' and last_login within last 90 days and custom.`Cost Centre` = "4100"'
)
_COURSES = tuple(f"Missing {n}" for n in range(14))

QUERIES = (
    Query(
        1,
        'country = "GB"',
        lambda p: fold(p.get("country")) == "gb",
        'country == "GB"',
        'country == "GB"',
        'country == "GB"',
    ),
    Query(
        2,
        'country in ("GB", "IE") and not suspended',
        lambda p: fold(p.get("country")) in ("gb", "ie") and not p.get("suspended"),
        'country in ["GB", "IE"] and not suspended',
        'country in ["GB", "IE"] && !suspended',
        'country in ["GB", "IE"] and not suspended',
    ),
    Query(
        1,
        "hired within last 90 days",
        lambda p: between(p.get("hired"), ago(90), DAY),
        'd(hired) >= d("2026-08-25") and d(hired) <= d("2026-11-23")',
        'hired >= "2026-08-25" && hired <= "2026-11-23"',
        'hired >= "2026-08-25" and hired <= "2026-11-23"',
    ),
    Query(
        2,
        'org.division = "Retail" and not completed("Safety")',
        lambda p: in_division(p, "retail") and not completed(p, "safety"),
        f"{_RETAIL['zen']} and {_SAFETY['zen']}",
        f"{_RETAIL['cel']} && {_SAFETY['cel']}",
        f"{_RETAIL['rule']} and {_SAFETY['rule']}",
    ),
    Query(
        2,
        "last_login not within last 90 days and not suspended",
        lambda p: not between(p.get("last_login"), ago(90), DAY) and not p.get("suspended"),
        'not (d(last_login) >= d("2026-08-25") and d(last_login) < d("2026-11-24")) and not suspended',
        '!(last_login >= "2026-08-25" && last_login < "2026-11-24") && !suspended',
        'not (last_login >= "2026-08-25" and last_login < "2026-11-24") and not suspended',
    ),
    Query(
        2,
        'any job (title contains "manager" and org within "EMEA")',
        manager_in_emea,
        f'some(jobs, {_CURRENT["zen"]} and contains(#.title, "manager") and contains(#.org.path, "EMEA"))',
        f'jobs.exists(j, {_CURRENT["cel"]} && j.title.contains("manager") && "EMEA" in j.org.path)',
        f'$any(["manager" in j["title"] and "EMEA" in j["org"]["path"] for j in jobs if {_CURRENT["rule"]}])',
    ),
    Query(
        3,
        'any completion (learning = "Course 39" and grade >= 80 and completed within last 2 years)',
        good_result,
        'some(completions, #.learning == "Course 39" and #.grade >= 80 and d(#.completed) >= d("2024-11-23")'
        ' and d(#.completed) <= d("2026-11-23"))',
        'completions.exists(c, c.learning == "Course 39" && c.grade >= 80 && c.completed >= "2024-11-23"'
        ' && c.completed <= "2026-11-23")',
        '$any([c["learning"] == "Course 39" and c["grade"] >= 80 and c["completed"] >= "2024-11-23"'
        ' and c["completed"] <= "2026-11-23" for c in completions])',
    ),
    Query(
        3,
        'no enrolment (learning = "Course 49" and due before 1 week ago and completed is not set)',
        not_overdue,
        'not some(enrolments, #.learning == "Course 49" and d(#.due) < d("2026-11-16") and #.completed == null)',
        '!enrolments.exists(e, e.learning == "Course 49" && e.due < "2026-11-16" && e.completed == null)',
        'not $any([e["learning"] == "Course 49" and e["due"] < "2026-11-16" and e["completed"] == null'
        " for e in enrolments])",
    ),
    Query(
        1,
        'last_grade("Course 39") < 100',
        lambda p: (grade := last_grade(p, "course 39")) is not None and grade < 100,
        None,
        None,
        None,
    ),
    Query(
        2,
        'custom.`Cost Centre` = "4100" and at least 2 completions',
        lambda p: cost_centre(p) and sum(1 for row in p.get("completions") or () if row) >= 2,
        'custom["Cost Centre"] == "4100" and len(completions) >= 2',
        'custom["Cost Centre"] == "4100" && completions.size() >= 2',
        'custom["Cost Centre"] == "4100" and completions.length >= 2',
    ),
    Query(6, _SIX_AUDQL, six, _SIX["zen"], _SIX["cel"], _SIX["rule"]),
    Query(
        20,
        f"{_SIX_AUDQL} and " + " and ".join(f'not completed("{name}")' for name in _COURSES),
        lambda p: six(p) and not any(completed(p, fold(name)) for name in _COURSES),
        f"{_SIX['zen']} and " + " and ".join(f'not some(completions, #.learning == "{name}")' for name in _COURSES),
        f"{_SIX['cel']} && " + " && ".join(f'!completions.exists(c, c.learning == "{name}")' for name in _COURSES),
        f"{_SIX['rule']} and "
        + " and ".join(f'not $any([c["learning"] == "{name}" for c in completions])' for name in _COURSES),
    ),
)
