"""Feeds, good and bad: what is taken, what is refused and said of it, and what stays as it was."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from feed_world import PEOPLE, Feed, of

import audql
from audql.diagnostics import GuardError, RunError, Severity
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import current_name
from audql.types import Scalar, Thing


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path)


def test_records(feed: Feed) -> None:
    feed.write(
        people="id,username,hired,last_login,suspended,Cost Centre,country\n"
        "u1,ann,2026-09-01,2026-07-20T08:00:00,yes,04100, \nu9,zed,,2026-11-20T08:00:00Z,0,,GB\n",
        organisations="id,name,parent,division\nemea,EMEA,,\nuk,UK,EMEA,\nst12,Store 12,uk,Retail\n",
        positions="id,name,parent\np1,Staff,\np7,Manager,p1\n",
        learning="id,name,kind,category,tag\nF,Fire,,Safety,\nI,Induction,Programme,,\n",
        jobs="person,title,org,position,manager,started,full_time\nANN,Store manager,Store 12,p7,zed,2026-09-01,y\n",
        completions="person,learning,completed,grade\nu1,fire,2026-10-02,92.50\nu1,Induction,,7\n",
        certifications="person,name,expires\nu1,BLS,2027-01-01\n",
        attendances="person,event,status\nu1,Fair,Attended\n",
        badges="person,name\nu1,5S\n",
    )
    report = feed.sync()
    assert report.status == 0
    records = feed.snapshot().records()
    ann = records["u1"]
    assert {k: v for k, v in ann.items() if not isinstance(v, list)} == {
        "id": "u1",
        "username": "ann",
        "hired": dt.date(2026, 9, 1),
        "last_login": dt.datetime(2026, 7, 20, 7, 0, tzinfo=dt.UTC),
        "suspended": True,
        "custom": {"Cost Centre": "04100"},
    }
    emea = {"id": "emea", "name": "EMEA", "path": [{"id": "emea", "name": "EMEA"}]}
    uk = {"id": "uk", "name": "UK", "parent": emea, "path": [*emea["path"], {"id": "uk", "name": "UK"}]}
    staff = {"id": "p1", "name": "Staff", "path": [{"id": "p1", "name": "Staff"}]}
    assert ann["jobs"] == [
        {
            "title": "Store manager",
            "manager": "u9",
            "started": dt.date(2026, 9, 1),
            "full_time": True,
            "org": {
                "id": "st12",
                "name": "Store 12",
                "parent": uk,
                "division": "Retail",
                "path": [
                    {"id": "emea", "name": "EMEA"},
                    {"id": "uk", "name": "UK"},
                    {"id": "st12", "name": "Store 12"},
                ],
            },
            "position": {
                "id": "p7",
                "name": "Manager",
                "parent": staff,
                "path": [{"id": "p1", "name": "Staff"}, {"id": "p7", "name": "Manager"}],
            },
        }
    ]
    fire = {"id": "F", "name": "Fire", "kind": "course", "category": "Safety"}
    induction = {"id": "I", "name": "Induction", "kind": "programme"}
    assert ann["completions"] == [
        {"learning": fire, "kind": "course", "completed": dt.date(2026, 10, 2), "grade": Decimal("92.5")},
        {"learning": induction, "kind": "programme", "grade": 7},
    ]
    assert ann["attendances"] == [{"event": {"id": "Fair", "name": "Fair", "kind": "event"}, "status": "attended"}]
    assert ann["certifications"] == [{"name": "BLS", "expires": dt.date(2027, 1, 1)}]
    assert records["u9"]["suspended"] is False
    assert records["u9"]["country"] == "GB"


def test_catalogue_and_custom_fields(feed: Feed) -> None:
    feed.write(
        toml='[feed.people]\nfile = "people.csv"\ncolumns = { "custom.Level" = { column = "Lvl", type = "number" } }\n',
        people="id,email,Lvl,Site\nu1,ann@example.com,3,A\n",
        organisations="id,name,division\nst12,Store 12,Retail\n",
        learning="id,name,kind\nF,Fire,\nB,BLS,certification\n",
        certifications="person,name\nu1,BLS\nu1,ALS\n",
        jobs="person,position\nu1,Manager\n",
    ).sync()
    snapshot = feed.snapshot()
    assert {kind: tuple(things) for kind, things in snapshot.catalogue().items()} == {
        "person": (Thing("u1", "u1", ("ann@example.com",)),),
        "org": (Thing("st12", "Store 12"),),
        "position": (Thing("Manager", "Manager"),),
        "learning": (Thing("B", "BLS", kind="certification"), Thing("F", "Fire", kind="course")),
        "certification": (Thing("ALS", "ALS"), Thing("B", "BLS")),
        "event": (),
        "competency": (),
        "badge": (),
    }
    assert snapshot.complete_kinds() == {"person", "org", "learning"}
    assert snapshot.custom_fields() == {
        "person": {"Level": Scalar.NUMBER, "Site": Scalar.TEXT},
        "org": {"division": Scalar.TEXT},
        "position": {},
    }
    assert snapshot.records()["u1"]["custom"] == {"Level": 3, "Site": "A"}


def test_named_by_content(feed: Feed) -> None:
    jobs = "person,title\nu1,A\nu2,B\n"
    first = feed.write(people=PEOPLE, jobs=jobs).sync()
    lines = PEOPLE.splitlines(keepends=True)
    again = feed.write(people="".join([lines[0], *lines[:0:-1]]), jobs="title,person\nB,u2\nA,u1\nA,u1\n").sync()
    assert again.snapshot == first.snapshot
    assert not again.changed
    other = feed.write(people=PEOPLE, jobs="person,title\nu1,A\nu2,C\n").sync()
    assert other.changed
    tables = {path.name.split("-")[0] for path in (feed.root / "state/snapshots/tables").iterdir()}
    assert tables == {"people", "jobs"}
    assert len(list((feed.root / "state/snapshots/tables").iterdir())) == 3
    assert Snapshot.open(feed.root / "state/snapshots", first.snapshot).rows("jobs")[1]["title"] == "B"


def test_formats_and_constants(feed: Feed) -> None:
    toml = """
