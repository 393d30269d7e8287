"""Who is told of whom, when, and only once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from runner_world import DAY, World, after_joining, audience, course, notify, program

from audql.plugins import Setup
from audql.program import Audience, Due, Program
from audql.runner.alert_batches import parts_of
from audql.runner.alerts import Mailing
from audql.runner.run import Outcome, deliver_workspace
from audql.state.alerts import Clause
from audql.state.store import State
from audql.syntax.ast import MomentKind, Unit

MAIL = """
[mail]
from = "Learning <learning@example.com>"
folder = "out/mail"
completions_max_age_days = 0
"""
JOBS = "person,manager,started,ended\n"


def at(world: World, days: int) -> None:
    world.day = DAY + dt.timedelta(days=days)


def feed(world: World, *people: str, jobs: str = "", completions: str = "", suspended: str = "") -> None:
    """People with addresses; `jobs`: `ann>bob` says that bob is ann's manager."""
    rows = "".join(f"{p},{p}@example.com,{p in suspended.split()}\n".replace("True", "yes") for p in people)
    links = "".join(f"{','.join(link.split('>'))},,\n" for link in jobs.split())
    done = "".join(f"{who},S,{world.day}\n" for who in completions.split())
    world.feed(
        people="id,email,suspended\n" + rows.replace("False", "no"),
        learning="id,name\nS,Safety\n",
        jobs=JOBS + links,
        completions="person,learning,completed\n" + done,
    )
    world.sync("headcount", "emptied")


def night(world: World, script: Program, *allow: str) -> Outcome:
    planned = world.plan(script, *allow)
    return world.apply(planned, script)


def world_of(root: Path, more: str = "") -> World:
    return World(root, more=MAIL + more)


def shop(*alerts: object, due: Due | None = None) -> Program:
    gives = [course("S", due or after_joining(10))]
    return program(
        audience("Shop", "shop", gives=gives, alerts=alerts, owners=("lena@example.com",))  # type: ignore[arg-type]
    )


JOINING = notify("learner", on=MomentKind.JOINING)


