"""What compiles and may still not be meant. Nothing is said inside the vocabulary's own functions."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from audql import ir
from audql.diagnostics import Diagnostic
from audql.functions import Function
from audql.semantics import warning_messages
from audql.semantics.context import Context, Scope
from audql.semantics.operands import Constant, Place, Resolved, Term
from audql.semantics.paths import Reached
from audql.semantics.wording import printed
from audql.syntax import ast
from audql.text import fold
from audql.types import Many, Scalar

_POSITIVE = (
    ast.Compare,
    ast.In,
    ast.Between,
    ast.TextTest,
    ast.DateTest,
    ast.Distance,
    ast.WithinWindow,
    ast.Near,
    ast.Below,
)


def beside(ctx: Context, scope: Scope, parts: Sequence[ast.Query]) -> Scope:
    """The scope for the parts of an `and`, each knowing what the others say is set; warns of two on one collection."""
    if scope.at is not None:
        return scope
    known: set[ast.Path | ast.Call] = set()
    for part in parts:
        match part:
            case ast.IsSet(subject, False):
                known.add(subject)
            case ast.Quantified(ast.Quantifier.ANY, path) | ast.Counted(ast.Bound.AT_LEAST, _, path):
                known.add(_canonical(scope, path))
            case ast.Compare(ast.Path() | ast.Call() as subject, order) if order is not ast.Order.NE:
                known.add(subject)
            case ast.In() | ast.Between() | ast.TextTest() | ast.DateTest() | ast.Distance() if not part.negated:
                known.add(part.subject)
            case ast.WithinWindow() | ast.Near() | ast.Below() if not part.negated:
                known.add(part.subject)
            case _:
                pass
    _two_on_one_collection(ctx, scope, parts)
    return replace(scope, known_set=scope.known_set | known)


def _canonical(scope: Scope, path: ast.Path) -> ast.Path:
    """The path with its first name as the schema has it (`job` is `jobs`)."""
    first, *rest = path.names
    field = next((f for item in scope.items if (f := item.record.field(first.text))), None)
    return replace(path, names=(replace(first, text=field.name if field else first.text), *rest))


def _two_on_one_collection(ctx: Context, scope: Scope, parts: Sequence[ast.Query]) -> None:
    by_collection: dict[str, list[tuple[ast.Query, ast.Query]]] = {}
    for part in parts:
        found = _bare_on_collection(scope, part)
        if found is not None:
            by_collection.setdefault(found[0], []).append((part, found[1]))
    for name, found_parts in by_collection.items():
        if len(found_parts) > 1 and len({_subject(part) for part, _ in found_parts}) > 1:
            field = next(f for item in scope.items if (f := item.record.field(name)))
            assert isinstance(field.type, Many)
            record = ctx.schema.record(field.type.record)
            span = found_parts[0][0].span.to(found_parts[-1][0].span)
            inside = ast.And(tuple(inner for _, inner in found_parts), span)
            together = f"any {field.also[0] if field.also else name} ({printed(inside)})"
            ctx.report(warning_messages.maybe_two_items(span, record.plural, together))


def _bare_on_collection(scope: Scope, part: ast.Query) -> tuple[str, ast.Query] | None:
    """The collection that a bare, positive condition goes through, and the condition as brackets would have it."""
    match part:
        case ast.Path():
            found = _through(scope, part)
            return None if found is None else (found[0], found[1])
        case ast.Compare(ast.Path() as path, order) if order is not ast.Order.NE:
            found = _through(scope, path)
            return None if found is None else (found[0], replace(part, left=found[1]))
        case ast.In() | ast.Between() | ast.TextTest() | ast.DateTest() | ast.WithinWindow() | ast.Near():
            pass
        case ast.Distance() | ast.Below():
            pass
        case _:
            return None
    if isinstance(part, ast.Compare) or part.negated or not isinstance(part.subject, ast.Path):
        return None
    found = _through(scope, part.subject)
    return None if found is None else (found[0], replace(part, subject=found[1]))


def _through(scope: Scope, path: ast.Path) -> tuple[str, ast.Path] | None:
    first, *rest = path.names
    if first.text in scope.parameters:
        return None
    field = next((f for item in scope.items if (f := item.record.field(first.text)) and not f.hidden), None)
    if field is None or not isinstance(field.type, Many):
        return None
    if field.means:
        inner = tuple(ast.Name(name, first.span) for name in field.means[1:])
        return field.means[0], replace(path, names=(*inner, *rest))
    return (field.name, replace(path, names=tuple(rest))) if rest else None


def _subject(part: ast.Query) -> ast.Query | ast.Operand:
    match part:
        case ast.Compare(left):
            return left
        case ast.In(subject) | ast.Between(subject) | ast.TextTest(subject) | ast.DateTest(subject):
            return subject
        case ast.Distance(subject) | ast.WithinWindow(subject) | ast.Near(subject) | ast.Below(subject):
            return subject
        case _:
            return part


def negation(ctx: Context, scope: Scope, node: ast.Query, found: ir.Query) -> None:
    """A negated comparison takes in those for whom nothing is there."""
    if scope.at is not None or not isinstance(node, _POSITIVE):
        return
    subject = node.left if isinstance(node, ast.Compare) else node.subject
    if not isinstance(subject, ast.Path | ast.Call) or subject in scope.known_set or not _can_be_empty(found):
        return
    written: ast.Query = node
    if isinstance(node, ast.Compare) and node.order is not ast.Order.NE:
        written = replace(node, order=ast.Order.NE) if node.order is ast.Order.EQ else ast.Not(node, node.span)
    elif not isinstance(node, ast.Compare) and not node.negated:
        written = replace(node, negated=True)
    count = None
    if ctx.people is not None and len(scope.items) == 1 and not scope.parameters:
        empty = ir.not_(ctx.resolve(ctx, scope, ast.IsSet(subject, False, subject.span)))
        count = ctx.people.count(empty)
        if count == 0:
            return
    ctx.report(warning_messages.takes_in_the_empty(written, subject.span.text, node.span, count))


def _can_be_empty(found: ir.Query) -> bool:
    """Whether what the comparison looks at may be nothing."""
    for node in ir.walk(found):
        match node:
            case ir.Some():
                return True
            case ir.Test(ir.Reduce(kind)) | ir.Compare(ir.Reduce(kind)) | ir.Gap(ir.Reduce(kind)):
                return kind != "count"
            case ir.Test(ir.Field(_, steps, type_)):
                return type_ is not Scalar.YES_NO and not steps[-1].always_set
            case ir.Compare() | ir.Gap():
                return True
            case _:
                pass
    return False


def equality(ctx: Context, scope: Scope, node: ast.Compare, left: Resolved, right: Resolved) -> None:
    """`suspended = false`, and equality with a day that moves."""
    if scope.at is not None or not isinstance(right, Constant) or node.order not in (ast.Order.EQ, ast.Order.NE):
        return
    if right.value is False and node.order is ast.Order.EQ and isinstance(left, Reached) and left.type is Scalar.YES_NO:
        ctx.report(warning_messages.wants_a_value(node.span, left.span.text))
    if right.relative and node.order is ast.Order.EQ:
        ctx.report(warning_messages.one_day_only(node.span, node.left.span.text, right.span.text))


def values(ctx: Context, scope: Scope, node: ast.Compare, left: Resolved, right: Resolved, found: ir.Query) -> None:
    """With people at hand: a value that nobody has, and a node that has more below it."""
    if ctx.people is None or scope.at is not None or len(scope.items) > 1 or scope.parameters:
        return
    if not isinstance(left, Reached) or not isinstance(right, Constant) or not isinstance(right.value, str):
        return
    if left.record is not None and left.record.above and node.order is ast.Order.EQ:
        subject = node.left if isinstance(node.left, ast.Path) else None
        if subject is not None and isinstance(node.right, ast.Text):
            below = ctx.resolve(ctx, scope, ast.Below(subject, False, False, node.right, node.span))
            exact, more = ctx.people.count(found), ctx.people.count(below)
            if more > exact:
                ctx.report(warning_messages.has_more_below(left, right.value, exact, more, node.span))
    elif left.type in (Scalar.TEXT, Scalar.CODE) and ctx.people.count(found) == 0:
        known = ctx.people.values(found)
        ctx.report(warning_messages.nobody_has(left, right.value, known, right.span))


def listed_values(ctx: Context, scope: Scope, left: Place, choices: Sequence[Term], found: ir.Query) -> None:
    """With people at hand: values of a list that nobody has. All of them are one warning, as a list can be long.

    Not where the values are known without people, so that a wrong one is an error.
    """
    if ctx.people is None or scope.at is not None or len(scope.items) > 1 or scope.parameters:
        return
    if not isinstance(left, Reached) or left.last is None or left.last.values or left.last.names:
        return
    texts = [(c.value, c.span) for c in choices if isinstance(c, Constant) and isinstance(c.value, str)]
    if left.type not in (Scalar.TEXT, Scalar.CODE) or len(texts) < len(choices):
        return
    known = ctx.people.values(found)
    there = {fold(value) for value in known}
    missing = [(text, span) for text, span in texts if fold(text) not in there]
    if missing:
        text, span = missing[0]
        ctx.report(warning_messages.nobody_has(left, text, known, span, others=len(missing) - 1))


def one_day(ctx: Context, scope: Scope, node: ast.DateTest, right: Resolved) -> None:
    """`on` a day that moves."""
    if scope.at is None and node.op is ast.DateOp.ON and isinstance(right, Constant) and right.relative:
        ctx.report(warning_messages.one_day_only(node.span, node.subject.span.text, right.span.text))


def every_of_nothing(ctx: Context, scope: Scope, query: ast.Quantified, exists: ir.Query) -> None:
    """`every` over an empty collection is true."""
    if scope.at is not None or _canonical(scope, query.path) in scope.known_set:
        return
    count = ctx.people.count(ir.not_(exists)) if ctx.people is not None and len(scope.items) == 1 else None
    if count == 0:
        return
    ctx.report(warning_messages.every_of_none(query, count))


def advice(ctx: Context, scope: Scope, call: ast.Call, function: Function) -> None:
    """What a function's author has to say of an argument."""
    if scope.at is not None:
        return
    for name, text in function.advice:
        for argument in call.arguments:
            if argument.name is not None and argument.name.text == name and isinstance(argument.value, ast.Relative):
                first = call.arguments[0].value.span.text
                length = argument.value.duration.span.text
                ctx.report(warning_messages.advice(argument, text.format(first=first, length=length)))


