"""One element of a feed while it is being checked: its rows as typed columns in the database."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from audql.snapshot.content import Relation
from audql.snapshot.database import number
from audql.snapshot.links import Link
from audql.snapshot.schema import Table
from audql.snapshot.tables import SQL_TYPES
from audql.sync.loading import Loaded
from audql.sync.messages import Refusal
from audql.sync.rewriting import Lines
from audql.types import Scalar

if TYPE_CHECKING:
    import duckdb

    from audql.sync.ownerless import Ownerless
    from audql.sync.references import Ids

FROM_BEFORE = -1
"""The `row` of those that come from the snapshot before."""

_ORDER = {True: ("kind", "id"), False: ("kind", "learning", "person")}
"""What rows with a key, and those that belong to people, are sorted by: what an engine looks for first."""

Say: TypeAlias = Callable[[str, int, str], Refusal]
"""File, line and column → what is said there."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column. `physical`: its name in the database, where it is a number of `ids` in the place of a key.

    `of`: which column of `ids` has the value: a row of learning has an id and a kind, and one number for both.
    """

    name: str
    type: Scalar
    many: bool
    physical: str
    ids: Ids | None = None
    of: str = "id"

    @property
    def sql_type(self) -> str:
        return "INTEGER" if self.ids else "VARCHAR" if self.many else SQL_TYPES[self.type]


@dataclass(frozen=True, slots=True)
class Placed:
    """Rows of one part, from `start` on. `columns`: field → the file's name of its column."""

    start: int
    loaded: Loaded
    columns: Mapping[str, str]


