"""A file that a workspace is to write → what else it has there, and would be written over or read as what it is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from audql.plugins import OWN_SOURCES
from audql.workspace.messages import FILE

if TYPE_CHECKING:
    from audql.workspace.workspace import Workspace


def other_use(workspace: Workspace, path: Path) -> str:
    """What the workspace has at that path, links followed; empty for nothing."""
    for what, other in _files(workspace):
        if path == other or (path.exists() and other.exists() and path.samefile(other)):
            return what
    for what, folder in _folders(workspace):
        if path.is_relative_to(folder):
            return f"in the folder of {what}"
    inside = path.relative_to(workspace.root)
    if any(inside.match(pattern) for pattern in workspace.config.workspace.scripts):
        return "a script"
    return ""


def _files(workspace: Workspace) -> Iterator[tuple[str, Path]]:
    yield f"`{FILE}`", workspace.root / FILE
    state = workspace.state.file
    for end, what in (("", "the state"), (".lock", "the lock of the state")):
        yield what, state.with_name(state.name + end)
    for end in ("-wal", "-shm", "-journal"):
        yield "the state", state.with_name(state.name + end)
    yield "the list of who was erased", workspace.state.erased
    for script in workspace.scripts():
        yield "a script", script
    feed = workspace.config.feed
    for _, part in feed.parts() if feed is not None else ():
        if feed is not None and feed.source_of(part) in OWN_SOURCES:
            yield "a file of the feed", workspace.inside(f"{feed.folder}/{part.file}")


def _folders(workspace: Workspace) -> Iterator[tuple[str, Path]]:
    yield from workspace.folders.items()
    if workspace.config.workspace.plugins_dir:
        yield "plugins", workspace.inside(workspace.config.workspace.plugins_dir)
