"""match: people from CSV, JSON and JSON lines, and from a workspace."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib

import pytest
from cli_world import DAY, PEOPLE, Place

RECORDS = [
    {"id": "ann", "country": "GB", "hired": "2020-01-15", "custom": {"Level": 5}, "org": {"name": "Shop", "size": 3}},
    {"id": "bob", "country": "IE", "hired": "2026-11-02", "completions": ["Fire"]},
]


def test_ids_one_a_line(place: Place) -> None:
    place.write("people.csv", PEOPLE)
    done = place("match", 'country = "gb"', "--people", "people.csv")
    assert (done.status, done.out) == (0, "ann\ncay\n")
    assert "custom.Level  number" in done.err
    assert done.err.endswith("2 of 4 people\n")


HR = """\
Employee ID,Name,Hire Date,Job Title,Status,Manager ID,Cost Centre,Start
E1,Ann Lee,15/01/2020,Head,Active,,0100,01/02/2020
E2,Bob Okafor,02/11/2026,Clerk,Active,E1,0100,03/04/2026
E3,Cay Jensen,20/10/2026,Clerk,Terminated,E1,0200,05/06/2026
"""


def test_headings_mean_what_a_new_workspace_takes_them_for(place: Place) -> None:
    place.write("people.csv", HR)
    done = place(
        "match", 'not suspended and job.title = "Clerk" and full_name = "Bob Okafor"', "--people", "people.csv"
    )
    assert (done.status, done.out) == (0, "E2\n")
    asked = ("match", 'hired within last 30 days and any manager (id = "E1")', "--people", "people.csv")
    assert place(*asked, "--as-of", DAY).out == "E2\n"
    took = {t["column"]: t["field"] for t in place(*asked, "--json").json["took"]}
    assert took == {
        "Employee ID": "id",
        "Name": "full_name",
        "Hire Date": "hired",
        "Job Title": "jobs.title",
        "Status": "suspended",
        "Manager ID": "manager",
        "Cost Centre": "custom.Cost Centre",
        "Start": "custom.Start",  # which could be 3 April or 4 March
    }
    assert place("init", "--from", "people.csv", "-C", "shop").status == 0
    proposed = (place.root / "shop" / "audql.toml").read_text()
    for column, field in (
        ("Employee ID", "id"),
        ("Name", "full_name"),
        ("Job Title", "title"),
        ("Manager ID", "manager"),
    ):
        assert f'{field} = "{column}"' in proposed
    assert 'hired = { column = "Hire Date"' in proposed
    # What is called as a field is, comes first.
    place.write("people.csv", "id,Employee ID,name,full_name\n1,E1,a,Ann\n2,E2,b,Bob\n")
    assert place("match", 'full_name = "Bob"', "--people", "people.csv").out == "2\n"


def test_count_and_json(place: Place) -> None:
    place.write("people.csv", PEOPLE)
    assert place("match", "custom.Level < 3", "--people", "people.csv", "--count").out == "2\n"
    done = place("match", "custom.Level < 3", "--people", "people.csv", "--json")
    assert set(done.json) == {"status", "people", "count", "ids", "took", "diagnostics"}
    assert (done.json["ids"], done.json["count"], done.json["people"]) == (["bob", "cay"], 2, 4)
    assert {"column": "Level", "field": "custom.Level", "type": "number"} in done.json["took"]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(RECORDS),
        json.dumps(RECORDS, indent=2),
        "\n".join(json.dumps(record) for record in RECORDS),
        "\n\n" + "\r\n".join(json.dumps(record) for record in RECORDS) + "\n",
    ],
)
def test_json_and_json_lines(place: Place, content: str) -> None:
    place.write("people", content)
    assert place("match", 'country = "GB"', "--people", "people").out == "ann\n"
    assert place("match", "custom.Level < 9 and org.size = 3", "--people", "people").out == "ann\n"
    assert place("match", 'completed("Fire")', "--people", "people").out == "bob\n"
    assert place("match", 'country = "GB"', "--people", "-", stdin=content).out == "ann\n"


def test_one_record(place: Place) -> None:
    assert place("match", "true", "--people", "-", stdin=json.dumps(RECORDS[0])).out == "ann\n"


def test_relative_days_are_of_the_day_given(place: Place) -> None:
    place.write("people.csv", PEOPLE)
    asked = ("match", "hired within last 30 days", "--people", "people.csv", "--as-of")
    assert place(*asked, DAY).out == "bob\n"
    assert place(*asked, "2026-11-10").out == "bob\ncay\n"


def test_the_whole_file_says_what_a_column_is(place: Place) -> None:
    people = "id;Cost Centre;Size;When;Fit;Mixed\n1;0410;1.5;2026-01-02;yes;1\n2;0411;2;2026-02-03;no;x\n"
    place.write("people.csv", people)
    done = place("match", 'custom.`Cost Centre` = "0410"', "--people", "people.csv", "--json")
    assert done.json["ids"] == ["1"]
    assert [took["type"] for took in done.json["took"]] == ["code", "code", "number", "date", "yes/no", "text"]


def test_columns_with_dots_and_other_cases(place: Place) -> None:
    people = "ID,First Name,org,org.division,job.title\nu1,Ann,Shop,Retail,Clerk\nu2,Bob,Lab,Science,Chemist\n"
    place.write("people.csv", people)
    for query in ('first_name = "Ann"', 'org = "Shop"', 'org.division = "Retail"', 'job.title = "Clerk"'):
        assert place("match", query, "--people", "people.csv").out == "u1\n"


def test_people_without_an_id_are_numbered(place: Place) -> None:
    place.write("people.csv", "country\nGB\nIE\n")
    assert place("match", 'country = "IE"', "--people", "people.csv").out == "#2\n"


def test_what_does_not_fit_is_told(place: Place) -> None:
    place.write("people.csv", "id,hired\nu1,2026-01-01\nu2,03/04/2026\nu3,soon\n")
    done = place("match", "hired is set", "--people", "people.csv")
    assert done.out == "u1\n"
    assert "2 values are not of type date" in done.err
    assert "`03/04/2026` in line 3" in done.err


def test_an_unknown_column_is_a_mistake_and_an_unknown_name_a_warning(place: Place) -> None:
    place.write("people.csv", "id,Level,org\nu1,3,Shop\n")
    done = place("match", "custom.Levle = 3", "--people", "people.csv")
    assert done.status == 1
    assert "custom.Level" in done.err
    done = place("match", 'org = "Shpo"', "--people", "people.csv")
    assert (done.status, done.out) == (0, "")
    assert "warning" in done.err
    assert "did you mean" in done.err


def test_fields_that_json_has_and_nothing_reads(place: Place) -> None:
    done = place("match", "true", "--people", "-", stdin='[{"id": "u1", "contry": "GB"}]')
    assert done.out == "u1\n"
    assert "`contry`" in done.err
    assert "did you mean `country`?" in done.err


def test_mistakes_of_the_query(place: Place) -> None:
    place.write("people.csv", PEOPLE)
    done = place("match", "contry == 'GB'", "--people", "people.csv")
    assert done.status == 1
    assert done.out == ""
    assert "query:1:" in done.err
    as_json = place("match", "contry = 'GB'", "--people", "people.csv", "--json")
    assert as_json.json["status"] == 1
    assert as_json.json["diagnostics"][0]["code"] == "AQ201"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "AQ587"),
        ("id,country\n", "AQ587"),
        ("[]", "AQ587"),
        ("[1, 2]", "AQ586"),
        ('[{"id": "u1"}', "AQ586"),
        ('{"id": "u1"}\n{"id": \n', "AQ586"),
        ("[" * 100_000, "AQ586"),
        ("id,a\nu1,x,y\n", "AQ588"),
        ('id,a\nu1,"x\n', "AQ588"),
        ("id,a,a\nu1,x,y\n", "AQ589"),
        (b"\xff\xfe\x00", "AQ582"),
        (b"\x1f\x8b\x08\x00\xff", "AQ610"),
        (b"PAR1\x15\xff", "AQ610"),
    ],
)
def test_files_that_are_no_people(place: Place, content: str | bytes, code: str) -> None:
    place.write("people.csv", content)
    done = place("match", "true", "--people", "people.csv")
    assert (done.status, done.out) == (1, "")
    assert code in done.err


def test_no_file_and_no_workspace(place: Place) -> None:
    assert "AQ592" in place("match", "true").err
    assert "AQ580" in place("match", "true", "--people", "nowhere.csv").err
    assert "AQ581" in place("match", "true", "--people", ".").err


def test_a_workspace_and_its_audiences_and_words(synced: Place) -> None:
    synced.write("words.aud", "let junior = custom.Level < 3\n")
    assert synced("match", "junior", "--as-of", DAY).out == "bob\ncay\n"
    assert synced("match", 'member("New starters")', "--as-of", DAY).out == "ann\nbob\ncay\n"
    assert synced("match", 'member("New startres")', "--as-of", DAY).status == 1


def test_warnings_say_how_many(synced: Place) -> None:
    done = synced("match", 'country != "GB"')
    assert done.out == "bob\ndee\n"
    assert "1 " in done.err


def test_what_nobody_in_the_file_has_is_told(place: Place) -> None:
    place.write("p.csv", "id,country,job.title\nu1,GB,Nurse\nu2,,\n")

    def told(query: str) -> list[str]:
        return re.findall(r"nobody in `p.csv` has (.*)", place("match", query, "--people", "p.csv").err)

    assert told('completed("Fire")') == ["`completions`"]
    assert told('not completed("Fire") and hired before today') == ["`completions` or `hired`"]
    assert told('any completion (grade > 50 and learning.category = "A")') == ["`completions`"]
    assert told("manages_people()") == ["`jobs.manager` or `reports`"]
    assert told('reports_to("u1", at_any_level: true)') == ["`jobs.manager`"]
    assert told('country = "GB" and any job (title = "Nurse")') == []
    place.write("q.json", '[{"id": "u1", "completions": ["Fire"]}, {"id": "u2"}]')
    assert "AQ579" not in place("match", 'completed("Fire")', "--people", "q.json").err


def test_what_is_above_an_organisation_is_nothing_that_people_lack(place: Place) -> None:
    place.write("p.json", '[{"id": "u1", "org": {"id": "st1", "name": "Store 1", "path": ["emea", "st1"]}}]')
    asked = place("match", 'org within "EMEA"', "--people", "p.json")
    assert (asked.out, asked.err) == ("u1\n", "1 of 1 person\n")
    assert "nobody in `p.json` has `jobs.position`" in place("match", 'position within "A"', "--people", "p.json").err


def test_days_begin_in_the_zone_given(place: Place) -> None:
    place.write("p.csv", "id,last_login\nu1,2026-11-22T23:30:00Z\n")
    asked = ("match", "last_login on 2026-11-23", "--people", "p.csv")
    assert place(*asked).out == ""
    assert place(*asked, "--zone", "Europe/Berlin").out == "u1\n"
    assert "AQ598" in place(*asked, "--zone", "Berlin").err
    why = ("why", "u1", "--query", "last_login on 2026-11-23", "--people", "p.csv")
    assert "yes" in place(*why, "--zone", "Europe/Berlin").out
    assert place("why", "u1", "--zone", "UTC").status == 2


def test_a_workspace_has_a_zone_of_its_own(synced: Place) -> None:
    assert "AQ599" in synced("match", "suspended", "--zone", "UTC").err
    assert "AQ599" in synced("check", "--zone", "UTC").err


def test_the_package_runs_as_the_program(place: Place) -> None:
    ran = subprocess.run([sys.executable, "-m", "audql", "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("audql ")


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        (
            'reports_to("ann", at_any_level: true) and not reports_to("ann")',
            ['reports_to("ann", at_any_level: true)', 'reports_to("ann")'],
        ),
        (
            "hired within last 30 days and not (hired between 2026-10-24 and 2026-11-23)",
            ["hired within last 30 days", "hired between 2026-10-24 and 2026-11-23"],
        ),
    ],
)
def test_conditions_that_come_to_the_same_keep_their_own_words(place: Place, query: str, lines: list[str]) -> None:
    place.write("p.csv", "id,hired,manager\nann,2012-01-09,\nbob,2019-05-06,ann\ncay,2026-11-05,bob\n")
    asked = place("why", "cay", "--query", query, "--people", "p.csv", "--as-of", DAY, "--json").json
    first, negated = asked["why"]["parts"]
    assert [first["condition"], negated["parts"][0]["condition"]] == lines


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
@pytest.mark.parametrize(
    "args", [("init", "--from", "hr.xlsx", "-C", "shop"), ("match", "true", "--people", "hr.xlsx")]
)
def test_a_workbook_of_excel_is_called_so(place: Place, args: tuple[str, ...], content: bytes) -> None:
    place.write("hr.xlsx", content)
    done = place(*args)
    assert done.status == 1
    assert "error[AQ624]: `hr.xlsx` is an Excel workbook, not text" in done.err
    assert "help: nothing was changed; save it as `CSV UTF-8`" in done.err
    assert not (place.root / "shop").exists()


GERMAN = """\
Personalnummer;Vorname;Nachname;E-Mail;Eintrittsdatum;Land;Kostenstelle;Führungskraft;Aktiv;Abteilung;Beginn;Frei
0012;Jörg;Müller;j@example.de;01.02.2020;DE;0041;0013;1;Käse;31.12.2020;1
0013;Ann;Lee;a@example.de;15.03.2021;DE;0042;;0;HR;01.11.2020;0
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_match_takes_a_file_for_what_init_takes_it_for(place: Place, encoding: str) -> None:
    place.write("people.csv", GERMAN.encode(encoding))
    query = 'department = "käse" and hired = 2020-02-01 and custom.Kostenstelle = "0041" and not suspended'
    query += ' and custom.Frei = 1 and custom.Beginn after 2020-12-30 and reports_to("0013")'
    matched = place("match", query, "--people", "people.csv", "--json")
    assert matched.json["ids"] == ["0012"]
    assert ("AQ621" in str(matched.json["diagnostics"])) == (not encoding.startswith("utf-8"))
    assert place("init", "--from", "people.csv").status == 0
    toml = tomllib.loads(place.text("audql.toml"))
    assert toml["feed"]["people"].get("encoding", "utf-8") == encoding.removesuffix("-sig")
    mapped = {**toml["feed"]["jobs"]["columns"], **toml["feed"]["people"]["columns"]}
    columns = {c["column"] if isinstance(c, dict) else c: field for field, c in mapped.items()}
    assert columns == {took["column"]: took["field"] for took in matched.json["took"]}
    assert place("sync").status == 0
    assert place("match", query).out == "0012\n"


def test_days_that_could_be_read_in_two_ways_are_no_days_of_a_file(place: Place) -> None:
    place.write("people.csv", "id,seen\nu1,01/02/2020\nu2,03/04/2020\n")
    took = place("match", "true", "--people", "people.csv", "--json").json["took"]
    assert took[1] == {"column": "seen", "field": "custom.seen", "type": "text"}


@pytest.mark.parametrize("content", ["id,city\nu1,A\nU1,B\nu2,C\n", '[{"id": "u1"}, {"id": "U1"}, {"id": "u2"}]'])
def test_people_who_are_there_twice_are_told(place: Place, content: str) -> None:
    place.write("people", content)
    done = place("match", "true", "--people", "people", "--count")
    assert "warning[AQ622]: `people` has 1 person more than once, by the id: `u1`\n" in done.err
