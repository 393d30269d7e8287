"""One run at a time: a lock that the system lets go of when its process ends, however it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from audql.diagnostics import GuardError
from audql.state import messages

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(state_file: Path) -> Iterator[None]:
    """Holds the lock of a state. Raises GuardError at once when another run has it."""
    path = state_file.with_name(state_file.name + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            _take(file)
        except OSError:
            raise GuardError(messages.locked(path)) from None
        yield
