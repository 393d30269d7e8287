"""The same people from every source: CSV in all its forms, JSON lines, Parquet, a query on a database."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import io
import json
import lzma
import os
import sqlite3
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.parse import urlsplit, urlunsplit

import duckdb
import pytest
import sqlalchemy as sa
from feed_world import Feed
from hypothesis import given
from hypothesis import strategies as st

from audql.diagnostics import GuardError, RunError
from audql.sync.lines import _is_cut
from audql.sync.queries import _may_pass, _told

pytest_plugins = ("databases",)

PEOPLE = "id,city,hired,suspended,Grade\nu1,Zürich,2020-01-31,no,7.50\nu2,,,yes,\n"
RECORDS = {
    "u1": {
        "id": "u1",
        "city": "Zürich",
        "hired": dt.date(2020, 1, 31),
        "suspended": False,
        "custom": {"Grade": "7.50"},
    },
    "u2": {"id": "u2", "suspended": True},
}


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path)


def people(feed: Feed, file: str, data: bytes = b"", more: str = "") -> Feed:
    feed.write(f'[feed.people]\nfile = "{file}"\n{more}')
    if data:
        (feed.root / "feed" / file).write_bytes(data)
    return feed


def wrong(feed: Feed) -> list[str]:
    with pytest.raises(RunError) as found:
        feed.sync()
    return [d.code for d in found.value.diagnostics]


@pytest.mark.parametrize("begins", [b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1"])
@pytest.mark.parametrize("source", ["csv", "jsonl"])
def test_a_workbook_is_told_as_one(feed: Feed, begins: bytes, source: str) -> None:
    found = people(feed, "p.xlsx", begins + b"\xff\x00", f'source = "{source}"\n').stopped()
    assert [(d.code, d.message) for d in found.diagnostics] == [("AQ624", "`p.xlsx` is an Excel workbook, not text")]


@pytest.mark.parametrize("first", ["people.csv", None])
def test_an_archive_is_told_as_one(feed: Feed, first: str | None) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        if first is not None:
            archive.writestr(first, "id\nu1\n")
    (found,) = people(feed, "p.zip", packed.getvalue()).stopped().diagnostics
    assert (found.code, found.message) == ("AQ610", "`p.zip` is a zip archive, not text")
    assert "unpack it" in found.hint


@pytest.mark.parametrize("first", ["[Content_Types].xml", "xl/workbook.xml", "docProps/app.xml", "mimetype"])
def test_a_workbook_is_one_whatever_its_name_ends_in(feed: Feed, first: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(first, "")
    assert [d.code for d in people(feed, "p.csv", packed.getvalue()).stopped().diagnostics] == ["AQ624"]


@pytest.mark.parametrize(
    ("data", "what", "cure"),
    [
        (b"PAR1\x15\x04", "is Parquet, not text", '`source = "parquet"`'),
        (gzip.compress(PEOPLE.encode()), "is compressed by gzip, not text", "ends in `.gz`"),
        (bz2.compress(PEOPLE.encode()), "is compressed by bzip2, not text", "ends in `.bz2`"),
        (lzma.compress(PEOPLE.encode()), "is compressed by xz, not text", "ends in `.xz`"),
        (b"\x28\xb5\x2f\xfd\x00", "is compressed by Zstandard, not text", "unpack it"),
    ],
    ids=["parquet", "gzip", "bzip2", "xz", "zstd"],
)
@pytest.mark.parametrize("source", ["csv", "jsonl", "parquet"])
def test_what_is_no_text_is_told_by_its_first_bytes(feed: Feed, data: bytes, what: str, cure: str, source: str) -> None:
    if source == "parquet" and "Parquet" in what:
        what, cure = "cannot be read as Parquet: it is damaged, or was cut short", "again"
    (found,) = people(feed, "p.csv", data, f'source = "{source}"\n').stopped().diagnostics
    assert (found.code, found.message) == ("AQ610", f"`p.csv` {what}")
    assert cure in found.hint


@pytest.mark.parametrize(("data", "source"), [(PEOPLE, "jsonl"), (PEOPLE, "parquet"), ('{"id": "u1"}\n', "parquet")])
def test_another_source_is_told_as_one(feed: Feed, data: str, source: str) -> None:
    (found,) = people(feed, "p.csv", data.encode(), f'source = "{source}"\n').stopped().diagnostics
    assert (found.code, found.message[:15]) == ("AQ610", "`p.csv` is not ")
    assert '`source = "csv"`' in found.hint


@pytest.mark.parametrize("line", ['{"id": "u1"}\n', '{"id": "u1", "city": "Rome"}\n{"id": "u2", "city": "Oslo"}\n'])
def test_json_lines_without_their_source(feed: Feed, line: str) -> None:
    with pytest.raises(RunError) as stopped:
        people(feed, "p.csv", line.encode()).sync()
    (found,) = stopped.value.diagnostics
    assert (found.code, '`source = "jsonl"`' in found.hint) == ("AQ522", True)
    assert "u1" not in str(found)


def no_guard(feed: Feed) -> list[str]:
    """The codes of what is wrong, where trying again is of no use."""
    with pytest.raises(RunError) as found:
        feed.sync()
    assert not isinstance(found.value, GuardError)
    return [d.code for d in found.value.diagnostics]


# --- CSV --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "more", "write"),
    [
        ("p.csv", "", lambda text: text.encode()),
        ("p.csv", "", lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()),
        ("p.txt", 'delimiter = "\\t"\n', lambda text: text.replace(",", "\t").encode()),
        ("p.txt", 'delimiter = "|"\n', lambda text: text.replace(",", "|").encode()),
        ("p.txt", 'delimiter = "¦"\n', lambda text: text.replace(",", "¦").encode()),
        ("p.csv", 'encoding = "utf-16"\n', lambda text: text.encode("utf-16")),
        ("p.csv", 'encoding = "cp1252"\n', lambda text: text.encode("cp1252")),
        ("p.csv", 'date_format = "%d/%m/%Y"\n', lambda text: text.replace("2020-01-31", "31/01/2020").encode()),
        ("p.csv.gz", "", lambda text: gzip.compress(text.encode())),
        ("p.csv.bz2", "", lambda text: bz2.compress(text.encode())),
        ("p.csv.xz", 'encoding = "utf-16"\n', lambda text: lzma.compress(text.encode("utf-16"))),
    ],
)
def test_csv(feed: Feed, file: str, more: str, write: Callable[[str], bytes]) -> None:
    assert people(feed, file, write(PEOPLE), more).sync().status == 0
    assert feed.snapshot().records() == RECORDS


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_file_that_was_cut_short(feed: Feed, pack: Callable[[bytes], bytes]) -> None:
    ending = {gzip.compress: "gz", bz2.compress: "bz2", lzma.compress: "xz"}[pack]
    packed = pack(PEOPLE.encode() * 100)
    (cut,) = people(feed, f"p.{ending}", packed[: len(packed) // 2]).stopped().diagnostics
    assert (cut.code, cut.message.split(": ")[-1]) == ("AQ610", "it ends before its end marker")
    (plain,) = people(feed, f"p.{ending}", PEOPLE.encode()).stopped().diagnostics
    assert (plain.code, plain.message) == ("AQ610", f"`p.{ending}` is not compressed as `.{ending}` says")
    damaged = packed[:12] + bytes(byte ^ 255 for byte in packed[12:])
    assert wrong(people(feed, f"p.{ending}", damaged)) == ["AQ610"]


def test_a_compression_that_is_not_read(feed: Feed) -> None:
    people(feed, "p.csv.zst", b"\x28\xb5\x2f\xfd\x00")
    with pytest.raises(RunError) as found:
        feed.sync()
    (wrong_one,) = found.value.diagnostics
    assert wrong_one.message == "`p.csv.zst` cannot be read: `.zst` is no compression that is read"
    assert "`.gz`, `.bz2` or `.xz`" in wrong_one.hint


# --- JSON lines -------------------------------------------------------------------------------------------------------


def test_json_lines(feed: Feed) -> None:
    lines = (
        '{"id": "u1", "city": "Zürich", "hired": "2020-01-31", "suspended": false, "Grade": 7.50}\n\n'
        '{"suspended": true, "id": "u2", "city": null}\n'
    )
    assert people(feed, "p.jsonl", lines.encode(), 'source = "jsonl"\n').sync().status == 0
    assert feed.snapshot().records() == RECORDS
    marked = b"\xef\xbb\xbf" + lines.encode()
    assert people(feed, "p.jsonl", marked, 'source = "jsonl"\nencoding = "UTF-8"\n').sync().status == 0
    assert people(feed, "p.jsonl.gz", gzip.compress(lines.encode()), 'source = "jsonl"\n').sync().changed is False


def test_objects_and_lists_within(feed: Feed) -> None:
    toml = '[feed.learning]\nfile = "l.jsonl"\nsource = "jsonl"\n'
    toml += 'columns = { tag = { column = "about.tags", separator = ";" } }\n'
    people(feed, "p.csv", PEOPLE.encode(), toml)
    (feed.root / "feed/l.jsonl").write_text('{"id": 7, "name": "Fire", "about": {"tags": ["b", "a"]}}\n')
    feed.sync()
    (fire,) = feed.snapshot().rows("learning")
    assert (fire["id"], fire["tag"]) == ("7", ["a", "b"])


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "u3"',
        "[1]",
        '"u3"',
        "[" * 100_000,
        '{"id": "u3",}',
        '{"id": "\\ud800"}',
        '{"id": "u\\u00003"}',
        '{"id": "u3", "city": ' + "[" * 900 + "]" * 900 + "}",
    ],
)
def test_a_line_that_is_no_object(feed: Feed, line: str) -> None:
    lines = f'{{"id": "u1"}}\n{line}\n{{"id": "u2"}}\n'
    report = people(feed, "p.jsonl", lines.encode(), 'source = "jsonl"\n').sync()
    assert [(r.line, r.code) for r in report.refusals] == [(2, "AQ528")]
    assert report.counts == {"people": 2}


@pytest.mark.parametrize(
    "last",
    ['{"id": "u3"', '{"id": "u', '{"id": "u3", "org": {"id"', "{", '{"a": {"b": 1}', '{"a": [{}]', '{"a": "}\\"'],
)
def test_json_lines_that_were_cut_short(feed: Feed, last: str) -> None:
    lines = f'{{"id": "u1"}}\n{last}'
    people(feed, "p.jsonl", lines.encode(), 'source = "jsonl"\n')
    (stopped,) = feed.stopped().diagnostics
    assert (stopped.code, stopped.message) == ("AQ601", "`p.jsonl` ends in the middle of line 2: it was cut short")
    assert [r.line for r in feed.sync(["cut"]).refusals] == [2]


@pytest.mark.parametrize(
    "last", ['{"id": "u3",}', '{"id": "u3"}}', '{"id": ["u3"}', '{"id": {"u3"}}', '{"id": "u3"} {']
)
def test_a_last_line_that_is_wrong_and_whole_is_a_row_that_is_refused(feed: Feed, last: str) -> None:
    people(feed, "p.jsonl", f'{{"id": "u1"}}\n{last}'.encode(), 'source = "jsonl"\n')
    assert [(r.line, r.code) for r in feed.sync().refusals] == [(2, "AQ528")]


_TEXTS = st.text('{}[]",:\\é\na', max_size=4)
_VALUES = st.recursive(
    st.sampled_from((None, True, -1.5e30)) | _TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXTS, inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(_TEXTS, _VALUES, max_size=3), st.booleans(), st.data())
def test_wherever_an_object_is_cut_it_is_seen(value: dict[str, object], ascii_only: bool, data: st.DataObject) -> None:
    line = json.dumps(value, ensure_ascii=ascii_only)
    assert _is_cut(line[: data.draw(st.integers(1, len(line) - 1))])
    assert not _is_cut(line)


def test_a_list_is_not_json_lines(feed: Feed) -> None:
    people(feed, "p.json", b'[\n{"id": "u1"},\n{"id": "u2"}\n]\n', 'source = "jsonl"\n')
    (stopped,) = feed.stopped().diagnostics
    assert "cannot be read as JSON lines: it is a list; an object a line is wanted" in stopped.message


@pytest.mark.parametrize("twice", ['"id": "u3", "id": "u4"', '"id": "u3", "a.b": 1, "a": {"b": 2}'])
def test_an_object_with_one_key_twice(feed: Feed, twice: str) -> None:
    report = people(feed, "p.jsonl", f'{{"id": "u1"}}\n{{{twice}}}\n'.encode(), 'source = "jsonl"\n').sync()
    ((line, reason, cure),) = [(r.line, r.reason, r.cure) for r in report.refusals]
    assert (line, "is there twice" in reason, cure) == (2, True, "leave one of the two")


def test_what_is_wrong_with_a_line_is_told_with_its_place(feed: Feed) -> None:
    lines = b'{"id": "u1"}\n{"id": "u\t2"}\n'
    (refusal,) = people(feed, "p.jsonl", lines, 'source = "jsonl"\n').sync().refusals
    assert refusal.reason == "not to be read as JSON (Invalid control character at character 10)"


def test_json_lines_that_are_no_text_or_nothing(feed: Feed) -> None:
    assert wrong(people(feed, "p.jsonl", b'{"id": "Z\xfc"}\n', 'source = "jsonl"\n')) == ["AQ525"]
    assert wrong(people(feed, "p.jsonl", b"\n", 'source = "jsonl"\n')) == ["AQ521"]


# --- Parquet ----------------------------------------------------------------------------------------------------------


def parquet(path: Path, query: str) -> None:
    with duckdb.connect(":memory:") as database:
        database.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def test_parquet(feed: Feed) -> None:
    people(feed, "p.parquet", more='source = "parquet"\n')
    parquet(
        feed.root / "feed/p.parquet",
        "SELECT * FROM (VALUES ('u1', 'Zürich', DATE '2020-01-31', false, 7.50::DECIMAL(9, 2)), "
        "('u2', NULL, NULL, true, NULL)) t(id, city, hired, suspended, Grade)",
    )
    assert feed.sync().status == 0
    assert feed.snapshot().records() == RECORDS


def test_instants_in_parquet_do_not_depend_on_the_machine(feed: Feed) -> None:
    people(feed, "p.parquet", more='source = "parquet"\n')
    query = "SELECT 'u1' AS id, make_timestamptz(1790000000000000) AS created, ['a', 'b'] AS more"
    parquet(feed.root / "feed/p.parquet", query)
    feed.sync()
    assert feed.snapshot().records()["u1"]["created"] == dt.datetime.fromtimestamp(1_790_000_000, dt.UTC)
    assert feed.snapshot().records()["u1"]["custom"] == {"more": "a;b"}


def test_a_bad_row_of_parquet_has_a_number(feed: Feed) -> None:
    people(feed, "p.parquet", more='source = "parquet"\n')
    parquet(feed.root / "feed/p.parquet", "SELECT * FROM (VALUES ('u1', ''), ('u2', 'soon')) t(id, hired)")
    report = feed.sync()
    assert [(r.line, r.column) for r in report.refusals] == [(2, "hired")]
    assert "u2,soon" in report.quarantine[0].read_text()


@pytest.mark.parametrize("data", [b"id\nu1\n", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1"])
def test_what_is_no_parquet(feed: Feed, data: bytes) -> None:
    (found,) = people(feed, "p.parquet", data, 'source = "parquet"\n').stopped().diagnostics
    assert found.code == "AQ610"
    assert str(feed.root) not in found.message


# --- databases --------------------------------------------------------------------------------------------------------

SQL = 'source = "sql"\n[sources.sql]\nurl_variable = "AUDQL_TEST_HR"\n'
QUERY = 'SELECT id, city, hired, suspended, grade AS "Grade" FROM staff ORDER BY id'


def test_a_query_on_sqlite(feed: Feed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(tmp_path / "hr.sqlite") as database:
        database.execute("CREATE TABLE staff (id TEXT, city TEXT, hired TEXT, suspended INTEGER, grade TEXT)")
        database.execute(
            "INSERT INTO staff VALUES ('u1', 'Zürich', '2020-01-31', 0, '7.50'), ('u2', NULL, NULL, 1, '')"
        )
    monkeypatch.setenv("AUDQL_TEST_HR", f"sqlite:///{tmp_path / 'hr.sqlite'}")
    now = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)
    assert people(feed, "people.sql", QUERY.encode(), SQL).sync(at=now).status == 0
    assert feed.snapshot().manifest.tables["people"].fed == now
    assert feed.snapshot().records() == RECORDS


def test_a_query_on_postgresql(feed: Feed, postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(postgresql, autocommit=True) as database:
        database.execute("DROP TABLE IF EXISTS staff")
        database.execute("CREATE TABLE staff (id text, city text, hired date, suspended boolean, grade numeric(9, 2))")
        database.execute(
            "INSERT INTO staff VALUES ('u1', 'Zürich', '2020-01-31', false, 7.5), ('u2', null, null, true, null)"
        )
    monkeypatch.setenv("AUDQL_TEST_HR", postgresql.replace("postgresql://", "postgresql+psycopg://", 1))
    assert people(feed, "people.sql", QUERY.encode(), SQL).sync().status == 0
    assert feed.snapshot().records() == RECORDS
    assert wrong(people(feed, "people.sql", b"DELETE FROM staff RETURNING id", SQL)) == ["AQ410"]
    with psycopg.connect(postgresql) as database:
        assert database.execute("SELECT count(*) FROM staff").fetchall() == [(2,)]


@pytest.mark.parametrize(
    ("url", "kind", "code"),
    [
        ("postgresql+psycopg://hr:s3cr3t-word@127.0.0.1:1/hr", GuardError, "AQ630"),
        ("postgresql+psycopg://hr:s3cr3t-word@127.0.0.1:1/hr?autocommit=1", GuardError, "AQ630"),
        ("postgresql+psycopg://hr:s3cr3t-word@127.0.0.1:1/hr?sslmode=no", RunError, "AQ410"),
        ("nonsense s3cr3t-word", RunError, "AQ410"),
        ("nodialect://a:s3cr3t-word@b", RunError, "AQ410"),
        ("sqlite:///hr.sqlite?x=s3cr3t-word", RunError, "AQ410"),
    ],
)
def test_a_password_is_never_told(
    feed: Feed, url: str, kind: type[RunError], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(feed, "people.sql", b"SELECT 1", SQL)
    monkeypatch.setenv("AUDQL_TEST_HR", url)
    with pytest.raises(RunError) as found:
        feed.sync()
    assert type(found.value) is kind
    assert [d.code for d in found.value.diagnostics] == [code]
    assert "s3cr3t" not in json.dumps([(d.message, d.hint) for d in found.value.diagnostics])


# The driver's own cursor is not closed where its server is gone.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_does_not_answer_is_tried_again_and_a_wrong_login_is_not(
    feed: Feed, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgresql.replace("postgresql://", "postgresql+psycopg://", 1)
    parts = urlsplit(url)
    monkeypatch.setenv("AUDQL_TEST_HR", url)
    people(feed, "people.sql", b"SELECT pg_terminate_backend(pg_backend_pid())", SQL)
    assert feed.stops() == ["AQ630"]
    monkeypatch.setenv("AUDQL_TEST_HR", urlunsplit(parts._replace(path="/no_such_database")))
    assert no_guard(feed) == ["AQ410"]
    host = parts.netloc.rpartition("@")[2]
    monkeypatch.setenv("AUDQL_TEST_HR", urlunsplit(parts._replace(netloc=f"no_such_user:s3cr3t@{host}")))
    assert no_guard(feed) == ["AQ410"]


@pytest.mark.parametrize(
    ("state", "words", "code"),
    [
        ("28P01", "autenticazione fallita", "AQ410"),
        ("3D000", "il database non esiste", "AQ410"),
        ("57P03", "il database si sta avviando", "AQ630"),
        ("53300", "sorry, too many clients already", "AQ630"),
        ("08P01", "server login has been failing, try again later (server_login_retry)", "AQ630"),
        ("", "", "AQ630"),
    ],
)
def test_what_a_server_means_that_lets_nobody_in_is_known_in_its_language(
    feed: Feed, state: str, words: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty one hangs up without a word."""
    said = f"SFATALE\0VFATAL\0C{state}\0M{words}\0\0".encode()
    with saying(b"E" + struct.pack(">i", len(said) + 4) + said if state else b"") as url:
        monkeypatch.setenv("AUDQL_TEST_HR", url)
        assert wrong(people(feed, "people.sql", b"SELECT 1", SQL)) == [code]


