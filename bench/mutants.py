"""Mutants of the columnar engine: each of its small changes, one at a time, is to be noticed by what people are found.

    python bench/mutants.py --minutes 60

People are those of tests/engines. In the first two worlds they are asked one program of each kind, so that most
mutants die soon, in the others random programs; what the interpreter says is found once. Then, in a process of its own
for each, one operator, truth or number of the engine is changed, and the engine asked: of a day, of another day by
carrying over, of changed people, with every short way forced, and of records of every oddity, as its tests do. Mutants
come in a random order; those that nobody notices are printed with their line, to be explained: they change only speed,
or the tests lack something.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.abc
import importlib.util
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from audql import ir
    from audql.binding import AsOf
    from audql.engines.engine import Audiences
    from audql.engines.members import Members
    from audql.engines.roster import Roster
    from audql.types import Schema

_ROOT = Path(__file__).parent.parent
_ENGINE = "audql.engines.columnar"
_LEFT_OUT = {"__init__", "kept"}
"""`kept` is a cache: its own tests are what it has."""
_OTHER: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass(frozen=True)
class World:
    """Random people on two days and after some have changed, and what the interpreter says of them."""

    folder: Path
    changed_folder: Path
    changed: Sequence[str]
    schema: Schema
    roster: Roster
    later_roster: Roster
    whens: tuple[AsOf, AsOf]
    audiences: Audiences
    rules: Sequence[tuple[str, ir.Query]]
    expected: tuple[Sequence[Members], Sequence[Members], Sequence[Members]]
    """Of the rules: on either day, and of the changed people on the first."""
    expected_dates: Sequence[tuple[ir.Value, Sequence[int]]]
    expected_texts: Sequence[tuple[ir.Query, Mapping[str, int]]]
    """Of conditions on a place, how many people have each text there."""
    expected_met: Sequence[tuple[ir.Query, int, Members]]
    """Whom a rule leads to from a person, as the engine itself says as it is."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worlds", type=int, default=3)
    parser.add_argument("--programs", type=int, default=300, help="for each world but the first two")
    parser.add_argument("--only", default="", help="a module of the engine")
    parser.add_argument("--part", default="1/1", help="of the mutants of a seed, as 2/3")
    given = parser.parse_args()
    end = time.monotonic() + 60 * given.minutes
    with tempfile.TemporaryDirectory() as folder:
        # In processes of their own: a database that was open here could not be used in the processes to come.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            ahead = [
                pool.submit(_world, Path(folder, str(n)), given.seed + n, given.programs if n > 1 else 0)
                for n in range(given.worlds)
            ]
            worlds = [each.result() for each in ahead]
        sys.path[:0] = [str(_ROOT / "tests" / "engines"), str(_ROOT / "tests")]
        for ahead_of_all in ("hypothesis", "pytest", "queries"):
            importlib.import_module(ahead_of_all)
        if any(name.startswith((_ENGINE, "duckdb")) for name in sys.modules):
            raise SystemExit("the engine is imported already")
        start = time.monotonic()
        if not _survives(worlds, None, 3600):
            raise SystemExit("the engine as it is does not find what the interpreter says")
        seconds = 10 + 3 * (time.monotonic() - start)
        mutants = [each for each in _mutants() if given.only in each[0]]
        random.Random(given.seed).shuffle(mutants)
        part, parts = map(int, given.part.split("/"))
        mutants = mutants[part - 1 :: parts]
        survivors, tried = [], 0
        for module, number in mutants:
            if time.monotonic() > end:
                break
            tried += 1
            source, line, what = _mutant(module, number)
            if _survives(worlds, (module, source), seconds):
                survivors.append(line)
                print(f"survived: {module}.py:{line} {what}", flush=True)
            if tried % 20 == 0:
                print(f"  {tried} of {len(mutants)}, {len(survivors)} survived", file=sys.stderr, flush=True)
        print(f"{tried} of {len(mutants)} mutants: {tried - len(survivors)} noticed, {len(survivors)} survived")
    return 0


# --- what is to be found ----------------------------------------------------------------------------------------------


