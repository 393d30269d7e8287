"""Sets of people as bits in machine words."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from audql.engines.columnar.store import Mask, Rows

Words: TypeAlias = NDArray[np.uint64]
"""Bit i of the whole, the lowest of word 0 first, is row i of the root's table."""


def packed(mask: Mask) -> Words:
    """Bits in words; those beyond the mask's end are 0."""
    words = np.zeros(-(-len(mask) // 64), dtype="<u8")
    words.view(np.uint8)[: -(-len(mask) // 8)] = np.packbits(mask, bitorder="little")
    return words


def put(words: Words, size: int, rows: Rows, mask: Mask) -> Words:
    """So many words, with the bits of these rows as the mask has them and all others as they were."""
    found = np.zeros(size, dtype=words.dtype)
    found[: len(words)] = words
    at, bits = rows >> 6, np.uint64(1) << (rows & 63).astype(np.uint64)
    np.bitwise_and.at(found, at, ~bits)
    np.bitwise_or.at(found, at[mask], bits[mask])
    return found


def at_least(count: int, parts: list[Words]) -> Words:
    """Where at least `count` of the parts have a bit: sums of bits side by side, one word of each digit."""
    reached = [np.zeros_like(parts[0]) for _ in range(count)]
    for part in parts:
        # From the top: whoever has reached n and is in this part reaches n + 1.
        for n in range(count - 1, 0, -1):
            reached[n] |= reached[n - 1] & part
        reached[0] |= part
    return reached[-1]
