"""The REPL: as plain lines, and at a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cli_world import DAY, PEOPLE, Place
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from audql.cli.options import now
from audql.operations.asked import at_hand
from audql.repl import loop
from audql.repl.entering import is_whole
from audql.repl.session import Session
from audql.terminal import Terminal


def test_a_query_in_a_count_and_a_sample_out(place: Place) -> None:
    place.write("people.csv", PEOPLE)
    done = place("repl", "--people", "people.csv", stdin='country = "GB"\n')
    assert (done.status, done.out) == (0, "2 of 4 people (50%)\n  ann  Ann Lee\n  cay  Cay Jensen\n")


def test_mistakes_are_underlined_and_it_goes_on(place: Place) -> None:
    place.write("people.csv", PEOPLE)
    done = place("repl", "--people", "people.csv", stdin='contry = "GB"\ntrue\n')
    assert done.status == 1
    assert ' 1 | contry = "GB"\n   | ^^^^^^' in done.out
    assert "4 of 4 people" in done.out


def test_words_stay_and_can_be_said_anew(place: Place) -> None:
    place.write("people.csv", PEOPLE)
    lines = (
        'let brits = country = "GB"\nbrits\ndefine level(n) = custom.Level = n\nbrits and level(2)\n'
        'let brits = country = "IE"\nbrits\nlet other = brits and true\nother\n'
    )
    done = place("repl", "--people", "people.csv", stdin=lines)
    assert done.status == 0
    counts = [line for line in done.out.splitlines() if " of 4 people" in line]
    assert [line.split()[0] for line in counts] == ["2", "1", "1", "1"]


def test_a_mistake_in_a_word_keeps_the_earlier_one(place: Place) -> None:
    place.write("people.csv", PEOPLE)
    lines = 'let brits = country = "GB"\nlet brits = contry = "GB"\nbrits\nlet = 3\n'
    done = place("repl", "--people", "people.csv", stdin=lines)
    assert done.status == 1
    assert "did you mean `country`?" in done.out
    assert "2 of 4 people" in done.out


def test_entries_end_when_brackets_do(place: Place) -> None:
    place.write("people.csv", PEOPLE)
    done = place("repl", "--people", "people.csv", stdin='country in (\n "GB",\n "IE"\n)\n')
    assert done.out.startswith("3 of 4 people")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("", True),
        ("a", True),
        ("a in (", False),
        ('a in (")")', True),
        ('a in (")"', False),
        ("(a # )", False),
        ("(a # )\n)", True),
        ("a)", True),
        ("(a\n", True),
        ("`(` = 1", True),
        ('a = "(', True),
    ],
)
def test_when_an_entry_is_whole(text: str, whole: bool) -> None:
    assert is_whole(text) is whole


def test_commands(synced: Place) -> None:
    lines = [
        ":help",
        ":why bob",
        "custom.Level < 3",
        ":why bob",
        ":why nobody-at-all",
        ":members New starters",
        ":fields",
        ":fields custom",
        ":fields jobs",
        ":fields jbo",
        ":functions",
        ":functions completed",
        ":functions complted",
        ":all",
        ":mebers x",
        ":quit",
        "contry",
    ]
    done = synced("repl", "--as-of", DAY, stdin="\n".join(lines))
    assert ":members AUDIENCE" in done.out
    assert "first a query" in done.out
    assert "yes custom.Level < 3   [custom.Level 1]" in done.out
    assert "no one is called `nobody-at-all`" in done.out
    assert "3 of 4 people (75%)\n  ann  Ann Lee" in done.out
    assert "  Level  number\n" in done.out
    assert "nothing has the name `jbo`; did you mean `job`?" in done.out
    assert "define completed(what" in done.out
    assert "did you mean `completed`?" in done.out
    assert "no command `:mebers`; did you mean `:members`?" in done.out
    assert "`contry`" not in done.out


@pytest.mark.parametrize("stdin", ["", "\n\n", "# a comment\n", "\ufeff", b"\xff\xff\n", "(" * 5000 + "\n"])
def test_odd_input(place: Place, stdin: str | bytes) -> None:
    place.write("people.csv", PEOPLE)
    assert place("repl", "--people", "people.csv", stdin=stdin).status in (0, 1)


def test_a_terminal_has_history(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    place.write("people.csv", PEOPLE)
    asked = at_hand(str(tmp_path / "people.csv"), folder=tmp_path, now=now())
    shown: list[str] = []
    monkeypatch.setattr(Terminal, "out", lambda self, text="": shown.append(text))
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text('country in (\r"GB"\r)\r:quit\r')
        loop._at_terminal(Session(asked, Terminal()))
    assert "2 of 4 people (50%)" in shown
    if sys.platform == "linux":
        history = (tmp_path / "state" / "audql" / "history").read_text(encoding="utf-8")
        assert "country in (" in history


def test_why_of_a_query_beside_it(synced: Place) -> None:
    asked = synced("repl", "--as-of", DAY, stdin=':why "ann" country = "GB"\n:why ann@example.com country = "IE"\n')
    assert asked.status == 0
    assert 'yes country = "GB"   [country "GB"]' in asked.out
    assert 'no  country = "IE"   [country "GB"]' in asked.out


def test_what_nobody_has_is_told(synced: Place) -> None:
    asked = synced("repl", "--as-of", DAY, stdin='completed("Safety")\n')
    assert "nobody in the feed has `completions`" in asked.out
