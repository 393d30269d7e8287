"""Where a workspace lies: in a folder of any name, and nothing of its state elsewhere by a link."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from feed_world import Feed

from audql import operations
from audql.diagnostics import RunError
from audql.snapshot.comparing import compare
from audql.snapshot.history import history
from audql.snapshot.snapshot import Snapshot

NOW = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)
RUN = ("first", "headcount", "leaves")


@pytest.mark.parametrize("name", ["a*b[c]", "?", "[a-z]*", "it's", "per%20cent # a;b", "ü ñ"])
def test_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "ab").mkdir()
    (tmp_path / name).mkdir()
    feed = Feed(tmp_path / name)
    toml = '[feed.people]\nfile = "p*[1].csv"\n[feed.jobs]\nfile = "jobs.csv"\ndelta = true\n'
    feed.write(toml, jobs='person,title\nu1,"a\nb"\nu2,never\n')
    (feed.root / "feed/p*[1].csv").write_text("id,hired\nu1,\nu2,2020-01-01\n")
    (feed.root / "feed/p1.csv").write_text("id,hired\nx1,\n")
    (feed.root / "all.aud").write_text('audience "All" {\n  where true\n}\n')
    assert operations.run(folder=feed.root, now=NOW, allow=RUN).status == 0
    (feed.root / "feed/p*[1].csv").write_text("id,hired\nu1,never\nu3,2020-01-01\n")
    later = NOW + dt.timedelta(days=1)
    assert operations.run(folder=feed.root, now=later, allow=RUN).status == 4
    snapshots = feed.root / "state/snapshots"
    old, new = (Snapshot.open(snapshots, kept.name) for kept in history(snapshots))
    assert new.people() == {"u1", "u3"}
    assert [difference.table for difference in compare(old, new)] == ["people", "jobs"]
    assert [why.member for why in operations.why("u3", folder=feed.root, now=later).reasons] == [True]
    assert operations.erase("u3", folder=feed.root).snapshots == 1


@pytest.mark.parametrize(
    "link",
    ["snapshots", "snapshots/tables", "snapshots/columns", "quarantine", "waiting", "reports", "temporary"],
)
def test_a_link_out_of_the_workspace_is_not_followed(tmp_path: Path, link: str) -> None:
    (tmp_path / "in").mkdir()
    feed = Feed(tmp_path / "in")
    feed.write(people="id,hired\nu1,\nu2,soon\n").sync()
    outside, inside = tmp_path / "out", feed.root / "state" / link
    outside.mkdir()
    (outside / "people.csv").write_text("mine")
    shutil.rmtree(inside, ignore_errors=True)
    inside.symlink_to(outside)
    with pytest.raises(RunError) as found:
        operations.run(folder=feed.root, now=NOW, allow=RUN)
    assert {d.code for d in found.value.diagnostics} == {"AQ506"}
    assert any(f"`state/{link}` is outside" in d.message for d in found.value.diagnostics)
    assert [path.name for path in outside.iterdir()] == ["people.csv"]


def test_a_table_that_is_a_link_is_not_read(tmp_path: Path) -> None:
    feed = Feed(tmp_path)
    feed.write(people="id\nu1\n").sync()
    (table,) = (tmp_path / "state/snapshots/tables").iterdir()
    table.rename(tmp_path / "elsewhere")
    table.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError) as found:
        feed.sync()
    assert [d.code for d in found.value.diagnostics] == ["AQ551"]


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)  # a longer name than some hundred bytes has no socket


ODD: dict[str, Callable[[Path], None]] = {
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a socket": listening,
    "a link that leads round to itself": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("what", ODD)
@pytest.mark.parametrize("source", ["csv", "jsonl", "parquet", "sql"])
def test_what_lies_where_a_file_of_the_feed_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, source: str
) -> None:
    feed = Feed(tmp_path)
    feed.write(f'[feed.people]\nfile = "people.csv"\nsource = "{source}"\n')
    monkeypatch.chdir(tmp_path / "feed")
    ODD[what](tmp_path / "feed/people.csv")
    with pytest.raises(RunError) as found:
        feed.sync()
    (said,) = found.value.diagnostics
    round_link = "link" in what
    assert (said.code, found.value.status) == (("AQ506", 1) if round_link else ("AQ520", 3))
    assert f"is {what}" in said.message


@pytest.mark.parametrize("what", ODD)
def test_what_lies_where_the_configuration_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ODD[what](tmp_path / "audql.toml")
    with pytest.raises(RunError) as found:
        operations.run(folder=tmp_path, now=NOW)
    assert [d.message for d in found.value.diagnostics] == [f"`audql.toml` is {what}, and no file"]


@pytest.mark.parametrize("what", ODD)
def test_what_lies_where_a_list_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    feed = Feed(tmp_path)
    feed.write(people="id\nu1\n").sync()
    (tmp_path / "x.aud").write_text('audience "L" { members from "list.txt" }\n')
    monkeypatch.chdir(tmp_path)
    ODD[what](tmp_path / "list.txt")
    assert [d.code for d in operations.check(folder=tmp_path, now=NOW).diagnostics] == ["AQ239"]
