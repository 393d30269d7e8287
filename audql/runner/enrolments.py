"""Members and what their audiences give, compared with enrolments so far → what each gains and loses.

One enrolment a person and learning, for all its reasons. A spell is from the first reason to the end of the last. All
people of a learning are compared at once, as arrays in the order of their ordinals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audql import ir
from audql.engines.days import NO_DAY, Days, number_of
from audql.engines.engine import Audiences, Engine
from audql.engines.members import Flags, Members, union
from audql.runner import allowing, messages
from audql.runner.due import NEVER, Reason, earliest_due
from audql.runner.learning import Lms
from audql.runner.members import Decision, Setting
from audql.runner.values import Held
from audql.state.ledger import ADOPTED, COMPLETED, OPEN, SUSPENDED, Ledger, Spells
from audql.state.values import Change, EnrolmentChanges, LearningKey
from audql.syntax.ast import OnLeaving
from audql.text import fold

_GENTLEST = (OnLeaving.KEEP, OnLeaving.SUSPEND, OnLeaving.UNENROL)


@dataclass(frozen=True, slots=True)
class Ending:
    """One audience that gave the learning before this run: who was in it, and what leaving it now means."""

    audience: str
    members: Members
    action: OnLeaving


@dataclass(frozen=True, slots=True)
class Enrolments:
    """All changes, by learning."""

    changes: tuple[EnrolmentChanges, ...]
    open: int
    """How many there are before the run."""
    lost: Mapping[str, int]
    """How many each audience (folded name) would end."""
    lost_in_all: int
    """How many would end, but for those that only audiences end of which `lost` is let through by name."""
    held: tuple[Held, ...]


def compare(setting: Setting, decisions: Sequence[Decision], decided: Audiences, lms: Lms) -> Enrolments:
    """What changes for everyone; whoever is not in the snapshot loses what audiences gave."""
    now, so_far = _reasons(decisions, decided, lms, setting.engine), _endings(decisions)
    ledgers, people = setting.remembered.ledgers, setting.roster.everyone
    through = frozenset(fold(d.name) for d in decisions if setting.allows(allowing.LOST, d.name))
    changes: list[EnrolmentChanges] = []
    is_open, lost_in_all = 0, 0
    lost: Counter[str] = Counter()
    held: list[Held] = []
    for key in sorted(now.keys() | ledgers.keys()):
        ledger = ledgers.get(key) or Ledger()
        one = _Learning(key, now.get(key, ()), so_far.get(key, ()), ledger, lms, number_of(setting.day))
        changes += one.changes()
        is_open += one.open
        in_all, by_audience = one.lost(people, through)
        lost_in_all, lost = lost_in_all + in_all, lost + by_audience
        if one.missing:
            held.append(messages.learning_gone(one.missing, *key))
    return Enrolments(tuple(changes), is_open, lost, lost_in_all, tuple(held))


class _Learning:
    """One learning and everyone who has an open spell in it or a reason for one."""

    def __init__(
        self,
        key: LearningKey,
        reasons: Sequence[Reason],
        endings: Sequence[Ending],
        ledger: Ledger,
        lms: Lms,
        today: int,
    ) -> None:
        self._key, self._reasons, self._endings, self._today = key, reasons, endings, today
        self._roles = ledger.roles
        self._who = (union(reason.members for reason in reasons) | ledger.open()).ordinals()
        self._spells = ledger.of(self._who)
        self._with = [reason.members.has(self._who) for reason in reasons]
        self._live = [inside if reason.live else self._none for reason, inside in zip(reasons, self._with, strict=True)]
        self._finished = lms.last_finished(key, self._who)
        self._lms = lms
        self._decide()

    @property
    def _none(self) -> Flags:
        return np.zeros(self._who.size, dtype=np.bool_)

    def _decide(self) -> None:
        """To whom which change happens."""
        spells, today = self._spells, np.int32(self._today)
        wanted, live = self._any(self._with), self._any(self._live)
        asked = self._any([i for r, i in zip(self._reasons, self._with, strict=True) if r.asks])
        is_open, adopted, completed = spells.are(OPEN), spells.are(ADOPTED), spells.are(COMPLETED)
        enrolled = self._lms.has_open(self._key).has(self._who)
        self.open = int(np.count_nonzero(is_open))

        following = wanted & is_open & ~completed
        self._complete = following & self._has_finished(np.where(asked, spells.started, NO_DAY))
        following &= ~self._complete
        taken_away = following & adopted & ~enrolled if self._lms.tells_enrolments else self._none
        self._followed = following & ~adopted

        begin = (wanted & ~is_open | taken_away) & live & ~self._has_finished(np.where(asked, today, NO_DAY))
        ours = (spells.number > 0) & ~adopted
        self._adopt = begin & enrolled & ~ours
        self._resume = begin & ~self._adopt & spells.are(SUSPENDED)
        self._enrol = begin & ~self._adopt & ~self._resume
        self.missing: tuple[str, ...] = ()
        if not self._lms.has(self._key):
            held = np.flatnonzero(self._enrol | self._resume)
            named = (r.audience for r, i in zip(self._reasons, self._live, strict=True) if i[held].any())
            self.missing = tuple(dict.fromkeys(named))
            self._enrol, self._resume = self._none, self._none

        self._over = is_open & ~wanted
        self._closed = completed | self._has_finished(spells.started)
        action = self._actions()
        self._end = self._over & (self._closed | adopted | (action == 0))
        self._suspend = self._over & ~self._end & (action == 1)
        self._unenrol = self._over & ~self._end & (action == 2)

    def _any(self, flags: Sequence[Flags]) -> Flags:
        return np.logical_or.reduce(flags) if flags else self._none

    def _has_finished(self, since: Days) -> Flags:
        """Whether there is a finished attempt, since that day if one is given."""
        found: Flags = (self._finished != NO_DAY) & (self._finished >= since)
        return found

    def _actions(self) -> NDArray[np.int8]:
        """What the end of each spell means, as the last reason wants it; of several that end at once, the gentlest."""
        gentlest = np.full(self._who.size, len(_GENTLEST), dtype=np.int8)
        for ending in self._endings:
            inside = ending.members.has(self._who)
            gentlest[inside] = np.minimum(gentlest[inside], np.int8(_GENTLEST.index(ending.action)))
        gentlest[gentlest == len(_GENTLEST)] = 0
        return gentlest

    def lost(self, people: Members, through: Collection[str]) -> tuple[int, Counter[str]]:
        """How many enrolments of these people would end, but by audiences that are let `through` alone; and by the
        folded name of the audience."""
        gone = self._who[self._suspend | self._unenrol]
        gone = gone[people.has(gone)]
        counts: Counter[str] = Counter()
        in_all = np.zeros(gone.size, dtype=np.bool_)
        for ending in self._endings if gone.size else ():
            key, inside = fold(ending.audience), ending.members.has(gone)
            counts[key] += int(inside.sum())
            if key not in through:
                in_all |= inside
        return int(in_all.sum()), counts

    def changes(self) -> Iterator[EnrolmentChanges]:
        """Everything that changes."""
        yield from self._begin("enrol", np.flatnonzero(self._enrol))
        yield from self._begin("resume", np.flatnonzero(self._resume))
        yield from self._begin("adopt", np.flatnonzero(self._adopt))
        yield from self._due_again(np.flatnonzero(self._followed))
        names = [reason.audience for reason in self._reasons]
        at = np.flatnonzero(self._complete)
        closed = self._spells.where(at)
        yield from self._alike("complete", closed, names, [i[at] for i in self._with], np.ones(at.size, np.bool_))
        yield from self._finish("end", np.flatnonzero(self._end))
        yield from self._finish("suspend", np.flatnonzero(self._suspend))
        yield from self._finish("unenrol", np.flatnonzero(self._unenrol))

    def _begin(self, change: Change, at: NDArray[np.intp]) -> Iterator[EnrolmentChanges]:
        """New spells. One that has ended is followed by the next."""
        if not at.size:
            return
        people, started = self._who[at], np.full(at.size, self._today, dtype=np.int32)
        inside = [flags[at] for flags in self._live]
        due = earliest_due(self._reasons, inside, people, started)
        if change == "adopt":
            due[:] = NEVER
        number = self._spells.number[at] + np.int32(1)
        spells = Spells(people, number, started, _or_no_day(due), np.zeros_like(number), np.zeros_like(number))
        for pattern, chosen in _patterns(inside, at.size):
            having = [reason for reason, has in zip(self._reasons, pattern, strict=True) if has]
            role = next((reason.role for reason in having if reason.role), "")
            names = tuple(dict.fromkeys(reason.audience for reason in having))
            yield self._changes(change, spells.where(chosen), role, names, np.zeros(chosen.size, dtype=np.bool_))

    def _due_again(self, at: NDArray[np.intp]) -> Iterator[EnrolmentChanges]:
        """The earliest due day of all reasons. An audience that stays as it was has said so in the enrolment's own."""
        spells = self._spells.where(at)
        due = earliest_due(self._reasons, [flags[at] for flags in self._live], spells.people, spells.started)
        as_they_were = [flags[at] for reason, flags in zip(self._reasons, self._with, strict=True) if not reason.live]
        if as_they_were:
            keeping = np.logical_or.reduce(as_they_were) & (spells.due != NO_DAY)
            due[keeping] = np.minimum(due, spells.due)[keeping]
        moved = np.flatnonzero(_or_no_day(due) != spells.due)
        there = spells.where(moved)
        spells = Spells(there.people, there.number, there.started, _or_no_day(due)[moved], there.flags, there.role)
        names = [reason.audience for reason in self._reasons]
        inside = [flags[at][moved] for flags in self._with]
        yield from self._alike("due", spells, names, inside, np.zeros(moved.size, dtype=np.bool_))

    def _finish(self, change: Change, at: NDArray[np.intp]) -> Iterator[EnrolmentChanges]:
        """Spells of which the last reason has ended."""
        names = [ending.audience for ending in self._endings]
        inside = [ending.members.has(self._who[at]) for ending in self._endings]
        yield from self._alike(change, self._spells.where(at), names, inside, self._closed[at])

    def _alike(
        self, change: Change, spells: Spells, names: Sequence[str], inside: Sequence[Flags], completed: Flags
    ) -> Iterator[EnrolmentChanges]:
        """Changes of spells that there are, those together that have one role and the same audiences."""
        if not len(spells):
            return
        roles = [spells.role == number for number in range(1, len(self._roles))]
        for pattern, chosen in _patterns([*inside, *roles], len(spells)):
            named = (name for name, has in zip(names, pattern, strict=False) if has)
            role = next((self._roles[i] for i, has in enumerate(pattern[len(names) :], 1) if has), "")
            yield self._changes(change, spells.where(chosen), role, tuple(dict.fromkeys(named)), completed[chosen])

    def _changes(
        self, change: Change, spells: Spells, role: str, names: tuple[str, ...], completed: Flags
    ) -> EnrolmentChanges:
        s = spells
        return EnrolmentChanges(change, *self._key, role, names, s.people, s.number, s.started, s.due, completed)


