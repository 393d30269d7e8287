"""How a command ends: what its errors print, and the exit status. No traceback reaches a person."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import typer

from audql.interrupting import SIGTERM, interrupted_by

DONE, MISTAKES, USAGE, STOPPED, HELD = 0, 1, 2, 3, 4
BUG, INTERRUPTED, PIPE_CLOSED, TERMINATED = 70, 130, 141, 143

_OF_RUN = frozenset({"alembic", "duckdb", "jinja2", "markupsafe", "numpy", "prompt_toolkit", "sqlalchemy"})
"""What the base installation does without."""

P = ParamSpec("P")


def ending(command: Callable[P, int]) -> Callable[P, None]:
    """The command with everything that it raises told and made its exit status."""

    @wraps(command)
    def ended(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            status = command(*args, **kwargs)
            sys.stdout.flush()
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except (Exception, KeyboardInterrupt) as problem:
            given = {name: bool(kwargs.get(name)) for name in ("as_json", "no_color", "log")}
            folder, day = kwargs.get("folder"), kwargs.get("as_of")
            status = told(
                problem,
                as_json=given["as_json"],
                plain=given["no_color"],
                for_a_log=given["log"],
                folder=folder if isinstance(folder, Path) else Path(),
                day=day if isinstance(day, dt.date) else None,
            )
        raise typer.Exit(status)

    return ended


def told(
    problem: Exception | KeyboardInterrupt,
    *,
    as_json: bool = False,
    plain: bool = False,
    for_a_log: bool = False,
    folder: Path = Path(),
    day: dt.date | None = None,
) -> int:
    """Says what is wrong; the exit status. Anything but an error of the input is a bug in AudQL."""
    from audql.diagnostics import AudQLError, CompileError, RunError
    from audql.plugins import PluginError

    if isinstance(problem, KeyboardInterrupt) or (interrupted_by(problem) and not isinstance(problem, AudQLError)):
        status = interrupted(problem)
        stopped = getattr(problem, "stopped", None)
        if stopped is None:
            return status
        problem = stopped
    match problem:
        case BrokenPipeError():
            close_quietly()
            return PIPE_CLOSED
        case RunError() as error:
            pass
        case CompileError(diagnostics=found) | PluginError(diagnostics=found):
            error = RunError(*found)
        case AudQLError():
            print(f"error: {problem}", file=sys.stderr)
            return MISTAKES
        case ModuleNotFoundError(name=str() as missing) if missing.partition(".")[0] in _OF_RUN:
            print(f"error: this needs more than the base installation ({missing} is missing)", file=sys.stderr)
            print(" = help: pip install 'audql[run]'", file=sys.stderr)
            return MISTAKES
        case OSError(filename=str() as path, strerror=str() as why):
            from audql.operations import messages

            error = RunError(messages.cannot_use(path, why[:1].lower() + why[1:]))
            if os.environ.get("AUDQL_TRACEBACK"):
                traceback.print_exception(problem)
        case _:
            return report_bug(problem, for_a_log=for_a_log)
    from audql.cli import as_json as js
    from audql.terminal import Terminal

    if as_json:
        print(js.written(js.problem(error)))
    else:
        Terminal(plain=plain, for_a_log=for_a_log, folder=folder, day=day).error(error)
    return error.status


def report_bug(problem: BaseException, *, for_a_log: bool = False) -> int:
    """Says that it is one, and where the traceback is. A log has none of its words."""
    import audql

    written = "".join(traceback.format_exception(problem))
    if os.environ.get("AUDQL_TRACEBACK"):
        sys.stderr.write(written)
    name = type(problem).__name__
    kind = name if for_a_log else f"{name}: {problem}".splitlines()[0][:200]
    print(f"this is a bug in AudQL {audql.__version__}, please report it: {kind}", file=sys.stderr)
    try:
        handle, path = tempfile.mkstemp(prefix="audql-bug-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"AudQL {audql.__version__}, Python {sys.version}, {sys.platform}\n{written}")
        print(f"what happened is in {path}", file=sys.stderr)
    except OSError:
        sys.stderr.write(written)
    return BUG


def close_quietly() -> None:
    """Lets nothing more be written to a standard output that nobody reads, so that Python does not complain at exit."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):
        pass


def interrupted(stop: BaseException) -> int:
    """Ctrl-C, or SIGTERM: no noise, and no second traceback from one more at exit."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    said = getattr(stop, "stopped", None)
    if said is not None:
        return int(said.status)
    return TERMINATED if interrupted_by(stop) == SIGTERM else INTERRUPTED
