"""init, sync, plan, apply, run, members, status, why: what each says, and its exit status."""

from __future__ import annotations

import json
import os
import re

import pytest
from cli_world import DAY, JOBS, PEOPLE, TOML, Place

from audql.state.lock import locked
from audql.workspace import StatePlace

PLAN_KEYS = {
    "status",
    "day",
    "zone",
    "snapshot",
    "program",
    "people",
    "first",
    "empty",
    "audiences",
    "enrolments",
    "alerts",
    "held",
    "diagnostics",
}
MANY = "id,country,Level\n" + "".join(f"p{n},GB,1\n" for n in range(100))


def test_going_back_is_let_through_by_its_name(applied: Place) -> None:
    back = ("apply", "--as-of", "2026-11-20")
    assert "AQ573" in applied(*back).err
    assert applied(*back, "--allow", "earlier").status == 0


def test_sync(workspace: Place) -> None:
    done = workspace("sync")
    assert done.status == 0
    assert done.out.startswith("read 4 people, 2 learning, 4 jobs\nthe snapshot is ")
    assert "nothing new" in workspace("sync").out
    assert set(workspace("sync", "--json").json) == {
        "status",
        "snapshot",
        "before",
        "changed",
        "counts",
        "refused",
        "quarantine",
        "diagnostics",
    }


def test_sync_refuses_rows_and_says_so(workspace: Place) -> None:
    workspace.write("feed/people.csv", PEOPLE.replace("2020-01-15", "15.1.2020"))
    done = workspace("sync")
    assert done.status == 4
    assert "people.csv:2, column `hired`" in done.out
    (refused,) = workspace("sync", "--json").json["refused"]
    assert set(refused) == {"file", "line", "column", "value", "code", "reason", "cure"}


def test_a_feed_cut_short_is_stopped(workspace: Place) -> None:
    workspace.write("feed/jobs.csv", "person\np1\n")
    workspace.write("feed/people.csv", MANY)
    assert workspace("sync").status == 0
    workspace.write("feed/people.csv", "\n".join(MANY.splitlines()[:50]))
    done = workspace("sync")
    assert done.status == 3
    assert "AQ537" in done.err
    assert workspace("run", "--allow", "first").status == 3
    assert json.loads(workspace("sync", "--json").out)["diagnostics"][0]["code"] == "AQ537"
    assert workspace("sync", "--allow", "headcount").status == 0


def test_plan_needs_a_snapshot(workspace: Place) -> None:
    done = workspace("plan")
    assert done.status == 1
    assert "audql sync" in done.err


def test_plan_shows_who_and_why(synced: Place) -> None:
    done = synced("plan", "--as-of", DAY)
    assert done.status == 0
    assert f"Plan as of {DAY}, 4 people" in done.out
    assert "+ New starters  0 → 3  (new; 3 join)" in done.out
    assert "+ matches the rule: bob (Bob Okafor), cay (Cay Jensen)" in done.out
    assert "+ is included until 2026-12-31 because is back: ann (Ann Lee)" in done.out
    assert "course Safety: 3 to enrol" in done.out
    assert f"audql apply --as-of {DAY} --allow first" in done.out
    everyone = synced("plan", "--as-of", DAY, "--all").out
    assert "    + bob (Bob Okafor)  matches the rule\n" in everyone
    assert "due 2026-12-23, for New starters" in everyone


def test_plan_as_json(synced: Place) -> None:
    plan = synced("plan", "--as-of", DAY, "--json").json
    assert set(plan) == PLAN_KEYS
    (new, *_) = [a for a in plan["audiences"] if a["name"] == "New starters"]
    assert set(new) == {
        "name",
        "was",
        "file",
        "standing",
        "new",
        "changed",
        "before",
        "after",
        "joins",
        "leaves",
    }
    assert {"person": "bob", "reason": "matches the rule"} in new["joins"]
    assert set(plan["enrolments"][0]) == {"change", "person", "kind", "learning", "role", "due", "audiences"}


