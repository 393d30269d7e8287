"""Mails → lines, and the exit status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from audql.diagnostics import count
from audql.terminal import Terminal, columns

if TYPE_CHECKING:
    from audql.operations.mailing import Delivered, Previewed, WouldDeliver
    from audql.operations.running import Planned
    from audql.runner.delivering import Delivery


def planned(found: Planned, *, everyone: bool) -> Iterator[str]:
    """Whom a plan would tell, by alert; and each message."""
    made = found.plan.alerts
    if made.unfound and not found.plan.is_empty:
        yield f"\n{count(made.unfound, 'alert')} to nobody yet: who is to be told, such as a manager, is not there"
    if not made.counts:
        return
    yield f"\nMails: {count(made.mails, 'mail')}, {count(made.messages, 'message')}"
    same = groupby(made.counts, key=lambda each: (each.audience, each.clause, each.to))
    rows = []
    for (audience, clause, to), counts in same:
        about = list(counts)
        names = [found.learning.get(each.learning, each.learning[1]) for each in about if each.learning is not None]
        told = f"{', '.join(to)} {clause}{f' ({_few(names)})' if names else ''}"
        rows.append((f"{sum(each.messages for each in about):,}".rjust(6), audience, told))
    yield from columns(rows, "  ")
    if everyone:
        each = ((f"of {m.person} to {m.to}", f"{m.audience}, {m.clause}") for m in found.plan.messages())
        yield from columns(each, "      ")
    if made.unreachable:
        yield f"  {count(made.unreachable, 'message')} to people without an address: not sent"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def sent(found: Delivery) -> Iterator[str]:
    """What became of the mails."""
    parts = [
        f"{count(found.sent, 'mail')} sent" if found.sent else "",
        f"{found.dropped:,} no longer needed" if found.dropped else "",
        f"{found.put_off:,} to be tried again" if found.put_off else "",
    ]
    if told := ", ".join(part for part in parts if part):
        yield f"  {told}"
    if found.waiting:
        yield f"  {count(found.waiting, 'mail')} still to be sent"


def delivered(terminal: Terminal, found: Delivered) -> int:
    lines = [f"  told {count(found.told, 'change')}"] if found.told else []
    lines += sent(found.mails) if found.mails is not None else []
    for text in lines or ["nothing waits"]:
        terminal.out(text.strip())
    terminal.findings((*found.problems, *found.unkept), to_out=True)
    return found.status


def would_deliver(terminal: Terminal, found: WouldDeliver) -> int:
    for text in columns((m.recipient, m.subject or f"(not sent: {m.why_not})") for m in found.mails):
        terminal.out(text)
    if found.over_limit:
        terminal.sentence(f"{_wait(found.over_limit)} for another run: `[mail] limit` is {found.limit:,}")
    for each in found.put_off:
        told = f"{_wait(each.mails)} for another try, from {each.next:%Y-%m-%d %H:%M} UTC on: {each.why}"
        terminal.sentence(told)
    terminal.findings((*found.notes, *found.problems), to_out=True)
    terminal.note(f"{count(sum(bool(m.subject) for m in found.mails), 'mail')} would be sent; nothing was sent")
    return found.status


def _wait(mails: int) -> str:
    return f"{count(mails, 'mail')} {'waits' if mails == 1 else 'wait'}"


def _ended(text: str) -> str:
    """A template need not end its last line; a shell's next line begins after it."""
    return text if text.endswith("\n") else text + "\n"


def previewed(terminal: Terminal, found: Previewed, *, html: bool) -> int:
    if html:
        terminal.write(_ended(found.html))
        return 0
    terminal.out(terminal.style(f"Subject: {found.subject}", "bold"))
    terminal.out()
    terminal.write(_ended(found.text))
    terminal.note(f"in {found.language}, to {found.recipient}; the learning is invented")
    return 0
