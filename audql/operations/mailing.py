"""What waits is delivered; and what a template makes of someone is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from audql.binding import as_of
from audql.diagnostics import Diagnostic, RunError
from audql.mail.files import LAYOUT
from audql.mail.letter import Letter
from audql.mail.messages import around_others, no_language, set_aside
from audql.mail.rendering import fill_layout, write
from audql.mail.templates import is_for, template_of, templates_of
from audql.mail.trying import example
from audql.operations import messages
from audql.operations.asked import id_of
from audql.operations.reported import reported
from audql.operations.reporting import Clock, no_clock, no_log
from audql.operations.restored import if_older, require_recent
from audql.operations.scripts import open_workspace, workspace_scripts
from audql.operations.stopping import stages
from audql.operations.surroundings import Surroundings
from audql.runner.allowing import RESTORED
from audql.runner.delivering import preview_mails
from audql.runner.letters import NoLetter, language_of, people_of
from audql.runner.mailing import desk_of, mail_of
from audql.runner.run import Told, deliver_workspace
from audql.snapshot.store import current_name
from audql.state.alerts import Clause
from audql.state.post import Mail, PutOff
from audql.state.store import State
from audql.syntax.ast import MomentKind

_SOME = 5
"""Of mails that are set aside."""


@dataclass(frozen=True, slots=True)
class Delivered(Told):
    """What became of all that waited, and of the report of that."""

    unkept: tuple[Diagnostic, ...] = ()
    """Why it could not be kept, where that is so."""

    @property
    def status(self) -> int:
        return 4 if self.problems or self.unkept else 0


@dataclass(frozen=True, slots=True)
class WouldSend:
    """One mail that would be sent: to whom, and what about; or why it would not be."""

    recipient: str
    """An id, or an address that a script has."""
    subject: str
    why_not: str


@dataclass(frozen=True, slots=True)
class WouldDeliver:
    """What `deliver` would do with the mails, and what it would leave."""

    mails: tuple[WouldSend, ...] = ()
    over_limit: int = 0
    """How many would wait, as a run sends no more than `limit`."""
    limit: int = 0
    put_off: tuple[PutOff, ...] = ()
    """What a later run tries again, by reason."""
    set_aside: int = 0
    """How many are, and would be then."""
    problems: tuple[Diagnostic, ...] = ()
    """Of what is set aside."""
    notes: tuple[Diagnostic, ...] = ()
    """That it would be stopped, as the state is older than what was done, where that is so."""

    @property
    def status(self) -> int:
        return 4 if self.problems or self.notes else 0


@dataclass(frozen=True, slots=True)
class Previewed:
    """A mail as it would be."""

    recipient: str
    language: str
    subject: str
    text: str
    html: str


def deliver(
    *,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    again: bool = False,
    allow: Collection[str] = (),
    plugins_dir: Path | None = None,
    clock: Clock = no_clock,
) -> Delivered:
    """Tells the target and sends the mails that wait. With `again`, those set aside, too. A report is kept as of a run.
    Raises RunError, and StoppedError, as where the state is older than what was done and `restored` is not allowed."""
    around = reported("deliver", folder, plugins_dir, now=now, day=day, log=no_log, clock=clock)
    with around as (workspace, reporter):
        when = as_of(day or now, workspace.zone, now)
        with stages(workspace) as stage, State.open_alone(workspace.state) as state:
            require_recent(workspace, state, allow)
            stage.delivers()
            told = deliver_workspace(workspace, state, as_of=when.day, at=now, again=again)
        reporter.delivered(told)
    reporter.ended(told.status)
    return Delivered(told.told, told.undelivered, told.mails, reporter.unkept)


def would_deliver(
    *,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    again: bool = False,
    allow: Collection[str] = (),
    plugins_dir: Path | None = None,
) -> WouldDeliver:
    """The mails that `deliver` would send, and those that it would not, once it is not stopped. Nothing is sent, and
    nothing is written. Raises RunError."""
    workspace = open_workspace(folder, plugins_dir)
    limit = mail_of(workspace).limit
    when = as_of(day or now, workspace.zone, now)
    with State.open_to_read(workspace.state) as state:
        notes = () if RESTORED in allow else if_older(workspace, state)
        if current_name(workspace.snapshots) is None:
            return WouldDeliver(notes=notes)
        desk = desk_of(workspace, state, when.day)
        tried = list(preview_mails(state, desk, now=now, limit=limit, again=again))
        box, put_off = state.box(), state.put_off(now)
        stay = 0 if again else box.refused
        refused = state.refused(_SOME) if stay else ()
    would_be = [(mail.shown, no.why) for mail, no in tried if isinstance(no, NoLetter) and not no.dropped]
    aside = stay + len(would_be)
    over_limit = box.waiting + box.refused - stay - sum(each.mails for each in put_off) - len(tried)
    problems = (set_aside(aside, [*refused, *would_be][:_SOME]),) if aside else ()
    mails = tuple(_would_send(mail, letter) for mail, letter in tried)
    return WouldDeliver(mails, over_limit, limit, tuple(put_off), aside, problems, notes)


def _would_send(mail: Mail, letter: Letter | NoLetter) -> WouldSend:
    match letter:
        case Letter():
            return WouldSend(mail.shown, letter.subject, "")
        case NoLetter():
            return WouldSend(mail.shown, "", letter.why)


def preview(
    template: str,
    person: str,
    *,
    folder: Path,
    now: dt.datetime,
    day: dt.date | None = None,
    language: str | None = None,
    plugins_dir: Path | None = None,
) -> Previewed:
    """What a template says to someone, in a moment in which scripts use it, about an invented course that is due in a
    week, or was a week ago. Raises RunError, also where it is not written in the language."""
    workspace = open_workspace(folder, plugins_dir)
    if template == LAYOUT:
        raise RunError(around_others(template))
    around = Surroundings(workspace, as_of(day or now, workspace.zone, now))
    snapshot = around.require_snapshot()
    who = id_of(around.catalogue, person)
    if who is None:
        raise RunError(messages.no_person(person, snapshot.people()))
    templates = templates_of(workspace)
    own = workspace.config.mail.language if workspace.config.mail is not None else "en"
    found = people_of(snapshot, {who})[who]
    form = templates.form(template, language or language_of(found, own))
    if language is not None and not is_for(form.language, language):
        raise RunError(no_language(template, language, templates.languages(template)))
    moment = _moment_of(template, around)
    item = replace(example(template, moment, found, around.when.day), moment=str(Clause(moment, 7)))
    written = write(templates, found, language or form.language, [item])
    fill_layout(templates, language or form.language, found, sections=2)  # its subject is not in this mail
    return Previewed(who, form.language, written.subject, written.text, written.html)


def _moment_of(template: str, around: Surroundings) -> MomentKind:
    """The first in which a script has it sent, or what its name says."""
    program = workspace_scripts(around.workspace).compile(around.settings(counting=False))
    alerts = [alert for audience in program.audiences for alert in audience.alerts]
    used = (alert.moment for alert in alerts if template_of(alert.moment, alert.template) == template)
    by_name = (moment for moment in MomentKind if template_of(moment, "") == template)
    return next(used, next(by_name, MomentKind.BEFORE_DUE))
