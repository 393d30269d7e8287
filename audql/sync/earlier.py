"""The table that an element had in the snapshot before: which of its rows stay as they are, which are brought back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audql.snapshot.content import Relation
from audql.snapshot.database import quoted
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.tables import Staying, as_text
from audql.sync.draft import FROM_BEFORE, Draft, Field
from audql.sync.references import Ids
from audql.sync.returning import spell_anew
from audql.sync.texts import with_folded
from audql.types import Scalar


@dataclass(frozen=True, slots=True)
class Earlier:
    """The table that an element had in the snapshot before."""

    before: Snapshot

    def rows(self, draft: Draft, source: str | None = None) -> str | None:
        """SQL: its rows, each field under its physical name, keys as texts (`kind_of_` beside those that have one).

        A column whose type has changed since has nothing in it. `source`: a table with some of them, as they are kept.
        """
        stored = self.before.manifest.tables.get(draft.table.name)
        if stored is None:
            return None
        types = {name: (scalar, many) for name, scalar, many in stored.columns}
        chosen = ", ".join(f"{self._value(f, types)} AS {_name(f)}" for f in draft.fields.values())
        return f"SELECT {chosen} FROM {source or self.before.rows_of(draft.table.name, numbered=True)}"

    @staticmethod
    def _value(kept: Field, types: dict[str, tuple[Scalar, bool]]) -> str:
        if types.get(kept.name) != (kept.type, kept.many):
            return f"CAST(NULL AS {'VARCHAR' if kept.ids else kept.sql_type})"
        return as_text(quoted(kept.name), kept.many)


def _name(kept: Field) -> str:
    return kept.physical if kept.of == "id" else f"kind_of_{kept.physical}"


def bring_near(draft: Draft, before: Snapshot) -> None:
    """Brings `near` the rows of the snapshot before that what is fed can be about, so that no other is looked at."""
    rows, database = before.rows_of(draft.table.name, numbered=True), draft.database
    key = ", ".join(map(quoted, draft.table.key))
    database.execute(f"CREATE TABLE {draft.there} AS SELECT {key}, file_row_number AS n FROM {rows}")
    identity = draft.fields["id"].physical
    fed = " UNION ".join(
        f"SELECT {identity} AS text FROM {table} WHERE {identity} IS NOT NULL"
        for table in (draft.kept, draft.aside, draft.gone, draft.later)
    )
    alike = (
        f"SELECT n FROM ({with_folded(database, f'SELECT id AS text, n FROM {draft.there}')}) "
        f"SEMI JOIN ({with_folded(database, fed)}) USING (folded)"
    )
    # As a table, of which the database knows that it is small: it would make one of all rows otherwise.
    database.execute(f"CREATE OR REPLACE TABLE alike AS {alike}")
    draft.near = f"near_{draft.table.name}"
    database.execute(f"CREATE TABLE {draft.near} AS FROM {rows} WHERE file_row_number IN (FROM alike)")


def let_stay(draft: Draft, before: Snapshot, leaving: Sequence[str]) -> None:
    """Leaves where they are the rows of the snapshot before that none of `leaving`, SQL that follows rows, chooses."""
    rows = draft.near or before.rows_of(draft.table.name, numbered=True)
    those = " UNION ".join(f"SELECT * FROM {rows} {one}" for one in leaving)
    draft.database.execute(f"CREATE TABLE {draft.leaving} AS {those}")
    earlier = Earlier(before).rows(draft)
    draft.staying = f"{earlier} WHERE file_row_number NOT IN (SELECT file_row_number FROM {draft.leaving})"


def staying_of(draft: Draft) -> Staying | None:
    """What of the snapshot before stays as it is."""
    if draft.staying is None:
        return None
    fields = sorted(draft.fields.values(), key=lambda f: f.name)
    order = tuple(_name(draft.columns[name]) for name in draft.order)
    columns = draft.relation().columns
    return Staying(
        draft.leaving, Relation(draft.database, f"({draft.staying})", columns, tuple(map(_name, fields)), order)
    )


def number_back(draft: Draft) -> None:
    """Puts the rows of `back` into the draft, with numbers for their keys; keys that are gone are numbered anew."""
    spell_anew(draft)
    values, joins = [], []
    for name, kept in draft.columns.items():
        values.append(f"b.{name}")
        if kept.ids is not None:
            values[-1] = f"i_{name}.code"
            joins.append(_numbered(draft, name, kept.ids))
    draft.database.execute(
        f"INSERT INTO {draft.kept} SELECT {', '.join([str(FROM_BEFORE), *values])} FROM back b {' '.join(joins)}"
    )


def _numbered(draft: Draft, name: str, ids: Ids) -> str:
    kind = f", kind_of_{name} AS kind" if ids.has_kinds else ""
    ids.add(f"SELECT {name} AS id{kind} FROM back")
    kinds = f" AND i_{name}.kind = b.kind_of_{name}" if ids.has_kinds else ""
    return f"LEFT JOIN {ids.table} i_{name} ON i_{name}.id = b.{name}{kinds}"
