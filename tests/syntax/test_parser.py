"""What valid text means as a tree: the page's examples, and what is easy to get wrong."""

import datetime as dt
from decimal import Decimal

import pytest

from audql.diagnostics import Findings
from audql.rendering import render
from audql.source import Source
from audql.syntax import ast, scripts
from audql.syntax.parser import parse_query, parse_script
from audql.syntax.printer import format_query, format_script

SAID = """\
org.division = "Retail" and not completed("Safety")
any job (title = "Nurse" and org = "A&E") and certification_expires("Resus", within_next: 60 days) and any manager (not completed("X"))
last_completed("AML") more than 1 year ago
completed(all: ("A", "B")) and not completed(any: ("C", "D"))
first_completed("A") after first_completed("B")
last_completed("X") within 30 days of last_enrolled("X")
last_grade("Conduct exam") < 70
member_since("High risk") more than 30 days ago
any enrolment (learning = "IPC" and enrolled more than 14 days ago and status = "not started")
no enrolment (learning.category = "Compliance" and due before 1 week ago and completed is not set)
at least 3 reports and member_since("Managers") within last 6 months
anniversary(hired, years: 2, within: this month)
hired within previous quarter
any job (primary and org within "Retail")
at least 2 jobs.org and any job and every job (not full_time)
any job (ends within next 30 days and position.type = "Contractor")
any job (started within last 6 months and position within "Professor")
no job (org within "Wards") and any past_job (org within "Wards")
any future_job (org within "Plant 4" and started within next 14 days)
reports_to("jsmith", at_any_level: true) and not reports_to("jsmith")
every report (certified("BLS"))
manager.org within "Head Office"
at least 2 of (completed("A"), completed("B"), certified("C"))
no badge (name = "5S" and achieved within last 2 years)
id_number is not set or email not ends with "@example.com"
title_is_odd or job.title contains word ("RN", "LPN")
created within last 30 days and first_login is not set
last_login not within last 90 days and not suspended
custom.`Contract end` on or before 30 days from now
exactly 1 job and no temporary_report
job.title matches "[0-9]{4}"
"""  # noqa: E501  # as the page has them

SCRIPT = """\
import "regions.aud"

let new_starter = hired within last 90 days
define worked_in(place) = any past_job (org within place) or any job (org within place)

audience "Retail new starters" was "Shop starters" {
  about   "Everyone new on the shop floor"
  owner   "lena@example.com"
  where   org.division = "Retail" and new_starter
  include "ann" until 2026-12-31 because "covers Store 12"
  exclude "bob"

  enrol in course "Safety" due 30 days after joining
  enrol in programme "Induction" as "learner"
  when leaving suspend
  notify learner, manager on joining with "welcome"
  notify manager 7 days before due with "chase"
  notify learner every 7 days while overdue
}

audience "First aiders" { members "ann", "bob" }  # a list kept by hand

retire "Retail 2024" then keep

test "Retail new starters" as of 2026-11-23 {
  member     { org: {division: "Retail"}, hired: 10 days ago }
  not member { org: {division: "Head Office"}, hired: 10 days ago }
}
"""


def _query(text: str) -> ast.Query:
    findings = Findings()
    tree = parse_query(Source(text), findings)
    assert not findings.found, render(findings.found)
    return tree


def _script(text: str) -> scripts.Script:
    findings = Findings()
    tree = parse_script(Source(text), findings)
    assert not findings.found, render(findings.found)
    return tree


@pytest.mark.parametrize("text", SAID.splitlines())
def test_said_in_audql(text: str) -> None:
    shown = format_query(_query(text))
    assert " ".join(shown.split()) == text
    assert _query(shown) == _query(text)


