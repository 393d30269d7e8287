"""What an erasure cannot decide is told, line by line; and what only the person had goes, wherever it is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from audql import operations
from audql.operations.forgetting import ErasedFrom
from audql.state.store import State
from audql.workspace import Workspace

NOW = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)
TOML = """
[mail]
from = "Zoe Zay <zoe@example.com>"
folder = "out/mail"
[feed.people]
file = "people.csv"
delta = true
effective = "From"
columns = { first_name = "Given", last_name = "Family" }
[feed.jobs]
file = "jobs.csv"
delta = true
effective = "From"
"""
PEOPLE = "id,username,email,Given,Family,From\n"
KNOWN = "zoe-77,zz1,zoe@example.com,Zoe,Zay,\nbob,bobby,bob@example.com,Bob,Bay,\n"
JOBS = "person,title,manager,From\nbob,Clerk,,\n"
SCRIPT = """audience "All" {
  where true

  enrol in course "Safety" due 30 days after joining
  notify "boss@example.com", "zoe@example.com" on joining
  exclude "zoe-77"
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "feed").mkdir()
    (tmp_path / "audql.toml").write_text(TOML)
    (tmp_path / "all.aud").write_text(SCRIPT.replace('  exclude "zoe-77"\n', "").replace(', "zoe@example.com"', ""))
    feed(tmp_path, KNOWN, JOBS)
    operations.run(folder=tmp_path, now=NOW, allow=["first", "baseline", "mails"])
    return tmp_path


def feed(folder: Path, people: str, jobs: str = "person,title,manager,From\n") -> None:
    (folder / "feed/people.csv").write_text(PEOPLE + people)
    (folder / "feed/jobs.csv").write_text(jobs)


def told(folder: Path, found: ErasedFrom) -> list[str]:
    return [f"{one.path.relative_to(folder).as_posix()}:{one.line}" for one in found.mentions]


def in_state(folder: Path) -> str:
    files = (path for path in (folder / "state").rglob("*") if path.is_file())
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)


def test_rows_that_wait_are_known_by_what_they_will_say(folder: Path) -> None:
    """Of someone whom no snapshot has, and of a name that one has from a day on."""
    rows = "zoe-77,zola,zola@example.com,Zola,Zwo,2027-01-01\neva,evita,eva@example.com,Eva,Eff,2027-01-01\n"
    feed(folder, rows, "person,title,manager,From\nbob,Head,zola,2027-01-01\nbob,Head,evita,2027-02-01\n")
    operations.sync(folder=folder, now=NOW)
    assert "zola" in in_state(folder)
    assert operations.erase("eva", folder=folder).rows_aside == 2
    assert "evita" not in in_state(folder)
    assert operations.erase("zoe-77", folder=folder).rows_aside == 2
    assert "zola" not in in_state(folder)
    feed(folder, rows)
    assert [note.code for note in operations.sync(folder=folder, now=NOW).notes] == ["AQ615"]


def test_numbers_of_lines_and_feeds_are_no_ids(folder: Path) -> None:
    feed(folder, "1,,,,,\n2,,,,,\nx-1,,,,,soon\nx-2,,,,,2027-01-01\n")
    operations.sync(folder=folder, now=NOW)
    assert operations.erase("1", folder=folder).rows_aside == 0
    assert operations.erase("2", folder=folder).rows_aside == 0
    feed(folder, "4,,,,,\n3,,,,,soon\nx-3,,,,,soon\n")
    operations.sync(folder=folder, now=NOW)
    assert operations.erase("4", folder=folder).rows_aside == 0
    assert operations.erase("3", folder=folder).rows_aside == 1


def test_a_name_under_another_id_is_told_by_its_line(folder: Path) -> None:
    feed(folder, "x-1,,,Zoe,Zay,soon\nx-2,,,Bob,Zay,soon\nx-3,,,Zay,Zoe,soon\nx-4,,wrong: zoe@example.com,,,soon\n")
    operations.sync(folder=folder, now=NOW)
    found = operations.erase("zoe-77", folder=folder)
    rows = [f"state/quarantine/people.csv:{line}" for line in (2, 4, 5)]
    assert told(folder, found) == [*rows, "audql.toml:3"]
    assert found.status == 4
    assert (folder / "state/quarantine/people.csv").read_text().count("x-") == 4


def test_scripts_and_templates_are_told_and_left(folder: Path) -> None:
    (folder / "all.aud").write_text(SCRIPT)
    (folder / "audql.toml").write_text(TOML.replace("Zoe Zay <zoe@example.com>", "hr@example.com"))
    (folder / "templates").mkdir()
    (folder / "templates/due.txt").write_text("Subject: Due\n\nAsk Zoe Zay.\n")
    found = operations.erase("zoe-77", folder=folder)
    assert told(folder, found) == ["all.aud:5", "all.aud:6", "templates/due.txt:3"]
    assert (folder / "all.aud").read_text() == SCRIPT


def test_an_address_that_nobody_else_has_mails_at_goes(folder: Path) -> None:
    (folder / "all.aud").write_text(SCRIPT.replace('  exclude "zoe-77"\n', "").replace('"boss@example.com", ', ""))
    feed(folder, "cay,c,zoe@example.com,Cay,Day,\n")
    operations.run(folder=folder, now=NOW + dt.timedelta(days=1), allow=["mails"])
    with State.open_to_read(Workspace.open(folder).state) as state:
        assert sorted(state.addresses()) == ["boss@example.com", "zoe@example.com"]
    found = operations.erase("zoe-77", folder=folder)
    assert found.address_stays  # that cay joined was told there
    found = operations.erase("cay", folder=folder)
    assert not found.address_stays
    with State.open_to_read(Workspace.open(folder).state) as state:
        assert state.addresses() == ("boss@example.com",)
    assert "zoe@example.com" not in in_state(folder)


def test_each_erasure_tells_of_its_own_person_and_the_same_again(folder: Path) -> None:
    (folder / "all.aud").write_text(SCRIPT.replace("exclude", 'exclude "bob", '))
    feed(folder, "cay,c,cay@example.com,Cay,Day,\n")
    (folder / "out/mail").mkdir(parents=True, exist_ok=True)
    for name in ("Zoe Zay", "Bob Bay"):
        mail = f"To: boss@example.com\nSubject: {name} joined\nContent-Type: text/plain\n\n{name} is in.\n"
        (folder / "out/mail" / f"{name[:3]}.eml").write_text(mail)

    def erased(who: str) -> tuple[set[str], list[str], bool]:
        found = operations.erase(who, folder=folder)
        return {path.name for path in found.left}, told(folder, found), found.address_stays

    zoe = erased("zoe-77")
    assert "Zoe.eml" in zoe[0]
    assert "Bob.eml" not in zoe[0]
    assert zoe[1] == ["audql.toml:3", "all.aud:5", "all.aud:6"]
    bob = erased("bob")
    assert "Bob.eml" in bob[0]
    assert "Zoe.eml" not in bob[0]
    assert bob[1] == ["all.aud:6"]
    assert (erased("zoe-77"), erased("bob")) == (zoe, bob)
    with (folder / "out/mail/Zoe.eml").open("a") as file:
        file.write("Another by now.\n")
    assert "Zoe.eml" not in erased("zoe-77")[0]
