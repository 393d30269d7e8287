"""The outbox of mails → what is to be said of those that are put off or set aside. It needs no template."""

from __future__ import annotations

from audql.diagnostics import Diagnostic
from audql.mail import messages
from audql.state.store import State

_SOME = 5


def put_off(state: State) -> tuple[Diagnostic, ...]:
    """What was tried and waits, if anything does."""
    found = sorted(state.put_off(), key=lambda each: (-each.mails, each.why))
    if not found:
        return ()
    reasons = [(each.mails, each.why) for each in found]
    return (messages.put_off(reasons, min(each.next for each in found)),)


def set_aside(state: State) -> tuple[Diagnostic, ...]:
    """What was refused, if anything was."""
    refused = state.box().refused
    return (messages.set_aside(refused, state.refused(_SOME)),) if refused else ()
