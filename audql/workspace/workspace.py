"""A folder with an `audql.toml` → its configuration, its paths, and the plugins that it uses."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from audql.binding import zone_named
from audql.diagnostics import Diagnostic, RunError
from audql.plugins import OWN_SOURCES, Plugin
from audql.snapshot.disk import oddity
from audql.snapshot.schema import TABLES, Table, tables_of
from audql.workspace import messages
from audql.workspace.config import Config, General, StateFile
from audql.workspace.messages import FILE
from audql.workspace.places import Places
from audql.workspace.reading import config_of, general_of, parsed
from audql.workspace.taken import other_use

if TYPE_CHECKING:
    from audql.program.compiling import Settings
    from audql.source import Span

_REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class StatePlace:
    """Where a state is: a SQLite file; or, with a URL, a database on a server. What is kept beside it is where the file
    would be."""

    file: Path
    url: str = ""

    @property
    def erased(self) -> Path:
        """Where an older AudQL kept who was erased."""
        return self.file.with_name("erased.json")


class Workspace:
    """A folder with an `audql.toml`. All paths are inside it, links followed. `plugins` are those that it uses."""

    def __init__(self, root: Path, config: Config, plugins: Sequence[Plugin] = ()) -> None:
        self.root = root
        self.config = config
        self.zone: dt.tzinfo = zone_named(config.workspace.zone)
        self.plugins = plugins

    @classmethod
    def open(cls, folder: Path, plugins_dir: Path | None = None) -> Workspace:
        """Reads the folder's `audql.toml`. Raises RunError with all its mistakes, and PluginError.

        Each plugin in `plugins_dir` is used, beside those that `audql.toml` names.
        """
        path = folder / FILE
        if what := oddity(path):
            raise RunError(messages.no_file(what))
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise RunError(messages.no_workspace(folder)) from None
        except (OSError, UnicodeDecodeError) as problem:
            raise RunError(messages.not_toml(str(problem), None)) from None
        data, places = parsed(text)
        root = folder.resolve()
        if any("\ud800" <= c <= "\udfff" for c in str(root)):  # where no database would open a file
            raise RunError(messages.unspeakable(root))
        plugins = _plugins(root, general_of(data), plugins_dir)
        workspace = cls(root, config_of(data, plugins, _tables(plugins), places), plugins)
        if found := list(workspace._paths_outside(places)):
            raise RunError(*found)
        changes = workspace.changes_file
        if changes is not None and (what := other_use(workspace, changes)):
            raise RunError(messages.taken(what, places.of(("targets", "file", "path"))))
        return workspace

    @cached_property
    def vocabulary(self) -> Settings:
        """What scripts are compiled against, with what the plugins add and without what the feed says."""
        return _vocabulary(self.plugins)

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Those of its feed and its snapshots."""
        return _tables(self.plugins)

    @property
    def feed_folder(self) -> Path:
        return self.inside(self.config.feed.folder if self.config.feed else "feed")

    @property
    def state(self) -> StatePlace:
        """Where the state is."""
        return StatePlace(self.inside(self.config.state.file), self.config.state.url)

    @property
    def state_folder(self) -> Path:
        """What is kept beside the state."""
        return self.state.file.parent

    @property
    def snapshots(self) -> Path:
        """The folder of snapshots, beside the state."""
        return self.state_folder / "snapshots"

    @property
    def quarantine(self) -> Path:
        """The folder of rows that were refused, beside the state."""
        return self.state_folder / "quarantine"

    @property
    def waiting(self) -> Path:
        """The folder of rows of deltas that do not count yet, beside the state."""
        return self.state_folder / "waiting"

    @property
    def following(self) -> Path:
        """The file of what follows once a snapshot counts, beside the state; there for a moment."""
        return self.state_folder / "following.json"

    @property
    def temporary(self) -> Path:
        """The folder of what a sync is about, beside the state."""
        return self.state_folder / "temporary"

    @property
    def reports(self) -> Path:
        """The folder of the reports of runs, beside the state."""
        return self.state_folder / _REPORTS

    @property
    def folders(self) -> Mapping[str, Path]:
        """Those beside the state, by what a message calls what is in them."""
        return {
            "snapshots": self.snapshots,
            "what was set aside": self.quarantine,
            "rows that wait": self.waiting,
            "reports": self.reports,
            "temporary": self.temporary,
        }

    @property
    def changes_file(self) -> Path | None:
        """Where the target `file` writes."""
        target = self.config.targets.file
        return self.inside(target.path) if target else None

    @property
    def mail_folder(self) -> Path | None:
        """Where mails are put as files, where they are not sent."""
        mail = self.config.mail
        return self.inside(mail.folder) if mail is not None and mail.folder else None

    @property
    def templates(self) -> Path:
        """The folder of its own templates of mails; it need not be there."""
        return self.inside(self.config.mail.templates if self.config.mail is not None else "templates")

    def scripts(self) -> tuple[Path, ...]:
        """The script files, in order of name."""
        return tuple(sorted({path.resolve() for path in self._called_scripts() if not self._oddity(path)}))

    def odd_scripts(self) -> Mapping[str, str]:
        """What is called as a script and cannot be read as one: where, from the workspace's folder on → what it is.

        Folders can be called so, too; what is hidden can be the lock of an editor, which is a link to nothing.
        """
        odd = {p: self._oddity(p) for p in self._called_scripts() if not (os.path.isdir(p) or p.name.startswith("."))}
        return {path.relative_to(self.root).as_posix(): what for path, what in sorted(odd.items()) if what}

    def _called_scripts(self) -> Iterator[Path]:
        for pattern in self.config.workspace.scripts:
            yield from self.root.glob(pattern)

    def _oddity(self, path: Path) -> str:
        """What is there instead of a file of the workspace; empty for one, also behind a link."""
        if what := oddity(path):
            return what
        if not Path(os.path.realpath(path)).is_relative_to(self.root):
            return "a link that leads out of the workspace"
        return "" if os.path.isfile(path) else "a link that leads nowhere"

    def inside(self, path: str) -> Path:
        """The path, from the workspace's folder on. Raises RunError when it leaves the workspace, by a link too."""
        try:
            full = (self.root / path).resolve()
        except RuntimeError:  # links that lead round to themselves
            raise RunError(messages.round_link(path, None)) from None
        if not full.is_relative_to(self.root):
            raise RunError(messages.outside(path, None))
        return full

    def _is_inside(self, path: str) -> bool:
        return self._lies_wrong(path, None) is None

    def _lies_wrong(self, path: str, place: Span | None) -> Diagnostic | None:
        """What is wrong with where a path leads."""
        try:
            self.inside(path)
        except RunError as problem:
            return replace(problem.diagnostics[0], span=place)
        except (OSError, ValueError):
            return messages.outside(path, place)
        return None

    def _paths_outside(self, places: Places) -> Iterator[Diagnostic]:
        config = self.config
        written: list[tuple[str, tuple[str, ...]]] = [(config.state.file, ("state", "file"))]
        if config.feed:
            written.append((config.feed.folder, ("feed", "folder")))
            written += [
                (f"{config.feed.folder}/{part.file}", ("feed", name, "file"))
                for name, part in config.feed.parts()
                if config.feed.source_of(part) in OWN_SOURCES and self._is_inside(config.feed.folder)
            ]
        if config.targets.file:
            written.append((config.targets.file.path, ("targets", "file", "path")))
        if config.mail:
            written += [(config.mail.templates, ("mail", "templates")), (config.mail.folder, ("mail", "folder"))]
        for path, key in written:
            if (wrong := self._lies_wrong(path, places.of(key))) is not None:
                yield wrong
        if self._is_inside(config.state.file):
            yield from self._links_outside()
        for pattern in config.workspace.scripts:
            if ".." in Path(pattern).parts or Path(pattern).is_absolute() or not pattern:
                yield messages.outside(pattern, places.of(("workspace", "scripts")))

    def _links_outside(self) -> Iterator[Diagnostic]:
        """What is beside the state but for a link."""
        for path in (*self.folders.values(), self.snapshots / "tables", self.snapshots / "columns", self.state.erased):
            shown = path.relative_to(self.root).as_posix()
            if (wrong := self._lies_wrong(shown, None)) is not None:
                yield wrong


