"""Who is in an audience: a set of person ordinals as a bitmap, and as the compressed bytes that state keeps."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_ZLIB = b"\x01"
"""The first byte says how the rest is packed."""


@dataclass(frozen=True, slots=True)
class Members:
    """Bit i is the person of ordinal i."""

    bits: int = 0

    @classmethod
    def of(cls, ordinals: Iterable[int]) -> Members:
        chosen = list(ordinals)
        if not chosen:
            return cls()
        packed = bytearray(max(chosen) // 8 + 1)
        for ordinal in chosen:
            packed[ordinal >> 3] |= 1 << (ordinal & 7)
        return cls.from_packed(packed)

    @classmethod
    def from_packed(cls, packed: bytes | bytearray) -> Members:
        """From little-endian bits, as `numpy.packbits(…, bitorder="little")` and packed words have them."""
        return cls(int.from_bytes(packed, "little"))

    def packed(self) -> bytes:
        return self.bits.to_bytes((self.bits.bit_length() + 7) // 8, "little")

    @classmethod
    def decode(cls, blob: bytes) -> Members:
        if blob[:1] != _ZLIB:
            raise ValueError(f"members packed in an unknown way: {blob[:1]!r}")
        return cls.from_packed(zlib.decompress(blob[1:]))

    def encode(self) -> bytes:
        return _ZLIB + zlib.compress(self.packed(), 6)

    def __len__(self) -> int:
        return self.bits.bit_count()

    def __bool__(self) -> bool:
        return self.bits != 0

    def __contains__(self, ordinal: int) -> bool:
        return bool(self.bits >> ordinal & 1)

    def __iter__(self) -> Iterator[int]:
        """The ordinals, ascending."""
        for i, byte in enumerate(self.packed()):
            while byte:
                lowest = byte & -byte
                yield i * 8 + lowest.bit_length() - 1
                byte ^= lowest

    def __and__(self, other: Members) -> Members:
        return Members(self.bits & other.bits)

    def __or__(self, other: Members) -> Members:
        return Members(self.bits | other.bits)

    def __sub__(self, other: Members) -> Members:
        return Members(self.bits & ~other.bits)
