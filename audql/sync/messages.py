"""What is said about feeds: AQ520 to AQ539, AQ600, AQ608 to AQ612, AQ615, AQ617, AQ627 to AQ630, AQ633 to AQ635,
and AQ410 of sources."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from audql.diagnostics import Diagnostic, Severity, count, error, shown, warning
from audql.text import nearest, visible

LONGEST_VALUE = 131_072
"""Of a value, in characters: what Python's reader takes."""
MOST_LINES = 5
"""So many lines are told where others have the same."""
FEW = 3
"""So many of one kind are told one by one."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not taken, or one value of it that was not: where, what and why."""

    file: str
    line: int
    column: str
    """As the file has it; empty when the whole row is meant."""
    value: str
    code: str
    reason: str
    cure: str

    def diagnostic(self) -> Diagnostic:
        place = f"{self.file}:{self.line}{_of_column(self.column)}"
        told = warning(self.code, f"{place}: {self.reason}", hint=self.cure)
        return replace(told, in_a_log=f"{place}: 1 row")


def together(refusals: Iterable[Refusal]) -> list[Diagnostic]:
    """One for each column and kind of mistake: the first in full, and how many there are."""
    alike: dict[tuple[str, str, str], list[Refusal]] = {}
    for refusal in refusals:
        alike.setdefault((refusal.file, refusal.column, refusal.code), []).append(refusal)
    return [told for each in alike.values() for told in _alike(each)]


def _alike(refusals: Sequence[Refusal]) -> list[Diagnostic]:
    if len(refusals) <= FEW:
        return [refusal.diagnostic() for refusal in refusals]
    first, *others = refusals
    place = f"{first.file}{_of_column(first.column)}: {len(refusals):,} rows, the first in line {first.line:,}"
    some = [f"`{_short(r.value)}` in line {r.line:,}" if r.value else f"line {r.line:,}" for r in others[: FEW - 1]]
    told = warning(first.code, f"{place}: {first.reason}", hint=f"{first.cure}; the next are {' and '.join(some)}")
    return [replace(told, in_a_log=place)]


def _of_column(column: str) -> str:
    return f", column `{_short(column)}`" if column else ""


# --- whole files ------------------------------------------------------------------------------------------------------


def file_missing(file: str, element: str) -> Diagnostic:
    return error(
        "AQ520",
        f"`{file}`, the feed's {element}, is not there",
        hint="nothing was changed; run again when it is, or correct its name in `audql.toml`",
    )


def no_file(file: str, element: str, what: str) -> Diagnostic:
    return error(
        "AQ520",
        f"`{file}`, the feed's {element}, is {what}, and no file",
        hint="nothing was changed; put a file in its place, or correct its name in `audql.toml`",
    )


def file_empty(file: str, what: str) -> Diagnostic:
    return error(
        "AQ521", f"`{file}` has no {what}", hint="nothing was changed; ask whoever makes the feed for a whole file"
    )


def source_failed(source: str, file: str, why: str) -> Diagnostic:
    cure = "mend the query" if source == "sql" else "whoever made the plugin can say more"
    return _of_others("AQ410", f"the source `{source}` gives no `{file}`", why, cure)


def no_text(source: str, file: str, value: str, kind: str) -> Diagnostic:
    """A value that a plugin's source gave, which is none of a feed."""
    said = f"the source `{source}` gives no `{file}`"
    told = error(
        "AQ410", f"{said}: {value} is no text", hint="nothing was changed; whoever made the plugin can say more"
    )
    return replace(told, in_a_log=f"{said}: {kind} is no text")


def _of_others(code: str, said: str, why: str, cure: str) -> Diagnostic:
    """What a plugin or a database raised: its kind and its words. Of these only the kind is for a log, as the words can
    have values of people."""
    told = error(code, f"{said}: {why}", hint=f"nothing was changed; {cure}")
    return replace(told, in_a_log=f"{said}: {why.partition(':')[0]}; {cure}")


def database_unfit(file: str, why: str, variable: str) -> Diagnostic:
    """The variable is told, never what it has."""
    cure = f"correct the URL in the environment variable `{variable}`"
    return _of_others("AQ410", f"the source `sql` gives no `{file}`", why, cure)


def source_silent(source: str, file: str, why: str) -> Diagnostic:
    said = f"the source `{source}` gives no `{file}` for now"
    return _of_others("AQ630", said, why, "run again when what it asks answers")


def database_silent(file: str, why: str, variable: str) -> Diagnostic:
    cure = f"run again when it does. The environment variable `{variable}` says where it is"
    return _of_others("AQ630", f"the database that gives `{file}` does not answer", why, cure)


