"""A workspace whose feed is written anew at each step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from audql.diagnostics import GuardError, RunError
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import current_name
from audql.state.store import State
from audql.sync.sync import Progress, SyncReport, sync
from audql.workspace import Workspace

DAY = dt.date(2026, 11, 23)
PEOPLE = "id,username,email\nu1,ann,ann@example.com\nu2,bob,bob@example.com\nu9,zed,zed@example.com\n"


class Feed:
    """A workspace whose feed is written anew at each step."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "feed").mkdir()

    def write(self, toml: str = "", **tables: str) -> Feed:
        for path in (self.root / "feed").iterdir():
            path.unlink()
        for name, text in tables.items():
            (self.root / "feed" / f"{name}.csv").write_bytes(text.encode())
        own = "".join(f'[feed.{n}]\nfile = "{n}.csv"\n' for n in tables if f"[feed.{n}]" not in toml)
        head = '[workspace]\nzone = "Europe/London"\n'
        (self.root / "audql.toml").write_text(head + own + toml, encoding="utf-8")
        return self

    def sync(
        self,
        allow: Collection[str] = (),
        *,
        day: dt.date = DAY,
        at: dt.datetime | None = None,
        corrected: bool = False,
        progress: Progress = lambda what, count: None,
    ) -> SyncReport:
        workspace = Workspace.open(self.root)
        with State.open_alone(workspace.state) as state:
            return sync(workspace, state, as_of=day, at=at, allow=allow, corrected=corrected, progress=progress)

    def stops(self, allow: Collection[str] = (), at: dt.datetime | None = None) -> list[str]:
        """The codes of the guards that stop a sync of what was written; nothing is changed then."""
        return [d.code for d in self.stopped(allow, at).diagnostics if d.is_error]

    def stopped(self, allow: Collection[str] = (), at: dt.datetime | None = None) -> GuardError:
        before = current_name(self.root / "state" / "snapshots")
        with pytest.raises(GuardError) as found:
            self.sync(allow, at=at)
        assert current_name(self.root / "state" / "snapshots") == before
        return found.value

    def snapshot(self) -> Snapshot:
        return Snapshot.open(self.root / "state" / "snapshots")

    def fails(self, kind: type[RunError] = RunError, /, **given: str) -> list[str]:
        before = current_name(self.root / "state" / "snapshots")
        with pytest.raises(kind) as found:
            self.write(**given).sync()
        assert current_name(self.root / "state" / "snapshots") == before
        return [d.code for d in found.value.diagnostics]


def of(feed: Feed, person: str, collection: str) -> list[Any]:
    found = feed.snapshot().records()[person][collection]
    assert isinstance(found, list)
    return found
