"""What resolving needs to know and where it stands: the context of a compilation, and the scope of a place in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias, assert_never

from audql import ir
from audql.diagnostics import Diagnostic, Findings
from audql.functions import Function
from audql.source import Span
from audql.syntax import ast
from audql.text import fold
from audql.types import Field, RecordType, Schema, Thing, Things

EXPANSION_LIMIT = 100_000
EXPANSION_FOR_EACH_CHARACTER = 20
"""Of a text of many queries: what all of them together may come to beyond that."""
DEPTH_LIMIT = 1_000
"""Of conditions inside one another, after `let` and `define` are expanded; a text alone has at most 256."""


class Abandoned(Exception):  # noqa: N818  # no error: it never leaves this package
    """Raised where going on would only repeat or blow up; the diagnostic is already among the findings."""


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A `let` (no parameters) or a `define`; its body is resolved among the names of its own file.

    `mistake`: what keeps it from being a definition at all, whatever its body says.
    """

    name: str
    parameters: tuple[str, ...]
    query: ast.Query
    file: "Names"
    span: Span
    mistake: Diagnostic | None = None


@dataclass(slots=True, eq=False)
class Names:
    """The lets and defines that a file sees, by name."""

    definitions: dict[str, Definition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a definition comes to by itself: how many conditions, and how many of them inside one another."""

    query: ir.Query
    mistake: Diagnostic | None
    size: int = 0
    height: int = 0


@dataclass(slots=True)
class Expansions:
    """What the definitions of a text came to; shared by the contexts of all its queries, so that this is found once.

    `most` bounds `spent`, the work on all of them; `over` is the one problem of whatever comes after that.
    """

    most: int = EXPANSION_LIMIT
    spent: int = 0
    over: Diagnostic | None = None
    known: dict[Definition, Expansion] = field(default_factory=dict)
    lets: dict[tuple[Definition, int, int, Span | None], ir.Query] = field(default_factory=dict)
    """What a `let` means of the person of that number, in brackets so deep, inside that call of the vocabulary's."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The things that exist, by kind; a kind that is not there is not known.

    An unknown name is an error; a warning where the catalogue is not `strict`, or knows a kind only `partly`.
    """

    things: Mapping[str, Sequence[Thing]]
    strict: bool = True
    partly: frozenset[str] = frozenset()
    _index: dict[str, dict[str, list[Thing]]] = field(default_factory=dict, repr=False, compare=False)

    def knows(self, kind: str) -> bool:
        return kind in self.things

    def is_strict(self, kind: str) -> bool:
        return self.strict and kind not in self.partly

    def find(self, kind: str, name: str) -> Sequence[Thing]:
        """The things of that id, or else all of that name."""
        things = self.things[kind]
        if isinstance(things, Things):
            return things.find(fold(name))
        index = self._index.get(kind)
        if index is None:
            index = self._index[kind] = {}
            for thing in things:
                index.setdefault("id " + fold(thing.id), []).append(thing)
                for known in {fold(n) for n in (thing.name, *thing.also) if n}:
                    index.setdefault("name " + known, []).append(thing)
        folded = fold(name)
        return index.get("id " + folded) or index.get("name " + folded) or ()


NOTHING_KNOWN = Catalogue({})


class PeopleAtHand(Protocol):
    """Who is there when a query is compiled, so that warnings can say how many they are about."""

    def count(self, query: ir.Query) -> int:
        """How many match."""
        ...

    def values(self, query: ir.Query) -> Mapping[str, int]:
        """Each value at the place that the query, one test of a path, looks at, and how many people have it."""
        ...


@dataclass(slots=True)
class Context:
    """One compilation."""

    schema: Schema
    functions: Mapping[str, Function]
    findings: Findings
    resolve: Callable[["Context", "Scope", ast.Query], ir.Query]
    """Query → IR, for the filters that fields of the schema are made with."""
    catalogue: Catalogue = NOTHING_KNOWN
    people: "PeopleAtHand | None" = None
    expansions: Expansions = field(default_factory=Expansions)
    size: int = 0
    depth: int = 0
    deepest: int = 0
    exhausted: bool = False
    """A limit was met and reported; what is left is not looked at."""
    predicate: ast.Query | None = None
    """The innermost comparison being resolved, for messages that show it mended."""
    offered: frozenset[str] | None = None
    """The functions that the schema has the fields for; found out where a message needs it."""
    use: Span | None = None
    """Where the outermost of the open definitions is used."""
    open_definitions: list[Definition] = field(default_factory=list)
    relations: dict[Field, tuple[ir.Hop, ...]] = field(default_factory=dict)

    def report(self, diagnostic: Diagnostic) -> None:
        self.findings.add(diagnostic)


@dataclass(frozen=True, slots=True)
class Item:
    """An item whose fields a bare name can mean: its number in the environment, and what brackets it is of."""

    number: int
    record: RecordType
    collection: str = ""
    """The first name of the bracketed path, which is not to be repeated inside."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A parameter's argument and the scope that it was written in."""

    value: ast.Value
    scope: "Scope"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A parameter of a definition that is checked by itself: anything goes."""


@dataclass(frozen=True, slots=True)
class Omitted:
    """A parameter that the caller left out: what speaks of it is dropped."""


Parameters: TypeAlias = Mapping[str, Bound | Unknown | Omitted]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a query stands. `items` are in sight, the innermost first; `depth` is the number of the next one."""

    items: tuple[Item, ...]
    depth: int
    person: int
    """The number of the person whom `person.…` means."""
    names: Names
    parameters: Parameters = field(default_factory=dict)
    at: Span | None = None
    """Inside a function of the vocabulary: the call, which is where its conditions are for a reader."""
    known_set: frozenset[ast.Path | ast.Call] = frozenset()
    """What an `is set` beside says is there, so that no warning is due."""

    def span(self, node: ast.Query | ast.Value) -> Span:
        return self.at or node.span

    def deeper(self, depth: int) -> "Scope":
        return self if depth == self.depth else replace(self, depth=depth)

    @property
    def innermost_person(self) -> Item:
        """Whom a function, a `let` or a `define` is about."""
        root = self.items[-1].record.name
        return next(item for item in self.items if item.record.name == root)


def outermost(schema: Schema, names: Names | None = None) -> Scope:
    """The scope of a whole query: the person alone."""
    return Scope((Item(0, schema.person),), 1, 0, names or Names())


def argument_of(scope: Scope, value: ast.Value | ast.Name) -> tuple[ast.Value | ast.Name | Unknown | Omitted, Scope]:
    """What a parameter's name stands for, as written by the caller, and the scope that it was written in."""
    while True:
        match value:
            case ast.Path((ast.Name(text),)) | ast.Name(text) if text in scope.parameters:
                pass
            case _:
                return value, scope
        match scope.parameters[text]:
            case Bound(inner, outer):
                value, scope = inner, outer.deeper(scope.depth)
            case Unknown() | Omitted() as special:
                return special, scope
            case other:
                assert_never(other)
