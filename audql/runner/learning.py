"""What the learning system says, from the snapshot: what there is, who is enrolled, who has finished."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from audql.snapshot.snapshot import Snapshot
from audql.state.values import LearningKey
from audql.text import fold

_Record = tuple[str, LearningKey]


@dataclass(frozen=True, slots=True)
class Lms:
    """Keys are person and learning, folded."""

    catalogue: frozenset[LearningKey] | None
    """None where the feed has no table of learning, so that nothing can be missing."""
    names: Mapping[LearningKey, str]
    finished: Mapping[_Record, dt.date | None]
    """The latest day; None where some attempt has no date, so that it may be the latest."""
    enrolled: frozenset[_Record]
    """Open enrolments."""
    tells_enrolments: bool
    """Whether the feed has a table of enrolments, so that one that is not there has been taken away."""

    def has(self, key: LearningKey) -> bool:
        return self.catalogue is None or _folded(key) in self.catalogue

    def words_for(self, key: LearningKey) -> frozenset[str]:
        """What a rule can call it, folded: its id and its name."""
        return frozenset({fold(key[1]), fold(self.names.get(_folded(key), key[1]))})

    def is_enrolled(self, person: str, key: LearningKey) -> bool:
        return (person, _folded(key)) in self.enrolled

    def has_finished(self, person: str, key: LearningKey, since: dt.date | None) -> bool:
        """Whether there is a finished attempt, since that day if one is given; an undated one always counts."""
        record = (person, _folded(key))
        if record not in self.finished:
            return False
        day = self.finished[record]
        return day is None or since is None or day >= since


def lms_of(snapshot: Snapshot) -> Lms:
    """What the snapshot's learning, completions and enrolments say."""
    known = [
        ((str(row.get("kind", "course")), str(row["id"])), str(row.get("name", row["id"])))
        for row in snapshot.rows("learning")
    ]
    finished: dict[_Record, dt.date | None] = {}
    enrolled: set[_Record] = set()
    for table in ("completions", "enrolments"):
        for row in snapshot.rows(table):
            record = (str(row["person"]), _folded((str(row.get("kind", "course")), str(row["learning"]))))
            day = row.get("completed")
            if table == "enrolments" and day is None and row.get("status") != "completed":
                enrolled.add(record)
                continue
            assert day is None or isinstance(day, dt.date)
            earlier = finished.get(record, dt.date.min)
            finished[record] = None if day is None or earlier is None else max(day, earlier)
    return Lms(
        frozenset(_folded(key) for key, _ in known) if snapshot.has("learning") else None,
        {_folded(key): name for key, name in known},
        finished,
        frozenset(enrolled),
        snapshot.has("enrolments"),
    )


def _folded(key: LearningKey) -> LearningKey:
    return fold(key[0]), fold(key[1])
