"""The snapshots that a workspace has kept: which there are, and what differs between two."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from audql.diagnostics import RunError
from audql.operations import messages
from audql.operations.scripts import open_workspace
from audql.snapshot.comparing import Difference, compare
from audql.snapshot.history import history
from audql.snapshot.snapshot import Snapshot
from audql.workspace import Workspace


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """`at`: when it came to count last; None where that is not known. `counts`: rows by table; None where damaged."""

    name: str
    at: dt.datetime | None
    counts: dict[str, int] | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """What the new one has otherwise than the old one."""

    old: str
    new: str
    differences: tuple[Difference, ...]


def snapshots(*, folder: Path, plugins_dir: Path | None = None) -> tuple[KeptSnapshot, ...]:
    """Those that there are, the latest first. Raises RunError."""
    workspace = open_workspace(folder, plugins_dir)
    kept = history(workspace.snapshots)
    return tuple(
        KeptSnapshot(one.name, one.at, _counts(workspace, one.name), one.name == kept[-1].name)
        for one in reversed(kept)
    )


def compare_snapshots(old: str, new: str | None = None, *, folder: Path, plugins_dir: Path | None = None) -> Compared:
    """Two snapshots by their names or the first digits of them; `new` left out is the one that counts. Raises
    RunError."""
    workspace = open_workspace(folder, plugins_dir)
    before = Snapshot.open(workspace.snapshots, _named(workspace, old), workspace.tables)
    after = Snapshot.open(workspace.snapshots, _named(workspace, new) if new else None, workspace.tables)
    return Compared(before.name, after.name, compare(before, after))


def _named(workspace: Workspace, given: str) -> str:
    names = [kept.name for kept in history(workspace.snapshots)]
    found = [name for name in names if given and name.startswith(given.lower())]
    if len(found) != 1:
        raise RunError(messages.no_snapshot_called(given, found, names))
    return found[0]


def _counts(workspace: Workspace, name: str) -> dict[str, int] | None:
    try:
        snapshot = Snapshot.open(workspace.snapshots, name, workspace.tables)
    except RunError:
        return None
    return {table.name: snapshot.count(table.name) for table in workspace.tables if snapshot.has(table.name)}
