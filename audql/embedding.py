"""Queries in programs: compile a text once, ask it of records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TypeVar

from audql import ir
from audql.binding import AsOf, as_of, bind, zone_named
from audql.diagnostics import CompileError, Diagnostic, Findings, in_order
from audql.engines.interpreter import plan
from audql.engines.people import People
from audql.semantics.resolving import context, resolve
from audql.source import Source
from audql.syntax import ast
from audql.syntax.parser import parse_query
from audql.syntax.printer import format_query
from audql.types import Schema
from audql.vocabulary import FUNCTIONS, PEOPLE

Record = TypeVar("Record")
When = dt.date | dt.datetime | None


def compile(text: str, *, schema: Schema = PEOPLE, zone: str = "UTC", name: str = "query") -> Query:
    """The query that the text says.

    `zone` is the IANA name of the zone in which days begin and naive times are. Raises `CompileError`, which has every
    mistake of the text, with its place and its cure.
    """
    findings = Findings()
    tree = parse_query(Source(text, name), findings)
    resolved = resolve(context(schema, FUNCTIONS, findings), tree)
    if findings.failed:
        raise CompileError(findings.found)
    return Query(tree, resolved, schema, zone_named(zone), in_order(findings.found))


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
        settled = self.settled(when)
        if people is not None:
            return plan(bind(self.ir, settled), self.schema, people)
        key = settled if self._needs_now else settled.day
        if self._bound is None or self._bound[0] != key:
            self._bound = (key, plan(bind(self.ir, settled), self.schema))
        return self._bound[1]

    def settled(self, when: When) -> AsOf:
        """The day and instant that `as_of` means."""
        clock = dt.datetime.now(dt.UTC)
        return as_of(clock if when is None else when, self.zone, clock)

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
