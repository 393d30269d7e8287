"""A state and the reports beside it → whether it is older than what was done, as a copy that was put back is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from audql.diagnostics import UNCHANGED, Diagnostic, GuardError, Severity
from audql.operations import messages
from audql.operations.last_report import last_run
from audql.runner.allowing import RESTORED
from audql.state.store import State
from audql.workspace import Workspace


def require_recent(workspace: Workspace, state: State, allow: Collection[str], *, saved: bool = False) -> None:
    """Raises GuardError where the state does not know of the last run of which there is a report, and `restored` is not
    allowed. `saved`: the plan to be applied is from a file."""
    if RESTORED not in allow and (older := _older(workspace, state, saved=saved)) is not None:
        raise GuardError(older)


def last_number(workspace: Workspace) -> int:
    """Of the last run of which there is a report; 0 where there is none."""
    reported = last_run(workspace.reports)
    return reported.number if reported is not None else 0


def if_older(workspace: Workspace, state: State) -> tuple[Diagnostic, ...]:
    """The same as a warning, for who only looks."""
    older = _older(workspace, state)
    if older is None:
        return ()
    hint = older.hint.removeprefix(f"{UNCHANGED}; ")
    return (replace(older, severity=Severity.WARNING, hint=hint),)


def _older(workspace: Workspace, state: State, *, saved: bool = False) -> Diagnostic | None:
    reported, known = last_run(workspace.reports), state.runs(1)
    last = known[0].number if known else 0
    # INVARIANT: a run has its number in the state before it has a report, and an apply gives no number up to that of
    # the last report, so that one `--allow restored` is enough.
    if reported is None or reported.number <= last:
        return None
    folder = f"{workspace.reports.parent.name}/{workspace.reports.name}"
    return messages.older_state(last, reported.number, reported.at.astimezone(workspace.zone), folder, saved=saved)
