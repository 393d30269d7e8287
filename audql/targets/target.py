"""What a learning system has to do for AudQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from audql.state.values import Effect


class TargetError(Exception):
    """The target could not be told; nothing of this call counts as told."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what, why)
        self.what = what
        self.why = why


class Target(Protocol):
    """Where enrolments are made."""

    @property
    def batch(self) -> int:
        """How many effects one call gets at most."""
        ...

    def deliver(self, effects: Sequence[Effect]) -> None:
        """Carries the effects out, in order, each once by its key however often it is told. Raises TargetError."""
        ...
