"""What others see while a run is at work, which is a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cli_world import DAY, PEOPLE, TOML, Ended, Place

NEXT_DAY = "2026-11-24"
AUDQL = [sys.executable, "-m", "audql.cli.main"]

SLOW = """
import time

import audql


def wait_at(setup, moment):
    (setup.folder / f"reached-{moment}").touch()
    until = time.monotonic() + 60
    while (setup.folder / f"wait-{moment}").exists() and time.monotonic() < until:
        time.sleep(0.01)


class Rows:
    name = "slow"

    def rows(self, element, file, setup):
        wait_at(setup, "sync")
        with (setup.folder / "feed" / file).open(encoding="utf-8") as lines:
            yield from (line.rstrip("\\n").split(",") for line in lines)


class Lines:
    name = "slow"

    def deliver(self, effects, setup):
        wait_at(setup, "delivery")
        with (setup.folder / "told.txt").open("a", encoding="utf-8") as file:
            file.writelines(f"{e.action} {e.person} {e.learning}\\n" for e in effects)


plugin = audql.Plugin(name="slow", sources=(Rows(),), targets=(Lines(),))
"""

SLOW_TOML = (
    TOML.replace("[workspace]\n", '[workspace]\nplugins = ["slow"]\nplugins_dir = "plugins"\n')
    .replace('file = "learning.csv"\n', 'file = "learning.csv"\nsource = "slow"\n')
    .replace('[targets.file]\npath = "out/changes.csv"\n', "[targets.slow]\n")
)
READERS = (
    ("members", "New starters", "--json"),
    ("members", "New starters", "--as-of", DAY),
    ("status", "--json"),
    ("history", "ann", "--json"),
    ("snapshots", "--json"),
)


@pytest.fixture
def slow(workspace: Place) -> Place:
    """A workspace after its first run; sources and targets wait as long as a file is there."""
    workspace.write("audql.toml", SLOW_TOML)
    workspace.write("plugins/slow.py", SLOW)
    assert workspace("run", "--as-of", DAY, "--allow", "first").status == 0
    for reached in workspace.root.glob("reached-*"):
        reached.unlink()
    workspace.write("feed/people.csv", PEOPLE.replace("cay,", "eve,") + "fay,Fay Novak,,GB,2026-11-20,no,1\n")
    workspace.write("feed/jobs.csv", "person,title,manager\nann,Head,\nbob,Clerk,ann\n")
    return workspace


@contextmanager
def at_work(place: Place, moment: str, *args: str) -> Iterator[subprocess.Popen[bytes]]:
    """A run that stands still at a moment; it goes on when this is left."""
    wait = place.write(f"wait-{moment}", "")
    command = [*AUDQL, "run", "--as-of", NEXT_DAY, *args]
    with subprocess.Popen(command, cwd=place.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        try:
            until = time.monotonic() + 60
            while not (place.root / f"reached-{moment}").exists():
                assert running.poll() is None, running.communicate()
                assert time.monotonic() < until
                time.sleep(0.01)
            yield running
        finally:
            wait.unlink()
            running.communicate(timeout=60)


def answers(place: Place) -> list[Ended]:
    return [place(*args) for args in READERS]


def end_of(place: Place) -> tuple[object, ...]:
    state = [place("members", name, "--json").json for name in ("New starters", "Managers", "First aiders")]
    return (state, place.text("told.txt"), place("status", "--json").json["snapshot"])


ALLOW = ("--allow", "headcount")


@pytest.fixture
def alone(slow: Place, tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    """How the same run ends with nobody beside it."""
    place = Place(tmp_path_factory.mktemp("alone") / "workspace")
    shutil.copytree(slow.root, place.root)
    assert place("run", "--as-of", NEXT_DAY, *ALLOW).status == 0
    return end_of(place)


@pytest.mark.parametrize("moment", ["sync", "delivery"])
def test_readers_and_another_run_beside_a_run(slow: Place, alone: tuple[object, ...], moment: str) -> None:
    before = answers(slow)
    assert {each.status for each in before} == {0}
    with at_work(slow, moment, *ALLOW) as running:
        beside = answers(slow)
        second = slow("run", "--as-of", NEXT_DAY, *ALLOW)
        assert running.poll() is None
    assert running.returncode == 0
    assert end_of(slow) == alone
    assert second.status == 3
    assert "AQ540" in second.err
    assert second.out == ""
    assert slow(*READERS[2]).json["stopped"] is None
    if moment == "sync":
        assert beside == before
    else:  # it is applied, and only the target is not told yet
        assert beside[:2] == [slow(*READERS[0]), before[1]]
        assert beside[2].json["waiting"] > 0
