"""Someone who was erased → the lines of a workspace in which they may still be named, for a person to decide.

A name is not one person's, and a script is not ours to change. So rows that were set aside and have the name of someone
erased, or their address, are told, as are lines of scripts, templates and `audql.toml`; and nothing is done to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from audql.operations.aside import asides
from audql.operations.standing_for import StandingFor
from audql.sync.row_files import rows_in
from audql.text import fold
from audql.workspace import Workspace

_TEXT = re.compile(r"\"([^\"]*)\"|'([^']*)'")


@dataclass(frozen=True, slots=True)
class Mention:
    """A line, counted from 1."""

    path: Path
    line: int


def mentions(
    workspace: Workspace, standing_for: StandingFor, names: Collection[str], unread: list[Path]
) -> Iterator[Mention]:
    """`names`: what the person is called, folded. Files that cannot be read are added to `unread`."""
    # One word alone is that of many, but as a whole text of a script, which can be an id.
    telling = [name for name in names if " " in name or "@" in name]
    wordings = [set(_words(name)) for name in telling if " " in name]
    phrases = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in telling) or r"(?!)")

    def in_row(row: Iterable[str]) -> bool:
        cells = " ".join(map(fold, row))
        words = set(_words(cells))
        named = bool(phrases.search(cells)) or any(wording <= words for wording in wordings)
        return standing_for.tells(cells, named=named)

    def in_line(line: str) -> bool:
        texts = [text for a, b in _TEXT.findall(line) if (text := a or b)]
        return standing_for.named_in(texts) or standing_for.tells(line, named=bool(phrases.search(fold(line))))

    def rows(path: Path) -> Iterable[int]:
        return [line for line, row in rows_in(path)[1:] if in_row(row)]

    def lines(path: Path) -> Iterable[int]:
        text = path.read_text(encoding="utf-8", errors="replace")
        return [number for number, line in enumerate(text.splitlines(), start=1) if in_line(line)]

    def of(path: Path, look: Callable[[Path], Iterable[int]]) -> Iterator[Mention]:
        try:
            yield from (Mention(path, line) for line in look(path))
        except OSError:
            unread.append(path)

    for path in asides(workspace):
        yield from of(path, rows)
    templates = workspace.templates
    written = sorted(path for path in templates.rglob("*") if path.is_file()) if templates.is_dir() else []
    for path in (workspace.root / "audql.toml", *workspace.scripts(), *written):
        yield from of(path, lines)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