def test_a_first_apply_is_stopped_until_it_is_allowed(synced: Place) -> None:
    done = synced("apply", "--as-of", DAY)
    assert done.status == 3
    assert "AQ570" in done.err
    assert synced("apply", "--as-of", DAY, "--dry-run").out.endswith("a dry run: nothing was changed\n")
    done = synced("apply", "--as-of", DAY, "--allow", "first")
    assert done.status == 0
    assert "run 1 as of 2026-11-23: applied" in done.out
    assert "told 3 changes to out/changes.csv" in done.out
    assert synced.text("out/changes.csv").count("\n") == 4


def test_a_second_run_has_nothing_to_do(applied: Place) -> None:
    assert applied("plan", "--as-of", DAY).out.endswith("\nNothing to do.\n")
    done = applied("run", "--as-of", DAY)
    assert done.status == 0
    assert "nothing to do" in done.out
    assert applied("run", "--as-of", DAY, "--json").json["apply"]["plan"]["empty"]


def test_the_next_day_changes_only_what_is_new(applied: Place) -> None:
    applied.write("feed/people.csv", PEOPLE + "eve,Eve Novak,eve@example.com,GB,2026-11-23,no,1\n")
    applied.write("feed/jobs.csv", JOBS + "eve,Clerk,bob\n")
    done = applied("run", "--as-of", "2026-11-24")
    assert done.status == 0
    assert "  New starters  +1    → 4 members" in done.out
    assert "  Managers      +1    → 2 members" in done.out


def test_what_is_frozen_is_told_and_the_rest_goes_on(applied: Place) -> None:
    script = applied.text("main.aud").replace("hired within last", "hierd within last")
    applied.write("main.aud", script.replace('members "bob"', 'members "bob", "cay"'))
    done = applied("run", "--as-of", DAY)
    assert done.status == 4
    assert "audience `New starters` stays as it was: AQ201: no field `hierd`\n  --> main.aud:5:11\n" in done.out
    assert done.out.count("AQ201") == 1
    assert "in the scripts" not in done.out
    applied.write("more.aud", 'audience "More" { where hierd is set }\naudience "Most" { where nme is set }\n')
    applied.write("most.aud", 'audience "Even {\n')
    planned = applied("plan", "--as-of", DAY).out
    assert (planned.count("`hierd`"), planned.count("`nme`")) == (1, 1)
    said = planned[planned.index(" mistakes in the scripts") :].splitlines()
    assert said[1].startswith("  most.aud:1:10: AQ102: this text is not closed")
    assert said[2] == ""
    for name in ("more.aud", "most.aud"):
        (applied.root / name).unlink()
    assert "First aiders  +1    → 2 members" in done.out
    status = applied("status")
    assert status.status == 4
    assert "1 held or frozen" in status.out
    assert "stays as it was: AQ201: no field `hierd` (main.aud:5:11)\n" in status.out
    assert applied("members", "New starters").out == "ann\nbob\ncay\n"
    assert "since 2026-11-23; frozen as it was: AQ201: no field `hierd`" in applied("why", "cay").out
    why = applied("why", "cay", "New starters", "--json").json["audiences"][0]
    assert (why["standing"], why["held"]) == ("frozen", "AQ201: no field `hierd`")


def test_what_is_frozen_for_one_reason_is_told_once(applied: Place) -> None:
    applied.write(
        "main.aud", 'audience "Brits" { where contry = "GB" }\naudience "New starters" { where contry = "GB" }\n'
    )
    told = "2 audiences stay as they were: AQ201: no field `contry` (Brits, New starters)"
    assert told in applied("run", "--as-of", DAY).out
    assert told in applied("status").out


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
def test_what_is_called_as_a_script_and_is_none_is_told(applied: Place) -> None:
    applied.write("brits.txt", 'audience "Brits" { where country = "GB" }\n')
    (applied.root / "brits.aud").symlink_to("brits.txt")
    assert applied("run", "--as-of", DAY).status == 0
    assert applied("members", "Brits", "--count").out == "2\n"
    (applied.root / "brits.aud").unlink()
    (applied.root / "brits.aud").symlink_to("/nowhere/brits.aud")
    os.mkfifo(applied.root / "pipe.aud")
    wrong = (
        "AQ581]: `brits.aud` is a link that leads out of the workspace, and a script is wanted",
        "AQ581]: `pipe.aud` is a pipe, and a script is wanted",
    )
    checked = applied("check")
    assert (checked.status, [said in checked.out for said in wrong]) == (1, [True, True])
    ran = applied("run", "--as-of", DAY)
    assert ran.status == 4
    assert "audience `Brits` stays as it was" in ran.out
    assert "AQ581: `pipe.aud` is a pipe" in ran.out
    assert applied("members", "Brits", "--count").out == "2\n"


