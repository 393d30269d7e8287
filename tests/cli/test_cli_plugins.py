"""Plugins through the command line: one that is installed and one that is a file, from the feed to the target."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import DAY, Place

INSTALLED = """
import csv
import json

import audql


class Payroll:
    name = "payroll"

    def rows(self, element, file, setup):
        with (setup.folder / setup.settings["folder"] / f"{file}.tsv").open(encoding="utf-8", newline="") as lines:
            yield from csv.reader(lines, delimiter="\\t")


class Lines:
    name = "lines"

    def deliver(self, effects, setup):
        with (setup.folder / setup.settings["path"]).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps([e.person, e.kind, e.learning, e.action]) + "\\n" for e in effects)


plugin = audql.Plugin(
    name="shoes",
    fields={
        "person": (
            audql.Field("shoe_size", audql.Scalar.NUMBER, read=lambda person: person.get("PPE_SHOE")),
            audql.Field("fittings", audql.Many("fitting"), also=("fitting",)),
        ),
        "job": (audql.Field("hazard", audql.Scalar.TEXT, values=("low", "high")),),
    },
    records=(audql.RecordType("fitting", "fitting", "fittings", (audql.Field("day", audql.Scalar.DATE),)),),
    functions=(
        audql.Function("needs_shoes", (), audql.Condition('any job (hazard = "high") and no fitting'), "needs_shoes()"),
    ),
    kinds=("fitting_session",),
    recipients=("shift_lead",),
    sources=(Payroll(),),
    targets=(Lines(),),
)
"""

FILE = """
import audql


class Rota:
    name = "rota"

    def rows(self, element, file, setup):
        yield ("person", "started", "night_share")
        yield ("u1", "2026-01-01", "0.25")
        yield ("u2", None, "0.75")


class Nowhere:
    name = "nowhere"

    def deliver(self, effects, setup):
        raise ConnectionError("no one there")


plugin = audql.Plugin(
    name="nights",
    version="2.0",
    fields={
        "job": (audql.Field("night_share", audql.Scalar.NUMBER),),
        "org": (audql.Field("open_at_night", audql.Scalar.YES_NO),),
    },
    functions=(audql.Function("works_nights", (), audql.Condition("any job (night_share > 0.5)"), "works_nights()"),),
    kinds=("sleep_course",),
    recipients=("night_nurse",),
    sources=(Rota(),),
    targets=(Nowhere(),),
)
"""

TOML = """\
[workspace]
plugins = ["shoes", "nights"]
plugins_dir = "plugins"

[feed]
source = "payroll"

[feed.people]
file = "staff"
columns = { shoe_size = "PPE Shoe" }

[feed.fittings]
file = "fittings"

[[feed.jobs]]
file = "jobs"
[[feed.jobs]]
file = "the rota"
source = "rota"

[sources.payroll]
folder = "raw"

[targets.lines]
path = "told.jsonl"
"""

SCRIPT = """\
audience "Shoes" {
  where needs_shoes() and shoe_size >= 40
  enrol in fitting_session "Shoes" due 30 days after joining
  notify learner, shift_lead on joining
}

audience "Nights" {
  where works_nights() and not (shoe_size > 41.5)
  enrol in sleep_course "Sleep"
  notify night_nurse on joining
}

