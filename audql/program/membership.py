"""A rule's people, lists by hand and what holds an audience → who is in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Protocol, Self, TypeVar, assert_never

from audql.program import Audience, ByHand
from audql.syntax.ast import Holding


class People(Protocol):
    """A set of people, whatever stands for a person in it."""

    def __and__(self, other: Self, /) -> Self: ...
    def __or__(self, other: Self, /) -> Self: ...
    def __sub__(self, other: Self, /) -> Self: ...


S = TypeVar("S", bound=People)


def members_after(
    audience: Audience, day: dt.date, before: S, by_rule: Callable[[], S], named: Callable[[Iterable[str]], S]
) -> S | None:
    """Who is in an audience on a day, of whom `before` were; None where it is outside its days and stays as it was.

    `by_rule` asks the rule, and is called where that matters; `named` are those of these names who are there.
    """
    if not is_active(audience, day):
        return None
    if audience.holding is Holding.PAUSED:
        return before
    wanted = by_rule() | named(audience.listed) | named(by_hand(audience.includes, day))
    wanted = wanted - named(by_hand(audience.excludes, day))
    match audience.holding:
        case Holding.ADD_ONLY:
            return before | wanted
        case Holding.REMOVE_ONLY:
            return before & wanted
        case None:
            return wanted
        case _:
            assert_never(audience.holding)


def is_active(audience: Audience, day: dt.date) -> bool:
    """Whether the day is one of its `active` days."""
    return (audience.active_from is None or audience.active_from <= day) and (
        audience.active_until is None or day <= audience.active_until
    )


def by_hand(entries: Iterable[ByHand], day: dt.date) -> dict[str, ByHand]:
    """Who is named by hand on that day, and by which clause; `until` is the last day."""
    return {who: entry for entry in entries if entry.until is None or day <= entry.until for who in entry.people}