[[feed.people]]
file = "people.csv"
delimiter = ";"
encoding = "cp1252"
date_format = "%d.%m.%Y"
unmapped = "ignore"
[feed.people.columns]
id = "Nr"
suspended = { column = "aktiv", yes = ["nein"], no = ["ja"] }
country = { value = "DE" }
[[feed.people]]
file = "more.csv"
"""
    feed.write(toml.replace("[[feed.people]]", "[[feed.people]] #"), people="", more="id\nu2\n")
    text = 'Nr;hired;aktiv;x\n1;31.12.2025;NEIN;"a;\nb"\n'
    (feed.root / "feed" / "people.csv").write_bytes(text.encode("cp1252"))
    (feed.root / "audql.toml").write_text(toml)
    feed.sync()
    records = feed.snapshot().records()
    assert records == {
        "1": {"id": "1", "hired": dt.date(2025, 12, 31), "suspended": True, "country": "DE"},
        "u2": {"id": "u2"},
    }


def test_tags_are_many(feed: Feed) -> None:
    toml = '[feed.learning]\nfile = "learning.csv"\ncolumns.tag = { column = "tags", separator = ";" }\n'
    feed.write(toml, people="id\nu1\n", learning="id,tags\nF,b; a ;\n", completions="person,learning\nu1,F\n").sync()
    completions = of(feed, "u1", "completions")
    assert completions[0]["learning"]["tag"] == ["a", "b"]


# --- whole feeds that are not taken -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"people": ""}, ["AQ521"]),
        ({"people": " \n\n"}, ["AQ521"]),
        ({"people": "id,username\n"}, ["AQ521"]),
        ({"people": "idd\nu1\n"}, ["AQ524"]),
        ({"people": PEOPLE, "jobs": "persn,title\nu1,A\n"}, ["AQ524"]),
        ({"people": "id,id\nu1,u2\n"}, ["AQ523"]),
        ({"people": "id,Grade,grade\nu1,a,b\n"}, ["AQ523"]),
        ({"people": 'id,city\nu1,"Rome\nu2,Oslo\n'}, ["AQ526"]),
        ({"people": PEOPLE, "organisations": "id,parent\na,b\nb,c\nc,a\n"}, ["AQ527"]),
        ({"people": PEOPLE, "positions": "id,parent\na,a\n"}, ["AQ527"]),
        ({"people": "", "jobs": ""}, ["AQ521", "AQ521"]),
    ],
)
def test_a_feed_that_is_not_taken(feed: Feed, given: dict[str, str], codes: list[str]) -> None:
    assert feed.fails(**given) == codes
    feed.write(people=PEOPLE).sync()
    assert feed.fails(**given) == codes
    assert feed.snapshot().head_count == 3


@pytest.mark.parametrize(
    ("people", "status"),
    [(None, 3), ("", 3), ("id\n", 3), ('id,city\nu1,"Rome\n', 3), ("city\nRome\n", 1), ("id,city\nu1,Z\xfcrich\n", 1)],
)
def test_whom_a_feed_that_is_not_taken_concerns(feed: Feed, people: str | None, status: int) -> None:
    feed.write('[feed.people]\nfile = "people.csv"\n')
    if people is not None:
        (feed.root / "feed" / "people.csv").write_bytes(people.encode("latin-1"))
    with pytest.raises(RunError) as found:
        feed.sync()
    assert found.value.status == status


def test_words_of_a_mapping_are_told_as_they_are_written(feed: Feed) -> None:
    toml = (
        '[feed.people]\nfile = "people.csv"\ncolumns.suspended = { column = "Action", yes = ["TERM"], no = ["Hire"] }\n'
    )
    (refusal,) = feed.write(toml, people="id,Action\nu1,term\nu2,HIRE\nu3,Fire\n").sync().refusals
    assert refusal.reason == "`Fire` is neither yes (`TERM`) nor no (`Hire`)"


def test_a_missing_file_and_a_missing_column(feed: Feed) -> None:
    toml = '[feed.jobs]\nfile = "nowhere.csv"\n[feed.people]\nfile = "people.csv"\ncolumns.id = "Nmber"\n'
    with pytest.raises(RunError) as found:
        feed.write(toml, people="Number,x\n1,2\n").sync()
    assert [d.code for d in found.value.diagnostics] == ["AQ520", "AQ522"]
    assert found.value.status == 1
    assert "did you mean `Number`?" in found.value.diagnostics[1].hint


def test_bytes_that_are_not_text(feed: Feed) -> None:
    feed.write(people=PEOPLE)
    (feed.root / "feed" / "people.csv").write_bytes(b"id,city\nu1,Z\xfcrich\n")
    with pytest.raises(RunError) as found:
        feed.sync()
    assert [d.code for d in found.value.diagnostics] == ["AQ525"]
    assert "line 2" in str(found.value)
    (feed.root / "feed" / "people.csv").write_bytes("id,city\nu1,Zürich\n".encode("utf-16"))
    with pytest.raises(RunError) as found:
        feed.sync()
    assert [(d.code, d.hint.split(" ")[2]) for d in found.value.diagnostics] == [("AQ525", '"utf-16"`')]


def test_no_feed_at_all(feed: Feed) -> None:
    with pytest.raises(RunError) as found:
        feed.write().sync()
    assert [d.code for d in found.value.diagnostics] == ["AQ539"]


# --- guards -----------------------------------------------------------------------------------------------------------


def test_head_count(feed: Feed) -> None:
    many = "id\n" + "".join(f"u{i}\n" for i in range(100))
    feed.write(people=many).sync()
    assert feed.fails(GuardError, people=many[: many.index("u89\n")]) == ["AQ537"]
    assert feed.write(people=many[: many.index("u90\n")]).sync().status == 0
    short = "id\nu1\n"
    assert feed.fails(GuardError, people=short) == ["AQ537"]
    assert feed.sync(allow=["headcount"]).counts == {"people": 1}


@pytest.mark.parametrize("jobs", [{}, {"jobs": "person\n"}])
def test_a_table_that_is_suddenly_empty(feed: Feed, jobs: dict[str, str]) -> None:
    feed.write(people=PEOPLE, jobs="person\nu1\n").sync()
    assert feed.fails(GuardError, people=PEOPLE, **jobs) == ["AQ538"]
    assert feed.sync(allow=["emptied"]).counts.get("jobs", 0) == 0


def test_a_damaged_snapshot_is_told_and_can_be_made_again(feed: Feed) -> None:
    feed.write(people=PEOPLE).sync()
    (table,) = (feed.root / "state/snapshots/tables").iterdir()
    table.unlink()
    with pytest.raises(RunError) as found:
        feed.sync()
    assert [d.code for d in found.value.diagnostics] == ["AQ551"]
    feed.sync(allow=["headcount"])
    assert feed.snapshot().head_count == 3


def test_a_row_of_some_megabytes(feed: Feed) -> None:
    names = [f"n{i}" for i in range(40)]
    long = ['"' + "é" * 100_000 + '"'] * len(names)
    feed.write(people="\n".join([",".join(["id", *names]), ",".join(["u1", *long]), ",".join(["u2", *names]), ""]))
    assert feed.sync().refusals == ()
    assert feed.snapshot().records()["u1"]["custom"] == dict.fromkeys(names, "é" * 100_000)


def test_a_parent_is_a_node_with_a_name(feed: Feed) -> None:
    feed.write(
        people="id\nu1\n", organisations="id,name,parent\nuk,UK,\nst12,Store 12,uk\n", jobs="person,org\nu1,st12\n"
    ).sync()
    (ann,) = feed.snapshot().records().values()
    for query in ('org.parent.name = "UK"', 'org.parent = "uk"', 'org.parent = "UK"', "org.parent.parent is not set"):
        assert audql.compile(query).matches(ann), query


def _manifest(feed: Feed) -> Path:
    snapshots = feed.root / "state/snapshots"
    return snapshots / f"{current_name(snapshots)}.json"


def _with(path: Path, **changed: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))


def test_a_bit_that_fell_over_is_seen_by_the_next_sync(feed: Feed) -> None:
    feed.write(people=PEOPLE).sync()
    table = _table(feed)
    data = bytearray(table.read_bytes())
    data[len(data) // 3] ^= 1
    table.write_bytes(data)
    with pytest.raises(RunError) as found:
        feed.sync()
    assert [d.code for d in found.value.diagnostics] == ["AQ551"]
    assert feed.sync(allow=["headcount"]).counts == {"people": 3}
    assert feed.sync().status == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda feed: (feed.root / "state/snapshots/current").write_bytes(b"\xff\xfe\x00"),
        lambda feed: (feed.root / "state/snapshots/current").write_bytes(b""),
        lambda feed: _manifest(feed).write_text("[" * 100_000),
        lambda feed: _with(_manifest(feed), tables={}),
        lambda feed: _with(_manifest(feed), name=5),
        lambda feed: _with(_manifest(feed), links_left_out=[["u1", "u2"]]),
        lambda feed: _manifest(feed).write_text(_manifest(feed).read_text().replace('"count": 3', '"count": 2')),
        lambda feed: _manifest(feed).write_text(_manifest(feed).read_text().replace('"text"', '"number"')),
        lambda feed: _table(feed).write_bytes(b""),
        lambda feed: _table(feed).write_bytes(_table(feed).read_bytes()[:200]),
    ],
)
def test_whatever_is_damaged_nothing_is_read_of_it(feed: Feed, damage: Callable[[Feed], object]) -> None:
    feed.write(people=PEOPLE).sync()
    damage(feed)
    with pytest.raises(RunError) as found:
        feed.sync()
    assert [d.code for d in found.value.diagnostics] == ["AQ551"]
    with pytest.raises(RunError) as found:
        feed.snapshot().ids()
    assert [d.code for d in found.value.diagnostics] == ["AQ551"]
    feed.sync(allow=["headcount"])
    assert sorted(feed.snapshot().records()) == ["u1", "u2", "u9"]
    assert feed.sync().status == 0


def _table(feed: Feed) -> Path:
    (table,) = (feed.root / "state/snapshots/tables").iterdir()
    return table


def test_a_missing_file_of_two_elements_is_told_once(feed: Feed) -> None:
    feed.write('[feed.people]\nfile = "all.csv"\n[feed.jobs]\nfile = "all.csv"\n')
    assert feed.stops() == ["AQ520"]


# --- rows that are refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "row", "code", "place"),
    [
        ("people", "u3,cay,not a day,,", "AQ529", (5, "hired", "not a day")),
        ("people", "u3,cay,2026-02-30,,", "AQ529", (5, "hired", "2026-02-30")),
        ("people", "u3,cay,,maybe,", "AQ529", (5, "suspended", "maybe")),
        ("people", "u3,cay,,,yesterday", "AQ529", (5, "created", "yesterday")),
        ("people", "u3,cay,,", "AQ528", (5, "", "")),
        ("people", ",cay,,,", "AQ530", (5, "id", "")),
        ("people", "u2,cay,,,", "AQ531", (3, "id", "u2")),
        ("jobs", "u3,,,,", "AQ532", (2, "person", "u3")),
        ("jobs", "u1,nowhere,,,", "AQ532", (2, "org", "nowhere")),
        ("jobs", "u1,,zod,,", "AQ532", (2, "manager", "zod")),
        ("jobs", "u1,,,2026-02-01,2026-01-01", "AQ534", (2, "ended", "2026-01-01")),
        ("jobs", "u1,Twin,,,", "AQ533", (2, "org", "Twin")),
        ("completions", "u1,Fyre,,", "AQ532", (2, "learning", "Fyre")),
        ("completions", "u1,I,programme,5", "AQ532", (2, "learning", "I")),
        ("completions", "u1,F,,A+", "AQ529", (2, "grade", "A+")),
        ("completions", "u1,F,,1e3", "AQ529", (2, "grade", "1e3")),
        ("completions", "u1,F,,0.1234567891", "AQ529", (2, "grade", "0.1234567891")),
        ("enrolments", "u1,F,finished", "AQ529", (2, "status", "finished")),
    ],
)
def test_a_row_is_refused_with_its_place(
    feed: Feed, table: str, row: str, code: str, place: tuple[int, str, str]
) -> None:
    tables = {
        "people": "id,username,hired,suspended,created\nu1,ann,,,\nu2,bob,,,\nu9,zed,,,\n",
        "organisations": "id,name\no1,Twin\no2,Twin\n",
        "learning": "id,name\nF,Fire\nI,Induction\n",
        "jobs": "person,org,manager,started,ended\n",
        "completions": "person,learning,kind,grade\n",
        "enrolments": "person,learning,status\n",
    }
    tables[table] += row + "\n"
    report = feed.write(**tables).sync()
    assert report.status == 4
    first = report.refusals[0]
    assert (first.code, (first.line, first.column, first.value)) == (code, place)
    assert first.file == f"{table}.csv"
    assert first.cure
    assert report.counts["people"] == (2 if code == "AQ531" else 3)


def test_the_row_before_stays(feed: Feed) -> None:
    people = "id,username,hired\nu1,ann,2020-01-01\nu2,bob,2020-01-01\n"
    jobs = "person,title,started\nu1,A,2020-01-01\nu1,B,2020-01-01\nu2,C,2020-01-01\n"
    feed.write(people=people, jobs=jobs).sync()
    report = feed.write(
        people=people.replace("u1,ann,2020-01-01", "u1,anne,never").replace("bob", "rob"),
        jobs=jobs.replace("u1,A,2020-01-01", "u1,A2,soon").replace("u1,B,2020-01-01\n", "").replace("C", "C2"),
    ).sync()
    assert [(r.file, r.line) for r in report.refusals] == [("people.csv", 2), ("jobs.csv", 2)]
    records = feed.snapshot().records()
    assert records["u1"]["username"] == "ann"
    assert [job["title"] for job in of(feed, "u1", "jobs")] == ["A", "B"]
    assert records["u2"]["username"] == "rob"
    assert [job["title"] for job in of(feed, "u2", "jobs")] == ["C2"]


def test_nobody_leaves_while_a_row_cannot_be_told(feed: Feed) -> None:
    people = "id,city\n" + "".join(f"u{i},Rome\n" for i in range(20))
    jobs = "person,title\nu1,A\nu1,B\nu2,C\n"
    feed.write(people=people, jobs=jobs).sync()
    report = feed.write(people=people.replace("u7,Rome\n", ",Rome\n"), jobs=jobs.replace("u1,B", "B")).sync()
    assert [n.code for n in report.notes] == ["AQ536", "AQ536"]
    assert report.counts == {"people": 20, "jobs": 3}
    report = feed.write(people=people.replace("u7,Rome\n", ""), jobs=jobs.replace("u1,B\n", "")).sync()
    assert report.status == 0
    assert report.counts == {"people": 19, "jobs": 2}


def test_the_same_row_twice_is_no_harm_and_two_rows_of_one_key_are_both_refused(feed: Feed) -> None:
    feed.write(people="id,city\nu1,Rome\nu2,Oslo\n").sync()
    report = feed.write(people="id,city\nu1,Rome\nu1,Rome\nu2,Paris\nu2,Bonn\n").sync()
    assert [(r.line, r.code) for r in report.refusals] == [(4, "AQ531"), (5, "AQ531")]
    assert {k: v["city"] for k, v in feed.snapshot().records().items()} == {"u1": "Rome", "u2": "Oslo"}


def test_an_id_that_was_given_to_someone_else(feed: Feed) -> None:
    people = "id,username,email,hired\nu1,ann,ann@example.com,2019-01-01\nu2,bob,bob@example.com,2020-01-01\n"
    feed.write(people=people, completions="person,learning\nu1,Fire\n").sync()
    other = people.replace("ann,ann@example.com,2019-01-01", "kim,kim@example.com,2026-11-01")
    report = feed.write(people=other, completions="person,learning\nu1,Fire\n").sync()
    assert [(r.line, r.column, r.value, r.code) for r in report.refusals] == [(2, "id", "u1", "AQ612")]
    assert feed.snapshot().records()["u1"]["username"] == "ann"
    assert feed.sync(["reused"]).status == 0
    assert feed.snapshot().records()["u1"]["username"] == "kim"


@pytest.mark.parametrize(("name", "is_other"), [("email", True), ("username", True), ("city", False)])
@pytest.mark.parametrize("hired", ["hired", "left"])
def test_an_id_is_asked_of_the_names_and_the_hire_date_that_there_are(
    feed: Feed, name: str, is_other: bool, hired: str
) -> None:
    feed.write(people=f"id,{name},{hired}\nu1,ann,2019-01-01\nu2,bob,2020-01-01\n").sync()
    report = feed.write(people=f"id,{name},{hired}\nu1,kim,2026-11-01\nu2,rob,2020-01-01\n").sync()
    fields = ", ".join(f"`{field}`" for field in sorted((name, hired)))
    told = [f"`u1` is someone else now: {fields} are not what they were"] if is_other and hired == "hired" else []
    assert [r.reason for r in report.refusals] == told


def test_new_names_alone_are_no_one_else(feed: Feed) -> None:
    feed.write(people="id,username,email\nu1,ann,ann@example.com\n").sync()
    assert feed.write(people="id,username,email\nu1,kim,kim@example.com\n").sync().status == 0


@pytest.mark.parametrize(
    "now",
    ["ann,kim@example.com,2026-11-01", "kim,ANN@example.com,2026-11-01", "kim,kim@example.com,2019-01-01", "kim,,"],
)
def test_who_keeps_a_name_or_the_hire_date_is_the_same(feed: Feed, now: str) -> None:
    feed.write(people="id,username,email,hired\nu1,ann,ann@example.com,2019-01-01\n").sync()
    assert feed.write(people=f"id,username,email,hired\nu1,{now}\n").sync().status == 0


def test_refused_nodes_stay_with_what_is_above_them(feed: Feed) -> None:
    organisations = "id,name,parent\na,A,\nb,B,a\nc,C,b\n"
    jobs = "person,org\nu1,c\n"
    feed.write(people=PEOPLE, organisations=organisations, jobs=jobs).sync()
    report = feed.write(people=PEOPLE, organisations="id,name,parent\nc,C,nowhere\n", jobs=jobs).sync()
    assert [r.code for r in report.refusals] == ["AQ532"]
    assert [node["id"] for node in of(feed, "u1", "jobs")[0]["org"]["path"]] == ["a", "b", "c"]


def test_rows_of_a_refused_newcomer_go_along_in_silence(feed: Feed) -> None:
    report = feed.write(people="id,hired\nu1,\nu2,never\n", jobs="person,manager\nu2,\nu1,u2\n").sync()
    assert [r.file for r in report.refusals] == ["people.csv"]
    assert report.counts == {"people": 1, "jobs": 0}


RECORDS = {
    "completions": "person,learning,grade\nu1,F,\ngone,F,\n gone ,Nothing,A+\n",
    "enrolments": "person,learning\ngone,F\n",
    "certifications": "person,name\ngone,BLS\n",
    "attendances": "person,event\ngone,Fair\n",
    "competencies": "person,name\ngone,Welding\n",
    "badges": "person,name\ngone,5S\n",
}


def test_records_of_those_who_left_are_left_out_with_a_note(feed: Feed) -> None:
    """Whatever else is wrong with them: there is nothing to correct."""
    feed.write(people=f"{PEOPLE}gone,gil,\n", learning="id\nF\n").sync()
    for _ in range(2):
        report = feed.write(people=PEOPLE, learning="id\nF\n", **RECORDS).sync()
        assert (report.status, report.refusals, report.quarantine) == (0, (), ())
        (note,) = report.diagnostics
        assert (note.code, note.severity) == ("AQ618", Severity.HINT)
        assert note.message.startswith("7 rows of people who are not in the feed, in ")
        assert note.message.endswith("; the first in line 3 of `completions.csv`")
        assert {name: report.counts[name] for name in RECORDS} == dict.fromkeys(RECORDS, 0) | {"completions": 1}


def test_jobs_and_deltas_of_unknown_people_are_refused(feed: Feed) -> None:
    learning = "id\nF\n"
    feed.write(people=PEOPLE, learning=learning, completions="person,learning\nu1,F\n").sync()
    report = feed.write(people=PEOPLE, jobs="person,manager\ngone,\nu1,gone\n").sync(["emptied"])
    assert [(r.line, r.column, r.code) for r in report.refusals] == [(2, "person", "AQ532"), (3, "manager", "AQ532")]
    delta = '[feed.completions]\nfile = "completions.csv"\ndelta = true\n'
    report = feed.write(delta, people=PEOPLE, learning=learning, completions="person,learning\nu7,F\n").sync(
        ["emptied"]
    )
    assert [(r.line, r.column, r.code) for r in report.refusals] == [(2, "person", "AQ532")]
    people = f"{PEOPLE}u7,sue,\n"
    assert feed.write(delta, people=people, learning=learning, completions="person,learning\n").sync().refusals == ()


# --- cycles of managers -----------------------------------------------------------------------------------------------


def test_the_link_that_closes_a_cycle_is_left_out(feed: Feed) -> None:
    rows = ["u1,u2,,", "u2,u9,,", "u9,u1,,", "u1,u1,,", "u2,u1,2020-01-01,2020-02-01"]
    results = set()
    for order in (rows, rows[::-1]):
        jobs = "person,manager,started,ended\n" + "\n".join(order) + "\n"
        report = feed.write(people=PEOPLE, jobs=jobs).sync()
        assert report.status == 4
        assert [d.code for d in report.diagnostics] == ["AQ535", "AQ535"]
        assert report.links_left_out == feed.snapshot().links_left_out == (("u1", "u1"), ("u9", "u1"))
        results.add(report.snapshot)
    assert len(results) == 1
    past = [job for job in of(feed, "u2", "jobs") if "ended" in job]
    assert past[0]["manager"] == "u1"


def test_of_a_cycle_a_new_link_is_left_out(feed: Feed) -> None:
    """What was in order before is not the mistake, and stays; day after day, until it is mended."""
    people = "id\nken\nterri\nrob\nzoe\n"
    jobs = "person,manager\nken,\nterri,ken\nrob,terri\nzoe,ken\n"
    feed.write(people=people, jobs=jobs).sync()
    wrong = jobs.replace("ken,\n", "ken,terri\n", 1)
    for _ in range(2):
        report = feed.write(people=people, jobs=wrong).sync()
        assert report.links_left_out == (("ken", "terri"),)
        assert [d.hint.split(";")[0] for d in report.diagnostics] == ["correct the manager of `ken`"]
        assert "manager" not in of(feed, "ken", "jobs")[0]
        assert of(feed, "terri", "jobs")[0]["manager"] == "ken"
    # Of two new links one does.
    report = feed.write(people=people, jobs=wrong.replace("terri,ken", "terri,rob")).sync()
    assert report.links_left_out == (("terri", "rob"),)
    assert [d.code for d in feed.write(people=people, jobs=jobs).sync().diagnostics] == ["AQ623"]


def test_of_a_cycle_a_new_link_is_left_out_of_a_delta_too(feed: Feed) -> None:
    people = "id\nken\nterri\nrob\nzoe\n"
    feed.write(people=people, jobs="person,manager\nken,\nterri,ken\nrob,terri\nzoe,ken\n").sync()
    delta = '[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    for row in ("ken,terri\n", "zoe,terri\n"):
        report = feed.write(delta, people=people, jobs=f"person,manager\n{row}").sync()
        assert report.links_left_out == (("ken", "terri"),)
    assert feed.write(delta, people=people, jobs="person,manager\nken,\n").sync().links_left_out == ()


def test_deep_hierarchies(feed: Feed) -> None:
    count = 5000
    people = "id\n" + "".join(f"u{i}\n" for i in range(count))
    jobs = "person,manager\n" + "".join(f"u{i},u{i + 1}\n" for i in range(count - 1))
    nodes = "id,parent\n0,\n" + "".join(f"{i},{i - 1}\n" for i in range(1, 300))
    assert feed.write(people=people, jobs=jobs, organisations=nodes).sync().status == 0
