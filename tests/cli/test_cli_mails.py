"""Mails on the command line: what a plan shows, deliver, preview, and what each says."""

from __future__ import annotations

import sqlite3

import pytest
from cli_world import PEOPLE, SCRIPT, TOML, Place

MAIL = '\n[mail]\nfrom = "Learning <learning@example.com>"\nfolder = "out/mail"\n'
NOTIFY = "  when leaving unenrol\n  notify learner, manager on joining\n"


@pytest.fixture
def mailing(workspace: Place) -> Place:
    """A workspace that sends mails, after its first run, with someone new in the feed."""
    workspace.write("audql.toml", TOML + MAIL)
    workspace.write("main.aud", SCRIPT.replace("  when leaving unenrol\n", NOTIFY))
    assert workspace("run", "--as-of", "2026-11-23", "--allow", "first").status == 0
    workspace.write("feed/people.csv", PEOPLE + "eve,Eve\tNovak,eve@example.com,GB,2026-11-23,no,1\n")
    workspace.write("feed/jobs.csv", "person,title,manager\nann,Head,\neve,Clerk,ann\n")
    return workspace


def test_a_plan_shows_mails_and_a_run_sends_them(mailing: Place) -> None:
    assert mailing("sync", "--as-of", "2026-11-24").status == 0
    planned = mailing("plan", "--as-of", "2026-11-24")
    assert "Mails: 2 mails, 2 messages\n       2  New starters  learner, manager on joining\n" in planned.out
    assert planned.out.endswith(", 2 mails, 2 audiences without change\n")
    alerts = mailing("plan", "--as-of", "2026-11-24", "--json").json["alerts"]
    assert (alerts["mails"], alerts["messages"], alerts["unreachable"]) == (2, 2, 0)
    assert alerts["alerts"] == [
        {
            "audience": "New starters",
            "moment": "on joining",
            "to": ["learner", "manager"],
            "kind": None,
            "learning": None,
            "messages": 2,
        }
    ]
    assert [(each["person"], each["to"]) for each in alerts["each"]] == [("eve", "eve"), ("eve", "ann")]
    assert "      of eve to ann  New starters, on joining\n" in mailing("plan", "--as-of", "2026-11-24", "--all").out
    ran = mailing("run", "--as-of", "2026-11-24", "--json")
    assert ran.json["apply"]["mails"]["sent"] == 2
    report = ran.json["report"]
    assert [report[key] for key in ("mails", "without_address", "to_nobody_yet")] == [2, 0, 0]
    assert len(list((mailing.root / "out" / "mail").glob("*.eml"))) == 2
    assert mailing("deliver").out == "nothing waits\n"


def test_deliver(mailing: Place) -> None:
    mailing.write("out/mail", "in the way")
    ran = mailing("run", "--as-of", "2026-11-24", "--json")
    assert ran.status == 4
    mails = ran.json["apply"]["mails"]
    assert (mails["sent"], mails["waiting"], mails["diagnostics"][0]["code"]) == (0, 2, "AQ721")
    assert "2 mails wait" in mailing("status").out
    dry = mailing("deliver", "--dry-run", "--as-of", "2026-11-24")
    assert dry.out == "ann  Eve Novak has joined New starters\neve  Welcome: New starters\n"
    listed = mailing("deliver", "--dry-run", "--as-of", "2026-11-24", "--json").json
    assert listed["mails"][1] == {"recipient": "eve", "subject": "Welcome: New starters", "why_not": None}
    (mailing.root / "out" / "mail").unlink()
    done = mailing("deliver", "--as-of", "2026-11-24")
    assert (done.status, done.out) == (0, "2 mails sent\n")
    assert mailing("deliver", "--json").json["mails"]["waiting"] == 0