def test_members_of_another_day_are_as_the_last_run_by_then_left_them(applied: Place) -> None:
    before = applied("members", "New starters", "--as-of", "2020-01-01")
    assert (before.status, before.out) == (1, "")
    assert "error[AQ632]: there was no run by 2020-01-01, so that" in before.err
    assert f"the first run was that of {DAY}" in before.err
    later = applied("members", "New starters", "--as-of", "2030-01-01")
    assert (later.status, later.out) == (0, applied("members", "New starters").out)
    assert f"of New starters on 2030-01-01, as the run of {DAY} left them" in later.err
    assert "left them" not in applied("members", "New starters", "--as-of", DAY).err


def test_an_audience_that_has_ended_is_known_of_its_days(applied: Place) -> None:
    applied.write(
        "main.aud", 'audience "Chiefs" was "Managers" { where manages_people() }\n\nretire "New starters" then keep\n'
    )
    assert applied("apply", "--as-of", "2026-11-24", "--allow", "leaves").status == 4
    assert applied("members", "new starters", "--as-of", DAY).out == "ann\nbob\ncay\n"
    assert applied("members", "New starters", "--as-of", "2026-11-24").out == ""
    assert applied("members", "Chiefs", "--as-of", DAY).out == "ann\n"
    now = applied("members", "New starters")
    assert (now.status, now.out) == (1, "")
    assert "error[AQ595]: the audience `New starters` has ended\n" in now.err
    assert "`audql members 'New starters' --as-of DAY` shows who was in it" in now.err


def test_a_name_that_was_free_again_means_each_in_its_time(applied: Place) -> None:
    applied.write("main.aud", 'retire "Managers" then keep\n')
    assert applied("apply", "--as-of", "2026-11-24", "--allow", "leaves").status == 4
    applied.write("main.aud", 'audience "Managers" { members "bob" }\n')
    assert applied("apply", "--as-of", "2026-11-25", "--allow", "leaves").status == 4
    days = (DAY, "2026-11-24", "2026-11-25")
    assert [applied("members", "Managers", "--as-of", day).out for day in days] == ["ann\n", "", "bob\n"]


def test_an_audience_that_is_emptied_by_a_value_that_is_gone_says_so(applied: Place) -> None:
    script = applied.text("main.aud")
    applied.write("main.aud", script + 'audience "Irish" {\n  where country = "IE" or country in ("XX", "IE")\n}\n')
    assert applied("apply", "--as-of", "2026-11-24").status == 0
    applied.write("feed/people.csv", PEOPLE.replace(",IE,", ",IR,"))
    assert applied("sync", "--as-of", "2026-11-25", "--allow", "changed").status == 0
    planned = applied("plan", "--as-of", "2026-11-25")
    assert planned.status == 4
    assert 'warning[AQ362]: `Irish` is empty now: nobody has `country` "IE"\n   --> main.aud:21:19\n' in planned.out
    ran = applied("run", "--as-of", "2026-11-25", "--log")
    assert (ran.status, '"IE"' in ran.out + ran.err) == (4, False)
    assert "`Irish` is empty now: its rule names a value that nobody has (main.aud:" in ran.out
    (report, *_) = sorted((applied.root / "state/reports").glob("*.json"), reverse=True)
    assert [d["code"] for d in json.loads(report.read_text())["plan_warnings"]] == ["AQ362", "AQ362"]
    assert (applied("status").status, "AQ362" in applied("status").out) == (4, True)
    again = applied("run", "--as-of", "2026-11-26", "--json")
    assert (again.status, again.json["apply"]["plan"]["diagnostics"]) == (0, [])
    assert applied("status").status == 0


