"""Rows of a snapshot → what rules can name, per kind of reference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from audql.snapshot.records import ReadRows
from audql.snapshot.schema import TABLE_OF
from audql.types import Thing


def catalogue_of(rows: ReadRows, has: Callable[[str], bool]) -> Mapping[str, Sequence[Thing]]:
    """`person`, `org`, `position`, `learning`, `certification`, `event`, `competency`, `badge` → things by id.

    Where the feed has no table of them, what rows name is what there is.
    """
    learning = [
        Thing(str(row["id"]), str(row.get("name", row["id"])), kind=str(row["kind"])) for row in rows("learning")
    ]
    if not has("learning"):
        named = {
            (str(row["learning"]), str(row["kind"])) for table in ("completions", "enrolments") for row in rows(table)
        }
        learning = [Thing(name, name, kind=kind) for name, kind in named]
    return {
        "person": _in_order(
            Thing(
                str(row["id"]),
                str(row.get("username", row["id"])),
                also=(str(row["email"]),) if "email" in row else (),
            )
            for row in rows("people")
        ),
        "org": _nodes(rows, has, "org"),
        "position": _nodes(rows, has, "position"),
        "learning": _in_order(learning),
        "certification": _and_named(learning, "certification", rows, "certifications", "name"),
        "event": _and_named(learning, "event", rows, "attendances", "event"),
        "competency": _and_named([], "", rows, "competencies", "name"),
        "badge": _and_named([], "", rows, "badges", "name"),
    }


def _nodes(rows: ReadRows, has: Callable[[str], bool], record: str) -> Sequence[Thing]:
    if has(TABLE_OF[record]):
        return _in_order(Thing(str(row["id"]), str(row.get("name", row["id"]))) for row in rows(TABLE_OF[record]))
    return _in_order(Thing(name, name) for name in {str(row[record]) for row in rows("jobs") if record in row})


def _and_named(learning: Sequence[Thing], kind: str, rows: ReadRows, table: str, column: str) -> Sequence[Thing]:
    """The learning of that kind, and what a table names beside it."""
    things = [Thing(t.id, t.name) for t in learning if t.kind == kind]
    known = {t.id for t in things} | {t.name for t in things}
    named = {str(row[column]) for row in rows(table)} - known
    return _in_order([*things, *(Thing(name, name) for name in named)])


def _in_order(things: Iterable[Thing]) -> Sequence[Thing]:
    return tuple(sorted(things, key=lambda t: (t.id, t.kind)))
