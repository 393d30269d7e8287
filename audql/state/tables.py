"""The tables of state, one text for SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 1
"""Of these tables; the steps from one to the next are migrations."""

metadata = MetaData()

version = Table("version", metadata, Column("number", Integer, primary_key=True))

person = Table(
    "person",
    metadata,
    Column("ordinal", Integer, primary_key=True, autoincrement=False),  # given once, never reused
    Column("id", Text, nullable=False, unique=True),
)

run = Table(
    "run",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, nullable=False),
    Column("at", DateTime, nullable=False),  # UTC
    Column("snapshot", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("version", Integer, nullable=False),  # of the state: how many runs have changed it, this one included
    Column("report", Text, nullable=False),
)

audience = Table(
    "audience",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, unique=True),  # the folded name; none once it has ended, so that the name is free
    Column("name", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("gives", Text, nullable=False),  # JSON: [[kind, learning, role], …]
    Column("on_leaving", Text, nullable=False),
    Column("members", LargeBinary, nullable=False),  # audql.engines.members
    Column("since", LargeBinary, nullable=False),  # of each member, audql.state.packing
)

delta = Table(
    "delta",
    metadata,
    Column("audience", ForeignKey("audience.id"), primary_key=True),
    Column("run", ForeignKey("run.number"), primary_key=True),
    Column("joined", LargeBinary, nullable=False),
    Column("left", LargeBinary, nullable=False),
)

learning = Table(
    "learning",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("learning", Text, nullable=False),
    Column("open", Integer, nullable=False),  # how many have a spell that has not ended
    Column("ledger", LargeBinary, nullable=False),  # audql.state.ledger: the latest spells, as the rows have them
    UniqueConstraint("kind", "learning"),
)

# There can be tens of millions of these and of what waits in the outbox. So days are whole numbers, counted from
# 1970-01-01, and rows lie in the order of the key, without a second copy of it.
enrolment = Table(
    "enrolment",
    metadata,
    Column("learning", ForeignKey("learning.id"), primary_key=True),
    Column("person", ForeignKey("person.ordinal"), primary_key=True),
    Column("spell", Integer, primary_key=True),
    Column("role", Text, nullable=False),
    Column("started", Integer, nullable=False),
    Column("due", Integer),
    Column("status", Text, nullable=False),  # wanted, confirmed, adopted
    Column("completed", Boolean, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("ended", Integer),
    sqlite_with_rowid=False,
)

# What waits to be told; a row goes when the target has taken it.
outbox = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # the order of telling
    Column("run", ForeignKey("run.number"), nullable=False),
    Column("learning", Integer, nullable=False),
    Column("person", Integer, nullable=False),
    Column("spell", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("due", Integer),
)
