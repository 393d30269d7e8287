"""Any query about any items → which of them satisfy it, by whole columns.

A frame is a table of environments. A hop makes a longer frame, with one environment for each item that it leads to and
a note of the one that it came from; what holds of the longer frame is then gathered back. A part of a query that is
about one item alone is decided once for the whole table of such items, where that is no more work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import assert_never

import numpy as np

from audql import ir
from audql.engines.columnar.dictionary import CodeSet, Dictionary, asked_each
from audql.engines.columnar.ordered import Coded, counted, pairs_hold, reduced
from audql.engines.columnar.relations import Relations
from audql.engines.columnar.scope import Frame, Known, Scopes
from audql.engines.columnar.selection import Selection
from audql.engines.columnar.store import Column, Mask, One, Rows, Store, spans
from audql.engines.interpreter import Interpreter
from audql.types import Field as SchemaField
from audql.types import Scalar

BLOCK = 1 << 20
"""So many environments are looked at together, so that what is made of them stays small."""
_KEPT = 1 << 22
"""Of tables with more rows nothing is kept."""
_SMALL = 1 << 16
"""Of tables with at most so many, whatever is asked."""


@dataclass(frozen=True, slots=True)
class Values:
    """Values of a frame: value i is that of environment `at[i]`, or of i where `at` is None; those of one are together,
    and environments ascend."""

    at: Rows | None
    coded: Coded

    @property
    def owners(self) -> Rows:
        return np.arange(len(self.coded.codes), dtype=np.intp) if self.at is None else self.at


class Frames:
    """Evaluates bound queries over a store. What it has found about whole tables it keeps."""

    def __init__(self, store: Store, interpreter: Interpreter) -> None:
        self.store = store
        self.interpreter = interpreter
        """Decides what a single odd value is; it is asked once per distinct value."""
        self.scopes = Scopes()
        self.relations = Relations(store, interpreter.schema, self)
        self.selection = Selection(store, self)
        self._tables: dict[str, Frame] = {}
        self._whole: dict[tuple[str, ir.Query], Mask] = {}
        self._sets: dict[tuple[int, ir.Atom, Scalar], tuple[Dictionary, CodeSet]] = {}

    # --- queries ------------------------------------------------------------------------------------------------------

    def mask(self, query: ir.Query, frame: Frame) -> Mask:
        """Per environment, whether the query holds."""
        if frame.known is None:
            return self._mask(query, frame)
        found = frame.known.masks.get(query)
        if found is None:
            found = frame.known.masks[query] = self._mask(query, frame)
        return found

    def _mask(self, query: ir.Query, frame: Frame) -> Mask:
        match query:
            case ir.Always(truth):
                return np.full(frame.size, truth)
            case ir.And(parts):
                return self._narrowing(parts, frame, True)
            case ir.Or(parts):
                return self._narrowing(parts, frame, False)
            case ir.Not(part):
                return ~self.mask(part, frame)
            case ir.AtLeast(count, parts):
                held = np.zeros(frame.size, dtype=np.uint16)
                for part in parts:
                    held += self.mask(part, frame)
                return held >= count
        about = self.scopes.about(query, frame.depth)
        if len(about) == 1:
            (item,) = about
            alone = self.scopes.alone(query, item, frame.depth)
            record = frame.records[item]
            if self._is_worth_it(record, alone, frame.size):
                return self.whole(record, alone)[frame.items[item]]
            here = frame.alone(item)
            return self._directly(alone, here) if here is frame or here.known is None else self.mask(alone, here)
        return self._directly(query, frame)

    def whole(self, record: str, query: ir.Query) -> Mask:
        """Per item of the table, whether a query about it alone holds. Kept."""
        known = self._whole.get((record, query))
        if known is None:
            known = self._whole[record, query] = self.once(record, query)
        return known

    def once(self, record: str, query: ir.Query) -> Mask:
        """The same, not kept."""
        count = self.store.count(record)
        if isinstance(query, ir.Some | ir.Test | ir.Compare | ir.Gap) and _has_hops(query):
            return self._directly(query, self._table(record, 0, count))
        return np.concatenate(
            [
                self._open(query, self._table(record, at, min(at + BLOCK, count)))
                for at in range(0, max(count, 1), BLOCK)
            ]
        )

    def matching(self, record: str, query: ir.Query) -> Rows | None:
        """The items for which a query about them alone holds, ascending; None where that is neither kept nor to be."""
        kept = self._whole.get((record, query))
        if kept is None and self.store.count(record) <= _SMALL:
            kept = self.whole(record, query)
        return None if kept is None else np.flatnonzero(kept)

    def satisfying(self, record: str, query: ir.Query, rows: Rows) -> Rows:
        """Those of some items for which a query about them alone holds."""
        if len(rows) == self.store.count(record):
            return np.flatnonzero(self.once(record, query))
        pieces = [rows[at : at + BLOCK] for at in range(0, len(rows), BLOCK)]
        held = [piece[np.flatnonzero(self.mask(query, Frame((record,), (piece,))))] for piece in pieces]
        return held[0] if len(held) == 1 else np.concatenate([*held, rows[:0]])

    def _table(self, record: str, start: int, end: int) -> Frame:
        if start > 0 or end < self.store.count(record):
            return Frame((record,), (np.arange(start, end, dtype=np.intp),))
        known = self._tables.get(record)
        if known is None:
            known = self._tables[record] = Frame((record,), (np.arange(end, dtype=np.intp),), is_table=True)
        return known

    def _is_worth_it(self, record: str, query: ir.Query, size: int) -> bool:
        count = self.store.count(record)
        return (count <= 2 * size and count <= _KEPT) or (record, query) in self._whole

    def _open(self, query: ir.Query, frame: Frame) -> Mask:
        """The same as `mask`, without looking for the answer where it is about to be kept."""
        match query:
            case ir.Test() | ir.Compare() | ir.Gap() | ir.Some():
                return self._directly(query, frame)
            case _:
                return self.mask(query, frame)

    def _narrowing(self, parts: Iterable[ir.Query], frame: Frame, still: bool) -> Mask:
        """All of the parts, or with `still` false any of them; each is only asked of those that are still open."""
        if frame.known is not None:
            join = np.logical_and if still else np.logical_or
            whole: Mask = join.reduce([self.mask(part, frame) for part in parts])
            return whole
        found = np.full(frame.size, still)
        open_, here = np.arange(frame.size, dtype=np.intp), frame
        for part in parts:
            held = self.mask(part, here)
            found[open_] = found[open_] & held if still else found[open_] | held
            chosen = np.flatnonzero(found[open_] == still)
            if not chosen.size:
                break
            if chosen.size < 0.75 * here.size:
                open_, here = open_[chosen], here.take(chosen)
        return found

    def _directly(self, query: ir.Query, frame: Frame) -> Mask:
        match query:
            case ir.Test(value, atom):
                found = self.values(value, frame)
                held = self.holding(found.coded.dictionary, atom, value.type).holds(found.coded.codes)
                return held if found.at is None else _any(found.at[held], frame.size)
            case ir.Compare() | ir.Gap():
                return self._pairs(query, frame)
            case ir.Some(hops, count, distinct):
                return self._some(hops, count, distinct, frame)
            case _:
                return self.mask(query, frame)

    def _pairs(self, query: ir.Compare | ir.Gap, frame: Frame) -> Mask:
        """Whether some value of the left and some of the right are as the query wants them."""
        left, right = self.values(query.left, frame), self.values(query.right, frame)
        if left.at is None and right.at is None:
            return pairs_hold(query, left.coded, right.coded, self.interpreter)
        counts = np.bincount(right.owners, minlength=frame.size)
        starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
        owners = left.owners
        i, j = np.repeat(np.arange(len(owners)), counts[owners]), spans(starts[owners], counts[owners])
        a, b = (Coded(side.coded.codes[k], side.coded.dictionary) for side, k in ((left, i), (right, j)))
        held = pairs_hold(query, a, b, self.interpreter)
        return _any(owners[i[held]], frame.size)

    def _some(self, hops: tuple[ir.Way, ...], count: int, distinct: bool, frame: Frame) -> Mask:
        match hops:
            case (ir.Related(number, how="inverse", where=ir.EVERYONE) as related,) if frame.known is None:
                # Such a relation leads to each item once.
                return self.relations.counts(frame.records[number], related)[frame.items[number]] >= count
        if count == 1:
            hop, *further = hops
            where = ir.all_of((hop.where, ir.Some(tuple(further)))) if further else hop.where
            reaching = self._reaching(hop, where, frame)
            if reaching is not None:
                return reaching
            parents, _ = self._expand(replace(hop, where=where), frame, in_order=False)
            return _any(parents, frame.size)
        parents, inner = self.environments(hops, frame)
        # A relation leads to each item once.
        if distinct and not (len(hops) == 1 and isinstance(hops[0], ir.Related)):
            identity = self.store.identity(inner.records[-1])
            last = inner.items[-1] if identity is None else identity[inner.items[-1]]
            width = int(last.max(initial=0)) + 1
            parents = np.unique(parents.astype(np.int64) * width + last) // width
        return np.bincount(parents, minlength=frame.size) >= count

    def _reaching(self, hop: ir.Way, where: ir.Query, frame: Frame) -> Mask | None:
        """Whether following a relation any number of times leads to an item with `where`, backwards from those items;
        None where that is not the question."""
        if not isinstance(hop, ir.Related) or hop.how != "closure" or frame.known is not None:
            return None
        if self.scopes.about(where, frame.depth + 1) - {frame.depth}:
            return None
        record = frame.records[hop.item]
        sought = self.selection.rows(record, self.scopes.alone(where, frame.depth, frame.depth + 1))
        reaching = self.relations.reaching(record, hop, sought)
        return reaching if reaching is None or frame.is_table else reaching[frame.items[hop.item]]

    # --- values -------------------------------------------------------------------------------------------------------

    def values(self, value: ir.Value, frame: Frame) -> Values:
        """What the items hold at the value's place; not yet read as any type."""
        if frame.known is None:
            return self._values(value, frame)
        if value not in frame.known.values:
            frame.known.values[value] = self._values(value, frame)
        found: Values = frame.known.values[value]
        return found

    def _values(self, value: ir.Value, frame: Frame) -> Values:
        match value:
            case ir.Field(item, steps):
                *references, last = steps
                at, record, rows = self.along(frame.records[item], frame.items[item], references)
                column = self.store.column(record, last)
                if isinstance(column, Column):
                    return Values(at, Coded(column.codes[rows], column.dictionary))
                starts, counts = column.offsets[rows], column.offsets[rows + 1] - column.offsets[rows]
                owners = np.arange(len(rows), dtype=np.intp) if at is None else at
                found = Coded(column.codes[spans(starts, counts)], column.dictionary)
                return Values(np.repeat(owners, counts), found)
            case ir.Reduce(hops=hops, value=inner_value, by=by):
                parents, inner = self.environments(hops, frame)
                if inner_value is None:
                    return Values(None, counted(np.bincount(parents, minlength=frame.size)))
                each = self.values(inner_value, inner)
                when = None if by is None else self._one_each(by, inner, each.owners)
                return Values(*reduced(value, parents[each.owners], each.coded, when, self.interpreter))
            case _:
                assert_never(value)

    def _one_each(self, value: ir.Field, frame: Frame, owners: Rows) -> Coded:
        """What each of the owners has at a field that holds one value."""
        found = self.values(value, frame)
        codes = np.zeros(frame.size, dtype=found.coded.codes.dtype)
        codes[found.owners] = found.coded.codes
        return Coded(codes[owners], found.coded.dictionary)

    def along(self, record: str, rows: Rows, references: Iterable[SchemaField]) -> tuple[Rows | None, str, Rows]:
        """The items at the end of the references: which of the rows each is of (None: one each), table, and row."""
        at: Rows | None = None
        for field in references:
            assert not isinstance(field.type, Scalar)
            links = self.store.links(record, field)
            if isinstance(links, One):
                rows = links.rows[rows].astype(np.intp)
                there = np.flatnonzero(rows >= 0)
                if len(there) < len(rows):
                    at, rows = there if at is None else at[there], rows[there]
            else:
                counts = links.offsets[rows + 1] - links.offsets[rows]
                owners = np.arange(len(rows), dtype=np.intp) if at is None else at
                at, rows = np.repeat(owners, counts), links.rows[spans(links.offsets[rows], counts)].astype(np.intp)
            record = field.type.record
        return at, record, rows

    def holding(self, dictionary: Dictionary, atom: ir.Atom, type_: Scalar) -> CodeSet:
        """The codes whose values satisfy the atom. Kept."""
        key = (id(dictionary), atom, type_)
        if key not in self._sets:
            codes = dictionary.select(atom, type_, self.interpreter.zone)
            if codes is None:
                codes = asked_each(dictionary, self.interpreter.atom(atom, type_))
            self._sets[key] = (dictionary, codes)
        return self._sets[key][1]

    def tested(self, record: str, query: ir.Query) -> tuple[Column, CodeSet] | None:
        """Of a test of one field of an item, or several of which one is to hold: the column, and the codes that pass;
        None where it is none, or an item can have several values."""
        match query:
            case ir.Test(ir.Field(0, (field,)) as value, atom):
                column = self.store.column(record, field)
                if isinstance(column, Column):
                    return column, self.holding(column.dictionary, atom, value.type)
            case ir.Or(parts):
                found = [self.tested(record, part) for part in parts]
                there = [each for each in found if each is not None]
                if len(there) == len(found) and all(column is there[0][0] for column, _ in there):
                    return there[0][0], CodeSet.either(chosen for _, chosen in there)
        return None

    # --- items --------------------------------------------------------------------------------------------------------

    def environments(self, hops: tuple[ir.Way, ...], frame: Frame) -> tuple[Rows, Frame]:
        """The environments at the end of the hops, and from which of the frame's each comes."""
        parents: Rows | None = None
        for hop in hops:
            here, frame = self._expand(hop, frame)
            parents = here if parents is None else parents[here]
        assert parents is not None
        return parents, frame

    def _expand(self, hop: ir.Way, frame: Frame, *, in_order: bool = True) -> tuple[Rows, Frame]:
        """The same by one hop. Where `in_order`, environments stay so, and their items are as the record has them."""
        match hop:
            case ir.Hop(number, (field,)) if frame.is_table:
                owners = self.store.owners(frame.records[number], field)
                if owners is not None:
                    return self._selected(hop, owners, frame, in_order=in_order)
        if frame.known is None:
            return self._where(hop.where, *self._follow(hop, frame))
        bare = replace(hop, where=ir.EVERYONE)
        if bare not in frame.known.ways:
            parents, inner = self._follow(hop, frame)
            frame.known.ways[bare] = parents, replace(inner, known=Known())
        return self._where(hop.where, *frame.known.ways[bare])

    def _follow(self, hop: ir.Way, frame: Frame) -> tuple[Rows, Frame]:
        """The same, whatever its condition."""
        record, rows = frame.records[hop.item], frame.items[hop.item]
        match hop:
            case ir.Hop(_, steps):
                at, target, found = self.along(record, rows, steps)
                parents = np.arange(frame.size, dtype=np.intp) if at is None else at
            case ir.Related(field=field):
                assert not isinstance(field.type, Scalar)
                target = field.type.record
                parents, found = self.relations.follow(record, hop, rows)
            case _:
                assert_never(hop)
        return parents, frame.add(target, parents, found)

    def _selected(self, hop: ir.Hop, owners: One, frame: Frame, *, in_order: bool) -> tuple[Rows, Frame]:
        """One hop from all rows of a table to items that have one owner each: found from the items' side."""
        field = hop.steps[0]
        assert not isinstance(field.type, Scalar)
        parts = ir.conjuncts(hop.where)
        own = [part for part in parts if 0 not in self.scopes.items(part)]
        alone = self.scopes.alone(ir.all_of(own), 1, 2)
        rows = self.selection.rows(field.type.record, alone)
        parents = owners.rows[rows].astype(np.intp)
        there = np.flatnonzero((parents >= 0) & (parents < frame.size))
        if len(there) < len(parents):
            parents, rows = parents[there], rows[there]
        if in_order and np.any(parents[1:] < parents[:-1]):
            order = np.argsort(parents, kind="stable")
            parents, rows = parents[order], rows[order]
        inner = Frame((*frame.records, field.type.record), (parents, rows))
        return self._where(ir.all_of(part for part in parts if 0 in self.scopes.items(part)), parents, inner)

    def _where(self, where: ir.Query, parents: Rows, frame: Frame) -> tuple[Rows, Frame]:
        """Those of the frame that satisfy the condition."""
        if where == ir.EVERYONE:
            return parents, frame
        chosen = np.flatnonzero(self.mask(where, frame))
        return parents[chosen], frame.take(chosen)


def _has_hops(query: ir.Some | ir.Test | ir.Compare | ir.Gap) -> bool:
    match query:
        case ir.Some():
            return True
        case ir.Test(value):
            return isinstance(value, ir.Reduce)
        case _:
            return isinstance(query.left, ir.Reduce) or isinstance(query.right, ir.Reduce)


def _any(owners: Rows, size: int) -> Mask:
    found = np.zeros(size, dtype=bool)
    found[owners] = True
    return found
