"""Reductions of the grammar → items, clauses, steps and records of scripts; as `building`, which does queries."""

from audql.source import Span
from audql.syntax import ast, building
from audql.syntax.building import Builder
from audql.syntax.tokens import Token


def script(span: Span, items: list[ast.Item]) -> ast.Script:
    return ast.Script(tuple(items), (), span)


def import_(span: Span, _: Token, path: ast.Text) -> ast.Import:
    return ast.Import(path, span)


def let(span: Span, _: Token, name: ast.Name, __: Token, query: ast.Query) -> ast.Let:
    return ast.Let(name, query, span)


def define(
    span: Span,
    _: Token,
    name: ast.Name,
    __: Token,
    parameters: list[ast.Name],
    ___: Token,
    ____: Token,
    query: ast.Query,
) -> ast.Define:
    return ast.Define(name, tuple(parameters), query, span)


def audience(
    span: Span, _: Token, name: ast.Text, was: list[ast.Text], __: Token, clauses: list[ast.Clause], ___: Token
) -> ast.Audience:
    return ast.Audience(name, tuple(was), tuple(clauses), span)


def retire(span: Span, _: Token, name: ast.Text, __: Token, action: Token) -> ast.Retire:
    return ast.Retire(name, ast.OnLeaving(action.text.lower()), span)


def test(
    span: Span,
    _: Token,
    audience: ast.Text,
    as_of: ast.Date | None,
    __: Token,
    steps: list[ast.Given | ast.Expect | ast.Broken],
    ___: Token,
) -> ast.Test:
    return ast.Test(audience, as_of, tuple(steps), span)


# --- clauses ----------------------------------------------------------------------------------------------------------


def about(span: Span, _: Token, text: ast.Text) -> ast.About:
    return ast.About(text, span)


def owner(span: Span, _: Token, owners: list[ast.Text]) -> ast.Owner:
    return ast.Owner(tuple(owners), span)


def tags(span: Span, _: Token, tags: list[ast.Text]) -> ast.Tags:
    return ast.Tags(tuple(tags), span)


def where(span: Span, _: Token, query: ast.Query) -> ast.Where:
    return ast.Where(query, span)


def members(span: Span, _: Token, people: list[ast.Text]) -> ast.Members:
    return ast.Members(tuple(people), span)


def members_from(span: Span, _: Token, __: Token, file: ast.Text) -> ast.MembersFrom:
    return ast.MembersFrom(file, span)


def by_hand(
    span: Span, which: Token, people: list[ast.Text], until: ast.Date | None, because: ast.Text | None
) -> ast.ByHand:
    return ast.ByHand(which.keyword == "INCLUDE", tuple(people), until, because, span)


def active(span: Span, _: Token, start: ast.Date | None, until: ast.Date | None) -> ast.Active:
    return ast.Active(start, until, span)


def membership(span: Span, _: Token, holding: Token) -> ast.Membership:
    return ast.Membership(ast.Holding(holding.text.lower()), span)


def enrol(
    span: Span, _: Token, __: Token, kind: ast.Name, learning: ast.Text, role: ast.Text | None, due: ast.Due | None
) -> ast.Enrol:
    return ast.Enrol(kind, learning, role, due, span)


def due_on(span: Span, _: Token, day: ast.Date) -> ast.Due:
    return ast.Due(day, None, False, None, span)


def due_by(span: Span, _: Token, length: ast.Duration, side: Token, anchor: ast.Subject | None) -> ast.Due:
    return ast.Due(None, length, side.kind == "AFTER", anchor, span)


def when_leaving(span: Span, _: Token, __: Token, action: Token) -> ast.WhenLeaving:
    return ast.WhenLeaving(ast.OnLeaving(action.text.lower()), span)


def notify(
    span: Span, _: Token, recipients: list[ast.Name | ast.Text], moment: ast.Moment, template: ast.Text | None
) -> ast.Notify:
    return ast.Notify(tuple(recipients), moment, template, span)


