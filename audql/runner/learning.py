"""What the learning system says, from the snapshot: what there is, who is enrolled, who has finished."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audql.engines.days import NO_DAY, Days
from audql.engines.members import Flags, Members, Ordinals
from audql.engines.roster import Roster
from audql.snapshot.snapshot import Snapshot
from audql.state.values import LearningKey
from audql.text import fold

UNDATED = int(np.iinfo(np.int32).max)
"""When an attempt was finished that has no day: it may be the latest."""


@dataclass(frozen=True, slots=True, eq=False)
class _Records:
    """One record each of several people and learnings, by learning, as parallel arrays."""

    starts: Mapping[LearningKey, tuple[int, int]]
    """Folded key → from where to where its records lie."""
    people: Ordinals
    days: Days

    def of(self, key: LearningKey) -> tuple[Ordinals, Days]:
        start, end = self.starts.get(_folded(key), (0, 0))
        return self.people[start:end], self.days[start:end]


@dataclass(frozen=True, slots=True)
class Lms:
    """Kinds and ids are compared folded."""

    catalogue: frozenset[LearningKey] | None
    """None where the feed has no table of learning, so that nothing can be missing."""
    names: Mapping[LearningKey, str]
    finished: _Records
    enrolled: _Records
    """Open enrolments."""
    tells_enrolments: bool
    """Whether the feed has a table of enrolments, so that one that is not there has been taken away."""

    def has(self, key: LearningKey) -> bool:
        return self.catalogue is None or _folded(key) in self.catalogue

    def words_for(self, key: LearningKey) -> frozenset[str]:
        """What a rule can call it, folded: its id and its name."""
        return frozenset({fold(key[1]), fold(self.names.get(_folded(key), key[1]))})

    def has_open(self, key: LearningKey) -> Members:
        """Who is enrolled there and has not finished."""
        return Members.of(self.enrolled.of(key)[0])

    def last_finished(self, key: LearningKey, people: Ordinals) -> Days:
        """The latest day on which each has finished: NO_DAY if never, UNDATED if an attempt has no day."""
        who, days = self.finished.of(key)
        size = max(int(who.max(initial=-1)), int(people.max(initial=-1))) + 1
        last = np.full(size, NO_DAY, dtype=np.int32)
        np.maximum.at(last, who, days)
        found: Days = last[people]
        return found


def lms_of(snapshot: Snapshot, roster: Roster, keys: Collection[LearningKey]) -> Lms:
    """What the snapshot's learning, completions and enrolments say of these."""
    known = [((str(row["kind"]), str(row["id"])), str(row.get("name", row["id"]))) for row in snapshot.rows("learning")]
    wanted = {key: number for number, key in enumerate(dict.fromkeys(map(_folded, keys)))}
    completions = _read(snapshot, roster, "completions", wanted, "false")
    is_open = "completed IS NULL AND status IS DISTINCT FROM 'completed'"
    enrolments = _read(snapshot, roster, "enrolments", wanted, is_open)
    both = _Columns(*(np.concatenate(columns) for columns in zip(completions, enrolments, strict=True)))
    return Lms(
        frozenset(_folded(key) for key, _ in known) if snapshot.has("learning") else None,
        {_folded(key): name for key, name in known},
        _by_learning(wanted, both, ~both.is_open),
        _by_learning(wanted, both, both.is_open),
        snapshot.has("enrolments"),
    )


class _Columns(NamedTuple):
    """Records as parallel arrays: the number of the learning, the ordinal, the day on which it was finished."""

    number: NDArray[np.int32]
    person: Ordinals
    day: Days
    is_open: Flags


def _read(snapshot: Snapshot, roster: Roster, table: str, wanted: Mapping[LearningKey, int], is_open: str) -> _Columns:
    """The records of these learnings. Texts stay in the database: what comes out are numbers."""
    pairs = snapshot.ask(f"SELECT DISTINCT kind, learning FROM {table}", table)
    spelt = zip(pairs["kind"].tolist(), pairs["learning"].tolist(), strict=True)
    those = [(kind, learning, wanted[key]) for kind, learning in spelt if (key := _folded((kind, learning))) in wanted]
    if not those:
        nothing = np.zeros(0, dtype=np.int32)
        return _Columns(nothing, nothing, nothing, nothing.astype(np.bool_))
    found = snapshot.ask(
        f"""
        SELECT
            l.number, p.row, coalesce(r.completed - DATE '1970-01-01', {UNDATED})::INTEGER AS day,
            {is_open} AS is_open
        FROM {table} r JOIN people p ON p.id = r.person
        JOIN (SELECT unnest(?) AS kind, unnest(?) AS learning, unnest(?)::INTEGER AS number) l
        ON l.kind = r.kind AND l.learning = r.learning
        """,
        table,
        "people",
        given=[list(column) for column in zip(*those, strict=True)],
    )
    return _Columns(found["number"], roster.ordinals[found["row"]], found["day"], found["is_open"])


def _by_learning(wanted: Mapping[LearningKey, int], columns: _Columns, chosen: Flags) -> _Records:
    numbers = columns.number[chosen]
    order = np.argsort(numbers.astype(np.uint16 if len(wanted) < 1 << 16 else np.int32), kind="stable")
    ends = np.cumsum(np.bincount(numbers, minlength=len(wanted))).tolist()
    starts = {key: (ends[number - 1] if number else 0, ends[number]) for key, number in wanted.items()}
    return _Records(starts, columns.person[chosen][order], columns.day[chosen][order])


def _folded(key: LearningKey) -> LearningKey:
    return fold(key[0]), fold(key[1])
