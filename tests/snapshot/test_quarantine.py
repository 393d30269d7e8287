"""Rows that were refused: what is told of many, and the files in which they can be corrected."""

from __future__ import annotations

import csv
import datetime as dt
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


DELTA = '[feed.people]\nfile = "people.csv"\ndelta = true\n'
OWNED = ("jobs", "completions")


def test_what_a_delta_tells_once_stays_until_it_is_corrected(feed: Feed) -> None:
    feed.write(people="id,hired\nu1,\n").sync()
    feed.write(DELTA, people="id,hired\nu2,soon\nu3,later\n").sync()
    for rows in ("", "u4,never\n"):
        report = feed.write(DELTA, people=f"id,hired\n{rows}").sync()
        assert report.status == 4
        assert [note.code for note in report.notes] == ["AQ627"]
        assert report.notes[0].message.startswith("2 rows of earlier deltas are still set aside")
    assert [(row["id"], row["#line"]) for row in quarantine(feed, "people")] == [("u2", "2"), ("u3", "3"), ("u4", "2")]
    path = feed.root / "state/quarantine/people.csv"
    path.write_text(path.read_text().replace("soon", "2026-01-01"), encoding="utf-8-sig")  # as spreadsheets do
    assert feed.write(DELTA, people="id,hired\n").sync().status == 4
    feed.sync(corrected=True)
    assert feed.snapshot().people() == {"u1", "u2"}
    assert [row["id"] for row in quarantine(feed, "people")] == ["u3", "u4"]
    path.unlink()
    assert feed.sync().status == 0


def test_a_later_delta_of_the_same_takes_its_place(feed: Feed) -> None:
    jobs = DELTA + '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    columns = "person,id_number,title,started\n"
    feed.write(people="id,hired\nu1,\nu2,\n", jobs=columns).sync()
    feed.write(jobs, people="id,hired\nu1,soon\nu2,soon\n", jobs=f"{columns}u1,a,A,soon\nu1,b,B,soon\n").sync()
    feed.write(jobs, people="id,hired\nU1,2026-01-01\n", jobs=f"{columns}u1,a,C,2026-01-01\n").sync()
    assert [row["id"] for row in quarantine(feed, "people")] == ["u2"]
    assert [row["title"] for row in quarantine(feed, "jobs")] == ["B"]


def test_a_delta_again_is_set_aside_once(feed: Feed) -> None:
    feed.write(people="id,hired\nu1,\n").sync()
    feed.write(DELTA, people="id,hired\nu2,soon,x\nu3,soon\n").sync()
    before = (feed.root / "state/quarantine/people.csv").read_bytes()
    assert feed.sync().notes == ()
    assert (feed.root / "state/quarantine/people.csv").read_bytes() == before
    feed.write(DELTA, people="id,hired\n").sync()
    assert (feed.root / "state/quarantine/people.csv").read_bytes() == before


@pytest.mark.parametrize("text", ["#line;id\n2;u2\n", "a,b\n", "#line,id\n2,\xe9\n"])
def test_an_edited_file_that_cannot_be_read_stops_a_delta(feed: Feed, text: str) -> None:
    feed.write(people="id,hired\nu1,\n").sync()
    feed.write(DELTA, people="id,hired\nu2,soon\n").sync()
    (feed.root / "state/quarantine/people.csv").write_text(text, encoding="latin-1")
    assert feed.write(DELTA, people="id,hired\nu3,\n").stops() == ["AQ628"]
    assert (feed.root / "state/quarantine/people.csv").read_text(encoding="latin-1") == text


@pytest.mark.parametrize("text", ["", "#line,#column,#why,#cure,id,hired\n,,,,,\n\n"])
def test_an_edited_file_with_nothing_left_in_it(feed: Feed, text: str) -> None:
    feed.write(people="id,hired\nu1,\n").sync()
    feed.write(DELTA, people="id,hired\nu2,soon\n").sync()
    (feed.root / "state/quarantine/people.csv").write_text(text)
    assert feed.write(DELTA, people="id,hired\n").sync().status == 0


