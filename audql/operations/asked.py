"""People whom queries are asked of, from a file or a workspace; and queries compiled against what is known there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from audql import ir
from audql.analysis.explaining import Explanation, explain
from audql.binding import AsOf, as_of
from audql.diagnostics import CompileError, Diagnostic, Findings, RunError, in_order
from audql.engines.population import Population
from audql.functions import Function
from audql.operations import messages
from audql.operations.absent import absent
from audql.operations.crowds import Crowd, Records, crowd_of
from audql.operations.people import PeopleFile, read_people
from audql.operations.scripts import (
    Scripts,
    bare_settings,
    has_workspace,
    open_workspace,
    workspace_scripts,
    zone_of,
)
from audql.operations.surroundings import Surroundings
from audql.program import Program
from audql.program.compiling import no_files
from audql.program.files import define_names, parse_files
from audql.semantics.context import Catalogue, Definition, Names
from audql.semantics.expanding import check
from audql.semantics.resolving import context, resolve
from audql.source import Source
from audql.syntax.parser import parse_query
from audql.syntax.scripts import Define, Let
from audql.types import Schema, Thing
from audql.values import text
from audql.vocabulary import FUNCTIONS

if TYPE_CHECKING:
    from audql.operations.audiences import Decided

_LETS = "lets"


@dataclass(slots=True)
class AtHand:
    """People that know one another, as of one day, and the names that queries about them can use."""

    people: Crowd
    when: AsOf
    schema: Schema
    catalogue: Catalogue
    functions: Sequence[Function] = FUNCTIONS
    file: PeopleFile | None = None
    program: Program | None = None
    decided: Callable[[], Decided] | None = None
    """Of a workspace: its audiences, and who is in them after the next run."""
    written: Mapping[str, Definition] = field(default_factory=dict)
    """The lets and defines of a workspace's scripts."""
    names: Names = field(default_factory=Names)
    _entered: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.people)

    def compile(self, query: str, name: str = "query") -> tuple[ir.Query, tuple[Diagnostic, ...]]:
        """The query and its warnings. Raises CompileError."""
        findings = Findings()
        tree = parse_query(Source(query, name), findings)
        ctx = context(self.schema, self.functions, findings, self.catalogue, self.people)
        resolved = resolve(ctx, tree, self.names)
        if findings.failed:
            raise CompileError(findings.found)
        return resolved, in_order(findings.found)

    def absent(self, query: ir.Query) -> tuple[Diagnostic, ...]:
        """What the query asks about and nobody in the file, or the feed, has."""
        gone = absent(query, self.people, self.schema)
        where = f"`{self.file.name}`" if self.file is not None else "the feed"
        return (messages.nobody_has(where, gone),) if gone else ()

    def explain(self, queries: Sequence[ir.Query], who: str) -> list[Explanation]:
        """Why each query means the person of that id, or not."""
        population = self.people.around(who, queries)
        person = next(each for each in population.persons if text(each["id"]) == who)
        return [explain(query, population, person) for query in queries]

    def person(self, name: str) -> str:
        """The id of whoever is called that, by id, username or email. Raises RunError."""
        found = id_of(self.catalogue, name)
        if found is None:
            everyone = self.catalogue.things.get("person", ())
            raise RunError(messages.no_person(name, [key for thing in everyone for key in _keys(thing)]))
        return found

    def define(self, script: str) -> tuple[Diagnostic, ...]:
        """Adds the lets and defines of a text; they stay, over earlier ones of their names. Raises CompileError."""
        alone = parse_files([Source(script, _LETS)], no_files)[_LETS]
        if alone.findings.failed:
            raise CompileError(alone.findings.found)
        new = {i.name.text: i.span.text for i in alone.script.items if isinstance(i, Let | Define)}
        entered = {name: item for name, item in self._entered.items() if name not in new} | new
        files = parse_files([Source("\n".join(entered.values()), _LETS)], no_files)
        define_names(files, self.schema, self.functions)
        findings, names = files[_LETS].findings, files[_LETS].names
        for name, definition in self.written.items():
            names.definitions.setdefault(name, definition)
        ctx = context(self.schema, self.functions, findings, self.catalogue, self.people)
        for name in new:
            check(ctx, names.definitions[name])
        if findings.failed:
            raise CompileError(findings.found)
        self.names, self._entered = names, entered
        return in_order(findings.found)


def at_hand(
    people: str | None,
    *,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    zone: str | None = None,
    plugins_dir: Path | None = None,
    stdin: Callable[[], bytes] | None = None,
) -> AtHand:
    """The people of the file, else those of the workspace's snapshot. Raises RunError where there are neither.

    Days begin in the workspace's zone, for a file in the one given, else in UTC.
    """
    if people is not None:
        settings = bare_settings(plugins_dir)
        read = read_people(people, stdin, settings.schema)
        when = as_of(day or now, zone_of(zone), now)
        records = Records(Population(read.schema, read.records, when))
        return AtHand(records, when, read.schema, read.catalogue, settings.functions, file=read)
    if zone is not None:
        raise RunError(messages.zone_of_workspace())
    if not has_workspace(folder):
        raise RunError(messages.nobody_at_hand(str(folder)))
    workspace = open_workspace(folder, plugins_dir)
    around = Surroundings(workspace, as_of(day or now, workspace.zone, now))
    return of_workspace(around, workspace_scripts(workspace))


def of_workspace(around: Surroundings, scripts: Scripts) -> AtHand:
    """Everyone in the workspace's snapshot, in its audiences as the next run would leave them."""
    from audql.operations.audiences import decided

    around.require_snapshot()
    files = parse_files(scripts.sources, scripts.read)
    define_names(files, around.schema, around.vocabulary.functions)
    written = {name: d for file in files.values() for name, d in file.names.definitions.items()}
    program = scripts.compile(around.settings(counting=False))
    names = [a.name for a in program.audiences] + [f.name for f in program.frozen]
    things = {**around.catalogue.things, "audience": [Thing(name, name) for name in names]}
    find = cache(lambda: decided(around, program))
    return AtHand(
        crowd_of(around, find),
        around.when,
        around.schema,
        Catalogue(things, partly=around.catalogue.partly),
        around.vocabulary.functions,
        program=program,
        decided=find,
        written=written,
        names=Names(dict(written)),
    )


def id_of(catalogue: Catalogue, name: str) -> str | None:
    """Who is called that, by id, username or email. Raises RunError where several are."""
    found = catalogue.find("person", name) if catalogue.knows("person") else ()
    if len(found) > 1:
        raise RunError(messages.several_people(name, [thing.id for thing in found]))
    return found[0].id if found else None


def _keys(thing: Thing) -> list[str]:
    return [key for key in (thing.id, thing.name, *thing.also) if key]
