"""The columns of a snapshot say what its rows say."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
from feed_world import PEOPLE, Feed

from audql.snapshot import columns as c
from audql.snapshot.columns import Column, Columns
from audql.snapshot.snapshot import Snapshot

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
TOML = """
[feed.people]
file = "people.csv"
columns = { "custom.Size" = { column = "Size", type = "number" } }
[feed.learning]
file = "learning.csv"
columns = { tag = { column = "tag", separator = ";" } }
"""


def made(tmp_path: Path) -> Snapshot:
    feed = Feed(tmp_path)
    feed.write(
        TOML,
        people="id,username,hired,last_login,suspended,Size,city\n"
        "u1,ann,2026-09-01,2026-07-20T08:00:00,yes,9223372036854775807.000000001,Zürich\n"
        "u2,bob,0001-01-01,,,-1,zürich\nu9,zed,,1969-12-31T23:59:59.999999Z,no,2.50,ROM\nu8,\u017fam,,,,2.5,\n",
        organisations="id,name,parent\nb,B,\na,A,b\n",
        learning="id,name,kind,tag\nF,Fire,,x;y\nF,Fire too,programme,\nG,Gas,,y\n",
        jobs="person,org,manager\nu1,a,zed\nu1,,\nu2,B,u1\n",
        completions="person,learning,kind,completed\nu9,F,programme,\nu1,G,,2026-01-01\nu2,F,course,2026-01-02\n",
    ).sync()
    return feed.snapshot()


def values(snapshot: Snapshot, column: Column) -> list[object]:
    """What `rows` would have; None for nothing."""
    match column:
        case c.Texts(codes, words):
            return [None if code == c.NO_CODE else words[code] for code in codes]
        case c.ManyTexts(starts, codes, words):
            texts = [[words[code] for code in codes[a:b]] for a, b in pairwise(starts)]
            return [text or None for text in texts]
        case c.References(rows, table, count, gone):
            keys = [str(row["id"]) for row in snapshot.rows(table)] + [key[0] for key in gone]
            assert count == snapshot.count(table)
            return [None if row == c.NO_CODE else keys[row] for row in rows]
        case c.Numbers(codes, numbers):
            assert list(numbers) == sorted(numbers)
            return [None if code == c.NO_CODE else numbers[code] for code in codes]
        case c.Days(days):
            return [None if day == c.NO_DAY else dt.date(1970, 1, 1) + dt.timedelta(days=int(day)) for day in days]
        case c.Instants(microseconds):
            return [None if us == c.NO_INSTANT else EPOCH + dt.timedelta(microseconds=int(us)) for us in microseconds]
        case c.Answers(answers):
            return [None if answer == c.NO_ANSWER else bool(answer) for answer in answers]


def test_every_value_is_there(tmp_path: Path) -> None:
    snapshot = made(tmp_path)
    for table in snapshot.manifest.tables:
        columns = snapshot.columns(table)
        assert columns.count == snapshot.count(table)
        for name in columns:
            assert values(snapshot, columns[name]) == [row.get(name) for row in snapshot.rows(table)], (table, name)
    size = snapshot.columns("people")["custom.Size"]
    assert isinstance(size, c.Numbers)
    assert size.values[-1] == Decimal("9223372036854775807.000000001")
    assert len(snapshot.columns("badges")) == 0


def test_text_is_a_dictionary_of_the_different_ones(tmp_path: Path) -> None:
    city = made(tmp_path).columns("people")["city"]
    assert isinstance(city, c.Texts)
    assert city.words == ("ROM", "Zürich", "zürich")


def test_learning_is_one_row_of_the_catalogue(tmp_path: Path) -> None:
    snapshot = made(tmp_path)
    learning = snapshot.columns("completions")["learning"]
    assert isinstance(learning, c.References)
    kinds = [snapshot.rows("learning")[row]["kind"] for row in learning.rows]
    assert kinds == [row["kind"] for row in snapshot.rows("completions")]


def test_who_is_gone_comes_after_the_last(tmp_path: Path) -> None:
    feed = Feed(tmp_path)
    feed.write(people=PEOPLE, jobs="person,manager,started\nu1,u9,\nu2,u9,\n").sync()
    without = PEOPLE.replace("u9,zed,zed@example.com\n", "u3,cay,\n")
    feed.write(people=without, jobs="person,manager,started\nu1,u2,soon\nu2,u3,\n").sync()
    manager = feed.snapshot().columns("jobs")["manager"]
    assert isinstance(manager, c.References)
    assert (manager.rows.tolist(), manager.count, manager.gone) == ([3, 2], 3, (("u9",),))


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for name, step in (("a", 1), ("b", -1)):
        (tmp_path / name).mkdir()
        feed = Feed(tmp_path / name)
        numbers = range(3000)[::step]
        people = "id,suspended\n" + "".join(f"u{i},{i % 2}\n" for i in numbers)
        badges = "person,name,level\n" + "".join(f"u{i},{i % 7},{i % 3}\n" for i in numbers)
        feed.write(people=people, badges=badges).sync()
        found.append({path.name: path.read_bytes() for path in (tmp_path / name / "state/snapshots/tables").iterdir()})
    assert found[0] == found[1]


def test_columns_are_arrays_without_objects(tmp_path: Path) -> None:
    columns: Columns = made(tmp_path).columns("jobs")
    person = columns["person"]
    assert isinstance(person, c.References)
    assert person.rows.dtype == np.int32