def test_too_many_leavers_are_held_until_they_are_allowed(workspace: Place) -> None:
    workspace.write("feed/people.csv", MANY)
    workspace.write("feed/jobs.csv", "person\np1\n")
    workspace.write("main.aud", 'audience "Brits" { where country = "GB" }\n')
    assert workspace("run", "--allow", "first").status == 0
    workspace.write("feed/people.csv", MANY.replace("GB", "IE"))
    assert "AQ604" in workspace("run").err  # everyone has moved, which has a guard of its own
    done = workspace("run", "--allow", "changed")
    assert done.status == 4
    assert "AQ563" in done.out
    assert workspace("members", "Brits", "--count").out == "100\n"
    assert "  held as it was: 100 of its 100 members would leave, more than 20\n" in workspace("why", "p1", "Brits").out
    done = workspace("apply", "--allow", "leaves:brits")
    assert done.status == 0
    assert "Brits" in done.out


def test_one_command_lets_through_what_is_held_for_two_reasons(workspace: Place) -> None:
    workspace.write("feed/people.csv", MANY)
    workspace.write("feed/jobs.csv", "person\np1\n")
    script = 'audience "Brits" { where country = "GB" enrol in course "Safety" when leaving unenrol }\n'
    workspace.write("main.aud", script)
    assert workspace("run", "--allow", "first").status == 0
    workspace.write("feed/people.csv", MANY.replace("GB", "IE"))
    done = workspace("run", "--allow", "changed")
    allow = ("--allow", "leaves:Brits", "--allow", "lost:Brits")
    assert done.out.count(f"if both are right, `{' '.join(allow)}` lets it through once") == 2
    asked = workspace("why", "p1", "Brits").out
    assert "100 of its 100 members would leave, more than 20; 100 of its 100 enrolments would be lost" in asked
    status = workspace("status")
    assert "AQ563" in status.out
    assert "AQ564" in status.out
    assert "1 held or frozen" in status.out
    assert status.out.count(f"\n = help: if both are right, `{' '.join(allow)}` lets it through once") == 2
    assert all(" ".join(allow) in held["hint"] for held in workspace("status", "--json").json["held"])
    assert workspace("run", *allow).status == 0
    assert workspace("members", "Brits", "--count").out == "0\n"


def test_many_small_audiences_that_would_empty_are_told_as_one(workspace: Place) -> None:
    workspace.write("feed/people.csv", "id,city,Level\n" + "".join(f"p{n},C{n // 5},1\n" for n in range(150)))
    workspace.write("feed/jobs.csv", "person\np1\n")
    each = (
        f'audience "A{n:02}" {{ where city = "C{n}" enrol in course "Safety" when leaving unenrol }}\n'
        for n in range(30)
    )
    workspace.write("main.aud", "".join(each))
    assert workspace("run", "--allow", "first").status == 0
    config = (workspace.root / "audql.toml").read_text(encoding="utf-8")
    workspace.write(
        "audql.toml", config.replace('population = "not suspended"', 'population = "hired after 2015-01-01"')
    )
    done = workspace("run")
    assert done.status == 4
    said = "30 audiences stay as they were: 150 of all 150 memberships would end in this run, more than 100 (A00, A01, "
    assert said in done.out
    assert "A19, and 10 more)" in done.out
    assert "150 of all 150 enrolments would be lost in this run" in workspace("status").out
    assert "held as it was: 150 of all 150 memberships would end in this run" in workspace("why", "p1", "A00").out
    assert workspace("members", "A00", "--count").out == "5\n"
    assert workspace("run", "--allow", "run_leaves", "--allow", "run_lost").status == 0
    assert workspace("members", "A00", "--count").out == "0\n"


def test_another_run_at_work_stops_it(applied: Place) -> None:
    with locked(StatePlace(applied.root / "state" / "audql.sqlite")):
        done = applied("run", "--as-of", DAY)
    assert done.status == 3
    assert "AQ540" in done.err


def test_the_run_as_json(synced: Place) -> None:
    done = synced("run", "--as-of", DAY, "--allow", "first", "--json")
    assert set(done.json) == {"status", "report", "diagnostics", "sync", "apply"}
    assert set(done.json["apply"]) == {"status", "run", "told", "undelivered", "mails", "diagnostics", "plan"}
    assert set(done.json["apply"]["plan"]) == PLAN_KEYS
    assert done.err == ""


