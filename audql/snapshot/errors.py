"""What stops a verb of the runner: diagnostics, and the exit status that they mean."""

from __future__ import annotations

from collections.abc import Iterable

from audql.diagnostics import AudQLError, Diagnostic, Severity, in_order
from audql.source import Span


class RunError(AudQLError):
    """Mistakes in the configuration, the feed or the state; nothing was changed. `diagnostics` has all of them."""

    status = 1

    def __init__(self, *diagnostics: Diagnostic) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        from audql.rendering import render

        return render(self.diagnostics)


class GuardError(RunError):
    """A guard stopped the verb before it changed anything."""

    status = 3


def error(code: str, message: str, hint: str = "", *, span: Span | None = None, label: str = "") -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, span, label, hint)


def warning(code: str, message: str, hint: str = "", *, span: Span | None = None, label: str = "") -> Diagnostic:
    return Diagnostic(code, Severity.WARNING, message, span, label, hint)


def shown(names: Iterable[str], most: int = 5) -> str:
    """Some names for a message, in order, and how many more there are."""
    listed = sorted(names)
    some = ", ".join(f"`{name}`" for name in listed[:most])
    return some if len(listed) <= most else f"{some} and {len(listed) - most} more"
