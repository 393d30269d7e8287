"""Mails that wait in the outbox → a way out, each once; what became of each is written down at once."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from audql.diagnostics import Diagnostic
from audql.mail import messages
from audql.mail.letter import Letter
from audql.mail.way import LaterError, RefusedError, UnreachableError, Way
from audql.runner import unsent
from audql.runner.letters import Desk, NoLetter
from audql.snapshot import durable
from audql.state.post import Mail, Receipts
from audql.state.store import State

_BATCH = 500
_FAILURES = 3
"""So many in a row end it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the mails of one run, and how many there are now of each kind."""

    sent: int = 0
    dropped: int = 0
    put_off: int = 0
    waiting: int = 0
    refused: int = 0
    """Set aside, now or before."""
    problems: tuple[Diagnostic, ...] = ()

    @property
    def status(self) -> int:
        return 4 if self.problems else 0


@dataclass(slots=True)
class _Counts:
    sent: int = 0
    dropped: int = 0
    put_off: int = 0
    failures: int = 0


class _Ahead:
    """Letters to come, of which the next is written while a server is at work on the last.

    What goes wrong with the next is told when that is taken: the last may have been sent, and is written down first.
    """

    def __init__(self, letters: Iterator[tuple[Mail, Letter | NoLetter]]) -> None:
        self._letters, self._next = letters, deque[tuple[Mail, Letter | NoLetter] | Exception | None]()

    def look(self) -> None:
        try:
            self._next.append(next(self._letters, None))
        except Exception as problem:
            self._next.append(problem)

    def take(self) -> tuple[Mail, Letter | NoLetter] | None:
        if not self._next:
            self.look()
        found = self._next.popleft()
        if isinstance(found, Exception):
            raise found
        return found


def deliver_mails(state: State, desk: Desk, way: Way, *, now: dt.datetime, limit: int) -> Delivery:
    """Sends what waits, at most so many. The caller holds the lock of the state."""
    counts = _Counts()
    problem: Diagnostic | None = None
    try:
        with way, state.receipts() as receipts:
            ahead = _Ahead(_ready(state, desk, now))
            while counts.sent < limit and (ready := ahead.take()) is not None:
                _one(receipts, way, *ready, now, counts, ahead)
    except UnreachableError as cut:
        problem = messages.unreachable(way.name, cut.why)
    return delivery(state, sent=counts.sent, dropped=counts.dropped, put_off=counts.put_off, problem=problem)


def delivery(
    state: State, *, sent: int = 0, dropped: int = 0, put_off: int = 0, problem: Diagnostic | None = None
) -> Delivery:
    """How things stand after sending so many."""
    box = state.box()
    found = (*([problem] if problem is not None else []), *unsent.put_off(state), *unsent.set_aside(state))
    return Delivery(sent, dropped, put_off, box.waiting, box.refused, found)


def preview_mails(
    state: State, desk: Desk, *, now: dt.datetime, limit: int, again: bool
) -> Iterator[tuple[Mail, Letter | NoLetter]]:
    """What `deliver_mails` would try: at most so many letters, and what is on the way to them. With `again` as if what
    is set aside waited."""
    ready, letters = _ready(state, desk, now, again=again), 0
    while letters < limit and (found := next(ready, None)) is not None:
        letters += isinstance(found[1], Letter)
        yield found


def _ready(
    state: State, desk: Desk, now: dt.datetime, *, again: bool = False
) -> Iterator[tuple[Mail, Letter | NoLetter]]:
    after: tuple[int, int] | None = None
    while mails := state.mails(now, _BATCH, after, again=again):
        yield from desk.letters(mails)
        after = mails[-1].run, mails[-1].recipient


def _one(
    receipts: Receipts,
    way: Way,
    mail: Mail,
    letter: Letter | NoLetter,
    now: dt.datetime,
    counts: _Counts,
    ahead: _Ahead,
) -> None:
    """Raises UnreachableError when there is no sense in going on."""
    if isinstance(letter, NoLetter):
        receipts.settle(mail, "dropped" if letter.dropped else "refused", letter.why, now)
        counts.dropped += letter.dropped
        return
    try:
        durable.step("before the mail")
        way.send(letter, ahead.look)
        durable.step("after the mail")
    except RefusedError as refused:
        counts.failures = 0
        receipts.settle(mail, "refused", refused.why, now)
    except LaterError as later:
        counts.failures = 0
        counts.put_off += receipts.put_off(mail, later.why, now)
    except UnreachableError as cut:
        counts.failures += 1
        if cut.of_mail:
            # It may have been taken, and is tried later under the same Message-ID. Others are not to wait for it.
            counts.put_off += receipts.put_off(mail, cut.why, now)
        if not cut.of_mail or counts.failures == _FAILURES:
            raise
    else:
        counts.failures = 0
        counts.sent += 1
        receipts.settle(mail, "sent", "", now)
