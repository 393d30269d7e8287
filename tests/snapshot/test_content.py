"""Snapshots are named by what is in them, and nothing else; what cannot be read is told."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples
from snapshot_rows import Heading, relation, save

from audql.diagnostics import RunError
from audql.snapshot.content import canonical, name_of_rows, sums_of
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import FORMAT, load_values
from audql.types import Scalar

HEADING: Heading = (("a", Scalar.TEXT, False), ("b", Scalar.TEXT, False))
texts = st.none() | st.text(min_size=1, max_size=3)
rows = st.lists(st.tuples(texts, texts), max_size=6)
TextRows = list[tuple[str | None, str | None]]


def name(heading: Heading, given_rows: Sequence[tuple[str | None, ...]]) -> str:
    return name_of_rows(heading, sums_of(relation(heading, given_rows)))


@examples(100)
@given(st.data(), rows)
def test_order_means_nothing(data: st.DataObject, given_rows: TextRows) -> None:
    shuffled = data.draw(st.permutations(given_rows))
    assert name(HEADING, given_rows) == name(HEADING, shuffled)


@examples(100)
@given(rows, rows)
def test_other_rows_have_another_name(first: TextRows, second: TextRows) -> None:
    def order(row: tuple[str | None, ...]) -> tuple[tuple[bool, str], ...]:
        return tuple((v is None, v or "") for v in row)

    same = sorted(first, key=order) == sorted(second, key=order)
    assert (name(HEADING, first) == name(HEADING, second)) is same


def test_columns_and_their_types_are_part_of_the_name() -> None:
    names = {name(((n, t, False),), [("1",)]) for n in "ab" for t in (Scalar.TEXT, Scalar.NUMBER)}
    assert len(names) == 4


def test_what_a_name_is_made_of() -> None:
    """So that no version of the database and no machine gives another, or every snapshot would change its name."""
    heading = tuple((scalar.value, scalar, False) for scalar in (Scalar.TEXT, *list(VALUES)[2:]))
    given_rows = [
        ("zoë", "-2.5", "true", "2024-02-29", "2026-11-20 08:00:00.123456"),
        ("a", None, None, None, None),
        (None, "7", "false", "0001-01-01", "1969-12-31 23:59:59"),
    ]
    written = [
        "4:zoë-2.500000000;true;19782;1795161600123456;",
        "1:a;;;;",
        ":7.000000000;false;-719162;-1000000;",
    ]
    sums = [0, 0]
    for text in written:
        digest = int.from_bytes(hashlib.md5(text.encode()).digest(), "little")
        sums = [(sums[0] + (digest >> 64)) % (1 << 64), (sums[1] + digest) % (1 << 64)]
    whole = f"{json.dumps([[n, t.value, many] for n, t, many in heading])}\n3\n{sums}"
    assert name(heading, given_rows) == hashlib.sha256(whole.encode()).hexdigest()[:32]


VALUES: dict[Scalar, list[object]] = {
    Scalar.TEXT: ["x", " ", "zoë\u2028\x00'\"", "NULL"],
    Scalar.CODE: ["007"],
    Scalar.NUMBER: [Decimal(0), Decimal("-2.5"), Decimal("9" * 19 + ".000000001"), Decimal("-0.000000001")],
    Scalar.YES_NO: [True, False],
    Scalar.DATE: [dt.date.min, dt.date.max, dt.date(2024, 2, 29)],
    Scalar.INSTANT: [dt.datetime(1, 1, 1), dt.datetime(2026, 11, 20, 8, 0, 0, 123456), dt.datetime(9999, 12, 31)],  # noqa: DTZ001 (UTC)
}


@pytest.mark.parametrize("scalar", VALUES)
def test_values_come_back(tmp_path: Path, scalar: Scalar) -> None:
    given_values = VALUES[scalar]
    texts = [canonical(v) for v in given_values]
    manifest = save(tmp_path, {"people": relation((("v", scalar, False),), [*((text,) for text in texts), (None,)])})
    back = [value for (value,) in load_values(tmp_path, manifest.tables["people"])]
    assert back.pop() is None
    assert sorted(back, key=str) == sorted(given_values, key=str)
    assert sorted(map(canonical, back), key=str) == sorted(map(str, texts))


def failing(folder: Path) -> list[str]:
    with pytest.raises(RunError) as found:
        Snapshot.open(folder).rows("people")
    return [d.code for d in found.value.diagnostics]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert failing(tmp_path) == ["AQ550"]
    manifest = save(tmp_path, {"people": relation((("id", Scalar.CODE, False),), [("u1",)])})
    path = tmp_path / f"{manifest.name}.json"
    whole = path.read_text()
    changes: list[dict[str, object]] = [
        {"format": FORMAT + 1},
        {"format": FORMAT - 1},
        {"tables": []},
        {"tables": {"people": {"file": "../../x", "columns": []}}},
    ]
    for change in changes:
        path.write_text(json.dumps(json.loads(whole) | change))
        assert failing(tmp_path) == ["AQ552" if "format" in change else "AQ551"]
    path.write_text("{")
    assert failing(tmp_path) == ["AQ551"]
    path.write_text(whole)
    table = tmp_path / "tables" / manifest.tables["people"].file.name
    table.write_bytes(table.read_bytes()[:20])
    assert failing(tmp_path) == ["AQ551"]
    (tmp_path / "current").write_text("../elsewhere\n")
    assert failing(tmp_path) == ["AQ551"]
    path.unlink()
    (tmp_path / "current").write_text(manifest.name)
    assert failing(tmp_path) == ["AQ551"]
