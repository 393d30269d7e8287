"""Version 4 has who was erased, which was a file beside the state before; `audql.state.erased` takes that over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(to: Operations) -> None:
    """Adds their table."""
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    to.create_table(
        "erased",
        sa.Column("salt", text, primary_key=True),
        sa.Column("hash", text, primary_key=True),
        sa.Column("is_id", sa.Boolean, nullable=False),
    )
