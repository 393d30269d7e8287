"""A workspace → what happened to someone, from what its runs have written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from audql.diagnostics import RunError
from audql.operations import messages
from audql.operations.asked import id_of
from audql.operations.directory import Directory
from audql.operations.naming import names_of
from audql.operations.scripts import open_workspace
from audql.semantics.context import Catalogue
from audql.snapshot.history import history as history_of
from audql.snapshot.snapshot import Snapshot
from audql.state.history import Event
from audql.state.store import State
from audql.workspace import Workspace

_ORDER = ("left", "ended", "suspended", "joined", "enrolled", "adopted", "mail")


@dataclass(frozen=True, slots=True)
class History:
    """Someone and what happened to them, the earliest first."""

    person: str
    name: str
    events: tuple[Event, ...]


def history(person: str, *, folder: Path, plugins_dir: Path | None = None) -> History:
    """What the runs did to someone, also after they have left. Raises RunError."""
    workspace = open_workspace(folder, plugins_dir)
    with State.open_to_read(workspace.state) as state:
        who, name = _who(workspace, state, person)
        found = state.history(who)
    return History(who, name, _in_order(found))


def _in_order(events: Sequence[Event]) -> tuple[Event, ...]:
    """By day, by run, and what one run did by kind.

    Of learning only the day is known. Where that had several runs, a spell begins with the first of them that had the
    person join anything, and ends with the first one after it that had them leave.
    """
    latest = dict[tuple[dt.date, str], int]()
    runs = [_run_of(event, events, latest) for event in events]
    order = sorted(range(len(events)), key=lambda at: (events[at].day, runs[at], _ORDER.index(events[at].what)))
    return tuple(events[at] for at in order)


def _run_of(event: Event, events: Sequence[Event], latest: dict[tuple[dt.date, str], int]) -> int:
    """Its run, or the one that is taken for it; `latest` has that of each learning's last event of a day so far."""
    if event.run:
        return event.run
    begins = event.what in ("enrolled", "adopted")
    after = latest.get((event.day, event.subject), 0) + (not begins)
    of_day = [(e.run, e.what) for e in events if e.day == event.day and e.run >= after and e.run]
    moved = [run for run, what in of_day if what == ("joined" if begins else "left")]
    latest[event.day, event.subject] = run = min(moved or [run for run, _ in of_day], default=after)
    return run


def _who(workspace: Workspace, state: State, name: str) -> tuple[str, str]:
    """The id and the name: whoever state knows by id, else whom the latest snapshot calls so that calls anyone so; one
    that is kept knows who has left since. Raises RunError."""
    snapshots = list(_kept(workspace))
    by_name = (id_of(Catalogue({"person": Directory(snapshot)}), name) for snapshot in snapshots)
    who = name if state.knows(name) else next((found for found in by_name if found is not None), None)
    if who is None:
        raise RunError(messages.no_person(name, snapshots[0].people() if snapshots else ()))
    called = (names_of(snapshot, [who]).get(who) for snapshot in snapshots)
    return who, next((name for name in called if name), "")


def _kept(workspace: Workspace) -> Iterator[Snapshot]:
    """The snapshots that there are, the latest first; an older one that is damaged is passed over."""
    names = [kept.name for kept in reversed(history_of(workspace.snapshots))]
    for name in names:
        with suppress(*([RunError] if name != names[0] else [])):
            yield Snapshot.open(workspace.snapshots, name, workspace.tables)