def test_a_server_that_wants_a_password_where_there_is_none_is_not_tried_again(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with saying(b"R" + struct.pack(">ii", 8, 3)) as url:
        monkeypatch.setenv("AUDQL_TEST_HR", url)
        assert wrong(people(feed, "people.sql", b"SELECT 1", SQL)) == ["AQ410"]


_SERVER = """
import socket, sys
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        with server.accept()[0] as client:
            client.recv(10_000)
            client.sendall(bytes.fromhex(sys.argv[1]))
"""


@contextmanager
def saying(what: bytes) -> Iterator[str]:
    """A server that says one thing to whoever comes, as PostgreSQL would; libpq lets no other thread do so."""
    with subprocess.Popen([sys.executable, "-c", _SERVER, what.hex()], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            port = int(server.stdout.readline())
            yield f"postgresql+psycopg://hr@127.0.0.1:{port}/hr?sslmode=disable&gssencmode=disable"
        finally:
            server.kill()


@pytest.mark.parametrize(
    ("args", "passes"),
    [
        ((1045, "Zugriff verweigert"), False),
        ((2003, "keine Verbindung"), True),
        (("28000", "Anmeldefehler"), False),
        (("08001", "kein Server"), True),
        (("kein Server",), True),
        (({"S": "FATALE", "C": "28P01"},), False),
        (("connection to server failed: FATAL:  role »hr« nicht vorhanden",), False),
        (("FATAL:  sorry, too many clients already",), True),
        ((), True),
    ],
)
def test_other_drivers_are_asked_for_their_codes(args: tuple[object, ...], passes: bool) -> None:
    problem = sa.exc.OperationalError("", None, Exception(*args))
    engine = SimpleNamespace(dialect=SimpleNamespace(name="postgresql", driver="psycopg2"))
    assert _may_pass(problem, cast(sa.Engine, engine), is_open=False) is passes


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://hr:s3cr%40t@host/hr", "no s3cr@t here"),
        ("postgresql://hr:a+b@host/hr", "no a b here"),
        ("postgresql://hr:xy@host/hr", "no xy here"),
        ("postgresql://hr@host/hr?password=s3cr%40t", "no s3cr@t here"),
        ("postgresql://hr:xK@9:zQ2@host/hr", "no zQ2 here"),
    ],
)
def test_a_password_is_in_nothing_that_a_database_says(url: str, said: str) -> None:
    assert _told(Exception(said), url) == "Exception: no … here"