test "Shoes" as of 2026-11-23 {
  member     { shoe_size: 41, job: { hazard: "high" } }
  not member { shoe_size: 39, job: { hazard: "high" } }
}
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package, installed as pip would."""
    site = tmp_path / "site"
    metadata = site / "acme_shoes-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "acme_shoes.py").write_text(INSTALLED, "utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-shoes\nVersion: 1.0\n", "utf-8")
    (metadata / "entry_points.txt").write_text("[audql.plugins]\nshoes = acme_shoes:plugin\n", "utf-8")
    monkeypatch.syspath_prepend(str(site))
    yield
    sys.modules.pop("acme_shoes", None)


@pytest.fixture
def both(installed: None, tmp_path: Path) -> Place:
    """A workspace that uses the package and the file."""
    place = Place(tmp_path / "workspace")
    place.write("plugins/nights.py", FILE)
    place.write("raw/staff.tsv", "id\tusername\tPPE Shoe\nu1\tann\t41\nu2\tbob\t42.5\nu3\tcay\t\n")
    place.write("raw/jobs.tsv", "person\ttitle\thazard\nu1\tWelder\thigh\nu2\tWelder\tHigh\nu3\tClerk\t\n")
    place.write("raw/fittings.tsv", "person\tday\nu2\t2026-01-05\n")
    place.write("audql.toml", TOML)
    place.write("all.aud", SCRIPT)
    return place


def test_a_package_and_a_file_from_the_feed_to_the_target(both: Place) -> None:
    for command in (["check"], ["test"], ["sync"], ["check"], ["test"]):
        ended = both(*command, "--as-of", DAY)
        assert ended.status == 0, ended.out + ended.err
    assert both("match", "shoe_size > 40.5").out.split() == ["u1", "u2"]
    assert both("match", "fitting.day before 2026-02-01 and any job (night_share = 0.75)").out.split() == ["u2"]
    applied = both("apply", "--as-of", DAY, "--allow", "first")
    assert applied.status == 0, applied.out + applied.err
    assert "told 1 change to `lines`" in applied.out
    assert both.text("told.jsonl") == '["u1", "fitting_session", "Shoes", "enrol"]\n'
    assert "shoe size 41" in both("why", "ann", "Nights", "--as-of", DAY).out
    assert both("members", "Shoes", "--json").json["members"][0]["id"] == "u1"
    assert both("members", "Nights", "--count").out == "0\n"


def test_a_target_that_fails_is_told_again_by_the_next_run(both: Place) -> None:
    both.write("audql.toml", TOML.replace("[targets.lines]", "[targets.nowhere]"))
    assert both("sync", "--as-of", DAY).status == 0
    applied = both("apply", "--as-of", DAY, "--allow", "first")
    assert applied.status == 4
    assert "AQ572" in applied.out
    assert "`nowhere` could not be told: ConnectionError: no one there" in applied.out
    ran = both("run", "--as-of", DAY, "--log")
    assert (
        "warning[AQ572]: `nowhere` could not be told: ConnectionError\n = help: what was decided" in both("status").out
    )
    kept = "".join(path.read_text() for path in (both.root / "state/reports").iterdir())
    assert "no one there" not in ran.out + ran.err + kept  # what a plugin raises can name people
    both.write("audql.toml", TOML)
    assert "told 1 change to `lines`" in both("apply", "--as-of", DAY).out


def test_a_source_that_fails_takes_nothing(both: Place) -> None:
    assert both("sync", "--as-of", DAY).status == 0
    (both.root / "raw" / "jobs.tsv").unlink()
    failed = both("sync", "--as-of", DAY)
    assert failed.status == 1
    assert "the source `payroll` gives no `jobs`: FileNotFoundError" in failed.out + failed.err
    both.write("raw/jobs.tsv", "")
    assert "AQ521" in both("sync", "--as-of", DAY).err


@pytest.mark.parametrize("raised", ["ConnectionResetError()", "TimeoutError('no answer in 30 s')"])
def test_a_source_that_does_not_answer_may_do_so_later(both: Place, raised: str) -> None:
    both.write("plugins/nights.py", FILE.replace('yield ("u2"', f'raise {raised}\n        yield ("u2"'))
    failed = both("sync", "--as-of", DAY)
    assert failed.status == 3
    assert f"error[AQ630]: the source `rota` gives no `the rota` for now: {raised.partition('(')[0]}" in failed.err


def test_a_source_or_target_that_ends_the_program_is_one_that_fails(both: Place) -> None:
    """A vendor's library that calls `sys.exit()`, say."""
    ends = FILE.replace('ConnectionError("no one there")', "SystemExit(0)").replace('("u2", None, "0.75")', "exit()")
    both.write("plugins/nights.py", ends)
    failed = both("sync", "--as-of", DAY)
    assert failed.status == 1
    assert "error[AQ410]: the source `rota` gives no `the rota`: SystemExit" in failed.err
    both.write("plugins/nights.py", ends.replace("yield exit()", "pass"))
    both.write("audql.toml", TOML.replace("[targets.lines]", "[targets.nowhere]"))
    ran = both("run", "--as-of", DAY, "--allow", "first")
    assert ran.status == 4
    assert "`nowhere` could not be told: SystemExit" in ran.out


