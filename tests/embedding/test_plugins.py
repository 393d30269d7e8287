"""Plugins as installed packages and as files: what they add works everywhere, and what is wrong with one is said."""

import datetime as dt
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import audql
from audql.program.compiling import Settings, compile_program
from audql.program.extending import with_plugins

PACKAGE = Path(__file__).parent / "plugin_package"
TODAY = dt.date(2026, 11, 23)

FILE = """\
import audql

plugin = audql.Plugin(
    name="badges_extra",
    version="2.0",
    fields={"badge": (audql.Field("issuer", audql.Scalar.TEXT),)},
    functions=(
        audql.Function(
            "badge_from",
            (audql.Parameter("issuer", "who", required=True),),
            audql.Condition("any badge (issuer = who)"),
            'badge_from("ACME")',
        ),
    ),
    kinds=("webinar",),
)
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package, installed as pip would: its module on the path, and its entry point in its metadata."""
    site = tmp_path / "site"
    metadata = site / "audql_shifts-1.4.dist-info"
    metadata.mkdir(parents=True)
    (site / "audql_shifts.py").write_bytes((PACKAGE / "audql_shifts.py").read_bytes())
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: audql-shifts\nVersion: 1.4\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text("[audql.plugins]\nshifts = audql_shifts:plugin\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    yield site
    sys.modules.pop("audql_shifts", None)


def package(site: Path, name: str, entry: str, module: str | None = None) -> None:
    """One more package beside, whose module is called as it is itself."""
    metadata = site / f"{name}-0.1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(f"[audql.plugins]\n{entry}\n", encoding="utf-8")
    if module is not None:
        (site / f"{name}.py").write_text(module, encoding="utf-8")


def folder(tmp_path: Path, **files: str) -> Path:
    made = tmp_path / "plugins"
    made.mkdir(exist_ok=True)
    for name, text in files.items():
        (made / f"{name}.py").write_text(text, encoding="utf-8")
    return made


def refused(directory: Path | None = None, names: tuple[str, ...] | None = None) -> list[audql.Diagnostic]:
    with pytest.raises(audql.PluginError) as raised:
        audql.load_plugins(names, directory)
    assert str(raised.value).startswith("error[AQ4")
    return list(raised.value.diagnostics)


# --- what plugins add -------------------------------------------------------------------------------------------------

ANN = {
    "id": "ann",
    "years": 0,
    "jobs": [{"title": "Nurse", "union": "RCN"}],
    "shifts": [{"day": "2026-11-20", "night": True, "place": "Ward 3"}, {"day": "2026-11-22", "place": "Ward 1"}],
}
BOB = {"id": "bob", "years": 7, "shifts": ["Ward 3"], "enrolments": [{"learning": "Fire", "kind": "workshop"}]}


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ('tenure_band = "new"', ["ann"]),
        ('tenure_band = "old hand"', ["bob"]),
        ('job.union = "rcn"', ["ann"]),
        ('any shift (place = "Ward 3")', ["ann", "bob"]),
        ("at least 1 night_shift", ["ann"]),
        ("worked_nights()", ["ann"]),
        ("worked_nights(within: 2 days)", []),
        ("worked_nights(within: 3 days)", ["ann"]),
        ('last_shift("Ward 3") before 2026-11-21', ["ann"]),
        ("last_shift() on 2026-11-22", ["ann"]),
        ('enrolled("Fire", kind: "workshop")', ["bob"]),
    ],
)
def test_an_installed_plugin_adds_to_queries(text: str, ids: list[str]) -> None:
    query = audql.compile(text, plugins=audql.load_plugins())
    assert [r["id"] for r in query.select([ANN, BOB], TODAY)] == ids
    assert [r["id"] for r in (ANN, BOB) if query.matches(r, TODAY)] == ids


@pytest.mark.usefixtures("installed")
def test_an_installed_plugin_has_its_packages_version() -> None:
    (plugin,) = audql.load_plugins()
    assert (plugin.name, plugin.version, str(plugin)) == ("shifts", "1.4", "shifts 1.4")


@pytest.mark.usefixtures("installed")
def test_a_plugin_adds_to_scripts_and_names_itself_in_the_programs_digest() -> None:
    script = """
    audience "Nights" {
      where worked_nights()
      enrol in workshop "Sleep" due 30 days after joining
      notify learner, shift_lead on joining
    }
    """
    plugins = audql.load_plugins()
    assert audql.compile_script(script, plugins=plugins).members([ANN, BOB], TODAY) == {"Nights": [ANN]}
    with pytest.raises(audql.CompileError) as raised:
        audql.compile_script(script)
    assert [d.code for d in raised.value.diagnostics] == ["AQ202", "AQ231", "AQ232"]
    settings = with_plugins(Settings(), plugins)
    newer = with_plugins(Settings(), [replace(plugins[0], version="1.5")])
    source = [audql.Source(script)]
    assert settings.versions == "shifts 1.4"
    assert compile_program(source, settings).digest != compile_program(source, newer).digest


