"""Habits of speaking of time: stretches without a number, lengths without `ago`, arithmetic, dates in words."""

import datetime as dt

from audql.syntax import habit_messages as messages
from audql.syntax.cures import MONTHS, whole_month
from audql.syntax.habits_of_people import in_year
from audql.syntax.messages import code, date_expected, date_order, period_for_date
from audql.syntax.tokens import Token
from audql.syntax.window import Window, ends_condition
from audql.syntax.words import SPELLED, STARTS, UNITS

TIMES = {
    "since": "ON_OR_AFTER", "by": "ON_OR_BEFORE", "till": "ON_OR_BEFORE", "until": "ON_OR_BEFORE",
    "during": "WITHIN", "from": "ON_OR_AFTER",
}  # fmt: skip
EDGES = frozenset({"the", "end", "start", "beginning"})
_DAYS = frozenset({"DATE", "INSTANT", "TODAY", "NOW", "INT", "NAME", "TEXT"})
_WINDOWS = frozenset({"LAST", "NEXT", "THIS", "PREVIOUS", "FOLLOWING"})

# --- windows ----------------------------------------------------------------------------------------------------------


def last_unit(w: Window) -> bool:
    """`within last month`. (`last months` may be a parameter's name, since that is a length.)"""
    unit = w.ahead(1)
    if unit.keyword != "UNIT" or unit.text.lower() not in UNITS:
        return False
    if w.start == "script" and w.back().keyword in ("UNTIL", "FROM") and not w.after_lone_subject():
        w.report(date_expected(w.span(2), f"not {code(w.span(2).text)}", w.back().text))
        w.replace(2, Token("DATE", w.ahead(0).start, unit.end, ""))
        return True
    w.report(messages.which_stretch(w.span(2), *_both("", w.ahead(0).text.lower(), unit.text)))
    w.out += [w.ahead(0), Token("INT", unit.start, unit.start, "1")]
    w.at += 1
    return True


def _both(before: str, word: str, unit: str) -> list[tuple[str, str]]:
    """The rolling window and the calendar's, and what they are; an hour has only the first."""
    unit = unit.lower()
    calendars, rolling = ("previous", "up to today") if word == "last" else ("following", "from today on")
    both = [
        (f"{before}{word} 1 {unit}", f"the {unit} {rolling}"),
        (f"{before}{calendars} {unit}", f"the {calendars} calendar {unit}"),
    ]
    return both[:1] if unit == "hour" else both


def within_duration(w: Window) -> bool:
    """`within 90 days`, `within the last 90 days`."""
    if w.ahead(1).text.lower() == "the" and (w.ahead(2).kind in _WINDOWS or w.ahead(2).text.lower() == "past"):
        return _window(w, 2)
    if w.ahead(1).text.lower() == "past" and w.ahead(2).kind == "INT":
        return _window(w, 1)
    if w.ahead(1).kind != "INT" or w.ahead(2).keyword != "UNIT" or not ends_condition(w.ahead(3)):
        return False
    subject, length = w.subject(), w.quote(1, 3)
    choices = (
        (f"{subject} within last {length}", "the days up to today"),
        (f"{subject} within next {length}", "those to come"),
    )
    w.report(messages.which_stretch(w.span(3), *choices))
    w.replace(1, "WITHIN", "LAST")
    return True


def in_the_last(w: Window) -> bool:
    """`in the last 30 days`, `in last month`, `in the past 2 weeks`; `in 30 days`; `in 2026`."""
    if w.ahead(1).kind == "INT" and w.ahead(2).keyword == "UNIT" and ends_condition(w.ahead(3)):
        length = w.quote(1, 3)
        w.report(messages.worded_comparison(w.span(3), f"{w.subject()} within next {length}"))
        w.replace(1, "WITHIN", "NEXT")
        return True
    first = 1 + (w.ahead(1).text.lower() == "the")
    is_past = w.ahead(first).text.lower() == "past" and w.ahead(first + 1).kind == "INT"
    if w.ahead(first).kind in _WINDOWS or is_past:
        return _window(w, first)
    value = w.ahead(1)
    if value.kind == "DATE" and not value.text:  # a month, which is reported
        w.replace(2, Token("BAD", w.ahead(0).start, value.end, ""))
        return True
    return _year(w)


def bare_window(w: Window) -> bool:
    """`hired this week`, `hired last 30 days`, `hired last month`."""
    if not w.after_lone_subject():
        return False
    unit = w.ahead(1)
    if w.ahead(0).kind in ("LAST", "NEXT"):
        if unit.kind != "INT" and not (unit.keyword == "UNIT" and unit.text.lower() in UNITS):
            return False
    elif unit.keyword != "UNIT":
        return False
    return _window(w, 0)


def _window(w: Window, first: int) -> bool:
    """Reads the words before a window, and `past`, as `within`."""
    word = "last" if w.ahead(first).text.lower() == "past" else w.ahead(first).text.lower()
    unit = w.ahead(first + 1)
    lacks_number = word in ("last", "next") and unit.keyword == "UNIT"
    subject = w.subject()
    if lacks_number:
        w.report(messages.which_stretch(w.span(first + 2), *_both(f"{subject} within ", word, unit.text)))
    else:
        window = f"{word} {w.value(first + 1)}"
        w.report(messages.worded_comparison(w.span(first + 1), f"{subject} within {window}"))
    start = w.ahead(first).start
    w.replace(first + 1, "WITHIN", word.upper())
    if lacks_number:
        w.out.append(Token("INT", start, start, "1"))
    return True


