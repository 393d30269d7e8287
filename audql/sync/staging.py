"""The parts of a feed → the table of each element, ready to be kept, and what of them is not in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from audql.snapshot.history import whole_files
from audql.snapshot.tables import Staged, stage
from audql.sync.earlier import staying_of
from audql.sync.guards import Told, told, told_nothing
from audql.sync.making import Making, Part
from audql.sync.merging import mode_of
from audql.sync.messages import Refusal
from audql.sync.opening import Parts, parts_of
from audql.sync.ownerless import Ownerless
from audql.sync.quarantine import Aside, wait
from audql.sync.still_aside import StillAside, still_aside
from audql.workspace import Workspace


@dataclass(slots=True)
class StagedFeed:
    """A feed that is not kept yet; each of `tables` with what is `told` of it, which guards look at."""

    tables: list[Staged] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    ownerless: list[Ownerless] = field(default_factory=list)
    aside: list[StillAside] = field(default_factory=list)
    waiting: list[Aside] = field(default_factory=list)

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows by table."""
        return {one.table.name: one.table.count for one in self.tables}


def stage_feed(
    making: Making,
    workspace: Workspace,
    parts: Parts,
    temporary: Path,
    at: dt.datetime | None,
    *,
    corrected: bool,
) -> StagedFeed:
    """Makes one table after the other, so that few are in memory. `at`: when what is no file was written. `corrected`:
    what is fed was set aside before, and comes beside what waits."""
    fed = StagedFeed()
    full = {element for element, part, _ in parts_of(workspace) if not part.delta}
    bases = whole_files(workspace.snapshots, workspace.config.state.keep)
    aside, earlier = (None, workspace.waiting) if corrected else (workspace.quarantine, None)
    for table, given in parts.items():
        # Of a full feed the rows of a person are set aside together, and come back so.
        mode = replace(mode_of([part for part, _, _ in given]), by_person=corrected and table.name in full)
        opened = [one for _, one, _ in given]
        was = making.before.manifest.tables.get(table.name) if making.before is not None else None
        when = (was.fed if was is not None else None) if corrected else _written(given, at)
        if was is not None and mode.delta and not any(one.count for one in opened) and making.is_untouched(table):
            fed.tables.append(Staged(was, None).fed_at(when))
            fed.told.append(told_nothing(table))
            fed.aside += still_aside(aside, making, table, given, None, temporary)
            continue
        draft = making.make(table, given, mode)
        staying = staying_of(draft)
        staged = stage(
            workspace.snapshots, table.name, draft.relation(), temporary, before=was, staying=staying, bases=bases
        )
        fed.tables.append(staged.leaving_out(draft.left_out).fed_at(when))
        fed.told.append(told(draft, making.before, mode))
        fed.aside += still_aside(aside, making, table, given, draft, temporary)
        if mode.delta:
            fed.waiting += wait(draft, opened, temporary, earlier)
        fed.refusals += sorted(draft.refusals, key=lambda r: (r.file, r.line))
        fed.ownerless += draft.ownerless
        if not table.key:
            draft.drop()
    fed.refusals = list(dict.fromkeys(fed.refusals))  # a file can be of several elements
    return fed


def _written(given: Sequence[Part], at: dt.datetime | None) -> dt.datetime | None:
    """When what is fed of an element was last written, but not after `at`: the others can be of years that are over."""
    each = [opened.written or at for _, opened, _ in given if not opened.waited]
    return max((min(when, at or when) for when in each if when is not None), default=None)
