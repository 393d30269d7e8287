"""Rules, lists and holds → who is in each audience after this run, in the order of the program."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from audql import ir
from audql.engines.engine import Audiences, Engine, Joined, since_after
from audql.engines.members import Members
from audql.engines.roster import Roster
from audql.program import Audience, Program
from audql.program.membership import members_after
from audql.runner import allowing, messages
from audql.runner.values import Held, Standing
from audql.state.values import Given, KnownAudience, Remembered
from audql.syntax.ast import OnLeaving
from audql.text import fold
from audql.workspace import Holds


@dataclass(frozen=True, slots=True)
class Decision:
    """One audience after this run. `known` is what it was, `script` what it is written as, where there is each."""

    name: str
    known: KnownAudience | None
    script: Audience | None
    standing: Standing
    members: Members
    gives: tuple[Given, ...]
    on_leaving: OnLeaving
    leaving: int = 0
    """How many of those who are still in the snapshot a script's audience lets go."""
    held: tuple[Held, ...] = ()
    """Why it stays as it was."""

    @property
    def before(self) -> Members:
        return self.known.members if self.known else Members()


@dataclass(frozen=True, slots=True)
class Setting:
    """What all decisions of one run are made from."""

    program: Program
    remembered: Remembered
    roster: Roster
    links_left_out: tuple[tuple[str, str], ...]
    engine: Engine
    day: dt.date
    holds: Holds
    allow: frozenset[str]
    answers: dict[str, tuple[Audiences, Members]] = field(default_factory=dict)
    """Folded name → what the rule was asked with, and whom it said: a round of holds asks again only where it must."""

    def allows(self, what: str, name: str) -> bool:
        return what in self.allow or fold(f"{what}:{name}") in {fold(a) for a in self.allow}

    def by_rule(self, audience: Audience, decided: Audiences) -> Members:
        """Whom the rule of an audience says."""
        if audience.rule is None:
            return Members()
        needed = {need: decided.get(need) or _nobody() for need in audience.needs}
        key = fold(audience.name)
        if key not in self.answers or self.answers[key][0] != needed:
            self.answers[key] = needed, self.engine.matching(audience.rule, needed)
        return self.answers[key][1]

    def named(self, names: Iterable[str]) -> Members:
        """Those of these ids who are in the snapshot."""
        return self.roster.members(names) & self.roster.everyone


def decide(setting: Setting, held: Mapping[str, tuple[Held, ...]]) -> tuple[list[Decision], Audiences]:
    """Each audience's members, those in `held` (by folded name) as they were; and since when they are in."""
    decided: dict[str, Joined] = {}
    decisions: list[Decision] = []
    known_as_before = _taken(setting)
    for decision in (*_left_out(setting, known_as_before), *_ended(setting, known_as_before, held)):
        decisions.append(decision)
        if decision.standing != "retired":
            decided[fold(decision.name)] = _joined(setting, decision)
    taken: set[str] = set()
    for audience in setting.program.audiences:
        known = known_as(setting, audience, taken)
        decision = _decide_one(setting, audience, known, decided, held.get(fold(audience.name), ()))
        decisions.append(decision)
        decided[fold(audience.name)] = _joined(setting, decision)
    return decisions, decided


def _joined(setting: Setting, decision: Decision) -> Joined:
    def since() -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        known = decision.known
        before = setting.remembered.since(known.id) if known is not None else np.zeros(0, dtype=np.int32)
        joined = decision.members - decision.before
        return since_after(decision.before, before, decision.members, joined, setting.day)

    return Joined(decision.members, since)


def _nobody() -> Joined:
    return Joined(Members(), lambda: np.zeros(0, dtype=np.int32))


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


def _taken(setting: Setting) -> frozenset[str]:
    """The folded names in state under which the program's audiences are known: theirs, or ones that they had."""
    taken: set[str] = set()
    for audience in setting.program.audiences:
        known_as(setting, audience, taken)
    return frozenset(taken)


def _left_out(setting: Setting, taken: frozenset[str]) -> Iterator[Decision]:
    """Audiences that have no rule to go by: frozen, in a broken file, or vanished. They stay as they were."""
    reasons = {fold(f.name): f for f in setting.program.frozen}
    retired = {fold(r.name) for r in setting.program.retirements}
    successors = {fold(old): audience.name for audience in setting.program.audiences for old in audience.was}
    for key, frozen in reasons.items():
        known = setting.remembered.audiences.get(key)
        why = messages.frozen(frozen.name, frozen.reason, frozen.span)
        yield _as_it_was(setting, frozen.name, known, None, "frozen", why)
    for key, known in setting.remembered.audiences.items():
        if key in reasons or key in taken or key in retired:
            continue
        if known.file in setting.program.broken_files:
            why = messages.file_broken(known.name, known.file)
        elif key in successors:
            why = messages.renamed_too_late(known.name, known.file, successors[key])
        else:
            why = messages.vanished(known.name, known.file)
        yield _as_it_was(setting, known.name, known, None, "frozen", why)


def _ended(setting: Setting, taken: frozenset[str], held: Mapping[str, tuple[Held, ...]]) -> Iterator[Decision]:
    """Audiences that are retired. One that has got another name (`was`) goes on under that."""
    named = _named(setting.program)
    for retirement in setting.program.retirements:
        key = fold(retirement.name)
        known = setting.remembered.audiences.get(key)
        if known is None or key in named or key in taken:
            continue
        if key in held:
            yield _as_it_was(setting, known.name, known, None, "held", *held[key])
            continue
        yield Decision(known.name, known, None, "retired", Members(), (), retirement.action)


def _decide_one(
    setting: Setting, audience: Audience, known: KnownAudience | None, decided: Audiences, held: tuple[Held, ...]
) -> Decision:
    if held:
        return _as_it_was(setting, audience.name, known, audience, "held", *held)
    if setting.links_left_out and reads_managers_at_any_level(audience.rule):
        links = (f"{person} → {manager}" for person, manager in setting.links_left_out)
        why = messages.links_left_out(audience.name, links)
        return _as_it_was(setting, audience.name, known, audience, "frozen", why)
    before = known.members if known else Members()
    staying = before & setting.roster.everyone
    members = members_after(audience, setting.day, staying, lambda: setting.by_rule(audience, decided), setting.named)
    if members is None:
        return _as_it_was(setting, audience.name, known, audience, "inactive")
    leaving, limits = len(staying - members), setting.holds.leaves
    limit = max(limits.people, limits.share * len(before))
    if leaving > limit and not setting.allows(allowing.LEAVES, audience.name):
        why = messages.leaves_held(audience.name, leaving, len(before), limit)
        return _as_it_was(setting, audience.name, known, audience, "held", why)
    gives = tuple(dict.fromkeys(Given(a.kind, a.learning, a.role) for a in audience.assignments))
    return Decision(audience.name, known, audience, "decided", members, gives, audience.on_leaving, leaving)


def _as_it_was(
    setting: Setting,
    name: str,
    known: KnownAudience | None,
    script: Audience | None,
    standing: Standing,
    *why: Held,
) -> Decision:
    """As the last run left it, but for those who are no longer in the snapshot."""
    members = known.members & setting.roster.everyone if known else Members()
    gives = known.gives if known else ()
    on_leaving = known.on_leaving if known else OnLeaving.KEEP
    return Decision(name, known, script, standing, members, gives, on_leaving, held=why)


def reads_managers_at_any_level(rule: ir.Query | None) -> bool:
    """Whether a rule follows managers through others."""
    return rule is not None and any(
        isinstance(node, ir.Related) and node.how == "closure" and "manager" in node.field.closure
        for node in ir.walk(rule)
    )
