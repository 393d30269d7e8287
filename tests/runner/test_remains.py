"""What an erasure finds in files that are not its own to change; none of them stops it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from audql.operations import remains
from audql.operations.standing_for import StandingFor
from audql.state.store import State
from audql.workspace import Workspace

TOML = '[targets.file]\npath = "out/changes.csv"\n[mail]\nfrom = "a@example.com"\nfolder = "out/mail"\n'
PLAN = json.dumps({"audql_plan": 1, "basis": {}, "audiences": [{"joins": ["bob"]}]}, indent=1)
MAIL = "To: ann@example.com\nContent-Type: text/plain; charset={charset}\n\nBob Bay is overdue.\n"


@pytest.fixture
def found(tmp_path: Path) -> Callable[[], tuple[list[str], list[str]]]:
    (tmp_path / "audql.toml").write_text(TOML)
    (tmp_path / "out" / "mail").mkdir(parents=True)

    def look() -> tuple[list[str], list[str]]:
        workspace = Workspace.open(tmp_path)
        workspace.state_folder.mkdir(exist_ok=True)
        with State.open_alone(workspace.state) as state:
            standing_for = StandingFor(state.add_erased({"bob": ["bobby"]}), ["bob"], "bob")
        found = remains.remains(workspace, standing_for, {"bob bay"})
        assert found.plans == ()  # none has the digest of one that was saved
        naming, unread = found.others, found.unread
        root = workspace.root
        return [p.relative_to(root).as_posix() for p in naming], [p.relative_to(root).as_posix() for p in unread]

    return look


Found = Callable[[], tuple[list[str], list[str]]]


@pytest.mark.parametrize("state", ["audql.sqlite", "state/audql.sqlite", "out/audql.sqlite"])
def test_plans_are_found_wherever_and_whatever_they_are_called(tmp_path: Path, found: Found, state: str) -> None:
    (tmp_path / "audql.toml").write_text(f'{TOML}[state]\nfile = "{state}"\n')
    (tmp_path / "plans").mkdir()
    (tmp_path / "state").mkdir()
    plans = ["friday", "plans/monday.plan", "state/plan.json", "tuesday.json"]
    for name in plans:
        (tmp_path / name).write_text(PLAN)
    (tmp_path / "sorted.json").write_text(json.dumps(json.loads(PLAN), sort_keys=True))
    (tmp_path / "of-others.json").write_text(PLAN.replace("bob", "ann"))
    (tmp_path / "of-something-else.json").write_text('["bob"]')
    reports = Workspace.open(tmp_path).reports
    reports.mkdir()
    (reports / "x.json").write_text(PLAN)
    naming, unread = found()
    assert (sorted(naming), unread) == (sorted([*plans, "sorted.json"]), [])


def test_what_cannot_be_looked_into_is_told(tmp_path: Path, found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out/mail/1.eml").write_text(MAIL.format(charset="x-klingon"))
    (tmp_path / "out/mail/2.eml").write_text(MAIL.format(charset="utf-8"))
    (tmp_path / "out/mail/3.eml").mkdir()
    (tmp_path / "out/changes.csv").write_text(f"key,person\n1,bob\n2,{'x' * 140_000}\n")
    (tmp_path / "torn.json").write_text(PLAN[:-9])
    (tmp_path / "deep.json").write_text('{"audql_plan": ' + "[" * 100_000)
    monkeypatch.setattr(remains, "_MOST_BYTES", 200_000)
    (tmp_path / "long.json").write_text(PLAN + " " * 200_000)
    naming, unread = found()
    assert naming == ["out/mail/2.eml"]
    assert sorted(unread) == [
        *("deep.json", "long.json", "out/changes.csv", "out/mail/1.eml", "out/mail/3.eml", "torn.json")
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are none")
def test_only_files_are_opened(tmp_path: Path, found: Found) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "linked.json").symlink_to(tmp_path / "nowhere")
    assert found() == ([], [])


@pytest.mark.parametrize("name", ["plan.json", "private", "out/changes.csv", "out/mail"])
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all, and so may Windows")
def test_what_may_not_be_read_is_told(tmp_path: Path, found: Found, name: str) -> None:
    path = tmp_path / name
    if "." in name:
        path.write_text("key,person\n" if "out" in name else PLAN)
    else:
        path.mkdir(exist_ok=True)
    path.chmod(0)
    try:
        assert name in found()[1]
    finally:
        path.chmod(0o700)
