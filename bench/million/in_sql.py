"""The same conditions in SQL that DuckDB and PostgreSQL both read, over the tables that tables.py makes.

Two-valued as AudQL is: text and numbers are never NULL in those tables ('' is nothing there), and `not` is pushed down
to the conditions, where a comparison with a date that may be missing becomes `IS NOT TRUE`.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, assert_never

from audiences import (
    Ago,
    All,
    Any,
    AnyJob,
    Atom,
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


def count_query(condition: Condition, day: dt.date, form: Form) -> str:
    return f"SELECT count(*) FROM people p WHERE NOT p.suspended AND {where(condition, day, form)}"


def where(condition: Condition, day: dt.date, form: Form, *, negated: bool = False) -> str:
    """In brackets where `and` and `or` need them."""
    match condition:
        case Not(part):
            return where(part, day, form, negated=not negated)
        case All(parts) | Any(parts):
            word = " AND " if isinstance(condition, All) is not negated else " OR "
            return "(" + word.join(where(part, day, form, negated=negated) for part in parts) + ")"
        case TextIn(field, values):
            return f"p.{field} {'NOT ' if negated else ''}IN ({_texts(values)})"
        case Reports(least):
            return f"p.reports {'<' if negated else '>='} {least}"
        case DateIs():
            return f"({_date(condition, day)})" + " IS NOT TRUE" * negated
        case AnyJob() | Completed() | LastCompleted() | Below():
            no = "NOT " if negated else ""
            table, test = _elsewhere(condition, day)
            if form == "exists" and not isinstance(condition, LastCompleted):
                return f"{no}EXISTS (SELECT 1 FROM {table} t WHERE t.person = p.person AND {test})"
            return f"p.person {no}IN (SELECT t.person FROM {table} t WHERE {test})"
    assert_never(condition)


def people_query(atom: Atom, day: dt.date) -> str:
    """The people of one condition, some of them perhaps more than once."""
    match atom:
        case AnyJob() | Completed() | LastCompleted() | Below():
            table, test = _elsewhere(atom, day)
            return f"SELECT t.person FROM {table} t WHERE {test}"
        case _:
            return f"SELECT p.person FROM people p WHERE {where(atom, day, 'in')}"


def _elsewhere(atom: AnyJob | Completed | LastCompleted | Below, day: dt.date) -> tuple[str, str]:
    """The table that it is about, and what its rows `t` are."""
    match atom:
        case AnyJob(tests):
            return "current_jobs", " AND ".join(_job(test, day) for test in tests)
        case Completed(course, within, grade):
            test = f"t.course = {course}"
            if within is not None:
                test += f" AND t.completed >= '{within.before(day)}' AND t.completed <= '{day}'"
            if grade is not None:
                test += f" AND t.grade >= {grade}"
            return "completions", test
        case LastCompleted(course, ago):
            latest = f"GROUP BY t.person HAVING max(t.completed) < '{ago.before(day)}'"
            return "completions", f"t.course = {course} {latest}"
        case Below(person):
            return "above", f"t.manager = {person}"
    assert_never(atom)


def _date(atom: DateIs, day: dt.date) -> str:
    match atom:
        case DateIs(field, "within", Ago() as ago):
            return f"p.{field} >= '{ago.before(day)}' AND p.{field} < '{day + dt.timedelta(1)}'"
        case DateIs(field, _, ago, fixed):
            return f"p.{field} < '{ago.before(day) if ago else fixed}'"


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


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value.lower()}'" for value in values)
