"""Version 2 has alerts, whom they told, and the messages that wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


def upgrade(to: Operations) -> None:
    """Adds their tables."""
    to.create_table(
        "alert",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("audience", sa.Integer, sa.ForeignKey("audience.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("since", sa.Integer, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.UniqueConstraint("audience", "key"),
    )
    to.create_table(
        "notice",
        sa.Column("alert", sa.Integer, sa.ForeignKey("alert.id"), primary_key=True),
        sa.Column("learning", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("told", sa.LargeBinary, nullable=False),
    )
    to.create_table(
        "address",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("address", sa.Text, nullable=False, unique=True),
    )
    to.create_table(
        "message",
        sa.Column("alert", sa.Integer, sa.ForeignKey("alert.id"), primary_key=True),
        sa.Column("person", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("learning", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("spell", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("recipient", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("run", sa.Integer, sa.ForeignKey("run.number"), nullable=False),
        sa.Column("started", sa.Integer, nullable=False),
        sa.Column("due", sa.Integer),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("not_before", sa.Integer),
        sa.Column("settled", sa.Integer),
        sa.Column("why", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    not_sent = sa.text("status != 'sent'")
    to.create_index("message_mail", "message", ["status", "run", "recipient"], sqlite_where=not_sent)
    to.create_index("message_person", "message", ["person"])
