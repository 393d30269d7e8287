"""What a disk has instead: no room, told as that by whatever finds it, or something else than a file where one is
wanted."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audql.diagnostics import RunError
from audql.snapshot import messages

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SAID = ("no space left on device", "disk is full", "failed to offload data block", "disk quota exceeded")
"""In what DuckDB and SQLite say, in which there is no number."""
_NO_ROOM_FOR_A_LOG = "SQLITE_IOERR_SHMSIZE"
"""Of the index of its log, 32 KB, which SQLite makes to open a file; what it says is `disk I/O error`."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def is_full(problem: BaseException) -> bool:
    """Whether it is for want of room."""
    if isinstance(problem, OSError):
        return problem.errno in _FULL
    if getattr(problem, "sqlite_errorname", "") == _NO_ROOM_FOR_A_LOG:
        return True
    said = str(problem).lower()
    return any(text in said for text in _SAID)


def oddity(path: Path) -> str:
    """What is there, links followed, where it is none that can be read to its end; empty for a file, and for nothing.

    To open a pipe would be to wait for whoever writes into it.
    """
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except OSError as problem:
        return "a link that leads round to itself" if problem.errno == errno.ELOOP else ""
    except ValueError:
        return ""
    return "" if kind == stat.S_IFREG else _KINDS.get(kind, "no file")


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
