"""The target `file`: a CSV of changes that only grows, for a learning system that imports one.

Columns: key, person, learning, kind, action, role, due. A line break in a value is written as a space, so that each
line is one change and a torn last line can be told.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audql.snapshot import durable
from audql.state.values import Effect
from audql.targets.target import TargetError

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
                whole = self._mend(file.fileno())
                written = _keys(whole)
                lines = _lines(HEADER) if not whole else b""
                lines += b"".join(_lines(_row(e)) for e in effects if e.key not in written)
                durable.step("before the changes")
                file.seek(0, os.SEEK_END)
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            durable.sync_folder(self.path.parent)
        except OSError as problem:
            raise TargetError(self.path.name, problem.strerror or str(problem)) from None
        durable.step("after the changes")

    def _mend(self, handle: int) -> bytes:
        """The whole lines of the file, which after this has nothing else."""
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            os.ftruncate(handle, len(whole))
        return whole


def _row(effect: Effect) -> tuple[str, ...]:
    due = effect.due.isoformat() if effect.due else ""
    return (effect.key, effect.person, effect.learning, effect.kind, effect.action, effect.role, due)


def _lines(row: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(" ".join(value.splitlines()) for value in row)
    return text.getvalue().encode()


def _keys(content: bytes) -> frozenset[bytes | str]:
    return frozenset(line.split(b",", 1)[0].decode(errors="replace") for line in content.splitlines())
