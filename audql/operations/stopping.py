"""How far a verb came before it was stopped → what the error says was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic, RunError
from audql.interrupting import SIGTERM, interrupted_by
from audql.operations import messages
from audql.snapshot.disk import is_full
from audql.snapshot.messages import disk_full
from audql.snapshot.store import current_name
from audql.workspace import Workspace

if TYPE_CHECKING:
    from audql.state.values import Run
    from audql.sync.sync import SyncReport


class InterruptError(RunError):
    """Ctrl-C has ended it."""

    status = 130


class TerminateError(InterruptError):
    """SIGTERM has."""

    status = 143


class StoppedError(RunError):
    """A run that was stopped by a problem, whose status it has: that of a guard, say.

    `synced` is what became of the feed, where it was read; `report` is the run's own, and `unkept` why it could not be
    kept.
    """

    def __init__(
        self,
        problem: RunError,
        synced: SyncReport | None,
        report: Mapping[str, object],
        unkept: tuple[Diagnostic, ...] = (),
    ) -> None:
        super().__init__(*problem.diagnostics, *unkept, done=problem.done)
        self.status = problem.status
        self.synced = synced
        self.report = report


class Interruption(KeyboardInterrupt):
    """Ctrl-C or SIGTERM has ended a verb that leaves a report. As what Ctrl-C raises, nobody takes it for an error of
    the input. `stopped` has the status, the report, and what was done by then."""

    def __init__(self, stopped: StoppedError) -> None:
        super().__init__(stopped)
        self.stopped = stopped


def interruption(problem: BaseException) -> InterruptError | None:
    """What is said of Ctrl-C and SIGTERM; None of anything else."""
    if isinstance(problem, InterruptError):
        return problem
    by = interrupted_by(problem)
    kind = TerminateError if by == SIGTERM else InterruptError
    return kind(messages.interrupted(by)) if by else None


class Stage:
    """How far a verb has come on a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._snapshots = workspace.snapshots
        self._before = current_name(self._snapshots)
        self._run: int | None = None
        self._delivers = False

    def begins(self) -> None:
        """From here on a snapshot that counts is one that was read."""
        self._before = current_name(self._snapshots)

    def applied(self, run: Run) -> None:
        """A plan has been carried out."""
        self._run = run.number
        self.delivers()

    def delivers(self) -> None:
        """From here on something may have been told or sent."""
        self._delivers = True

    def done(self, *, whole: bool) -> str:
        """What stays done; nothing where nothing was. `whole`: a plan was to be applied, too."""
        now = current_name(self._snapshots)
        read = now if now != self._before else None
        return messages.done(read, self._run, delivering=self._delivers, whole=whole)


@contextmanager
def stages(workspace: Workspace, *, whole: bool = True) -> Iterator[Stage]:
    """Around a verb: an error of it says what had been done by then. `whole`: it is to apply a plan, or to deliver, and
    says that of Ctrl-C and SIGTERM, too."""
    stage = Stage(workspace)
    try:
        yield stage
    except (Exception, KeyboardInterrupt) as problem:
        error = (interruption(problem) if whole else None) or _error_of(problem)
        if error is None:
            raise
        done = stage.done(whole=whole)
        raise (error.after(done) if done else error) from (problem if error is not problem else problem.__cause__)


def _error_of(problem: BaseException) -> RunError | None:
    """What is said of a file or a disk; None of a bug."""
    match problem:
        case RunError():
            return problem
        case OSError(filename=str() as path, strerror=str() as why) if why:
            if is_full(problem):
                return RunError(disk_full(path))
            return RunError(messages.cannot_use(path, why[:1].lower() + why[1:]))
        case _:
            return None
