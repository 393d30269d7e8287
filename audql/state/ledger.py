"""The latest spell of everyone who has one in one learning, as arrays: what a plan compares with.

Rows in `enrolment` say the same and more; the ledger stands beside them so that a plan reads no row.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from audql.engines.days import NO_DAY, Days
from audql.engines.members import Flags, Members, Ordinals
from audql.state.packing import Numbers, pack, unpack, unpacking

OPEN, COMPLETED, ADOPTED, SUSPENDED = 1, 2, 4, 8

LearningKey: TypeAlias = tuple[str, str]
"""Kind and id."""


def _none() -> NDArray[np.int32]:
    return np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """One spell each of several people, as parallel arrays."""

    people: Ordinals = field(default_factory=_none)
    """Ascending."""
    number: Numbers = field(default_factory=_none)
    """1 for the first spell; 0 of someone who has none yet."""
    started: Days = field(default_factory=_none)
    due: Days = field(default_factory=_none)
    flags: Numbers = field(default_factory=_none)
    """OPEN, COMPLETED, ADOPTED and SUSPENDED, added up."""
    role: Numbers = field(default_factory=_none)
    """Which of the ledger's roles."""

    def __len__(self) -> int:
        return int(self.people.size)

    def are(self, flag: int) -> Flags:
        found: Flags = (self.flags & flag) != 0
        return found

    def where(self, chosen: Flags | NDArray[np.intp]) -> Spells:
        return Spells(*(getattr(self, f.name)[chosen] for f in fields(Spells)))


def in_one(several: Sequence[Spells]) -> Spells:
    """All of them, of people of whom each is in one only."""
    all_of_them = Spells(*(np.concatenate([getattr(spells, f.name) for spells in several]) for f in fields(Spells)))
    return all_of_them.where(np.argsort(all_of_them.people, kind="stable"))


@dataclass(frozen=True, slots=True)
class Ledger:
    """`roles` are those that any spell has had, the empty one first."""

    spells: Spells = field(default_factory=Spells)
    roles: tuple[str, ...] = ("",)

    def open(self) -> Members:
        """Those whose latest spell has not ended."""
        return Members.of(self.spells.people[self.spells.are(OPEN)])

    def of(self, people: Ordinals) -> Spells:
        """The latest spell of each of these."""
        known = self.spells
        if np.array_equal(people, known.people):
            return known
        at = np.searchsorted(known.people, people)
        if len(known):
            at = np.minimum(at, len(known) - 1)
            has = known.people[at] == people
            found = known.where(at)
        else:
            has = np.zeros(people.size, dtype=np.bool_)
            found = Spells(*(np.zeros(people.size, dtype=np.int32) for _ in fields(Spells)))
        none = ~has
        number, flags, role = (np.where(none, 0, a).astype(np.int32) for a in (found.number, found.flags, found.role))
        started, due = (np.where(none, NO_DAY, a).astype(np.int32) for a in (found.started, found.due))
        return Spells(people, number, started, due, flags, role)

    def role(self, name: str) -> tuple[Ledger, int]:
        """The number of a role, and the ledger that knows it."""
        if name in self.roles:
            return self, self.roles.index(name)
        return Ledger(self.spells, (*self.roles, name)), len(self.roles)

    def with_latest(self, latest: Spells) -> Ledger:
        """With these in place of what their people had."""
        stay = self.spells.where(~Members.of(latest.people).has(self.spells.people))
        return Ledger(in_one([stay, latest]), self.roles)

    def encode(self) -> bytes:
        parts = [Members.of(self.spells.people).encode()]
        parts += [pack(getattr(self.spells, f.name)) for f in fields(Spells)[1:]]
        head = json.dumps([self.roles, [len(part) for part in parts]]).encode()
        return struct.pack("<I", len(head)) + head + b"".join(parts)

    @classmethod
    @unpacking()
    def decode(cls, blob: bytes) -> Ledger:
        (size,) = struct.unpack_from("<I", blob)
        at = 4 + size
        roles, sizes = json.loads(blob[4:at])
        parts = []
        for length in sizes:
            parts.append(blob[at : at + length])
            at += length
        people = Members.decode(parts[0]).ordinals()
        return cls(Spells(people, *(unpack(part, people.size) for part in parts[1:])), tuple(roles))