def contradiction(ctx: Context, scope: Scope, found: ir.Query, query: ast.And, before: int) -> None:
    """Parts of an `and` that are never true together; `before`: how much was found before them."""
    if scope.at is None and isinstance(found, ir.And) and _clash(list(_equalities(found.parts)), found.parts):
        _instead(ctx, before, warning_messages.never_true(query))


def tautology(ctx: Context, scope: Scope, found: ir.Query, query: ast.Or, before: int) -> None:
    """Parts of an `or` of which one is always true."""
    if scope.at is None and isinstance(found, ir.Or):
        opposites = [ir.not_(part) for part in found.parts]
        if _clash(list(_equalities(opposites)), opposites):
            _instead(ctx, before, warning_messages.always_true(query))


def _instead(ctx: Context, before: int, problem: Diagnostic) -> None:
    """Reports it, and not whom the parts take in: of the whole that is everyone, or no one."""
    parts = ctx.findings.found[before:]
    ctx.findings.found[before:] = [d for d in parts if d.code != warning_messages.TAKES_IN_THE_EMPTY]
    ctx.report(problem)


def _equalities(parts: Sequence[ir.Query]) -> Iterator[tuple[ir.Value, ir.Equals]]:
    for part in parts:
        match part:
            case ir.Test(ir.Field(_, steps) as value, ir.Equals() as atom) if not steps[-1].many:
                if value.type is not Scalar.ANY:
                    yield value, atom
            case _:
                pass


