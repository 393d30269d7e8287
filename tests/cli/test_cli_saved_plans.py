"""plan --save, approve, apply --plan: exactly that, once, and only if what it was made from still stands."""

from __future__ import annotations

import json
import re
import shlex

import pytest
from cli_world import DAY, PEOPLE, TOML, Place

from audql.cli import on_runs, showing_runs
from audql.operations import running
from audql.runner import messages, saved_plan
from audql.state.lock import locked
from audql.workspace import Workspace


def saved(place: Place, *more: str) -> None:
    assert place("plan", "--as-of", DAY, "--save", "plan.json", *more).status == 0


def test_a_saved_plan_says_what_it_does_and_is_applied_once(synced: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(synced, "--allow", "first")
    said = json.loads(synced.text("plan.json"))
    assert "  + bob: matches the rule" in said["text"]
    assert said["text"][0].startswith(f"Plan as of {DAY}, 4 people, snapshot ")
    starters = next(a for a in said["audiences"] if a["name"] == "New starters")
    assert starters["joins"][0] == {"person": "ann", "reason": "is included until 2026-12-31 because is back"}
    assert said["learning"][0]["change"] == "enrol"
    assert said["basis"]["day"] == DAY
    done = synced("apply", "--as-of", DAY, "--plan", "plan.json")
    assert (done.status, done.out.splitlines()[0]) == (0, f"run 1 as of {DAY}: applied")
    again = synced("apply", "--as-of", DAY, "--plan", "plan.json")
    assert again.status == 3
    assert "error[AQ571]: the plan has been applied already: by run 1, on " in again.err
    assert re.search(r" at \d\d:\d\d GMT\n", again.err)
    monkeypatch.setattr(on_runs, "user", lambda: "bob")
    approved = synced("approve", "plan.json")
    assert (approved.status, "AQ571" in approved.err) == (3, True)


def test_a_dry_run_of_a_saved_plan_makes_no_state(synced: Place) -> None:
    saved(synced, "--allow", "first")
    (synced.root / "state" / "audql.sqlite").unlink()
    assert synced("apply", "--as-of", DAY, "--plan", "plan.json", "--dry-run").status == 0
    assert not (synced.root / "state" / "audql.sqlite").exists()


def test_what_it_was_made_from_has_to_stand(synced: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(synced, "--allow", "first")
    other_day = synced("apply", "--as-of", "2026-11-24", "--plan", "plan.json")
    assert f"the plan is as of {DAY}, and it is to be applied as of 2026-11-24" in other_day.err
    assert other_day.status == 3
    synced.write("main.aud", synced.text("main.aud") + "\n# a word more\n")
    assert "another program" in synced("apply", "--as-of", DAY, "--plan", "plan.json").err
    synced.write("feed/people.csv", PEOPLE + "eve,Eve Novak,eve@example.com,GB,2026-11-23,no,1\n")
    assert synced("sync", "--as-of", DAY).status == 0
    both = synced("apply", "--as-of", DAY, "--plan", "plan.json")
    assert "another snapshot" in both.err
    assert "another program" in both.err
    assert both.status == 3
    monkeypatch.setattr(on_runs, "user", lambda: "bob")
    assert "another snapshot" in synced("approve", "plan.json").err
    assert "nothing has been applied yet" in synced("status").out


@pytest.mark.parametrize(
    ("old", "new"),
    [('"bob"', '"bot"'), ('"allow": [\n  "first"\n ]', '"allow": [\n  "first", "leaves"\n ]'), ("}", ""), ("{", "[")],
)
def test_an_altered_plan_is_none(synced: Place, old: str, new: str) -> None:
    saved(synced, "--allow", "first")
    written = synced.text("plan.json")
    assert old in written
    synced.write("plan.json", written.replace(old, new, 1))
    done = synced("apply", "--as-of", DAY, "--plan", "plan.json")
    assert done.status == 1
    assert "error[AQ740]" in done.err


@pytest.mark.parametrize(
    "content", ["", "[]", "null", "{}", "[" * 100_000, '{"audql_plan": 1, "digest": 1, "basis": 2}']
)
def test_a_file_that_is_no_plan(synced: Place, content: str) -> None:
    synced.write("plan.json", content)
    assert "error[AQ740]" in synced("apply", "--plan", "plan.json").err
    assert "error[AQ740]" in synced("approve", "plan.json").err
    again = synced("plan", "--as-of", DAY, "--save", "plan.json")
    assert (again.status, synced.text("plan.json")) == (1, content)
    assert "error[AQ741]: the plan was not written: `plan.json` is there, and is no plan as one was saved" in again.err
    assert " = help: it stays as it is; name another file, or delete this one" in again.err


def test_files_that_cannot_be(synced: Place) -> None:
    assert "AQ580" in synced("apply", "--plan", "nowhere.json").err
    assert "AQ741" in synced("plan", "--save", "main.aud/plan.json").err
    saved(synced)
    assert "AQ745" in synced("apply", "--plan", "plan.json", "--allow", "first").err
    first = synced("apply", "--as-of", DAY, "--plan", "plan.json")
    assert (first.status, "AQ570" in first.err) == (3, True)
    assert f"`audql plan --as-of {DAY} --allow first --save FILE`" in first.err


def test_mails_are_part_of_it(synced: Place) -> None:
    synced.write("audql.toml", TOML + '\n[mail]\nfrom = "a@example.com"\nfolder = "out/mail"\n')
    script = synced.text("main.aud").replace("when leaving", 'notify learner on joining with "hello"\n  when leaving')
    synced.write("main.aud", script)
    synced.write("templates/hello.txt", "Subject: Hello\n\nHello.\n")
    saved(synced, "--allow", "first", "--allow", "baseline")
    mails = json.loads(synced.text("plan.json"))["mails"]
    assert [(mail["person"], mail["to"]) for mail in mails] == [("ann", "ann"), ("bob", "bob"), ("cay", "cay")]
    (synced.root / "templates" / "hello.txt").unlink()
    other = synced("apply", "--as-of", DAY, "--plan", "plan.json")
    assert (other.status, "error[AQ742]" in other.err) == (3, True)
    synced.write("templates/hello.txt", "Subject: Hello\n\nHello.\n")
    assert "3 mails sent" in synced("apply", "--as-of", DAY, "--plan", "plan.json").out


def test_a_big_plan_wants_another_pair_of_eyes(synced: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    synced.write("audql.toml", TOML + "\n[approval]\nover = 3\n")
    stopped = synced("apply", "--as-of", DAY, "--allow", "first")
    assert stopped.status == 3
    assert "error[AQ743]: the plan makes 8 changes, and more than 3 want approval" in stopped.err
    stopped = synced("run", "--as-of", DAY, "--allow", "headcount", "--allow", "leaves:First aiders")
    assert f"`audql plan --as-of {DAY} --allow first --allow 'leaves:First aiders' --save FILE`" in stopped.err
    assert f"then `audql apply --as-of {DAY} --plan FILE`" in stopped.err
    monkeypatch.setattr(on_runs, "user", lambda: "ann")
    planned = synced("plan", "--as-of", DAY, "--save", "plan.json")
    assert f"`audql plan --as-of {DAY} --allow first --save plan.json`" in planned.err
    planned = synced("plan", "--as-of", DAY, "--save", "plan.json", "--allow", "first")
    assert f"reads it, as by `audql apply --as-of {DAY} --dry-run --plan plan.json`, and runs `" in planned.err
    shown = synced("apply", "--as-of", DAY, "--dry-run", "--plan", "plan.json")
    assert (shown.status, "+ New starters  0 → 3" in shown.out) == (0, True)
    assert "AQ743" in synced("apply", "--as-of", DAY, "--plan", "plan.json").err
    assert "AQ744" in synced("approve", "plan.json").err
    monkeypatch.setattr(on_runs, "user", lambda: "bob")
    assert "`audql apply --plan plan.json` carries it out" in synced("approve", "plan.json").err
    *plan, last = synced("approve", "plan.json").out.splitlines()
    assert plan == json.loads(synced.text("plan.json"))["text"]
    assert last == f"approved: 8 changes, planned by ann as of {DAY}"
    monkeypatch.setattr(showing_runs, "_MOST_LINES", 2)
    few = synced("approve", "plan.json").out.splitlines()
    assert few == [*plan[:2], f"… and {len(plan) - 2} more lines; --all shows them", last]
    assert synced("approve", "plan.json", "--all").out.splitlines() == [*plan, last]
    assert synced("approve", "plan.json", "--json").json["size"] == 8
    monkeypatch.setattr(on_runs, "user", lambda: "cay")
    again = synced("approve", "plan.json")
    assert (again.status, again.out) == (1, "")
    assert "error[AQ746]: the plan was approved already: by `bob`, 20" in again.err
    with locked(Workspace.open(synced.root).state):
        assert "AQ540" in synced("approve", "plan.json").err
    assert synced("apply", "--as-of", DAY, "--plan", "plan.json").status == 0
    # The next one is small.
    synced.write("feed/people.csv", PEOPLE + "eve,Eve Novak,eve@example.com,GB,2026-11-23,no,1\n")
    assert synced("run", "--as-of", DAY).status == 0


def test_what_is_to_be_pasted_is_taken_by_a_shell_as_it_is(synced: Place) -> None:
    name = "Cost $HOME `id` it's"
    script = synced.text("main.aud").replace("First aiders", name).replace('members "bob"', 'members "u1;id"')
    synced.write("main.aud", script)
    for file in ("feed/people.csv", "feed/jobs.csv"):
        synced.write(file, synced.text(file).replace("bob,", "u1;id,"))
    assert synced("sync", "--as-of", DAY, "--allow", "headcount").status == 0
    why = synced("why", "u1;id", "--as-of", DAY).err
    assert words(why, "` shows") == ["audql", "why", "u1;id", name]
    planned = synced("plan", "--as-of", DAY, "--allow", "first", "--save", "a plan.json").err
    assert words(planned, "` carries") == ["audql", "apply", "--as-of", DAY, "--plan", "a plan.json"]
    synced.write("audql.toml", TOML + "\n[approval]\nover = 3\n")
    stopped = synced("run", "--as-of", DAY, "--allow", "headcount", "--allow", f"leaves:{name}").err
    expected = ["audql", "plan", "--as-of", DAY, "--allow", "first", "--allow", f"leaves:{name}", "--save", "FILE"]
    assert words(stopped, "`, then") == expected


def words(said: str, after: str) -> list[str]:
    """What a shell makes of the command in a message, which ends before that."""
    return shlex.split(said[said.index("`audql") + 1 : said.index(after)])


def test_a_hold_is_let_through_by_what_its_message_says() -> None:
    hint = messages.leaves_held("Cost $HOME `id`", 30, 40, 20).hint
    command = hint.removeprefix("if that is right, `").partition("` lets it")[0]
    assert shlex.split(command) == ["--allow", "leaves:Cost $HOME `id`"]


def test_a_command_to_go_on_with_names_the_folder_and_the_day_that_were_given(workspace: Place) -> None:
    workspace.write("w/audql.toml", TOML)
    for name in ("feed/people.csv", "feed/jobs.csv", "feed/learning.csv", "main.aud"):
        workspace.write(f"w/{name}", workspace.text(name))
    assert "= help: `audql sync -C w` reads the feed\n" in workspace("plan", "-C", "w").err
    assert "read yet: `audql sync -C w` does" in workspace("-C", "w", "status").out
    assert workspace("sync", "-C", "w", "--as-of", DAY).status == 0
    assert "`audql apply -C w --allow first` does it" in workspace("status", "-C", "w").out
    dated = f"`audql apply -C w --as-of {DAY} --allow first` carries it out"
    assert dated in workspace("plan", "-C", "w", "--as-of", DAY).out
    assert "`audql apply -C w --allow first` carries it out" in workspace("plan", "-C", "w").out
    save = ("plan", "-C", "w", "--as-of", DAY, "--save", "plan.json", "--allow", "first")
    assert f"Saved. `audql apply -C w --as-of {DAY} --plan plan.json` carries it out." in workspace(*save).err
    assert "`audql why -C w cay 'First aiders'` shows a rule" in workspace("why", "cay", "-C", "w", "--as-of", DAY).err


def test_a_plan_that_is_too_long_is_neither_saved_nor_read(synced: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert synced("plan", "--as-of", DAY, "--allow", "first", "--save", "plan.json").status == 0
    size = (synced.root / "plan.json").stat().st_size
    monkeypatch.setattr(saved_plan, "MOST_BYTES", size - 1)

    def never(*args: object, **named: object) -> bytes:
        raise AssertionError

    with monkeypatch.context() as patched:
        patched.setattr(running, "read_bytes", never)
        for command in (("apply", "--plan", "plan.json"), ("approve", "plan.json")):
            refused = synced(*command)
            assert refused.status == 1
            assert f"error[AQ740]: `plan.json` is no plan to be applied: it has {size:,} bytes, and" in refused.err
            assert "`audql apply` carries out without a file" in refused.err
    again = synced("plan", "--as-of", DAY, "--allow", "first", "--save", "other.json")
    assert (again.status, "error[AQ741]" in again.err) == (1, True)
    assert not (synced.root / "other.json").exists()
