"""Reductions of the grammar → items, clauses, steps and records of scripts; as `building`, which does queries."""

from audql.source import Span
from audql.syntax import ast, building, scripts
from audql.syntax.building import Builder
from audql.syntax.tokens import Token

# --- lists under construction, and what is left out -------------------------------------------------------------------


def none(_: Span) -> list[object]:
    return []


def one_more(_: Span, items: list[object], item: object) -> list[object]:
    items.append(item)
    return items


def second(_: Span, __: Token, value: object) -> object:
    return value


def nothing(_: Span) -> None:
    return None


def nothing_of(_: Span, __: Token) -> None:
    return None


# --- items ------------------------------------------------------------------------------------------------------------


def script(span: Span, items: list[scripts.Item]) -> scripts.Script:
    return scripts.Script(tuple(items), (), span)


def import_(span: Span, _: Token, path: ast.Text) -> scripts.Import:
    return scripts.Import(path, span)


def let(span: Span, _: Token, name: ast.Name, __: Token, query: ast.Query) -> scripts.Let:
    return scripts.Let(name, query, span)


def define(
    span: Span,
    _: Token,
    name: ast.Name,
    __: Token,
    parameters: list[ast.Name],
    ___: Token,
    ____: Token,
    query: ast.Query,
) -> scripts.Define:
    return scripts.Define(name, tuple(parameters), query, span)


def audience(
    span: Span, _: Token, name: ast.Text, was: list[ast.Text], __: Token, clauses: list[scripts.Clause], ___: Token
) -> scripts.Audience:
    return scripts.Audience(name, tuple(was), tuple(clauses), span)


def retire(span: Span, _: Token, name: ast.Text, __: Token, action: Token) -> scripts.Retire:
    return scripts.Retire(name, ast.OnLeaving(action.text.lower()), span)


def test(
    span: Span,
    _: Token,
    audience: ast.Text,
    as_of: ast.Date | None,
    __: Token,
    steps: list[scripts.Given | scripts.Expect | ast.Broken],
    ___: Token,
) -> scripts.Test:
    return scripts.Test(audience, as_of, tuple(steps), span)


# --- clauses ----------------------------------------------------------------------------------------------------------


def about(span: Span, _: Token, text: ast.Text) -> scripts.About:
    return scripts.About(text, span)


def owner(span: Span, _: Token, owners: list[ast.Text]) -> scripts.Owner:
    return scripts.Owner(tuple(owners), span)


def tags(span: Span, _: Token, tags: list[ast.Text]) -> scripts.Tags:
    return scripts.Tags(tuple(tags), span)


def where(span: Span, _: Token, query: ast.Query) -> scripts.Where:
    return scripts.Where(query, span)


def members(span: Span, _: Token, people: list[ast.Text]) -> scripts.Members:
    return scripts.Members(tuple(people), span)


def members_from(span: Span, _: Token, __: Token, file: ast.Text) -> scripts.MembersFrom:
    return scripts.MembersFrom(file, span)


def by_hand(
    span: Span, which: Token, people: list[ast.Text], until: ast.Date | None, because: ast.Text | None
) -> scripts.ByHand:
    return scripts.ByHand(which.keyword == "INCLUDE", tuple(people), until, because, span)


def active(span: Span, _: Token, start: ast.Date | None, until: ast.Date | None) -> scripts.Active:
    return scripts.Active(start, until, span)


def membership(span: Span, _: Token, holding: Token) -> scripts.Membership:
    return scripts.Membership(ast.Holding(holding.text.lower()), span)


def enrol(
    span: Span, _: Token, __: Token, kind: ast.Name, learning: ast.Text, role: ast.Text | None, due: scripts.Due | None
) -> scripts.Enrol:
    return scripts.Enrol(kind, learning, role, due, span)


def due_on(span: Span, _: Token, day: ast.Date) -> scripts.Due:
    return scripts.Due(day, None, False, None, span)


def due_by(span: Span, _: Token, length: ast.Duration, side: Token, anchor: ast.Subject | None) -> scripts.Due:
    return scripts.Due(None, length, side.kind == "AFTER", anchor, span)


def when_leaving(span: Span, _: Token, __: Token, action: Token) -> scripts.WhenLeaving:
    return scripts.WhenLeaving(ast.OnLeaving(action.text.lower()), span)


def notify(
    span: Span, _: Token, recipients: list[ast.Name | ast.Text], moment: scripts.Moment, template: ast.Text | None
) -> scripts.Notify:
    return scripts.Notify(tuple(recipients), moment, template, span)


def at_any_level(span: Span, name: ast.Name, words: Token) -> ast.Name:
    return ast.Name(f"{name.text} {words.text}", span)


def on_joining(span: Span, *_: Token) -> scripts.Moment:
    return scripts.Moment(ast.MomentKind.JOINING, None, span)


def on_leaving(span: Span, *_: Token) -> scripts.Moment:
    return scripts.Moment(ast.MomentKind.LEAVING, None, span)


def before_due(span: Span, length: ast.Duration, *_: Token) -> scripts.Moment:
    return scripts.Moment(ast.MomentKind.BEFORE_DUE, length, span)


def after_due(span: Span, length: ast.Duration, *_: Token) -> scripts.Moment:
    return scripts.Moment(ast.MomentKind.AFTER_DUE, length, span)


def when_overdue(span: Span, *_: Token) -> scripts.Moment:
    return scripts.Moment(ast.MomentKind.OVERDUE, None, span)


def while_overdue(span: Span, _: Token, length: ast.Duration, *__: Token) -> scripts.Moment:
    return scripts.Moment(ast.MomentKind.WHILE_OVERDUE, length, span)


# --- tests ------------------------------------------------------------------------------------------------------------


def given(span: Span, _: Token, record: scripts.Record) -> scripts.Given:
    return scripts.Given(record, span)


def expect(span: Span, _: Token, record: scripts.Record) -> scripts.Expect:
    return scripts.Expect(False, record, span)


def expect_not(span: Span, _: Token, __: Token, record: scripts.Record) -> scripts.Expect:
    return scripts.Expect(True, record, span)


def empty_record(span: Span, *_: Token) -> scripts.Record:
    return scripts.Record((), span)


def record(span: Span, _: Token, entries: list[scripts.Entry], __: Token) -> scripts.Record:
    return scripts.Record(tuple(entries), span)


def entry(span: Span, path: ast.Path, _: Token, value: scripts.RecordValue) -> scripts.Entry:
    return scripts.Entry(path, value, span)


def empty_array(span: Span, *_: Token) -> scripts.Array:
    return scripts.Array((), span)


def array(span: Span, _: Token, items: list[scripts.RecordValue], __: Token) -> scripts.Array:
    return scripts.Array(tuple(items), span)


BUILDERS: dict[str, Builder] = building.BUILDERS | {
    f.__name__: f
    for f in (
        none, one_more, second, nothing, nothing_of,
        script, import_, let, define, audience, retire, test,
        about, owner, tags, where, members, members_from, by_hand, active, membership, enrol, due_on, due_by,
        when_leaving, notify, at_any_level, on_joining, on_leaving, before_due, after_due, when_overdue, while_overdue,
        given, expect, expect_not, empty_record, record, entry, empty_array, array,
    )
}  # fmt: skip

TOLERANT: dict[str, tuple[int, ...]] = building.TOLERANT | {
    "one_more": (0, 1),
    "script": (0,), "let": (3,), "define": (6,), "audience": (4,), "test": (4,), "where": (1,),
}  # fmt: skip
