"""A query in a program: asked, explained, copied, shared between threads, and a field of settings."""

import copy
import datetime as dt
import json
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import audql

TODAY = dt.date(2026, 11, 23)


@dataclass
class Device:
    system: str
    memory_gb: int


def test_a_query_alone_imports_nothing_of_scripts() -> None:
    code = (
        "import sys, audql; audql.compile('suspended').matches({});"
        "print({'audql.program', 'audql.syntax.scripts', 'audql.syntax.printer', 'hashlib'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


# --- copies and comparisons -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        audql.compile("hired within last 90 days # and so on", zone="Europe/London"),
        audql.compile("new", lets="let new = hired within last 90 days"),
        audql.compile("memory_gb > 4", schema=audql.Schema.of(Device)),
        audql.compile("a.b > 4", schema=audql.OPEN, name="flag"),
        audql.compile("(" * 200 + "suspended" + ")" * 200),
        audql.compile(" and ".join(f'not (id = "{n}"' for n in range(120)) + ")" * 120),
        audql.compile('country != "GB"'),
    ],
)
def test_a_pickled_query_is_the_same_query(query: audql.Query) -> None:
    again = pickle.loads(pickle.dumps(query))
    assert again == query
    assert hash(again) == hash(query)
    assert (again.ir, again.schema, again.zone) == (query.ir, query.schema, query.zone)
    assert str(again.diagnostics) == str(query.diagnostics)


def test_what_was_asked_is_not_pickled() -> None:
    query = audql.compile("hired within last 90 days")
    before = pickle.dumps(query)
    for _ in range(50):
        query.matches({"hired": "2026-10-10"}, TODAY)
    assert pickle.dumps(query) == before
    assert len(before) < 300


def test_copies() -> None:
    query = audql.compile("suspended")
    assert copy.copy(query) == copy.deepcopy(query) == query
    assert copy.deepcopy({"audience": [query]})["audience"][0].matches({"suspended": True})


def test_equal_queries() -> None:
    same = audql.compile('country="GB"')
    assert same == audql.compile('(country = "GB")  # here', name="elsewhere")
    assert same != audql.compile('country = "GB"', zone="Europe/London")
    assert same != audql.compile('country = "GB"', schema=audql.OPEN)
    assert same != 'country = "GB"'
    assert audql.compile("a", lets="let a = true") != audql.compile("a", lets="let a = false")
    assert len({same, audql.compile("country = 'GB'")}) == 1


def test_a_zone_that_is_none() -> None:
    with pytest.raises(audql.AudQLError, match="Nowhere/At_All"):
        audql.compile("true", zone="Nowhere/At_All")


# --- why --------------------------------------------------------------------------------------------------------------


def test_an_explanation() -> None:
    query = audql.compile('country = "GB" and any report (suspended)')
    ann = {"id": "ann", "country": "gb"}
    bob = {"id": "bob", "manager": "ann", "suspended": True}
    alone, among = query.explain(ann, TODAY), query.explain(ann, TODAY, people=[bob])
    assert (alone.holds, among.holds) == (False, True)
    assert query.explain(ann, TODAY, people=[bob, ann]) == among
    assert [(part.text, part.holds, part.values) for part in alone.parts] == [
        ('country = "GB"', True, ('country "gb"',)),
        ("any report (suspended)", False, ("reports: none",)),
    ]
    assert str(among).startswith('yes all of\n  yes country = "GB"   [country "gb"]\n')


@pytest.mark.parametrize("record", [{}, {"country": None}, object(), Device("x", 3)])
def test_an_explanation_of_anything(record: object) -> None:
    assert audql.compile('country = "GB"').explain(record).holds is False


# --- threads ----------------------------------------------------------------------------------------------------------


def test_threads_that_ask_as_of_different_days_do_not_meet() -> None:
    query = audql.compile("hired within last 10 days and last_login within last 3 days")
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(40)]
    records = {day: {"hired": day, "last_login": dt.datetime.combine(day, dt.time(5), dt.UTC)} for day in days}

    def ask(number: int) -> bool:
        day, other = days[number % 40], days[(number * 7 + 15) % 40]
        expected = 0 <= (day - other).days <= 3
        return query.matches(records[other], as_of=day) is expected

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(4000)))


