"""The parts of `docs/language.md` that are made from the program, between `<!-- generated: … -->` and `<!-- end -->`.

`python tests/docs/generated_parts.py` writes them again; `test_language_page.py` holds that nothing would change.
"""

import re
import textwrap
from itertools import groupby
from pathlib import Path
from typing import assert_never

from audql.functions import Function, definition
from audql.syntax.words import RESERVED
from audql.types import Field, Many, One, RecordType, Scalar
from audql.vocabulary import FUNCTIONS, PEOPLE

PAGE = Path(__file__).parents[2] / "docs" / "language.md"

_PART = re.compile(r"(<!-- generated: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)

NOTES = {
    ("person", "id"): "the person's key",
    ("person", "hired"): "started in the organisation",
    ("person", "auth"): "how the person signs in",
    ("person", "custom"): "your own columns: ``custom.`Cost Centre` ``; their types are declared in the feed's mapping",
    ("job", "started"): "the first day",
    ("job", "ended"): "the last day",
    ("job", "primary"): "the main one of several",
    ("completion", "kind"): "a course, when not said",
    ("completion", "completed"): "may be missing",
    ("enrolment", "status"): "what the learning system says",
    ("certification", "assigned"): "whether the person is to have it",
    ("learning", "kind"): "or what a plugin adds",
}


def with_generated(page: str) -> str:
    """The page with each generated part as the program has it now."""
    parts = {"reserved words": reserved_words, "fields": fields, "functions": functions}
    return _PART.sub(lambda m: f"{m[1]}\n{parts[m[2]]()}\n\n{m[3]}", page)


def reserved_words() -> str:
    return textwrap.fill(" ".join(f"`{word}`" for word in sorted(RESERVED)), 120)


def fields() -> str:
    """A table for each kind of record that a query can reach."""
    reached = [PEOPLE.person]
    for record in reached:
        kinds = (f.type.record for f in record.fields if isinstance(f.type, One | Many) and not f.hidden)
        reached += [r for r in map(PEOPLE.record, dict.fromkeys(kinds)) if r not in reached]
    tables = [_record(record) for record in PEOPLE.records if record in reached and record.fields]
    open_ones = "Organisations and positions have the further columns of the data too; `custom` has nothing but those."
    return "\n\n".join([*tables, open_ones])


def functions() -> str:
    return "\n\n".join(_function(function) for function in FUNCTIONS)


def _record(record: RecordType) -> str:
    shown = [f for f in record.fields if not f.hidden]
    name = "Learning" if record.name == "learning" else _article(record.singular)
    head = f"**{name}**\n\n| field | type | |\n| --- | --- | --- |\n"
    alike = groupby(shown, key=lambda f: (_type(f), _note(record, f)))
    return head + "\n".join(f"| {' '.join(map(_names, same))} | {what} | {note} |" for (what, note), same in alike)


def _article(noun: str) -> str:
    return f"{'An' if noun[0] in 'aeiou' else 'A'} {noun}"


def _names(field: Field) -> str:
    return f"`{field.name}`" + "".join(f" (`{name}`)" for name in field.also)


def _type(field: Field) -> str:
    match field.type:
        case Scalar() as scalar:
            return f"{scalar.value}, can be several" if field.many else scalar.value
        case One(record):
            return "custom fields" if record == "custom" else f"one {PEOPLE.record(record).singular}"
        case Many(record):
            return f"many {PEOPLE.record(record).plural}"
        case _:
            assert_never(field.type)


def _note(record: RecordType, field: Field) -> str:
    notes = [NOTES[record.name, field.name]] if (record.name, field.name) in NOTES else []
    if field.means:
        notes.append(f"short for `{'.'.join(field.means)}`")
    if field.base:
        notes.append(f"those of all jobs with `{field.where}`")
    if field.inverse:
        notes.append(f"the people of whom this is the `{'.'.join(field.inverse)}`")
    if field.values:
        notes.append("one of " + ", ".join(f"`{value}`" for value in field.values))
    return "; ".join(notes)


def _function(function: Function) -> str:
    several = " Takes `any: (…)` or `all: (…)` instead of its first argument." if function.several else ""
    about = f"{function.about[:1].upper()}{function.about[1:]}.{several}" if function.about else several.strip()
    head, _, meaning = definition(function).partition(") = ")
    lines = textwrap.wrap(
        meaning, 110, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    parts = [f"### {function.name}", about, "```text\n" + "\n".join([f"{head}) =", *lines]) + "\n```"]
    parts.append(f"```audql\n{function.example}\n```")
    return "\n\n".join(part for part in parts if part)


if __name__ == "__main__":
    PAGE.write_text(with_generated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
