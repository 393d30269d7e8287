"""Columns of a snapshot → columns of the engine: codes in the order of what they compare as, with nothing as 0."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from audql.engines.columnar.dictionary import EPOCH_DAY, Codes, Days, Instants, Numbers, Texts, Truths, smallest
from audql.engines.columnar.store import Column, ManyColumn
from audql.snapshot import columns
from audql.text import fold


def loaded(column: columns.Column) -> Column | ManyColumn | None:
    """The same values; None of references, which are no values."""
    match column:
        case columns.Texts(codes, words):
            return Column(*_texts(codes, words))
        case columns.ManyTexts(starts, codes, words):
            return ManyColumn(starts, *_texts(codes, words))
        case columns.Numbers(codes, values):
            return Column(smallest(codes + 1, len(values)), Numbers(values))
        case columns.Days(days):
            codes_, numbers = _ranked(days, columns.NO_DAY)
            return Column(codes_, Days((numbers + EPOCH_DAY).astype(np.int32)))
        case columns.Instants(microseconds):
            codes_, numbers = _ranked(microseconds, columns.NO_INSTANT)
            return Column(codes_, Instants(numbers))
        case columns.Answers(answers):
            return Column((answers + 1).astype(np.uint8), Truths())
        case columns.References():
            return None
        case _:
            assert_never(column)


def texts_of(texts: Sequence[str]) -> Column:
    """A few texts as a column; an empty one is nothing."""
    words = tuple(sorted(set(texts) - {""}))
    places = {word: place for place, word in enumerate(words)}
    return Column(*_texts(np.array([places.get(text, -1) for text in texts], dtype=np.int32), words))


def _texts(codes: NDArray[np.int32], words: Sequence[str]) -> tuple[Codes, Texts]:
    """`codes` are places in `words`, -1 for nothing."""
    # As `fold` has it, but for its calls: there can be millions.
    folded = [word.lower().strip() if word.isascii() else fold(word) for word in words]
    order = sorted(range(len(words)), key=words.__getitem__)
    order.sort(key=folded.__getitem__)
    ranks = np.zeros(len(words) + 1, dtype=np.int64)  # the last, which is that of -1, stays nothing
    ranks[order] = np.arange(1, len(words) + 1)
    in_order = [folded[i] for i in order]
    fresh = np.fromiter((a != b for a, b in pairwise(in_order)), dtype=bool, count=max(0, len(order) - 1))
    alike = None if fresh.all() else np.concatenate(([0], np.cumsum(fresh))).astype(np.int32)
    return smallest(ranks[codes], len(words)), Texts([words[i] for i in order], in_order, alike)


def _ranked(numbers: NDArray[Any], missing: int) -> tuple[Codes, NDArray[np.int64]]:
    """Codes in the order of the numbers, and the different numbers."""
    held = numbers != missing
    known = numbers[held].astype(np.int64)
    codes = np.zeros(len(numbers), dtype=np.uint32)
    low = int(known.min()) if known.size else 0
    if known.size and int(known.max()) - low < 4 * known.size + 65536:
        used = np.bincount(known - low) > 0
        different = np.flatnonzero(used) + low
        codes[held] = np.cumsum(used)[known - low]
    else:
        different, places = np.unique(known, return_inverse=True)
        codes[held] = places + 1
    return smallest(codes, len(different)), different
