"""A workspace that uses a plugin: its field, function and kind of learning, from the check to the changes file."""

import csv
from pathlib import Path

import pytest

from audql.cli.main import main

PLUGIN = """
from audql.functions import Condition, Function
from audql.plugins import Plugin
from audql.types import Field, Scalar

plugin = Plugin(
    name="badges",
    version="1.0",
    fields={"person": (Field("badge_colour", Scalar.TEXT, read=lambda person: "green"),)},
    functions=(Function("is_green", (), Condition('badge_colour = "green"'), "is_green()"),),
    kinds=("podcast",),
)
"""
SCRIPT = 'audience "Green" { where is_green() and badge_colour is set enrol in podcast "News" }\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "badges.py").write_text(PLUGIN, "utf-8")
    (tmp_path / "feed").mkdir()
    (tmp_path / "feed" / "people.csv").write_text("id,username\nu1,ann\nu2,bob\n", "utf-8")
    (tmp_path / "feed" / "learning.csv").write_text("id,name,kind\nN,News,podcast\n", "utf-8")
    (tmp_path / "green.aud").write_text(SCRIPT, "utf-8")
    (tmp_path / "audql.toml").write_text(
        '[workspace]\nplugins = ["badges"]\nplugins_dir = "plugins"\n'
        '[feed.people]\nfile = "people.csv"\n[feed.learning]\nfile = "learning.csv"\n'
        '[targets.file]\npath = "changes.csv"\n',
        "utf-8",
    )
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["audql", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_a_plugin_of_a_workspace(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (["check"], ["sync"], ["apply", "--allow", "first"]):
        assert run(monkeypatch, *command, "-C", str(folder), "--as-of", "2026-11-23") == 0
    with (folder / "changes.csv").open(encoding="utf-8", newline="") as file:
        assert [(row["person"], row["kind"]) for row in csv.DictReader(file)] == [("u1", "podcast"), ("u2", "podcast")]


def test_a_plugin_that_cannot_be_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "plugins" / "badges.py").write_text("raise RuntimeError('no')", "utf-8")
    assert run(monkeypatch, "check", "-C", str(folder)) == 1
    assert "AQ401" in capsys.readouterr().err
