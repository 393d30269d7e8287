"""What state keeps of alerts: notices go in and come out, and someone can be taken out of all of it."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from audql.state import alert_rows, tables
from audql.state.notices import Notices

people = st.dictionaries(st.integers(0, 300), st.tuples(st.integers(1, 9), st.integers(0, 40)))


def notices(of: dict[int, tuple[int, int]]) -> Notices:
    who = sorted(of)
    columns = (who, [of[p][0] for p in who], [of[p][1] for p in who])
    return Notices(*(np.array(column, dtype=np.int32) for column in columns))


@examples(100)
@given(people, people)
def test_notices(a: dict[int, tuple[int, int]], b: dict[int, tuple[int, int]]) -> None:
    first, second = notices(a), notices(b)
    assert Notices.decode(first.encode()) == first
    assert first.with_latest(second) == notices(a | b)
    told = first.has(second.people, second.spell, second.number).tolist()
    assert told == [p in a and a[p][0] == b[p][0] and a[p][1] >= b[p][1] for p in sorted(b)]


def test_someone_is_forgotten() -> None:
    engine = sa.create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        blob = notices({1: (1, 0), 2: (1, 3)}).encode()
        connection.execute(tables.notice.insert(), {"alert": 1, "learning": 0, "told": blob})
        same = {"alert": 1, "learning": 0, "spell": 1, "number": 0, "run": 1, "started": 0, "tries": 0, "why": ""}
        for person, recipient in ((1, 1), (2, 1), (2, 2), (2, -1)):
            values = {"person": person, "recipient": recipient, "status": "sent"}
            connection.execute(tables.message.insert(), same | values)
        alert_rows.forget(connection, 1)
        assert alert_rows.known_notices(connection, 1, None) == notices({2: (1, 3)})
        left = connection.execute(sa.select(tables.message.c.person, tables.message.c.recipient)).fetchall()
        assert sorted(tuple(row) for row in left) == [(2, -1), (2, 2)]
    engine.dispose()