def test_a_guard_that_is_not_there(synced: Place) -> None:
    done = synced("apply", "--allow", "frist")
    assert done.status == 2
    assert "did you mean 'first'?" in done.err
    assert synced("sync", "--allow", "first").status == 2


# --- members, status, why ---------------------------------------------------------------------------------------------


def test_members(applied: Place) -> None:
    done = applied("members", "new STARTERS")
    assert (done.status, done.out, done.err) == (0, "ann\nbob\ncay\n", "3 members of New starters\n")
    assert applied("members", "New starters", "--as-of", "2026-11-01").out == ""
    found = applied("members", "New starters", "--json").json
    assert set(found) == {"status", "audience", "day", "count", "members"}
    assert found["members"][0] == {"id": "ann", "name": "Ann Lee", "since": DAY}
    done = applied("members", "New startres")
    assert done.status == 1
    assert "did you mean `New starters`?" in done.err


def test_status_counts_rows_with_long_values(workspace: Place) -> None:
    people = PEOPLE.replace("Ann Lee", '"Ann ""A""\nLee"').replace("2020-01-15", "some day")
    workspace.write("feed/people.csv", people)
    assert workspace("sync", "--as-of", DAY, "--allow", "refused").status == 4
    aside = workspace.text("state/quarantine/people.csv")
    workspace.write("state/quarantine/people.csv", aside + f"9,full_name,,,bob,{'x' * 140_000},,IE,,no,1\n")
    done = workspace("status", "--json")
    assert (done.status, done.json["set_aside"]["people.csv"]) == (4, 2)


def test_status_says_what_was_set_aside(workspace: Place) -> None:
    workspace.write("feed/people.csv", PEOPLE.replace("2020-01-15", "some day").replace("2022-06-01", "never"))
    workspace.write("feed/jobs.csv", "person,title,manager\nann,Head,\nbob,Clerk,nobody\n")
    workspace("sync", "--allow", "refused")
    done = workspace("status")
    assert done.status == 4
    assert "the last sync set 4 rows aside in " in done.out
    assert "(jobs.csv 2, people.csv 2):\n  corrected there, `audql sync --corrected` reads them\n" in done.out
    said = workspace("status", "--json").json
    assert (said["status"], said["set_aside"], said["rows_waiting"]) == (4, {"jobs.csv": 2, "people.csv": 2}, 0)
    workspace.write("feed/people.csv", PEOPLE)
    workspace.write("feed/jobs.csv", "person,title,manager\nann,Head,\n")
    workspace("sync")
    assert workspace("status").status == 0


def test_status(workspace: Place) -> None:
    assert workspace("status").out == "no feed has been read yet: `audql sync` does\nnothing has been applied yet\n"
    workspace("sync")
    told = "nothing has been applied yet: `audql plan` shows what would be, `audql apply --allow first` does it\n"
    assert workspace("status").out.endswith(told)
    assert workspace("apply", "--allow", "first", "--as-of", DAY).status == 0
    done = workspace("status")
    assert done.status == 0
    assert f"last run: number 1, as of {DAY}" in done.out
    assert "3 audiences, 3 enrolments" in done.out
    found = workspace("status", "--json").json
    assert set(found) == {
        "status",
        "snapshot",
        "people",
        "run",
        "audiences",
        "enrolments",
        "waiting",
        "held",
        "mails",
        "runs",
        "set_aside",
        "rows_waiting",
        "stopped",
        "warnings",
    }
    assert set(found["audiences"][0]) == {"name", "file", "members", "standing"}


def test_why_shows_the_rule_as_a_tree(applied: Place) -> None:
    done = applied("why", "cay@example.com", "New starters", "--as-of", DAY)
    assert done.status == 0
    assert "cay (Cay Jensen) as of 2026-11-23\nin New starters since 2026-11-23" in done.out
    assert "yes hired within last 90 days   [hired 2026-10-20]" in done.out
    done = applied("why", "ann", "new starters", "--as-of", DAY)
    assert "is included until 2026-12-31 because is back" in done.out
    assert "no  hired within last 90 days   [hired 2020-01-15]" in done.out


