"""The tables of state, one text for SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
)
from sqlalchemy import Text as _Text
from sqlalchemy.event import listens_for

VERSION = 4
"""Of these tables; `migrations` has the steps from one to the next."""

Text = _Text().with_variant(_Text(collation="C"), "postgresql")
"""In the same order on both, and in one that no update of a system's library changes under an index."""
Seconds = Integer().with_variant(BigInteger(), "postgresql")
"""From 1970 on. What SQLite calls an integer has room for them."""

metadata = MetaData()

version = Table("version", metadata, Column("number", Integer, primary_key=True, autoincrement=False))

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
# 1970-01-01, and rows lie in the order of the key, without a second copy of it. Nor does PostgreSQL look up what they
# refer to, which would take three quarters of the time that writing them takes.


def _refers(column: str, to: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint([column], [to]).ddl_if(dialect="sqlite")


enrolment = Table(
    "enrolment",
    metadata,
    Column("learning", Integer, primary_key=True),
    Column("person", Integer, primary_key=True),
    Column("spell", Integer, primary_key=True),
    Column("role", Text, nullable=False),
    Column("started", Integer, nullable=False),
    Column("due", Integer),
    Column("status", Text, nullable=False),  # wanted, confirmed, adopted
    Column("completed", Boolean, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("ended", Integer),
    _refers("learning", "learning.id"),
    _refers("person", "person.ordinal"),
    sqlite_with_rowid=False,
)

# What waits to be told; a row goes when the target has taken it.
outbox = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # the order of telling
    Column("run", Integer, nullable=False),
    Column("learning", Integer, nullable=False),
    Column("person", Integer, nullable=False),
    Column("spell", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("due", Integer),
    _refers("run", "run.number"),
)

# --- alerts -----------------------------------------------------------------------------------------------------------

# One `notify` of one audience; those that differ in whom they tell only are one.
alert = Table(
    "alert",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("audience", ForeignKey("audience.id"), nullable=False),
    Column("key", Text, nullable=False),  # audql.state.alerts: the moment and the template
    Column("since", Integer, nullable=False),  # the day from which it counts
    Column("live", Boolean, nullable=False),  # whether the script has it still
    UniqueConstraint("audience", "key"),
)

# Who was told already that something is due; of joining and leaving, who is still to be told.
notice = Table(
    "notice",
    metadata,
    Column("alert", ForeignKey("alert.id"), primary_key=True),
    Column("learning", Integer, primary_key=True, autoincrement=False),  # 0 of joining and leaving
    Column("told", LargeBinary, nullable=False),  # audql.state.notices
)

address = Table(
    "address",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # from 1 on
    Column("address", Text, nullable=False, unique=True),
)

# What one recipient is told of one person. INVARIANT: the primary key is what makes each of them once, ever, so a row
# stays when its mail has gone.
message = Table(
    "message",
    metadata,
    Column("alert", Integer, primary_key=True),
    Column("person", Integer, primary_key=True, autoincrement=False),
    Column("learning", Integer, primary_key=True, autoincrement=False),  # 0 of joining and leaving
    Column("spell", Integer, primary_key=True, autoincrement=False),  # of joining and leaving, the day
    Column("number", Integer, primary_key=True, autoincrement=False),  # of a repetition, from 0 on
    Column("recipient", Integer, primary_key=True, autoincrement=False),  # an ordinal; or an address's id, negative
    Column("run", Integer, nullable=False),
    Column("started", Integer, nullable=False),
    Column("due", Integer),
    Column("status", Text, nullable=False),  # waiting, sent, dropped, refused
    Column("tries", Integer, nullable=False),
    Column("not_before", Seconds),  # of the next try
    Column("settled", Seconds),  # of when it was sent, dropped or refused
    Column("why", Text, nullable=False),  # of the latest try that failed, or of what was dropped or refused
    _refers("alert", "alert.id"),
    _refers("run", "run.number"),
    Index("message_person", "person"),
    sqlite_with_rowid=False,
)


@listens_for(message, "after_create")
def _index_mail(_: Table, connection: Connection, **__: object) -> None:
    """By a text: an `Index` with a condition loads the whole dialect of PostgreSQL, also where nobody uses that."""
    connection.exec_driver_sql("CREATE INDEX message_mail ON message (status, run, recipient) WHERE status != 'sent'")


approval = Table(
    "approval",
    metadata,
    Column("digest", Text, primary_key=True),  # of the plan
    Column("user", Text, primary_key=True),
    Column("at", DateTime, nullable=False),  # UTC
)

# Who was erased, by salted hashes.
erased = Table(
    "erased",
    metadata,
    Column("salt", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("is_id", Boolean, nullable=False),  # or a name that stood for one
)
