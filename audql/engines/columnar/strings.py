"""Many texts in two arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import overload

import numpy as np
from numpy.typing import NDArray


class Strings(Sequence[str]):
    """Texts as one run of UTF-8 and where each begins; a text is made when it is looked at."""

    def __init__(self, octets: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        self._octets, self._offsets, self._count = octets, offsets, len(offsets) - 1

    @classmethod
    def of(cls, texts: Sequence[str]) -> Strings:
        if isinstance(texts, Strings):
            return texts
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(each) for each in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)

    @property
    def arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        return self._octets, self._offsets

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        if not 0 <= at < self._count:
            raise IndexError(at)
        return str(self._octets.data[self._offsets[at] : self._offsets[at + 1]], "utf-8", "surrogatepass")

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        whole, ends = self._octets.tobytes(), self._offsets.tolist()
        if whole.isascii():
            text = whole.decode("ascii")
            return (text[start:end] for start, end in pairwise(ends))
        return (whole[start:end].decode("utf-8", "surrogatepass") for start, end in pairwise(ends))
