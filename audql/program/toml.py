"""Audiences written in TOML → the script that says the same, so that everything after it is one thing.

The fields are the clauses, and what is a query or a moment there is that text here. Diagnostics show the script's line.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from audql.diagnostics import Findings
from audql.program import messages
from audql.source import Source, Span
from audql.syntax.parser import parse_query
from audql.text import nearest


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[str], BeforeValidator(_listed)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _ByHand(_Table):
    people: Texts
    until: dt.date | None = None
    because: str | None = None


class _Active(_Table):
    start: dt.date | None = Field(None, alias="from")
    until: dt.date | None = None


class _Enrol(_Table):
    kind: str = Field(alias="in")
    learning: str
    role: str | None = Field(None, alias="as")
    due: dt.date | str | None = None


class _Notify(_Table):
    who: Texts
    when: str
    template: str | None = Field(None, alias="with")


class _Audience(_Table):
    name: str
    was: Texts = []
    about: str | None = None
    owner: Texts = []
    tags: Texts = []
    where: str | None = None
    members: Texts = []
    members_from: str | None = None
    include: list[_ByHand] = []
    exclude: list[_ByHand] = []
    active: _Active | None = None
    membership: str | None = None
    enrol: list[_Enrol] = []
    when_leaving: str | None = None
    notify: list[_Notify] = []


class _Retire(_Table):
    name: str
    then: str


class _File(_Table):
    imports: Texts = Field([], alias="import")
    let: dict[str, str] = {}
    define: dict[str, str] = {}
    audience: list[_Audience] = []
    retire: list[_Retire] = []


def script_of(source: Source, findings: Findings) -> Source:
    """The script that a TOML file says; an empty one, with the reasons among the findings, where it cannot be read."""
    name = f"{source.name} (as a script)"
    try:
        file = _File.model_validate(tomllib.loads(source.text))
    except tomllib.TOMLDecodeError as wrong:
        findings.add(messages.no_toml(str(wrong), _place(source, str(wrong))))
        return Source("", name, source.name)
    except RecursionError:
        findings.add(messages.no_toml("too many brackets in one another", _place(source, "")))
        return Source("", name, source.name)
    except ValidationError as wrong:
        for problem in wrong.errors():
            where = ".".join(str(part + 1) if isinstance(part, int) else part for part in problem["loc"])
            key = str(problem["loc"][-1])
            known = [n for n in _known_keys() if n != key]
            near = nearest(key, known) if problem["type"] == "extra_forbidden" else None
            written = key if problem["type"] != "missing" else _table_of(problem["loc"])
            findings.add(messages.wrong_in_toml(where, problem["msg"], near, _line_of(source, written)))
        return Source("", name, source.name)
    before = len(findings.found)
    for place, query in _queries(file):
        parse_query(Source(query, f"{source.name}, {place}", source.name), findings)
    for place, words in _words(file):
        if _NO_WORDS.search(words):
            findings.add(
                messages.wrong_in_toml(place, "this is one clause, and no more", None, _line_of(source, words))
            )
    if any(d.is_error for d in findings.found[before:]):
        return Source("", name, source.name)
    return Source("\n".join(_items(file)) + "\n", name, source.name)


_NO_WORDS = re.compile(r"""[{}"'#\n\r]""")


def _queries(file: _File) -> Iterator[tuple[str, str]]:
    """What must be a whole query by itself, so that no text says more than its field, and where it is."""
    yield from ((f"let {name}", query) for name, query in file.let.items())
    yield from ((f"define {head}", query) for head, query in file.define.items())
    yield from ((f'audience "{a.name}", where', a.where) for a in file.audience if a.where is not None)


def _words(file: _File) -> Iterator[tuple[str, str]]:
    """What is a part of a clause, without texts of its own."""
    yield from (("define", head) for head in file.define)
    for audience in file.audience:
        yield from (("membership", word) for word in (audience.membership,) if word is not None)
        yield from (("when_leaving", word) for word in (audience.when_leaving,) if word is not None)
        yield from (("enrol.due", enrol.due) for enrol in audience.enrol if isinstance(enrol.due, str))
        for notify in audience.notify:
            yield "notify.when", notify.when
            yield from (("notify.who", who) for who in notify.who if "@" not in who)
    yield from (("retire.then", retired.then) for retired in file.retire)


