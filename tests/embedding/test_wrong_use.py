"""What a program hands over that is of another kind than a public function takes: one line, raised where it came in."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import audql


@dataclass
class Device:
    memory_gb: int


compile: Any = audql.compile
compile_script: Any = audql.compile_script
load_plugins: Any = audql.load_plugins
InSchema: Any = audql.InSchema
Schema: Any = audql.Schema
query: Any = audql.compile("suspended")
script: Any = audql.compile_script('audience "A" { where suspended }')

_WRONG: list[tuple[str, Callable[[], object]]] = [
    ("text is a str, not 5", lambda: compile(5)),
    ("text is a str, not None", lambda: compile(None)),
    ("text is a str, not b'suspended'; decode it", lambda: compile(b"suspended")),
    ("text is a str, not a Query", lambda: compile(query)),
    ("text is a str, not a PosixPath", lambda: compile_script(Path("retail.aud"))),
    ("lets is a str, not a dict", lambda: compile("new", lets={"new": "suspended"})),
    ("name is a str, not 5", lambda: compile("suspende", name=5)),
    ("name is a str, not None", lambda: compile_script("", name=None)),
    ("schema is an audql.Schema, not the class dict", lambda: compile("suspended", schema=dict)),
    ("schema is an audql.Schema, not a dict", lambda: compile("suspended", schema={})),
    ("schema is an audql.Schema, not None", lambda: compile_script("", schema=None)),
    (
        "schema is an audql.Schema, not the class Device; audql.Schema.of(Device) makes one of a model",
        lambda: compile("memory_gb > 4", schema=Device),
    ),
    ("schema is an audql.Schema, not the class int", lambda: InSchema(int)),
    ("zone is a zone's name such as 'Europe/London', not None", lambda: compile("suspended", zone=None)),
    ("zone is a zone's name such as 'Europe/London', not a timezone", lambda: compile("suspended", zone=dt.UTC)),
    (
        "zone is a zone's name such as 'Europe/London', not a ZoneInfo; write zone='Asia/Tokyo'",
        lambda: InSchema(zone=ZoneInfo("Asia/Tokyo")),
    ),
    ("plugins is a list of audql.Plugin, not 'wages'", lambda: compile("suspended", plugins="wages")),
    ("plugins is a list of audql.Plugin, not a Plugin", lambda: compile("suspended", plugins=audql.Plugin("wages"))),
    ("plugins is a list of audql.Plugin, and 'wages' in it is none", lambda: compile("suspended", plugins=["wages"])),
    ("plugins is a list of audql.Plugin, not 5", lambda: compile_script("", plugins=5)),
    ("as_of is a date, a datetime or None, not '2026-11-23'", lambda: query.matches({}, "2026-11-23")),
    ("as_of is a date, a datetime or None, not 5", lambda: query.select([], 5)),
    ("as_of is a date, a datetime or None, not 5", lambda: query.explain({}, 5)),
    ("as_of is a date, a datetime or None, not 5", lambda: script.members([], 5)),
    ("records is a list of records, not 'ann'", lambda: query.select("ann")),
    ("records is a list of records, not None", lambda: query.select(None)),
    ("select takes several records; for one there is matches", lambda: query.select({"id": "ann"})),
    ("people is a list of records, not a dict", lambda: query.select([], people={"id": "ann"})),
    ("people is a list of records, not None", lambda: query.explain({}, people=None)),
    ("records is a list of records, not a dict", lambda: script.members({"id": "ann"})),
    ("records is a list of records, not a Device", lambda: script.members(Device(4))),
    ("names is a list of the names of plugins, not 'wages'", lambda: load_plugins("wages")),
    ("names is a list of the names of plugins, and 5 in it is none", lambda: load_plugins([5])),
    ("directory is the path of a folder or None, not 5", lambda: load_plugins(directory=5)),
    ("the records of a Schema are a tuple of RecordType", lambda: Schema(5)),
    ("the records of a Schema are a tuple of RecordType", lambda: Schema((Device,))),
]


@pytest.mark.parametrize(("says", "wrong"), _WRONG, ids=range(len(_WRONG)))
def test_a_wrong_kind_is_told_in_one_line(says: str, wrong: Callable[[], object]) -> None:
    with pytest.raises(TypeError) as raised:
        wrong()
    assert str(raised.value) == says.replace("PosixPath", type(Path()).__name__)
    assert raised.value.__cause__ is raised.value.__context__ is None


def test_what_is_long_is_cut() -> None:
    with pytest.raises(TypeError) as raised:
        query.select("ann " * 100)
    assert len(str(raised.value)) < 100


def test_a_root_that_is_no_record_type() -> None:
    with pytest.raises(ValueError, match="no record type of the Schema is called 'person', as its root is"):
        Schema(())


FIELD = audql.Field("wage", audql.Scalar.NUMBER)
FUNCTION: Any = audql.Function
plugin: Any = audql.Plugin


@pytest.mark.parametrize(
    ("says", "wrong"),
    [
        ("its `fields` are no mapping of the names of record types", plugin("wages", fields=[FIELD])),
        ("its fields of `person` are no tuple of Field", plugin("wages", fields={"person": FIELD})),
        (
            "the type of its field `wage` is no Scalar, One or Many",
            plugin("wages", fields={"person": (audql.Field("wage", "number"),)}),  # type: ignore[arg-type]
        ),
        ("its `functions` are no tuple of Function", plugin("wages", functions=("rich",))),
        (
            "the meaning of its function `rich` is no Condition or Reduction",
            plugin("wages", functions=(FUNCTION("rich", (), "suspended", "rich()"),)),
        ),
        (
            "the parameters of its function `rich` are no tuple of Parameter",
            plugin("wages", functions=(FUNCTION("rich", ("how",), audql.Condition("suspended"), "rich()"),)),
        ),
        (
            "the example of its function `rich` is no text",
            plugin("wages", functions=(FUNCTION("rich", (), audql.Condition("suspended"), None),)),
        ),
    ],
    ids=range(7),
)
def test_a_plugin_of_other_parts_than_it_takes(says: str, wrong: audql.Plugin) -> None:
    with pytest.raises(audql.PluginError) as raised:
        audql.compile("suspended", plugins=[wrong])
    (problem,) = raised.value.diagnostics
    assert (problem.code, problem.message) == ("AQ403", f"plugin `wages`: {says}")
