"""Snapshots are named by what is in them, and nothing else; what cannot be read is told."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audql.snapshot.content import Rows, canonical, name_of_rows
from audql.snapshot.errors import RunError
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import load_values, save
from audql.types import Scalar

HEADING = (("a", Scalar.TEXT, False), ("b", Scalar.TEXT, False))
texts = st.none() | st.text(max_size=3)
rows = st.lists(st.tuples(texts, texts), max_size=6)


@given(st.data(), rows)
def test_order_means_nothing(data: st.DataObject, given_rows: list[tuple[str | None, str | None]]) -> None:
    shuffled = data.draw(st.permutations(given_rows))
    assert name_of_rows(Rows(HEADING, tuple(given_rows))) == name_of_rows(Rows(HEADING, tuple(shuffled)))


@given(rows, rows)
def test_other_rows_have_another_name(
    first: list[tuple[str | None, str | None]], second: list[tuple[str | None, str | None]]
) -> None:
    def order(row: tuple[str | None, ...]) -> tuple[tuple[bool, str], ...]:
        return tuple((v is None, v or "") for v in row)

    same = sorted(first, key=order) == sorted(second, key=order)
    assert (name_of_rows(Rows(HEADING, tuple(first))) == name_of_rows(Rows(HEADING, tuple(second)))) is same


def test_columns_and_their_types_are_part_of_the_name() -> None:
    one = Rows((("a", Scalar.TEXT, False),), (("1",),))
    names = {name_of_rows(Rows(((n, t, False),), one.rows)) for n in "ab" for t in (Scalar.TEXT, Scalar.NUMBER)}
    assert len(names) == 4


VALUES: dict[Scalar, list[object]] = {
    Scalar.TEXT: ["x", " ", "zoë\u2028\x00'\"", "NULL", ""],
    Scalar.CODE: ["007"],
    Scalar.NUMBER: [Decimal(0), Decimal("-2.5"), Decimal("9" * 19 + ".000000001"), Decimal("-0.000000001")],
    Scalar.YES_NO: [True, False],
    Scalar.DATE: [dt.date.min, dt.date.max, dt.date(2024, 2, 29)],
    Scalar.INSTANT: [dt.datetime(1, 1, 1), dt.datetime(2026, 11, 20, 8, 0, 0, 123456), dt.datetime(9999, 12, 31)],  # noqa: DTZ001 (UTC)
}


@pytest.mark.parametrize("scalar", VALUES)
def test_values_come_back(tmp_path: Path, scalar: Scalar) -> None:
    given_values = VALUES[scalar]
    table = Rows((("v", scalar, False),), (*((canonical(v),) for v in given_values), (None,)))
    manifest = save(tmp_path, {"people": table})
    back = [value for (value,) in load_values(tmp_path, manifest.tables["people"])]
    assert back[0] is None
    assert sorted(back[1:], key=str) == sorted(given_values, key=str)
    assert sorted(map(canonical, back[1:]), key=str) == sorted(r[0] for r in table.rows if r[0] is not None)


def failing(folder: Path) -> list[str]:
    with pytest.raises(RunError) as found:
        Snapshot.open(folder).rows("people")
    return [d.code for d in found.value.diagnostics]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert failing(tmp_path) == ["AQ550"]
    manifest = save(tmp_path, {"people": Rows((("id", Scalar.CODE, False),), (("u1",),))})
    path = tmp_path / f"{manifest.name}.json"
    whole = path.read_text()
    changes: list[dict[str, object]] = [
        {"format": 2},
        {"tables": []},
        {"tables": {"people": {"file": "../../x", "columns": []}}},
    ]
    for change in changes:
        path.write_text(json.dumps(json.loads(whole) | change))
        assert failing(tmp_path) == ["AQ552" if "format" in change else "AQ551"]
    path.write_text("{")
    assert failing(tmp_path) == ["AQ551"]
    path.write_text(whole)
    table = tmp_path / "tables" / manifest.tables["people"].file
    table.write_bytes(table.read_bytes()[:20])
    assert failing(tmp_path) == ["AQ551"]
    (tmp_path / "current").write_text("../elsewhere\n")
    assert failing(tmp_path) == ["AQ551"]
    path.unlink()
    (tmp_path / "current").write_text(manifest.name)
    assert failing(tmp_path) == ["AQ551"]
