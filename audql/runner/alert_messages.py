"""What is said about alerts that a plan holds: AQ700 to AQ709."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

from audql.diagnostics import Severity, count, shown
from audql.runner.values import Held


def _held(code: str, message: str, hint: str) -> Held:
    return Held(code, Severity.WARNING, message, None, "", hint)


def mails_held(mails: int, people: int, limit: float) -> Held:
    return _held(
        "AQ700",
        f"this run sends no mail: it would send {mails:,}, for {people:,} people, and {int(limit):,} is the most",
        "if that is right, `--allow mails` lets them through once; `[holds]` sets the limits",
    )


def completions_are_old(fed: dt.date, age_days: int, most: int, messages: int) -> Held:
    return _held(
        "AQ701",
        f"nobody is told what is due ({count(messages, 'message')}): the feed of completions is of {fed}, "
        f"{age_days:,} days ago, and {most:,} is the most",
        "whoever has finished since would be chased; bring a newer feed of completions, or `--allow due` once; "
        "`[mail] completions_max_age_days` sets the age",
    )


def no_completions(messages: int) -> Held:
    return _held(
        "AQ702",
        f"nobody is told what is due ({count(messages, 'message')}): "
        "the feed does not say when anybody finished anything",
        "whoever has finished would be chased; add `[feed.completions]`, or `completions_max_age_days = 0` to `[mail]`",
    )


def template_unusable(audiences: Collection[str], template: str, why: str, hint: str) -> Held:
    said = f'`notify … with "{template}"`' if template else "`notify`"
    return _held("AQ703", f"{why}, so {said} of {shown(audiences)} tells nobody", hint)


def recipient_not_found(audience: str, name: str, why: str, in_a_log: str) -> Held:
    """`why` can have words of a plugin, which a log has not."""
    said = f"`notify {name} …` of `{audience}` tells nobody"
    cure = "what it would have said is said by the first run that can"
    return replace(_held("AQ704", f"{said}: {why}", cure), in_a_log=f"{said}: {in_a_log}; {cure}")
