"""`audql.toml`: what it can say, and every mistake in it at once and in its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from audql.diagnostics import RunError
from audql.snapshot.schema import TABLES
from audql.workspace import Workspace, read_config

WHOLE = """\
[workspace]
zone = "Europe/London"
population = "not suspended"
scripts = ["*.aud", "more/*.aud"]

[feed]
folder = "feed"
max_head_count_fall = "12.5 %"

[feed.people]
file = "people.csv"
delimiter = ";"
date_format = "%m/%d/%Y"

[feed.people.columns]
id = "Employee Number"
hired = { column = "Date First Hired", format = "%m/%d/%Y" }
suspended = { column = "current", yes = ["0"], no = ["1"] }
"custom.Grade" = { column = "Grade", type = "number" }

[[feed.organisations]]
file = "departments.csv"
[[feed.organisations]]
file = "groups.csv"
columns = { type = { value = "group" } }

[state]
file = "state/audql.sqlite"

[holds]
leaves = { people = 5, share = "1 %" }
run = { enrolments = 3 }
run_leaves = { memberships = 7 }
run_lost = { enrolments = 9 }

[targets.file]
path = "out/changes.csv"
"""


def test_all_that_it_says() -> None:
    config = read_config(WHOLE)
    assert config.workspace.scripts == ("*.aud", "more/*.aud")
    assert config.feed is not None
    assert config.feed.max_head_count_fall == 0.125
    assert [(name, part.file) for name, part in config.feed.parts()] == [
        ("people", "people.csv"),
        ("organisations", "departments.csv"),
        ("organisations", "groups.csv"),
    ]
    columns = config.feed.people[0].columns
    assert columns["id"].column == "Employee Number"
    assert columns["suspended"].yes == ("0",)
    assert columns["custom.Grade"].type == "number"
    assert (config.holds.leaves.people, config.holds.leaves.share) == (5, 0.01)
    assert (config.holds.run.enrolments, config.holds.run.share, config.holds.lost.enrolments) == (3, 0.2, 20)
    assert (config.holds.run_leaves.memberships, config.holds.run_leaves.share) == (7, 0.1)
    assert (config.holds.run_lost.enrolments, config.holds.run_lost.share) == (9, 0.05)


def test_nothing_need_be_said_but_where_people_are() -> None:
    config = read_config('[feed.people]\nfile = "people.csv"\n')
    assert config.workspace.zone == "UTC"
    assert config.workspace.scripts == ("*.aud",)
    assert config.targets.file is None
    assert read_config("").feed is None


@pytest.mark.parametrize(
    ("there", "instead", "code", "at", "hint"),
    [
        ("zone =", "zoen =", "AQ503", (2, 1), "did you mean `zone`?"),
        ("Europe/London", "Europe/Lodnon", "AQ504", (2, 1), ""),
        ('"12.5 %"', '"a lot"', "AQ504", (8, 1), 'a share is written "10 %"'),
        ('"12.5 %"', "12", "AQ504", (8, 1), 'a share is written "10 %"'),
        ("hired =", "hird =", "AQ507", (17, 1), "did you mean `hired`?"),
        ("hired =", "grade =", "AQ507", (17, 1), '"custom.grade"'),
        ('column = "Grade"', 'colum = "Grade"', "AQ503", (19, 1), "did you mean `column`?"),
        ('type = "number"', 'type = "decimal"', "AQ504", (19, 1), ""),
        ('column = "Grade", ', "", "AQ504", (19, 1), ""),
        ("[targets.file]", "[target.file]", "AQ503", (36, 2), "did you mean `targets`?"),
        ("[feed.people]\n", "[feed.peple]\n", "AQ503", (10, 2), "did you mean `people`?"),
        ('file = "people.csv"', "", "AQ505", (10, 2), "add `file = …`"),
        ('delimiter = ";"', 'delimiter = "||"', "AQ504", (12, 1), ""),
        ('delimiter = ";"', 'encoding = "rot13"', "AQ504", (12, 1), "cp1252"),
        ('delimiter = ";"', 'encoding = "utf-9"', "AQ504", (12, 1), "cp1252"),
        ('"%m/%d/%Y"', '"%d/%d/%Y"', "AQ504", (13, 1), "%d.%m.%Y"),
        ('"%m/%d/%Y"', '"%Q"', "AQ504", (13, 1), "%d.%m.%Y"),
        ('Hired", format = "%m/%d/%Y"', 'Hired", format = "%Y %"', "AQ504", (17, 1), "%d.%m.%Y"),
        ('"%m/%d/%Y"', '"DD.MM.YYYY"', "AQ504", (13, 1), "`%d.%m.%Y`: a year, a month and a day"),
        ('"%m/%d/%Y"', '"yyyy-mm-dd hh:mm"', "AQ504", (13, 1), "`%Y-%m-%d %H:%M`"),
        ('"%m/%d/%Y"', '"%d.%m."', "AQ504", (13, 1), "%d.%m.%Y"),
        ('"%m/%d/%Y"', '"%m/%Y"', "AQ504", (13, 1), "%d.%m.%Y"),
        ("[feed]", "[feed", "AQ502", (6, 6), ""),
        ("share =", "shere =", "AQ503", (31, 1), "did you mean `share`?"),
        ("hired = {", 'hired = { type = "text",', "AQ508", (17, 1), "custom.hired"),
    ],
)
def test_a_mistake(there: str, instead: str, code: str, at: tuple[int, int], hint: str) -> None:
    assert there in WHOLE
    with pytest.raises(RunError) as found:
        read_config(WHOLE.replace(there, instead, 1))
    (first, *_) = (d for d in found.value.diagnostics if d.code == code)
    assert first.span is not None
    assert first.span.source.position(first.span.start) == at
    assert hint in first.hint
    assert found.value.status == 1


def test_brackets_without_end() -> None:
    with pytest.raises(RunError) as found:
        read_config("x = " + "[" * 100_000)
    assert [d.code for d in found.value.diagnostics] == ["AQ502"]


def test_all_mistakes_at_once() -> None:
    with pytest.raises(RunError) as found:
        read_config(WHOLE.replace("zone =", "zoen =").replace("share =", "shere =").replace('"12.5 %"', "true"))
    assert [d.code for d in found.value.diagnostics] == ["AQ503", "AQ504", "AQ503"]


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "audql.toml").write_text(text, encoding="utf-8")
    return folder


def test_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(RunError) as found:
        Workspace.open(tmp_path)
    assert [d.code for d in found.value.diagnostics] == ["AQ501"]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ('[state]\nfile = "../state.sqlite"', 2),
        ('[state]\nfile = "/tmp/state.sqlite"', 2),
        ('[feed]\nfolder = ".."\n[feed.people]\nfile = "people.csv"', 2),
        ('[feed.people]\nfile = "../../people.csv"', 2),
        ('[targets.file]\npath = "link/changes.csv"', 2),
        ('[targets.file]\npath = "nul\\u0000"', 2),
        ('[workspace]\nscripts = ["../*.aud"]', 2),
        ('[workspace]\nscripts = ["/etc/*"]', 2),
    ],
)
def test_all_paths_are_inside(tmp_path: Path, text: str, at: int) -> None:
    folder = write(tmp_path / "workspace", text)
    (tmp_path / "elsewhere").mkdir()
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError) as found:
        Workspace.open(folder)
    assert {d.code for d in found.value.diagnostics} == {"AQ506"}
    span = found.value.diagnostics[0].span
    assert span is not None
    assert span.source.position(span.start)[0] == at


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("audql.toml", "`audql.toml`"),
        ("state/audql.sqlite", "the state"),
        ("state/audql.sqlite-wal", "the state"),
        ("state/../state/audql.sqlite.lock", "the lock of the state"),
        ("state/erased.json", "the list of who was erased"),
        ("feed/people.csv", "a file of the feed"),
        ("link/people.csv", "a file of the feed"),
        ("hard.csv", "a file of the feed"),
        ("retail.aud", "a script"),
        ("not there yet.aud", "a script"),
        ("state/snapshots/tables/x", "in the folder of snapshots"),
        ("state/quarantine/people.csv", "in the folder of what was set aside"),
        ("plugins/acme.py", "in the folder of plugins"),
    ],
)
def test_changes_have_a_file_of_their_own(tmp_path: Path, path: str, what: str) -> None:
    toml = (
        f'[workspace]\nplugins_dir = "plugins"\n[feed.people]\nfile = "people.csv"\n[targets.file]\npath = "{path}"\n'
    )
    folder = write(tmp_path, toml)
    for name in ("feed/people.csv", "retail.aud"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")
    (folder / "link").symlink_to(folder / "feed")
    (folder / "hard.csv").hardlink_to(folder / "feed" / "people.csv")
    with pytest.raises(RunError) as found:
        Workspace.open(folder)
    (one,) = found.value.diagnostics
    assert (one.code, one.message) == ("AQ504", f"`targets.file.path`: it is {what}")
    assert one.span is not None
    assert one.span.source.position(one.span.start)[0] == 6
    write(tmp_path, toml.replace(path, "changes.csv"))
    assert Workspace.open(folder).changes_file == folder / "changes.csv"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('url = "postgresql+psycopg://audql:s3cr3t@host/db"', "AUDQL_STATE_PASSWORD"),
        ('url = "postgresql+psycopg://audql:s3c/r3t@x?y@host/db"', "AUDQL_STATE_PASSWORD"),
        ('url = "postgresql+psycopg://host/db?user=audql&Password=s3cr3t"', "AUDQL_STATE_PASSWORD"),
        ('url = "postgresql://audql:s3cr3t@host/db"', "AUDQL_STATE_PASSWORD"),
        ("url = postgresql+psycopg://audql:s3cr3t@host/db", ""),
        ('password = "s3cr3t"', ""),
        ("password='s3cr3t'", ""),
        ('url = "postgresql+psycopg://host/db?passw%6Frd=s3cr3t"', "AUDQL_STATE_PASSWORD"),
        ('url = "postgresql+psycopg://host/db?row_factory=s3c"', ""),
        ('url = "postgresql+psycopg://exämple..org/db"', "written like `postgresql+psycopg://host/database`"),
        ('url = "postgresql://host/db"', "written like `postgresql+psycopg://host/database`"),
        ('url = "sqlite:///state.sqlite"', "written like `postgresql+psycopg://host/database`"),
        ('url = "postgresql+psycopg://"', "written like `postgresql+psycopg://host/database`"),
        ('url = "postgresql+psycopg://[::1/db"', "written like `postgresql+psycopg://host/database`"),
    ],
)
def test_where_the_state_is_without_a_password(line: str, hint: str) -> None:
    with pytest.raises(RunError) as found:
        read_config(f"[state]\n{line}\n")
    assert hint in found.value.diagnostics[0].hint
    for secret in ("s3c", "r3t"):
        assert secret not in str(found.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://host/db",
        "postgresql+psycopg://audql@[::1]:5432/db?sslmode=require",
        "postgresql+psycopg:///db?host=/run/postgresql",
        "postgresql+psycopg://host:5432/db?options=-c%20search_path%3Daudql",
    ],
)
def test_where_the_state_is(url: str) -> None:
    assert read_config(f'[state]\nurl = "{url}"\n').state.url == url


def test_scripts_are_found_inside_only(tmp_path: Path) -> None:
    folder = write(tmp_path / "workspace", '[workspace]\nscripts = ["*.aud", "more/**/*.aud"]')
    (folder / "more" / "deep").mkdir(parents=True)
    (tmp_path / "stray.aud").write_text("")
    (folder / "stray.aud").symlink_to(tmp_path / "stray.aud")
    for name in ("b.aud", "a.aud", "notes.txt", "more/deep/c.aud"):
        (folder / name).write_text("")
    (folder / "again.aud").symlink_to("b.aud")
    (folder / "linked.aud").symlink_to("notes.txt")
    (folder / "gone.aud").symlink_to("nowhere")
    (folder / "round.aud").symlink_to("round.aud")
    (folder / ".#a.aud").symlink_to("someone@somewhere.1")  # an editor is at work on it
    (folder / "folder.aud").mkdir()
    workspace = Workspace.open(folder)
    assert [p.relative_to(workspace.root).as_posix() for p in workspace.scripts()] == [
        "a.aud",
        "b.aud",
        "more/deep/c.aud",
        "notes.txt",
    ]
    assert workspace.odd_scripts() == {
        "gone.aud": "a link that leads nowhere",
        "round.aud": "a link that leads round to itself",
        "stray.aud": "a link that leads out of the workspace",
    }


def test_what_the_docs_show() -> None:
    text = (Path(__file__).parents[2] / "docs" / "workspace.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert [read_config(block).feed is not None for block in blocks] == [True, True, True, True, False, False]
    rows = {name: line for line in text.splitlines() for name in re.findall(r"^\| ((?:`\w+` ?)+)\|", line)}
    documented = {name: line for names, line in rows.items() for name in re.findall(r"\w+", names)}
    for table in TABLES:
        fields = documented[table.name].split("|")[2]
        assert re.findall(r"`(\w+)`", fields) == [column.name for column in table.columns]
        assert re.findall(r"\*\*`(\w+)`\*\*", fields) == [column.name for column in table.columns if column.required]


@pytest.mark.parametrize(
    ("pattern", "cure"),
    [("**.aud", "write `**/*.aud`"), ("a/**x/*.aud", "write `a/**/*x/*.aud`"), ("\\u0000", "`*.aud`")],
)
def test_patterns_that_name_no_files(pattern: str, cure: str) -> None:
    with pytest.raises(RunError) as refused:
        read_config(f'[workspace]\nscripts = ["*.aud", "{pattern}"]\n')
    (found,) = refused.value.diagnostics
    assert (found.code, "names no files" in found.message, found.span is not None) == ("AQ504", True, True)
    assert cure in found.message + found.hint