def _or_no_day(due: Days) -> Days:
    return np.where(due == NEVER, NO_DAY, due).astype(np.int32)


def _patterns(flags: Sequence[Flags], size: int) -> Iterator[tuple[tuple[bool, ...], NDArray[np.intp]]]:
    """Which combinations of the flags there are, and where each is."""
    code: NDArray[Any] = np.zeros(size, dtype=np.uint16)  # which are sorted in a fraction of the time
    for start in range(0, len(flags), 16):
        if start:
            # INVARIANT: codes are below 2**31 here, since they number what is there
            code = np.unique(code, return_inverse=True)[1].astype(np.int64) << 16
        for bit, flag in enumerate(flags[start : start + 16]):
            code |= flag.astype(code.dtype) << code.dtype.type(bit)
    order = np.argsort(code, kind="stable")
    bounds = np.flatnonzero(np.diff(code[order].astype(np.int64), prepend=-1))
    for chosen in np.split(order, bounds[1:]) if order.size else ():
        yield tuple(bool(flag[chosen[0]]) for flag in flags), chosen


def _reasons(
    decisions: Sequence[Decision], decided: Audiences, lms: Lms, engine: Engine
) -> Mapping[LearningKey, Sequence[Reason]]:
    """Learning → the audiences that give it after this run."""
    found: dict[LearningKey, list[Reason]] = {}
    for decision in decisions:
        live = decision.standing == "decided"
        assignments = decision.script.assignments if live and decision.script else ()
        rule = decision.script.rule if decision.script else None
        for given in decision.gives:
            chosen = tuple(a for a in assignments if (a.kind, a.learning) == given.key)
            reason = Reason(
                decision.name,
                given.role,
                decided[fold(decision.name)],
                live,
                (rule is None and not live) or speaks_of(rule, lms.words_for(given.key)),
                chosen,
                [cache(partial(_dates, a.due.anchor if a.due else None, decision, decided, engine)) for a in chosen],
            )
            found.setdefault(given.key, []).append(reason)
    return found


def _dates(anchor: ir.Value | None, decision: Decision, decided: Audiences, engine: Engine) -> Days:
    """The day that an assignment counts from, of each member."""
    assert anchor is not None
    return engine.dates(anchor, decision.members, decided)


def _endings(decisions: Sequence[Decision]) -> Mapping[LearningKey, Sequence[Ending]]:
    """Learning → the audiences that gave it before this run."""
    found: dict[LearningKey, list[Ending]] = {}
    for decision in decisions:
        for given in decision.known.gives if decision.known else ():
            found.setdefault(given.key, []).append(Ending(decision.name, decision.before, decision.on_leaving))
    return found


def speaks_of(rule: ir.Query | None, words: frozenset[str]) -> bool:
    """Whether a rule names the learning itself, so that it decides whether an earlier completion counts."""
    if rule is None:
        return False
    return any(
        isinstance(node, ir.Test)
        and isinstance(node.atom, ir.Equals)
        and any(isinstance(value, str) and fold(value) in words for value in node.atom.values)
        for node in ir.walk(rule)
    )