def test_what_a_delivery_would_leave(mailing: Place) -> None:
    mailing.write("audql.toml", TOML + MAIL + "limit = 1\n")
    mailing.write("out/mail", "in the way")
    assert mailing("run", "--as-of", "2026-11-24").status == 4
    dry = ("deliver", "--dry-run", "--as-of", "2026-11-24")
    over = "1 mail waits for another run: `[mail] limit` is 1\n"
    shown = mailing(*dry)
    assert (shown.status, shown.out) == (0, f"ann  Eve Novak has joined New starters\n{over}")
    assert shown.err == "1 mail would be sent; nothing was sent\n"
    assert mailing(*dry, "--json").json["over_limit"] == 1
    at_most = "2 mails wait to be sent, 2 for the next run, which sends 1 at most (`[mail] limit`)\n"
    assert at_most in mailing("status").out

    def now(change: str) -> None:
        with sqlite3.connect(mailing.root / "state" / "audql.sqlite") as database:
            database.execute(f"UPDATE message SET {change} WHERE run = 2")
        database.close()

    now("not_before = 32503680000, why = '450 4.2.1', tries = 1")  # in the year 3000
    later = "2 mails wait for another try, from 3000-01-01 00:00 UTC on: 450 4.2.1\n"
    assert mailing(*dry).out == later
    listed = mailing(*dry, "--json").json
    assert listed["put_off"] == [{"why": "450 4.2.1", "mails": 2, "next": "3000-01-01T00:00:00+00:00"}]
    assert (listed["mails"], listed["over_limit"], listed["set_aside"]) == ([], 0, 0)
    done = mailing("deliver", "--as-of", "2026-11-24")
    said = "2 mails are put off, and not sent yet (2: 450 4.2.1); the next try is from 3000-01-01 00:00 UTC on"
    assert (done.status, f"warning[AQ724]: {said}\n" in done.out) == (4, True)
    ran = mailing("run", "--as-of", "2026-11-24", "--json")
    assert (ran.status, ran.json["report"]["problems"]) == (4, ["AQ724"])
    assert [d["code"] for d in ran.json["apply"]["mails"]["diagnostics"]] == ["AQ724"]
    standing = mailing("status", "--json")
    assert (standing.status, [each["code"] for each in standing.json["warnings"]]) == (4, ["AQ724"])
    assert standing.json["mails"] == {"waiting": 2, "put_off": 2, "refused": 0, "limit": 1}
    assert "\n2 mails wait to be sent, 2 put off\n" in mailing("status").out
    now("status = 'refused', not_before = NULL, why = '550 5.1.1'")
    aside = mailing(*dry)
    assert aside.status == 4
    assert "AQ723]: 2 mails are set aside, and not sent (ann: 550 5.1.1; eve: 550 5.1.1)" in aside.out
    listed = mailing(*dry, "--json").json
    assert (listed["set_aside"], [d["code"] for d in listed["diagnostics"]]) == (2, ["AQ723"])
    again = mailing(*dry, "--again")
    assert (again.status, again.out) == (0, shown.out)
    assert mailing(*dry).out == aside.out  # nothing was written


@pytest.mark.parametrize("again", [(), ("--again",)])
def test_a_dry_run_says_what_a_delivery_would_set_aside(mailing: Place, again: tuple[str, ...]) -> None:
    if not again:
        mailing.write("out/mail", "in the way")
    mailing.write("feed/people.csv", mailing.text("feed/people.csv").replace("eve@example.com", "eve.example.com"))
    assert mailing("run", "--as-of", "2026-11-24").status == 4
    if not again:
        (mailing.root / "out" / "mail").unlink()
    command = ("deliver", *again, "--as-of", "2026-11-24")
    dry, listed = mailing(*command, "--dry-run"), mailing(*command, "--dry-run", "--json").json
    aside = "AQ723]: 1 mail is set aside, and not sent (eve: has an address that is none)\n"
    assert (dry.status, aside in dry.out) == (4, True)
    assert (listed["status"], listed["set_aside"], listed["over_limit"]) == (4, 1, 0)
    done = mailing(*command)
    assert (done.status, aside in done.out) == (4, True)


def test_first_members_who_are_not_told_are_counted_in_the_run_that_makes_their_audience(mailing: Place) -> None:
    script = mailing.text("main.aud")
    mailing.write("main.aud", script + 'audience "Brits" {\n  where country = "GB"\n  notify learner on joining\n}\n')
    assert mailing("sync", "--as-of", "2026-11-24").status == 0
    planned = mailing("plan", "--as-of", "2026-11-24")
    told = "hint[AQ636]: 3 first members of `Brits` are not told of joining\n = help: they are the baseline of what is "
    assert (planned.status, told in planned.out, "`--allow baseline:Brits` has them" in planned.out) == (0, True, True)
    assert "AQ636" not in mailing("plan", "--as-of", "2026-11-24", "--allow", "baseline:brits").out
    ran = mailing("apply", "--as-of", "2026-11-24", "--json").json
    assert [d["code"] for d in ran["plan"]["diagnostics"]] == ["AQ636"]
    late = mailing("run", "--as-of", "2026-11-25", "--allow", "baseline:Brits")
    said = "hint[AQ637]: `--allow baseline:Brits` lets nothing through: the audience `Brits` is there already"
    assert (late.status, said in late.out, "AQ636" in late.out) == (0, True, False)


