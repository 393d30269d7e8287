"""Random trees, as the parser can make them: for `parse(print(t)) == t` and for whoever needs any query."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar

from hypothesis import strategies as st

from audql.source import Source, Span
from audql.syntax import ast
from audql.syntax import scripts as nodes
from audql.syntax.words import PHRASES, RESERVED, SOFT

_P = ParamSpec("_P")
_T = TypeVar("_T")


def _named(made: Callable[_P, st.SearchStrategy[_T]]) -> Callable[_P, st.SearchStrategy[_T]]:
    """Hides what a strategy is made of: written out, they are too long for hypothesis."""

    def drawn(*args: _P.args, **kwargs: _P.kwargs) -> st.SearchStrategy[_T]:
        inner = made(*args, **kwargs)
        return st.composite(lambda draw: draw(inner))()

    return drawn


NOWHERE = Span(Source(""), 0, 0)

_NASTY = [
    *RESERVED, *SOFT, *(word for phrase in PHRASES for word in phrase),
    "null", "none", "yes", "the", "past", "since", "by", "like", "has", "equals", "select", "exists", "greater", "one",
    "isn't", "Cost Centre", "cost-centre", "2nd", "a`b", " x", "AND", "Ünïcode", "日本", "e\u0301", "a\u00a0b", "#",
    '"',
]  # fmt: skip


@_named
def names() -> st.SearchStrategy[ast.Name]:
    plain = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True)
    odd = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=6).filter(str.strip)
    return st.builds(ast.Name, plain | st.sampled_from(_NASTY) | odd, st.just(NOWHERE))


def paths(longest: int = 3) -> st.SearchStrategy[ast.Path]:
    return st.builds(ast.Path, st.lists(names(), min_size=1, max_size=longest).map(tuple), st.just(NOWHERE))


@_named
def texts() -> st.SearchStrategy[ast.Text]:
    plain = st.sampled_from(["Retail", "GB", "A&E", "", " ", 'say "x"', "it's", "back\\slash", "`", "#", "%", "//"])
    odd = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=20)
    return st.builds(ast.Text, plain | odd, st.just(NOWHERE))


def full_texts() -> st.SearchStrategy[ast.Text]:
    """Texts that are not blank: those stand where `= ""` would be a habit."""
    return texts().filter(lambda t: bool(t.value.strip()))


def dates() -> st.SearchStrategy[ast.Date]:
    return st.builds(ast.Date, st.dates(), st.just(NOWHERE))


def durations() -> st.SearchStrategy[ast.Duration]:
    return st.builds(ast.Duration, st.integers(0, 10**6), st.sampled_from(ast.Unit), st.just(NOWHERE))


def lengths() -> st.SearchStrategy[ast.Duration | ast.Name]:
    return durations() | names()


@_named
def windows() -> st.SearchStrategy[ast.Window]:
    calendar = st.builds(ast.CalendarUnit, st.sampled_from(ast.Calendar), st.sampled_from(ast.Unit), st.just(NOWHERE))
    return st.builds(ast.Rolling, st.booleans(), lengths(), st.just(NOWHERE)) | calendar


def _decimals() -> st.SearchStrategy[Decimal]:
    return st.integers(-(10**6), 10**6).map(Decimal) | st.decimals(-(10**9), 10**9, places=4, allow_nan=False)


def _instants() -> st.SearchStrategy[dt.datetime]:
    zones: st.SearchStrategy[Any] = st.sampled_from(
        [None, dt.UTC, dt.timezone(dt.timedelta(hours=1)), dt.timezone(-dt.timedelta(minutes=570))]
    )
    return st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1), timezones=zones)  # noqa: DTZ001  # naive ones too


@_named
def _operands(text: st.SearchStrategy[ast.Text]) -> st.SearchStrategy[ast.Operand]:
    here = st.just(NOWHERE)
    leaves: list[st.SearchStrategy[Any]] = [
        text,
        st.builds(ast.Number, _decimals(), here),
        dates(),
        st.builds(ast.Instant, _instants(), here),
        st.builds(ast.Truth, st.booleans(), here),
        st.builds(ast.Today, here),
        st.builds(ast.Now, here),
        st.builds(ast.Relative, durations(), st.booleans(), here),
        paths(),
    ]
    leaf: st.SearchStrategy[ast.Operand] = st.one_of(leaves)
    return leaf | _calls(leaf)


@_named
def _calls(operand: st.SearchStrategy[ast.Operand]) -> st.SearchStrategy[ast.Call]:
    here = st.just(NOWHERE)
    value = operand | _lists(operand) | durations() | windows()
    argument = st.builds(ast.Argument, st.none() | names(), value, here)
    return st.builds(ast.Call, paths(), st.lists(argument, max_size=3).map(tuple), here)


@_named
def _lists(operand: st.SearchStrategy[ast.Operand]) -> st.SearchStrategy[ast.List]:
    return st.builds(ast.List, st.lists(operand, min_size=1, max_size=4).map(tuple), st.just(NOWHERE))


@_named
def operands() -> st.SearchStrategy[ast.Operand]:
    return _operands(texts())


@_named
def subjects() -> st.SearchStrategy[ast.Subject]:
    return paths() | _calls(paths() | texts())


@_named
def _sought() -> st.SearchStrategy[ast.Operand | ast.List]:
    return operands() | _lists(operands())


@_named
def atoms() -> st.SearchStrategy[ast.Query]:
    """Conditions without a condition within."""
    here, some = st.just(NOWHERE), st.booleans()
    sides = st.sampled_from([ast.Side.AFTER, ast.Side.BEFORE])
    return st.one_of(
        st.builds(ast.Compare, _operands(full_texts()), st.sampled_from(ast.Order), _operands(full_texts()), here),
        st.builds(ast.In, subjects(), some, _lists(operands()) | paths(), here),
        st.builds(ast.Between, subjects(), some, operands(), operands(), here),
        st.builds(ast.TextTest, subjects(), some, st.sampled_from(ast.TextOp), _sought(), here),
        st.builds(ast.IsSet, subjects(), some, here),
        st.builds(ast.DateTest, subjects(), some, st.sampled_from(ast.DateOp), operands(), here),
        st.builds(ast.Distance, subjects(), some, some, lengths(), sides, operands(), here),
        st.builds(
            ast.Distance, subjects(), some, some, lengths(), st.sampled_from([ast.Side.AGO, ast.Side.FROM_NOW]),
            st.none(), here,
        ),
        st.builds(ast.WithinWindow, subjects(), some, windows(), here),
        st.builds(ast.Near, subjects(), some, lengths(), sides | st.just(ast.Side.OF), operands(), here),
        st.builds(ast.Below, subjects(), some, some, _sought(), here),
        st.builds(ast.Quantified, st.sampled_from(ast.Quantifier), paths(), st.none(), here),
        st.builds(ast.Counted, st.sampled_from(ast.Bound), st.integers(0, 99), paths(), st.none(), here),
        subjects(),
        st.builds(ast.Truth, some, here),
    )  # fmt: skip


def queries() -> st.SearchStrategy[ast.Query]:
    here = st.just(NOWHERE)

    def larger(query: st.SearchStrategy[ast.Query]) -> st.SearchStrategy[ast.Query]:
        parts = st.lists(query, min_size=2, max_size=4)
        return st.one_of(
            parts.map(_and),
            parts.map(_or),
            st.builds(ast.Not, query, here),
            st.builds(ast.Quantified, st.sampled_from(ast.Quantifier), paths(), query, here),
            st.builds(ast.Counted, st.sampled_from(ast.Bound), st.integers(0, 99), paths(), query, here),
            st.builds(
                ast.NOf, st.sampled_from(ast.Bound), st.integers(0, 9),
                st.lists(query, min_size=1, max_size=3).map(tuple), here,
            ),
        )  # fmt: skip

    return st.recursive(atoms(), larger, max_leaves=12)


def _and(parts: list[ast.Query]) -> ast.And:
    flat = [q for part in parts for q in (part.parts if isinstance(part, ast.And) else (part,))]
    return ast.And(tuple(flat), NOWHERE)


def _or(parts: list[ast.Query]) -> ast.Or:
    flat = [q for part in parts for q in (part.parts if isinstance(part, ast.Or) else (part,))]
    return ast.Or(tuple(flat), NOWHERE)


# --- scripts ----------------------------------------------------------------------------------------------------------


def _many_texts() -> st.SearchStrategy[tuple[ast.Text, ...]]:
    return st.lists(texts(), min_size=1, max_size=4).map(tuple)


def _dues() -> st.SearchStrategy[nodes.Due]:
    here = st.just(NOWHERE)
    on = st.builds(nodes.Due, dates(), st.none(), st.just(False), st.none(), here)
    return on | st.builds(nodes.Due, st.none(), durations(), st.booleans(), st.none() | subjects(), here)


def _moments() -> st.SearchStrategy[nodes.Moment]:
    here = st.just(NOWHERE)
    kind = ast.MomentKind
    bare = st.builds(nodes.Moment, st.sampled_from([kind.JOINING, kind.LEAVING, kind.OVERDUE]), st.none(), here)
    long = st.sampled_from([kind.BEFORE_DUE, kind.AFTER_DUE, kind.WHILE_OVERDUE])
    return bare | st.builds(nodes.Moment, long, durations(), here)


@_named
def clauses() -> st.SearchStrategy[nodes.Clause]:
    here = st.just(NOWHERE)
    managers = st.just(ast.Name("managers at any level", NOWHERE))
    recipients = st.lists(names() | texts() | managers, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(nodes.About, texts(), here),
        st.builds(nodes.Owner, _many_texts(), here),
        st.builds(nodes.Tags, _many_texts(), here),
        st.builds(nodes.Where, queries(), here),
        st.builds(nodes.Members, _many_texts(), here),
        st.builds(nodes.MembersFrom, texts(), here),
        st.builds(nodes.ByHand, st.booleans(), _many_texts(), st.none() | dates(), st.none() | texts(), here),
        st.builds(nodes.Active, st.none() | dates(), st.none() | dates(), here),
        st.builds(nodes.Membership, st.sampled_from(ast.Holding), here),
        st.builds(nodes.Enrol, names(), texts(), st.none() | texts(), st.none() | _dues(), here),
        st.builds(nodes.WhenLeaving, st.sampled_from(ast.OnLeaving), here),
        st.builds(nodes.Notify, recipients, _moments(), st.none() | texts(), here),
    )


@_named
def records() -> st.SearchStrategy[nodes.Record]:
    here = st.just(NOWHERE)

    def record(value: st.SearchStrategy[nodes.RecordValue]) -> st.SearchStrategy[nodes.Record]:
        return st.builds(
            nodes.Record, st.lists(st.builds(nodes.Entry, paths(2), value, here), max_size=3).map(tuple), here
        )

    def larger(value: st.SearchStrategy[nodes.RecordValue]) -> st.SearchStrategy[nodes.RecordValue]:
        return record(value) | st.builds(nodes.Array, st.lists(value, max_size=3).map(tuple), here)

    plain: st.SearchStrategy[nodes.RecordValue] = operands()
    return record(st.recursive(plain, larger, max_leaves=5))


@_named
def items() -> st.SearchStrategy[nodes.Item]:
    here = st.just(NOWHERE)
    steps = st.builds(nodes.Given, records(), here) | st.builds(nodes.Expect, st.booleans(), records(), here)
    return st.one_of(
        st.builds(nodes.Import, texts(), here),
        st.builds(nodes.Let, names(), queries(), here),
        st.builds(nodes.Define, names(), st.lists(names(), min_size=1, max_size=3).map(tuple), queries(), here),
        st.builds(
            nodes.Audience, texts(),
            st.lists(texts(), max_size=2).map(tuple), st.lists(clauses(), max_size=5).map(tuple), here,
        ),
        st.builds(nodes.Retire, texts(), st.sampled_from(ast.OnLeaving), here),
        st.builds(nodes.Test, texts(), st.none() | dates(), st.lists(steps, max_size=3).map(tuple), here),
    )  # fmt: skip


def scripts() -> st.SearchStrategy[nodes.Script]:
    return st.builds(nodes.Script, st.lists(items(), max_size=4).map(tuple), st.just(()), st.just(NOWHERE))
