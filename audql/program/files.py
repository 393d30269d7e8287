"""Script files → parsed files, with what each one imports and defines."""

import posixpath
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from audql.diagnostics import Diagnostic, Findings
from audql.functions import Function
from audql.program import messages
from audql.semantics.context import Definition, Names
from audql.source import Source
from audql.syntax import ast, scripts
from audql.syntax.parser import parse_script
from audql.types import Schema

Reader = Callable[[str], str | None]
"""The text of a file of the workspace by its posix path, or None where there is none."""


@dataclass(slots=True)
class File:
    """A parsed script. `broken`: it did not parse whole, or something that it imports is not there or is broken."""

    name: str
    script: scripts.Script
    findings: Findings
    text: str
    names: Names = field(default_factory=Names)
    imports: list[tuple[str, scripts.Import]] = field(default_factory=list)
    broken: bool = False


def parse_files(sources: Iterable[Source], read: Reader) -> dict[str, File]:
    """The files and all that they import, by name, each parsed once."""
    files: dict[str, File] = {}
    waiting = list(sources)
    while waiting:
        source = waiting.pop(0)
        if source.name in files:
            continue
        findings = Findings()
        file = File(source.name, parse_script(_script(source, findings), findings), findings, source.text)
        file.broken = findings.failed
        files[source.name] = file
        for item in file.script.items:
            if isinstance(item, scripts.Import):
                imported = _imported(file, item, read, files)
                if imported is not None:
                    waiting.append(imported)
    cycles: dict[frozenset[str], Diagnostic] = {}
    for file in files.values():
        _refuse_cycle(file, files, cycles)
    _spread_breakage(files)
    return files


def _script(source: Source, findings: Findings) -> Source:
    if not source.name.endswith(".toml"):
        return source
    from audql.program.toml import script_of  # pydantic is heavy, and few scripts are TOML

    return script_of(source, findings)


def _imported(file: File, item: scripts.Import, read: Reader, files: dict[str, File]) -> Source | None:
    written = item.path.value
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file.name), written))
    if path.startswith(("../", "/")) or path == ".." or "\\" in written or "\0" in written or ":" in written:
        file.findings.add(messages.import_outside(written, item.path.span))
    elif (text := files[path].text if path in files else read(path)) is None:
        file.findings.add(
            messages.import_missing(written, item.path.span, [name for name in files if name != file.name])
        )
    else:
        file.imports.append((path, item))
        return Source(text, path)
    file.broken = True
    return None


def _refuse_cycle(file: File, files: dict[str, File], cycles: dict[frozenset[str], Diagnostic]) -> None:
    """Report an import that leads back to its own file: one problem, of each file of the cycle."""
    for first, item in file.imports:
        came_from: dict[str, str] = {}
        waiting = [first]
        while waiting:
            here = waiting.pop()
            for path, _ in files[here].imports if here in files else ():
                if path not in came_from:
                    came_from[path] = here
                    waiting.append(path)
        if first == file.name or file.name in came_from:
            way = [file.name]
            while way[-1] != first:
                way.append(came_from[way[-1]])
            cycle = messages.import_cycle([file.name, *reversed(way)], item.span)
            file.findings.add(cycles.setdefault(frozenset(way), cycle))
            file.broken = True


def _spread_breakage(files: dict[str, File]) -> None:
    """A file that imports a broken one is broken."""
    changed = True
    while changed:
        changed = False
        for file in files.values():
            for path, item in file.imports:
                if files[path].broken and not file.broken:
                    file.findings.add(messages.import_broken(item.path.value, item.path.span))
                    file.broken = changed = True


def define_names(files: dict[str, File], schema: Schema, functions: Sequence[Function]) -> None:
    """Give each file the lets and defines that it sees: its own and those of what it imports, directly or not."""
    own = {name: _own_definitions(file, schema, functions) for name, file in files.items()}
    for file in files.values():
        seen: set[str] = set()
        waiting = [file.name]
        while waiting:
            path = waiting.pop(0)
            if path in seen:
                continue
            seen.add(path)
            for definition in own[path]:
                first = file.names.definitions.setdefault(definition.name, definition)
                if first is not definition:
                    file.findings.add(messages.definition_twice(first.name, first.span, definition.span))
            waiting.extend(imported for imported, _ in files[path].imports)


def _own_definitions(file: File, schema: Schema, functions: Sequence[Function]) -> list[Definition]:
    found: dict[str, Definition] = {}
    for item in file.script.items:
        if not isinstance(item, scripts.Let | scripts.Define):
            continue
        name = item.name.text
        parameters = item.parameters if isinstance(item, scripts.Define) else ()
        mistake = _mistake(item.name, parameters, schema, functions)
        if name in found:
            mistake = messages.definition_twice(name, item.name.span, found[name].span)
        if mistake is not None:
            file.findings.add(mistake)
        texts = tuple(dict.fromkeys(p.text for p in parameters))
        found.setdefault(name, Definition(name, texts, item.query, file.names, item.name.span, mistake))
    return list(found.values())


def _mistake(
    name: ast.Name, parameters: Sequence[ast.Name], schema: Schema, functions: Sequence[Function]
) -> Diagnostic | None:
    """What keeps a definition from being one."""
    if schema.person.field(name.text) is not None or name.text == "person":
        return messages.definition_hides(name.text, "a field", name.span)
    if any(function.name == name.text for function in functions):
        return messages.definition_hides(name.text, "a function", name.span)
    twice = next((p for i, p in enumerate(parameters) if p.text in {q.text for q in parameters[:i]}), None)
    return messages.parameter_twice(twice.text, twice.span) if twice is not None else None
