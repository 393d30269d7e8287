"""A plugin's recipient in a workspace, from `audql.toml` to the mail."""

from __future__ import annotations

from cli_world import DAY, PEOPLE, SCRIPT, TOML, Place

PLUGIN = """
import audql

class Buddy:
    name = "buddy"
    def find(self, people, setup):
        return {who: setup.settings["of"].get(who, []) for who in people}

plugin = audql.Plugin(name="buddies", recipients=(Buddy(),))
"""
MORE = """
[mail]
from = "learning@example.com"
folder = "out/mail"

[recipients.buddy]
of = { eve = ["ann", "desk@example.com"] }
"""


def workspace_of(place: Place, plugin: str = PLUGIN, more: str = MORE) -> None:
    place.write("plugins/buddies.py", plugin)
    toml = TOML.replace("[workspace]\n", '[workspace]\nplugins = ["buddies"]\nplugins_dir = "plugins"\n')
    place.write("audql.toml", toml + more)
    place.write("main.aud", SCRIPT.replace("  when leaving unenrol\n", "  notify buddy on joining\n"))


def test_a_plugins_recipient(workspace: Place) -> None:
    workspace_of(workspace)
    assert workspace("run", "--as-of", DAY, "--allow", "first").status == 0
    workspace.write("feed/people.csv", PEOPLE + "eve,Eve Novak,eve@example.com,GB,2026-11-23,no,1\n")
    assert "  2 mails sent\n" in workspace("run", "--as-of", "2026-11-24").out
    shown = workspace("history", "eve").out
    assert "on joining, to ann: sent" in shown
    assert "on joining, to desk@example.com: sent" in shown


def test_what_is_wrong_with_one(workspace: Place) -> None:
    workspace_of(workspace, more=MORE.replace("recipients.buddy", "recipients.body"))
    assert "error[AQ512]: no recipient `body`\n" in workspace("check").err
    workspace_of(workspace, plugin=PLUGIN.replace("(Buddy(),)", "(1,)"))
    assert "error[AQ403]" in workspace("check").err
    workspace_of(workspace, plugin=PLUGIN.replace("return {", "return 1 + {"))
    assert workspace("run", "--as-of", DAY, "--allow", "first").status == 0
    workspace.write("feed/people.csv", PEOPLE + "eve,Eve Novak,eve@example.com,GB,2026-11-23,no,1\n")
    done = workspace("run", "--as-of", "2026-11-24")
    assert done.status == 4
    assert "warning[AQ704]: `notify buddy …` of `New starters` tells nobody: TypeError" in done.out
    workspace_of(workspace, plugin=PLUGIN.replace("return {", "exit() or {"))
    done = workspace("run", "--as-of", "2026-11-24")
    assert done.status == 4
    assert "tells nobody: SystemExit" in done.out


def test_check_warns_of_templates_that_are_not_there(workspace: Place) -> None:
    workspace.write("audql.toml", TOML + MORE.partition("[recipients")[0])
    workspace.write(
        "main.aud", SCRIPT.replace("  when leaving unenrol\n", '  notify learner on joining with "joinin"\n')
    )
    done = workspace("check")
    assert done.status == 0
    assert 'warning[AQ258]: no template "joinin"' in done.out
    assert 'did you mean "joining"?' in done.out