@pytest.mark.parametrize(
    ("there", "instead", "says"),
    [
        ('source = "payroll"', 'source = "payrol"', ("AQ509", "did you mean `payroll`?")),
        ("[sources.payroll]", "[sources.paylor]", ("AQ509", "no source `paylor`")),
        ("[targets.lines]", "[targets.line]", ("AQ510", "did you mean `lines`?")),
        ("[targets.lines]", '[targets.file]\npath = "c.csv"\n[targets.lines]', ("AQ511", "`file` and `lines`")),
        ("[feed.fittings]", "[feed.fitting]", ("AQ503", "did you mean `fittings`?")),
        ("shoe_size =", "shoe_sise =", ("AQ507", "did you mean `shoe_size`?")),
        ('"nights"]', '"nigths"]', ("AQ402", "did you mean `nights`?")),
        ('plugins_dir = "plugins"', "", ("AQ402", "`plugins_dir` names a folder")),
    ],
)
def test_a_name_that_no_plugin_brings(both: Place, there: str, instead: str, says: tuple[str, ...]) -> None:
    both.write("audql.toml", TOML.replace(there, instead, 1))
    ended = both("sync", "--as-of", DAY)
    assert ended.status == 1
    assert all(part in ended.out + ended.err for part in says), ended.out + ended.err


def test_a_recipient_that_no_plugin_brings(both: Place) -> None:
    both.write("all.aud", SCRIPT.replace("shift_lead", "shift_leed"))
    ended = both("check", "--as-of", DAY)
    assert ended.status == 1
    assert "AQ232" in ended.out


@pytest.fixture
def bare(place: Place) -> Place:
    """Files of people and scripts that are no workspace's, and a folder of plugins."""
    place.write("plugins/nights.py", FILE)
    place.write("people.csv", "id,jobs.night_share\nu1,0.25\nu2,0.75\n")
    place.write("people.json", '[{"id": "u1", "jobs": [{"night_share": 1}]}, {"id": "u2"}]')
    place.write("nights.aud", 'audience "Nights" { where works_nights() enrol in sleep_course "Sleep" }\n')
    return place


def test_a_folder_of_plugins_without_a_workspace(bare: Place) -> None:
    given = ("--plugins-dir", "plugins")
    assert bare("match", "works_nights()", "--people", "people.csv", *given).out.split() == ["u2"]
    assert bare("match", "works_nights()", "--people", "people.json", *given).out.split() == ["u1"]
    assert bare("check", "nights.aud", *given).status == 0
    assert bare("check", "nights.aud").status == 1
    asked = bare("repl", "--people", "people.csv", *given, stdin="works_nights()\n:functions works_nights\n")
    assert "works_nights()" in asked.out
    missing = bare("check", "nights.aud", "--plugins-dir", "plugin")
    assert missing.status == 1
    assert "AQ408" in missing.err


def test_a_folder_of_plugins_beside_those_of_the_workspace(both: Place) -> None:
    both.write("audql.toml", TOML.replace(', "nights"', "").replace('plugins_dir = "plugins"\n', ""))
    assert both("check").status == 1
    for command in (["check"], ["sync"], ["run", "--allow", "first"], ["status"], ["members", "Nights"], ["fmt"]):
        ended = both(*command, "--plugins-dir", "plugins")
        assert ended.status == 0, (command, ended.out, ended.err)
    both.write("audql.toml", TOML)
    assert both("check", "--plugins-dir", "plugins").status == 0


