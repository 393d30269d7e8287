"""Arrays of whole numbers → few bytes, and back. Of few different numbers, a byte or less each; of one, none."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audql.engines.members import Members, run_lengths

Numbers: TypeAlias = NDArray[np.int32]

_ONE, _DISTINCT = 0, 1
"""The first byte says how the rest is packed: one number for all; or the distinct ones, and which of them each is."""
_HEAD = struct.Struct("<BI")


class DamagedError(Exception):
    """A state that does not hold what was written; `opened` tells it as that."""


@contextmanager
def unpacking() -> Iterator[None]:
    """Around whatever takes a blob apart, and nothing else, so that no mistake of ours is told as a damaged state."""
    try:
        yield
    except (ValueError, TypeError, LookupError, struct.error, zlib.error) as problem:
        raise DamagedError("what it holds is damaged") from problem


def pack(numbers: Numbers) -> bytes:
    """The numbers in their order; how many there are is known elsewhere."""
    if not numbers.size or (numbers == numbers[0]).all():
        return _HEAD.pack(_ONE, 1) + numbers[:1].astype("<i4").tobytes()
    distinct, codes = _coded(numbers)
    return _HEAD.pack(_DISTINCT, distinct.size) + distinct.astype("<i4").tobytes() + run_lengths(codes.tobytes())


@unpacking()
def members_of(blob: bytes) -> Members:
    """Those that were encoded."""
    return Members.decode(blob)


@unpacking()
def unpack(blob: bytes, count: int) -> Numbers:
    """So many numbers."""
    if not count:
        return np.zeros(0, dtype=np.int32)
    how, size = _HEAD.unpack_from(blob)
    distinct = np.frombuffer(blob, dtype="<i4", count=size, offset=_HEAD.size).astype(np.int32)
    if how == _ONE:
        return np.full(count, distinct[0], dtype=np.int32)
    if how != _DISTINCT:
        raise ValueError(f"numbers packed in an unknown way: {how}")
    codes = zlib.decompress(blob[_HEAD.size + 4 * size :], -zlib.MAX_WBITS)
    which: NDArray[Any] = np.frombuffer(codes, dtype=_width(size))
    numbers: Numbers = distinct[which]
    return numbers


def _coded(numbers: Numbers) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The distinct numbers, ascending, and which of them each is: those that lie close together without sorting."""
    low, high = int(numbers.min()), int(numbers.max())
    if high - low > 4 * numbers.size + 65536:
        each, which = np.unique(numbers, return_inverse=True)
        return each.astype(np.int64), which.astype(_width(each.size))
    at = numbers - np.int32(low)
    used = np.zeros(high - low + 1, dtype=bool)
    used[at] = True
    distinct = np.flatnonzero(used)
    return distinct + low, (np.cumsum(used) - 1).astype(_width(distinct.size))[at]


def _width(distinct: int) -> np.dtype[Any]:
    return np.dtype("u1" if distinct <= 1 << 8 else "<u2" if distinct <= 1 << 16 else "<u4")
