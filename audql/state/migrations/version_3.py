"""Version 3 has approvals of plans. Some states of version 2 have them already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(to: Operations) -> None:
    """Adds their table where it is not there."""
    to.create_table(
        "approval",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("user", sa.Text, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        if_not_exists=True,
    )
