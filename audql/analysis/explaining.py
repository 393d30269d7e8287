"""A query and a person → a tree of yes and no, with the values that decided."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import Literal

from audql import ir
from audql.binding import bind
from audql.engines.interpreter import Env, Interpreter
from audql.engines.population import Person, Population
from audql.program import POPULATION
from audql.types import Field as SchemaField
from audql.values import get, is_scalar, text

_MOST_ITEMS = 5


@dataclass(frozen=True, slots=True)
class Explanation:
    """One condition: as it is written, whether it holds, the values that it looked at, and what it is made of."""

    text: str
    holds: bool
    values: tuple[str, ...] = ()
    parts: "tuple[Explanation, ...]" = ()
    origin: Literal["rule", "population"] = "rule"
    """`population`: the workspace says it of everyone, and the rule itself does not."""

    @property
    def title(self) -> str:
        """The text, below its heading where the rule has none of it."""
        return self.text if self.origin == "rule" else f"{self.origin}: {self.text}"

    def __str__(self) -> str:
        return "\n".join(self._lines(0))

    def _lines(self, depth: int) -> Iterator[str]:
        seen = f"   [{'; '.join(self.values)}]" if self.values else ""
        yield f"{'  ' * depth}{'yes' if self.holds else 'no '} {self.title}{seen}"
        for part in self.parts:
            yield from part._lines(depth + 1)


def explain(query: ir.Query, population: Population, person: Person) -> Explanation:
    """Why the person, one of the population, matches or does not."""
    bound = bind(query, population.when).query
    return _with_origin(_Explainer(population.interpreter).explain(bound, (person.view,)), bound)


class _Explainer:
    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter

    def explain(self, query: ir.Query, env: Env) -> Explanation:
        holds = self.interpreter.check(query)(env)
        match query:
            case ir.Not(part):
                inner = self.explain(part, env)
                if part.span == query.span or part.span is None:
                    return Explanation(inner.text, holds, inner.values, inner.parts)
                return Explanation("not", holds, (), (inner,))
            case ir.And(parts) | ir.Or(parts) | ir.AtLeast(_, parts):
                groups = self._by_place(parts)
                if len(groups) == 1 and len(parts) > 1 and query.span == parts[0].span:
                    return self._leaf(query, holds, env)
                title = (
                    "all of"
                    if isinstance(query, ir.And)
                    else "any of"
                    if isinstance(query, ir.Or)
                    else f"at least {query.count} of"
                )
                together = ir.all_of if isinstance(query, ir.And) else ir.any_of
                explained = tuple(
                    _with_origin(
                        self.explain(group[0] if len(group) == 1 else together(group, group[0].span), env), group[0]
                    )
                    for group in groups
                )
                return Explanation(title, holds, (), explained)
            case _:
                return self._leaf(query, holds, env)

    def _by_place(self, parts: Sequence[ir.Query]) -> list[list[ir.Query]]:
        """The parts; those that one written condition was made into, together."""
        return [list(group) for _, group in groupby(parts, key=lambda part: part.span or id(part))]

    def _leaf(self, query: ir.Query, holds: bool, env: Env) -> Explanation:
        if isinstance(query, ir.Always):
            return Explanation("everyone" if query.value else "no one", holds)
        return Explanation(_written(query), holds, tuple(dict.fromkeys(self._values(query, env))))

    def _values(self, query: ir.Query | ir.Value | ir.Way, env: Env) -> Iterator[str]:
        """What is there at the places that the query looks at."""
        match query:
            case ir.Field():
                yield f"{_label(query.steps)} {_shown(self._there(query, env))}"
            case ir.Reduce():
                yield _shown(self._there(query, env))
            case ir.Some(hops):
                yield from self._items(hops, env)
            case _:
                for child in ir.children(query):
                    yield from self._values(child, env)

    def _there(self, value: ir.Value, env: Env) -> list[object]:
        return [found for found in self.interpreter.values(value)(env) if found is not None]

    def _items(self, hops: tuple[ir.Way, ...], env: Env) -> Iterator[str]:
        """The items that the hops lead to, whether they satisfy the condition or not, by what it looks at in them."""
        last = hops[-1]
        number = len(env) + len(hops) - 1
        bare = tuple(_without_condition(hop) for hop in hops)
        fields = [
            field
            for hop in hops
            for field in ir.walk(hop.where)
            if isinstance(field, ir.Field) and field.item == number and not any(s.hidden for s in field.steps)
        ]
        name = _label((last.field,) if isinstance(last, ir.Related) else last.steps)
        found = list(islice(self.interpreter.items(bare)(env), _MOST_ITEMS + 1))
        if not found:
            yield f"{name}: none"
        for inner in found[:_MOST_ITEMS]:
            seen = {_label(f.steps): self._there(f, inner) for f in fields}
            described = ", ".join(f"{label} {_shown(values)}" for label, values in seen.items() if values)
            yield f"{name}: {described or _name_of(inner[-1])}"
        if len(found) > _MOST_ITEMS:
            yield f"{name}: and more"


def _written(query: ir.Query) -> str:
    return " ".join(query.span.text.split()) if query.span else "…"


def _with_origin(why: Explanation, query: ir.Query) -> Explanation:
    if query.span is None or query.span.source.name != POPULATION:
        return why
    return replace(why, text=_written(query), origin="population")


def _without_condition(hop: ir.Way) -> ir.Way:
    if isinstance(hop, ir.Hop):
        return ir.Hop(hop.item, hop.steps, ir.EVERYONE)
    return ir.Related(hop.item, hop.field, hop.relation, hop.how, ir.EVERYONE)


def _label(steps: Sequence[SchemaField]) -> str:
    return ".".join(step.shown or step.name.replace("_", " ") for step in steps)


def _shown(values: list[object]) -> str:
    if not values:
        return "is not set"
    return ", ".join(_one(value) for value in values[:_MOST_ITEMS]) + (", …" if len(values) > _MOST_ITEMS else "")


def _one(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    return f'"{value}"' if isinstance(value, str) else str(value) if is_scalar(value) else _name_of(value)


def _name_of(item: object) -> str:
    if isinstance(item, dt.date):
        return item.isoformat()
    return next((f'"{found}"' for key in ("name", "username", "id", "title") if (found := text(get(item, key)))), "one")
