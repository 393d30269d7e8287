"""A feed in which some people have changed, for as long as it is wanted."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ABOUT = {
    "people": ("id", ("country", "city", "department", "hired", "last_login")),
    "jobs": ("person", ("title", "org", "position", "manager", "started")),
}
"""What changes: to what the person before has."""


@contextmanager
def other_feed(feed: Path, count: int) -> Iterator[list[str]]:
    """Who changed: so many people who manage nobody, evenly among all."""
    with (feed / "jobs.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    managing = {row["manager"] for row in rows}
    candidates = list(dict.fromkeys(row["person"] for row in rows if row["person"] not in managing))
    those = candidates[:: max(1, len(candidates) // count)][:count]
    try:
        for name, (key, changing) in _ABOUT.items():
            (feed / f"{name}.csv").rename(feed / f"{name}.csv.kept")
            _write(feed / f"{name}.csv.kept", feed / f"{name}.csv", key, frozenset(those), changing)
        yield those
    finally:
        for kept in feed.glob("*.csv.kept"):
            kept.replace(kept.with_suffix(""))


def _write(source: Path, target: Path, key: str, those: frozenset[str], changing: tuple[str, ...]) -> None:
    with source.open(newline="", encoding="utf-8") as old, target.open("w", newline="", encoding="utf-8") as new:
        reader = csv.reader(old)
        writer = csv.writer(new, lineterminator="\n")
        names = next(reader)
        writer.writerow(names)
        at, places = names.index(key), [names.index(name) for name in changing]
        before: list[str] = []
        for row in reader:
            here = list(row)
            if row[at] in those and before:
                for place in places:
                    here[place] = before[place]
            writer.writerow(here)
            before = row
