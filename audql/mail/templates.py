"""Folders of templates → the one that a mail in some language is made from.

A template is a text, `NAME.txt`, whose first line is `Subject: …`; beside it, if HTML is to say it otherwise,
`NAME.html`; in one language, `NAME.de.txt`. The workspace's own come before those that ship.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, Undefined
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from audql.addresses import mailbox
from audql.diagnostics import Diagnostic, RunError
from audql.mail import messages
from audql.mail.checking import FILTERS, TOO_DEEP, VALUE, Shape, line_of, problems, unseen
from audql.mail.dates import written_day
from audql.mail.files import LAYOUT, SHIPPED, files, names_in, strays_in, why_not
from audql.snapshot.schema import TABLES
from audql.source import Source, Span
from audql.syntax.ast import MomentKind
from audql.workspace import Workspace

_DEFAULTS = {
    MomentKind.JOINING: "joining",
    MomentKind.LEAVING: "leaving",
    MomentKind.BEFORE_DUE: "due",
    MomentKind.AFTER_DUE: "overdue",
    MomentKind.OVERDUE: "overdue",
    MomentKind.WHILE_OVERDUE: "overdue",
}
_MOST_BYTES = 1 << 16

PERSON_FIELDS = tuple(c.name for table in TABLES if table.name == "people" for c in table.columns)
_PERSON = Shape({**dict.fromkeys(PERSON_FIELDS, VALUE), "name": VALUE, "custom": Shape(open=True)})
_LEARNING = Shape(dict.fromkeys(("id", "name", "kind", "due"), VALUE))
_ITEM = Shape(
    {
        "person": _PERSON,
        "you": VALUE,
        "audience": VALUE,
        "moment": VALUE,
        "learning": _LEARNING,
        "due": VALUE,
        "days": VALUE,
        "enrolments": Shape(items=_LEARNING),
    }
)
_SECTION = {"recipient": _PERSON, "item": _ITEM, "items": Shape(items=_ITEM), "count": VALUE, "more": VALUE}
_AROUND = {
    "recipient": _PERSON,
    "sections": Shape(items=Shape({"subject": VALUE, "body": VALUE})),
    "count": VALUE,
    "reply_to": VALUE,
}


class _Environment(ImmutableSandboxedEnvironment):
    """Knows fields of records and of loops, and nothing else of any object."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and argument in obj:
            return obj[argument]
        if isinstance(obj, LoopContext) and argument in ("index", "index0", "first", "last", "length", "revindex"):
            return getattr(obj, argument)
        return self.undefined(f"there is no `{argument}` here", obj=obj, name=argument)

    def is_safe_callable(self, obj: Any) -> bool:
        return False


def _environment(language: str, *, html: bool) -> _Environment:
    made = _Environment(
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=0,
        auto_reload=False,
    )
    made.globals.clear()
    filters = {name: made.filters[name] for name in FILTERS if name != "day"}
    made.filters = {**filters, "day": lambda day: day if isinstance(day, Undefined) else written_day(day, language)}
    return made


@dataclass(frozen=True, slots=True)
class Form:
    """A template in one language, ready to be filled in. Without `html` the text is shown there as it is."""

    name: str
    language: str
    subject: Template
    text: Template
    html: Template | None
    source: Source
    page: Source | None
    before: int
    """Lines of the source before the first of the text."""


