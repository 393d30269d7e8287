"""Feeds are cut, stripped, folded and converted by the database exactly as Python would."""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from unittest.mock import patch
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sampling import examples

from audql.diagnostics import RunError
from audql.snapshot.content import canonical
from audql.snapshot.database import open_database
from audql.snapshot.schema import Column
from audql.sync import scan
from audql.sync.convert import Unfit, converter
from audql.sync.cycles import closing_links, closing_links_of
from audql.sync.loading import open_part
from audql.sync.plain import plain_of
from audql.sync.source import Files, RawTable
from audql.sync.texts import define, put, with_folded
from audql.text import fold
from audql.types import Scalar
from audql.workspace import ColumnMapping, ElementFeed


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_database(tmp_path_factory.mktemp("database")) as opened:
        define(opened)
        yield opened


# --- files ------------------------------------------------------------------------------------------------------------

cells = st.sampled_from(["", "a", " b ", 'x"y', "1,2", "q\nr", "q\r\nr", "é", "\x00", '"', "NULL", "#1", "\u2028"])
tables = st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=6)


@st.composite
def files(draw: st.DrawFn) -> str:
    """Written well, then perhaps spoilt."""
    out = io.StringIO()
    width = draw(st.integers(1, 3))
    even = st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=6)
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quoting: Literal[0, 1] = 1 if draw(st.booleans()) else 0
    csv.writer(out, lineterminator=end, quoting=quoting).writerows(draw(even | tables))
    text = out.getvalue()
    if draw(st.booleans()):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(["\n", "\r", '"', ",", "", ' "', "\ufeff"])) + text[at:]
    return text if draw(st.booleans()) else text.rstrip("\r\n")


@examples(100)
@given(
    files() | st.text('ab,"\n\r ', max_size=16), st.sampled_from([1, 5, 1 << 20]), st.sampled_from(["utf-8", "utf-16"])
)
@example("a,b\n1,2,\n3,4\n", 1 << 20, "utf-8")
@example("a\n1\n\n2\n", 1 << 20, "utf-8")
def test_files_are_cut_as_python_cuts_them(
    database: duckdb.DuckDBPyConnection, text: str, block_bytes: int, encoding: str
) -> None:
    with tempfile.TemporaryDirectory() as folder, patch.object(scan, "_BLOCK_BYTES", block_bytes):
        (Path(folder) / "x.csv").write_bytes(text.encode(encoding))
        (Path(folder) / "temporary").mkdir()
        part = ElementFeed(file="x.csv", encoding=encoding)
        try:
            wanted: object = cut_by_python(text)
        except (csv.Error, StopIteration):
            wanted = None
        try:
            opened = open_part(Files(Path(folder), "csv"), "people", part, Path(folder) / "temporary")
            loaded = opened.load(database, "raw", range(len(opened.header)))
            rows = database.execute("FROM raw").fetchall()
            lines = loaded.lines_of(np.arange(loaded.count)).tolist()
            refused = [(r.line, r.reason) for r in loaded.refusals]
            assert (opened.header, rows, lines, refused) == wanted
        except RunError:
            assert wanted is None or not text.strip()


