"""A workspace on disk, hand-made programs and an engine that looks rules up in tables."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from functools import reduce
from operator import and_
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np

from audql import ir
from audql.engines.days import NO_DAY, Days, day_of, number_of
from audql.engines.engine import Audiences
from audql.engines.members import Members
from audql.engines.roster import Roster
from audql.program import Alert, Assignment, Audience, ByHand, Due, Frozen, Program, Retirement
from audql.runner.run import Outcome, apply_workspace, plan_workspace
from audql.runner.saved_plan import SavedPlan, document, read, save
from audql.runner.values import Plan
from audql.snapshot.snapshot import Snapshot
from audql.source import Source, Span
from audql.state.store import State
from audql.state.values import Enrolment
from audql.sync.sync import SyncReport, sync
from audql.syntax.ast import Holding, MomentKind, OnLeaving, Unit
from audql.text import fold
from audql.types import Scalar
from audql.workspace import Workspace

DAY = dt.date(2026, 11, 23)
AT = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)

TOML = """
[workspace]
zone = "Europe/London"
[feed]
{feed}
[targets.file]
path = "out/changes.csv"
{state}
{more}
"""


def word(text: str) -> ir.Query:
    """A rule that the fake engine looks up under that word."""
    return ir.Test(ir.Field(0, (), Scalar.TEXT), ir.Equals(Scalar.TEXT, frozenset({text})))


def member(name: str) -> ir.Query:
    return word(f"member:{fold(name)}")


@dataclass
class Tables:
    """An engine: word → who has it; word of a value → person → date."""

    who: dict[str, set[str]] = field(default_factory=dict)
    days: dict[str, dt.date] = field(default_factory=dict)
    roster: Roster | None = None

    def of(self, roster: Roster) -> Tables:
        self.roster = roster
        return self

    def prepare(self, rules: Sequence[ir.Query], values: Sequence[ir.Value]) -> None:
        pass

    def matching(self, rule: ir.Query, audiences: Audiences) -> Members:
        assert self.roster is not None
        match rule:
            case ir.And(parts):
                return reduce(and_, (self.matching(part, audiences) for part in parts))
            case ir.Not(part):
                return self.roster.everyone - self.matching(part, audiences)
            case ir.Always(value):
                return self.roster.everyone if value else Members()
            case ir.Test(_, ir.Equals(_, values)):
                (text,) = values
                assert isinstance(text, str)
                if text.startswith("member:"):
                    return audiences[text.removeprefix("member:")].members
                return self.roster.members(self.who.get(text, ())) & self.roster.everyone
            case _:
                raise AssertionError(rule)

    def dates(self, value: ir.Value, people: Members, audiences: Audiences) -> Days:
        assert self.roster is not None
        found = np.full(len(people), NO_DAY, dtype=np.int32)
        for at, who in enumerate(self.roster.names(people.ordinals())):
            found[at] = number_of(self.days.get(who))
        return found


def place(file: str = "main.aud") -> Span:
    return Span(Source("", file), 0, 0)


def audience(
    name: str,
    rule: ir.Query | str | None = None,
    *,
    listed: Collection[str] = (),
    include: Collection[ByHand] = (),
    exclude: Collection[ByHand] = (),
    was: Collection[str] = (),
    active: tuple[dt.date | None, dt.date | None] = (None, None),
    holding: Holding | None = None,
    gives: Collection[Assignment] = (),
    leaving: OnLeaving = OnLeaving.KEEP,
    file: str = "main.aud",
    owners: Collection[str] = (),
    alerts: Collection[Alert] = (),
) -> Audience:
    rule = word(rule) if isinstance(rule, str) else rule
    needs = {
        text.removeprefix("member:")
        for node in (ir.walk(rule) if rule is not None else ())
        if isinstance(node, ir.Test) and isinstance(node.atom, ir.Equals)
        for text in node.atom.values
        if isinstance(text, str) and text.startswith("member:")
    }
    return Audience(
        name=name,
        was=tuple(was),
        about="",
        owners=tuple(owners),
        tags=(),
        rule=rule,
        listed=tuple(listed),
        includes=tuple(include),
        excludes=tuple(exclude),
        active_from=active[0],
        active_until=active[1],
        holding=holding,
        assignments=tuple(gives),
        on_leaving=leaving,
        alerts=tuple(alerts),
        needs=tuple(sorted(needs)),
        file=file,
        span=place(file),
    )


def hand(*people: str, until: dt.date | None = None, because: str = "") -> ByHand:
    return ByHand(people, until, because, place())


def notify(*to: str, on: MomentKind, count: int = 0, unit: Unit = Unit.DAY, template: str = "") -> Alert:
    return Alert(to, on, count, unit, template, place())


def course(learning: str, due: Due | None = None, role: str = "") -> Assignment:
    return Assignment("course", learning, role, due, place())


def after_joining(days: int) -> Due:
    return Due(None, days, Unit.DAY)


T = TypeVar("T")

_numbers = itertools.count()


def program(
    *audiences: Audience,
    retire: Mapping[str, OnLeaving] | None = None,
    frozen: Mapping[str, str] | None = None,
    broken: Collection[str] = (),
) -> Program:
    return Program(
        audiences,
        tuple(Retirement(name, action, place()) for name, action in (retire or {}).items()),
        tuple(Frozen(name, reason) for name, reason in (frozen or {}).items()),
        tuple(broken),
        (),
        (),
        f"program{next(_numbers)}",
    )


@dataclass
class World:
    """One workspace with feed, engine and state, moved on by hand."""

    root: Path
    engine: Tables = field(default_factory=Tables)
    day: dt.date = DAY
    more: str = ""
    of_elements: Mapping[str, str] = field(default_factory=dict)
    """Element → what more `audql.toml` says of its file."""

    url_of: ClassVar[Callable[[Path], str]] = staticmethod(lambda root: "")
    """Where the state of a workspace is; empty: in its file."""

    @property
    def workspace(self) -> Workspace:
        return Workspace.open(self.root)

    def feed(self, **tables: str) -> None:
        """Writes the feed anew, on the day: element → CSV text."""
        folder = self.root / "feed"
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        for name, text in tables.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
            written = dt.datetime.combine(self.day, dt.time(), dt.UTC).timestamp()
            os.utime(folder / f"{name}.csv", (written, written))
        feed = "\n".join(f'[feed.{name}]\nfile = "{name}.csv"\n{self.of_elements.get(name, "")}' for name in tables)
        url = type(self).url_of(self.root)
        state = f'[state]\nurl = "{url}"' if url else ""
        text = TOML.format(feed=feed, state=state, more=self.more)
        (self.root / "audql.toml").write_text(text, encoding="utf-8")

    def sync(self, *allow: str, corrected: bool = False) -> SyncReport:
        workspace = self.workspace
        with State.open_alone(workspace.state) as state:
            return sync(workspace, state, as_of=self.day, allow=allow, corrected=corrected)

    def people(self, *people: str, allow: Collection[str] = ("headcount", "emptied"), **tables: str) -> None:
        """A feed of mere ids, synced."""
        self.feed(people="id\n" + "".join(f"{who}\n" for who in people), **tables)
        self.sync(*allow)

    def plan(self, script: Program, *allow: str) -> Plan:
        workspace = self.workspace
        snapshot = Snapshot.open(workspace.snapshots)
        with State.open_to_read(workspace.state) as state:
            return plan_workspace(workspace, script, state, snapshot, self.engine.of, as_of=self.day, allow=allow)

    def apply(
        self,
        planned: Plan,
        script: Program,
        allow: Collection[str] = ("first",),
        saved: SavedPlan | None = None,
    ) -> Outcome:
        workspace = self.workspace
        with State.open_alone(workspace.state) as state:
            return apply_workspace(workspace, state, planned, script, as_of=self.day, at=AT, allow=allow, saved=saved)

    def run(self, script: Program, *allow: str) -> Plan:
        planned = self.plan(script, *allow)
        self.apply(planned, script)
        return planned

    def run_approved(self, script: Program) -> None:
        """By a plan that ann saves and bob approves, unless he has."""
        path, planned = self.root / "plan.json", self.plan(script)
        save(path, document(planned, (), "ann"), path.read_bytes() if path.exists() else None)
        saved = read(str(path), path.read_bytes())
        if not self.state(lambda state: state.approvals(saved.digest)):
            self.state(lambda state: state.approve(saved.digest, "bob", AT))
        self.apply(planned, script, (), saved)

    def state(self, read: Callable[[State], T]) -> T:
        with State.open_alone(self.workspace.state) as state:
            return read(state)

    def members(self) -> dict[str, set[str]]:
        return self.state(lambda s: {a.name: set(s.ids(a.members)) for a in s.read().audiences.values()})

    def since(self, audience: int) -> dict[str, dt.date]:
        """Since when each member is in, by the number of the audience."""

        def read(state: State) -> dict[str, dt.date]:
            known = next(a for a in state.read().audiences.values() if a.id == audience)
            return dict(zip(state.ids(known.members), map(day_of, state.since(audience).tolist()), strict=True))

        return self.state(read)

    def members_as_of(self, name: str, day: dt.date) -> set[str]:
        return self.state(lambda s: set(s.ids(s.members_as_of(name, day))))

    def enrolments(self) -> dict[tuple[str, str], Enrolment]:
        """The latest spell by person and learning's id."""
        return {(e.person, e.learning): e for e in self.state(lambda s: list(s.enrolments()))}

    def mails(self) -> list[tuple[str, str]]:
        """To whom and what about, of all that were ever put into the folder of mails; in order."""
        read = (
            message_from_bytes(path.read_bytes(), policy=default) for path in (self.root / "out" / "mail").glob("*.eml")
        )
        return sorted((str(mail["To"]), str(mail["Subject"])) for mail in read)

    def told(self) -> list[tuple[str, ...]]:
        """Action, person, learning, due, as the target's file has them."""
        path = self.root / "out" / "changes.csv"
        if not path.exists():
            return []
        rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
        return [(row[4], row[1], row[2], row[6]) for row in rows]
