"""A path → where it leads: hops through collections, then steps of single references, then a type."""

from dataclasses import dataclass, replace
from functools import cache

from audql import ir
from audql.diagnostics import Findings
from audql.semantics import name_messages, warning_messages
from audql.semantics.context import Abandoned, Context, Item, Names, Scope
from audql.source import Source, Span
from audql.syntax import ast
from audql.syntax.parser import parse_query
from audql.types import ANYTHING, Field, FieldType, Many, One, RecordType, Scalar


@dataclass(frozen=True, slots=True)
class Reached:
    """The end of a path: `steps` from `item`, which is the last of the hops' items or, without hops, one in scope."""

    hops: tuple[ir.Way, ...]
    item: int
    steps: tuple[Field, ...]
    type: FieldType
    record: RecordType | None
    """Of what is reached, where that is no scalar."""
    path: ast.Path
    span: Span
    through: tuple[int, Field] | None = None
    """The first collection on the way, and of which item."""

    @property
    def last(self) -> Field | None:
        """The last field followed, for scalars."""
        return self.steps[-1] if self.steps else None

    @property
    def depth(self) -> int:
        """The number of the item after the hops'."""
        return self.item + 1

    @property
    def value(self) -> ir.Field:
        """The scalar at the end, as a value of the item."""
        assert isinstance(self.type, Scalar)
        return ir.Field(self.item, self.steps, self.type, self.span)

    @property
    def bare(self) -> "Reached":
        """The same as its innermost item sees it, without the hops."""
        return replace(self, hops=())

    def wrap(self, inner: ir.Query, span: Span) -> ir.Query:
        """That some item reached by the hops satisfies `inner`."""
        if not self.hops:
            return inner
        last = self.hops[-1]
        return ir.some((*self.hops[:-1], replace(last, where=ir.all_of([last.where, inner]))), span=span)


def reach(ctx: Context, scope: Scope, path: ast.Path) -> Reached:
    """Follow a path from the item that its first name belongs to. Raises `Abandoned` for what is not there."""
    first, *rest = path.names
    if first.text == "person" and not _owner(scope, "person"):
        record = scope.items[-1].record
        here = Reached((), scope.person, (), One(record.name), record, path, scope.span(path))
    else:
        item, field = _first(ctx, scope, path)
        here = Reached((), item.number, (), One(item.record.name), item.record, path, scope.span(path))
        here = _follow(ctx, scope, here, field)
    for position, name in enumerate(rest, 1):
        here = _follow(ctx, scope, here, _next(ctx, scope, here, name, position))
    return here


def land(scope: Scope, here: Reached) -> Reached:
    """The same with a single reference at the end made a hop, so that its item is in the environment."""
    if not here.steps:
        return here
    depth = max(scope.depth, here.depth) if here.hops else scope.depth
    return replace(here, hops=(*here.hops, ir.Hop(here.item, here.steps, ir.EVERYONE)), item=depth, steps=())


def field_of(here: Reached, name: str) -> Reached:
    """A declared scalar field of what is reached."""
    assert here.record is not None
    field = here.record.field(name)
    assert field is not None
    return replace(here, steps=(*here.steps, field), type=field.type, record=None)


def related(ctx: Context, scope: Scope, here: Reached, name: str) -> Reached:
    """The items of a declared collection of what is reached."""
    assert here.record is not None
    field = here.record.field(name)
    assert field is not None
    return _follow(ctx, scope, here, field)


def _first(ctx: Context, scope: Scope, path: ast.Path) -> tuple[Item, Field]:
    """The item whose field the first name is: the innermost that declares it."""
    name = path.names[0]
    inner = scope.items[0]
    # INVARIANT: the text of a function names only what the schema declares of the item at hand; nothing else has the
    # meaning that its author had in mind.
    inside_function = scope.at is not None
    in_sight = replace(scope, items=scope.items[:1]) if inside_function else scope
    owner = _owner(in_sight, name.text, hidden=inside_function)
    if owner is not None:
        item, field = owner
        if item is not inner and field.type is Scalar.YES_NO and len(path.names) == 1 and scope.at is None:
            ctx.report(warning_messages.reaches_outward(path, item.record, inner))
        undeclared = inner.record.open and inner is not item and inner.record is not ANYTHING
        if not undeclared or len(path.names) > 1:
            for bracketed in scope.items:
                if bracketed.collection and field.name == bracketed.collection and bracketed.number > item.number:
                    ctx.report(name_messages.own_collection(path, bracketed))
                    raise Abandoned
            return item, field
        ctx.report(name_messages.whose(name, inner.record, item.record))
        raise Abandoned
    if inner.record.open and not inside_function:
        if inner.record is ANYTHING or len(path.names) > 1 or len(scope.items) == 1:
            return inner, Field(name.text, Scalar.ANY)
        ctx.report(name_messages.whose(name, inner.record, None))
        raise Abandoned
    ctx.report(name_messages.unknown_field(ctx, scope, path))
    raise Abandoned


