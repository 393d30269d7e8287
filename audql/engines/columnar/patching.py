"""Columns of a table's file and of the patch beside it → columns of the table, as if these were made anew.

So a night in which few rows changed makes few rows. What nobody has any more is in no dictionary.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audql.engines.columnar.dictionary import Days, Dictionary, Instants, Numbers, Texts, Truths, smallest
from audql.engines.columnar.store import Column, spans
from audql.engines.columnar.strings import Strings
from audql.snapshot.columns import References

Rows = NDArray[np.int64]
Key = tuple[str, ...]


def patched_column(base: Column, patch: Column, rows: Rows, count: int) -> Column:
    """`rows`: the number of each row of the patch; there are `count` rows."""
    of_base, of_patch, merged = _both(base.dictionary, patch.dictionary)
    codes = _placed(of_base[base.codes], of_patch[patch.codes], rows, count)
    if isinstance(base.dictionary, Truths):
        return Column(codes.astype(np.uint8), base.dictionary)
    used = np.bincount(codes, minlength=len(of_base) + len(of_patch)) > 0
    used[0] = False
    kept = np.flatnonzero(used)
    final = np.cumsum(used)
    return Column(smallest(final[codes], len(kept)), merged(kept - 1))


def _placed(base: NDArray[Any], patch: NDArray[Any], rows: Rows, count: int) -> NDArray[Any]:
    """Those of the base, but for the rows that the patch has."""
    found = np.zeros(count, dtype=base.dtype)
    there = min(count, len(base))
    found[:there] = base[:there]
    found[rows] = patch
    return found


_Merge = Callable[[NDArray[np.int64]], Dictionary]


def _both(base: Dictionary, patch: Dictionary) -> tuple[NDArray[np.int64], NDArray[np.int64], _Merge]:
    """The code of each value of the two in a dictionary of all, and what makes a dictionary of some of these, by their
    places."""
    match base, patch:
        case Truths(), Truths():
            same = np.arange(3)
            return same, same, lambda kept: base
        case Days(), Days():
            return _merged(base.ordinals, patch.ordinals, lambda all_, kept: Days(all_[kept].astype(np.int32)))
        case Instants(), Instants():
            return _merged(base.micros, patch.micros, lambda all_, kept: Instants(all_[kept]))
        case Numbers(), Numbers():
            numbers = sorted({*base.numbers, *patch.numbers})
            place = {number: at for at, number in enumerate(numbers, 1)}
            ways = (np.array([0, *(place[n] for n in each)], dtype=np.int64) for each in (base.numbers, patch.numbers))
            of_base, of_patch = ways
            return of_base, of_patch, lambda kept: Numbers([numbers[at] for at in kept.tolist()])
        case Texts(), Texts():
            return _merged_texts(base, patch)
        case _:
            raise AssertionError(base, patch)  # a patch has the types of its table


def _merged(
    base: NDArray[Any], patch: NDArray[Any], make: Callable[[NDArray[Any], NDArray[np.int64]], Dictionary]
) -> tuple[NDArray[np.int64], NDArray[np.int64], _Merge]:
    places = np.searchsorted(base, patch).astype(np.int64)
    is_known = np.append(base, 0)[places] == patch
    is_known &= places < len(base)
    of_base, of_patch = _inserted(len(base), places, is_known)
    every = np.insert(base, places[~is_known], patch[~is_known])
    return of_base, of_patch, lambda kept: make(every, kept)


def _inserted(
    count: int, places: NDArray[np.int64], is_known: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """New codes of `count` values, and of others in order, each of which is the one of these at its place or comes
    before that. Code 0 stays nothing."""
    before = places[~is_known]
    of_base = np.arange(count) + np.searchsorted(before, np.arange(count), side="right") + 1
    of_patch = np.empty(len(places), dtype=np.int64)
    of_patch[is_known] = of_base[places[is_known]]
    of_patch[~is_known] = before + np.arange(len(before)) + 1
    return np.append(0, of_base), np.append(0, of_patch)


def _merged_texts(base: Texts, patch: Texts) -> tuple[NDArray[np.int64], NDArray[np.int64], _Merge]:
    """Words of the patch are few, and looked for in those of the base."""
    count, pairs = base.size - 1, _Pairs(base)
    sought = list(zip(patch.folded, patch.texts, strict=True))
    places = np.array([bisect_left(pairs, pair) for pair in sought], dtype=np.int64)
    is_known = np.array(
        [at < count and pairs[at] == pair for at, pair in zip(places.tolist(), sought, strict=True)], bool
    )
    of_base, of_patch = _inserted(count, places, is_known)
    new = np.flatnonzero(~is_known)
    # Where the words of all are, in those of the base and after them those of the patch.
    where = np.empty(count + len(new), dtype=np.int64)
    where[of_base[1:] - 1] = np.arange(count)
    where[of_patch[1 + new] - 1] = count + new
    groups = _groups(base, patch, new.tolist(), places[new].tolist())

    def make(kept: NDArray[np.int64]) -> Dictionary:
        chosen = where[kept]
        if not len(new) and len(kept) == count:
            return base
        alike = groups[chosen]
        fresh = alike[1:] != alike[:-1]
        return Texts(
            _taken(base.texts, patch.texts, chosen),
            _taken(base.folded, patch.folded, chosen),
            None if fresh.all() else np.append(0, np.cumsum(fresh)).astype(np.int32),
        )

    return of_base, of_patch, make


class _Pairs(Sequence[tuple[str, str]]):
    """The words by what they are ordered by."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return self._texts.size - 1

    def __getitem__(self, at: Any) -> Any:
        return self._texts.folded[at], self._texts.texts[at]


