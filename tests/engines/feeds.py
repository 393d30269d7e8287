"""Random feeds of a hundred people of every oddity, synced into workspaces: the same for the same seed."""

import csv
import datetime as dt
import os
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from people import ODD_WORDS, TODAY, WORDS

from audql.binding import AsOf
from audql.operations.surroundings import Surroundings
from audql.state.store import State
from audql.sync.sync import sync
from audql.workspace import Workspace

PEOPLE = int(os.environ.get("AUDQL_PEOPLE", "100"))
_IDS = ("u1", "u2", "u3", "u4", "ann", "BOB", "ann@example.com", "7", "u9", *(f"p{n}" for n in range(PEOPLE - 9)))
_TEXTS = tuple(w for w in (*WORDS, *WORDS, *ODD_WORDS) if "\x00" not in w and w.isprintable())
_PLAIN = tuple(dict.fromkeys(w.strip() for w in WORDS if w.strip()))
_AROUND = (0, 1, -1, -7, -29, -30, -31, -90, -365, 7, 30, 31, -1000, -3000)
_DAYS = (
    *((TODAY + dt.timedelta(days=n)).isoformat() for n in _AROUND),
    *("2024-02-29", "2023-02-28", "2026-01-31", "0001-01-01", "9999-12-31", "2026-11-01", "2020-11-23"),
)
_INSTANTS = tuple(f"{day}{clock}" for day in _DAYS for clock in ("T00:00:00Z", "T23:59:59.999999Z", "T12:30:00+05:30"))
_NUMBERS = ("0", "1", "5", "5.0", "7", "70", "92", "-1", "2.5", "0.1", "100", "-0.5", "123456789012.5")

_SETTINGS = """
[workspace]
zone = "{zone}"
[feed]
max_head_count_fall = 1.0
max_rows_fall = 1.0
max_refused = 1.0
max_changed = 1.0
[feed.people]
file = "people.csv"
[feed.people.columns]
"custom.Level" = {{ column = "Level", type = "number" }}
"custom.Cost Centre" = {{ column = "Cost Centre", type = "code" }}
"custom.when" = {{ column = "when", type = "date" }}
"custom.flag" = {{ column = "flag", type = "yes/no" }}
[feed.organisations]
file = "organisations.csv"
columns = {{ "custom.level" = {{ column = "level", type = "number" }} }}
[feed.positions]
file = "positions.csv"
columns = {{ "custom.level" = {{ column = "level", type = "number" }} }}
[feed.learning]
file = "learning.csv"
columns = {{ tag = {{ column = "tag", separator = ";" }} }}
"""

_Draw = Callable[[], str]


def workspace(folder: Path, seed: int, zone: str) -> Workspace:
    """A workspace with one snapshot. Of three seeds that follow one another, one has no tables of nodes and learning,
    so that these are what rows name, and one is as most are: no odd dates, and one job each, under a manager."""
    random_ = random.Random(seed)
    with_tables, as_most = seed % 3 != 2, seed % 3 == 1
    feed = folder / "feed"
    feed.mkdir(parents=True)
    settings = _SETTINGS.format(zone=zone)
    if not with_tables:
        settings = settings[: settings.index("[feed.organisations]")]
    tables = dict(_tables(random_, with_tables=with_tables))
    if as_most:
        tables = {name: _as_most(name, rows) for name, rows in tables.items()}
    for name, rows in tables.items():
        with (feed / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(dict.fromkeys(key for row in rows for key in row)))
            writer.writeheader()
            writer.writerows(rows)
        if f"[feed.{name}]" not in settings:
            settings += f'[feed.{name}]\nfile = "{name}.csv"\n'
    (folder / "audql.toml").write_text(settings, encoding="utf-8")
    return _synced(folder)


def change(folder: Path, seed: int, count: int) -> Workspace:
    """Another snapshot, of a feed in which so many people have what others had; one has left, and one is new."""
    random_ = random.Random(seed)
    gone, *others = random_.sample(_IDS, count + 1)
    instead = {who: random_.choice(_IDS) for who in (*others, "new 1")}
    for path in sorted((folder / "feed").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            names, rows = list(reader.fieldnames or ()), list(reader)
        key = "id" if path.stem == "people" else "person"
        if key in names:
            stay = [row for row in rows if row[key] != gone and row[key] not in instead]
            moved = [{**row, key: who} for who, other in instead.items() for row in rows if row[key] == other]
            moved = [row | ({"username": ""} if "username" in row else {}) for row in moved]
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, fieldnames=names)
                writer.writeheader()
                writer.writerows([*stay, *moved])
    return _synced(folder)


def rename_units(folder: Path) -> Workspace:
    """Another snapshot, in which only organisations have other names: each that of the next."""
    path = folder / "feed" / "organisations.csv"
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        names, rows = list(reader.fieldnames or ()), list(reader)
    called = [row["name"] for row in rows]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=names)
        writer.writeheader()
        writer.writerows({**row, "name": name} for row, name in zip(rows, [*called[1:], *called[:1]], strict=True))
    return _synced(folder)


