"""check, fmt and test: on bare files, in a workspace, on input that is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli_world import DAY, PEOPLE, SCRIPT, TOML, Place

GOOD = 'audience "A" {\n  where   country = "GB"\n}\n'
DIAGNOSTIC_KEYS = {
    "code",
    "severity",
    "message",
    "label",
    "hint",
    "file",
    "line",
    "column",
    "end_line",
    "end_column",
}


def test_learning_that_nothing_lists_is_said_once(workspace: Place) -> None:
    assert "AQ620" not in workspace("check").out
    workspace.write("audql.toml", TOML.replace('[feed.learning]\nfile = "learning.csv"\n', ""))
    workspace.write("more.aud", 'audience "More" {\n  where true\n  enrol in course "Fire"\n}\n')
    for _ in range(2):
        found = workspace("check")
        assert found.status == 0
        assert (
            "hint[AQ620]: whether there is the learning that audiences enrol in is not checked (`Fire`, `Safety`)"
            in found.out
        )
        assert "1 hint" in found.out
        assert workspace("sync", "--as-of", DAY).status == 0


def test_check_says_that_nothing_is_wrong(place: Place) -> None:
    place.write("a.aud", GOOD)
    done = place("check", "a.aud")
    assert (done.status, done.out) == (0, "1 file, 1 audience in order: no mistakes\n")


def test_check_shows_every_mistake_where_it_is(place: Place) -> None:
    place.write("a.aud", 'audience "A" { where contry = "GB" }\naudience "B" { where citty = "X" }\n')
    done = place("check", "a.aud")
    assert done.status == 1
    assert "--> a.aud:1:22" in done.out
    assert "--> a.aud:2:22" in done.out
    assert "did you mean `country`?" in done.out
    assert "2 errors" in done.out


def test_a_mistake_of_writing_hides_no_mistake_of_meaning(place: Place) -> None:
    """Nor is what a broken statement defines told as unknown."""
    place.write(
        "main.aud",
        'let london = city = = "London"\n'
        "define lives_in(place) = city = = place\n"
        'audience "A" { wher city = "x" }\n'
        'audience "B" { where london and countri = "GB" and member("A") }\n'
        'audience "C" { where citi = "x" and city = = "y" and lives_in("x")\n',
    )
    found = place("check", "main.aud", "--json").json["diagnostics"]
    assert [(d["code"], d["line"]) for d in found] == [
        ("AQ131", 1),
        ("AQ131", 2),
        ("AQ144", 3),
        ("AQ201", 4),
        ("AQ120", 5),
        ("AQ201", 5),
        ("AQ131", 5),
    ]


def test_check_as_json(place: Place) -> None:
    place.write("a.aud", 'audience "A" { where contry = "GB" }\n')
    done = place("check", "--json", "a.aud")
    assert done.status == 1
    assert set(done.json) == {"status", "files", "audiences", "tests", "diagnostics"}
    (found,) = done.json["diagnostics"]
    assert set(found) == DIAGNOSTIC_KEYS
    assert (found["code"], found["file"], found["line"], found["column"]) == ("AQ201", "a.aud", 1, 22)
    assert (found["end_line"], found["end_column"]) == (1, 28)
    assert done.err == ""


def test_check_from_standard_input(place: Place) -> None:
    assert place("check", "-", stdin=GOOD).status == 0
    done = place("check", "-", stdin='audience "A" { where contry = "GB" }')
    assert done.status == 1
    assert "stdin.aud:1:22" in done.out


def test_check_follows_imports_beside_the_file(place: Place) -> None:
    place.write("sub/words.aud", 'let brits = country = "GB"\n')
    place.write("sub/a.aud", 'import "words.aud"\naudience "A" { where brits }\n')
    assert place("check", "sub/a.aud").status == 0
    elsewhere = Place(place.root / "sub")
    assert elsewhere("check", str(place.root / "sub" / "a.aud")).status == 0


def test_files_elsewhere_are_named_as_they_are_reached(place: Place) -> None:
    place.write("there/a.aud", 'audience "A" { where contry = "GB" }\n')
    (place.root / "here").mkdir()
    done = Place(place.root / "here")("check", "../there/a.aud")
    assert "--> ../there/a.aud:1:22" in done.out


def test_check_in_a_workspace_knows_its_people(synced: Place) -> None:
    synced.write("main.aud", 'audience "A" { where reports_to("ziggy") or custom.Level < 3 or custom.Levle < 3 }\n')
    done = synced("check")
    assert done.status == 1
    assert "ziggy" in done.out
    assert "did you mean `custom.Level`?" in done.out


def test_check_of_one_file_of_a_workspace_tells_of_that_file_alone(synced: Place) -> None:
    synced.write("other.aud", 'audience "B" { where contry = "GB" and member("New starters") }\n')
    assert synced("check", "main.aud").status == 0
    done = synced("check", "other.aud")
    assert done.status == 1
    assert "1 file, 0 audiences" in done.out
    assert "1 error" in done.out


def test_check_without_a_workspace_or_files(place: Place) -> None:
    done = place("check")
    assert done.status == 1
    assert "AQ501" in done.err
    assert "audql init" in done.err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\x00\x01\x80binary", "AQ582"),
        ('audience "Café" { where true }'.encode("latin-1"), "AQ582"),
    ],
)
def test_what_is_no_text_is_told(place: Place, content: bytes, code: str) -> None:
    place.write("a.aud", content)
    for command in ("check", "fmt", "test"):
        done = place(command, "a.aud")
        assert (done.status, code in done.err) == (1, True)
    assert (place.root / "a.aud").read_bytes() == content


def test_what_is_no_file_is_told(place: Place) -> None:
    place.write("retail.aud", GOOD)
    (place.root / "folder").mkdir()
    done = place("check", "retial.aud", "folder")
    assert done.status == 1
    assert "did you mean `retail.aud`?" in done.err
    assert "AQ581" in done.err
    assert place("check", "a\0b").status == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
def test_no_command_waits_for_a_pipe_that_nobody_writes_into(synced: Place) -> None:
    os.mkfifo(synced.root / "odd")
    (synced.root / "round").symlink_to("round")
    commands = (
        ("check",),
        ("fmt",),
        ("test",),
        ("match", "true", "--people"),
        ("init", "-C", "new", "--from"),
        ("apply", "--plan"),
        ("approve",),
        ("plan", "--save"),
    )
    for command in commands:
        done = synced(*command, "odd")
        assert (done.status, "AQ581]: `odd` is a pipe, and a file is wanted" in done.err + done.out) == (1, True)
    assert "`round` is a link that leads round to itself, and a file is wanted" in synced("check", "round").err


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="the shell opens nothing")
def test_what_the_shell_opens_is_read(place: Place) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as opened:
        opened.write(GOOD.encode())
    assert place("check", f"/dev/fd/{reading}").status == 0
    os.close(reading)


@pytest.mark.parametrize("content", ["", "\n\n", "# only a comment\n", "\ufeff" + GOOD, GOOD.replace("\n", "\r\n")])
def test_odd_and_empty_files_are_fine(place: Place, content: str) -> None:
    place.write("a.aud", content)
    assert place("check", "a.aud").status == 0
    assert place("test", "a.aud").status == 0


def test_a_huge_line_is_answered(place: Place) -> None:
    place.write("a.aud", 'audience "A" { where ' + " or ".join(["contry = 1"] * 20_000) + " }")
    done = place("check", "a.aud")
    assert done.status == 1
    assert max(map(len, done.out.splitlines())) < 400


def test_a_script_of_a_workspace_that_is_no_text_freezes_and_the_rest_goes_on(applied: Place) -> None:
    applied.write("other.aud", 'audience "Other" { where true }')
    assert applied("run", "--as-of", DAY).status == 0
    applied.write("other.aud", b"\xff\xff")
    done = applied("run", "--as-of", DAY)
    assert done.status == 4
    assert "audience `Other` stays as it was" in done.out
    assert applied("check").status == 1


# --- fmt --------------------------------------------------------------------------------------------------------------


def test_fmt_writes_in_place_and_then_has_nothing_to_do(place: Place) -> None:
    path = place.write("a.aud", 'audience   "A"{where country="GB"}')
    path.chmod(0o640)
    done = place("fmt", "a.aud")
    assert (done.status, done.out) == (0, "formatted a.aud\n")
    assert 'country = "GB"' in place.text("a.aud")
    assert path.stat().st_mode & 0o777 == 0o640
    again = place("fmt", "a.aud")
    assert (again.status, again.out, again.err) == (0, "", "1 file left as is\n")
    assert sorted(p.name for p in place.root.iterdir()) == ["a.aud"]


def test_fmt_only_checks(place: Place) -> None:
    place.write("a.aud", 'audience   "A"{where country="GB"}')
    done = place("fmt", "--check", "a.aud")
    assert (done.status, done.out) == (1, "would format a.aud\n")
    assert place.text("a.aud").startswith("audience   ")
    diff = place("fmt", "--diff", "a.aud")
    assert diff.status == 1
    assert '-audience   "A"{where country="GB"}' in diff.out


def test_fmt_of_standard_input(place: Place) -> None:
    done = place("fmt", "-", stdin='audience   "A"{where country="GB"}')
    assert (done.status, done.out) == (0, 'audience "A" { where country = "GB" }\n')
    broken = place("fmt", "-", stdin="audience {")
    assert broken.status == 1
    assert broken.out == "audience {"


def test_fmt_leaves_files_with_mistakes_and_does_the_others(place: Place) -> None:
    place.write("a.aud", "audience {")
    place.write("b.aud", 'audience   "B"{where true}')
    done = place("fmt", "a.aud", "b.aud")
    assert done.status == 1
    assert place.text("a.aud") == "audience {"
    assert place.text("b.aud") == 'audience "B" { where true }\n'
    assert "a.aud:1" in done.err


def test_fmt_keeps_links_and_line_ends(place: Place) -> None:
    place.write("real.aud", 'audience   "A"{\r\nwhere true}\r\n')
    (place.root / "link.aud").symlink_to("real.aud")
    assert place("fmt", "link.aud").status == 0
    assert (place.root / "link.aud").is_symlink()
    content = (place.root / "real.aud").read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") > 0


def test_fmt_of_a_whole_workspace(workspace: Place) -> None:
    assert workspace("fmt", "--check").status == 0
    assert workspace.text("main.aud") == SCRIPT


# --- test -------------------------------------------------------------------------------------------------------------


def test_tests_pass(place: Place) -> None:
    place.write("a.aud", SCRIPT)
    done = place("test", "a.aud")
    assert (done.status, done.out) == (0, "2 passed\n")


def test_a_test_that_fails_shows_why(place: Place) -> None:
    place.write("a.aud", SCRIPT.replace("100 days ago", "80 days ago"))
    done = place("test", "a.aud")
    assert done.status == 1
    assert "failed New starters  (a.aud:18)" in done.out
    assert "but is in it:" in done.out
    assert "yes hired within last 90 days   [hired 2026-09-04]" in done.out
    assert done.out.endswith("1 passed, 1 failed\n")


def test_tests_as_json(place: Place) -> None:
    place.write("a.aud", SCRIPT.replace("100 days ago", "80 days ago"))
    done = place("test", "a.aud", "--json")
    assert done.status == 1
    assert set(done.json) == {"status", "passed", "failed", "tests", "diagnostics"}
    assert (done.json["passed"], done.json["failed"]) == (1, 1)
    result = done.json["tests"][1]
    assert set(result) == {"audience", "file", "line", "wanted", "found", "passed", "why"}
    assert set(result["why"]) == {"condition", "holds", "values", "origin", "parts"}


def test_tests_of_an_audience_with_a_mistake_fail(place: Place) -> None:
    place.write("a.aud", SCRIPT.replace("hired within", "hierd within"))
    done = place("test", "a.aud")
    assert done.status == 1
    assert "AQ201" in done.out
    assert "could not be asked" in done.out


def test_tests_without_a_day_run_as_of_the_day_given(place: Place) -> None:
    place.write(
        "a.aud",
        'audience "A" { where hired after 2026-01-01 and hired before today }\n'
        'test "A" { member { hired: 2026-02-01 } }\n',
    )
    assert place("test", "a.aud", "--as-of", "2026-03-01").status == 0
    assert place("test", "a.aud", "--as-of", "2026-01-15").status == 1


def test_tests_of_a_workspace_have_its_population(workspace: Place) -> None:
    workspace.write("main.aud", 'audience "A" { where true }\ntest "A" { not member { suspended: true } member {} }\n')
    assert workspace("test").out == "2 passed\n"
    assert workspace("test", "-C", str(Path())).status == 0
    workspace.write("feed/people.csv", PEOPLE)


@pytest.mark.parametrize("inside", [False, True])
def test_a_script_in_toml_that_is_named_is_checked_whole(place: Place, inside: bool) -> None:
    if inside:
        place.write("audql.toml", '[workspace]\nscripts = ["*.toml"]\n')
    place.write("good.toml", '[[audience]]\nname = "Good"\nwhere = \'country = "CA"\'\n')
    assert place("check", "good.toml").out == "1 file, 1 audience in order: no mistakes\n"
    place.write("bad.toml", '[[audience]]\nname = "Bad"\nwhere = \'contry = "CA"\'\n')
    found = place("check", "bad.toml")
    assert found.status == 1
    assert "no field `contry`" in found.out
    place.write("bad.toml", "[[audience]]\nname = \"Bad\"\nwhere = 'country ='\n")
    found = place("check", "bad.toml")
    assert found.status == 1
    assert '--> bad.toml, audience "Bad", where:1:' in found.out