def test_whoever_joins_is_told_and_first_members_are_not(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob", "cay", jobs="bob>ann bob>cay")
    world.engine.who = {"shop": {"ann"}}
    script = shop(JOINING, notify("manager", "owner", "hr@example.com", on=MomentKind.JOINING))
    night(world, script)
    assert world.mails() == []
    at(world, 1)
    world.engine.who = {"shop": {"ann", "bob"}}
    planned = world.plan(script)
    assert (planned.alerts.mails, planned.alerts.messages) == (5, 5)
    assert world.plan(script) == planned
    night(world, script)
    assert world.mails() == [
        ("ann <ann@example.com>", "bob has joined Shop"),
        ("bob <bob@example.com>", "Welcome: Shop"),
        ("cay <cay@example.com>", "bob has joined Shop"),
        ("hr@example.com", "bob has joined Shop"),
        ("lena@example.com", "bob has joined Shop"),
    ]
    assert world.plan(script).is_empty
    night(world, script)
    assert len(world.mails()) == 5


def test_first_members_are_told_where_that_is_asked_for(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob")
    world.engine.who = {"shop": {"ann"}}
    night(world, shop(JOINING), "baseline:shop")
    assert world.mails() == [("ann <ann@example.com>", "Welcome: Shop")]


def test_who_comes_back_is_told_again(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob")
    script = shop(JOINING, notify("learner", on=MomentKind.LEAVING))
    for day, there in enumerate([set(), {"ann"}, set(), {"ann"}]):
        at(world, day)
        world.engine.who = {"shop": there}
        night(world, script, "leaves")
    subjects = [subject for _, subject in world.mails()]
    assert subjects == ["Shop: you have left", "Welcome: Shop", "Welcome: Shop"]


def test_a_missed_night_is_caught_up_and_nothing_is_said_twice(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob")
    script = shop(
        notify("learner", on=MomentKind.BEFORE_DUE, count=3),
        notify("learner", on=MomentKind.OVERDUE),
        notify("learner", on=MomentKind.AFTER_DUE, count=1, unit=Unit.WEEK, template="late"),
    )
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "late.txt").write_text("Subject: Late\n\n{{ item.days }} days.\n")
    world.engine.who = {"shop": {"ann"}}
    seen = []
    for day in (0, 6, 8, 9, 12, 13, 20, 21):
        at(world, day)
        before = len(world.mails())
        night(world, script)
        seen.append((day, len(world.mails()) - before))
    # Due on day 10: told on the 8th for the 7th, on the 12th for the 11th, and on the 20th for the 17th.
    assert seen == [(0, 0), (6, 0), (8, 1), (9, 0), (12, 1), (13, 0), (20, 1), (21, 0)]
    assert [subject for _, subject in world.mails()] == ["Late", "Overdue: Safety", "Safety is due on 3 December 2026"]


def test_a_reminder_that_comes_too_late_is_none(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob")
    script = shop(notify("learner", on=MomentKind.BEFORE_DUE, count=3))
    world.engine.who = {"shop": {"ann"}}
    night(world, script)
    at(world, 11)
    night(world, script)
    assert world.mails() == []


@pytest.mark.parametrize(
    ("count", "unit", "days"),
    [(7, Unit.DAY, [1, 10, 15, 22, 29]), (2, Unit.WEEK, [1, 15, 29]), (1, Unit.MONTH, [1, 31])],
)
def test_whoever_is_overdue_is_told_every_so_often(tmp_path: Path, count: int, unit: Unit, days: list[int]) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob")
    script = shop(notify("learner", on=MomentKind.WHILE_OVERDUE, count=count, unit=unit), due=Due(DAY))
    world.engine.who = {"shop": {"ann"}}
    told = []
    for day in range(34):
        at(world, day)
        before = len(world.mails())
        if day not in (8, 9):
            night(world, script)
        told += [day] * (len(world.mails()) - before)
    # Nothing ran on days 8 and 9, so what falls on the 8th is said on the 10th.
    assert told == days


def test_nobody_is_told_of_what_is_completed_or_while_suspended(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob", "cay", "dee", jobs="ann>dee bob>dee cay>dee")
    script = shop(notify("learner", "manager", on=MomentKind.OVERDUE))
    world.engine.who = {"shop": {"ann", "bob", "cay"}}
    night(world, script)
    at(world, 11)
    feed(world, "ann", "bob", "cay", "dee", jobs="ann>dee bob>dee cay>dee", completions="ann", suspended="bob dee")
    night(world, script)
    assert world.mails() == [("cay <cay@example.com>", "Overdue: Safety")]


def test_a_clause_does_not_speak_of_what_was_before_it(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob")
    world.engine.who = {"shop": {"ann"}}
    night(world, shop())
    at(world, 20)
    later = shop(notify("learner", on=MomentKind.OVERDUE), due=after_joining(10))
    night(world, later)
    at(world, 21)
    world.engine.who = {"shop": {"ann", "bob"}}
    night(world, later)
    at(world, 32)
    night(world, later)
    assert world.mails() == [("bob <bob@example.com>", "Overdue: Safety")]


def test_managers_at_any_level_each_once_also_around_in_a_circle(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob", "cay", "dee", jobs="ann>bob bob>cay ann>cay")
    (tmp_path / "feed" / "jobs.csv").write_text(JOBS + "ann,bob,,\nbob,cay,,\nann,cay,,\nann,dee,,2026-11-22\n")
    world.sync()
    night(world, script := shop(notify("managers at any level", on=MomentKind.JOINING)))
    at(world, 1)
    world.engine.who = {"shop": {"ann"}}
    night(world, script)
    assert [to for to, _ in world.mails()] == ["bob <bob@example.com>", "cay <cay@example.com>"]


def test_a_manager_who_comes_later_is_told(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    script = shop(
        notify("manager", on=MomentKind.JOINING), notify("manager", on=MomentKind.OVERDUE), due=after_joining(1)
    )
    feed(world, "ann", "bob", "cay")
    night(world, script)
    world.engine.who = {"shop": {"bob", "cay"}}
    at(world, 1)
    planned = world.plan(script)
    assert (planned.alerts.mails, planned.alerts.unfound) == (0, 2)
    world.apply(planned, script)
    at(world, 3)
    assert world.plan(script).is_empty  # still nobody, of joining and of what is overdue
    feed(world, "ann", "bob", "cay", jobs="bob>ann")
    night(world, script)
    assert world.mails() == [("ann <ann@example.com>", "2 messages about learning")]
    night(world, script)
    at(world, 9)
    feed(world, "ann", "bob", "cay", jobs="bob>ann cay>ann")
    night(world, script)
    # That cay joined is too long ago; that she is overdue is so.
    assert [subject for _, subject in world.mails()] == ["2 messages about learning", "Overdue: Safety of cay"]
    assert world.plan(script).is_empty


@pytest.mark.parametrize("names", [("learner", "manager"), ("managers at any level", "manager", "learner")])
def test_a_manager_who_comes_after_the_learner_was_told_is_told(tmp_path: Path, names: tuple[str, ...]) -> None:
    world = world_of(tmp_path)
    script = shop(notify(*names, on=MomentKind.JOINING), notify(*names, on=MomentKind.OVERDUE), due=after_joining(1))
    feed(world, "ann", "bob", "cay")
    night(world, script)
    world.engine.who = {"shop": {"bob"}}
    at(world, 1)
    planned = world.plan(script)
    assert [(c.to, c.messages) for c in planned.alerts.counts] == [(names, 1)]
    world.apply(planned, script)
    at(world, 3)
    night(world, script)
    assert world.mails() == [("bob <bob@example.com>", "Overdue: Safety"), ("bob <bob@example.com>", "Welcome: Shop")]
    assert world.plan(script).is_empty
    feed(world, "ann", "bob", "cay", jobs="bob>ann")
    night(world, script)
    assert [mail for mail in world.mails() if "bob@" not in mail[0]] == [
        ("ann <ann@example.com>", "2 messages about learning")
    ]
    feed(world, "ann", "bob", "cay", jobs="bob>cay")  # of whom another manager has been told
    night(world, script)
    at(world, 30)
    night(world, script)
    assert len(world.mails()) == 3


@pytest.mark.parametrize("jobs", ["bob>ann", ""])
@pytest.mark.parametrize(
    ("names", "recipient"),
    [
        (("owner", "manager"), "ann <ann@example.com>"),
        (("buddy", "owner", "manager", "learner"), "ann <ann@example.com>"),
        (("nurse", "hr@example.com"), "hr@example.com"),
    ],
)
def test_a_recipient_by_two_names_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], recipient: str, jobs: str
) -> None:
    world, buddy, nurse = world_of(tmp_path), Buddy(), Buddy()
    found = {"buddy": (buddy, Setup(tmp_path, {})), "nurse": (nurse, Setup(tmp_path, {}))}
    mailing = Mailing(lambda moment, name: None, found)
    monkeypatch.setattr("audql.runner.run._mailing", lambda workspace: mailing)
    moments = [MomentKind.JOINING, MomentKind.OVERDUE]
    script = shop(*(notify(*names, on=on) for on in moments), due=after_joining(1))
    script = replace(script, audiences=tuple(replace(a, owners=("ann",)) for a in script.audiences))
    nobody: dict[str, list[str]] = {"ann": []}
    by_buddy, by_nurse = nobody | {"bob": ["ann"]}, nobody | {"bob": ["hr@example.com"]}
    buddy.found, nurse.found = (by_buddy, by_nurse) if jobs else (nobody, nobody)

    def told() -> int:
        return len([to for to, _ in world.mails() if to == recipient])

    feed(world, "ann", "bob", "cay", jobs=jobs)
    night(world, script)
    world.engine.who = {"shop": {"bob"}}
    at(world, 1)
    planned = world.plan(script)
    assert [c.messages for c in planned.alerts.counts] == [2 if "learner" in names else 1]
    world.apply(planned, script)
    at(world, 3)
    night(world, script)
    assert told() == 2
    feed(world, "ann", "bob", "cay", jobs="bob>ann")
    buddy.found, nurse.found = by_buddy, by_nurse
    assert world.plan(script).alerts.messages == 0
    night(world, script)
    assert world.plan(script).is_empty
    feed(world, "ann", "bob", "cay", jobs="bob>cay")  # of whom another manager has been told
    night(world, script)
    assert (told(), len(world.mails())) == (2, 4 if "learner" in names else 2)


@pytest.mark.parametrize("jobs", ["bob>ann", ""])
@pytest.mark.parametrize("names", [("owner", "manager"), ("ANN@example.com", "manager", "ann@Example.com")])
def test_who_is_named_by_address_and_otherwise_is_told_once(tmp_path: Path, names: tuple[str, ...], jobs: str) -> None:
    """Also where the manager is found only after the address was told."""
    world = world_of(tmp_path)
    script = shop(notify(*names, on=MomentKind.JOINING))
    script = replace(script, audiences=tuple(replace(a, owners=("Ann@Example.com",)) for a in script.audiences))
    feed(world, "ann", "bob", jobs=jobs)
    night(world, script)
    world.engine.who = {"shop": {"bob"}}
    at(world, 1)
    planned = world.plan(script)
    assert (planned.alerts.mails, planned.alerts.messages) == (1, 1)
    world.apply(planned, script)
    assert world.mails() == [("ann <ann@example.com>", "bob has joined Shop")]
    feed(world, "ann", "bob", jobs="bob>ann")
    assert world.plan(script).alerts.messages == 0
    night(world, script)
    assert len(world.mails()) == 1


def test_an_address_without_a_person_is_told_once_however_it_is_written(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    script = shop(notify("owner", "HR@example.com", "hr@Example.com", on=MomentKind.JOINING))
    feed(world, "bob")
    night(world, script)
    world.engine.who = {"shop": {"bob"}}
    at(world, 1)
    night(world, script)
    assert [to for to, _ in world.mails()] == ["HR@example.com", "lena@example.com"]


def test_an_address_that_was_told_is_not_told_again_as_the_person_it_is_of(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    script = shop(notify("ann@example.com", "manager", on=MomentKind.JOINING))
    feed(world, "bob")
    night(world, script)
    world.engine.who = {"shop": {"bob"}}
    at(world, 1)
    night(world, script)
    assert world.mails() == [("ann@example.com", "bob has joined Shop")]
    feed(world, "ann", "bob", jobs="bob>ann")
    night(world, script)
    night(world, shop(notify("manager", on=MomentKind.JOINING)))
    assert len(world.mails()) == 1


def test_an_address_that_several_share_is_itself(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    script = shop(notify("team@example.com", on=MomentKind.JOINING))
    world.feed(people="id,email\nann,team@example.com\nbob,team@example.com\n", learning="id,name\nS,Safety\n")
    world.sync()
    night(world, script)
    world.engine.who = {"shop": {"bob"}}
    at(world, 1)
    night(world, script)
    assert world.mails() == [("team@example.com", "bob has joined Shop")]


def test_of_two_managers_the_one_with_an_address_is_told(tmp_path: Path) -> None:
    """And the other neither waits nor is told again; where none has one, or is in the feed, that is told apart."""
    world = world_of(tmp_path)
    script = shop(notify("manager", on=MomentKind.JOINING))

    def people(*without: str) -> None:
        rows = "".join(f"{p},{'' if p in without else p + '@example.com'}\n" for p in ("ann", "bob", "cay", "dan"))
        links = ["bob,ann,,", "bob,cay,,", "dan,cay,,"]
        world.feed(people="id,email\n" + rows, learning="id,name\nS,Safety\n", jobs=JOBS + "\n".join(links) + "\n")
        world.sync()

    people("cay")
    night(world, script)
    world.engine.who = {"shop": {"bob", "dan"}}
    at(world, 1)
    planned = world.plan(script)
    assert (planned.alerts.messages, planned.alerts.unreachable) == (1, 2)
    world.apply(planned, script)
    assert world.mails() == [("ann <ann@example.com>", "bob has joined Shop")]
    people()
    night(world, script)
    assert world.mails() == [
        ("ann <ann@example.com>", "bob has joined Shop"),
        ("cay <cay@example.com>", "dan has joined Shop"),
    ]
    assert world.plan(script).is_empty


@pytest.mark.parametrize("names", [("learner",), ("learner", "hr@example.com")])
def test_whose_address_comes_later_is_told_then(tmp_path: Path, names: tuple[str, ...]) -> None:
    world = world_of(tmp_path)
    script = shop(notify(*names, on=MomentKind.JOINING), notify("learner", on=MomentKind.OVERDUE))

    def people(*rows: str) -> None:
        world.feed(people="\n".join(["id,email", "ann,ann@example.com", *rows]), learning="id,name\nS,Safety\n")
        world.sync()

    people()
    night(world, script)
    at(world, 1)
    people("bob,", "cay,")
    world.engine.who = {"shop": {"bob", "cay"}}
    planned = world.plan(script)
    assert planned.alerts.unreachable == 2
    world.apply(planned, script)
    assert world.plan(script).is_empty
    at(world, 3)
    people("bob,bob@example.com", "cay,")
    night(world, script)
    night(world, script)
    at(world, 12)
    people("bob,bob@example.com", "cay,cay@example.com")
    night(world, script)
    night(world, script)
    # That cay joined is too long ago.
    wanted = [("bob <bob@example.com>", what) for what in ("Overdue: Safety", "Welcome: Shop")]
    wanted += [("cay <cay@example.com>", "Overdue: Safety")]
    wanted += [("hr@example.com", "2 people have joined")] if len(names) > 1 else []
    assert world.mails() == wanted


def test_what_is_kept_of_alerts_of_before_is_read_as_it_was() -> None:
    told = audience("Shop", "shop", alerts=[notify("manager", on=MomentKind.JOINING)])
    (part,) = parts_of(told)
    assert part.clause == Clause.decode('["on joining", 0, "day", ""]')
    both = audience("Shop", "shop", alerts=[notify("buddy", "manager", "owner", on=MomentKind.JOINING)])
    assert {part.clause.part: part.to for part in parts_of(both)} == {
        "": ("owner",),
        "manager": ("manager",),
        "buddy": ("buddy",),
    }
    assert all(Clause.decode(part.clause.encode()) == part.clause for part in parts_of(both))


def test_a_managers_messages_are_one_mail(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    people = [f"p{n:03}" for n in range(130)]
    feed(world, "ann", *people, jobs=" ".join(f"{p}>ann" for p in people))
    script = shop(notify("manager", on=MomentKind.JOINING))
    night(world, script)
    at(world, 1)
    world.engine.who = {"shop": {*people}}
    night(world, script)
    assert world.mails() == [("ann <ann@example.com>", "130 people have joined")]
    (mail,) = (tmp_path / "out" / "mail").glob("*.eml")
    assert "And 30 more." in mail.read_text()


def test_too_many_mails_are_held_until_they_are_let_through(tmp_path: Path) -> None:
    world = world_of(tmp_path, "[holds]\nmails = { mails = 1, share = 0 }\n")
    feed(world, "ann", "bob", "cay")
    script = shop(JOINING)
    night(world, script)
    at(world, 1)
    world.engine.who = {"shop": {"ann", "bob"}}
    outcome = night(world, script)
    assert [held.code for held in outcome.held] == ["AQ700"]
    assert world.members() == {"Shop": {"ann", "bob"}}
    at(world, 2)
    world.engine.who = {"shop": {"ann", "cay"}}
    assert [held.code for held in night(world, script).held] == ["AQ700"]
    assert world.mails() == []
    at(world, 3)
    night(world, script, "mails")
    assert [to for to, _ in world.mails()] == ["ann <ann@example.com>", "cay <cay@example.com>"]
    assert world.plan(script).is_empty


def test_what_is_held_too_long_is_not_said_any_more(tmp_path: Path) -> None:
    world = world_of(tmp_path, "[holds]\nmails = { mails = 0, share = 0 }\n")
    feed(world, "ann", "bob")
    night(world, shop(JOINING))
    at(world, 1)
    world.engine.who = {"shop": {"ann"}}
    night(world, shop(JOINING))
    at(world, 9)
    assert not night(world, shop(JOINING), "mails").held
    assert world.mails() == []
    assert world.plan(shop(JOINING)).is_empty


def test_what_is_due_waits_for_a_newer_feed(tmp_path: Path) -> None:
    world = World(tmp_path, more=MAIL.replace("days = 0", "days = 3"))
    script = shop(notify("learner", on=MomentKind.OVERDUE), JOINING, due=Due(DAY))
    feed(world, "ann", "bob")
    world.engine.who = {"shop": {"ann"}}
    night(world, script)
    at(world, 1)
    assert [held.code for held in night(world, script).held] == ["AQ702"]
    feed(world, "ann", "bob", completions="bob")
    at(world, 5)
    world.sync()  # the same files again
    assert [held.code for held in night(world, script).held] == ["AQ701"]
    world.engine.who = {"shop": {"ann", "bob"}}
    night(world, script)
    assert world.mails() == [("bob <bob@example.com>", "Welcome: Shop")]
    people, learning, jobs, completions = (
        (tmp_path / f"feed/{name}.csv").read_text() for name in ("people", "learning", "jobs", "completions")
    )
    world.feed(people=people, learning=learning, jobs=jobs, completions=completions)  # nobody has finished since
    world.sync()
    assert not night(world, script).held
    assert world.mails()[0] == ("ann <ann@example.com>", "Overdue: Safety")


def test_a_small_company_has_quiet_weeks(tmp_path: Path) -> None:
    """A delta in which nobody has finished anything says so."""
    world = World(tmp_path, more=MAIL.replace("days = 0", "days = 3"))
    world.of_elements = {"completions": "delta = true"}
    script = shop(notify("learner", on=MomentKind.OVERDUE), due=Due(DAY))
    feed(world, "ann", "bob", completions="bob")
    world.engine.who = {"shop": {"ann"}}
    night(world, script)
    at(world, 14)
    feed(world, "ann", "bob")
    assert not night(world, script).held
    assert world.mails() == [("ann <ann@example.com>", "Overdue: Safety")]


def test_a_template_that_is_not_there_holds_its_own_clause_only(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob")
    script = shop(JOINING, notify("owner", on=MomentKind.JOINING, template="welcom"))
    night(world, script)
    at(world, 1)
    world.engine.who = {"shop": {"ann"}}
    (held,) = night(world, script).held
    assert held.code == "AQ703"
    assert held.message == 'there is no template `welcom`, so `notify … with "welcom"` of `Shop` tells nobody'
    assert world.mails() == [("ann <ann@example.com>", "Welcome: Shop")]
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "welcom.txt").write_text("Subject: Now\n\nNow.\n")
    night(world, script)
    assert ("lena@example.com", "Now") in world.mails()


class Buddy:
    """A plugin's recipient."""

    name = "buddy"

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.found: dict[str, list[str]] = {"ann": ["bob", "desk@example.com"], "cay": []}

    def find(self, people: Sequence[str], setup: Setup) -> dict[str, list[str]]:
        self.asked.append(list(people))
        if "ann" not in self.found:
            raise TimeoutError("no answer")
        return self.found


def test_a_plugins_recipients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world, buddy = world_of(tmp_path), Buddy()
    mailing = Mailing(lambda moment, name: None, {"buddy": (buddy, Setup(tmp_path, {})), "nurse": None})
    monkeypatch.setattr("audql.runner.run._mailing", lambda workspace: mailing)
    feed(world, "ann", "bob", "cay")
    script = shop(notify("buddy", on=MomentKind.JOINING), notify("nurse", on=MomentKind.LEAVING))
    night(world, script)
    at(world, 1)
    world.engine.who = {"shop": {"ann", "cay"}}
    night(world, script)
    assert buddy.asked == [["ann", "cay"]]
    assert [to for to, _ in world.mails()] == ["bob <bob@example.com>", "desk@example.com"]
    at(world, 2)
    world.engine.who = {"shop": set()}
    buddy.found = {}
    assert [held.code for held in night(world, script, "leaves").held] == ["AQ704"]


def test_who_has_no_address_is_counted_and_who_left_the_feed_is_not_told(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob", "cay")
    script = shop(JOINING, notify("learner", on=MomentKind.LEAVING))
    world.engine.who = {"shop": {"cay"}}
    night(world, script)
    at(world, 1)
    world.feed(people="id,email\nann,\nbob,bob@example.com\n", learning="id,name\nS,Safety\n")
    world.sync("headcount", "emptied")
    world.engine.who = {"shop": {"ann", "bob"}}
    planned = world.plan(script, "leaves")
    assert planned.alerts.unreachable == 2
    night(world, script, "leaves")
    assert world.mails() == [("bob <bob@example.com>", "Welcome: Shop")]
    feed(world, "ann", "bob", "cay")
    night(world, script)
    assert [to for to, _ in world.mails()] == ["ann <ann@example.com>", "bob <bob@example.com>"]


def test_alerts_of_an_audience_that_is_renamed_go_on(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob")
    overdue = notify("learner", on=MomentKind.OVERDUE)

    def named(name: str, *was: str) -> Audience:
        return audience(name, "shop", gives=[course("S", Due(DAY))], alerts=[overdue], was=was)

    world.engine.who = {"shop": {"ann"}}
    night(world, program(named("Shop")))
    at(world, 1)
    night(world, program(named("Shop")))
    at(world, 2)
    night(world, program(named("Store", "Shop")))
    assert len(world.mails()) == 1


def test_what_is_no_longer_so_is_not_sent(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob")
    script = shop(JOINING)
    night(world, script)
    at(world, 1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mail").write_text("in the way of the folder")
    world.engine.who = {"shop": {"ann", "bob"}}
    outcome = night(world, script)
    assert outcome.mails is not None
    assert [d.code for d in outcome.mails.problems] == ["AQ721"]
    assert outcome.mails.waiting == 2
    (tmp_path / "out" / "mail").unlink()
    feed(world, "ann", "bob", suspended="bob")
    with State.open_alone(world.workspace.state) as state:
        told = deliver_workspace(world.workspace, state, as_of=world.day, at=dt.datetime.now(dt.UTC))
    assert told.mails is not None
    assert (told.mails.sent, told.mails.dropped, told.mails.waiting) == (1, 1, 0)
    assert world.mails() == [("ann <ann@example.com>", "Welcome: Shop")]


def blocked(world: World) -> Path:
    """What is in the way of the folder of mails."""
    folder = world.root / "out" / "mail"
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("in the way")
    return folder


def test_of_repetitions_that_waited_one_is_sent(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob", jobs="bob>ann")
    often = notify("learner", "manager", on=MomentKind.WHILE_OVERDUE, count=1)
    script = shop(often, JOINING, due=after_joining(1))
    night(world, script)
    in_the_way = blocked(world)
    for day in (1, 3, 4, 5, 6):
        at(world, day)
        world.engine.who = {"shop": {"bob"}}
        night(world, script)
    in_the_way.unlink()
    at(world, 7)
    outcome = night(world, script)
    assert outcome.mails is not None
    assert (outcome.mails.sent, outcome.mails.dropped, outcome.mails.waiting) == (3, 8, 0)
    assert world.mails() == [
        ("ann <ann@example.com>", "Overdue: Safety of bob"),
        ("bob <bob@example.com>", "Overdue: Safety"),
        ("bob <bob@example.com>", "Welcome: Shop"),
    ]
    at(world, 8)
    night(world, script)
    assert len(world.mails()) == 5


def test_who_waits_for_the_limit_is_reminded_though_more_waits_each_night(tmp_path: Path) -> None:
    people = ("ann", "bob", "cay")
    world = world_of(tmp_path, "limit = 2\n")
    feed(world, *people)
    world.engine.who = {"shop": set(people)}
    script = shop(notify("learner", on=MomentKind.WHILE_OVERDUE, count=1), due=after_joining(1))
    for day in (0, 2, 3):
        at(world, day)
        night(world, script)
    told = [to for to, _ in world.mails()]
    assert (len(told), {to.partition(" ")[0] for to in told}) == (4, set(people))


def test_a_reminder_whose_due_day_has_passed_is_not_sent(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    feed(world, "ann", "bob")
    script = shop(notify("learner", on=MomentKind.BEFORE_DUE, count=3), notify("learner", on=MomentKind.OVERDUE))
    world.engine.who = {"shop": {"ann"}}
    night(world, script)
    in_the_way = blocked(world)
    at(world, 8)
    night(world, script)
    in_the_way.unlink()
    at(world, 11)
    outcome = night(world, script)
    assert outcome.mails is not None
    assert (outcome.mails.sent, outcome.mails.dropped) == (1, 1)
    assert world.mails() == [("ann <ann@example.com>", "Overdue: Safety")]


def test_without_mail_nobody_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    feed(world, "ann", "bob")
    script = shop(JOINING)
    night(world, script)
    at(world, 1)
    world.engine.who = {"shop": {"ann"}}
    night(world, script)
    world.more = MAIL
    feed(world, "ann", "bob")
    at(world, 2)
    night(world, script)
    assert world.mails() == []
