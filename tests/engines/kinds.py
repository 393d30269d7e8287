"""Queries that ask each kind of column and index, and each comparison at a value that people of `feeds` have."""

import itertools
from collections.abc import Iterator

_KINDS = (
    "suspended",
    "not suspended",
    "suspended is set",
    "custom.flag = false",
    "hired is not set",
    "hired on or before 2026-11-23",
    "hired within last 30 days",
    "hired between 2024-02-29 and 2026-11-22",
    "last_login within last 36 hours",
    "last_login after 2026-11-22",
    "custom.when before 2026-01-31",
    "custom.Level = 5",
    "custom.Level between 1 and 7",
    "custom.`Cost Centre` is set",
    'country in ("GB", "retail")',
    'country contains "a"',
    'city starts with "s"',
    'city ends with "l"',
    'department contains word "safety"',
    'id_number matches "^[A-Z]"',
    'id = "BOB"',
    'jobs.title = "retail"',
    "every job (started is set)",
    "no job (full_time)",
    "at least 2 jobs",
    'org within "retail"',
    "any job (org.custom.level > 1)",
    'org.name = "Retail"',
    'manager.country = "gb"',
    "custom is set",
    "every custom (Level > 1)",
    "manager.custom.flag = true",
    "any past_job (temporary_manager.custom is set)",
    'reports_to("u1", at_any_level: true)',
    "at least 2 reports",
    "any report (suspended)",
    'completed("Safety")',
    'completed("Safety", within: 90 days)',
    'last_completed("Safety") before 2026-01-01',
    'last_completed("Safety") within last 30 days',
    'last_completed("Safety") more than 30 days ago',
    'last_completed("Retail") more than 7 days ago',
    'last_grade("Safety") >= 5',
    'any completion (learning.category = "retail" and grade is set)',
    'any enrolment (status = "overdue" and due before today)',
    "any certification (expires after today)",
    'any attendance (status = "booked")',
    "any competency (level is set)",
    "any badge (achieved within last 400 days)",
    'member("Safety")',
    "anniversary(hired, within: last 30 days)",
    "any job (started after person.hired)",
    "any job (started within 7 days of person.hired)",
    "any job (started within 30 days after person.hired)",
    "hired within 29 days of last_login",
    'last_completed("Safety") within 30 days of hired',
    'any job (at least 2 of (title = "retail", full_time, started is set))',
    "any job (at least 3 of (title is set, full_time, started is set, ended is not set))",
    "at least 2 of (suspended, hired is set, custom.flag, city is set)",
    "exactly 2 jobs",
    "at most 1 job",
    "at least 2 jobs (full_time)",
    "at least 2 completions (grade >= 5)",
    'any job (title = "retail" or title = "nurse" or full_time)',
    'any job (not (title = "retail" or title is not set))',
    'any completion (learning.name = "safety" and (grade > 5 or completed before 2026-01-31))',
    'city = "retail" or city = "nurse" or city is not set',
    'every completion (learning.name = "safety")',
    "manager.manager.country is set",
    "any report (any job (title is set))",
    "any report (at least 2 jobs)",
    "any job (manager.suspended)",
    "any job (org.parent.name is set)",
    'any job (not org within "retail")',
    'not org within "retail"',
    'not reports_to("u1", at_any_level: true)',
    'reports_to("u2")',
    "manages_people()",
    "any job (title = person.city)",
    "any enrolment (learning.name = person.city)",
    "any job (started = person.hired)",
    "any job (started before person.hired)",
    'any completion (learning.id = "l5" and grade >= 1)',
    'any completion (learning.id = "l10" and completed before 2026-11-23)',
    'any completion (learning.id = "l11" and (grade > 1 or learning.category is set))',
    'every completion (learning.id = "l13" or grade is set)',
    "at least 2 jobs.org",
    "at least 2 completions.learning",
    "at least 3 completions.learning (category is set)",
    "exactly 1 jobs.org",
    "any job (person.suspended and title is set)",
    "any job (not person.suspended)",
    "suspended = custom.flag",
    "any job (full_time = person.suspended)",
    'reports_to("u2", at_any_level: true)',
    'any report (country = "gb")',
    "hired = custom.when",
    "hired before custom.when",
    "hired on or before custom.when",
    "hired != custom.when",
    "last_login after first_login",
    "hired within 1 day of custom.when",
    "hired within 31 days after custom.when",
    "hired within 31 days before custom.when",
    "hired more than 30 days before custom.when",
    'first_completed("Safety") before 2026-01-01',
    'last_completed("Safety") on or after 2026-11-22',
    'last_grade("Safety") = 5',
    'not completed("Safety")',
    'not completed("Safety", within: 1 year)',
    'member_since("Safety") more than 29 days ago',
    'not member("Safety")',
)
_COMPARED = ("before", "on or before", "on", "on or after", "after", "!=")


def _at_bounds() -> Iterator[str]:
    """What lies at the bound of a comparison is on one side of it."""
    days = ("2026-11-22", "2026-11-23", "2024-02-29", "0001-01-01", "9999-12-31")
    for place, compared, day in itertools.product(("hired", "last_login"), _COMPARED, days):
        yield f"{place} {compared} {day}"
    for compared, day in itertools.product(_COMPARED, days[:3]):
        yield f"any job (started {compared} {day})"
        yield f'last_completed("Safety") {compared} {day}'
    instants = ("2026-11-22T23:59:59.999999Z", "2024-02-29T00:00:00Z", "2026-11-23T12:30:00+05:30")
    for compared, instant in itertools.product(("<", "<=", "=", ">=", ">", "!="), instants):
        yield f"last_login {compared} {instant}"
    for compared, number in itertools.product(("<", "<=", "=", ">=", ">", "!="), ("5", "7", "0.1", "-0.5")):
        yield f"custom.Level {compared} {number}"
        yield f"any completion (grade {compared} {number})"
    for place in ("hired", "last_login", "custom.when"):
        for days_ in (1, 7, 29, 30, 31, 90):
            yield f"{place} within last {days_} days"
            yield f"{place} more than {days_} days ago"
            yield f"{place} within next {days_} days"
    for word in ("retail", "straße", "σασ", "istanbul", "a", "re", "ail", "5", "2026-11-23", "x"):
        for compared in ("=", "!=", "contains", "contains word", "starts with", "ends with"):
            yield f'city {compared} "{word}"'
        yield f'custom.`Cost Centre` = "{word}"'
        yield f'department in ("{word}", "nurse")'


EACH_KIND = (*_KINDS, *_at_bounds())
