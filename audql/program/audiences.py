"""An audience as written → an audience as it runs: its rule resolved, its clauses checked."""

import datetime as dt
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from audql import ir
from audql.addresses import is_address
from audql.program import Alert, Assignment, Audience, ByHand, Due, messages
from audql.program.files import File, Reader
from audql.semantics.context import Abandoned, Context, Scope, outermost
from audql.semantics.operands import place
from audql.semantics.paths import Reached
from audql.semantics.references import thing_of
from audql.semantics.resolving import resolve
from audql.semantics.time_messages import no_time
from audql.syntax import ast, scripts
from audql.text import fold
from audql.types import One, Scalar

RECIPIENTS = ("learner", "manager", "managers at any level", "owner")

_ONCE = {
    scripts.About: "about",
    scripts.Where: "where",
    scripts.Active: "active",
    scripts.Membership: "membership",
    scripts.WhenLeaving: "when leaving",
}
_DUE_MOMENTS = (
    ast.MomentKind.BEFORE_DUE,
    ast.MomentKind.AFTER_DUE,
    ast.MomentKind.OVERDUE,
    ast.MomentKind.WHILE_OVERDUE,
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What audiences of a workspace may speak of. `population` is part of every rule."""

    kinds: Sequence[str]
    recipients: Sequence[str]
    population: ir.Query
    read: Reader
    templates: Sequence[str] | None = None
    """Of mails; None where none are sent."""


def audience(ctx: Context, around: Surroundings, file: File, node: scripts.Audience) -> Audience | None:
    """The audience, or None where a mistake in it must freeze it; all mistakes are among the context's findings."""
    scope = outermost(ctx.schema, file.names)
    if not fold(node.name.value):
        ctx.report(messages.blank_name(node.name.span))
    _check_once(ctx, node)
    rule = _rule(ctx, around, file, node)
    listed = list(_listed(ctx, around, file, node))
    by_hand = [_by_hand(ctx, clause) for clause in node.clauses if isinstance(clause, scripts.ByHand)]
    if rule is None and not _has(node, scripts.Members | scripts.MembersFrom | scripts.ByHand | ast.Broken):
        ctx.report(messages.nobody(node.name.value, node.name.span))
    active = next((c for c in node.clauses if isinstance(c, scripts.Active)), None)
    start, until = (_day(active.start), _day(active.until)) if active else (None, None)
    if active and not active.start and not active.until:
        ctx.report(messages.never_ends(active.span))
    if active and start and until and until < start:
        ctx.report(messages.not_active(active.span))
    alerts = tuple(_alert(ctx, around, clause) for clause in node.clauses if isinstance(clause, scripts.Notify))
    frozen = ctx.findings.failed
    # A course that is gone holds its own assignment, which the runner sees to, and does not freeze the audience.
    assignments = tuple(_assignment(ctx, around, scope, c) for c in node.clauses if isinstance(c, scripts.Enrol))
    on_leaving = next((c.action for c in node.clauses if isinstance(c, scripts.WhenLeaving)), ast.OnLeaving.KEEP)
    if rule is not None and on_leaving is not ast.OnLeaving.KEEP:
        _warn_of_loops(ctx, node, rule, on_leaving)
    _warn_of_nothing_due(ctx, node)
    _warn_of_nobody_told(ctx, around, node)
    if frozen or any(a.due is _BROKEN_DUE for a in assignments):
        return None
    return Audience(
        name=node.name.value,
        was=tuple(t.value for t in node.was),
        about=next((c.text.value for c in node.clauses if isinstance(c, scripts.About)), ""),
        owners=tuple(t.value for c in node.clauses if isinstance(c, scripts.Owner) for t in c.owners),
        tags=tuple(t.value for c in node.clauses if isinstance(c, scripts.Tags) for t in c.tags),
        rule=rule,
        listed=tuple(dict.fromkeys(listed)),
        includes=tuple(hand for include, hand in by_hand if include),
        excludes=tuple(hand for include, hand in by_hand if not include),
        active_from=start,
        active_until=until,
        holding=next((c.holding for c in node.clauses if isinstance(c, scripts.Membership)), None),
        assignments=assignments,
        on_leaving=on_leaving,
        alerts=alerts,
        needs=tuple(dict.fromkeys(audiences_in(rule))) if rule is not None else (),
        file=file.name,
        span=node.name.span,
    )


def audiences_in(query: ir.Query) -> Iterator[str]:
    """The folded names of the audiences that a query asks about."""
    for node in ir.walk(query):
        match node:
            case ir.Test(ir.Field(_, steps), ir.Equals(_, names)) if steps[-1].names == "audience":
                yield from sorted(str(name) for name in names)
            case _:
                pass


def _has(node: scripts.Audience, kind: object) -> bool:
    return any(isinstance(clause, kind) for clause in node.clauses)  # type: ignore[arg-type]  # a union of classes


def _check_once(ctx: Context, node: scripts.Audience) -> None:
    seen = set()
    for clause in node.clauses:
        name = _ONCE.get(type(clause))
        if name is not None and name in seen:
            ctx.report(messages.clause_twice(name, clause.span))
        seen.add(name)


def _rule(ctx: Context, around: Surroundings, file: File, node: scripts.Audience) -> ir.Query | None:
    where = next((clause for clause in node.clauses if isinstance(clause, scripts.Where)), None)
    if where is None:
        return None
    return ir.all_of([around.population, resolve(ctx, where.query, file.names)], where.query.span)


def _listed(ctx: Context, around: Surroundings, file: File, node: scripts.Audience) -> Iterator[str]:
    for clause in node.clauses:
        match clause:
            case scripts.Members(people):
                yield from (_person(ctx, text) for text in people)
            case scripts.MembersFrom(path):
                written = around.read(posixpath.normpath(posixpath.join(posixpath.dirname(file.name), path.value)))
                if written is None:
                    ctx.report(messages.members_file_missing(path.value, path.span))
                    continue
                for line in written.splitlines():
                    name = line.partition("#")[0].strip()
                    if name:
                        yield _person(ctx, ast.Text(name, path.span))
            case _:
                pass


def _person(ctx: Context, text: ast.Text) -> str:
    """The id of the person named, where people are known; an unknown one is only warned of."""
    kind = ctx.schema.person.catalogue
    if not ctx.catalogue.knows(kind):
        return text.value
    found = ctx.catalogue.find(kind, text.value)
    if len(found) == 1:
        return found[0].id
    if found:
        ctx.report(messages.ambiguous_person(text.value, [t.id for t in found], text.span))
    else:
        known = [key for t in ctx.catalogue.things[kind] for key in (t.id, t.name, *t.also) if key]
        ctx.report(messages.unknown_person(text.value, text.span, known if len(known) < 20_000 else ()))
    return text.value


def _day(node: ast.Date | None) -> dt.date | None:
    """The day; None also for what the parser could not read, which it has reported."""
    return node.value if isinstance(node, ast.Date) else None


def _by_hand(ctx: Context, clause: scripts.ByHand) -> tuple[bool, ByHand]:
    people = tuple(_person(ctx, text) for text in clause.people)
    return clause.include, ByHand(
        people, _day(clause.until), clause.because.value if clause.because else "", clause.span
    )


def _alert(ctx: Context, around: Surroundings, clause: scripts.Notify) -> Alert:
    for recipient in clause.recipients:
        match recipient:
            case ast.Name(text, span):
                if text not in around.recipients:
                    ctx.report(messages.unknown_recipient(text, span, around.recipients))
            case ast.Text(text, span):
                if not is_address(text):
                    ctx.report(messages.no_address(text, span))
            case _:
                assert_never(recipient)
    length = clause.moment.length
    if length is not None and length.unit is ast.Unit.HOUR:
        ctx.report(messages.hours_of_a_due_date(length.span))
    return Alert(
        tuple(r.text if isinstance(r, ast.Name) else r.value for r in clause.recipients),
        clause.moment.kind,
        length.count if length else 0,
        length.unit if length else ast.Unit.DAY,
        clause.template.value if clause.template else "",
        clause.span,
    )


_BROKEN_DUE = Due(dt.date.min)


def _assignment(ctx: Context, around: Surroundings, scope: Scope, clause: scripts.Enrol) -> Assignment:
    kind = clause.kind.text
    learning = clause.learning.value
    if kind not in around.kinds:
        ctx.report(messages.unknown_kind(kind, clause.kind.span, around.kinds))
    else:
        try:
            thing = thing_of(ctx, ctx.schema.assigned, learning, clause.learning.span, kind)
            learning = thing.id if thing else learning
        except Abandoned:
            pass
    due = _due(ctx, scope, clause.due) if clause.due else None
    return Assignment(kind, learning, clause.role.value if clause.role else "", due, clause.span)


def _due(ctx: Context, scope: Scope, node: scripts.Due) -> Due:
    if isinstance(node.day, ast.Date):
        return Due(node.day.value)
    if not isinstance(node.length, ast.Duration):
        return _BROKEN_DUE
    if node.length.unit is ast.Unit.HOUR:
        ctx.report(messages.hours_of_a_due_date(node.length.span))
        return _BROKEN_DUE
    count = node.length.count if node.after else -node.length.count
    if node.anchor is None:
        return Due(None, count, node.length.unit)
    try:
        anchor = place(ctx, scope, node.anchor)
    except Abandoned:
        return _BROKEN_DUE
    hops = anchor.hops if isinstance(anchor, Reached) else ()
    if anchor.type not in (Scalar.DATE, Scalar.INSTANT, Scalar.ANY):
        ctx.report(no_time(ctx, anchor, messages.DUE_COUNTS_FROM))
        return _BROKEN_DUE
    if hops:
        ctx.report(messages.due_needs_one_date(node.anchor.span))
        return _BROKEN_DUE
    return Due(None, count, node.length.unit, anchor.value)


def _warn_of_loops(ctx: Context, node: scripts.Audience, rule: ir.Query, on_leaving: ast.OnLeaving) -> None:
    tested: set[object] = set()
    assigned = One(ctx.schema.assigned)
    for part in ir.walk(rule):
        match part:
            case ir.Test(ir.Field(_, steps), ir.Equals(_, names)) if any(s.type == assigned for s in steps):
                tested |= names
            case _:
                pass
    for clause in node.clauses:
        if isinstance(clause, scripts.Enrol) and fold(clause.learning.value) in tested:
            ctx.report(messages.ends_its_own_reason(clause.learning.value, clause.span, on_leaving.value))


def _warn_of_nobody_told(ctx: Context, around: Surroundings, node: scripts.Audience) -> None:
    owned = _has(node, scripts.Owner)
    for clause in node.clauses:
        if not isinstance(clause, scripts.Notify):
            continue
        for recipient in clause.recipients:
            if isinstance(recipient, ast.Name) and recipient.text == "owner" and not owned:
                ctx.report(messages.no_owner(recipient.span))
        template = clause.template
        if around.templates is not None and template is not None and template.value not in around.templates:
            ctx.report(messages.no_template(template.value, template.span, around.templates))


def _warn_of_nothing_due(ctx: Context, node: scripts.Audience) -> None:
    if any(isinstance(clause, scripts.Enrol) and clause.due for clause in node.clauses):
        return
    for clause in node.clauses:
        if isinstance(clause, scripts.Notify) and clause.moment.kind in _DUE_MOMENTS:
            ctx.report(messages.nothing_due(clause.moment.span))
