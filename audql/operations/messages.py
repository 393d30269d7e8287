"""What is said about files, people and names that were asked for: AQ575, AQ576, AQ578 to AQ599, AQ613, AQ616, AQ619
to AQ622, AQ625 and AQ632."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from shlex import quote

from audql.diagnostics import Diagnostic, Severity, count, error, shown, warning
from audql.text import nearest

_MANY = 20_000
"""Among more names than this none is looked for that is near."""


def _near(wanted: str, known: Iterable[str], otherwise: str) -> str:
    names = sorted(set(known))
    near = nearest(wanted, names) if len(names) < _MANY else None
    return f"did you mean `{near}`?" if near else otherwise


# --- files ------------------------------------------------------------------------------------------------------------


def file_missing(path: str, beside: Iterable[str] = ()) -> Diagnostic:
    return error(
        "AQ580", f"there is no file `{path}`", hint=_near(path, beside, "paths are from the folder you are in")
    )


def no_file(path: str, what: str) -> Diagnostic:
    """`what` is there instead."""
    cures = {
        "a folder": f"name the files in it; or, where it is a workspace, `-C {quote(path)}` instead",
        "a pipe": "name a file; what a program prints can be given as `<(…)` in a shell",
    }
    return error("AQ581", f"`{path}` is {what}, and a file is wanted", hint=cures.get(what, "name a file"))


def odd_script(path: str, what: str) -> Diagnostic:
    """Of what is called as a script of the workspace."""
    return error(
        "AQ581", f"`{path}` is {what}, and a script is wanted", hint="put the script in its place, or take it away"
    )


def not_text(path: str, line: int) -> Diagnostic:
    return error(
        "AQ582",
        f"`{path}` is not text in UTF-8: line {line} has bytes that mean nothing in it",
        hint="save it as UTF-8, which every editor can",
    )


def interrupted(by: str) -> Diagnostic:
    return error(
        "AQ578", f"the program was ended by {by}", hint="what was done stays so; the same command goes on from there"
    )


def cannot_use(path: str, why: str) -> Diagnostic:
    return error("AQ583", f"`{path}` cannot be used: {why}", hint="nothing was changed")


def report_not_kept(command: str, folder: str, why: str) -> Diagnostic:
    return warning(
        "AQ575",
        f"the report of this {command} could not be kept in `{folder}`: {why}",
        hint="all else is done as it says here; see to the folder, or nobody will know in the morning how a night went",
    )


def older_state(last: int, reported: int, at: dt.datetime, folder: str, *, saved: bool = False) -> Diagnostic:
    """`last`: the number of the last run that the state knows of, 0 of none. `reported`: that of the last one of which
    `folder` has a report. `saved`: the plan that was to be applied is from a file."""
    known = f"the last run it knows of is {last}" if last else "it knows of no run"
    runs = f"run {reported}" if reported == last + 1 else f"runs {last + 1} to {reported}"
    goes_on = (
        "`audql plan --allow restored --save FILE` makes a plan that goes on from here"
        if saved
        else "read `audql plan`, and `--allow restored` goes on from here"
    )
    return error(
        "AQ576",
        f"the state is older than what was done: {known}, and `{folder}` has a report of run {reported}, of "
        f"{at:%Y-%m-%d at %H:%M %Z}",
        hint=f"nothing was changed; what {runs} asked for and mailed would be asked for and mailed once more. Put back "
        f"a later copy; or {goes_on}",
    )


def not_all_erased(path: str, why: str) -> Diagnostic:
    return error(
        "AQ616",
        f"the person is not erased yet: `{path}` could not be changed or taken away: {why}",
        hint="see to that and give the same command again, which finishes the work; no feed brings them back meanwhile",
    )


def erased_elsewhere(
    people: int, rows: int, plans: Sequence[str], left: Sequence[str], unread: Sequence[str]
) -> Diagnostic:
    """`people`: who were in snapshots or the state; `rows`: set aside or waiting, that named them, and `plans`: saved
    plans that did, which are gone; `left`: files that name them still; `unread`: what could not be looked into."""
    found = [f"they are still named in {shown(left)}, which AudQL does not change"] if left else []
    found += [f"{shown(unread)} could not be looked into"] if unread else []
    gone = [f"{count(len(plans), 'saved plan')} that named them went with it: {shown(plans)}"] if plans else []
    who = count(people, "person who was", "people who were") if people else "someone who was"
    out = "are taken out" if people > 1 else "is taken out"
    if not people:
        out += f" of {'rows set aside' if rows else 'saved plans'}"
    return Diagnostic(
        "AQ619",
        Severity.WARNING if found else Severity.HINT,
        f"{who} erased by another machine, or before the state was put back, {out} here, too",
        None,
        hint="; ".join([*gone, *found]),
    )


def done(snapshot: str | None, run: int | None, *, delivering: bool, whole: bool) -> str:
    """What stays done of a verb that was stopped. `whole`: it was to apply a plan, too."""
    read = f"the feed was read into the snapshot {snapshot[:12]}" if snapshot else ""
    applied = f"run {run} was applied" if run is not None else "nothing was applied" if whole and read else ""
    rest = "what waits to be told or sent is by the next run, or `audql deliver`" if delivering else ""
    return "; ".join(part for part in (read, applied, rest) if part)


def no_snapshot_called(given: str, like: Sequence[str], known: Sequence[str]) -> Diagnostic:
    """`like`: those whose names begin like that, where there are several."""
    listed = ", ".join(f"`{name[:12]}`" for name in (like or known)[-5:])
    if like:
        return error(
            "AQ613", f"the names of {len(like)} snapshots begin with `{given}`", hint=f"give more of the name: {listed}"
        )
    return error(
        "AQ613",
        f"there is no snapshot whose name begins with `{given}`",
        hint=f"the latest are {listed}; `audql snapshots` lists all" if listed else "`audql sync` makes the first",
    )


def unchecked_learning(names: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        "AQ620",
        Severity.HINT,
        f"whether there is the learning that audiences enrol in is not checked ({shown(names)})",
        None,
        hint="the feed has no list of it: `[feed.learning]` with `id` and `name` would find a misspelt one here, "
        "and not in the learning system",
    )


def no_scripts(patterns: Sequence[str]) -> Diagnostic:
    listed = ", ".join(f"`{pattern}`" for pattern in patterns)
    return warning(
        "AQ584",
        f"no script is there: no file of the workspace is called {listed}",
        hint="`scripts` in `audql.toml` says so",
    )


def toml_not_formatted(path: str) -> Diagnostic:
    return warning("AQ585", f"`{path}` is TOML, which `audql fmt` leaves alone", hint="")


# --- people in a file -------------------------------------------------------------------------------------------------


def not_people(path: str, line: int, why: str) -> Diagnostic:
    return error(
        "AQ586",
        f"`{path}` line {line} is not people as JSON: {why}",
        hint='a list of records, `[{"id": "u1", "country": "GB"}, …]`, or one record a line',
    )


def no_people(path: str) -> Diagnostic:
    return error(
        "AQ587", f"nobody is in `{path}`", hint="a CSV needs a line of column names and a line for each person"
    )


def json_for_csv(path: str) -> Diagnostic:
    return error(
        "AQ610",
        f"`{path}` is JSON, and a CSV is wanted, of whose columns a mapping is proposed",
        hint="nothing was changed; `audql init` without `--from` makes a workspace, and there "
        '`source = "jsonl"` beside `file` reads an object a line',
    )


def bad_table(path: str, line: int, why: str) -> Diagnostic:
    return error(
        "AQ588", f"`{path}` line {line}: {why}", hint="a value with a comma or a quote in it needs quotes around it"
    )


def column_twice(path: str, column: str) -> Diagnostic:
    return error("AQ589", f"`{path}` has two columns `{column}`", hint="rename one of them")


def unfit(path: str, column: str, wanted: str, count: int, example: str, line: int) -> Diagnostic:
    values = "1 value is" if count == 1 else f"{count} values are"
    return warning(
        "AQ590",
        f"column `{column}` of `{path}`: {values} not of type {wanted}, and read as nothing",
        hint=f"the first is `{example}` in line {line}",
    )


def read_as(path: str, encoding: str) -> Diagnostic:
    told = f"`{path}` is not UTF-8, and is read as {encoding}"
    return Diagnostic("AQ621", Severity.HINT, told, None, "", "where letters are wrong, save it as UTF-8")


def people_twice(path: str, some: Sequence[str], number: int) -> Diagnostic:
    return warning(
        "AQ622",
        f"`{path}` has {count(number, 'person', 'people')} more than once, by the id: {shown([*some], len(some))}"
        f"{f' and {number - len(some):,} more' if number > len(some) else ''}",
        hint="each row is a person of its own here; a sync would refuse such rows",
    )


def unread_field(path: str, name: str, count: int, known: Iterable[str]) -> Diagnostic:
    people = "1 person has" if count == 1 else f"{count} people have"
    return warning(
        "AQ591",
        f"{people} `{name}` in `{path}`, which is no field and is not read",
        hint=_near(name, known, f'fields of your own go under `custom`: `"custom": {{"{name}": …}}`'),
    )


def nobody_has(where: str, fields: Sequence[str]) -> Diagnostic:
    return warning(
        "AQ579",
        f"nobody in {where} has {' or '.join(f'`{field}`' for field in fields)}",
        hint="what asks for it is true of no one there, and its `not` of everyone",
    )


def nobody_at_hand(folder: str) -> Diagnostic:
    return error(
        "AQ592",
        f"there is nobody to ask about: `{folder}` is no workspace, and no file of people was given",
        hint="`--people FILE` reads people from CSV or JSON; `-C DIR` names a workspace",
    )


def no_zone(name: str) -> Diagnostic:
    return error("AQ598", f"no time zone `{name}`", hint="zones are named like `Europe/London`, or `UTC`")


def zone_of_workspace() -> Diagnostic:
    return error(
        "AQ599", "a workspace has a zone of its own", hint="`zone` in `audql.toml` says it; leave `--zone` out"
    )


# --- people and audiences asked for -----------------------------------------------------------------------------------


def no_person(name: str, known: Iterable[str]) -> Diagnostic:
    return error(
        "AQ593",
        f"no one is called `{name}`",
        hint=_near(name, known, "people are named by id, username or email"),
    )


def several_people(name: str, ids: Sequence[str]) -> Diagnostic:
    return error("AQ594", f"`{name}` could be any of {', '.join(f'`{i}`' for i in ids)}", hint="give the id")


def no_audience(name: str, known: Iterable[str], *, ended: str | None = None) -> Diagnostic:
    """`ended`: how one was called that has ended."""
    if ended is not None:
        cure = f"`audql members {quote(ended)} --as-of DAY` shows who was in it after the runs of a day"
        return error("AQ595", f"the audience `{ended}` has ended", hint=cure)
    names = sorted(known)
    listed = ", ".join(f"`{n}`" for n in names[:10]) + (", …" if len(names) > 10 else "")
    return error(
        "AQ595",
        f"no audience `{name}`",
        hint=_near(name, names, f"there are: {listed}" if names else "there are none yet"),
    )


def no_run_by(day: dt.date, first: dt.date | None) -> Diagnostic:
    cure = f"the first run was that of {first}" if first else "`audql run` makes the first"
    return error("AQ632", f"there was no run by {day}, so that nobody's membership of that day is known", hint=cure)


# --- a new workspace --------------------------------------------------------------------------------------------------


def already_there(path: str) -> Diagnostic:
    return error(
        "AQ596",
        f"`{path}` is there already",
        hint="nothing was changed; `audql init` begins in a folder that has none of it",
    )


def nobody_left(column: str, words: Sequence[str], mapping: str) -> Diagnostic:
    """`mapping` is what `audql.toml` could say of it."""
    return Diagnostic(
        "AQ625",
        Severity.HINT,
        f"`{column}` does not tell who has left: there is only {shown(words)}",
        None,
        hint="whoever is missing from the feed has left. Where leavers stay in it, map the column in `audql.toml` with "
        f"their word instead: `suspended = {mapping}`",
    )


def no_key(path: str, columns: Sequence[str], unique: Sequence[str] = ()) -> Diagnostic:
    """`unique`: those of the columns that have something else in each row."""
    if unique:
        differ = "has something else in each row" if len(unique) == 1 else "have something else in each row"
        return error(
            "AQ597",
            f"no column of `{path}` sounds like an id of people, though {shown(unique)} {differ}",
            hint="if the rows are people, call the column of their ids `employee_id`; if not, name the file of people",
        )
    listed = ", ".join(f"`{name}`" for name in columns)
    return error(
        "AQ597",
        f"no column of `{path}` tells people apart: each has blanks or repeats ({listed})",
        hint="people need an id of their own; add one, or correct the rows that repeat",
    )