def test_a_template_that_is_not_in_the_own_language_is_told(mailing: Place) -> None:
    script = mailing.text("main.aud").replace("learner, manager on joining", 'learner on joining with "chase"')
    mailing.write("main.aud", script)
    mailing.write("templates/chase.de.txt", "Subject: x\n\nHallo\n")
    checked = mailing("check")
    told = (
        "warning[AQ725]: the template `chase` is not written in `en`, the language of `[mail]`, but in de: whoever has "
    )
    assert (checked.status, told in checked.out) == (0, True)
    assert "gets it in `de`\n = help: `chase.en.txt`, or `chase.txt`, would be it\n" in checked.out
    mailing.write("templates/chase.txt", "Subject: x\n\nHello\n")
    assert "AQ725" not in mailing("check").out


def test_preview(mailing: Place) -> None:
    shown = mailing("preview", "joining", "ann@example.com", "--as-of", "2026-11-24")
    assert shown.status == 0
    assert shown.out.startswith('Subject: Welcome: Example audience\n\nHello Ann Lee,\n\nYou are now one of "Example')
    assert mailing("preview", "due", "ann", "--language", "fr", "--json").json["language"] == "fr"
    assert "<p>Example course" in mailing("preview", "overdue", "ann", "--html").out
    for asked in ((), ("--html",)):
        assert mailing("preview", "overdue", "ann", *asked).out.endswith("\n")
    late = mailing("preview", "overdue", "ann", "--language", "fr", "--as-of", "2026-11-24")
    assert "Example course était à terminer le 17 novembre 2026 et ne l’est pas encore." in late.out
    soon = mailing("preview", "due", "ann", "--language", "fr", "--as-of", "2026-11-24")
    assert "Example course est à terminer le 1er décembre 2026 au plus tard." in soon.out
    nowhere = mailing("preview", "due", "ann", "--language", "it")
    assert nowhere.status == 1
    assert "AQ718]: the template `due` is not written in `it`\n = help: it is in: de, en, fr;" in nowhere.err
    assert mailing("preview", "due", "ann", "--language", "de-AT", "--json").json["language"] == "de"
    around = mailing("preview", "layout", "ann")
    assert (around.status, around.out) == (1, "")
    assert "error[AQ719]: `layout` is what is around every mail, and no mail by itself" in around.err
    missing = mailing("preview", "overdu", "ann")
    assert missing.status == 1
    assert "did you mean `overdue`?" in missing.err
    assert "no one is called `nobody`" in mailing("preview", "overdue", "nobody").err
    mailing.write("templates/chase.txt", "Subject: x\n\n{{ item.persn }}\n")
    wrong = mailing("preview", "chase", "ann")
    assert "--> templates/chase.txt:3:1" in wrong.err
    assert "did you mean `person`?" in wrong.err


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ('from = "x"\nfolder = "m"', "`x` is no address"),
        ('from = "a@example.com\\r\\nBcc: b@example.com"\nfolder = "m"', "is no address"),
        ('from = "a@example.com"', "names no way out"),
        ('from = "a@example.com"\nfolder = "m"\nserver = "s"', "names no way out"),
        (
            'from = "a@example.com"\nserver = "s"\nusername = "u"\nsecurity = "none"',
            "a password would be sent",
        ),
        ('from = "a@example.com"\nserver = "s"\npassword = "p"', "no setting `mail.password`"),
        ('from = "a@example.com"\nfolder = "../m"', "is outside the workspace"),
        ('from = "a@example.com"\nfolder = "m"\ntemplates = "/etc"', "is outside the workspace"),
        ('from = "a@example.com"\nfolder = "m"\nlanguage = "x y"', "is no language"),
        ('sender = "a@example.com"\nfolder = "m"', "`mail.from` is missing"),
    ],
)
def test_what_is_wrong_with_mail(workspace: Place, mail: str, said: str) -> None:
    workspace.write("audql.toml", f"{TOML}\n[mail]\n{mail}\n")
    done = workspace("check")
    assert done.status == 1
    assert said in done.err


def test_no_mail_at_all(applied: Place) -> None:
    assert "[mail]" in applied("deliver", "--dry-run").err
    assert applied("deliver").out == "nothing waits\n"


