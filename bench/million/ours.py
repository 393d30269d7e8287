"""AudQL's side: each way from data to the members of every audience, as counts by audience and seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clock import Clock, Took

from audql import ir
from audql.binding import as_of
from audql.engines.columnar.engine import ColumnarEngine
from audql.engines.roster import Roster, ids_of
from audql.operations.running import sync
from audql.operations.scripts import open_workspace, workspace_scripts
from audql.operations.surroundings import Surroundings


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


def another_day(folder: Path, day: dt.date, other: dt.date) -> Answer | None:
    """The members of the other day, once those of the day are known, by the same engine."""
    engine, rules = _engine(folder, day)
    _asked(engine, rules)
    clock = Clock()
    counts = _asked(engine.on(as_of(other, dt.UTC, _noon(other))), rules)
    return Answer(clock.took(), counts)


def changed(folder: Path, day: dt.date, people: int) -> Answer | None:
    """The members after so many people changed. None where the engine keeps nothing."""
    return None


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