def _world(folder: Path, seed: int, programs: int) -> World:
    sys.path[:0] = [str(_ROOT / "tests" / "engines"), str(_ROOT / "tests")]
    import datetime as dt
    from functools import partial

    import numpy as np
    from feeds import change, surroundings, workspace
    from kinds import EACH_KIND
    from people import TODAY

    import audql
    from audql import ir
    from audql.binding import as_of
    from audql.engines.columnar.engine import ColumnarEngine
    from audql.engines.days import number_of
    from audql.engines.engine import Joined
    from audql.engines.members import Members
    from audql.engines.record_engine import RecordEngine
    from audql.engines.roster import Roster, ids_of
    from audql.text import fold

    texts = _random_queries(seed, programs) if programs else EACH_KIND
    zone = ZoneInfo(("UTC", "Europe/London", "Pacific/Kiritimati", "America/St_Johns")[seed % 4])
    opened = workspace(folder / "first", seed, zone.key)
    whens = as_of(TODAY, zone), as_of(dt.datetime(2024, 2, 29, 1, tzinfo=dt.UTC), zone)
    arounds = [surroundings(opened, when) for when in whens]
    snapshot, schema = arounds[0].require_snapshot(), arounds[0].schema
    ids = [str(id_) for id_ in snapshot.ids()]
    known = ["gone 1", *random.Random(seed).sample(ids, len(ids) // 2), "gone 2"] if seed % 2 else []
    roster = Roster.of(ids_of(known), ids_of(ids))
    later = change(shutil.copytree(folder / "first", folder / "later"), seed + 8, 8)
    after = surroundings(later, whens[0])
    before, now = snapshot.records(), after.require_snapshot().records()
    later_roster = Roster.of(roster.ids, ids_of(map(str, after.require_snapshot().ids())))
    r, audiences = random.Random(seed), dict[str, Joined]()
    for name in ("retail", "safety", "managers", "gb"):
        members = Members.of(np.array(sorted(r.sample(roster.everyone.ordinals().tolist(), 30)), dtype=np.int32))
        days = np.full(30, number_of(TODAY - dt.timedelta(days=r.choice((0, 1, 29, 31, 400)))), dtype=np.int32)
        audiences[fold(name)] = Joined(members, partial(np.copy, days))
    rules: list[tuple[str, ir.Query]] = []
    for text in texts:
        try:
            rules.append((text, audql.compile(text, schema=schema).ir))
        except audql.CompileError:
            continue
    engines = [RecordEngine(around.population, roster) for around in arounds]
    engines.append(RecordEngine(after.population, later_roster))
    dates = []
    for text in ("hired", "last_login", "custom.when", 'last_completed("Safety")', 'member_since("Safety")'):
        value = next(
            n.value for n in ir.walk(audql.compile(f"{text} is set", schema=schema).ir) if isinstance(n, ir.Test)
        )
        dates.append((value, engines[0].dates(value, roster.everyone, audiences).tolist()))
    places = [
        audql.compile(f'{place} = "x"', schema=schema).ir
        for place in ("country", "org.name", "jobs.title", "manager.full_name", "manager.city")
    ]
    columnar = ColumnarEngine(snapshot, schema, roster, whens[0])
    people = r.sample(roster.everyone.ordinals().tolist(), 5)
    return World(
        folder / "first",
        folder / "later",
        [id_ for id_ in {*before, *now} if before.get(id_) != now.get(id_)],
        schema,
        roster,
        later_roster,
        whens,
        audiences,
        rules,
        tuple([engine.matching(rule, audiences) for _, rule in rules] for engine in engines),  # type: ignore[arg-type]
        dates,
        [(place, _folded(engines[0].population.values(place))) for place in places],
        [(rule, person, columnar.met([rule], person)) for _, rule in rules[:60] for person in people],
    )


def _random_queries(seed: int, count: int) -> Sequence[str]:
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis import given as given_
    from hypothesis import seed as seeded
    from hypothesis import strategies as st
    from queries import calls, queries

    found: dict[str, None] = {}

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given_(st.one_of(queries, queries, calls))
    def collect(text: str) -> None:
        found[text] = None

    collect()
    return [*found]


def _folded(texts: Mapping[str, int]) -> Mapping[str, int]:
    from audql.text import fold

    return {fold(text): count for text, count in texts.items()}


# --- mutants ----------------------------------------------------------------------------------------------------------


def _mutants() -> Iterator[tuple[str, int]]:
    for file in sorted((_ROOT / "audql" / "engines" / "columnar").glob("*.py")):
        if file.stem not in _LEFT_OUT:
            for number, _ in enumerate(_places(ast.parse(file.read_text("utf-8")))):
                yield file.stem, number


def _places(tree: ast.Module) -> list[Any]:
    """What can be changed: not types, not patterns, not what only speaks to the type checker."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        parts = [getattr(node, name, None) for name in ("annotation", "returns")]
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
            parts.append(node)
        if isinstance(node, ast.match_case):
            parts.append(node.pattern)
        if isinstance(node, ast.Assert) or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            parts.append(node)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("dataclass", "isinstance", "cast"):
            parts.append(node)
        left_out.update(id(each) for part in parts if part is not None for each in ast.walk(part))
    return [node for node in ast.walk(tree) if id(node) not in left_out and _can_change(node)]


def _can_change(node: ast.AST) -> bool:
    match node:
        case ast.Compare(ops=[op]) | ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op):
            return type(op) in _OTHER
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            return True
        case ast.Constant(value=value):
            return isinstance(value, bool) or (type(value) is int and value in (0, 1))
        case _:
            return False


def _mutant(module: str, number: int) -> tuple[str, int, str]:
    """The module with one change, where it is, and what the line was."""
    text = (_ROOT / "audql" / "engines" / "columnar" / f"{module}.py").read_text("utf-8")
    tree = ast.parse(text)
    node = _places(tree)[number]
    match node:
        case ast.Compare():
            node.ops[0] = _OTHER[type(node.ops[0])]()
        case ast.BinOp() | ast.BoolOp() | ast.AugAssign():
            node.op = _OTHER[type(node.op)]()
        case ast.UnaryOp():
            node.op = ast.UAdd()
        case ast.Constant():
            node.value = not node.value if isinstance(node.value, bool) else int(node.value == 0)
    return ast.unparse(tree), node.lineno, f"{text.splitlines()[node.lineno - 1].strip()}  →  {ast.unparse(node)}"


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports a module from another text."""

    def __init__(self, module: str, source: str) -> None:
        self._name, self._source = f"{_ENGINE}.{module}", source

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, self._name, "exec"), module.__dict__)