def test_check_reads_the_templates_that_scripts_name(mailing: Place) -> None:
    assert "AQ71" not in mailing("check").out
    mailing.write("templates/layout.html", "{{ sections }}")
    mailing.write("templates/joining.txt", "Subject: Hello {{ item.persn.name }}\n\n{% for x in items %}\n")
    mailing.write("templates/joining.de.txt", "Hallo\n")
    mailing.write("templates/joining.de.html", "\n<p>{{ item.audiense }}</p>\n")
    mailing.write("templates/unused.txt", "Subject: {{ nobody }}\n")
    found = mailing("check")
    assert found.status == 1
    assert [d["code"] for d in mailing("check", "--json").json["diagnostics"]] == ["AQ712", "AQ717", "AQ715", "AQ713"]
    assert " --> templates/joining.txt:1:1\n" in found.out
    assert "did you mean `person`?" in found.out
    assert "`templates/layout.html` is not used: there is no `layout.txt` beside it" in found.out
    mailing.write("templates/joining.de.txt", "Subject: Hallo\n\nHallo\n")
    assert " --> templates/joining.de.html:2:1\n" in mailing("check").out
    # Of one file, what its own audiences use.
    mailing.write("other.aud", 'audience "Others" { where country = "DE" and country is set }\n')
    assert mailing("check", "other.aud").status == 0


def test_check_and_preview_say_the_same_of_a_layout(mailing: Place) -> None:
    listed = "{% for section in sections %}{{ section.subject }} {% endfor %}"
    mailing.write("templates/layout.txt", f"Subject: {listed}\n\n{listed}\n")
    assert mailing("check").status == 0
    assert mailing("preview", "joining", "ann").status == 0
    mailing.write("templates/layout.txt", "Subject: {{ count|upper > 2 }}\n\nx\n")
    said = "AQ716]: the template `layout` cannot be filled in: `>` does not go between a text and a number"
    assert said in mailing("check").out
    assert said in mailing("preview", "joining", "ann").err
    mailing.write("templates/layout.txt", "x\n")
    said = "AQ712]: the template `templates/layout.txt` has no subject"
    assert said in mailing("check").out
    assert said in mailing("preview", "joining", "ann").err


def test_numbers_are_written_as_people_write_them(mailing: Place) -> None:
    mailing.write("feed/people.csv", PEOPLE.replace("2020-01-15,no,5", "2020-01-15,no,2.50"))
    mailing("sync", "--as-of", "2026-11-24")
    mailing.write("templates/level.txt", 'Subject: Level\n\nLevel "{{ item.person.custom.Level }}"\n')
    assert 'Level "2.5"' in mailing("preview", "level", "ann").out
    assert 'Level "1"' in mailing("preview", "level", "bob").out
    assert 'Level ""' in mailing("preview", "level", "dee").out


def test_preview_is_of_a_moment_in_which_the_template_is_used(mailing: Place) -> None:
    said = "Subject: {{ item.learning.name }}x\n\n{{ item.moment }} {{ item.days }} {{ item.due }}\n"
    mailing.write("templates/chase.txt", said)
    assert "before due 7 2026-12-01" in mailing("preview", "chase", "ann", "--as-of", "2026-11-24").out
    chased = SCRIPT.replace("leaving unenrol\n", 'leaving unenrol\n  notify learner when overdue with "chase"\n')
    mailing.write("main.aud", chased)
    assert "when overdue -7 2026-11-17" in mailing("preview", "chase", "ann", "--as-of", "2026-11-24").out
    mailing.write("main.aud", chased.replace("when overdue", "on leaving"))
    assert "Subject: x\n" in mailing("preview", "chase", "ann", "--as-of", "2026-11-24").out


def test_check_fills_the_templates_in(mailing: Place) -> None:
    mailing.write("templates/joining.txt", "Subject: x\n\n{{ item.person.custom.Level }} {{ item.days > 3 }}\n")
    found = mailing("check")
    assert found.status == 1
    assert "AQ716]: the template `joining` cannot be filled in: `>` does not go between a text" in found.out
    assert "--> templates/joining.txt:3:1" in found.out
    mailing.write("templates/joining.txt", "Subject: x\n\n{{ item.person.custom.Lvel }}\n")
    assert "there is no `Lvel` here (on joining)" in mailing("check").out
    mailing.write("templates/joining.txt", "Subject: x\n\n{{ item.person.custom.Level }}\n")
    assert mailing("check").status == 0


def test_a_log_has_no_address_of_a_script(mailing: Place) -> None:
    mailing.write("more.aud", 'audience "Zed\'s" { where reports_to("zed@example.com") }\n')
    logged = mailing("run", "--as-of", "2026-11-24", "--log")
    assert "AQ214: no person …\n" in logged.out
    assert "@" not in logged.out + logged.err
    assert 'no person "zed@example.com"' in mailing("plan", "--as-of", "2026-11-24").out
