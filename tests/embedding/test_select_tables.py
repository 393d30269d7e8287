"""Tables of Arrow, polars and pandas: the rows that a query selects are those that it selects of their records."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import audql

TODAY = dt.date(2026, 11, 23)
NIGHT = dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC)
ROWS: list[dict[str, Any]] = [
    {
        "id": f"u{n}",
        "First Name": ("Zoë", "Ann", "  ann ", None, "Straße")[n % 5],
        "country": ("GB", "gb", "DE", None)[n % 4],
        "hired": None if n % 7 == 0 else TODAY - dt.timedelta(days=n * 40),
        "last_login": None if n % 3 == 0 else NIGHT - dt.timedelta(days=n, hours=n),
        "suspended": n % 6 == 5,
        "org.division": ("Retail", "Supply", None)[n % 3],
        "manager": f"u{n // 4}" if n else None,
        "Level": n % 5 if n % 5 else None,
        "Pay": Decimal(n) / 2,
    }
    for n in range(40)
]
QUERIES = (
    'country = "GB"',
    'country != "gb" and country is set',
    'first_name = "ann"',
    'first_name contains "STRASSE"',
    "hired within last 300 days",
    "hired is not set or suspended",
    "last_login within last 48 hours",
    'org.division = "retail" and not suspended',
    "custom.Level >= 3",
    "custom.Pay between 2.5 and 7",
    'manager.country = "GB"',
    'reports_to("u1")',
    'reports_to("u0", at_any_level: true)',
    "at least 2 reports",
    'any report (country = "DE")',
    'completed("Safety")',
    "true",
    "not true",
    "custom.Nothing is set",
)
MAKE: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "pyarrow": pa.Table.from_pylist,
    "polars": lambda rows: pl.DataFrame(rows, infer_schema_length=None),
    "pandas": pd.DataFrame,
}
IDS: dict[str, Callable[[Any], list[str]]] = {
    "pyarrow": lambda table: table["id"].to_pylist(),
    "polars": lambda table: table["id"].to_list(),
    "pandas": lambda table: table["id"].tolist(),
}


def _record(row: dict[str, Any]) -> dict[str, Any]:
    """The row as a record says it."""
    plain = {key: row[key] for key in ("id", "country", "hired", "last_login", "suspended", "manager")}
    record = plain | {"first_name": row["First Name"], "custom": {"Level": row["Level"], "Pay": row["Pay"]}}
    return record | ({"org": {"division": row["org.division"]}} if row["org.division"] else {})


@pytest.mark.parametrize("library", MAKE)
@pytest.mark.parametrize("text", QUERIES)
def test_the_rows_whose_records_match(library: str, text: str) -> None:
    query = audql.compile(text, zone="Europe/London")
    found = query.select(MAKE[library](ROWS), as_of=NIGHT)
    assert type(found) is type(MAKE[library](ROWS))
    assert IDS[library](found) == [record["id"] for record in query.select([*map(_record, ROWS)], as_of=NIGHT)]


def test_lists_and_structs_are_items() -> None:
    table = pa.Table.from_pylist(
        [
            {"id": "ann", "completions": [{"learning": "Fire", "completed": dt.date(2026, 1, 1)}]},
            {"id": "bob", "completions": []},
            {"id": "cy", "completions": None},
        ]
    )
    assert audql.compile('completed("fire")').select(table, as_of=TODAY)["id"].to_pylist() == ["ann"]


def test_a_schema_of_ones_own() -> None:
    class Device:
        system: str
        version: int

    frame = pl.DataFrame({"system": ["ios", "Android", "ios"], "version": [17, 14, 12], "'; DROP \"": [1, 2, 3]})
    query = audql.compile('system = "iOS" and version >= 15', schema=audql.Schema.of(Device))
    assert query.select(frame).rows() == [("ios", 17, 1)]


def test_no_rows_and_no_columns() -> None:
    query = audql.compile('country = "GB"')
    assert query.select(pl.DataFrame({"country": []}, schema={"country": pl.String})).height == 0
    assert query.select(pa.table({"country": pa.array([], pa.string())})).num_rows == 0
    assert len(query.select(pd.DataFrame({"id": ["a", "b"]}))) == 0


def test_equal_rows_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    query = audql.compile('country = "GB" or hired is set')
    frame = pl.DataFrame({"id": range(5000), "country": ["GB", "DE"] * 2500, "custom.More": range(5000)})
    asked: list[int] = []
    select = type(query._plans).select

    def counting(plans: Any, records: Any, *rest: Any) -> Any:
        asked.append(len(records))
        return select(plans, records, *rest)

    monkeypatch.setattr(type(query._plans), "select", counting)
    assert query.select(frame).height == 2500
    assert asked == [2]


def test_a_table_knows_no_other_people() -> None:
    with pytest.raises(TypeError, match="the rows of a table know one another"):
        audql.compile("suspended").select(pl.DataFrame({"id": ["a"]}), people=[{"id": "b"}])


class Staff(pd.DataFrame):  # type: ignore[misc]  # pandas has no types here
    """A frame of someone's own."""


def test_a_frame_of_ones_own_is_a_frame() -> None:
    found = audql.compile('country = "GB"').select(Staff(ROWS), as_of=NIGHT)
    assert found["id"].tolist() == [row["id"] for row in ROWS if (row["country"] or "").upper() == "GB"]


def test_values_of_several_types_in_a_column_stay_what_they_are() -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "x": [1, "a", None]})
    assert audql.compile("custom.x = 1").select(frame)["id"].tolist() == ["a"]


def test_a_column_of_records_is_a_list_of_them() -> None:
    records = [{"country": "GB"}, {"country": "DE"}]
    assert audql.compile('country = "GB"').select(pd.Series(records)) == records[:1]


def test_an_instant_that_python_has_not_is_none() -> None:
    late = pa.table({"id": ["a"], "last_login": pa.array([400_000_000_000_000_000], pa.timestamp("us", "UTC"))})
    assert audql.compile("last_login is not set").select(late).num_rows == 1


@pytest.mark.parametrize("kind", MAKE)
def test_elsewhere_a_table_is_no_list_of_records(kind: str) -> None:
    query: Any = audql.compile('country = "GB"')
    script: Any = audql.compile_script('audience "A" { where country = "GB" }')
    table = MAKE[kind](ROWS)
    cure = {"pyarrow": ".to_pylist()", "polars": ".to_dicts()", "pandas": ".to_dict('records')"}[kind]
    said = f"not a {type(table).__name__}; {cure} makes"
    wrongs: tuple[Callable[[], object], ...] = (
        lambda: query.explain(ROWS[0], people=table),
        lambda: query.explain(table),
        lambda: script.members(table),
        lambda: query.select(ROWS, people=table),
    )
    for wrong in wrongs:
        with pytest.raises(TypeError) as raised:
            wrong()
        assert said in str(raised.value)


def test_a_lazy_frame_is_to_be_collected() -> None:
    query: Any = audql.compile('country = "GB"')
    lazy = pl.DataFrame(ROWS, infer_schema_length=None).lazy()
    with pytest.raises(TypeError, match=r"a table is a DataFrame, not a LazyFrame; \.collect\(\) makes one"):
        query.select(lazy)
    with pytest.raises(TypeError, match="LazyFrame"):
        query.explain(lazy)
