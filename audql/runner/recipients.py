"""Names that `notify` has → for each person, who is told: ordinals of people, and addresses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from audql.addresses import is_address
from audql.calling import CrashError, answer_of
from audql.engines.members import Members, Ordinals
from audql.engines.roster import Roster
from audql.plugins import FoundRecipient, Setup, printable
from audql.snapshot.snapshot import Snapshot
from audql.state.packing import Numbers

LEARNER, MANAGER, MANAGERS, OWNER = "learner", "manager", "managers at any level", "owner"

_CURRENT = """
    SELECT DISTINCT j.person, j.manager FROM jobs j
    WHERE j.manager IS NOT NULL AND j.manager <> j.person
    AND (j.started IS NULL OR j.started <= ?::DATE) AND (j.ended IS NULL OR j.ended >= ?::DATE)
"""
_DIRECTLY = f"""
    SELECT p.row AS person, m.row AS boss FROM ({_CURRENT}) link
    JOIN people p ON p.id = link.person JOIN people m ON m.id = link.manager
    WHERE p.id IN (SELECT unnest(?))
"""
# UNION, not UNION ALL: it ends where people are above themselves.
_AT_ANY_LEVEL = f"""
    SELECT p.row AS person, m.row AS boss FROM (
        WITH RECURSIVE link AS MATERIALIZED ({_CURRENT}), above(person, boss) AS (
            SELECT person, manager FROM link WHERE person IN (SELECT unnest(?))
            UNION
            SELECT above.person, link.manager FROM above JOIN link ON link.person = above.boss
        )
        SELECT person, boss FROM above WHERE boss <> person
    ) found
    JOIN people p ON p.id = found.person JOIN people m ON m.id = found.boss
"""
_WHOSE = """
    SELECT row, lower(email) AS address FROM people
    WHERE lower(email) IN (SELECT unnest(?)) AND NOT coalesce(suspended, false)
