"""A person → state without them: their ordinal stays given, to no one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from audql.diagnostics import RunError
from audql.engines.members import Members
from audql.state import alert_rows, messages, tables
from audql.state.ledger import OPEN, Ledger
from audql.state.packing import members_of, pack, unpack, unpacking

_WITH_NAMES = ("person", "run", "message", "address")
_NAMES_PEOPLE = "AQ567"
"""What a run says of links to managers names people."""


def erase(connection: sa.Connection, who: str, tombstone: str, renamed: Mapping[str, str]) -> bool:
    """Whether the state knew them. `renamed`: snapshots by their old names, as `erase_from_snapshots` gives them."""
    for old, new in renamed.items():
        connection.execute(tables.run.update().where(tables.run.c.snapshot == old).values(snapshot=new))
    for run in connection.execute(sa.select(tables.run.c.number, tables.run.c.report)).fetchall():
        if _NAMES_PEOPLE in run.report:
            told = tables.run.update().where(tables.run.c.number == run.number)
            connection.execute(told.values(report=_without_name(run.report, who)))
    ordinal = connection.scalar(sa.select(tables.person.c.ordinal).where(tables.person.c.id == who))
    if ordinal is None:
        return False
    one = Members.of([ordinal])
    for row in connection.execute(sa.select(tables.audience)).fetchall():
        members = members_of(row.members)
        if ordinal in members:
            since = unpack(row.since, len(members))[members.ordinals() != ordinal]
            blobs = {"members": (members - one).encode(), "since": pack(since)}
            connection.execute(tables.audience.update().where(tables.audience.c.id == row.id).values(**blobs))
    for row in connection.execute(sa.select(tables.delta)).fetchall():
        joined, left = members_of(row.joined), members_of(row.left)
        if ordinal in joined or ordinal in left:
            same = (tables.delta.c.audience == row.audience) & (tables.delta.c.run == row.run)
            blobs = {"joined": (joined - one).encode(), "left": (left - one).encode()}
            connection.execute(tables.delta.update().where(same).values(**blobs))
    for row in connection.execute(sa.select(tables.learning)).fetchall():
        changed = _ledger_without(Ledger.decode(row.ledger), ordinal)
        if changed is not None:
            values: dict[str, Any] = {"ledger": changed.encode(), "open": int(changed.spells.are(OPEN).sum())}
            connection.execute(tables.learning.update().where(tables.learning.c.id == row.id).values(**values))
    alert_rows.forget(connection, ordinal)
    connection.execute(tables.outbox.delete().where(tables.outbox.c.person == ordinal))
    connection.execute(tables.enrolment.delete().where(tables.enrolment.c.person == ordinal))
    # Someone whom a feed has brought back was erased before, as another ordinal.
    nobody = f"{tombstone}:{ordinal}"
    connection.execute(tables.person.update().where(tables.person.c.ordinal == ordinal).values(id=nobody))
    return True


def overwrite(connection: sa.Connection) -> None:
    """What the transaction deletes does not stay in the free pages of a file."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def wipe(engine: sa.Engine, name: str) -> None:
    """What a transaction has deleted is not kept beside what there is: in SQLite's log, as old rows of PostgreSQL.
    Raises RunError where a reader keeps the log from being emptied; it waits for one for a while."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # By the driver, so that no transaction is begun; the option below would change the connection for good.
            busy, _, _ = connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise RunError(messages.still_in_log(name))
        else:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql(f"VACUUM (FULL) {', '.join(_WITH_NAMES)}")


def _ledger_without(ledger: Ledger, ordinal: int) -> Ledger | None:
    """None where they are not in it."""
    others = ledger.spells.people != ordinal
    return None if others.all() else Ledger(ledger.spells.where(others), ledger.roles)


@unpacking()
def _without_name(report: str, who: str) -> str:
    data = json.loads(report)
    for held in data["held"]:
        if held["code"] == _NAMES_PEOPLE:
            for key in ("message", "reason"):
                words = held[key].replace("`", " ` ").split(" ")
                held[key] = " ".join("(erased)" if word.strip(",()") == who else word for word in words)
                held[key] = held[key].replace(" ` ", "`")
    return json.dumps(data)
