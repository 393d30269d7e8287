"""Mails that wait, the snapshot and the state as they are now → letters, or why there is none to be sent."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from audql.addresses import is_address
from audql.diagnostics import RunError
from audql.engines.days import date_of
from audql.mail.letter import Letter
from audql.mail.rendering import Item, Learning, Person, nobody, person_of, write
from audql.mail.templates import Templates, template_of
from audql.snapshot.database import quoted
from audql.snapshot.snapshot import Snapshot
from audql.state.ledger import COMPLETED, OPEN, SUSPENDED, LearningKey, Ledger
from audql.state.post import Mail, Message
from audql.state.values import Remembered
from audql.syntax.ast import MomentKind
from audql.text import fold
from audql.types import Scalar

_PAST_DUE = (MomentKind.AFTER_DUE, MomentKind.OVERDUE, MomentKind.WHILE_OVERDUE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class NoLetter:
    """Why a mail is not sent: it is `dropped`, since it is no longer so, or else set aside."""

    why: str
    dropped: bool


@dataclass(frozen=True, slots=True)
class _Spell:
    number: int
    flags: int
    due: dt.date | None

    @property
    def is_open(self) -> bool:
        return bool(self.flags & OPEN) and not self.flags & (COMPLETED | SUSPENDED)


class Desk:
    """Writes the letters of one delivery, as of one day."""

    def __init__(
        self, snapshot: Snapshot, remembered: Remembered, templates: Templates, language: str, day: dt.date
    ) -> None:
        self._snapshot, self._remembered, self._templates = snapshot, remembered, templates
        self._language, self._day = language, day
        self._ledgers: dict[LearningKey, Ledger] = {}
        self._reminders: set[tuple[object, ...]] = set()

    def letters(self, mails: Sequence[Mail]) -> Iterator[tuple[Mail, Letter | NoLetter]]:
        """Each with what is to be sent. A template that fails sets its mail aside."""
        ids = {mail.person for mail in mails if mail.person} | {m.person for mail in mails for m in mail.messages}
        people = people_of(self._snapshot, ids)
        spells = self._spells(mails)
        for mail in mails:
            try:
                yield mail, self._letter(mail, people, spells)
            except RunError as problem:
                yield mail, NoLetter(problem.diagnostics[0].message, dropped=False)

    def _letter(
        self, mail: Mail, people: Mapping[str, Person], spells: Mapping[tuple[LearningKey, int], _Spell]
    ) -> Letter | NoLetter:
        recipient = people.get(mail.person) if mail.person is not None else nobody(self._language)
        if recipient is None:
            return NoLetter("is no longer in the feed", dropped=True)
        if recipient["suspended"] is True:
            return NoLetter("is suspended", dropped=True)
        if not self._tells_more(mail):
            return NoLetter("is told in another mail", dropped=True)
        address = mail.address or str(recipient["email"])
        if not is_address(address):
            return NoLetter("has no address" if not address else "has an address that is none", dropped=False)
        items = [
            item
            for message in mail.messages
            if not message.told_since
            if (item := self._item(mail, message, people, spells)) is not None
        ]
        if not items:
            return NoLetter("is no longer so", dropped=True)
        once = list({item.said: item for item in items}.values())
        written = write(self._templates, recipient, language_of(recipient, self._language), once)
        name = str(recipient["name"]) if mail.person is not None else ""
        return Letter(mail.key, address, name, written.subject, written.text, written.html)

    def _tells_more(self, mail: Mail) -> bool:
        """Whether it says what no other repetition of a reminder has said since, or is to say in these letters: where
        several have waited, the one that has waited longest goes, and keeps its place among all mails."""
        reminders = {
            (mail.recipient, one.audience, one.clause, one.person, one.learning, one.spell): one.told_since
            for one in mail.messages
            if one.clause.moment is MomentKind.WHILE_OVERDUE
        }
        is_all = len(reminders) == len(mail.messages)
        new = {reminder for reminder, told in reminders.items() if not told} - self._reminders
        self._reminders |= new
        return bool(new) or not is_all

    def _item(
        self,
        mail: Mail,
        message: Message,
        people: Mapping[str, Person],
        spells: Mapping[tuple[LearningKey, int], _Spell],
    ) -> Item | None:
        """What to say; None where it is no longer so."""
        moment, learning, days = message.clause.moment, None, None
        enrolments: list[Learning] = []
        if message.learning is not None:
            spell = spells.get((message.learning, message.ordinal))
            if spell is None or spell.number != message.spell or not spell.is_open or spell.due is None:
                return None
            days = (spell.due - self._day).days
            if days >= 0 if moment in _PAST_DUE else days < 0:
                return None
            learning = self._learning(message.learning, spell.due)
        else:
            known = self._remembered.audiences.get(fold(message.audience))
            inside = known is not None and message.ordinal in known.members
            if inside != (moment is MomentKind.JOINING):
                return None
            for given in message.gives if inside else ():
                spell = spells.get((given.key, message.ordinal))
                if spell is not None and spell.is_open:
                    enrolments.append(self._learning(given.key, spell.due))
        return Item(
            template_of(moment, message.clause.template),
            people.get(message.person) or person_of({"id": message.person}),
            message.person == mail.person,
            message.audience,
            str(message.clause).partition(" with ")[0],
            learning,
            days,
            tuple(enrolments),
        )

    def _spells(self, mails: Sequence[Mail]) -> Mapping[tuple[LearningKey, int], _Spell]:
        """The latest spells that the mails could speak of."""
        wanted: dict[LearningKey, set[int]] = {}
        for mail in mails:
            for message in mail.messages:
                for key in (message.learning,) if message.learning else [given.key for given in message.gives]:
                    wanted.setdefault(key, set()).add(message.ordinal)
        found: dict[tuple[LearningKey, int], _Spell] = {}
        for key, ordinals in wanted.items():
            if key not in self._ledgers:
                self._ledgers[key] = self._remembered.ledgers.get(key) or Ledger()
            s = self._ledgers[key].of(np.array(sorted(ordinals), dtype=np.int32))
            for who, number, flags, due in zip(
                s.people.tolist(), s.number.tolist(), s.flags.tolist(), s.due.tolist(), strict=True
            ):
                found[key, who] = _Spell(number, flags, date_of(due))
        return found

    def _learning(self, key: LearningKey, due: dt.date | None) -> Learning:
        kind, identity = key
        return Learning(identity, self._names.get((fold(kind), fold(identity)), identity), kind, due)

    @cached_property
    def _names(self) -> Mapping[tuple[str, str], str]:
        rows = self._snapshot.rows("learning")
        return {(fold(str(r["kind"])), fold(str(r["id"]))): str(r.get("name", r["id"])) for r in rows}


def people_of(snapshot: Snapshot, ids: Collection[str]) -> Mapping[str, Person]:
    """Those of these who are in the snapshot, by id."""
    kinds = {name: scalar for name, scalar, _ in snapshot.manifest.tables["people"].columns}
    numbers = [quoted(name) for name, scalar in kinds.items() if scalar is Scalar.NUMBER]
    as_texts = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in numbers)  # arrays would have floats
    query = f"SELECT * EXCLUDE (row){f' REPLACE ({as_texts})' if numbers else ''} FROM people"
    found = dict(snapshot.ask(f"{query} WHERE id IN (SELECT unnest(?))", "people", given=[sorted(ids)])) if ids else {}
    for name, scalar in kinds.items():
        if scalar is Scalar.DATE and name in found:
            found[name] = found[name].astype("datetime64[D]")
    columns = {name: column.tolist() for name, column in found.items()}
    for name, scalar in kinds.items():
        if scalar is Scalar.NUMBER and name in columns:
            columns[name] = [_number(value) for value in columns[name]]
    rows = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    return {str(row["id"]): person_of(row) for row in rows}


def _number(written: object) -> str | None:
    """As people write it: `5`, not `5.000`."""
    return f"{Decimal(written).normalize():f}" if isinstance(written, str) else None


def language_of(person: Person, otherwise: str) -> str:
    """The person's language, where the feed has one that can be one."""
    written = str(person["language"])
    return written.replace("_", "-") if _LANGUAGE.fullmatch(written) else otherwise