def _known_keys() -> list[str]:
    tables: tuple[type[_Table], ...] = (_File, _Audience, _ByHand, _Active, _Enrol, _Notify, _Retire)
    return sorted({f.alias or name for table in tables for name, f in table.model_fields.items()})


def _place(source: Source, message: str) -> Span:
    found = re.search(r"line (\d+), column (\d+)", message)
    if found is None:
        return Span(source, len(source.text), len(source.text))
    lines = source.text.splitlines(keepends=True)
    start = sum(map(len, lines[: int(found[1]) - 1])) + int(found[2]) - 1
    return Span(source, min(start, len(source.text)), min(start + 1, len(source.text)))


def _table_of(place: tuple[int | str, ...]) -> str:
    """The key of the table in which something is missing."""
    return next((part for part in reversed(place[:-1]) if isinstance(part, str)), "")


def _line_of(source: Source, key: str) -> Span:
    """The first place where the key is written, or the start of the file."""
    found = re.search(rf"(?m)(?<![\w-]){re.escape(key)}(?![\w-])", source.text)
    return Span(source, found.start(), found.end()) if found else Span(source, 0, 0)


def _items(file: _File) -> Iterator[str]:
    for path in file.imports:
        yield f"import {_text(path)}"
    for name, query in file.let.items():
        yield f"let {_name(name)} = {query}"
    for head, query in file.define.items():
        yield f"define {head} = {query}"
    for audience in file.audience:
        was = f" was {_texts(audience.was)}" if audience.was else ""
        yield f"audience {_text(audience.name)}{was} {{"
        yield from (f"  {clause}" for clause in _clauses(audience))
        yield "}"
    for retired in file.retire:
        yield f"retire {_text(retired.name)} then {retired.then}"


def _clauses(audience: _Audience) -> Iterator[str]:
    if audience.about is not None:
        yield f"about {_text(audience.about)}"
    if audience.owner:
        yield f"owner {_texts(audience.owner)}"
    if audience.tags:
        yield f"tags {_texts(audience.tags)}"
    if audience.where is not None:
        yield f"where {audience.where}"
    if audience.members:
        yield f"members {_texts(audience.members)}"
    if audience.members_from is not None:
        yield f"members from {_text(audience.members_from)}"
    for word, hands in (("include", audience.include), ("exclude", audience.exclude)):
        for hand in hands:
            until = f" until {hand.until}" if hand.until else ""
            yield f"{word} {_texts(hand.people)}{until}" + (f" because {_text(hand.because)}" if hand.because else "")
    if audience.active is not None:
        start = f" from {audience.active.start}" if audience.active.start else ""
        yield f"active{start}" + (f" until {audience.active.until}" if audience.active.until else "")
    if audience.membership is not None:
        yield f"membership {audience.membership}"
    for enrol in audience.enrol:
        role = f" as {_text(enrol.role)}" if enrol.role else ""
        yield f"enrol in {_name(enrol.kind)} {_text(enrol.learning)}{role}" + (f" due {enrol.due}" if enrol.due else "")
    if audience.when_leaving is not None:
        yield f"when leaving {audience.when_leaving}"
    for notify in audience.notify:
        who = ", ".join(_text(name) if "@" in name else name for name in notify.who)
        yield f"notify {who} {notify.when}" + (f" with {_text(notify.template)}" if notify.template else "")


def _text(value: str) -> str:
    return '"' + " ".join(value.split()).replace('"', '""') + '"'


def _texts(values: list[str]) -> str:
    return ", ".join(map(_text, values))


def _name(value: str) -> str:
    return value if value.isidentifier() else "`" + " ".join(value.replace("`", "").split()) + "`"
