"""Nights that are killed: `audql run` is stopped with SIGKILL at random moments, then run again, and ends as if it had
never been.

    python bench/crashes.py --kills 500

Each trial begins with the second day of examples/adventureworks, in a copy of its own. It is killed once to three times
at a random moment of the time that a run takes, then run to its end, and compared with a night that nobody disturbed:
people, members and since when, enrolments, what the target was told, and that it was told nothing twice.
"""

from __future__ import annotations

import argparse
import csv
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "examples" / "adventureworks"
STATE = {
    "person": "ordinal, id",
    "audience": "key, members, since",
    "enrolment": "learning, person, spell, role, started, due, status, completed, suspended, ended",
    "outbox": "learning, person, spell, action",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chosen = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as root:
        before, whole = Path(root) / "before", Path(root) / "whole"
        _prepare(before)
        shutil.copytree(before, whole)
        started = time.perf_counter()
        _night(whole)
        length = time.perf_counter() - started
        wanted, killed, trials, late = _end(whole), 0, 0, 0
        while killed < given.kills:
            trials += 1
            here = Path(shutil.copytree(before, Path(root) / "trial"))
            for _ in range(chosen.randint(1, 3)):
                was_killed = _killed(here, chosen.uniform(0.1, 1.1) * length)
                killed, late = killed + was_killed, late + (not was_killed)
            _night(here)
            found = _end(here)
            if found != wanted:
                differing = [name for name in wanted if found[name] != wanted[name]]
                raise SystemExit(
                    f"trial {trials} of seed {given.seed}: {', '.join(differing)} differ; see {_kept(here)}"
                )
            shutil.rmtree(here)
            if sys.stderr.isatty():
                print(f"\r{killed} killed", end="", file=sys.stderr)
    print(f"{killed} kills in {trials} nights of {length:.2f} s ({late} came too late): all ended as undisturbed")


def _prepare(folder: Path) -> None:
    """The first day done, and the second day's feed."""
    shutil.copytree(EXAMPLE, folder)
    _audql(folder, "run", "--as-of", "2026-11-23", "--allow", "first")
    shutil.copytree(folder / "day2" / "feed", folder / "feed", dirs_exist_ok=True)


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


def _end(folder: Path) -> dict[str, object]:
    with sqlite3.connect(folder / "state" / "audql.sqlite") as database:
        found: dict[str, object] = {
            table: sorted(database.execute(f"SELECT {columns} FROM {table}").fetchall(), key=repr)
            for table, columns in STATE.items()
        }
    with (folder / "out" / "changes.csv").open(newline="", encoding="utf-8") as file:
        changes = list(csv.DictReader(file))
    keys = Counter(row["key"] for row in changes)
    found["changes"] = sorted(tuple(row.values()) for row in changes)
    found["told twice"] = [key for key, count in keys.items() if count > 1]
    return found


def _kept(folder: Path) -> Path:
    return Path(shutil.copytree(folder, Path(tempfile.mkdtemp()) / "workspace"))


if __name__ == "__main__":
    main()
