"""A seeded made world → a workspace: CSV feeds of any number of people, and the audql.toml that maps them.

The same number of people always makes the same files. What is in it, and how skewed, is in bench/README.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
from words import (
    CITIES,
    COUNTRIES,
    COURSES,
    DEPARTMENTS,
    ORG_DIVISIONS,
    ORG_NAMES,
    ORGS,
    POSITION_NAMES,
    POSITIONS,
    SEED,
    TITLES,
    Ints,
)

DAY = dt.date(2026, 11, 23)
COMPLETIONS_EACH = 14.6
BLOCK = 1_000_000
"""People whose completions are made at a time."""

_TODAY = (DAY - dt.date(1970, 1, 1)).days
_NONE = np.int64(-(2**31))
"""A missing number or day until it is written."""

Columns = dict[str, npt.NDArray[np.generic]]

CONFIG = """\
[workspace]
zone = "UTC"
population = "not suspended"
scripts = ["audiences.aud"]

[feed.people]
file = "people.csv"
columns = { "custom.Cost Centre" = { column = "Cost Centre", type = "code" } }

[feed.jobs]
file = "jobs.csv"

[feed.organisations]
file = "organisations.csv"
columns = { "custom.division" = "division" }

[feed.positions]
file = "positions.csv"

[feed.learning]
file = "learning.csv"

