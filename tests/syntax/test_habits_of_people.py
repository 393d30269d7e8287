"""What habits of English propose is in the vocabulary that ships, and no text that is right is taken for one."""

import pytest

import audql
from audql.syntax import habits_of_people as habits
from audql.vocabulary import FUNCTIONS, PEOPLE

_PARAMETERS = {function.name: {p.name for p in function.parameters} for function in FUNCTIONS}


def test_proposed_functions_are_there() -> None:
    proposed = {*habits._PHRASES.values(), *habits._HELD.values(), *habits._CALLED, "manages_people"}
    assert proposed <= _PARAMETERS.keys()
    assert all("within" in _PARAMETERS[name] for name in habits._WITHIN)
    assert all("kind" in _PARAMETERS[name] for name in ("enrolled", "overdue"))


def test_proposed_fields_are_there() -> None:
    places = {field.split()[0] for fields in habits._PLACES.values() for field in fields}
    assert {name for name in (*places, *habits._COLLECTIONS, "hired") if PEOPLE.person.field(name) is None} == set()


def test_words_that_people_say_are_no_names() -> None:
    said = [word for field in PEOPLE.person.fields for word in field.said]
    assert len(said) == len(set(said))
    assert [word for word in said if PEOPLE.person.field(word) is not None or word in _PARAMETERS] == []


@pytest.mark.parametrize(
    "query",
    [
        "reports.country in custom.countries",
        "any enrolment (enrolled on person.hired)",
        "any report (suspended) and at least 2 of (any badge, any job)",
        "works in places and lives in places and based in places",
        "a and an and manages and member is set",
        "service > 5 and tenure = 3",
        "enrolled in years and certified in years",
        "is_manager or manager",
    ],
)
def test_what_is_right_stays(query: str) -> None:
    assert str(audql.compile(query, schema=audql.OPEN)) == query
