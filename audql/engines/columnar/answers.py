"""Rules about everyone in a store, as of one time → who satisfies them: each different condition is found once.

As of another time, or of a store in which some people have changed, only those are asked whose answers may have turned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from audql import ir
from audql.binding import AsOf, Binder
from audql.engines.columnar.combining import combined, conditions
from audql.engines.columnar.conditions import Conditions
from audql.engines.columnar.frames import Frames
from audql.engines.columnar.scope import Frame, Known
from audql.engines.columnar.store import Rows
from audql.engines.columnar.turning import Turning, UntoldError, meets_others, union
from audql.engines.columnar.words import Words, packed, put

_FEW = 1 / 16
"""Where less than this share of people, or of words, may have turned, only these are found again."""


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What rules were said to be, and in which words any of their conditions has turned since."""

    rules: Mapping[ir.Query, Words]
    turned: Rows


class Answers:
    """What is known of everyone. What it has found it keeps."""

    def __init__(self, frames: Frames, when: AsOf, present: Words | None = None) -> None:
        """`present`: whom rules are about, of those whom the store says they are about."""
        self.frames, self.when = frames, when
        self._present = packed(np.ones(frames.store.everyone, dtype=bool)) if present is None else present
        self._finding = Conditions(frames)
        self._binder = Binder(when, sharing=True)
        self._bound: dict[ir.Query, ir.Query] = {}
        self._of_others: dict[ir.Query, bool] = {}
        self._known: dict[ir.Query, Words] = {}
        """By the condition as it is before it is bound."""
        self._rules: dict[ir.Query, Words] = {}
        self._earlier: _Earlier | None = None

    def prepare(self, wanted: Iterable[ir.Query]) -> None:
        """Finds every one of these conditions that is not known yet."""
        unknown = {condition: self._bind(condition) for condition in wanted if condition not in self._known}
        found = self._finding.find([*dict.fromkeys(unknown.values())]) if unknown else {}
        self._known.update((condition, found[bound]) for condition, bound in unknown.items())

    def condition(self, condition: ir.Query) -> Words:
        """Who satisfies one condition. To be read, not to be changed."""
        found = self._known.get(condition)
        if found is None:
            self.prepare((condition,))
            found = self._known[condition]
        return found

    def words(self, rule: ir.Query) -> Words:
        """Who satisfies the rule. To be read, not to be changed."""
        found = self._rules.get(rule)
        if found is None:
            found = self._rules[rule] = self._of_rule(rule)
        return found

    def _of_rule(self, rule: ir.Query) -> Words:
        if self._earlier is None or rule not in self._earlier.rules:
            self.prepare(conditions(rule))
            return combined(rule, self.condition, self._present) & self._present
        at, found = self._earlier.turned, self._earlier.rules[rule].copy()
        here = self._present[at]
        found[at] = combined(rule, lambda condition: self.condition(condition)[at], here) & here
        return found

    def on(self, when: AsOf) -> Answers:
        """The same as of another time in the same zone."""
        assert when.zone == self.when.zone
        later = Answers(self.frames, when, self._present)
        later._finding = self._finding
        self._carry_over(later, [Turning(self.frames)])
        return later

    def after(self, frames: Frames, present: Words, changed: Rows) -> Answers:
        """The same of another store, in which all is alike but for the people of these rows and what they have."""
        later = Answers(frames, self.when, present)
        later._binder, later._bound = self._binder, self._bound
        later._of_others = self._of_others
        self._carry_over(later, [Turning(each, changed, self._is_of_others) for each in (self.frames, frames)])
        return later

    def _carry_over(self, later: Answers, turnings: Sequence[Turning]) -> None:
        """Puts what is known into later answers, with those who turned asked again."""
        size, same = len(later._present), len(self._present) == len(later._present)
        touched = self._present != later._present if same else np.ones(size, dtype=bool)
        asked: dict[bytes, Frame] = {}
        for condition, words in self._known.items():
            old, new = self._bind(condition), later._bind(condition)
            try:
                rows = union(turning.people(old, new) for turning in turnings)
            except UntoldError:
                rows = None
            if rows is None or rows.size > _FEW * later.frames.store.everyone:
                touched[:] = True
                continue
            if rows.size or not same:
                # Many conditions are about the same people.
                frame = Frame((later.frames.store.root,), (rows,), known=Known())
                frame = asked.setdefault(rows.tobytes(), frame)
                words = put(words, size, rows, later.frames.mask(new, frame))
                touched[rows >> 6] = True
            later._known[condition] = words
        turned = np.flatnonzero(touched)
        if turned.size <= _FEW * size:
            later._earlier = _Earlier(self._rules, turned)

    def _is_of_others(self, condition: ir.Query) -> bool:
        found = self._of_others.get(condition)
        if found is None:
            found = self._of_others[condition] = meets_others(condition, self.frames.store.root)
        return found

    def _bind(self, condition: ir.Query) -> ir.Query:
        found = self._bound.get(condition)
        if found is None:
            found = self._bound[condition] = self._binder.query(condition)
        return found