def _survives(worlds: Sequence[World], mutant: tuple[str, str] | None, seconds: float) -> bool:
    """Whether a process with that change finds all that is to be found, in so many seconds of the processor."""
    child = os.fork()
    if child == 0:
        same = False
        try:
            signal.setitimer(signal.ITIMER_PROF, seconds)
            if mutant is None:
                same = _finds_all(worlds)
            else:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
                sys.meta_path.insert(0, _Instead(*mutant))
                same = _finds_all(worlds)
        except BaseException:
            if mutant is None:
                traceback.print_exc()
        finally:
            os._exit(0 if same else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _finds_all(worlds: Sequence[World]) -> bool:
    import pytest
    from test_columnar_stored import AS_IF_BIG

    for i, world in enumerate(worlds):
        if i == 2:
            _ask_records()
        for forced in (False, True):
            with pytest.MonkeyPatch.context() as patch:
                for module, name, value in AS_IF_BIG if forced else ():
                    patch.setattr(module, name, value)
                if not _finds(world):
                    return False
    return True


def _ask_records() -> None:
    """The tests that hold the engine to the interpreter on records, with other settings. Raises what they raise."""
    import sampling
    from hypothesis import HealthCheck, Phase, settings

    sampling.examples = lambda usual: settings(
        max_examples=100,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    import test_columnar

    test_columnar.test_the_same_of_people_who_know_one_another()
    test_columnar.test_the_same_of_any_records()
    test_columnar.test_the_same_where_no_type_is_declared()


def _finds(world: World) -> bool:
    import numpy as np

    from audql.engines.columnar import kept
    from audql.engines.columnar.engine import ColumnarEngine
    from audql.snapshot.snapshot import Snapshot

    # Nothing is kept: one mutant's columns would be the next one's.
    kept.Kept._read = lambda *_: None  # type: ignore[method-assign]
    kept.Kept._write = lambda *_: None  # type: ignore[method-assign]
    snapshot, later = (Snapshot.open(f / "state" / "snapshots") for f in (world.folder, world.changed_folder))
    engine = ColumnarEngine(snapshot, world.schema, world.roster, world.whens[0])
    people = world.later_roster.members(world.changed)
    asked: list[Callable[[], ColumnarEngine]] = [
        lambda: engine,
        lambda: engine.on(world.whens[1]),
        lambda: engine.after(later, world.later_roster, people),
    ]
    for ask, expected in zip(asked, world.expected, strict=True):
        here = ask()
        for start in range(0, len(world.rules), 40):
            here.prepare([rule for _, rule in world.rules[start : start + 40]], [])
            for (_, rule), members in zip(world.rules[start : start + 40], expected[start : start + 40], strict=True):
                if here.matching(rule, world.audiences) != members:
                    return False
    return (
        all(
            np.array_equal(engine.dates(value, world.roster.everyone, world.audiences), days)
            for value, days in world.expected_dates
        )
        and all(_folded(engine.values(place)) == texts for place, texts in world.expected_texts)
        and all(engine.met([rule], person) == those for rule, person, those in world.expected_met)
    )


if __name__ == "__main__":
    sys.exit(main())
