"""A snapshot, as of one day → what the runner asks of an engine, by columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy

import numpy as np

from audql import ir
from audql.binding import AsOf, bind, bind_hops, bind_value
from audql.engines.columnar.answers import Answers
from audql.engines.columnar.combining import combined, conditions
from audql.engines.columnar.dictionary import EPOCH_DAY
from audql.engines.columnar.frames import Frames
from audql.engines.columnar.meeting import met
from audql.engines.columnar.memberships import WithMemberships, membership_of
from audql.engines.columnar.scope import Frame
from audql.engines.columnar.stored import Stored
from audql.engines.columnar.words import Words
from audql.engines.days import NO_DAY, Days
from audql.engines.engine import Audiences, Joined
from audql.engines.interpreter import Interpreter
from audql.engines.members import Members
from audql.engines.people import People
from audql.engines.population import place
from audql.engines.roster import Roster
from audql.snapshot.snapshot import Snapshot
from audql.text import fold
from audql.types import Scalar, Schema
from audql.values import day, moment, text


class ColumnarEngine:
    """Asks everyone in a snapshot at once, in the ordinals of a roster."""

    def __init__(self, snapshot: Snapshot, schema: Schema, roster: Roster, when: AsOf) -> None:
        self._snapshot, self.schema, self.roster, self.when = snapshot, schema, roster, when
        self._store = Stored(snapshot, schema, roster)
        self._interpreter = Interpreter(schema, when.zone, People(schema, ()))
        self._present = _filled(roster.everyone.words, len(roster))
        self._answers = Answers(Frames(self._store, self._interpreter), when, self._present)
        self._membership = membership_of(schema)
        self._texts: dict[tuple[object, ...], Mapping[str, int]] = {}
        self._speaking: dict[ir.Query | ir.Value, bool] = {}
        self._decided: tuple[Mapping[str, Joined], Answers] | None = None

    def on(self, when: AsOf) -> ColumnarEngine:
        """The same as of another time in the same zone: only those whose answers may turn are asked again."""
        later = copy(self)
        later.when, later._decided, later._texts = when, None, {}
        later._answers = self._answers.on(when)
        return later

    def after(self, snapshot: Snapshot, roster: Roster, changed: Members) -> ColumnarEngine:
        """The same of another snapshot, of which only those are asked whose answers may turn by these changes.

        `changed`: everyone of whom, or of whose items, the snapshots hold something else. The roster goes on from this
        one's. Where organisations, positions or learning changed, anyone's answers may have turned: all are asked.
        """
        later = ColumnarEngine(snapshot, self.schema, roster, self.when)
        if self._shared(self._snapshot) == self._shared(snapshot):
            rows = changed.ordinals().astype(np.intp)
            later._answers = self._answers.after(later._answers.frames, later._present, rows)
        return later

    def _shared(self, snapshot: Snapshot) -> list[str]:
        """What the tables hold that many people's records lead to."""
        shared = (t for t in snapshot.tables if t.key and t.record != self.schema.root and snapshot.has(t.name))
        return [snapshot.arrangement(table.name) for table in shared]

    def prepare(self, rules: Sequence[ir.Query], values: Sequence[ir.Value]) -> None:
        """Finds every condition of the rules that does not depend on another audience, each once."""
        self._answers.prepare(
            condition for rule in rules for condition in conditions(rule) if not self._speaks_of_audiences(condition)
        )

    def matching(self, rule: ir.Query, audiences: Audiences) -> Members:
        """Those of the snapshot who match. `audiences` has those that the rule speaks of."""
        speaking = {each for each in conditions(rule) if self._speaks_of_audiences(each)}
        if not speaking:
            return Members(self._answers.words(rule))
        decided, plain = self._with(audiences), self._answers
        found = combined(rule, lambda each: (decided if each in speaking else plain).condition(each), self._present)
        return Members(found & self._present)

    def dates(self, value: ir.Value, people: Members, audiences: Audiences) -> Days:
        """The day of each of these people in the order of ordinals; NO_DAY of those who have none."""
        answers = self._with(audiences) if self._speaks_of_audiences(value) else self._answers
        ordinals = people.ordinals().astype(np.intp)
        found = answers.frames.values(bind_value(value, self.when), Frame((self.schema.root,), (ordinals,)))
        days = found.coded.dictionary.keys(Scalar.DATE, self.when.zone)
        if days is None:
            each = (moment(v, self.when.zone) for v in found.coded.dictionary.values)
            days = np.array([0, *(NO_DAY if v is None else day(v, self.when.zone).toordinal() for v in each)])
        numbers = np.where(found.coded.codes == 0, NO_DAY, days[found.coded.codes] - EPOCH_DAY)
        first = np.full(len(ordinals), np.iinfo(np.int32).max, dtype=np.int64)
        there = numbers > NO_DAY
        np.minimum.at(first, found.owners[there], numbers[there])
        return np.where(first == np.iinfo(np.int32).max, NO_DAY, first).astype(np.int32)

    def met(self, rules: Iterable[ir.Query], person: int) -> Members:
        """Everyone whom the rules can lead to from one person, that one included."""
        root, here = self.schema.root, np.array([person], dtype=np.intp)
        bound = (bind(rule, self.when).query for rule in rules)
        found = (each for rule in bound for each in met(self._answers.frames, rule, ((root, here),)))
        people = [rows for record, rows in found if record == root]
        return Members.of(np.concatenate([here, *people])) & Members(self._present)

    def values(self, query: ir.Query) -> Mapping[str, int]:
        """Each text at the place that the query, one test of a path, looks at, and how many people have it."""
        hops, test = place(query)
        if test is None:
            return {}
        key = (hops, test.value)
        if key not in self._texts:
            self._texts[key] = self._texts_at(bind_hops(hops, self.when), bind_value(test.value, self.when))
        return self._texts[key]

    def _texts_at(self, hops: tuple[ir.Way, ...], value: ir.Value) -> Mapping[str, int]:
        people = Members(self._present).ordinals().astype(np.intp)
        parents, frame = np.arange(len(people)), Frame((self.schema.root,), (people,))
        frames = self._answers.frames
        if hops:
            parents, frame = frames.environments(hops, frame)
        found = frames.values(value, frame)
        texts = [text(each) for each in found.coded.dictionary.values]
        groups: dict[str, int] = {}
        alike = np.array([-1, *(groups.setdefault(fold(t or ""), len(groups)) for t in texts)], dtype=np.int64)
        held = found.coded.codes > 0
        codes, owners = found.coded.codes[held], parents[found.owners[held]]
        which = alike[codes]
        if hops or found.at is not None:
            # Several of one person that are alike count once.
            which = np.unique(owners * len(groups) + which) % max(1, len(groups))
        counts = np.bincount(which, minlength=len(groups)).tolist()
        there = np.flatnonzero(np.bincount(codes, minlength=len(texts) + 1))
        last = {int(alike[code]): texts[code - 1] or "" for code in there.tolist()}
        return {last[group]: counts[group] for group in sorted(last)}

    def _speaks_of_audiences(self, node: ir.Query | ir.Value) -> bool:
        found = self._speaking.get(node)
        if found is None:
            steps = (each.steps for each in ir.walk(node) if isinstance(each, ir.Hop))
            found = self._speaking[node] = any(self._membership in each for each in steps)
        return found

    def _with(self, audiences: Audiences) -> Answers:
        """Answers in which these are decided; the same as last time where these are."""
        if self._decided is None or {**self._decided[0]} != {**audiences}:
            assert self._membership is not None
            store = WithMemberships(self._store, self._membership, audiences)
            self._decided = ({**audiences}, Answers(Frames(store, self._interpreter), self.when, self._present))
        return self._decided[1]


def _filled(words: Words, people: int) -> Words:
    """The words with those of nobody behind them, one for each 64 people."""
    return np.append(words, np.zeros(max(0, -(-people // 64) - len(words)), dtype=words.dtype))
