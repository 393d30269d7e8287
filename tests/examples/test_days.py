"""The example workspaces through their three days, against counts worked out without AudQL (`expected.py` there)."""

import csv
import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audql import operations
from audql.snapshot.store import current_name
from audql.state.store import State
from audql.workspace import Workspace

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("adventureworks", "montgomery")
DAYS = (dt.date(2026, 11, 23), dt.date(2026, 11, 24), dt.date(2026, 11, 25))
KEPT = {
    "adventureworks": ("Code of Conduct overdue", "Tool makers"),
    "montgomery": ("CPR lapsed", "Prompt", "Snow crew"),
}
"""Audiences whose file does not parse, that vanished, or whose retirement is held, on the bad day."""
ENDED: dict[str, set[str]] = {"adventureworks": {"P-SALES", "C-NEG"}, "montgomery": {"PRB"}}
"""What is taken back that day: what the retired audience gave; and a review of a probation that is over."""
GUARDED = {"adventureworks": ["AQ537", "AQ601"], "montgomery": ["AQ537", "AQ602"]}
"""What is said of the bad day's feed: people are missing; and that a file ends within a row, or that many rows are
refused."""
NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def sizes(folder: Path) -> dict[str, int]:
    with State.open_alone(Workspace.open(folder).state) as state:
        return {audience.name: len(audience.members) for audience in state.read().audiences.values()}


def run(folder: Path, day: dt.date, *allow: str) -> int:
    at = dt.datetime.combine(day, dt.time(3), tzinfo=dt.UTC)
    return operations.run(folder=folder, day=day, now=at, allow=allow).status


def enrolments(folder: Path) -> set[tuple[str, str, str]]:
    """Who is enrolled in what by the changes that the learning system was told."""
    now = set()
    with (folder / "out/changes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = (row["person"], row["learning"], row["kind"])
            if row["action"] == "enrol":
                now.add(key)
            elif row["action"] in ("unenrol", "suspend"):
                now.discard(key)
    return now


@pytest.mark.parametrize("name", NAMES)
def test_three_days(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder)
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    assert run(folder, DAYS[0], "first") == 0
    assert {a: n for a, n in sizes(folder).items() if a in expected} == {
        a: counts["2026-11-23"] for a, counts in expected.items()
    }
    assert run(folder, DAYS[0]) == 0
    told = (folder / "out/changes.csv").read_text("utf-8")
    shutil.copytree(folder / "day2", folder, dirs_exist_ok=True)
    assert run(folder, DAYS[1]) == 0
    assert {a: n for a, n in sizes(folder).items() if a in expected} == {
        a: counts["2026-11-24"] for a, counts in expected.items()
    }
    assert (folder / "out/changes.csv").read_text("utf-8").startswith(told)
    before, given = sizes(folder), enrolments(folder)
    snapshot = current_name(Workspace.open(folder).snapshots)
    shutil.copytree(folder / "day3", folder, dirs_exist_ok=True)
    with pytest.raises(operations.StoppedError) as stopped:  # the feed changes nothing, the scripts are still applied
        run(folder, DAYS[2])
    assert stopped.value.status == 3
    assert [d.code for d in stopped.value.diagnostics if d.is_error] == GUARDED[name]
    assert current_name(Workspace.open(folder).snapshots) == snapshot
    now = dt.datetime.combine(DAYS[2], dt.time(3), tzinfo=dt.UTC)
    assert operations.apply(folder=folder, day=DAYS[2], now=now).status == 4
    after = sizes(folder)
    for kept in KEPT[name]:
        assert after[kept] == before[kept] > 0
    lost = given - enrolments(folder)
    assert {learning for _, learning, _ in lost} <= ENDED[name]


@pytest.mark.parametrize("name", NAMES)
def test_generated_files_are_what_the_script_makes(name: str) -> None:
    made = subprocess.run(
        [sys.executable, "make_feed.py", "--check"], cwd=EXAMPLES / name, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr


@pytest.mark.parametrize("name", NAMES)
def test_scripts_are_clean_and_their_tests_pass(name: str) -> None:
    checked = operations.check(folder=EXAMPLES / name, now=NOW)
    assert [d for d in checked.diagnostics if d.is_error] == []
    tested = operations.test(folder=EXAMPLES / name, now=NOW)
    assert tested.results
    assert all(result.passed for result in tested.results)
