"""Rows that were set aside, or that wait for their day → what they say of someone, and the same files without them."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from audql.snapshot import durable
from audql.state.erased import Erased
from audql.sync.naming import names_someone, naming_people
from audql.sync.opening import parts_of
from audql.sync.row_files import ABOUT, FED, WAITED, all_of, first_of, said, under_header, write_rows
from audql.workspace import ElementFeed, Workspace

_PEOPLE = "people"


def asides(workspace: Workspace) -> list[Path]:
    """The files that there are."""
    return [path for folder in (workspace.quarantine, workspace.waiting) for path in sorted(folder.glob("*.csv"))]


def require_readable(workspace: Workspace) -> None:
    """Raises GuardError for a file that someone has saved in another form, in which nobody would be found."""
    for path in asides(workspace):
        under_header(path, ABOUT[0] if path.parent == workspace.quarantine else FED)


def values_in(path: Path) -> Iterator[list[str]]:
    """Of each row what the feed said, without what AudQL has put before it."""
    return ([value for _, value in said(row)] for row in under_header(path))


def told_of_people(workspace: Workspace, chosen: Callable[[str], bool]) -> Iterator[Mapping[str, str]]:
    """Of each row of people whose id is chosen: field → value, of the fields that say who someone is."""
    for element, part, stem in parts_of(workspace):
        asides = ((workspace.quarantine, ""), (workspace.quarantine, WAITED), (workspace.waiting, ""))
        for folder, which in asides if element == _PEOPLE else ():
            for row in (row for path in all_of(folder, f"{stem}{which}.csv") for row in _people_in(path, part)):
                if chosen(row.get("id", "")):
                    yield row


def without(workspace: Workspace, path: Path, erased: Erased) -> int:
    """Takes rows out in which someone erased is named; how many."""
    rows, naming = list(under_header(path)), _naming(workspace, path)
    kept = [row for row in rows if not names_someone(row, naming, erased)]
    if len(kept) < len(rows):
        out = io.StringIO()
        write_rows(out, [rows[0][0], *(values for _, values in kept)])
        durable.write_text(path, out.getvalue())
    return len(rows) - len(kept)


def _naming(workspace: Workspace, path: Path) -> Collection[str] | None:
    """The columns of a file in which people are named; None where no part of the feed is known to have them."""
    tables = {table.name: table for table in workspace.tables}
    for element, part, stem in parts_of(workspace):
        if first_of(path.name) in (f"{stem}.csv", f"{stem}{WAITED}.csv"):
            columns = {column.name: column.name for column in tables[element].columns}
            return naming_people(tables[element], {**columns, **{n: one.column for n, one in part.columns.items()}})
    return None


def _people_in(path: Path, part: ElementFeed) -> Iterator[Mapping[str, str]]:
    columns = {
        field: mapping.column if (mapping := part.columns.get(field)) is not None else field
        for field in ("id", "username", "email", "first_name", "last_name", "full_name")
    }
    for row in under_header(path):
        by_column = dict(said(row))
        yield {field: by_column[column] for field, column in columns.items() if column and by_column.get(column)}
