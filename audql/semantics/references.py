"""References by id or name → comparisons of keys, settled by the catalogue where there is one."""

from audql import ir
from audql.semantics import reference_messages, type_messages
from audql.semantics.context import Abandoned, Context
from audql.semantics.operands import Constant
from audql.semantics.paths import Reached, field_of
from audql.source import Span
from audql.text import fold
from audql.types import Scalar, Thing


def thing_of(ctx: Context, kind: str, name: str, span: Span, of_kind: str = "") -> Thing | None:
    """The one thing of that id or name, or None where the catalogue does not know things of the kind.

    Reports one that does not exist, or several that share the name, and raises `Abandoned`.
    """
    if not ctx.catalogue.knows(kind):
        return None
    found = [t for t in ctx.catalogue.find(kind, name) if not of_kind or fold(t.kind) == fold(of_kind)]
    if len(found) == 1:
        return found[0]
    if found:
        ctx.report(reference_messages.ambiguous_name(ctx, kind, name, found, span))
        raise Abandoned
    ctx.report(reference_messages.no_such_thing(ctx, kind, name, span))
    if ctx.catalogue.is_strict(kind):
        raise Abandoned
    return None


def names_thing(ctx: Context, place: Reached, constant: Constant, span: Span) -> ir.Query:
    """The reference, or one of the items, at the place is the thing of that id or name."""
    record = place.record
    assert record is not None
    if not record.keys or constant.type is not Scalar.TEXT:
        ctx.report(reference_messages.no_reference(place, constant))
        raise Abandoned
    text = str(constant.value)
    if not fold(text):
        ctx.report(reference_messages.blank_text(place, constant))
        raise Abandoned
    thing = thing_of(ctx, record.catalogue, text, constant.span)
    by_id, *by_name = (field_of(place, key) for key in record.keys)
    if thing is None:
        return place.wrap(ir.any_of([_is(key, {fold(text)}, span) for key in (by_id, *by_name)], span), span)
    ids = {fold(thing.id), fold(text)}
    names = {fold(text), *(fold(n) for n in (thing.name, *thing.also) if n)}
    no_id = ir.not_(ir.Test(by_id.value, ir.IsSet(), span), span)
    unnamed = ir.all_of([no_id, ir.any_of([_is(key, names, span) for key in by_name], span)], span)
    return place.wrap(ir.any_of([_is(by_id, ids, span), unnamed], span), span)


def _is(key: Reached, folded: set[str], span: Span) -> ir.Query:
    # References compare as text, also by keys that are codes elsewhere.
    return ir.Test(key.value, ir.Equals(Scalar.TEXT, frozenset(folded)), span)


def same_thing(ctx: Context, left: Reached, right: Reached, span: Span) -> ir.Query:
    """Two references are of one thing: by id, or by name where one has no id; or a reference has the text as a key."""
    if left.record is None or right.record is None:
        reference, text = (right, left) if left.record is None else (left, right)
        record = reference.record
        assert record is not None
        if not record.keys or text.type not in (Scalar.TEXT, Scalar.CODE, Scalar.ANY):
            ctx.report(type_messages.cannot_be_equal(left, right))
            raise Abandoned
        keys = (field_of(reference, key).value for key in record.keys)
        return ir.any_of([ir.Compare(key, "=", text.value, Scalar.TEXT, span) for key in keys], span)
    if left.record.name != right.record.name or not left.record.keys:
        ctx.report(type_messages.cannot_be_equal(left, right))
        raise Abandoned
    first, *others = ((field_of(left, key).value, field_of(right, key).value) for key in left.record.keys)
    by_id = ir.Compare(first[0], "=", first[1], Scalar.TEXT, span)
    both = ir.all_of([ir.Test(first[0], ir.IsSet(), span), ir.Test(first[1], ir.IsSet(), span)], span)
    by_name = ir.any_of([ir.Compare(a, "=", b, Scalar.TEXT, span) for a, b in others], span)
    return ir.any_of([by_id, ir.all_of([ir.not_(both, span), by_name], span)], span)
