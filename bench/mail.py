"""Mails a second: what waits in the outbox, written and sent, beside smtplib alone sending as many ready mails.

    python bench/mail.py --mails 2000

Both send to one aiosmtpd, a process of its own, over one connection, in turns; the ratio is the median of theirs. The
processor's time is of our side alone, and tells more where other things run. Ours reads the outbox, looks people up,
fills templates in, text and HTML, and commits what became of each mail before the next.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import smtplib
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from audql.mail.letter import Envelope, Letter
from audql.operations import running
from audql.runner.delivering import deliver_mails
from audql.runner.letters import NoLetter
from audql.runner.mailing import desk_of, way_of
from audql.state.store import State
from audql.workspace import Workspace

DAY = dt.date(2026, 11, 23)
AT = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
_TOML = """
[holds]
run = {{ enrolments = 1000000 }}
[feed.people]
file = "people.csv"
[feed.learning]
file = "learning.csv"
[mail]
from = "Learning <learning@example.com>"
server = "localhost"
port = {port}
security = "none"
limit = 1000000
"""
_SCRIPT = """
audience "Everyone" {
  where true
  enrol in course "Safety" due 30 days after joining
  notify learner on joining
}
"""
_SERVER = """
import asyncio, sys
from aiosmtpd.smtp import SMTP
class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink()), "localhost", int(sys.argv[1]))
    print("ready", flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


def workspace(root: Path, people: int, port: int) -> Workspace:
    """One in which everyone waits to be told that they have joined."""
    (root / "feed").mkdir()
    rows = "".join(f"u{i:07},Person {i},u{i}@example.com\n" for i in range(people))
    (root / "feed" / "people.csv").write_text(f"id,full_name,email\n{rows}")
    (root / "feed" / "learning.csv").write_text("id,name\nS,Safety\n")
    (root / "audql.toml").write_text(_TOML.format(port=1))
    (root / "main.aud").write_text(_SCRIPT)
    allow = ["first", "baseline", "mails", "run"]
    running.run(folder=root, now=AT, day=DAY, allow=allow)
    (root / "audql.toml").write_text(_TOML.format(port=port))
    return Workspace.open(root)


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds on the wall, and of the processor on our side."""

    wall: float
    processor: float


@contextmanager
def timed(found: list[Took]) -> Iterator[None]:
    """How long what is inside takes."""
    wall, processor = time.perf_counter(), time.process_time()
    yield
    found.append(Took(time.perf_counter() - wall, time.process_time() - processor))


def bare(port: int, mails: list[tuple[str, bytes]]) -> Took:
    """What smtplib takes."""
    found: list[Took] = []
    with timed(found), smtplib.SMTP("localhost", port) as connection:
        for to, content in mails:
            connection.sendmail("learning@example.com", [to], content)
    return found[0]


def ours(found: Workspace, mails: int) -> Took:
    """What a delivery of all that waits takes; after it, it waits again."""
    took: list[Took] = []
    with State.open_alone(found.state) as state:
        with timed(took):
            done = deliver_mails(state, desk_of(found, state, DAY), way_of(found, AT, {}), now=AT, limit=1_000_000)
        assert (done.sent, done.waiting) == (mails, 0), done
    with sqlite3.connect(found.state.file) as connection:
        connection.execute("UPDATE message SET status = 'waiting'")
    connection.close()
    return took[0]


def ready(found: Workspace) -> list[tuple[str, bytes]]:
    """The same mails, made beforehand."""
    envelope = Envelope("Learning", "learning@example.com", "", "example.com", AT)
    with State.open_alone(found.state) as state:
        letters = desk_of(found, state, DAY).letters(state.mails(AT, 1_000_000))
        made: list[Letter] = [letter for _, letter in letters if not isinstance(letter, NoLetter)]
    return [(letter.to, letter.encode(envelope)) for letter in made]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port: int = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([sys.executable, "-c", _SERVER, str(port)], stdout=subprocess.PIPE)
        try:
            assert server.stdout is not None
            server.stdout.readline()
            found = workspace(Path(folder), given.mails, port)
            mails = ready(found)
            rounds = [(bare(port, mails), ours(found, len(mails))) for _ in range(given.rounds)]
        finally:
            server.terminate()
            server.wait()
    alone, with_us = (statistics.median(took.wall for took in kind) for kind in zip(*rounds, strict=True))
    processor = [statistics.median(took.processor for took in kind) for kind in zip(*rounds, strict=True)]
    figures = {
        "mails": len(mails),
        "smtplib_per_second": round(len(mails) / alone),
        "audql_per_second": round(len(mails) / with_us),
        "ratio": round(statistics.median(us.wall / it.wall for it, us in rounds), 2),
        "smtplib_processor_ms": round(processor[0] / len(mails) * 1000, 2),
        "audql_processor_ms": round(processor[1] / len(mails) * 1000, 2),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
