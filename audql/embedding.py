"""Queries in programs: compile a text once, ask it of records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import time
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from audql import ir
from audql.arguments import need_collected, need_day, need_one, need_schema, need_several, need_text, need_zone
from audql.binding import AsOf, as_of, zone_named
from audql.diagnostics import CompileError, Diagnostic, Findings, in_order
from audql.engines.compiled_plans import NOTHING_KEPT, Plans
from audql.engines.people import People
from audql.engines.population import Population
from audql.functions import Function
from audql.semantics.resolving import context, resolve
from audql.source import Source
from audql.syntax import ast
from audql.syntax.parser import parse_query
from audql.types import Schema
from audql.vocabulary import FUNCTIONS, PEOPLE

if TYPE_CHECKING:
    from pydantic_core.core_schema import CoreSchema

    from audql.analysis.explaining import Explanation
    from audql.engines.data_frames import Table
    from audql.plugins import Plugin
    from audql.program import Program
    from audql.program.compiling import Settings
    from audql.semantics.context import Names

Record = TypeVar("Record")
Frame = TypeVar("Frame", bound="Table")
When = dt.date | dt.datetime | None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a query was compiled from; compiled again, it is the same query."""

    text: str
    lets: str = ""
    schema: Schema | None = None
    """None for that of people, which is at hand wherever this is unpickled."""
    zone: str = "UTC"
    name: str = "query"
    plugins: tuple[Plugin, ...] = ()

    def compiled(self) -> Query:
        """The query. Raises `CompileError`, `PluginError`, and `AudQLError` for a zone that is none."""
        zone = zone_named(self.zone)
        schema, functions = self._vocabulary()
        findings = Findings()
        tree = parse_query(Source(self.text, self.name), findings)
        names = self._names(schema, functions, findings) if self.lets else None
        resolved = resolve(context(schema, functions, findings), tree, names)
        if findings.failed:
            raise CompileError(findings.found)
        return Query(self, tree, resolved, schema, zone, in_order(findings.found))

    def _vocabulary(self) -> tuple[Schema, Sequence[Function]]:
        schema = self.schema or PEOPLE
        if not self.plugins:
            return schema, FUNCTIONS
        settings = _settings(schema, self.plugins)
        return settings.schema, settings.functions

    def _names(self, schema: Schema, functions: Sequence[Function], findings: Findings) -> Names:
        from audql.program.compiling import no_files  # what scripts need: most processes have queries alone
        from audql.program.files import define_names, parse_files

        files = parse_files([Source(self.lets, "lets")], no_files)
        define_names(files, schema, functions)
        findings.found += files["lets"].findings.found
        return files["lets"].names


def compile(
    text: str,
    *,
    lets: str = "",
    schema: Schema = PEOPLE,
    zone: str = "UTC",
    name: str = "query",
    plugins: Sequence[Plugin] = (),
) -> Query:
    """The query that the text says.

    `lets` is a script of `let` and `define` items that the query may use. `schema` says which fields there are: those
    of people and learning, a model's (`Schema.of`), or any (`OPEN`); `plugins` add to it. `zone` is the IANA name of
    the zone in which days begin and naive times are. `name` is what messages call the text. Raises `CompileError`,
    which has every mistake of the text with place and cure, `PluginError`, and `AudQLError` for a zone that is none.
    """
    need_text("text", text)
    need_text("lets", lets)
    _need_setting(schema, zone, plugins)
    need_text("name", name)
    return Origin(text, lets, None if schema is PEOPLE else schema, zone, name, tuple(plugins)).compiled()


def compile_script(
    text: str,
    *,
    schema: Schema = PEOPLE,
    zone: str = "UTC",
    name: str = "script",
    plugins: Sequence[Plugin] = (),
) -> Script:
    """The audiences of a script that stands alone. Raises `CompileError` with every mistake of the text."""
    from audql.program.compiling import compile_program

    need_text("text", text)
    _need_setting(schema, zone, plugins)
    need_text("name", name)
    settings = _settings(schema, plugins)
    program = compile_program([Source(text, name)], settings)
    if any(d.is_error for d in program.diagnostics):
        raise CompileError(program.diagnostics)
    return Script(program, settings.schema, zone_named(zone))


def _need_setting(schema: object, zone: object, plugins: object) -> None:
    need_schema("schema", schema)
    need_zone("zone", zone)
    need_several("plugins", plugins, "audql.Plugin")


def _settings(schema: Schema, plugins: Sequence[Plugin]) -> Settings:
    from audql.program.compiling import Settings

    if not plugins:
        return Settings(schema=schema)
    from audql.program.extending import with_plugins

    return with_plugins(Settings(schema=schema), plugins)


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
        from audql.engines.evaluation import members

        need_several("records", records, "records")
        found = members(self.program, self.schema, list(records), _when(as_of, self.zone))
        return cast("dict[str, list[Record]]", found)


def _is_table(given: object) -> bool:
    """One that has rows to choose from, of a library that is imported; a single column is no table."""
    kind = type(given)
    is_pandas = any(base.__module__.startswith("pandas.") for base in kind.__mro__)
    has_columns = hasattr(kind, "columns") or hasattr(kind, "column_names")
    return has_columns and (is_pandas or (hasattr(kind, "__arrow_c_stream__") and hasattr(kind, "filter")))