def nothing_aside() -> Diagnostic:
    return error(
        "AQ608",
        "there is nothing to correct: the last sync set no row aside",
        hint="nothing was changed; `audql sync` reads the feed",
    )


def delta_on_nothing(element: str) -> Diagnostic:
    return error(
        "AQ609",
        f"the feed of {element} is a delta, and the snapshot that it changes cannot be read",
        hint="nothing was changed; put back a copy of the state, or give a full feed once, without `delta`",
    )


def no_url(variable: str | None) -> Diagnostic:
    """The variable itself is told, never what it has."""
    if variable is None:
        what, cure = "nothing says where the database is", '`url_variable = "HR_DATABASE"` under `[sources.sql]`'
        return error("AQ611", what, hint=f"{cure} names the environment variable that has its URL")
    return error(
        "AQ611",
        f"the environment variable `{variable}`, which says where the database is, is not set",
        hint="set it to a URL like `postgresql+psycopg://user:password@host/hr` where `audql` runs",
    )


def not_readable(file: str, what: str, why: str) -> Diagnostic:
    return error(
        "AQ610",
        f"`{file}` cannot be read as {what}: {why}",
        hint="nothing was changed; ask whoever makes the feed for it again",
    )


def json_list(file: str) -> Diagnostic:
    return error(
        "AQ610",
        f"`{file}` cannot be read as JSON lines: it is a list; an object a line is wanted",
        hint="nothing was changed; have it written with an object a line",
    )


def of_another_kind(file: str, wanted: str) -> Diagnostic:
    """By what is in it."""
    return error(
        "AQ610",
        f"`{file}` is not {wanted}, as `source` says",
        hint='nothing was changed; `source = "csv"`, `"jsonl"` or `"parquet"` beside `file` says what it is',
    )


def not_so_compressed(file: str, suffix: str) -> Diagnostic:
    return error(
        "AQ610",
        f"`{file}` is not compressed as `{suffix}` says",
        hint="nothing was changed; let its name end as what it is: one that is not compressed in `.csv`, say",
    )


def other_compression(file: str, suffix: str) -> Diagnostic:
    return error(
        "AQ610",
        f"`{file}` cannot be read: `{suffix}` is no compression that is read",
        hint="nothing was changed; those that end in `.gz`, `.bz2` or `.xz` are read, and what is not compressed",
    )


def no_json(file: str, line: int, why: str, cure: str = "one object a line") -> Refusal:
    return Refusal(file, line, "", "", "AQ528", f"not to be read as JSON ({why})", cure)


def columns_missing(file: str, missing: Sequence[tuple[str, str]], header: Sequence[str]) -> Diagnostic:
    """`missing`: fields, each with its column. A header is quoted in no log: where a file has none, it is someone."""
    near = {column: found for _, column in missing if (found := nearest(column, tuple(header)))}
    if len(missing) == 1:
        ((field, column),) = missing
        said = f"`{file}` has no column `{column}`, from which `{field}` is read"
        meant = "".join(f"did you mean `{_short(found)}`? " for found in near.values())
    else:
        said = f"`{file}` has no columns {', '.join(f'`{column}` (read as `{field}`)' for field, column in missing)}"
        meant = "".join(f"did you mean `{_short(found)}` by `{column}`? " for column, found in near.items())
    told = error("AQ522", said, hint=f"{meant}the columns are {_columns(header)}")
    return replace(told, in_a_log=said, hint_in_a_log="correct the mapping, or have the columns put back")


def json_lines(file: str) -> Diagnostic:
    said = f"`{file}` has an object of JSON in its first line, where the names of its columns should be"
    return error("AQ522", said, hint='`source = "jsonl"` beside `file` says so')


def no_header(file: str, header: Sequence[str]) -> Diagnostic:
    said = f"none of the columns that are read from `{file}` is in its first line, where their names should be"
    cure = "the file seems to have no header, or to be another file"
    told = error("AQ522", said, hint=f"{cure}: its first line is {_columns(header)}")
    return replace(told, in_a_log=said, hint_in_a_log=cure)


def other_delimiter(file: str, found: str, given: str) -> Diagnostic:
    written = visible(found)
    return error(
        "AQ522",
        f"`{file}` has one column by the delimiter `{visible(given)}`; between its values seems to be `{written}`",
        hint=f'`delimiter = "{written}"` beside `file` says so',
    )


def column_twice(file: str, column: str) -> Diagnostic:
    """Its name may be of the file alone."""
    cure = "rename one of them in the feed"
    told = error("AQ523", f"`{file}` has two columns `{column}`", hint=cure)
    return replace(told, in_a_log=f"`{file}` has two columns of one name", hint_in_a_log=cure)


