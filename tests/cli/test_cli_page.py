"""`docs/cli.md` is so: each command and each key is there, and its examples print what stands below them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from cli_world import Place

from audql.cli.main import app
from audql.runner.allowing import HOLDS
from audql.sync.allowing import GUARDS

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
BLOCKS = [(m[1], m[2]) for m in re.finditer(r"(?m)^```([^\n]+)\n(.*?)^```$", PAGE, re.DOTALL)]


def section(command: str) -> str:
    return PAGE.partition(f"\n## {command}\n")[2].partition("\n## ")[0]


def test_every_command_has_an_example() -> None:
    for command in app.registered_commands:
        assert f"audql {command.name}" in section(command.name or ""), command.name


def test_every_option_is_told(place: Place) -> None:
    common = {"-C", "--no-color", "--as-of", "--json", "--allow", "--help", "-h", "--people", "--zone", "--plugins-dir"}
    for command in app.registered_commands:
        options = set(re.findall(r"(?m)^  (--?[a-zA-Z-]+)", place(command.name or "", "--help").out))
        for option in options - common:
            assert f"`{option}" in section(command.name or ""), (command.name, option)


def test_every_guard_is_told(place: Place) -> None:
    for command, names in (("sync", GUARDS), ("apply", HOLDS)):
        told = place(command, "--help").out
        for name in names:
            assert re.search(rf"\b{name}\b", told.partition("Options:")[0]), (command, name)
            assert f"`{name}`" in section(command) or f"--allow {name}`" in section(command), (command, name)


def test_the_examples_print_what_is_shown(place: Place) -> None:
    programs = str(Path(sys.executable).parent)
    settings = {
        **os.environ,
        "PATH": programs + os.pathsep + os.environ["PATH"],
        "NO_COLOR": "1",
        "AUDQL_TRACEBACK": "",
    }
    for info, text in BLOCKS:
        if info.startswith("csv "):
            place.write(info.removeprefix("csv "), text)
        elif info == "console":
            for part in re.split(r"(?m)^\$ ", text)[1:]:
                command, _, shown = part.partition("\n")
                ran = subprocess.run(
                    command,
                    shell=True,
                    cwd=place.root,
                    env=settings,
                    capture_output=True,
                    encoding="utf-8",
                    check=False,
                )
                wanted = re.escape(shown.rstrip()).replace("…", r"[\s\S]*?")
                assert re.fullmatch(wanted, ran.stdout.rstrip()), f"{command}\n{ran.stdout}\n{ran.stderr}"
        elif info == "python":
            subprocess.run([sys.executable, "-c", text], cwd=place.root, env=settings, check=True)
        else:
            raise AssertionError(info)


def test_every_key_of_a_report_is_told() -> None:
    written = (Path(__file__).parents[2] / "audql" / "operations" / "reporting.py").read_text(encoding="utf-8")
    keys = {*re.findall(r'"([a-z_]+)":', written), *re.findall(r'_warnings\["([a-z_]+)"\]', written)}
    for key in keys - {"event", "not_kept"}:  # which a log has
        assert f"`{key}`" in section("run"), key


def test_every_key_of_the_json_is_told() -> None:
    written = Path(__file__).parents[2] / "audql" / "cli"
    names = ("as_json", "runs_as_json", "mails_as_json", "showing_scripts", "showing_snapshots", "showing_state")
    for name in names:
        for key in re.findall(r'"([a-z_]+)":', (written / f"{name}.py").read_text(encoding="utf-8")):
            assert f"`{key}`" in PAGE, key
