"""What compiled queries call while they run: memos of folded text and of days, and the ways into items.

Everything here takes the short way for what records usually are. What is unusual is left to the interpreter: a value to
its reading of that value, an item to its reading of the whole record (`Unusual`).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from audql.engines.people import People
from audql.text import fold
from audql.types import RecordType
from audql.values import day, moment

NO_DAY = float("nan")
"""The ordinal of a day that is not there: no comparison with it holds."""


_LONG = 10**30
"""Whole numbers this long are no ids; Python does not even write the longest as text."""


class Unusual(Exception):  # noqa: N818  # no error: it never leaves this package
    """Raised where a record is not what records usually are; the interpreter is then asked about the whole of it."""


class Folded(dict[object, str]):
    """`FOLDED[value]` is what a value of a declared text field compares as, "" where it has no text.

    Short texts are remembered: at most `MOST` of them, then it begins anew. Several values are `Unusual`, or no key.
    """

    MOST = 4096
    LONGEST = 64

    def __missing__(self, value: object) -> str:
        kind = type(value)
        if kind is not str:
            if value is None or kind is bool:
                return ""
            if kind is float or (kind is int and -_LONG < value < _LONG):  # type: ignore[operator]  # just seen
                return "" if value != value else str(value)
            raise Unusual
        written = fold(value)  # type: ignore[arg-type]  # just seen
        if len(written) <= self.LONGEST:
            if len(self) >= self.MOST:
                self.clear()
            self[value] = written
        return written


FOLDED = Folded()


class Ordinals(dict[object, float]):
    """`ORDINALS[value]` is the ordinal of the day that a value says in a zone, or `NO_DAY`; remembered likewise."""

    MOST = 8192
    LONGEST = 40

    def __init__(self, zone: dt.tzinfo) -> None:
        super().__init__()
        self.zone = zone

    def __missing__(self, value: object) -> float:
        kind = type(value)
        if kind is str:
            ordinal = self._of(value)
            if len(value) <= self.LONGEST:  # type: ignore[arg-type]  # just seen
                if len(self) >= self.MOST:
                    self.clear()
                self[value] = ordinal
            return ordinal
        if kind is dt.date or kind is dt.datetime:
            return self._of(value)
        if value is None or kind is bool or kind is int or kind is float:
            return NO_DAY
        raise Unusual

    def _of(self, value: object) -> float:
        found = moment(value, self.zone)
        return NO_DAY if found is None else day(found, self.zone).toordinal()


@lru_cache(maxsize=8)
def ordinals(zone: dt.tzinfo) -> Ordinals:
    """The memo of a zone; zones in use are few."""
    return Ordinals(zone)


def folded(value: object) -> str | None:
    """The one text that a declared text field's value is, as it compares."""
    if type(value) is str:
        return FOLDED[value] or _unless_blank(value)
    if value is None:
        return None
    if type(value) is int and -_LONG < value < _LONG:
        return str(value)
    raise Unusual


def _unless_blank(value: str) -> str | None:
    """What folds to nothing is still there where it is no blank."""
    return "" if value.strip() else None


# --- ways into items --------------------------------------------------------------------------------------------------

Items: TypeAlias = "list[dict[str, object]] | tuple[dict[str, object], ...]"
Stub: TypeAlias = Callable[[object], dict[str, object] | None]


def elements(value: object) -> "list[object] | tuple[object, ...]":
    """What a collection that is no list holds."""
    if value is None:
        return ()
    kind = type(value)
    if kind is tuple:
        return value  # type: ignore[return-value]  # just seen
    if kind is str or kind is dict:
        return (value,)
    raise Unusual


def shorthand(people: People, record: str) -> tuple[tuple[str, ...], dict[str, object]]:
    """The fields that a plain text fills where an item of a record type is expected, and what is there beside them."""
    shape = People(people.schema, ()).item("?", record)
    assert isinstance(shape, Mapping)
    named = tuple(name for name, value in shape.items() if value == "?")
    return named, {name: value for name, value in shape.items() if value != "?"}


def stub_of(people: People, record: str) -> Stub:
    """How an element that is no dict is read as an item of a record type: a plain text stands for its name."""
    named, rest = shorthand(people, record)

    def stub(value: object) -> dict[str, object] | None:
        if type(value) is str:
            return rest | dict.fromkeys(named, value) if value.strip() else None
        if value is None:
            return None
        if type(value) is int and -_LONG < value < _LONG:
            return rest | dict.fromkeys(named, str(value))
        raise Unusual

    return stub


def items_of(stub: Stub) -> Callable[[object], Items]:
    """The items of a reference or a collection that holds something else than one dict."""

    def items(value: object) -> Items:
        found = (each if type(each) is dict else stub(each) for each in listed(value))
        return [each for each in found if each is not None]

    return items


def listed(value: object) -> "list[object] | tuple[object, ...]":
    return value if type(value) is list else elements(value)


def known_items_of(people: People, record: str) -> Callable[[object], Items]:
    """The people of a reference or a collection, as the population knows them."""

    def items(value: object) -> Items:
        found: list[dict[str, object]] = []
        for each in listed(value):
            if each is None or (type(each) is str and not each.strip()):
                continue
            person = people.item(each, record)
            if type(person) is not dict:
                raise Unusual
            found.append(person)
        return found

    return items


def known_item_of(people: People, record: str) -> Callable[[object], dict[str, object] | None]:
    """The one person of a reference, as the population knows them."""

    def item(value: object) -> dict[str, object] | None:
        if value is None or (type(value) is str and not value.strip()):
            return None
        if type(value) is str or type(value) is dict or type(value) is int:
            person = people.item(value, record)
            if type(person) is dict:
                return person
        raise Unusual

    return item


def identity_of(people: People, record: RecordType | None) -> Callable[[dict[str, object]], object]:
    """What makes two items the same: the first key that is there, else being one object."""
    keys = record.keys if record is not None else ("id", "name")
    name = record.name if record is not None else ""

    def identity(item: dict[str, object]) -> object:
        for key in keys:
            value = item.get(key)
            if type(value) is str and value.strip():
                return key, FOLDED[value]
            if value is not None:
                break
        return people.identity(item, name)

    return identity
