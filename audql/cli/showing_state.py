"""What why, members and status found → lines, and the exit status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from shlex import quote
from typing import TYPE_CHECKING

from audql.cli import as_json as js
from audql.cli.showing_runs import STANDING, together
from audql.diagnostics import Diagnostic, count
from audql.terminal import Terminal, columns, tree

if TYPE_CHECKING:
    from audql.operations.asking import MembersOf, Reason, RunInShort, Status, Why
    from audql.operations.history import History
    from audql.operations.last_report import LastStop
    from audql.operations.matching import WhyMatches


def why(terminal: Terminal, found: Why, *, in_full: bool, as_json: bool) -> int:
    """`in_full`: the rules as trees."""
    if as_json:
        audiences = [_reason(reason) for reason in found.reasons]
        terminal.out(
            js.written(
                {
                    "status": 0,
                    "person": found.person,
                    "name": found.name,
                    "day": found.day.isoformat(),
                    "audiences": audiences,
                }
            )
        )
        return 0
    terminal.out(terminal.style(f"{_person(found.person, found.name)} as of {found.day}", "bold"))
    if in_full:
        for reason in found.reasons:
            for text in _reason_in_full(terminal, reason):
                terminal.out(text)
        return 0
    answers = ((_answer(terminal, r), r.audience, _briefly(r)) for r in found.reasons)
    for text in columns(answers, "  "):
        terminal.out(text)
    if not found.reasons:
        terminal.out("  there are no audiences")
    else:
        asked = f"{quote(found.person)} {quote(found.reasons[0].audience)}"
        terminal.note(f"`audql why {asked}` shows a rule")
    return 0


def why_matches(terminal: Terminal, found: WhyMatches, *, as_json: bool) -> int:
    if as_json:
        terminal.out(
            js.written(
                {
                    "status": 0,
                    "person": found.person,
                    "name": found.name,
                    "day": found.day.isoformat(),
                    "matches": found.rule.holds,
                    "why": js.explanation(found.rule),
                    "diagnostics": js.diagnostics(found.diagnostics),
                }
            )
        )
        return 0
    terminal.findings(found.diagnostics)
    terminal.out(terminal.style(f"{_person(found.person, found.name)} as of {found.day}", "bold"))
    for text in tree(terminal, found.rule, "  "):
        terminal.out(text)
    return 0


def _person(who: str, name: str) -> str:
    return f"{who} ({name})" if name else who


def _answer(terminal: Terminal, reason: Reason) -> str:
    return terminal.style("in ", "green") if reason.member else terminal.style("out", "dim")


def _briefly(reason: Reason) -> str:
    since = f"since {reason.since}" if reason.since else ""
    return "; ".join(part for part in (since, *reason.by_hand, _standing(reason)) if part)


def _standing(reason: Reason) -> str:
    standing = STANDING[reason.standing]
    return f"{standing}: {reason.held}" if reason.held else standing


def _reason_in_full(terminal: Terminal, reason: Reason) -> Iterator[str]:
    since = f" since {reason.since}" if reason.since else ""
    yield f"{_answer(terminal, reason).rstrip()} {reason.audience}{since}"
    if standing := _standing(reason):
        yield f"  {standing}"
    for said in reason.by_hand:
        yield f"  {said}"
    if reason.rule is not None:
        yield from tree(terminal, reason.rule, "  ")
    elif not reason.held and reason.standing != "retired":
        yield "  it has no rule, only a list"


def _reason(reason: Reason) -> js.Json:
    return {
        "audience": reason.audience,
        "member": reason.member,
        "since": reason.since.isoformat() if reason.since else None,
        "standing": reason.standing,
        "held": reason.held,
        "by_hand": list(reason.by_hand),
        "why": js.explanation(reason.rule) if reason.rule is not None else None,
    }


def members(terminal: Terminal, found: MembersOf, *, only_count: bool, as_json: bool) -> int:
    if as_json:
        listed = [
            {"id": who, "name": found.names.get(who, ""), "since": since.isoformat() if since else None}
            for who, since in found.members.items()
        ]
        day = found.day.isoformat() if found.day else None
        terminal.out(
            js.written({"status": 0, "audience": found.audience, "day": day, "count": len(listed), "members": listed})
        )
    elif only_count:
        terminal.out(str(len(found.members)))
    else:
        for who in found.members:
            terminal.out(who)
        day_of = f" on {found.day}" if found.day else ""
        day_of += f", as the run of {found.run_day} left them" if found.run_day != found.day else ""
        terminal.note(f"{count(len(found.members), 'member')} of {found.audience}{day_of}")
    return 0


def history(terminal: Terminal, found: History, *, as_json: bool) -> int:
    if as_json:
        events = [
            {"day": event.day.isoformat(), "what": event.what, "subject": event.subject, "more": event.more}
            for event in found.events
        ]
        terminal.out(js.written({"status": 0, "person": found.person, "name": found.name, "events": events}))
        return 0
    terminal.out(terminal.style(_person(found.person, found.name), "bold"))
    rows = ((str(event.day), event.what, event.subject, event.more) for event in found.events)
    for text in columns(rows, "  "):
        terminal.out(text)
    if not found.events:
        terminal.out("  nothing so far")
    return 0


def status(terminal: Terminal, found: Status, *, as_json: bool) -> int:
    if as_json:
        terminal.out(js.written(_status(found)))
        return found.status
    if found.snapshot is None:
        terminal.sentence("no feed has been read yet: `audql sync` does")
    else:
        terminal.out(f"snapshot {found.snapshot[:12]}, {count(found.people, 'person', 'people')}")
    for text in _rows_aside(found):
        terminal.sentence(text)
    if found.stopped is not None:
        terminal.out(_stopped(found.stopped))
        if found.stopped.hint:
            terminal.sentence(f" = help: {found.stopped.hint}")
    if found.run is None:
        first = ": `audql plan` shows what would be, `audql apply --allow first` does it" if found.snapshot else ""
        terminal.sentence(f"nothing has been applied yet{first}")
        _warnings(terminal, found)
        return found.status
    at = _minute(found.run.at)
    terminal.out(f"last run: number {found.run.number}, as of {found.run.day}, at {at}")
    terminal.out()
    for text in columns(_runs(found.runs), "  "):
        terminal.out(text)
    terminal.out()
    rows = [
        (
            a.name,
            f"{a.members:,}".rjust(6),
            "" if a.standing in ("decided", "known") else terminal.style(a.standing, "yellow"),
        )
        for a in found.audiences
    ]
    for text in columns(rows, "  "):
        terminal.out(text)
    terminal.out()
    waiting = f"; {count(found.waiting, 'change')} {_wait(found.waiting)} to be told" if found.waiting else ""
    terminal.out(f"{count(len(found.audiences), 'audience')}, {count(found.enrolments, 'enrolment')}{waiting}")
    if found.mails.waiting or found.mails.refused:
        terminal.out(_unsent(found))
    _warnings(terminal, found)
    return found.status


def _unsent(found: Status) -> str:
    """The mails that wait, for what, and those that are set aside."""
    mails, next_run = found.mails, found.mails.waiting - found.mails_put_off
    at_most = f", which sends {found.mail_limit:,} at most (`[mail] limit`)" if found.mail_limit is not None else ""
    parts = [
        f"{count(mails.waiting, 'mail')} {_wait(mails.waiting)} to be sent",
        f"{found.mails_put_off:,} put off" if found.mails_put_off else "",
        f"{mails.refused:,} set aside" if mails.refused else "",
        f"{next_run:,} for the next run{at_most}" if next_run else "",
    ]
    return ", ".join(part for part in parts if part)


def _warnings(terminal: Terminal, found: Status) -> None:
    if told := [*together(found.held), *found.warnings]:
        terminal.out()
        terminal.findings(told, to_out=True)


def _stopped(last: LastStop) -> str:
    why = f": {last.why}" if last.why else ""
    codes = ", ".join(last.codes)
    return f"the latest {last.command}, as of {last.day}, at {_minute(last.at)}, was stopped by {codes}{why}"


def _minute(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(" ", "minutes").removesuffix("+00:00") + " UTC"


def _rows_aside(found: Status) -> Iterator[str]:
    if found.set_aside:
        of_each = ", ".join(f"{path.name} {rows:,}" for path, rows in found.set_aside.items())
        folder = js.path_from_here(next(iter(found.set_aside)).parent, ".")
        yield f"the last sync set {count(sum(found.set_aside.values()), 'row')} aside in {folder} ({of_each}):"
        yield "  corrected there, `audql sync --corrected` reads them"
    if found.rows_waiting:
        its = "its" if found.rows_waiting == 1 else "their"
        yield f"{count(found.rows_waiting, 'row')} of the feed {_wait(found.rows_waiting)} for {its} day"


def _wait(number: int) -> str:
    return "waits" if number == 1 else "wait"


def _runs(runs: Sequence[RunInShort]) -> Iterator[tuple[str, ...]]:
    """A line each, the latest first."""
    for run in runs:
        did = (
            f"+{run.joins:,}" if run.joins else "",
            f"-{run.leaves:,}" if run.leaves else "",
            count(run.enrolments, "enrolment") if run.enrolments else "",
            count(run.mails, "mail") if run.mails else "",
            f"{run.held:,} held or frozen" if run.held else "",
        )
        yield f"run {run.number}", str(run.day), ", ".join(part for part in did if part) or "nothing to do"


def _status(found: Status) -> js.Json:
    run = found.run
    return {
        "status": found.status,
        "snapshot": found.snapshot,
        "people": found.people,
        "run": None
        if run is None
        else {"number": run.number, "day": run.day.isoformat(), "at": run.at.isoformat(), "snapshot": run.snapshot},
        "audiences": [
            {"name": a.name, "file": a.file, "members": a.members, "standing": a.standing} for a in found.audiences
        ],
        "runs": [
            {
                "number": r.number,
                "day": r.day.isoformat(),
                "at": r.at.isoformat(),
                "joins": r.joins,
                "leaves": r.leaves,
                "enrolments": r.enrolments,
                "mails": r.mails,
                "held": r.held,
            }
            for r in found.runs
        ],
        "enrolments": found.enrolments,
        "waiting": found.waiting,
        "mails": {
            "waiting": found.mails.waiting,
            "put_off": found.mails_put_off,
            "refused": found.mails.refused,
            "limit": found.mail_limit,
        },
        "set_aside": {path.name: rows for path, rows in found.set_aside.items()},
        "rows_waiting": found.rows_waiting,
        "stopped": None
        if found.stopped is None
        else {
            "command": found.stopped.command,
            "at": found.stopped.at.isoformat(),
            "day": found.stopped.day.isoformat(),
            "codes": list(found.stopped.codes),
            "why": found.stopped.why,
            "hint": found.stopped.hint,
        },
        "held": [_told(held) for held in found.held],
        "warnings": [_told(warned) for warned in found.warnings],
    }


def _told(found: Diagnostic) -> js.Json:
    return {"code": found.code, "message": found.message, "hint": found.hint}
