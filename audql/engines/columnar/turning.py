"""One condition asked twice → the people for whom its answer may have turned in between: only they need asking again.

In between, time has passed, or some people have changed. What turns an answer is an item: one that a part of the
condition holds of at one time and not at the other, or a changed person. Where the condition meets such an item, it is
followed back, hop by hop, to the people from whom it is reached. More people may be told than turn, never fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from audql import ir
from audql.engines.columnar.frames import Frames
from audql.engines.columnar.store import One, Rows, distinct
from audql.types import Field, Scalar

_KEPT = 4
"""Of tables with more rows for each person, only those that the rest of the condition is about are looked at."""

_Tests: TypeAlias = tuple[ir.Test, ir.Test]
_Given: TypeAlias = tuple[tuple[ir.Query, int], ...]
"""Parts that have not turned and without which nothing holds here, each with how many items it is about."""

NOBODY: Rows = np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of the environment: its type, and from which people some of its rows are reached."""

    record: str
    back: Callable[[Rows], Rows]
    path: tuple[object, ...]
    """The type that it begins with, and the ways that lead from there, without their conditions."""


def _beginning(record: str) -> _Item:
    """An item that is reached from itself."""
    return _Item(record, lambda rows: rows, (record,))


class UntoldError(Exception):
    """Anybody's answer may have turned."""


class Turning:
    """In one store, between two times. Where people have changed, there are two stores, and both tell some of those for
    whom answers turned."""

    def __init__(
        self, frames: Frames, changed: Rows = NOBODY, is_of_others: Callable[[ir.Query], bool] = lambda _: True
    ) -> None:
        """`changed`: rows of people whose own records, or items, the two stores hold differently; all else is alike.
        `is_of_others`: whether a condition is about more people than the one that is asked."""
        self._is_of_others = is_of_others
        self._frames, self._store, self._root = frames, frames.store, frames.store.root
        count = int(np.searchsorted(changed, self._store.everyone))
        self._changed = changed if count == len(changed) else changed[:count]
        self._turned: dict[tuple[object, ...], Rows] = {}
        self._led: dict[tuple[object, ...], Rows] = {}
        self._led_back: dict[tuple[str, tuple[Field, ...]], Rows] = {}

    def people(self, old: ir.Query, new: ir.Query) -> Rows:
        """The people for whom a condition, bound to each time, may have turned; ascending. Raises UntoldError."""
        if old is new and not (self._changed.size and self._is_of_others(new)):
            return self._changed
        found = union((*self._query(old, new, (_beginning(self._root),), ()), self._changed))
        return found[: np.searchsorted(found, self._store.everyone)]

    # --- through the condition ----------------------------------------------------------------------------------------

    def _query(self, old: ir.Query, new: ir.Query, items: Sequence[_Item], given: _Given) -> Iterator[Rows]:
        match old, new:
            case ir.And(before), ir.And(after):
                given = (*given, *_alike(before, after, len(items)))
                for was, part in zip(before, after, strict=True):
                    yield from self._query(was, part, items, given)
            case (ir.Or(before), ir.Or(after)) | (ir.AtLeast(_, before), ir.AtLeast(_, after)):
                for was, part in zip(before, after, strict=True):
                    yield from self._query(was, part, items, given)
            case ir.Not(was), ir.Not(part):
                yield from self._query(was, part, items, given)
            case ir.Test(was), ir.Test(value):
                yield from self._value(was, value, items, given, (old, new))
            case (ir.Compare(a, _, b), ir.Compare(left, _, right)) | (ir.Gap(a, b), ir.Gap(left, right)):
                yield from self._value(a, left, items, given)
                yield from self._value(b, right, items, given)
            case ir.Some(before), ir.Some(after):
                for _, _, found in self._hops(before, after, items, given):
                    yield from found

    def _value(
        self, old: ir.Value, new: ir.Value, items: Sequence[_Item], given: _Given, tests: _Tests | None = None
    ) -> Iterator[Rows]:
        """`tests`: what is asked of the value, where it is one condition."""
        match old, new:
            case ir.Field(), ir.Field(number, steps):
                yield from self._passing(items[number], steps[:-1])
                if tests is not None:
                    yield from self._differing(number, tests, items, given)
            case ir.Reduce(hops=before), ir.Reduce(kind, after, value, by):
                inside = [*self._hops(before, after, items, given)]
                for *_, found in inside:
                    yield from found
                items, given, _ = inside[-1]
                for field in (value, by):
                    if field is not None:
                        yield from self._passing(items[field.item], field.steps[:-1])
                if value is not None and tests is not None and kind != "count":
                    # What is left is the value of one of the items: only such a one can bring it over a limit.
                    inner = ir.Test(value, tests[0].atom), ir.Test(value, tests[1].atom)
                    yield from self._differing(value.item, inner, items, given)

    def _hops(
        self, old: Sequence[ir.Way], new: Sequence[ir.Way], items: Sequence[_Item], given: _Given
    ) -> Iterator[tuple[Sequence[_Item], _Given, Iterable[Rows]]]:
        """Per hop the items and what is given beyond it, and who turned."""
        for was, way in zip(old, new, strict=True):
            start = items[way.item]
            match was, way:
                case ir.Hop(), ir.Hop(_, steps):
                    found = [*self._passing(start, steps)]
                    items = (*items, self._reached(start, steps))
                case ir.Related(), ir.Related():
                    item, elsewhere = self._related(was, way, start)
                    items, found = (*items, item), [elsewhere]
            given = (*given, *_alike(ir.conjuncts(was.where), ir.conjuncts(way.where), len(items)))
            yield items, given, (*found, *self._query(was.where, way.where, items, given))

    # --- where something turns ----------------------------------------------------------------------------------------

    def _passing(self, start: _Item, steps: Sequence[Field]) -> Iterator[Rows]:
        """Where the steps lead past a changed person."""
        for i, step in enumerate(steps):
            assert not isinstance(step.type, Scalar)
            if step.type.record == self._root and self._changed.size:
                yield start.back(self._back(start.record, tuple(steps[: i + 1]), self._changed))

    def _differing(self, number: int, tests: _Tests, items: Sequence[_Item], given: _Given) -> Iterator[Rows]:
        """The people from whom an item is reached of which one test holds and the other does not."""
        if tests[0].atom == tests[1].atom:
            return
        item, scopes = items[number], self._frames.scopes
        key = (item.path, *tests)
        if key in self._turned:
            yield self._turned[key]
            return
        turned = _either(*(scopes.alone(test, number, len(items)) for test in tests))
        if self._store.count(item.record) <= _KEPT * self._store.everyone:
            self._turned[key] = item.back(self._frames.selection.rows(item.record, turned))
            yield self._turned[key]
            return
        own = (scopes.alone(part, number, depth) for part, depth in given if scopes.about(part, depth) == {number})
        yield item.back(self._frames.selection.rows(item.record, ir.all_of((turned, *own))))

    def _related(self, was: ir.Related, way: ir.Related, start: _Item) -> tuple[_Item, Rows]:
        """The item that a relation leads to, and the people from whom it leads elsewhere than before."""
        assert not isinstance(way.field.type, Scalar)
        record = way.field.type.record
        begin = _beginning(record if way.how == "inverse" else start.record)
        turned = [rows for *_, found in self._hops(was.relation, way.relation, (begin,), ()) for rows in found]
        if begin.record == self._root:
            turned.append(self._changed)
        others = union(turned)

        def back(rows: Rows) -> Rows:
            return start.back(self._leading(start.record, way, rows))

        path = (*start.path, way.field, was.relation, way.relation)
        if not others.size:
            return _Item(record, back, path), NOBODY
        over = others if way.how == "closure" else self._leading(start.record, was, others)
        return _Item(record, back, path), union((back(others), start.back(over)))

    def _leading(self, record: str, way: ir.Related, rows: Rows) -> Rows:
        key = (record, way.field, way.relation, way.how, rows.tobytes())
        if key not in self._led:
            found = self._frames.relations.leading(record, way, rows)
            if found is None:
                raise UntoldError
            self._led[key] = found
        return self._led[key]

    # --- the way back -------------------------------------------------------------------------------------------------

    def _reached(self, start: _Item, steps: tuple[Field, ...]) -> _Item:
        last = steps[-1]
        assert not isinstance(last.type, Scalar)
        path = (*start.path, steps)
        return _Item(last.type.record, lambda rows: start.back(self._back(start.record, steps, rows)), path)

    def _back(self, record: str, steps: tuple[Field, ...], rows: Rows) -> Rows:
        """The rows of a table from which the steps lead to some of these."""
        if rows is self._changed and (record, steps) in self._led_back:
            return self._led_back[record, steps]
        starts = [record]
        for step in steps:
            assert not isinstance(step.type, Scalar)
            starts.append(step.type.record)
        found = rows
        for start, end, step in zip(starts[-2::-1], starts[:0:-1], reversed(steps), strict=True):
            found = self._one_back(start, end, step, found)
        if rows is self._changed:
            self._led_back[record, steps] = found
        return found

    def _one_back(self, start: str, end: str, step: Field, rows: Rows) -> Rows:
        store = self._store
        owners = store.owners(start, step)
        if owners is not None:
            found = owners.rows[rows]
            return distinct(found[found >= 0].astype(np.intp))
        links = store.links(start, step)
        sought = np.zeros(store.count(end) + 1, dtype=bool)  # the last for those who lead nowhere
        sought[rows] = True
        at = np.flatnonzero(sought[links.rows])
        return at if isinstance(links, One) else distinct(np.searchsorted(links.offsets, at, side="right") - 1)


