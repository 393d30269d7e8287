"""The commands on scripts: init, check, fmt, test."""

from typing import Annotated

import typer

from audql.cli.options import AsOf, Files, Folder, Json, NoColour, PluginsDir, Zone, now
from audql.cli.outcome import ending
from audql.terminal import Terminal, stdin_bytes


@ending
def init(
    sources: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="FILE", help="A CSV of people, whose columns are proposed to be mapped."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print audql.toml as it would be; write nothing.")] = False,
    *,
    folder: Folder,
    no_color: NoColour,
) -> int:
    """Make a workspace.

    Writes audql.toml, a first script and a feed, so that `audql sync` and `audql plan` work straight away; with
    invented people where no file is given. Nothing is overwritten.
    """
    from audql import operations
    from audql.cli import showing_scripts

    if sources and len(sources) > 1:
        raise typer.BadParameter("--from takes one file, that of people; others are named in audql.toml")
    source = sources[0] if sources else None
    made = operations.init(folder=folder, day=now().date(), source=source, dry_run=dry_run)
    return showing_scripts.started(Terminal(plain=no_color), made, dry_run=dry_run)


@ending
def check(
    files: Files = None,
    *,
    folder: Folder,
    as_of: AsOf = None,
    zone: Zone = None,
    plugins_dir: PluginsDir = None,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Say all that is wrong with scripts.

    FILE is a script, `-` standard input; left out, all scripts of the workspace are checked, with what its data knows.
    Status 1 where there is a mistake.
    """
    from audql import operations
    from audql.cli import showing_scripts

    terminal = Terminal(plain=no_color, folder=folder)
    with terminal.working("checking"):
        found = operations.check(
            files or (),
            folder=folder,
            now=now(),
            day=as_of,
            zone=zone,
            plugins_dir=plugins_dir,
            stdin=stdin_bytes,
        )
    return showing_scripts.checked(terminal, found, as_json=as_json)


@ending
def fmt(
    files: Files = None,
    only_check: Annotated[bool, typer.Option("--check", help="Only say which would change; status 1 if any.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Only show what would change.")] = False,
    *,
    folder: Folder,
    plugins_dir: PluginsDir = None,
    no_color: NoColour,
) -> int:
    """Write scripts in their canonical form.

    FILE is a script, `-` from standard input to standard output; left out, all scripts of the workspace. A file with
    mistakes is not touched.
    """
    from audql import operations
    from audql.cli import showing_scripts

    terminal = Terminal(plain=no_color, folder=folder)
    if files == ["-"] and not (only_check or diff):
        (one,) = operations.fmt(files, folder=folder, write=False, stdin=stdin_bytes)
        terminal.findings(one.diagnostics)
        terminal.write(one.before if one.text is None else one.text)
        return 1 if one.text is None else 0
    done = operations.fmt(
        files or (),
        folder=folder,
        write=not (only_check or diff),
        plugins_dir=plugins_dir,
        stdin=stdin_bytes,
    )
    return showing_scripts.formatted(terminal, done, only_check=only_check or diff, diff=diff)


@ending
def run_tests(
    files: Files = None,
    *,
    folder: Folder,
    as_of: AsOf = None,
    zone: Zone = None,
    plugins_dir: PluginsDir = None,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Run the tests in scripts.

    FILE is a script; left out, all scripts of the workspace. A test that fails shows the rule as a tree of yes and no.
    Tests that say no day of their own run as of today.
    """
    from audql import operations
    from audql.cli import showing_scripts

    terminal = Terminal(plain=no_color, folder=folder)
    with terminal.working("testing"):
        found = operations.test(
            files or (),
            folder=folder,
            now=now(),
            day=as_of,
            zone=zone,
            plugins_dir=plugins_dir,
            stdin=stdin_bytes,
        )
    return showing_scripts.tested(terminal, found, as_json=as_json)