def test_what_a_delta_does_not_give_stays_when_it_is_corrected(feed: Feed) -> None:
    """Columns of one night are not empty in the rows of another."""
    feed.write(people="id,city,department,hired\nu1,Rome,Retail,\nu2,Rome,Retail,2020-01-01\n").sync()
    feed.write(DELTA, people="id,hired\nu1,soon\n").sync()
    feed.write(DELTA, people="id,city,hired\nu2,Oslo,soon\nu3,Oslo,soon\n").sync()
    assert [one.name for one in sorted((feed.root / "state/quarantine").iterdir())] == ["people.csv", "people~2.csv"]
    for path in (feed.root / "state/quarantine").iterdir():
        path.write_text(path.read_text().replace("soon", "2026-01-01"))
    assert feed.sync(corrected=True).quarantine == ()
    found = feed.snapshot().records()
    assert [(found[who].get("city"), found[who].get("department")) for who in ("u1", "u2")] == [
        ("Rome", "Retail"),
        ("Oslo", "Retail"),
    ]
    assert not list((feed.root / "state/quarantine").iterdir())


def test_what_a_delta_does_not_give_stays_when_it_waited(feed: Feed) -> None:
    toml = f'{DELTA}effective = "from"\n'
    feed.write(people="id,department,hired\nu1,Retail,\nu2,Retail,2020-01-01\n").sync()
    feed.write(toml, people="id,from,hired\nu1,2026-11-26,2026-01-01\n").sync()
    feed.write(toml, people='id,from,department\nu2,2026-11-26,Sales\nu3,2026-11-26,"a\rb"\n').sync()
    feed.write(toml, people="id,from\n").sync(day=dt.date(2026, 11, 26))
    found = feed.snapshot().records()
    assert found["u1"].get("department") == "Retail"
    assert found["u2"].get("hired") == dt.date(2020, 1, 1)
    assert found["u3"].get("department") == "a\rb"
    assert not list((feed.root / "state/waiting").iterdir())


def test_the_last_word_is_set_aside(feed: Feed) -> None:
    jobs = '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    columns = "person,title,started\n"
    feed.write(people=PEOPLE, jobs=columns).sync()
    feed.write(jobs, people=PEOPLE, jobs=f"{columns}u1,Clerk,soon\n").sync()
    feed.write(jobs, people=PEOPLE, jobs=f"{columns}u1,Manager,later\n").sync()
    assert [row["title"] for row in quarantine(feed, "jobs")] == ["Manager"]


@pytest.mark.parametrize("named", ["U1", "ann", " ann@example.com"])
def test_who_is_deleted_takes_along_what_is_set_aside_of_them(feed: Feed, named: str) -> None:
    toml = DELTA + 'deleted = "gone"\n' + "".join(f'[feed.{t}]\nfile = "{t}.csv"\ndelta = true\n' for t in OWNED)
    nothing = {"jobs": "person,title,manager,started\n", "completions": "person,learning,completed\n"}
    people = "id,username,email,gone\n"
    both = f"{people}u1,ann,ann@example.com,\nu2,bob,,\n"
    feed.write(people=both, **nothing).sync()
    jobs = f"{nothing['jobs']}{named},Old,,soon\nu2,Clerk,u1,soon\n"
    wrong = {"jobs": jobs, "completions": f"{nothing['completions']}{named},F,soon\n"}
    assert feed.write(toml, people=people, **wrong).sync().status == 4
    assert feed.write(toml, people=f"{people}u1,,,yes\n", **nothing).sync().status == 4
    assert [row["person"] for row in quarantine(feed, "jobs")] == ["u2"]
    assert not (feed.root / "state/quarantine/completions.csv").exists()


def test_one_of_many_is_corrected_and_the_others_stay(feed: Feed) -> None:
    rows = "".join(f"u{n},{'soon' if n < 30 else ''}\n" for n in range(400))
    feed.write(people=f"id,hired\n{rows}").sync()
    path = feed.root / "state/quarantine/people.csv"
    path.write_text(path.read_text().replace("u0,soon", "u0,2026-01-01").replace("u9,soon", "u9,later"))
    report = feed.sync(corrected=True)
    assert (report.status, report.counts["people"], len(report.refusals)) == (4, 371, 29)
    assert len(quarantine(feed, "people")) == 29


