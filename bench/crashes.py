"""Nights that are killed: `audql run` is stopped with SIGKILL at random moments, then run again, and ends as if it had
never been.

    python bench/crashes.py --kills 500
    python bench/crashes.py --kills 500 --mails --postgresql postgresql://postgres@127.0.0.1/postgres

Each trial begins with the second day of examples/adventureworks, in a copy of its own; with `--postgresql` its state is
in a database of its own, copied by the server. It is killed once to three times at a random moment of the time that a
run takes, then run to its end, and compared with a night that nobody disturbed: people, members and since when,
enrolments, messages, what the target was told, and that it was told nothing twice. With `--delta` the second day's
people, jobs and completions are fed as deltas: the rows that are others than on the first day. With `--mails` a server
takes the mails: each that an undisturbed night sends, and at most one twice for each time that it was killed.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

EXAMPLE = Path(__file__).parent.parent / "examples" / "adventureworks"
STATE = {
    "person": "ordinal, id",
    "audience": "key, members, since",
    "enrolment": "learning, person, spell, role, started, due, status, completed, suspended, ended",
    "outbox": "learning, person, spell, action",
    "message": "alert, person, learning, spell, number, recipient, status",
}
_MAIL = """
[mail]
from = "learning@adventure-works.example"
server = "127.0.0.1"
port = {port}
security = "none"
completions_max_age_days = 0
"""


@dataclass(slots=True)
class Sink:
    """A server that takes every mail and remembers its Message-ID."""

    seen: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        self.seen[str(message_from_bytes(envelope.content)["Message-ID"])] += 1
        return "250 OK"


@dataclass(frozen=True, slots=True)
class Places:
    """Where trials are; with `server`, the URL of a database, their states are in databases beside it."""

    root: Path
    server: str = ""

    def copy(self, old: str, new: str) -> Path:
        """The workspace `old` as `new`, with its state."""
        shutil.rmtree(self.root / new, ignore_errors=True)
        shutil.copytree(self.root / old, self.root / new)
        if self.server:
            self._drop(new)
            self._ask(f"CREATE DATABASE {_database(new)} TEMPLATE {_database(old)}")
            config = self.root / new / "audql.toml"
            config.write_text(config.read_text().replace(self._url(old), self._url(new)))
        return self.root / new

    def new(self, name: str) -> Path:
        """A workspace on the first day, without state."""
        shutil.copytree(EXAMPLE, self.root / name)
        if self.server:
            self._drop(name)
            self._ask(f"CREATE DATABASE {_database(name)}")
            config = self.root / name / "audql.toml"
            config.write_text(config.read_text().replace("[state]\n", f'[state]\nurl = "{self._url(name)}"\n'))
        return self.root / name

    def rows(self, name: str, query: str) -> list[tuple[object, ...]]:
        if self.server:
            import psycopg

            with psycopg.connect(self._of(name)) as there:
                return there.execute(query.encode()).fetchall()
        with sqlite3.connect(self.root / name / "state" / "audql.sqlite") as here:
            return here.execute(query).fetchall()

    def _of(self, name: str) -> str:
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{_database(name)}"))

    def _url(self, name: str) -> str:
        return self._of(name).replace("postgresql://", "postgresql+psycopg://", 1)

    def _drop(self, name: str) -> None:
        self._ask(f"DROP DATABASE IF EXISTS {_database(name)} WITH (FORCE)")

    def _ask(self, command: str) -> None:
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as server:
            server.execute(command.encode())


def _database(name: str) -> str:
    return f"audql_crashes_{name}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", default="", metavar="URL", help="of a database; others are made beside it")
    parser.add_argument("--mails", action="store_true")
    parser.add_argument("--delta", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as root, _sink(given.mails) as (sink, more):
        places = Places(Path(root), given.postgresql)
        _prepare(places.new("before"), more, delta=given.delta)
        _trials(places, sink, given.kills, given.seed)


def _trials(places: Places, sink: Sink, kills: int, seed: int) -> None:
    chosen = random.Random(seed)
    whole = places.copy("before", "whole")
    sink.seen.clear()
    started = time.perf_counter()
    _night(whole)
    length = time.perf_counter() - started
    wanted, mails = _end(places, "whole"), Counter(sink.seen)
    killed, trials, late, twice = 0, 0, 0, 0
    while killed < kills:
        trials += 1
        here = places.copy("before", "trial")
        sink.seen.clear()
        times = chosen.randint(1, 3)
        for _ in range(times):
            was_killed = _killed(here, chosen.uniform(0.1, 1.1) * length)
            killed, late = killed + was_killed, late + (not was_killed)
        _night(here)
        found = _end(places, "trial")
        more_than_once = sink.seen.total() - len(sink.seen)
        twice += more_than_once
        differing = [name for name in wanted if found[name] != wanted[name]]
        if sink.seen.keys() != mails.keys() or more_than_once > times:
            differing.append(f"mails ({len(mails)} wanted, {len(sink.seen)} sent, {more_than_once} twice)")
        if differing:
            raise SystemExit(f"trial {trials} of seed {seed}: {', '.join(differing)} differ; see {_kept(here)}")
        if sys.stderr.isatty():
            print(f"\r{killed} killed", end="", file=sys.stderr)
    print(f"{killed} kills in {trials} nights of {length:.2f} s ({late} came too late): all ended as undisturbed")
    if mails:
        print(f"{len(mails)} mails each night; {twice} in all were in doubt and went out again")


@contextmanager
def _sink(wanted: bool) -> Iterator[tuple[Sink, str]]:
    """A server, and what `audql.toml` says of it."""
    sink = Sink()
    if not wanted:
        yield sink, ""
        return
    from aiosmtpd.controller import Controller

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield sink, _MAIL.format(port=port)
    finally:
        controller.stop()


def _prepare(folder: Path, more: str, *, delta: bool) -> None:
    """The first day done, and the second day's feed."""
    config = folder / "audql.toml"
    config.write_text(config.read_text() + more)
    (folder / "templates").mkdir()
    for name in {name for script in folder.glob("*.aud") for name in re.findall(r'with "(.+)"', script.read_text())}:
        (folder / "templates" / f"{name}.txt").write_text("Subject: {{ item.audience }}\n\n{{ item.person.name }}\n")
    allow = ("first", *(("mails", "baseline") if more else ()))
    _audql(folder, "run", "--as-of", "2026-11-23", *(part for name in allow for part in ("--allow", name)))
    if delta:
        _make_deltas(folder)
    shutil.copytree(folder / "day2" / "feed", folder / "feed", dirs_exist_ok=True)


