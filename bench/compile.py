"""Compiling a query, from text to something that can be asked: AudQL against rule-engine, cel and zen-engine.

    python bench/compile.py [--rounds 9] [--json]

AudQL's figure has everything in it: names, types, warnings, and the messages that there might be. `plan` is what the
interpreter needs once per day, `generated` what the compiled engine needs once per shape of query, and `again` once per
day after that; a query is only compiled so when it has been asked often.
"""

import argparse
import datetime as dt
import json
from collections.abc import Callable
from statistics import median
from time import process_time

import cel
import rule_engine
import zen
from cases import QUERIES, Query
from match import geometric_mean
from records import DAY

import audql
from audql.binding import as_of, bind
from audql.engines import compiled, interpreter
from audql.vocabulary import PEOPLE


def ways(query: Query) -> dict[str, Callable[[], object]]:
    resolved = audql.compile(query.audql).ir
    bound = bind(resolved, as_of(DAY, dt.UTC))

    def generated() -> object:
        compiled.forget()
        return compiled.plan(bound, PEOPLE)

    zen_text, cel_text, rule_text = query.zen, query.cel, query.rule
    found: dict[str, Callable[[], object]] = {"audql": lambda: audql.compile(query.audql)}
    if zen_text is not None:
        found["zen"] = lambda: zen.compile_expression(zen_text)
    if cel_text is not None:
        found["cel"] = lambda: cel.compile(cel_text)
    if rule_text is not None:
        found["rule"] = lambda: rule_engine.Rule(rule_text)
    found["plan"] = lambda: interpreter.plan(bind(resolved, as_of(DAY, dt.UTC)), PEOPLE)
    found["generated"] = generated
    found["again"] = lambda: compiled.plan(bind(resolved, as_of(DAY, dt.UTC)), PEOPLE)
    return found


def timed(work: Callable[[], object], calls: int) -> float:
    """Seconds of processor time per call."""
    start = process_time()
    for _ in range(calls):
        work()
    return (process_time() - start) / calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures: list[dict[str, object]] = []
    against: dict[str, list[float]] = {}
    for query in QUERIES:
        works = ways(query)
        took: dict[str, list[float]] = {name: [] for name in works}
        for work in works.values():
            work()
        for _ in range(given.rounds):
            for name, work in works.items():
                took[name].append(timed(work, 5))
        us = {name: median(times) * 1e6 for name, times in took.items()}
        figures.append({"query": query.audql, "conditions": query.conditions, "us": us})
        for name, value in us.items():
            against.setdefault(name, []).append(value / us["audql"])
        if not given.json:
            print(f"{query.conditions:3} " + " ".join(f"{n} {v:9.1f}" for n, v in us.items()) + f"  {query.audql[:50]}")
    means = {name: geometric_mean(found) for name, found in against.items()}
    if given.json:
        print(json.dumps({"figures": figures, "times_as_long_as_audql": means}, indent=2))
    else:
        print("µs; times as long as AudQL's: " + ", ".join(f"{name} ×{mean:.2f}" for name, mean in means.items()))


if __name__ == "__main__":
    main()
