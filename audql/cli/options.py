"""The options that several commands have."""

from __future__ import annotations

import datetime as dt
import getpass
import os
import sys
import time
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

given_folder: ContextVar[Path] = ContextVar("given_folder", default=Path())
given_plain: ContextVar[bool] = ContextVar("given_plain", default=False)
"""What was said before the command: `audql -C DIR check`."""


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day; days are written like 2026-11-23") from None


_FOLDER_HELP = "The workspace's folder, where it is not this one."
FirstFolder = Annotated[Path, typer.Option("-C", metavar="DIR", help=_FOLDER_HELP, show_default=False)]
FirstNoColour = Annotated[bool, typer.Option("--no-color", help="Print without colours.")]
"""Before the command."""
Folder = Annotated[
    Path,
    typer.Option(
        "-C",
        metavar="DIR",
        help=_FOLDER_HELP,
        default_factory=given_folder.get,
        show_default=False,
    ),
]
AsOf = Annotated[
    dt.date | None,
    typer.Option("--as-of", metavar="DAY", help="As of this day (2026-11-23) instead of today.", parser=_day),
]
Zone = Annotated[
    str | None,
    typer.Option("--zone", metavar="ZONE", help="In which days begin, where no workspace says it; UTC if left out."),
]
PluginsDir = Annotated[
    Path | None,
    typer.Option("--plugins-dir", metavar="DIR", help="Use the plugins of this folder, one file each."),
]
OnlyCount = Annotated[bool, typer.Option("--count", help="Print only how many.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
NoColour = Annotated[
    bool,
    typer.Option("--no-color", help="Print without colours.", default_factory=given_plain.get, show_default=False),
]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="NAME", help="Let this through once; what would be held says its name."),
]
Everyone = Annotated[bool, typer.Option("--all", help="Show everyone, not a few.")]
EveryRefusal = Annotated[bool, typer.Option("--all", help="Show every refused row, not a few.")]
# Arguments are told in each command's text: in its list of them typer would print Python's types.
Files = Annotated[list[str] | None, typer.Argument(metavar="FILE", hidden=True)]
People = Annotated[
    str | None,
    typer.Option("--people", metavar="FILE", help="CSV, JSON or JSON lines of people; `-` is standard input."),
]


def now() -> dt.datetime:
    """The one place of the command line that reads the clock; in programs `audql.embedding` does."""
    return dt.datetime.now(dt.UTC)


def seconds() -> float:
    """For how long things take."""
    return time.monotonic()


def user() -> str:
    """Who has started the program, as the system knows them."""
    if sys.platform == "win32":
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container whose users have no names
        return str(os.getuid())
