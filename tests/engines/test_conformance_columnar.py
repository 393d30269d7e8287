"""The queries of the conformance suite on the columnar engine."""

from collections.abc import Sequence

import pytest
from shredding import Shredded
from test_conformance_compiled import CASES, SUITE

from audql.binding import as_of
from audql.embedding import Query
from audql.engines.columnar.answers import Answers
from audql.engines.columnar.frames import Frames
from audql.engines.interpreter import Interpreter
from audql.engines.members import Members
from audql.engines.people import People


def selected(query: Query, records: Sequence[object], day: object) -> list[object]:
    """The records that match."""
    when = as_of(day, query.zone)  # type: ignore[arg-type]  # a day or an instant, as the suite has it
    known = People(query.schema, records)
    store = Shredded(known, query.ir)
    found = Members(Answers(Frames(store, Interpreter(query.schema, when.zone, known)), when).words(query.ir))
    return [record for row, record in enumerate(records) if row in found]


@pytest.fixture(autouse=True)
def _by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SUITE, "selected", selected)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.place) for case in CASES if case.matches is not None])
def test_case(case: object) -> None:
    SUITE.test_case(case)
