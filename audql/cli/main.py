"""`audql`: the commands, their options and their help. What they do is in `audql.operations`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from audql.cli import on_people, on_runs, on_scripts
from audql.cli.options import FirstFolder, FirstNoColour, given_folder, given_plain
from audql.cli.outcome import interrupted, told
from audql.interrupting import heed_signals
from audql.terminal import prepare_streams

app = typer.Typer(
    name="audql",
    help="Audiences as text: check scripts, ask who matches, plan a run and apply it.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(asked: bool) -> None:
    if asked:
        import audql

        typer.echo(f"audql {audql.__version__}")
        raise typer.Exit


@app.callback()
def _before(
    *,
    folder: FirstFolder = Path(),
    no_color: FirstNoColour = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    given_folder.set(folder)
    given_plain.set(no_color)


_COMMANDS: tuple[tuple[str, Callable[..., None], tuple[str, ...]], ...] = (
    ("init", on_scripts.init, ("audql init", "audql init --from people.csv -C workspace")),
    ("check", on_scripts.check, ("audql check", "audql check retail.aud", "audql check --json retail.aud")),
    ("fmt", on_scripts.fmt, ("audql fmt", "audql fmt --check retail.aud", "audql fmt - < retail.aud")),
    ("test", on_scripts.run_tests, ("audql test", "audql test retail.aud --as-of 2026-11-23")),
    (
        "match",
        on_people.match,
        (
            "audql match 'country = \"GB\"' --people people.csv",
            "audql match 'hired within last 90 days' --people people.json --count",
            "audql match 'member(\"Managers\")' -C workspace",
        ),
    ),
    (
        "why",
        on_people.why,
        ("audql why u1", 'audql why ann@example.com "New starters"', "audql why u1 --query 'country = \"GB\"'"),
    ),
    ("sync", on_runs.sync, ("audql sync", "audql sync --allow headcount", "audql sync --corrected")),
    ("plan", on_runs.plan, ("audql plan", "audql plan --all", "audql plan --save plan.json")),
    ("approve", on_runs.approve, ("audql approve plan.json",)),
    (
        "apply",
        on_runs.apply,
        (
            "audql apply --dry-run",
            "audql apply --allow first",
            'audql apply --allow "leaves:Managers"',
            "audql apply --plan plan.json",
        ),
    ),
    ("deliver", on_runs.deliver, ("audql deliver", "audql deliver --dry-run", "audql deliver --again")),
    ("preview", on_runs.preview, ("audql preview joining u1", "audql preview overdue ann@example.com --language de")),
    ("run", on_runs.run, ("audql run", "audql run --allow first", "audql run -C workspace --json")),
    ("members", on_people.members, ('audql members "New starters"', "audql members Managers --as-of 2026-10-01")),
    ("snapshots", on_people.snapshots, ("audql snapshots", "audql snapshots 3fa9", "audql snapshots 3fa9 77c0 --all")),
    ("erase", on_people.erase, ("audql erase u1",)),
    ("history", on_people.history, ("audql history u1", "audql history ann@example.com --json")),
    ("status", on_people.status, ("audql status", "audql status --json")),
    ("repl", on_people.repl, ("audql repl", "audql repl --people people.csv")),
)
"""Name, function, and examples for the end of its help."""

for _name, _command, _examples in _COMMANDS:
    # \b keeps the lines below it as they are.
    app.command(_name, epilog="\b\nExamples:\n" + "\n".join(f"  {line}" for line in _examples))(_command)


def main() -> None:
    """The program `audql`."""
    prepare_streams()
    heed_signals()
    try:
        app(prog_name="audql")
    except KeyboardInterrupt as stop:
        sys.exit(interrupted(stop))
    except Exception as problem:
        sys.exit(told(problem))


if __name__ == "__main__":
    main()