def test_why_of_all_audiences(applied: Place) -> None:
    done = applied("why", "bob", "--as-of", DAY)
    assert "  in   First aiders  since 2026-11-23; is listed\n" in done.out
    assert "  out  Managers\n" in done.out
    found = applied("why", "bob", "--as-of", DAY, "--json").json
    assert set(found) == {"status", "person", "name", "day", "audiences"}
    assert set(found["audiences"][0]) == {"audience", "member", "since", "standing", "held", "by_hand", "why"}


def test_why_of_a_query(applied: Place) -> None:
    done = applied("why", "bob", "--query", 'country = "GB"')
    assert 'no  country = "GB"   [country "IE"]' in done.out
    found = applied("why", "bob", "--query", 'country = "GB"', "--json").json
    assert set(found) == {"status", "person", "name", "day", "matches", "why", "diagnostics"}
    asked = ("why", "u1", "--people", "-", "--query", "custom.Level > 3")
    assert (
        "yes custom.Level > 3" in applied("why", "u1", "--query", "custom.Level > 3", "--people", "p.csv").out or asked
    )


def test_why_of_someone_who_is_not_there(applied: Place) -> None:
    done = applied("why", "bop")
    assert done.status == 1
    assert "did you mean `bob`?" in done.err
    assert "AQ595" in applied("why", "bob", "Nobodies").err
    assert applied("why", "bob", "Managers", "--query", "true").status == 2


# --- init -------------------------------------------------------------------------------------------------------------


def test_init_and_then_it_works(place: Place) -> None:
    done = place("init")
    assert done.status == 0
    assert "audql sync" in done.out
    for command in (("check",), ("fmt", "--check"), ("test",), ("sync",), ("plan",), ("run", "--allow", "first")):
        assert place(*command).status == 0, command
    assert place("members", "New starters").out == "u3\nu4\n"


def test_init_overwrites_nothing(place: Place) -> None:
    place.write("audiences.aud", "# mine")
    done = place("init")
    assert done.status == 1
    assert "AQ596" in done.err
    assert [p.name for p in place.root.iterdir()] == ["audiences.aud"]


HR = """\
Employee ID,Surname,Given Name,Hire Date,Status,Job Title,Manager ID,Cost Centre,Grade,Country
0001,Lee,Ann,23/04/2020,Active,Head,,0410,4.5,GB
0002,Müller,Bob,13/04/2021,Terminated,Clerk,0001,0411,3,DE
0003,Ray,Cay,23/10/2026,Active,Clerk,0001,0411,3,GB
"""


def test_init_from_a_file(place: Place) -> None:
    place.write("hr.csv", HR)
    done = place("init", "--from", "hr.csv", "-C", "ws")
    assert done.status == 0
    toml = place.text("ws/audql.toml")
    assert 'id = "Employee ID"' in toml
    assert 'hired = { column = "Hire Date", format = "%d/%m/%Y" }' in toml
    assert 'suspended = { column = "Status", yes = ["Terminated"], no = ["Active"] }' in toml
    assert '"custom.Cost Centre" = { column = "Cost Centre", type = "code" }' in toml
    assert '"custom.Grade" = { column = "Grade", type = "number" }' in toml
    assert 'manager = "Manager ID"' in toml
    assert place("run", "-C", "ws", "--allow", "first").status == 0
    assert place("match", 'custom.`Cost Centre` = "0411"', "-C", "ws").out == "0002\n0003\n"
    assert place("members", "Managers", "-C", "ws").out == "0001\n"
    assert place("members", "Everyone", "-C", "ws").out == "0001\n0003\n"


@pytest.mark.parametrize(
    ("words", "mapping"),
    [
        ("Active,Active", 'yes = ["…"], no = ["Active"]'),
        ("active,On Leave", 'yes = ["…"], no = ["active", "On Leave"]'),
        ("Terminated,Terminated", 'yes = ["Terminated"], no = ["…"]'),
        ("Active,Left", ""),
        ("Full time,Full time", ""),
    ],
)
def test_init_says_of_a_status_that_it_tells_nobody_apart(place: Place, words: str, mapping: str) -> None:
    ann, bob = words.split(",")
    place.write("hr.csv", f"Employee ID,Status\n1,{ann}\n2,{bob}\n")
    done = place("init", "--from", "hr.csv", "-C", "ws")
    assert done.status == 0
    assert ("AQ625" in done.err) == bool(mapping)
    assert f'`suspended = {{ column = "Status", {mapping} }}`' in done.err or not mapping
    assert ("LOOK: tells nobody who has left" in place.text("ws/audql.toml")) == bool(mapping)


