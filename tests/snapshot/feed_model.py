"""A plain model of what feeds come to, row by row: people and their jobs, full feeds and deltas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

from audql.text import fold

Job = tuple[str, str, str]
"""Id number, title, manager; empty where there is none."""


@dataclass(frozen=True)
class PersonRow:
    who: str
    city: str = ""
    day: int | None = None
    gone: bool = False


@dataclass(frozen=True)
class JobRow:
    who: str
    job: Job
    gone: bool = False


@dataclass
class Model:
    """Everyone by folded id: as they are spelled, and their city; and jobs by the same."""

    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    jobs: dict[str, set[Job]] = field(default_factory=dict)
    people_waiting: dict[PersonRow, int] = field(default_factory=dict)
    """And in which round they were fed, the latest time."""
    jobs_waiting: dict[JobRow, int] = field(default_factory=dict)
    refused: int = 0

    def feed(
        self, today: int, people: Sequence[PersonRow], jobs: Sequence[JobRow], *, delta: bool, jobs_delta: bool
    ) -> None:
        self.refused = 0
        aside, later, gone = self._people(today, people, delta=delta)
        refused = {key for key in aside if key not in self.people}
        waiting = later - aside
        self._jobs(today, jobs, refused, gone - self.people.keys(), waiting, delta=jobs_delta)

    def _people(self, today: int, fed: Sequence[PersonRow], *, delta: bool) -> tuple[set[str], set[str], set[str]]:
        waited = self.people_waiting if delta else {}
        rounds = [(turn, row) for row, turn in waited.items()] + [(today, row) for row in fed]
        spelled = dict(self.people)
        for key, rows in _by(rounds, lambda one: fold(one[1].who)):
            spelled.setdefault(key, (min(row.who for _, row in rows), ""))
        otherwise = today if delta else -1

        def day(row: PersonRow) -> int:
            return otherwise if row.day is None else row.day

        counting = [one for one in rounds if day(one[1]) <= today]
        rounds = [one for one in rounds if not _cancelled(one, counting, day)]
        counting = [one for one in rounds if day(one[1]) <= today]
        later = [one for one in rounds if day(one[1]) > today]
        now: dict[str, tuple[str, str]] = {}
        aside: set[str] = set()
        gone: set[str] = set()
        for key, ones in _by(counting, lambda one: fold(one[1].who)):
            ranks = [(day(row), turn) for turn, row in ones]
            latest = [row for rank, (_, row) in zip(ranks, ones, strict=True) if rank == max(ranks)]
            said = {None if row.gone else row.city for row in latest}
            if len(said) > 1:
                aside.add(key)
                self.refused += len(latest)
            elif latest[0].gone:
                gone.add(key)
            else:
                now[key] = spelled[key][0], latest[0].city
        keys = {fold(row.who) for _, row in later}
        for key, person in self.people.items():
            stays = key in aside or (key not in gone if delta else key in keys)
            if key not in now and stays:
                now[key] = person
        self.people = now
        self.people_waiting = {row: turn for turn, row in later} if delta else {}
        return aside, keys, gone

    def _jobs(
        self,
        today: int,
        fed: Sequence[JobRow],
        aside: set[str],
        gone: set[str],
        later: set[str],
        *,
        delta: bool,
    ) -> None:
        waited = self.jobs_waiting if delta else {}
        kept: list[tuple[int, str, Job, bool]] = []
        waiting: list[tuple[int, JobRow]] = []
        refused: set[str] = set()
        postponed: set[str] = set()
        for turn, row in [(turn, row) for row, turn in waited.items()] + [(today, row) for row in fed]:
            owner = fold(row.who)
            number, title, manager = row.job
            named = [] if row.gone and owner in self.people else [owner, *([fold(manager)] if manager else [])]
            unknown = [name for name in named if name not in self.people]
            if any(name not in later for name in unknown):
                first = next(name for name in unknown if name not in later)
                goes_along = first in aside or (first == owner and first in gone)
                self.refused += not goes_along
                refused.add(owner)
            elif unknown:
                waiting.append((turn, row))
                postponed.add(owner)
            else:
                above = self.people[fold(manager)][0] if manager and not row.gone else ""
                kept.append((turn, owner, (number, title, above), row.gone))
        if delta:
            waiting = [
                (turn, row)
                for turn, row in waiting
                if not any(
                    gone
                    and (who, job[0]) == (fold(row.who), row.job[0])
                    and turn < other
                    and not any(
                        at >= other and not no_more and (who, job[0]) == (another, its[0])
                        for at, another, its, no_more in kept
                    )
                    for other, who, job, gone in kept
                )
            ]
            kept, contradicted = self._latest(kept, bool(waited))
            refused |= contradicted
        earlier = {key: {self._named_now(job) for job in jobs} for key, jobs in self.jobs.items() if key in self.people}
        self.jobs = {}
        for owner in self.people:
            mine = [(job, gone) for _, who, job, gone in kept if who == owner]
            was = earlier.get(owner, set())
            if delta:
                mine = [] if owner in refused else mine
                replaced = {job[0] for job, _ in mine}
                now = {job for job in was if job[0] not in replaced} | {job for job, gone in mine if not gone}
            elif was and owner in refused | postponed:
                now = was
            else:
                now = {job for job, _ in mine}
            if now:
                self.jobs[owner] = now
        self.jobs_waiting = {row: turn for turn, row in waiting} if delta else {}

    def _named_now(self, job: Job) -> Job:
        """Its manager as that one is spelled now, or was when there."""
        number, title, manager = job
        return number, title, self.people.get(fold(manager), (manager, ""))[0]

    def _latest(
        self, kept: list[tuple[int, str, Job, bool]], waited: bool
    ) -> tuple[list[tuple[int, str, Job, bool]], set[str]]:
        """What was said last of each job, and those of whom a job is deleted and not."""
        found: list[tuple[int, str, Job, bool]] = []
        contradicted: set[str] = set()
        for (owner, number), ones in _by(kept, lambda one: (one[1], one[2][0])):
            latest = [one for one in ones if not waited or one[0] == max(turn for turn, *_ in ones)]
            if number and len({gone for *_, gone in latest}) > 1:
                contradicted.add(owner)
                self.refused += len(latest)
            else:
                found += latest
        return found, contradicted


def _cancelled(
    one: tuple[int, PersonRow], counting: Sequence[tuple[int, PersonRow]], day: Callable[[PersonRow], int]
) -> bool:
    """Whether it was fed before a row that deletes the same person; not if that feed or a later one says of that day
    who they are."""
    turn, row = one
    mine = [(at, other) for at, other in counting if fold(other.who) == fold(row.who) and at > turn]
    return any(
        deleted.gone and not any(at >= when and day(other) == day(deleted) and not other.gone for at, other in mine)
        for when, deleted in mine
    )


_Row = TypeVar("_Row")
_Key = TypeVar("_Key", str, tuple[str, str])


def _by(rows: Iterable[_Row], key: Callable[[_Row], _Key]) -> list[tuple[_Key, list[_Row]]]:
    return [(each, list(those)) for each, those in groupby(sorted(rows, key=key), key)]
