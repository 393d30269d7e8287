"""Random feeds and deltas come to what a plain model of them says, and as many rows are refused."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from feed_model import JobRow, Model, PersonRow
from feed_world import Feed
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from audql.snapshot import tables
from audql.snapshot.content import Relation, name_of_rows, sums_of
from audql.snapshot.database import quoted
from audql.snapshot.snapshot import Snapshot
from audql.text import fold

DAY = dt.date(2026, 1, 1)
ALLOW = ("headcount", "rows", "emptied", "refused", "changed")
IDS = ("u1", "U1", "u2", "U2", "u3", "Ä4", "ä4")
ANCHOR = "z9"
"""Someone who is always there."""
DAYS = (None, None, None, *range(5))


ABOVE = ("", "", *IDS, ANCHOR, ANCHOR, "nobody")
"""Managers, of whom one can be above themselves."""


@st.composite
def job_rows(draw: st.DrawFn) -> JobRow:
    who = draw(st.sampled_from(IDS))
    job = draw(st.sampled_from(["", "a", "b"])), draw(st.sampled_from("XY")), draw(st.sampled_from(ABOVE))
    return JobRow(who, job, draw(st.sampled_from([False, False, False, True])))


person_rows = st.builds(
    PersonRow,
    st.sampled_from(IDS),
    st.sampled_from(["Rome", "Oslo", "Bern"]),
    st.sampled_from(DAYS),
    st.sampled_from([False, False, False, True]),
)
steps = st.tuples(st.booleans(), st.booleans(), st.lists(person_rows, max_size=4), st.lists(job_rows(), max_size=4))


@examples(20)
@given(st.lists(steps, min_size=2, max_size=5), st.sampled_from([True, True, False]))
def test_feeds_come_to_what_a_model_says(
    fed: Sequence[tuple[bool, bool, list[PersonRow], list[JobRow]]], with_patches: bool
) -> None:
    """Patches are written for few rows of many; here they are always or never."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(tables, "_ROWS_FOR_ONE_PATCHED", 0 if with_patches else 1000)
        feed, model = Feed(Path(folder)), Model()
        for today, (delta, jobs_delta, people, jobs) in enumerate(fed):
            delta, jobs_delta = delta and today > 0, jobs_delta and today > 0
            people, jobs = _fed(people, jobs, delta=delta, jobs_delta=jobs_delta)
            feed.write(_toml(delta=delta, jobs_delta=jobs_delta), people=_people(people), jobs=_jobs(jobs))
            report = feed.sync(ALLOW, day=DAY + dt.timedelta(today))
            model.feed(today, people, jobs, delta=delta, jobs_delta=jobs_delta)
            assert _there(feed.snapshot()) == (model.people, model.jobs)
            assert len(report.refusals) == model.refused
            _is_as_named(feed.snapshot())
            _is_in_order_but_for_what_is_left_out(feed.snapshot())


def _fed(
    people: list[PersonRow], jobs: list[JobRow], *, delta: bool, jobs_delta: bool
) -> tuple[list[PersonRow], list[JobRow]]:
    """Only a delta can say that something is no more, and a full feed has someone."""
    if not delta:
        people = [PersonRow(ANCHOR, "Home"), *(PersonRow(one.who, one.city, one.day) for one in people)]
    if not jobs_delta:
        jobs = [JobRow(ANCHOR, ("z", "Z", "")), *(JobRow(one.who, one.job) for one in jobs)]
    return people, jobs


def _toml(*, delta: bool, jobs_delta: bool) -> str:
    changes = 'delta = true\ndeleted = "gone"\n'
    people = '[feed.people]\nfile = "people.csv"\nunmapped = "ignore"\neffective = "from"\n'
    return f'{people}{changes * delta}[feed.jobs]\nfile = "jobs.csv"\n{changes * jobs_delta}'


def _people(rows: Sequence[PersonRow]) -> str:
    return "id,city,from,gone\n" + "".join(
        f"{row.who},{row.city},{'' if row.day is None else DAY + dt.timedelta(row.day)},{'yes' * row.gone}\n"
        for row in rows
    )


def _jobs(rows: Sequence[JobRow]) -> str:
    return "person,id_number,title,manager,gone\n" + "".join(
        f"{row.who},{','.join(row.job)},{'yes' * row.gone}\n" for row in rows
    )


def _is_as_named(snapshot: Snapshot) -> None:
    """Each table has the sums that its manifest says, however they were found, and its rows are numbered."""
    snapshot.check()
    for name, stored in snapshot.manifest.tables.items():
        database = duckdb.connect(":memory:")
        values = tuple(quoted(column) for column, _, _ in stored.columns)
        rows = Relation(database, snapshot.rows_of(name), stored.columns, values, ())
        assert sums_of(rows) == stored.sums
        assert name_of_rows(stored.columns, sums_of(rows)) == stored.content
        numbers = snapshot.ask(f"SELECT row FROM {name}", name)["row"]
        assert sorted(numbers.tolist()) == list(range(stored.count))


def _is_in_order_but_for_what_is_left_out(snapshot: Snapshot) -> None:
    """As it is read nobody is above themselves, and each link that is left out would change that."""
    left_out = set(snapshot.links_left_out)
    read = {(str(row["person"]), str(row["manager"])) for row in snapshot.rows("jobs") if "manager" in row}
    assert read == _links(snapshot) - left_out
    assert left_out <= _links(snapshot)
    assert not _has_cycle(read)
    assert all(_has_cycle(read | {link}) for link in left_out)


def _links(snapshot: Snapshot) -> set[tuple[str, str]]:
    """As they are kept."""
    query = f"SELECT person, manager FROM {snapshot.rows_of('jobs')} WHERE manager IS NOT NULL"
    return {(person, manager) for person, manager in duckdb.execute(query).fetchall()}


def _has_cycle(links: set[tuple[str, str]]) -> bool:
    leading_on = links
    for _ in links:
        starts = {below for below, _ in leading_on}
        leading_on = {(below, above) for below, above in leading_on if above in starts}
    return bool(leading_on)


def _there(snapshot: Snapshot) -> tuple[dict[str, tuple[str, str]], dict[str, set[tuple[str, ...]]]]:
    """Jobs as they are kept."""
    people = {fold(str(row["id"])): (str(row["id"]), str(row["city"])) for row in snapshot.rows("people")}
    jobs: dict[str, set[tuple[str, ...]]] = {}
    query = f"SELECT person, id_number, title, manager FROM {snapshot.rows_of('jobs')}"
    for person, *job in duckdb.execute(query).fetchall():
        jobs.setdefault(fold(person), set()).add(tuple(value or "" for value in job))
    return people, jobs
