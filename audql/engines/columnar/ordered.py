"""Values against values: comparisons, differences, and the one value that a reduction leaves.

Where dictionaries know numbers that are ordered as their values are, these are compared by whole columns. Else each
different pair, or each group, is put to the interpreter once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audql import ir
from audql.engines.columnar.dictionary import Codes, Dictionary
from audql.engines.columnar.store import Mask, Rows
from audql.engines.interpreter import Interpreter
from audql.types import Field, Many, Scalar

Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Coded:
    """Values as codes of a dictionary; 0 is nothing."""

    codes: Codes
    dictionary: Dictionary


def pairs_hold(query: ir.Compare | ir.Gap, left: Coded, right: Coded, interpreter: Interpreter) -> Mask:
    """Per pair of values, whether they are as the query wants them."""
    held = np.zeros(len(left.codes), dtype=bool)
    both = np.flatnonzero((left.codes != 0) & (right.codes != 0))
    a, b = Coded(left.codes[both], left.dictionary), Coded(right.codes[both], right.dictionary)
    kind = query.kind if isinstance(query, ir.Compare) else Scalar.DATE if query.unit == "day" else Scalar.INSTANT
    keys = _keys(a, b, kind, interpreter)
    if keys is None:
        held[both] = _asked(query, a, b, interpreter)
    elif isinstance(query, ir.Compare):
        order: dict[str, Callable[[Keys, Keys], Mask]] = {"=": np.equal, "<": np.less, "<=": np.less_equal}
        held[both] = order[query.order](*keys)
    else:
        unit = 1 if query.unit == "day" else 3_600_000_000
        held[both] = _between(keys[0] - keys[1], query, unit)
    return held


def _keys(a: Coded, b: Coded, kind: Scalar, interpreter: Interpreter) -> tuple[Keys, Keys] | None:
    """Numbers to compare the pairs by, where both dictionaries have some."""
    if kind not in (Scalar.DATE, Scalar.INSTANT, Scalar.NUMBER):
        return None
    found = [side.dictionary.keys(kind, interpreter.zone) for side in (a, b)]
    if found[0] is None or found[1] is None:
        return None
    return found[0][a.codes], found[1][b.codes]


def _between(gaps: Keys, query: ir.Gap, unit: int) -> Mask:
    held = np.ones(len(gaps), dtype=bool)
    if query.low is not None:
        held &= gaps >= query.low * unit if query.low_included else gaps > query.low * unit
    if query.high is not None:
        held &= gaps <= query.high * unit if query.high_included else gaps < query.high * unit
    return held


def _asked(query: ir.Compare | ir.Gap, a: Coded, b: Coded, interpreter: Interpreter) -> Mask:
    """Each different pair, one by one."""
    width = np.int64(b.dictionary.size)
    pairs, where = np.unique(a.codes.astype(np.int64) * width + b.codes, return_inverse=True)
    check = interpreter.check(replace(query, left=_part(0, 0, query.left.type), right=_part(0, 1, query.right.type)))
    lefts, rights = a.dictionary.values, b.dictionary.values
    answers = (check(((lefts[pair // width - 1], rights[pair % width - 1]),)) for pair in pairs.tolist())
    return np.fromiter(answers, dtype=bool, count=len(pairs))[where]


def _part(item: int, at: int, type_: Scalar) -> ir.Field:
    """The value at a place of a tuple. One without a type is put in a list, or it would be taken for one itself."""

    def read(parts: Any) -> object:
        return [parts[at]] if type_ is Scalar.ANY else parts[at]

    return ir.Field(item, (Field(f"part {at}", type_, read=read),), type_)


def counted(counts: NDArray[np.int64]) -> Coded:
    """Counts as values."""
    return Coded(
        (counts + 1).astype(np.uint32), Dictionary([Decimal(n) for n in range(int(counts.max(initial=0)) + 1)])
    )


def reduced(
    reduce: ir.Reduce, parents: Rows, value: Coded, by: Coded | None, interpreter: Interpreter
) -> tuple[Rows, Coded]:
    """Which parents have a value left, and the value. `parents` ascend; `by` has one value for each of `value`."""
    there = np.flatnonzero(value.codes != 0)
    parents, value = parents[there], Coded(value.codes[there], value.dictionary)
    by = None if by is None else Coded(by.codes[there], by.dictionary)
    sides = (value,) if by is None else (value, by)
    if reduce.type is Scalar.INSTANT or not all(side.dictionary.is_ordered for side in sides):
        return _reduced_each(reduce, parents, value, by, interpreter)
    # Codes are in the order of the values, and that of nothing comes first.
    codes = value.codes.astype(np.int64)
    ranks = codes if by is None else by.codes.astype(np.int64) << 32 | codes
    starts = np.flatnonzero(np.concatenate(([True], parents[1:] != parents[:-1]))[: len(parents)])
    pick = np.minimum if reduce.kind == "min" else np.maximum
    left = pick.reduceat(ranks, starts) & 0xFFFFFFFF if len(starts) else ranks
    return parents[starts], Coded(left.astype(np.uint32), value.dictionary)


def _reduced_each(
    reduce: ir.Reduce, parents: Rows, value: Coded, by: Coded | None, interpreter: Interpreter
) -> tuple[Rows, Coded]:
    """Each group, one by one."""
    assert reduce.value is not None
    rows = Field("rows", Many("row"), read=lambda group: group)
    leave = interpreter.values(
        ir.Reduce(
            reduce.kind,
            (ir.Hop(0, (rows,), ir.EVERYONE),),
            _part(1, 0, reduce.value.type),
            None if reduce.by is None else _part(1, 1, reduce.by.type),
            reduce.type,
        )
    )
    groups: dict[int, list[tuple[object, object]]] = {}
    for i, parent in enumerate(parents.tolist()):
        when = by.dictionary.values[by.codes[i] - 1] if by is not None and by.codes[i] else None
        groups.setdefault(parent, []).append((value.dictionary.values[value.codes[i] - 1], when))
    left = {parent: list(leave((group,))) for parent, group in groups.items()}
    at = np.array([parent for parent, values in left.items() if values], dtype=np.intp)
    values = [values[0] for values in left.values() if values]
    return at, Coded(np.arange(1, len(values) + 1, dtype=np.uint32), Dictionary(values))
