"""Who was erased: salted hashes, by which a feed that still has them is known, and no one can be told."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from audql.diagnostics import RunError
from audql.snapshot.database import literal
from audql.state import messages, tables
from audql.text import fold


@dataclass(frozen=True, slots=True)
class Erased:
    """`salts`: the first is for whoever is erased next; there are more where machines came together in one state."""

    salts: tuple[str, ...]
    ids: frozenset[str] = frozenset()
    """Hashes of ids, folded."""
    names: frozenset[str] = frozenset()
    """Of all that stood for them, folded: rows that name them are not set aside."""
    hashes: tuple[tuple[str, str, bool], ...] = ()
    """Each of these with its salt, and whether it is of an id."""

    @property
    def digest(self) -> str:
        """Another one whenever somebody more is erased, also by an id that was a name; nothing before the first."""
        every = " ".join((*sorted(self.names), *sorted(self.ids)))
        return hashlib.sha256(every.encode()).hexdigest() if every else ""

    def hash_of(self, who: str) -> str:
        return _hash(self.salts[0], who)

    def __contains__(self, who: str) -> bool:
        return bool(self.ids) and any(_hash(salt, who) in self.ids for salt in self.salts)

    def named_in(self, naming: Iterable[str], others: Iterable[str] = ()) -> bool:
        """Whether one of them is named: by anything in values that name people, in others by what is no id, since `7`
        can be anything there."""
        if not self.names:
            return False
        each = ((naming, self.names), (others, self.names - self.ids))
        return any(_hash(salt, value) in known for values, known in each for value in values for salt in self.salts)

    def tells_of(self, who: str, what: str) -> bool:
        """Whether it stood for that one, or was told to name them."""
        return bool(self.names) and any(_hash(salt, _of(who, what)) in self.names for salt in self.salts)

    def among(self, text: str) -> str:
        """SQL of a snapshot's database: whether a folded text is the id of one of them."""
        listed = ", ".join(map(literal, sorted(self.ids)))
        each = (f"sha256({literal(salt)} || {text}) IN ({listed})" for salt in self.salts)
        return f"({' OR '.join(each)})" if listed else "false"


def erased_of(connection: sa.Connection) -> Erased:
    """Those that there are."""
    rows = connection.execute(sa.select(tables.erased)).fetchall()
    salts = sorted({row.salt for row in rows}) or [secrets.token_hex(16)]
    ids = frozenset(row.hash for row in rows if row.is_id)
    hashes = sorted((row.salt, row.hash, row.is_id) for row in rows)
    return Erased(tuple(salts), ids, frozenset(row.hash for row in rows), tuple(hashes))


def add_erased(connection: sa.Connection, people: Mapping[str, Collection[str]]) -> Erased:
    """With more of them: ids, and the names that stand for each."""
    known = erased_of(connection)
    ids = {known.hash_of(who) for who in people}
    names = {known.hash_of(name) for those in people.values() for name in those}
    whose = {known.hash_of(_of(who, name)) for who, those in people.items() for name in those if name != who}
    _write(connection, known.salts[0], ids, ids | names | whose)
    return erased_of(connection)


def add_told(connection: sa.Connection, who: str, texts: Iterable[str]) -> Erased:
    """With what was told to name someone erased, so that it is told again when nothing else knows their name."""
    known = erased_of(connection)
    _write(connection, known.salts[0], (), {known.hash_of(_of(who, text)) for text in texts})
    return erased_of(connection)


def recall_erased(connection: sa.Connection, hashes: Collection[tuple[str, str, bool]]) -> bool:
    """With those that another place remembers; whether any of them was not known."""
    known = {*erased_of(connection).hashes}
    # An id is known where its hash is said to be of an id.
    missing = [each for each in hashes if each not in known and (*each[:2], True) not in known]
    for salt in {salt for salt, _, _ in missing}:
        those = [(hash_, is_id) for of, hash_, is_id in missing if of == salt]
        _write(connection, salt, {hash_ for hash_, is_id in those if is_id}, {hash_ for hash_, _ in those})
    return bool(missing)


def take_over(engine: sa.Engine, path: Path) -> None:
    """What an older AudQL kept in a file beside the state, which goes once the state has it. Raises RunError when it is
    damaged: nobody is to come back by that. The caller holds the lock."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        salt, ids, names = str(data["salt"]), {*map(str, data["people"])}, {*map(str, data["names"])}
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise RunError(messages.erased_damaged(path.name)) from None
    with engine.begin() as connection:
        _write(connection, salt, ids, names | ids)
    path.unlink()


def _of(who: str, what: str) -> str:
    return f"{fold(who)}\0{fold(what)}"


def _hash(salt: str, who: str) -> str:
    return hashlib.sha256((salt + fold(who)).encode()).hexdigest()


def _write(connection: sa.Connection, salt: str, ids: Collection[str], hashes: Collection[str]) -> None:
    """What is there already stays; a name of someone can be the id of another by now."""
    table = tables.erased
    rows = connection.execute(sa.select(table).where(table.c.salt == salt)).fetchall()
    known = {row.hash: row.is_id for row in rows}
    wanted = {each: each in ids or known.get(each, False) for each in hashes}
    changed = {each: is_id for each, is_id in wanted.items() if known.get(each) != is_id}
    if changed:
        again = [each for each in changed if each in known]
        connection.execute(table.delete().where(table.c.salt == salt, table.c.hash.in_(again)))
        values = [{"salt": salt, "hash": each, "is_id": is_id} for each, is_id in changed.items()]
        connection.execute(table.insert(), values)
