"""Whom one alert has told of what, as arrays: few bytes a person, so that a plan reads no row of a message."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from audql.engines.members import Flags, Members, Ordinals
from audql.state.packing import Numbers, pack, unpack, unpacking


def _none() -> NDArray[np.int32]:
    return np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Notices:
    """One for each of several people, as parallel arrays."""

    people: Ordinals = field(default_factory=_none)
    """Ascending."""
    spell: Numbers = field(default_factory=_none)
    """Of the enrolment; of joining and leaving the day."""
    number: Numbers = field(default_factory=_none)
    """Of the repetition, from 0 on."""

    def __len__(self) -> int:
        return int(self.people.size)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Notices):
            return NotImplemented
        return all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))

    __hash__ = None  # type: ignore[assignment]

    def where(self, chosen: Flags | NDArray[np.intp]) -> Notices:
        return Notices(self.people[chosen], self.spell[chosen], self.number[chosen])

    def has(self, people: Ordinals, spell: Numbers, number: Numbers) -> Flags:
        """Of each of these whether it is told, of that spell, at least so often."""
        if not len(self):
            return np.zeros(people.size, dtype=np.bool_)
        at = np.minimum(np.searchsorted(self.people, people), len(self) - 1)
        found: Flags = (self.people[at] == people) & (self.spell[at] == spell) & (self.number[at] >= number)
        return found

    def with_latest(self, latest: Notices) -> Notices:
        """With these in place of what their people had."""
        stay = self.where(~Members.of(latest.people).has(self.people))
        both = Notices(*(np.concatenate([getattr(n, f.name) for n in (stay, latest)]) for f in fields(Notices)))
        return both.where(np.argsort(both.people, kind="stable"))

    def encode(self) -> bytes:
        parts = [Members.of(self.people).encode(), pack(self.spell), pack(self.number)]
        head = json.dumps([len(part) for part in parts]).encode()
        return struct.pack("<I", len(head)) + head + b"".join(parts)

    @classmethod
    @unpacking()
    def decode(cls, blob: bytes) -> Notices:
        (size,) = struct.unpack_from("<I", blob)
        at = 4 + size
        parts = []
        for length in json.loads(blob[4:at]):
            parts.append(blob[at : at + length])
            at += length
        people = Members.decode(parts[0]).ordinals()
        spell, number = (unpack(part, people.size) for part in parts[1:])
        return cls(people, spell, number)
