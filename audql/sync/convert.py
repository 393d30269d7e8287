"""Text of a feed → the canonical text of a declared type, or why it does not fit."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TypeAlias, assert_never

from audql.snapshot.content import SEPARATOR, canonical, plain_number
from audql.snapshot.schema import Column
from audql.snapshot.tables import DIGITS_AFTER, DIGITS_BEFORE
from audql.text import fold
from audql.types import Scalar
from audql.workspace import ColumnMapping, ElementFeed

Convert: TypeAlias = Callable[[str], str | None]
"""Raises Unfit; blank is None."""

_NUMBER = re.compile(r"[+-]?(\d+)(?:\.(\d+))?", re.ASCII)
_YES, _NO = ("true", "yes", "y", "1"), ("false", "no", "n", "0")


@dataclass(frozen=True, slots=True)
class Unfit(Exception):  # noqa: N818 (a value, not a fault)
    """Why a text is not of the type, and the cure."""

    reason: str
    cure: str


def converter(column: Column, mapping: ColumnMapping, part: ElementFeed, zone: dt.tzinfo) -> Convert:
    """What reads the texts of one column; the same text is worked on once."""
    read = _reader(column, mapping, part, zone)
    seen: dict[str, str | None] = {}

    def convert(text: str) -> str | None:
        if text not in seen:
            stripped = text.strip()
            seen[text] = read(stripped) if stripped else None
        return seen[text]

    return convert


def not_in_an_id(character: str) -> Unfit:
    """Why an id cannot have that character."""
    named = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}
    what = named.get(character, f"a character that is not to be seen (U+{ord(character):04X})")
    return Unfit(f"has {what} in it, and it is an id", "take that out of the id where the feed is made")


def _reader(column: Column, mapping: ColumnMapping, part: ElementFeed, zone: dt.tzinfo) -> Convert:
    match column.type:
        case Scalar.TEXT | Scalar.CODE | Scalar.ANY:
            if column.values:
                return lambda text: _one_of(text, column.values)
            if column.many:
                return lambda text: _many(text, mapping.separator)
            return lambda text: text
        case Scalar.NUMBER:
            return _number
        case Scalar.YES_NO:
            return partial(_yes_no, yes=_by_folded(mapping.yes or _YES), no=_by_folded(mapping.no or _NO))
        case Scalar.DATE:
            return lambda text: _date(text, mapping.format or part.date_format)
        case Scalar.INSTANT:
            return lambda text: _instant(text, mapping.format or part.instant_format, zone)
    assert_never(column.type)


def _one_of(text: str, values: tuple[str, ...]) -> str:
    folded = fold(text)
    for value in values:
        if fold(value) == folded:
            return value
    raise Unfit(f"is none of {', '.join(f'`{v}`' for v in values)}", "the feed has to say it in one of these words")


def _many(text: str, separator: str | None) -> str | None:
    parts = [part.strip() for part in (text.split(separator) if separator else [text])]
    return SEPARATOR.join(sorted({part.replace(SEPARATOR, " ") for part in parts if part})) or None


def _number(text: str) -> str:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise Unfit("is not a number", "digits with a point, like `1234.5`; or map the column as text")
    if len(found[1].lstrip("0")) > DIGITS_BEFORE or len(found[2] or "") > DIGITS_AFTER:
        limits = f"{DIGITS_BEFORE} digits before the point and {DIGITS_AFTER} after it"
        raise Unfit("has too many digits", f"a number has at most {limits}; map the column as text")
    return plain_number(Decimal(text))


def _by_folded(words: Iterable[str]) -> Mapping[str, str]:
    """How each is written."""
    return {fold(word): word for word in words}


def _yes_no(text: str, yes: Mapping[str, str], no: Mapping[str, str]) -> str:
    folded = fold(text)
    if folded in yes:
        return "true"
    if folded in no:
        return "false"
    raise Unfit(
        f"is neither yes ({_list(yes)}) nor no ({_list(no)})",
        "`yes = […]` and `no = […]` in the column's mapping say which words mean which",
    )


def _date(text: str, form: str | None) -> str:
    try:
        if form is None:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
                raise ValueError
            return dt.date.fromisoformat(text).isoformat()
        return dt.datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        raise Unfit(
            f"is not a day written as {form or 'YYYY-MM-DD'}",
            "correct it, or say how days are written with `date_format` beside `file`, or `format` in the mapping",
        ) from None


def _instant(text: str, form: str | None, zone: dt.tzinfo) -> str | None:
    try:
        read = dt.datetime.fromisoformat(text) if form is None else dt.datetime.strptime(text, form)  # noqa: DTZ007
        return canonical(read if read.tzinfo is not None else read.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        raise Unfit(
            f"is not an instant written as {form or 'YYYY-MM-DD HH:MM:SS'}",
            "correct it, or say how instants are written with `instant_format` beside `file`",
        ) from None


def _list(words: Mapping[str, str]) -> str:
    return ", ".join(f"`{words[folded]}`" for folded in sorted(words))