def reports_of(folder: Path) -> Path | None:
    """Where the reports are of a workspace whose `audql.toml` may have mistakes; None where there is no state yet, and
    where a link leads out of the workspace."""
    try:
        path = folder / FILE
        data, _ = parsed(path.read_text(encoding="utf-8-sig") if not oddity(path) else "")
        file = StateFile.model_validate(data.get("state", {})).file
    except FileNotFoundError:
        return None
    except (RunError, ValueError, OSError):
        file = StateFile().file
    root = folder.resolve()
    state = (root / file).resolve().parent
    reports = (state / _REPORTS).resolve()
    return reports if state.is_dir() and state.is_relative_to(root) and reports.is_relative_to(root) else None


def _plugins(root: Path, general: General, plugins_dir: Path | None) -> Sequence[Plugin]:
    """Those that `audql.toml` names, and all of the folder. Raises PluginError."""
    if not general.plugins and plugins_dir is None:
        return ()
    from audql.program.extending import load_plugins

    inside = (root / general.plugins_dir).resolve() if general.plugins_dir else None
    if inside is not None and not inside.is_relative_to(root):
        raise RunError(messages.outside(general.plugins_dir, None))
    return load_plugins(general.plugins, inside, all_of=plugins_dir)


def _vocabulary(plugins: Sequence[Plugin]) -> Settings:
    from audql.program.compiling import Settings
    from audql.program.extending import with_plugins

    return with_plugins(Settings(), plugins)


def _tables(plugins: Sequence[Plugin]) -> tuple[Table, ...]:
    return tables_of(_vocabulary(plugins).schema) if plugins else TABLES
