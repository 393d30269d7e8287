"""What scripts are compiled against, and plugins → the same with what these add, when all of it means something."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from audql.arguments import need_each, need_folder, need_several
from audql.calling import CrashError, answer_of
from audql.diagnostics import Diagnostic, Findings
from audql.functions import Condition, Function, Reduction
from audql.plugins import (
    OWN_SOURCES,
    OWN_TARGET,
    Plugin,
    PluginError,
    crashed,
    find_plugins,
    is_name,
    misshapen,
    name_of_recipient,
    printable,
    problem,
)
from audql.program.compiling import Settings
from audql.semantics.context import Context
from audql.semantics.offering import amiss, amiss_in_field
from audql.semantics.resolving import context, resolve
from audql.source import Source, Span
from audql.syntax import ast
from audql.syntax.parser import parse_query
from audql.text import fold, nearest
from audql.types import ANYTHING, Field, Many, One, RecordType, Schema
from audql.values import get

_OURS = "AudQL itself"


def load_plugins(
    names: Collection[str] | None = None,
    directory: Path | str | None = None,
    *,
    all_of: Path | str | None = None,
) -> tuple[Plugin, ...]:
    """The plugins that are installed (entry points of the group `audql.plugins`), and those of a folder of `.py` files.

    With `names`, those alone and the files of the folder `all_of`, and no other is imported. Each was added to the
    vocabulary to see that it can be. Raises `PluginError`, which says of each plugin that cannot be used what is wrong,
    and who brought it.
    """
    if names is not None:
        need_several("names", names, "the names of plugins")
        need_each("names", names, str, "the names of plugins")
    need_folder("directory", directory)
    need_folder("all_of", all_of)
    plugins = find_plugins(names, directory, all_of)
    with_plugins(Settings(), plugins)
    return plugins


def with_plugins(settings: Settings, plugins: Sequence[Plugin]) -> Settings:
    """What scripts are compiled against, with what the plugins add. Raises `PluginError`."""
    if not plugins:
        return settings
    need_each("plugins", plugins, Plugin, "audql.Plugin")
    problems = [*chain.from_iterable(map(misshapen, plugins))]
    if problems:
        raise PluginError(problems)
    problems = [*_clashes(settings, plugins), *_strays(settings, plugins)]
    if problems:
        raise PluginError(problems)
    kinds = (*settings.kinds, *chain.from_iterable(p.kinds for p in plugins))
    extended = replace(
        settings,
        schema=_schema(settings, plugins, kinds),
        functions=(*settings.functions, *chain.from_iterable(p.functions for p in plugins)),
        kinds=kinds,
        recipients=(*settings.recipients, *(name_of_recipient(r) for p in plugins for r in p.recipients)),
        versions="; ".join(filter(None, (settings.versions, *sorted(map(str, plugins))))),
    )
    problems = [found for plugin in plugins for found in _meaningless(extended, plugin)]
    if problems:
        raise PluginError(problems)
    return extended


# --- names ------------------------------------------------------------------------------------------------------------


def _clashes(settings: Settings, plugins: Sequence[Plugin]) -> Iterator[Diagnostic]:
    """What two bring under one name."""
    brought: dict[tuple[str, str], str] = {}
    for plugin, what, name in chain(_names_of_settings(settings), *map(_names_of_plugin, plugins)):
        first = brought.get((what, name))
        brought.setdefault((what, name), plugin)
        if first is not None and plugin is not _OURS:
            twice = f"twice by {plugin}" if first == plugin else f"by {first} and by {plugin}"
            yield problem("AQ405", f"the {what} `{name}` is brought {twice}", "rename one of them, or do without it")


def _names_of_settings(settings: Settings) -> Iterator[tuple[str, str, str]]:
    for record in settings.schema.records:
        yield _OURS, "record type", record.name
        for name in (*(f.name for f in record.fields), *(also for f in record.fields for also in f.also)):
            yield _OURS, f"field of {record.name}", name
    yield from ((_OURS, "function", function.name) for function in settings.functions)
    yield from ((_OURS, "kind of learning", fold(kind)) for kind in settings.kinds)
    yield from ((_OURS, "recipient", fold(recipient)) for recipient in settings.recipients)
    yield from ((_OURS, "source", source) for source in OWN_SOURCES)
    yield _OURS, "target", OWN_TARGET


def _names_of_plugin(plugin: Plugin) -> Iterator[tuple[str, str, str]]:
    who = f"plugin {plugin}"
    own = {record.name: record.fields for record in plugin.records}
    for name in own:
        yield who, "record type", name
    for record, fields in (*plugin.fields.items(), *own.items()):
        for field in fields:
            for called in (field.name, *field.also):
                yield who, f"field of {record}", called
    for function in plugin.functions:
        yield who, "function", function.name
    for kind in plugin.kinds:
        yield who, "kind of learning", fold(kind)
    for recipient in plugin.recipients:
        yield who, "recipient", fold(name_of_recipient(recipient))
    for source in plugin.sources:
        yield who, "source", source.name
    for target in plugin.targets:
        yield who, "target", target.name


def _strays(settings: Settings, plugins: Sequence[Plugin]) -> Iterator[Diagnostic]:
    """Fields for record types, and of record types, that are not there."""
    known = {r.name for r in settings.schema.records} | {r.name for p in plugins for r in p.records} | {ANYTHING.name}
    for plugin in plugins:
        for record, fields in (*plugin.fields.items(), *((r.name, r.fields) for r in plugin.records)):
            wanted = [record, *(f.type.record for f in fields if isinstance(f.type, One | Many))]
            for name in wanted:
                if name not in known:
                    near = nearest(name, sorted(known))
                    hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(sorted(known))}"
                    yield problem("AQ407", f"plugin `{plugin.name}` speaks of a record type `{printable(name)}`", hint)


# --- adding -----------------------------------------------------------------------------------------------------------


def _schema(settings: Settings, plugins: Sequence[Plugin], kinds: tuple[str, ...]) -> Schema:
    records = (*settings.schema.records, *chain.from_iterable(p.records for p in plugins))
    return replace(settings.schema, records=tuple(_record(settings, plugins, kinds, r) for r in records))


def _record(settings: Settings, plugins: Sequence[Plugin], kinds: tuple[str, ...], record: RecordType) -> RecordType:
    named = tuple(replace(f, values=kinds) if f.values == tuple(settings.kinds) else f for f in record.fields)
    added = (_guarded(plugin, f) for plugin in plugins for f in plugin.fields.get(record.name, ()))
    return replace(record, fields=(*named, *added))


def _guarded(plugin: Plugin, field: Field) -> Field:
    return field if field.read is None else replace(field, read=_Reader(field.read, plugin.name, field.name))


@dataclass(frozen=True, slots=True)
class _Reader:
    """A plugin's own reader of a field, for items that do not have it under its name: those of a feed whose column is
    the field do, and those of tests. When it raises, nobody is in or out for it: the question has no answer."""

    read: Callable[[object], object]
    plugin: str
    field: str

    def __call__(self, item: object) -> object:
        there = get(item, self.field)
        if there is not None:
            return there
        try:
            return answer_of(lambda: self.read(item))
        except CrashError as crash:
            what = f"plugin `{self.plugin}` cannot read its field `{self.field}`"
            hint = "a reader gives None for what it cannot read"
            raise PluginError([crashed("AQ409", what, crash, hint)]) from crash


# --- checking ---------------------------------------------------------------------------------------------------------


def _meaningless(settings: Settings, plugin: Plugin) -> Iterator[Diagnostic]:
    """What of the plugin does not compile with the rest."""
    ctx = context(settings.schema, settings.functions, Findings())
    for name, fields in (*plugin.fields.items(), *((r.name, r.fields) for r in plugin.records)):
        for field in fields:
            yield from _of_field(ctx, plugin, settings.schema.record(name), field)
    for function in plugin.functions:
        yield from _of_function(ctx, plugin, function)


def _of_field(ctx: Context, plugin: Plugin, record: RecordType, field: Field) -> Iterator[Diagnostic]:
    what = f"field {field.name}"
    if field.where:
        _, wrong = _parsed(field.where, plugin, what)
        if wrong:
            yield from wrong
            return
    try:
        found = [*amiss_in_field(ctx, record, field)]
    except LookupError as missing:
        yield problem("AQ406", f"plugin `{plugin.name}`: its {what} goes by {missing.args[0]}, which is not there")
        return
    yield from (_does_not_compile(plugin, what, d) for d in found[:1])


def _of_function(ctx: Context, plugin: Plugin, function: Function) -> Iterator[Diagnostic]:
    what = f"function {function.name}"
    wrong = [*_misspelt(plugin, function, what)]
    if not wrong:
        wrong = [_does_not_compile(plugin, what, d) for d in list(amiss(ctx, function))[:1]]
    if not wrong:
        example, wrong = _parsed(function.example, plugin, f"example of {function.name}")
        if not wrong:
            ctx.findings.found.clear()
            resolve(ctx, example)
            found = [d for d in ctx.findings.found if d.is_error]
            wrong = [_does_not_compile(plugin, f"example of {function.name}", d) for d in found[:1]]
    yield from wrong


def _misspelt(plugin: Plugin, function: Function, what: str) -> Iterator[Diagnostic]:
    """What is wrong with the texts of a function as such."""
    for parameter in function.parameters:
        if not is_name(parameter.name) or not is_name(parameter.variable):
            yield problem("AQ406", f"plugin `{plugin.name}`: a parameter of its {what} has no name that can be written")
        if parameter.default not in ("", "true", "false"):
            message = f"plugin `{plugin.name}`: the default of `{parameter.name}` in its {what} is not true or false"
            yield problem("AQ406", message)
    match function.meaning:
        case Condition(query):
            yield from _parsed(query, plugin, what)[1]
        case Reduction(kind, source, where, value, by):
            path, wrong = _parsed(source, plugin, what)
            yield from wrong
            yield from _parsed(where, plugin, what)[1]
            if not wrong and not isinstance(path, ast.Path):
                yield problem("AQ406", f"plugin `{plugin.name}`: the source of its {what} is no collection")
            if any(not is_name(name) for name in (value, by) if name) or bool(value) is (kind == "count"):
                yield problem("AQ406", f"plugin `{plugin.name}`: the value of its {what} is no field")
            if bool(by) is not (kind == "last"):
                yield problem("AQ406", f"plugin `{plugin.name}`: its {what} takes the last `by` a field, or none")
        case _:
            pass


def _parsed(text: str, plugin: Plugin, what: str) -> tuple[ast.Query, list[Diagnostic]]:
    findings = Findings()
    tree = parse_query(Source(text, _named(plugin, what)), findings)
    return tree, [_does_not_compile(plugin, what, d) for d in findings.found if d.is_error][:1]


def _does_not_compile(plugin: Plugin, what: str, cause: Diagnostic) -> Diagnostic:
    span = cause.span
    if span is not None:
        span = Span(Source(span.source.text, _named(plugin, what)), span.start, span.end) if span.source.text else None
    message = f"plugin `{plugin.name}`: its {what} does not compile: {cause.message}"
    return problem("AQ406", message, cause.hint, replace(cause, span=span))


def _named(plugin: Plugin, what: str) -> str:
    return f"plugin {plugin.name}, {what}"
