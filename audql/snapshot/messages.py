"""What is said about snapshots: AQ550 to AQ552 and AQ606 of the disk that they are on."""

from __future__ import annotations

from pathlib import Path

from audql.diagnostics import Diagnostic, error


def no_snapshot() -> Diagnostic:
    return error("AQ550", "there is no snapshot yet: no feed has been read", hint="`audql sync` reads the feed")


def damaged(path: Path, why: str) -> Diagnostic:
    return error(
        "AQ551",
        f"the snapshot is damaged: `{path.name}` {why}",
        hint="`audql sync --allow headcount` makes it again from the feed; audiences stay as they are until then",
    )


def other_format(number: int, own: int) -> Diagnostic:
    """`own`: the format that is read."""
    cure = "feed everything once: `audql sync --allow headcount` makes it again from a full feed, without `delta`"
    newer = number > own
    return error(
        "AQ552",
        f"the snapshot was made by {'a newer' if newer else 'an earlier'} AudQL (its format is {number})",
        hint=f"install that version, or {cure}" if newer else cure,
    )


def disk_full(what: str, server: str = "") -> Diagnostic:
    """`server`: whose disk it is, where it is not this machine's."""
    if server:
        return error(
            "AQ606",
            f"the disk of the server `{server}` is full: {what} could not be written",
            hint="nothing was changed; make room on that server, and run again",
        )
    return error(
        "AQ606",
        f"the disk is full: {what} could not be written",
        hint="nothing was changed; make room where the workspace's state is, and run again",
    )


def disk_full_after() -> Diagnostic:
    return error(
        "AQ606",
        "the disk is full: the snapshot counts, and what follows it could not all be written",
        hint="make room where the workspace's state is, and run again: that is done before anything else",
    )
