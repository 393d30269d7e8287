"""The report of each run, the log of its steps, and the last runs at a glance."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import shutil
import sys
from dataclasses import dataclass

import pytest
from cli_world import DAY, JOBS, PEOPLE, SCRIPT, TOML, Place

from audql import operations
from audql.diagnostics import GuardError
from audql.operations import reporting, running
from audql.snapshot import durable
from audql.state.lock import locked
from audql.workspace import Workspace


def reports(place: Place) -> list[dict[str, object]]:
    return [json.loads(p.read_text()) for p in sorted((place.root / "state" / "reports").iterdir())]


def test_a_report_of_each_run(workspace: Place) -> None:
    done = workspace("run", "--as-of", DAY, "--allow", "first", "--json")
    (report,) = reports(workspace)
    assert report == done.json["report"]
    assert (report["status"], report["run"], report["people"]) == (0, 1, 4)
    assert (report["joins"], report["leaves"], report["enrolments"]) == (5, 0, {"enrol": 3})
    assert report["seconds"].keys() == {"sync", "plan", "apply", "deliver"}  # type: ignore[attr-defined]


def test_a_run_that_is_stopped_has_one_too(workspace: Place) -> None:
    assert workspace("run", "--as-of", DAY).status == 3
    workspace.write("feed/people.csv", PEOPLE.replace("id,", "number,"))
    assert workspace("run", "--as-of", DAY).status == 1
    first, second = reports(workspace)
    assert (first["status"], first["stopped_by"], first["people"]) == (3, ["AQ570"], 4)
    assert (second["status"], "people" in second) == (1, False)


def test_a_report_that_cannot_be_kept_is_told(workspace: Place) -> None:
    assert workspace("run", "--as-of", DAY, "--allow", "first").status == 0
    shutil.rmtree(workspace.root / "state/reports")
    workspace.write("state/reports", "in the way")
    done = workspace("run", "--as-of", DAY, "--json", "--log")
    assert (done.status, done.json["status"], done.json["report"]["status"]) == (4, 4, 4)
    assert done.json["apply"]["run"] == 2
    assert [d["code"] for d in done.json["diagnostics"]] == ["AQ575"]
    assert done.out.count("AQ575") == 1
    ended = json.loads(done.err.splitlines()[-1])
    assert (ended["event"], ended["status"], ended["not_kept"]) == ("ended", 4, ["AQ575"])
    said = workspace("run", "--as-of", DAY)
    assert said.out.count("warning[AQ575]: the report of this run could not be kept in `state/reports`: ") == 1
    assert said.status == 4
    (workspace.root / "feed/people.csv").unlink()
    stopped = workspace("run", "--as-of", DAY)
    assert stopped.status == 3
    assert "AQ520" in stopped.err
    assert "AQ575" in stopped.err


def test_status_tells_of_a_run_that_was_stopped(workspace: Place) -> None:
    workspace("run", "--as-of", DAY, "--allow", "first")
    assert workspace("status").status == 0
    (workspace.root / "feed/people.csv").rename(workspace.root / "people.csv")
    assert workspace("run", "--as-of", DAY).status == 3
    told = workspace("status")
    assert told.status == 4
    assert f"the latest run, as of {DAY}, at " in told.out
    assert " UTC, was stopped by AQ520: `people.csv`, the feed's people, is not there\n" in told.out
    said = workspace("status", "--json").json
    assert (said["status"], said["stopped"]["day"], said["stopped"]["codes"]) == (4, DAY, ["AQ520"])
    with locked(Workspace.open(workspace.root).state):
        assert workspace("run", "--as-of", DAY).status == 3
    assert workspace("status", "--json").json["stopped"]["codes"] == ["AQ520"]
    (workspace.root / "people.csv").rename(workspace.root / "feed/people.csv")
    assert workspace("run", "--as-of", DAY).status == 0
    assert workspace("status").status == 0
    assert workspace("status", "--json").json["stopped"] is None


def test_status_tells_of_a_first_run_that_was_stopped(workspace: Place) -> None:
    assert workspace("run", "--as-of", DAY).status == 3
    told = workspace("status")
    assert told.status == 4
    assert "was stopped by AQ570" in told.out


def test_status_says_the_cure_of_what_stopped_a_run(workspace: Place) -> None:
    assert workspace("run", "--as-of", DAY).status == 3
    told = workspace("status")
    assert "\n = help: read the plan; `--allow first` then applies it\n" in told.out
    assert "`--allow first`" in workspace("status", "--json").json["stopped"]["hint"]


def test_status_says_the_cure_also_where_the_cause_has_values(applied: Place) -> None:
    many = "".join(f"u{i},N,n{i}@example.com,GB,2020-01-15,no,1\n" for i in range(60))
    applied.write("feed/people.csv", PEOPLE + many)
    applied("sync")
    applied.write("feed/people.csv", PEOPLE + many.replace(",GB,", ",secret,"))
    assert applied("run", "--as-of", DAY).status == 3
    stopped = applied("status", "--json").json["stopped"]
    assert stopped["codes"] == ["AQ604"]
    assert stopped["why"].startswith("`country` of people: 60 of 63 values are not what they were")
    assert "nothing was changed" not in stopped["why"].lower()
    assert stopped["hint"].startswith("nothing was changed. If it is right, `--allow changed`")
    assert "secret" not in json.dumps(stopped)


def test_status_says_why_a_run_left_something_to_see_to(workspace: Place) -> None:
    """An older feed, a link to a manager, a target and a mail server that could not be told: until each is mended."""
    toml = '[mail]\nfrom = "hr@example.com"\nfolder = "out/mail"\n'
    workspace.write("audql.toml", TOML + toml)
    assert workspace("run", "--as-of", DAY, "--allow", "first", "--allow", "baseline").status == 0
    workspace.write("feed/people.csv", PEOPLE.replace("Lee", "Leigh"))
    assert workspace("run", "--as-of", DAY).status == 0
    assert workspace("status").status == 0
    circle = JOBS.replace("ann,Head,", "ann,Head,bob")
    workspace.write("feed/people.csv", PEOPLE)
    assert workspace("run", "--as-of", DAY).status == 4

    def codes() -> list[str]:
        said = workspace("status", "--json")
        assert said.status == said.json["status"] == (4 if said.json["warnings"] else 0)
        return [warned["code"] for warned in said.json["warnings"]]

    assert codes() == ["AQ623"]
    assert "if it is an old file, feed the new one and run again" in workspace("status").out
    workspace.write("feed/jobs.csv", circle)
    assert workspace("run", "--as-of", DAY).status == 4
    assert {*codes()} == {"AQ535"}
    workspace.write("main.aud", SCRIPT.replace("  when leaving", "  notify learner on joining\n  when leaving"))
    workspace.write("feed/people.csv", PEOPLE + "eve,Eve Novak,eve@example.com,GB,2026-11-23,no,1\n")
    workspace.write("feed/jobs.csv", JOBS)
    changes = workspace.root / "out/changes.csv"
    changes.rename(changes.with_suffix(".old"))
    changes.mkdir()
    workspace.write("out/mail", "in the way")
    assert workspace("run", "--as-of", DAY).status == 4
    assert codes() == ["AQ572", "AQ721"]
    assert "warning[AQ721]: no mail goes out by " in workspace("status").out
    changes.rmdir()
    changes.with_suffix(".old").rename(changes)
    (workspace.root / "out/mail").unlink()
    assert workspace("deliver").status == 0
    assert codes() == []


def test_the_log_and_the_reports_have_no_values(workspace: Place) -> None:
    workspace.write("feed/people.csv", PEOPLE.replace("2020-01-15", "secret"))
    done = workspace("run", "--as-of", DAY, "--allow", "first", "--log", "--json")
    events = [json.loads(line) for line in done.err.splitlines()]
    assert [event["event"] for event in events] == ["began", "sync", "plan", "apply", "deliver", "ended"]
    assert events[1]["refused_rows"]
    kept = json.dumps(reports(workspace)) + done.err
    for value in ("secret", "Ann", "example.com"):
        assert value not in kept


def test_nothing_that_goes_to_a_log_has_values(workspace: Place) -> None:
    """As a line of cron has it: both streams go to one file."""
    people = PEOPLE.replace("2020-01-15", "secret") + "".join(f"{i},N{i},secret,GB,secret{i},no,1\n" for i in range(9))
    workspace.write("feed/people.csv", people)
    workspace.write("feed/jobs.csv", "person,title,manager\nann,Head,\nbob,Clerk,secret@example.com\n")
    stopped = workspace("run", "--as-of", DAY, "--log", "--allow", "refused")
    assert stopped.status == 3
    done = workspace("run", "--as-of", DAY, "--allow", "first", "--allow", "refused", "--log")
    assert done.status == 4
    assert "warning[AQ529]: people.csv, column `hired`: 10 rows, the first in line 2\n" in done.out
    assert "warning[AQ532]: jobs.csv:3, column `manager`: 1 row\n" in done.out
    workspace.write("feed/people.csv", people.replace(",GB,", ",secret,") * 9)
    guarded = workspace("run", "--as-of", DAY, "--log")
    assert guarded.status == 3
    for ended in (stopped, done, guarded):
        for value in ("secret", "Ann", "example.com"):
            assert value not in ended.out + ended.err
    assert workspace("run", "--as-of", DAY, "--log", "--all").status == 2


TALKS = """
import audql


