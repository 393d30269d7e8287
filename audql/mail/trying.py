"""Templates and the moments they are used for → what goes wrong when they are filled in for people who do not exist: of
whom everything is known, and of whom nothing is that can be missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from audql.diagnostics import Diagnostic, RunError
from audql.mail.files import LAYOUT
from audql.mail.rendering import MOST_SHOWN, Item, Learning, Person, fill, fill_layout, nobody, person_of
from audql.mail.templates import Templates
from audql.snapshot.schema import TABLES
from audql.syntax.ast import MomentKind
from audql.types import Scalar

_DAY = dt.date(2026, 11, 23)
_VALUES: Mapping[Scalar, object] = {
    Scalar.DATE: _DAY,
    Scalar.INSTANT: dt.datetime(2026, 11, 23, 12, 0),  # noqa: DTZ001  # as a snapshot gives them
    Scalar.YES_NO: True,
    Scalar.NUMBER: "5",
}
_TEXT = "Example"
_AUDIENCE = "Example audience"


class _Anything(dict[str, object]):
    """Every field has the same value: which there are is not known."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: str) -> object:
        return self._value


@dataclass(frozen=True, slots=True)
class _Invented:
    """Two people, and what is said of either."""

    full: Person
    bare: Person


def tried(
    templates: Templates, uses: Mapping[str, Collection[MomentKind]], custom: Mapping[str, Scalar] | None
) -> Iterator[Diagnostic]:
    """All that goes wrong in those that can be read, in each of their languages. `custom`: the workspace's own fields
    of people; None where they are not known."""
    people = _people(custom)
    for name, moments in uses.items():
        found: dict[object, Diagnostic] = {}
        cases = [(moment, *case) for moment in moments for case in _cases(name, moment, people)]
        for language in templates.languages(name):
            for moment, recipient, items in cases:
                try:
                    fill(templates.form(name, language), recipient, items)
                except RunError as problem:
                    _add(found, problem, f" ({moment.value})")
        yield from found.values()
    of_layout: dict[object, Diagnostic] = {}
    for language in templates.languages(LAYOUT) if uses else ():
        for recipient in (people.full, people.bare, nobody("en")):
            for sections in (1, 2):
                try:
                    fill_layout(templates, language, recipient, sections)
                except RunError as problem:
                    _add(of_layout, problem)
    yield from of_layout.values()


def _add(found: dict[object, Diagnostic], problem: RunError, when: str = "") -> None:
    """Once for each place."""
    for one in problem.diagnostics:
        place = (one.span.source.name, one.span.start) if one.span is not None else None
        found.setdefault(place, replace(one, message=one.message + when))


def _people(custom: Mapping[str, Scalar] | None) -> _Invented:
    columns = {c.name: c.type for table in TABLES if table.name == "people" for c in table.columns}
    own = {f"custom.{name}": scalar for name, scalar in (custom or {}).items()}
    both = {**columns, **own}
    full = person_of({name: _VALUES.get(scalar, _TEXT) for name, scalar in both.items()})
    bare = person_of({name: "EXAMPLE" if name == "id" else None for name in both})
    if custom is None:
        return _Invented({**full, "custom": _Anything(_TEXT)}, {**bare, "custom": _Anything("")})
    return _Invented(full, bare)


def _cases(name: str, moment: MomentKind, people: _Invented) -> Iterator[tuple[Person, Sequence[Item]]]:
    """What can be told of the two: one thing, several, and more than are shown; to themselves, and to others."""
    for you in (True, False):
        for recipient in (people.full, people.bare) if you else (people.full, people.bare, nobody("en")):
            of = [
                _item(name, moment, who, you=you, rich=rich)
                for who, rich in ((people.full, True), (people.bare, False))
            ]
            yield from ((recipient, [each]) for each in of)
            yield recipient, of
            yield recipient, of * MOST_SHOWN


def _item(name: str, moment: MomentKind, person: Person, *, you: bool, rich: bool) -> Item:
    item = example(name, moment, person, _DAY, you=you)
    given = (*item.enrolments, replace(item.enrolments[0], due=None)) if item.enrolments and rich else ()
    return replace(item, enrolments=given)


def example(template: str, moment: MomentKind, person: Person, today: dt.date, *, you: bool = True) -> Item:
    """What is told of a person in such a moment, of an invented course that is due in a week, or was a week ago."""
    days = 7 if moment in (MomentKind.JOINING, MomentKind.BEFORE_DUE) else -7
    course = Learning("EXAMPLE", "Example course", "course", today + dt.timedelta(days=days))
    if moment.is_of_members:
        given = (course,) if moment is MomentKind.JOINING else ()
        return Item(template, person, you, _AUDIENCE, moment.value, None, None, given)
    return Item(template, person, you, _AUDIENCE, moment.value, course, days)
