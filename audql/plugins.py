"""Plugins: values that add to the language, found among what is installed and in a folder of files.

A plugin adds fields, functions written in AudQL, kinds of learning, recipients, sources and targets. Here they are
found, imported and looked over; `audql.program.extending` adds them to a vocabulary and checks what they say.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from audql.calling import CrashError, answer_of
from audql.diagnostics import AudQLError, Diagnostic, Severity, in_order
from audql.functions import Atom, Condition, Function, Parameter, Reduction
from audql.syntax.words import RESERVED
from audql.text import nearest
from audql.types import Field, Many, One, RecordType, Scalar

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from audql.state.values import Effect

GROUP = "audql.plugins"
"""The group of entry points, each of which is named as its plugin."""

_PLUGIN_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*", re.ASCII)
_MOST_OF_A_NAME = 64


OWN_SOURCES, OWN_TARGET = ("csv", "jsonl", "parquet", "sql"), "file"
"""The names of those that ship; the first source is the usual one."""

BATCH = 10_000
"""How many effects a target gets at once that does not say so."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a workspace gives its sources, targets and recipients: its folder, and what `[sources.NAME]`,
    `[targets.NAME]` or `[recipients.NAME]` say."""

    folder: Path
    settings: Mapping[str, Any]


@runtime_checkable
class FeedSource(Protocol):
    """Where rows come from: `[feed] source = NAME`, or `source = NAME` beside the `file` of one element."""

    @property
    def name(self) -> str: ...

    def rows(self, element: str, file: str, setup: Setup) -> Iterable[Sequence[str | None]]:
        """The header and then the rows of an element (`people`); `file` is as `audql.toml` has it. What raises stops
        the sync, and nothing is taken."""
        ...


@runtime_checkable
class FeedTarget(Protocol):
    """A learning system that is told what changes: `[targets.NAME]`. If it has a number `batch`, one call gets so many
    effects at most."""

    @property
    def name(self) -> str: ...

    def deliver(self, effects: Sequence[Effect], setup: Setup) -> None:
        """Carries the effects out, in order, each once by its `key` however often it is told. When it raises, none of
        them count as told, and the next run tells them again."""
        ...


@runtime_checkable
class FoundRecipient(Protocol):
    """Someone whom `notify NAME` reaches, found for each person that the message is about."""

    @property
    def name(self) -> str: ...

    def find(self, people: Sequence[str], setup: Setup) -> Mapping[str, Iterable[str]]:
        """Of these people's ids, to whom the message goes: ids of people, or addresses. Asked once a run; what raises
        holds its messages, and the next run asks again."""
        ...


@dataclass(frozen=True, slots=True)
class Plugin:
    """What one package or file adds to AudQL.

    `name` is lower-case letters, digits, `-` and `_`. `fields` are added to record types by the names of these
    (`person`, `job`, `org`, `completion`, …), `records` are record types of its own.
    """

    name: str
    version: str = ""
    """Left out: that of the package which brings it."""
    fields: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    records: tuple[RecordType, ...] = ()
    functions: tuple[Function, ...] = ()
    kinds: tuple[str, ...] = ()
    """Kinds of learning: `enrol in workshop "…"`, `kind: "workshop"`."""
    recipients: tuple[FoundRecipient | str, ...] = ()
    """Whom `notify` can name. A mere name can be written, and checked, and reaches nobody."""
    sources: tuple[FeedSource, ...] = ()
    targets: tuple[FeedTarget, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


def name_of_recipient(recipient: FoundRecipient | str) -> str:
    """What `notify` calls it."""
    return recipient if isinstance(recipient, str) else recipient.name


class PluginError(AudQLError):
    """Plugins that cannot be used; `diagnostics` says of each what is wrong, and who brought it."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        from audql.rendering import render

        return render(self.diagnostics)


def problem(code: str, message: str, hint: str = "", cause: Diagnostic | None = None) -> Diagnostic:
    """One thing that is wrong with a plugin; at the place of its cause, where that has one."""
    span, label = (cause.span, cause.label) if cause is not None else (None, "")
    return Diagnostic(code, Severity.ERROR, printable(message), span, label, hint)


def crashed(code: str, what: str, crash: CrashError, hint: str) -> Diagnostic:
    """What a plugin raised, of whose words a log has none."""
    told = problem(code, f"{what}: {crash.why}", hint)
    return replace(told, in_a_log=printable(f"{what}: {crash.kind}; {hint}"))


def printable(text: str, most: int = 300) -> str:
    """What came from outside, in one line that drives nobody's terminal."""
    shown = "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
    return shown if len(shown) <= most else shown[:most] + "…"


# --- finding ----------------------------------------------------------------------------------------------------------


