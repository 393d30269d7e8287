"""A snapshot → what rules can name, per kind of reference: names, and no row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias, overload

from audql.snapshot.schema import TABLE_OF
from audql.types import Thing

Ask: TypeAlias = Callable[..., Mapping[str, Any]]
"""`Snapshot.ask`."""


def catalogue_of(ask: Ask, has: Callable[[str], bool]) -> Mapping[str, Sequence[Thing]]:
    """`person`, `org`, `position`, `learning`, `certification`, `event`, `competency`, `badge` → things by id.

    Where the feed has no table of them, what rows name is what there is.
    """
    learning = _learning(ask, has)
    return {
        "person": Everyone(ask),
        "org": _nodes(ask, has, "org"),
        "position": _nodes(ask, has, "position"),
        "learning": learning,
        "certification": _and_named(learning, "certification", ask, "certifications", "name"),
        "event": _and_named(learning, "event", ask, "attendances", "event"),
        "competency": _and_named([], "", ask, "competencies", "name"),
        "badge": _and_named([], "", ask, "badges", "name"),
    }


class Everyone(Sequence[Thing]):
    """The people, who are read when they are first looked through; there is at least one."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    @cached_property
    def _all(self) -> Sequence[Thing]:
        return _people(self._ask)

    @overload
    def __getitem__(self, at: int) -> Thing: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Thing]: ...
    def __getitem__(self, at: int | slice) -> Thing | Sequence[Thing]:
        return self._all[at]

    def __len__(self) -> int:
        return len(self._all)

    def __bool__(self) -> bool:
        return True


def _people(ask: Ask) -> Sequence[Thing]:
    found = ask(
        "SELECT id, coalesce(username, id) AS name, coalesce(email, '') AS email FROM people ORDER BY id", "people"
    )
    each = zip(found["id"].tolist(), found["name"].tolist(), found["email"].tolist(), strict=True)
    return tuple(Thing(who, name, also=(email,) if email else ()) for who, name, email in each)


def _learning(ask: Ask, has: Callable[[str], bool]) -> Sequence[Thing]:
    if has("learning"):
        found = ask("SELECT id, coalesce(name, id) AS name, kind FROM learning", "learning")
    else:
        named = " UNION ".join(f"SELECT learning, kind FROM {table}" for table in ("completions", "enrolments"))
        found = ask(f"SELECT learning AS id, learning AS name, kind FROM ({named})", "completions", "enrolments")
    each = zip(found["id"].tolist(), found["name"].tolist(), found["kind"].tolist(), strict=True)
    return _in_order(Thing(identity, name, kind=kind) for identity, name, kind in each)


def _nodes(ask: Ask, has: Callable[[str], bool], record: str) -> Sequence[Thing]:
    table = TABLE_OF[record]
    if not has(table):
        return _in_order(Thing(name, name) for name in _names(ask, "jobs", record))
    found = ask(f"SELECT id, coalesce(name, id) AS name FROM {table}", table)
    return _in_order(Thing(identity, name) for identity, name in zip(found["id"], found["name"], strict=True))


def _and_named(learning: Sequence[Thing], kind: str, ask: Ask, table: str, column: str) -> Sequence[Thing]:
    """The learning of that kind, and what a table names beside it."""
    things = [Thing(t.id, t.name) for t in learning if t.kind == kind]
    known = {t.id for t in things} | {t.name for t in things}
    return _in_order([*things, *(Thing(name, name) for name in _names(ask, table, column) - known)])


def _names(ask: Ask, table: str, column: str) -> set[str]:
    found = ask(f"SELECT DISTINCT {column} AS name FROM {table} WHERE {column} IS NOT NULL", table)
    return set(found["name"].tolist())


def _in_order(things: Iterable[Thing]) -> Sequence[Thing]:
    return tuple(sorted(things, key=lambda t: (t.id, t.kind)))
