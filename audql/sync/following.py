"""What follows once a snapshot counts: its rows that wait, and those of it that were set aside, are put in their place.

They are written down before it counts, under its name. Where a process is killed in between, the next one finds what
was written: it is put in its place then if that snapshot counts, and is nothing if it does not.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from audql.diagnostics import RunError
from audql.snapshot import durable
from audql.snapshot.messages import damaged
from audql.snapshot.store import current_name
from audql.sync.quarantine import Aside
from audql.sync.row_files import WAITED, all_of
from audql.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Folder:
    """The files that are put in a folder, by name, and the stems of names of which there is no other file then."""

    files: Mapping[str, str]
    stems: Collection[str] = field(default=())

    @classmethod
    def of(cls, asides: Iterable[Aside], stems: Collection[str]) -> Folder:
        return cls({one.name: _text_of(one.path) for one in asides}, stems)


def write_down(workspace: Workspace, snapshot: str, waiting: Folder, quarantine: Folder) -> None:
    """What follows when a snapshot of that name counts. The caller holds the lock."""
    folders = {"waiting": waiting, "quarantine": quarantine}
    each = {name: {"files": {**one.files}, "stems": [*one.stems]} for name, one in folders.items()}
    durable.write_text(workspace.following, json.dumps({"snapshot": snapshot, **each}))


def follow(workspace: Workspace) -> None:
    """Does what was written down, if there is something. The caller holds the lock. Raises RunError where that cannot
    be read."""
    path = workspace.following
    durable.clear(path.parent)
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        snapshot, folders = written["snapshot"], [Folder(**written[name]) for name in ("waiting", "quarantine")]
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError):
        raise RunError(damaged(path, "cannot be read")) from None
    if snapshot == current_name(workspace.snapshots):
        for folder, given in zip((workspace.waiting, workspace.quarantine), folders, strict=True):
            _put(folder, given)
    path.unlink()


def _put(folder: Path, given: Folder) -> None:
    for old in (
        path for stem in given.stems for which in ("", WAITED) for path in all_of(folder, f"{stem}{which}.csv")
    ):
        if old.name not in given.files:
            old.unlink()
    for name, text in given.files.items():
        durable.write_text(folder / name, text)


def _text_of(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()
