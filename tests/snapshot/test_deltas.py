"""Feeds that say only what changes, who is absent from one that says all, blanks, and rows that count from a day on."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from feed_world import DAY, PEOPLE, Feed, of

from audql.diagnostics import RunError
from audql.snapshot.comparing import compare
from audql.workspace import Workspace

FULL = '[feed.people]\nfile = "people.csv"\n'
DELTA = FULL + 'delta = true\ndeleted = "gone"\n'
MONDAY = DAY + dt.timedelta(days=7)


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path)


def cities(feed: Feed) -> dict[str, Any]:
    return {who: person.get("city") for who, person in feed.snapshot().records().items()}


# --- people -----------------------------------------------------------------------------------------------------------


def test_a_delta_changes_adds_and_deletes(feed: Feed) -> None:
    feed.write(people="id,city,Level\nu1,Rome,1\nu2,Oslo,2\nu3,Bonn,3\nu4,Bern,4\n").sync()
    report = feed.write(DELTA, people="id,city,gone\nu1,Paris,\nu5,Kyiv,no\nu3,,yes\n").sync()
    assert report.status == 0
    assert cities(feed) == {"u1": "Paris", "u2": "Oslo", "u4": "Bern", "u5": "Kyiv"}
    assert feed.snapshot().records()["u1"]["custom"] == {"Level": "1"}  # a column that is not there says nothing
    again = feed.sync()
    assert not again.changed


def test_a_delta_is_the_same_snapshot_as_the_full_feed(feed: Feed) -> None:
    jobs = "person,org,manager,started\nu1,A,u2,2020-01-01\nu2,B,,2021-01-01\nu3,C,u1,2022-01-01\n"
    people = "id,city,Level\nu1,Rome,1\nu2,Oslo,2\nu3,Bonn,3\n"
    feed.write(people=people, jobs=jobs).sync()
    toml = DELTA + '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    delta = {"people": "id,city,gone\nu2,Paris,\n", "jobs": "person,org,manager,started\nu3,D,u2,2022-01-01\n"}
    by_delta = feed.write(toml, **delta).sync()
    full = feed.write(people=people.replace("Oslo", "Paris"), jobs=jobs.replace("C,u1", "D,u2")).sync()
    assert by_delta.changed
    assert not full.changed


def test_an_empty_delta_changes_nothing(feed: Feed) -> None:
    jobs = "person,title\nu1,A\n"
    feed.write(people=PEOPLE, jobs=jobs, badges="person,name\nu1,5S\n").sync()
    tables = "".join(f'[feed.{name}]\nfile = "{name}.csv"\ndelta = true\n' for name in ("jobs", "badges"))
    report = feed.write(DELTA + tables, people="id,gone\n", jobs="person,title\n", badges="person,name\n").sync()
    assert (report.status, report.changed) == (0, False)


def test_a_first_delta_is_all_that_there_is(feed: Feed) -> None:
    feed.write(DELTA, people="id,city,gone\nu1,Rome,\nu2,Oslo,yes\n").sync()
    assert cities(feed) == {"u1": "Rome"}


def test_a_bad_row_of_a_delta_leaves_its_person_as_before(feed: Feed) -> None:
    feed.write(people="id,city,hired\nu1,Rome,2020-01-01\nu2,Oslo,\n").sync()
    rows = "id,city,hired,gone\nu1,Paris,soon,\nu2,Bonn,,perhaps\n,Bern,,yes\n"
    report = feed.write(DELTA, people=rows).sync()
    assert [(r.line, r.column, r.code) for r in report.refusals] == [
        (2, "hired", "AQ529"),
        (3, "gone", "AQ529"),
        (4, "id", "AQ530"),
    ]
    assert cities(feed) == {"u1": "Rome", "u2": "Oslo"}


def test_a_delta_that_deletes_many_is_stopped(feed: Feed) -> None:
    feed.write(people="id\n" + "".join(f"u{i}\n" for i in range(40))).sync()
    feed.write(DELTA, people="id,gone\n" + "".join(f"u{i},yes\n" for i in range(9)))
    assert feed.stops() == ["AQ537"]
    assert feed.sync(["headcount"]).counts == {"people": 31}


def test_a_delta_cannot_make_a_damaged_snapshot_again(feed: Feed) -> None:
    feed.write(people=PEOPLE).sync()
    for table in (feed.root / "state/snapshots/tables").iterdir():
        table.write_bytes(b"")
    feed.write(DELTA, people="id,gone\nu1,\n")
    with pytest.raises(RunError) as found:
        feed.sync(["headcount"])
    assert [d.code for d in found.value.diagnostics] == ["AQ609"]


@pytest.mark.parametrize(("full", "fed"), [(False, False), (False, True), (True, True)])
def test_whose_manager_is_gone_is_told_once(feed: Feed, full: bool, fed: bool) -> None:
    jobs = "person,id_number,manager\n" + ("u4,a,\n" if fed else "")
    people = "id\n" + "".join(f"u{i}\n" for i in range(1, 9))
    before = "person,id_number,manager\nu2,a,u1\nu3,a,U1\nu4,a,u1\nu4,b,u1\nu5,a,u2\nu1,a,u2\n"
    feed.write(people=people, jobs=before).sync()
    toml = '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    if full:
        report = feed.write(toml, people=people.replace("u1\n", ""), jobs=jobs).sync()
    else:
        report = feed.write(DELTA + toml, people="id,gone\nu1,yes\n", jobs=jobs).sync()
    (note,) = report.notes
    assert (note.code, report.status) == ("AQ635", 4)
    assert note.message.startswith(
        f"of jobs {3 if fed else 4} rows stay as they were, and name as `manager` who is gone"
    )
    assert "that of `u2` names `u1`, that of `u3` names `u1`, that of `u4` names `u1`" in note.message
    assert note.message.endswith(" more") == (not fed)
    assert [job["manager"] for job in of(feed, "u2", "jobs")] == ["u1"]
    again = feed.sync() if full else feed.write(DELTA + toml, people="id,gone\n", jobs=jobs).sync()
    assert (again.notes, again.status) == ((), 0)


def test_who_is_suspended_is_not_gone(feed: Feed) -> None:
    jobs, toml = "person,manager\n", '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    feed.write(people=PEOPLE, jobs=jobs + "u2,u1\n").sync()
    report = feed.write(DELTA + 'absent = "suspend"\n' + toml, people="id,gone\nu1,yes\n", jobs=jobs).sync()
    assert report.status == 0


# --- rows of people ---------------------------------------------------------------------------------------------------


def test_jobs_of_a_delta_replace_those_of_the_person(feed: Feed) -> None:
    feed.write(people=PEOPLE, jobs="person,title\nu1,A\nu1,B\nu2,C\n").sync()
    toml = '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    feed.write(toml, people=PEOPLE, jobs="person,title\nu1,D\n").sync()
    assert [job["title"] for job in of(feed, "u1", "jobs")] == ["D"]
    assert [job["title"] for job in of(feed, "u2", "jobs")] == ["C"]


def test_jobs_with_an_id_replace_that_job(feed: Feed) -> None:
    feed.write(people=PEOPLE, jobs="person,id_number,title\nu1,j1,A\nu1,j2,B\nu2,j1,C\n").sync()
    toml = '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\ndeleted = "gone"\n'
    feed.write(toml, people=PEOPLE, jobs="person,id_number,title,gone\nu1,j2,D,\nu1,j3,E,\nu2,j1,,yes\n").sync()
    assert sorted(job["title"] for job in of(feed, "u1", "jobs")) == ["A", "D", "E"]
    assert "jobs" not in feed.snapshot().records()["u2"]


def test_records_of_a_delta_are_added_corrected_and_deleted(feed: Feed) -> None:
    first = "person,learning,completed,grade\nu1,F,2026-01-01,50\nu1,F,2025-01-01,40\nu2,F,2026-01-01,90\n"
    feed.write(people=PEOPLE, completions=first, learning="id,name\nF,Fire\nI,Induction\n").sync()
    toml = '[feed.completions]\nfile = "completions.csv"\ndelta = true\ndeleted = "gone"\n'
    delta = (
        "person,learning,completed,grade,gone\n"
        "u1,Fire,2026-01-01,60,\nu1,I,2026-02-01,,\nu2,F,2026-01-01,,y\nu9,F,2024-01-01,,y\n"
    )
    learning = "id,name\nF,Fire\nI,Induction\n"
    assert feed.write(toml, people=PEOPLE, completions=delta, learning=learning).sync().status == 0
    done = [(c["learning"]["id"], str(c["completed"]), c.get("grade")) for c in of(feed, "u1", "completions")]
    assert sorted(done, key=str) == [("F", "2025-01-01", 40), ("F", "2026-01-01", 60), ("I", "2026-02-01", None)]
    assert "completions" not in feed.snapshot().records()["u2"]


def test_who_is_deleted_takes_their_rows_along(feed: Feed) -> None:
    feed.write(people=PEOPLE, jobs="person,manager\nu1,u2\nu2,\n", badges="person,name\nu2,5S\nu1,6S\n").sync()
    toml = DELTA + "".join(
        f'[feed.{n}]\nfile = "{n}.csv"\ndelta = true\ndeleted = "gone"\n' for n in ("jobs", "badges")
    )
    report = feed.write(
        toml, people="id,gone\nu2,1\n", jobs="person,manager,gone\nu2,,yes\n", badges="person,name,gone\n"
    ).sync()
    assert ([note.code for note in report.notes], report.refusals) == (["AQ635"], ())  # `u1` still names `u2`
    assert report.counts == {"people": 2, "jobs": 1, "badges": 1}


def test_a_bad_job_in_a_delta_leaves_all_jobs_of_that_person(feed: Feed) -> None:
    feed.write(people=PEOPLE, jobs="person,title,started\nu1,A,\nu2,B,\n").sync()
    toml = '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    report = feed.write(toml, people=PEOPLE, jobs="person,title,started\nu1,C,soon\nu1,D,\nu2,E,\n").sync()
    assert len(report.refusals) == 1
    assert [job["title"] for job in of(feed, "u1", "jobs")] == ["A"]
    assert [job["title"] for job in of(feed, "u2", "jobs")] == ["E"]


def test_a_manager_link_that_was_left_out_is_tried_again(feed: Feed) -> None:
    feed.write(people=PEOPLE, jobs="person,manager\nu1,u2\nu2,u9\nu9,u1\n").sync()
    assert feed.snapshot().links_left_out == (("u9", "u1"),)
    toml = '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    report = feed.write(toml, people=PEOPLE, jobs="person,manager\n").sync()
    assert report.links_left_out == (("u9", "u1"),)
    assert feed.write(toml, people=PEOPLE, jobs="person,manager\nu2,\n").sync().links_left_out == ()
    assert of(feed, "u9", "jobs") == [{"manager": "u1"}]


def test_the_link_that_closes_a_circle_is_the_same_in_a_delta_and_in_a_full_feed(feed: Feed) -> None:
    people = "id,city\nu1,Rome\nu2,Oslo\nu3,Bonn\nu4,Bern\nu5,Kyiv\n"
    before, after = "person,manager\nu1,u5\n", "person,manager\nu4,u3\nu2,u4\nu3,u2\n"
    feed.write(people=people, jobs=before).sync()
    toml = DELTA + '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    by_delta = feed.write(toml, people="id,city,gone\nu4,Lima,\n", jobs=after).sync()
    assert by_delta.links_left_out == (("u4", "u3"),)
    feed.write(people=people, jobs=before).sync()
    whole = before + after.removeprefix("person,manager\n")
    assert feed.write(people=people.replace("Bern", "Lima"), jobs=whole).sync().snapshot == by_delta.snapshot


def test_nodes_of_a_delta(feed: Feed) -> None:
    nodes = "id,name,parent,region\na,A,,N\nb,B,a,S\nc,C,b,\n"
    feed.write(people=PEOPLE, organisations=nodes, jobs="person,org\nu1,c\n").sync()
    toml = '[feed.organisations]\nfile = "organisations.csv"\ndelta = true\ndeleted = "gone"\n'
    rows = "id,name,parent,gone\nc,Sea,a,\nb,,,yes\nd,D,Z,\n"
    report = feed.write(toml, people=PEOPLE, organisations=rows, jobs="person,org\nu1,c\n").sync()
    assert [r.value for r in report.refusals] == ["Z"]
    assert [node["name"] for node in of(feed, "u1", "jobs")[0]["org"]["path"]] == ["A", "Sea"]
    assert report.counts["organisations"] == 2


def test_a_unit_does_not_go_while_others_are_below_it(feed: Feed) -> None:
    toml = '[feed.organisations]\nfile = "organisations.csv"\ndelta = true\ndeleted = "gone"\n'
    feed.write(people=PEOPLE, organisations="id,parent\na,\nb,a\nc,b\n").sync()
    report = feed.write(toml, people=PEOPLE, organisations="id,parent,gone\nb,,yes\n").sync()
    assert [(r.line, r.code, r.reason) for r in report.refusals] == [
        (2, "AQ617", "`b` is to go, and `c` is still below it")
    ]
    assert report.counts["organisations"] == 3
    report = feed.write(toml, people=PEOPLE, organisations="id,parent,gone\nb,,yes\nc,a,\n").sync()
    assert (report.status, report.counts["organisations"]) == (0, 2)
    assert feed.sync().status == 0


# --- who is absent ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("absent", "there"),
    [
        ("remove", {"u1": None}),
        ("keep", {"u1": None, "u2": None, "u9": None}),
        ("suspend", {"u1": None, "u2": True, "u9": True}),
    ],
)
def test_who_is_absent_from_a_full_feed(feed: Feed, absent: str, there: dict[str, bool | None]) -> None:
    toml = f'{FULL}absent = "{absent}"\n'
    feed.write(toml, people=PEOPLE, jobs="person,title\nu1,A\nu2,B\nu9,C\n").sync()
    for _ in range(2):
        feed.write(toml, people="id\nu1\n", jobs="person,title\nu1,A\n").sync(["headcount"])
        assert {who: p.get("suspended") for who, p in feed.snapshot().records().items()} == there
        assert feed.snapshot().count("jobs") == len(there)
    feed.write(toml, people="id,suspended\nu1,\nu2,no\n", jobs="person,title\nu1,A\nu2,D\n").sync(["headcount"])
    assert feed.snapshot().records()["u2"]["suspended"] is False
    assert [job["title"] for job in of(feed, "u2", "jobs")] == ["D"]


def test_who_was_suspended_before_does_not_count_as_gone_again(feed: Feed) -> None:
    toml = f'{FULL}absent = "suspend"\n'
    feed.write(toml, people=PEOPLE).sync()
    feed.write(toml, people="id\nu1\n")
    assert feed.stops() == ["AQ537"]
    feed.sync(["headcount"])
    assert feed.sync().status == 0


@pytest.mark.parametrize("absent", ["suspend", "keep"])
def test_who_is_deleted_by_a_delta_keeps_jobs_and_others_lose_them(feed: Feed, absent: str) -> None:
    """Jobs are fed whole, so whoever has none there has none, but for those who are only there as they are kept."""
    jobs = "person,title\n"
    feed.write(people="id\nu1\nu2\nu3\n", jobs=f"{jobs}u1,A\nu2,B\nu3,C\n").sync()
    toml = f'{DELTA}absent = "{absent}"\n[feed.jobs]\nfile = "jobs.csv"\n'
    feed.write(toml, people="id,gone\nu2,yes\n", jobs=f"{jobs}u3,C\n").sync(["rows"])
    assert {row["person"] for row in feed.snapshot().rows("jobs")} == {"u2", "u3"}
    if absent == "suspend":
        feed.write(toml, people="id,gone\n", jobs=f"{jobs}u3,C\n").sync()
        assert {row["person"] for row in feed.snapshot().rows("jobs")} == {"u2", "u3"}


def test_who_is_deleted_by_a_delta_can_be_suspended(feed: Feed) -> None:
    feed.write(people="id,city\nu1,Rome\nu2,Oslo\n").sync()
    feed.write(f'{DELTA}absent = "suspend"\n', people="id,city,gone\nu1,,yes\n").sync()
    assert feed.snapshot().records()["u1"] == {"id": "u1", "city": "Rome", "suspended": True}


# --- blanks -----------------------------------------------------------------------------------------------------------


def test_what_a_blank_means(feed: Feed) -> None:
    rows = "id,city,country,hired\nu1,Rome,IT,2020-01-01\n"
    toml = FULL + '[feed.people.columns]\ncity = { column = "city", blank = "unchanged" }\n'
    feed.write(toml, people=rows).sync()
    feed.write(toml, people="id,city,country,hired\nu1, ,,\nu2,,,\n").sync()
    assert feed.snapshot().records() == {"u1": {"id": "u1", "city": "Rome"}, "u2": {"id": "u2"}}
    toml = FULL + 'blank = "unchanged"\n[feed.people.columns]\ncity = { column = "city", blank = "empty" }\n'
    feed.write(toml, people=rows).sync()
    feed.write(toml, people="id,city,country,hired\nu1,,,\n").sync()
    assert feed.snapshot().records()["u1"] == {"id": "u1", "country": "IT", "hired": dt.date(2020, 1, 1)}


# --- from a day on ----------------------------------------------------------------------------------------------------


def test_a_row_that_starts_next_monday_counts_from_monday(feed: Feed) -> None:
    toml = FULL + 'effective = "from"\n'
    feed.write(toml, people="id,city,from\nu1,Rome,\nu2,Oslo,2020-01-01\n").sync()
    rows = "id,city,from\nu1,Rome,\nu1,Paris,2026-11-30\nu2,Bonn,2026-11-30\nu3,Kyiv,2026-11-30\n"
    assert feed.write(toml, people=rows).sync().status == 0
    assert cities(feed) == {"u1": "Rome", "u2": "Oslo"}
    feed.sync(day=MONDAY)
    assert cities(feed) == {"u1": "Paris", "u2": "Bonn", "u3": "Kyiv"}


def test_a_delta_is_remembered_until_its_day(feed: Feed) -> None:
    toml = DELTA + 'effective = "from"\n'
    feed.write(people="id,city,Level\nu1,Rome,1\nu2,Oslo,1\nu3,Bonn,1\n").sync()
    feed.write(toml, people="id,city,from,gone\nu1,Paris,2026-11-30,\nu2,,2026-11-30,yes\n").sync()
    feed.write(toml, people="id,city,from,gone\nu1,Bern,,\nu3,Lyon,2026-12-07,\n").sync()
    assert cities(feed) == {"u1": "Bern", "u2": "Oslo", "u3": "Bonn"}
    feed.write(toml, people="id,city,from,gone\n").sync(day=MONDAY)
    assert cities(feed) == {"u1": "Paris", "u3": "Bonn"}
    assert feed.snapshot().records()["u1"]["custom"] == {"Level": "1"}
    feed.sync(day=MONDAY + dt.timedelta(days=7))
    assert cities(feed) == {"u1": "Paris", "u3": "Lyon"}
    assert not list((feed.root / "state/waiting").iterdir())


def test_what_is_said_today_is_later_than_what_waited(feed: Feed) -> None:
    toml = DELTA + 'effective = "from"\n'
    feed.write(people="id,city\nu1,Rome\n").sync()
    feed.write(toml, people="id,city,from,gone\nu1,Paris,2026-11-30,\n").sync()
    feed.write(toml, people="id,city,from,gone\nu1,Bern,2026-11-30,\n").sync(day=MONDAY)
    assert cities(feed) == {"u1": "Bern"}


def test_who_is_deleted_today_does_not_come_back_by_what_waited(feed: Feed) -> None:
    toml = DELTA + 'effective = "from"\n'
    feed.write(people="id,city\nu1,Rome\nu2,Oslo\n").sync()
    feed.write(toml, people="id,city,from,gone\nu1,Paris,2026-11-25,\n").sync()
    feed.write(toml, people="id,city,from,gone\nu1,,,yes\n").sync(day=MONDAY)
    assert cities(feed) == {"u2": "Oslo"}


def test_who_is_deleted_takes_along_what_was_planned_before_and_a_rehire_is_fed_again(feed: Feed) -> None:
    toml = DELTA + 'effective = "from"\n[feed.jobs]\nfile = "jobs.csv"\ndelta = true\ndeleted = "gone"\n'
    head, jobs = "id,city,from,gone\n", "person,id_number,manager,gone\n"
    feed.write(people="id,city\nu1,Rome\nu2,Oslo\nu3,Bonn\n", jobs="person,id_number\nu1,J\n").sync()
    planned = "u1,Paris,2026-11-30,\nu2,Lyon,2026-11-30,\nu3,Kyiv,2026-11-30,\nu9,Bern,2026-11-30,\n"
    feed.write(toml, people=head + planned, jobs=f"{jobs}u1,J,u9,\n").sync()
    feed.write(
        toml, people=f"{head}u2,,,yes\nu2,Rome,2026-11-30,\nu3,,2026-11-25,yes\n", jobs=f"{jobs}u1,J,,yes\n"
    ).sync()
    assert cities(feed) == {"u1": "Rome", "u3": "Bonn"}
    feed.write(toml, people=head, jobs=jobs).sync(day=MONDAY)
    assert cities(feed) == {"u1": "Paris", "u2": "Rome", "u9": "Bern"}
    assert "jobs" not in feed.snapshot().records()["u1"]


def test_a_deletion_that_is_refused_takes_nothing_along(feed: Feed) -> None:
    toml = DELTA + 'effective = "from"\n'
    head = "id,city,from,gone\n"
    feed.write(people="id,city\nu1,Rome\nu2,Oslo\n").sync()
    feed.write(toml, people=f"{head}u1,Paris,2026-11-30,\n").sync()
    assert feed.write(toml, people=f"{head}u1,,,yes\nu1,Bern,,\n").sync().status == 4
    feed.write(toml, people=head).sync(day=MONDAY)
    assert cities(feed) == {"u1": "Paris", "u2": "Oslo"}


def test_of_rows_that_wait_for_one_day_what_was_fed_later_counts(feed: Feed) -> None:
    toml = DELTA + 'effective = "from"\n'
    feed.write(people="id,city\nu1,Rome\n").sync()
    head = "id,city,from,gone\n"
    for rows in ("u5,Bonn,2026-11-30,\nu6,Lyon,2026-11-30,yes\n", "u5,Bonn,2026-11-30,yes\nu6,Lyon,2026-11-30,\n"):
        feed.write(toml, people=head + rows).sync()
    waiting = (feed.root / "state/waiting/people.csv").read_text()
    feed.sync()
    assert (feed.root / "state/waiting/people.csv").read_text() == waiting
    report = feed.write(toml, people=head).sync(day=MONDAY)
    assert (report.status, cities(feed)) == (0, {"u1": "Rome", "u6": "Lyon"})


@pytest.mark.parametrize("day", ["", "2026-11-30"])
def test_rows_of_who_is_deleted_go_along_and_are_not_said_to_be_refused(feed: Feed, day: str) -> None:
    toml = DELTA + 'effective = "from"\n[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    head, jobs = "id,from,gone\n", "person,title,manager\n"
    people = f"{head}u1,,\nu2,{day},\n" if day else f"{head}u1,,\nu2,,\n"
    feed.write(toml, people=people, jobs=f"{jobs}u2,A,\n").sync()
    later = f"{jobs}u2,B,u1\nu1,C,u2\n" if not day else f"{jobs}u1,C,u2\n"
    report = feed.write(toml, people=f"{head}u2,{day},yes\n", jobs=later).sync()
    if day:
        assert (report.status, report.quarantine) == (0, ())
        report = feed.write(toml, people=head, jobs=jobs).sync(day=MONDAY)
    assert [(r.code, r.column, r.value) for r in report.refusals] == [("AQ532", "manager", "u2")]
    (aside,) = report.quarantine
    assert aside.read_text().count("\n") == 2  # the header, and the one that names them
    assert report.counts == {"people": 1, "jobs": 0}


def test_a_record_of_someone_who_waits_can_be_deleted(feed: Feed) -> None:
    toml = DELTA + 'effective = "from"\n[feed.completions]\nfile = "completions.csv"\ndelta = true\ndeleted = "gone"\n'
    head = "person,learning,completed,gone\n"
    feed.write(toml, people="id,from,gone\nu1,,\nu5,2026-11-30,\n", completions=f"{head}u5,F,2026-01-01,\n").sync()
    feed.write(toml, people="id,from,gone\n", completions=f"{head}u5,F,2026-01-01,yes\n").sync()
    report = feed.write(toml, people="id,from,gone\n", completions=head).sync(day=MONDAY)
    assert (report.status, report.counts) == (0, {"people": 2, "completions": 0})


def test_jobs_from_a_day_on(feed: Feed) -> None:
    toml = '[feed.jobs]\nfile = "jobs.csv"\neffective = "from"\n'
    feed.write(toml, people=PEOPLE, jobs="person,title,from\nu1,A,\nu2,B,\n").sync()
    feed.write(toml, people=PEOPLE, jobs="person,title,from\nu1,C,2026-11-30\nu2,B,\nu2,D,2026-11-30\n").sync()
    assert [job["title"] for job in of(feed, "u1", "jobs")] == ["A"]
    assert [job["title"] for job in of(feed, "u2", "jobs")] == ["B"]
    feed.sync(day=MONDAY)
    assert [job["title"] for job in of(feed, "u1", "jobs")] == ["C"]


STARTERS = DELTA + 'effective = "from"\n' + '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'


def test_jobs_of_someone_who_starts_on_monday_wait_with_them(feed: Feed) -> None:
    feed.write(people="id,email\nu1,ann@example.com\n", jobs="person,id_number,title\nu1,j1,A\n").sync()
    jobs = "person,id_number,title,manager\nu5,j5,B,\neve@example.com,j6,C,\nu1,j7,D,U5\n"
    report = feed.write(STARTERS, people="id,email,from,gone\nu5,eve@example.com,2026-11-30,\n", jobs=jobs).sync()
    assert (report.status, report.diagnostics, report.counts) == (0, (), {"people": 1, "jobs": 1})
    feed.write(STARTERS, people="id,email,from,gone\n", jobs="person,id_number,title,manager\n").sync()
    assert feed.snapshot().count("jobs") == 1
    assert feed.sync(day=MONDAY).status == 0
    assert sorted(job["title"] for job in of(feed, "u5", "jobs")) == ["B", "C"]
    assert {job["title"]: job.get("manager") for job in of(feed, "u1", "jobs")} == {"A": None, "D": "u5"}
    assert not list((feed.root / "state/waiting").iterdir())


def test_what_is_said_today_of_a_job_is_later_than_what_waited(feed: Feed) -> None:
    feed.write(people="id\nu1\n", jobs="person,id_number,title\nu1,j1,A\n").sync()
    starts = "id,from,gone\nu5,2026-11-30,\n"
    feed.write(STARTERS, people=starts, jobs="person,id_number,title\nu5,j5,B\nu5,j6,C\n").sync()
    feed.write(STARTERS, people="id,from,gone\n", jobs="person,id_number,title\nu5,j5,D\n").sync(day=MONDAY)
    assert sorted(job["title"] for job in of(feed, "u5", "jobs")) == ["C", "D"]


def test_a_job_of_someone_who_never_comes_is_told(feed: Feed) -> None:
    feed.write(people="id\nu1\n", jobs="person,title\nu1,A\n").sync()
    feed.write(STARTERS, people="id,from,gone\nu5,2026-11-30,\n", jobs="person,title\nu5,B\n").sync()
    (feed.root / "state/waiting/people.csv").unlink()
    report = feed.write(STARTERS, people="id,from,gone\n", jobs="person,title\n").sync()
    assert [(r.file, r.value, r.code) for r in report.refusals] == [("waiting/jobs.csv", "u5", "AQ532")]


def test_a_full_feed_says_nothing_of_jobs_of_who_starts_on_monday(feed: Feed) -> None:
    toml = FULL + 'effective = "from"\n'
    feed.write(toml, people="id,from\nu1,\n", jobs="person,title,manager\nu1,A,\nu1,B,\n").sync()
    jobs = "person,title,manager\nu1,A,u5\nu1,B,\nu5,C,\n"
    report = feed.write(toml, people="id,from\nu1,\nu5,2026-11-30\n", jobs=jobs).sync()
    assert (report.status, report.quarantine) == (0, ())
    assert [job["title"] for job in of(feed, "u1", "jobs")] == ["A", "B"]
    feed.sync(day=MONDAY)
    assert {job["title"]: job.get("manager") for job in of(feed, "u1", "jobs")} == {"A": "u5", "B": None}
    assert [job["title"] for job in of(feed, "u5", "jobs")] == ["C"]


def test_units_below_one_that_is_there_from_monday_wait_with_it(feed: Feed) -> None:
    toml = '[feed.organisations]\nfile = "organisations.csv"\ndelta = true\neffective = "from"\n'
    nodes = "id,parent,from\na,,\n"
    feed.write(toml, people=PEOPLE, organisations=nodes, jobs="person,org\nu1,a\n").sync()
    nodes = "id,parent,from\nb,a,2026-11-30\nc,b,\nd,c,\n"
    jobs = '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    report = feed.write(toml + jobs, people=PEOPLE, organisations=nodes, jobs="person,org\nu1,d\n").sync()
    assert (report.status, report.counts) == (0, {"people": 3, "organisations": 1, "jobs": 1})
    empty = {"organisations": "id,parent,from\n", "jobs": "person,org\n"}
    feed.write(toml + jobs, people=PEOPLE, **empty).sync(day=MONDAY)
    assert [node["id"] for node in of(feed, "u1", "jobs")[0]["org"]["path"]] == ["a", "b", "c", "d"]


# --- what was set aside, corrected ------------------------------------------------------------------------------------


def test_what_is_corrected_is_fed_again(feed: Feed) -> None:
    people = "id,city,hired\nu1,Rome,\nu2,Oslo,01.09.2026\nu3,Bonn,02.09.2026\nu4\n"
    jobs = "person,title,started\nu1,A,\nu1,B,never\nu2,C,\n"
    feed.write(people=people, jobs=jobs).sync()
    assert cities(feed) == {"u1": "Rome"}
    aside = feed.root / "state/quarantine"
    text = (aside / "people.csv").read_text()
    (aside / "people.csv").write_text(text.replace("01.09.2026\n", "2026-09-01\n").replace("u4", "u4,Lyon,"))
    (aside / "jobs.csv").write_text((aside / "jobs.csv").read_text().replace("B,never", "B,2026-01-01"))
    report = feed.sync(corrected=True)
    assert [(r.file, r.value) for r in report.refusals] == [("quarantine/people.csv", "02.09.2026")]
    assert cities(feed) == {"u1": "Rome", "u2": "Oslo", "u4": "Lyon"}
    assert [job["title"] for job in of(feed, "u1", "jobs")] == ["A", "B"]
    assert [path.name for path in report.quarantine] == ["people.csv"]
    assert "u3,Bonn,02.09.2026" in (aside / "people.csv").read_text()
    assert feed.sync().status == 4  # the feed has the same rows again, and what was corrected stays
    assert cities(feed)["u2"] == "Oslo"
    assert [job["title"] for job in of(feed, "u1", "jobs")] == ["A", "B"]


def test_what_is_corrected_of_a_delta_changes_what_the_delta_would(feed: Feed) -> None:
    toml = '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\ndeleted = "gone"\n'
    feed.write(people="id\nu1\n", jobs="person,id_number,title,started\nu1,a,A,\nu1,b,B,\nu1,c,C,\n").sync()
    jobs = "person,id_number,title,started,gone\nu1,b,D,never,\nu1,c,,,yes\n"
    assert len(feed.write(toml, people="id\nu1\n", jobs=jobs).sync().refusals) == 1
    assert [job["title"] for job in of(feed, "u1", "jobs")] == ["A", "B", "C"]
    aside = feed.root / "state/quarantine/jobs.csv"
    aside.write_text(aside.read_text().replace("never", "2026-01-01"))
    assert feed.sync(corrected=True).status == 0
    assert [job["title"] for job in of(feed, "u1", "jobs")] == ["A", "D"]


def test_nothing_to_correct(feed: Feed) -> None:
    feed.write(people=PEOPLE).sync()
    with pytest.raises(RunError) as found:
        feed.sync(corrected=True)
    assert [d.code for d in found.value.diagnostics] == ["AQ608"]


# --- what cannot be so ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "toml",
    [
        FULL + 'deleted = "gone"\n',
        FULL + 'delta = true\ndeleted = { value = "yes" }\n',
        FULL + '[feed.jobs]\nfile = "jobs.csv"\nabsent = "suspend"\n',
        FULL + '[feed.jobs]\nfile = "jobs.csv"\nabsent = "keep"\n',
        FULL + '[feed.jobs]\nfile = "jobs.csv"\nblank = "unchanged"\n',
        '[[feed.people]]\nfile = "a.csv"\n[[feed.people]]\nfile = "b.csv"\ndelta = true\n',
    ],
)
def test_settings_that_mean_nothing(feed: Feed, toml: str) -> None:
    feed.write()
    (feed.root / "audql.toml").write_text(toml)
    with pytest.raises(RunError) as found:
        Workspace.open(feed.root)
    assert [d.code for d in found.value.diagnostics] == ["AQ607"]


@pytest.mark.parametrize("setting", ['deleted = "Gone"\ndelta = true\n', 'effective = "From"\n'])
def test_a_column_about_rows_that_is_not_there(feed: Feed, setting: str) -> None:
    with pytest.raises(RunError) as found:
        feed.write(FULL + setting, people="id,gone,from\nu1,,\n").sync()
    assert [d.code for d in found.value.diagnostics] == ["AQ522"]


# --- links to managers that closed a circle ---------------------------------------------------------------------------

JOBS = '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
HEAD = "person,id_number,manager,ended\n"


def managers(feed: Feed, person: str) -> dict[str, Any]:
    return {job["id_number"]: job.get("manager") for job in of(feed, person, "jobs")}


def test_a_link_that_was_left_out_comes_back_to_its_job(feed: Feed) -> None:
    """Whichever half of the circle goes, and however many jobs there are."""
    people = "id\nu1\nu2\n"
    for other in ("", "u2,c,,\n"):
        feed.write(people=people, jobs=f"{HEAD}u1,a,,\nu2,b,u1,\n{other}").sync(["changed", "rows", "again"])
        circle = feed.write(people=people, jobs=f"{HEAD}u1,a,u2,\nu2,b,u1,\n{other}")
        assert circle.sync(["again"]).links_left_out == (("u1", "u2"),)
        report = feed.write(FULL + JOBS, people=people, jobs=f"{HEAD}u2,b,,\n").sync()
        assert (report.links_left_out, managers(feed, "u1")) == ((), {"a": "u2"})
        feed.write(people=people, jobs=f"{HEAD}u1,a,u2,\nu2,b,,\n{other}").sync(["again"])
        circle = feed.write(people=people, jobs=f"{HEAD}u1,a,u2,\nu2,b,u1,\n{other}")
        assert circle.sync(["again"]).links_left_out == (("u2", "u1"),)
        assert set(managers(feed, "u2").values()) == {None}
        report = feed.write(FULL + JOBS, people=people, jobs=f"{HEAD}u1,a,,\n").sync()
        assert report.links_left_out == ()
        assert managers(feed, "u2") == {"b": "u1"} | ({"c": None} if other else {})


def test_a_link_that_was_left_out_comes_back_when_its_manager_was_gone_for_a_while(feed: Feed) -> None:
    jobs = f"{HEAD}u1,a,u2,\nu1,c,,\nu2,b,u3,\nu3,d,u1,\n"
    feed.write(people="id\nu1\nu2\nu3\n", jobs=jobs).sync()
    ((person, manager),) = feed.snapshot().links_left_out
    before = managers(feed, person)
    feed.write(DELTA + JOBS, people=f"id,gone\n{manager},yes\n", jobs=HEAD)
    assert feed.sync(["headcount", "rows"]).links_left_out == ()
    feed.write(DELTA + JOBS, people=f"id,gone\n{manager},\n", jobs=HEAD)
    assert feed.sync().links_left_out == ()
    assert managers(feed, person) == before | {"d": manager}
    assert managers(feed, "u2") == {"b": "u3"}


def test_a_link_that_is_left_out_makes_no_two_jobs_one(feed: Feed) -> None:
    jobs = "person,title,manager\nu1,Cook,u1\nu1,Cook,\n"
    report = feed.write(people="id\nu1\nu2\n", jobs=jobs).sync()
    assert (report.links_left_out, report.counts["jobs"]) == ((("u1", "u1"),), 2)
    assert of(feed, "u1", "jobs") == [{"title": "Cook"}, {"title": "Cook"}]
    assert not feed.write(FULL + JOBS, people="id\nu1\nu2\n", jobs=HEAD).sync().changed


def test_what_differs_between_two_snapshots_is_what_is_read_of_them(feed: Feed) -> None:
    """One keeps of a job what another leaves out of it, and both have the same rows."""
    people, jobs = "id\nu1\nu2\n", f"{HEAD}u1,a,u2,\nu2,b,u1,{DAY}\n"
    feed.write(people=people, jobs=jobs).sync()
    circle = feed.snapshot()
    assert len(circle.links_left_out) == 1
    feed.sync(day=DAY + dt.timedelta(1))
    later = feed.snapshot()
    assert later.links_left_out == ()
    assert later.content("jobs") == circle.content("jobs")
    assert later.arrangement("jobs") != circle.arrangement("jobs")  # by which columns are kept
    (difference,) = compare(circle, later)
    ((person, _),) = circle.links_left_out
    assert (difference.added, difference.gone) == ((person,), (person,))


def test_a_snapshot_of_an_earlier_version_is_made_again_from_a_full_feed(feed: Feed) -> None:
    full, nothing = (
        {"people": "id\nu1\nu2\n", "jobs": f"{HEAD}u1,a,,\nu2,b,u1,\n"},
        {"people": "id,gone\n", "jobs": HEAD},
    )
    feed.write(**full).sync()
    now = feed.snapshot()
    path = now.folder / f"{now.name}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2}))
    for corrected in (False, True):
        with pytest.raises(RunError) as found:
            feed.write(DELTA + JOBS, **nothing).sync(["headcount"] if corrected else [], corrected=corrected)
        assert [d.code for d in found.value.diagnostics] == ["AQ552"]
    with pytest.raises(RunError) as found:
        feed.sync(["headcount"])
    assert [d.code for d in found.value.diagnostics] == ["AQ609", "AQ609"]
    assert feed.write(**full).sync(["headcount"]).snapshot == now.name
    assert feed.write(DELTA + JOBS, **nothing).sync().status == 0


def test_a_link_that_was_left_out_comes_back_when_its_job_has_ended(feed: Feed) -> None:
    feed.write(people="id\nu1\nu2\n", jobs=f"{HEAD}u1,a,u2,{MONDAY}\nu2,b,u1,{MONDAY}\n")
    ((person, manager),) = feed.sync().links_left_out
    feed.write(FULL + JOBS, people="id\nu1\nu2\n", jobs=HEAD)
    assert feed.sync(day=MONDAY + dt.timedelta(1)).links_left_out == ()
    assert list(managers(feed, person).values()) == [manager]