def find_plugins(
    names: Collection[str] | None = None,
    directory: Path | str | None = None,
    all_of: Path | str | None = None,
) -> tuple[Plugin, ...]:
    """The plugins that are installed, and those of the `.py` files in `directory`, by name; only the `names`, if given.
    Of the files in the folder `all_of` each is one, named or not.

    Nothing else is imported than what has one of the names. Raises `PluginError` for all that is wrong with them.
    """
    found: list[tuple[Plugin, str]] = []
    problems: list[Diagnostic] = []
    known: list[str] = []
    wanted = None if names is None else {_plain(name) for name in names}
    given = [*_in_directory(all_of, problems)]
    if all_of is not None and directory is not None and Path(all_of).resolve() == Path(directory).resolve():
        directory = None
    for at, (name, brought_by, load) in enumerate((*given, *_installed(), *_in_directory(directory, problems))):
        known.append(name)
        if at < len(given) or wanted is None or _plain(name) in wanted:
            try:
                found.append((_looked_over(load(), name, brought_by), brought_by))
            except PluginError as wrong:
                problems += wrong.diagnostics
    for missing in sorted(name for name in names or () if _plain(name) not in map(_plain, known)):
        near = nearest(missing, known)
        hint = f"did you mean `{printable(near)}`?" if near else f"there are: {printable(', '.join(known)) or 'none'}"
        if not near and directory is None:
            hint += "; `plugins_dir` names a folder of plugins that are files"
        problems.append(problem("AQ402", f"no plugin `{missing}` is installed", hint))
    problems += _twice(found)
    if problems:
        raise PluginError(problems)
    return tuple(sorted((plugin for plugin, _ in found), key=lambda p: p.name))


def _plain(name: str) -> str:
    """`-` and `_` are one: a file's name has no `-`."""
    return name.replace("-", "_")


def _installed() -> Iterator[tuple[str, str, Callable[[], object]]]:
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=GROUP), key=lambda p: (p.name, p.value)):
        brought_by = f"package {point.dist.name} {point.dist.version}" if point.dist else point.value
        yield point.name, printable(brought_by), partial(_load_installed, point, brought_by)


def _load_installed(point: EntryPoint, brought_by: str) -> object:
    loaded = _without_a_crash(point.load, point.name, brought_by)
    if isinstance(loaded, Plugin) and not loaded.version and point.dist:
        return replace(loaded, version=point.dist.version)
    return loaded


def _in_directory(
    directory: Path | str | None, problems: list[Diagnostic]
) -> Iterator[tuple[str, str, Callable[[], object]]]:
    if directory is None:
        return
    try:
        files = sorted(p for p in Path(directory).iterdir() if p.suffix == ".py" and not p.name.startswith(("_", ".")))
    except OSError as unreadable:
        message = f"the plugins of `{directory}` cannot be read: {unreadable.strerror or unreadable}"
        problems.append(problem("AQ408", message, "`--plugins-dir` names a folder of `.py` files"))
        return
    for path in files:
        brought_by = f"file {printable(str(path))}"
        yield path.stem, brought_by, partial(_load_file, path, brought_by)


def _load_file(path: Path, brought_by: str) -> object:
    # Not by the import system's own loader, which would write its cache beside the file.
    name = f"audql_plugins_dir.{path.stem}"
    module = ModuleType(name)
    module.__file__ = str(path)

    def load() -> object:
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        sys.modules[name] = module  # where dataclasses and pickle look
        exec(code, module.__dict__)
        return module.__dict__.get("plugin")

    return _without_a_crash(load, path.stem, brought_by)


def _without_a_crash(load: Callable[[], object], name: str, brought_by: str) -> object:
    try:
        return answer_of(load)
    except CrashError as crash:
        what = f"plugin `{printable(name)}` cannot be loaded"
        hint = f"brought by {brought_by}; {_where(crash.__cause__)}"
        raise PluginError([crashed("AQ401", what, crash, hint)]) from crash.__cause__


def _where(crash: BaseException | None) -> str:
    at = crash.__traceback__ if crash is not None else None
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    if isinstance(crash, SyntaxError) and crash.filename:
        return f"in line {crash.lineno} of {printable(crash.filename)}"
    return f"in line {at.tb_lineno} of {printable(at.tb_frame.f_code.co_filename)}" if at is not None else "at once"


# --- looking over -----------------------------------------------------------------------------------------------------


def _twice(found: Iterable[tuple[Plugin, str]]) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for plugin, brought_by in found:
        known = first.setdefault(_plain(plugin.name), brought_by)
        if known is not brought_by:
            message = f"there are two plugins `{plugin.name}`: of {known}, and of {brought_by}"
            yield problem("AQ404", message, "remove one of them, or name one's plugin otherwise")


