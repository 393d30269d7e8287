"""Reports → what stopped the latest command, or what the latest ones left to see to; and which run was the last."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audql.diagnostics import Diagnostic, warning
from audql.plugins import printable

_ANOTHER_RUN = "AQ540"
_DELIVER = "deliver"
_OF_FEED, _OF_PLAN, _OF_DELIVERY = "feed_warnings", "plan_warnings", "delivery_warnings"
_BY_STATE = frozenset({"AQ723", "AQ724"})
"""What is told of mails that wait or are set aside: the state knows which these are now."""
_NO_NUMBER = 1 << 30
"""From here on a number is none of a run: it would leave the state no room for more."""


@dataclass(frozen=True, slots=True)
class LastStop:
    """The latest of its command, where it was stopped: when, for which day, and why."""

    command: str
    """`run`, `apply` or `deliver`."""
    at: dt.datetime
    day: dt.date
    codes: tuple[str, ...]
    why: str
    hint: str
    """The cure of the first; empty where that is a mistake in a file, which `audql check` shows."""


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """A run that was applied, by its report."""

    number: int
    at: dt.datetime
    report: Path


def last_run(folder: Path) -> ReportedRun | None:
    """The one of the greatest number of which there is a report."""
    return max(_applied(folder), key=lambda run: run.number, default=None)


def outdated(folder: Path, most: int) -> list[Path]:
    """The reports of each command but for its latest ones, and but for that of the last run, by which a state that was
    put back is known. What is no report of ours is none."""
    last, of_command = last_run(folder), Counter[str]()
    found = []
    for path, report in _each(folder):
        of_command[_command(report)] += 1
        if of_command[_command(report)] > most and (last is None or path != last.report):
            found.append(path)
    return found


def _applied(folder: Path) -> Iterator[ReportedRun]:
    for path, report in _each(folder):
        try:
            number, at = report["run"], dt.datetime.fromisoformat(report["at"])
        except (ValueError, KeyError, TypeError):
            continue  # nothing was applied, or it is no report of ours
        if type(number) is int and number < _NO_NUMBER and at.tzinfo is not None:
            yield ReportedRun(number, at, path)


def last_stop(folder: Path, since: dt.datetime | None) -> LastStop | None:
    """By the latest report of a run or an apply, where that is not of before the last apply; or else by the latest of
    all, which a delivery can have left. What found another run at work is none."""
    found = list(_reports(folder))
    return _stop([report for report in found if _command(report) != _DELIVER], since) or _stop(found, since)


def _stop(reports: Iterable[Mapping[str, Any]], since: dt.datetime | None) -> LastStop | None:
    for report in reports:
        try:
            at, day = dt.datetime.fromisoformat(report["at"]), dt.date.fromisoformat(report["day"])
            codes = tuple(map(str, report.get("stopped_by", ())))
            stop = LastStop(_command(report), at, day, codes, str(report.get("why", "")), str(report.get("hint", "")))
            return stop if codes and (since is None or at >= since) else None
        except (ValueError, KeyError, TypeError):
            continue  # it is no report of ours
    return None


def left_to_see_to(folder: Path, snapshot: str | None, *, delivered: bool) -> tuple[Diagnostic, ...]:
    """What was warned of the latest time, as far as it is still so: of a feed as long as its snapshot counts; of a plan
    until the next; of what could not be told or sent until that is `delivered`."""
    found = list(_reports(folder))
    fed: Mapping[str, Any] = next((report for report in found if _OF_FEED in report), {})
    of_feed = fed.get(_OF_FEED, ()) if fed.get("snapshot") == snapshot else ()
    of_delivery = () if delivered else next((report[_OF_DELIVERY] for report in found if _OF_DELIVERY in report), ())
    of_plan = next((report[_OF_PLAN] for report in found if _OF_PLAN in report), ())
    try:
        said = (*of_feed, *of_plan, *of_delivery)
        told = [warning(str(d["code"]), str(d["message"]), hint=str(d["hint"])) for d in said]
        return tuple(one for one in told if one.code not in _BY_STATE)
    except (KeyError, TypeError):
        return ()


def _command(report: Mapping[str, Any]) -> str:
    """An older AudQL made reports of runs alone. It is shown, and anything can be there."""
    return printable(str(report.get("command", "run")))


def _reports(folder: Path) -> Iterator[Mapping[str, Any]]:
    """The latest first, and none of what found another run at work."""
    for _, report in _each(folder):
        if report.get("stopped_by") != [_ANOTHER_RUN]:
            yield report


def _each(folder: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The latest first."""
    for path in sorted(folder.glob("*Z.json"), reverse=True):
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(report, dict):
            yield path, report
