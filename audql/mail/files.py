"""Folders of templates → the templates that are there. Nothing is read; Jinja is not needed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from audql.snapshot.disk import oddity

SHIPPED = Path(__file__).with_name("templates")
LAYOUT = "layout"
"""What is around every mail."""

_STEM = r"(?P<name>[A-Za-z0-9][A-Za-z0-9_-]*)(?:\.(?P<language>[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*))?"
_FILE, _HTML = re.compile(rf"{_STEM}\.txt"), re.compile(rf"{_STEM}\.html")


def names_in(folder: Path) -> Sequence[str]:
    """The names that an alert can use: of a folder's templates, and of those that ship."""
    found = {m["name"] for place in (folder, SHIPPED) for m, _ in files(place)}
    return sorted(found - {LAYOUT})


def files(folder: Path) -> list[tuple[re.Match[str], Path]]:
    """What is called as a template is."""
    return [(m, p) for p in _listed(folder) if (m := _FILE.fullmatch(p.name)) is not None]


def strays_in(folder: Path) -> Sequence[tuple[str, str]]:
    """Pieces of HTML without the text beside which they lie, and what that would be called."""
    pages = [path for path in _listed(folder) if _HTML.fullmatch(path.name)]
    return [(path.name, f"{path.stem}.txt") for path in pages if not path.with_suffix(".txt").exists()]


def _listed(folder: Path) -> Sequence[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return ()


def why_not(path: Path) -> str:
    """Why what is there is no file of its folder, links followed; empty where it is one."""
    if what := oddity(path):
        return f"it is {what}"
    return "" if path.resolve().is_relative_to(path.parent.resolve()) else "it is a link that leads out of the folder"
