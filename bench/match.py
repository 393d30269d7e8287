"""One record, a dozen queries: AudQL against zen-engine, cel, rule-engine and Python by hand, all in one run.

    python bench/match.py [--rounds 9] [--json]

Every engine's answer is checked against AudQL's first. Each round times each engine once, one after another, so that a
slow moment of the machine is everyone's; a figure is the median of the rounds.
"""

import argparse
import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log
from statistics import median
from time import process_time

import cel
import rule_engine
import zen
from cases import QUERIES, Query
from records import DAY, RECORDS, Record

import audql

Ask = Callable[[], object]

ENGINES = {
    "audql": "Query.matches(record, as_of=day)",
    "audql, no day": "Query.matches(record)",
    "by hand": "the same in Python",
    "zen": "Expression.evaluate(record)",
    "cel": "Program.execute(context), the record converted beforehand",
    "cel, dict": "Program.execute(record)",
    "rule": "Rule.matches(record)",
}
BARS = {"zen": 4.0, "cel": 15.0, "rule": 20.0}
"""How many times faster AudQL is to be; and by hand may be at most three times as fast as AudQL."""


@dataclass(frozen=True)
class Figure:
    """Medians in µs per call, by engine, of one query on one record."""

    query: str
    conditions: int
    record: str
    answer: bool
    us: dict[str, float]


def ways(query: Query, record: Record) -> dict[str, Ask]:
    """How each engine is asked, with everything that can be done beforehand done."""
    compiled = audql.compile(query.audql)
    found: dict[str, Ask] = {
        "audql": lambda: compiled.matches(record, as_of=DAY),
        "by hand": lambda: query.by_hand(record),
    }
    # A query of its own, so that asking without a day does not undo what was kept for the day.
    undated = audql.compile(query.audql)
    found["audql, no day"] = lambda: undated.matches(record)
    if query.zen is not None:
        expression = zen.compile_expression(query.zen)
        found["zen"] = lambda: expression.evaluate(record)
    if query.cel is not None:
        program = cel.compile(query.cel)
        context = cel.Context()
        context.update(record)
        found["cel"] = lambda: program.execute(context)
        found["cel, dict"] = lambda: program.execute(record)
    if query.rule is not None:
        rule = rule_engine.Rule(query.rule)
        found["rule"] = lambda: rule.matches(record)
    return found


def timed(ask: Ask, calls: int) -> float:
    """Seconds of processor time per call, which other processes disturb less than they do the clock on the wall."""
    start = process_time()
    for _ in range(calls):
        ask()
    return (process_time() - start) / calls


def figure(query: Query, name: str, record: Record, rounds: int, round_s: float) -> Figure:
    asks = ways(query, record)
    answer = asks["audql"]()
    for engine, ask in asks.items():
        if engine != "audql, no day" and ask() is not answer:
            raise SystemExit(f"{engine} says {ask()!r} and not {answer} of the {name} record: {query.audql}")
    for _ in range(50):  # what is asked often is compiled
        asks["audql"](), asks["audql, no day"]()
    calls = {engine: max(3, int(round_s / max(timed(ask, 3), 1e-7))) for engine, ask in asks.items()}
    took: dict[str, list[float]] = {engine: [] for engine in asks}
    for _ in range(rounds):
        for engine, ask in asks.items():
            took[engine].append(timed(ask, calls[engine]))
    overhead = timed(lambda: None, 100_000)
    us = {engine: max(median(times) - overhead, 1e-9) * 1e6 for engine, times in took.items()}
    return Figure(query.audql, query.conditions, name, bool(answer), us)


def geometric_mean(ratios: list[float]) -> float:
    return exp(sum(map(log, ratios)) / len(ratios))


def ratios(figures: list[Figure], engine: str) -> list[float]:
    """How many times as long as AudQL it takes, where it can say the query."""
    return [f.us[engine] / f.us["audql"] for f in figures if engine in f.us]


def table(figures: list[Figure]) -> str:
    others = [engine for engine in ENGINES if engine != "audql"]
    lines = [f"{'record':6} {'conditions':>10} {'audql µs':>9} " + " ".join(f"{e:>16}" for e in others) + "  query"]
    for f in figures:
        cells = [f"{f.us[e]:.2f} ×{f.us[e] / f.us['audql']:.1f}" if e in f.us else "-" for e in others]
        lines.append(
            f"{f.record:6} {f.conditions:>10} {f.us['audql']:9.2f} " + " ".join(f"{c:>16}" for c in cells)
            + f"  {f.query[:60]}"
        )  # fmt: skip
    lines.append("")
    for engine in others:
        for size in (*RECORDS, "both"):
            found = ratios([f for f in figures if size in (f.record, "both")], engine)
            bar = BARS.get(engine)
            mark = "" if bar is None or size != "both" else f"   bar ×{bar:g}"
            mark = "   bar: at least ×0.33" if engine == "by hand" and size == "both" else mark
            lines.append(
                f"{engine:14} {size:6} ×{geometric_mean(found):<7.3g} worst ×{min(found):<6.3g} of {len(found)}{mark}"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--round-ms", type=float, default=4.0, help="how long each engine is timed in a round")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = [
        figure(query, name, record, given.rounds, given.round_ms / 1000)
        for query in QUERIES
        for name, record in RECORDS.items()
    ]
    if given.json:
        means = {
            engine: {
                size: geometric_mean(ratios([f for f in figures if size in (f.record, "both")], engine))
                for size in (*RECORDS, "both")
            }
            for engine in ENGINES
        }
        print(
            json.dumps(
                {
                    "python": platform.python_version(),
                    "figures": [vars(f) for f in figures],
                    "times_as_long_as_audql": means,
                },
                indent=2,
            )
        )
    else:
        print(table(figures))


if __name__ == "__main__":
    main()
