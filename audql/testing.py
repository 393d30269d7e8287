"""The tests in scripts, run against the audiences that they are of."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from audql.analysis.explaining import Explanation, explain
from audql.binding import AsOf, as_of
from audql.engines.evaluation import decide
from audql.engines.population import Population
from audql.program import Program
from audql.program.records import record_of
from audql.source import Span
from audql.syntax.scripts import Expect, Given, Test
from audql.text import fold
from audql.types import Schema


@dataclass(frozen=True, slots=True)
class TestResult:
    """One `member` or `not member` line of a test."""

    audience: str
    span: Span
    wanted: bool
    found: bool | None
    """None where the audience has a mistake and could not be asked."""
    why: Explanation | None
    """Of the audience's rule, where it has one."""

    @property
    def passed(self) -> bool:
        return self.found is self.wanted


def run_tests(program: Program, schema: Schema, zone: dt.tzinfo, today: dt.date) -> tuple[TestResult, ...]:
    """Run every test of the program, each as of its own day, or of `today` where it says none."""
    return tuple(result for test in program.tests for result in _run(program, schema, zone, today, test))


def _run(program: Program, schema: Schema, zone: dt.tzinfo, today: dt.date, test: Test) -> Iterator[TestResult]:
    when = as_of(test.as_of.value if test.as_of else today, zone)
    given = [record_of(schema, step.record, when) for step in test.steps if isinstance(step, Given)]
    for step in test.steps:
        if isinstance(step, Expect):
            yield _expect(program, schema, when, test, step, given)


def _expect(
    program: Program, schema: Schema, when: AsOf, test: Test, step: Expect, given: list[dict[str, object]]
) -> TestResult:
    name = test.audience.value
    asked = record_of(schema, step.record, when)
    records = [{"id": f"#{number}"} | record for number, record in enumerate([*given, asked])]
    audience = next((a for a in program.audiences if fold(a.name) == fold(name)), None)
    if audience is None:
        return TestResult(name, step.span, not step.negated, None, None)
    population = Population(schema, records, when)
    found = decide(program, population, only=audience)
    person = population.persons[-1]
    why = explain(audience.rule, population, person) if audience.rule is not None else None
    return TestResult(name, step.span, not step.negated, person in found[audience.name], why)