def test_init_points_to_a_file_that_is_inside(place: Place) -> None:
    place.write("export/hr.csv", HR)
    assert place("init", "--from", "export/hr.csv").status == 0
    assert 'folder = "export"' in place.text("audql.toml")
    assert not (place.root / "feed").exists()
    assert place("run", "--allow", "first").status == 0


def test_init_takes_one_file(place: Place) -> None:
    place.write("hr.csv", HR)
    place.write("units.csv", "id,name\n1,Sales\n")
    done = place("init", "--from", "hr.csv", "--from", "units.csv")
    assert done.status == 2
    assert "one file" in done.err
    assert not (place.root / "audql.toml").exists()


@pytest.mark.parametrize(
    ("value", "name"), [("Retail", "Department Retail"), ("Department of Police", "Department of Police")]
)
def test_init_names_an_audience_by_the_value(place: Place, value: str, name: str) -> None:
    place.write("hr.csv", f"id,Department\n1,{value}\n2,{value}\n3,Other\n")
    assert place("init", "--from", "hr.csv", "-C", "ws").status == 0
    assert f'audience "{name}" {{' in place.text("ws/audiences.aud")
    assert place("test", "-C", "ws").status == 0


def test_init_reads_what_windows_wrote(place: Place) -> None:
    place.write("hr.csv", HR.replace(",", ";").replace("\n", "\r\n").encode("cp1252"))
    assert place("init", "--from", "hr.csv").status == 0
    toml = place.text("audql.toml")
    assert 'delimiter = ";"' in toml
    assert 'encoding = "cp1252"' in toml
    assert place("run", "--allow", "first").status == 0
    assert place("match", 'last_name = "Müller"').out == "0002\n"


def test_init_says_what_a_date_could_also_be(place: Place) -> None:
    place.write("hr.csv", "id,Hire Date\n1,01/02/2020\n2,03/04/2021\n")
    assert place("init", "--from", "hr.csv", "--dry-run").out.count("LOOK: could be %m/%d/%Y as well") == 1
    assert [p.name for p in place.root.iterdir()] == ["hr.csv"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("name\nann\nann\n", "AQ597"),
        ("department,group\nSales,A\nTools,A\n", "AQ597"),
        ('{"id": "u1"}\n', "AQ610"),
        ('[{"id": "u1"}]\n', "AQ610"),
        (b"\x1f\x8b\x08\x00", "AQ610"),
        (b"PAR1\x15", "AQ610"),
        ("", "AQ587"),
        ("id,id\n1,2\n", "AQ589"),
        (b"\0\xff", "AQ5"),
    ],
)
def test_init_from_what_is_no_list_of_people(place: Place, content: str | bytes, code: str) -> None:
    place.write("hr.csv", content)
    done = place("init", "--from", "hr.csv")
    assert done.status == 1
    assert code in done.err
    assert [p.name for p in place.root.iterdir()] == ["hr.csv"]


def test_init_says_that_rows_can_be_told_apart_and_may_be_no_people(place: Place) -> None:
    place.write("hr.csv", "department,group\nSales,A\nTools,A\n")
    told = place("init", "--from", "hr.csv").err
    assert (
        "no column of `hr.csv` sounds like an id of people, though `department` has something else in each row" in told
    )


HEADINGS = """\
Emp ID,Employee Name,E-mail,Date First Hired,Manager ID,Business Unit,Employee Position Title,Employee Status,Date Left
0012,Ann Lee,a@example.com,01/31/2020,,Retail,Head,Active,
0013,Bob Okafor,b@example.com,02/14/2021,0012,Retail,Clerk,Terminated,03/01/2024
"""


