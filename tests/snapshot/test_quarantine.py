"""Rows that were refused: what is told of many, and the files in which they can be corrected."""

from __future__ import annotations

import csv
import errno
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest
from feed_world import PEOPLE, Feed

from audql.diagnostics import RunError
from audql.snapshot import durable, tables
from audql.state.store import State
from audql.workspace import StatePlace


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path)


def quarantine(feed: Feed, name: str) -> list[Mapping[str, str]]:
    path = feed.root / "state/quarantine" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_is_set_aside_as_it_came(feed: Feed) -> None:
    rows = 'id,city,hired\nu1,"Rome, EUR",\nu2, Zürich ,01.09.2026\nu2x,Oslo,2026-09-01\n'
    report = feed.write(people=rows).sync()
    assert [path.name for path in report.quarantine] == ["people.csv"]
    assert quarantine(feed, "people") == [
        {
            "#line": "3",
            "#column": "hired",
            "#why": "`01.09.2026` is not a day written as YYYY-MM-DD",
            "#cure": report.refusals[0].cure,
            "id": "u2",
            "city": " Zürich ",
            "hired": "01.09.2026",
        }
    ]


def test_it_is_gone_when_the_feed_is_mended(feed: Feed) -> None:
    feed.write(people="id,hired\nu1,\nu2,soon\n").sync()
    assert (feed.root / "state/quarantine/people.csv").exists()
    assert feed.write(people="id,hired\nu1,\nu2,\n").sync().quarantine == ()
    assert not (feed.root / "state/quarantine/people.csv").exists()


@pytest.mark.parametrize("odd", ["", 'x"y'])
def test_a_row_that_could_not_be_cut_has_what_could_be_read(feed: Feed, odd: str) -> None:
    report = feed.write(people=f"id,city,a\nu1,{odd},\nu2,Rome\nu3,Oslo,b,c\n").sync()
    assert [r.line for r in report.refusals] == [3, 4]
    with (feed.root / "state/quarantine/people.csv").open(newline="") as file:
        assert [row[4:] for row in csv.reader(file)] == [["id", "city", "a"], ["u2", "Rome"], ["u3", "Oslo", "b", "c"]]


def test_all_rows_of_a_person_come_along(feed: Feed) -> None:
    jobs = "person,title,started\nu1,A,2020-01-01\nu1,B,2021-01-01\nu2,C,2020-01-01\n"
    feed.write(people=PEOPLE, jobs=jobs).sync()
    feed.write(people=PEOPLE, jobs=jobs.replace("2021-01-01", "never")).sync()
    assert [(row["#line"], row["title"], row["#why"]) for row in quarantine(feed, "jobs")] == [
        ("2", "A", "another row of the same person was refused"),
        ("3", "B", "`never` is not a day written as YYYY-MM-DD"),
    ]


def test_a_row_of_a_file_of_two_elements_is_told_once(feed: Feed) -> None:
    toml = '[feed.jobs]\nfile = "people.csv"\ncolumns = { person = "id" }\n'
    report = feed.write(toml, people="id,title,city\nu1,A,Rome\nu2,B\n").sync()
    assert [(r.line, r.code) for r in report.refusals] == [(3, "AQ528")]
    assert [path.name for path in report.quarantine] == ["people.csv", "jobs.csv"]


def test_each_file_of_an_element_has_its_own(feed: Feed) -> None:
    toml = '[[feed.people]]\nfile = "people.csv"\n[[feed.people]]\nfile = "more.csv"\ndelimiter = ";"\n'
    feed.write(toml.replace("[[feed.people]]", "[[feed.people]] #"), people="", more="")
    (feed.root / "audql.toml").write_text(toml)
    (feed.root / "feed/people.csv").write_text("id,hired\nu1,soon\nu2,\n")
    (feed.root / "feed/more.csv").write_text("id;suspended\nu3;perhaps\nu4;no\n")
    assert [path.name for path in feed.sync().quarantine] == ["people.csv", "people-2.csv"]
    assert quarantine(feed, "people-2")[0]["suspended"] == "perhaps"


def test_many_mistakes_of_one_kind_are_told_once(feed: Feed) -> None:
    rows = "".join(f"u{i},{i % 28 + 1:02}/01/2026,{'perhaps' if i == 7 else ''}\n" for i in range(15))
    report = feed.write(people=f"id,hired,suspended\nv1,,\n{rows}").sync()
    many, one = report.diagnostics
    assert many.message == (
        "people.csv, column `hired`: 15 rows, the first in line 3: `01/01/2026` is not a day written as YYYY-MM-DD"
    )
    assert many.hint.endswith("; the next are `02/01/2026` in line 4 and `03/01/2026` in line 5")
    assert one.message.startswith("people.csv:10, column `suspended`: `perhaps` ")
    assert len(report.each) == len(report.refusals) == 16


def test_a_value_that_is_too_long(feed: Feed) -> None:
    rows = f"id,city\nu1,Rome\nu2,{'é' * 131_073}\nu3,Oslo\n"
    report = feed.write(people=rows).sync()
    (refusal,) = report.refusals
    assert (refusal.line, refusal.code) == (3, "AQ528")
    assert refusal.reason == "a value of more than 131,072 characters begins here"
    assert "quote" in refusal.cure


@pytest.mark.parametrize(
    "problem",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        duckdb.IOException("IO Error: Could not write file: No space left on device"),
        duckdb.OutOfMemoryException("Out of Memory Error: failed to offload data block of size 64.0 KiB"),
    ],
)
def test_a_full_disk_is_told_as_one(feed: Feed, problem: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    feed.write(people=PEOPLE).sync()

    def full(*_: object) -> None:
        raise problem

    feed.write(people=PEOPLE + "u10,kit,\n")
    for module, name in ((tables, "_written"), (durable, "replace_with")):
        with monkeypatch.context() as patched:
            patched.setattr(module, name, full)
            with pytest.raises(RunError) as found:
                feed.sync()
        assert [d.code for d in found.value.diagnostics] == ["AQ606"]
        assert feed.snapshot().head_count == 3
    assert feed.sync().counts == {"people": 4}


def test_a_full_disk_is_no_damaged_state(tmp_path: Path) -> None:
    def fill() -> None:
        with State.open_alone(StatePlace(tmp_path / "state.sqlite")) as state, state._engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
            connection.exec_driver_sql("CREATE TABLE much AS SELECT randomblob(1000000) AS bytes")

    with pytest.raises(RunError) as found:
        fill()
    assert [d.code for d in found.value.diagnostics] == ["AQ606"]
