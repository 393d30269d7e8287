"""Folders of templates → the templates that are there. Nothing is read; Jinja is not needed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

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
    """What is called as a template is, and lies in the folder itself."""
    return [(m, p) for p in _listed(folder) if (m := _FILE.fullmatch(p.name)) is not None and is_inside(p, folder)]


def strays_in(folder: Path) -> Sequence[tuple[str, str]]:
    """Pieces of HTML without the text beside which they lie, and what that would be called."""
    pages = [path for path in _listed(folder) if _HTML.fullmatch(path.name)]
    return [(path.name, f"{path.stem}.txt") for path in pages if not path.with_suffix(".txt").exists()]


def _listed(folder: Path) -> Sequence[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return ()


def is_inside(path: Path, folder: Path) -> bool:
    """Whether it is a file there, links followed."""
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())
