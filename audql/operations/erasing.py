"""A person → the workspace without them: snapshots, state, what waits to be told, and what was set aside."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from audql.diagnostics import RunError
from audql.operations import messages
from audql.operations.remains import called, remains
from audql.operations.scripts import open_workspace
from audql.snapshot import durable
from audql.snapshot.database import open_database
from audql.snapshot.disk import is_full, room_for
from audql.snapshot.erasing import erase_from_snapshots, names_of
from audql.snapshot.history import history
from audql.snapshot.snapshot import Snapshot
from audql.state.store import State
from audql.sync.erased import Erased, add_erased, read_erased
from audql.sync.sync import temporary_folder
from audql.text import fold
from audql.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ErasedFrom:
    """What had the person, and has them no more."""

    snapshots: int
    in_state: bool
    rows_aside: int
    left: tuple[Path, ...]
    """Files of the workspace that name them all the same, and are not ours to change: saved plans, changes, mails."""
    unread: tuple[Path, ...]
    """Files and folders that could not be looked into."""

    @property
    def status(self) -> int:
        return 4 if self.left or self.unread else 0


def erase(person: str, *, folder: Path, plugins_dir: Path | None = None) -> ErasedFrom:
    """Erases whoever has that id. Raises RunError where nothing knows of them, and GuardError while another run is at
    work. What a crash left undone the same again does."""
    workspace = open_workspace(folder, plugins_dir)
    with room_for("a snapshot"), State.open_alone(workspace.state) as state:
        person = _spelled(workspace, state, person)
        known_as = called(list(_snapshots(workspace)), person)
        names = _names(workspace, person)
        if not _is_known(workspace, state, person, names):
            raise RunError(messages.no_person(person, ()))
        # First, so that no feed brings back whom a crash left half erased.
        erased = add_erased(workspace.erased, person, names)
        with _all_of_it(workspace):
            # What killed processes left half written can have anyone.
            durable.clear(workspace.quarantine, workspace.waiting, workspace.snapshots / "tables")
            with temporary_folder(workspace) as temporary, closing(open_database(temporary)) as database:
                renamed = erase_from_snapshots(workspace.snapshots, workspace.tables, person, database, temporary)
            in_state = state.erase(person, f"erased:{erased.hash_of(person)}", renamed)
            rows = sum(_rows_without(path, erased) for path in _asides(workspace))
        left, unread = remains(workspace, erased, known_as)
    return ErasedFrom(len(renamed), in_state, rows, tuple(left), tuple(unread))


@contextmanager
def _all_of_it(workspace: Workspace) -> Iterator[None]:
    """Raises RunError where a file could not be taken away or written, so that it is not said to be done."""
    try:
        yield
    except OSError as problem:
        if is_full(problem):
            raise
        path = Path(problem.filename) if problem.filename else workspace.state_folder
        shown = path.relative_to(workspace.root) if path.is_relative_to(workspace.root) else path
        raise RunError(messages.not_all_erased(str(shown), problem.strerror or str(problem))) from None


def _spelled(workspace: Workspace, state: State, person: str) -> str:
    """The id as it is kept, or as it was given where it is not."""
    kept = {*state.people(), *(who for snapshot in _snapshots(workspace) for who in snapshot.people())}
    return person if person in kept else next((who for who in sorted(kept) if fold(who) == fold(person)), person)


def _is_known(workspace: Workspace, state: State, person: str, names: Collection[str]) -> bool:
    """Whether anything has them, or had them before a crash."""
    return (
        len(names) > 1
        or person in read_erased(workspace.erased)
        or person in state.people()
        or any(person in snapshot.people() for snapshot in _snapshots(workspace))
        or any(fold(value) in names for path in _asides(workspace) for row in _read(path) for value in row)
    )


def _snapshots(workspace: Workspace) -> Iterator[Snapshot]:
    for kept in history(workspace.snapshots):
        yield Snapshot.open(workspace.snapshots, kept.name, workspace.tables)


def _names(workspace: Workspace, person: str) -> frozenset[str]:
    """All that stands for them, in any snapshot that is kept. Raises RunError where one cannot be read."""
    found = {fold(person)}
    for snapshot in _snapshots(workspace):
        found.update(map(fold, names_of(snapshot, person)))
    return frozenset(found)


def _asides(workspace: Workspace) -> list[Path]:
    return [path for folder in (workspace.quarantine, workspace.waiting) for path in sorted(folder.glob("*.csv"))]


def _rows_without(path: Path, erased: Erased) -> int:
    """Takes rows out in which someone erased is named; how many. The first line is the header."""
    rows = _read(path)
    kept = [*rows[:1], *(row for row in rows[1:] if not erased.named_in(row))]
    if len(kept) < len(rows):
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(kept)
        durable.write_text(path, out.getvalue())
    return len(rows) - len(kept)


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