class Talking:
    name = "talking"

    def rows(self, *asked):
        {does}

    find = deliver = rows


plugin = audql.Plugin(name="talks", sources=(Talking(),), targets=(Talking(),), recipients=(Talking(),))
"""
NAMING = '[workspace]\nplugins = ["talks"]\nplugins_dir = "plugins"\n'
RAISES = "raise RuntimeError('Ann Lee, 12 High Street')"


@pytest.mark.parametrize(
    ("does", "there", "instead", "code"),
    [
        (RAISES, "[feed.people]\n", '[feed.people]\nsource = "talking"\n', "AQ410"),
        (RAISES.replace("Runtime", "Timeout"), "[feed.people]\n", '[feed.people]\nsource = "talking"\n', "AQ630"),
        ("return [[{'Ann Lee'}]]", "[feed.people]\n", '[feed.people]\nsource = "talking"\n', "AQ410"),
        (RAISES, '[targets.file]\npath = "out/changes.csv"\n', "[targets.talking]\n", "AQ572"),
        (RAISES, "", "", "AQ704"),
        ("return {who: ['Ann Lee, 12 High Street'] for who in asked[0]}", "", "", "AQ704"),
    ],
)
def test_what_a_plugin_raises_or_gives_is_in_no_log(
    workspace: Place, does: str, there: str, instead: str, code: str
) -> None:
    workspace.write("plugins/talks.py", TALKS.replace("{does}", does))
    toml = TOML.replace("[workspace]\n", NAMING).replace(there, instead, 1)
    workspace.write("audql.toml", toml + '[mail]\nfrom = "hr@example.com"\nfolder = "mail"\n')
    to = "talking" if code == "AQ704" else "learner"
    workspace.write("main.aud", SCRIPT.replace("unenrol\n", f"unenrol\n  notify {to} on joining\n", 1))
    allowed = ("--as-of", DAY, "--allow", "first", "--allow", "baseline")
    ran = workspace("run", *allowed, "--log")
    assert code in ran.out + ran.err
    kept = "".join(path.read_text() for path in (workspace.root / "state/reports").iterdir())
    for words in ("Ann", "High Street"):
        assert words not in ran.out + ran.err + kept + workspace("status").out
    if ran.status in (1, 3):
        assert "Ann Lee" in workspace("run", *allowed).err


DIES = "import os, signal; os.kill(os.getpid(), signal.SIGTERM); signal.pause()"
HIDES = f"""try:
            {DIES}
        except BaseException:
            raise RuntimeError from None"""
"""As a library does that asks for signals while it works."""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are otherwise there")
@pytest.mark.parametrize(
    ("at", "does", "status", "by"),
    [
        ("source", DIES, 143, "SIGTERM"),
        ("source", HIDES, 143, "SIGTERM"),
        ("source", "raise KeyboardInterrupt", 130, "Ctrl-C"),
        ("target", DIES, 143, "SIGTERM"),
        ("target", "raise KeyboardInterrupt", 130, "Ctrl-C"),
    ],
)
def test_a_run_that_is_ended_by_a_signal_says_so(workspace: Place, at: str, does: str, status: int, by: str) -> None:
    workspace.write("plugins/talks.py", TALKS.replace("{does}", does))
    source = '[feed.people]\nsource = "talking"\n'
    toml = TOML.replace("[workspace]\n", NAMING)
    if at == "source":
        toml = toml.replace("[feed.people]\n", source)
    else:
        toml = toml.partition("[targets.file]")[0] + "[targets.talking]\n"
    workspace.write("audql.toml", toml)
    ended = workspace.program("run", "--as-of", DAY, "--allow", "first", "--log")
    assert ended.status == status, ended.err
    assert f"error[AQ578]: the program was ended by {by}\n" in ended.err
    assert "Traceback" not in ended.err
    assert ("run 1 was applied; what waits" in ended.err) == (at == "target")
    last = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")][-1]
    assert (last["event"], last["status"], last["stopped_by"]) == ("stopped", status, ["AQ578"])
    (report,) = reports(workspace)
    assert (report["status"], report.get("run")) == (status, 1 if at == "target" else None)
    assert "was stopped by AQ578" in workspace("status").out
    workspace.write("plugins/talks.py", TALKS.replace("{does}", "return []"))
    workspace.write("audql.toml", toml.replace(source, "[feed.people]\n"))
    assert workspace("run", "--as-of", DAY, "--allow", "first").status == 0
    assert "AQ578" not in workspace("status").out


def test_what_a_plugin_says_when_it_is_loaded_is_in_no_log(workspace: Place) -> None:
    assert workspace("run", "--as-of", DAY, "--allow", "first").status == 0
    workspace.write("plugins/talks.py", "raise RuntimeError('Ann Lee')\n")
    workspace.write("audql.toml", TOML.replace("[workspace]\n", NAMING))
    ran = workspace("run", "--as-of", DAY, "--log")
    assert ran.status == 1
    assert "error[AQ401]: plugin `talks` cannot be loaded: RuntimeError; brought by file " in ran.err
    kept = "".join(path.read_text() for path in (workspace.root / "state/reports").iterdir())
    assert "Ann" not in ran.out + ran.err + kept
    assert "RuntimeError: Ann Lee" in workspace("run", "--as-of", DAY).err


@pytest.mark.parametrize(
    "mapping",
    [
        'id = "Number"\nusername = "Login"\nemail = "Mail"\ncity = "Town"\n',
        'id = "Lee"\nusername = "Login"\nemail = "Mail"\n',
        'id = "lee"\n',
        "",
    ],
)
def test_a_feed_that_lost_its_header_tells_a_log_nobody(workspace: Place, mapping: str) -> None:
    toml = TOML.partition('"custom.Level"')[0] + mapping
    workspace.write("audql.toml", toml)
    workspace.write("feed/people.csv", "u1,Ann,Lee,Ann,ann@example.com\n")
    stopped = workspace("run", "--as-of", DAY, "--log")
    assert stopped.status == 1
    (event,) = [json.loads(line) for line in stopped.err.splitlines() if '"stopped"' in line]
    assert event["stopped_by"] in (["AQ522"], ["AQ522", "AQ523"], ["AQ524"], ["AQ523", "AQ524"])
    told = stopped.out + stopped.err + json.dumps(reports(workspace)) + workspace("status").out
    for value in ("u1", "Ann", "`Lee`", "example.com"):
        assert value not in told.replace("`Lee` (read as", "").replace("no column `Lee`", "")


def test_mistakes_in_the_scripts_are_reasons_also_where_no_audience_is_known_yet(workspace: Place) -> None:
    workspace.write("main.aud", 'audience "New starters {\n  where\n')
    workspace.write("more.aud", 'audience "M" { where reports_to("boss@example.com") and countri = "GB" }\n')
    workspace.write("odd.aud", b"\xff\xfe\n")
    done = workspace("run", "--as-of", DAY, "--log")
    assert done.status == 4
    said = done.out[done.out.index("5 mistakes in the scripts") :].splitlines()
    assert said == [
        "5 mistakes in the scripts; `audql check` shows all",
        "  AQ582: `odd.aud` is not text in UTF-8: line 1 has bytes that mean nothing in it",
        "  main.aud:1:10: AQ102: this text is not closed (1 more there)",
    ]
    assert done.out.count("AQ214: no person …") == 1
    assert "warning[AQ560]: more.aud:1:33: audience `M` stays as it was: AQ214: no person …\n" in done.out
    assert "boss" not in done.out + done.err
    (report,) = reports(workspace)
    assert report["mistakes"] == [
        {"code": "AQ582", "place": "", "in_the_file": 1},
        {"code": "AQ102", "place": "main.aud:1:10", "in_the_file": 2},
        {"code": "AQ214", "place": "more.aud:1:33", "in_the_file": 2},
    ]
    assert json.loads(done.err.splitlines()[2])["mistakes"] == report["mistakes"]
    workspace.write("odd.aud", 'audience "Odd" { where suspended and "Cay Cee" "Dan Dee" }\n')
    done = workspace("run", "--as-of", DAY, "--log")
    (*_, report) = reports(workspace)
    assert report["mistakes"] == [
        {"code": "AQ102", "place": "main.aud:1:10", "in_the_file": 2},
        {"code": "AQ214", "place": "more.aud:1:33", "in_the_file": 2},
        {"code": "AQ133", "place": "odd.aud:1:48", "in_the_file": 1},
    ]
    for kept in (json.dumps(report), done.err):
        assert "Dan Dee" not in kept
    planned = workspace("plan", "--as-of", DAY)
    assert 'audience `Odd` stays as it was: AQ133: expected a comparison, not `"Dan Dee"`\n' in planned.out
    assert 'audience `M` stays as it was: AQ214: no person "boss@example.com"\n  --> more.aud:1:33\n' in planned.out


def test_a_mistake_in_the_configuration_is_told_by_its_place(applied: Place) -> None:
    text = (applied.root / "audql.toml").read_text()
    applied.write("audql.toml", text + '\n[mail]\nfrom = "Cay Cee <cay>"\nfolder = "out"\n')
    done = applied("run", "--as-of", DAY, "--log")
    assert done.status == 1
    place = f"audql.toml:{text.count(chr(10)) + 3}:1"
    assert f"error[AQ504]: {place}: " in done.err
    assert "from = " not in done.err
    assert reports(applied)[-1]["why"] == place
    assert [json.loads(line).get("why") for line in done.err.splitlines() if line.startswith("{")] == [None, place]
    applied.write("audql.toml", text)
    assert f", was stopped by AQ504: {place}\n" in applied("status").out


def test_each_line_of_a_log_has_its_own_time(workspace: Place) -> None:
    done = workspace("run", "--as-of", DAY, "--allow", "first", "--log")
    times = [json.loads(line)["at"] for line in done.err.splitlines()]
    assert len(set(times)) == len(times) == 6
    assert times == sorted(times)


def test_the_latest_are_kept(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_KEPT", 2)
    for _ in range(3):
        workspace("run", "--as-of", DAY, "--allow", "first")
    assert [report["run"] for report in reports(workspace)] == [2, 3]


def test_a_delivery_each_hour_leaves_the_reports_of_runs(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_KEPT", 2)
    assert workspace("run", "--as-of", DAY, "--allow", "first").status == 0
    (workspace.root / "feed/people.csv").unlink()
    assert workspace("run", "--as-of", DAY).status == 3
    for _ in range(4):
        assert workspace("deliver", "--as-of", DAY).status == 0
    assert [report["command"] for report in reports(workspace)] == ["run", "run", "deliver", "deliver"]
    assert "was stopped by AQ520" in workspace("status").out


def test_the_last_runs_at_a_glance(applied: Place) -> None:
    applied.write("feed/people.csv", PEOPLE + "eve,Eve Novak,eve@example.com,GB,2026-11-23,no,1\n")
    assert applied("run", "--as-of", "2026-11-24").status == 0
    shown = applied("status").out
    assert "  run 2  2026-11-24  +1, 1 enrolment\n  run 1  2026-11-23  +5, 3 enrolments\n" in shown
    runs = applied("status", "--json").json["runs"]
    assert [(run["number"], run["joins"], run["held"]) for run in runs] == [(2, 1, 0), (1, 5, 0)]


def test_a_run_that_is_stopped_after_the_sync_says_what_was_done(workspace: Place) -> None:
    workspace.write("feed/people.csv", PEOPLE.replace("2020-01-15", "some day"))
    done = workspace("run", "--as-of", DAY)
    assert done.status == 3
    assert "AQ529" in done.out  # what the sync refused
    assert "the snapshot is " in done.out
    name = reports(workspace)[0]["snapshot"]
    assert done.err.endswith(f"the feed was read into the snapshot {str(name)[:12]}; nothing was applied\n")
    assert "nothing was changed" not in done.out + done.err
    assert "read the plan; `--allow first` then applies it" in done.err
    # With nothing new nothing is changed.
    again = workspace("run", "--as-of", DAY)
    assert "nothing new" in again.out
    assert "nothing was changed; read the plan" in again.err


def test_the_same_in_json(workspace: Place) -> None:
    workspace.write("feed/people.csv", PEOPLE.replace("2020-01-15", "some day"))
    said = workspace("run", "--as-of", DAY, "--json").json
    assert (said["status"], [d["code"] for d in said["diagnostics"]]) == (3, ["AQ570"])
    assert said["done"].endswith("; nothing was applied")
    assert said["sync"]["refused"][0]["code"] == "AQ529"
    assert said["report"] == reports(workspace)[0]
    assert said["report"]["refused_rows"]["AQ529"] == 1
    workspace.write("feed/people.csv", "")
    stopped = workspace("run", "--as-of", DAY, "--json").json
    assert (stopped["status"], stopped["done"], stopped["sync"]) == (3, None, None)


def test_a_full_disk_after_the_apply(synced: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def step(name: str) -> None:
        if name == "before the receipt":
            raise OSError(errno.ENOSPC, "No space left on device", "changes.csv")

    monkeypatch.setattr(durable, "step", step)
    done = synced("apply", "--as-of", DAY, "--allow", "first")
    assert done.status == 1
    assert "AQ606" in done.err
    assert "nothing was changed" not in done.err
    assert done.err.endswith(
        "run 1 was applied; what waits to be told or sent is by the next run, or `audql deliver`\n"
    )
    done = synced("run", "--as-of", DAY)
    assert "run 2 was applied; " in done.err
    assert [(report["command"], report["run"]) for report in reports(synced)] == [("apply", 1), ("run", 2)]


def test_what_stopped_a_run_is_its_cause(synced: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    with pytest.raises(operations.StoppedError) as found:
        operations.run(folder=synced.root, now=now)
    assert (found.value.status, type(found.value.__cause__)) == (3, GuardError)
    assert found.value.report == reports(synced)[0]

    def step(name: str) -> None:
        if name == "before the receipt":
            raise full

    full = OSError(errno.ENOSPC, "No space left on device", "changes.csv")
    monkeypatch.setattr(durable, "step", step)
    with pytest.raises(operations.StoppedError) as found:
        operations.run(folder=synced.root, now=now, allow=["first"])
    causes: list[BaseException] = [found.value]
    while (cause := causes[-1].__cause__) is not None:
        causes.append(cause)
    assert (found.value.status, causes[-1]) == (1, full)


def test_a_broken_configuration_leaves_a_report(synced: Place, place: Place) -> None:
    for toml in (TOML.replace("[feed.jobs]", "[feed.jops]"), TOML.replace('"', ""), 'state = "x"', "\0"):
        synced.write("audql.toml", toml)
        assert synced("run", "--as-of", DAY).status == 1
    assert [report["stopped_by"] for report in reports(synced)] == [["AQ503"], ["AQ502"], ["AQ504"], ["AQ502"]]
    assert {report["day"] for report in reports(synced)} == {DAY}
    assert synced("run").status == 1
    assert reports(synced)[-1]["day"] is None


def test_none_where_there_is_no_workspace(place: Place) -> None:
    assert "AQ501" in place("run").err
    place.write("audql.toml", "nonsense")
    assert "AQ502" in place("run").err
    assert [path.name for path in place.root.iterdir()] == ["audql.toml"]


def test_a_bug_leaves_a_report(synced: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*args: object, **named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(running, "_plan", bug)
    with pytest.raises(ZeroDivisionError):
        running.run(folder=synced.root, now=dt.datetime.now(dt.UTC))
    assert (reports(synced)[0]["status"], reports(synced)[0]["stopped_by"]) == (70, ["ZeroDivisionError"])


def test_one_change_and_one_row_wait(workspace: Place) -> None:
    effective = TOML.replace('file = "people.csv"', 'file = "people.csv"\neffective = "from"\ndelta = true')
    workspace.write("audql.toml", effective.replace('[targets.file]\npath = "out/changes.csv"\n', ""))
    people = [f"{line},{'from' if line.startswith('id,') else ''}" for line in PEOPLE.splitlines()]
    later = "eve,Eve Novak,eve@example.com,GB,2026-11-23,no,1,2027-01-01"
    workspace.write("feed/people.csv", "\n".join([*people, later, ""]))
    only = 'audience "Ann" { members "ann" enrol in course "Safety" due 30 days after joining }\n'
    workspace.write("main.aud", only)
    assert workspace("run", "--as-of", DAY, "--allow", "first").status == 0
    told = workspace("status").out
    assert "1 row of the feed waits for its day\n" in told
    assert "1 audience, 1 enrolment; 1 change waits to be told\n" in told


@dataclass(frozen=True)
class Copied:
    """A workspace and a copy of its state, of before the last runs."""

    place: Place
    copy: bytes

    def put_back(self) -> None:
        (self.place.root / "state/audql.sqlite").write_bytes(self.copy)


@pytest.fixture
def copied(workspace: Place) -> Copied:
    """Two runs; the copy is of after the first, and the second has enrolled someone."""
    assert workspace("run", "--as-of", DAY, "--allow", "first").status == 0
    copy = (workspace.root / "state/audql.sqlite").read_bytes()
    workspace.write("feed/people.csv", PEOPLE + "eve,Eve Novak,eve@example.com,GB,2026-11-23,no,1\n")
    assert workspace("run", "--as-of", DAY).status == 0
    return Copied(workspace, copy)


def test_a_state_put_back_from_a_copy_stops_what_would_act(copied: Copied) -> None:
    place = copied.place
    copied.put_back()
    told = place.text("out/changes.csv")
    for command in ("run", "apply", "deliver"):
        as_of = ("--as-of", DAY)
        stopped = place(command, *as_of, "--json")
        assert (stopped.status, [d["code"] for d in stopped.json["diagnostics"]]) == (3, ["AQ576"]), command
    said = place("apply", "--as-of", DAY).err
    assert "the last run it knows of is 1, and `state/reports` has a report of run 2, of 20" in said
    assert "what run 2 asked for and mailed would be asked for and mailed once more. Put back a later copy" in said
    assert (place.root / "state/audql.sqlite").read_bytes() == copied.copy
    assert place.text("out/changes.csv") == told
    assert place("sync", "--as-of", DAY).status == 0


def test_whoever_looks_is_told_that_the_state_is_older(copied: Copied) -> None:
    place = copied.place
    place.write("audql.toml", TOML + MAIL)
    assert (place("status").status, place("plan", "--as-of", DAY).status) == (0, 0)
    assert place("deliver", "--dry-run").status == 0
    copied.put_back()
    looks = (("status",), ("plan", "--as-of", DAY), ("apply", "--dry-run", "--as-of", DAY), ("deliver", "--dry-run"))
    for command in looks:
        shown = place(*command)
        assert shown.status == 4
        assert "warning[AQ576]: the state is older than what was done: " in shown.out
        assert " = help: what run 2 asked for and mailed would be" in shown.out
    assert [d["code"] for d in place("deliver", "--dry-run", "--json").json["diagnostics"]] == ["AQ576"]
    for command in (("plan", "--as-of", DAY), ("deliver", "--dry-run")):
        shown = place(*command, "--allow", "restored")
        assert (shown.status, "AQ576" in shown.out) == (0, False)
    assert place("run", "--as-of", DAY).status == 3
    shown = place("status")
    assert (shown.status, "was stopped by AQ576: " in shown.out, "warning[AQ576]" in shown.out) == (4, True, False)


@pytest.mark.parametrize("killed", [False, True])
def test_an_older_state_goes_on_once_it_is_allowed(copied: Copied, killed: bool) -> None:
    """Its next run has a number after all that were reported: also where that run itself could not be reported."""
    place = copied.place
    copied.put_back()
    done = place("run", "--as-of", DAY, "--allow", "restored", "--json")
    assert (done.status, done.json["report"]["run"], done.json["report"]["enrolments"]) == (0, 3, {"enrol": 1})
    if killed:
        (place.root / "state/reports" / max(os.listdir(place.root / "state/reports"))).unlink()
    assert place("status").status == 0
    assert place("run", "--as-of", DAY, "--json").json["report"]["run"] == 4
    assert place("run", "--as-of", DAY, "--allow", "restored", "--json").json["report"]["run"] == 5


def test_what_waits_in_an_older_state_is_delivered_once_it_is_allowed(copied: Copied) -> None:
    copied.put_back()
    assert copied.place("deliver", "--allow", "restored").status == 0
    assert copied.place("deliver").status == 3
    assert copied.place("deliver", "--allow", "first").status == 2


def test_a_saved_plan_says_itself_that_it_goes_on_from_an_older_state(copied: Copied) -> None:
    place = copied.place
    copied.put_back()
    assert place("plan", "--as-of", DAY, "--save", "plan.json").status == 4
    stopped = place("apply", "--as-of", DAY, "--plan", "plan.json")
    assert (stopped.status, f"`audql plan --as-of {DAY} --allow restored --save FILE`" in stopped.err) == (3, True)
    assert place("plan", "--as-of", DAY, "--allow", "restored", "--save", "plan.json").status == 0
    assert place("apply", "--as-of", DAY, "--plan", "plan.json").status == 0
    assert place("apply", "--as-of", DAY).status == 0


def test_a_lost_state_is_an_older_one(copied: Copied) -> None:
    (copied.place.root / "state/audql.sqlite").unlink()
    stopped = copied.place("run", "--as-of", DAY, "--allow", "first")
    assert (stopped.status, "AQ576" in stopped.err, "it knows of no run, and" in stopped.err) == (3, True, True)
    assert "what runs 1 to 2 asked for" in stopped.err
    assert copied.place("run", "--as-of", DAY, "--allow", "first", "--allow", "restored").status == 0


def test_a_state_that_is_ahead_of_the_reports_is_none(copied: Copied) -> None:
    """As of a machine that shares a database with another, is new, or has reports of something else."""
    folder = copied.place.root / "state/reports"
    max(folder.iterdir()).unlink()
    assert copied.place("run", "--as-of", DAY).status == 0
    shutil.rmtree(folder)
    assert copied.place("run", "--as-of", DAY).status == 0
    for number, text in enumerate(("[]", "{", '{"run": "9"}', '{"run": true, "at": "2026-11-23T00:00:00+00:00"}')):
        (folder / f"2027-01-0{number + 1}T000000.000000Z.json").write_text(text)
    for run in (
        '9, "at": "2027-01-09"',
        '1e99, "at": "2027-01-09T00:00:00Z"',
        '1000000000000, "at": "2027-01-09T00:00:00Z"',
    ):
        (folder / "2027-01-09T000000.000000Z.json").write_text(f'{{"run": {run}}}')
        assert copied.place("run", "--as-of", DAY).status == 0


def test_the_report_of_the_last_run_stays(copied: Copied, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many others there are since."""
    monkeypatch.setattr(reporting, "_KEPT", 2)
    (copied.place.root / "feed/people.csv").unlink()
    for _ in range(4):
        assert copied.place("run", "--as-of", DAY).status == 3
    assert [report.get("run") for report in reports(copied.place)] == [2, None, None]
    copied.put_back()
    assert "AQ576" in copied.place("run", "--as-of", DAY).err


