"""The scripts of a workspace → a program: files, names, audiences, and their order."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

import audql
from audql import ir
from audql.diagnostics import Diagnostic, Findings, in_order
from audql.functions import Function
from audql.program import POPULATION, Audience, Frozen, Program, Retirement, messages
from audql.program.audiences import RECIPIENTS, Surroundings, audience
from audql.program.files import File, Reader, define_names, parse_files
from audql.program.records import mistakes
from audql.semantics.context import (
    EXPANSION_FOR_EACH_CHARACTER,
    EXPANSION_LIMIT,
    NOTHING_KNOWN,
    Catalogue,
    Context,
    Expansions,
    PeopleAtHand,
)
from audql.semantics.expanding import check
from audql.semantics.resolving import context, resolve
from audql.source import Source
from audql.syntax import ast, scripts
from audql.syntax.parser import parse_query
from audql.text import fold
from audql.types import Schema, Thing
from audql.vocabulary import FUNCTIONS, KINDS, PEOPLE


@dataclass(frozen=True, slots=True)
class Settings:
    """What scripts are compiled against."""

    schema: Schema = PEOPLE
    functions: Sequence[Function] = FUNCTIONS
    kinds: Sequence[str] = KINDS
    recipients: Sequence[str] = RECIPIENTS
    catalogue: Catalogue = NOTHING_KNOWN
    population: str = "true"
    people: PeopleAtHand | None = None
    whole: bool = False
    """The scripts are all there are, so that an audience that none of them has does not exist."""
    templates: Sequence[str] | None = None
    """Of mails, that a `notify` can name; None where none are sent."""
    versions: str = ""
    """Names the versions of the plugins at hand, for the digest."""


def no_files(path: str) -> str | None:
    """The reader of scripts that are not in any folder."""
    return None


def compile_program(sources: Iterable[Source], settings: Settings = Settings(), read: Reader = no_files) -> Program:
    """Compile scripts together. Never raises for what they say: the program tells what of them stays as it was."""
    files = parse_files(sources, read)
    define_names(files, settings.schema, settings.functions)
    written = _written_audiences(files)
    settings = replace(settings, catalogue=_with_audiences(settings, files))
    population = Findings()
    everyone = _population(settings, population)
    around = Surroundings(settings.kinds, settings.recipients, everyone, read, settings.templates)
    expansions = _expansions(files)
    found: list[Diagnostic] = [*population.found]
    audiences: dict[str, Audience] = {}
    frozen: dict[str, Frozen] = {}
    for file in files.values():
        found += file.findings.found
        found += _check_definitions(settings, expansions, file)
    for key, (file, node) in written.items():
        ctx = _context(settings, expansions)
        compiled = audience(ctx, around, file, node)
        found += ctx.findings.found
        if file.broken or population.failed:
            frozen[key] = _frozen(node.name.value, *file.findings.found, *population.found)
        elif compiled is None:
            frozen[key] = _frozen(node.name.value, *ctx.findings.found)
        else:
            audiences[key] = compiled
    for key, problem in _twice(files, written):
        found.append(problem)
        frozen[key] = _frozen(written[key][1].name.value, problem)
        audiences.pop(key, None)
    ordered, cycles = _ordered(audiences)
    for way in cycles:
        first = audiences[way[0]]
        problem = messages.audience_cycle([audiences[key].name for key in way], first.span)
        found.append(problem)
        for key in way:
            frozen[key] = _frozen(audiences[key].name, problem)
    retirements = _retirements(files, written, found)
    tests = _tests(settings.schema, files, written, found)
    found += _was(written)
    return Program(
        audiences=ordered,
        retirements=retirements,
        frozen=tuple(frozen.values()),
        broken_files=tuple(file.name for file in files.values() if file.broken),
        tests=tests,
        diagnostics=in_order(found),
        digest=_digest(files, settings),
    )


def _context(settings: Settings, expansions: Expansions) -> Context:
    """A context of its own for each definition and audience, since what is wrong with one freezes no other."""
    ctx = context(settings.schema, settings.functions, Findings(), settings.catalogue, settings.people)
    ctx.expansions = expansions
    return ctx


def _expansions(files: Mapping[str, File]) -> Expansions:
    written = sum(len(file.text) for file in files.values())
    return Expansions(EXPANSION_LIMIT + EXPANSION_FOR_EACH_CHARACTER * written)


def _frozen(name: str, *found: Diagnostic) -> Frozen:
    first = next((d for d in in_order(found) if d.is_error), None)
    return Frozen(name, f"{first.code}: {first.message}", first.span) if first else Frozen(name, "")


def _items(files: Mapping[str, File]) -> Iterable[tuple[File, scripts.Item]]:
    return ((file, item) for file in files.values() for item in file.script.items)


def _written_audiences(files: Mapping[str, File]) -> dict[str, tuple[File, scripts.Audience]]:
    """The audiences by folded name; the first of two."""
    written: dict[str, tuple[File, scripts.Audience]] = {}
    for file, item in _items(files):
        if isinstance(item, scripts.Audience):
            written.setdefault(fold(item.name.value), (file, item))
    return written


def _with_audiences(settings: Settings, files: Mapping[str, File]) -> Catalogue:
    names = {fold(i.name.value): i.name.value for _, i in _items(files) if isinstance(i, scripts.Audience)}
    things = [Thing(name, name) for name in names.values()]
    known = settings.catalogue
    partly = known.partly if settings.whole else known.partly | {"audience"}
    return Catalogue({**known.things, "audience": things}, known.strict, partly)


def _population(settings: Settings, findings: Findings) -> ir.Query:
    source = Source(settings.population, POPULATION)
    tree = parse_query(source, findings)
    return resolve(context(settings.schema, settings.functions, findings, settings.catalogue), tree)


def _check_definitions(settings: Settings, expansions: Expansions, file: File) -> list[Diagnostic]:
    """What is wrong with a `let` or `define` by itself, used or not."""
    found: list[Diagnostic] = []
    for definition in file.names.definitions.values():
        if definition.file is file.names:
            ctx = _context(settings, expansions)
            check(ctx, definition)
            found += ctx.findings.found
    return found


def _twice(
    files: Mapping[str, File], written: Mapping[str, tuple[File, scripts.Audience]]
) -> Iterable[tuple[str, Diagnostic]]:
    """Audiences that another one has the name of: which of them is meant is open, so neither runs."""
    for _, item in _items(files):
        if isinstance(item, scripts.Audience):
            key = fold(item.name.value)
            first = written[key][1]
            if first is not item:
                yield key, messages.audience_twice(item.name.value, item.name.span, first.name.span)


def _ordered(audiences: Mapping[str, Audience]) -> tuple[tuple[Audience, ...], list[list[str]]]:
    """The audiences, each after those that it needs, and the cycles, whose audiences are left out."""
    graph = {key: [need for need in a.needs if need in audiences] for key, a in audiences.items()}
    cycles: list[list[str]] = []
    while True:
        try:
            order = tuple(TopologicalSorter(graph).static_order())
            return tuple(audiences[key] for key in order), cycles
        except CycleError as cycle:
            way = list(reversed(cycle.args[1]))
            cycles.append(way)
            for key in set(way):
                graph.pop(key, None)
            graph = {key: [need for need in needs if need in graph] for key, needs in graph.items()}


def _retirements(
    files: Mapping[str, File], written: Mapping[str, tuple[File, scripts.Audience]], found: list[Diagnostic]
) -> tuple[Retirement, ...]:
    retirements: dict[str, Retirement] = {}
    for _, item in _items(files):
        if isinstance(item, scripts.Retire):
            key = fold(item.name.value)
            if key in written:
                found.append(messages.retired_and_defined(item.name.value, item.name.span, written[key][1].name.span))
            elif key in retirements:
                found.append(messages.retired_twice(item.name.value, item.span, retirements[key].span))
            else:
                retirements[key] = Retirement(item.name.value, item.action, item.span)
    return tuple(retirements.values())


def _was(written: Mapping[str, tuple[File, scripts.Audience]]) -> Iterable[Diagnostic]:
    """Former names that are still in use, or that two audiences lay claim to."""
    claimed: dict[str, ast.Text] = {}
    for _, node in written.values():
        for old in node.was:
            key = fold(old.value)
            if key in written:
                yield messages.was_still_there(old.value, old.span, written[key][1].name.span)
            elif key in claimed:
                yield messages.was_twice(old.value, old.span, claimed[key].span)
            claimed.setdefault(key, old)


def _tests(
    schema: Schema,
    files: Mapping[str, File],
    written: Mapping[str, tuple[File, scripts.Audience]],
    found: list[Diagnostic],
) -> tuple[scripts.Test, ...]:
    tests = []
    names = [node.name.value for _, node in written.values()]
    for _, item in _items(files):
        if isinstance(item, scripts.Test):
            if fold(item.audience.value) in written:
                tests.append(item)
                if not any(isinstance(step, scripts.Expect | ast.Broken) for step in item.steps):
                    found.append(messages.test_of_no_one(item.audience.span))
                for step in item.steps:
                    if not isinstance(step, ast.Broken):
                        found.extend(mistakes(schema, step.record))
            else:
                found.append(messages.test_of_nothing(item.audience.value, item.audience.span, names))
    return tuple(tests)


def _digest(files: Mapping[str, File], settings: Settings) -> str:
    parts = [audql.__version__, settings.versions, settings.population, repr(settings.schema)]
    for name in sorted(files):
        parts += [name, files[name].text]
    return hashlib.sha256(
        "\0".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogatepass")
    ).hexdigest()