def time_word(w: Window) -> bool:
    """`hired since 2026-01-01`, `by`, `until`, `during this month`, `during 2026`."""
    token, following = w.ahead(0), w.ahead(1)
    last = w.back()
    is_window = following.kind in _WINDOWS
    if last.kind not in ("NAME", "RPAR") or last.keyword in STARTS | {"FROM"} or not w.after_lone_subject():
        return False
    if following.kind not in _DAYS and not is_window:
        return False
    if last.kind == "RPAR" and token.keyword == "UNTIL":
        return False
    if is_window:
        return _window(w, 1)
    kind = TIMES[token.text.lower()]
    if kind == "WITHIN" or (following.kind == "INT" and ends_condition(w.ahead(2))):
        return _year(w)
    w.report(messages.since(w.span(), f"{w.subject()} {SPELLED[kind]} {w.value(1)}"))
    w.replace(1, kind)
    return True


def _year(w: Window) -> bool:
    """A year where days are meant: `in 2026`, `since 2026`."""
    year = w.ahead(1)
    if year.kind != "INT" or len(year.text) != 4 or year.text[0] not in "12" or not ends_condition(w.ahead(2)):
        return False
    kind = TIMES.get(w.ahead(0).text.lower(), "WITHIN")
    if in_year(w, kind, int(year.text)):
        return True
    first, last = f"{year.text}-01-01", f"{year.text}-12-31"
    cure = {"ON_OR_AFTER": f"on or after {first}", "ON_OR_BEFORE": f"on or before {last}"}.get(
        kind, f"between {first} and {last}"
    )
    whole = kind == "WITHIN"
    w.report(period_for_date(w.span(2), year.text, "year", f"{w.subject()} {cure}", whole=whole))
    start, end = w.ahead(0).start, year.end
    w.at += 2
    w.out += [Token("BETWEEN", start, start, "between"), Token("DATE", start, end, first)]
    w.out += [Token("AND", end, end, "and"), Token("DATE", end, end, last)]
    return True


# --- days in words ----------------------------------------------------------------------------------------------------


def between_to(w: Window) -> bool:
    """`between 1 to 5`."""
    end = w.operand(1)
    if w.ahead(end).text.lower() not in ("to", "-") or w.ahead(end).kind not in ("NAME", "ODD"):
        return False
    low, high = w.value(1), w.value(end + 1)
    joint = w.ahead(end)
    w.report(messages.between_to(joint.span(w.source), f"{w.subject()} between {low} and {high}"))
    w.tokens[w.at + end] = Token("AND", joint.start, joint.end, "and")
    w.replace(1, "BETWEEN")
    return True


def day_in_words(w: Window) -> bool:
    """`1 September 2026`, `September 1, 2026`, `September 2026`."""
    first, second, third = w.ahead(0), w.ahead(1), w.ahead(2)
    if first.kind == "INT" and third.kind == "INT" and second.text.lower() in MONTHS:
        day, month, year, width = first, second, third, 3
    elif first.kind == "NAME" and second.kind == "INT":
        comma = third.kind == "COMMA"
        month, day, year, width = first, second, w.ahead(2 + comma), 3 + comma
        if year.kind != "INT" and len(second.text) == 4:
            return _month(w)
    else:
        return False
    if len(year.text) != 4 or w.back().kind == "DOT" or w.begins_condition():
        return False
    try:
        iso = dt.date(int(year.text), MONTHS[month.text.lower()], int(day.text)).isoformat()
    except ValueError:
        return False
    w.report(date_order(w.span(width), w.span(width).text, [iso]))
    w.replace(width, Token("DATE", first.start, year.end, iso))
    return True


def _month(w: Window) -> bool:
    if w.begins_condition():
        return False
    month, year = w.ahead(0), w.ahead(1)
    cure = whole_month(int(year.text), MONTHS[month.text.lower()])
    w.report(period_for_date(w.span(2), w.span(2).text, "month", cure))
    if w.back().kind == "IN":
        w.out.pop()
        w.replace(2, Token("BAD", month.start, year.end, ""))
    else:
        w.replace(2, Token("DATE", month.start, year.end, ""))
    return True


def edge_of_period(w: Window) -> bool:
    """`before end of month`, `by the end of this year`."""
    width = 2 + (w.ahead(0).text.lower() == "the")
    if w.ahead(width - 2).text.lower() not in EDGES or w.ahead(width - 1).kind != "OF":
        return False
    while w.ahead(width).kind in _WINDOWS or w.ahead(width).text.lower() in ("the", "current"):
        width += 1
    unit = w.ahead(width)
    if unit.keyword != "UNIT" or w.begins_condition():
        return False
    which = w.ahead(width - 1)
    word = {"LAST": "previous", "NEXT": "following"}.get(which.kind, which.text.lower())
    word = word if which.kind in _WINDOWS else "this"
    w.report(messages.edge_of_period(w.span(width + 1), f"{w.subject(1)} within {word} {unit.text.lower()}"))
    w.replace(width + 1, Token("DATE", w.ahead(0).start, unit.end, ""))
    return True
