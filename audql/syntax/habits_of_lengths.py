"""Habits of counting time: lengths without `ago`, lengths behind signs, arithmetic with days."""

from audql.syntax import habit_messages as messages
from audql.syntax.habits_of_people import SERVICE
from audql.syntax.tokens import Token
from audql.syntax.window import Window, ends_condition
from audql.syntax.words import SPELLED

# Words before a length → more or less than it, as time ago.
_LENGTHS = {
    ("older", "than"): "MORE_THAN", ("longer", "than"): "MORE_THAN", ("over",): "MORE_THAN", ("earlier", "than"):
    "MORE_THAN", ("newer", "than"): "LESS_THAN", ("younger", "than"): "LESS_THAN", ("later", "than"): "LESS_THAN",
    ("fewer", "than"): "LESS_THAN", ("greater", "than"): "MORE_THAN", ("exceeds",): "MORE_THAN",
}  # fmt: skip
LENGTH_WORDS = frozenset(words[0] for words in _LENGTHS)
_SIGNS = {"GT": "more than {} ago", "GE": "on or before {} ago", "LT": "less than {} ago", "LE": "on or after {} ago",
          "EQ": "on {} ago", "NE": "not on {} ago"}  # fmt: skip

# --- lengths alone ----------------------------------------------------------------------------------------------------


def length_ago(w: Window) -> bool:
    """`hired 30 days ago`, `hired "30 days" ago`."""
    token = w.ahead(0)
    width = 1 if token.kind == "TEXT" else 2
    length = token.text[1:-1] if token.kind == "TEXT" else w.quote(0, 2)
    side = w.ahead(width).kind
    if side not in ("AGO", "FROM_NOW") or not w.after_lone_subject() or not ends_condition(w.ahead(width + 1)):
        return False
    if token.kind == "INT" and w.ahead(1).keyword != "UNIT":
        return False
    subject = w.subject()
    w.report(messages.length_alone(w.span(width + 1), subject, length, past=side == "AGO"))
    count, _, unit = length.partition(" ")
    start = token.start
    window = [Token("WITHIN", start, start, "within"), Token("LAST", start, start, "last")]
    w.replace(width + 1, *window, Token("INT", start, start, count if count.isdigit() else ""),
              Token("NAME", start, w.ahead(width - 1).end, unit or "days", "UNIT"))  # fmt: skip
    return True


def length_compared(w: Window) -> bool:
    """`hired > 30 days`, `hired = 30 days`."""
    after = w.ahead(3).kind
    if w.ahead(1).kind != "INT" or w.ahead(2).keyword != "UNIT" or after in ("AGO", "FROM_NOW") or w.defines():
        return False
    if not w.after_subject() or not ends_condition(w.ahead(3)):
        return False
    said = _SIGNS[w.ahead(0).kind].format(w.quote(1, 3))
    if w.subject().lower() in SERVICE:
        subject = w.out.pop()
        w.report(messages.worded_comparison(subject.span(w.source).to(w.span(3)), f"hired {said}"))
        w.replace(3, Token("BAD", subject.start, w.ahead(2).end, ""))
        return True
    w.report(messages.worded_comparison(w.span(3), f"{w.subject()} {said}"))
    sign, end = w.ahead(0), w.ahead(2).end
    w.replace(1, sign)
    w.replace(1, w.ahead(0))
    w.replace(1, w.ahead(0))
    w.out.append(Token("AGO", end, end, "ago"))
    return True


def length_in_words(w: Window) -> bool:
    """`hired older than 90 days`, `hired over 2 years ago`, `hired at least 2 years ago`."""
    if not w.after_lone_subject():
        return False
    kind, width = _words(w)
    unit = width + 1
    if not width or w.ahead(width).kind != "INT" or w.ahead(unit).keyword != "UNIT":
        return False
    has_ago = w.ahead(unit + 1).kind == "AGO"
    if not ends_condition(w.ahead(unit + 1 + has_ago)):
        return False
    length = w.quote(width, unit + 1)
    cure = f"{SPELLED[kind]} {length} ago" if kind != "LAST" else f"within last {length}"
    w.report(messages.worded_comparison(w.span(unit + 1 + has_ago), f"{w.subject()} {cure}"))
    start = w.ahead(0).start
    number, name = w.ahead(width), w.ahead(unit)
    w.at += unit + 1 + has_ago
    if kind == "LAST":
        w.out += [Token("WITHIN", start, start, "within"), Token("LAST", start, start, "last"), number, name]
    else:
        w.out += [
            Token(kind, start, number.start, SPELLED[kind]),
            number,
            name,
            Token("AGO", name.end, name.end, "ago"),
        ]
    return True


def _words(w: Window) -> tuple[str, int]:
    """What the words before a length stand for, and how many tokens they are."""
    token = w.ahead(0)
    if token.kind in ("AT_LEAST", "AT_MOST"):
        return ("ON_OR_BEFORE" if token.kind == "AT_LEAST" else "LAST"), 1
    for said, kind in _LENGTHS.items():
        if tuple(w.ahead(i).text.lower() for i in range(len(said))) == said:
            return kind, len(said)
    return "", 0


