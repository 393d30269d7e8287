"""Pages whose Python is run, block after block, in one namespace; and whose examples are shown as they are.

A page is added to PAGES. Blocks of ```python are run; of any other language they are not. Above a block,
`<!-- file: x -->` says that it is the file `x` of the page's folder of examples, `<!-- prints: x.py -->` that it is
what running that file prints, and `<!-- plugin: x.py -->` that it is also a file of that name in the folder `plugins`,
beside which the page's Python is run. `python tests/docs/test_python_pages.py` writes the first two kinds again.
"""

import re
import subprocess
import sys
import types
from pathlib import Path

import pytest
from sybil import Document, Example, Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

import audql

ROOT = Path(__file__).parents[2]
PAGES = {"docs/embedding.md": "examples/embedding", "docs/plugins.md": ""}
"""Each page, and the folder of its examples."""

_SHOWN = re.compile(r"(?m)^<!-- (file|prints): (\S+) -->\n```(\w+)\n(.*?)^```$", re.DOTALL)
_PLUGIN = re.compile(r"(?m)^<!-- plugin: (\S+) -->\n```python\n(.*?)^```$", re.DOTALL)
_PUBLIC = re.compile(r"(?m)^\| `audql\.(\w+)` \|")


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def example(kind: str, page: str, name: str) -> str:
    """A file of the page's examples, or what it prints."""
    path = ROOT / PAGES[page] / name
    if kind == "file":
        return path.read_text(encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-X", "utf8", str(path)], capture_output=True, encoding="utf-8", check=False, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr
    return "\n".join(line.rstrip() for line in ran.stdout.rstrip().split("\n")) + "\n"


def with_examples(page: str) -> str:
    """The page with its examples as they are now."""

    def shown(found: re.Match[str]) -> str:
        kind, name, language = found[1], found[2], found[3]
        return f"<!-- {kind}: {name} -->\n```{language}\n{example(kind, page, name)}```"

    return _SHOWN.sub(shown, text_of(page))


@pytest.mark.parametrize("page", PAGES)
def test_examples_are_shown_as_they_are(page: str) -> None:
    assert with_examples(page) == text_of(page), "python tests/docs/test_python_pages.py writes them again"


@pytest.mark.parametrize("page", [page for page, folder in PAGES.items() if folder])
def test_every_example_is_shown(page: str) -> None:
    files = {path.name for path in (ROOT / PAGES[page]).iterdir() if path.is_file()}
    assert {m[2] for m in _SHOWN.finditer(text_of(page))} == files


@pytest.mark.parametrize("page", PAGES)
def test_python_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in _PLUGIN.findall(text_of(page)):
        (tmp_path / "plugins").mkdir(exist_ok=True)
        (tmp_path / "plugins" / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    module = types.ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)  # where dataclasses look for their own module
    sybil = Sybil([PythonCodeBlockParser()], path=str(ROOT / "docs"))
    document: Document = sybil.parse(ROOT / page)
    document.namespace = module.__dict__
    examples: list[Example] = list(document)
    assert examples
    for each in examples:
        each.evaluate()


def test_public_names_are_those_that_are_documented() -> None:
    documented = [name for page in PAGES for name in _PUBLIC.findall(text_of(page))]
    assert sorted(documented) == sorted(audql.__all__)
    assert all(getattr(audql, name).__doc__ for name in audql.__all__)


if __name__ == "__main__":
    for written in PAGES:
        (ROOT / written).write_text(with_examples(written), encoding="utf-8")