def test_without_the_plugin_its_names_are_unknown() -> None:
    with pytest.raises(audql.CompileError):
        audql.compile("worked_nights()")


@pytest.mark.usefixtures("installed")
def test_what_a_field_can_be_is_checked() -> None:
    with pytest.raises(audql.CompileError) as raised:
        audql.compile('tenure_band = "olde hand"', plugins=audql.load_plugins())
    assert [(d.code, d.hint) for d in raised.value.diagnostics] == [("AQ329", 'did you mean "old hand"?')]


@pytest.mark.usefixtures("installed")
def test_a_query_with_plugins_is_pickled() -> None:
    query = audql.compile('tenure_band = "new"', plugins=audql.load_plugins())
    again = pickle.loads(pickle.dumps(query))
    assert again == query
    assert again.matches(ANN)


def test_a_file_in_a_folder_is_a_plugin(tmp_path: Path) -> None:
    directory = folder(tmp_path, badges_extra=FILE, _private="raise RuntimeError")
    (plugin,) = audql.load_plugins(directory=directory)
    assert str(plugin) == "badges_extra 2.0"
    query = audql.compile('badge_from("acme") or enrolled("X", kind: "webinar")', plugins=[plugin])
    assert query.matches({"badges": [{"name": "5S", "issuer": "ACME"}]})
    assert query.matches({"enrolments": [{"learning": "X", "kind": "webinar"}]})
    assert sorted(p.name for p in directory.iterdir()) == ["_private.py", "badges_extra.py"]


@pytest.mark.usefixtures("installed")
def test_only_what_is_named_is_imported(tmp_path: Path) -> None:
    directory = folder(tmp_path, badges_extra=FILE, other="raise RuntimeError('imported')")
    found = audql.load_plugins(["badges-extra", "shifts"], directory)
    assert [p.name for p in found] == ["badges_extra", "shifts"]
    assert audql.load_plugins([], directory) == ()


def test_nothing_of_this_is_imported_until_it_is_asked_for() -> None:
    code = (
        "import sys, audql; audql.compile('suspended').matches({});"
        "print({'importlib.metadata', 'pydantic', 'audql.plugins', 'audql.schemas'} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-S", "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "set()\n"


# --- what is wrong with them ------------------------------------------------------------------------------------------


def test_a_crash_on_import_is_said(tmp_path: Path) -> None:
    directory = folder(
        tmp_path, crashing="import sys\n\nx = 1 / 0\n", leaving="import sys\nsys.exit(3)\n", odd="x = = 1\n"
    )
    found = refused(directory)
    assert [d.code for d in found] == ["AQ401"] * 3
    assert [d.message for d in found] == [
        "plugin `crashing` cannot be loaded: ZeroDivisionError: division by zero",
        "plugin `leaving` cannot be loaded: SystemExit: 3",
        "plugin `odd` cannot be loaded: SyntaxError: invalid syntax (odd.py, line 1)",
    ]
    assert "file " in found[0].hint
    assert f"in line 3 of {directory / 'crashing.py'}" in found[0].hint


def test_a_crash_of_an_installed_one_is_said(installed: Path) -> None:
    package(installed, "broken", "broken = broken:plugin", "raise OSError('no licence\\x1b[2J')")
    package(installed, "absent", "absent = absent_module:plugin")
    found = refused()
    assert [d.code for d in found] == ["AQ401", "AQ401"]
    assert found[0].message == "plugin `absent` cannot be loaded: ModuleNotFoundError: No module named 'absent_module'"
    assert found[1].message == "plugin `broken` cannot be loaded: OSError: no licence�[2J"
    assert found[1].hint.startswith("brought by package broken 0.1; in line 1 of ")


@pytest.mark.usefixtures("installed")
def test_a_name_that_is_not_there_is_said() -> None:
    assert [(d.code, d.message, d.hint) for d in refused(names=("shift",))] == [
        ("AQ402", "no plugin `shift` is installed", "did you mean `shifts`?")
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`it` brings no `plugin`, not a plugin"),
        ("plugin = 3", "`it` brings a int, not a plugin"),
        ("plugin = P('other')", "plugin `it`: its name is `other`, and that of its entry point or file is `it`"),
        (
            "plugin = P('It\\x1b')",
            "plugin `it`: its name is 'It\\x1b', which is not lower-case letters, digits, `-` and `_`",
        ),
        ("plugin = P(3)", "plugin `it`: its name is 3, which is not lower-case letters, digits, `-` and `_`"),
        ("plugin = P('it', kinds='abc')", "plugin `it`: its `kinds` are no tuple of str"),
        ("plugin = P('it', kinds=('and',))", "plugin `it`: 'and' among its `kinds` is no name that a query can write"),
        ("plugin = P('it', functions=(len,))", "plugin `it`: its `functions` are no tuple of Function"),
        ("plugin = P('it', fields=[3])", "plugin `it`: its `fields` are no mapping of the names of record types"),
        (
            "plugin = P('it', fields={'job': (audql.Field('row', audql.Scalar.TEXT),)})",
            "plugin `it`: `row` among its fields is a name that tables of snapshots need themselves",
        ),
        ("plugin = P('it', fields={'job': [1]})", "plugin `it`: its fields of `job` are no tuple of Field"),
        (
            "plugin = P('it', fields={'job': (audql.Field('a b', audql.Scalar.TEXT),)})",
            "plugin `it`: 'a b' among its fields is no name that a query can write",
        ),
        ("plugin = P('it', targets=(3,))", "plugin `it`: its `targets` are no tuple of FeedTarget"),
        (
            "class T:\n  name, batch, deliver = 't', 0, print\nplugin = P('it', targets=(T(),))",
            "plugin `it`: `batch` of its target `t` is no number from 1 on",
        ),
    ],
)
def test_what_is_no_plugin_is_said(tmp_path: Path, text: str, message: str) -> None:
    directory = folder(tmp_path, it=f"import audql\nfrom audql import Plugin as P\n{text}\n")
    (found,) = refused(directory)
    assert (found.code, found.message) == ("AQ403", message)
    assert f"brought by file {directory / 'it.py'}" in found.hint


