"""Feeds that lie: nothing is half done, nobody is lost who should not be, and one is always told plainly."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from lies import LIES

from audql.diagnostics import Diagnostic, RunError, Severity
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import current_name
from audql.state.store import State
from audql.sync.sync import SyncReport, sync
from audql.workspace import Workspace

EXAMPLE = Path(__file__).parents[2] / "examples" / "adventureworks"
DAY = dt.date(2026, 11, 24)
SEEDS = range(1, 1 + int(os.environ.get("AUDQL_LIES", "1")))
"""Each lies in other places."""

TRUE_OF_DELTAS = (
    "a column with another name",
    "a stray line end",
    "day for month",
    "ids in capitals",
    "two columns for one another",
)
"""What a delta of a few rows may well say: guards compare what is of many. A line end within the header names another
column."""

Rows = Mapping[str, Mapping[str, frozenset[object]]]
"""Table → whose rows (a key, or a person) → the rows."""


def rows(folder: Path) -> Rows:
    snapshot = Snapshot.open(folder / "state/snapshots")
    found: dict[str, dict[str, frozenset[object]]] = {}
    for table in snapshot.tables:
        whose = found.setdefault(table.name, {})
        for row in snapshot.rows(table.name):
            key = " ".join(str(row[name]) for name in table.key or ("person",))
            whose[key] = whose.get(key, frozenset()) | {str(sorted(row.items(), key=str))}
    return found


def synced(folder: Path) -> SyncReport:
    workspace = Workspace.open(folder)
    with State.open_alone(workspace.state) as state:
        return sync(workspace, state, as_of=DAY, at=dt.datetime(2026, 11, 24, 3, tzinfo=dt.UTC))


@pytest.fixture(scope="module")
def yesterday(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first day's feed, read; the second day's is there, and not read yet."""
    folder = tmp_path_factory.mktemp("lies") / "workspace"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("original", "day*"))
    synced(folder)
    shutil.copytree(EXAMPLE / "day2" / "feed", folder / "feed", dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def yesterday_of_deltas(yesterday: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, and of the second day only what is new, and a few rows that are as they were."""
    folder = tmp_path_factory.mktemp("lies-of-deltas") / "workspace"
    shutil.copytree(yesterday, folder)
    for path in sorted((folder / "feed").glob("*.csv")):
        head, *now = path.read_text("utf-8").splitlines(keepends=True)
        was = (EXAMPLE / "feed" / path.name).read_text("utf-8").splitlines(keepends=True)
        path.write_text("".join([head, *now[:5], *(row for row in now[5:] if row not in was)]), "utf-8")
    toml = folder / "audql.toml"
    toml.write_text(
        re.sub(r'^file = "\w+\.csv"$', r"\g<0>\ndelta = true", toml.read_text("utf-8"), flags=re.M), "utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def before(yesterday: Path) -> Rows:
    return rows(yesterday)


@pytest.fixture(scope="module")
def honest(yesterday: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, str]:
    return honestly(yesterday, tmp_path_factory.mktemp("honest") / "workspace")


@pytest.fixture(scope="module")
def honest_deltas(yesterday_of_deltas: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, str]:
    return honestly(yesterday_of_deltas, tmp_path_factory.mktemp("honest-deltas") / "workspace")


def honestly(yesterday: Path, folder: Path) -> tuple[Rows, str]:
    shutil.copytree(yesterday, folder)
    report = synced(folder)
    assert report.status == 0, report.diagnostics
    return rows(folder), report.snapshot


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("lie", LIES)
def test_a_lie(lie: str, seed: int, yesterday: Path, before: Rows, honest: tuple[Rows, str], tmp_path: Path) -> None:
    report = told_a_lie(lie, seed, yesterday, before, honest[0], tmp_path / "workspace")
    if report is not None and report.status == 0 and lie != "a file of yesterday":
        assert report.snapshot == honest[1]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("lie", [lie for lie in LIES if lie not in TRUE_OF_DELTAS])
def test_a_lie_in_deltas(
    lie: str, seed: int, yesterday_of_deltas: Path, before: Rows, honest_deltas: tuple[Rows, str], tmp_path: Path
) -> None:
    """Whoever is left out of a delta stays as they were."""
    told_a_lie(lie, seed, yesterday_of_deltas, before, honest_deltas[0], tmp_path / "workspace")


def told_a_lie(lie: str, seed: int, yesterday: Path, before: Rows, honest: Rows, folder: Path) -> SyncReport | None:
    """What a sync of it says; None where it was stopped."""
    shutil.copytree(yesterday, folder)
    LIES[lie](Random(seed), folder / "feed", EXAMPLE / "feed")
    report = None
    name = current_name(folder / "state/snapshots")
    try:
        report = synced(folder)
    except RunError as stopped:  # status 1, or 3 of a guard
        told: tuple[Diagnostic, ...] = stopped.diagnostics
        assert current_name(folder / "state/snapshots") == name
        assert rows(folder) == before
        assert not (folder / "state/quarantine").exists()
    else:
        told = report.diagnostics
        # A note, on records of those who have left, is nothing to look at.
        assert any(d.severity is not Severity.HINT for d in told) == (report.status == 4)
        nobody_is_lost(rows(folder), before, honest)
    assert all(d.code and d.message and d.hint for d in told)
    assert not (folder / "state/temporary").exists()
    Snapshot.open(folder / "state/snapshots").check()
    return report


def nobody_is_lost(now: Rows, before: Rows, honest: Rows) -> None:
    """Whoever was there, and is in the feed as it should be, is there; and all that is said of them is what was said
    before, or what the feed should have said."""
    for table, those in before.items():
        for whose in those.keys() & honest[table].keys():
            assert whose in now[table], f"{whose} of {table}"
            assert now[table][whose] in (those[whose], honest[table][whose]), f"{whose} of {table}"


def test_there_are_enough_lies() -> None:
    assert len(LIES) >= 30