[feed.completions]
file = "completions.csv"
"""


def make(folder: Path, people: int) -> None:
    """Writes the workspace; one that is there and whole is left alone."""
    done = folder / "made"
    if done.exists():
        return
    feed = folder / "feed"
    feed.mkdir(parents=True, exist_ok=True)
    (folder / "audql.toml").write_text(CONFIG, encoding="utf-8")
    rng = np.random.default_rng([SEED, people])
    _write(feed / "people.csv", _people(people, rng), _PEOPLE)
    _write(feed / "jobs.csv", _jobs(people, rng), _JOBS)
    _write_small(feed)
    with (feed / "completions.csv").open("wb") as whole:
        for block, columns in _completions(people):
            part = feed / "part.csv"
            _write(part, columns, _COMPLETIONS, header=block == 0)
            with part.open("rb") as read:
                while piece := read.read(1 << 24):
                    whole.write(piece)
            part.unlink()
    done.write_text(f"{people}\n", encoding="utf-8")


def zipf(rng: np.random.Generator, count: int, choices: int, exponent: float = 1.0) -> Ints:
    """`count` numbers below `choices`, small ones more often."""
    weights: npt.NDArray[np.float64] = np.cumsum(1 / np.arange(1, choices + 1) ** exponent)
    found: Ints = np.searchsorted(weights, rng.random(count) * weights[-1])
    return found


def manager_levels(people: int) -> Ints:
    """Where each level of managers begins, by rank: 8 levels of which each is about as many times the one above."""
    ratio = people ** (1 / 7)
    bounds: Ints = np.concatenate([[0], np.cumsum(np.round(ratio ** np.arange(8)))]).astype(np.int64)
    bounds[-1] = people
    return bounds.clip(max=people)


def ranks(people: int) -> Ints:
    """Rank → person: who is at the top of the tree of managers, and so on downwards."""
    return np.random.default_rng([SEED, people, 4]).permutation(people)


def _missing(rng: np.random.Generator, values: Ints, share: float) -> Ints:
    return np.where(rng.random(len(values)) < share, _NONE, values)


def _people(n: int, rng: np.random.Generator) -> Columns:
    country = zipf(rng, n, len(COUNTRIES))
    # Most live in a city of their country: city i is in country i % 40, and city 0 … 39 are the largest.
    city = zipf(rng, n, len(CITIES) // len(COUNTRIES)) * len(COUNTRIES) + country
    hired = _TODAY - (9000 * rng.random(n) ** 2.2).astype(np.int64) + 10
    seen = rng.exponential(45 * 86400, n).astype(np.int64)
    return {
        "i": np.arange(n),
        "country": _missing(rng, country, 0.02),
        "city": _missing(rng, city, 0.03),
        "department": _missing(rng, zipf(rng, n, len(DEPARTMENTS), 0.8), 0.04),
        "hired": _missing(rng, hired, 0.01),
        "created": hired * 86400 - rng.integers(0, 30 * 86400, n),
        "last_login": _missing(rng, _TODAY * 86400 + 43200 - seen, 0.08),
        "suspended": np.searchsorted([0.03, 0.06], rng.random(n)),
        "spelling": np.searchsorted([0.97, 0.985], rng.random(n)),
        "cost_centre": rng.integers(1000, 3000, n),
        "name": rng.integers(0, 1 << 30, n),
    }


_PEOPLE = """
  'u' || lpad(i::VARCHAR, 8, '0') AS id,
  'user' || i AS username,
  'user' || i || '@example.com' AS email,
  chr((65 + name % 26)::INT) || lower(to_base(name % 9973, 26)) AS first_name,
  chr((65 + name // 26 % 26)::INT) || lower(to_base(name % 99991, 26)) AS last_name,
  -- People type: a few with a space too many or in small letters.
  CASE spelling WHEN 1 THEN lower(countries[country + 1]) WHEN 2 THEN countries[country + 1] || ' '
    ELSE countries[country + 1] END AS country,
  CASE spelling WHEN 1 THEN upper(cities[city + 1]) ELSE cities[city + 1] END AS city,
  CASE spelling WHEN 2 THEN ' ' || lower(departments[department + 1])
    ELSE departments[department + 1] END AS department,
  DATE '1970-01-01' + nullif(hired, missing)::INT AS hired,
  strftime(make_timestamp(created * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS created,
  strftime(make_timestamp(nullif(last_login, missing) * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS last_login,
  CASE suspended WHEN 0 THEN 'yes' WHEN 1 THEN NULL ELSE 'no' END AS suspended,
  cost_centre AS "Cost Centre"
"""


def _jobs(n: int, rng: np.random.Generator) -> Columns:
    """98 % have a main job, 6 % a second, 22 % one or more past, 1 % one to come; ordered by person."""
    main = np.flatnonzero(rng.random(n) < 0.98)
    second, past, future = (rng.integers(0, n, max(1, int(n * share))) for share in (0.06, 0.28, 0.01))
    person = np.concatenate([main, second, past, future])
    sort = np.repeat(np.arange(4), [len(main), len(second), len(past), len(future)])
    rows = len(person)
    began = _TODAY - (4000 * rng.random(rows) ** 2).astype(np.int64)
    began = np.where(
        sort == 2, began - 1000, np.where(sort == 3, _TODAY + 1 + (90 * rng.random(rows)).astype(np.int64), began)
    )
    ends = began + (3000 * rng.random(rows)).astype(np.int64)
    ends = np.where(sort == 2, np.minimum(ends, _TODAY - 1), np.where(ends > _TODAY, ends, _NONE))
    ended = np.where((sort == 2) | (rng.random(rows) < 0.05), ends, _NONE)
    columns: Columns = {
        "i": person,
        "title": _missing(rng, zipf(rng, rows, len(TITLES), 0.7), 0.01),
        "org": _missing(rng, _shuffled(zipf(rng, rows, len(ORGS), 0.6), len(ORGS), 5), 0.01),
        "position": _missing(rng, _shuffled(zipf(rng, rows, len(POSITIONS), 0.7), len(POSITIONS), 6), 0.02),
        "manager": _managers(n, person, sort == 0, rng),
        "started": _missing(rng, began, 0.02),
        "ended": ended,
        "full_time": np.searchsorted([0.8, 0.95], rng.random(rows)),
        "main": sort == 0,
    }
    order = np.argsort(person, kind="stable")
    return {name: values[order] for name, values in columns.items()}


def _shuffled(common: Ints, choices: int, salt: int) -> Ints:
    """How common something is has nothing to do with its place in a tree."""
    return np.random.default_rng([SEED, salt]).permutation(choices)[common]


def _managers(n: int, person: Ints, main: npt.NDArray[np.bool_], rng: np.random.Generator) -> Ints:
    """A main job's manager is one level up, some of that level having most; another job's is anywhere above.

    So there are some 8 levels and no circle, whichever jobs are current.
    """
    by_rank, bounds = ranks(n), manager_levels(n)
    rank = np.empty(n, dtype=np.int64)
    rank[by_rank] = np.arange(n)
    level = np.searchsorted(bounds, rank[person], side="right") - 1
    above = np.maximum(level - 1, 0)
    first, size = bounds[above], bounds[above + 1] - bounds[above]
    near = first + (size * 0.7 * rng.random(len(person)) ** 1.3).astype(np.int64)
    far = (bounds[np.maximum(level, 1)] * rng.random(len(person))).astype(np.int64)
    found = by_rank[np.where(main, near, far)]
    return _missing(rng, np.where(level == 0, _NONE, found), 0.005)


_JOBS = """
  'u' || lpad(i::VARCHAR, 8, '0') AS person,
  titles[title + 1] AS title,
  'o' || lpad(nullif(org, missing)::VARCHAR, 4, '0') AS org,
  'p' || lpad(nullif(position, missing)::VARCHAR, 3, '0') AS position,
  'u' || lpad(nullif(manager, missing)::VARCHAR, 8, '0') AS manager,
  DATE '1970-01-01' + nullif(started, missing)::INT AS started,
  DATE '1970-01-01' + nullif(ended, missing)::INT AS ended,
  CASE full_time WHEN 0 THEN 'yes' WHEN 1 THEN 'no' END AS full_time,
  CASE WHEN main THEN 'yes' ELSE 'no' END AS primary
"""


def _completions(people: int) -> Iterator[tuple[int, Columns]]:
    """By blocks of people, ordered by person. How many each has varies as much as in life: some none, some eighty."""
    for block, start in enumerate(range(0, people, BLOCK)):
        rng = np.random.default_rng([SEED, people, 7, block])
        count = rng.negative_binomial(2, 2 / (2 + COMPLETIONS_EACH), min(BLOCK, people - start))
        person = np.repeat(np.arange(start, start + len(count), dtype=np.int32), count)
        rows = len(person)
        course = zipf(rng, rows, len(COURSES), 0.9).astype(np.int16)
        day = (_TODAY - 2900 * rng.random(rows) ** 1.7).astype(np.int32)
        day[rng.random(rows) < 0.03] = _NONE
        grade = np.clip(rng.normal(78, 13, rows) * 2, 0, 200).astype(np.int32)
        grade[rng.random(rows) < 0.3] = _NONE
        yield block, {"i": person, "course": course, "day": day, "grade": grade}


_COMPLETIONS = """
  'u' || lpad(i::VARCHAR, 8, '0') AS person,
  'c' || lpad((course + 1)::VARCHAR, 4, '0') AS learning,
  DATE '1970-01-01' + nullif(day, missing)::INT AS completed,
  -- Most grades are whole, some end in a half.
  CASE WHEN grade % 10 = 5 THEN (grade / 2)::VARCHAR ELSE (nullif(grade, missing) // 2)::VARCHAR END AS grade
"""


def _write_small(feed: Path) -> None:
    import csv

    def table(name: str, header: list[str], rows: list[list[str | None]]) -> None:
        with (feed / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *rows])

    def above(parents: Ints, form: str) -> list[str | None]:
        return [None if p < 0 else form.format(p) for p in parents.tolist()]

    over = above(ORGS.parent, "o{:04}")
    table(
        "organisations.csv",
        ["id", "name", "type", "parent", "division"],
        [[f"o{i:04}", name, name.split()[0], over[i], ORG_DIVISIONS[i]] for i, name in enumerate(ORG_NAMES)],
    )
    over = above(POSITIONS.parent, "p{:03}")
    table(
        "positions.csv",
        ["id", "name", "parent"],
        [[f"p{i:03}", name, over[i]] for i, name in enumerate(POSITION_NAMES)],
    )
    table(
        "learning.csv",
        ["id", "name", "kind", "category"],
        [[f"c{i + 1:04}", name, "course", name.split()[-1]] for i, name in enumerate(COURSES)],
    )


_LISTS = {"countries": COUNTRIES, "cities": CITIES, "departments": DEPARTMENTS, "titles": TITLES}


def _write(path: Path, columns: Columns, select: str, *, header: bool = True) -> None:
    """The columns as that SELECT says them. Names of lists and `missing` stand for themselves in it."""
    with duckdb.connect(":memory:") as connection:
        for name, words in _LISTS.items():
            connection.execute(f"SET VARIABLE {name} = ?", [list(words)])
            select = select.replace(f"{name}[", f"getvariable('{name}')[")
        connection.register("made", columns)
        select = select.replace("missing", str(_NONE))
        connection.execute(f"COPY (SELECT {select} FROM made) TO '{path}' (HEADER {str(header).lower()})")
