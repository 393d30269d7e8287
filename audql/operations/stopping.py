"""How far a verb came before it was stopped → what the error says was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic, RunError
from audql.operations import messages
from audql.snapshot.disk import is_full
from audql.snapshot.messages import disk_full
from audql.snapshot.store import current_name
from audql.workspace import Workspace

if TYPE_CHECKING:
    from audql.state.values import Run
    from audql.sync.sync import SyncReport


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
    """Around a verb: an error of it says what had been done by then. `whole`: it is to apply a plan."""
    stage = Stage(workspace)
    try:
        try:
            yield stage
        except OSError as problem:
            if not isinstance(problem.filename, str) or not problem.strerror:
                raise
            said = problem.strerror[:1].lower() + problem.strerror[1:]
            full = is_full(problem)
            raise RunError(
                disk_full(problem.filename) if full else messages.cannot_use(problem.filename, said)
            ) from problem
    except RunError as error:
        if done := stage.done(whole=whole):
            raise error.after(done) from error
        raise