def cut_by_python(text: str) -> object:
    """Header, rows (empty texts as nothing), their lines, and the rows that are refused."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    header: tuple[str, ...] = ()
    rows, lines, refused = [], [], []
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as problem:
            if "unexpected end" in str(problem):
                raise
            refused.append((line, f"not to be read as a row ({problem})"))
            continue
        if row and not header:
            header = tuple(name.strip() for name in row)
        elif row and len(row) != len(header):
            refused.append((line, f"{len(row)} values, where the header has {len(header)} columns"))
        elif any("\0" in value for value in row):
            refused.append((line, "not to be read as a row (a zero byte is in it)"))
        elif row:
            rows.append(tuple(value or None for value in row))
            lines.append(line)
    if not header:
        raise StopIteration
    return header, rows, lines, refused


def test_a_source_of_rows(tmp_path: Path) -> None:
    class Rows:
        def read(self, element: str, part: ElementFeed) -> RawTable:
            return RawTable(
                "of a plugin", ("id", "x"), [(7, ["u1", 'a "b"\r\n,c']), (9, ["", "\x00"]), (10, ["", "d"])]
            )

    opened = open_part(Rows(), "people", ElementFeed(file="x"), tmp_path)
    with open_database(tmp_path) as database:
        loaded = opened.load(database, "raw", [0, 1])
        assert database.execute("FROM raw").fetchall() == [("u1", 'a "b"\r\n,c'), (None, "d")]
        assert [(r.line, r.code) for r in loaded.refusals] == [(9, "AQ528")]
        assert loaded.lines_of(np.array([1])).tolist() == [10]


# --- values -----------------------------------------------------------------------------------------------------------


def test_every_character_is_stripped_and_folded_alike(database: duckdb.DuckDBPyConnection) -> None:
    """Every one up to the last that is a space, and one in many beyond."""
    every = [chr(i) for i in (*range(1, 0x3100), *range(0x3100, 0xD800, 31), *range(0xE000, sys.maxunicode + 1, 97))]
    texts = [f"{c}A{c}b{c}" for c in every]
    put(database, "texts", {"text": texts})
    found = database.execute("SELECT text, stripped(text) FROM texts").fetchall()
    assert all(stripped == text.strip() for text, stripped in found)
    blank = [c * 2 for c in every if c.isspace()]
    put(database, "texts", {"text": blank})
    assert set(database.execute("SELECT stripped(text) FROM texts").fetchall()) == {(None,)}
    put(database, "texts", {"text": [text.strip() for text in texts]})
    folded = database.execute(with_folded(database, "FROM texts")).fetchall()
    assert all(of_database == fold(text) for text, of_database in folded)


digits = st.text("0123456789", min_size=1, max_size=21)
odd_numbers = st.builds(
    "{}{}{}{}".format, st.sampled_from(["", "-", "+", " "]), digits, st.sampled_from(["", ".", ","]), digits
)
instants = st.datetimes().map(str) | st.datetimes(timezones=st.timezones()).map(str)
odd_instants = st.builds(
    "{}-{}-{}{}{}:{}:{}{}".format,
    st.sampled_from(["2026", "0000", "0001", "9999", "26", "1900"]),
    *(st.sampled_from(["01", "02", "03", "10", "13", "1"]), st.sampled_from(["00", "01", "25", "29", "31"])),
    st.sampled_from([" ", "T", "t", "  "]),
    *(
        st.sampled_from(["00", "01", "02", "23", "24"]),
        st.sampled_from(["00", "59", "60"]),
        st.sampled_from(["00", "60"]),
    ),
    st.sampled_from(["", "Z", "z", ".5", ".123456", ".1234567", "+00:00", "-05:30", "+14:59", "+15:00", " BC"]),
)
any_text = st.text(max_size=6) | st.sampled_from(["infinity", "epoch", "1e3", "NaN", "٣", "½", "1_000", "0x1"])
CASES = {
    Scalar.NUMBER: st.decimals(allow_nan=False).map("{:f}".format) | odd_numbers | any_text,
    Scalar.INSTANT: instants | odd_instants | any_text,
    Scalar.TEXT: st.text(max_size=6),
}


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia"])
@pytest.mark.parametrize("scalar", CASES)
def test_what_the_database_reads_is_what_python_reads(
    database: duckdb.DuckDBPyConnection, scalar: Scalar, zone: str
) -> None:
    @examples(30)
    @given(st.lists(CASES[scalar], min_size=1, max_size=60))
    def compare(texts: list[str]) -> None:
        read = converter(Column("x", scalar), ColumnMapping(column="x"), ElementFeed(file="x"), ZoneInfo(zone))
        put(database, "raw", {"x": texts})
        mapping, part = ColumnMapping(column="x"), ElementFeed(file="x")
        plain = plain_of(database, Column("x", scalar), mapping, part, "raw r", "r.x", "of_zone", ZoneInfo(zone))
        query = f"SELECT r.x, {plain.value} FROM raw r {' '.join(plain.joins)}"
        for text, value in database.execute(query).fetchall():
            try:
                wanted = read(text or "")
            except Unfit:
                assert value is None, text
            else:
                assert canonical(value) == wanted or (value is None and not plain.total), text

    compare()


def test_nearly_all_instants_are_plain(database: duckdb.DuckDBPyConnection) -> None:
    days = [dt.datetime(2026, 1, 1, 12, 30) + dt.timedelta(days=n) for n in range(365)]  # noqa: DTZ001 (as feeds do)
    put(database, "raw", {"x": [day.isoformat() for day in days]})
    zone = ZoneInfo("Europe/London")
    mapping, part = ColumnMapping(column="x"), ElementFeed(file="x")
    plain = plain_of(database, Column("x", Scalar.INSTANT), mapping, part, "raw r", "r.x", "of_zone", zone)
    odd = database.execute(f"SELECT r.x FROM raw r {' '.join(plain.joins)} WHERE {plain.value} IS NULL").fetchall()
    assert sorted(odd) == [("2026-03-29T12:30:00",), ("2026-10-25T12:30:00",)]


# --- cycles -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20))
def test_links_that_close_cycles(links: list[tuple[int, int]]) -> None:
    starts, ends = (np.array([link[i] for link in links], np.int64) for i in (0, 1))
    closing = closing_links(starts, ends)
    assert closing == walked(links)
    left = [link for link in links if link not in closing]
    assert not closing_links(*(np.array([link[i] for link in left], np.int64) for i in (0, 1)))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans()), max_size=20))
def test_new_links_close_cycles_first(links: list[tuple[int, int, bool]]) -> None:
    new = {(a, b) for a, b, is_new in links if is_new} - {(a, b) for a, b, is_new in links if not is_new}
    every = sorted({(a, b) for a, b, _ in links})
    starts, ends = (np.array([link[i] for link in every], np.int64) for i in (0, 1))
    closing = closing_links_of(starts, ends, np.array([link in new for link in every], np.bool_))
    assert set(closing) - new == set(walked([link for link in every if link not in new]))
    left = [link for link in every if link not in closing]
    assert not walked(left)
    assert all(walked([*left, link]) for link in closing)


def walked(links: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same by a walk over everything, in words."""
    found: list[tuple[int, int]] = []
    done: set[int] = set()

    def walk(node: int, above: frozenset[int]) -> None:
        for end in sorted({end for start, end in links if start == node}):
            if end in above:
                found.append((node, end))
            elif end not in done:
                walk(end, above | {end})
        done.add(node)

    for start in sorted({start for start, _ in links}):
        if start not in done:
            walk(start, frozenset({start}))
    return found
