"""Rules, lists and holds → who is in each audience after this run, in the order of the program."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from audql import ir
from audql.program import Audience, ByHand, Program
from audql.runner import messages
from audql.runner.evaluation import Engine
from audql.runner.values import Held, Standing
from audql.state.values import Given, KnownAudience, Remembered
from audql.syntax.ast import Holding, OnLeaving
from audql.text import fold
from audql.workspace import Holds

LEAVES, LOST, RUN, FIRST = "leaves", "lost", "run", "first"
"""What `--allow` lets through; `leaves:NAME` and `lost:NAME` for one audience."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One audience after this run. `known` is what it was, `script` what it is written as, where there is each."""

    name: str
    known: KnownAudience | None
    script: Audience | None
    standing: Standing
    members: frozenset[str]
    gone: frozenset[str]
    """Members so far who are no longer in the snapshot."""
    wanted: frozenset[str]
    """Whom rule and lists say, before any hold; for the reasons of those who join and leave."""
    gives: tuple[Given, ...]
    on_leaving: OnLeaving
    held: Held | None = None

    @property
    def before(self) -> frozenset[str]:
        return self.known.members if self.known else frozenset()

    @property
    def as_it_was(self) -> bool:
        return self.standing in ("inactive", "frozen", "held")


@dataclass(frozen=True, slots=True)
class Setting:
    """What all decisions of one run are made from."""

    program: Program
    remembered: Remembered
    people: frozenset[str]
    dropped_managers: tuple[tuple[str, str], ...]
    engine: Engine
    day: dt.date
    holds: Holds
    allow: frozenset[str]

    def allows(self, what: str, name: str) -> bool:
        return what in self.allow or fold(f"{what}:{name}") in {fold(a) for a in self.allow}


class Since(Mapping[str, Mapping[str, dt.date]]):
    """Folded name → member → since when, of the audiences decided so far. Made when first asked for."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._decisions: dict[str, Decision] = {}
        self._made: dict[str, Mapping[str, dt.date]] = {}

    def add(self, decision: Decision) -> None:
        self._decisions[fold(decision.name)] = decision

    def __getitem__(self, key: str) -> Mapping[str, dt.date]:
        if key not in self._made:
            decision = self._decisions[key]
            known = self._setting.remembered.since(decision.known.id) if decision.known else {}
            self._made[key] = {who: known.get(who, self._setting.day) for who in decision.members}
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._decisions)

    def __len__(self) -> int:
        return len(self._decisions)


def decide(setting: Setting, held: Mapping[str, Held]) -> tuple[list[Decision], Since]:
    """Each audience's members; those in `held` (by folded name) as they were. Also since when they are."""
    since = Since(setting)
    decisions: list[Decision] = []
    for decision in (*_left_out(setting, held), *_ended(setting, held)):
        decisions.append(decision)
        if decision.standing != "retired":
            since.add(decision)
    taken: set[str] = set()
    for audience in setting.program.audiences:
        known = known_as(setting, audience, taken)
        decision = _decide_one(setting, audience, known, since, held.get(fold(audience.name)))
        decisions.append(decision)
        since.add(decision)
    return decisions, since


def known_as(setting: Setting, audience: Audience, taken: set[str]) -> KnownAudience | None:
    """The audience in state, under its name or one that it had (`was`), each taken once."""
    known = setting.remembered.audiences
    for name in (audience.name, *audience.was):
        key = fold(name)
        if key in known and key not in taken and (name is audience.name or key not in _named(setting.program)):
            taken.add(key)
            return known[key]
    return None


def _named(program: Program) -> frozenset[str]:
    return frozenset({*(fold(a.name) for a in program.audiences), *(fold(f.name) for f in program.frozen)})


def _left_out(setting: Setting, held: Mapping[str, Held]) -> Iterable[Decision]:
    """Audiences that have no rule to go by: frozen, in a broken file, or vanished. They stay as they were."""
    reasons = {fold(f.name): f for f in setting.program.frozen}
    taken: set[str] = set()
    for audience in setting.program.audiences:
        known_as(setting, audience, taken)
    retired = {fold(r.name) for r in setting.program.retirements}
    for key, frozen in reasons.items():
        known = setting.remembered.audiences.get(key)
        yield _as_it_was(setting, frozen.name, known, None, "frozen", messages.frozen(frozen.name, frozen.reason))
    for key, known in setting.remembered.audiences.items():
        if key in reasons or key in taken or key in retired:
            continue
        broken = known.file in setting.program.broken_files
        say = messages.file_broken if broken else messages.vanished
        yield _as_it_was(setting, known.name, known, None, "frozen", say(known.name, known.file))


def _ended(setting: Setting, held: Mapping[str, Held]) -> Iterable[Decision]:
    """Audiences that are retired."""
    named = _named(setting.program)
    for retirement in setting.program.retirements:
        key = fold(retirement.name)
        known = setting.remembered.audiences.get(key)
        if known is None or key in named:
            continue
        if key in held:
            yield _as_it_was(setting, known.name, known, None, "held", held[key])
            continue
        gone = known.members - setting.people
        nobody: frozenset[str] = frozenset()
        yield Decision(known.name, known, None, "retired", nobody, gone, nobody, (), retirement.action)


