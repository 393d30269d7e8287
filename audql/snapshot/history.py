"""Which snapshots there were and when, and which of them are dropped.

snapshots/history.json   each that counted, in the order in which they came to count, the latest time
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from audql.diagnostics import RunError
from audql.snapshot import durable
from audql.snapshot.store import current_name, load_manifest

_FILE = "history.json"
NAME = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot that there is. `at`: when it came to count, the latest time; None where that is not known."""

    name: str
    at: dt.datetime | None


def history(folder: Path) -> tuple[Kept, ...]:
    """Those that there are, the latest last. What is not in the file, or where that is damaged, comes first."""
    known: dict[str, Kept] = {}
    with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
        for entry in json.loads((folder / _FILE).read_text(encoding="utf-8")):
            known[str(entry["name"])] = Kept(
                str(entry["name"]), dt.datetime.fromisoformat(entry["at"]) if entry["at"] else None
            )
    there = {path.stem for path in folder.glob("*.json") if NAME.fullmatch(path.stem)}
    others = sorted(there - known.keys())
    found = [*(Kept(name, None) for name in others), *(kept for name, kept in known.items() if name in there)]
    current = current_name(folder)
    return tuple(sorted(found, key=lambda kept: kept.name == current))


def write_history(folder: Path, snapshots: Sequence[Kept]) -> None:
    entries = [{"name": kept.name, "at": kept.at.isoformat() if kept.at else None} for kept in snapshots]
    durable.write_text(folder / _FILE, json.dumps(entries, indent=1) + "\n")


def note(folder: Path, name: str, at: dt.datetime | None) -> None:
    """That a snapshot counts from now on. The caller holds the lock of the state."""
    write_history(folder, [*(kept for kept in history(folder) if kept.name != name), Kept(name, at)])


def drop(folder: Path, names: Collection[str]) -> None:
    """Takes snapshots away, and the tables that no other one has. The caller holds the lock of the state.

    A crash leaves tables that nothing names; they go with the next ones that are dropped.
    """
    if not names:
        return
    write_history(folder, [kept for kept in history(folder) if kept.name not in names])
    for name in names:
        (folder / f"{name}.json").unlink(missing_ok=True)
    sweep(folder)


def sweep(folder: Path) -> None:
    """Takes the files away that no snapshot has."""
    needed: set[str] = set()
    for kept in history(folder):
        try:
            manifest = load_manifest(folder, kept.name)
            needed.update(file.name for table in manifest.tables.values() for file in table.files)
        except RunError:
            return  # what a damaged one names is not known
    for path in (folder / "tables").glob("*.parquet"):
        if path.name not in needed:
            path.unlink(missing_ok=True)


def drop_old(folder: Path, keep: int) -> None:
    """Takes all away but the latest `keep`, of which the one that counts is one."""
    drop(folder, [kept.name for kept in history(folder)[:-keep]])
