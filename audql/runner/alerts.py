"""Members, enrolments and alerts → whom a run tells of whom, each once.

Whoever joins or leaves is told of in the run in which that happens. What is due is looked up each time: everyone with
an open spell whose moment has come, but for those who were told. So a run that was missed, or held, is caught up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from audql.engines.days import date_of
from audql.engines.members import Members, union
from audql.plugins import FoundRecipient, Setup
from audql.runner import alert_messages as messages
from audql.runner import allowing
from audql.runner.alert_batches import Batch, Batches, parts_of
from audql.runner.members import Decision, Setting
from audql.runner.recipients import OWNER, RecipientError, Recipients
from audql.runner.telling import Told, told_by
from audql.runner.values import AlertCount, AlertPlan, Held
from audql.snapshot.snapshot import Snapshot
from audql.state.alerts import AlertWrite, AlertWrites, Clause
from audql.state.ledger import LearningKey
from audql.state.values import EnrolmentChanges
from audql.syntax.ast import MomentKind


@dataclass(frozen=True, slots=True)
class Mailing:
    """What a workspace that sends mails brings to a plan."""

    template_problem: Callable[[MomentKind, str], tuple[str, str] | None]
    """Why a moment's template of that name cannot be used, and the cure."""
    recipients: Mapping[str, tuple[FoundRecipient, Setup] | None] = field(default_factory=dict)
    """The plugins' own."""
    completions_max_age_days: int = 0
    zone: dt.tzinfo = dt.UTC
    """In which the day of the feed is told."""


def plan_alerts(
    setting: Setting,
    decisions: Sequence[Decision],
    changes: Sequence[EnrolmentChanges],
    mailing: Mailing,
    snapshot: Snapshot,
) -> AlertPlan:
    """Whom the run tells of whom, and what it holds."""
    batches = list(Batches(setting, decisions, changes).all())
    recipients = Recipients(snapshot, setting.roster, setting.day, mailing.recipients)
    for batch in batches:
        if len(batch) and not batch.is_of_members:
            batch.without(recipients.suspended)
    held = [*_hold_templates(batches, mailing), *_hold_what_is_due(batches, mailing, setting, snapshot)]
    held += _prepare(batches, recipients)
    told = dict(told_by(batches, recipients, setting.remembered))
    to = np.unique(np.concatenate([np.zeros(0, dtype=np.int32), *(t.messages.recipients for t in told.values())]))
    limits, people = setting.holds.mails, len(setting.roster.everyone)
    limit = max(limits.mails, limits.share * people)
    if to.size > limit and allowing.MAILS not in setting.allow:
        held.append(messages.mails_held(to.size, people, limit))
        for at in told:
            batches[at].is_held = True
        told, to = {}, to[:0]
    return AlertPlan(
        AlertWrites(tuple(_writes(batches, told)), _ended(setting, decisions), tuple(recipients.addresses)),
        tuple(_counts(batches, told)),
        int(to.size),
        sum(each.unreachable for each in told.values()),
        sum(each.unfound for each in told.values()),
        tuple(held),
    )


# --- what is held -----------------------------------------------------------------------------------------------------


def _hold_templates(batches: Sequence[Batch], mailing: Mailing) -> Iterator[Held]:
    """Alerts whose template is missing or has a mistake; those of one template are told of together."""
    wrong: dict[tuple[str, str, str], dict[str, None]] = {}
    for batch in batches:
        problem = mailing.template_problem(batch.alert.clause.moment, batch.alert.clause.template)
        if problem is not None:
            batch.is_held = True
            wrong.setdefault((batch.alert.clause.template, *problem), {})[batch.alert.audience.name] = None
    for (template, why, hint), audiences in wrong.items():
        yield messages.template_unusable(audiences, template, why, hint)


