"""A workspace → why someone is in or out, who is in, and how things stand."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audql.analysis.explaining import Explanation
from audql.binding import as_of
from audql.diagnostics import Diagnostic, RunError, Severity
from audql.engines.days import day_of
from audql.operations import messages
from audql.operations.asked import of_workspace
from audql.operations.last_report import LastStop, last_stop, left_to_see_to
from audql.operations.naming import names_of
from audql.operations.restored import if_older
from audql.operations.scripts import open_workspace, workspace_scripts
from audql.operations.surroundings import Surroundings
from audql.program import Audience
from audql.program.membership import by_hand
from audql.runner import messages as runner_messages
from audql.runner import unsent
from audql.runner.values import Held
from audql.snapshot.links import pairs
from audql.snapshot.snapshot import Snapshot
from audql.snapshot.store import current_name, load_manifest
from audql.state.post import Box
from audql.state.store import State
from audql.state.values import Run
from audql.sync.messages import link_left_out
from audql.text import fold
from audql.workspace import Workspace

_RUNS = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """Whether someone is in an audience after the next run, and why."""

    audience: str
    member: bool
    since: dt.date | None
    standing: str
    """`decided`, `inactive`, `frozen` or `held`; all but the first leave the audience as it was."""
    held: str
    """Why it is held or frozen; empty where it is neither."""
    by_hand: tuple[str, ...]
    """What the lists of the audience say of the person."""
    rule: Explanation | None
    """None where the audience has no rule, or a mistake."""


@dataclass(frozen=True, slots=True)
class Why:
    """Someone and the audiences asked about."""

    person: str
    name: str
    day: dt.date
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class MembersOf:
    """Who is in an audience after the runs so far, and since when; of a past day the days of joining are not told."""

    audience: str
    day: dt.date | None
    members: Mapping[str, dt.date | None]
    names: Mapping[str, str]
    run_day: dt.date | None
    """Of the last run by that day."""


@dataclass(frozen=True, slots=True)
class AudienceSize:
    name: str
    file: str
    members: int
    standing: str
    """In the last run; `known` where that did not speak of it."""


@dataclass(frozen=True, slots=True)
class RunInShort:
    """One of the last runs, by its report."""

    number: int
    day: dt.date
    at: dt.datetime
    joins: int
    leaves: int
    enrolments: int
    mails: int
    held: int


@dataclass(frozen=True, slots=True)
class Status:
    """How a workspace stands, from its state and its snapshot alone."""

    folder: Path
    snapshot: str | None
    people: int
    run: Run | None
    audiences: tuple[AudienceSize, ...]
    held: tuple[Held, ...]
    """What the last run held or froze."""
    enrolments: int
    """Open ones that audiences gave."""
    waiting: int
    """Effects that no target has been told of yet."""
    mails: Box
    """That wait, and that are set aside."""
    mails_put_off: int
    """Those that wait as a try has failed; the others wait for the next run."""
    mail_limit: int | None
    """The most mails a run; None where the workspace sends none."""
    runs: tuple[RunInShort, ...]
    """The last ones, the latest first."""
    set_aside: Mapping[Path, int]
    """The files of what the last sync refused, and how many rows are in each."""
    rows_waiting: int
    """Rows of deltas that do not count yet."""
    stopped: LastStop | None
    """Where the latest run was stopped, and nothing has been applied since."""
    warnings: tuple[Diagnostic, ...]
    """What is to be seen to besides: of the feed, and of what could not be told or sent."""
    untold: bool
    """Whether changes wait though there is a target to be told."""

    @property
    def status(self) -> int:
        return 4 if self.held or self.set_aside or self.stopped or self.warnings or self.untold else 0


def why(
    person: str,
    audience: str | None = None,
    *,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    plugins_dir: Path | None = None,
) -> Why:
    """Why someone is, after the next run, in an audience or not, or in which of all of them. Raises RunError."""
    workspace = open_workspace(folder, plugins_dir)
    around = Surroundings(workspace, as_of(day or now, workspace.zone, now))
    asked = of_workspace(around, workspace_scripts(workspace))
    who = asked.person(person)
    assert asked.program is not None
    assert asked.decided is not None
    program, made = asked.program, asked.decided()
    rules = {fold(a.name): a for a in program.audiences}
    plans = {fold(a.name): a for a in made.plan.audiences}
    held: dict[str, list[str]] = {}
    for each in made.plan.held:
        held.setdefault(fold(each.audience), []).append(each.reason)
    names = {fold(n): n for n in (*(a.name for a in program.audiences), *(f.name for f in program.frozen))}
    names.update((key, plan.name) for key, plan in plans.items())
    if audience is not None:
        if fold(audience) not in names:
            raise RunError(messages.no_audience(audience, names.values()))
        names = {fold(audience): names[fold(audience)]}
    ordinal = made.plan.roster.find(who)
    assert ordinal is not None
    here = np.array([ordinal], dtype=np.int32)
    inside = {key: joined for key, joined in made.audiences.items() if ordinal in joined.members}
    since = {key: joined.since_of(here)[0] for key, joined in inside.items()}
    explaining = {key: rule for key in names if key in rules and (rule := rules[key].rule) is not None}
    explained = dict(zip(explaining, asked.explain([*explaining.values()], who), strict=True))
    reasons = [
        Reason(
            name,
            key in since,
            since.get(key),
            plans[key].standing if key in plans else "frozen",
            "; ".join(held.get(key, ())),
            _by_hand(rules[key], who, around.when.day) if key in rules else (),
            explained.get(key),
        )
        for key, name in names.items()
    ]
    return Why(who, asked.people.name(who), around.when.day, tuple(sorted(reasons, key=lambda r: fold(r.audience))))


def members(audience: str, *, folder: Path, day: dt.date | None = None, plugins_dir: Path | None = None) -> MembersOf:
    """Who is in an audience as the last run left it, or as the runs through `day` did, of one that has ended since,
    too. Raises RunError, also where no run was by that day."""
    workspace = open_workspace(folder, plugins_dir)
    with State.open_to_read(workspace.state) as state:
        remembered = state.read()
        known = remembered.audiences.get(fold(audience))
        ended = state.ended()
        name = known.name if known is not None else ended.get(fold(audience))
        if name is None or (known is None and day is None):
            names = {a.name for a in remembered.audiences.values()}
            raise RunError(messages.no_audience(audience, names, ended=name))
        run_day: dt.date | None = None
        members: dict[str, dt.date | None] = {}
        if day is not None:
            first, run_day = state.run_days(day)
            if run_day is None:
                raise RunError(messages.no_run_by(day, first))
            then = state.members_as_of(name, day)
            members = dict.fromkeys(sorted(state.ids(then)))
        elif known is not None:
            days = (day_of(number) for number in remembered.since(known.id).tolist())
            members = dict(sorted(zip(state.ids(known.members), days, strict=True)))
    return MembersOf(name, day, members, _names(workspace, members), run_day)


def status(*, folder: Path, plugins_dir: Path | None = None) -> Status:
    """How the workspace stands. Raises RunError."""
    workspace = open_workspace(folder, plugins_dir)
    snapshot = current_name(workspace.snapshots)
    manifest = load_manifest(workspace.snapshots, snapshot) if snapshot else None
    with State.open_to_read(workspace.state) as state:
        audiences, runs = state.read().audiences, state.runs(_RUNS)
        enrolments, waiting, mails = state.open_enrolments(), state.count_waiting(), state.box()
        put_off = sum(each.mails for each in state.put_off())
        of_mails = (*unsent.put_off(state), *unsent.set_aside(state))
        older = if_older(workspace, state)
    stopped = last_stop(workspace.reports, runs[0].at if runs else None)
    has_target = workspace.changes_file is not None or bool(workspace.config.targets.of_plugins)
    report = json.loads(runs[0].report) if runs else {"audiences": [], "held": []}
    standing = {fold(a["name"]): a["standing"] for a in report["audiences"]}
    return Status(
        workspace.root,
        snapshot,
        manifest.tables["people"].count if manifest is not None else 0,
        runs[0] if runs else None,
        tuple(
            AudienceSize(a.name, a.file, len(a.members), standing.get(fold(a.name), "known"))
            for a in sorted(audiences.values(), key=lambda a: fold(a.name))
        ),
        tuple(_said(held) for held in report["held"]),
        enrolments,
        waiting,
        mails,
        put_off,
        workspace.config.mail.limit if workspace.config.mail is not None else None,
        tuple(_in_short(run) for run in runs),
        _rows_in(workspace.quarantine),
        sum(_rows_in(workspace.waiting).values()),
        stopped,
        (
            *(one for one in older if stopped is None or one.code not in stopped.codes),
            *(link_left_out(*link) for link in (pairs(manifest.left_out) if manifest is not None else ())),
            *left_to_see_to(workspace.reports, snapshot, delivered=not waiting and not mails.waiting),
            *of_mails,
        ),
        bool(waiting) and has_target,
    )


def _rows_in(folder: Path) -> Mapping[Path, int]:
    """The files of a folder that have rows, and how many."""
    found = {path: _records_in(path) - 1 for path in sorted(folder.glob("*.csv"))}
    return {path: rows for path, rows in found.items() if rows > 0}


def _records_in(path: Path) -> int:
    """How many lines of a CSV end outside of quotes; Python's reader takes no long values, and people correct these."""
    records, quotes = 0, 0
    with path.open("rb") as file:
        for line in file:
            quotes += line.count(b'"')
            records += quotes % 2 == 0 and bool(line.strip())
    return records + quotes % 2


