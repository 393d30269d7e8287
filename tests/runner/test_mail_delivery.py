"""From the outbox to a real server: what is refused, put off, limited, and tried again."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from runner_world import World, after_joining, audience, course, notify, program
from test_alerts import at, feed, night

from audql.mail import messages
from audql.operations import would_deliver
from audql.runner.delivering import _Ahead
from audql.runner.run import Told, deliver_workspace
from audql.state.store import State
from audql.syntax.ast import MomentKind

sys.path.append(str(Path(__file__).parents[1] / "mail"))
from mail_server import Handler, serving

pytest_plugins = ("databases",)
pytestmark = pytest.mark.usefixtures("either_database")

SCRIPT = program(audience("Shop", "shop", alerts=[notify("learner", on=MomentKind.JOINING)]))
PEOPLE = ("ann", "bob", "cay", "dee")
NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)


def joined(root: Path, port: int, more: str = 'security = "none"\n') -> World:
    """Everyone has joined, and is told at the next chance."""
    mail = f'[mail]\nfrom = "learning@example.com"\nserver = "localhost"\nport = {port}\n{more}'
    world = World(root, more=mail)
    feed(world, *PEOPLE)
    night(world, SCRIPT)
    at(world, 1)
    world.engine.who = {"shop": set(PEOPLE)}
    return world


def deliver(world: World, *, hours: float = 0, again: bool = False) -> tuple[int, int, int, list[str]]:
    """How many were sent, wait and are set aside; and what was said."""
    at = NOW + dt.timedelta(hours=hours)
    with State.open_alone(world.workspace.state) as state:
        told: Told = deliver_workspace(world.workspace, state, as_of=world.day, at=at, again=again)
    assert told.mails is not None
    return told.mails.sent, told.mails.waiting, told.mails.refused, [d.code for d in told.mails.problems]


def test_refused_put_off_and_tried_again(tmp_path: Path) -> None:
    handler = Handler(recipients={"ann@example.com": "550 unknown", "bob@example.com": "450 later"})
    with serving(handler) as port:
        world = joined(tmp_path, port)
        night(world, SCRIPT)
        assert sorted(to for to, *_ in handler.took) == ["cay@example.com", "dee@example.com"]
        assert deliver(world, hours=-24) == (0, 1, 1, ["AQ724", "AQ723"])
        handler.recipients = {}
        assert deliver(world) == (1, 0, 1, ["AQ723"])
        assert deliver(world, again=True) == (1, 0, 0, [])
    assert len(handler.took) == len({message_id for _, message_id, _ in handler.took}) == 4


def test_whose_mails_are_set_aside_is_in_no_log() -> None:
    told = messages.set_aside(2, [("ann@example.com", "550")])
    assert "ann@example.com" in told.message
    logged = told.without_values()
    assert logged.message == "2 mails are set aside, and not sent"
    assert logged.hint == "correct what is wrong; `audql deliver --again` then tries them once more"


def test_what_is_put_off_too_often_is_set_aside(tmp_path: Path) -> None:
    handler = Handler(recipients={"ann@example.com": "450 later"})
    with serving(handler) as port:
        world = joined(tmp_path, port)
        night(world, SCRIPT)
        seen = [deliver(world, hours=24 * day)[1:3] for day in range(1, 12)]
    assert seen[0] == (1, 0)
    assert seen[-1] == (0, 1)


def test_a_limit_a_run(tmp_path: Path) -> None:
    handler = Handler()
    with serving(handler) as port:
        world = joined(tmp_path, port, 'security = "none"\nlimit = 3\n')
        outcome = night(world, SCRIPT)
        assert outcome.mails is not None
        assert (outcome.mails.sent, outcome.mails.waiting, outcome.status) == (3, 1, 0)
        assert deliver(world) == (1, 0, 0, [])


def test_who_gets_none_does_not_count_against_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audql.mail.smtp._PAUSE_S", 0)
    handler = Handler()
    world = joined(tmp_path, 1, 'security = "none"\nlimit = 2\n')
    night(world, SCRIPT)
    feed(world, "bob", "cay", "dee")
    would = would_deliver(folder=tmp_path, now=NOW, day=world.day)
    assert [mail.why_not for mail in would.mails] == ["is no longer in the feed", "", ""]
    assert would.over_limit == 1
    with serving(handler) as port:
        config = tmp_path / "audql.toml"
        config.write_text(config.read_text().replace("port = 1\n", f"port = {port}\n"))
        assert deliver(world) == (2, 1, 0, [])


def test_what_is_put_off_is_told_by_reason(tmp_path: Path) -> None:
    handler = Handler(recipients={f"{who}@example.com": "450 later" for who in ("ann", "bob")})
    with serving(handler) as port:
        world = joined(tmp_path, port)
        night(world, SCRIPT)
        assert deliver(world) == (0, 2, 0, ["AQ724"])
    would = would_deliver(folder=tmp_path, now=NOW, day=world.day)
    (put_off,) = would.put_off
    assert (put_off.why[:3], put_off.mails, would.mails, would.over_limit) == ("450", 2, (), 0)
    assert put_off.next > NOW
    assert len(would_deliver(folder=tmp_path, now=put_off.next, day=world.day).mails) == 2


def test_nobody_answers_and_then_somebody_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audql.mail.smtp._PAUSE_S", 0)
    world = joined(tmp_path, 1)
    outcome = night(world, SCRIPT)
    assert outcome.mails is not None
    assert [d.code for d in outcome.mails.problems] == ["AQ721"]
    assert outcome.mails.waiting == 4
    handler = Handler()
    with serving(handler) as port:
        config = tmp_path / "audql.toml"
        config.write_text(config.read_text().replace("port = 1\n", f"port = {port}\n"))
        assert deliver(world) == (4, 0, 0, [])


def test_a_line_that_is_cut(tmp_path: Path) -> None:
    handler = Handler(content={"Welcome: Shop": "took and drop"}, times=1)
    with serving(handler) as port:
        world = joined(tmp_path, port)
        night(world, SCRIPT)
        assert len(handler.took) == 4
        assert deliver(world, hours=24)[:3] == (1, 0, 0)
    ids = [message_id for _, message_id, _ in handler.took]
    assert len(ids) == 5
    assert len(set(ids)) == 4


def test_a_mail_that_the_server_cannot_bear_keeps_no_other_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audql.mail.smtp._PAUSE_S", 0)
    handler = Handler(recipients={"ann@example.com": "drop"})
    with serving(handler) as port:
        world = joined(tmp_path, port)
        outcome = night(world, SCRIPT)
        assert outcome.mails is not None
        assert (outcome.mails.sent, outcome.mails.put_off, outcome.mails.waiting) == (3, 1, 1)


@pytest.mark.parametrize(("reply", "tried"), [("452 later", 4), ("drop", 3)])
def test_three_lines_that_are_cut_end_a_delivery_and_answers_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: str, tried: int
) -> None:
    monkeypatch.setattr("audql.mail.smtp._PAUSE_S", 0)
    handler = Handler(recipients={f"{who}@example.com": reply for who in PEOPLE})
    with serving(handler) as port:
        world = joined(tmp_path, port)
        outcome = night(world, SCRIPT)
        assert outcome.mails is not None
        assert (outcome.mails.put_off, outcome.mails.waiting) == (tried, 4)
        assert [d.code for d in outcome.mails.problems if d.code == "AQ721"] == ["AQ721"] * (reply == "drop")


def test_a_reminder_that_was_put_off_is_not_sent_after_a_later_one(tmp_path: Path) -> None:
    handler = Handler(recipients={"ann@example.com": "450 later"})
    often = notify("learner", on=MomentKind.WHILE_OVERDUE, count=1)
    script = program(audience("Shop", "shop", gives=[course("S", after_joining(1))], alerts=[often]))
    with serving(handler) as port:
        more = f'server = "localhost"\nport = {port}\nsecurity = "none"\ncompletions_max_age_days = 0\n'
        world = World(tmp_path, more='[mail]\nfrom = "learning@example.com"\n' + more)
        feed(world, "ann")
        world.engine.who = {"shop": {"ann"}}
        for day in (0, 2):
            at(world, day)
            night(world, script)
        handler.recipients = {}
        at(world, 3)
        outcome = night(world, script)
        assert outcome.mails is not None
        assert (outcome.mails.sent, outcome.mails.waiting) == (1, 1)  # the first may not be tried yet
        assert deliver(world, hours=1) == (0, 0, 0, [])
    assert len(handler.took) == 1


def test_a_password_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDQL_SMTP_PASSWORD", raising=False)
    world = joined(tmp_path, 1, 'security = "tls"\nusername = "audql"\n')
    outcome = night(world, SCRIPT)
    assert outcome.mails is not None
    assert [d.code for d in outcome.mails.problems] == ["AQ720"]
    assert outcome.mails.waiting == 4


def test_a_next_letter_that_cannot_be_written_takes_no_receipt_from_the_last() -> None:
    def letters() -> Iterator[tuple[Any, Any]]:
        yield "first", "letter"
        raise RuntimeError("the ledger is damaged")

    ahead = _Ahead(letters())
    taken: object = ahead.take()
    assert taken == ("first", "letter")
    ahead.look()
    with pytest.raises(RuntimeError, match="damaged"):
        ahead.take()