def test_a_long_value_set_aside_is_read_again(feed: Feed) -> None:
    feed.write(people="id,hired,note\nu1,,\n").sync()
    feed.write('[feed.people]\nfile = "people.jsonl"\nsource = "jsonl"\ndelta = true\n')
    (feed.root / "feed/people.jsonl").write_text('{"id": "u2", "hired": "soon", "note": "' + "x" * 140_000 + '"}\n')
    assert feed.sync().status == 4
    (feed.root / "feed/people.jsonl").write_text('{"id": "u3", "hired": "", "note": ""}\n')
    assert feed.sync().status == 4
    assert len((feed.root / "state/quarantine/people.csv").read_text()) > 140_000


def test_a_row_that_waits_for_one_who_goes_stays_set_aside(feed: Feed) -> None:
    toml = (
        '[feed.people]\nfile = "people.csv"\ndelta = true\ndeleted = "gone"\n'
        '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\neffective = "from"\n'
    )
    feed.write(people="id,gone\nu1,\nu2,\n", jobs="person,manager,from\n").sync()
    nobody, nothing = "id,gone\n", "person,manager,from\n"
    feed.write(toml, people=nobody, jobs=f"{nothing}u1,u2,2026-11-30\n").sync()
    report = feed.write(toml, people=f"{nobody}u2,yes\n", jobs=nothing).sync(day=dt.date(2026, 11, 30))
    assert report.status == 4
    for _ in range(2):
        report = feed.write(toml, people=nobody, jobs=nothing).sync(day=dt.date(2026, 12, 1))
        assert report.status == 4
        assert [row["manager"] for row in quarantine(feed, "jobs-waiting")] == ["u2"]


def test_what_can_never_be_read_is_refused_the_day_it_comes(feed: Feed) -> None:
    toml = f'{DELTA}effective = "from"\n'
    feed.write(people="id,hired,from\nu1,,\n").sync()
    report = feed.write(toml, people="id,hired,from\nu2,soon,2026-12-04\nu3,,2026-12-04\n").sync()
    assert [(refusal.file, refusal.line, refusal.code) for refusal in report.refusals] == [("people.csv", 2, "AQ529")]
    assert [row["id"] for row in quarantine(feed, "people")] == ["u2"]
    assert (feed.root / "state/waiting/people.csv").read_text().count("u3") == 1
    assert "u2" not in (feed.root / "state/waiting/people.csv").read_text()


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


def test_names_of_our_columns_are_no_fields(feed: Feed) -> None:
    assert feed.write(people="id,#line,#fed\nu1,7,8\n").sync().status == 0
    assert "people" not in feed.snapshot().custom_fields()
    toml = '[feed.people]\nfile = "people.csv"\ncolumns = { "custom.Line" = "#line" }\neffective = "#fed"\n'
    feed.write(toml, people="id,#line,#fed\nu1,7,8\n")
    with pytest.raises(RunError) as problem:
        feed.sync()
    assert [one.code for one in problem.value.diagnostics] == ["AQ629", "AQ629"]


def test_a_file_of_a_part_that_is_no_more_stays(feed: Feed) -> None:
    both = '[[feed.people]]\nfile = "people.csv"\ndelta = true\n[[feed.people]]\nfile = "more.csv"\ndelta = true\n'
    feed.write(people="id,hired\nu1,\n").sync()
    feed.write(both.replace("[[feed.people]]", "[[feed.people]] #"), people="id,hired\n")
    (feed.root / "audql.toml").write_text(both)
    (feed.root / "feed/more.csv").write_text("id,hired\nu2,soon\n")
    assert [path.name for path in feed.sync().quarantine] == ["people-2.csv"]
    feed.write(DELTA, people="id,hired\nu3,\n").sync()
    assert [row["id"] for row in quarantine(feed, "people-2")] == ["u2"]
