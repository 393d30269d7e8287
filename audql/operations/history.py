"""A workspace → what happened to someone, from what its runs have written down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audql.diagnostics import RunError
from audql.operations import messages
from audql.operations.asked import id_of
from audql.operations.directory import Directory
from audql.operations.naming import names_of
from audql.operations.scripts import open_workspace
from audql.semantics.context import Catalogue
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import current_name
from audql.state.history import Event
from audql.state.store import State
from audql.workspace import Workspace

_ORDER = ("left", "ended", "suspended", "joined", "enrolled", "adopted", "mail")


@dataclass(frozen=True, slots=True)
class History:
    """Someone and what happened to them, the earliest first."""

    person: str
    name: str
    events: tuple[Event, ...]


def history(person: str, *, folder: Path, plugins_dir: Path | None = None) -> History:
    """What the runs did to someone, also after they have left. Raises RunError."""
    workspace = open_workspace(folder, plugins_dir)
    with State.open_to_read(workspace.state) as state:
        who, name = _who(workspace, state, person)
        found = sorted(state.history(who), key=lambda event: (event.day, _ORDER.index(event.what)))
    return History(who, name, tuple(found))


def _who(workspace: Workspace, state: State, name: str) -> tuple[str, str]:
    """The id and the name: whoever state knows by id, else whom the feed calls so. Raises RunError."""
    here = current_name(workspace.snapshots) is not None
    snapshot = Snapshot.open(workspace.snapshots, tables=workspace.tables) if here else None
    called = Catalogue({"person": Directory(snapshot)} if snapshot is not None else {})
    who = name if state.knows(name) else id_of(called, name)
    if who is None:
        raise RunError(messages.no_person(name, snapshot.people() if snapshot is not None else ()))
    return who, names_of(snapshot, [who]).get(who, "") if snapshot is not None else ""
