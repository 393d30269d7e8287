"""A run, an apply or a delivery as it goes → events for a log, and one report of it. Both speak of ids, codes, places
and counts, of no values, and quote nothing that someone wrote: a script can name people."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import audql
from audql.diagnostics import Diagnostic, RunError, Severity, first_in_each_file
from audql.operations import messages
from audql.operations.files import why_of
from audql.operations.last_report import outdated
from audql.plugins import PluginError
from audql.snapshot import durable

if TYPE_CHECKING:
    from audql.runner.run import Told
    from audql.runner.values import Plan
    from audql.state.values import Run
    from audql.sync.sync import SyncReport

_KEPT = 100

Command: TypeAlias = Literal["run", "apply", "deliver"]
"""Of which a report can be."""
Log = Callable[[Mapping[str, object]], None]
Clock = Callable[[], float]


def no_log(event: Mapping[str, object]) -> None:
    """Events are for nobody."""


def no_clock() -> float:
    """Time does not matter."""
    return 0.0


class Reporter:
    """Collects what a command does. `clock` gives seconds from anywhere on; steps are timed by it. `day`: None where it
    is not known. The report is kept in `folder`, if there is one; where it cannot be, `unkept` says so. `feed` is what
    became of that, once it was read."""

    def __init__(
        self,
        command: Command,
        now: dt.datetime,
        day: dt.date | None,
        log: Log,
        clock: Clock,
        folder: Path | None,
    ) -> None:
        self._command, self._now, self._log, self._clock, self._folder = command, now, log, clock, folder
        self.unkept: tuple[Diagnostic, ...] = ()
        self.feed: SyncReport | None = None
        self._day = day.isoformat() if day is not None else None
        self._began = self._since = clock()
        self.seconds: dict[str, float] = {}
        self._facts: dict[str, object] = {}
        self._warnings: dict[str, object] = {}
        self._tell("began", {"day": self._day})

    def synced(self, report: SyncReport) -> None:
        self.feed = report
        refused = Counter(refusal.code for refusal in report.refusals)
        facts: dict[str, object] = {
            "snapshot": report.snapshot,
            "changed": report.changed,
            "rows": dict(report.counts),
            "refused_rows": dict(sorted(refused.items())),
            "links_left_out": len(report.links_left_out),
            "notes": [note.code for note in report.notes],
        }
        self._warnings["feed_warnings"] = _said(d for d in report.notes if d.severity is not Severity.HINT)
        self._step("sync", facts)

    def planned(self, plan: Plan, mistakes: Sequence[Diagnostic], notes: Sequence[Diagnostic]) -> None:
        """`mistakes`: those of the scripts, told by their places, as what is said of them quotes them. `notes`: what is
        to be said besides."""
        facts: dict[str, object] = {
            "people": plan.head_count,
            "audiences": len(plan.audiences),
            "joins": sum(len(a.joins) for a in plan.audiences),
            "leaves": sum(len(a.leaves) for a in plan.audiences),
            "enrolments": dict(plan.counts()),
            "messages": plan.alerts.messages,
            "mails": plan.alerts.mails,
            "without_address": plan.alerts.unreachable,
            "to_nobody_yet": plan.alerts.unfound,
            "held": [held.code for held in plan.held],
            "frozen": [a.name for a in plan.audiences if a.standing == "frozen"],
            "mistakes": [
                {"code": first.code, "place": first.place, "in_the_file": number}
                for first, number in first_in_each_file(mistakes)
            ],
        }
        self._warnings["plan_warnings"] = _said(d for d in notes if d.severity is not Severity.HINT)
        self._step("plan", facts)

    def applied(self, run: Run) -> None:
        self._step("apply", {"run": run.number})

    def delivered(self, told: Told) -> None:
        mails = told.mails
        facts: dict[str, object] = {"told": told.told}
        if mails is not None:
            facts |= {"mails_sent": mails.sent, "mails_waiting": mails.waiting, "mails_set_aside": mails.refused}
        self._warnings["delivery_warnings"] = _said(told.problems)
        self._step("deliver", {**facts, "problems": [problem.code for problem in told.problems]})

    def ended(self, status: int) -> Mapping[str, object]:
        """The report of all that was done."""
        return self._report(status, "ended", {})

    def stopped(self, problem: BaseException) -> Mapping[str, object]:
        """The same of one that a guard, a mistake or a bug stopped."""
        match problem:
            case RunError(diagnostics=found, status=status):
                return self._report(status, "stopped", _why(found))
            case PluginError(diagnostics=found):
                return self._report(1, "stopped", _why(found))
            case _:
                return self._report(70, "stopped", {"stopped_by": [type(problem).__name__]})

    def _step(self, step: str, facts: Mapping[str, object]) -> None:
        now = self._clock()
        self.seconds[step] = round(now - self._since, 3)
        self._since = now
        self._facts |= facts
        self._tell(step, {"seconds": self.seconds[step], **facts})

    def _tell(self, event: str, facts: Mapping[str, object]) -> None:
        at = self._now + dt.timedelta(seconds=self._clock() - self._began)
        self._log({"at": at.isoformat(), "event": event, **facts})

    def _report(self, status: int, event: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        report = {
            "audql": audql.__version__,
            "command": self._command,
            "at": self._now.isoformat(),
            "day": self._day,
            "status": status,
            "seconds": dict(self.seconds),
            **self._facts,
            **self._warnings,
            **facts,
        }
        if self._folder is not None:
            self.unkept = _keep(self._folder, self._now, self._command, report)
        if self.unkept:
            report["status"] = status or 4
            facts = {**facts, "not_kept": [d.code for d in self.unkept]}
        self._tell(event, {"status": report["status"], **facts})
        return report


def _why(found: Sequence[Diagnostic]) -> Mapping[str, object]:
    """The codes, each once, and what the first says that has no values; its place, where it is of a file that someone
    wrote."""
    first = found[0].without_values()
    hint = "" if first.place else first.hint
    return {"stopped_by": [*dict.fromkeys(d.code for d in found)], "why": first.place or first.message, "hint": hint}


def _said(found: Iterable[Diagnostic]) -> list[Mapping[str, str]]:
    told = (d.without_values() for d in found)
    return [{"code": d.code, "message": d.message, "hint": d.hint} for d in told]


def _keep(folder: Path, now: dt.datetime, command: Command, report: Mapping[str, object]) -> tuple[Diagnostic, ...]:
    """Writes a report beside the others, of which the latest hundred of each command stay. What it is of has been done
    by then, so that a report that cannot be written stops nothing; why it cannot is told."""
    path = folder / f"{now.astimezone(dt.UTC):%Y-%m-%dT%H%M%S.%f}Z.json"
    try:
        durable.write_text(path, json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    except OSError as problem:
        return (messages.report_not_kept(command, f"{folder.parent.name}/{folder.name}", why_of(problem)),)
    with suppress(OSError):
        for old in outdated(folder, _KEPT):
            if old != path:  # the clock was ahead when others were written
                old.unlink(missing_ok=True)
    return ()
