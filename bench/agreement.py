"""The columnar engine against the interpreter on random programs and random people, for hours if need be.

    python bench/agreement.py --programs 50000 --people 200 --seed 1

The programs are those of tests/engines, several asked at once, as of one day and, carried over, of another; half of
them with every short way of the engine forced, as if these few people were millions. Status 1 where the two differ.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

_TESTS = Path(__file__).parent.parent / "tests" / "engines"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--programs", type=int, default=2000)
    asked.add_argument("--people", type=int, default=200)
    asked.add_argument("--worlds", type=int, default=6)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    os.environ["AUDQL_PEOPLE"] = str(options.people)  # before the tests' modules read it
    sys.path[:0] = [str(_TESTS), str(_TESTS.parent)]
    start, differing = time.perf_counter(), 0
    for forced in (False, True):
        found = _run(options.programs // 2, options.worlds, options.seed + forced, forced=forced)
        differing += found
        print(f"{'every short way forced' if forced else 'as it comes'}: {found} differ", flush=True)
    hours = (time.perf_counter() - start) / 3600
    print(
        f"{options.programs:,} programs × {options.people} people in {options.worlds} worlds, seed {options.seed}: "
        f"{differing} differ, {hours:.2f} hours"
    )
    return 1 if differing else 0


def _run(programs: int, worlds: int, seed: int, *, forced: bool) -> int:
    import pytest
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded
    from hypothesis import strategies as st
    from queries import calls, queries
    from test_columnar_stored import AS_IF_BIG, World, _resolved

    left, differing = programs, 0
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        for module, name, value in AS_IF_BIG if forced else ():
            patch.setattr(module, name, value)
        those = [World(Path(folder, str(n)), seed * 1000 + n) for n in range(worlds)]

        def ask(texts: list[str], which: int) -> None:
            nonlocal left, differing
            world = those[which]
            known = [(text, rule) for text in texts if (rule := _resolved(world, text)) is not None][:left]
            audiences = world.audiences()
            (first, _, _), (second, _, _) = world.engines
            columnar = world.afresh(first)
            for engine, (_, _, records) in zip((columnar, None), world.engines, strict=True):
                here = engine or columnar.on(second)
                here.prepare([rule for _, rule in known], [])
                for text, rule in known:
                    if here.matching(rule, audiences) != records.matching(rule, audiences):
                        differing += 1
                        print(f"world {world.seed}, {here.when.day}: {text}", flush=True)
            left -= len(known)

        rounds = 0
        while left > 0:
            rounds += 1
            generated = settings(
                max_examples=500,
                database=None,
                deadline=None,
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            )
            several = st.lists(st.one_of(queries, queries, calls), min_size=1, max_size=6)
            seeded(seed * 1_000_000 + rounds)(generated(given(several, st.integers(0, worlds - 1))(ask)))()
            print(f"  {programs - left:,} of {programs:,}", file=sys.stderr, flush=True)
    return differing


if __name__ == "__main__":
    sys.exit(main())
