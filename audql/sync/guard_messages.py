"""What guards say of a feed that they stop: AQ537, AQ538, AQ601 to AQ605, AQ626, AQ631; of others: AQ618, AQ623."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from audql.diagnostics import Diagnostic, Severity, count, error, shown
from audql.sync import allowing
from audql.text import visible

HEAD_COUNT = "AQ537"


def head_count_fell(before: int, gone: int, most: float, unread: int = 0) -> Diagnostic:
    """`unread`: rows that do not say whose they are."""
    why = f" ({unread:,} rows of it could not be matched to anyone)" if unread > 1 else ""
    why = " (1 row of it could not be matched to anyone)" if unread == 1 else why
    return error(
        HEAD_COUNT,
        f"the feed is without {gone:,} of the {before:,} people of the last one{why}: {gone / before:.1%}, "
        f"where {most:.0%} is the most",
        hint=_cure(allowing.HEADCOUNT),
    )


def table_emptied(element: str, before: int) -> Diagnostic:
    return error(
        "AQ538", f"the feed has no {element} any more; the last one had {before:,}", hint=_cure(allowing.EMPTIED)
    )


def cut_short(file: str, line: int, has: int, wanted: int) -> Diagnostic:
    values = f", after {has} of {wanted} values" if wanted else ""
    return error(
        "AQ601",
        f"`{file}` ends in the middle of line {line:,}{values}: it was cut short",
        hint="nothing was changed; ask whoever makes the feed for the whole file. If nothing is missing but the rest "
        f"of that line, `--allow {allowing.CUT}` lets it through once, and whoever is missing stays",
    )


def many_refused(file: str, refused: int, rows: int, most: float) -> Diagnostic:
    return error(
        "AQ602",
        f"{refused:,} of the {rows:,} rows of `{file}` would be refused: {refused / rows:.1%}, "
        f"where {most:.0%} is the most",
        hint=_cure(allowing.REFUSED),
    )


def ownerless(files: Mapping[str, int], line: int) -> Diagnostic:
    """Records of people who are not in the feed: how many in each file, and the first of them."""
    rows, first = sum(files.values()), next(iter(files))
    each = shown(files) if len(files) == 1 else f"{shown(files)} together"
    return Diagnostic(
        "AQ618",
        Severity.HINT,
        f"{count(rows, 'row')} of people who are not in the feed, in {each}, left out; the first in line {line:,} "
        f"of `{first}`",
        None,
        hint="learning systems go on telling of those who left; whoever has not left is missing in the feed's people, "
        "or has another id there",
    )


def as_before(at: dt.datetime | None, snapshot: str) -> Diagnostic:
    """A feed that says what an earlier one said, and not what the last one did."""
    return Diagnostic(
        "AQ623",
        Severity.WARNING,
        f"{_again(at, snapshot)}: what has changed since is taken back",
        None,
        hint="if it is an old file, feed the new one and run again; nothing is to do where HR took a change back",
    )


def old_again(at: dt.datetime | None, snapshot: str, rows: int) -> Diagnostic:
    """The same of a feed that would take back much."""
    said = f"{_again(at, snapshot)}: {rows:,} rows would be as they were then"
    cure = "nothing was changed; if it is an old file, feed the new one"
    return error("AQ626", said, hint=f"{cure}. If it is right, `--allow {allowing.AGAIN}` lets it through once")


def _again(at: dt.datetime | None, snapshot: str) -> str:
    then = f"that of {at:%Y-%m-%d %H:%M %Z}" if at is not None else "an earlier one"
    return f"the feed comes to the same as {then} (snapshot {snapshot[:12]})"


def nobody_left(refused: int) -> Diagnostic:
    return error(
        "AQ602",
        f"all {refused:,} rows of people would be refused, so that nobody is left",
        hint="nothing was changed; correct what is said below",
    )


def rows_fell(element: str, before: int, now: int, most: float) -> Diagnostic:
    return error(
        "AQ603",
        f"the feed has {now:,} rows of {element}, the last one had {before:,}: {(before - now) / before:.1%} fewer, "
        f"where {most:.0%} is the most",
        hint=_cure(allowing.ROWS),
    )


def many_changed(element: str, field: str, changed: int, of: int, most: float, example: tuple[str, str]) -> Diagnostic:
    was, now = example
    said = (
        f"`{field}` of {element}: {changed:,} of {of:,} values are not what they were: {changed / of:.1%}, where "
        f"{most:.0%} is the most"
    )
    cure = f"{_cure(allowing.CHANGED)}; `max_changed` in the column's mapping is for this field alone"
    told = error("AQ604", f"{said}; {_short(was)} is {_short(now)} now", hint=cure)
    return replace(told, in_a_log=said, hint_in_a_log=cure)


def too_old(file: str, age: dt.timedelta, most: dt.timedelta) -> Diagnostic:
    return error(
        "AQ605",
        f"`{file}` was last written {told(age)} ago, where {told(most)} is the most: it may be an old one",
        hint=_cure(allowing.AGE),
    )


def too_new(file: str, age: dt.timedelta, least: dt.timedelta) -> Diagnostic:
    if age < dt.timedelta():
        when = "is dated later than now"
    else:
        when = f"was written to {told(age) if age >= dt.timedelta(minutes=1) else 'less than 1 minute'} ago"
    return error(
        "AQ631",
        f"`{file}` {when}, where {told(least)} is the least: it may not be whole yet",
        hint="nothing was changed; run again when it is older, or let whoever makes it write to another name and "
        f"rename at the end. If it is whole, `--allow {allowing.AGE}` lets it through once",
    )


def told(length: dt.timedelta) -> str:
    """In days from two days on, in hours from two hours on, in minutes below."""
    minutes = int(length.total_seconds() // 60)
    hours = minutes // 60
    number, unit = (hours // 24, "day") if hours >= 48 else (hours, "hour") if hours >= 2 else (minutes, "minute")
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def _cure(name: str) -> str:
    return f"nothing was changed. If it is right, `--allow {name}` lets it through once"


def _short(value: str) -> str:
    return f"`{visible(value if len(value) <= 40 else value[:39] + '…')}`" if value else "nothing"
