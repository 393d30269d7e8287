"""`audql sync` of a workspace, from CSV to a snapshot on disk, against DuckDB doing only the reading and comparing.

    python bench/sync.py FOLDER [--rounds N] [--json]

FOLDER is a workspace whose feed is CSV (`bench/million/workload.py` makes one). Nothing in it is changed: the feed is
linked, and the state is made in a temporary folder. Each step runs in a process of its own, so that its peak of memory
is its own; ours and DuckDB's take turns.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

DAY = dt.date(2026, 11, 23)
FEW, APART = 1000, 500
"""Rows of a delta, of a feed that is large enough, and from how many each is one."""
LARGE = "completions"
"""The table that DuckDB reads and sorts; of all others it reads new and old feed and computes what differs."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--step", choices=list(STEPS), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.step:
        print(json.dumps(measured(STEPS[given.step], given.folder)))
        return
    with tempfile.TemporaryDirectory(dir=given.folder.parent) as temporary:
        found = rounds(given.folder, Path(temporary), given.rounds)
    if given.json:
        print(json.dumps(found))
        return
    print(f"{'':42} {'seconds':>8} {'processor':>10} {'peak MiB':>9}")
    for name, (seconds, processor, peak) in found.items():
        print(f"{name:42} {seconds:8.2f} {processor:10.2f} {peak:9.0f}")
    for ours, theirs in (("sync, people and jobs", "DuckDB, people and jobs"), ("sync, all", "DuckDB, all")):
        for which in ("first", "1 % changed"):
            print(f"{ours}, {which}: {found[f'{ours}, {which}'][0] / found[theirs][0]:.1f} × {theirs}")
        share = found[f"{ours}, delta of {FEW:,}"][0] / found[f"{ours}, 1 % changed"][0]
        print(f"{ours}, delta of {FEW:,}: {share:.2f} × the full feed with 1 % changed")


def rounds(folder: Path, temporary: Path, count: int) -> dict[str, tuple[float, float, float]]:
    """What is measured → seconds, seconds of processors and MiB: medians."""
    times: dict[str, list[dict[str, float]]] = {}
    for _ in range(count):
        for which, parts in (("people and jobs", False), ("all", True)):
            today, tomorrow = temporary / "today", temporary / "tomorrow"
            lay_out(folder, today, with_large=parts)
            lay_out(folder, tomorrow, with_large=parts)
            change(tomorrow)
            times.setdefault(f"sync, {which}, first", []).append(step("sync", today))
            shutil.move(today / "state", tomorrow / "state")
            times.setdefault(f"sync, {which}, 1 % changed", []).append(step("sync", tomorrow))
            times.setdefault(f"DuckDB, {which}", []).append(step("duckdb", tomorrow))
            leave_delta(tomorrow)
            times.setdefault(f"sync, {which}, delta of {FEW:,}", []).append(step("sync", tomorrow))
            shutil.rmtree(today)
            shutil.rmtree(tomorrow)
    return {
        name: (
            statistics.median(run["seconds"] for run in runs),
            statistics.median(run["processor"] for run in runs),
            max(run["peak"] for run in runs),
        )
        for name, runs in times.items()
    }


def lay_out(folder: Path, target: Path, *, with_large: bool) -> None:
    """The same workspace with its feed linked, and perhaps without the large table."""
    (target / "feed").mkdir(parents=True)
    text = (folder / "audql.toml").read_text(encoding="utf-8")
    blocks = text.split("\n[")
    kept = [block for block in blocks if with_large or not block.startswith(f"feed.{LARGE}")]
    (target / "audql.toml").write_text("\n[".join(kept), encoding="utf-8")
    for path in (folder / "feed").glob("*.csv"):
        if with_large or path.stem != LARGE:
            os.link(path, target / "feed" / path.name)


def change(workspace: Path) -> None:
    """One person and one job in a hundred: another city or title."""
    for name in ("people", "jobs"):
        path = workspace / "feed" / f"{name}.csv"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        at = lines[0].rstrip("\n").split(",").index("city" if name == "people" else "title")
        for i in range(1, len(lines), 100):
            values = lines[i].split(",")
            values[at] += " B"
            lines[i] = ",".join(values)
        path.unlink()
        path.write_text("".join(lines), encoding="utf-8")


def leave_delta(workspace: Path) -> None:
    """Of people, jobs and completions only some rows are fed, as a delta: of people and jobs with another city or
    title, of completions with another day."""
    toml = workspace / "audql.toml"
    text = toml.read_text(encoding="utf-8")
    for name, column in (("people", "city"), ("jobs", "title"), (LARGE, "completed")):
        path = workspace / "feed" / f"{name}.csv"
        if not path.exists():
            continue
        with path.open(encoding="utf-8") as file:
            head, *lines = islice(file, FEW * APART)
        at = head.rstrip("\n").split(",").index(column)
        rows = [line.rstrip("\n").split(",") for line in lines[::APART]]
        for row in rows:
            row[at] = "2026-11-20" if name == LARGE else f"{row[at]} C"
        path.unlink()
        path.write_text(head + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
        text = text.replace(f"[feed.{name}]\n", f"[feed.{name}]\ndelta = true\n")
    toml.write_text(text, encoding="utf-8")


def step(name: str, workspace: Path) -> dict[str, float]:
    command = [sys.executable, __file__, str(workspace), "--step", name]
    # As installed: what one process has compiled, the next ones find as bytecode.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measured(work: Callable[[Path], None], workspace: Path) -> dict[str, float]:
    start = time.perf_counter()
    work(workspace)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": time.perf_counter() - start,
        "processor": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss / 1024,
    }


def ours(workspace: Path) -> None:
    from audql.state.store import State
    from audql.sync.sync import sync
    from audql.workspace import Workspace

    opened = Workspace.open(workspace)
    with State.open_alone(opened.state) as state:
        report = sync(opened, state, as_of=DAY)
    assert report.status == 0, report.diagnostics[:3]


def duckdb_alone(workspace: Path) -> None:
    """The new feed against the old one both ways, from CSV; and the large table read and sorted."""
    import duckdb

    database = duckdb.connect(":memory:", config={"memory_limit": "4GB"})
    for path in sorted((workspace / "feed").glob("*.csv")):
        read = f"read_csv('{path}', all_varchar = true)"
        if path.stem == LARGE:
            database.execute(f"CREATE TABLE sorted AS FROM {read} ORDER BY learning, person")
        else:
            before = f"read_csv('{workspace.parent}/today/feed/{path.name}', all_varchar = true)"
            database.execute(f"CREATE TABLE new AS FROM {read}; CREATE TABLE old AS FROM {before}")
            database.execute("SELECT count(*) FROM (FROM new EXCEPT FROM old)").fetchall()
            database.execute("SELECT count(*) FROM (FROM old EXCEPT FROM new)").fetchall()
            database.execute("DROP TABLE new; DROP TABLE old")


STEPS: dict[str, Callable[[Path], None]] = {"sync": ours, "duckdb": duckdb_alone}


if __name__ == "__main__":
    main()