def test_init_knows_the_headings_that_people_have(place: Place) -> None:
    place.write("hr.csv", HEADINGS)
    proposed = place("init", "--from", "hr.csv", "--dry-run").out
    for line in (
        'id = "Emp ID"',
        'full_name = "Employee Name"',
        'email = "E-mail"',
        'hired = { column = "Date First Hired", format = "%m/%d/%Y" }',
        'manager = "Manager ID"',
        'org = "Business Unit"',
        'title = "Employee Position Title"',
        'suspended = { column = "Employee Status", yes = ["Terminated"], no = ["Active"] }',
        '"custom.Date Left" = { column = "Date Left", type = "date", format = "%m/%d/%Y" }',
    ):
        assert line in proposed


def test_what_only_reads_makes_no_state(workspace: Place) -> None:
    assert workspace("status").status == 0
    assert not (workspace.root / "state").exists()
    assert workspace("sync").status == 0
    for command in (("status",), ("plan",), ("check",), ("why", "ann"), ("history", "ann"), ("apply", "--dry-run")):
        assert workspace(*command).status == 0, command
    assert workspace("members", "New starters").status == 1
    assert not list((workspace.root / "state").glob("audql.sqlite*[!k]"))


@pytest.mark.parametrize("guard", ["leaves", "lost", "baseline"])
@pytest.mark.parametrize("verb", ["plan", "apply", "run"])
def test_an_audience_to_let_through_that_there_is_not(applied: Place, verb: str, guard: str) -> None:
    done = applied(verb, "--allow", f"{guard}:New startres", "--as-of", DAY)
    assert done.status == 1
    assert f"error[AQ574]: `--allow {guard}:New startres`: there is no audience `New startres`" in done.out + done.err
    assert "did you mean `New starters`?" in done.out + done.err
    assert applied(verb, "--allow", f"{guard}:new starters", "--as-of", DAY).status == 0


def test_a_database_that_does_not_answer_may_be_there_later(workspace: Place) -> None:
    url = "postgresql+psycopg://audql@127.0.0.1:1/learning"
    workspace.write("audql.toml", f'{TOML}\n[state]\nurl = "{url}"\n')
    done = workspace("run", "--as-of", DAY)
    assert done.status == 3
    assert "error[AQ543]" in done.err


def test_what_a_value_has_does_not_drive_the_terminal(workspace: Place) -> None:
    name = "Eve \033[31m\033[2J\007\u202ekavoN"
    workspace.write("feed/people.csv", f"{PEOPLE}eve,{name},eve@example.com,GB,2026-11-20,no,1\n")
    workspace("sync", "--as-of", DAY)
    for command in (
        ["plan"],
        ["plan", "--all"],
        ["why", "eve", "New starters"],
        ["why", "eve", "--query", "full_name is set"],
    ):
        shown = workspace(*command, "--as-of", DAY)
        assert "Eve �[31m�[2J��kavoN" in shown.out
    as_json = workspace("why", "eve", "--as-of", DAY, "--json")
    assert as_json.json["name"] == name
    assert not {"\033", "\u202e"} & {*as_json.out}


def test_short_headings_of_a_file_of_people(place: Place) -> None:
    place.write(
        "hr.csv", "emp,first,last,mail,hired\n7,Ann,Lee,ann@example.com,2020-01-15\n8,Bob,Ray,bob@example.com,\n"
    )
    assert place("init", "--from", "hr.csv", "-C", "ws").status == 0
    written = place.text("ws/audql.toml")
    for field, column in (("id", "emp"), ("first_name", "first"), ("last_name", "last"), ("email", "mail")):
        assert re.search(rf'^{field} += "{column}"', written, re.M), field
    assert "LOOK" not in written


def test_an_address_as_the_id_is_to_be_looked_at(place: Place) -> None:
    place.write("hr.csv", "mail,city\nann@example.com,Ulm\nbob@example.com,Ulm\n")
    assert place("init", "--from", "hr.csv", "-C", "ws").status == 0
    assert "LOOK: an address can change, and an id must not" in place.text("ws/audql.toml")


def test_all_of_a_sync_is_every_refused_row(place: Place) -> None:
    assert "Show every refused row, not a few." in " ".join(place("sync", "--help").out.split())
