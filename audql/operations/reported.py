"""A verb that changes what is outside of the workspace → the report that it leaves, also where it was stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audql.binding import as_of
from audql.diagnostics import RunError
from audql.operations.reporting import Clock, Command, Log, Reporter
from audql.operations.scripts import open_workspace
from audql.operations.stopping import Interruption, StoppedError, interruption
from audql.workspace import Workspace, reports_of


@contextmanager
def reported(
    command: Command,
    folder: Path,
    plugins_dir: Path | None,
    *,
    now: dt.datetime,
    day: dt.date | None,
    log: Log,
    clock: Clock,
) -> Iterator[tuple[Workspace, Reporter]]:
    """Around a verb on a workspace. Of one that is stopped the report is made here, and StoppedError raised, or
    Interruption of what Ctrl-C or SIGTERM has ended; where there is no workspace, what was wrong with it."""
    try:
        workspace = open_workspace(folder, plugins_dir)
    except (Exception, KeyboardInterrupt) as problem:
        # Without a workspace there is no zone, and so no day unless one was given.
        reporter = Reporter(command, now, day, log, clock, reports_of(folder))
        _stopped(reporter, problem)
        raise
    reporter = Reporter(command, now, as_of(day or now, workspace.zone, now).day, log, clock, workspace.reports)
    try:
        yield workspace, reporter
    except (Exception, KeyboardInterrupt) as problem:
        if stopped := _stopped(reporter, problem):
            raise stopped from problem
        raise


def _stopped(reporter: Reporter, problem: Exception | KeyboardInterrupt) -> StoppedError | None:
    """Makes the report; what there is to be raised of it, None of a bug. Raises Interruption."""
    ended = interruption(problem)
    error = ended or problem
    report = reporter.stopped(error)
    stopped = StoppedError(error, reporter.feed, report, reporter.unkept) if isinstance(error, RunError) else None
    if ended is not None and stopped is not None:
        raise Interruption(stopped) from problem
    return stopped
