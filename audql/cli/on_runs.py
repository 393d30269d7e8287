"""The commands that carry a workspace on: sync, plan, approve, apply, deliver, run; and what its mails say: preview."""

from pathlib import Path
from typing import Annotated

import typer

from audql.cli.options import (
    Allow,
    AsOf,
    Everyone,
    EveryRefusal,
    Folder,
    Json,
    NoColour,
    PluginsDir,
    now,
    seconds,
    user,
)
from audql.cli.outcome import ending
from audql.terminal import Terminal


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
    everyone: EveryRefusal = False,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Read the feed into a new snapshot.

    Whole or not at all. Rows that do not fit are refused and told, and whom they are about stay as they were. A feed
    that is out of proportion stops it with status 3 and nothing is changed, as does a file that is missing, empty or
    broken. --allow lets what is out of proportion through once: headcount, rows and emptied (fewer people, fewer rows,
    none), refused and changed (too many rows or values), cut (a file that ends within a row), age (too old a file),
    again (an earlier feed once more, which takes much back), reused (an id that seems to be someone else's now).
    Rows that were refused are set aside in the folder quarantine beside the state; corrected there, they are read with
    --corrected.
    """
    from audql.cli import runs_as_json, showing_runs
    from audql.cli.as_json import written
    from audql.operations import running
    from audql.sync.allowing import GUARDS

    terminal = Terminal(plain=no_color, folder=folder, day=as_of)
    allowed = _allowed(allow, GUARDS)
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
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Write the plan there, for review and apply --plan.")
    ] = None,
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
    from audql.runner.allowing import HOLDS

    terminal = Terminal(plain=no_color, folder=folder, day=as_of)
    allowed = _allowed(allow, HOLDS)
    with terminal.working("planning"):
        found = running.plan(
            folder=folder, now=now(), day=as_of, allow=allowed, plugins_dir=plugins_dir, save=save, user=user()
        )
    if as_json:
        terminal.out(written(runs_as_json.planned(found)))
        return found.status
    return showing_runs.planned(terminal, found, everyone=everyone, save=save)


@ending
def apply(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")] = False,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Carry out this saved plan, or nothing.")
    ] = None,
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

    In one transaction; then the learning system is told, and mails are sent. What is out of proportion is held and
    named; --allow lets it through once: first (a first apply), earlier (as of a day before the last run's), leaves,
    lost, run_leaves, run_lost, run, mails, due, baseline, or of one audience leaves:NAME, lost:NAME, baseline:NAME. A
    state that was put back from a copy stops it; restored goes on from there.
    """
    from audql.cli import runs_as_json, showing_runs
    from audql.cli.as_json import written
    from audql.operations import running
    from audql.runner.allowing import HOLDS

    terminal = Terminal(plain=no_color, folder=folder, day=as_of)
    allowed = _allowed(allow, HOLDS)
    with terminal.working("applying"):
        found = running.apply(
            folder=folder,
            now=now(),
            day=as_of,
            allow=allowed,
            plugins_dir=plugins_dir,
            dry_run=dry_run,
            plan=plan,
            clock=seconds,
        )
    if as_json:
        terminal.out(written(runs_as_json.applied(found)))
        return found.status
    return showing_runs.applied(terminal, found, everyone=everyone)


@ending
def approve(
    plan: Annotated[Path, typer.Argument(metavar="FILE", hidden=True)],
    *,
    folder: Folder,
    everyone: Everyone = False,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Let a saved plan be applied.

    FILE is a plan that someone else saved with plan --save. Where the workspace says so, big plans want it. What it
    does is printed; apply --dry-run --plan FILE shows it before.
    """
    from audql.cli import showing_runs
    from audql.cli.as_json import written
    from audql.operations import running

    terminal = Terminal(plain=no_color, folder=folder)
    saved = running.approve(plan=plan, folder=folder, now=now(), user=user())
    if as_json:
        terminal.out(written({"status": 0, "digest": saved.digest, "made_by": saved.made_by, "size": saved.size}))
    else:
        showing_runs.approved(terminal, saved, plan, everyone=everyone)
    return 0


@ending
def deliver(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the mails that it would send.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Try mails that were set aside once more, too.")] = False,
    *,
    folder: Folder,
    as_of: AsOf = None,
    allow: Allow = None,
    plugins_dir: PluginsDir = None,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Tell the learning system and send the mails that wait.

    An apply does so by itself; this goes on with what it could not tell or send. Status 4: the learning system or the
    mail server could not be told, or mails are put off by the server or set aside. What is more than [mail] limit only
    waits for the next run: 0. A state that was put back from a copy stops it with status 3; --allow restored
    delivers what waits in it.
    """
    from audql.cli import mails_as_json, showing_mails
    from audql.cli.as_json import written
    from audql.operations import mailing
    from audql.runner.allowing import RESTORED

    terminal = Terminal(plain=no_color, folder=folder, day=as_of)
    allowed = _allowed(allow, (RESTORED,))
    if dry_run:
        would = mailing.would_deliver(
            folder=folder, now=now(), day=as_of, again=again, allow=allowed, plugins_dir=plugins_dir
        )
        if as_json:
            terminal.out(written(mails_as_json.would_deliver(would)))
            return would.status
        return showing_mails.would_deliver(terminal, would)
    with terminal.working("delivering"):
        found = mailing.deliver(
            folder=folder, now=now(), day=as_of, again=again, allow=allowed, plugins_dir=plugins_dir, clock=seconds
        )
    if as_json:
        terminal.out(written(mails_as_json.delivered(found)))
        return found.status
    return showing_mails.delivered(terminal, found)


@ending
def preview(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", hidden=True)],
    person: Annotated[str, typer.Argument(metavar="PERSON", hidden=True)],
    language: Annotated[
        str | None, typer.Option("--language", metavar="CODE", help="In this language: de, fr.")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="Print the HTML.")] = False,
    *,
    folder: Folder,
    as_of: AsOf = None,
    plugins_dir: PluginsDir = None,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Show what a template says to someone.

    TEMPLATE is the name of one of the workspace's own or of those that ship: joining, leaving, due, overdue. PERSON is
    an id, username or email. The learning in it is invented, the moment one in which scripts have it sent.
    """
    from audql.cli import mails_as_json, showing_mails
    from audql.cli.as_json import written
    from audql.operations import mailing

    terminal = Terminal(plain=no_color, folder=folder)
    found = mailing.preview(
        template, person, folder=folder, now=now(), day=as_of, language=language, plugins_dir=plugins_dir
    )
    if as_json:
        terminal.out(written(mails_as_json.previewed(found)))
        return 0
    return showing_mails.previewed(terminal, found, html=html)


@ending
def run(
    log: Annotated[bool, typer.Option("--log", help="Print each step as a line of JSON on standard error.")] = False,
    *,
    folder: Folder,
    as_of: AsOf = None,
    allow: Allow = None,
    plugins_dir: PluginsDir = None,
    everyone: Everyone = False,
    as_json: Json = False,
    no_color: NoColour,
) -> int:
    """Sync, plan, apply and deliver: the nightly work.

    A second run with the same feed on the same day has nothing to do. A report of each is kept beside the state. Status
    3: a guard stopped it, and it is told what was done by then; 4: done, but something is frozen, held or refused.
    With --log nothing that is printed has values of people, but for what --json was asked for.
    """
    from audql.cli import runs_as_json, showing_runs
    from audql.cli.as_json import written
    from audql.operations import running
    from audql.operations.reporting import no_log
    from audql.operations.stopping import Interruption, StoppedError
    from audql.runner.allowing import HOLDS
    from audql.sync.allowing import GUARDS

    if log and everyone:
        raise typer.BadParameter(
            "it names people, which a log must not; leave one of the two out", param_hint="'--all'"
        )
    terminal = Terminal(plain=no_color, for_a_log=log, folder=folder, day=as_of)
    allowed = _allowed(allow, (*HOLDS, *GUARDS))
    try:
        with terminal.working("reading the feed") as working:
            found = running.run(
                folder=folder,
                now=now(),
                day=as_of,
                allow=allowed,
                plugins_dir=plugins_dir,
                progress=working.on,
                log=terminal.event if log else no_log,
                clock=seconds,
            )
    except (StoppedError, Interruption) as problem:
        stopped = problem if isinstance(problem, StoppedError) else problem.stopped
        if as_json:
            terminal.out(written(runs_as_json.stopped(stopped)))
            return stopped.status
        return showing_runs.stopped(terminal, stopped, everyone=everyone)
    if as_json:
        terminal.out(written(runs_as_json.ran(found)))
        return found.status
    return showing_runs.ran(terminal, found, everyone=everyone)


def _allowed(names: list[str] | None, known: tuple[str, ...]) -> list[str]:
    """The guards to be let through, each one of those that are known."""
    from audql.runner.allowing import OF_ONE
    from audql.text import nearest

    for name in names or ():
        kind = name.partition(":")[0]
        if kind not in known or (":" in name and kind not in OF_ONE):
            near = nearest(name, known)
            cure = f"did you mean {near!r}?" if near else f"there are: {', '.join(known)}"
            raise typer.BadParameter(f"no guard {name!r} here; {cure}", param_hint="'--allow'")
    return names or []
