"""Scripts → what is wrong with them, their tests' results, their canonical text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from audql.binding import AsOf, as_of
from audql.diagnostics import Diagnostic, Findings, RunError, in_order
from audql.operations import messages
from audql.operations.files import STDIN, decode, read_bytes, rewrite
from audql.operations.scripts import (
    STDIN_NAME,
    Scripts,
    are_inside,
    bare_scripts,
    bare_settings,
    has_workspace,
    open_workspace,
    workspace_scripts,
    zone_of,
)
from audql.program import Program
from audql.source import Source
from audql.types import Schema

if TYPE_CHECKING:
    from audql.operations.surroundings import Surroundings
    from audql.program import Audience
    from audql.syntax.ast import MomentKind
    from audql.testing import TestResult

Stdin = Callable[[], bytes] | None


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `root` is the folder that the names of files in `diagnostics` are from."""

    root: Path
    files: tuple[str, ...]
    audiences: int
    tests: int
    diagnostics: tuple[Diagnostic, ...]

    @property
    def status(self) -> int:
        return 1 if any(d.is_error for d in self.diagnostics) else 0


@dataclass(frozen=True, slots=True)
class Tested:
    """The results of the scripts' tests, and what is wrong with the scripts."""

    root: Path
    results: tuple[TestResult, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def status(self) -> int:
        failed = any(d.is_error for d in self.diagnostics) or not all(r.passed for r in self.results)
        return 1 if failed else 0


@dataclass(frozen=True, slots=True)
class Formatted:
    """One file. `text` is None where it has mistakes, and so is left as it is."""

    name: str
    before: str
    text: str | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def changed(self) -> bool:
        return self.text is not None and self.text != self.before


@dataclass(frozen=True, slots=True)
class _Compiled:
    scripts: Scripts
    program: Program
    schema: Schema
    when: AsOf
    asked: frozenset[str] | None
    """The files asked about; None for all."""
    around: Surroundings | None = None

    def about(self, found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        """What is about the files asked for."""
        if self.asked is None:
            return tuple(found)
        return tuple(d for d in found if d.span is None or d.span.source.file in self.asked)


def check(
    paths: Sequence[str] = (),
    *,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    zone: str | None = None,
    plugins_dir: Path | None = None,
    stdin: Stdin = None,
) -> Checked:
    """All mistakes of the files, or of all scripts of the workspace in `folder` where none are named.

    Files inside that workspace are checked with what it knows, others by themselves. Raises RunError where there is
    nothing to check.
    """
    compiled = _compile(paths, folder, now, day, zone, plugins_dir, stdin)
    files = [f.name for f in compiled.scripts.sources if compiled.asked is None or f.name in compiled.asked]
    audiences = [a for a in compiled.program.audiences if a.file in files]
    tests = [t for t in compiled.program.tests if t.span.source.file in files]
    found = compiled.about(compiled.program.diagnostics)
    if compiled.around is not None:
        beside = (*_of_templates(compiled.around, audiences), *_of_learning(compiled.around, audiences))
        found = in_order((*found, *beside))
    return Checked(compiled.scripts.root, tuple(files), len(audiences), len(tests), found)


def _of_templates(around: Surroundings, audiences: Sequence[Audience]) -> Iterator[Diagnostic]:
    """What is wrong with the templates of these audiences' mails, also when they are filled in."""
    workspace = around.workspace
    if workspace.config.mail is None or find_spec("jinja2") is None:
        return
    from audql.mail.files import LAYOUT
    from audql.mail.messages import not_in_own
    from audql.mail.templates import template_of, templates_of
    from audql.mail.trying import tried

    templates = templates_of(workspace)
    alerts = [alert for audience in audiences for alert in audience.alerts]
    named: dict[str, dict[MomentKind, None]] = {}
    for alert in alerts:
        named.setdefault(template_of(alert.moment, alert.template), {})[alert.moment] = None
    known = templates.names()
    for name in (*named, LAYOUT) if named else ():
        # What is not there is said where it is named.
        yield from templates.findings(name) if name in known or name == LAYOUT else ()
    for name in named:
        if (languages := templates.languages(name)) and not templates.is_in_own_language(name):
            own = workspace.config.mail.language
            yield not_in_own(name, own, languages, templates.form(name, own).language)
    yield from tried(templates, named, around.own_fields_of_people)
    yield from templates.strays()


def _of_learning(around: Surroundings, audiences: Sequence[Audience]) -> Iterator[Diagnostic]:
    """That nothing says which learning there is, once for all that these audiences give."""
    feed = around.workspace.config.feed
    given = {assignment.learning for audience in audiences for assignment in audience.assignments}
    unknown = not around.catalogue.knows(around.schema.assigned)
    if given and feed is not None and unknown and around.schema.assigned not in dict(feed.parts()):
        yield messages.unchecked_learning(sorted(given))


def test(
    paths: Sequence[str] = (),  # noqa: PT028  # this runs tests and is none
    *,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,  # noqa: PT028
    zone: str | None = None,  # noqa: PT028
    plugins_dir: Path | None = None,  # noqa: PT028
    stdin: Stdin = None,  # noqa: PT028
) -> Tested:
    """Runs the tests of the files, or of all scripts of the workspace; those without a day of their own as of `day`."""
    from audql.testing import run_tests

    compiled = _compile(paths, folder, now, day, zone, plugins_dir, stdin)
    results = run_tests(compiled.program, compiled.schema, compiled.when.zone, compiled.when.day)
    asked = compiled.asked
    chosen = tuple(r for r in results if asked is None or r.span.source.file in asked)
    found = tuple(d for d in compiled.about(compiled.program.diagnostics) if d.is_error)
    return Tested(compiled.scripts.root, chosen, found)


def fmt(
    paths: Sequence[str] = (),
    *,
    folder: Path,
    write: bool = True,
    plugins_dir: Path | None = None,
    stdin: Stdin = None,
) -> tuple[Formatted, ...]:
    """The canonical text of each file, or of all scripts of the workspace; written in its place where `write` says so.

    Raises RunError, before anything is written, for files that cannot be read.
    """
    if not paths:
        scripts = workspace_scripts(open_workspace(folder, plugins_dir))
        if scripts.unreadable:
            raise RunError(*(d for d in scripts.diagnostics if d.is_error))
        listed = [(str(scripts.root / source.name), source.name) for source in scripts.sources]
    else:
        listed = [(path, STDIN_NAME if path == STDIN else path) for path in dict.fromkeys(paths)]
    texts: list[str] = []
    wrong: list[Diagnostic] = []
    for path, _ in listed:
        try:
            texts.append(decode(path, read_bytes(path, stdin)))
        except RunError as problem:
            wrong.extend(problem.diagnostics)
    if wrong:
        raise RunError(*wrong)
    done = tuple(_formatted(name, text) for (_, name), text in zip(listed, texts, strict=True))
    if write:
        for (path, _), one in zip(listed, done, strict=True):
            if one.changed and one.text is not None and path != STDIN:
                rewrite(Path(path), one.text)
    return done


def _formatted(name: str, text: str) -> Formatted:
    if name.endswith(".toml"):
        return Formatted(name, text, text, (messages.toml_not_formatted(name),))
    from audql.syntax.parser import parse_script
    from audql.syntax.printer import format_script

    findings = Findings()
    tree = parse_script(Source(text, name), findings)
    if findings.failed:
        return Formatted(name, text, None, in_order(findings.found))
    made = format_script(tree)
    # A file keeps its line ends: one from Windows would otherwise change in every line.
    if "\r\n" in text:
        made = made.replace("\r\n", "\n").replace("\n", "\r\n")
    return Formatted(name, text, made, ())


def _compile(
    paths: Sequence[str],
    folder: Path,
    now: dt.datetime,
    day: dt.date | None,
    zone: str | None,
    plugins_dir: Path | None,
    stdin: Stdin,
) -> _Compiled:
    if not paths or (has_workspace(folder) and are_inside(folder, paths)):
        from audql.operations.surroundings import Surroundings

        if zone is not None:
            raise RunError(messages.zone_of_workspace())
        workspace = open_workspace(folder, plugins_dir)
        when = as_of(day or now, workspace.zone, now)
        around = Surroundings(workspace, when)
        scripts = workspace_scripts(workspace)
        asked = frozenset(Path(path).resolve().relative_to(workspace.root).as_posix() for path in paths)
        missing = asked - {source.name for source in scripts.sources} - set(scripts.unreadable)
        if not missing:
            program = scripts.compile(around.settings(counting=True))
            return _Compiled(scripts, program, around.schema, when, asked or None, around)
    scripts = bare_scripts(paths, stdin)
    asked = frozenset(source.name for source in scripts.sources)
    settings = bare_settings(plugins_dir)
    when = as_of(day or now, zone_of(zone), now)
    return _Compiled(scripts, scripts.compile(settings), settings.schema, when, asked)
