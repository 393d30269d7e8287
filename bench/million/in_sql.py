"""The same conditions in SQL that DuckDB and PostgreSQL both read, over the tables that tables.py makes.

Two-valued as AudQL is: text and numbers are never NULL in those tables ('' is nothing there), and `not` is pushed down
to the conditions, where a comparison with a date that may be missing becomes `IS NOT TRUE`.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, assert_never

from audiences import (
    All,
    Any,
    AnyJob,
    Below,
    Completed,
    Condition,
    DateIs,
    Division,
    JobTest,
    LastCompleted,
    Not,
    Reports,
    Started,
    TextIn,
    Title,
    Within,
)
from words import ORGS, POSITIONS

Form = Literal["in", "exists"]
"""How a condition on other tables is asked: `person IN (SELECT …)` or a correlated EXISTS."""


def count_query(condition: Condition, day: dt.date, form: Form = "in") -> str:
    return f"SELECT count(*) FROM people p WHERE NOT p.suspended AND {where(condition, day, form)}"


def where(condition: Condition, day: dt.date, form: Form, *, negated: bool = False) -> str:
    """In brackets where `and` and `or` need them."""

    def of(table: str, test: str, *, grouped: str = "") -> str:
        no = "NOT " if negated else ""
        if form == "exists" and not grouped:
            return f"{no}EXISTS (SELECT 1 FROM {table} t WHERE t.person = p.person AND {test})"
        return f"p.person {no}IN (SELECT t.person FROM {table} t WHERE {test}{grouped})"

    def dated(test: str) -> str:
        return f"({test}) IS NOT TRUE" if negated else f"({test})"

    match condition:
        case Not(part):
            return where(part, day, form, negated=not negated)
        case All(parts) | Any(parts):
            word = " AND " if isinstance(condition, All) is not negated else " OR "
            return "(" + word.join(where(part, day, form, negated=negated) for part in parts) + ")"
        case TextIn(field, values):
            return f"p.{field} {'NOT ' if negated else ''}IN ({_texts(values)})"
        case DateIs(field, "within", ago):
            assert ago is not None
            since, until = ago.before(day), day + dt.timedelta(1)
            return dated(f"p.{field} >= '{since}' AND p.{field} < '{until}'")
        case DateIs(field, _, ago, fixed):
            return dated(f"p.{field} < '{ago.before(day) if ago else fixed}'")
        case AnyJob(tests):
            return of("current_jobs", " AND ".join(_job(test, day) for test in tests))
        case Completed(course, within, grade):
            test = f"t.course = {course}"
            if within is not None:
                test += f" AND t.completed >= '{within.before(day)}' AND t.completed <= '{day}'"
            if grade is not None:
                test += f" AND t.grade >= {grade}"
            return of("completions", test)
        case LastCompleted(course, ago):
            latest = f" GROUP BY t.person HAVING max(t.completed) < '{ago.before(day)}'"
            return of("completions", f"t.course = {course}", grouped=latest)
        case Reports(least):
            return f"p.reports {'<' if negated else '>='} {least}"
        case Below(person):
            return of("above", f"t.manager = {person}")
    assert_never(condition)


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value.lower()}'" for value in values)


def _job(test: JobTest, day: dt.date) -> str:
    match test:
        case Division(values):
            return f"t.division IN ({_texts(values)})"
        case Title(how, text):
            pattern = f"%{text}%" if how == "contains" else f"{text}%"
            return f"t.title IN (SELECT title FROM titles WHERE name LIKE '{pattern}')"
        case Within("org", node):
            return f"t.org BETWEEN {node} AND {ORGS.last[node]}"
        case Within(_, node):
            return f"t.position BETWEEN {node} AND {POSITIONS.last[node]}"
        case Started(ago):
            return f"t.started >= '{ago.before(day)}' AND t.started <= '{day}'"
    assert_never(test)
