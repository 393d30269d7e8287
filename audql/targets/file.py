"""The target `file`: a CSV of changes that only grows, for a learning system that imports one.

Columns: key, person, learning, kind, action, role, due. A line break in a value is written as a space, so that each
line is one change and a torn last line can be told.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import IO, ClassVar

from audql.snapshot import durable
from audql.state.values import Effect
from audql.targets.target import TargetError

_BLOCK_BYTES = 1 << 22

HEADER = ("key", "person", "learning", "kind", "action", "role", "due")
_HEADER = f"{','.join(HEADER)}\n".encode()
_COMMAS = len(HEADER) - 1
_row = attrgetter(*HEADER)


@dataclass(frozen=True, slots=True)
class ChangesFile:
    """Writes to `path`. The file can be taken away between runs; the next begins a new one."""

    path: Path

    batch: ClassVar[int] = 100_000
    """INVARIANT: never less than it ever was, since as many lines are looked at for what is there already."""

    def deliver(self, effects: Sequence[Effect]) -> None:
        """Appends what is not there yet; first takes away a last line that a crash left unfinished."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as file:
                _check(file)
                _mend(file)
                # What one call wrote before a crash, at most; and nobody else writes to the file.
                written = frozenset(_last_keys(file, self.batch))
                new = [effect for effect in effects if effect.key not in written] if written else effects
                lines = b"" if file.seek(0, os.SEEK_END) else _HEADER
                lines += _lines(new)
                durable.step("before the changes")
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            durable.sync_folder(self.path.parent)
        except OSError as problem:
            raise TargetError(self.path.name, problem.strerror or str(problem)) from None
        except _NotOurs:
            raise TargetError(self.path.name, "it is there already, and is no file of changes") from None
        durable.step("after the changes")


class _NotOurs(Exception):  # noqa: N818 (a value, not a fault)
    """The file is something else."""


def _check(file: IO[bytes]) -> None:
    """Raises _NotOurs for a file that does not begin as we begin one: a script, the feed or the state."""
    file.seek(0)
    if not _HEADER.startswith(file.read(len(_HEADER))):
        raise _NotOurs


def _mend(file: IO[bytes]) -> None:
    """The file ends with a whole line after this."""
    end = file.seek(0, os.SEEK_END)
    for start, block in _backwards(file, end):
        whole = block.rfind(b"\n") + 1
        if whole or not start:
            if start + whole < end:
                os.ftruncate(file.fileno(), start + whole)
            return


def _last_keys(file: IO[bytes], most: int) -> Iterator[str]:
    """Those of the last lines, so many at least where there are."""
    tail, count = b"", 0
    for _, block in _backwards(file, file.seek(0, os.SEEK_END)):
        tail, count = block + tail, count + block.count(b"\n")
        if count > most:
            break
    for line in filter(None, tail.decode(errors="replace").split("\n")):
        yield line.partition(",")[0]


def _backwards(file: IO[bytes], end: int) -> Iterator[tuple[int, bytes]]:
    """The blocks of a file, the last first, and where each begins."""
    while end > 0:
        start = file.seek(max(0, end - _BLOCK_BYTES))
        yield start, file.read(end - start)
        end = start


def _lines(effects: Sequence[Effect]) -> bytes:
    day = cache(lambda due: due.isoformat() if due is not None else "")
    lines = "".join(
        [
            f"{key},{person},{learning},{kind},{action},{role},{day(due)}\n"
            for key, person, kind, learning, _, action, role, due in effects
        ]
    )
    # One look at all of them takes less than one at each value, and nearly never is there anything to be done.
    count = len(effects)
    if '"' in lines or lines.count(",") > _COMMAS * count or len(lines.splitlines()) > count:
        lines = _quoted(tuple(str(each or "") for each in _row(effect)) for effect in effects)
    return lines.encode()


def _quoted(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([" ".join(value.splitlines()) for value in row] for row in rows)
    return text.getvalue()