@pytest.mark.parametrize(
    ("field", "query", "who"),
    [
        (
            'audql.Field("initial", audql.Scalar.TEXT, read=lambda person: person.get("full_name", "")[:1])',
            'initial = "a"',
            ["ann"],
        ),
        ('audql.Field("audits", audql.Many("completion"))', "no audits", ["ann", "bob"]),
        ('audql.Field("mentor", audql.One("person"))', 'mentor.full_name = "Ann Lee"', ["bob"]),
    ],
)
def test_a_run_says_of_fields_what_match_says(place: Place, field: str, query: str, who: list[str]) -> None:
    """Of fields too that are more than a column: a reader's, items that have a table, people by whatever name."""
    place.write(
        "plugins/more.py", f'import audql\nplugin = audql.Plugin(name="more", fields={{"person": ({field},)}})\n'
    )
    place.write(
        "audql.toml",
        '[workspace]\nplugins = ["more"]\nplugins_dir = "plugins"\n[feed.people]\nfile = "p.csv"\n'
        '[feed.completions]\nfile = "c.csv"\n',
    )
    place.write("feed/p.csv", "id,username,full_name,mentor\nann,annie,Ann Lee,\nbob,bobby,Bob Okafor,annie\n")
    place.write("feed/c.csv", "person,learning\nann,Fire\n")
    place.write("all.aud", f'audience "A" {{ where {query} }}\n')
    assert place("run", "--allow", "first").status == 0
    assert place("match", query).out.split() == who
    assert place("members", "A").out.split() == who


OPEN = """
import audql

fitting = audql.RecordType("fitting", "fitting", "fittings", (audql.Field("day", audql.Scalar.DATE),), open=True)
plugin = audql.Plugin(
    name="fits",
    fields={"person": (audql.Field("fittings", audql.Many("fitting"), also=("fitting",)),)},
    records=(fitting,),
)
"""
FITTINGS = "person,day,Shoe size,place\nann,2026-01-05,43,Leeds\nbob,2026-01-06,39,York\n"


def test_columns_of_an_open_record_type_are_its_fields(place: Place) -> None:
    """Before the first feed those that `audql.toml` maps, then those that there are, and no others."""
    place.write("plugins/fits.py", OPEN)
    place.write(
        "audql.toml",
        '[workspace]\nplugins = ["fits"]\nplugins_dir = "plugins"\n[feed.people]\nfile = "p.csv"\n[feed.fittings]\n'
        'file = "f.csv"\ncolumns = { "custom.size" = { column = "Shoe size", type = "number" } }\n',
    )
    place.write("feed/p.csv", "id\nann\nbob\n")
    place.write("feed/f.csv", FITTINGS)
    place.write("all.aud", 'audience "Large" { where any fitting (size > 40) }\n')
    assert place("check").status == 0
    place.write("all.aud", 'audience "Large" { where any fitting (size > 40 and place = "Leeds") }\n')
    assert place("run", "--allow", "first").status == 0
    assert place("check").status == 0
    assert place("members", "Large").out.split() == ["ann"]
    assert place("match", 'fitting.place = "York" and fitting.size < 40').out.split() == ["bob"]
    misspelt = place("match", "any fitting (sise > 40)")
    assert misspelt.status == 1
    assert "did you mean `size`?" in misspelt.err


def test_fields_of_an_open_record_type_in_a_file_of_people(place: Place) -> None:
    place.write("plugins/fits.py", OPEN)
    place.write("p.json", '[{"id": "ann", "fittings": [{"size": 43, "place": "Leeds"}]}, {"id": "bob"}]')
    asked = place("match", "any fitting (size > 40)", "--people", "p.json", "--plugins-dir", "plugins")
    assert asked.out.split() == ["ann"]


def test_a_plugin_that_cannot_be_used(both: Place) -> None:
    both.write("plugins/nights.py", "raise RuntimeError('no')")
    ended = both("check")
    assert ended.status == 1
    assert "AQ401" in ended.err


def test_the_source_and_target_of_the_page(place: Place) -> None:
    page = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text("utf-8")
    (toml,) = [block for block in re.findall(r"(?s)```toml\n(.*?)```", page) if "[feed]" in block]
    (plugin,) = re.findall(r"(?s)<!-- plugin: acme.py -->\n```python\n(.*?)```", page)
    place.write("plugins/acme.py", plugin)
    place.write("audql.toml", toml)
    place.write("exports/staff.txt", "id|country\nu1|GB\nu2|\n")
    place.write("feed/learning.csv", "id,name\nF,Fire\n")
    place.write("all.aud", 'audience "British" { where country = "GB" enrol in course "Fire" }\n')
    assert place("sync").status == 0
    applied = place("apply", "--allow", "first")
    assert applied.status == 0
    assert " u1 course F enrol " in applied.out
    assert "told 1 change to `acme_log`" in applied.out
