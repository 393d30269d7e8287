"""Feeds that are out of proportion: each guard stops one, says why, and is let through by its name."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from feed_world import DAY, PEOPLE, Feed, of

from audql.diagnostics import GuardError, RunError
from audql.snapshot import store
from audql.snapshot.store import current_name
from audql.state.store import State
from audql.sync import loading
from audql.sync.allowing import GUARDS
from audql.sync.sync import sync
from audql.workspace import Workspace

NOW = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path)


def rows(header: str, line: Callable[[int], str], numbers: range = range(100)) -> str:
    return header + "\n" + "".join(f"{line(i)}\n" for i in numbers)


def everyone(city: str = "Rome", numbers: range = range(100)) -> str:
    return rows("id,city", lambda i: f"u{i},{city}", numbers)


def test_people_of_whom_the_feed_says_nothing(feed: Feed) -> None:
    feed.write(people=everyone()).sync()
    assert feed.write(people=everyone(numbers=range(90))).sync().status == 0
    feed.write(people=everyone(numbers=range(80)))
    (stopped,) = feed.stopped().diagnostics
    assert stopped.message == ("the feed is without 10 of the 90 people of the last one: 11.1%, where 10% is the most")
    assert "`--allow headcount`" in stopped.hint
    assert feed.sync(["headcount"]).counts == {"people": 80}


def test_as_many_people_with_other_ids_are_other_people(feed: Feed) -> None:
    feed.write(people=everyone()).sync()
    assert feed.write(people=everyone(numbers=range(100, 200))).stops() == ["AQ537"]


def test_who_was_kept_for_want_of_a_key_counts_as_missing(feed: Feed) -> None:
    feed.write(people=everyone()).sync()
    cut = everyone(numbers=range(80)) + ",Rome\n"
    stopped = feed.write(people=cut).stopped()
    assert [d.code for d in stopped.diagnostics] == ["AQ537", "AQ530"]
    assert stopped.diagnostics[1].message == "people.csv:82, column `id`: nothing there, and a row needs it"
    report = feed.sync(["headcount"])
    assert report.counts == {"people": 100}
    assert [d.code for d in report.diagnostics] == ["AQ530", "AQ536"]


@pytest.mark.parametrize("ending", ["u60,Ro", "u60", '"u60"'])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_file_cut_in_the_middle_of_a_row(feed: Feed, ending: str, quoted: bool) -> None:
    """Read by the fast way and, where a value has an odd quote, by the slow one."""
    odd = 'u0,Ro"me,x\n' if quoted else "u0,Rome,x\n"
    whole = "id,city,code\n" + odd + "".join(f"u{i},Rome,x\n" for i in range(1, 62))
    feed.write(people=whole.replace('"', "")).sync()
    feed.write(people=whole[: whole.index("u60,")] + ending)
    (cut,) = [d for d in feed.stopped().diagnostics if d.is_error]
    assert cut.code == "AQ601"
    assert "`people.csv` ends in the middle of line 62, after " in cut.message
    assert feed.sync(["cut"]).counts == {"people": 62}


def test_a_last_line_without_a_line_end_is_none_that_was_cut(feed: Feed) -> None:
    assert feed.write(people="id,city\nu1,Rome\nu2,Oslo").sync().status == 0
    assert [r.code for r in feed.write(people="id,city\nu1,Rome\nu2,Oslo\nu3\n").sync().refusals] == ["AQ528"]
    assert [r.code for r in feed.write(people="id,city\nu1,Rome\nu2,Oslo\nu3,a,b").sync().refusals] == ["AQ528"]


def test_a_file_that_was_cut_at_the_end_of_a_line(feed: Feed) -> None:
    """Of people the head count tells, of others the number of rows."""
    jobs = rows("person,title", lambda i: f"u{i},Nurse")
    feed.write(people=everyone(), jobs=jobs).sync()
    assert feed.write(people=everyone(), jobs=jobs[: jobs.index("u81,")]).sync().counts["jobs"] == 81
    feed.write(people=everyone(), jobs=jobs[: jobs.index("u60,")])
    (stopped,) = feed.stopped().diagnostics
    assert stopped.code == "AQ603"
    assert stopped.message == "the feed has 60 rows of jobs, the last one had 81: 25.9% fewer, where 20% is the most"
    assert feed.sync(["rows"]).counts["jobs"] == 60


def test_most_rows_refused(feed: Feed) -> None:
    hired = rows("id,hired", lambda i: f"u{i},2026-01-{i % 28 + 1:02}")
    feed.write(people=hired).sync()
    feed.write(people=rows("id,hired", lambda i: f"u{i},{i % 28 + 1:02}/01/2026"))
    stopped = feed.stopped()
    first, *refused = stopped.diagnostics
    assert first.message == "100 of the 100 rows of `people.csv` would be refused: 100.0%, where 10% is the most"
    assert refused[0].code == "AQ529"
    report = feed.sync(["refused"])
    assert len(report.refusals) == 100
    assert not report.changed


def test_nobody_is_left_of_a_first_feed(feed: Feed) -> None:
    feed.write(people="id,hired\nu1,soon\nu2,never\n")
    assert feed.stops() == feed.stops(GUARDS) == ["AQ602"]


@pytest.mark.parametrize(
    ("table", "header", "value", "other", "field"),
    [
        ("people", "id,city", "Rome", "Oslo", "city"),
        ("people", "id,custom", "4100", "", "custom.custom"),
        ("people", "id,hired", "2026-02-01", "2026-01-02", "hired"),
        ("jobs", "person,title", "Nurse", "Doctor", "title"),
        ("jobs", "person,org", "A", "B", "org"),
        ("organisations", "id,name", "Ward", "Station", "name"),
        ("learning", "id,category", "Safety", "Other", "category"),
    ],
)
def test_most_values_of_a_field_are_others(
    feed: Feed, table: str, header: str, value: str, other: str, field: str
) -> None:
    def given(share: int) -> dict[str, str]:
        changed = rows(header, lambda i: f"u{i},{other if i < share else value}")
        return {"people": everyone()} | {table: changed}

    feed.write(**given(0)).sync()
    assert feed.write(**given(40)).sync().status == 0
    feed.write(**given(95))
    (stopped,) = feed.stopped().diagnostics
    assert stopped.code == "AQ604"
    assert stopped.message.startswith(f"`{field}` of {table}: 55 of ")
    assert f"`{value}` is {f'`{other}`' if other else 'nothing'} now" in stopped.message
    assert feed.sync(["changed"]).changed


def test_all_that_is_out_of_proportion_is_told_at_once(feed: Feed) -> None:
    feed.write(people=everyone(), jobs=rows("person,org", lambda i: f"u{i},A")).sync()
    people = everyone(city="Oslo", numbers=range(80))
    feed.write(people=people, jobs=rows("person,org", lambda i: f"u{i},A", range(30)))
    assert feed.stops() == ["AQ537", "AQ603", "AQ604"]


def test_that_nobody_is_left_is_told_with_the_reason(feed: Feed) -> None:
    stopped = feed.write(people="id,hired\nu1,soon\nu2,soon\n").stopped()
    assert [d.code for d in stopped.diagnostics] == ["AQ602", "AQ529", "AQ529"]


def test_a_column_that_is_no_more(feed: Feed) -> None:
    feed.write(people=everyone().replace("id,city", "id,Ward")).sync()
    feed.write(people=everyone())
    (stopped,) = feed.stopped().diagnostics
    assert stopped.code == "AQ604"
    assert stopped.message.startswith("`custom.Ward` of people: 100 of 100 values are not what they were")
    assert feed.sync(["changed"]).changed


def test_a_small_delta_can_change_all_that_few_have(feed: Feed) -> None:
    many = rows("id,city,Ward", lambda i: f"u{i},Rome,{'W' * (i < 150)}", range(5000))
    feed.write(people=many).sync()
    changed = rows("id,Ward", lambda i: f"u{i},V", range(150))
    feed.write('[feed.people]\nfile = "people.csv"\ndelta = true\n', people=changed)
    (stopped,) = feed.stopped().diagnostics
    assert stopped.code == "AQ604"
    assert stopped.message.startswith("`custom.Ward` of people: 150 of 150 values are not what they were")


def test_what_is_new_is_no_change(feed: Feed) -> None:
    feed.write(people=rows("id", lambda i: f"u{i}")).sync()
    assert feed.write(people=everyone()).sync().status == 0


def test_jobs_are_compared_person_by_person(feed: Feed) -> None:
    jobs = rows("person,title", lambda i: f"u{i},A\nu{i},B")
    feed.write(people=everyone(), jobs=jobs).sync()
    turned = rows("person,title", lambda i: f"u{i},B\nu{i},A")
    assert not feed.write(people=everyone(), jobs=turned).sync().changed


def test_a_field_can_have_a_limit_of_its_own(feed: Feed) -> None:
    own = '[feed.people.columns]\ncity = { column = "city", max_changed = "100 %" }\n'
    toml = f'[feed.people]\nfile = "people.csv"\n{own}'
    feed.write(toml, people=everyone()).sync()
    assert feed.write(toml, people=everyone("Oslo")).sync().changed
    toml = toml.replace("100 %", "5 %")
    some = everyone("Oslo").replace("Oslo", "Rome", 25)
    assert feed.write(toml, people=some).stops() == ["AQ604"]


def test_instants_change_by_themselves(feed: Feed) -> None:
    yesterday = rows("id,last_login", lambda i: f"u{i},2026-11-22T08:00:00Z")
    feed.write(people=yesterday).sync()
    assert feed.write(people=yesterday.replace("-22T", "-23T")).sync().changed


@pytest.mark.parametrize(
    ("most", "hours", "stops"), [("26 hours", 27, True), ("26 hours", 25, False), ("", 9999, False)]
)
def test_how_old_a_file_may_be(feed: Feed, most: str, hours: int, stops: bool) -> None:
    feed.write((f'[feed]\nmax_age = "{most}"\n' if most else "") + "", people=PEOPLE)
    written = (NOW - dt.timedelta(hours=hours)).timestamp()
    os.utime(feed.root / "feed/people.csv", (written, written))
    if stops:
        (stopped,) = feed.stopped(at=NOW).diagnostics
        assert (
            stopped.message
            == "`people.csv` was last written 27 hours ago, where 26 hours is the most: it may be an old one"
        )
        assert feed.sync(["age"], at=NOW).status == 0
    else:
        assert feed.sync(at=NOW).status == 0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(30, "was written to less than 1 minute ago"), (240, "4 minutes ago"), (-60, "later than now")],
)
def test_a_file_that_was_only_just_written(feed: Feed, seconds: int, said: str) -> None:
    feed.write('[feed]\nmin_age = "15 minutes"\n', people=PEOPLE)
    written = (NOW - dt.timedelta(seconds=seconds)).timestamp()
    os.utime(feed.root / "feed/people.csv", (written, written))
    (stopped,) = feed.stopped(at=NOW).diagnostics
    assert stopped.code == "AQ631"
    assert f"{said}, where 15 minutes is the least" in stopped.message
    assert feed.sync(["age"], at=NOW).status == 0
    assert feed.sync(at=NOW + dt.timedelta(minutes=16)).status == 0


def test_yesterdays_file_again_changes_nothing(feed: Feed) -> None:
    first = feed.write(people=PEOPLE).sync()
    again = feed.sync()
    assert (again.status, again.changed, again.snapshot) == (0, False, first.snapshot)


def test_a_file_of_an_earlier_day_is_told(feed: Feed) -> None:
    feed.write(people=everyone()).sync()
    feed.write(people=everyone(numbers=range(99))).sync()
    report = feed.write(people=everyone()).sync()
    assert [note.code for note in report.notes] == ["AQ623"]
    assert report.status == 4
    assert feed.sync().status == 0


def test_a_file_of_an_earlier_day_that_takes_back_much_stops(feed: Feed) -> None:
    first = rows("id,city", lambda i: f"u{i},{'Rome' if i < 30 else 'Bern'}")
    second = first.replace("Rome", "Oslo")
    feed.write(people=first).sync(at=NOW)
    feed.write(people=second).sync(at=NOW + dt.timedelta(days=1))
    feed.write(people=first)
    (stopped,) = feed.stopped(at=NOW + dt.timedelta(days=2)).diagnostics
    assert stopped.code == "AQ626"
    assert f"that of {NOW.astimezone(ZoneInfo('Europe/London')):%Y-%m-%d %H:%M} GMT" in stopped.message
    assert "30 rows" in stopped.message
    report = feed.sync(["again"])
    assert (report.status, [note.code for note in report.notes]) == (4, ["AQ623"])


def test_a_delta_that_takes_changes_back_is_no_old_one(feed: Feed) -> None:
    feed.write(people=rows("id,city", lambda i: f"u{i},Rome")).sync()
    toml = '[feed.people]\nfile = "people.csv"\ndelta = true\n'
    back = rows("id,city", lambda i: f"u{i},Rome", range(30))
    for text in (back.replace("Rome", "Oslo"), back):
        report = feed.write(toml, people=text).sync(["changed"])
        assert (report.status, report.notes) == (0, ())


def test_what_a_killed_run_has_made_is_no_old_feed(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    first = rows("id,city", lambda i: f"u{i},{'Rome' if i < 30 else 'Bern'}")
    feed.write(people=first).sync(at=NOW)
    feed.write(people=first.replace("Rome", "Oslo"))
    with monkeypatch.context() as patched:
        patched.setattr(store, "make_current", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            feed.sync(at=NOW)
    assert feed.sync(at=NOW).status == 0


def test_an_old_file_beside_a_new_one_is_guarded(feed: Feed) -> None:
    first, jobs = rows("id,city", lambda i: f"u{i},Rome"), "person,title\nu1,A\n"
    feed.write(people=first, jobs=jobs).sync()
    feed.write(people=first.replace("Rome", "Oslo"), jobs=jobs).sync(["changed"])
    feed.write(people=first, jobs=f"{jobs}u2,B\n")
    assert feed.stops() == ["AQ604"]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_file_that_is_still_being_written(feed: Feed, quote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = feed.write(people=PEOPLE).root / "feed/people.csv"
    feed.sync()
    feed.write(people=f"{PEOPLE}u10,x{quote},\n")
    read = loading._read_csv

    def written_meanwhile(*given: object, **more: object) -> int:
        with path.open("a") as file:
            file.write("u11,")
        return read(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "_read_csv", written_meanwhile)
    with pytest.raises(RunError) as found:
        feed.sync()
    assert [d.code for d in found.value.diagnostics] == ["AQ600"]
    assert feed.snapshot().head_count == 3


def test_a_file_that_is_written_to_while_another_is_read(feed: Feed) -> None:
    path = feed.write(people=PEOPLE, jobs="person,title\nu1,A\n").root / "feed/people.csv"
    workspace = Workspace.open(feed.root)

    def written_meanwhile(what: str, _: int) -> None:
        if what == "reading jobs.csv":
            with path.open("a") as file:
                file.write("u11,kim,kim@example.com\n")

    with State.open_alone(workspace.state) as state, pytest.raises(GuardError) as found:
        sync(workspace, state, as_of=DAY, progress=written_meanwhile)
    assert [d.message for d in found.value.diagnostics] == ["`people.csv` was written to while it was read"]
    assert current_name(workspace.snapshots) is None


def test_when_an_element_was_last_fed_is_kept_with_it(feed: Feed) -> None:
    now = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)
    done = "person,learning,completed\n"

    def fed(days: int, *, corrected: bool = False) -> int:
        """So many days after that the feed was written; how many days before now it is kept to be of."""
        for path in (feed.root / "feed").iterdir():
            os.utime(path, ((now + dt.timedelta(days)).timestamp(),) * 2)
        feed.sync(at=now, corrected=corrected)
        kept = feed.snapshot().manifest.tables["completions"].fed
        assert kept is not None
        return (kept - now).days

    feed.write(people=PEOPLE, completions=f"{done}u1,F,2026-01-01\n")
    assert fed(-9) == fed(-9) == -9
    assert fed(+9) == 0  # no file is younger than the run
    delta = '[feed.completions]\nfile = "completions.csv"\ndelta = true\n'
    name = feed.snapshot().name
    feed.write(delta, people=PEOPLE, completions=done)
    assert fed(-2) == -2
    assert feed.snapshot().name == name
    feed.write(delta, people=PEOPLE, completions=f"{done}u1,F,soon\n")
    assert fed(-1) == -1
    path = feed.root / "state/quarantine/completions.csv"
    path.write_text(path.read_text().replace("soon", "2026-02-01"))
    assert fed(0, corrected=True) == -1
    assert feed.snapshot().count("completions") == 2


def test_several_guards_are_told_at_once(feed: Feed) -> None:
    feed.write(people=everyone(), jobs=rows("person,title", lambda i: f"u{i},A"), badges="person,name\nu1,5S\n").sync()
    feed.write(people=everyone(numbers=range(50)), jobs=rows("person,title", lambda i: f"u{i},A", range(50)))
    assert feed.stops() == ["AQ537", "AQ538"]  # there are fewer jobs because there are fewer people
    assert feed.sync(["headcount", "emptied"]).counts == {"people": 50, "jobs": 50}
    assert of(feed, "u1", "jobs") == [{"title": "A"}]


def test_rows_of_those_who_left_are_nothing_new(feed: Feed) -> None:
    """Learning systems go on telling of them; a first feed, and rows of people who are there, count all the same."""
    told = rows("person,learning", lambda i: f"u{i},F", range(200))
    feed.write(people=everyone(), completions=told, learning="id\nF\n")
    assert feed.stops() == ["AQ602"]
    assert [d.code for d in feed.stopped().diagnostics] == ["AQ602", "AQ618"]
    assert feed.sync(["refused"]).counts["completions"] == 100
    assert feed.sync().status == 0
    other_ids = told.replace("u", "U-")
    feed.write(people=everyone(), completions=other_ids, learning="id\nF\n")
    assert feed.stops() == ["AQ538"]