def _clash(equal: list[tuple[ir.Value, ir.Equals]], parts: Sequence[ir.Query]) -> bool:
    """Whether two say that one value is two different ones, or one says the opposite of another."""
    known: dict[ir.Value, ir.Equals] = {}
    for value, atom in equal:
        earlier = known.setdefault(value, atom)
        if earlier is not atom and earlier.kind is atom.kind and not earlier.values & atom.values:
            return True
    if _ranges_apart(parts):
        return True
    all_parts = set(parts)
    return any(isinstance(part, ir.Not) and part.part in all_parts for part in parts)


def _ranges_apart(parts: Sequence[ir.Query]) -> bool:
    """Whether two written-out ranges of one value have nothing in common."""
    known: dict[ir.Value, list[ir.Range]] = {}
    for part in parts:
        match part:
            case ir.Test(value, ir.Range() as atom) if isinstance(value, ir.Reduce) or not value.steps[-1].many:
                others = known.setdefault(value, [])
                if any(_apart(atom, other) or _apart(other, atom) for other in others):
                    return True
                others.append(atom)
            case _:
                pass
    return False


def _apart(lower: ir.Range, upper: ir.Range) -> bool:
    """Whether `lower` ends before `upper` begins."""
    high, low = _written_out(lower.high), _written_out(upper.low)
    if high is None or low is None or type(high) is not type(low):
        return False
    return high < low or (high == low and not (lower.high_included and upper.low_included))  # type: ignore[operator]


def _written_out(limit: ir.Limit | None) -> dt.date | Decimal | None:
    match limit:
        case Decimal():
            return limit
        case ir.Moment(dt.date() as day, 0) if not isinstance(day, dt.datetime):
            return day
        case _:
            return None


def empty_range(ctx: Context, node: ast.Between) -> None:
    """`between 5 and 1`."""
    match node.low, node.high:
        case (ast.Number(a), ast.Number(b)) if a > b:
            ctx.report(warning_messages.never_true(node))
        case (ast.Date(c), ast.Date(d)) if c > d:
            ctx.report(warning_messages.never_true(node))
        case (ast.Relative() as e, ast.Relative() as f) if _is_later(e, f):
            ctx.report(warning_messages.never_true(node))
        case _:
            pass


def _is_later(first: ast.Relative, second: ast.Relative) -> bool:
    """Whether a day is after another on every day: both so long ago, or from now, in one unit."""
    if first.ago != second.ago:
        return second.ago
    same = first.duration.unit is second.duration.unit
    longer = first.duration.count > second.duration.count
    return same and first.duration.count != second.duration.count and longer != first.ago
