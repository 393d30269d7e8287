"""The program as a whole: usage, help, streams, colours, interruptions, bugs, what it imports."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest
from cli_world import DAY, Place

import audql
from audql.cli.main import app

if sys.platform != "win32":
    import pty

COMMANDS = (
    "init check fmt test match why sync plan approve apply deliver preview run members snapshots erase history status "  # noqa: SIM905
    "repl".split()
)
COLOUR = re.compile(r"\033\[[0-9;]+m")
BROKEN = 'audience "A" { where contry = "GB" }\n'


def test_version(place: Place) -> None:
    assert place("--version").out == f"audql {audql.__version__}\n"


def test_every_command_is_there() -> None:
    assert [command.name for command in app.registered_commands] == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(place: Place, command: str) -> None:
    for flag in ("--help", "-h"):
        done = place(command, flag)
        assert done.status == 0
        assert f"Examples:\n    audql {command}" in done.out
    assert all(len(line) <= 100 for line in done.out.splitlines())
    assert "list[str]" not in done.out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("chek",), "Did you mean 'check'?"),
        (("check", "--jsn"), "--json"),
        (("match",), "QUERY"),
        (("check", "--as-of", "tomorrow"), "2026-11-23"),
        (("members",), "AUDIENCE"),
        (("plan", "surplus"), "surplus"),
    ],
)
def test_wrong_usage(place: Place, args: tuple[str, ...], said: str) -> None:
    done = place(*args)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_without_a_command_there_is_help(place: Place) -> None:
    done = place()
    assert "Commands:" in done.out + done.err
    assert done.status == 2


def test_folder_and_colour_can_be_said_first(workspace: Place) -> None:
    elsewhere = Place(workspace.root / "feed")
    assert elsewhere("-C", "..", "check").status == 0
    assert elsewhere("check", "-C", "..").status == 0
    assert elsewhere("check").status == 1
    assert elsewhere("--no-color", "-C", "..", "check", "--no-color").status == 0


def test_a_mistake_in_the_configuration(workspace: Place) -> None:
    workspace.write("audql.toml", "[workspace\nzone = 3")
    for command in ("check", "sync", "plan", "run", "status"):
        done = workspace(command)
        assert done.status == 1
        assert "audql.toml" in done.err
    workspace.write("audql.toml", '[state]\nfile = "../outside.sqlite"\n')
    assert "AQ506" in workspace("status").err


def test_a_state_that_is_none(synced: Place) -> None:
    synced.write("state/audql.sqlite", b"no database at all, but long enough to be looked at" * 100)
    for command in ("plan", "status"):
        done = synced(command)
        assert (done.status, "AQ542" in done.err) == (1, True)


# --- streams ----------------------------------------------------------------------------------------------------------


def test_any_locale_and_any_text(place: Place) -> None:
    place.write("people.csv", "id,city\nå1,Zürich 中\n")
    done = place.program("match", 'city = "zürich 中"', "--people", "people.csv", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (done.status, done.out) == (0, "å1\n")
    done = place.program("check", "-", stdin='audience "Ü" { where citty = "x" }'.encode(), LC_ALL="C", PYTHONUTF8="0")
    assert done.status == 1
    assert 'audience "Ü"' in done.out


def test_nothing_of_an_input_drives_the_terminal(place: Place) -> None:
    place.write("a.aud", 'audience "\x1b[31mA" { where contry\x1b = "GB" }\n')
    done = place("check", "a.aud")
    assert done.status == 1
    assert "\x1b" not in done.out


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise there")
def test_a_closed_pipe_is_quiet(place: Place) -> None:
    place.write("people.csv", "id\n" + "".join(f"person-number-{n}\n" for n in range(50_000)))
    command = [sys.executable, "-m", "audql.cli.main", "match", "true", "--people", "people.csv"]
    with subprocess.Popen(command, cwd=place.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline() == b"person-number-0\n"
        running.stdout.close()
        said = running.stderr.read().decode()
        assert running.wait(30) == 141
    assert "Error" not in said
    assert "Traceback" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="signals are otherwise there")
def test_ctrl_c_is_quiet(place: Place) -> None:
    command = [sys.executable, "-m", "audql.cli.main", "check", "-"]
    with subprocess.Popen(
        command,
        cwd=place.root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # What a shell runs in the background ignores it, and so does what that starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        assert running.stdin is not None
        # More than a pipe holds: once it is written, the program is up and reads.
        running.stdin.write(b"# and so on\n" * 100_000)
        running.stdin.flush()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
        assert running.returncode == 130
    assert (out, err) == (b"", b"")


def on_terminal(place: Place, *args: str, **env: str) -> str:
    """What a person at a terminal sees."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "audql.cli.main", *args]
    known = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    with subprocess.Popen(
        command, cwd=place.root, stdin=follower, stdout=follower, stderr=follower, env={**known, "TERM": "xterm", **env}
    ) as running:
        os.close(follower)
        seen = b""
        while True:
            try:
                more = os.read(leader, 4096)
            except OSError:
                break
            if not more:
                break
            seen += more
        running.wait(30)
    os.close(leader)
    return seen.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no pty there")
