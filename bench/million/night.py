"""A whole night on a million people, one in a hundred of them changed: where the seconds go, step by step.

    python bench/million/night.py --people 1000000 --audiences 1000 --folder /tmp/million

Every tenth audience gives a course. First a night that finds everything new, then one in which 1 % of people changed,
then one in which nothing did. Beside each step the plain tool that does only that step: DuckDB reading the feed's CSV
files and comparing people and jobs both ways, and as many rows put into one table of SQLite at once.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
from audiences import audql, make_audiences, name
from changing import other_feed
from clock import Clock
from words import COURSES
from workload import DAY, make

from audql.operations.running import apply, plan, sync

_TARGET = """
[targets.file]
path = "changes.csv"
"""
ALLOW = ("first", "leaves", "lost", "run")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--audiences", type=int, default=1_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "audql-million")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = given.folder / f"night-{given.people}"
    make(folder, given.people)
    shutil.rmtree(folder / "state", ignore_errors=True)
    _script(folder, given.people, given.audiences)
    settings = (folder / "audql.toml").read_text(encoding="utf-8")
    if "[targets" not in settings:
        (folder / "audql.toml").write_text(settings + _TARGET, encoding="utf-8")
    (folder / "changes.csv").unlink(missing_ok=True)

    rows: list[dict[str, object]] = []
    rows += night(folder, "everything new", DAY)
    with other_feed(folder / "feed", given.people // 100):
        rows += night(folder, "1 % changed", DAY + dt.timedelta(1))
        rows += [_took("1 % changed", "DuckDB reads the feed, compares", lambda: _duckdb(folder / "feed"))]
        rows += night(folder, "nothing changed", DAY + dt.timedelta(1))
    if given.json:
        print(json.dumps(rows, indent=1))
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB", file=sys.stderr)


def night(folder: Path, which: str, day: dt.date) -> list[dict[str, object]]:
    """Sync, plan, apply, each with what it did."""
    now = dt.datetime.combine(day, dt.time(12), dt.UTC)
    found = [_took(which, "sync", lambda: _synced(folder, now, day))]
    found.append(_took(which, "plan alone", lambda: _planned(folder, now, day)))
    found.append(_took(which, "apply: plan, write, tell the target", lambda: _applied(folder, now, day)))
    changes = int(str(found[1]["note"]).split()[-3].replace(",", ""))
    found.append(_took(which, "SQLite: that many rows at once", lambda: _plain(changes)))
    return found


def _synced(folder: Path, now: dt.datetime, day: dt.date) -> str:
    report = sync(folder=folder, now=now, day=day, allow=ALLOW)
    return f"{sum(report.counts.values()):,} rows"


def _planned(folder: Path, now: dt.datetime, day: dt.date) -> str:
    found = plan(folder=folder, now=now, day=day, allow=ALLOW)
    if found.diagnostics:
        raise SystemExit(f"the audiences have mistakes: {found.diagnostics[:3]}")
    made = found.plan
    moves = sum(len(a.joins.people) + len(a.leaves.people) for a in made.audiences)
    return f"{moves:,} join or leave, {sum(made.counts().values()):,} enrolments change"


def _applied(folder: Path, now: dt.datetime, day: dt.date) -> str:
    outcome = apply(folder=folder, now=now, day=day, allow=ALLOW).outcome
    assert outcome is not None
    return f"{outcome.told:,} changes told"


def _took(which: str, step: str, do: Callable[[], str]) -> dict[str, object]:
    clock = Clock()
    note = do()
    took = clock.took()
    print(f"{which:16} {step:34} {took.wall_s:8.1f} s {took.cpu_s:8.1f} cpu   {note}", file=sys.stderr, flush=True)
    return {"night": which, "step": step, "seconds": took.wall_s, "cpu": took.cpu_s, "note": note}


def _duckdb(feed: Path) -> str:
    differing = 0
    with duckdb.connect() as database:
        for name_ in ("people", "jobs"):
            kept = feed / f"{name_}.csv.kept"
            database.execute(f"CREATE TABLE old_{name_} AS FROM read_csv('{kept}', all_varchar = true)")
            database.execute(f"CREATE TABLE {name_} AS FROM read_csv('{feed / name_}.csv', all_varchar = true)")
            for a, b in ((name_, f"old_{name_}"), (f"old_{name_}", name_)):
                found = database.execute(f"SELECT count(*) FROM (FROM {a} EXCEPT ALL FROM {b})").fetchone()
                differing += found[0] if found else 0
        database.execute(f"CREATE TABLE completions AS FROM read_csv('{feed / 'completions.csv'}', all_varchar = true)")
    return f"{differing:,} rows differ"


def _plain(rows: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "plain.sqlite")
        database.execute("CREATE TABLE enrolment (person INTEGER, learning TEXT, since TEXT, due TEXT, state TEXT)")
        values = ((n, "c0001", "2026-11-23", "2026-12-23", "wanted") for n in range(rows))
        database.executemany("INSERT INTO enrolment VALUES (?, ?, ?, ?, ?)", values)
        database.commit()
        database.close()
    return ""


def _script(folder: Path, people: int, audiences: int) -> None:
    lines = []
    for i, condition in enumerate(make_audiences(audiences, people)):
        gives = f'\n  enrol in course "{COURSES[i % len(COURSES)]}" due 30 days after joining' if i % 10 == 0 else ""
        lines.append(f'audience "{name(i)}" {{\n  where {audql(condition)}{gives}\n}}')
    (folder / "audiences.aud").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
