"""Compiled scripts: audiences in the order in which their members can be decided."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from audql import ir
from audql.diagnostics import Diagnostic
from audql.source import Span
from audql.syntax.ast import Holding, MomentKind, OnLeaving, Unit
from audql.syntax.scripts import Test


@dataclass(frozen=True, slots=True)
class ByHand:
    """People who are in (`include`) or out (`exclude`) by hand, through the day `until`."""

    people: tuple[str, ...]
    """Each an id, username or email, as written; in a workspace the ids."""
    until: dt.date | None
    because: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Due:
    """A fixed day; or `count` units after (negative: before) an anchor, None for the day of joining."""

    day: dt.date | None
    count: int = 0
    unit: Unit = Unit.DAY
    anchor: ir.Value | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `enrol in`. `learning` is the catalogue's id in a workspace, else the name as written."""

    kind: str
    learning: str
    role: str
    due: Due | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Alert:
    """One `notify`."""

    recipients: tuple[str, ...]
    moment: MomentKind
    count: int
    unit: Unit
    template: str
    span: Span = field(compare=False, repr=False)


POPULATION = "audql.toml (population)"
"""The source of what a workspace adds to every rule."""


@dataclass(frozen=True, slots=True)
class Audience:
    """An audience whose script compiled. `rule` already has the workspace's population in it."""

    name: str
    was: tuple[str, ...]
    about: str
    owners: tuple[str, ...]
    tags: tuple[str, ...]
    rule: ir.Query | None
    listed: tuple[str, ...]
    """The people of `members`, by id in a workspace."""
    includes: tuple[ByHand, ...]
    excludes: tuple[ByHand, ...]
    active_from: dt.date | None
    active_until: dt.date | None
    holding: Holding | None
    assignments: tuple[Assignment, ...]
    on_leaving: OnLeaving
    alerts: tuple[Alert, ...]
    needs: tuple[str, ...]
    """Folded names of the audiences that the rule speaks of."""
    file: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Retirement:
    """One `retire`."""

    name: str
    action: OnLeaving
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Frozen:
    """An audience that the scripts name but that could not be compiled: it stays as it was."""

    name: str
    reason: str
    """One line: the code and message of the first error."""
    span: Span | None = field(default=None, compare=False, repr=False)
    """Where that is."""


@dataclass(frozen=True, slots=True)
class Program:
    """All scripts of a workspace, or one script.

    INVARIANT: an audience comes after every audience that it needs. Names are unique when folded.
    """

    audiences: tuple[Audience, ...]
    retirements: tuple[Retirement, ...]
    frozen: tuple[Frozen, ...]
    broken_files: tuple[str, ...]
    """Files that did not parse whole, or whose imports failed: audiences last seen there stay as they were."""
    tests: tuple[Test, ...]
    diagnostics: tuple[Diagnostic, ...]
    digest: str
    """Names the content: the hex SHA-256 of all that was compiled and of AudQL's version."""
