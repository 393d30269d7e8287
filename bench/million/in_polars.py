"""The same conditions asked of polars, over the tables that tables.py makes, in memory and prepared.

Completions are kept in one frame per course, texts as enums. There are three forms for a condition on other tables; a
run takes the fastest.
"""

from __future__ import annotations

import datetime as dt
import typing
from collections.abc import Callable
from functools import reduce
from operator import and_, or_
from pathlib import Path
from typing import Literal, TypeAlias, assert_never

import numpy as np
import polars as pl
from audiences import (
    All,
    Any,
    AnyJob,
    Below,
    Completed,
    Condition,
    DateIs,
    Division,
    JobTest,
    LastCompleted,
    Not,
    Reports,
    Started,
    TextIn,
    Title,
    Within,
    atoms,
)
from words import ORGS, POSITIONS

Form = Literal["joins", "is_in", "masks"]
"""One lazy plan, semi joins where `and` allows and flags elsewhere; `is_in` of people found before; a mask of them."""
Elsewhere: TypeAlias = AnyJob | Completed | LastCompleted | Below


class Polars:
    def __init__(self, tables: Path, day: dt.date) -> None:
        self.day = day
        read = {name: pl.read_parquet(tables / f"{name}.parquet") for name in ("people", "current_jobs", "titles")}
        enums: dict[typing.Any, pl.Enum] = {
            name: pl.Enum(read[table][name].cast(pl.String).unique().sort())
            for table, name in [("people", "country"), ("people", "city"), ("people", "department")]
        }
        self.people = read["people"].cast(enums).filter(~pl.col("suspended"))
        self.jobs, self.titles = read["current_jobs"].cast({"division": pl.Categorical}), read["titles"]
        self.completions = pl.read_parquet(tables / "completions.parquet").partition_by("course", as_dict=True)
        self.above = pl.read_parquet(tables / "above.parquet").set_sorted("manager")
        self.none = self.completions[(0,)].clear()
        self.most = int(read["people"].select(pl.col("person").max()).item()) + 1

    def count(self, condition: Condition, form: Form) -> int:
        return int(self.plan(condition, form).select(pl.len()).collect().item())

    def plan(self, condition: Condition, form: Form) -> pl.LazyFrame:
        frame = self.people.lazy()
        if form != "joins":
            found = self._is_in if form == "is_in" else self._mask
            return frame.filter(self._expression(condition, found))
        rest: list[Condition] = []
        for part in condition.parts if isinstance(condition, All) else (condition,):
            match part:
                case Not(AnyJob() | Completed() | LastCompleted() | Below() as inner):
                    frame = frame.join(self._elsewhere(inner), on="person", how="anti")
                case AnyJob() | Completed() | LastCompleted() | Below():
                    frame = frame.join(self._elsewhere(part), on="person", how="semi")
                case _:
                    rest.append(part)
        flags: dict[Elsewhere, str] = {}
        for part in rest:
            for atom in atoms(part):
                if isinstance(atom, AnyJob | Completed | LastCompleted | Below) and atom not in flags:
                    flags[atom] = f"flag{len(flags)}"
                    flagged = self._elsewhere(atom).unique().with_columns(pl.lit(True).alias(flags[atom]))
                    frame = frame.join(flagged, on="person", how="left")
        tests = [self._expression(part, lambda atom: pl.col(flags[atom]).fill_null(False)) for part in rest]
        return frame.filter(reduce(and_, tests)) if tests else frame

    def _is_in(self, atom: Elsewhere) -> pl.Expr:
        return pl.col("person").is_in(self._elsewhere(atom).collect()["person"].implode())

    def _mask(self, atom: Elsewhere) -> pl.Expr:
        mask = np.zeros(self.most, dtype=np.bool_)
        mask[self._elsewhere(atom).collect()["person"].to_numpy()] = True
        return pl.lit(pl.Series(mask[self.people["person"].to_numpy()]))

    def _expression(
        self, condition: Condition, found: Callable[[Elsewhere], pl.Expr], *, negated: bool = False
    ) -> pl.Expr:
        def of(test: pl.Expr) -> pl.Expr:
            return ~test if negated else test

        match condition:
            case Not(part):
                return self._expression(part, found, negated=not negated)
            case All(parts) | Any(parts):
                join = and_ if isinstance(condition, All) is not negated else or_
                return reduce(join, [self._expression(part, found, negated=negated) for part in parts])
            case TextIn(field, values):
                return of(_any_of(field, values))
            case DateIs(field, how, ago, fixed):
                start = ago.before(self.day) if ago else fixed
                assert start is not None
                test = pl.col(field) < _like(field, start)
                if how == "within":
                    test = ~test & (pl.col(field) < _like(field, self.day + dt.timedelta(1)))
                return of(test.fill_null(False))
            case Reports(least):
                return of(pl.col("reports") >= least)
            case AnyJob() | Completed() | LastCompleted() | Below():
                return of(found(condition))
        assert_never(condition)

    def _elsewhere(self, atom: Elsewhere) -> pl.LazyFrame:
        match atom:
            case AnyJob(tests):
                return self.jobs.lazy().filter(*map(self._job, tests)).select("person")
            case Completed(course, within, grade):
                frame = self.completions.get((course,), self.none).lazy()
                if within is not None:
                    frame = frame.filter(pl.col("completed").is_between(within.before(self.day), self.day))
                if grade is not None:
                    frame = frame.filter(pl.col("grade") >= grade)
                return frame.select("person")
            case LastCompleted(course, ago):
                frame = self.completions.get((course,), self.none).lazy()
                latest = frame.group_by("person").agg(pl.col("completed").max())
                return latest.filter(pl.col("completed") < ago.before(self.day)).select("person")
            case Below(person):
                managers = self.above["manager"]
                first, last = (managers.search_sorted(person, side) for side in ("left", "right"))
                return self.above.slice(first, last - first).lazy().select("person")
        assert_never(atom)

    def _job(self, test: JobTest) -> pl.Expr:
        match test:
            case Division(values):
                return _any_of("division", values)
            case Title(how, text):
                name = pl.col("name").str
                like = name.contains(text, literal=True) if how == "contains" else name.starts_with(text)
                return pl.col("title").is_in(self.titles.filter(like)["title"].implode())
            case Within("org", node):
                return pl.col("org").is_between(node, int(ORGS.last[node]))
            case Within(_, node):
                return pl.col("position").is_between(node, int(POSITIONS.last[node]))
            case Started(ago):
                return pl.col("started").is_between(ago.before(self.day), self.day)
        assert_never(test)


def _any_of(field: str, values: tuple[str, ...]) -> pl.Expr:
    """Equalities are faster than a set for so few."""
    return reduce(or_, [pl.col(field) == value.lower() for value in values])


def _like(field: str, day: dt.date) -> pl.Expr:
    return pl.lit(day).cast(pl.Datetime("us")) if field == "last_login" else pl.lit(day)
