"""The commands that carry a workspace on: sync, plan, apply, run."""

from typing import Annotated

import typer

from audql.cli.options import Allow, AsOf, Everyone, Folder, Json, NoColour, PluginsDir, now
from audql.cli.outcome import ending
from audql.sync.allowing import GUARDS
from audql.terminal import Terminal

_HOLDS = ("first", "leaves", "lost", "run")


@ending
def sync(
    corrected: Annotated[
        bool, typer.Option("--corrected", help="Read what the last sync set aside, instead of the feed.")
    ] = False,
    *,
    folder: Folder,
    as_of: AsOf = None,
    allow: Allow = None,
    plugins_dir: PluginsDir = None,
    everyone: Everyone = False,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Read the feed into a new snapshot.

    Whole or not at all. Rows that do not fit are refused and told, and whom they are about stay as they were. A feed
    that is out of proportion stops it with status 3 and nothing is changed. --allow lets that through once: headcount,
    rows and emptied (fewer people, fewer rows, none), refused and changed (too many rows or values), cut (a file that
    ends within a row), age (too old a file), reused (an id that seems to be someone else's now).
    Rows that were refused are set aside in the folder quarantine beside the state; corrected there, they are read with
    --corrected.
    """
    from audql.cli import runs_as_json, showing_runs
    from audql.cli.as_json import written
    from audql.operations import running

    terminal = Terminal(plain=no_color)
    allowed = _allowed(allow, *GUARDS)
    with terminal.working("reading the feed") as working:
        report = running.sync(
            folder=folder,
            now=now(),
            day=as_of,
            allow=allowed,
            corrected=corrected,
            plugins_dir=plugins_dir,
            progress=working.on,
        )
    if as_json:
        terminal.out(written(runs_as_json.synced(report)))
        return report.status
    return showing_runs.synced(terminal, report, everyone=everyone)


@ending
def plan(
    *,
    folder: Folder,
    as_of: AsOf = None,
    allow: Allow = None,
    plugins_dir: PluginsDir = None,
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
        found = running.plan(folder=folder, now=now(), day=as_of, allow=allowed, plugins_dir=plugins_dir)
    if as_json:
        terminal.out(written(runs_as_json.planned(found)))
        return found.status
    return showing_runs.planned(terminal, found, everyone=everyone)


@ending
def apply(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")] = False,
    *,
    folder: Folder,
    as_of: AsOf = None,
    allow: Allow = None,
    plugins_dir: PluginsDir = None,
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
        found = running.apply(
            folder=folder, now=now(), day=as_of, allow=allowed, plugins_dir=plugins_dir, dry_run=dry_run
        )
    if as_json:
        terminal.out(written(runs_as_json.applied(found)))
        return found.status
    return showing_runs.applied(terminal, found, everyone=everyone)


@ending
def run(
    *,
    folder: Folder,
    as_of: AsOf = None,
    allow: Allow = None,
    plugins_dir: PluginsDir = None,
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
    allowed = _allowed(allow, *_HOLDS, *GUARDS)
    with terminal.working("reading the feed") as working:
        found = running.run(
            folder=folder, now=now(), day=as_of, allow=allowed, plugins_dir=plugins_dir, progress=working.on
        )
    if as_json:
        terminal.out(written(runs_as_json.ran(found)))
        return found.status
    return showing_runs.ran(terminal, found, everyone=everyone)


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