MAIL = '[mail]\nfrom = "hr@example.com"\nfolder = "out/mail"\n'


def test_an_apply_and_a_delivery_by_hand_leave_reports(synced: Place) -> None:
    synced.write("audql.toml", TOML + MAIL)
    assert synced("apply", "--as-of", DAY).status == 3
    told = synced("status")
    assert told.status == 4
    assert f"the latest apply, as of {DAY}, at " in told.out
    assert synced("apply", "--as-of", DAY, "--allow", "first").status == 0
    assert synced("deliver", "--as-of", DAY).status == 0
    stopped, applied, delivered = reports(synced)
    assert (stopped["command"], stopped["status"], stopped["stopped_by"]) == ("apply", 3, ["AQ570"])
    assert (applied["command"], applied["run"], applied["joins"], applied["told"]) == ("apply", 1, 5, 3)
    assert applied["seconds"].keys() == {"plan", "apply", "deliver"}  # type: ignore[attr-defined]
    assert (delivered["command"], delivered["day"], delivered["told"], delivered["mails_sent"]) == (
        "deliver",
        DAY,
        0,
        0,
    )
    assert "run" not in delivered
    assert synced("status").status == 0
    for only_looks in (("apply", "--dry-run"), ("deliver", "--dry-run"), ("plan",)):
        synced(*only_looks, "--as-of", DAY)
    assert len(reports(synced)) == 3


