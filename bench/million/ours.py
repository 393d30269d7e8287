"""AudQL's side: each way from data to the members of every audience, as counts by audience and seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from changing import other_feed
from clock import Clock, Took

from audql import ir
from audql.binding import as_of
from audql.engines.columnar.engine import ColumnarEngine
from audql.engines.roster import Roster, ids_of
from audql.operations.running import sync
from audql.operations.scripts import open_workspace, workspace_scripts
from audql.operations.surroundings import Surroundings
from audql.snapshot.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Answer:
    took: Took
    counts: Mapping[str, int]
    """Audience → how many members."""


def feed_to_members(folder: Path, day: dt.date) -> Answer:
    """From the CSV feed: a new snapshot and all that is made on the way."""
    clock = Clock()
    sync(folder=folder, now=_noon(day), day=day)
    counts = _members(folder, day)
    return Answer(clock.took(), counts)


def open_to_members(folder: Path, day: dt.date) -> Answer:
    """From the snapshot that is there."""
    clock = Clock()
    counts = _members(folder, day)
    return Answer(clock.took(), counts)


def another_day(folder: Path, day: dt.date, other: dt.date) -> Answer:
    """The members of the other day, once those of the day are known, by the same engine."""
    engine, rules = _engine(folder, day)
    _asked(engine, rules)
    clock = Clock()
    counts = _asked(engine.on(as_of(other, dt.UTC, _noon(other))), rules)
    return Answer(clock.took(), counts)


def changed(folder: Path, day: dt.date, people: int) -> Mapping[str, Answer]:
    """The members after so many people changed, by the engine that knows those before: from the new snapshot with its
    columns not made yet, and again with these at hand. The counts are held to those of an engine that knows nothing.

    Puts the feed back as it was.
    """
    engine, rules = _engine(folder, day)
    _asked(engine, rules)
    with other_feed(folder / "feed", people) as those:
        sync(folder=folder, now=_noon(day), day=day)
        snapshot = Snapshot.open(folder / "state" / "snapshots")
    later_roster = Roster.of(engine.roster.ids, ids_of(snapshot.ids()))
    them = later_roster.members(those)
    found = {}
    for how in ("columns not made", "columns at hand"):
        clock = Clock()
        counts = _asked(engine.after(snapshot, later_roster, them), rules)
        found[how] = Answer(clock.took(), counts)
    afresh = ColumnarEngine(snapshot, engine.schema, later_roster, engine.when)
    if _asked(afresh, rules) != counts:
        raise SystemExit(f"{people:,} changed people: not what asking everyone says")
    sync(folder=folder, now=_noon(day), day=day)
    return found


def _members(folder: Path, day: dt.date) -> Mapping[str, int]:
    return _asked(*_engine(folder, day))


def _engine(folder: Path, day: dt.date) -> tuple[ColumnarEngine, Mapping[str, ir.Query]]:
    """What is asked, and the rule of each audience."""
    around = Surroundings(open_workspace(folder), as_of(day, dt.UTC, _noon(day)))
    program = workspace_scripts(around.workspace).compile(around.settings(counting=False))
    wrong = [d for d in program.diagnostics if d.is_error]
    if wrong or program.frozen or program.broken_files:
        raise SystemExit(f"the audiences have mistakes: {wrong[:3]}")
    rules = {audience.name: audience.rule for audience in program.audiences if audience.rule is not None}
    snapshot = around.require_snapshot()
    roster = Roster.of(ids_of([]), ids_of(snapshot.ids()))
    return ColumnarEngine(snapshot, around.schema, roster, around.when), rules


def _asked(engine: ColumnarEngine, rules: Mapping[str, ir.Query]) -> Mapping[str, int]:
    engine.prepare(list(rules.values()), [])
    return {name: len(engine.matching(rule, {})) for name, rule in rules.items()}


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)
