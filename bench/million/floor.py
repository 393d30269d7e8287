"""The time that numpy needs merely to AND and OR as many words as the audiences have, with all bits at hand."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
from audiences import Condition, atoms
from clock import Clock, Took

Words = npt.NDArray[np.uint64]
BLOCKS = (1 << 9, 1 << 11, 1 << 13, 1 << 15)
"""Words that are worked on at a time: what is best depends on the caches."""


def floor(conditions: list[Condition], people: int, threads: int, rounds: int = 3) -> Took:
    """The best of some rounds and sizes of blocks. Each condition is one operation, the population's included."""
    numbers: dict[object, int] = {}
    wanted = [[numbers.setdefault(atom, len(numbers)) for atom in atoms(c)] for c in conditions]
    words = -(-people // 64)
    bits = np.random.default_rng(1).integers(0, 1 << 63, (len(numbers) + 1, words), dtype=np.uint64)
    members = np.empty((len(wanted), words), dtype=np.uint64)
    members.fill(0)
    best: list[Took] = []
    with ThreadPoolExecutor(threads) as pool:
        for block in sorted({min(block, -(-words // threads)) for block in BLOCKS}):
            for _ in range(rounds):
                clock = Clock()
                starts = range(0, words, block)
                work = [pool.submit(_some, bits, members, wanted, starts[i::threads], block) for i in range(threads)]
                for one in work:
                    one.result()
                best.append(clock.took())
    return min(best, key=lambda took: took.wall_s)


def _some(bits: Words, members: Words, wanted: list[list[int]], starts: range, block: int) -> None:
    operations: list[Callable[..., object]] = [np.bitwise_and, np.bitwise_or]
    for start in starts:
        here, out = bits[:, start : start + block], members[:, start : start + block]
        everyone, rows = here[-1], list(here)
        for i, those in enumerate(wanted):
            found = out[i]
            np.bitwise_and(everyone, rows[those[0]], out=found)
            for turn, atom in enumerate(those[1:]):
                operations[turn % 2](found, rows[atom], out=found)