def _checked(when: When) -> When:
    need_day("as_of", when)
    return when


def _when(when: When, zone: dt.tzinfo) -> AsOf:
    _checked(when)
    clock = dt.datetime.now(dt.UTC)
    return as_of(clock if when is None else when, zone, clock)


class Query:
    """A compiled query; `compile` makes it.

    `str()` is its canonical text. Two are equal when those are, and what they were compiled with: lets, schema, zone
    and plugins. It never changes, so that threads can share it, and is pickled as what it was compiled from. A field of
    a pydantic model that has this type is read from text; see `InSchema` for other schemas than that of people.
    """

    def __init__(
        self,
        origin: Origin,
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
        self._origin = origin
        self._tree = tree
        self._plans = Plans(resolved, schema, zone)
        self._kept = NOTHING_KEPT

    def matches(self, record: object, as_of: When = None) -> bool:
        """Whether the record's person is meant, as of a day or instant; left out: now.

        A record is a mapping or any object with such attributes. Never raises for what a record holds.
        """
        when, since, until, check = self._kept
        if as_of is when and (since is None or since <= time() < until):
            return check(record)
        check, self._kept = self._plans.ask(_checked(as_of), dt.datetime.now(dt.UTC))
        return check(record)

    @overload
    def select(self, records: Frame, as_of: When = None) -> Frame: ...
    @overload
    def select(
        self, records: Iterable[Record], as_of: When = None, *, people: Iterable[object] | None = None
    ) -> list[Record]: ...
    def select(self, records: Any, as_of: When = None, *, people: Iterable[object] | None = None) -> Any:
        """Those records that match, in their order. They know one another, or `people`, as managers and reports.

        Of a table of pyarrow, polars or pandas: a table of the rows that match. Its columns are named as fields are,
        `hired`, `org.division`; others are under `custom`.
        """
        if isinstance(records, Mapping):
            raise TypeError("select takes several records; for one there is matches")
        if people is not None:
            need_several("people", people, "records")
        need_collected(records)
        if _is_table(records):
            return self._select_rows(records, _checked(as_of), people)
        need_several("records", records, "records")
        listed = list(records)
        known = People(self.schema, listed if people is None else people)
        check = self._plans.select(listed, _checked(as_of), dt.datetime.now(dt.UTC), known)
        return [record for record in listed if check(record)]

    def _select_rows(self, table: object, as_of: When, people: Iterable[object] | None) -> object:
        from audql.engines.columnar.turning import meets_others
        from audql.engines.data_frames import rows_of, selected

        if people is not None:
            raise TypeError("the rows of a table know one another, and no other people")
        alone = not meets_others(self.ir, self.schema.root)

        def ask(records: Sequence[object]) -> list[bool]:
            known = People(self.schema, () if alone else records)
            return [*map(self._plans.select(records, as_of, dt.datetime.now(dt.UTC), known), records)]

        return rows_of(table, selected(table, self.ir, self.schema, ask, one_by_one=alone))

    def explain(self, record: object, as_of: When = None, *, people: Iterable[object] = ()) -> Explanation:
        """Why the record's person is meant or not: each condition with yes or no, and the values that it looked at.

        `str()` of it reads as a tree. They know `people` as managers and reports, the record among these or not.
        """
        from audql.analysis.explaining import explain

        need_one("record", record, "record")
        need_several("people", people, "records")
        listed = list(people)
        if not any(other is record for other in listed):
            listed.append(record)
        population = Population(self.schema, listed, _when(as_of, self.zone))
        person = next(p for p in population.persons if p.record is record)
        return explain(self.ir, population, person)

    def __str__(self) -> str:
        from audql.syntax.printer import format_query

        return format_query(self._tree)

    def __repr__(self) -> str:
        return f"audql.compile({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Query):
            return NotImplemented
        mine, theirs = (replace(q._origin, text=str(q), name="") for q in (self, other))
        return mine == theirs

    def __hash__(self) -> int:
        return hash(str(self))

    def __copy__(self) -> Query:
        return self

    def __deepcopy__(self, memo: object) -> Query:
        return self

    def __reduce__(self) -> tuple[Callable[[Origin], Query], tuple[Origin]]:
        # A tree of 256 levels is more than pickle can take, and its form is no promise to keep.
        return Origin.compiled, (self._origin,)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> CoreSchema:
        return InSchema().__get_pydantic_core_schema__(source, handler)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        return InSchema().__get_pydantic_json_schema__(schema, handler)


@dataclass(frozen=True, slots=True)
class InSchema:
    """How a pydantic field's query is compiled: `Annotated[audql.Query, audql.InSchema(audql.Schema.of(Customer))]`."""

    schema: Schema = PEOPLE
    zone: str = "UTC"
    lets: str = ""
    plugins: tuple[Plugin, ...] = ()

    def __post_init__(self) -> None:
        _need_setting(self.schema, self.zone, self.plugins)
        need_text("lets", self.lets)

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        from audql.validation import core_schema_of

        return core_schema_of(self)

    def __get_pydantic_json_schema__(self, schema: object, handler: object) -> dict[str, object]:
        return {"type": "string", "description": "An AudQL query: which people are meant"}
