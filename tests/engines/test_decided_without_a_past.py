"""An audience without a past: what a script's tests and `Script.members` say is what its first night does."""

import datetime as dt

import pytest

import audql
from audql.program.compiling import compile_program
from audql.source import Source
from audql.testing import run_tests
from audql.vocabulary import PEOPLE

DAY = dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("clause", "inside"),
    [
        ("", True),
        ("active until 2026-11-24", True),
        ("active until 2026-11-23", False),
        ("active from 2026-11-25", False),
        ("membership paused", False),
        ("membership remove only", False),
        ("membership add only", True),
    ],
)
def test_who_can_be_in(clause: str, inside: bool) -> None:
    script = audql.compile_script(f'audience "A" {{ where true {clause} }}')
    assert script.members([{"id": "ann"}], as_of=DAY) == {"A": [{"id": "ann"}] if inside else []}


def test_a_tests_record_is_read_under_other_names_too() -> None:
    text = (
        'audience "A" { where job.title = "Nurse" }\ntest "A" { member { job.title: "nurse" } not member { job: {} } }'
    )
    results = run_tests(compile_program([Source(text, "a.aud")]), PEOPLE, dt.UTC, DAY)
    assert [result.passed for result in results] == [True, True]


def test_slips_of_a_caller_are_type_errors() -> None:
    query = audql.compile("suspended")
    with pytest.raises(TypeError, match="as_of is a date"):
        query.matches({}, as_of="2026-11-23")  # type: ignore[arg-type]  # that is the slip
    with pytest.raises(TypeError, match="several records"):
        query.select({"id": "a"})


def test_a_number_too_long_to_be_written_is_nothing() -> None:
    assert not audql.compile("id_number is set").matches({"id_number": 10**5000})
