"""Who was erased: salted hashes, by which a feed that still has them is known, and no one can be told.

state/erased.json   the salt, and the hash of each id and of each name that stood for one
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from audql.diagnostics import RunError
from audql.snapshot import durable, messages
from audql.snapshot.database import literal
from audql.text import fold


@dataclass(frozen=True, slots=True)
class Erased:
    salt: str
    hashes: frozenset[str] = frozenset()
    """Of ids, folded."""
    names: frozenset[str] = frozenset()
    """Of all that stood for them, folded: rows that name them are not set aside."""

    def hash_of(self, who: str) -> str:
        return hashlib.sha256((self.salt + fold(who)).encode()).hexdigest()

    def __contains__(self, who: str) -> bool:
        return bool(self.hashes) and self.hash_of(who) in self.hashes

    def named_in(self, values: Iterable[str]) -> bool:
        return bool(self.names) and any(self.hash_of(value) in self.names for value in values)

    def among(self, text: str) -> str:
        """SQL: whether a folded text is the id of one of them."""
        listed = ", ".join(map(literal, sorted(self.hashes)))
        return f"sha256({literal(self.salt)} || {text}) IN ({listed})" if listed else "false"


def read_erased(path: Path) -> Erased:
    """Those that there are. Raises RunError when the file is damaged: nobody is to come back by that."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Erased(str(data["salt"]), frozenset(map(str, data["people"])), frozenset(map(str, data["names"])))
    except FileNotFoundError:
        return Erased(secrets.token_hex(16))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise RunError(messages.erased_damaged(path.name)) from None


def add_erased(path: Path, who: str, names: Iterable[str]) -> Erased:
    """With one more, and the names that stand for that one, durably."""
    known = read_erased(path)
    folded = {known.hash_of(name) for name in (who, *names)}
    now = replace(known, hashes=known.hashes | {known.hash_of(who)}, names=known.names | folded)
    data = {"salt": now.salt, "people": sorted(now.hashes), "names": sorted(now.names)}
    durable.write_text(path, json.dumps(data, indent=1) + "\n")
    return now
