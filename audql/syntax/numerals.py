"""A run of characters that begins like a number → a number, a date, an instant, or what is wrong with it."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from audql.diagnostics import Diagnostic
from audql.source import Source, Span
from audql.syntax import messages
from audql.syntax.cures import name_or_text, whole_month
from audql.syntax.tokens import Token
from audql.syntax.words import SOFT

MOST_DIGITS = 38  # as many as the widest decimal of the databases that run queries

Report = Callable[[Diagnostic], None]

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:[Zz]|[-+][0-9]{2}:?[0-9]{2})?"
)
_LEADING_ZEROS = re.compile(r"(-?)0+([0-9]+(?:\.[0-9]+)?)")
_COMMAS = re.compile(r"-?[0-9.]+(?:,-?[0-9.]+)+")
_WITH_UNIT = re.compile(r"([0-9]+)([^\W\d_]+)")
_EXPONENT = re.compile(r"\d{1,9}(\.\d{1,9})?[eE][+-]?\d{1,2}")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_YEAR_FIRST = re.compile(r"([0-9]{4})([./-])([0-9]{1,2})\2([0-9]{1,2})")
_NAME = re.compile(r"[0-9][\w-]*")
UNITS_CUT_SHORT = {
    "h": "hours", "hr": "hours", "hrs": "hours", "d": "days", "w": "weeks", "wk": "weeks", "wks": "weeks",
    "m": "months", "mo": "months", "mos": "months", "mth": "months", "mths": "months", "q": "quarters", "y": "years",
    "yr": "years", "yrs": "years",
}  # fmt: skip


def numerals(source: Source, start: int, text: str, report: Report) -> Iterator[Token]:
    """The tokens of a run; always at least one."""
    end = start + len(text)
    if not text.isascii():
        yield from _mistaken(source, Span(source, start, end), text, report)
    elif text.isdigit() and (text[0] != "0" or text == "0"):
        yield Token("INT", start, end, _within_limit(source, start, text, report))
    elif len(text) == 10 and text[4] == text[7] == "-" and text.replace("-", "").isdigit():
        yield Token("DATE", start, end, _possible(source, start, text, report))
    elif _NUMBER.fullmatch(text):
        yield Token("NUMBER", start, end, _within_limit(source, start, text, report))
    elif _INSTANT.fullmatch(text):
        yield Token("INSTANT", start, end, _possible(source, start, text.upper(), report))
    elif "," in text:
        yield from _with_commas(source, start, text, report)
    else:
        yield from _mistaken(source, Span(source, start, end), text, report)


def _within_limit(source: Source, start: int, text: str, report: Report) -> str:
    if sum(map(text.count, "0123456789")) <= MOST_DIGITS:
        return text
    report(messages.too_many_digits(Span(source, start, start + len(text)), MOST_DIGITS))
    return ""


def _possible(source: Source, start: int, text: str, report: Report) -> str:
    """The text of a date or an instant, or "" if there is no such day or hour."""
    try:
        if len(text) == 10:
            dt.date.fromisoformat(text)
        else:
            dt.datetime.fromisoformat(text)
    except ValueError:
        report(messages.impossible_date(Span(source, start, start + len(text)), text))
        return ""
    return text


def _with_commas(source: Source, start: int, text: str, report: Report) -> Iterator[Token]:
    """Digit, comma, digit: dates in a list are plain; of numbers nobody knows whether they are one or two."""
    if not _COMMAS.fullmatch(text):
        at = start
        for i, part in enumerate(text.split(",")):
            if i:
                yield Token("COMMA", at - 1, at, ",")
            yield from numerals(source, at, part, report)
            at += len(part) + 1
        return
    span = Span(source, start, start + len(text))
    report(messages.comma_in_number(span, text))
    yield Token("NUMBER", span.start, span.end, "")


def _mistaken(source: Source, span: Span, text: str, report: Report) -> Iterator[Token]:
    start, end = span.start, span.end
    if m := _LEADING_ZEROS.fullmatch(text):
        report(messages.leading_zeros(span, text, m[1] + m[2]))
        yield Token("NUMBER" if "." in text or m[1] else "INT", start, end, "")
    elif _EXPONENT.fullmatch(text):
        report(messages.not_a_number(span, text, f"{Decimal(text):f}"))
        yield Token("NUMBER", start, end, "")
    elif m := _WITH_UNIT.fullmatch(text):
        unit = m[2].lower() if SOFT.get(m[2].lower()) == "UNIT" else UNITS_CUT_SHORT.get(m[2].lower(), "")
        if unit:
            report(messages.unit_without_space(span, f"{m[1]} {unit}"))
            yield Token("INT", start, start + len(m[1]), m[1] if len(m[1]) < 30 else "")
            yield Token("NAME", start + len(m[1]), end, unit, "UNIT")
        else:
            report(messages.name_begins_with_digit(span, text, _cure_of_name(span, text)))
            yield Token("NAME", start, end, f"`{text}`")
    elif text.count("_") and _NUMBER.fullmatch(plain := text.replace("_", "")):
        report(messages.not_a_number(span, text, plain))
        yield Token("NUMBER", start, end, "")
    else:
        yield from _mistaken_date(source, span, text, report)


def _cure_of_name(span: Span, text: str) -> str:
    before = span.source.text[max(0, span.start - 60) : span.start]
    dotted = before.endswith(".")
    path = re.split(r"[^\w.]", before)[-1] if dotted else ""
    return name_or_text(text, path, as_name=True, as_text=not dotted)


def _mistaken_date(source: Source, span: Span, text: str, report: Report) -> Iterator[Token]:
    if m := _MONTH.fullmatch(text):
        report(messages.period_for_date(span, text, "month", whole_month(int(m[1]), int(m[2]))))
    elif m := _YEAR_FIRST.fullmatch(text):
        report(messages.date_order(span, text, _dates(m[1], (m[3], m[4]))))
    elif m := _DAY_FIRST.fullmatch(text):
        year = m[4] if len(m[4]) == 4 else "20" + m[4]
        report(messages.date_order(span, text, _dates(year, (m[3], m[1]), (m[1], m[3]))))
    elif _NAME.fullmatch(text) and not text.replace("-", "").isdigit():
        report(messages.name_begins_with_digit(span, text, _cure_of_name(span, text)))
        yield Token("NAME", span.start, span.end, f"`{text}`")
        return
    else:
        report(messages.not_a_number(span, text, ""))
    yield Token("DATE", span.start, span.end, "")


def _dates(year: str, *months_and_days: tuple[str, str]) -> list[str]:
    """Those of the possible readings that are days, each once, in ISO form."""
    found = []
    for month, day in months_and_days:
        try:
            iso = dt.date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            continue
        if iso not in found:
            found.append(iso)
    return found
