"""Ids: without regard to capitals, seen by people, and with whatever blanks are within them."""

from __future__ import annotations

from pathlib import Path

import pytest
from feed_world import DAY, Feed, of

from audql.sync.sync import SyncReport

DELTA = '[feed.people]\nfile = "people.csv"\ndelta = true\ndeleted = "gone"\n'
JOBS = '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\ndeleted = "gone"\n'


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path)


def people(feed: Feed) -> dict[str, object]:
    return {who: person.get("city") for who, person in feed.snapshot().records().items()}


# --- capitals ---------------------------------------------------------------------------------------------------------


def test_a_second_id_that_differs_in_capitals_is_a_key_twice(feed: Feed) -> None:
    report = feed.write(people="id,city\nU2,Rome\nu1,Bern\nu2,Oslo\n").sync()
    assert [(r.line, r.value, r.code) for r in report.refusals] == [(2, "U2", "AQ531"), (4, "u2", "AQ531")]
    assert "is the same as `U2`" in report.refusals[1].reason
    assert "line 2" in report.refusals[1].cure
    assert people(feed) == {"u1": "Bern"}


@pytest.mark.parametrize("other", ["U2", "ｕ2", " u2 "])
def test_the_spelling_of_before_stays(feed: Feed, other: str) -> None:
    first = feed.write(people="id,city\nu1,\nu2,Oslo\n", jobs="person,manager\nu1,u2\n").sync()
    report = feed.write(people=f"id,city\nu1,\n{other},Oslo\n", jobs=f"person,manager\nU1,{other}\n").sync()
    assert (report.status, report.snapshot) == (0, first.snapshot)


def test_the_same_row_again_in_capitals_is_no_harm(feed: Feed) -> None:
    assert feed.write(people="id,city\nß1,Rome\nSS1,Rome\n").sync().status == 0
    assert people(feed) == {"SS1": "Rome"}


def test_a_delta_finds_whoever_it_names(feed: Feed) -> None:
    feed.write(people="id,city\nu1,Rome\nu2,Oslo\nÄ3,Bonn\n", jobs="person,id_number\nu1,a\nu2,b\nÄ3,c\n").sync()
    feed.write(DELTA + JOBS, people="id,city,gone\nU2,,yes\nä3,Kiel,\n", jobs="person,id_number,gone\nU1,d,\n").sync()
    assert people(feed) == {"u1": "Rome", "Ä3": "Kiel"}
    assert sorted(job["id_number"] for job in of(feed, "u1", "jobs")) == ["a", "d"]
    assert of(feed, "Ä3", "jobs") == [{"id_number": "c"}]


def test_what_waited_is_known_again(feed: Feed) -> None:
    toml = DELTA + 'effective = "from"\n'
    feed.write(people="id,city\nu1,Rome\n").sync()
    feed.write(toml, people="id,city,from,gone\nU1,Paris,2026-11-24,\n").sync()
    feed.write(toml, people="id,city,from,gone\nu1,Bern,2026-11-24,\n").sync(day=DAY.replace(day=24))
    assert people(feed) == {"u1": "Bern"}


def test_units_and_learning_are_known_in_any_case(feed: Feed) -> None:
    units, learning = "id,parent\na,\nb,A\n", "id,kind\nF,course\nF,event\nf,course\n"
    report = feed.write(people="id\nu1\n", organisations=units, learning=learning).sync()
    assert report.counts == {"people": 1, "organisations": 2, "learning": 2}
    report = feed.write(people="id\nu1\n", organisations="id,parent\nA,\nB,a\n", learning=learning).sync()
    assert not report.changed


# --- what is deleted and changed at once ------------------------------------------------------------------------------


def test_someone_who_is_deleted_and_changed_at_once_stays_as_before(feed: Feed) -> None:
    feed.write(people="id,city\nu1,Rome\nu2,Oslo\nu3,Bern\n").sync()
    report = feed.write(DELTA, people="id,city,gone\nu1,Paris,\nU1,,yes\nu2,,yes\nu2,Oslo,yes\n").sync()
    assert [(r.line, r.code) for r in report.refusals] == [(2, "AQ531"), (3, "AQ531")]
    assert report.refusals[0].reason.endswith("deleted and not deleted")
    assert report.refusals[0].cure == "leave one; it is also in line 3"
    assert people(feed) == {"u1": "Rome", "u3": "Bern"}


