"""The functions of people and learning, in AudQL."""

from collections.abc import Mapping

from audql import ir
from audql.functions import Atom, Condition, Function, Given, Parameter, Reduction

_WHAT = Parameter("learning", "what", required=True, takes="reference")
_ANY_WHAT = Parameter("learning", "what", takes="reference")
_KIND = Parameter("kind", "wanted_kind")
_WHEN = (
    Parameter("within", "window", takes="window"),
    Parameter("before", "latest", takes="day"),
    Parameter("after", "earliest", takes="day"),
)


def _name(of: str) -> Parameter:
    return Parameter(of, "what", required=True, takes="reference")


def _anniversary(given: Mapping[str, Given]) -> ir.Atom:
    window, years = given["within"], given.get("years")
    if not isinstance(window, ir.Range) or isinstance(years, ir.Range):
        raise TypeError("anniversary takes a window and a number")
    if isinstance(window.low, ir.Moment) and isinstance(window.high, ir.Moment):
        return ir.Anniversary(years, window.low, window.high)
    raise TypeError("a window has two ends")


_FINISHED = "learning = what and kind = wanted_kind and completed within window and completed before latest"

FUNCTIONS = (
    Function(
        "completed",
        (_WHAT, _KIND, *_WHEN),
        Condition(f"any completion ({_FINISHED} and completed after earliest)"),
        'completed("Safety", within: 1 year)',
        "has finished it, of any kind unless said; `before:` and `after:` are strict",
        several=True,
        advice=(("before", "`last_completed({first}) more than {length} ago` leaves out who has done it again since"),),
    ),
    Function(
        "completed_programme",
        (_WHAT, *_WHEN),
        Condition('completed(what, kind: "programme", within: window, before: latest, after: earliest)'),
        'completed_programme("Induction")',
        several=True,
    ),
    Function(
        "enrolled",
        (_ANY_WHAT, _KIND),
        Condition("any enrolment (learning = what and kind = wanted_kind)"),
        'enrolled("Safety")',
        "the learning system has an enrolment; with no name, any",
        several=True,
    ),
    Function(
        "in_progress",
        (_ANY_WHAT, _KIND),
        Condition('any enrolment (learning = what and kind = wanted_kind and status = "in progress")'),
        'in_progress("Safety")',
        several=True,
    ),
    Function(
        "overdue",
        (_ANY_WHAT, _KIND),
        Condition(
            "any enrolment (learning = what and kind = wanted_kind and due before today and completed is not set"
            ' and not (status in ("completed", "suspended")))'
        ),
        "overdue()",
        "was due before today, is not completed and not suspended",
        several=True,
    ),
    Function(
        "certified",
        (_name("certification"),),
        Condition("any certification (name = what and (certified is set or bare) and not (expires before today))"),
        'certified("First Aid")',
        "holds it and it did not expire before today",
        several=True,
    ),
    Function(
        "certification_expires",
        (_name("certification"), Parameter("within_next", "length", required=True, takes="duration")),
        Condition("any certification (name = what and expires within next length)"),
        'certification_expires("First Aid", within_next: 60 days)',
        several=True,
    ),
    Function(
        "attended",
        (_name("event"), *_WHEN),
        Condition(
            'any attendance (event = what and (status = "attended" or status is not set) and attended within window'
            " and attended before latest and attended after earliest)"
        ),
        'attended("Fire drill", within: 1 year)',
        "an attendance whose status is `attended`, or not said",
        several=True,
    ),
    Function(
        "competent",
        (_name("competency"), Parameter("level", "wanted_level")),
        Condition("any competency (name = what and level = wanted_level)"),
        'competent("Welding", level: "Proficient")',
        several=True,
    ),
    Function(
        "has_badge",
        (_name("badge"),),
        Condition("any badge (name = what)"),
        'has_badge("5S")',
        several=True,
    ),
    Function(
        "reports_to",
        (
            Parameter("person", "who", required=True, takes="reference"),
            Parameter("at_any_level", default="false", takes="truth"),
        ),
        Condition("manager = who or at_any_level and all_managers = who"),
        'reports_to("ann", at_any_level: true)',
        "the manager of a current job is this person; at any level, directly or through others",
    ),
    Function(
        "manages_people",
        (),
        Condition("any report"),
        "manages_people()",
    ),
    Function(
        "member",
        (_name("audience"),),
        Condition("any audiences (name = what)"),
        'member("Managers")',
        "is in that audience after this run, whatever holds it",
        several=True,
        said=("audience", "audiences", "cohort", "cohorts", "group", "segment"),
    ),
    Function(
        "last_completed",
        (_WHAT, _KIND),
        Reduction("max", "completions", "learning = what and kind = wanted_kind", "completed"),
        'last_completed("Safety") more than 1 year ago',
        "the day of the latest completion",
    ),
    Function(
        "first_completed",
        (_WHAT, _KIND),
        Reduction("min", "completions", "learning = what and kind = wanted_kind", "completed"),
        'first_completed("Safety") before 2026-01-01',
        "the day of the first completion",
    ),
    Function(
        "last_enrolled",
        (_WHAT, _KIND),
        Reduction("max", "enrolments", "learning = what and kind = wanted_kind", "enrolled"),
        'last_enrolled("Safety") within last 30 days',
        "the day of the latest enrolment",
    ),
    Function(
        "last_grade",
        (_WHAT, _KIND),
        Reduction(
            "last", "completions", "learning = what and kind = wanted_kind and grade is set", "grade", "completed"
        ),
        'last_grade("Safety") < 70',
        "the grade of the latest graded attempt, undated ones first of all",
        said=("score", "mark", "result"),
    ),
    Function(
        "completions_count",
        (_ANY_WHAT, _KIND, *_WHEN),
        Reduction("count", "completions", f"{_FINISHED} and completed after earliest"),
        'completions_count("Safety", within: this year) >= 2',
        "how many, 0 if none; with no name, of all",
        said=("countif", "countifs", "sumif"),
    ),
    Function(
        "member_since",
        (_name("audience"),),
        Reduction("max", "audiences", "name = what", "since"),
        'member_since("Managers") more than 30 days ago',
        "the day of joining the audience",
    ),
    Function(
        "anniversary",
        (
            Parameter("date", required=True, takes="date field"),
            Parameter("years", takes="number"),
            Parameter("within", required=True, takes="window"),
        ),
        Atom(
            _anniversary,
            "the date returns within the window, for the `years`-th time or, left out, any from the first;"
            " 29 February counts as the 28th in common years",
        ),
        "anniversary(hired, years: 2, within: this month)",
    ),
)
