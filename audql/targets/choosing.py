"""A workspace → the target that it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audql.calling import CrashError, answer_of
from audql.plugins import BATCH, FeedTarget, Setup, printable
from audql.state.values import Effect
from audql.targets.file import ChangesFile
from audql.targets.target import Target, TargetError
from audql.workspace import Workspace


def target_of(workspace: Workspace) -> Target | None:
    """The target that the workspace names; without one, effects wait in the outbox.

    INVARIANT: it names one at most, which there is.
    """
    if workspace.changes_file is not None:
        return ChangesFile(workspace.changes_file)
    known = {target.name: target for plugin in workspace.plugins for target in plugin.targets}
    named = [PluginTarget(known[n], Setup(workspace.root, s)) for n, s in workspace.config.targets.of_plugins.items()]
    return named[0] if named else None


@dataclass(frozen=True, slots=True)
class PluginTarget:
    """A plugin's target: whatever it raises, nothing of the call counts as told."""

    target: FeedTarget
    setup: Setup

    @property
    def batch(self) -> int:
        return int(getattr(self.target, "batch", BATCH))

    def deliver(self, effects: Sequence[Effect]) -> None:
        try:
            answer_of(lambda: self.target.deliver(effects, self.setup))
        except CrashError as crash:
            raise TargetError(self.target.name, printable(crash.why)) from crash
