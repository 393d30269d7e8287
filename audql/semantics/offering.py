"""Which functions a schema has the fields for: those whose own text means something in it."""

from collections.abc import Iterator
from dataclasses import replace

from audql.diagnostics import Diagnostic, Findings
from audql.functions import Atom, Condition, Function, Reduction
from audql.semantics.context import Bound, Context, Item, Names, Omitted, Scope, Unknown
from audql.semantics.paths import OWN, own_query
from audql.source import Source, Span


def offered(ctx: Context) -> frozenset[str]:
    """The names of the functions that the schema has the fields for, with what a caller has to give."""
    if ctx.offered is None:
        ctx.offered = frozenset(
            name for name, function in ctx.functions.items() if not any(amiss(ctx, function, everything=False))
        )
    return ctx.offered


def amiss(ctx: Context, function: Function, *, everything: bool = True) -> Iterator[Diagnostic]:
    """What is wrong with a function's own text in the schema; `everything`: also where optional arguments are given."""
    parameters: dict[str, Bound | Unknown | Omitted] = {
        p.variable: Unknown() if p.required or p.default or everything else Omitted() for p in function.parameters
    }
    findings = Findings()
    inner = replace(ctx, findings=findings, count=None, size=0, offered=frozenset())
    scope = Scope((Item(0, ctx.schema.person),), 1, 0, Names(), parameters, at=Span(Source("", OWN), 0, 0))
    for text in texts(function):
        ctx.resolve(inner, scope, own_query(text))
    yield from (d for d in findings.found if d.is_error)


def texts(function: Function) -> Iterator[str]:
    """The queries that say what the function looks at; in AudQL, and parsed nowhere yet."""
    match function.meaning:
        case Condition(query):
            yield query
        case Reduction(_, source, where, value, by):
            yield f"any {source}"
            yield f"any {source} ({where})"
            for name in (value, by):
                if name:
                    yield f"any {source} ({name} is set)"
        case Atom():
            pass
