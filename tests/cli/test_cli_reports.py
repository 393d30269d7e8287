"""The report of each run, the log of its steps, and the last runs at a glance."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_world import DAY, PEOPLE, Place

from audql.operations import reporting


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


def test_a_report_that_cannot_be_written_stops_nothing(workspace: Place) -> None:
    workspace.write("state/reports", "in the way")
    assert workspace("run", "--as-of", DAY, "--allow", "first").status == 0
    assert Path(workspace.root / "state" / "reports").is_file()


def test_the_last_runs_at_a_glance(applied: Place) -> None:
    applied.write("feed/people.csv", PEOPLE + "eve,Eve Novak,eve@example.com,GB,2026-11-23,no,1\n")
    assert applied("run", "--as-of", "2026-11-24").status == 0
    shown = applied("status").out
    assert "  run 2  2026-11-24  +1, 1 enrolment\n  run 1  2026-11-23  +5, 3 enrolments\n" in shown
    runs = applied("status", "--json").json["runs"]
    assert [(run["number"], run["joins"], run["held"]) for run in runs] == [(2, 1, 0), (1, 5, 0)]
