"""What cannot be locked is not held by another run."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from audql.diagnostics import GuardError
from audql.state import lock
from audql.workspace import StatePlace


def test_only_a_lock_that_is_held_is_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = StatePlace(tmp_path / "audql.sqlite")

    def fail(_: object) -> None:
        raise failure

    monkeypatch.setattr(lock, "_take", fail)
    failure: OSError = lock._HELD()
    with pytest.raises(GuardError), lock.locked(place):
        pass
    failure = OSError(errno.ENOLCK, "No locks available")
    with pytest.raises(OSError, match="cannot be locked: No locks available") as stopped, lock.locked(place):
        pass
    assert stopped.value.filename == str(place.file) + ".lock"
