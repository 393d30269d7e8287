"""Paths → text, with what is wrong said once; text → files, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from audql.diagnostics import RunError
from audql.first_bytes import BEGINNING, no_text
from audql.operations import messages
from audql.snapshot import durable
from audql.snapshot.disk import oddity

STDIN = "-"
_OPENED = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""What the shell has opened, such as for `<(…)`: whoever writes there is there."""


def read_bytes(path: str, stdin: Callable[[], bytes] | None = None, most: int | None = None) -> bytes:
    """What is in the file, or on the standard input for `-`. Raises RunError, also for a pipe of a folder, on which one
    could wait for ever. Of what is longer than `most` bytes one more is read, and no further."""
    if path == STDIN and stdin is not None:
        return stdin()
    if not path.startswith(_OPENED) and (what := oddity(Path(path))):
        raise RunError(messages.no_file(path, what))
    try:
        with Path(path).open("rb") as file:
            return file.read() if most is None else file.read(most + 1)
    except FileNotFoundError:
        raise RunError(messages.file_missing(path, _beside(Path(path)))) from None
    except (OSError, ValueError) as problem:
        raise RunError(messages.cannot_use(path, why_of(problem))) from None


def decode(path: str, data: bytes) -> str:
    """The text in UTF-8. Raises RunError."""
    require_text(path, data)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise RunError(messages.not_text(path, data.count(b"\n", 0, problem.start) + 1)) from None


def is_json(data: bytes) -> bool:
    """Whatever its name ends in: it begins with a bracket."""
    return data.lstrip().startswith((b"[", b"{", b"\xef\xbb\xbf[", b"\xef\xbb\xbf{"))


def require_text(path: str, data: bytes) -> None:
    """Raises RunError for a workbook or an archive."""
    if wrong := no_text(path, data[:BEGINNING]):
        raise RunError(wrong)


def read_text(path: str, stdin: Callable[[], bytes] | None = None) -> str:
    return decode(path, read_bytes(path, stdin))


def rewrite(path: Path, text: str) -> None:
    """Puts the text in the place of what the file had: its permissions stay, and a link stays a link."""
    target = path.resolve()

    def write(fresh: Path) -> None:
        fresh.write_text(text, encoding="utf-8", newline="")
        shutil.copymode(target, fresh)

    try:
        durable.replace_with(target, write)
    except OSError as problem:
        raise RunError(messages.cannot_use(str(path), why_of(problem))) from None


def _beside(path: Path) -> list[str]:
    """The files beside a path that is not there, written as it was."""
    try:
        with os.scandir(path.parent) as found:
            return [str(path.with_name(entry.name)) for entry in found if entry.is_file()][:1000]
    except (OSError, ValueError):
        return []


def why_of(problem: Exception) -> str:
    """What the system says."""
    said = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
    return said[:1].lower() + said[1:]