def test_status_tells_of_a_delivery_that_failed(workspace: Place) -> None:
    workspace.write("audql.toml", TOML + MAIL)
    workspace.write("main.aud", SCRIPT.replace("  when leaving", "  notify learner on joining\n  when leaving"))
    assert workspace("run", "--as-of", DAY, "--allow", "first").status == 0
    workspace.write("feed/people.csv", PEOPLE + "eve,Eve Novak,eve@example.com,GB,2026-11-23,no,1\n")
    workspace.write("audql.toml", TOML + MAIL + "limit = 1\n")
    workspace.write("out/mail", "in the way")
    assert workspace("apply", "--as-of", DAY).status == 0
    assert workspace("sync", "--as-of", DAY).status == 0
    assert workspace("apply", "--as-of", DAY).status == 4
    assert [warned["code"] for warned in workspace("status", "--json").json["warnings"]] == ["AQ721"]
    shutil.rmtree(workspace.root / "state/reports")
    assert workspace("status").status == 0
    assert workspace("deliver", "--as-of", DAY).status == 4
    assert [warned["code"] for warned in workspace("status", "--json").json["warnings"]] == ["AQ721"]
    (workspace.root / "out/mail").unlink()
    assert workspace("deliver", "--as-of", DAY).status == 0
    assert workspace("status").status == 0


