"""Who was erased, as the state has it."""

from pathlib import Path

from audql.state.store import State
from audql.workspace import StatePlace


def test_an_id_stays_one_whoever_is_called_by_it_later(tmp_path: Path) -> None:
    with State.open_alone(StatePlace(tmp_path / "audql.sqlite")) as state:
        before = state.add_erased({"ann": ["bob"]})
        assert "ann" in before
        assert "bob" not in before
        after = state.add_erased({"bob": (), "cay": ["ann"]})
    assert "ann" in after
    assert "bob" in after
    assert after.named_in(["ANN"])
    assert len({"", before.digest, after.digest}) == 3


def test_an_id_that_was_a_name_makes_another_digest(tmp_path: Path) -> None:
    with State.open_alone(StatePlace(tmp_path / "audql.sqlite")) as state:
        before = state.add_erased({"ann": ["bob"]})
        assert state.add_erased({"bob": ()}).digest != before.digest
        assert state.add_erased({"bob": ()}).digest == state.erased().digest
