"""A disk that is full, told as that by whatever finds it: the system, or one of the databases."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from audql.diagnostics import RunError
from audql.snapshot import messages

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SAID = ("no space left on device", "disk is full", "failed to offload data block", "disk quota exceeded")
"""In what DuckDB and SQLite say, in which there is no number."""


def is_full(problem: BaseException) -> bool:
    """Whether it is for want of room."""
    if isinstance(problem, OSError):
        return problem.errno in _FULL
    said = str(problem).lower()
    return any(text in said for text in _SAID)


@contextmanager
def room_for(what: str) -> Iterator[None]:
    """Raises RunError where there is no room for what is being written."""
    try:
        yield
    except RunError:
        raise
    except Exception as problem:
        if is_full(problem):
            raise RunError(messages.disk_full(what)) from None
        raise