def _make_deltas(folder: Path) -> None:
    """Of the second day's feed; what is missing in it stays."""
    config = folder / "audql.toml"
    text = config.read_text()
    for element in ("people", "jobs", "completions"):
        before = set((folder / "feed" / f"{element}.csv").read_text().splitlines())
        path = folder / "day2" / "feed" / f"{element}.csv"
        head, *rows = path.read_text().splitlines()
        path.write_text("\n".join([head, *(row for row in rows if row not in before)]) + "\n")
        text = text.replace(f'file = "{element}.csv"\n', f'file = "{element}.csv"\ndelta = true\n')
    config.write_text(text)


def _night(folder: Path) -> None:
    _audql(folder, "run", "--as-of", "2026-11-24")


def _audql(folder: Path, *command: str) -> None:
    done = subprocess.run([sys.executable, "-m", "audql", *command, "-C", str(folder)], capture_output=True, text=True)
    if done.returncode not in (0, 4):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}; see {_kept(folder)}\n{done.stderr}")


def _killed(folder: Path, after_s: float) -> bool:
    """Whether it was still at work then."""
    command = [sys.executable, "-m", "audql", "run", "--as-of", "2026-11-24", "-C", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after_s)
    process.kill()
    return process.wait() == -signal.SIGKILL


def _end(places: Places, name: str) -> dict[str, object]:
    found: dict[str, object] = {
        table: sorted(places.rows(name, f"SELECT {columns} FROM {table}"), key=repr) for table, columns in STATE.items()
    }
    with (places.root / name / "out" / "changes.csv").open(newline="", encoding="utf-8") as file:
        changes = list(csv.DictReader(file))
    keys = Counter(row["key"] for row in changes)
    found["changes"] = sorted(tuple(row.values()) for row in changes)
    found["told twice"] = [key for key, count in keys.items() if count > 1]
    return found


def _kept(folder: Path) -> Path:
    return Path(shutil.copytree(folder, Path(tempfile.mkdtemp()) / "workspace"))


if __name__ == "__main__":
    main()