@dataclass(slots=True)
class Draft:
    """Rows that count are in the table `kept`, refused ones in `aside`, in `gone` those that say that they are no more,
    in `later` those that do not count yet; all have `row`, then the fields' columns."""

    database: duckdb.DuckDBPyConnection
    table: Table
    fields: Mapping[str, Field]
    parts: list[Placed] = field(default_factory=list)
    unread: int = 0
    """Refused rows of which not even the owner could be told."""
    refusals: list[Refusal] = field(default_factory=list)
    ownerless: list[Ownerless] = field(default_factory=list)
    """Their rows are in none of the tables."""
    set_aside: int = 0
    postponed: list[int] = field(default_factory=list)
    """Those of `later` that do not count yet because something that they name does not."""
    erased: frozenset[str] = frozenset()
    """Folded ids of those who were erased and are in the feed."""
    remembers: bool = False
    """Whether rows of earlier deltas are among them, so that it is noted of each when it was fed."""
    left_out: list[Link] = field(default_factory=list)
    """Links to managers that are in the rows, and are not to be read."""
    near: str | None = None
    """A table of the rows of the snapshot before, as they are kept and numbered, whose ids are, but for capitals, fed;
    of a delta of a table with a key."""
    staying: str | None = None
    """SQL: rows of the snapshot before that stay as they are and are in none of the tables, each field under its
    physical name, keys as texts; `leaving` has its other rows. None where all are in the tables."""

    def __post_init__(self) -> None:
        columns = ", ".join(["row INTEGER", *(f"{name} {f.sql_type}" for name, f in self.columns.items())])
        for name in (self.kept, self.aside, self.gone, self.later):
            self.database.execute(f"CREATE TABLE {name} ({columns})")
        self.database.execute(f"CREATE TABLE {self.since} (row INTEGER, day DATE, round INTEGER)")
        self.database.execute(f"CREATE TABLE {self.written} (row INTEGER, text VARCHAR)")

    @property
    def columns(self) -> Mapping[str, Field]:
        """By physical name."""
        return {f.physical: f for f in self.fields.values()}

    @property
    def kept(self) -> str:
        return f"kept_{self.table.name}"

    @property
    def aside(self) -> str:
        return f"aside_{self.table.name}"

    @property
    def gone(self) -> str:
        return f"gone_{self.table.name}"

    @property
    def later(self) -> str:
        return f"later_{self.table.name}"

    @property
    def leaving(self) -> str:
        """The rows of the snapshot before that do not stay as they are, and their numbers, as `file_row_number`."""
        return f"leaving_{self.table.name}"

    @property
    def there(self) -> str:
        """Where there is `near`: the keys of all rows of the snapshot before, and their numbers, as `n`; once it is
        known which of them stay, the keys of all rows that count."""
        return f"there_{self.table.name}"

    @property
    def all_rows(self) -> str:
        """SQL: the rows that count, of a table with a key."""
        if self.staying is None:
            return self.kept
        return f"(SELECT * FROM {self.kept} UNION ALL BY NAME SELECT {FROM_BEFORE} AS row, * FROM ({self.staying}))"

    @property
    def since(self) -> str:
        """From which day on rows count, and in which round they were fed: those that waited in the order of their
        feeds, those of this feed last. Of all rows where a part says a day, or waited."""
        return f"since_{self.table.name}"

    @property
    def written(self) -> str:
        """The ids of rows as they were written, where they were not written alike everywhere."""
        return f"written_{self.table.name}"

    @property
    def key(self) -> tuple[str, ...]:
        """The physical columns of the key."""
        return tuple(self.fields[name].physical for name in self.table.key)

    def number(self, query: str) -> int:
        """The one number that a query gives."""
        return number(self.database, query)

    def refuse(self, found: Sequence[tuple[int, str, Say]]) -> None:
        """Rows, each with the field that is wrong and what is said of it. They stay where they are until `move`."""
        if not found:
            return  # a draft of what is not fed has no parts
        for row, (file, line, column), say in self._placed(found):
            assert row >= 0
            self.refusals.append(say(file, line, column))

    def move(self, rows: Iterable[int]) -> None:
        """Sets rows aside."""
        self.set_aside += self._move(rows, (self.kept, self.gone, self.later), self.aside)

    def postpone(self, rows: Iterable[int]) -> None:
        """Lets rows wait for what they name."""
        found = set(rows)
        self._move(found, (self.kept, self.gone), self.later)
        self.postponed.extend(found)

    def _move(self, rows: Iterable[int], sources: Sequence[str], target: str) -> int:
        """From these tables, where each is in one; how many."""
        numbers = np.fromiter(set(rows), np.int32)
        if not len(numbers):
            return 0
        self.database.register("moving", {"row": numbers})
        for table in sources:
            those = f"FROM {table} WHERE row IN (SELECT row FROM moving)"
            self.database.execute(f"INSERT INTO {target} SELECT * {those}")
            self.database.execute(f"DELETE {those}")
        self.database.unregister("moving")
        return len(numbers)

    def leave_out(self, rows: Iterable[int]) -> None:
        """Lets rows go, so that they are in none of the tables."""
        self.database.register("left_out", {"row": np.fromiter(set(rows), np.int32)})
        for table in (self.kept, self.gone):
            self.database.execute(f"DELETE FROM {table} WHERE row IN (SELECT row FROM left_out)")
        self.database.unregister("left_out")

    def renumber(self, ids: Ids, before: str) -> None:
        """Puts the numbers of `ids` in the place of those that a table has, which they were before."""
        same = " AND ".join(f"o.{name} = n.{name}" for name in (("id", "kind") if ids.has_kinds else ("id",)))
        for name in (name for name, one in self.columns.items() if one.ids is ids):
            for table in (self.kept, self.aside, self.gone, self.later):
                self.database.execute(
                    f"UPDATE {table} AS t SET {name} = n.code FROM {before} o JOIN {ids.table} n ON {same} "
                    f"WHERE t.{name} = o.code"
                )

    def drop(self) -> None:
        for name in (self.kept, self.aside, self.gone, self.later, self.since, self.written):
            self.database.execute(f"DROP TABLE {name}")

    def lines_of(self, rows: Lines) -> Lines:
        """The line of each row in its part; a part may be read for it, so all that are wanted are asked for at once."""
        lines = np.zeros(len(rows), np.int64)
        for part, after in zip(self.parts, [*(p.start for p in self.parts[1:]), np.iinfo(np.int64).max], strict=True):
            here = (rows >= part.start) & (rows < after)
            if here.any():
                lines[here] = part.loaded.lines_of(rows[here] - part.start)
        return lines

    @property
    def order(self) -> Sequence[str]:
        """All physical columns, in the order in which rows are sorted by them."""
        first = (self.fields[name].physical for name in _ORDER[bool(self.table.key)] if name in self.fields)
        return tuple(dict.fromkeys([*first, *self.columns]))

    def relation(self) -> Relation:
        """The rows that count, keys in the place of their numbers."""
        fields = sorted(self.fields.values(), key=lambda f: f.name)
        joins = [
            f"LEFT JOIN {f.ids.table} i_{name} ON i_{name}.code = k.{name}" for name, f in self.columns.items() if f.ids
        ]
        return Relation(
            self.database,
            " ".join([f"{self.kept} k", *joins]),
            tuple((f.name, f.type, f.many) for f in fields),
            tuple(f"i_{f.physical}.{f.of}" if f.ids else f"k.{f.physical}" for f in fields),
            tuple(value for name in self.order for value in self._order_by(name)),
        )

    def _order_by(self, name: str) -> Sequence[str]:
        """SQL: keys are in the order of their numbers, if these are in order."""
        ids = self.columns[name].ids
        if ids is None or ids.is_complete:
            return (f"k.{name}",)
        return (f"i_{name}.id", f"i_{name}.kind") if ids.has_kinds else (f"i_{name}.id",)

    def _part(self, row: int) -> Placed:
        return self.parts[bisect_right(self.parts, row, key=lambda part: part.start) - 1]

    def _placed(self, found: Sequence[tuple[int, str, Say]]) -> Iterable[tuple[int, tuple[str, int, str], Say]]:
        rows = np.fromiter((row for row, _, _ in found), np.int64, len(found))
        for (row, name, say), line in zip(found, self.lines_of(rows).tolist(), strict=True):
            part = self._part(row)
            yield row, (part.loaded.file, line, part.columns.get(name, name)), say
