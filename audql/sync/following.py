"""What follows once a snapshot counts: its rows that wait, and those of it that were set aside, are put in their place.

They are written down before it counts, under its name. Where a process is killed in between, the next one finds what
was written: it is put in its place then if that snapshot counts, and is nothing if it does not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from audql.diagnostics import UNCHANGED, Diagnostic, GuardError, RunError, Severity
from audql.snapshot import durable
from audql.snapshot import messages as snapshot_messages
from audql.snapshot.disk import is_full
from audql.snapshot.store import current_name
from audql.sync import messages
from audql.sync.quarantine import Aside
from audql.sync.row_files import WAITED, all_of
from audql.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Replacement:
    """Files that take the place of all those in a folder whose names have one of the stems."""

    files: Mapping[str, str]
    """Name → text."""
    stems: Sequence[str]
    found: Mapping[str, str]
    """Name → digest of those that there were when they were read."""

    @classmethod
    def of(cls, asides: Iterable[Aside], stems: Sequence[str], found: Mapping[str, str]) -> Replacement:
        return cls({one.name: one.path.read_bytes().decode() for one in asides}, stems, found)


@dataclass(frozen=True, slots=True)
class Following:
    """What follows when the snapshot of that name counts."""

    snapshot: str
    waiting: Replacement
    quarantine: Replacement


def found_in(folder: Path) -> Mapping[str, str]:
    """Name → digest of the files of rows that are there."""
    return {path.name: _digest(path.read_bytes()) for path in folder.glob("*.csv") if path.is_file()}


def write_down(workspace: Workspace, following: Following) -> None:
    """The caller holds the lock."""
    durable.write_text(workspace.following, json.dumps(asdict(following)))


def require_followed(workspace: Workspace) -> None:
    """Does what was written down, if there is something. The caller holds the lock. Raises RunError where that cannot
    be read, or there is no room for it, and GuardError where someone has changed a file whose place is taken."""
    if changed := follow(workspace):
        raise GuardError(*(replace(one, severity=Severity.ERROR, hint=f"{UNCHANGED}. {one.hint}") for one in changed))


def follow(workspace: Workspace) -> Sequence[Diagnostic]:
    """The same, but that changed files are told, and nothing is done then."""
    path = workspace.following
    durable.clear(path.parent)
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return ()
    try:
        written = TypeAdapter(Following).validate_json(text)
    except ValidationError:
        raise RunError(messages.following_unreadable(_shown(path))) from None
    if written.snapshot == current_name(workspace.snapshots):
        folders = ((workspace.waiting, written.waiting), (workspace.quarantine, written.quarantine))
        if changed := [_shown(path) for folder, one in folders for path in _changed(folder, one)]:
            return [messages.changed_since(name) for name in changed]
        with room_after():
            for folder, one in folders:
                _put(folder, one)
    path.unlink()
    return ()


@contextmanager
def room_after() -> Iterator[None]:
    """Raises RunError where there is no room for what is written once a snapshot counts."""
    try:
        yield
    except OSError as problem:
        if is_full(problem):
            raise RunError(snapshot_messages.disk_full_after()) from None
        raise


def _changed(folder: Path, given: Replacement) -> Iterator[Path]:
    """The files that are neither what they were, nor what is put there."""
    for path in _replaced(folder, given.stems):
        put = [_digest(given.files[path.name].encode())] if path.name in given.files else []
        if _digest(path.read_bytes()) not in (given.found.get(path.name), *put):
            yield path


def _put(folder: Path, given: Replacement) -> None:
    for old in _replaced(folder, given.stems):
        if old.name not in given.files:
            old.unlink()
    for name, text in given.files.items():
        durable.write_text(folder / name, text)


def _replaced(folder: Path, stems: Sequence[str]) -> Iterator[Path]:
    return (path for stem in stems for which in ("", WAITED) for path in all_of(folder, f"{stem}{which}.csv"))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