def _owner(scope: Scope, name: str, *, hidden: bool = False) -> tuple[Item, Field] | None:
    for item in scope.items:
        field = item.record.field(name)
        if field is not None and (hidden or not field.hidden):
            return item, field
    return None


def _next(ctx: Context, scope: Scope, here: Reached, name: ast.Name, position: int) -> Field:
    """The field of that name of what is reached so far."""
    if here.record is None:
        if here.type is not Scalar.ANY:
            ctx.report(name_messages.no_fields(ctx, here.path, position, here.type))
            raise Abandoned
        return Field(name.text, Scalar.ANY)
    field = here.record.field(name.text)
    if field is not None and (not field.hidden or scope.at is not None):
        return field
    if here.record.open:
        return Field(name.text, Scalar.ANY)
    ctx.report(name_messages.unknown_member(ctx, here.path, position, here.record))
    raise Abandoned


def _follow(ctx: Context, scope: Scope, here: Reached, field: Field) -> Reached:
    """One field further."""
    if here.type is Scalar.ANY:
        # A field of unknown type that is followed was a reference, or a collection, after all.
        *before, last = here.steps
        here = replace(here, steps=(*before, replace(last, type=One(ANYTHING.name))), record=ANYTHING)
    if field.means:
        for name in field.means:
            assert here.record is not None
            here = _follow(ctx, scope, here, _declared(here.record, name))
        return here
    if field.closure or field.inverse:
        here = land(scope, here)
        record = _record(ctx, field)
        way = ir.Related(
            here.item, field, relation(ctx, field), "closure" if field.closure else "inverse", where=ir.EVERYONE
        )
        return _arrive(scope, here, way, field, record)
    match field.type:
        case Many():
            base = _declared(here.record, field.base) if here.record and field.base else field
            arrived = _arrive(
                scope, here, ir.Hop(here.item, (*here.steps, base), ir.EVERYONE), field, _record(ctx, field)
            )
            return _filtered(ctx, scope, arrived, field) if field.where else arrived
        case One():
            return replace(here, steps=(*here.steps, field), type=field.type, record=_record(ctx, field))
        case Scalar():
            return replace(here, steps=(*here.steps, field), type=field.type, record=None)


def _filtered(ctx: Context, scope: Scope, here: Reached, field: Field) -> Reached:
    """Only those items that satisfy the field's `where`."""
    assert here.record is not None
    inside = Scope((Item(here.item, here.record),), here.depth, 0, scope.names, at=here.span)
    last = replace(here.hops[-1], where=ctx.resolve(ctx, inside, own_query(field.where)))
    return replace(here, hops=(*here.hops[:-1], last))


def _arrive(scope: Scope, here: Reached, way: ir.Way, field: Field, record: RecordType) -> Reached:
    """At the items that one more way leads to."""
    number = here.depth if here.hops else scope.depth
    through = here.through or (way.item, field)
    return replace(here, hops=(*here.hops, way), item=number, steps=(), type=field.type, record=record, through=through)


def relation(ctx: Context, field: Field) -> tuple[ir.Hop, ...]:
    """The hops, about item 0, that a closure repeats or an inverse turns around."""
    known = ctx.relations.get(field)
    if known is None:
        record = _record(ctx, field)
        here = Reached((), 0, (), One(record.name), record, _NO_PATH, _NO_PATH.span)
        scope = Scope((Item(0, record),), 1, 0, Names(), at=_NO_PATH.span)
        for name in field.closure or field.inverse:
            assert here.record is not None
            here = _follow(ctx, scope, here, _declared(here.record, name))
        known = ctx.relations[field] = tuple(hop for hop in land(scope, here).hops if isinstance(hop, ir.Hop))
    return known


OWN = "vocabulary"
"""The name of the source of what functions and fields are written as."""


@cache
def own_query(text: str) -> ast.Query:
    """A query of the vocabulary's own. A mistake in one is a bug."""
    findings = Findings()
    query = parse_query(Source(text, OWN), findings)
    if findings.found:
        raise ValueError(f"{text}: {findings.found}")
    return query


def _record(ctx: Context, field: Field) -> RecordType:
    assert isinstance(field.type, One | Many)
    return ctx.schema.record(field.type.record)


def _declared(record: RecordType, name: str) -> Field:
    field = record.field(name)
    if field is None:
        raise LookupError(f"{record.name}.{name}")
    return field


_NO_PATH = ast.Path((), Span(Source("", OWN), 0, 0))