"""


@dataclass(frozen=True, slots=True)
class Told:
    """Pairs: which of the people asked about, by place, and who is told of them."""

    which: NDArray[np.intp]
    recipients: Numbers


@dataclass(frozen=True, slots=True)
class _Links:
    """Who is told of whom, by person: parallel arrays, the people ascending."""

    people: Ordinals
    recipients: Numbers

    @classmethod
    def of(cls, people: Iterable[int] | Ordinals, recipients: Iterable[int] | Numbers) -> _Links:
        both = [
            each if isinstance(each, np.ndarray) else np.fromiter(each, dtype=np.int32) for each in (people, recipients)
        ]
        order = np.argsort(both[0], kind="stable")
        return cls(both[0][order].astype(np.int32), both[1][order].astype(np.int32))

    def told(self, people: Ordinals) -> Told:
        first = np.searchsorted(self.people, people, "left")
        counts = np.searchsorted(self.people, people, "right") - first
        which = np.repeat(np.arange(people.size), counts)
        within = np.arange(which.size) - np.repeat(np.cumsum(counts) - counts, counts)
        return Told(which, self.recipients[np.repeat(first, counts) + within])


class RecipientError(Exception):
    """Nobody can be told: `why` says for which reason, `in_a_log` without what a plugin said of it, if it did."""

    def __init__(self, name: str, why: str, in_a_log: str = "") -> None:
        super().__init__(name, why, in_a_log)
        self.name, self.why, self.in_a_log = name, why, in_a_log or why


class Recipients:
    """Finds recipients in one snapshot as of one day; each name is asked for once, about everyone it is needed for."""

    def __init__(
        self,
        snapshot: Snapshot,
        roster: Roster,
        day: dt.date,
        of_plugins: Mapping[str, tuple[FoundRecipient, Setup] | None],
    ) -> None:
        self._snapshot, self._roster, self._day, self._of_plugins = snapshot, roster, day, of_plugins
        self._links: dict[str, _Links | RecipientError] = {}
        self._addresses: list[str] = []
        self._numbers: dict[str, int] = {}
        """Address as it is compared → its place among these."""
        self._people: dict[str, int | None] = {}
        """Address as it is compared → whose it is."""

    @property
    def addresses(self) -> Sequence[str]:
        """Those that were found and are nobody's; the first is told as -1."""
        return tuple(self._addresses)

    def look_up(self, texts: Iterable[str]) -> None:
        """Finds whose each address is. One that is somebody's means that person, so that who is a manager and is named
        by address is told once, in their language; one that several share is itself."""
        new = {text.lower() for text in texts if "@" in text} - self._people.keys()
        if not new:
            return
        found = self._snapshot.ask(_WHOSE, "people", given=[sorted(new)])
        whose: dict[str, list[int]] = {address: [] for address in new}
        for row, address in zip(found["row"].tolist(), found["address"].tolist(), strict=True):
            whose[address].append(row)
        for address, rows in whose.items():
            self._people[address] = int(self._roster.ordinals[rows[0]]) if len(rows) == 1 else None

    def prepare(self, name: str, people: Members) -> None:
        """Finds whom this name means for each of these, with those who come by no name of a list or an address."""
        if name in self._links or name in (LEARNER, OWNER) or "@" in name:
            return
        try:
            self._links[name] = self._find(name, (people & self._roster.everyone).ordinals())
        except RecipientError as problem:
            self._links[name] = problem

    def told(self, name: str, people: Ordinals, owners: Collection[str]) -> Told:
        """Who is told of each of these people. Raises RecipientError."""
        if name == LEARNER:
            return Told(np.arange(people.size), people)
        if name == OWNER or "@" in name:
            codes = [self._code(text, name) for text in (owners if name == OWNER else (name,))]
            which = np.repeat(np.arange(people.size), len(codes))
            return Told(which, np.tile(np.array(codes, dtype=np.int32), people.size))
        links = self._links[name]
        if isinstance(links, RecipientError):
            raise links
        return links.told(people)

    def number(self, recipient: int | str) -> int | None:
        """As `told` gives an ordinal or an address, if it has given that address."""
        if isinstance(recipient, int):
            return recipient
        address = recipient.lower()
        if (person := self._people.get(address)) is not None:
            return person
        found = self._numbers.get(address)
        return None if found is None else -1 - found

    def reachable(self, recipients: Numbers) -> NDArray[np.bool_]:
        """Of each of these whether mail can go to them: an address, or someone of the feed who has one."""
        return (recipients < 0) | self._with_address.has(np.maximum(recipients, 0))

    def here(self, recipients: Numbers) -> NDArray[np.bool_]:
        """Of each of these whether it is an address, or someone of the feed."""
        return (recipients < 0) | self._roster.everyone.has(np.maximum(recipients, 0))

    @cached_property
    def suspended(self) -> Members:
        return self._where("suspended")

    @cached_property
    def _with_address(self) -> Members:
        return self._where("email IS NOT NULL")

    def _where(self, condition: str) -> Members:
        rows = self._snapshot.ask(f"SELECT row FROM people WHERE {condition}", "people")["row"]
        return Members.of(self._roster.ordinals[rows])

    def _find(self, name: str, people: Ordinals) -> _Links:
        if name in (MANAGER, MANAGERS):
            query = _DIRECTLY if name == MANAGER else _AT_ANY_LEVEL
            given = [self._day, self._day, list(self._roster.names(people))]
            found = self._snapshot.ask(query, "jobs", "people", given=given)
            return _Links.of(self._roster.ordinals[found["person"]], self._roster.ordinals[found["boss"]])
        known = self._of_plugins.get(name)
        if known is None:
            raise RecipientError(name, "its plugin only names it, and cannot find anyone")
        recipient, setup = known
        ids = self._roster.names(people)
        try:
            found_for = answer_of(
                lambda: {str(who): [str(to) for to in tos] for who, tos in recipient.find(ids, setup).items()}
            )
        except CrashError as crash:
            raise RecipientError(name, printable(crash.why), crash.kind) from crash
        self.look_up(to for tos in found_for.values() for to in tos)
        pairs = [
            (at, self._code(to, name)) for at, who in zip(people, ids, strict=True) for to in found_for.get(who, ())
        ]
        return _Links.of((at for at, _ in pairs), (code for _, code in pairs))

    def _code(self, text: str, name: str) -> int:
        """The ordinal of an id, or the number of an address. Raises RecipientError for what is neither."""
        ordinal = self._roster.find(text)
        if ordinal is not None and ordinal in self._roster.everyone:
            return ordinal
        if not is_address(text):
            why = "is no address, and nobody's id"
            raise RecipientError(name, f"`{printable(text, 80)}` {why}", f"what it gives {why}")
        address = text.lower()
        if (person := self._people.get(address)) is not None:
            return person
        if address not in self._numbers:
            self._numbers[address] = len(self._addresses)
            self._addresses.append(text)
        return -1 - self._numbers[address]
