"""What one recipient is to be told, and templates → subject, text and HTML."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Template, TemplateError
from markupsafe import Markup, escape

from audql.diagnostics import RunError
from audql.mail.checking import line_of
from audql.mail.failing import failure
from audql.mail.files import LAYOUT
from audql.mail.letter import one_line
from audql.mail.messages import failed
from audql.mail.templates import PERSON_FIELDS, Form, Templates

MOST_SHOWN = 100
"""Of the items of a section; the others are counted."""
_MOST_CHARACTERS = 2_000_000
"""Of a mail, and of each section of it."""

Person = Mapping[str, object]


class _TooLongError(ValueError):
    """What a template writes has no end."""

    def __str__(self) -> str:
        return f"it becomes longer than {_MOST_CHARACTERS:,} characters"


@dataclass(frozen=True, slots=True)
class Learning:
    """One learning as a mail speaks of it."""

    id: str
    name: str
    kind: str
    due: dt.date | None

    def as_given(self) -> dict[str, object]:
        return {"id": one_line(self.id), "name": one_line(self.name), "kind": self.kind, "due": self.due or ""}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is told: of whom, by which audience, and of what. `you`: the person is who is told."""

    template: str
    person: Person
    you: bool
    audience: str
    moment: str
    learning: Learning | None
    days: int | None
    """Until it is due; since then, if that is past."""
    enrolments: tuple[Learning, ...] = ()

    @property
    def said(self) -> tuple[object, ...]:
        """What it says: two that say the same are told as one."""
        return self.template, self.person["id"], self.learning or self.audience

    def as_given(self) -> dict[str, object]:
        learning = self.learning or Learning("", "", "", None)
        return {
            "person": self.person,
            "you": self.you,
            "audience": self.audience,
            "moment": self.moment,
            "learning": learning.as_given(),
            "due": learning.due or "",
            "days": "" if self.days is None else self.days,
            "enrolments": [each.as_given() for each in self.enrolments],
        }


@dataclass(frozen=True, slots=True)
class Written:
    """A mail's words."""

    subject: str
    text: str
    html: str


def person_of(row: Mapping[str, object]) -> Person:
    """A row of a snapshot as templates see it: every field, in one line, empty where nothing is there."""
    custom = {name.removeprefix("custom."): _value(v) for name, v in row.items() if name.startswith("custom.")}
    person: dict[str, object] = dict.fromkeys(PERSON_FIELDS, "")
    person.update((name, _value(v)) for name, v in row.items() if v is not None and name in person)
    both = " ".join(str(person[part]) for part in ("first_name", "last_name") if person[part])
    person["name"] = person["full_name"] or both or person["username"] or person["id"]
    person["custom"] = custom
    return person


def nobody(language: str) -> Person:
    """Who reads at an address that is nobody's in the feed."""
    return {**person_of({}), "language": language}


def write(templates: Templates, recipient: Person, language: str, items: Sequence[Item]) -> Written:
    """One mail of all items, those of one template together. Raises RunError for a template that fails."""
    sections: dict[tuple[str, bool], list[Item]] = {}
    for item in items:
        sections.setdefault((item.template, item.you), []).append(item)
    written = [fill(templates.form(name, language), recipient, those) for (name, _), those in sections.items()]
    return _in_layout(templates.form(LAYOUT, language), recipient, written, len(items), templates.reply_to)


def fill_layout(templates: Templates, language: str, recipient: Person, sections: int) -> Written:
    """The layout around so many sections that say next to nothing. Raises RunError."""
    some = Written("Example", "Example", "<p>Example</p>")
    return _in_layout(templates.form(LAYOUT, language), recipient, [some] * sections, sections, templates.reply_to)


def _in_layout(layout: Form, recipient: Person, written: Sequence[Written], count: int, reply_to: str) -> Written:
    """The subject is that of the only section, and the layout's own where there are several."""
    given: dict[str, object] = {"recipient": recipient, "count": count, "reply_to": reply_to}
    text = {**given, "sections": [{"subject": each.subject, "body": each.text.strip("\n")} for each in written]}
    subject = written[0].subject if len(written) == 1 else _subject(layout, text)
    whole = _filled(layout, "text", text)
    return Written(subject, whole, _around(layout, given, written))


def _around(layout: Form, given: Mapping[str, object], written: Sequence[Written]) -> str:
    """The HTML of all sections, in the layout's own or, where that is a text only, in the text as HTML."""
    if layout.html is not None:
        html = [{"subject": each.subject, "body": Markup(each.html)} for each in written]
        return _filled(layout, "html", {**given, "sections": html})
    # A mark in place of each body, of a character that no value and no template has.
    marked = [{"subject": each.subject, "body": f"\0{number}\0"} for number, each in enumerate(written)]
    page = _as_html(_filled(layout, "text", {**given, "sections": marked}))
    for number, each in enumerate(written):
        if len(page) + page.count(f"\0{number}\0") * len(each.html) > _MOST_CHARACTERS:
            raise RunError(failure(layout, "text", _TooLongError()))
        page = page.replace(f"<p>\0{number}\0</p>", each.html).replace(f"\0{number}\0", each.html)
    return page


def fill(form: Form, recipient: Person, items: Sequence[Item]) -> Written:
    """What a template says of these. Raises RunError where it fails."""
    shown = [item.as_given() for item in items[:MOST_SHOWN]]
    given: dict[str, object] = {
        "recipient": recipient,
        "items": shown,
        "item": shown[0],
        "count": len(items),
        "more": len(items) - len(shown),
    }
    text = _filled(form, "text", given)
    html = _filled(form, "html", given) if form.html is not None else _as_html(text)
    return Written(_subject(form, given), text, html)


def _subject(form: Form, given: Mapping[str, object]) -> str:
    """Raises RunError for one in which there is nothing: a mail without a subject is taken for junk."""
    if subject := one_line(_filled(form, "subject", given)):
        return subject
    raise RunError(failed(form.name, "its subject is empty", line_of(form.source, 1)))


def _filled(form: Form, part: str, given: Mapping[str, object]) -> str:
    """Raises RunError."""
    template: Template = getattr(form, part)
    pieces = template.generate(given)
    filled: list[str] = []
    size = 0
    try:
        for piece in pieces:
            filled.append(piece)
            size += len(piece)
            if size > _MOST_CHARACTERS:
                raise _TooLongError
    except (TemplateError, ArithmeticError, ValueError, TypeError) as problem:
        raise RunError(failure(form, part, problem)) from None
    return "".join(filled)


def _as_html(text: str) -> str:
    paragraphs = (part for part in text.split("\n\n") if part.strip())
    return "\n".join(f"<p>{str(escape(part.strip(chr(10)))).replace(chr(10), '<br>')}</p>" for part in paragraphs)


def _value(value: object) -> object:
    match value:
        case None:
            return ""
        case str():
            return one_line(value)
        case bool() | dt.date():
            return value
        case _:
            return one_line(str(value))