@pytest.mark.usefixtures("installed")
def test_two_of_one_name_are_said_with_who_brought_each(tmp_path: Path) -> None:
    directory = folder(tmp_path, shifts="import audql\nplugin = audql.Plugin('shifts')\n")
    (found,) = refused(directory)
    assert found.code == "AQ404"
    assert found.message == (
        f"there are two plugins `shifts`: of package audql-shifts 1.4, and of file {directory / 'shifts.py'}"
    )


def function(name: str, query: str, example: str = "true", *parameters: audql.Parameter) -> audql.Function:
    return audql.Function(name, parameters, audql.Condition(query), example)


def clash(*plugins: audql.Plugin) -> list[str]:
    with pytest.raises(audql.PluginError) as raised:
        audql.compile("true", plugins=plugins)
    return [f"{d.code} {d.message}" for d in raised.value.diagnostics]


def test_one_name_brought_twice_is_said_with_who_brought_it() -> None:
    text = audql.Scalar.TEXT
    one = audql.Plugin(
        "one", "1", {"person": (audql.Field("size", text),)}, (), (function("f", "true"),), ("lab",), ("coach",)
    )
    two = audql.Plugin(
        "two",
        "2",
        {"person": (audql.Field("sizes", text, also=("size",)), audql.Field("country", text))},
        (audql.RecordType("job", "job", "jobs", ()),),
        (function("f", "true"), function("completed", "true")),
        ("Lab", "course"),
        ("coach", "learner"),
    )
    assert clash(one, two) == [
        "AQ405 the field of person `country` is brought by AudQL itself and by plugin two 2",
        "AQ405 the field of person `size` is brought by plugin one 1 and by plugin two 2",
        "AQ405 the function `completed` is brought by AudQL itself and by plugin two 2",
        "AQ405 the function `f` is brought by plugin one 1 and by plugin two 2",
        "AQ405 the kind of learning `course` is brought by AudQL itself and by plugin two 2",
        "AQ405 the kind of learning `lab` is brought by plugin one 1 and by plugin two 2",
        "AQ405 the recipient `coach` is brought by plugin one 1 and by plugin two 2",
        "AQ405 the recipient `learner` is brought by AudQL itself and by plugin two 2",
        "AQ405 the record type `job` is brought by AudQL itself and by plugin two 2",
    ]
    assert clash(audql.Plugin("one", functions=(function("f", "true"), function("f", "false")))) == [
        "AQ405 the function `f` is brought twice by plugin one"
    ]


