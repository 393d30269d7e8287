"""What is said about state: AQ540 to AQ549."""

from __future__ import annotations

from pathlib import Path

from audql.diagnostics import Diagnostic, error


def locked(path: Path) -> Diagnostic:
    return error(
        "AQ540",
        "another run is at work on this workspace",
        hint=f"nothing was changed; run again when it has ended (it holds `{path.name}`, which needs no removing)",
    )


def newer_state(number: int, known: int) -> Diagnostic:
    return error(
        "AQ541",
        f"the state was written by a newer AudQL (its version is {number}, this one knows up to {known})",
        hint="nothing was changed; install that version again",
    )


def unreadable(file: str, why: str) -> Diagnostic:
    return error(
        "AQ542", f"the state `{file}` cannot be used: {why}", hint="put back a copy of it, or name another file"
    )
