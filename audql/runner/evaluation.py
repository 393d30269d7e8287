"""What the runner asks of an engine. Whoever runs AudQL binds one to a program's snapshot, day and zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol, TypeAlias

from audql import ir

Audiences: TypeAlias = Mapping[str, Mapping[str, dt.date]]
"""Folded name → person id → since when."""


class Engine(Protocol):
    """Evaluates rules about everyone in one snapshot, as of one day."""

    def matching(self, rule: ir.Query, audiences: Audiences) -> frozenset[str]:
        """The ids of those who match."""
        ...

    def dates(self, value: ir.Value, people: Collection[str], audiences: Audiences) -> Mapping[str, dt.date]:
        """The date of each of these people; who has none is left out."""
        ...
