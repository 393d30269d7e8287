"""A template's text → what Jinja makes of it, when it says nothing but what a template may.

INVARIANT: what passes writes at most its own length times the items given and what each of them has, and calls nothing:
no loops but over what is given, two deep at most, and over one list once; no calls, no sums, no imports, no names of
its own. So nothing in it can take long, reach a file, or find its way to Python's objects. The sandbox around it is a
second wall.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from unicodedata import category

from jinja2 import Environment, TemplateError, TemplateSyntaxError, nodes

from audql.diagnostics import Diagnostic
from audql.mail import messages
from audql.source import Source, Span

FILTERS: Sequence[str] = (
    *("capitalize", "count", "day", "default", "e", "escape", "first", "last", "length", "lower", "title", "trim"),
    *("truncate", "upper"),
)
_TESTS = ("defined", "none")
_OF_LISTS = ("count", "length")
_MOST_LOOPS = 2
_MOST_DEEP = 40
"""Things in one another. Each is up to three brackets of the Python that Jinja makes, which takes 200."""
_MOST_ELIFS = 200
_MOST_NUMBER = 10**15
_SOME_TEXT = "word " * 100
"""Longer than a filter cuts unless it is told otherwise."""
TOO_DEEP = "too much in one another"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a name stands for: a record of fields, a list of one, or a value; `open`: a record of any fields."""

    fields: Mapping[str, Shape] = field(default_factory=dict)
    items: Shape | None = None
    open: bool = False


VALUE = Shape()
_LOOP = Shape(dict.fromkeys(("index", "index0", "first", "last", "length", "revindex"), VALUE))
_Scope: TypeAlias = Mapping[str, Shape]
_Loops: TypeAlias = tuple[Shape, ...]
"""The lists that are being gone through."""


def problems(
    environment: Environment, source: Source, scope: Mapping[str, Shape], text: str | None = None
) -> Iterator[Diagnostic]:
    """All that is wrong with a template that is given these names; `text` is a part of the source, line for line."""
    try:
        tree = environment.parse(source.text if text is None else text, source.name)
    except TemplateSyntaxError as problem:
        yield messages.not_jinja(problem.message or "it is no template", line_of(source, problem.lineno))
        return
    except RecursionError:
        yield messages.not_jinja(TOO_DEEP, line_of(source, 1))
        return
    except ValueError:  # Python reads no number of more than some thousand digits
        yield messages.not_jinja("a number is too long", line_of(source, 1))
        return
    deep = _too_deep(tree)
    if deep is not None:
        yield messages.not_jinja(TOO_DEEP, line_of(source, deep.lineno))
        return
    yield from _Checker(environment, source).all(tree.body, scope, ())


def _too_deep(tree: nodes.Template) -> nodes.Node | None:
    """The first that lies too deep, or has too many `elif`, which Python takes for one in another. What Jinja reads
    without recursion, as `a or a or …`, can be of any depth."""
    level: list[nodes.Node] = [tree]
    for _ in range(_MOST_DEEP):
        for node in level:
            if isinstance(node, nodes.If) and len(node.elif_) > _MOST_ELIFS:
                return node.elif_[_MOST_ELIFS]
        level = [child for node in level for child in node.iter_child_nodes()]
    return level[0] if level else None


def line_of(source: Source, number: int | None) -> Span:
    """A line, without what is blank at its end."""
    number = number or 1  # some nodes of Jinja's have none
    lines = source.text.split("\n")
    start = sum(len(line) + 1 for line in lines[: number - 1])
    length = len(lines[number - 1].rstrip()) if 0 < number <= len(lines) else 0
    return Span(source, start, start + length)


def unseen(text: str) -> int | None:
    """Where the first character is that no text has: a control character, half of one."""
    return next((at for at, c in enumerate(text) if category(c) in ("Cc", "Cs") and c not in "\n\t\f"), None)


