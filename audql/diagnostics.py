"""Problems as data: what is wrong, where, and the cure. A face prints them (`audql.rendering`)."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Self

from audql.addresses import masked
from audql.source import Span


class Severity(Enum):
    """An error stops; a warning may not be what is meant; a hint is advice."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


UNCHANGED = "nothing was changed"
"""What a hint says first or last of a verb that is stopped. What such a verb is part of may have changed something."""

_OF_NAMES = frozenset({"AQ201", "AQ202"})
"""What is said once of each name, however often a text has it."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem. `message` is a fact, `label` is printed under the span, `hint` is the cure.

    `in_a_log` and `hint_in_a_log` are what a log may say instead of the message and the hint, of which one has values
    of people; empty where neither has any.
    """

    code: str
    severity: Severity
    message: str
    span: Span | None
    label: str = ""
    hint: str = ""
    in_a_log: str = field(default="", kw_only=True)
    hint_in_a_log: str = field(default="", kw_only=True)

    @property
    def place(self) -> str:
        """`file:line:column`; empty where it is in no file."""
        if self.span is None:
            return ""
        line, column = self.span.source.position(self.span.start)
        return f"{self.span.source.name}:{line}:{column}"

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def without_values(self) -> Self:
        """As a log may have it: with no address either, such as scripts have."""
        if self.in_a_log:
            return replace(self, message=masked(self.in_a_log), hint=masked(self.hint_in_a_log))
        return replace(self, message=masked(self.message), hint=masked(self.hint))


def first_in_each_file(found: Iterable[Diagnostic]) -> list[tuple[Diagnostic, int]]:
    """The first of each file, and how many there are in it; those that are in no file are each their own."""
    by_file: dict[object, list[Diagnostic]] = {}
    for one in found:
        by_file.setdefault(one.span.source.name if one.span is not None else id(one), []).append(one)
    return [(of_one[0], len(of_one)) for of_one in by_file.values()]


def error(code: str, message: str, span: Span | None = None, label: str = "", hint: str = "") -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, span, label, hint)


def warning(code: str, message: str, span: Span | None = None, label: str = "", hint: str = "") -> Diagnostic:
    return Diagnostic(code, Severity.WARNING, message, span, label, hint)


def shown(names: Iterable[str], most: int = 5) -> str:
    """Some names for a message, in order, and how many more there are."""
    listed = sorted(names)
    some = ", ".join(f"`{name}`" for name in listed[:most])
    return some if len(listed) <= most else f"{some} and {len(listed) - most} more"


def count(number: int, singular: str, plural: str = "") -> str:
    """`1 audience`, `1,204 audiences`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by source and place, each problem once; what has no place first, errors before warnings.

    A name that is not there is told where a text has it first, with how often it comes again. What is only doubtful
    about a text that has a mistake in it waits until that is mended: one mistake, one message.
    """

    def place(d: Diagnostic) -> tuple[str, int, int, str, str]:
        if d.span is None:
            return ("", 0, int(not d.is_error), d.code, d.message)
        return (d.span.source.name, d.span.start, d.span.end, d.code, d.message)

    kept = {place(d): d for d in sorted(found, key=place)}.values()
    mistaken = _Mistaken(d.span for d in kept if d.is_error and d.span is not None)
    return tuple(_names_once(d for d in kept if d.is_error or d.span is None or d.span not in mistaken))


def _names_once(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    alike: dict[object, list[Diagnostic]] = {}
    for number, d in enumerate(found):
        if d.span is not None and d.code in _OF_NAMES:
            alike.setdefault((d.span.source.name, d.code, d.message, d.label), []).append(d)
        else:
            alike[number] = [d]
    for first, *again in alike.values():
        if not again:
            yield first
            continue
        more = _more(first.span, [d.span for d in again if d.span is not None])
        yield replace(first, label=f"{first.label}; {more}" if first.label else more)


def _more(first: Span | None, again: Sequence[Span]) -> str:
    lines = dict.fromkeys(span.source.position(span.start)[0] for span in again)
    if first is not None:
        lines.pop(first.source.position(first.start)[0], None)
    if lines:
        return f"also on {'line' if len(lines) == 1 else 'lines'} {', '.join(map(str, lines))}"
    return "it comes once more" if len(again) == 1 else f"it comes {len(again)} times more"


class _Mistaken:
    """The text that errors underline; given in order."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}  # how far the spans up to each one reach
        for span in spans:
            self._starts.setdefault(span.source.name, []).append(span.start)
            ends = self._ends.setdefault(span.source.name, [0])
            ends.append(max(ends[-1], span.end))

    def __contains__(self, span: Span) -> bool:
        """Whether some of the span is underlined."""
        name = span.source.name
        return name in self._starts and self._ends[name][bisect_left(self._starts[name], span.end)] > span.start


@dataclass(slots=True)
class Findings:
    """Collects what a run of the compiler finds; given to each phase, read once at the end."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        self.found.append(diagnostic)

    @property
    def failed(self) -> bool:
        return any(d.is_error for d in self.found)


class AudQLError(Exception):
    """Everything that a user's input can cause; anything else that escapes is a bug in AudQL."""


class CompileError(AudQLError):
    """A query or script has mistakes; `diagnostics` has all of them, warnings included, in order."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        from audql.rendering import render

        return render(self.diagnostics)


class RunError(AudQLError):
    """Mistakes in the configuration, the feed or the state. `diagnostics` has all of them.

    Nothing was changed, but for what `done` says, which stays.
    """

    status = 1

    def __init__(self, *diagnostics: Diagnostic, done: str = "") -> None:
        self.diagnostics = in_order(diagnostics)
        self.done = done
        super().__init__(self.diagnostics)

    def after(self, done: str, notes: Iterable[Diagnostic] = ()) -> Self:
        """The same where this had been done by then, and notes tell more: no hint says that nothing was changed."""
        return type(self)(*notes, *(replace(d, hint=_unclaimed(d.hint)) for d in self.diagnostics), done=done)

    def __str__(self) -> str:
        from audql.rendering import render

        return render(self.diagnostics) + (f"\n{self.done}" if self.done else "")


def _unclaimed(hint: str) -> str:
    return hint.removesuffix(f"; {UNCHANGED}").removeprefix(UNCHANGED).lstrip(",;. ")


class GuardError(RunError):
    """A guard stopped the verb before it changed anything."""

    status = 3
