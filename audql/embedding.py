"""Queries in programs: compile a text once, ask it of records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TypeVar, cast

from audql import ir
from audql.binding import AsOf, as_of, bind, zone_named
from audql.diagnostics import CompileError, Diagnostic, Findings, in_order
from audql.engines.evaluation import members
from audql.engines.interpreter import plan
from audql.engines.people import People
from audql.program import Program
from audql.program.compiling import Settings, compile_program, no_files
from audql.program.files import define_names, parse_files
from audql.semantics.resolving import context, resolve
from audql.source import Source
from audql.syntax import ast
from audql.syntax.parser import parse_query
from audql.syntax.printer import format_query
from audql.types import Schema
from audql.vocabulary import FUNCTIONS, PEOPLE

Record = TypeVar("Record")
When = dt.date | dt.datetime | None


def compile(text: str, *, lets: str = "", schema: Schema = PEOPLE, zone: str = "UTC", name: str = "query") -> Query:
    """The query that the text says.

    `lets` is a script of `let` and `define` items that the query may use. `zone` is the IANA name of the zone in which
    days begin and naive times are. Raises `CompileError`, which has every mistake of the text, with place and cure.
    """
    findings = Findings()
    tree = parse_query(Source(text, name), findings)
    names = None
    if lets:
        files = parse_files([Source(lets, "lets")], no_files)
        define_names(files, schema, FUNCTIONS)
        findings.found += files["lets"].findings.found
        names = files["lets"].names
    resolved = resolve(context(schema, FUNCTIONS, findings), tree, names)
    if findings.failed:
        raise CompileError(findings.found)
    return Query(tree, resolved, schema, zone_named(zone), in_order(findings.found))


def compile_script(text: str, *, schema: Schema = PEOPLE, zone: str = "UTC", name: str = "script") -> Script:
    """The audiences of a script that stands alone. Raises `CompileError` with every mistake of the text."""
    program = compile_program([Source(text, name)], Settings(schema=schema))
    if any(d.is_error for d in program.diagnostics):
        raise CompileError(program.diagnostics)
    return Script(program, schema, zone_named(zone))


class Script:
    """A compiled script."""

    def __init__(self, program: Program, schema: Schema, zone: dt.tzinfo) -> None:
        self.program = program
        self.schema = schema
        self.zone = zone

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings and hints."""
        return self.program.diagnostics

    def members(self, records: Iterable[Record], as_of: When = None) -> dict[str, list[Record]]:
        """The records in each audience, by its name; they know one another as managers and reports.

        Nobody was a member before, and whoever is in has been since the day asked of.
        """
        found = members(self.program, self.schema, list(records), _when(as_of, self.zone))
        return cast("dict[str, list[Record]]", found)


def _when(when: When, zone: dt.tzinfo) -> AsOf:
    clock = dt.datetime.now(dt.UTC)
    return as_of(clock if when is None else when, zone, clock)


class Query:
    """A compiled query. `str()` is its canonical text; two are equal when those are."""

    def __init__(
        self,
        tree: ast.Query,
        resolved: ir.Query,
        schema: Schema,
        zone: dt.tzinfo,
        diagnostics: tuple[Diagnostic, ...] = (),
    ) -> None:
        self.diagnostics = diagnostics
        """Warnings and hints."""
        self.ir = resolved
        self.schema = schema
        self.zone = zone
        self._tree = tree
        self._needs_now = any(isinstance(limit, ir.Moment) and "now" in repr(limit) for limit in _limits(resolved))
        self._bound: tuple[object, Callable[[object], bool]] | None = None

    def matches(self, record: object, as_of: When = None) -> bool:
        """Whether the record's person is meant, as of a day or instant; left out: now.

        A record is a mapping or any object with such attributes. Never raises for what a record holds.
        """
        return self._asked(as_of, None)(record)

    def select(
        self, records: Iterable[Record], as_of: When = None, *, people: Iterable[object] | None = None
    ) -> list[Record]:
        """Those records that match, in their order. They know one another, or `people`, as managers and reports."""
        listed = list(records)
        check = self._asked(as_of, People(self.schema, listed if people is None else people))
        return [record for record in listed if check(record)]

    def _asked(self, when: When, people: People | None) -> Callable[[object], bool]:
        settled = _when(when, self.zone)
        if people is not None:
            return plan(bind(self.ir, settled), self.schema, people)
        key = settled if self._needs_now else settled.day
        if self._bound is None or self._bound[0] != key:
            self._bound = (key, plan(bind(self.ir, settled), self.schema))
        return self._bound[1]

    def __str__(self) -> str:
        return format_query(self._tree)

    def __repr__(self) -> str:
        return f"audql.compile({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


def _limits(query: ir.Query) -> Iterable[ir.Limit | None]:
    for node in ir.walk(query):
        if isinstance(node, ir.Test) and isinstance(node.atom, ir.Range | ir.Anniversary):
            yield node.atom.low
            yield node.atom.high
