"""What sync, plan, apply and run did or would do → lines, and the exit status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, TypeAlias

from audql.cli import as_json as js
from audql.cli import showing_mails
from audql.diagnostics import count, first_in_each_file
from audql.terminal import Terminal, columns

if TYPE_CHECKING:
    from audql.diagnostics import Diagnostic
    from audql.operations.running import Applied, Planned, Ran
    from audql.operations.stopping import StoppedError
    from audql.runner.saved_plan import SavedPlan
    from audql.runner.values import AudiencePlan, EnrolmentPlan, Held, Moves, Plan
    from audql.state.values import Change
    from audql.sync.sync import SyncReport

_FEW = 3
_MOST_REFUSALS = 20
_MOST_FILES = 5
_MOST_LINES = 100
_MOST_NAMES = 20
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
    terminal.sentence(f"read {tables}")
    findings(terminal, report.each if everyone else report.diagnostics, everyone=everyone)
    if report.quarantine:
        files = " and ".join(js.path_from_here(path, ".") for path in report.quarantine)
        terminal.sentence(f"what was refused is in {files}: correct it there, and `audql sync --corrected` reads it")
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


def planned(terminal: Terminal, found: Planned, *, everyone: bool, save: Path | None = None) -> int:
    made = found.plan
    people = count(made.head_count, "person", "people")
    terminal.out(terminal.style(f"Plan as of {made.basis.day}, {people}, snapshot {made.basis.snapshot[:12]}", "bold"))
    for text in _changes(terminal, found, everyone=everyone):
        terminal.out(text)
    _remarks(terminal, found)
    terminal.out()
    terminal.sentence(_in_short(found))
    if found.wants_first and save is None:
        terminal.sentence("It would be the first apply: `audql apply --allow first` carries it out.")
    if save is not None:
        terminal.note(_saved(found, save))
    return found.status


def approved(terminal: Terminal, saved: SavedPlan, file: Path, *, everyone: bool) -> None:
    shown = saved.text if everyone else saved.text[:_MOST_LINES]
    for text in shown:
        terminal.out(text)
    if len(shown) < len(saved.text):
        terminal.out(f"… and {len(saved.text) - len(shown):,} more lines; --all shows them")
    terminal.out(f"approved: {count(saved.size, 'change')}, planned by {saved.made_by} as of {saved.basis.day}")
    terminal.note(f"`audql apply --plan {quote(str(file))}` carries it out")


def _saved(found: Planned, save: Path) -> str:
    """What is to be done with a plan that was saved."""
    file = quote(str(save))
    if found.wants_first:
        return f"It would be the first apply, which a plan has to say: `audql plan --allow first --save {file}`."
    apply = f"`audql apply --plan {file}`"
    if found.wants_approval:
        read, approve = f"`audql apply --dry-run --plan {file}`", f"`audql approve {file}`"
        return f"Saved. Someone else reads it, as by {read}, and runs {approve}; then {apply} carries it out."
    return f"Saved. {apply} carries it out."


def _changes(terminal: Terminal, found: Planned, *, everyone: bool) -> Iterator[str]:
    """Who joins and leaves, and what learning is gained and lost."""
    made, most = found.plan, None if everyone else _FEW
    changing = [(a, _told(made, a.joins, most), _told(made, a.leaves, most)) for a in made.audiences if a.changed]
    enrolments = list(made.enrolments()) if everyone else []
    told = {who for _, joins, leaves in changing for _, people, _ in (*joins, *leaves) for who in people}
    called = _Called(found, told.union(change.person for change in enrolments))
    if changing:
        yield ""
        for audience, joins, leaves in changing:
            yield _audience(terminal, audience)
            yield from _moves(terminal, called, joins, "+", "green", everyone=everyone)
            yield from _moves(terminal, called, leaves, "-", "red", everyone=everyone)
    if made.changes:
        yield "\nLearning"
        yield from _learning(found, called, enrolments)
    yield from showing_mails.planned(found, everyone=everyone)


class _Called:
    """How people are called, of those whom it was made for."""

    def __init__(self, found: Planned, people: Iterable[str]) -> None:
        self._names = found.names(people)

    def __call__(self, who: str) -> str:
        name = self._names.get(who)
        return f"{who} ({name})" if name else who


_Told: TypeAlias = tuple[str, Sequence[str], int]
"""A reason, whom of those with it to name, and how many there are."""


def _told(made: Plan, moves: Moves, most: int | None) -> Sequence[_Told]:
    """By reason, that of the first person first."""
    roster = made.roster
    shown = [(roster.in_order(people, most), reason, len(people)) for reason, people in moves.reasons]
    shown.sort(key=lambda each: roster.rank[each[0][0]])
    return [(reason, roster.names(ordinals), size) for ordinals, reason, size in shown]


def _remarks(terminal: Terminal, found: Planned, undelivered: Sequence[Diagnostic] = ()) -> None:
    """What is held, and what else a person should look at: of mistakes in the scripts the first of each file, where it
    is not why an audience is held."""
    if remarks := (*together(found.plan.held), *found.notes, *undelivered):
        terminal.out()
        terminal.findings(remarks, to_out=True)
    told = {held.reason for held in found.plan.held}
    if any(_reason(one) not in told for one in found.diagnostics):
        terminal.out()
        terminal.sentence(f"{count(len(found.diagnostics), 'mistake')} in the scripts; `audql check` shows all")
        firsts = [each for each in first_in_each_file(found.diagnostics) if _reason(each[0]) not in told]
        for first, number in firsts[:_MOST_FILES]:
            more = f" ({number - 1:,} more there)" if number > 1 else ""
            place = f"{first.place}: " if first.place else ""
            terminal.out(f"  {place}{_reason(terminal.shown(first))}{more}")
        if len(firsts) > _MOST_FILES:
            terminal.out(f"  and in {count(len(firsts) - _MOST_FILES, 'file')} more")


def _reason(mistake: Diagnostic) -> str:
    """As it is said of an audience that stays as it was for it."""
    return f"{mistake.code}: {mistake.message}"


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
    some = ", ".join(h.audience for h in held[:_MOST_NAMES])
    return some if len(held) <= _MOST_NAMES else f"{some}, and {len(held) - _MOST_NAMES:,} more"


def _in_short(found: Planned) -> str:
    made = found.plan
    if made.is_empty:
        return "Nothing to do."
    joins = sum(len(a.joins) for a in made.audiences)
    leaves = sum(len(a.leaves) for a in made.audiences)
    parts = [count(joins, "join") if joins else "", f"{leaves:,} leave" if leaves else ""]
    changing = sum(made.counts().values())
    parts += [count(changing, "enrolment") + " change" if changing else ""]
    unchanged = sum(not a.changed for a in made.audiences)
    parts += [count(made.alerts.mails, "mail") if made.alerts.mails else ""]
    parts += [f"{count(unchanged, 'audience')} without change" if unchanged else ""]
    return ", ".join(part for part in parts if part) or "only the scripts have moved; nobody joins or leaves"


def _audience(terminal: Terminal, a: AudiencePlan) -> str:
    sign = {"frozen": "!", "held": "!", "retired": "-"}.get(a.standing, "+" if a.id is None else "~")
    colour = {"+": "green", "-": "red", "!": "yellow", "~": "bold"}[sign]
    parts = [f"{len(a.joins):,} join" if a.joins else "", f"{len(a.leaves):,} leave" if a.leaves else ""]
    moves = ", ".join(part for part in parts if part)
    size = f"{a.before:,} → {a.after:,}" if a.before != a.after else f"{a.after:,}"
    notes = ["new" if a.id is None else "", f"was {a.was}" if a.was else "", moves, STANDING[a.standing]]
    told = "; ".join(note for note in notes if note)
    return f"{terminal.style(f'{sign} {a.name}', colour)}  {size}{f'  ({told})' if told else ''}"


def _moves(
    terminal: Terminal, called: _Called, moves: Sequence[_Told], sign: str, colour: str, *, everyone: bool
) -> Iterator[str]:
    """With the reason: one a line, or in short one line a reason."""
    if everyone:
        rows = sorted((who, reason) for reason, people, _ in moves for who in people)
        signed = [(terminal.style(sign, colour) + " " + called(who), reason) for who, reason in rows]
        yield from columns(signed, "    ")
        return
    for reason, people, size in moves:
        more = f", and {size - len(people):,} more" if size > len(people) else ""
        yield f"    {terminal.style(sign, colour)} {reason}: {', '.join(map(called, people))}{more}"


def _learning(found: Planned, called: _Called, enrolments: Sequence[EnrolmentPlan]) -> Iterator[str]:
    """What is gained and lost, per learning; `enrolments` are those to be told one by one."""
    named = {key: list(of_one) for key, of_one in groupby(enrolments, key=lambda e: (e.kind, e.learning))}
    for kind, learning in dict.fromkeys(change.key for change in found.plan.changes):
        counts = found.plan.counts((kind, learning))
        told = ", ".join(f"{counts[what]:,} {_SAID[what]}" for what in _SAID if what in counts)
        name = found.learning.get((kind, learning), learning)
        yield f"  {kind} {name}: {told}"
        rows = ((f"{e.change} {called(e.person)}", _about(e)) for e in named.get((kind, learning), ()))
        yield from columns(rows, "      ")


def _about(change: EnrolmentPlan) -> str:
    due = f"due {change.due}, " if change.due and change.change in (*_GAINS, "due") else ""
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
    _remarks(terminal, found.planned, outcome.problems)
    terminal.findings(found.unkept, to_out=True)
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
    counts = made.counts()
    if counts:
        yield "  enrolments: " + ", ".join(f"{counts[what]:,} {_SAID[what]}" for what in _SAID if what in counts)
    if found.target is not None and outcome.told:
        target = js.path_from_here(found.target, ".") if isinstance(found.target, Path) else f"`{found.target}`"
        yield f"  told {count(outcome.told, 'change')} to {target}"
    if outcome.mails is not None:
        yield from showing_mails.sent(outcome.mails)


def stopped(terminal: Terminal, error: StoppedError, *, everyone: bool) -> int:
    """What became of the feed, and what stopped the run."""
    if error.synced is not None:
        synced(terminal, error.synced, everyone=everyone)
    terminal.error(error)
    return error.status


def ran(terminal: Terminal, found: Ran, *, everyone: bool) -> int:
    synced(terminal, found.synced, everyone=everyone)
    applied(terminal, found.applied, everyone=everyone)
    terminal.findings(found.unkept, to_out=True)
    return found.status
