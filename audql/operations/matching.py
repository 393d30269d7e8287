"""A query and people → who matches, and why someone does or not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from audql.analysis.explaining import Explanation
from audql.diagnostics import Diagnostic
from audql.operations.asked import AtHand, at_hand
from audql.operations.taking import Took


@dataclass(frozen=True, slots=True)
class Matched:
    """The ids of those who match, in the order of the people."""

    ids: tuple[str, ...]
    people: int
    took: tuple[Took, ...]
    """What each column of a CSV was taken for."""
    diagnostics: tuple[Diagnostic, ...]
    """Warnings of the file and of the query."""


@dataclass(frozen=True, slots=True)
class WhyMatches:
    """Someone and a query."""

    person: str
    name: str
    day: dt.date
    rule: Explanation
    diagnostics: tuple[Diagnostic, ...]


def match(
    query: str,
    *,
    people: str | None = None,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    zone: str | None = None,
    plugins_dir: Path | None = None,
    stdin: Callable[[], bytes] | None = None,
) -> Matched:
    """Whom the query means, among the people of a file or else of the workspace's snapshot.

    Raises CompileError for mistakes of the query and RunError for those of the file.
    """
    return match_at_hand(
        query, at_hand(people, folder=folder, now=now, day=day, zone=zone, plugins_dir=plugins_dir, stdin=stdin)
    )


def match_at_hand(query: str, asked: AtHand) -> Matched:
    compiled, warnings = asked.compile(query)
    ids = tuple(asked.people.matching(compiled).ids)
    took = asked.file.took if asked.file is not None else ()
    of_file = asked.file.diagnostics if asked.file is not None else ()
    return Matched(ids, len(asked), took, (*of_file, *warnings, *asked.absent(compiled)))


def why_matches(
    person: str,
    query: str,
    *,
    people: str | None,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    zone: str | None = None,
    plugins_dir: Path | None = None,
) -> WhyMatches:
    """Why a query means someone or not. Raises CompileError and RunError."""
    return why_at_hand(
        person, query, at_hand(people, folder=folder, now=now, day=day, zone=zone, plugins_dir=plugins_dir)
    )


def why_at_hand(person: str, query: str, asked: AtHand) -> WhyMatches:
    who = asked.person(person)
    compiled, warnings = asked.compile(query)
    (explanation,) = asked.explain([compiled], who)
    return WhyMatches(who, asked.people.name(who), asked.when.day, explanation, warnings)
