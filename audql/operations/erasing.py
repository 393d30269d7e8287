"""A person → the workspace without them: snapshots, state, what waits to be told, and what was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from audql.diagnostics import RunError
from audql.operations import messages
from audql.operations.aside import asides, require_readable, values_in
from audql.operations.forgetting import ErasedFrom, forget
from audql.operations.scripts import open_workspace
from audql.snapshot.disk import room_for
from audql.snapshot.erasing import ids_of
from audql.snapshot.history import history
from audql.snapshot.snapshot import Snapshot
from audql.state.store import State
from audql.sync.following import require_followed
from audql.text import fold
from audql.workspace import Workspace


def erase(person: str, *, folder: Path, plugins_dir: Path | None = None) -> ErasedFrom:
    """Erases whoever has that id, else that username or email. Raises RunError where nothing knows of them or several
    are called so, and GuardError while another run is at work, and for a file of rows set aside that cannot be read.
    What a crash left undone the same again does, by the id."""
    workspace = open_workspace(folder, plugins_dir)
    with room_for("a snapshot"), State.open_alone(workspace.state) as state:
        require_followed(workspace)
        require_readable(workspace)
        names = [kept.name for kept in history(workspace.snapshots)]
        snapshots = [Snapshot.open(workspace.snapshots, name, workspace.tables) for name in names]
        who = _kept_as(workspace, state, snapshots, person)
        if who is None:
            raise RunError(messages.no_person(person, ()))
        # First, so that no feed brings back whom a crash left half erased.
        state.add_erased({who: ()})
        return forget(workspace, state, snapshots, who)


def _kept_as(workspace: Workspace, state: State, snapshots: Sequence[Snapshot], person: str) -> str | None:
    """The id as it is kept; as it was given where only rows aside have it, or where it was erased before; else that of
    whom any snapshot calls so; None where nothing knows of them. Raises RunError where snapshots call several so."""
    kept: set[str] = {*state.people(), *(who for snapshot in snapshots for who in snapshot.people())}
    if person in kept:
        return person
    folded = fold(person)
    if found := [who for who in sorted(kept) if fold(who) == folded]:
        return found[0]
    if person in state.erased():
        return person
    called_so = sorted({who for snapshot in snapshots for who in ids_of(snapshot, person)})
    if len(called_so) > 1:
        raise RunError(messages.several_people(person, called_so))
    if called_so:
        return called_so[0]
    aside = (value for path in asides(workspace) for row in values_in(path) for value in row)
    return person if any(fold(value) == folded for value in aside) else None
