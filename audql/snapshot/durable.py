"""The only place that makes bytes survive a crash: a file appears whole under its name, or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path


def step(name: str) -> None:
    """Called before and after each durable write; does nothing. Tests put a crash in its place."""


def replace_with(path: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a new file beside `path`, then puts it in the place of `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        write(fresh)
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        step(f"before {path.name}")
        os.replace(fresh, path)
        sync_folder(path.parent)
        step(f"after {path.name}")
    finally:
        fresh.unlink(missing_ok=True)


def clear(*folders: Path) -> None:
    """Takes away what a killed process left half written."""
    for folder in folders:
        for left in folder.glob("*.tmp"):
            left.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """The text, in UTF-8 with plain line breaks, in the place of what the file had."""

    def write(fresh: Path) -> None:
        fresh.write_text(text, encoding="utf-8", newline="\n")

    replace_with(path, write)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable, where the system can (Windows cannot open a folder)."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