def columns_alike(file: str, name: str, other: str) -> Diagnostic:
    cure = "rename one of them in the feed, or map it to a field of another name"
    alike = "fields that differ in capitals only cannot be told apart"
    told = error("AQ523", f"`{file}` gives `{name}`, and there is `{other}`: {alike}", hint=cure)
    return replace(told, in_a_log=f"`{file}` gives two of them: {alike}", hint_in_a_log=cure)


def field_unmapped(file: str, element: str, field: str, header: Sequence[str]) -> Diagnostic:
    near = nearest(field, tuple(header)) or "…"
    said = f"nothing says which column of `{file}` is the `{field}` of {element}"
    where = f"under `[feed.{element}.columns]`"
    told = error("AQ524", said, hint=f'`{field} = "{near}"` {where}; the columns are {_columns(header)}')
    return replace(told, in_a_log=said, hint_in_a_log=f'`{field} = "…"` {where}')


_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def not_in_encoding(file: str, encoding: str, line: int, begins: bytes = b"") -> Diagnostic:
    """`begins`: the first two bytes of the file, in which it may say its encoding."""
    usual = '`encoding = "cp1252"` (Windows) or `"latin-1"` beside `file` says otherwise'
    marked = '`encoding = "utf-16"` beside `file` says so: by its first bytes it is in that'
    return error(
        "AQ525",
        f"`{file}` is not in the encoding {encoding}: line {line} has bytes that mean nothing in it",
        hint=marked if begins in _UTF16_MARKS else usual,
    )


def cut_within(file: str, line: int) -> Diagnostic:
    return error(
        "AQ601",
        f"`{file}` ends in the middle of a character of line {line:,}: it was cut short",
        hint="nothing was changed; ask whoever makes the feed for the whole file",
    )


def still_written(file: str) -> Diagnostic:
    return error(
        "AQ600",
        f"`{file}` was written to while it was read",
        hint="nothing was changed; run again when it is whole. Whoever makes the feed had best write to another name "
        "and rename at the end",
    )


def quote_not_closed(file: str, line: int) -> Diagnostic:
    return error(
        "AQ526",
        f"`{file}` ends inside a quoted text that begins after line {line}",
        hint="the file was cut short, or a quote is missing; nothing was changed",
    )


def node_cycle(element: str, way: Sequence[str]) -> Diagnostic:
    return error(
        "AQ527",
        f"{element} are above themselves: {' → '.join(f'`{name}`' for name in way)}",
        hint="mend a `parent` of these in the feed; nothing was changed",
    )


# --- single rows ------------------------------------------------------------------------------------------------------


def wrong_width(file: str, line: int, has: int, wanted: int) -> Refusal:
    cure = "a value with the delimiter in it needs quotes around it"
    return Refusal(file, line, "", "", "AQ528", f"{has} values, where the header has {wanted} columns", cure)


def unreadable_row(file: str, line: int, why: str) -> Refusal:
    if "field limit" in why:
        reason = f"a value of more than {LONGEST_VALUE:,} characters begins here"
        cure = "shorten it; or a quote before it is not closed"
        return Refusal(file, line, "", "", "AQ528", reason, cure)
    cure = "the file was damaged; ask for it again" if "zero byte" in why else "quotes inside a text are doubled"
    return Refusal(file, line, "", "", "AQ528", f"not to be read as a row ({why})", cure)


def unfit(file: str, line: int, column: str, value: str, reason: str, cure: str) -> Refusal:
    return Refusal(file, line, column, value, "AQ529", f"`{_short(value)}` {reason}", cure)


def value_missing(file: str, line: int, column: str) -> Refusal:
    return Refusal(file, line, column, "", "AQ530", "nothing there, and a row needs it", "fill it in")


def key_twice(
    file: str,
    line: int,
    column: str,
    value: str,
    others: Sequence[int],
    *,
    spelled: str | None = None,
    deletes: bool = False,
) -> Refusal:
    """`spelled`: how another of the rows has it, where that is not the same; `deletes`: whether one says that it is no
    more."""
    lines = ", ".join(map(str, others[:MOST_LINES])) + (", …" if len(others) > MOST_LINES else "")
    also = "line" if len(others) == 1 else "lines"
    there = f"`{_short(value)}` is there more than once"
    if spelled is not None:
        there = f"`{_short(value)}` is the same as `{_short(spelled)}`, and is there more than once"
    reason = f"{there}, deleted and not deleted" if deletes else f"{there}, with different values"
    return Refusal(file, line, column, value, "AQ531", reason, f"leave one; it is also in {also} {lines}")


def unknown_reference(file: str, line: int, column: str, value: str, what: str, near: str | None) -> Refusal:
    cure = f"did you mean `{near}`?" if near else f"correct the value, or add it to the feed's {what}"
    return Refusal(file, line, column, value, "AQ532", f"`{_short(value)}` is not in the feed's {what}", cure)


