"""What a night's plan and apply cost in the runner and in state, with an engine that answers at once.

    python bench/runner.py --people 100000 --learning 200

Each learning is given by one audience, of 95 in 100 people at first; then a night without change, one in which 1 in 100
members change, and one without change. Beside the first apply: the same rows put into the same tables with the sqlite3
module's `executemany` alone. Seconds are of the processor, all threads together.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from itertools import repeat
from pathlib import Path

import numpy as np

from audql import ir
from audql.engines.days import Days
from audql.engines.engine import Audiences
from audql.engines.members import Members
from audql.engines.roster import Roster
from audql.program import Assignment, Audience, Due, Program
from audql.runner.apply import apply
from audql.runner.plan import plan
from audql.snapshot.snapshot import Snapshot
from audql.source import Source, Span
from audql.state.store import State
from audql.sync.sync import sync
from audql.syntax.ast import OnLeaving, Unit
from audql.workspace import Holds, Workspace

DAY = dt.date(2026, 11, 23)
_SPAN = Span(Source("", "bench"), 0, 0)
_TOML = """
[workspace]
zone = "UTC"
[feed]
[feed.people]
file = "people.csv"
"""
_ALLOW = ("first", "leaves", "lost", "run")


class Answers:
    """An engine that has the members of each audience at hand; the rule says which."""

    def __init__(self, members: Sequence[Members]) -> None:
        self.members = list(members)

    def of(self, roster: Roster) -> Answers:
        return self

    def prepare(self, rules: Sequence[ir.Query], values: Sequence[ir.Value]) -> None:
        pass

    def matching(self, rule: ir.Query, audiences: Audiences) -> Members:
        assert isinstance(rule, ir.AtLeast)
        return self.members[rule.count]

    def dates(self, value: ir.Value, people: Members, audiences: Audiences) -> Days:
        raise NotImplementedError


def audience(number: int) -> Audience:
    return Audience(
        name=f"Audience {number}",
        was=(),
        about="",
        owners=(),
        tags=(),
        rule=ir.AtLeast(number, ()),
        listed=(),
        includes=(),
        excludes=(),
        active_from=None,
        active_until=None,
        holding=None,
        assignments=(Assignment("course", f"L{number:03}", "", Due(None, 30, Unit.DAY), _SPAN),),
        on_leaving=OnLeaving.UNENROL,
        alerts=(),
        needs=(),
        file="bench.aud",
        span=_SPAN,
    )


def workspace(root: Path, people: int) -> Workspace:
    (root / "feed").mkdir()
    rows = "".join(f"u{i:08}\n" for i in range(people))
    (root / "feed" / "people.csv").write_text(f"id\n{rows}", encoding="utf-8")
    (root / "audql.toml").write_text(_TOML, encoding="utf-8")
    found = Workspace.open(root)
    sync(found, as_of=DAY)
    return found


def nights(where: Workspace, people: int, learning: int) -> list[dict[str, object]]:
    random = np.random.default_rng(1)
    inside = [random.random(people) < 0.95 for _ in range(learning)]
    script = Program(tuple(audience(i) for i in range(learning)), (), (), (), (), (), "bench")
    snapshot = Snapshot.open(where.snapshots)
    found: list[dict[str, object]] = []
    for number, night in enumerate(("first", "no change", "1 % change", "no change")):
        if night == "1 % change":
            for flags in inside:
                flags[random.choice(people, people // 100, replace=False)] ^= True
        engine = Answers([Members.where(flags) for flags in inside])
        day = DAY + dt.timedelta(days=number)
        with State.open(where.state) as state:
            start = time.process_time()
            made = plan(script, snapshot, state.read(), engine.of, as_of=day, zone="UTC", holds=Holds(), allow=_ALLOW)
            planned = time.process_time()
            apply(made, state, standing=made.basis, at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC), allow=_ALLOW)
            applied = time.process_time()
        found.append(
            {
                "night": night,
                "changes": sum(made.counts().values()),
                "plan_s": round(planned - start, 2),
                "apply_s": round(applied - planned, 2),
                "state_bytes": where.state.file.stat().st_size,
                "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    return found


def plainly(state_file: Path, other: Path) -> float:
    """Seconds in which sqlite3 alone puts the rows of the first apply into tables of the same text."""
    with sqlite3.connect(state_file) as known:
        tables = {
            name: text
            for name, text in known.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            if name in ("person", "run", "learning", "enrolment", "outbox")
        }
        rows = {number: [p for (p,) in part] for number, part in _first_members(known)}
    known.close()
    connection = sqlite3.connect(other, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for text in tables.values():
        connection.execute(text)
    start = time.process_time()
    connection.execute("BEGIN")
    for number, people in rows.items():
        each = zip(
            repeat(number), people, *map(repeat, (1, "", 20780, 20810, "wanted", False, False, None)), strict=False
        )
        connection.executemany("INSERT INTO enrolment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", each)
    numbered = iter(range(1, 1 << 40))
    for number, people in rows.items():
        each = zip(numbered, repeat(1), repeat(number), people, *map(repeat, (1, "enrol", 20810)), strict=False)
        connection.executemany("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?)", each)
    connection.execute("COMMIT")
    connection.close()
    return time.process_time() - start


def _first_members(known: sqlite3.Connection) -> list[tuple[int, list[tuple[int]]]]:
    (first,) = known.execute("SELECT min(started) FROM enrolment").fetchone()
    query = "SELECT person FROM enrolment WHERE learning = ? AND spell = 1 AND started = ?"
    numbers = [number for (number,) in known.execute("SELECT id FROM learning ORDER BY id")]
    return [(number, known.execute(query, [number, first]).fetchall()) for number in numbers]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--learning", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where = workspace(Path(folder), asked.people)
        found = nights(where, asked.people, asked.learning)
        plain = round(plainly(where.state.file, Path(folder) / "plain.sqlite"), 2)
    if asked.json:
        print(json.dumps({"people": asked.people, "learning": asked.learning, "nights": found, "plain_s": plain}))
        return
    for night in found:
        print(
            f"{night['night']:<11} {night['changes']:>11,} changes   plan {night['plan_s']:6} s   "
            f"apply {night['apply_s']:6} s   state {int(str(night['state_bytes'])) / 1e6:6,.0f} MB   "
            f"peak {int(str(night['peak_bytes'])) / 1e9:.2f} GB"
        )
    print(f"sqlite3's executemany of the first night's rows: {plain} s")


if __name__ == "__main__":
    main()
