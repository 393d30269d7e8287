"""What is said about plans and runs: AQ560 to AQ579, AQ636 and AQ637."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from shlex import quote
from typing import NamedTuple

from audql.diagnostics import Diagnostic, Severity, count, error, shown
from audql.runner import allowing
from audql.runner.values import Held
from audql.source import Span
from audql.text import nearest

# --- audiences that stay as they were ---------------------------------------------------------------------------------


def _held(code: str, message: str, hint: str, audience: str = "", reason: str = "") -> Held:
    return Held(code, Severity.WARNING, message, None, "", hint, audience, reason)


def _stays(code: str, name: str, reason: str, hint: str) -> Held:
    return _held(code, f"audience `{name}` stays as it was: {reason}", hint, name, reason)


def _let_through(*allowed_by: str, them: str = "it") -> str:
    allow = " ".join(f"--allow {quote(name)}" for name in allowed_by)
    right = "both are" if len(allowed_by) > 1 else "that is"
    return f"if {right} right, `{allow}` lets {them} through once; `[holds]` sets the limits"


def _is_held(code: str, name: str, reason: str, hint: str) -> Held:
    return _held(code, f"audience `{name}` is held as it was: {reason}", hint, name, reason)


def frozen(name: str, reason: str, span: Span | None) -> Held:
    return replace(_stays("AQ560", name, reason, "`audql check` shows the mistake"), span=span)


def file_broken(name: str, file: str) -> Held:
    reason = f"its file `{file}` has a mistake that hides what is in it"
    return _stays("AQ561", name, reason, "`audql check` shows the mistake")


def vanished(name: str, file: str) -> Held:
    return _stays(
        "AQ562",
        name,
        f"it is no longer in the scripts (it was in `{file}`)",
        f'put it back; or end it with `retire "{name}" then keep`; '
        f'or, if it has a new name that no run has applied yet, `was "{name}"` there',
    )


def renamed_too_late(name: str, file: str, successor: str) -> Held:
    return _stays(
        "AQ562",
        name,
        f"it is no longer in the scripts (it was in `{file}`), and `was` in `{successor}` counts for nothing: "
        f"a run has made `{successor}` an audience of its own",
        f'end it with `retire "{name}" then keep`, and leave `was "{name}"` out',
    )


def leaves_held(name: str, leaving: int, members: int, limit: float) -> Held:
    reason = f"{leaving:,} of its {members:,} members would leave, more than {int(limit):,}"
    return _is_held("AQ563", name, reason, _let_through(f"{allowing.LEAVES}:{name}"))


def lost_held(name: str, lost: int, given: int, limit: float) -> Held:
    reason = f"{lost:,} of its {given:,} enrolments would be lost, more than {int(limit):,}"
    return _is_held("AQ564", name, reason, _let_through(f"{allowing.LOST}:{name}"))


def held_for_both(leaves: Held, lost: Held) -> tuple[Held, Held]:
    """What is said of an audience that is held as too many would leave, and that would then lose too much."""
    hint = _let_through(*(f"{what}:{leaves.audience}" for what in (allowing.LEAVES, allowing.LOST)))
    return replace(leaves, hint=hint), replace(lost, hint=hint)


class Excess(NamedTuple):
    """So many of so many, and how many may be."""

    number: int
    of: int
    limit: float


def run_leaves_held(name: str, leaves: Excess, *over: str) -> Held:
    """`over`: by what names all that is too much in this run is let through."""
    reason = (
        f"{leaves.number:,} of all {leaves.of:,} memberships would end in this run, more than {int(leaves.limit):,}"
    )
    return _is_held("AQ568", name, reason, _let_through(*over, them="all of them"))


def run_lost_held(name: str, lost: Excess, *over: str) -> Held:
    reason = f"{lost.number:,} of all {lost.of:,} enrolments would be lost in this run, more than {int(lost.limit):,}"
    return _is_held("AQ569", name, reason, _let_through(*over, them="all of them"))


def run_held(enrolments: int, people: int, limit: float) -> Held:
    return _held(
        "AQ565",
        f"this run enrols no one: it would make {count(enrolments, 'enrolment')}, for "
        f"{count(people, 'person', 'people')}, and {int(limit):,} is the most",
        "if that is right, `--allow run` lets them through once; `[holds]` sets the limits",
    )


def run_due_held(enrolments: int, people: int, limit: float) -> Held:
    return _held(
        "AQ577",
        f"this run moves no due day: it would move {enrolments:,}, for "
        f"{count(people, 'person', 'people')}, and {int(limit):,} is the most",
        "if that is right, `--allow run` lets them through once; `[holds]` sets the limits",
    )


def learning_gone(names: Iterable[str], kind: str, learning: str) -> Held:
    return _held(
        "AQ566",
        f"no one new is enrolled in the {kind} `{learning}`: it is not in the catalogue (given by {shown(names)})",
        "put it back into the feed's learning, or take it out of the scripts; enrolments there are stay",
    )


def links_left_out(name: str, links: Iterable[str]) -> Held:
    return _stays(
        "AQ567",
        name,
        f"it reads managers at any level, and the feed has people above themselves ({shown(links)})",
        "correct the managers of these in the feed",
    )


# --- runs that do not happen ------------------------------------------------------------------------------------------


def first_apply(audiences: int, people: int, enrolments: int, *, saved: bool = False) -> Diagnostic:
    filled = f"{count(audiences, 'audience')} with {count(people, 'person', 'people')}"
    and_enrols = f", and makes {count(enrolments, 'enrolment')}" if enrolments else ""
    cure = (
        "it is said when the plan is made: `audql plan --allow first --save FILE`"
        if saved
        else "read the plan; `--allow first` then applies it"
    )
    return error(
        "AQ570", f"this is the first apply: it fills {filled}{and_enrols}", hint=f"nothing was changed; {cure}"
    )


def earlier_day(day: dt.date, last: dt.date) -> Diagnostic:
    return error(
        "AQ573",
        f"the run is as of {day}, and the last one was as of {last}",
        hint="nothing was changed. Going back ends enrolments and begins them anew; `--allow earlier` goes back",
    )


def allows_nothing(name: str, audience: str, known: Sequence[str]) -> Diagnostic:
    """`name` is what `--allow` was given: of one audience, which there is not."""
    near = nearest(audience, [*known])
    cure = f"did you mean `{near}`?" if near else f"there are: {shown(known)}" if known else "there is none"
    return error("AQ574", f"`--allow {name}`: there is no audience `{audience}`", hint=f"nothing was changed; {cure}")


def baseline_too_late(given: str, audience: str) -> Diagnostic:
    """`given` is what `--allow` was given."""
    cure = "its first members are told in the run that makes it, or not at all; leave this out"
    told = f"`--allow {given}` lets nothing through: the audience `{audience}` is there already"
    return Diagnostic("AQ637", Severity.HINT, told, None, hint=cure)


def baseline(names: Sequence[str], people: int, option: str) -> Diagnostic:
    """`people`: how many memberships begin; `option` lets those of the first of them through."""
    told = f"{count(people, 'first member')} of {shown(names)} {'is' if people == 1 else 'are'} not told of joining"
    cure = f"they are the baseline of what is new; `{option}` has them told, in this run alone"
    return Diagnostic("AQ636", Severity.HINT, told, None, hint=cure)


_SINCE = {
    "snapshot": "the feed has been read since",
    "program": "the scripts, the plugins or AudQL itself have changed since",
    "state": "a run has been applied since",
}


def stale(what: str, planned: object, now: object) -> Diagnostic:
    since = f"{_SINCE[what]}; " if what in _SINCE else ""
    return error(
        "AQ571",
        f"the plan was made from another {what} ({str(planned)[:12]}) than there is now ({str(now)[:12]})",
        hint=f"nothing was changed; {since}plan again",
    )


def another_day(planned: dt.date, day: dt.date) -> Diagnostic:
    return error(
        "AQ571",
        f"the plan is as of {planned}, and it is to be applied as of {day}",
        hint=f"nothing was changed; plan again, or apply it as of its own day: `--as-of {planned}`",
    )


def applied_already(run: int, at: dt.datetime) -> Diagnostic:
    return error(
        "AQ571",
        f"the plan has been applied already: by run {run}, on {at:%Y-%m-%d at %H:%M %Z}",
        hint="nothing was changed, and nothing of it is left to do; what is new since is in a new plan",
    )


def target_failed(what: str, why: str) -> Diagnostic:
    """Of what a plugin raises only its kind is for a log: the text can name people."""
    cure = "what was decided is kept and is told by the next run"
    told = error("AQ572", f"`{what}` could not be told: {why}", hint=cure)
    return replace(told, in_a_log=f"`{what}` could not be told: {why.partition(':')[0]}", hint_in_a_log=cure)


# --- why someone joins or leaves, in a plan ---------------------------------------------------------------------------

MATCHES, MATCHES_NO_MORE = "matches the rule", "no longer matches the rule"
LISTED, LISTED_NO_MORE = "is listed", "is no longer listed"
INCLUDED_NO_MORE = "is no longer included"
LEFT = "is no longer in the feed"
RETIRED = "the audience is retired"


def by_hand(what: str, until: dt.date | None, because: str) -> str:
    """`included`, `excluded`: with the last day and the reason, where they are said."""
    return f"is {what}{f' until {until}' if until else ''}{f' because {because}' if because else ''}"