def test_a_job_that_is_deleted_and_changed_at_once_stays_as_before(feed: Feed) -> None:
    feed.write(people="id\nu1\nu2\n", jobs="person,id_number,title\nu1,a,A\nu1,b,B\nu2,a,C\n").sync()
    jobs = "person,id_number,title,gone\nu1,b,D,\nu1,b,,yes\nu2,a,,yes\nu2,b,E,\n"
    report = feed.write(JOBS, people="id\nu1\nu2\n", jobs=jobs).sync()
    assert [(r.line, r.column, r.value, r.code) for r in report.refusals] == [
        (2, "person", "u1", "AQ531"),
        (3, "person", "u1", "AQ531"),
    ]
    assert sorted(job["title"] for job in of(feed, "u1", "jobs")) == ["A", "B"]
    assert [job["title"] for job in of(feed, "u2", "jobs")] == ["E"]


# --- what nobody sees -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("odd", ["\n", "\t", "\x07", "\x1b", "\x85", "\u200b", "\u202e", "\u2028", "\ufeff", "\u00ad"])
def test_an_id_with_something_that_nobody_sees_is_refused(feed: Feed, odd: str) -> None:
    toml = '[feed.learning]\nfile = "learning.csv"\n'
    report = feed.write(
        toml, people=f'id,city\nu1,\n"u{odd}2","a{odd}b"\nu3,"a{odd}b"\n', learning=f'id,name\n"F{odd}1",x\n'
    ).sync()
    assert [(r.column, r.code) for r in report.refusals] == [("id", "AQ529")] * 2
    told = report.refusals[0].diagnostic()
    assert odd not in told.message
    assert told.message.startswith("people.csv:3, column `id`: `u\\")
    assert people(feed) == {"u1": None, "u3": f"a{odd}b"}


def test_what_is_there_again_in_other_capitals_is_named_so(feed: Feed) -> None:
    """By rows of before, of those too of whom the feed says nothing."""
    tables = {
        "people": "id,gone\n",
        "organisations": "id,gone\n",
        "learning": "kind,id,gone\n",
        "jobs": "person,manager,temporary_manager,org\n",
        "completions": "person,kind,learning\n",
    }
    feed.write(
        people="id\nu1\nä2\nu3\nu4\n",
        organisations="id\no1\n",
        learning="kind,id\ncourse,L1\nprogram,L1\n",
        jobs="person,manager,temporary_manager,org\nu1,ä2,,o1\nu3,u1,ä2,\n",
        completions="person,kind,learning\nu1,course,L1\nu3,program,L1\nu4,course,L1\n",
    ).sync()
    deltas = "".join(f'[feed.{name}]\nfile = "{name}.csv"\ndelta = true\n' for name in tables)
    toml = deltas.replace('.csv"\ndelta', '.csv"\ndeleted = "gone"\ndelta', 3)
    allow = ["headcount", "rows", "emptied"]

    def fed(**rows: str) -> SyncReport:
        return feed.write(toml, **{name: head + rows.get(name, "") for name, head in tables.items()}).sync(allow)

    fed(people="ä2,yes\n", organisations="o1,yes\n", learning="course,L1,yes\n")
    report = fed(people="Ä2,\n", organisations="O1,\n", learning="course,l1,\n")
    assert (report.status, report.counts["jobs"], report.counts["completions"]) == (0, 2, 3)
    snapshot = feed.snapshot()
    jobs = {str(job["person"]): {**job, "person": ""} for job in snapshot.rows("jobs")}
    assert jobs == {
        "u1": {"person": "", "manager": "Ä2", "org": "O1"},
        "u3": {"person": "", "manager": "u1", "temporary_manager": "Ä2"},
    }
    done = {(str(row["person"]), str(row["kind"]), str(row["learning"])) for row in snapshot.rows("completions")}
    assert done == {("u1", "course", "l1"), ("u3", "program", "L1"), ("u4", "course", "l1")}
    assert not fed().changed
    # A row of a delta takes the place of the one that was written in the old spelling.
    assert fed(completions="u4,course,L1\n").counts["completions"] == 3


def test_earlier_jobs_of_a_full_feed_name_who_is_there_again(feed: Feed) -> None:
    head = "person,manager,started\n"
    feed.write(people="id\nu1\nu2\n", jobs=f"{head}u1,u2,\n").sync()
    feed.write(people="id\nu1\n", jobs=f"{head}u1,u2,\n").sync(["headcount", "refused"])
    assert of(feed, "u1", "jobs") == [{"manager": "u2"}]
    feed.write(people="id\nu1\nU2\n", jobs=f"{head}u1,U2,soon\n").sync(["refused"])
    assert of(feed, "u1", "jobs") == [{"manager": "U2"}]


def test_blanks_within_an_id_are_part_of_it(feed: Feed) -> None:
    feed.write(people="id,city\n A B ,Rome\n", jobs="person,manager\nA B,\n a b ,A B\n").sync()
    assert people(feed) == {"A B": "Rome"}
    assert [job.get("manager") for job in of(feed, "A B", "jobs")] == [None, None]