def meets_others(query: ir.Query, root: str) -> bool:
    """Whether a condition is about more people than the one that is asked."""
    for node in ir.walk(query):
        match node:
            case ir.Related(field=field, how=how):
                steps, starts_anywhere = (field,), how == "inverse"
            case ir.Hop(_, steps) | ir.Field(_, steps):
                starts_anywhere = False
            case _:
                continue
        if starts_anywhere or any(not isinstance(step.type, Scalar) and step.type.record == root for step in steps):
            return True
    return False


def union(sets: Iterable[Rows]) -> Rows:
    """The rows of all, ascending, each once, as they are in each."""
    some = [*{id(rows): rows for rows in sets if rows.size}.values()]
    if len(some) < 2:
        return some[0] if some else NOBODY
    return distinct(np.concatenate(some))


def _alike(old: Sequence[ir.Query], new: Sequence[ir.Query], depth: int) -> _Given:
    return tuple((part, depth) for was, part in zip(old, new, strict=True) if was == part)


def _either(old: ir.Query, new: ir.Query) -> ir.Query:
    """One and not the other; where two tests differ in their limits only, perhaps more."""
    match old, new:
        case ir.Test(value, ir.Range() as before), ir.Test(_, ir.Range() as after):
            ranges = []
            for low, high, is_in in (
                (before.low, after.low, before.low_included),
                (before.high, after.high, not before.high_included),
            ):
                if low != high:
                    low, high = sorted((low, high))  # type: ignore[type-var]  # bound, and of one kind
                    ranges.append(replace(before, low=low, high=high, low_included=is_in, high_included=not is_in))
            return ir.any_of(ir.Test(value, each) for each in ranges)
        case _:
            return ir.any_of((ir.all_of((old, ir.not_(new))), ir.all_of((ir.not_(old), new))))
