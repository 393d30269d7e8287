"""Everything that `README.md` shows is so: queries compile, commands print what stands below them, Python runs.

A block whose fence names a file (```csv people.csv) is that file, in the folder where commands run. In a ```console
block `$ …` is a command and below it what it prints; `…` stands for anything.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import audql

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS: list[tuple[int, str, str]] = [
    (README.count("\n", 0, m.start()) + 1, m[1], m[2])
    for m in re.finditer(r"(?m)^```([^\n]+)\n(.*?)^```$", README, re.DOTALL)
]


def blocks(kind: str) -> list[tuple[int, str]]:
    return [(line, text) for line, info, text in BLOCKS if info.split()[0] == kind]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the page shows."""
    made = tmp_path_factory.mktemp("readme")
    for _, info, text in BLOCKS:
        if " " in info:
            (made / info.split()[1]).write_text(text, encoding="utf-8")
    return made


def test_every_kind_of_block_is_known() -> None:
    kinds = {info.split()[0] for _, info, _ in BLOCKS}
    assert kinds == {"audql", "audql-script", "csv", "console", "python", "sh"}


@pytest.mark.parametrize("text", [pytest.param(text, id=f"line {line}") for line, text in blocks("audql")])
def test_queries_have_nothing_to_report(text: str) -> None:
    assert not audql.compile(text).diagnostics


def test_commands_print_what_is_shown(folder: Path) -> None:
    bin_folder = str(Path(sys.executable).parent)
    settings = {**os.environ, "PATH": bin_folder + os.pathsep + os.environ["PATH"], "NO_COLOR": "1", "COLUMNS": "120"}
    for line, text in blocks("console"):
        for part in re.split(r"(?m)^\$ ", text)[1:]:
            command, _, shown = part.partition("\n")
            ran = subprocess.run(
                command, shell=True, cwd=folder, env=settings, capture_output=True, encoding="utf-8", check=False
            )
            wanted = re.escape(shown.rstrip()).replace("…", r"[\s\S]*?")
            assert re.fullmatch(wanted, ran.stdout.rstrip()), f"README.md:{line}: {command}\n{ran.stdout}\n{ran.stderr}"
            assert ran.returncode == (1 if "error[" in shown else 0), ran.stderr


def test_python_runs() -> None:
    names: dict[str, object] = {"__name__": "readme"}
    for line, text in blocks("python"):
        # `dataclass` looks its module up, so the blocks are run as one that is there.
        exec(compile("\n" * line + text, "README.md", "exec"), names)


def test_targets_of_make_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for _, text in blocks("sh"):
        for target in re.findall(r"(?m)^make (\w+)", text):
            assert re.search(rf"(?m)^{target}:", makefile), target


def test_links_lead_somewhere() -> None:
    targets = set(re.findall(r"\]\(([^)#:]+)\)", README))
    assert {target for target in targets if not (ROOT / target).exists()} == set()


def test_figures_are_only_between_their_marks() -> None:
    outside = re.sub(r"<!-- figures: .*?<!-- end of figures -->", "", README, flags=re.DOTALL)
    assert not re.search(r"\b\d+([.,]\d+)?\s*(×|x faster|µs|ns|ms\b|times faster)", outside)
