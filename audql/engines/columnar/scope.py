"""Environments of items, which of these a part of a query is about, and the same part said about one of them alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from audql import ir
from audql.engines.columnar.store import Mask, Rows


@dataclass(frozen=True, slots=True)
class Frame:
    """Environments: item i of environment e is row `items[i][e]` of the table of `records[i]`."""

    records: tuple[str, ...]
    items: tuple[Rows, ...]
    is_table: bool = False
    """Whether the environments are all rows of a table, in order."""
    known: Known | None = None
    """Where many queries are about these environments: what was found of them."""

    @property
    def size(self) -> int:
        return len(self.items[0])

    @property
    def depth(self) -> int:
        return len(self.items)

    def alone(self, item: int) -> Frame:
        """Environments of one of the items only."""
        if self.depth == 1:
            return self
        if self.known is None:
            return Frame((self.records[item],), (self.items[item],))
        if item not in self.known.alone:
            self.known.alone[item] = Frame((self.records[item],), (self.items[item],), known=Known())
        return self.known.alone[item]

    def take(self, chosen: Rows) -> Frame:
        """Only these environments."""
        return Frame(self.records, tuple(rows[chosen] for rows in self.items))

    def add(self, record: str, parents: Rows, rows: Rows) -> Frame:
        """Environment `parents[i]` with one more item, `rows[i]`, per i."""
        return Frame((*self.records, record), (*(known[parents] for known in self.items), rows))


@dataclass(frozen=True, slots=True)
class Known:
    """What was found of the environments of one frame."""

    masks: dict[ir.Query, Mask] = field(default_factory=dict)
    values: dict[ir.Value, Any] = field(default_factory=dict)
    ways: dict[ir.Way, tuple[Rows, Frame]] = field(default_factory=dict)
    """Of hops without a condition: from which environment each at the end comes, and these."""
    alone: dict[int, Frame] = field(default_factory=dict)


class Scopes:
    """Remembers what was found, since the same parts are asked about again and again."""

    def __init__(self) -> None:
        self._items: dict[ir.Query | ir.Value | ir.Way, frozenset[int]] = {}
        self._alone: dict[tuple[ir.Query, int, int], ir.Query] = {}

    def items(self, node: ir.Query | ir.Value | ir.Way) -> frozenset[int]:
        """The numbers of all items that the node names, those that its own hops add included."""
        found = self._items.get(node)
        if found is None:
            own = frozenset({node.item}) if isinstance(node, ir.Field | ir.Hop | ir.Related) else frozenset()
            # A relation is about items of its own.
            inner = (node.where,) if isinstance(node, ir.Related) else ir.children(node)
            found = self._items[node] = own.union(*(self.items(child) for child in inner))
        return found

    def about(self, node: ir.Query | ir.Value | ir.Way, depth: int) -> frozenset[int]:
        """The numbers of the items outside, of which there are `depth`, that the node is about."""
        return frozenset(item for item in self.items(node) if item < depth)

    def alone(self, query: ir.Query, item: int, depth: int) -> ir.Query:
        """A query that is about one of `depth` items only, said about that one as item 0 of 1."""
        if item == 0 and depth == 1:
            return query
        key = (query, item, depth)
        if key not in self._alone:
            self._alone[key] = _renumbered(query, item, depth)
        return self._alone[key]


def _renumbered(node: Any, item: int, depth: int) -> Any:
    """The node, of whatever kind, with item `item` as 0, and the items from `depth` on as those from 1 on."""

    def number(old: int) -> int:
        return 0 if old == item else old - depth + 1

    def part(node: Any) -> Any:
        match node:
            case ir.Test(ir.Field(old, steps, type_, where), atom, span):
                return ir.Test(ir.Field(number(old), steps, type_, where), atom, span)
            case ir.And(parts, span):
                return ir.And(tuple(map(part, parts)), span)
            case ir.Not(inner, span):
                return ir.Not(part(inner), span)
            case ir.Or(parts, span):
                return ir.Or(tuple(map(part, parts)), span)
            case ir.Hop(old, steps, where):
                return ir.Hop(number(old), steps, part(where))
            case ir.Some(hops, count, distinct, span):
                return ir.Some(tuple(map(part, hops)), count, distinct, span)
            case ir.Related(old, where=where):
                return replace(node, item=number(old), where=part(where))
            case ir.Field(old):
                return replace(node, item=number(old))
            case ir.Test(value):
                return replace(node, value=part(value))
            case ir.AtLeast(_, parts):
                return replace(node, parts=tuple(map(part, parts)))
            case ir.Reduce(hops=hops, value=value, by=by):
                return replace(node, hops=tuple(map(part, hops)), value=value and part(value), by=by and part(by))
            case ir.Compare(left=left, right=right) | ir.Gap(left=left, right=right):
                return replace(node, left=part(left), right=part(right))
            case _:
                return node

    return part(node)
