"""What a run would take away and tell → what of it is out of proportion, and what is left to do with that held back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from audql.runner import allowing, messages
from audql.runner.enrolments import Enrolments, compare
from audql.runner.learning import Lms
from audql.runner.members import Decision, Setting, decide
from audql.runner.messages import Excess
from audql.runner.values import Held, counts_of
from audql.state.values import Change, EnrolmentChanges
from audql.text import fold

_HeldAudiences: TypeAlias = Mapping[str, tuple[Held, ...]]
"""By folded name, why each stays as it was."""
_TakenAway: TypeAlias = Mapping[str, Mapping[str, int]]
"""By the name that lets it through of the whole run: how many memberships, or enrolments, each audience would end."""


# --- audiences that stay as they were ---------------------------------------------------------------------------------


def held_back(setting: Setting, lms: Lms) -> tuple[list[Decision], Enrolments, tuple[Held, ...]]:
    """What is decided, and what follows for enrolments, with audiences that lose too much as they were; and all reasons
    why audiences are so."""
    held: dict[str, tuple[Held, ...]] = {}
    too_many: dict[str, Excess] = {}
    while True:
        decisions, enrolments = _round(setting, lms, held)
        over = _out_of_proportion(decisions, enrolments, setting)
        if not over.keys() - held.keys():  # the run as a whole is looked at with those held that are over by themselves
            taken = _taken_away(decisions, enrolments, setting)
            too_many = {**_too_many_in_all(taken, decisions, enrolments, setting), **too_many}
            over = _held_for_all(taken, too_many)
        if not over.keys() - held.keys():
            return decisions, enrolments, tuple(_reasons(setting, lms, held, decisions))
        # Each round holds at least one audience more, so this ends.
        held |= over


def _round(setting: Setting, lms: Lms, held: _HeldAudiences) -> tuple[list[Decision], Enrolments]:
    """What is decided, and what follows for enrolments, with those in `held` as they were."""
    decisions, decided = decide(setting, held)
    return decisions, compare(setting, decisions, decided, lms)


def _out_of_proportion(decisions: Collection[Decision], enrolments: Enrolments, setting: Setting) -> _HeldAudiences:
    """The audiences by each of which too many enrolments would be lost."""
    limits = setting.holds.lost
    over: dict[str, tuple[Held, ...]] = {}
    for decision in decisions:
        lost = enrolments.lost.get(fold(decision.name), 0)
        given = len(decision.before) * len(decision.known.gives) if decision.known else 0
        limit = max(limits.enrolments, limits.share * given)
        if lost > limit and not setting.allows(allowing.LOST, decision.name):
            over[fold(decision.name)] = (messages.lost_held(decision.name, lost, given, limit),)
    return over


def _taken_away(decisions: Collection[Decision], enrolments: Enrolments, setting: Setting) -> _TakenAway:
    """What audiences take away, but for what is let through of each by its name."""
    lost = ((d.name, enrolments.lost.get(fold(d.name), 0)) for d in decisions)
    return {
        allowing.RUN_LEAVES: {
            d.name: d.leaving for d in decisions if d.leaving and not setting.allows(allowing.LEAVES, d.name)
        },
        allowing.RUN_LOST: {name: n for name, n in lost if n and not setting.allows(allowing.LOST, name)},
    }


def _too_many_in_all(
    taken: _TakenAway, decisions: Collection[Decision], enrolments: Enrolments, setting: Setting
) -> Mapping[str, Excess]:
    """What the run would take away too much of, by the name that lets it through."""
    leaves, lost = setting.holds.run_leaves, setting.holds.run_lost
    leaving, members = sum(taken[allowing.RUN_LEAVES].values()), sum(len(decision.before) for decision in decisions)
    found = {
        allowing.RUN_LEAVES: Excess(leaving, members, max(leaves.memberships, leaves.share * members)),
        allowing.RUN_LOST: Excess(
            enrolments.lost_in_all, enrolments.open, max(lost.enrolments, lost.share * enrolments.open)
        ),
    }
    return {name: each for name, each in found.items() if each.number > each.limit and name not in setting.allow}


def _held_for_all(taken: _TakenAway, too_many: Mapping[str, Excess]) -> _HeldAudiences:
    """All audiences that take away some of what the run would take away too much of."""
    found: dict[str, tuple[Held, ...]] = {}
    for name, said in ((allowing.RUN_LEAVES, messages.run_leaves_held), (allowing.RUN_LOST, messages.run_lost_held)):
        for audience in taken[name] if name in too_many else ():
            why = said(audience, too_many[name], *too_many)
            found[fold(audience)] = (*found.get(fold(audience), ()), why)
    return found


def _reasons(setting: Setting, lms: Lms, held: _HeldAudiences, decisions: Collection[Decision]) -> Iterator[Held]:
    """Why audiences stay as they were. Of those that too many would leave also what it would lose if they did, so that
    both can be let through at once."""
    left = {fold(d.name): d.name for d in decisions if d.standing == "held" and fold(d.name) not in held}
    besides: _HeldAudiences = {}
    if left:
        through = replace(setting, allow=setting.allow | {f"{allowing.LEAVES}:{name}" for name in left.values()})
        besides = _out_of_proportion(*_round(through, lms, held), through)
    for decision in decisions:
        if (key := fold(decision.name)) in left and key in besides:
            yield from messages.held_for_both(*decision.held, *besides[key])
        else:
            yield from decision.held


# --- enrolments that are not told of ----------------------------------------------------------------------------------


def within_limits(enrolments: Enrolments, setting: Setting) -> tuple[tuple[EnrolmentChanges, ...], list[Held]]:
    """The changes without new enrolments, or without moved due days, where there are too many of these. A first apply
    has a guard of its own."""
    counts, people, limits = counts_of(enrolments.changes), len(setting.roster.everyone), setting.holds.run
    new, moved = counts.get("enrol", 0) + counts.get("resume", 0), counts.get("due", 0)
    limit = max(limits.enrolments, limits.share * people)
    if setting.remembered.is_new or allowing.RUN in setting.allow:
        return enrolments.changes, []
    without: set[Change] = set()
    held: list[Held] = []
    if new > limit:
        without |= {"enrol", "resume"}
        held.append(messages.run_held(new, people, limit))
    if moved > limit:
        without.add("due")
        held.append(messages.run_due_held(moved, people, limit))
    return tuple(change for change in enrolments.changes if change.change not in without), held