def test_colours_only_where_they_are_wanted(place: Place) -> None:
    place.write("a.aud", BROKEN)
    assert COLOUR.search(on_terminal(place, "check", "a.aud"))
    # A slow machine also says what it is at, on a line that is taken away again, which is no colour.
    assert not COLOUR.search(on_terminal(place, "check", "a.aud", NO_COLOR="1"))
    assert not COLOUR.search(on_terminal(place, "check", "a.aud", "--no-color"))
    assert not COLOUR.search(on_terminal(place, "--no-color", "check", "a.aud"))
    assert "\033[" not in on_terminal(place, "check", "a.aud", TERM="dumb")
    assert "\033[" not in place("check", "a.aud").out


# --- bugs and weight --------------------------------------------------------------------------------------------------


def test_a_bug_is_told_and_its_traceback_kept(place: Place) -> None:
    place.write(
        "sitecustomize.py",
        "import audql.operations.checking as c\ndef check(*a, **k): raise ValueError('inside')\nc.check = check\n",
    )
    path = os.pathsep.join(filter(None, [str(place.root), os.environ.get("PYTHONPATH")]))
    done = place.program("check", "a.aud", PYTHONPATH=path, TMPDIR=str(place.root), AUDQL_TRACEBACK="")
    assert done.status == 70
    assert done.err.startswith(f"this is a bug in AudQL {audql.__version__}, please report it: ValueError: inside\n")
    assert "Traceback" not in done.err
    (kept,) = place.root.glob("audql-bug-*.txt")
    assert str(kept) in done.err
    assert "Traceback" in kept.read_text(encoding="utf-8")
    assert "Traceback" in place.program("check", "a.aud", PYTHONPATH=path, AUDQL_TRACEBACK="1").err


@pytest.mark.parametrize(
    ("args", "unwanted"),
    [
        (("--version",), "duckdb numpy sqlalchemy pydantic rich prompt_toolkit audql.semantics audql.syntax"),
        # typer itself reads parameters with pydantic
        (("check", "a.aud"), "duckdb numpy sqlalchemy rich prompt_toolkit audql.workspace audql.runner"),
    ],
)
def test_only_what_is_needed_is_imported(place: Place, args: tuple[str, ...], unwanted: str) -> None:
    place.write("a.aud", 'audience "A" { where country = "GB" }\n')
    program = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print([m for m in {unwanted.split()!r} if m in sys.modules]))\n"
        "from audql.cli.main import main\n"
        f"sys.argv = ['audql', *{args!r}]\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=place.root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_what_the_population_says_is_told_as_such(synced: Place) -> None:
    shown = synced("why", "dee", "New starters", "--as-of", DAY).out
    assert "no  population: not suspended\n      yes suspended   [suspended true]\n" in shown
    asked = synced("why", "dee", "New starters", "--as-of", DAY, "--json").json
    assert [part["origin"] for part in asked["audiences"][0]["why"]["parts"]] == ["population", "rule"]
    alone = synced("why", "dee", "--query", "suspended and country is not set", "--as-of", DAY, "--json").json
    assert alone["why"]["origin"] == "rule"
