"""Definitions inside one another cost what they are long, not what they would be written out."""

import pytest

from audql.diagnostics import Findings
from audql.program import Program
from audql.program.compiling import compile_program, no_files
from audql.program.files import define_names, parse_files
from audql.semantics.context import EXPANSION_FOR_EACH_CHARACTER, EXPANSION_LIMIT, Expansions
from audql.semantics.expanding import check
from audql.semantics.resolving import context
from audql.source import Source
from audql.vocabulary import FUNCTIONS, PEOPLE

_INNERMOST_LAST = [*(f"let f{i} = f{i + 1} and f{i + 1}" for i in range(40)), 'let f40 = country = "GB"']
_INNERMOST_FIRST = ['let f0 = country = "GB"', *(f"let f{i + 1} = f{i} and f{i}" for i in range(40))]
_OF_MANAGERS = ["let f0 = suspended", *(f"let f{i + 1} = any manager (f{i}) or f{i}" for i in range(40))]
_DEFINES = ["define f0(x) = country = x", *(f"define f{i + 1}(x) = f{i}(x) or f{i}(x)" for i in range(40))]
_DEFINES_OF_TEXT = ["define f0(x) = country = x", *(f'define f{i + 1}(x) = f{i}("GB") or f{i}(x)' for i in range(40))]


def _compiled(*lines: str) -> Program:
    return compile_program([Source("\n".join(lines), "script")])


def _spent(*lines: str) -> int:
    """How many conditions are resolved to check each definition."""
    files = parse_files([Source("\n".join(lines), "script")], no_files)
    define_names(files, PEOPLE, FUNCTIONS)
    expansions = Expansions()
    for definition in files["script"].names.definitions.values():
        ctx = context(PEOPLE, FUNCTIONS, Findings())
        ctx.expansions = expansions
        check(ctx, definition)
    return expansions.spent


@pytest.mark.parametrize("lines", [_INNERMOST_LAST, _INNERMOST_FIRST, _DEFINES], ids=["last", "first", "defines"])
def test_what_would_grow_without_end_is_one_mistake_found_at_once(lines: list[str]) -> None:
    (problem,) = _compiled(*lines).diagnostics
    assert (problem.code, problem.message) == ("AQ211", "this expands to more than 100,000 conditions")
    assert _spent(*lines) < 20 * len(lines)


@pytest.mark.parametrize("lines", [_OF_MANAGERS, _DEFINES_OF_TEXT], ids=["managers", "texts"])
def test_what_each_use_makes_anew_is_bounded_by_one_limit(lines: list[str]) -> None:
    assert [d.code for d in _compiled(*lines).diagnostics if d.is_error] == ["AQ211"]
    assert _spent(*lines) < EXPANSION_LIMIT + EXPANSION_FOR_EACH_CHARACTER * len("\n".join(lines))


def test_audiences_of_what_failed_have_its_mistake_and_the_others_go_on() -> None:
    program = _compiled(
        *_INNERMOST_LAST,
        'audience "Great" { where f0 }',
        'audience "Greater" { where f0 or f1 }',
        'audience "Small" { where f35 }',
    )
    assert [d.code for d in program.diagnostics] == ["AQ211"]
    assert {frozen.name for frozen in program.frozen} == {"Great", "Greater"}
    assert [audience.name for audience in program.audiences] == ["Small"]


def test_all_audiences_together_have_a_limit_too() -> None:
    doubled = [*_DEFINES[:15], *(f'audience "A{i}" {{ where f14("GB") }}' for i in range(100))]
    program = _compiled(*doubled)
    (problem,) = program.diagnostics
    assert problem.code == "AQ211"
    assert problem.span is not None
    assert problem.span.text == 'f14("GB")'
    assert [audience.name for audience in program.audiences] == ["A0", "A1"]
    assert len(program.frozen) == 98


def test_a_mistake_in_a_let_is_told_once() -> None:
    lines = ["let f0 = contry = 1", *(f"let f{i + 1} = f{i} or not f{i}" for i in range(40))]
    program = _compiled(*lines, 'audience "A" { where f40 }')
    assert [d.code for d in program.diagnostics] == ["AQ201"]
    assert [frozen.name for frozen in program.frozen] == ["A"]


def test_a_let_is_about_the_person_in_whose_brackets_it_stands() -> None:
    program = _compiled('let british = country = "GB"', 'audience "A" { where british and any manager (british) }')
    assert not program.diagnostics
    rule = program.audiences[0].rule
    assert "Field(item=0" in repr(rule)
    assert "Field(item=1" in repr(rule)