def shared_reference(file: str, line: int, column: str, value: str, what: str, ids: Sequence[str]) -> Refusal:
    reason = f"`{_short(value)}` could be any of several {what}: {shown(ids)}"
    return Refusal(file, line, column, value, "AQ533", reason, "give the id")


def wrong_way_round(file: str, line: int, column: str, value: str, first: str, start: str) -> Refusal:
    reason = f"`{value}` is before `{_short(first)}`, `{start}`"
    return Refusal(file, line, column, value, "AQ534", reason, "correct one of the two")


def reused_id(file: str, line: int, column: str, value: str, fields: Sequence[str]) -> Refusal:
    reason = f"`{_short(value)}` is someone else now: {shown(fields)} are not what they were"
    cure = "give the new person an id of their own; if it is the same person, `--allow reused` lets it through once"
    return Refusal(file, line, column, value, "AQ612", reason, cure)


def gone_above(file: str, line: int, column: str, value: str, below: str) -> Refusal:
    reason = f"`{_short(value)}` is to go, and `{_short(below)}` is still below it"
    return Refusal(file, line, column, value, "AQ617", reason, "move what is below it, or delete that too")


def erased_again(people: int) -> Diagnostic:
    """Who they are is not known any more, and not to be told. What was asked for is done: nobody has to see to it."""
    told = f"{count(people, 'person who was erased is', 'people who were erased are')} in the feed, and left out"
    return Diagnostic("AQ615", Severity.HINT, told, None, "", "ask HR to take them out of the feed, if they can")


def link_left_out(person: str, manager: str) -> Diagnostic:
    cure = f"correct the manager of `{person}`; audiences that read managers at any level stay as they are until then"
    return warning(
        "AQ535",
        f"`{person}` is above their own manager `{manager}`, directly or through others: the link is left out",
        hint=cure,
    )


def unread_rows(element: str, count: int, stayed: int) -> Diagnostic:
    rows = "1 row" if count == 1 else f"{count:,} rows"
    return warning(
        "AQ536",
        f"{rows} of {element} could not be matched to anyone, so {stayed:,} who are missing there stay as they were",
        hint="correct the rows; whoever is really gone goes with the feed after that",
    )


def still_aside(name: str, count: int) -> Diagnostic:
    rows = "1 row of an earlier delta is" if count == 1 else f"{count:,} rows of earlier deltas are"
    return warning(
        "AQ627",
        f"{rows} still set aside in `quarantine/{name}`, and no delta tells of a row again",
        hint="correct them there, and `audql sync --corrected` feeds them; delete those that are not wanted",
    )


def aside_unreadable(name: str) -> Diagnostic:
    return error(
        "AQ628",
        f"`{name}` cannot be read, and has rows that were set aside or wait",
        hint="nothing was changed. Save it as CSV with commas, in UTF-8, with the columns that it had, or take it away",
    )


def following_unreadable(name: str) -> Diagnostic:
    return error(
        "AQ633",
        f"`{name}` is damaged, and says where rows of the last snapshot go that wait or were set aside",
        hint="nothing was changed. Put it back from a copy; or take it away, and feed the last delta once more",
    )


def changed_since(name: str) -> Diagnostic:
    return warning(
        "AQ634",
        f"`{name}` was changed after a run had read it, and before that run could write it",
        hint="Move it elsewhere, run again, and correct the file that is there then",
    )


def names_gone(element: str, field: str, rows: int, some: Sequence[tuple[str, str]]) -> Diagnostic:
    """`some`: whose rows they are, and whom they name."""
    told = ", ".join(f"that of `{_short(whose)}` names `{_short(gone)}`" for whose, gone in some)
    more = f", and {rows - len(some):,} more" if rows > len(some) else ""
    stay = "1 row stays as it was, and names" if rows == 1 else f"{rows:,} rows stay as they were, and name"
    return warning(
        "AQ635",
        f"of {element} {stay} as `{field}` who is gone now: {told}{more}",
        hint=f"feed them again, with another `{field}` or none; no later feed tells of it once more",
    )


def column_of_ours(file: str, field: str, name: str) -> Diagnostic:
    return error(
        "AQ629",
        f"`{field}` is read from `{name}` of `{file}`, which is the name of a column of our own",
        hint="rename the column in the feed; files of rows that are set aside have columns of that name",
    )


def no_feed() -> Diagnostic:
    return error(
        "AQ539", "`audql.toml` has no `[feed]`", hint='`[feed.people]` with `file = "people.csv"` says where people are'
    )


def _columns(header: Sequence[str]) -> str:
    return ", ".join(f"`{_short(name)}`" for name in header)


def _short(value: str) -> str:
    return visible(value if len(value) <= 60 else value[:59] + "…")
