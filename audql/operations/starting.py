"""A folder, perhaps with a CSV of people → a workspace in which `audql sync` and `audql plan` work straight away."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from audql.diagnostics import Diagnostic, Findings, RunError
from audql.operations import messages
from audql.operations.files import is_json, read_bytes, require_text
from audql.operations.proposing import Proposed, propose
from audql.operations.tables import Table, decoded, delimiter_of, read_table
from audql.snapshot import durable
from audql.source import Source
from audql.syntax.parser import parse_script
from audql.syntax.printer import format_script
from audql.types import Scalar

CONFIG, SCRIPT, PEOPLE_CSV, LEARNING_CSV = "audql.toml", "audiences.aud", "people.csv", "learning.csv"

_INVENTED = """\
id,first_name,last_name,email,country,hired,job_title,manager
u1,Ann,Lee,ann@example.com,GB,2019-04-01,Head of retail,
u2,Bob,Okafor,bob@example.com,GB,2024-09-16,Store manager,u1
u3,Cay,Jensen,cay@example.com,IE,{recently},Sales assistant,u2
u4,Dee,Romero,dee@example.com,IE,{lately},Sales assistant,u2
u5,Eli,Novak,eli@example.com,GB,2022-01-10,Sales assistant,u2
"""
_INVENTED_LEARNING = """\
id,name,kind
IND,Induction,programme
SAFE,Safety at work,course
"""


@dataclass(frozen=True, slots=True)
class Started:
    """A new workspace: the files that were written, by their text, and what each column was taken for."""

    folder: Path
    files: Mapping[str, bytes]
    proposed: tuple[Proposed, ...]
    invented: bool
    """The people are made up, for want of a file."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """What of the columns wants a look."""


def init(*, folder: Path, day: dt.date, source: str | None = None, dry_run: bool = False) -> Started:
    """Makes a workspace. A file of people inside the folder is pointed to, another copied. Raises RunError.

    Nothing that is there is overwritten.
    """
    data = read_bytes(source) if source is not None else _invented(day).encode()
    require_text(source or PEOPLE_CSV, data)
    if source is not None and is_json(data):
        raise RunError(messages.json_for_csv(source))
    text, encoding = decoded(source or PEOPLE_CSV, data)
    table = read_table(source or PEOPLE_CSV, text)
    proposed = propose(source or PEOPLE_CSV, table)
    feed, name, copied = _place(folder, source)
    has_learning = source is None
    toml = _toml(feed, name, delimiter_of(text), encoding, proposed, has_learning=has_learning)
    files: dict[str, bytes] = {}
    if copied:
        files[f"{feed}/{name}"] = data
    if has_learning:
        files[f"{feed}/{LEARNING_CSV}"] = _INVENTED_LEARNING.encode()
    files[SCRIPT] = _script(table, proposed, has_learning=has_learning).encode()
    files[CONFIG] = toml.encode()
    there = [path for path in files if (folder / path).exists()]
    if there:
        raise RunError(*(messages.already_there(str(folder / path)) for path in there))
    if not dry_run:
        for path, content in files.items():
            _write(folder / path, content)
    return Started(folder, files, proposed, source is None, tuple(_to_look_at(proposed)))


def _to_look_at(proposed: Sequence[Proposed]) -> Iterator[Diagnostic]:
    for one in proposed:
        if one.of_one_kind is not None:
            gone, here = ([_quoted(word) for word in words] or ['"…"'] for words in one.of_one_kind)
            mapping = f"{{ column = {_quoted(one.column)}, yes = [{', '.join(gone)}], no = [{', '.join(here)}] }}"
            yield messages.nobody_left(one.column, [word for words in one.of_one_kind for word in words], mapping)


def _invented(day: dt.date) -> str:
    """People of whom two were hired not long before that day."""
    return _INVENTED.format(recently=day - dt.timedelta(days=20), lately=day - dt.timedelta(days=36))


def _write(path: Path, content: bytes) -> None:
    def fill(fresh: Path) -> None:
        fresh.write_bytes(content)

    try:
        durable.replace_with(path, fill)
    except OSError as problem:
        raise RunError(messages.cannot_use(str(path), (problem.strerror or str(problem)).lower())) from None


def _place(folder: Path, source: str | None) -> tuple[str, str, bool]:
    """The feed's folder, the file in it, and whether it is to be put there."""
    if source is not None:
        full, root = Path(source).resolve(), folder.resolve()
        if full.is_relative_to(root):
            return full.parent.relative_to(root).as_posix(), full.name, False
    return "feed", PEOPLE_CSV, True


# --- audql.toml -------------------------------------------------------------------------------------------------------


