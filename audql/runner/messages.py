"""What is said about plans and runs: AQ560 to AQ579."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from audql.diagnostics import Diagnostic
from audql.snapshot.errors import error, shown, warning

# --- audiences that stay as they were ---------------------------------------------------------------------------------


def frozen(name: str, reason: str) -> Diagnostic:
    return warning("AQ560", f"audience `{name}` stays as it was: {reason}", "`audql check` shows the mistake")


def file_broken(name: str, file: str) -> Diagnostic:
    message = f"audience `{name}` stays as it was: its file `{file}` has a mistake that hides what is in it"
    return warning("AQ561", message, "`audql check` shows the mistake")


def vanished(name: str, file: str) -> Diagnostic:
    return warning(
        "AQ562",
        f"audience `{name}` stays as it was: it is no longer in the scripts (it was in `{file}`)",
        f'put it back; or end it with `retire "{name}" then keep`; or, if it has a new name, `was "{name}"` there',
    )


def leaves_held(name: str, leaving: int, members: int, limit: float) -> Diagnostic:
    return warning(
        "AQ563",
        f"audience `{name}` is held as it was: {leaving} of its {members} members would leave, more than {limit:g}",
        f'if that is right, `--allow "leaves:{name}"` lets it through once; `[holds]` sets the limits',
    )


def lost_held(name: str, lost: int, given: int, limit: float) -> Diagnostic:
    return warning(
        "AQ564",
        f"audience `{name}` is held as it was: {lost} of its {given} enrolments would be lost, more than {limit:g}",
        f'if that is right, `--allow "lost:{name}"` lets it through once; `[holds]` sets the limits',
    )


def run_held(enrolments: int, people: int, limit: float) -> Diagnostic:
    return warning(
        "AQ565",
        f"this run enrols no one: it would {enrolments} times, for {people} people, and {limit:g} is the most",
        "if that is right, `--allow run` lets them through once; `[holds]` sets the limits",
    )


def learning_gone(names: Iterable[str], kind: str, learning: str) -> Diagnostic:
    return warning(
        "AQ566",
        f"no one new is enrolled in the {kind} `{learning}`: it is not in the catalogue (given by {shown(names)})",
        "put it back into the feed's learning, or take it out of the scripts; enrolments there are stay",
    )


def managers_dropped(name: str, links: Iterable[str]) -> Diagnostic:
    return warning(
        "AQ567",
        f"audience `{name}` stays as it was: it reads managers at any level, and the feed has people above themselves"
        f" ({shown(links)})",
        "correct the managers of these in the feed",
    )


# --- runs that do not happen ------------------------------------------------------------------------------------------


def first_apply(audiences: int, people: int, enrolments: int) -> Diagnostic:
    return error(
        "AQ570",
        f"this is the first apply: it fills {audiences} audiences with {people} people and enrols {enrolments} times",
        "nothing was changed. Read the plan; `--allow first` then applies it",
    )


def stale(what: str, planned: object, now: object) -> Diagnostic:
    return error(
        "AQ571",
        f"the plan was made from another {what} ({planned}) than there is now ({now})",
        "nothing was changed. Plan again",
    )


def target_failed(what: str, why: str) -> Diagnostic:
    return error(
        "AQ572",
        f"`{what}` could not be written: {why}",
        "what was decided is kept and is told by the next run",
    )


# --- why someone joins or leaves, in a plan ---------------------------------------------------------------------------

MATCHES, MATCHES_NO_MORE = "matches the rule", "no longer matches the rule"
LISTED, LISTED_NO_MORE = "is listed", "is no longer listed"
INCLUDED_NO_MORE = "is no longer included"
LEFT = "is no longer in the feed"
RETIRED = "the audience is retired"


def by_hand(what: str, until: dt.date | None, because: str) -> str:
    """`included`, `excluded`: with the last day and the reason, where they are said."""
    return f"is {what}{f' until {until}' if until else ''}{f' because {because}' if because else ''}"
