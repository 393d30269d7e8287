"""Where text goes: standard output and error in UTF-8, with colour and progress only where a person is looking."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, TextIO

from audql.diagnostics import Diagnostic, RunError, count
from audql.rendering import broken, render, tamed

if TYPE_CHECKING:
    from audql.analysis.explaining import Explanation

_PATIENCE_S = 1.0
_COMMAND = re.compile(
    r"`audql (?:approve|apply|check|deliver|erase|history|members|plan|preview|run|snapshots|status|sync|test|why)\b"
)
"""One that a text names, of those that have `-C`."""
_ON_A_DAY = re.compile(r"`audql (?:apply|plan)\b")
"""Of those the ones that go on with a plan, which is of one day."""
_RESET = "\033[0m"
_STYLES = {"bold": "\033[1m", "dim": "\033[2m", "red": "\033[31m", "green": "\033[32m", "yellow": "\033[33m"}


def prepare_streams() -> None:
    """Standard output and error in UTF-8 whatever the locale says; what cannot be written is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def stdin_bytes() -> bytes:
    return sys.stdin.buffer.read()


class Terminal:
    """What a command prints to. `plain`: no colour, whatever the stream is. `for_a_log`: no values of people. `folder`
    and `day`: where and as of when the command was told to be; one that is named to go on with is told it, too."""

    def __init__(
        self, *, plain: bool = False, for_a_log: bool = False, folder: Path = Path(), day: dt.date | None = None
    ) -> None:
        self._plain = plain
        self._for_a_log = for_a_log
        self._there = "" if folder == Path() else f" -C {quote(folder.as_posix())}"
        self._then = "" if day is None else f" --as-of {day}"

    def coloured(self, stream: TextIO) -> bool:
        """Whether a person with a colour terminal is looking (https://no-color.org)."""
        if self._plain or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return stream.isatty()

    def style(self, text: str, *styles: str) -> str:
        """The text as standard output shows it."""
        if not text or not self.coloured(sys.stdout):
            return text
        return "".join(_STYLES[style] for style in styles) + text + _RESET

    def out(self, text: str = "") -> None:
        """A line of what was asked for."""
        sys.stdout.write(tamed(text, colour=self.coloured(sys.stdout)) + "\n")

    def sentence(self, text: str) -> None:
        """The same, broken between words where a terminal is narrower."""
        for line in broken(self._from_here(text), self._width(sys.stdout), "  "):
            self.out(line)

    def _width(self, stream: TextIO) -> int | None:
        """Of a terminal; None where nobody is looking, as there each line is one."""
        return shutil.get_terminal_size().columns if stream.isatty() else None

    def write(self, text: str) -> None:
        """Text as it is."""
        sys.stdout.write(text)

    def note(self, text: str) -> None:
        """A line beside it."""
        sys.stdout.flush()
        sys.stderr.write("\n".join(broken(tamed(self._from_here(text)), self._width(sys.stderr), "  ")) + "\n")

    def event(self, event: Mapping[str, object]) -> None:
        """A line of a log, as JSON, on standard error."""
        sys.stdout.flush()
        sys.stderr.write(json.dumps(event, ensure_ascii=False) + "\n")

    def shown(self, finding: Diagnostic) -> Diagnostic:
        """As it may be printed here."""
        told = finding.without_values() if self._for_a_log else finding
        return replace(told, hint=self._from_here(told.hint))

    def _from_here(self, text: str) -> str:
        """With what commands in it are to be told of where and when this one is."""
        dated = _ON_A_DAY.sub(lambda command: command[0] + self._then, text)
        return _COMMAND.sub(lambda command: command[0] + self._there, dated)

    def findings(self, found: Iterable[Diagnostic], *, to_out: bool = False) -> None:
        """Mistakes, warnings and hints with their places; on standard error unless they are what was asked for. A log
        has no line of a file, in which an address can be."""
        listed = tuple(map(self.shown, found))
        if self._for_a_log:
            listed = tuple(replace(d, message=f"{d.place}: {d.message}", span=None) if d.span else d for d in listed)
        if listed:
            stream = sys.stdout if to_out else sys.stderr
            sys.stdout.flush()
            colour = self.coloured(stream)
            stream.write(tamed(render(listed, colour=colour, width=self._width(stream)), colour=colour) + "\n")

    def error(self, problem: RunError) -> None:
        """What stopped a command, and what it had done by then."""
        self.findings(problem.diagnostics)
        if problem.done:
            self.note(problem.done)

    @contextmanager
    def working(self, what: str) -> Iterator[Working]:
        """Says on a terminal's standard error what takes long, once it does, and takes it away at the end."""
        working = Working(what)
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":  # which cannot take a line away
            working.start()
        try:
            yield working
        finally:
            working.end()


class Working:
    """One line that says what is being done."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = False
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        self._timer = threading.Timer(_PATIENCE_S, self._show)
        self._timer.daemon = True
        self._timer.start()

    def now(self, what: str) -> None:
        """What is being done from here on."""
        with self._lock:
            self._what = what
            shown = self._shown
        if shown:
            self._show()

    def on(self, what: str, number: int) -> None:
        """The same, and how many rows it is about."""
        self.now(f"{what}, {count(number, 'row')}" if number else what)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            with self._lock:
                if self._shown:
                    sys.stderr.write("\r\033[K")
                    sys.stderr.flush()
                self._timer = None

    def _show(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._shown = True
                sys.stderr.write(f"\r\033[K{self._what} …")
                sys.stderr.flush()


def columns(rows: Iterable[tuple[str, ...]], indent: str = "") -> Iterator[str]:
    """Lines with the cells under one another, the last one as it is."""
    listed = list(rows)
    widths = [max(len(row[i]) for row in listed if i < len(row)) for i in range(max(map(len, listed), default=0))]
    for row in listed:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        yield (indent + "  ".join([*cells, row[-1]])).rstrip()


def tree(terminal: Terminal, why: Explanation, indent: str = "") -> Iterator[str]:
    """A rule as a tree of yes and no, with the values that decided."""
    answer = terminal.style("yes", "green") if why.holds else terminal.style("no ", "red")
    seen = terminal.style(f"   [{'; '.join(why.values)}]", "dim") if why.values else ""
    yield f"{indent}{answer} {why.title}{seen}"
    for part in why.parts:
        yield from tree(terminal, part, indent + "  ")