def test_nothing_says_where_the_database_is(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDQL_TEST_HR", raising=False)
    assert wrong(people(feed, "people.sql", b"SELECT 1", SQL)) == ["AQ611"]
    assert wrong(people(feed, "people.sql", b"SELECT 1", 'source = "sql"\n')) == ["AQ611"]
    assert wrong(people(feed, "people.sql", more=SQL)) == ["AQ520"]


@pytest.mark.parametrize("query", ["SELECT id FROM nowhere", "SELEC", "", "CREATE TABLE t (id TEXT)"])
def test_a_query_that_fails(feed: Feed, query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDQL_TEST_HR", f"sqlite:///{tmp_path / 'hr.sqlite'}")
    people(feed, "people.sql", more=SQL)
    (feed.root / "feed/people.sql").write_text(query)
    assert wrong(feed) == ["AQ410"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://hr:s3cret@db..example.com/hr",
        "sqlite:///%00",
        "postgresql+psycopg://hr@" + "x" * 70 + "/hr",
    ],
)
def test_a_url_that_leads_nowhere_is_told(feed: Feed, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AUDQL_TEST_HR", url)
    assert wrong(people(feed, "people.sql", b"SELECT 1", SQL)) == ["AQ410"]


@pytest.mark.parametrize("when", [3e11, -1e11])
def test_a_file_of_a_time_that_there_is_not(feed: Feed, when: float) -> None:
    feed.write(people="id\nu1\n")
    os.utime(feed.root / "feed/people.csv", (when, when))
    assert feed.sync().counts["people"] == 1


@pytest.mark.parametrize(
    ("name", "toml", "encoding"),
    [
        ("people.csv", "", "utf-8"),
        ("people.csv", 'encoding = "utf-16"\n', "utf-16"),
        ("people.jsonl", 'source = "jsonl"\n', "utf-8"),
    ],
)
def test_a_file_that_ends_within_a_character_is_cut(feed: Feed, name: str, toml: str, encoding: str) -> None:
    rows = '{"id": "u1"}\n{"id": "ü' if name == "people.jsonl" else "id\nu1\nü"
    assert wrong(people(feed, name, rows.encode(encoding)[:-1], toml)) == ["AQ601"]
    assert wrong(people(feed, name, b"\xe9" + rows.encode("utf-8")[:-1], toml)) != ["AQ601"]