class _Checker:
    def __init__(self, environment: Environment, source: Source) -> None:
        self._environment, self._source = environment, source

    def all(self, found: list[nodes.Node], scope: _Scope, loops: _Loops) -> Iterator[Diagnostic]:
        for node in found:
            yield from self._statement(node, scope, loops)

    def _statement(self, node: nodes.Node, scope: _Scope, loops: _Loops) -> Iterator[Diagnostic]:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    if not isinstance(part, nodes.TemplateData):
                        wrong = [*self._expression(part, scope)]
                        yield from wrong or self._whole(part, scope)
            case nodes.If():
                yield from self._expression(node.test, scope)
                for branch in (node.body, node.elif_, node.else_):
                    yield from self.all([*branch], scope, loops)
            case nodes.For():
                yield from self._loop(node, scope, loops)
            case _:
                yield messages.not_allowed(f"`{type(node).__name__.lower()}`", self._place(node))

    def _loop(self, node: nodes.For, scope: _Scope, loops: _Loops) -> Iterator[Diagnostic]:
        over = self._shape(node.iter, scope)
        if len(loops) == _MOST_LOOPS:
            yield messages.not_allowed("loops three deep", self._place(node))
        elif node.recursive or node.test is not None or not isinstance(node.target, nodes.Name):
            yield messages.not_allowed("loops but `{% for name in list %}`", self._place(node))
        elif isinstance(over, Diagnostic):
            yield over
        elif over.items is None:
            yield messages.not_allowed("loops over what is no list", self._place(node))
        elif over in loops:
            yield messages.not_allowed("a loop over a list within one over the same", self._place(node))
        elif node.target.name == "loop":
            yield messages.not_allowed("`loop` as a name of its own", self._place(node))
        else:
            inside = {**scope, node.target.name: over.items, "loop": _LOOP}
            yield from self.all(node.body, inside, (*loops, over))
            yield from self.all(node.else_, scope, loops)

    def _expression(self, node: nodes.Node, scope: _Scope) -> Iterator[Diagnostic]:
        match node:
            case nodes.Const():
                yield from self._constant(node)
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                found = self._shape(node, scope)
                if isinstance(found, Diagnostic):
                    yield found
            case nodes.And() | nodes.Or():
                yield from self._expression(node.left, scope)
                yield from self._expression(node.right, scope)
            case nodes.Not():
                yield from self._expression(node.node, scope)
            case nodes.Compare():
                for part in (node.expr, *(operand.expr for operand in node.ops)):
                    yield from self._expression(part, scope)
            case nodes.CondExpr():
                for choice in (node.test, node.expr1, node.expr2):
                    if choice is None:
                        yield messages.not_allowed("`… if …` without `else`", self._place(node))
                    else:
                        yield from self._expression(choice, scope)
            case nodes.Filter() | nodes.Test():
                yield from self._applied(node, scope)
            case _:
                yield messages.not_allowed(f"`{type(node).__name__.lower()}`", self._place(node))

    def _constant(self, node: nodes.Const) -> Iterator[Diagnostic]:
        match node.value:
            case str() as text if unseen(text) is not None:
                yield messages.not_allowed("a text that has what nobody sees", self._place(node))
            case int() | float() as number if not abs(number) <= _MOST_NUMBER:
                yield messages.not_allowed("a number as large as that", self._place(node))

    def _whole(self, node: nodes.Expr, scope: _Scope) -> Iterator[Diagnostic]:
        """What would be written as Python writes it: a record with all that it has, a list."""
        match node:
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                found = self._shape(node, scope)
                if isinstance(found, Shape) and found != VALUE:
                    yield messages.whole(
                        _written(node), found.items is not None, sorted(found.fields), self._place(node)
                    )
            case nodes.And() | nodes.Or():
                yield from self._whole(node.left, scope)
                yield from self._whole(node.right, scope)
            case nodes.CondExpr(expr1=first, expr2=second):
                for choice in (first, second):
                    yield from self._whole(choice, scope) if choice is not None else ()
            case nodes.Filter(node=inner, name=name) if inner is not None and name not in _OF_LISTS:
                yield from self._whole(inner, scope)

    def _applied(self, node: nodes.Filter | nodes.Test, scope: _Scope) -> Iterator[Diagnostic]:
        known = FILTERS if isinstance(node, nodes.Filter) else _TESTS
        what = "filter" if isinstance(node, nodes.Filter) else "test"
        given = [*node.args, *(pair.value for pair in node.kwargs)]
        if node.name not in known:
            listed = ", ".join(known)
            yield messages.not_allowed(f"the {what} `{node.name}` (there are: {listed})", self._place(node))
        elif node.dyn_args or node.dyn_kwargs or not all(isinstance(each, nodes.Const) for each in given):
            yield messages.not_allowed(f"the {what} `{node.name}` with what is no plain value", self._place(node))
        elif wrong := [problem for each in given for problem in self._expression(each, scope)]:
            yield from wrong
        elif not self._takes(node):
            yield messages.not_taken(what, node.name, self._place(node))
        if node.node is not None:
            yield from self._expression(node.node, scope)

    def _takes(self, node: nodes.Filter | nodes.Test) -> bool:
        """Whether the filter can do with what it is given in brackets. INVARIANT: these are constants."""
        if isinstance(node, nodes.Test):
            return not node.args and not node.kwargs
        args = [arg.as_const() for arg in node.args]
        named = {str(pair.key): pair.value.as_const() for pair in node.kwargs}
        if len(named) < len(node.kwargs):
            return False
        try:
            self._environment.call_filter(node.name, _SOME_TEXT, args, named)
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AssertionError):
            return False
        return True

    def _shape(self, node: nodes.Node, scope: _Scope) -> Shape | Diagnostic:
        """What a name or a field is; or what is wrong."""
        match node:
            case nodes.Name():
                return self._field(node.name, Shape(scope), node)
            case nodes.Getattr() | nodes.Getitem():
                key = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
                inside = self._shape(node.node, scope)
                if isinstance(inside, Diagnostic):
                    return inside
                if not isinstance(key, str):
                    return messages.not_allowed("brackets but around a text", self._place(node))
                return self._field(key, inside, node)
            case _:
                return messages.not_allowed(f"`{type(node).__name__.lower()}`", self._place(node))

    def _field(self, name: str, of: Shape, node: nodes.Node) -> Shape | Diagnostic:
        if of.open:
            return VALUE
        if name not in of.fields:
            return messages.no_such_name(name, sorted(of.fields), self._place(node))
        return of.fields[name]

    def _place(self, node: nodes.Node) -> Span:
        return line_of(self._source, node.lineno)


def _written(node: nodes.Expr) -> str:
    """A name or a field as the template has it."""
    match node:
        case nodes.Getattr(node=of, attr=name):
            return f"{_written(of)}.{name}"
        case nodes.Getitem(node=of, arg=key):
            return f"{_written(of)}.{getattr(key, 'value', '')}"
        case _:
            return str(getattr(node, "name", ""))