def _hold_what_is_due(
    batches: Sequence[Batch], mailing: Mailing, setting: Setting, snapshot: Snapshot
) -> Iterator[Held]:
    """All that is due, where the feed would not say who has finished since."""
    about_due = [batch for batch in batches if len(batch) and not batch.is_of_members]
    most = mailing.completions_max_age_days
    if not about_due or not most or allowing.DUE in setting.allow:
        return
    count = sum(map(len, about_due))
    query = "SELECT max(completed) - DATE '1970-01-01' AS day FROM completions WHERE completed <= ?::DATE"
    (found,) = snapshot.ask(query, "completions", given=[setting.day])["day"].tolist()
    latest = date_of(int(found)) if found is not None and found == found else None
    if latest is None:
        yield messages.no_completions(count)
    elif (age := (setting.day - (fed := _fed(snapshot, mailing.zone) or latest)).days) > most:
        yield messages.completions_are_old(fed, age, most, count)
    else:
        return
    for batch in about_due:
        batch.is_held = True


def _fed(snapshot: Snapshot, zone: dt.tzinfo) -> dt.date | None:
    """The day on which the feed of completions was written, where that is known."""
    fed = snapshot.manifest.tables["completions"].fed
    return fed.astimezone(zone).date() if fed is not None else None


def _prepare(batches: Sequence[Batch], recipients: Recipients) -> Iterator[Held]:
    """Finds all recipients, those of one name at once; alerts of which one cannot be found are held."""
    those = [batch for batch in batches if len(batch) and not batch.is_held]
    recipients.look_up(
        text
        for batch in those
        for name in batch.alert.to
        for text in (batch.alert.audience.owners if name == OWNER else (name,))
    )
    for name in dict.fromkeys(name for batch in those for name in batch.alert.to):
        recipients.prepare(name, union(Members.of(batch.people) for batch in those if name in batch.alert.to))
    for batch in those:
        for name in batch.alert.to:
            try:
                recipients.told(name, batch.people[:1], batch.alert.audience.owners)
            except RecipientError as problem:
                batch.is_held = True
                yield messages.recipient_not_found(
                    batch.alert.audience.name, problem.name, problem.why, problem.in_a_log
                )
                break


# --- what is written --------------------------------------------------------------------------------------------------


def _writes(batches: Sequence[Batch], told: Mapping[int, Told]) -> Iterator[AlertWrite]:
    """By alert, those of which there is something to write."""
    numbered = list(enumerate(batches))
    for (name, clause), of_one in groupby(
        numbered, key=lambda each: (each[1].alert.audience.name, each[1].alert.clause)
    ):
        same = list(of_one)
        notices = {b.learning: found for _, b in same if (found := b.notices()) is not None}
        made = tuple(told[at].messages for at, _ in same if at in told and len(told[at].messages))
        since = same[0][1].alert.since
        if since is not None or notices or made:
            yield AlertWrite(name, clause, since, notices, made)


def _counts(batches: Sequence[Batch], told: Mapping[int, Told]) -> Iterator[AlertCount]:
    """By alert, all its parts together."""
    counts: dict[tuple[str, Clause, tuple[str, ...], LearningKey | None], int] = {}
    for at, made in told.items():
        alert = batches[at].alert
        key = alert.audience.name, replace(alert.clause, part=""), alert.whole, batches[at].learning
        counts[key] = counts.get(key, 0) + len(made.messages)
    return (AlertCount(*key, messages) for key, messages in counts.items() if messages)


def _ended(setting: Setting, decisions: Sequence[Decision]) -> tuple[int, ...]:
    """Alerts that the scripts have no more."""
    found: list[int] = []
    for decision in decisions:
        if decision.known is None or decision.standing not in ("decided", "retired"):
            continue
        here = {part.clause for part in parts_of(decision.script)} if decision.script is not None else set()
        known = setting.remembered.alerts.get(decision.known.id, {})
        found += [alert.id for clause, alert in known.items() if alert.live and clause not in here]
    return tuple(found)
