"""A decision → who joins and who leaves, by reason, as a plan shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from audql.engines.members import Members
from audql.engines.roster import Roster
from audql.program import ByHand
from audql.program.membership import by_hand
from audql.runner import messages
from audql.runner.members import Decision
from audql.runner.values import Moves


def joins(decision: Decision, roster: Roster, day: dt.date) -> Moves:
    """Who joins. Whoever is named by hand joins for that, whatever the rule says."""
    people, script = decision.members - decision.before, decision.script
    if not people or script is None:
        return Moves()
    reasons = [
        *_by_hand("included", by_hand(script.includes, day), roster),
        (messages.LISTED, roster.members(script.listed)),
    ]
    return _by_reason(people, reasons, messages.MATCHES)


def leaves(decision: Decision, roster: Roster, day: dt.date) -> Moves:
    """Who leaves."""
    people, script = decision.before - decision.members, decision.script
    if not people:
        return Moves()
    reasons = [(messages.LEFT, people - roster.everyone)]
    if decision.standing == "retired":
        return _by_reason(people, reasons, messages.RETIRED)
    if script is not None:
        reasons += _by_hand("excluded", by_hand(script.excludes, day), roster)
        lapsed = (who for entry in script.includes for who in entry.people)
        reasons.append((messages.INCLUDED_NO_MORE, roster.members(lapsed)))
    ruled = script is not None and script.rule is not None
    return _by_reason(people, reasons, messages.MATCHES_NO_MORE if ruled else messages.LISTED_NO_MORE)


def _by_hand(what: str, named: Mapping[str, ByHand], roster: Roster) -> Iterator[tuple[str, Members]]:
    texts: dict[str, list[str]] = {}
    for who, entry in named.items():
        texts.setdefault(messages.by_hand(what, entry.until, entry.because), []).append(who)
    for text, people in texts.items():
        yield text, roster.members(people)


def _by_reason(people: Members, reasons: list[tuple[str, Members]], otherwise: str) -> Moves:
    """Each with the first reason that there is."""
    found: list[tuple[str, Members]] = []
    rest = people
    for reason, those in reasons:
        if here := those & rest:
            found.append((reason, here))
            rest = rest - here
    if rest:
        found.append((otherwise, rest))
    return Moves(people, tuple(found))
