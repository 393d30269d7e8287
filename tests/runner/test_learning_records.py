"""What the learning system says: of several attempts the latest, of names any spelling, of no day any day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
from runner_world import World

from audql.engines.days import NO_DAY, number_of
from audql.engines.roster import Roster, ids_of
from audql.runner.learning import UNDATED, Lms, lms_of
from audql.snapshot.snapshot import Snapshot

PEOPLE = ["ann", "bob", "cay", "dan"]


def read(root: Path, **tables: str) -> tuple[Lms, Roster]:
    world = World(root)
    world.people(*PEOPLE, **tables)
    snapshot = Snapshot.open(world.workspace.snapshots)
    roster = Roster.of(ids_of(["gone", "dan"]), ids_of(snapshot.ids()))
    return lms_of(snapshot, roster, [("course", "S"), ("course", "F"), ("programme", "S")]), roster


def last(lms: Lms, roster: Roster, kind: str, learning: str) -> dict[str, int]:
    people = np.arange(len(roster), dtype=np.int32)
    days = lms.last_finished((kind, learning), people).tolist()
    return {who: day for who, day in zip(roster.ids.tolist(), days, strict=True) if day != NO_DAY}


def test_latest_undated_and_other_tables(tmp_path: Path) -> None:
    lms, roster = read(
        tmp_path,
        completions="person,learning,kind,completed\n"
        "ann,S,course,2026-01-02\nann,S,,2026-01-05\nbob,s,course,\nbob,S,course,2026-01-01\n"
        "cay,S,programme,2026-01-03\ndan,X,course,2026-01-01\n",
        enrolments="person,learning,completed,status\n"
        "cay,S,2026-02-01,\ndan,S,,completed\ncay,F,,in progress\nann,S,,overdue\n",
    )
    fifth, third, first = (number_of(dt.date(2026, m, d)) for m, d in ((1, 5), (1, 3), (2, 1)))
    assert last(lms, roster, "course", "S") == {"ann": fifth, "bob": UNDATED, "cay": first, "dan": UNDATED}
    assert last(lms, roster, "COURSE", "s") == last(lms, roster, "course", "S")
    assert last(lms, roster, "programme", "S") == {"cay": third}
    assert last(lms, roster, "course", "F") == {}
    assert set(roster.names(lms.has_open(("course", "F")).ordinals())) == {"cay"}
    assert set(roster.names(lms.has_open(("course", "S")).ordinals())) == {"ann"}
    assert lms.tells_enrolments
    assert lms.has(("course", "Whatever"))


def test_nothing_said(tmp_path: Path) -> None:
    lms, roster = read(tmp_path, learning="id,name\nS,Safety\n")
    assert last(lms, roster, "course", "S") == {}
    assert not lms.has_open(("course", "S"))
    assert not lms.tells_enrolments
    assert lms.has(("course", "s"))
    assert not lms.has(("course", "F"))
    assert lms.words_for(("course", "S")) == {"s", "safety"}