def test_threads_that_compile_at_once() -> None:
    def compiled(number: int) -> str:
        try:
            return str(audql.compile(f'country = "{number}" and custom.x{number} is set', lets="let a = true"))
        except audql.CompileError as mistakes:
            return str(mistakes)

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(compiled, range(200))) == [
            f'country = "{number}" and custom.x{number} is set' for number in range(200)
        ]


# --- a field of a model -----------------------------------------------------------------------------------------------


class Rules(BaseModel):
    audience: audql.Query
    devices: Annotated[audql.Query, audql.InSchema(audql.Schema.of(Device))] | None = None
    others: dict[str, audql.Query] = {}


def test_a_field_is_read_from_text_and_written_as_text() -> None:
    rules = Rules.model_validate(
        {"audience": 'country="GB"', "devices": "memory_gb > 4", "others": {"all": "true", "none": "false"}}
    )
    assert rules.audience.matches({"country": "gb"})
    assert rules.devices is not None
    assert rules.devices.matches(Device("x", 8))
    written = {"audience": 'country = "GB"', "devices": "memory_gb > 4", "others": {"all": "true", "none": "false"}}
    assert rules.model_dump() == written
    assert json.loads(rules.model_dump_json()) == written
    assert Rules.model_validate_json(rules.model_dump_json()) == rules
    assert rules.model_copy(deep=True) == rules


def test_a_field_takes_a_query() -> None:
    query = audql.compile("suspended")
    assert Rules(audience=query).audience is query
    with pytest.raises(ValidationError, match="no field `suspended`"):
        Rules(audience=query, devices=query)


def test_a_mistake_is_a_validation_error_with_its_place_underlined() -> None:
    with pytest.raises(ValidationError) as raised:
        Rules.model_validate({"audience": 'contry = "{GB}"'})
    (error,) = raised.value.errors()
    assert (error["type"], error["loc"]) == ("audql", ("audience",))
    assert (
        "audience\n  The query has a mistake\n    error[AQ201]: no field `contry`\n      --> audience:1:1\n"
        '       |\n     1 | contry = "{GB}"\n       | ^^^^^^ a person has none\n'
    ) in str(raised.value)


def test_warnings_are_no_mistakes() -> None:
    assert [d.code for d in Rules(audience='country != "GB"').audience.diagnostics] == ["AQ351"]  # type: ignore[arg-type]  # text is read


@pytest.mark.parametrize("wrong", [3, None, ["true"], {"a": 1}, b"true"])
def test_what_is_no_text(wrong: object) -> None:
    with pytest.raises(ValidationError, match="Input should be the text of a query"):
        Rules.model_validate({"audience": wrong})


def test_the_json_schema() -> None:
    properties = Rules.model_json_schema()["properties"]
    wanted = {"type": "string", "description": "An AudQL query: which people are meant"}
    assert properties["audience"] == wanted | {"title": "Audience"}
    assert properties["devices"]["anyOf"] == [wanted, {"type": "null"}]
    assert Rules.model_json_schema(mode="serialization")["properties"]["audience"] == wanted | {"title": "Audience"}


def test_the_zone_of_a_field() -> None:
    late = TypeAdapter(Annotated[audql.Query, audql.InSchema(zone="Pacific/Auckland", lets="let new = hired on today")])
    moment = dt.datetime(2026, 11, 23, 20, tzinfo=dt.UTC)
    assert late.validate_python("new").matches({"hired": "2026-11-24"}, as_of=moment)
    with pytest.raises(audql.AudQLError):
        TypeAdapter(Annotated[audql.Query, audql.InSchema(zone="Nowhere")])


def test_examples_leave_nothing_behind() -> None:
    """They are run and shown by `tests/docs/test_python_pages.py`."""
    folder = Path(__file__).parents[2] / "examples" / "embedding"
    assert len([p for p in folder.iterdir() if p.suffix == ".py"]) == 3
