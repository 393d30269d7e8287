"""`audql`: the commands, their options and their help. What they do is in `audql.operations`."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Annotated, Optional

import typer

from audql.cli.options import Allow, AsOf, Everyone, Folder, Json, NoColour, given_folder, given_plain
from audql.cli.outcome import ending, interrupted, told
from audql.cli.terminal import Terminal, prepare_streams, stdin_bytes

app = typer.Typer(
    name="audql",
    help="Audiences as text: check scripts, ask who matches, plan a run and apply it.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

# Arguments are told in each command's text: in its list of them typer would print Python's types.
Files = Annotated[Optional[list[str]], typer.Argument(metavar="FILE", hidden=True)]  # noqa: UP045
People = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--people", metavar="FILE", help="CSV, JSON or JSON lines of people; `-` is standard input."),
]


def _examples(*lines: str) -> str:
    """The end of a command's help; `\\b` keeps the lines as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _version(asked: bool) -> None:
    if asked:
        import audql

        typer.echo(f"audql {audql.__version__}")
        raise typer.Exit


@app.callback()
def _before(
    *,
    folder: Folder,
    no_color: NoColour,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    given_folder.set(folder)
    given_plain.set(no_color)


@app.command(epilog=_examples("audql check", "audql check retail.aud", "audql check --json retail.aud"))
@ending
def check(files: Files = None, *, folder: Folder, as_of: AsOf = None, as_json: Json = False, no_color: NoColour) -> int:
    """Say all that is wrong with scripts.

    FILE is a script, `-` standard input; left out, all scripts of the workspace are checked, with what its data knows.
    Status 1 where there is a mistake.
    """
    from audql import operations
    from audql.cli import showing_scripts

    terminal = Terminal(plain=no_color)
    with terminal.working("checking"):
        found = operations.check(files or (), folder=folder, now=_now(), day=as_of, stdin=stdin_bytes)
    return showing_scripts.checked(terminal, found, as_json=as_json)


@app.command(epilog=_examples("audql fmt", "audql fmt --check retail.aud", "audql fmt - < retail.aud"))
@ending
def fmt(
    files: Files = None,
    only_check: Annotated[bool, typer.Option("--check", help="Only say which would change; status 1 if any.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Only show what would change.")] = False,
    *,
    folder: Folder,
    no_color: NoColour,
) -> int:
    """Write scripts in their canonical form.

    FILE is a script, `-` from standard input to standard output; left out, all scripts of the workspace. A file with
    mistakes is not touched.
    """
    from audql import operations
    from audql.cli import showing_scripts

    terminal = Terminal(plain=no_color)
    if files == ["-"] and not (only_check or diff):
        (one,) = operations.fmt(files, folder=folder, write=False, stdin=stdin_bytes)
        terminal.findings(one.diagnostics)
        terminal.write(one.before if one.text is None else one.text)
        return 1 if one.text is None else 0
    done = operations.fmt(files or (), folder=folder, write=not (only_check or diff), stdin=stdin_bytes)
    return showing_scripts.formatted(terminal, done, only_check=only_check or diff, diff=diff)


@app.command("test", epilog=_examples("audql test", "audql test retail.aud --as-of 2026-11-23"))
@ending
def run_tests(
    files: Files = None, *, folder: Folder, as_of: AsOf = None, as_json: Json = False, no_color: NoColour
) -> int:
    """Run the tests in scripts.

    FILE is a script; left out, all scripts of the workspace. A test that fails shows the rule as a tree of yes and no.
    Tests that say no day of their own run as of today.
    """
    from audql import operations
    from audql.cli import showing_scripts

    terminal = Terminal(plain=no_color)
    with terminal.working("testing"):
        found = operations.test(files or (), folder=folder, now=_now(), day=as_of, stdin=stdin_bytes)
    return showing_scripts.tested(terminal, found, as_json=as_json)


@app.command(
    epilog=_examples(
        "audql match 'country = \"GB\"' --people people.csv",
        "audql match 'hired within last 90 days' --people people.json --count",
        "audql match 'member(\"Managers\")' -C workspace",
    )
)
@ending
def match(
    query: Annotated[str, typer.Argument(metavar="QUERY", hidden=True)],
    people: People = None,
    only_count: Annotated[bool, typer.Option("--count", help="Print only how many.")] = False,
    *,
    folder: Folder,
    as_of: AsOf = None,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Print the ids of those whom a query means.

    QUERY is a condition, like `country = "GB"`. People come from --people, else from the workspace's snapshot. The
    columns of a CSV are taken by name; those that are no fields are `custom.` ones, with types inferred from the whole
    file. What was taken for what goes to standard error.
    """
    from audql import operations
    from audql.cli import showing_scripts

    terminal = Terminal(plain=no_color)
    with terminal.working("matching"):
        found = operations.match(query, people=people, folder=folder, now=_now(), day=as_of, stdin=stdin_bytes)
    return showing_scripts.matched(terminal, found, as_json=as_json, only_count=only_count)


@app.command(
    epilog=_examples("audql why ann", 'audql why ann "Retail new starters"', "audql why ann --query 'country = \"GB\"'")
)
@ending
def why(
    person: Annotated[str, typer.Argument(metavar="PERSON", hidden=True)],
    audience: Annotated[Optional[str], typer.Argument(metavar="AUDIENCE", hidden=True)] = None,  # noqa: UP045
    query: Annotated[Optional[str], typer.Option("--query", metavar="QUERY", help="Of this condition instead.")] = None,  # noqa: UP045
    people: People = None,
    *,
    folder: Folder,
    as_of: AsOf = None,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Say why someone is in an audience, or not.

    PERSON is an id, username or email. With AUDIENCE, its rule is shown as a tree of yes and no with the values that
    decided; without, all audiences. It is about membership after the next run.
    """
    from audql.cli import showing_state
    from audql.operations import asking

    if query is not None and audience is not None:
        raise typer.BadParameter("either an audience or --query")
    if people is not None and query is None:
        raise typer.BadParameter("--people goes with --query")
    terminal = Terminal(plain=no_color)
    if query is not None:
        with terminal.working("asking"):
            matched = asking.why_matches(person, query, people=people, folder=folder, now=_now(), day=as_of)
        return showing_state.why_matches(terminal, matched, as_json=as_json)
    with terminal.working("asking"):
        found = asking.why(person, audience, folder=folder, now=_now(), day=as_of)
    return showing_state.why(terminal, found, in_full=audience is not None, as_json=as_json)


@app.command(epilog=_examples("audql sync", "audql sync --allow headcount"))
@ending
def sync(
    *,
    folder: Folder,
    as_of: AsOf = None,
    allow: Allow = None,
    everyone: Everyone = False,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Read the feed into a new snapshot.

    Whole or not at all. Rows that do not fit are refused and told, and whom they are about stay as they were. A feed
    that looks cut short stops it with status 3: --allow headcount and --allow emptied let that through.
    """
    from audql.cli import runs_as_json, showing_runs
    from audql.cli.as_json import written
    from audql.operations import running

    terminal = Terminal(plain=no_color)
    allowed = _allowed(allow, "headcount", "emptied")
    with terminal.working("reading the feed") as working:
        report = running.sync(folder=folder, now=_now(), day=as_of, allow=allowed, progress=working.on)
    if as_json:
        terminal.out(written(runs_as_json.synced(report)))
        return report.status
    return showing_runs.synced(terminal, report, everyone=everyone)


@app.command(epilog=_examples("audql plan", "audql plan --all", "audql plan --as-of 2026-12-24 --json"))
@ending
def plan(
    *,
    folder: Folder,
    as_of: AsOf = None,
    allow: Allow = None,
    everyone: Everyone = False,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Show what a run would change.

    Who joins and leaves and why, what learning is gained and lost, what is held or frozen and why. Nothing is changed.
    """
    from audql.cli import runs_as_json, showing_runs
    from audql.cli.as_json import written
    from audql.operations import running

    terminal = Terminal(plain=no_color)
    allowed = _allowed(allow, *_HOLDS)
    with terminal.working("planning"):
        found = running.plan(folder=folder, now=_now(), day=as_of, allow=allowed)
    if as_json:
        terminal.out(written(runs_as_json.planned(found)))
        return found.status
    return showing_runs.planned(terminal, found, everyone=everyone)


@app.command(
    epilog=_examples("audql apply --dry-run", "audql apply --allow first", 'audql apply --allow "leaves:Retail"')
)
@ending
def apply(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")] = False,
    *,
    folder: Folder,
    as_of: AsOf = None,
    allow: Allow = None,
    everyone: Everyone = False,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Plan, and carry the plan out.

    In one transaction; then the learning system is told. What is out of proportion is held and named; --allow lets it
    through once: first (a first apply), leaves, lost, run, or of one audience leaves:NAME, lost:NAME.
    """
    from audql.cli import runs_as_json, showing_runs
    from audql.cli.as_json import written
    from audql.operations import running

    terminal = Terminal(plain=no_color)
    allowed = _allowed(allow, *_HOLDS)
    with terminal.working("applying"):
        found = running.apply(folder=folder, now=_now(), day=as_of, allow=allowed, dry_run=dry_run)
    if as_json:
        terminal.out(written(runs_as_json.applied(found)))
        return found.status
    return showing_runs.applied(terminal, found, everyone=everyone)


@app.command(epilog=_examples("audql run", "audql run --allow first", "audql run -C /srv/audql --json"))
@ending
def run(
    *,
    folder: Folder,
    as_of: AsOf = None,
    allow: Allow = None,
    everyone: Everyone = False,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Sync, plan and apply: the nightly work.

    A second run with the same feed on the same day has nothing to do. Status 3: a guard stopped it, nothing was
    changed; 4: done, but something is frozen, held or refused.
    """
    from audql.cli import runs_as_json, showing_runs
    from audql.cli.as_json import written
    from audql.operations import running

    terminal = Terminal(plain=no_color)
    allowed = _allowed(allow, *_HOLDS, "headcount", "emptied")
    with terminal.working("reading the feed") as working:
        found = running.run(folder=folder, now=_now(), day=as_of, allow=allowed, progress=working.on)
    if as_json:
        terminal.out(written(runs_as_json.ran(found)))
        return found.status
    return showing_runs.ran(terminal, found, everyone=everyone)


@app.command(
    epilog=_examples('audql members "Retail new starters"', "audql members Managers --as-of 2026-10-01 --json")
)
@ending
def members(
    audience: Annotated[str, typer.Argument(metavar="AUDIENCE", hidden=True)],
    only_count: Annotated[bool, typer.Option("--count", help="Print only how many.")] = False,
    *,
    folder: Folder,
    as_of: AsOf = None,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Print the ids of an audience's members.

    As the last run left them; with --as-of, as the runs through that day did.
    """
    from audql.cli import showing_state
    from audql.operations import asking

    found = asking.members(audience, folder=folder, day=as_of)
    return showing_state.members(Terminal(plain=no_color), found, only_count=only_count, as_json=as_json)


@app.command(epilog=_examples("audql status", "audql status --json"))
@ending
def status(*, folder: Folder, as_json: Json = False, no_color: NoColour) -> int:
    """Show how the workspace stands.

    The snapshot, the last run, each audience with its size, what waits to be told, and what the last run held or froze.
    Status 4 where there is such.
    """
    from audql.cli import showing_state
    from audql.operations import asking

    return showing_state.status(Terminal(plain=no_color), asking.status(folder=folder), as_json=as_json)


_HOLDS = ("first", "leaves", "lost", "run")


def _allowed(names: list[str] | None, *known: str) -> list[str]:
    """The guards to be let through, each one that there is."""
    from audql.text import nearest

    for name in names or ():
        kind = name.partition(":")[0]
        if kind not in known or (":" in name and kind not in ("leaves", "lost")):
            near = nearest(name, known)
            cure = f"did you mean {near!r}?" if near else f"there are: {', '.join(known)}"
            raise typer.BadParameter(f"no guard {name!r} here; {cure}", param_hint="'--allow'")
    return names or []


def _now() -> dt.datetime:
    """The only place below which nothing reads the clock."""
    return dt.datetime.now(dt.UTC)


def main() -> None:
    """The program `audql`."""
    prepare_streams()
    try:
        app(prog_name="audql")
    except KeyboardInterrupt:
        sys.exit(interrupted())
    except Exception as problem:
        sys.exit(told(problem))


if __name__ == "__main__":
    main()
