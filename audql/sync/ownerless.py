"""Records of people whom the feed does not have: learning systems go on telling of those who left.

They are counted and left out before anything else is said of them, since there is nothing to correct. Those of a delta
are refused like any other row, as it tells of them but once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from audql.diagnostics import Diagnostic
from audql.sync import guard_messages as messages
from audql.sync.draft import Draft
from audql.sync.loading import Loaded
from audql.sync.references import Ids
from audql.text import fold


@dataclass(frozen=True, slots=True)
class Ownerless:
    """How many rows of a file are theirs, and the first of them."""

    file: str
    rows: int
    line: int


def leave_out(
    draft: Draft, loaded: Loaded, start: int, unfound: Iterable[tuple[str, str, Ids]], seen: set[int]
) -> set[int]:
    """Drops their rows, those aside of which something was said already (`seen`), and gives them.

    `unfound`: where texts are listed that lead to nobody, how rows are joined to that, and where they were looked up.
    """
    left_out: list[int] = []
    for found, joined, ids in unfound:
        rows = draft.database.execute(
            f"SELECT r.rowid + {start}, {found}.text FROM {loaded.table} r JOIN {found} ON {joined} "
            f"WHERE {found}.code IS NULL AND {found}.shared IS NULL ORDER BY r.rowid"
        ).fetchall()
        named = ids.set_aside | ids.later if rows else frozenset()
        left_out += (row for row, text in rows if row not in seen and fold(text) not in named)
    if left_out:
        draft.leave_out(left_out)
        (line,) = draft.lines_of(np.array(left_out[:1], np.int64)).tolist()
        draft.ownerless.append(Ownerless(loaded.file, len(left_out), line))
    return set(left_out)


def note_of(ownerless: Sequence[Ownerless]) -> list[Diagnostic]:
    """One note of them all; a file can be of several elements."""
    if not ownerless:
        return []
    files = {one.file: one.rows for one in ownerless}
    return [messages.ownerless(files, ownerless[0].line)]
