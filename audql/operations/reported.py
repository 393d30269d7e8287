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
from audql.operations.stopping import StoppedError
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
    """Around a verb on a workspace. Of one that is stopped the report is made here, and StoppedError raised; where
    there is no workspace, what was wrong with it."""
    try:
        workspace = open_workspace(folder, plugins_dir)
    except Exception as problem:
        # Without a workspace there is no zone, and so no day unless one was given.
        Reporter(command, now, day, log, clock, reports_of(folder)).stopped(problem)
        raise
    reporter = Reporter(command, now, as_of(day or now, workspace.zone, now).day, log, clock, workspace.reports)
    try:
        yield workspace, reporter
    except Exception as problem:
        report = reporter.stopped(problem)
        if isinstance(problem, RunError):
            raise StoppedError(problem, reporter.feed, report, reporter.unkept) from problem
        raise