def _decide_one(
    setting: Setting,
    audience: Audience,
    known: KnownAudience | None,
    since: Mapping[str, Mapping[str, dt.date]],
    held: Held | None,
) -> Decision:
    if held is not None:
        return _as_it_was(setting, audience.name, known, audience, "held", held)
    if setting.dropped_managers and reads_managers_at_any_level(audience.rule):
        links = (f"{person} → {manager}" for person, manager in setting.dropped_managers)
        why = messages.managers_dropped(audience.name, links)
        return _as_it_was(setting, audience.name, known, audience, "frozen", why)
    if not _is_active(audience, setting.day):
        return _as_it_was(setting, audience.name, known, audience, "inactive", None)
    wanted = wanted_members(setting, audience, since)
    before = known.members if known else frozenset()
    staying = before & setting.people
    match audience.holding:
        case Holding.PAUSED:
            members = staying
        case Holding.ADD_ONLY:
            members = staying | wanted
        case Holding.REMOVE_ONLY:
            members = staying & wanted
        case None:
            members = wanted
    leaving, limits = len(staying - members), setting.holds.leaves
    limit = max(limits.people, limits.share * len(before))
    if leaving > limit and not setting.allows(LEAVES, audience.name):
        why = messages.leaves_held(audience.name, leaving, len(before), limit)
        return _as_it_was(setting, audience.name, known, audience, "held", why)
    gives = tuple(dict.fromkeys(Given(a.kind, a.learning, a.role) for a in audience.assignments))
    gone = before - setting.people
    return Decision(audience.name, known, audience, "decided", members, gone, wanted, gives, audience.on_leaving)


def _as_it_was(
    setting: Setting,
    name: str,
    known: KnownAudience | None,
    script: Audience | None,
    standing: Standing,
    why: Held | None,
) -> Decision:
    """As the last run left it, but for those who are no longer in the snapshot."""
    before = known.members if known else frozenset()
    members = before & setting.people
    gives = known.gives if known else ()
    on_leaving = known.on_leaving if known else OnLeaving.KEEP
    return Decision(name, known, script, standing, members, before - members, members, gives, on_leaving, why)


def wanted_members(setting: Setting, audience: Audience, since: Mapping[str, Mapping[str, dt.date]]) -> frozenset[str]:
    """Whom the rule and the lists say."""
    rule: frozenset[str] = frozenset()
    if audience.rule is not None:
        rule = setting.engine.matching(audience.rule, {need: since.get(need, {}) for need in audience.needs})
    included = by_hand(audience.includes, setting.day)
    excluded = by_hand(audience.excludes, setting.day)
    return ((rule | frozenset(audience.listed) | included.keys()) - excluded.keys()) & setting.people


def by_hand(entries: Iterable[ByHand], day: dt.date) -> dict[str, ByHand]:
    """Who is named by hand on that day, and by which clause; `until` is the last day."""
    return {who: entry for entry in entries if entry.until is None or day <= entry.until for who in entry.people}


def reads_managers_at_any_level(rule: ir.Query | None) -> bool:
    """Whether a rule follows managers through others."""
    return rule is not None and any(
        isinstance(node, ir.Related) and node.how == "closure" and "manager" in node.field.closure
        for node in ir.walk(rule)
    )


def _is_active(audience: Audience, day: dt.date) -> bool:
    return (audience.active_from is None or audience.active_from <= day) and (
        audience.active_until is None or day <= audience.active_until
    )


def why_joins(decision: Decision, people: Collection[str], day: dt.date) -> dict[str, str]:
    """The reason of each, as a plan shows it."""
    script = decision.script
    if script is None:
        return {}
    listed, included = frozenset(script.listed), by_hand(script.includes, day)
    reasons: dict[str, str] = {}
    for who in people:
        if who in included:
            reasons[who] = messages.by_hand("included", included[who].until, included[who].because)
        else:
            reasons[who] = messages.LISTED if who in listed else messages.MATCHES
    return reasons


def why_leaves(decision: Decision, people: Collection[str], day: dt.date) -> dict[str, str]:
    """The reason of each, as a plan shows it."""
    script = decision.script
    excluded = by_hand(script.excludes, day) if script else {}
    lapsed = {who for entry in script.includes for who in entry.people} if script else set()
    reasons: dict[str, str] = {}
    for who in people:
        if who in decision.gone:
            reasons[who] = messages.LEFT
        elif decision.standing == "retired":
            reasons[who] = messages.RETIRED
        elif who in excluded:
            reasons[who] = messages.by_hand("excluded", excluded[who].until, excluded[who].because)
        elif who in lapsed:
            reasons[who] = messages.INCLUDED_NO_MORE
        else:
            ruled = script is not None and script.rule is not None
            reasons[who] = messages.MATCHES_NO_MORE if ruled else messages.LISTED_NO_MORE
    return reasons
