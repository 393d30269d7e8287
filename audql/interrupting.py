"""Ctrl-C and SIGTERM → KeyboardInterrupt; and which of them came, also where a library raises something else then."""

import signal
from types import FrameType

CTRL_C, SIGTERM = "Ctrl-C", "SIGTERM"

_came: list[str] = []
"""Of the process, as signals are."""


class Terminated(KeyboardInterrupt):
    """SIGTERM: a service that is stopped, a pod that is taken away."""


def heed_signals() -> None:
    """From here on SIGTERM is what Ctrl-C is. What is ignored, as by a shell for its background, stays so."""
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def _terminate(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # one more ends the process at once
    _came.append(SIGTERM)
    raise Terminated


def _interrupt(number: int, frame: FrameType | None) -> None:
    _came.append(CTRL_C)
    raise KeyboardInterrupt


def interrupted_by(problem: BaseException) -> str:
    """`Ctrl-C` or `SIGTERM`, where one of them is what stopped it; else empty. DuckDB, for one, raises a RuntimeError
    instead of what the signal raised."""
    if isinstance(problem, Terminated):
        return SIGTERM
    if isinstance(problem, KeyboardInterrupt):
        return CTRL_C
    return _came[-1] if _came and isinstance(problem, Exception) else ""
