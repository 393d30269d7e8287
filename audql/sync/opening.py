"""The feed of a workspace, or what was set aside of it → its files, opened, each with which column is which field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audql.diagnostics import Diagnostic, GuardError, RunError
from audql.snapshot.schema import Table
from audql.snapshot.snapshot import Snapshot
from audql.sync import messages
from audql.sync.loading import open_part
from audql.sync.making import Part
from audql.sync.mapping import between_values, columns_of, seems_without_header
from audql.sync.row_files import FED, WAITED, all_of, first_of
from audql.sync.source import Files, Source, source_of
from audql.workspace import ElementFeed, Workspace

Parts = dict[Table, list[Part]]


@dataclass(frozen=True, slots=True)
class _Given:
    """One file of an element. `aside`: the file in which rows of it that are refused are set aside."""

    element: str
    part: ElementFeed
    source: Source | Files
    aside: str
    ours: bool = False
    column: str = ""
    """One of ours that it has, where it must."""


def open_feed(workspace: Workspace, source: Source | None, temporary: Path) -> Parts:
    """The parts of each element of the feed. Raises RunError with all that is wrong with files and their columns, and
    GuardError where it is the files alone, of which whoever maps columns is no cause."""
    given: list[_Given] = []
    for element, part, stem in parts_of(workspace):
        given += _waiting(workspace, element, part, stem)
        given.append(_Given(element, part, source or source_of(workspace, part), f"{stem}.csv"))
    return _open(workspace, given, temporary)


def open_corrected(workspace: Workspace, before: Snapshot | None, temporary: Path) -> Parts:
    """What was set aside, as deltas; of an element of which there is nothing the rows of the snapshot stay.

    Raises RunError also where there is nothing.
    """
    given: list[_Given] = []
    for element, part, stem in parts_of(workspace):
        for first in (f"{stem}.csv", f"{stem}{WAITED}.csv"):
            for path in all_of(workspace.quarantine, first):
                ours = _ours(part, f"{workspace.quarantine.name}/{path.name}")
                given.append(_Given(element, ours, Files(workspace.quarantine.parent, "csv"), path.name, ours=True))
    if not given or before is None:
        raise RunError(messages.nothing_aside())
    opened = _open(workspace, given, temporary)
    return {table: opened.get(table, []) for table in workspace.tables if table in opened or before.has(table.name)}


def parts_of(workspace: Workspace) -> Iterator[tuple[str, ElementFeed, str]]:
    """Each part of the feed with its element and a name that no other part has: that of its rows that are set aside."""
    feed = workspace.config.feed
    counts: dict[str, int] = {}
    for element, part in feed.parts() if feed else ():
        counts[element] = counts.get(element, 0) + 1
        yield element, part, element if counts[element] == 1 else f"{element}-{counts[element]}"


def _waiting(workspace: Workspace, element: str, part: ElementFeed, stem: str) -> Iterator[_Given]:
    """Rows of earlier deltas that did not count yet."""
    for path in all_of(workspace.waiting, f"{stem}.csv") if part.delta else ():
        ours = _ours(part, f"{workspace.waiting.name}/{path.name}")
        aside = f"{stem}{WAITED}{path.name.removeprefix(stem)}"
        yield _Given(element, ours, Files(workspace.waiting.parent, "csv"), aside, ours=True, column=FED)


def _ours(part: ElementFeed, file: str) -> ElementFeed:
    """The part as a delta in a file that we have written."""
    return part.model_copy(update={"file": file, "delta": True, "delimiter": ",", "encoding": "utf-8"})


def _open(workspace: Workspace, given: Sequence[_Given], temporary: Path) -> Parts:
    found: Parts = {}
    wrong: list[Diagnostic] = []
    stopped: list[Diagnostic] = []
    failed: set[tuple[str, str]] = set()
    tables = {table.name: table for table in workspace.tables}
    for one in sorted(given, key=lambda one: list(tables).index(one.element)):
        table = tables[one.element]
        if (one.part.source, one.part.file) in failed:
            continue  # a file can be of several elements
        try:
            opened = replace(open_part(one.source, one.element, one.part, temporary), aside=one.aside)
            if one.column and one.column not in opened.header:
                raise GuardError(messages.aside_unreadable(one.part.file))
        except RunError as problem:
            failed.add((one.part.source, one.part.file))
            (stopped if isinstance(problem, GuardError) else wrong).extend(problem.diagnostics)
            continue
        if one.ours:
            opened = replace(opened, written=None, waited=first_of(one.aside).endswith(f"{WAITED}.csv"))
        mistakes: list[Diagnostic] = []
        columns = columns_of(table, one.part, opened.header, mistakes)
        if mistakes and isinstance(one.source, Files) and one.source.kind == "csv":
            mistakes = _of_the_header(table, one.part, opened.header) or mistakes
        wrong += mistakes
        found.setdefault(table, []).append((one.part, opened, columns))
    for parts in found.values():
        wrong.extend(_alike(parts))
    people = found.get(tables["people"], [])
    if people and not any(opened.count or part.delta for part, opened, _ in people) and not wrong:
        stopped.extend(messages.file_empty(opened.file, "people") for _, opened, _ in people)
    if wrong:
        raise RunError(*wrong, *stopped)
    if stopped:
        raise GuardError(*stopped)
    return found


def _of_the_header(table: Table, part: ElementFeed, header: Sequence[str]) -> list[Diagnostic]:
    """What is said of a first line that is no header by the part's settings, not of each column."""
    if header[0].startswith("{"):
        return [messages.json_lines(part.file)]
    if found := between_values(header, part):
        return [messages.other_delimiter(part.file, found, part.delimiter)]
    return [messages.no_header(part.file, header)] if seems_without_header(table, header, part) else []


def _alike(parts: list[Part]) -> Iterator[Diagnostic]:
    """Fields whose names the database would take for one."""
    names: dict[str, str] = {}
    for part, _, columns in parts:
        for column, _ in columns:
            other = names.setdefault(column.name.lower(), column.name)
            if other != column.name:
                yield messages.columns_alike(part.file, column.name, other)
