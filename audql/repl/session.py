"""One line typed → lines to show. It knows the last query, and what was defined."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from audql.diagnostics import AudQLError, CompileError, Diagnostic, RunError
from audql.functions import definition
from audql.operations.asked import AtHand
from audql.operations.crowds import Those
from audql.operations.matching import why_at_hand
from audql.rendering import render
from audql.terminal import Terminal, columns, tree
from audql.text import nearest
from audql.types import Many, One, RecordType, Scalar

SAMPLE = 10

HELP = """\
A query, like  country = "GB" and hired within last 90 days  shows how many people it means, and some of them.
let NAME = QUERY   and   define NAME(PARAMETER) = QUERY   stay for the queries after them.

:why PERSON [QUERY]   why that query, or the last one, means someone or not
:members AUDIENCE     who is in an audience after the next run
:fields [RECORD]      what people, or jobs, completions, org, … have
:functions [NAME]     the functions; the exact meaning of one
:all                  everyone whom the last query means
:quit                 end, as Ctrl-D does
"""


class Quit(Exception):  # noqa: N818  # a signal, no fault
    """`:quit` was entered."""


@dataclass(slots=True)
class Session:
    """A conversation about the people at hand. `mistakes` counts the entries that could not be understood."""

    asked: AtHand
    terminal: Terminal
    coloured: bool = False
    last: str = ""
    mistakes: int = 0

    def answer(self, entry: str) -> Iterator[str]:
        """What to show for one entry. Raises Quit."""
        entry = entry.strip()
        try:
            if not entry or entry.startswith("#"):
                return
            if entry.startswith(":"):
                yield from self._command(*_split(entry))
            elif re.match(r"(let|define)\s+[^\s=!<>]", entry, re.IGNORECASE):
                yield from self._shown(self.asked.define(entry))
            else:
                yield from self._query(entry)
        except (CompileError, RunError) as problem:
            self.mistakes += 1
            yield from self._shown(problem.diagnostics)
        except AudQLError as problem:
            self.mistakes += 1
            yield f"error: {problem}"

    def words(self) -> list[str]:
        """What can be typed, for completion."""
        fields = [name for record in self.asked.schema.records for name in record.names()]
        functions = [f"{function.name}(" for function in self.asked.functions]
        return sorted({*fields, *functions, *self.asked.names.definitions, *_COMMANDS})

    def _command(self, name: str, rest: str) -> Iterator[str]:
        command = _COMMANDS.get(name)
        if command is None:
            self.mistakes += 1
            near = nearest(name, tuple(_COMMANDS))
            yield f"no command `{name}`; {f'did you mean `{near}`?' if near else '`:help` lists them'}"
            return
        yield from command(self, rest)

    def _query(self, entry: str) -> Iterator[str]:
        query, warnings = self.asked.compile(entry)
        self.last = entry
        yield from self._shown((*warnings, *self.asked.absent(query)))
        people = self.asked.people.matching(query)
        total = len(self.asked)
        share = f" ({len(people) / total:.0%})" if total else ""
        yield self.terminal.style(f"{len(people):,} of {total:,} people{share}", "bold")
        yield from self._some(people, SAMPLE)

    def _some(self, people: Those, most: int) -> Iterator[str]:
        yield from columns(people.shown(most), "  ")
        if len(people) > most:
            yield f"  … and {len(people) - most:,} more (:all)"

    def _shown(self, found: tuple[Diagnostic, ...]) -> Iterator[str]:
        if found:
            yield render(found, colour=self.coloured)

    def _help(self, rest: str) -> Iterator[str]:
        yield HELP.rstrip()

    def _why(self, rest: str) -> Iterator[str]:
        asked = re.fullmatch(r"""(?:"([^"]*)"|(\S+))\s*(.*)""", rest, re.DOTALL)
        if asked is None or not (asked[3] or self.last):
            yield "first a query, then `:why PERSON` about it" if not self.last else "`:why PERSON`, by id or email"
            return
        found = why_at_hand(asked[1] or asked[2], asked[3] or self.last, self.asked)
        yield from tree(self.terminal, found.rule, "  ")

    def _members(self, audience: str) -> Iterator[str]:
        if not audience:
            yield "`:members AUDIENCE`"
            return
        quoted = audience.strip("\"'").replace('"', '""')
        yield from self._query(f'member("{quoted}")')

    def _all(self, rest: str) -> Iterator[str]:
        if not self.last:
            yield "first a query"
            return
        query, _ = self.asked.compile(self.last)
        yield from self._some(self.asked.people.matching(query), len(self.asked))

    def _fields(self, rest: str) -> Iterator[str]:
        schema = self.asked.schema
        record: RecordType | None = schema.person
        if rest:
            record = next((r for r in schema.records if rest in (r.name, r.plural)), None)
            if record is None:
                field = schema.person.field(rest)
                if field is not None and isinstance(field.type, One | Many):
                    record = schema.record(field.type.record)
        if record is None:
            near = nearest(rest, [r.name for r in schema.records])
            yield f"nothing has the name `{rest}`" + (f"; did you mean `{near}`?" if near else "")
            return
        yield from columns(
            [row for f in record.fields if not f.hidden for row in [_field(f.name, f.type, f.also)]], "  "
        )
        if record.open:
            yield "  and whatever else the data has"

    def _functions(self, rest: str) -> Iterator[str]:
        chosen = [f for f in self.asked.functions if not rest or f.name == rest.rstrip("()")]
        if not chosen:
            near = nearest(rest, [f.name for f in self.asked.functions])
            yield f"no function `{rest}`" + (f"; did you mean `{near}`?" if near else "")
        elif rest:
            (function,) = chosen
            yield from filter(None, (definition(function), function.about, f"like  {function.example}"))
        else:
            yield from columns([(f.example, f.about) for f in chosen], "  ")

    def _quit(self, rest: str) -> Iterator[str]:
        raise Quit


def _split(entry: str) -> tuple[str, str]:
    name, _, rest = entry.partition(" ")
    return name.lower(), rest.strip()


def _field(name: str, type_: Scalar | One | Many, also: tuple[str, ...]) -> tuple[str, str]:
    names = " or ".join((name, *also))
    match type_:
        case Scalar():
            return names, type_.value
        case One(record):
            return names, f"one {record}: `:fields {record}`" if record != "person" else "a person"
        case Many(record):
            return names, f"many: `:fields {record}`" if record != "person" else "people"


_COMMANDS: dict[str, Callable[[Session, str], Iterator[str]]] = {
    ":help": Session._help,
    ":why": Session._why,
    ":members": Session._members,
    ":all": Session._all,
    ":fields": Session._fields,
    ":functions": Session._functions,
    ":quit": Session._quit,
    ":exit": Session._quit,
}