def test_a_delivery_does_not_hide_what_stopped_a_run(applied: Place) -> None:
    people = applied.root / "feed/people.csv"
    people.rename(people.with_suffix(".away"))
    assert applied("run", "--as-of", DAY).status == 3
    assert applied("deliver", "--as-of", DAY).status == 0
    assert applied("status", "--json").json["stopped"]["command"] == "run"
    people.with_suffix(".away").rename(people)
    assert applied("run", "--as-of", DAY).status == 0
    (applied.root / "audql.toml").write_text(TOML + "[mial]\n")
    assert applied("deliver", "--as-of", DAY).status == 1
    applied.write("audql.toml", TOML)
    stopped = applied("status", "--json").json["stopped"]
    assert (stopped["command"], stopped["codes"]) == ("deliver", ["AQ503"])
    assert applied("deliver", "--as-of", DAY).status == 0
    assert applied("status").status == 0


def test_a_delivery_does_not_hide_what_a_feed_was_warned_of(workspace: Place) -> None:
    workspace.write("feed/jobs.csv", JOBS.replace("ann,Head,", "ann,Head,bob"))
    assert workspace("run", "--as-of", DAY, "--allow", "first").status == 4
    before = workspace("status", "--json").json["warnings"]
    assert workspace("deliver", "--as-of", DAY).status == 0
    assert workspace("status", "--json").json["warnings"] == before != []


@pytest.mark.parametrize("command", ["apply", "deliver"])
def test_a_report_by_hand_that_cannot_be_kept_is_told(applied: Place, command: str) -> None:
    shutil.rmtree(applied.root / "state/reports")
    applied.write("state/reports", "in the way")
    said = applied(command, "--as-of", DAY)
    assert said.status == 4
    assert f"warning[AQ575]: the report of this {command} could not be kept in `state/reports`: " in said.out
    done = applied(command, "--as-of", DAY, "--json")
    assert (done.status, done.json["status"], [d["code"] for d in done.json["diagnostics"]]) == (4, 4, ["AQ575"])
