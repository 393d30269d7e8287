"""Script files, bare or of a workspace → sources to compile together."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from audql.binding import zone_named
from audql.diagnostics import AudQLError, Diagnostic, RunError, in_order
from audql.operations import messages
from audql.operations.files import STDIN, decode, read_bytes
from audql.program import Program
from audql.program.compiling import Settings, compile_program
from audql.program.files import Reader
from audql.source import Source

if TYPE_CHECKING:
    from audql.workspace import Workspace

CONFIG = "audql.toml"
STDIN_NAME = "stdin.aud"


@dataclass(frozen=True, slots=True)
class Scripts:
    """Files that are compiled together. `root` is the folder that their names are from."""

    root: Path
    sources: tuple[Source, ...]
    read: Reader
    unreadable: tuple[str, ...] = ()
    """Files that are no text; audiences last seen there stay as they were."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Why they are not, and what else is wrong with the files."""

    def compile(self, settings: Settings) -> Program:
        """All files as one program."""
        program = compile_program(self.sources, settings, self.read)
        return replace(
            program,
            broken_files=(*program.broken_files, *self.unreadable),
            diagnostics=in_order((*program.diagnostics, *self.diagnostics)),
        )


def bare_scripts(paths: Sequence[str], stdin: Callable[[], bytes] | None = None) -> Scripts:
    """The files named, and what they import. Raises RunError for those that cannot be read, all at once."""
    root = _common_root(paths)
    sources: list[Source] = []
    wrong: list[Diagnostic] = []
    for path in paths:
        try:
            text = decode(path, read_bytes(path, stdin))
        except RunError as problem:
            wrong.extend(problem.diagnostics)
            continue
        name = STDIN_NAME if path == STDIN else Path(os.path.relpath(os.path.abspath(path), root)).as_posix()
        if name not in [source.name for source in sources]:
            sources.append(Source(text, name))
    if wrong:
        raise RunError(*wrong)
    return Scripts(root, tuple(sources), reader(root))


def workspace_scripts(workspace: Workspace) -> Scripts:
    """All scripts of the workspace. What cannot be read is told and left out, so that the rest goes on."""
    sources: list[Source] = []
    unreadable: list[str] = []
    wrong: list[Diagnostic] = []
    for path in workspace.scripts():
        name = path.relative_to(workspace.root).as_posix()
        if name == CONFIG:
            continue
        try:
            sources.append(Source(decode(name, read_bytes(str(path))), name))
        except RunError as problem:
            unreadable.append(name)
            wrong.extend(problem.diagnostics)
    for name, what in workspace.odd_scripts().items():
        unreadable.append(name)
        wrong.append(messages.odd_script(name, what))
    if not sources and not unreadable:
        wrong.append(messages.no_scripts(workspace.config.workspace.scripts))
    return Scripts(workspace.root, tuple(sources), reader(workspace.root), tuple(unreadable), tuple(wrong))


def reader(root: Path) -> Reader:
    """Reads files below a folder by their path from there; None for what is not there, leads out, or is no text."""

    def read(path: str) -> str | None:
        try:
            full = (root / path).resolve()
            if not full.is_relative_to(root.resolve()):
                return None
            return full.read_bytes().decode("utf-8-sig") if full.is_file() else None
        except (OSError, ValueError, RuntimeError):  # the last for links that lead round to themselves
            return None

    return read


def open_workspace(folder: Path, plugins_dir: Path | None = None) -> Workspace:
    """The workspace in that folder, which uses all plugins of the other. Raises RunError and PluginError."""
    from audql.workspace import Workspace

    return Workspace.open(folder, plugins_dir)


def bare_settings(plugins_dir: Path | None) -> Settings:
    """What is known where there is no workspace: the vocabulary, and all plugins of a folder. Raises PluginError."""
    if plugins_dir is None:
        return Settings()
    from audql.program.extending import load_plugins, with_plugins

    return with_plugins(Settings(), load_plugins((), all_of=plugins_dir))


def zone_of(name: str | None) -> dt.tzinfo:
    """The time zone of that name; UTC where none is given. Raises RunError."""
    if name is None:
        return dt.UTC
    try:
        return zone_named(name)
    except AudQLError:
        raise RunError(messages.no_zone(name)) from None


def has_workspace(folder: Path) -> bool:
    return (folder / CONFIG).is_file()


def are_inside(folder: Path, paths: Sequence[str]) -> bool:
    """Whether all the paths lead into the folder."""
    root = folder.resolve()
    try:
        return all(path != STDIN and Path(path).resolve().is_relative_to(root) for path in paths)
    except (OSError, ValueError, RuntimeError):
        return False


def _common_root(paths: Sequence[str]) -> Path:
    """Where we are, when all files are below; else the folder that has them all."""
    here = Path.cwd()
    try:
        folders = [os.path.dirname(os.path.abspath(path)) for path in paths if path != STDIN]
        if all(Path(folder).is_relative_to(here) for folder in folders):
            return here
        return Path(os.path.commonpath(folders))
    except ValueError:
        return here
