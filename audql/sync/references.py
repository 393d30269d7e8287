"""What a feed writes for another row (an id, a name, an email) → the number of that row's key, or a refusal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from audql.snapshot.database import quoted
from audql.snapshot.snapshot import Snapshot
from audql.sync import messages
from audql.sync.draft import Draft, Say
from audql.sync.texts import with_folded
from audql.text import fold, nearest

_MANY = 1 << 30
"""More than there are of anything."""
_MOST_SUGGESTIONS = 20
"""For the first few unknown names only: each search reads all words."""


class Ids:
    """The keys of one element's rows that count, numbered in their order, and the names that stand for them.

    Its table has `code` and `id`, and `kind` where that is part of the key. What the snapshot before refers to and is
    gone is numbered too, from `known` on. Where most rows stay as they were, keys are numbered when they are wanted,
    and in the order in which they are: mostly few are.
    """

    def __init__(self, draft: Draft, names: Sequence[str], before: Snapshot | None) -> None:
        self.what = draft.table.name
        self.table = f"ids_{self.what}"
        self.has_kinds = "kind" in draft.table.key
        self._draft = draft
        self._before = before
        self._new: str | None = None
        self._columns = names
        self._names = [draft.fields[name].physical for name in names]
        self._database = draft.database
        self._key = ", ".join(draft.table.key)
        self._fed = ", ".join(f"{draft.fields[name].physical} AS {name}" for name in draft.table.key)
        self._there: str | None = None
        self.known = _MANY
        if draft.staying is None:
            self._number(f"(SELECT DISTINCT {self._fed} FROM {draft.kept})")
        else:
            self._there = draft.there
            self._database.execute(
                f"CREATE OR REPLACE TABLE {self.table} AS SELECT CAST(0 AS INTEGER) AS code, {self._key} "
                f"FROM {draft.there} WHERE false"
            )
        self._ways: str | None = None
        self._set_aside: frozenset[str] | None = None
        self._deleted: frozenset[str] | None = None
        self._later: frozenset[str] | None = None

    @property
    def is_complete(self) -> bool:
        """Whether all that are there are numbered."""
        return self._there is None

    @property
    def there(self) -> str:
        """SQL: the keys of the rows that count."""
        return self._there or f"(SELECT {self._key} FROM {self.table} WHERE code < {self.known})"

    @property
    def gone(self) -> str:
        """SQL: the keys of the snapshot before that are no more; none where there was none."""
        if self._before is None or not self._before.has(self.what):
            return f"(SELECT {self._key} FROM {self.table} WHERE false)"
        return f"(SELECT {self._key} FROM {self._changed()} ANTI JOIN {self.there} USING ({self._key}))"

    def _changed(self) -> str:
        """SQL: the rows of the snapshot before that do not stay as they are, or all of them."""
        assert self._before is not None
        return self._draft.leaving if self._draft.staying is not None else self._before.rows_of(self.what)

    def want(self, query: str) -> None:
        """Makes sure that those of which a query gives the `id`, and that are there, have a number."""
        if self._there is not None:
            numbered = f"SELECT id FROM {self.table} WHERE code < {self.known}"
            self._database.execute(
                f"INSERT INTO {self.table} BY NAME WITH asked AS MATERIALIZED ("
                f"SELECT DISTINCT id FROM ({query}) WHERE id IS NOT NULL AND id NOT IN ({numbered})) "
                f"SELECT (SELECT coalesce(max(code) FILTER (code < {self.known}), -1) FROM {self.table}) "
                f"+ CAST(row_number() OVER (ORDER BY {self._key}) AS INTEGER) AS code, {self._key} "
                f"FROM {self._there} SEMI JOIN asked USING (id)"
            )

    def number_all(self) -> str:
        """Numbers all that are there, in the order of their keys, and those that are gone after them. Gives the table
        of the numbers before."""
        was = f"{self.table}_before"
        self._database.execute(f"CREATE OR REPLACE TABLE {was} AS FROM {self.table}")
        gone = f"SELECT {self._key} FROM {was} WHERE code >= {self.known} ORDER BY code"
        self._number(self.there)
        self._database.execute(
            f"INSERT INTO {self.table} BY NAME "
            f"SELECT CAST({self.known} + row_number() OVER () - 1 AS INTEGER) AS code, * FROM ({gone})"
        )
        self._there = None
        return was

    def _number(self, keys: str) -> None:
        self._database.execute(
            f"CREATE OR REPLACE TABLE {self.table} AS "
            f"SELECT CAST(row_number() OVER (ORDER BY {self._key}) - 1 AS INTEGER) AS code, {self._key} FROM {keys}"
        )
        self.known = self._draft.number(f"SELECT count(*) FROM {self.table}")

    def add(self, query: str) -> None:
        """Numbers those that a query gives (`id`, and `kind`), also those that are not there."""
        self.want(query)
        columns = "id, kind" if self.has_kinds else "id"
        last = f"(SELECT greatest(coalesce(max(code), -1), {self.known - 1}) FROM {self.table})"
        # They are few: looked for among all, and not all among them, of which the database would make a table first.
        self._database.execute(
            f"INSERT INTO {self.table} BY NAME "
            f"WITH asked AS MATERIALIZED (SELECT DISTINCT {columns} FROM ({query}) WHERE id IS NOT NULL), "
            f"there AS MATERIALIZED (SELECT {columns} FROM {self.table} SEMI JOIN asked USING ({columns})) "
            f"SELECT {last} + CAST(row_number() OVER (ORDER BY {columns}) AS INTEGER) AS code, * "
            f"FROM asked ANTI JOIN there USING ({columns})"
        )

    def find(self, asked: str, target: str) -> None:
        """Makes the table `target` of a table `asked` (`text` and `kind`): with `code`, or NULL where there is none or
        more than one; `shared` has those then. The surest way comes first: exactly an id, as text an id, then names."""
        ways, folded = self._ways_there(), with_folded(self._database, f"FROM {asked}")
        self.want(f"SELECT text AS id FROM {asked} UNION ALL SELECT id FROM {ways} SEMI JOIN ({folded}) USING (folded)")
        kinds = "AND (q.kind IS NULL OR q.kind = i.kind)" if self.has_kinds else ""
        same = " AND ".join(f"i.{name} = w.{name}" for name in self._draft.table.key)
        self._database.execute(
            f"CREATE OR REPLACE TABLE {target} AS "
            f"WITH q AS ({folded}), "
            "hit AS ("
            f"SELECT q.text, q.kind, -1 AS way, i.code FROM q JOIN {self.table} i ON i.id = q.text {kinds} "
            f"WHERE i.code < {self.known} UNION ALL "
            f"SELECT q.text, q.kind, w.way, i.code FROM q JOIN {ways} w ON w.folded = q.folded "
            f"JOIN {self.table} i ON {same} {kinds}), "
            "best AS (SELECT text, kind, min(way) AS way FROM hit GROUP BY text, kind), "
            "found AS (SELECT hit.text, hit.kind, min(code) AS code, count(DISTINCT code) AS many, "
            "list(DISTINCT code) AS codes FROM hit JOIN best ON best.text = hit.text AND best.way = hit.way "
            "AND best.kind IS NOT DISTINCT FROM hit.kind GROUP BY hit.text, hit.kind) "
            "SELECT q.*, CASE WHEN many = 1 THEN code END AS code, CASE WHEN many > 1 THEN codes END AS shared "
            "FROM q LEFT JOIN found ON found.text = q.text AND found.kind IS NOT DISTINCT FROM q.kind"
        )

    def named(self, codes: Sequence[int]) -> list[str]:
        """How those that share a text are told."""
        name = "kind || ' ' || id" if self.has_kinds else "id"
        return [
            row[0]
            for row in self._database.execute(
                f"SELECT {name} FROM {self.table} WHERE code IN (SELECT unnest(?))", [list(codes)]
            ).fetchall()
        ]

    def words(self, near: str, kind: str | None) -> list[str]:
        """The names that can be the nearest to a text, as they are written: those that are no more edits away than
        `nearest` takes, and all that are not ASCII."""
        sought = fold(near)
        most = max(1, len(sought) // 3)
        where = "" if kind is None else f"AND {self._draft.fields['kind'].physical} = $kind"
        found: dict[str, None] = {}
        for name in self._names:
            for (word,) in self._database.execute(
                f"SELECT {name} FROM {self._draft.all_rows} WHERE {name} IS NOT NULL {where} AND CASE "
                f"WHEN strlen({name}) <> length({name}) THEN true "
                f"WHEN abs(length({name}) - length($sought)) > {most} THEN false "
                f"ELSE damerau_levenshtein(lower({name}), $sought) <= {most} END ORDER BY row",
                {"sought": sought} | ({} if kind is None else {"kind": kind}),
            ).fetchall():
                found.setdefault(word)
        return list(found)

    @property
    def set_aside(self) -> frozenset[str]:
        """Folded ids whose rows were refused, or say that they are no more, and that are not there otherwise: rows that
        name them go along."""
        if self._set_aside is None:
            identity = self._draft.fields["id"].physical
            gone = self._database.execute(
                f"SELECT {identity} FROM {self._draft.aside} WHERE {identity} IS NOT NULL UNION "
                f"SELECT {identity} FROM {self._draft.gone}"
            ).fetchall()
            self._set_aside = self._not_there({fold(text) for (text,) in gone}, "way = 0")
        return self._set_aside

    @property
    def deleted(self) -> frozenset[str]:
        """Those of `set_aside` of which nothing was refused, and the names that they had: a delta says that they are no
        more, and what belongs to them goes along, whenever it was fed."""
        if self._deleted is None:
            identity = self._draft.fields["id"].physical
            refused = self._database.execute(
                f"SELECT {identity} FROM {self._draft.aside} WHERE {identity} IS NOT NULL"
            ).fetchall()
            ids = self.set_aside - {fold(text) for (text,) in refused} - self._draft.erased
            self._deleted = ids | self._not_there(self._named_before(ids))
        return self._deleted

    def _named_before(self, ids: Collection[str]) -> set[str]:
        """The folded names that these had in the snapshot before."""
        stored = self._before.manifest.tables.get(self.what) if self._before is not None else None
        if self._before is None or stored is None or not ids:
            return set()
        there = [quoted(name) for name, _, _ in stored.columns if name in self._columns]
        names = ", ".join(there) or "NULL"
        folded = with_folded(self._database, f"SELECT {names}, id AS text FROM {self._changed()}")
        found = self._database.execute(
            f"SELECT {names} FROM ({folded}) WHERE folded IN (SELECT unnest(?))",
            [sorted(ids)],
        ).fetchall()
        return {fold(name) for row in found for name in row if name}

    def _not_there(self, folded: Collection[str], way: str = "true") -> frozenset[str]:
        """Those by which nobody who counts is found."""
        if not folded:
            return frozenset()
        here = self._database.execute(
            f"SELECT DISTINCT folded FROM {self._ways_there()} WHERE {way} AND folded IN (SELECT unnest(?))",
            [sorted(folded)],
        ).fetchall()
        return frozenset(folded) - {text for (text,) in here}

    @property
    def later(self) -> frozenset[str]:
        """Folded ids and names of rows that do not count yet: rows that name them wait for them. Where another row of
        that id was refused, they go along with that."""
        if self._later is None:
            texts = [self._draft.fields["id"].physical, *self._names]
            each = " UNION ".join(f"SELECT {name} FROM {self._draft.later} WHERE {name} IS NOT NULL" for name in texts)
            refused = self._database.execute(
                f"SELECT DISTINCT {texts[0]} FROM {self._draft.aside} WHERE {texts[0]} IS NOT NULL"
            ).fetchall()
            self._later = frozenset(fold(text) for (text,) in self._database.execute(each).fetchall()) - frozenset(
                fold(text) for (text,) in refused
            )
        return self._later

    @property
    def new(self) -> str:
        """The table of the keys that the snapshot before does not have, with their `folded` ids."""
        if self._new is None:
            self._new = f"new_{self.what}"
            draft, before = self._draft, self._before
            query = f"SELECT DISTINCT {self._fed} FROM {draft.kept} WHERE row >= 0"
            if before is None or not before.has(self.what):
                query += " AND false"
            else:
                query = (
                    f"FROM ({query}) ANTI JOIN {self._changed()} b USING ({', '.join(map(quoted, draft.table.key))})"
                )
            folded = with_folded(self._database, f"SELECT *, id AS text FROM ({query})")
            self._database.execute(f"CREATE OR REPLACE TABLE {self._new} AS SELECT * EXCLUDE (text) FROM ({folded})")
        return self._new

    def _ways_there(self) -> str:
        """The table of folded ids and names, made when something is first looked up by them."""
        if self._ways is None:
            self._ways = f"ways_{self.what}"
            texts = " UNION ALL ".join(
                f"SELECT {way} AS way, {self._fed}, {name} AS text FROM {self._draft.all_rows} WHERE {name} IS NOT NULL"
                for way, name in enumerate([self._draft.fields["id"].physical, *self._names])
            )
            self._database.execute(f"CREATE OR REPLACE TABLE {self._ways} AS {with_folded(self._database, texts)}")
        return self._ways


class Suggestions:
    """What is said of names that are not found."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._left = _MOST_SUGGESTIONS

    def unknown(self, text: str, kind: str | None) -> Say:
        """None is suggested for codes, where the nearest is another's."""
        near = None
        if self._left > 0 and not any(c.isdigit() for c in text):
            self._left -= 1
            near = nearest(text, tuple(self._ids.words(text, kind)))
        what = self._ids.what if kind is None else f"learning of kind `{kind}`"
        return lambda file, line, column: messages.unknown_reference(file, line, column, text, what, near)


def told(
    ids: Ids, rows: Iterable[tuple[int, str, str | None, Sequence[int] | None]]
) -> tuple[list[int], list[int], list[int], list[tuple[int, Say]]]:
    """Rows whose text (of a kind) leads nowhere or to several → those that name what was refused, and go along; those
    that name what was deleted; those that wait; what is said of others, and of these but for who owns a row."""
    silent: list[int] = []
    deleted: list[int] = []
    waiting: list[int] = []
    loud: list[tuple[int, Say]] = []
    suggestions = Suggestions(ids)
    for row, text, kind, shared in rows:
        if shared:
            loud.append((row, _shared(text, ids, shared)))
        elif fold(text) in ids.later:
            waiting.append(row)
        elif fold(text) in ids.deleted:
            deleted.append(row)
            loud.append((row, suggestions.unknown(text, kind)))
        elif fold(text) in ids.set_aside:
            silent.append(row)
        else:
            loud.append((row, suggestions.unknown(text, kind)))
    return silent, deleted, waiting, loud


def _shared(text: str, ids: Ids, codes: Sequence[int]) -> Say:
    named = ids.named(codes)
    return lambda file, line, column: messages.shared_reference(file, line, column, text, ids.what, named)
