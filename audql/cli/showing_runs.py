"""What sync, plan, apply and run did or would do → lines, and the exit status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from audql.cli import as_json as js
from audql.cli.terminal import Terminal, columns, count

if TYPE_CHECKING:
    from audql.diagnostics import Diagnostic
    from audql.operations.running import Applied, Planned, Ran
    from audql.runner.values import AudiencePlan, Change, EnrolmentPlan, Held, Move
    from audql.sync.sync import SyncReport

_FEW = 3
_MOST_REFUSALS = 20
_GAINS: tuple[Change, ...] = ("enrol", "resume", "adopt")
_SAID: dict[Change, str] = {
    "enrol": "to enrol",
    "resume": "to resume",
    "adopt": "enrolled already",
    "due": "with another due day",
    "suspend": "to suspend",
    "unenrol": "to unenrol",
    "complete": "have finished",
    "end": "no longer wanted, left as they are",
}
STANDING = {
    "frozen": "frozen as it was",
    "held": "held as it was",
    "inactive": "outside its days, as it was",
    "retired": "retired",
    "decided": "",
}


def synced(terminal: Terminal, report: SyncReport, *, everyone: bool) -> int:
    tables = ", ".join(f"{number:,} {name}" for name, number in report.counts.items())
    terminal.out(f"read {tables}")
    findings(terminal, report.diagnostics, everyone=everyone)
    if not report.changed:
        terminal.out(f"nothing new: the snapshot stays {report.snapshot[:12]}")
    else:
        before = f", after {report.before[:12]}" if report.before else ""
        terminal.out(f"the snapshot is {report.snapshot[:12]}{before}")
    return report.status


def findings(terminal: Terminal, found: Sequence[Diagnostic], *, everyone: bool) -> None:
    """The first of many, and how many there are."""
    shown = found if everyone else found[:_MOST_REFUSALS]
    terminal.findings(shown, to_out=True)
    if len(shown) < len(found):
        terminal.out(f"… and {len(found) - len(shown):,} more; --all shows them")


def planned(terminal: Terminal, found: Planned, *, everyone: bool) -> int:
    made = found.plan
    people = count(made.head_count, "person", "people")
    terminal.out(terminal.style(f"Plan as of {made.basis.day}, {people}, snapshot {made.basis.snapshot[:12]}", "bold"))
    for text in _changes(terminal, found, everyone=everyone):
        terminal.out(text)
    _remarks(terminal, found)
    terminal.out()
    terminal.out(_in_short(found))
    if made.first and not made.is_empty:
        terminal.out("It would be the first apply: `audql apply --allow first` carries it out.")
    return found.status


def _changes(terminal: Terminal, found: Planned, *, everyone: bool) -> Iterator[str]:
    """Who joins and leaves, and what learning is gained and lost."""
    changing = [a for a in found.plan.audiences if a.changed]
    if changing:
        yield ""
        for audience in changing:
            yield from _audience(terminal, found, audience, everyone=everyone)
    learning = list(_learning(terminal, found, everyone=everyone))
    if learning:
        yield "\nLearning"
        yield from learning


def _remarks(terminal: Terminal, found: Planned, undelivered: Sequence[Diagnostic] = ()) -> None:
    """What is held, and what else a person should look at."""
    if remarks := (*together(found.plan.held), *undelivered):
        terminal.out()
        terminal.findings(remarks, to_out=True)
    if found.diagnostics:
        terminal.out()
        terminal.out(f"{count(len(found.diagnostics), 'mistake')} in the scripts; `audql check` shows where")


def together(held: Iterable[Held]) -> list[Diagnostic]:
    """Audiences that stay as they were for one and the same reason are told of as one."""
    grouped: dict[tuple[str, str, str], list[Held]] = {}
    for h in held:
        grouped.setdefault((h.code, h.reason or h.message, h.hint), []).append(h)
    return [
        replace(first, message=f"{1 + len(more)} audiences stay as they were: {reason} ({_names(first, *more)})")
        if more
        else first
        for (_, reason, _), (first, *more) in grouped.items()
    ]


def _names(*held: Held) -> str:
    return ", ".join(h.audience for h in held)


def _in_short(found: Planned) -> str:
    made = found.plan
    if made.is_empty:
        return "Nothing to do."
    joins = sum(len(a.joins) for a in made.audiences)
    leaves = sum(len(a.leaves) for a in made.audiences)
    parts = [count(joins, "join") if joins else "", f"{leaves:,} leave" if leaves else ""]
    parts += [count(len(made.enrolments), "enrolment") + " change" if made.enrolments else ""]
    unchanged = sum(not a.changed for a in made.audiences)
    parts += [f"{count(unchanged, 'audience')} without change" if unchanged else ""]
    return ", ".join(part for part in parts if part) or "only the scripts have moved; nobody joins or leaves"


def _audience(terminal: Terminal, found: Planned, a: AudiencePlan, *, everyone: bool) -> Iterator[str]:
    sign = {"frozen": "!", "held": "!", "retired": "-"}.get(a.standing, "+" if a.id is None else "~")
    colour = {"+": "green", "-": "red", "!": "yellow", "~": "bold"}[sign]
    parts = [f"{len(a.joins):,} join" if a.joins else "", f"{len(a.leaves):,} leave" if a.leaves else ""]
    moves = ", ".join(part for part in parts if part)
    size = f"{a.before:,} → {a.after:,}" if a.before != a.after else f"{a.after:,}"
    notes = ["new" if a.id is None else "", f"was {a.was}" if a.was else "", moves, STANDING[a.standing]]
    told = "; ".join(note for note in notes if note)
    yield f"{terminal.style(f'{sign} {a.name}', colour)}  {size}{f'  ({told})' if told else ''}"
    yield from _moves(terminal, found, a.joins, "+", "green", everyone=everyone)
    yield from _moves(terminal, found, a.leaves, "-", "red", everyone=everyone)


def _moves(
    terminal: Terminal, found: Planned, moves: Sequence[Move], sign: str, colour: str, *, everyone: bool
) -> Iterator[str]:
    """With the reason: one a line, or in short one line a reason."""
    if everyone:
        rows = [(terminal.style(sign, colour) + " " + _called(found, m.person), m.reason) for m in moves]
        yield from columns(rows, "    ")
        return
    by_reason: dict[str, list[str]] = {}
    for move in moves:
        by_reason.setdefault(move.reason, []).append(_called(found, move.person))
    for reason, people in by_reason.items():
        more = f", and {len(people) - _FEW:,} more" if len(people) > _FEW else ""
        yield f"    {terminal.style(sign, colour)} {reason}: {', '.join(people[:_FEW])}{more}"


def _called(found: Planned, who: str) -> str:
    name = found.names.get(who)
    return f"{who} ({name})" if name else who


def _learning(terminal: Terminal, found: Planned, *, everyone: bool) -> Iterator[str]:
    """What is gained and lost, per learning."""
    by_learning: dict[tuple[str, str], list[EnrolmentPlan]] = {}
    for change in found.plan.enrolments:
        by_learning.setdefault(change.enrolment.key, []).append(change)
    for (kind, learning), changes in sorted(by_learning.items()):
        counts = Counter(change.change for change in changes)
        told = ", ".join(f"{counts[what]:,} {_SAID[what]}" for what in _SAID if counts[what])
        name = found.learning.get((kind, learning), learning)
        yield f"  {kind} {name}: {told}"
        if everyone:
            rows = ((f"{c.change} {_called(found, c.enrolment.person)}", _about(c)) for c in changes)
            yield from columns(rows, "      ")


def _about(change: EnrolmentPlan) -> str:
    due = f"due {change.enrolment.due}, " if change.enrolment.due and change.change in (*_GAINS, "due") else ""
    return f"{due}{'for' if change.change in (*_GAINS, 'due') else 'was for'} {', '.join(change.audiences) or 'no one'}"


def applied(terminal: Terminal, found: Applied, *, everyone: bool) -> int:
    """What an apply did; of a dry run, the plan."""
    outcome = found.outcome
    if outcome is None:
        planned(terminal, found.planned, everyone=everyone)
        terminal.out("a dry run: nothing was changed")
        return found.status
    if everyone:
        for text in _changes(terminal, found.planned, everyone=True):
            terminal.out(text)
        terminal.out()
    for text in in_short(found):
        terminal.out(text)
    _remarks(terminal, found.planned, outcome.undelivered)
    return found.status


def in_short(found: Applied) -> Iterable[str]:
    """A run's changes in a few lines."""
    made, outcome = found.planned.plan, found.outcome
    assert outcome is not None
    if made.is_empty:
        yield f"run {outcome.run.number} as of {made.basis.day}: nothing to do"
    else:
        yield f"run {outcome.run.number} as of {made.basis.day}: applied"
    moved = [a for a in made.audiences if a.joins or a.leaves or a.standing == "retired"]
    rows = [
        (
            a.name,
            f"+{len(a.joins):,}" if a.joins else "",
            f"-{len(a.leaves):,}" if a.leaves else "",
            f"→ {count(a.after, 'member')}" + (f", {STANDING[a.standing]}" if a.standing != "decided" else ""),
        )
        for a in moved
    ]
    yield from columns(rows, "  ")
    counts = Counter(change.change for change in made.enrolments)
    if counts:
        yield "  enrolments: " + ", ".join(f"{counts[what]:,} {_SAID[what]}" for what in _SAID if counts[what])
    if found.target is not None and outcome.told:
        yield f"  told {count(outcome.told, 'change')} to {js.path_from_here(found.target, '.')}"


def ran(terminal: Terminal, found: Ran, *, everyone: bool) -> int:
    synced(terminal, found.synced, everyone=everyone)
    applied(terminal, found.applied, everyone=everyone)
    return found.status