def _in_short(run: Run) -> RunInShort:
    report = json.loads(run.report)
    enrolments = sum(report.get("enrolments", {}).values())
    mails = report.get("alerts", {}).get("mails", 0)
    joins, leaves = (sum(a[what] for a in report["audiences"]) for what in ("joins", "leaves"))
    held = {each.get("audience") or each["message"] for each in report["held"]}  # an audience can be, for two reasons
    return RunInShort(run.number, run.day, run.at, joins, leaves, enrolments, mails, len(held))


def _said(held: Mapping[str, str]) -> Held:
    """What the report of a run says of something that it held."""
    audience, reason, place = (held.get(name, "") for name in ("audience", "reason", "place"))
    hint = held.get("hint", "")  # an older AudQL wrote none
    message = f"{held['message']} ({place})" if place else held["message"]
    return Held(held["code"], Severity.WARNING, message, None, hint=hint, audience=audience, reason=reason)


def _by_hand(audience: Audience, who: str, day: dt.date) -> tuple[str, ...]:
    included, excluded = by_hand(audience.includes, day), by_hand(audience.excludes, day)
    said = [runner_messages.LISTED] if who in audience.listed else []
    said += [
        runner_messages.by_hand(what, entries[who].until, entries[who].because)
        for what, entries in (("included", included), ("excluded", excluded))
        if who in entries
    ]
    return tuple(said)


def _names(workspace: Workspace, people: Mapping[str, object]) -> dict[str, str]:
    if not people or current_name(workspace.snapshots) is None:
        return {}
    return names_of(Snapshot.open(workspace.snapshots), people)
