"""Which snapshots there were and when, and which of them are dropped.

snapshots/history.json   each that counted, in the order in which they came to count, the latest time
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Mapping, Sequence
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
    known = _entries(folder)
    there = {path.stem for path in folder.glob("*.json") if NAME.fullmatch(path.stem)}
    others = sorted(there - known.keys())
    found = [*(Kept(name, None) for name in others), *(kept for name, kept in known.items() if name in there)]
    current = current_name(folder)
    return tuple(sorted(found, key=lambda kept: kept.name == current))


def _entries(folder: Path) -> dict[str, Kept]:
    """Those of the file, as far as it can be read."""
    known: dict[str, Kept] = {}
    with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
        for entry in json.loads((folder / _FILE).read_text(encoding="utf-8")):
            known[str(entry["name"])] = Kept(
                str(entry["name"]), dt.datetime.fromisoformat(entry["at"]) if entry["at"] else None
            )
    return known


def earlier(folder: Path) -> Mapping[str, dt.datetime | None]:
    """The snapshots that counted before the one that does, and when. One that a run which was killed has made, or was
    about to let count, never did."""
    entries = _entries(folder)
    current = current_name(folder)
    if current not in entries:
        return {}
    names = list(entries)
    return {name: entries[name].at for name in names[: names.index(current)]}


def whole_files(folder: Path, keep: int) -> frozenset[str]:
    """The files that are whole tables of the snapshots that are kept beside the next one, so that nobody stays in a
    file for longer than the snapshots that have them."""
    found: set[str] = set()
    for kept in history(folder)[1 - keep :] if keep > 1 else ():
        with suppress(RunError):
            manifest = load_manifest(folder, kept.name)
            found.update(table.file.name for table in manifest.tables.values() if table.patch is None)
    return frozenset(found)


def write_history(folder: Path, snapshots: Sequence[Kept]) -> None:
    entries = [{"name": kept.name, "at": kept.at.isoformat() if kept.at else None} for kept in snapshots]
    durable.write_text(folder / _FILE, json.dumps(entries, indent=1) + "\n")


def note(folder: Path, name: str, at: dt.datetime | None) -> None:
    """That a snapshot counts from now on. The caller holds the lock of the state."""
    write_history(folder, [*(kept for kept in history(folder) if kept.name != name), Kept(name, at)])


def drop(folder: Path, names: Collection[str]) -> None:
    """Takes snapshots away; their files stay until `sweep`. The caller holds the lock of the state."""
    if not names:
        return
    write_history(folder, [kept for kept in history(folder) if kept.name not in names])
    for name in names:
        (folder / f"{name}.json").unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Takes the files away that no snapshot has. The caller holds the lock of the state."""
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
    """Takes all away but the latest `keep`, of which the one that counts is one, and what a killed run has left."""
    drop(folder, [kept.name for kept in history(folder)[:-keep]])
    sweep(folder)
