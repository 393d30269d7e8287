"""State as an older AudQL left it → as this one has it, by Alembic, a version after the other.

INVARIANT: a step is never changed once it was released, and says by itself what the tables were then. Versions 1 and 2
were SQLite's only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from audql.state.migrations import version_2, version_3, version_4

_STEPS: Sequence[Callable[[Operations], None]] = (version_2.upgrade, version_3.upgrade, version_4.upgrade)


def upgrade(connection: sa.Connection, number: int) -> None:
    """From that version on to the latest, within the transaction of the connection."""
    with Operations.context(MigrationContext.configure(connection)) as operations:
        for step in _STEPS[number - 1 :]:
            step(operations)