def _synced(folder: Path) -> Workspace:
    opened = Workspace.open(folder)
    with State.open_alone(opened.state) as state:
        sync(opened, state, as_of=TODAY)
    return opened


def surroundings(opened: Workspace, when: AsOf) -> Surroundings:
    return Surroundings(opened, when)


def _tables(r: random.Random, *, with_tables: bool) -> Iterator[tuple[str, list[dict[str, str]]]]:
    def some(pool: tuple[str, ...], nothing: float = 0.25) -> str:
        return "" if r.random() < nothing else r.choice(pool)

    def rows(most: int, make: Callable[[], Mapping[str, str]]) -> list[dict[str, str]]:
        return [{"person": who, **make()} for who in _IDS for _ in range(r.choice((0, 1, 1, 2, most)))]

    orgs, positions = (_nodes(r, some), _nodes(r, some)) if with_tables else ([], [])
    org_ids = tuple(row["id"] for row in orgs) or _PLAIN
    position_ids = tuple(row["id"] for row in positions) or _PLAIN
    learning = [
        {"id": f"l{n}" if n % 3 else word, "name": word, "kind": kind, "category": some(_TEXTS), "tag": _tags(r)}
        for n, (word, kind) in enumerate((w, k) for w in _PLAIN[:12] for k in ("course", "programme", "event"))
    ]
    yield (
        "people",
        [
            {
                "id": who,
                "id_number": some(_TEXTS),
                "username": f"name of {who}" if r.random() < 0.9 else "",
                **{name: some(_TEXTS) for name in ("first_name", "city", "country", "department", "Cost Centre")},
                **{name: some(_DAYS) for name in ("hired", "when")},
                **{name: some(_INSTANTS) for name in ("created", "first_login", "last_login")},
                **{name: some(("yes", "no")) for name in ("suspended", "flag")},
                "Level": some(_NUMBERS),
            }
            for who in _IDS
        ],
    )
    if with_tables:
        yield "organisations", orgs
        yield "positions", positions
        yield "learning", learning
    yield (
        "jobs",
        rows(
            4,
            lambda: {
                "id_number": some(_TEXTS),
                "title": some(_TEXTS),
                "org": some(org_ids),
                "position": some(position_ids),
                "manager": some(_IDS[:20]),
                "temporary_manager": some(_IDS[:20], 0.7),
                **_span(r, "started", "ended"),
                "position_assigned": some(_DAYS),
                "full_time": some(("yes", "no")),
                "primary": some(("yes", "no")),
            },
        ),
    )

    def about(*, dates: tuple[str, ...]) -> dict[str, str]:
        chosen = r.choice(learning)
        which = {"learning": chosen["id"], "kind": chosen["kind"]}
        return {**which, **dict(zip(dates, ("", ""), strict=True)), **_span(r, *dates), "grade": some(_NUMBERS)}

    yield "completions", rows(6, lambda: about(dates=("started", "completed")))
    yield (
        "enrolments",
        rows(
            3,
            lambda: {
                **about(dates=("started", "completed")),
                "enrolled": some(_DAYS),
                "due": some(_DAYS),
                "status": some(("not started", "in progress", "completed", "overdue", "suspended")),
            },
        ),
    )
    yield (
        "certifications",
        rows(
            2, lambda: {"name": r.choice(_PLAIN), **_span(r, "certified", "expires"), "assigned": some(("yes", "no"))}
        ),
    )
    yield (
        "attendances",
        rows(
            2,
            lambda: {
                "event": r.choice(_PLAIN),
                "attended": some(_DAYS),
                "status": some(("booked", "attended", "absent", "cancelled")),
            },
        ),
    )
    for name in ("competencies", "badges"):
        yield name, rows(2, lambda: {"name": r.choice(_PLAIN), "achieved": some(_DAYS), "level": some(_TEXTS)})


def _as_most(name: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    plain = [{key: "2020-02-29" if text[:4] in ("0001", "9999") else text for key, text in row.items()} for row in rows]
    if name != "jobs":
        return sorted(plain, key=lambda row: row.get("learning", ""))
    one = {row["person"]: row for row in plain}
    for row in one.values():
        at = _IDS.index(row["person"])
        row |= {"manager": _IDS[at // 3] if at else "", "temporary_manager": ""}
    return [*one.values()]


def _nodes(r: random.Random, some: Callable[[tuple[str, ...]], str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for n, word in enumerate(_PLAIN[:14]):
        above = r.choice(found)["id"] if found and r.random() < 0.8 else ""
        name = "" if n % 7 == 6 else word
        found.append(
            {
                "id": f"n{n}",
                "name": name,
                "type": some(_TEXTS),
                "parent": above,
                "division": some(_TEXTS),
                "level": some(_NUMBERS),
            }
        )
    return found


def _span(r: random.Random, first: str, last: str) -> dict[str, str]:
    """Two days of which the first is not the later, or fewer."""
    days = sorted(r.sample(_DAYS, 2))
    return {first: days[0] if r.random() < 0.7 else "", last: days[1] if r.random() < 0.5 else ""}


def _tags(r: random.Random) -> str:
    return ";".join(r.sample(_PLAIN, r.choice((0, 1, 3))))
