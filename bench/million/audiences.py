"""A seeded set of audiences: conditions as data, and how AudQL says them.

A condition is made once here and also said in SQL (in_sql.py) and to polars (in_polars.py): all answer one question.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

import numpy as np
from words import (
    CITIES,
    COUNTRIES,
    COURSES,
    DEPARTMENTS,
    DIVISIONS,
    ORG_NAMES,
    ORGS,
    POSITION_NAMES,
    POSITIONS,
    SEED,
    TITLE_STARTS,
    TITLE_WORDS,
)
from workload import manager_levels, ranks, zipf


@dataclass(frozen=True, slots=True)
class Ago:
    number: int
    unit: Literal["days", "months", "years"]

    def before(self, day: dt.date) -> dt.date:
        """For days of the month that every month has."""
        if self.unit == "days":
            return day - dt.timedelta(self.number)
        months = day.year * 12 + day.month - 1 - self.number * (12 if self.unit == "years" else 1)
        return day.replace(year=months // 12, month=months % 12 + 1)

    def __str__(self) -> str:
        return f"{self.number} {self.unit if self.number > 1 else self.unit[:-1]}"


@dataclass(frozen=True, slots=True)
class TextIn:
    field: Literal["country", "city", "department"]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DateIs:
    """`within`: that long ago or since. `more`: longer ago. `before`: of a fixed day."""

    field: Literal["hired", "last_login"]
    how: Literal["within", "more", "before"]
    ago: Ago | None = None
    day: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Division:
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Title:
    how: Literal["contains", "starts with"]
    text: str


@dataclass(frozen=True, slots=True)
class Within:
    tree: Literal["org", "position"]
    node: int


@dataclass(frozen=True, slots=True)
class Started:
    ago: Ago


JobTest: TypeAlias = Division | Title | Within | Started


@dataclass(frozen=True, slots=True)
class AnyJob:
    """Some current job that is all of these."""

    tests: tuple[JobTest, ...]


@dataclass(frozen=True, slots=True)
class Completed:
    """Some completion of the course, so lately, with that grade."""

    course: int
    within: Ago | None = None
    grade: int | None = None


@dataclass(frozen=True, slots=True)
class LastCompleted:
    """The latest is longer ago than that."""

    course: int
    ago: Ago


@dataclass(frozen=True, slots=True)
class Reports:
    least: int


@dataclass(frozen=True, slots=True)
class Below:
    """Managed by that person, directly or through others."""

    person: int


Atom: TypeAlias = TextIn | DateIs | AnyJob | Completed | LastCompleted | Reports | Below


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple[Condition, ...]


Condition: TypeAlias = Atom | Not | All | Any


def atoms(condition: Condition) -> list[Atom]:
    match condition:
        case Not(part):
            return atoms(part)
        case All(parts) | Any(parts):
            return [atom for part in parts for atom in atoms(part)]
        case _:
            return [condition]


def audql(condition: Condition) -> str:
    match condition:
        case Not(Not() | All() | Any() as part):
            return f"not ({audql(part)})"
        case Not(part):
            return f"not {audql(part)}"
        case All(parts):
            return " and ".join(f"({audql(p)})" if isinstance(p, Any) else audql(p) for p in parts)
        case Any(parts):
            return " or ".join(f"({audql(p)})" if isinstance(p, All) else audql(p) for p in parts)
        case TextIn(field, values):
            return f"{field} {_in(values)}"
        case DateIs(field, "within", ago):
            return f"{field} within last {ago}"
        case DateIs(field, "more", ago):
            return f"{field} more than {ago} ago"
        case DateIs(field, _, _, day):
            return f"{field} before {day}"
        case AnyJob((test,)):
            return _bare(test)
        case AnyJob(tests):
            return f"any job ({' and '.join(map(_in_brackets, tests))})"
        case Completed(course, within, None):
            lately = f", within: {within}" if within else ""
            return f'completed("{COURSES[course]}"{lately})'
        case Completed(course, within, grade):
            lately = f" and completed within last {within}" if within else ""
            return f'any completion (learning = "{COURSES[course]}" and grade >= {grade}{lately})'
        case LastCompleted(course, ago):
            return f'last_completed("{COURSES[course]}") more than {ago} ago'
        case Reports(1):
            return "manages_people()"
        case Reports(least):
            return f"at least {least} reports"
        case Below(person):
            name = f"user{person}" if person % 2 else f"u{person:08}"
            return f'reports_to("{name}", at_any_level: true)'
    assert_never(condition)


def _in(values: tuple[str, ...]) -> str:
    quoted = [f'"{value}"' for value in values]
    return f"= {quoted[0]}" if len(quoted) == 1 else f"in ({', '.join(quoted)})"


def _bare(test: JobTest) -> str:
    return f"job.{_in_brackets(test)}" if isinstance(test, Title | Started) else _in_brackets(test)


def _in_brackets(test: JobTest) -> str:
    match test:
        case Division(values):
            return f"org.division {_in(values)}"
        case Title(how, text):
            return f'title {how} "{text}"'
        case Within("org", node):
            return f'org within "{ORG_NAMES[node]}"'
        case Within(_, node):
            return f'position within "{POSITION_NAMES[node]}"'
        case Started(ago):
            return f"started within last {ago}"
    assert_never(test)


def script(conditions: list[Condition]) -> str:
    return "\n".join(f'audience "{name(i)}" {{\n  where {audql(c)}\n}}' for i, c in enumerate(conditions)) + "\n"


def name(number: int) -> str:
    return f"Audience {number:05}"


def make_audiences(count: int, people: int) -> list[Condition]:
    """The first of many are the same as few of the same people."""
    chooser = _Chooser(people)
    return [chooser.audience() for _ in range(count)]


class _Chooser:
    def __init__(self, people: int) -> None:
        self.rng = np.random.default_rng([SEED, people, 8])
        self.ranks, self.levels = ranks(people), manager_levels(people)
        kinds: list[tuple[float, Callable[[], Atom]]] = [
            (14, lambda: TextIn("country", self.some(COUNTRIES, (1, 1, 1, 2, 3)))),
            (8, lambda: TextIn("department", self.some(DEPARTMENTS, (1, 1, 1, 2, 4)))),
            (6, lambda: TextIn("city", self.some(CITIES, (1, 4, 8, 20)))),
            (10, lambda: AnyJob((self.division(),))),
            (8, lambda: AnyJob((self.title(),))),
            (8, lambda: AnyJob((self.within("org"),))),
            (4, lambda: AnyJob((self.within("position"),))),
            (6, self.any_job),
            (13, lambda: Completed(self.course())),
            (9, lambda: Completed(self.course(), self.ago(30, 90, 180, months=6, years=3))),
            (3, lambda: Completed(self.course(), grade=self.number(60, 70, 80, 90))),
            (3, lambda: LastCompleted(self.course(), self.ago(months=6, years=3))),
            (8, self.hired),
            (
                6,
                lambda: DateIs("last_login", "within" if self.rng.random() < 0.6 else "more", self.ago(7, 30, 90, 180)),
            ),
            (3, lambda: Reports(self.number(1, 1, 3, 5, 10))),
            (4, self.below),
        ]
        self.kinds = [make for _, make in kinds]
        weights = np.array([weight for weight, _ in kinds])
        self.weights = weights / weights.sum()

    def audience(self) -> Condition:
        """2 to 6 different conditions; `and` at the top three times of four, every fifth condition negated."""
        wanted = int(self.rng.integers(2, 7))
        found: list[Atom] = []
        while len(found) < wanted:
            atom = self.kinds[self.rng.choice(len(self.kinds), p=self.weights)]()
            if atom not in found:
                found.append(atom)
        return self.joined(found, All if self.rng.random() < 0.75 else Any)

    def joined(self, these: list[Atom], join: type[All | Any]) -> Condition:
        if len(these) == 1:
            return Not(these[0]) if self.rng.random() < 0.2 else these[0]
        cuts = [i for i in range(1, len(these)) if self.rng.random() < 0.7] or [1]
        pieces = [these[a:b] for a, b in zip([0, *cuts], [*cuts, len(these)], strict=True)]
        other = Any if join is All else All
        parts = tuple(self.joined(piece, other) for piece in pieces)
        return Not(join(parts)) if self.rng.random() < 0.03 else join(parts)

    def number(self, *choices: int) -> int:
        return int(self.rng.choice(choices))

    def some(self, words: tuple[str, ...], sizes: tuple[int, ...]) -> tuple[str, ...]:
        """Common ones more often."""
        found = zipf(self.rng, self.number(*sizes), len(words), 0.9)
        return tuple(words[i] for i in sorted(set(found.tolist())))

    def course(self) -> int:
        return int(zipf(self.rng, 1, len(COURSES), 0.9)[0])

    def ago(self, *days: int, months: int = 0, years: int = 0) -> Ago:
        choices = [Ago(n, "days") for n in days] + [Ago(months, "months")] * bool(months)
        choices += [Ago(n, "years") for n in range(1, years + 1)]
        return choices[int(self.rng.integers(len(choices)))]

    def division(self) -> Division:
        return Division(self.some(DIVISIONS, (1, 1, 1, 2)))

    def title(self) -> Title:
        if self.rng.random() < 0.7:
            return Title("contains", str(self.rng.choice(TITLE_WORDS)))
        return Title("starts with", str(self.rng.choice(TITLE_STARTS)))

    def within(self, tree: Literal["org", "position"]) -> Within:
        depth = (ORGS if tree == "org" else POSITIONS).depth
        wanted = self.number(1, 1, 2, 2, 2, 3, 3, 3, 4, 5) if tree == "org" else self.number(1, 2, 2, 3)
        return Within(tree, int(self.rng.choice(np.flatnonzero(depth == wanted))))

    def any_job(self) -> AnyJob:
        two: list[JobTest] = [self.division() if self.rng.random() < 0.5 else self.within("org")]
        two.append(self.title() if self.rng.random() < 0.6 else Started(self.ago(30, 90, months=6, years=2)))
        return AnyJob(tuple(two))

    def hired(self) -> DateIs:
        if self.rng.random() < 0.3:
            return DateIs("hired", "before", day=dt.date(self.number(2012, 2018, 2022, 2025), 1, 1))
        return DateIs("hired", "within" if self.rng.random() < 0.6 else "more", self.ago(30, 90, months=6, years=3))

    def below(self) -> Below:
        level = self.number(1, 2, 2, 3, 3, 4, 5)
        return Below(int(self.ranks[self.rng.integers(self.levels[level], self.levels[level + 1])]))
