"""Where entries come from: a terminal with history and completion, or plain lines from a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import audql
from audql.interrupting import Terminated
from audql.operations.asked import AtHand
from audql.repl.entering import is_whole
from audql.repl.session import Quit, Session

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

    from audql.terminal import Terminal

_PROMPT, _MORE = "audql> ", "   ... "


def run(asked: AtHand, terminal: Terminal) -> int:
    """Asks until the input ends; the exit status."""
    session = Session(asked, terminal, terminal.coloured(sys.stdout))
    if sys.stdin.isatty() and sys.stdout.isatty():
        _at_terminal(session)
        return 0
    for entry in entries(_lines(sys.stdin.buffer)):
        if not _show(session, entry):
            break
    return 1 if session.mistakes else 0


def entries(lines: Iterable[str]) -> Iterator[str]:
    """Lines joined while brackets are open."""
    open_lines: list[str] = []
    for line in lines:
        open_lines.append(line)
        if is_whole("\n".join(open_lines)):
            yield "\n".join(open_lines)
            open_lines = []
    if open_lines:
        yield "\n".join(open_lines)


def state_folder() -> Path:
    """Where programs keep what they remember for a user."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "audql"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "audql"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "audql"


def _lines(source: Iterable[bytes]) -> Iterator[str]:
    for line in source:
        yield line.decode("utf-8-sig", errors="replace").rstrip("\r\n")


def _show(session: Session, entry: str) -> bool:
    """Whether to go on."""
    try:
        for text in session.answer(entry):
            session.terminal.out(text)
    except Quit:
        return False
    sys.stdout.flush()
    return True


def _at_terminal(session: Session) -> None:
    when = session.asked.when
    session.terminal.out(
        f"AudQL {audql.__version__}: {len(session.asked):,} people as of {when.day}. :help helps, Ctrl-D ends."
    )
    prompt = _prompt(session)
    while True:
        try:
            entry = prompt.prompt(_PROMPT)
        except Terminated:
            raise
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        try:
            if not _show(session, entry):
                return
        except Terminated:
            raise
        except KeyboardInterrupt:
            session.terminal.out("stopped")


def _prompt(session: Session) -> PromptSession[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        """Ends the entry when it is whole, else begins another line of it."""
        buffer = event.current_buffer
        if is_whole(buffer.text) or buffer.text.startswith(":"):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    history: History = InMemoryHistory()
    try:
        state_folder().mkdir(parents=True, exist_ok=True)
        file = state_folder() / "history"
        file.touch(mode=0o600)
        history = FileHistory(str(file))
    except OSError:
        pass  # a home that cannot be written to only costs the history
    completer = WordCompleter(session.words, ignore_case=True, WORD=False)
    return PromptSession(
        history=history,
        key_bindings=keys,
        multiline=True,
        completer=completer,
        complete_while_typing=False,
        prompt_continuation=_MORE,
    )
