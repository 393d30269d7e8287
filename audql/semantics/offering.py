"""Which functions a schema has the fields for: those whose own text means something in it."""

from collections.abc import Iterator
from dataclasses import replace

from audql.diagnostics import Diagnostic, Findings
from audql.functions import Atom, Condition, Function, Reduction
from audql.semantics.context import Bound, Context, Expansions, Item, Names, Omitted, Scope, Unknown
from audql.semantics.paths import OWN, own_query
from audql.source import Source, Span
from audql.types import Field, RecordType, Scalar


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
    person = (Item(0, ctx.schema.person),)
    for text in texts(function):
        yield from _errors(ctx, text, Scope(person, 1, 0, Names(), parameters, at=_NOWHERE))


def amiss_in_field(ctx: Context, record: RecordType, field: Field) -> Iterator[Diagnostic]:
    """What is wrong with what a field of a record type is said to be. Raises `LookupError` for a record type or a field
    on its way that is not there."""
    items = (Item(0, record),) if record is ctx.schema.person else (Item(1, record), Item(0, ctx.schema.person))
    text = f"`{field.name}` is set" if isinstance(field.type, Scalar) else f"any `{field.name}`"
    yield from _errors(ctx, text, Scope(items, len(items), 0, Names(), at=_NOWHERE))


def _errors(ctx: Context, text: str, scope: Scope) -> Iterator[Diagnostic]:
    findings = Findings()
    inner = replace(ctx, findings=findings, people=None, expansions=Expansions(), size=0, depth=0, offered=frozenset())
    ctx.resolve(inner, scope, own_query(text))
    yield from (d for d in findings.found if d.is_error)


_NOWHERE = Span(Source("", OWN), 0, 0)


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
