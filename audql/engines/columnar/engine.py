"""A snapshot, as of one day → what the runner asks of an engine, by columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

import numpy as np

from audql import ir
from audql.binding import AsOf, bind, bind_value
from audql.engines.columnar.bits import Bits, atoms
from audql.engines.columnar.dictionary import EPOCH_DAY
from audql.engines.columnar.frames import Frames
from audql.engines.columnar.memberships import WithMemberships, membership_of
from audql.engines.columnar.scope import Frame
from audql.engines.columnar.stored import Stored
from audql.engines.days import NO_DAY, Days
from audql.engines.engine import Audiences, Joined
from audql.engines.interpreter import Interpreter
from audql.engines.members import Members
from audql.engines.people import People
from audql.engines.roster import Roster
from audql.snapshot.snapshot import Snapshot
from audql.types import Scalar, Schema
from audql.values import day, moment


class ColumnarEngine:
    """Asks everyone in a snapshot at once, in the ordinals of a roster."""

    def __init__(self, snapshot: Snapshot, schema: Schema, roster: Roster, when: AsOf) -> None:
        self._schema, self._when = schema, when
        self._store = Stored(snapshot, schema, roster)
        self._interpreter = Interpreter(schema, when.zone, People(schema, ()))
        self._bits = Bits(Frames(self._store, self._interpreter))
        self._present = roster.everyone
        self._membership = membership_of(schema)
        self._bound: dict[ir.Query, ir.Query] = {}
        self._decided: tuple[Mapping[str, Joined], Bits] | None = None

    def on(self, when: AsOf) -> ColumnarEngine:
        """The same as of another time in the same zone; what does not depend on the time is not found again."""
        assert when.zone == self._when.zone
        other = copy(self)
        other._when, other._bound, other._decided = when, {}, None
        return other

    def prepare(self, rules: Sequence[ir.Query], values: Sequence[ir.Value]) -> None:
        """Finds every condition of the rules that does not depend on another audience, each once."""
        wanted = (atom for rule in rules for atom in atoms(self._bind(rule)) if not self._speaks_of_audiences(atom))
        self._bits.prepare(wanted)

    def matching(self, rule: ir.Query, audiences: Audiences) -> Members:
        """Those of the snapshot who match. `audiences` has those that the rule speaks of."""
        bound = self._bind(rule)
        bits = self._with(audiences) if self._speaks_of_audiences(bound) else self._bits
        return Members(bits.words(bound)) & self._present

    def dates(self, value: ir.Value, people: Members, audiences: Audiences) -> Days:
        """The day of each of these people in the order of ordinals; NO_DAY of those who have none."""
        bits = self._with(audiences) if self._speaks_of_audiences(value) else self._bits
        ordinals = people.ordinals().astype(np.intp)
        found = bits.frames.values(bind_value(value, self._when), Frame((self._schema.root,), (ordinals,)))
        days = found.coded.dictionary.keys(Scalar.DATE, self._when.zone)
        if days is None:
            each = (moment(v, self._when.zone) for v in found.coded.dictionary.values)
            days = np.array([0, *(NO_DAY if v is None else day(v, self._when.zone).toordinal() for v in each)])
        numbers = np.where(found.coded.codes == 0, NO_DAY, days[found.coded.codes] - EPOCH_DAY)
        first = np.full(len(ordinals), np.iinfo(np.int32).max, dtype=np.int64)
        there = numbers > NO_DAY
        np.minimum.at(first, found.owners[there], numbers[there])
        return np.where(first == np.iinfo(np.int32).max, NO_DAY, first).astype(np.int32)

    def _bind(self, rule: ir.Query) -> ir.Query:
        if rule not in self._bound:
            self._bound[rule] = bind(rule, self._when).query
        return self._bound[rule]

    def _speaks_of_audiences(self, node: ir.Query | ir.Value) -> bool:
        return any(isinstance(each, ir.Hop) and self._membership in each.steps for each in ir.walk(node))

    def _with(self, audiences: Audiences) -> Bits:
        """Answers in which these are decided; the same as last time where these are."""
        if self._decided is None or {**self._decided[0]} != {**audiences}:
            assert self._membership is not None
            store = WithMemberships(self._store, self._membership, audiences)
            self._decided = ({**audiences}, Bits(Frames(store, self._interpreter)))
        return self._decided[1]
