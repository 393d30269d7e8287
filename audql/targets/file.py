"""The target `file`: a CSV of changes that only grows, for a learning system that imports one.

Columns: key, person, learning, kind, action, role, due. A line break in a value is written as a space, so that each
line is one change and a torn last line can be told.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from audql.snapshot import durable
from audql.state.values import Effect
from audql.targets.target import TargetError

_TAIL_BYTES = 1 << 24
"""How far back to look for what is there already. INVARIANT: that is at most what one call wrote before a crash, 10,000
lines, and nobody else writes to the file."""

HEADER = ("key", "person", "learning", "kind", "action", "role", "due")


@dataclass(frozen=True, slots=True)
class ChangesFile:
    """Writes to `path`. The file can be taken away between runs; the next begins a new one."""

    path: Path

    def deliver(self, effects: Sequence[Effect]) -> None:
        """Appends what is not there yet; first takes away a last line that a crash left unfinished."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as file:
                _check(file)
                written = _keys(_mend(file))
                lines = b"" if file.seek(0, os.SEEK_END) else _lines([HEADER])
                lines += _lines(_row(e) for e in effects if e.key not in written)
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
    header = _lines([HEADER])
    file.seek(0)
    if not header.startswith(file.read(len(header))):
        raise _NotOurs


def _mend(file: IO[bytes]) -> bytes:
    """The last whole lines of the file, which after this ends with them."""
    size = file.seek(0, os.SEEK_END)
    start = file.seek(max(0, size - _TAIL_BYTES))
    content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.ftruncate(file.fileno(), start + len(whole))
    return whole


def _row(effect: Effect) -> tuple[str, ...]:
    due = effect.due.isoformat() if effect.due else ""
    return (effect.key, effect.person, effect.learning, effect.kind, effect.action, effect.role, due)


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([" ".join(value.splitlines()) for value in row] for row in rows)
    return text.getvalue().encode()


def _keys(content: bytes) -> frozenset[str]:
    return frozenset(line.split(b",", 1)[0].decode(errors="replace") for line in content.splitlines())