def length_than_day(w: Window) -> bool:
    """`hired less than 2026-01-01`."""
    day = w.ahead(1)
    if day.kind not in ("DATE", "INSTANT", "TODAY", "NOW") or not ends_condition(w.ahead(2)):
        return False
    kind = "AFTER" if w.ahead(0).kind == "MORE_THAN" else "BEFORE"
    w.report(messages.worded_comparison(w.span(), f"{w.subject()} {SPELLED[kind]} {day.text}"))
    w.replace(1, kind)
    return True


# --- arithmetic ------------------------------------------------------------------------------------------------------


def moment(w: Window) -> bool:
    """`today()`, `today - 30 days`, `today - hired > 90`."""
    word = w.ahead(0).text.lower()
    called = w.ahead(1).kind == "LPAR" and w.ahead(2).kind == "RPAR"
    rest = 3 if called else 1
    sign, count = w.ahead(rest), w.ahead(rest + 1)
    if sign.kind == "NUMBER" and sign.text[1:].isdigit():
        ago, digits, width = sign.text[0] == "-", sign.text.lstrip("-"), rest + 1
    elif sign.kind == "ODD" and sign.text in ("-", "+") and count.kind == "INT":
        ago, digits, width = sign.text == "-", count.text, rest + 2
    else:
        if sign.kind == "ODD" and sign.text[:1] == "-" and w.begins_condition():
            return _age(w, rest)
        if called:
            w.report(messages.moment_called(w.span(3), word))
            w.replace(3, word.upper())
        return called
    unit = w.ahead(width)
    has_unit = unit.keyword == "UNIT"
    cure = f"{digits} {unit.text if has_unit else 'days'} {'ago' if ago else 'from now'}"
    span = w.span(width + has_unit)
    w.report(messages.date_arithmetic(span, cure))
    number = Token("INT", span.start, span.end, digits)
    length = Token("UNIT", span.start, span.end, unit.text if has_unit else "days")
    w.replace(width + has_unit, number, length, "AGO" if ago else "FROM_NOW")
    return True


def _age(w: Window, rest: int) -> bool:
    """`today - hired > 90`: how long ago something was."""
    first = rest + 1 if w.ahead(rest).text == "-" else rest
    end = w.operand(first)
    sign, number, unit = w.ahead(end), w.ahead(end + 1), w.ahead(end + 2)
    if sign.kind not in ("GT", "GE", "LT", "LE") or number.kind != "INT":
        return False
    has_unit = unit.keyword == "UNIT"
    subject = w.quote(first, end).lstrip("-")
    length = f"{number.text} {unit.text if has_unit else 'days'}"
    span = w.span(end + 2 + has_unit)
    w.report(messages.date_arithmetic(span, f"{subject} {_SIGNS[sign.kind].format(length)}"))
    w.replace(end + 2 + has_unit, Token("BAD", span.start, span.end, ""))
    return True


def shifted_number(w: Window) -> bool:
    """`completions_count("Safety") + 1 > 3`."""
    sign = w.ahead(0)
    joined = sign.text[:1] in "+-" and sign.text[1:].isdigit()
    if (sign.text not in ("+", "-") and not joined) or not w.after_lone_subject():
        return False
    added = sign.text[1:] if joined else w.ahead(1).text
    width = 1 if joined else 2
    order, number = w.ahead(width), w.ahead(width + 1)
    if order.kind not in ("LT", "LE", "GT", "GE", "EQ", "NE") or not added.isdigit() or not number.text.isdigit():
        return False
    left = int(number.text) + (int(added) if sign.text[0] == "-" else -int(added))
    span = w.span(width + 2)
    w.report(messages.arithmetic(span, "", f"{w.subject()} {order.text} {left}"))
    w.replace(width + 2, order, Token("INT", span.start, span.end, str(left)))
    return True


def shifted_field(w: Window) -> bool:
    """`hired + 90 days < today`."""
    sign = w.ahead(0)
    joined = sign.text[:1] in "+-" and sign.text[1:].isdigit()
    if (sign.text not in ("+", "-") and not joined) or not w.after_lone_subject():
        return False
    count = sign.text[1:] if joined else w.ahead(1).text
    width = 1 if joined else 2
    has_unit = w.ahead(width).keyword == "UNIT"
    order, day = w.ahead(width + has_unit), w.ahead(width + has_unit + 1)
    if not count.isdigit() or order.kind not in ("LT", "LE", "GT", "GE", "EQ", "BEFORE", "AFTER"):
        return False
    if day.kind not in ("TODAY", "NOW"):
        return False
    unit = w.ahead(width).text if has_unit else "days"
    side = "ago" if sign.text[0] == "+" else "from now"
    subject = w.subject()
    span = w.span(width + has_unit + 2)
    w.report(messages.date_arithmetic(span, f"{subject} {order.text} {count} {unit} {side}"))
    w.at += width + has_unit
    w.replace(1, w.ahead(0))
    w.replace(1, Token("INT", day.start, day.end, count), Token("UNIT", day.start, day.end, unit),
              "AGO" if side == "ago" else "FROM_NOW")  # fmt: skip
    return True
