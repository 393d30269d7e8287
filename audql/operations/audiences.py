"""What the next run would make of a workspace's audiences: its plan, and who is then in each and since when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import numpy as np

from audql.engines.engine import Audiences, Joined, since_after
from audql.engines.record_engine import RecordEngine
from audql.operations.surroundings import Surroundings
from audql.program import Program
from audql.runner.run import plan_workspace
from audql.runner.values import AudiencePlan, Plan
from audql.state.store import State
from audql.text import fold


@dataclass(frozen=True, slots=True)
class Decided:
    """A plan, and who is in each audience after it."""

    plan: Plan
    audiences: Audiences

    def settle(self, around: Surroundings) -> None:
        """Says so to the population that queries are asked of."""
        RecordEngine(around.population, self.plan.roster).settle(self.audiences)


def next_plan(around: Surroundings, state: State, program: Program, allow: Collection[str] = ()) -> Plan:
    """Plans the next run. Raises RunError where there is no snapshot."""
    return plan_workspace(
        around.workspace,
        program,
        state,
        around.require_snapshot(),
        around.engine_of,
        as_of=around.when.day,
        allow=allow,
    )


def decided(around: Surroundings, program: Program) -> Decided:
    """The same, and since when members have been in. Raises RunError, also where the state cannot be read."""
    with State.open_to_read(around.workspace.state) as state:
        plan = next_plan(around, state, program)
        there = [audience for audience in plan.audiences if audience.standing != "retired"]
        return Decided(plan, {fold(audience.name): _joined(plan, audience, state) for audience in there})


def _joined(plan: Plan, audience: AudiencePlan, state: State) -> Joined:
    before = (audience.members - audience.joins.people) | audience.leaves.people
    since = state.since(audience.id) if audience.id is not None else np.zeros(0, dtype=np.int32)
    return Joined(
        audience.members,
        partial(since_after, before, since, audience.members, audience.joins.people, plan.basis.day),
    )