class Templates:
    """The templates of a workspace. What was found and made ready is kept.

    `shown` is how messages name the folder; `reply_to` is where answers to a mail go, if they are read.
    """

    def __init__(self, folder: Path, language: str, *, shown: str = "templates", reply_to: str = "") -> None:
        self._folder, self._language, self._shown = folder, language, shown
        self.reply_to = reply_to
        self._there: dict[str, Sequence[tuple[Path, str]]] = {}
        self._in_order: dict[str, Mapping[str, Path]] = {}
        self._as_read: dict[Path, Form] = {}
        self._forms: dict[tuple[str, str], Form] = {}
        self._findings: dict[str, Sequence[Diagnostic]] = {}

    def names(self) -> Sequence[str]:
        """Those that there are, the layout aside."""
        return names_in(self._folder)

    def form(self, name: str, language: str) -> Form:
        """The template for someone of that language. Raises RunError for one that is not there or has a mistake."""
        key = (name, language.lower())
        if key not in self._forms:
            self._forms[key] = self._chosen(name, language)
        return self._forms[key]

    def problem(self, moment: MomentKind, name: str) -> tuple[str, str] | None:
        """What is wrong with a moment's template, in any language, and the cure."""
        found = [*self.findings(template_of(moment, name)), *self.findings(LAYOUT)]
        if not found:
            return None
        place = found[0].span
        at = f"`{place.source.name}` line {place.source.position(place.start)[0]}: " if place is not None else ""
        return at + found[0].message, found[0].hint

    def findings(self, name: str) -> Sequence[Diagnostic]:
        """All mistakes of a template, in all languages; that it is not there."""
        if name not in self._findings:
            found: list[Diagnostic] = []
            there = self._named(name)
            for path, language in there:
                try:
                    self._made(path, language.lower())
                except RunError as problem:
                    found += problem.diagnostics
            missing = [] if there else [messages.no_template(name, self.names(), self._shown)]
            self._findings[name] = (*missing, *found)
        return self._findings[name]

    def languages(self, name: str) -> Sequence[str]:
        """Those that a template is written in, if it has no mistake."""
        return [language or self._language for _, language in self._named(name)] if not self.findings(name) else ()

    def is_in_own_language(self, name: str) -> bool:
        """Whether whoever has another language than it is written in gets it in the workspace's, or in English."""
        return any(is_for(each, self._language) or is_for(each, "en") for each in self.languages(name))

    def strays(self) -> Iterator[Diagnostic]:
        """Pieces of HTML that no template has."""
        for name, wanted in strays_in(self._folder):
            yield messages.no_text(f"{self._shown}/{name}", wanted)

    def _named(self, name: str) -> Sequence[tuple[Path, str]]:
        """The files of that name, the workspace's own if it has any, with their languages."""
        if name not in self._there:
            own, shipped = (
                [(path, m["language"] or "") for m, path in files(folder) if m["name"] == name]
                for folder in (self._folder, SHIPPED)
            )
            self._there[name] = own or shipped
        return self._there[name]

    def _chosen(self, name: str, language: str) -> Form:
        if name not in self._in_order:
            self._in_order[name] = dict(sorted((own.lower(), path) for path, own in self._named(name)))
        there = self._in_order[name]
        if not there:
            raise RunError(messages.no_template(name, self.names(), self._shown))
        wanted = chain(_wider(language), _wider(self._language), ("", "en"), there)
        chosen = next(each for each in wanted if each in there)
        return self._made(there[chosen], chosen)

    def _made(self, path: Path, language: str) -> Form:
        if path not in self._as_read:
            self._as_read[path] = self._read(path, language or self._language)
        return self._as_read[path]

    def _read(self, path: Path, language: str) -> Form:
        """Raises RunError with all its mistakes."""
        name, scope = path.name.partition(".")[0], _SECTION
        if name == LAYOUT:
            scope = _AROUND
        shown = f"{self._shown}/{path.name}" if path.is_relative_to(self._folder) else path.name
        written = _text(path, shown)
        head, _, body = written.partition("\n")
        if not head.lower().startswith("subject:") or not head.partition(":")[2].strip():
            raise RunError(messages.no_subject(shown))
        plain, rich = _environment(language, html=False), _environment(language, html=True)
        source, page = Source(written, shown), path.with_suffix(".html")
        beside = shown.removesuffix(".txt") + ".html"
        html = Source(_text(page, beside), beside) if os.path.lexists(page) else None
        found = [*problems(plain, source, scope, head), *problems(plain, source, scope, f"\n{body}")]
        if html is not None:
            found += problems(rich, html, scope)
        if found:
            raise RunError(*found)
        return Form(
            name,
            language,
            _made(plain, head.partition(":")[2].strip(), source),
            _made(plain, body.lstrip("\n"), source),
            _made(rich, html.text, html) if html is not None else None,
            source,
            html,
            1 + len(body) - len(body.lstrip("\n")),
        )


def templates_of(workspace: Workspace) -> Templates:
    """The workspace's own, and those that ship."""
    mail = workspace.config.mail
    if mail is None:
        return Templates(workspace.templates, "en")
    answers = mailbox(mail.reply_to)[1]
    return Templates(workspace.templates, mail.language, shown=mail.templates, reply_to=answers)


def template_of(moment: MomentKind, name: str) -> str:
    """The name of the template that an alert uses."""
    return name or _DEFAULTS[moment]


def is_for(language: str, wanted: str) -> bool:
    """Whether a template in a language is for whoever wants another: `de` is for `de-AT`."""
    return language.lower() in _wider(wanted)


def _wider(language: str) -> Iterator[str]:
    """`de-AT` → `de-at`, `de`."""
    parts = language.lower().replace("_", "-").split("-")
    for length in range(len(parts), 0, -1):
        yield "-".join(parts[:length])


def _made(environment: _Environment, text: str, source: Source) -> Template:
    """Raises RunError for what Python does not take. What is known of that is found before, with its line."""
    try:
        return environment.from_string(text)
    except (RecursionError, SyntaxError, ValueError, MemoryError, TemplateSyntaxError):
        raise RunError(messages.not_jinja(TOO_DEEP, line_of(source, 1))) from None


def _text(path: Path, shown: str) -> str:
    if why := why_not(path):
        raise RunError(messages.unreadable(shown, why))
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise RunError(messages.unreadable(shown, "it is too long"))
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror or str(problem) if isinstance(problem, OSError) else "it is no text"
        raise RunError(messages.unreadable(shown, why)) from None
    at = unseen(text)
    if at is not None:
        why = f"it has a character that nobody sees, U+{ord(text[at]):04X}"
        raise RunError(messages.unreadable(shown, why, Span(Source(text, shown), at, at + 1)))
    return text
