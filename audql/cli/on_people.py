"""The commands on people and on how things stand: match, why, members, snapshots, status, repl."""

from typing import Annotated

import typer

from audql.cli.options import AsOf, Everyone, Folder, Json, NoColour, OnlyCount, People, PluginsDir, Zone, now
from audql.cli.outcome import ending
from audql.terminal import Terminal, stdin_bytes


@ending
def match(
    query: Annotated[str, typer.Argument(metavar="QUERY", hidden=True)],
    people: People = None,
    only_count: OnlyCount = False,
    *,
    folder: Folder,
    as_of: AsOf = None,
    zone: Zone = None,
    plugins_dir: PluginsDir = None,
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

    terminal = Terminal(plain=no_color, folder=folder)
    with terminal.working("matching"):
        found = operations.match(
            query,
            people=people,
            folder=folder,
            now=now(),
            day=as_of,
            zone=zone,
            plugins_dir=plugins_dir,
            stdin=stdin_bytes,
        )
    return showing_scripts.matched(terminal, found, as_json=as_json, only_count=only_count)


@ending
def why(
    person: Annotated[str, typer.Argument(metavar="PERSON", hidden=True)],
    audience: Annotated[str | None, typer.Argument(metavar="AUDIENCE", hidden=True)] = None,
    query: Annotated[str | None, typer.Option("--query", metavar="QUERY", help="Of this condition instead.")] = None,
    people: People = None,
    *,
    folder: Folder,
    as_of: AsOf = None,
    zone: Zone = None,
    plugins_dir: PluginsDir = None,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Say why someone is in an audience, or not.

    PERSON is an id, username or email. With AUDIENCE, its rule is shown as a tree of yes and no with the values that
    decided; without, all audiences. It is about membership after the next run.
    """
    from audql.cli import showing_state

    if query is not None and audience is not None:
        raise typer.BadParameter("either an audience or --query")
    if people is not None and query is None:
        raise typer.BadParameter("--people goes with --query")
    if zone is not None and people is None:
        raise typer.BadParameter("--zone goes with --people: a workspace has its own")
    terminal = Terminal(plain=no_color, folder=folder)
    if query is not None:
        from audql.operations.matching import why_matches

        with terminal.working("asking"):
            matched = why_matches(
                person,
                query,
                people=people,
                folder=folder,
                now=now(),
                day=as_of,
                zone=zone,
                plugins_dir=plugins_dir,
            )
        return showing_state.why_matches(terminal, matched, as_json=as_json)
    from audql.operations import asking

    with terminal.working("asking"):
        found = asking.why(person, audience, folder=folder, now=now(), day=as_of, plugins_dir=plugins_dir)
    return showing_state.why(terminal, found, in_full=audience is not None, as_json=as_json)


@ending
def members(
    audience: Annotated[str, typer.Argument(metavar="AUDIENCE", hidden=True)],
    only_count: OnlyCount = False,
    *,
    folder: Folder,
    as_of: AsOf = None,
    plugins_dir: PluginsDir = None,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Print the ids of an audience's members.

    As the last run left them; with --as-of, as the runs through that day did.
    """
    from audql.cli import showing_state
    from audql.operations import asking

    found = asking.members(audience, folder=folder, day=as_of, plugins_dir=plugins_dir)
    return showing_state.members(Terminal(plain=no_color, folder=folder), found, only_count=only_count, as_json=as_json)


@ending
def snapshots(
    names: Annotated[list[str] | None, typer.Argument(metavar="OLD [NEW]", hidden=True)] = None,
    *,
    folder: Folder,
    plugins_dir: PluginsDir = None,
    everyone: Everyone = False,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """List the snapshots that are kept, or compare two.

    With OLD, what is otherwise in the one that counts, or in NEW. The first few digits of a name will do. `keep` under
    `[state]` says how many are kept.
    """
    from audql.cli import showing_snapshots
    from audql.operations import keeping

    terminal = Terminal(plain=no_color, folder=folder)
    if not names:
        return showing_snapshots.snapshots(
            terminal, keeping.snapshots(folder=folder, plugins_dir=plugins_dir), as_json=as_json
        )
    if len(names) > 2:
        raise typer.BadParameter("two snapshots are compared, not more")
    found = keeping.compare_snapshots(*names, folder=folder, plugins_dir=plugins_dir)
    return showing_snapshots.compared(terminal, found, everyone=everyone, as_json=as_json)


@ending
def erase(
    person: Annotated[str, typer.Argument(metavar="PERSON", hidden=True)],
    *,
    folder: Folder,
    plugins_dir: PluginsDir = None,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Erase a person from the workspace, for good.

    PERSON is an id, or a username or email that a snapshot which is kept has; the id is told. They go from every
    snapshot that is kept, from state, from what waits to be told, and from rows that were set aside. A salted hash
    stays, so that a feed which still has that id does not bring them back, on any machine. Saved plans that name them
    are deleted, and told. The changes file, mails as files, scripts, and rows with the person's name under another id
    are not touched, and told where they name them (status 4). The feed and copies of the state are not touched either.
    """
    from audql.cli import showing_snapshots
    from audql.operations import erasing

    found = erasing.erase(person, folder=folder, plugins_dir=plugins_dir)
    return showing_snapshots.erased(Terminal(plain=no_color, folder=folder), found, as_json=as_json)


@ending
def history(
    person: Annotated[str, typer.Argument(metavar="PERSON", hidden=True)],
    *,
    folder: Folder,
    plugins_dir: PluginsDir = None,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Show what the runs did to someone.

    The audiences they joined and left, enrolments, and mails about them, day by day; also of someone who has left.
    PERSON is an id, or a username or email that a snapshot which is kept has.
    """
    from audql.cli import showing_state
    from audql.operations.history import history as history_of

    found = history_of(person, folder=folder, plugins_dir=plugins_dir)
    return showing_state.history(Terminal(plain=no_color, folder=folder), found, as_json=as_json)


@ending
def status(*, folder: Folder, plugins_dir: PluginsDir = None, as_json: Json = False, no_color: NoColour) -> int:
    """Show how the workspace stands.

    The snapshot, the last run, each audience with its size, what waits to be told, and what the last run held or froze.
    Status 4 where there is such.
    """
    from audql.cli import showing_state
    from audql.operations import asking

    return showing_state.status(
        Terminal(plain=no_color, folder=folder), asking.status(folder=folder, plugins_dir=plugins_dir), as_json=as_json
    )


@ending
def repl(
    people: People = None,
    *,
    folder: Folder,
    as_of: AsOf = None,
    zone: Zone = None,
    plugins_dir: PluginsDir = None,
    no_color: NoColour,
) -> int:
    """Ask queries, one after another.

    A query in; how many it means and some of them out. `let` and `define` stay. Over the people of a file, else those
    of the workspace's snapshot. `:help` says the rest. Reads plain lines where standard input is no terminal; status 1
    where one of those had a mistake.
    """
    from audql.operations.asked import at_hand
    from audql.repl.loop import run

    terminal = Terminal(plain=no_color, folder=folder)
    with terminal.working("reading"):
        asked = at_hand(people, folder=folder, now=now(), day=as_of, zone=zone, plugins_dir=plugins_dir)
    return run(asked, terminal)
