"""How AudQL grows: with people, with audiences, with completions. Each figure is of a process of its own.

    python bench/million/growth.py --people 10000,100000,1000000 --audiences 10,100,1000,10000 --folder /tmp/million

Workspaces are made and synced where they are not there yet. Prints a table, and with `--plot FILE` draws it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from audiences import atoms, make_audiences, script
from clock import Clock
from workload import DAY, make


@dataclass(frozen=True, slots=True)
class Figure:
    people: int
    audiences: int
    conditions: int
    """How many different ones."""
    sync_s: float
    """0 where the snapshot was there."""
    opened_s: float
    """From the opened snapshot to members, its columns made before."""
    day_s: float
    """Another day."""
    peak_mb: int


def one(folder: Path, people: int, audiences: int) -> Figure:
    """In this process. The snapshot is made in another, so that its memory is not counted."""
    import ours

    made = make_audiences(audiences, people)
    (folder / "audiences.aud").write_text(script(made), encoding="utf-8")
    clock = Clock()
    ours.open_to_members(folder, DAY)
    opened = clock.took().wall_s
    later = ours.another_day(folder, DAY, DAY + dt.timedelta(1))
    different = len({atom for condition in made for atom in atoms(condition)})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Figure(people, audiences, different, 0, opened, later.took.wall_s, peak)


def prepared(folder: Path, people: int) -> float:
    """The workspace, its snapshot, and the columns that audiences look at. How long the sync took."""
    make(folder, people)
    (folder / "audiences.aud").write_text(script(make_audiences(1_000, people)), encoding="utf-8")
    if (folder / "state" / "snapshots" / "current").exists():
        return 0
    clock = Clock()
    _process("--sync", folder, people, 0)
    return clock.took().wall_s


def sync(folder: Path) -> None:
    import ours

    ours.feed_to_members(folder, DAY)


def _process(how: str, folder: Path, people: int, audiences: int) -> str:
    command = [sys.executable, __file__, how, "--folder", str(folder)]
    given = [*command, "--people", str(people), "--audiences", str(audiences)]
    return subprocess.run(given, check=True, stdout=subprocess.PIPE, text=True).stdout


def measured(root: Path, people: Iterable[int], audiences: Iterable[int]) -> Iterable[Figure]:
    """Every number of people with a thousand audiences, and every number of audiences with a million people."""
    people, audiences = list(people), list(audiences)
    most = 1_000_000 if 1_000_000 in people else max(people)
    for count, number in [(p, 1_000) for p in people] + [(most, a) for a in audiences if a != 1_000]:
        folder = root / str(count)
        synced = prepared(folder, count)
        figure = json.loads(_process("--one", folder, count, number))
        yield Figure(**{**figure, "sync_s": synced})


def plot(figures: list[Figure], file: Path) -> None:
    """Both series, seconds over size, both axes logarithmic."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, 2, figsize=(10, 4))
    for axis, what, series in (
        (axes[0], "people", [f for f in figures if f.audiences == 1_000]),
        (axes[1], "audiences", [f for f in figures if f.people == 1_000_000]),
    ):
        series.sort(key=lambda f: getattr(f, what))
        sizes = [getattr(f, what) for f in series]
        axis.loglog(sizes, [f.opened_s for f in series], "o-", label="opened snapshot to members")
        axis.loglog(sizes, [f.day_s for f in series], "o-", label="another day")
        axis.set_xlabel(what)
        axis.set_ylabel("seconds")
        axis.grid(visible=True, alpha=0.3)
        axis.legend()
    plt.tight_layout()
    plt.savefig(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", default="10000,100000,1000000")
    parser.add_argument("--audiences", default="10,100,1000,10000")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "audql-million")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--sync", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    people, audiences = ([int(n) for n in text.split(",")] for text in (given.people, given.audiences))
    if given.sync:
        sync(given.folder)
        return
    if given.one:
        print(json.dumps(asdict(one(given.folder, people[0], audiences[0]))))
        return
    figures = []
    if not given.json:
        print("     people audiences conditions   sync s members s next day s      MB")
    for figure in measured(given.folder, people, audiences):
        figures.append(figure)
        if not given.json:
            f = figure
            print(
                f"{f.people:11,} {f.audiences:9,} {f.conditions:10,} {f.sync_s:8.1f} {f.opened_s:9.2f} {f.day_s:10.2f}"
                f" {f.peak_mb:7,}",
                flush=True,
            )
    if given.json:
        print(json.dumps([asdict(f) for f in figures], indent=1))
    if given.plot:
        plot(figures, given.plot)


if __name__ == "__main__":
    main()
