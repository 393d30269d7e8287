"""What the next run would make of a workspace's audiences: its plan, and who is then in each and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from audql.operations.surroundings import Surroundings
from audql.program import Program
from audql.runner.run import plan_workspace
from audql.runner.values import Plan
from audql.state.store import State
from audql.text import fold


@dataclass(frozen=True, slots=True)
class Decided:
    """A plan and the state that it was made from."""

    plan: Plan
    since_known: Mapping[int, Mapping[str, dt.date]]
    """Audience id → member so far → since when."""

    def since(self) -> dict[str, dict[str, dt.date]]:
        """Folded name → member after the run → since when."""
        found: dict[str, dict[str, dt.date]] = {}
        for audience in self.plan.audiences:
            if audience.standing == "retired":
                continue
            before = self.since_known.get(audience.id, {}) if audience.id is not None else {}
            left = {move.person for move in audience.leaves}
            members = {who: day for who, day in before.items() if who not in left}
            members.update((move.person, self.plan.basis.day) for move in audience.joins)
            found[fold(audience.name)] = members
        return found


def next_plan(around: Surroundings, program: Program, allow: Collection[str] = ()) -> Plan:
    """Plans the next run. Raises RunError where there is no snapshot or the state cannot be read."""
    return plan_workspace(
        around.workspace,
        program,
        around.require_snapshot(),
        around.engine,
        as_of=around.when.day,
        allow=allow,
    )


def decided(around: Surroundings, program: Program) -> Decided:
    """The same, and since when members have been in. Raises RunError."""
    plan = next_plan(around, program)
    with State.open(around.workspace.state_file) as state:
        known = [audience.id for audience in plan.audiences if audience.id is not None]
        return Decided(plan, {number: state.since(number) for number in known})