def test_a_function_that_does_not_compile_is_said_with_its_place() -> None:
    with pytest.raises(audql.PluginError) as raised:
        audql.compile("true", plugins=[audql.Plugin("one", functions=(function("f", 'any jab (title = "x")'),))])
    assert str(raised.value) == "\n".join(
        [
            "error[AQ406]: plugin `one`: its function f does not compile: no field `jab`",
            "  --> plugin one, function f:1:5",
            "   |",
            ' 1 | any jab (title = "x")',
            "   |     ^^^ a person has none",
            "   |",
            "   = help: did you mean `job`?",
        ]
    )


needed = audql.Parameter("what", required=True)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (function("f", "any job (title = "), "its function f does not compile: "),
        (function("f", "hired > what", 'f("x")', needed), "its example of f does not compile: "),
        (function("f", "country = what", "f()", needed), "its example of f does not compile: `f` needs its what"),
        (function("f", "true", ""), "its example of f does not compile: "),
        (function("f", "f()", "f()"), "its function f does not compile: "),
        (function("f", "true", "true", audql.Parameter("a b")), "a parameter of its function f has no name"),
        (function("f", "true", "true", audql.Parameter("a", default="x (")), "the default of `a` in its function f"),
        (audql.Function("f", (), audql.Reduction("max", "jibs", value="x"), "f() > 1"), "no field `jibs`"),
        (audql.Function("f", (), audql.Reduction("max", "jobs", value="x"), "f() > 1"), "no field `x`"),
        (audql.Function("f", (), audql.Reduction("max", "country", value="x"), "f() > 1"), "not a collection"),
        (audql.Function("f", (), audql.Reduction("max", "jobs)", value="x"), "f() > 1"), "does not compile"),
        (audql.Function("f", (), audql.Reduction("max", "jobs", "true) or (true", "started"), "f() > 1"), "compile"),
        (audql.Function("f", (), audql.Reduction("max", "jobs"), "f() > 1"), "the value of its function f is no field"),
        (audql.Function("f", (), audql.Reduction("last", "jobs", value="title"), "f() > 1"), "the last `by` a field"),
    ],
)
def test_a_function_that_means_nothing_is_said(wrong: audql.Function, message: str) -> None:
    (found,) = clash(audql.Plugin("one", functions=(wrong,)))
    assert found.startswith("AQ406 plugin `one`: ")
    assert message in found


@pytest.mark.parametrize(
    ("record", "wrong", "message"),
    [
        ("jab", audql.Field("x", audql.Scalar.TEXT), "AQ407 plugin `one` speaks of a record type `jab`"),
        ("job", audql.Field("x", audql.Many("jib")), "AQ407 plugin `one` speaks of a record type `jib`"),
        ("person", audql.Field("x", audql.Many("job"), base="all_jobs", where="titel = 1"), "no field `titel`"),
        ("person", audql.Field("x", audql.Many("job"), base="all_jobs", where="titel ="), "field x does not compile"),
        ("person", audql.Field("x", audql.Many("job"), base="no_jobs", where="true"), "goes by person.no_jobs"),
        (
            "person",
            audql.Field("x", audql.Many("org"), means=("jobs", "organ")),
            "goes by job.organ, which is not there",
        ),
        ("org", audql.Field("x", audql.Many("org"), closure=("mother",)), "goes by org.mother, which is not there"),
    ],
)
def test_a_field_that_means_nothing_is_said(record: str, wrong: audql.Field, message: str) -> None:
    (found,) = clash(audql.Plugin("one", fields={record: (wrong,)}))
    assert message in found


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    (found,) = refused(tmp_path / "nowhere")
    assert found.code == "AQ408"
    assert found.message == f"the plugins of `{tmp_path / 'nowhere'}` cannot be read: No such file or directory"


def test_a_reader_that_crashes_is_said_and_puts_nobody_in_or_out() -> None:
    field = audql.Field("x", audql.Scalar.TEXT, read=lambda person: person["x"])  # type: ignore[index]  # the crash
    query = audql.compile('not x = "1"', plugins=[audql.Plugin("one", fields={"person": (field,)})])
    with pytest.raises(audql.PluginError) as raised:
        query.matches({})
    (found,) = raised.value.diagnostics
    assert (found.code, found.message) == ("AQ409", "plugin `one` cannot read its field `x`: KeyError: 'x'")
    assert query.matches({"x": "2"})
    field = audql.Field("x", audql.Scalar.TEXT, read=lambda person: sys.exit(3))
    with pytest.raises(audql.PluginError, match="cannot read its field `x`: SystemExit: 3"):
        audql.compile('not x = "1"', plugins=[audql.Plugin("one", fields={"person": (field,)})]).matches({})
