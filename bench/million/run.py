"""A thousand audiences over a million people: AudQL and its peers, in one run on one machine.

    python bench/million/run.py --people 1000000 --audiences 1000 --peers duckdb,polars,postgres

Makes the workload where it is not there yet, asks everyone, holds all counts against one another, and prints how many
times as long as AudQL each took. README.md beside bench/ says what is measured and how.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import platform
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from audiences import Condition, atoms, make_audiences, name, script
from clock import Clock, Took
from floor import floor
from tables import export, make_tables
from workload import DAY, make

PEERS = ("duckdb", "polars", "postgres")
WARMING = 8
"""Audiences that are asked before the clock runs."""
OPENED = "opened snapshot to members"


@dataclass(frozen=True, slots=True)
class Figure:
    """What all audiences took. `asked`: how many were, if not all, and the rest is scaled; 0: it is not about them."""

    who: str
    what: str
    took: Took
    asked: int = 0
    counts: Sequence[int] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class Setting:
    folder: Path
    people: int
    conditions: list[Condition]
    sample: int
    bound_s: float
    day: dt.date = DAY

    def figure(self, who: str, what: str, clock: Clock, counts: Sequence[int]) -> Figure:
        return Figure(who, what, clock.took().times(len(self.conditions) / len(counts)), len(counts), counts)


def one_each(setting: Setting, who: str, forms: Sequence[str], ask: Callable[[Condition, str], int]) -> list[Figure]:
    """One query each, in each form: as many as the sample and the bound allow, after some to warm up."""
    figures = []
    for form in forms:
        for condition in setting.conditions[:WARMING]:
            ask(condition, form)
        counts: list[int] = []
        clock = Clock()
        for condition in setting.conditions[: setting.sample]:
            counts.append(ask(condition, form))
            if clock.took().wall_s > setting.bound_s:
                break
        figures.append(setting.figure(who, f"one query each, {form}", clock, counts))
    return figures


def ask_duckdb(setting: Setting) -> list[Figure]:
    from in_duckdb import DuckDB

    made = [Figure("duckdb", what, took) for what, took in make_tables(setting.folder, setting.day).items()]
    with DuckDB(setting.folder, setting.day) as peer:
        each = one_each(setting, "duckdb", ("in", "exists"), peer.count)  # type: ignore[arg-type]
        clock, everyone = Clock(), setting.conditions
        peer.make_bitstrings(everyone)
        at_hand = Clock()
        counts = peer.combine_bitstrings(everyone)
        bits = [
            setting.figure("duckdb", "all at once, by bitstrings", clock, counts),
            setting.figure("duckdb", "the same, bitstrings at hand", at_hand, counts),
        ]
        few = everyone[: min(setting.sample, 25)]
        clock = Clock()
        return [*made, *each, *bits, setting.figure("duckdb", "all at once, one scan", clock, peer.in_one_scan(few))]


def ask_polars(setting: Setting) -> list[Figure]:
    from in_polars import Polars

    make_tables(setting.folder, setting.day)
    peer = Polars(export(setting.folder), setting.day)
    return one_each(setting, "polars", ("joins", "is_in", "masks"), peer.count)  # type: ignore[arg-type]


def ask_postgres(setting: Setting) -> list[Figure]:
    from in_postgres import PostgreSQL

    make_tables(setting.folder, setting.day)
    with PostgreSQL(setting.folder, export(setting.folder), setting.day) as peer:
        filled = [Figure("postgres", "filled, indexed", peer.filled)] if peer.filled is not None else []
        return filled + one_each(setting, "postgres", ("in", "exists"), peer.count)  # type: ignore[arg-type]


def ask_audql(setting: Setting) -> list[Figure]:
    import ours

    folder, day, everyone = setting.folder, setting.day, len(setting.conditions)
    asked = {
        "CSV feed to members": ours.feed_to_members(folder, day),
        OPENED: ours.open_to_members(folder, day),
    }
    later = {"another day": ours.another_day(folder, day, day + dt.timedelta(1))}
    for people in (10, 1_000, 100_000):
        if people < setting.people / 10:
            for how, answer in ours.changed(folder, day, people).items():
                later[f"{people:,} changed, {how}"] = answer
    return [
        Figure("audql", what, answer.took, everyone, [answer.counts[name(i)] for i in range(everyone)])
        for what, answer in asked.items()
    ] + [Figure("audql", what, answer.took, everyone) for what, answer in later.items()]


ASK = {"audql": ask_audql, "duckdb": ask_duckdb, "polars": ask_polars, "postgres": ask_postgres}


def differing(figures: list[Figure]) -> list[str]:
    """Where two do not give the same count."""
    found = []
    counted = [f for f in figures if f.counts]
    for figure in counted[1:]:
        for i, (a, b) in enumerate(zip(counted[0].counts, figure.counts, strict=False)):
            if a != b:
                found.append(f"{name(i)}: {counted[0].who} {a}, {figure.who} {b} ({figure.what})")
    return found


def table(figures: list[Figure], audiences: int) -> str:
    """`×`: how many times as long as AudQL from the opened snapshot; without AudQL, as the quickest."""
    opened = [f.took.wall_s for f in figures if f.what == OPENED]
    unit = opened[0] if opened else min(f.took.wall_s for f in figures if f.asked)
    lines = [f"{'':9} {'':30} {'seconds':>9} {'cpu':>9} {'ms each':>8} {'×':>8}"]
    for f in figures:
        note = f"   scaled from {f.asked}" if 0 < f.asked < audiences else ""
        each = f"{f.took.wall_s / audiences * 1000:8.2f}" if f.asked else " " * 8
        cpu = f"{f.took.cpu_s:9.3f}" if f.who != "postgres" else " " * 9
        lines.append(f"{f.who:9} {f.what:30} {f.took.wall_s:9.3f} {cpu} {each} {f.took.wall_s / unit:8.3g}{note}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--audiences", type=int, default=1_000)
    parser.add_argument("--peers", default="duckdb,polars", help=f"of {', '.join(PEERS)}; may be empty")
    parser.add_argument("--peer-sample", type=int, default=100, help="audiences that a peer is asked one by one")
    parser.add_argument("--peer-seconds", type=float, default=120, help="after which a peer is asked no further ones")
    parser.add_argument("--skip-audql", action="store_true", help="the peers only, held against one another")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "audql-million")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    peers = [peer for peer in given.peers.split(",") if peer]
    if unknown := set(peers) - set(PEERS):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")

    folder = given.folder / str(given.people)
    make(folder, given.people)
    conditions = make_audiences(given.audiences, given.people)
    (folder / "audiences.aud").write_text(script(conditions), encoding="utf-8")
    setting = Setting(folder, given.people, conditions, min(given.peer_sample, given.audiences), given.peer_seconds)

    figures: list[Figure] = []
    for who in (*(["audql"] * (not given.skip_audql)), *peers):
        figures += ASK[who](setting)
    figures += [
        Figure("numpy", f"AND and OR alone, {n} thread{'s' * (n > 1)}", floor(conditions, given.people, n))
        for n in (1, 2)
    ]
    if wrong := differing(figures):
        raise SystemExit("the counts differ:\n" + "\n".join(wrong[:20]))

    facts = {
        "people": given.people,
        "audiences": given.audiences,
        "conditions": sum(len(atoms(c)) for c in conditions),
        "different conditions": len({atom for c in conditions for atom in atoms(c)}),
        "python": platform.python_version(),
        "machine": platform.platform(),
    }
    if given.json:
        rows = [{key: value for key, value in asdict(f).items() if key != "counts"} for f in figures]
        print(json.dumps({**facts, "figures": rows}, indent=1))
    else:
        print("  ".join(f"{what} {fact:,}" if isinstance(fact, int) else f"{fact}" for what, fact in facts.items()))
        print(table(figures, given.audiences))
        print(f"counts agree: {', '.join(f'{f.who} {len(f.counts):,}' for f in figures if f.counts)}")


if __name__ == "__main__":
    main()