def _toml(
    feed: str, name: str, delimiter: str, encoding: str, proposed: Sequence[Proposed], *, has_learning: bool
) -> str:
    people = [p for p in proposed if p.element == "people"]
    jobs = [p for p in proposed if p.element == "jobs"]
    lines = [
        "# An AudQL workspace: where the feed is and what its columns mean. Look it over, then `audql sync`.",
        "",
        "[workspace]",
        'zone = "UTC"                      # in which days begin, like "Europe/London"',
        'population = "not suspended"      # part of every audience\'s rule',
        'scripts = ["*.aud"]',
        "",
        "[feed]",
        f"folder = {_quoted(feed)}",
        "# A feed with so many people fewer is stopped; `--allow headcount` lets it through once.",
        'max_head_count_fall = "10 %"',
        '# max_age = "2 days"              # an older file stops it, too',
        "",
        "[feed.people]",
        *_file(name, delimiter, encoding),
        "# Columns that are not named here become text under `custom.`.",
        "",
        "[feed.people.columns]",
        *_columns(people),
        "",
    ]
    if jobs:
        lines += ["# The same file says what people work as.", "[feed.jobs]", *_file(name, delimiter, encoding), ""]
        lines += ["[feed.jobs.columns]", *_columns(jobs), ""]
    if has_learning:
        lines += ["[feed.learning]", f"file = {_quoted(LEARNING_CSV)}", ""]
    else:
        lines += [
            "# Learning and its records come from files like these; columns of these names need no mapping.",
            "# [feed.learning]",
            '# file = "learning.csv"      # id, name, kind (course, programme, certification, event)',
            "# [feed.completions]",
            '# file = "completions.csv"   # person, learning, kind, completed, grade',
            "",
        ]
    lines += [
        "[state]",
        'file = "state/audql.sqlite"       # what AudQL remembers: keep it, and back it up',
        "",
        "[targets.file]",
        'path = "out/changes.csv"          # what the learning system has to do',
        "",
        "# Whom `notify` names is mailed once this is here. With `folder` mails are files, to look at first.",
        "# [mail]",
        '# from = "Learning <learning@example.com>"',
        '# folder = "out/mail"              # or server = "smtp.example.com"',
        "",
    ]
    return "\n".join(lines)


def _file(name: str, delimiter: str, encoding: str) -> Iterator[str]:
    yield f"file = {_quoted(name)}"
    if delimiter != ",":
        yield f"delimiter = {_quoted(delimiter)}"
    if encoding != "utf-8":
        yield f"encoding = {_quoted(encoding)}"


def _columns(proposed: Sequence[Proposed]) -> Iterator[str]:
    written = [(_key(p.field), _mapping(p), p.comment) for p in proposed]
    width = max(len(f"{key} = {value}") for key, value, _ in written)
    for key, value, comment in written:
        line = f"{key} = {value}"
        yield f"{line.ljust(min(width, 70))}  # {_one_line(comment)}" if comment else line


def _mapping(p: Proposed) -> str:
    parts = [f"column = {_quoted(p.column)}"]
    if p.type is not None and p.type is not Scalar.TEXT:
        parts.append(f"type = {_quoted(p.type.value)}")
    if p.format:
        parts.append(f"format = {_quoted(p.format)}")
    if p.yes:
        parts += [f"{word} = [{', '.join(map(_quoted, words))}]" for word, words in (("yes", p.yes), ("no", p.no))]
    return _quoted(p.column) if len(parts) == 1 else "{ " + ", ".join(parts) + " }"


def _key(field: str) -> str:
    return field if re.fullmatch(r"[A-Za-z0-9_-]+", field) else _quoted(field)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


# --- the first script -------------------------------------------------------------------------------------------------


def _script(table: Table, proposed: Sequence[Proposed], *, has_learning: bool) -> str:
    """A few audiences of the people at hand, in the canonical form."""
    fields = {(p.element, p.field): p.column for p in proposed}
    parts = [
        "# `audql check` finds mistakes, `audql test` runs the tests, `audql plan` shows who would be in.",
        'audience "Everyone" {\n  about "Everyone in the feed who is not suspended"\n  where true\n}',
    ]
    enrol = '  enrol in programme "Induction" due 30 days after joining'
    if ("people", "hired") in fields:
        learning = enrol if has_learning else f"  # {enrol.strip()}"
        parts.append(
            'audience "New starters" {\n  about "Hired in the last 90 days"\n  where hired within last 90 days\n\n'
            f'{learning}\n}}\n\ntest "New starters" {{\n  member {{ hired: 10 days ago }}\n'
            "  not member { hired: 100 days ago }\n}"
        )
    if ("jobs", "manager") in fields:
        parts.append('audience "Managers" {\n  about "Whoever someone reports to"\n  where manages_people()\n}')
    for field in ("country", "department", "location", "city"):
        column = fields.get(("people", field))
        value = _typical(table, column) if column else None
        if value is not None:
            quoted = '"' + value.replace('"', '""') + '"'
            name = value if field in value.casefold() else f"{field.capitalize()} {value}"
            named = '"' + name.replace('"', '""') + '"'
            parts.append(
                f"audience {named} {{\n  where {field} = {quoted}\n}}\n\n"
                f"test {named} {{\n  member {{ {field}: {quoted} }}\n  not member {{ }}\n}}"
            )
            break
    text = "\n\n".join(parts) + "\n"
    findings = Findings()
    tree = parse_script(Source(text, SCRIPT), findings)
    assert not findings.found, findings.found
    return format_script(tree)


def _typical(table: Table, column: str) -> str | None:
    """A value that several people have and others have not."""
    counts = Counter(value for _, value in table.column(table.header.index(column)))
    return next((v for v, n in counts.most_common() if n < len(table.rows) and v.isprintable() and len(v) < 60), None)
