"""What a night's plan and apply cost in the runner and in state, with an engine that answers at once.

    python bench/runner.py --people 100000 --learning 200
    python bench/runner.py --people 100000 --learning 10 --postgresql postgresql://postgres@127.0.0.1/postgres

Each learning is given by one audience, of 95 in 100 people at first; then a night without change, one in which 1 in 100
members change, and one without change. Beside the first apply: the same rows put into tables of the same text by the
sqlite3 module's `executemany` alone; with `--postgresql`, in a schema of its own, by psycopg's `COPY` alone. Seconds
are those on the wall, and of our processor, all threads together; a server's own are in the first only. Bytes are
those of the database after it, in SQLite with its log.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain, count, repeat
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

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
from audql.state import tables
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
OUTBOX = ("person", "number", "run", "learning", "spell", "action", "due")
_ALLOW = ("first", "leaves", "lost", "run")


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds on the wall, and of our processor."""

    wall_s: float
    cpu_s: float

    def __sub__(self, other: Took) -> Took:
        return Took(round(self.wall_s - other.wall_s, 2), round(self.cpu_s - other.cpu_s, 2))

    def __str__(self) -> str:
        return f"{self.wall_s:6.2f} s ({self.cpu_s:6.2f} cpu)"


def clock() -> Took:
    return Took(time.perf_counter(), time.process_time())


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


def workspace(root: Path, people: int, url: str = "") -> Workspace:
    (root / "feed").mkdir()
    rows = "".join(f"u{i:08}\n" for i in range(people))
    (root / "feed" / "people.csv").write_text(f"id\n{rows}", encoding="utf-8")
    state = f'[state]\nurl = "{url}"\n' if url else ""
    (root / "audql.toml").write_text(_TOML + state, encoding="utf-8")
    found = Workspace.open(root)
    with State.open_alone(found.state) as opened:
        sync(found, opened, as_of=DAY)
    return found


def nights(where: Workspace, people: int, learning: int, size: Callable[[], int]) -> list[dict[str, object]]:
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
        with State.open_alone(where.state) as state:
            start = clock()
            made = plan(script, snapshot, state.read(), engine.of, as_of=day, zone="UTC", holds=Holds(), allow=_ALLOW)
            planned = clock()
            apply(made, state, standing=made.basis, at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC), allow=_ALLOW)
            applied = clock()
        found.append(
            {
                "night": night,
                "changes": sum(made.counts().values()),
                "plan": planned - start,
                "apply": applied - planned,
                "database_bytes": size(),
                "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    return found


def rows_of(first: Sequence[Members]) -> tuple[Iterator[tuple[object, ...]], Iterator[tuple[object, ...]]]:
    """Those that the first night puts into `enrolment` and `outbox`."""
    people = [members.ordinals().tolist() for members in first]
    spell, numbers = (1, "", 20780, 20810, "wanted", False, False, None), count(1)
    return (
        chain.from_iterable(zip(repeat(n), who, *map(repeat, spell)) for n, who in enumerate(people, 1)),
        chain.from_iterable(
            zip(who, numbers, repeat(1), repeat(n), *map(repeat, (1, "enrol", 20810)))
            for n, who in enumerate(people, 1)
        ),
    )


def in_sqlite(file: Path, enrolments: Iterator[tuple[object, ...]], waiting: Iterator[tuple[object, ...]]) -> Took:
    """What sqlite3 alone takes."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for table in (tables.person, tables.run, tables.learning, tables.enrolment, tables.outbox):
        connection.execute(str(CreateTable(table).compile(dialect=sa.make_url("sqlite://").get_dialect()())))
    start = clock()
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO enrolment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", enrolments)
    connection.executemany(f"INSERT INTO outbox ({', '.join(OUTBOX)}) VALUES (?, ?, ?, ?, ?, ?, ?)", waiting)
    connection.execute("COMMIT")
    done = clock()
    connection.close()
    return done - start


def in_postgresql(url: str, enrolments: Iterator[tuple[object, ...]], waiting: Iterator[tuple[object, ...]]) -> Took:
    """What psycopg alone takes, into tables with the names of the state's in a schema of their own."""
    import psycopg

    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table in (tables.enrolment, tables.outbox):
            cursor.execute(
                str(CreateTable(table).compile(dialect=sa.make_url("postgresql+psycopg://").get_dialect()())).encode()
            )
        connection.commit()
        start = clock()
        for name, rows in (("enrolment", enrolments), (f"outbox ({', '.join(OUTBOX)})", waiting)):
            with cursor.copy(f"COPY {name} FROM STDIN".encode()) as copy:
                for row in rows:
                    copy.write_row(row)
        connection.commit()
        return clock() - start


@contextmanager
def schema(url: str, name: str) -> Iterator[str]:
    """The URL of a schema for a while."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())
        connection.execute(f"CREATE SCHEMA {name}".encode())
        yield f"{url}{'&' if '?' in url else '?'}options=-c%20search_path%3D{name}"
        connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


def in_files(file: Path) -> int:
    """Bytes of a SQLite database."""
    return sum(path.stat().st_size for path in file.parent.glob(f"{file.name}*"))


def in_tables(url: str, name: str) -> int:
    """Bytes of the tables of a schema, their indexes included."""
    import psycopg

    size = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
    query = f"{size} WHERE relkind = 'r' AND relnamespace = %s::regnamespace"
    with psycopg.connect(url) as connection:
        found = connection.execute(query.encode(), [name]).fetchone()
    assert found is not None
    return int(found[0])


def measured(given: argparse.Namespace, folder: Path, url: str) -> tuple[list[dict[str, object]], Took, int]:
    """The nights, and the plain rows and their bytes, in one database."""
    random = np.random.default_rng(1)
    first = [Members.where(random.random(given.people) < 0.95) for _ in range(given.learning)]
    if not url:
        where, plain = workspace(folder, given.people), folder / "plain.sqlite"
        found = nights(where, given.people, given.learning, lambda: in_files(where.state.file))
        return found, in_sqlite(plain, *rows_of(first)), in_files(plain)
    with schema(url, "bench_runner") as of_state:
        where = workspace(folder, given.people, of_state.replace("postgresql://", "postgresql+psycopg://", 1))
        found = nights(where, given.people, given.learning, lambda: in_tables(url, "bench_runner"))
    with schema(url, "bench_plain") as of_plain:
        return found, in_postgresql(of_plain, *rows_of(first)), in_tables(url, "bench_plain")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--learning", type=int, default=20)
    parser.add_argument("--postgresql", default="", metavar="URL")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found, plain, plain_bytes = measured(given, Path(folder), given.postgresql)
    if given.json:
        shown = [{k: asdict(v) if isinstance(v, Took) else v for k, v in night.items()} for night in found]
        alone = {"plain": asdict(plain), "plain_bytes": plain_bytes}
        print(json.dumps({"people": given.people, "learning": given.learning, "nights": shown, **alone}))
        return
    for night in found:
        took = "   ".join(f"{what} {night[what]}" for what in ("plan", "apply"))
        peak, held = (int(str(night[which])) // 1_000_000 for which in ("peak_bytes", "database_bytes"))
        print(f"{night['night']:<11} {night['changes']:>11,} changes   {took}   peak {peak:,} MB, database {held:,} MB")
    which = "COPY" if given.postgresql else "executemany"
    print(f"the rows of the first night alone, {which}: {plain}, database {plain_bytes // 1_000_000:,} MB")


if __name__ == "__main__":
    main()
