"""Many rows at once say what each row alone would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from audql.engines.days import NO_DAY
from audql.state import bulk
from audql.state.database import nothing, opened
from audql.workspace import StatePlace

pytest_plugins = ("databases",)

TABLE = sa.Table(
    "row",
    sa.MetaData(),
    sa.Column("a", sa.Integer, primary_key=True),
    sa.Column("b", sa.Integer),
    sa.Column("c", sa.Text),
    sa.Column("d", sa.Boolean),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    url = request.getfixturevalue("schema_url")("bulk") if request.param == "postgresql" else ""
    with opened(StatePlace(Path(), url)) if url else nothing() as found:
        yield found
        TABLE.drop(found)


@pytest.mark.parametrize("count", [1, 2, 499, 500, 501, 1203])
def test_what_differs_and_what_does_not(engine: sa.Engine, count: int) -> None:
    numbers = np.arange(count, dtype=np.int32)
    some = np.where(numbers % 3 == 0, NO_DAY, numbers).astype(np.int32)
    words = [f"w{i}" for i in range(count)]
    with engine.begin() as connection:
        TABLE.create(connection)
        columns = {"a": range(count), "b": bulk.days(some), "c": words, "d": True}
        bulk.insert(connection, TABLE, count, columns)
        rows = connection.execute(sa.select(TABLE).order_by(TABLE.c.a)).all()
        assert [tuple(row) for row in rows] == [(i, None if i % 3 == 0 else i, f"w{i}", True) for i in range(count)]
        odd = numbers[1::2]
        changed = {"b": odd * 2, "c": "odd", "d": None}
        bulk.update(connection, TABLE, odd.size, {"a": odd}, changed)
        rows = connection.execute(sa.select(TABLE).where(TABLE.c.a % 2 == 1).order_by(TABLE.c.a)).all()
        assert [tuple(row) for row in rows] == [(i, 2 * i, "odd", None) for i in range(1, count, 2)]
        assert len(connection.execute(sa.select(TABLE).where(TABLE.c.c == "odd")).all()) == odd.size


def test_days() -> None:
    assert bulk.days(np.array([NO_DAY, NO_DAY], dtype=np.int32)) is None
    assert bulk.days(np.array([NO_DAY, 4], dtype=np.int32)) == [None, 4]
    assert np.array_equal(bulk.days(np.array([3, 4], dtype=np.int32)), [3, 4])  # type: ignore[arg-type]
