"""Where a workspace lies: in a folder of any name, and nothing of its state elsewhere by a link."""

from __future__ import annotations

import datetime as dt
import shutil
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
