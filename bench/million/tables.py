"""The CSV feed → the tables that an expert would keep for the peers, in DuckDB; from there for polars and PostgreSQL.

Folded text, whole numbers for ids, sorted, the jobs that are current on the day in a table of their own, and managers
at any level written out. Trees are numbered in preorder, so that what is below a node is a range of numbers.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path

import duckdb
from clock import Clock, Took

NAMES = ("people", "current_jobs", "titles", "completions", "above")
DATABASE = "peers.duckdb"

_FUNCTIONS = """
CREATE TEMP MACRO feed(name) AS '{feed}/' || name || '.csv';
-- The feed has nothing for which folding is more.
CREATE TEMP MACRO folded(words) AS coalesce(lower(trim(words)), '');
CREATE TEMP MACRO numbered(id) AS (row_number() OVER (ORDER BY id) - 1)::INTEGER;
"""
_IMPORT = """
CREATE TABLE staff AS SELECT *, numbered(id) AS person
  FROM read_csv(feed('people'), types = {'hired': 'DATE', 'last_login': 'TIMESTAMP', 'suspended': 'VARCHAR'});
CREATE TABLE jobs AS SELECT * FROM read_csv(feed('jobs'), types = {'started': 'DATE', 'ended': 'DATE'});
CREATE TABLE orgs AS SELECT id, numbered(id) AS org, folded(division) AS division FROM read_csv(feed('organisations'));
CREATE TABLE positions AS SELECT id, numbered(id) AS position FROM read_csv(feed('positions'));
CREATE TABLE courses AS SELECT id AS learning, numbered(id) AS course FROM read_csv(feed('learning'));
CREATE TABLE completions AS SELECT s.person, course, completed, grade
  FROM read_csv(feed('completions'), types = {'completed': 'DATE', 'grade': 'FLOAT'}) c
  JOIN staff s ON s.id = c.person JOIN courses USING (learning) ORDER BY course, s.person;
"""
_DERIVED = """
CREATE TABLE titles AS SELECT numbered(name) AS title, name FROM (SELECT DISTINCT folded(title) AS name FROM jobs);
CREATE TYPE division AS ENUM (SELECT DISTINCT division FROM orgs ORDER BY 1);
CREATE TABLE current_jobs AS SELECT s.person, t.title, coalesce(o.org, -1)::INTEGER AS org,
    coalesce(o.division, '')::division AS division, coalesce(p.position, -1)::INTEGER AS position,
    m.person AS manager, started
  FROM jobs j JOIN staff s ON s.id = j.person JOIN titles t ON t.name = folded(j.title)
  LEFT JOIN orgs o ON o.id = j.org LEFT JOIN positions p ON p.id = j.position LEFT JOIN staff m ON m.id = j.manager
  WHERE (started IS NULL OR started <= $day) AND (ended IS NULL OR ended >= $day) ORDER BY s.person;
CREATE TYPE country AS ENUM (SELECT DISTINCT folded(country) FROM staff ORDER BY 1);
CREATE TYPE city AS ENUM (SELECT DISTINCT folded(city) FROM staff ORDER BY 1);
CREATE TYPE department AS ENUM (SELECT DISTINCT folded(department) FROM staff ORDER BY 1);
CREATE TABLE people AS SELECT person, folded(country)::country AS country, folded(city)::city AS city,
    folded(department)::department AS department, hired, last_login,
    coalesce(suspended = 'yes', false) AS suspended, coalesce(reports, 0)::INTEGER AS reports
  FROM staff LEFT JOIN (SELECT manager AS person, count(DISTINCT person) AS reports FROM current_jobs GROUP BY manager)
  USING (person) ORDER BY person;
DROP TABLE staff; DROP TABLE jobs;
"""
_ABOVE = """
CREATE TABLE above AS
  WITH RECURSIVE up(person, manager) AS (
    SELECT DISTINCT person, manager FROM current_jobs WHERE manager IS NOT NULL
    UNION SELECT up.person, j.manager FROM up JOIN current_jobs j ON j.person = up.manager WHERE j.manager IS NOT NULL)
  SELECT manager, person FROM up ORDER BY manager, person;
"""


def make_tables(folder: Path, day: dt.date) -> dict[str, Took]:
    """The database of the peers in the folder, made unless it is there; and how long its making took."""
    path, took = folder / DATABASE, folder / "peers.json"
    if not took.exists():
        path.unlink(missing_ok=True)
        seconds = {}
        with duckdb.connect(str(path)) as connection:
            connection.execute("SET preserve_insertion_order = false")
            connection.execute(_FUNCTIONS.replace("{feed}", str(folder / "feed")))
            for what, text in (("import", _IMPORT + _DERIVED), ("managers at any level", _ABOVE)):
                clock = Clock()
                connection.execute(text.replace("$day", f"DATE '{day}'"))
                seconds[what] = asdict(clock.took())
        took.write_text(json.dumps(seconds), encoding="utf-8")
    return {what: Took(**seconds) for what, seconds in json.loads(took.read_text(encoding="utf-8")).items()}


def export(folder: Path) -> Path:
    """The same tables as Parquet, for polars, and as CSV, for PostgreSQL. Not timed: no peer's own work."""
    out = folder / "tables"
    if not out.exists():
        out.mkdir()
        with duckdb.connect(str(folder / DATABASE), read_only=True) as connection:
            for name in NAMES:
                for form in ("parquet", "csv"):
                    connection.execute(f"COPY (SELECT * FROM {name}) TO '{out / name}.{form}' (FORMAT {form})")
    return out
