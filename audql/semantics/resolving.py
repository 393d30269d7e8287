"""The one entry for a query: AST → IR in a context."""

from collections.abc import Iterable

from audql import ir
from audql.diagnostics import Findings
from audql.functions import Function
from audql.semantics.conditions import condition
from audql.semantics.context import NOTHING_KNOWN, Catalogue, Context, Names, PeopleAtHand, outermost
from audql.syntax import ast
from audql.types import Schema


def context(
    schema: Schema,
    functions: Iterable[Function],
    findings: Findings,
    catalogue: Catalogue = NOTHING_KNOWN,
    people: PeopleAtHand | None = None,
) -> Context:
    """What a compilation knows. Raises `ValueError` for two functions of one name, which is a plugin's mistake."""
    by_name: dict[str, Function] = {}
    for function in functions:
        if by_name.setdefault(function.name, function) is not function:
            raise ValueError(f"two functions are called {function.name!r}")
    return Context(schema, by_name, findings, condition, catalogue, people)


def resolve(ctx: Context, query: ast.Query, names: Names | None = None) -> ir.Query:
    """A whole query about one person. With mistakes, they are among the findings and the result means nothing."""
    ctx.size = 0
    return condition(ctx, outermost(ctx.schema, names), query)