def _groups(base: Texts, patch: Texts, new: Sequence[int], before: Sequence[int]) -> NDArray[np.int64]:
    """A number for each word of the base and then of the patch, the same for those that fold alike; of words of the
    patch that the base has it says nothing."""
    count = base.size - 1
    own = np.arange(count) if base.alike is None else base.alike.astype(np.int64)
    found = np.concatenate([own, np.arange(patch.size - 1) + count])
    last = ("", -1)
    for at, place in zip(new, before, strict=True):
        folded = patch.folded[at]
        for other in (place - 1, place):
            if 0 <= other < count and base.folded[other] == folded:
                found[count + at] = own[other]
        if last[0] == folded and last[1] >= 0:
            found[count + at] = found[count + last[1]]
        last = folded, at
    return found


def _taken(base: Sequence[str], patch: Sequence[str], chosen: NDArray[np.int64]) -> Strings:
    """Words of the base, and after them of the patch, by their places."""
    (some, starts), (others, more) = Strings.of(base).arrays, Strings.of(patch).arrays
    octets = np.concatenate([some, others])
    begins = np.concatenate([starts[:-1], more[:-1] + len(some)])[chosen]
    lengths = np.concatenate([np.diff(starts), np.diff(more)])[chosen]
    offsets = np.append(0, np.cumsum(lengths))
    return Strings(octets[spans(begins, lengths)], offsets)


def patched_references(
    base: References, patch: References, rows: Rows, moved: Mapping[int, Key], now: Mapping[Key, int], count: int
) -> References:
    """References to a table that may have a patch of its own. `moved`: the keys of the rows of its file that it has no
    more under that number; `now`: where each of these, and of those that the base has not found, is found now."""
    keys: list[Key] = list(patch.gone)
    place = {key: at for at, key in enumerate(keys)}

    def row_of(key: Key) -> int:
        """The row now, or for what is gone a number after all rows, in any order."""
        if key in now:
            return now[key]
        if key not in place:
            place[key] = len(keys)
            keys.append(key)
        return patch.count + place[key]

    ways = np.arange(base.count + len(base.gone) + 1, dtype=np.int32)
    for row, key in moved.items():
        ways[row] = row_of(key)
    ways[base.count : -1] = [row_of(key) for key in base.gone]
    ways[-1] = -1
    found = _placed(ways[base.rows], patch.rows, rows, count)
    used = np.unique(found[found >= patch.count]) - patch.count
    if not len(used):
        return References(found, patch.table, patch.count, ())
    gone = sorted(keys[at] for at in used.tolist())
    final = np.arange(patch.count + len(keys) + 1, dtype=np.int32)
    final[-1] = -1
    for at, key in enumerate(gone):
        final[patch.count + place[key]] = patch.count + at
    return References(final[found], patch.table, patch.count, tuple(gone))
