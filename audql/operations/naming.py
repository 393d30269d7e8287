"""What people are called beside their ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from audql.values import get, text

if TYPE_CHECKING:
    from audql.snapshot.snapshot import Snapshot


def names_of(snapshot: Snapshot, people: Iterable[str]) -> dict[str, str]:
    """Id → name of those of these who have one."""
    parts = ("id", "full_name", "first_name", "last_name")
    query = f"SELECT {', '.join(parts)} FROM people WHERE id IN (SELECT unnest(?))"
    wanted = sorted(set(people))
    found = snapshot.ask(query, "people", given=[wanted]) if wanted else {}
    records = (
        dict(zip(parts, values, strict=True))
        for values in zip(*(found[p].tolist() for p in parts if found), strict=True)
    )
    return {str(record["id"]): name for record in records if (name := name_of(record))}


def name_of(record: Mapping[str, object]) -> str | None:
    """How people call the person, where there is a name beside the id."""
    first_and_last = [text(get(record, part)) for part in ("first_name", "last_name")]
    name = text(get(record, "full_name")) or " ".join(part for part in first_and_last if part)
    return name if name and name != text(get(record, "id")) else None