def test_the_example_script_is_canonical() -> None:
    assert format_script(_script(SCRIPT)) == SCRIPT
    assert _script("\ufeff" + SCRIPT.replace("\n", "\r\n")) == _script(SCRIPT)
    assert _script(SCRIPT.replace("  # a list kept by hand", "").replace("\n", "\r")) == _script(SCRIPT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A AND Not b Or c", "a and not b or c".replace("a", "A", 1)),
        ("a and (b and c)", "a and b and c"),
        ("(a or b) or c", "a or b or c"),
        ("a or b and c", "a or (b and c)"),
        ("not not a", "not (not a)"),
        ("hired at # x\n least", ""),
        ("at  # here\n least 3 jobs", "at least 3 jobs"),
        ("x = 'it''s'", 'x = "it\'s"'),
        ("x on  or\tafter today", "x on or after today"),
        ("x within last 1 DAYS", "x within last 1 day"),
    ],
)
def test_the_same(one: str, other: str) -> None:
    if other:
        assert _query(one) == _query(other)


@pytest.mark.parametrize(
    "text",
    [
        "org.set is set and job.any = job.not.or",  # after a dot
        "f(any: 1, in: 2, not: (1, 2), within: last 3 months, of: this year)",  # before a colon
        "owner = 5 and where = 6 and test and let and members is set and due before today",  # words of scripts
        "day = 5 and hours > 3 and year within last days",  # units
        "ends = 5 and starts starts with 'a' and more more than 3 days ago and least = 3",  # halves of phrases
        "any ends (starts and more)",
        "hired within period and org within place and x within n of y",  # parameters
    ],
)
def test_words_are_names_where_they_are_no_keywords(text: str) -> None:
    assert _query(format_query(_query(text))) == _query(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", Decimal(5)), ("-5", Decimal(-5)), ("2.50", Decimal("2.5")), ("0.1", Decimal("0.1")),
        ("2026-11-23", dt.date(2026, 11, 23)),
        ("2026-11-23T14:30", dt.datetime(2026, 11, 23, 14, 30)),  # noqa: DTZ001  # naive where it has no zone
        ("2026-11-23T14:30:00Z", dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)),
        ("2026-11-23T15:30:00.5+01:00", dt.datetime(2026, 11, 23, 14, 30, 0, 500_000, dt.UTC)),
        ('"C:\\new ""x"""', 'C:\\new "x"'),
    ],
)  # fmt: skip
def test_values(text: str, value: object) -> None:
    tree = _query(f"x = {text}")
    assert isinstance(tree, ast.Compare)
    assert isinstance(tree.right, ast.Number | ast.Date | ast.Instant | ast.Text)
    assert tree.right.value == value
    assert tree.right.span.text == text


def test_names_of_other_languages() -> None:
    tree = _query("наём.größe = 5 and `a``b`.c and e\u0301t\u00e9")
    assert isinstance(tree, ast.And)
    assert tree.parts[1] == _query("`a``b`.`c`")
    assert format_query(tree) == "наём.größe = 5 and `a``b`.c and `e\u0301t\u00e9`"


def test_recipients_of_several_words() -> None:
    script = _script('audience "A" { notify managers  At any\nlevel, "x@y.z", owner when overdue }')
    audience = script.items[0]
    assert isinstance(audience, scripts.Audience)
    notify = audience.clauses[0]
    assert isinstance(notify, scripts.Notify)
    assert [r.text if isinstance(r, ast.Name) else r.value for r in notify.recipients] == [
        "managers at any level", "x@y.z", "owner",
    ]  # fmt: skip


def test_records() -> None:
    findings = Findings()
    text = 'test "A" { given {on: 5, a.in: [1, {b: "x"}, []], c: {}, hired: 10 days ago} }'
    (test,) = parse_script(Source(text), findings).items
    assert not findings.found
    assert isinstance(test, scripts.Test)
    (given,) = test.steps
    assert isinstance(given, scripts.Given)
    record = given.record
    assert [".".join(n.text for n in e.path.names) for e in record.entries] == ["on", "a.in", "c", "hired"]


def test_spans() -> None:
    text = "a and  not any job (b or c)\n"
    tree = _query(text)
    assert isinstance(tree, ast.And)
    assert tree.span.text == text.strip()
    assert [p.span.text for p in tree.parts] == ["a", "not any job (b or c)"]
