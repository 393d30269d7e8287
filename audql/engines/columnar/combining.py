"""Rules and the words of their conditions → the words of whole rules, by and, or and not of machine words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from audql import ir
from audql.engines.columnar.words import Words, at_least

Answer: TypeAlias = Callable[[ir.Query], Words]
"""The words of a condition, which are the caller's to read, not to change."""


def conditions(rule: ir.Query) -> Iterator[ir.Query]:
    """What a rule combines."""
    match rule:
        case ir.And(parts) | ir.Or(parts) | ir.AtLeast(_, parts):
            for part in parts:
                yield from conditions(part)
        case ir.Not(part):
            yield from conditions(part)
        case ir.Always():
            pass
        case _:
            yield rule


def combined(rule: ir.Query, answer: Answer, everyone: Words) -> Words:
    """Who satisfies the rule, of `everyone`. Beyond them bits may be set. To be read, not to be changed."""
    match rule:
        case ir.Always(truth):
            return everyone if truth else np.zeros_like(everyone)
        case ir.And(parts):
            return _all_of(parts, answer, everyone)
        case ir.Or(parts):
            first, second, *more = (combined(part, answer, everyone) for part in parts)
            found: Words = np.bitwise_or(first, second)
            for each in more:
                np.bitwise_or(found, each, out=found)
            return found
        case ir.AtLeast(count, parts):
            return at_least(count, [combined(part, answer, everyone) for part in parts])
        case ir.Not(part):
            return ~combined(part, answer, everyone)
        case _:
            return answer(rule)


def _all_of(parts: tuple[ir.Query, ...], answer: Answer, everyone: Words) -> Words:
    """Those who are not to satisfy a part are taken out at the end, which saves turning it over."""
    positive = [part for part in parts if not isinstance(part, ir.Not)]
    found = everyone if not positive else combined(positive[0], answer, everyone)
    is_ours = False
    for part in positive[1:]:
        found = np.bitwise_and(found, combined(part, answer, everyone), out=found if is_ours else None)
        is_ours = True
    without = [combined(part.part, answer, everyone) for part in parts if isinstance(part, ir.Not)]
    if without:
        left_out = without[0] if len(without) == 1 else np.bitwise_or.reduce(without)
        found = np.bitwise_and(found, np.bitwise_not(left_out), out=found if is_ours else None)
    return found