def at_any_level(span: Span, name: ast.Name, words: Token) -> ast.Name:
    return ast.Name(f"{name.text} {words.text}", span)


def on_joining(span: Span, *_: Token) -> ast.Moment:
    return ast.Moment(ast.MomentKind.JOINING, None, span)


def on_leaving(span: Span, *_: Token) -> ast.Moment:
    return ast.Moment(ast.MomentKind.LEAVING, None, span)


def before_due(span: Span, length: ast.Duration, *_: Token) -> ast.Moment:
    return ast.Moment(ast.MomentKind.BEFORE_DUE, length, span)


def after_due(span: Span, length: ast.Duration, *_: Token) -> ast.Moment:
    return ast.Moment(ast.MomentKind.AFTER_DUE, length, span)


def when_overdue(span: Span, *_: Token) -> ast.Moment:
    return ast.Moment(ast.MomentKind.OVERDUE, None, span)


def while_overdue(span: Span, _: Token, length: ast.Duration, *__: Token) -> ast.Moment:
    return ast.Moment(ast.MomentKind.WHILE_OVERDUE, length, span)


# --- tests ------------------------------------------------------------------------------------------------------------


def given(span: Span, _: Token, record: ast.Record) -> ast.Given:
    return ast.Given(record, span)


def expect(span: Span, _: Token, record: ast.Record) -> ast.Expect:
    return ast.Expect(False, record, span)


def expect_not(span: Span, _: Token, __: Token, record: ast.Record) -> ast.Expect:
    return ast.Expect(True, record, span)


def empty_record(span: Span, *_: Token) -> ast.Record:
    return ast.Record((), span)


def record(span: Span, _: Token, entries: list[ast.Entry], __: Token) -> ast.Record:
    return ast.Record(tuple(entries), span)


def entry(span: Span, path: ast.Path, _: Token, value: ast.RecordValue) -> ast.Entry:
    return ast.Entry(path, value, span)


def empty_array(span: Span, *_: Token) -> ast.Array:
    return ast.Array((), span)


def array(span: Span, _: Token, items: list[ast.RecordValue], __: Token) -> ast.Array:
    return ast.Array(tuple(items), span)


BUILDERS: dict[str, Builder] = {
    f.__name__: f
    for f in (
        building.first, building.more, building.none, building.one_more, building.second, building.nothing,
        building.nothing_of, building.broken,
        building.name, building.text, building.number, building.date, building.instant, building.truth,
        building.today, building.now, building.duration, building.relative, building.path, building.call,
        building.call_with, building.argument, building.named_argument, building.list_, building.rolling,
        building.calendar_unit,
        building.any_of, building.all_of, building.not_, building.brackets, building.yes, building.no,
        building.compare, building.in_, building.between, building.text_test, building.is_set, building.date_test,
        building.distance, building.distance_from, building.within_window, building.near, building.below,
        building.quantified, building.quantified_where, building.counted, building.counted_where, building.n_of,
        script, import_, let, define, audience, retire, test,
        about, owner, tags, where, members, members_from, by_hand, active, membership, enrol, due_on, due_by,
        when_leaving, notify, at_any_level, on_joining, on_leaving, before_due, after_due, when_overdue, while_overdue,
        given, expect, expect_not, empty_record, record, entry, empty_array, array,
    )
}  # fmt: skip

# Where something broken leaves the whole standing, by the positions of the symbols that may be broken. Whatever else
# holds something broken is broken as a whole.
TOLERANT: dict[str, tuple[int, ...]] = {
    "first": (0,), "more": (0, 2), "one_more": (0, 1), "broken": (0,),
    "any_of": (0,), "all_of": (0,), "not_": (1,), "brackets": (1,),
    "quantified_where": (3,), "counted_where": (4,), "n_of": (4,),
    "script": (0,), "let": (3,), "define": (6,), "audience": (4,), "test": (4,), "where": (1,),
}  # fmt: skip
