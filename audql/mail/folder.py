"""Mails as files, `KEY.eml` in a folder: to look at, or for another program to send."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from audql.mail.letter import Envelope, Letter
from audql.mail.way import UnreachableError, nothing


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder. One that is there already is written again, the same."""

    path: Path
    envelope: Envelope

    @property
    def name(self) -> str:
        return self.path.name

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def send(self, letter: Letter, meanwhile: Callable[[], None] = nothing) -> None:
        """Puts it there whole or not at all."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            fresh = self.path / f"{letter.key}.tmp"
            fresh.write_bytes(letter.encode(self.envelope))
            os.replace(fresh, self.path / f"{letter.key}.eml")
        except OSError as problem:
            raise UnreachableError(problem.strerror or str(problem)) from None