def _looked_over(loaded: object, name: str, brought_by: str) -> Plugin:
    """The plugin, being one in all its parts: what comes from outside may be anything."""
    if not isinstance(loaded, Plugin):
        what = "no `plugin`" if loaded is None else f"a {type(loaded).__name__}"
        hint = f"brought by {brought_by}; `plugin = audql.Plugin(…)` is expected"
        raise PluginError([problem("AQ403", f"`{printable(name)}` brings {what}, not a plugin", hint)])
    hint = f"brought by {brought_by}"
    wrong = [*misshapen(loaded, name, hint)]
    if not wrong and _plain(loaded.name) != _plain(name):
        message = f"its name is `{loaded.name}`, and that of its entry point or file is `{name}`"
        wrong.append(problem("AQ403", f"plugin `{printable(name)}`: {message}", hint))
    if wrong:
        raise PluginError(wrong)
    return loaded


def misshapen(plugin: Plugin, name: str = "", hint: str = "") -> Iterator[Diagnostic]:
    """What of a plugin is none of what a plugin has there; `name` is what whoever brings it calls it."""
    called = printable(name or str(plugin.name))
    yield from (problem("AQ403", f"plugin `{called}`: {what}", hint) for what in _misshapen(plugin))


def _misshapen(plugin: Plugin) -> Iterator[str]:
    if not is_name(plugin.name, _PLUGIN_NAME):
        yield f"its name is {printable(repr(plugin.name), 80)}, which is not lower-case letters, digits, `-` and `_`"
    if not isinstance(plugin.version, str) or len(plugin.version) > _MOST_OF_A_NAME:
        yield "its `version` is no short text"
    parts: tuple[tuple[str, object, type[Any] | tuple[type[Any], ...]], ...] = (
        ("records", plugin.records, RecordType),
        ("functions", plugin.functions, Function),
        ("kinds", plugin.kinds, str),
        ("recipients", plugin.recipients, (FoundRecipient, str)),
        ("sources", plugin.sources, FeedSource),
        ("targets", plugin.targets, FeedTarget),
    )
    for part, value, kind in parts:
        if not isinstance(value, tuple) or not all(isinstance(v, kind) for v in value):
            named = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
            yield f"its `{part}` are no tuple of {named}"
        else:
            for each in value:
                called = each if isinstance(each, str) else each.name
                if not is_name(called) or str(called).lower() in RESERVED:
                    yield f"{printable(repr(called), 80)} among its `{part}` is no name that a query can write"
                batch: object = getattr(each, "batch", BATCH) if isinstance(each, FeedTarget) else BATCH
                if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
                    yield f"`batch` of its target `{printable(str(called), 80)}` is no number from 1 on"
    yield from _misshapen_functions(plugin)
    yield from _misshapen_fields(plugin)


def _misshapen_functions(plugin: Plugin) -> Iterator[str]:
    functions = plugin.functions if isinstance(plugin.functions, tuple) else ()
    for function in functions:
        if isinstance(function, Function):
            what = f"its function `{printable(str(function.name), 80)}`"
            parameters: object = function.parameters
            if not isinstance(parameters, tuple) or not all(isinstance(p, Parameter) for p in parameters):
                yield f"the parameters of {what} are no tuple of Parameter"
            if not isinstance(function.meaning, Condition | Reduction | Atom):
                yield f"the meaning of {what} is no Condition or Reduction"
            if not isinstance(function.example, str):
                yield f"the example of {what} is no text"


def _misshapen_fields(plugin: Plugin) -> Iterator[str]:
    added: object = plugin.fields
    if not isinstance(added, Mapping) or not all(isinstance(record, str) for record in added):
        yield "its `fields` are no mapping of the names of record types"
        return
    records = plugin.records if isinstance(plugin.records, tuple) else ()
    own = [(r.name, r.fields) for r in records if isinstance(r, RecordType)]
    for record, fields in (*added.items(), *own):
        if not isinstance(fields, tuple) or not all(isinstance(f, Field) for f in fields):
            yield f"its fields of `{printable(record, 80)}` are no tuple of Field"
            continue
        for each in fields:
            for called in (each.name, *(each.also if isinstance(each.also, tuple) else (each.also,))):
                if not is_name(called):
                    yield f"{printable(repr(called), 80)} among its fields is no name that a query can write"
            if each.name in _TAKEN:
                yield f"`{each.name}` among its fields is a name that tables of snapshots need themselves"
            if not isinstance(each.type, Scalar | One | Many):
                yield f"the type of its field `{printable(str(each.name), 80)}` is no Scalar, One or Many"


_TAKEN = ("row", "file_row_number")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def is_name(text: object, pattern: re.Pattern[str] = _NAME) -> bool:
    """Whether it is a name that can be written, of no unheard-of length."""
    return isinstance(text, str) and len(text) <= _MOST_OF_A_NAME and pattern.fullmatch(text) is not None
