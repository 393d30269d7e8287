"""The command line run in a folder, in this process or as a program; and a small workspace to run it in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from audql.cli.main import app

DAY = "2026-11-23"

TOML = """\
[workspace]
zone = "Europe/London"
population = "not suspended"

[feed.people]
file = "people.csv"
[feed.people.columns]
"custom.Level" = { column = "Level", type = "number" }

[feed.jobs]
file = "jobs.csv"

[feed.learning]
file = "learning.csv"

[targets.file]
path = "out/changes.csv"
"""

PEOPLE = """\
id,full_name,email,country,hired,suspended,Level
ann,Ann Lee,ann@example.com,GB,2020-01-15,no,5
bob,Bob Okafor,bob@example.com,IE,2026-11-02,no,1
cay,Cay Jensen,cay@example.com,GB,2026-10-20,no,2
dee,Dee Romero,dee@example.com,,2022-06-01,yes,
"""
JOBS = "person,title,manager\nann,Head,\nbob,Clerk,ann\ncay,Clerk,ann\ndee,Clerk,ann\n"
LEARNING = "id,name\nS1,Safety\nI1,Induction\n"

SCRIPT = """\
# Who is new, who leads, who helps.

audience "New starters" {
  about   "Hired in the last 90 days"
  where   hired within last 90 days
  include "ann" until 2026-12-31 because "is back"

  enrol in course "Safety" due 30 days after joining
  when leaving unenrol
}

audience "Managers" { where manages_people() }

audience "First aiders" { members "bob" }

test "New starters" as of 2026-11-23 {
  member     { hired: 10 days ago }
  not member { hired: 100 days ago }
}
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that commands are run in."""

    root: Path

    def __call__(self, *args: str, stdin: str | bytes | None = None) -> Ended:
        """Runs it in this process. A bug in AudQL fails the test at once."""
        before = Path.cwd()
        os.chdir(self.root)
        try:
            result = CliRunner().invoke(app, list(args), input=stdin, prog_name="audql")
        finally:
            os.chdir(before)
        assert result.exit_code != 70, result.stderr
        return Ended(result.exit_code, result.stdout, result.stderr)

    def program(self, *args: str, stdin: bytes = b"", **env: str) -> Ended:
        """Runs it as a program of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "audql.cli.main", *args],
            cwd=self.root,
            input=stdin,
            capture_output=True,
            env={**os.environ, **env},
            check=False,
            timeout=60,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def write(self, path: str, content: str | bytes) -> Path:
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content if isinstance(content, bytes) else content.encode())
        return full

    def text(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty folder."""
    return Place(tmp_path)


@pytest.fixture
def workspace(tmp_path: Path) -> Place:
    """A workspace whose feed has not been read."""
    here = Place(tmp_path)
    here.write("audql.toml", TOML)
    here.write("feed/people.csv", PEOPLE)
    here.write("feed/jobs.csv", JOBS)
    here.write("feed/learning.csv", LEARNING)
    here.write("main.aud", SCRIPT)
    return here


@pytest.fixture
def synced(workspace: Place) -> Place:
    """A workspace whose feed has been read."""
    assert workspace("sync", "--as-of", DAY).status == 0
    return workspace


@pytest.fixture
def applied(synced: Place) -> Place:
    """A workspace after its first run."""
    assert synced("apply", "--as-of", DAY, "--allow", "first").status == 0
    return synced
