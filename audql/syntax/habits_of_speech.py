"""Habits of everyday English: comparisons, stretches of time and verbs that AudQL writes with other words."""

from audql.syntax import habit_messages as messages
from audql.syntax.tokens import Token
from audql.syntax.window import BEFORE_CONDITION, LITERALS, Window
from audql.syntax.words import SPELLED, STARTS, UNITS, words

# Words → the terminal that they are for; longer ones first.
COMPARISONS: dict[tuple[str, ...], str] = {
    ("greater", "than", "or", "equal", "to"): "GE", ("less", "than", "or", "equal", "to"): "LE",
    ("more", "than", "or", "equal", "to"): "GE", ("equal", "to"): "EQ", ("equals", "to"): "EQ", ("equals",): "EQ",
    ("equal",): "EQ", ("same", "as"): "EQ", ("different", "from"): "NE", ("greater", "than"): "GT",
    ("bigger", "than"): "GT", ("higher", "than"): "GT", ("larger", "than"): "GT", ("above",): "GT", ("over",): "GT",
    ("smaller", "than"): "LT", ("lower", "than"): "LT", ("fewer", "than"): "LT", ("one", "of"): "IN",
    ("begins", "with"): "STARTS_WITH", ("begin", "with"): "STARTS_WITH", ("starting", "with"): "STARTS_WITH",
    ("start", "with"): "STARTS_WITH", ("ending", "with"): "ENDS_WITH", ("end", "with"): "ENDS_WITH",
    ("containing",): "CONTAINS", ("contain",): "CONTAINS", ("match",): "MATCHES",
    ("matching",): "MATCHES", ("earlier", "than"): "BEFORE", ("prior", "to"): "BEFORE", ("later", "than"): "AFTER",
}  # fmt: skip
TIMES = {
    "since": "ON_OR_AFTER",
    "by": "ON_OR_BEFORE",
    "till": "ON_OR_BEFORE",
    "until": "ON_OR_BEFORE",
    "during": "WITHIN",
}
AUXILIARIES = frozenset(
    words("has have had does do did isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't are were")
)
# What can follow `is`, which is left out there.
_AFTER_IS = frozenset(
    words("IN BETWEEN CONTAINS MATCHES BEFORE AFTER ON WITHIN UNDER MORE_THAN LESS_THAN ON_OR_BEFORE ON_OR_AFTER")
)
_DAYS = frozenset({"DATE", "INSTANT", "TODAY", "NOW", "INT", "NAME", "TEXT"})
_WINDOWS = frozenset({"LAST", "NEXT", "THIS", "PREVIOUS", "FOLLOWING"})
_TEXT_OPS = frozenset({"EQ", "NE", "CONTAINS", "CONTAINS_WORD", "STARTS_WITH", "ENDS_WITH", "WITHIN", "UNDER"})


def _words(w: Window, first: int) -> tuple[str, int]:
    """The terminal that words from one token on stand for, and how many tokens they are; ("", 0) if none."""
    if w.ahead(first).kind not in ("NAME", "MORE_THAN", "LESS_THAN"):
        return "", 0
    said: list[str] = []
    tokens = 0
    best = ("", 0)
    while tokens < 5 and w.ahead(first + tokens).text.replace(" ", "").isalpha():
        said += w.ahead(first + tokens).text.lower().split()
        tokens += 1
        kind = COMPARISONS.get(tuple(said))
        if kind:
            best = (kind, tokens)
    return best


def comparison_in_words(w: Window) -> bool:
    """`equals`, `not equal to`, `greater than`, `one of`, behind a field."""
    negated = w.ahead(0).kind == "NOT"
    if w.back().kind not in ("NAME", "RPAR") or w.back().keyword in STARTS:
        return False
    kind, width = _words(w, int(negated))
    following = w.ahead(negated + width)
    if not kind or following.kind not in LITERALS | {"LPAR", "NAME", "TODAY", "NOW", "TRUE", "FALSE"}:
        return False
    _compare(w, negated + width, kind, negated)
    return True


def _compare(w: Window, width: int, kind: str, negated: bool) -> None:
    """Reports and reads so many tokens as a comparison."""
    kinds: tuple[str, ...] = (kind,)
    if negated:
        opposite = {"EQ": "NE", "NE": "EQ", "GT": "LE", "LT": "GE", "GE": "LT", "LE": "GT"}.get(kind)
        kinds = (opposite,) if opposite else ("NOT", kind)
    cure = f"{w.subject()} {' '.join(SPELLED[k] for k in kinds)} {w.value(width)}"
    w.report(messages.worded_comparison(w.span(width), cure))
    w.replace(width, *kinds)


def is_something(w: Window) -> bool:
    """`is "GB"`, `is not "GB"`, `is true`, `is in`, `is greater than`, `is one of`."""
    negated = w.ahead(1).kind == "NOT"
    first = 1 + negated
    value = w.ahead(first)
    if value.kind in ("TRUE", "FALSE"):
        holds = (value.kind == "TRUE") != negated
        w.report(messages.yes_or_no(w.span(first + 1), w.subject() if holds else f"not {w.subject()}"))
        w.replace(first + 1, "EQ", "TRUE" if holds else "FALSE")
        return True
    kind, width = _words(w, first)
    if kind:
        _compare(w, first + width, kind, negated)
        return True
    if value.kind in _AFTER_IS:
        word = ("not " if negated else "") + value.text.lower()
        w.report(messages.is_for_equals(w.span(first + 1), f"{w.subject()} {word} {w.value(first + 1)}"))
        w.at += 1
        return True
    bare = value.kind == "NAME" and value.text[:1] != "`" and not _nearly_set(value.text.lower())
    if value.kind not in LITERALS and not bare:
        return False
    sign = "!=" if negated else "="
    said = f'"{value.text}"' if bare else w.value(first)
    w.report(messages.is_for_equals(w.span(first + 1), f"{w.subject()} {sign} {said}"))
    w.replace(first, "NE" if negated else "EQ")
    if bare:  # read as the text that it is meant to be, so that no field of that name is missed
        meant = w.ahead(0)
        w.out.append(Token("TEXT", meant.start, meant.end, ""))
        w.at += 1
    return True


def _nearly_set(word: str) -> bool:
    return len(word) < 5 and word[:1] == "s"


def value_after_joint(w: Window) -> bool:
    """`country = "GB" or "IE"`, `country != "GB" and "IE"`."""
    joint = w.ahead(0).kind
    value, op = w.back(), w.back(2)
    if value.kind not in LITERALS or op.kind not in _TEXT_OPS:
        return False
    count = 0
    while w.ahead(count).kind == joint and w.ahead(count + 1).kind in LITERALS and _ends_condition(w.ahead(count + 2)):
        count += 2
    if not count:
        return False
    more = [w.ahead(i).text for i in range(1, count, 2)][:10]
    values = f"({', '.join([value.text, *more])})"
    op_kinds = {"EQ": ("IN",), "NE": ("NOT", "IN")}.get(op.kind, (op.kind,))
    w.out.pop()
    w.out.pop()
    cure = f"{w.subject()} {' '.join(SPELLED[k] for k in op_kinds)} {values}"
    w.report(messages.value_after_or(value.span(w.source).to(w.span(count)), cure))
    w.out += [Token(k, op.start, op.end, SPELLED[k]) for k in op_kinds]
    w.out += [Token("LPAR", value.start, value.start, "("), value]
    for i in range(1, count, 2):
        w.out += [Token("COMMA", w.ahead(i).start, w.ahead(i).start, ","), w.ahead(i)]
    w.at += count
    w.out.append(Token("RPAR", w.out[-1].end, w.out[-1].end, ")"))
    return True


def _ends_condition(token: Token) -> bool:
    return token.kind in ("AND", "OR", "RPAR", "RBRACE", "COMMA", "$END") or token.keyword in STARTS


def in_without_brackets(w: Window) -> bool:
    """`in "GB", "IE"`."""
    if w.ahead(1).kind not in LITERALS:
        return False
    count = 2
    while w.ahead(count).kind in ("COMMA", "OR") and w.ahead(count + 1).kind in LITERALS:
        if not _ends_condition(w.ahead(count + 2)) or (w.ahead(count).kind == "COMMA" and w.opened[-1:] == ["LPAR"]):
            break
        count += 2
    values = [w.ahead(i) for i in range(1, count, 2)]
    word = "not in" if w.back().kind == "NOT" else "in"
    cure = f"{w.subject()} {word} ({', '.join(v.text for v in values[:10])})"
    w.report(messages.list_without_brackets(w.span(count), cure))
    start = values[0].start
    w.out += [w.ahead(0), Token("LPAR", start, start, "("), values[0]]
    for value in values[1:]:
        w.out += [Token("COMMA", value.start, value.start, ","), value]
    w.out.append(Token("RPAR", values[-1].end, values[-1].end, ")"))
    w.at += count
    return True


def any_of(w: Window) -> bool:
    """`contains any of ("a", "b")`."""
    if w.back().kind not in _TEXT_OPS | {"IN", "MATCHES"} or w.ahead(1).kind != "OF":
        return False
    w.report(messages.worded_comparison(w.span(2), f"{w.subject(1)} {w.back().text} {w.value(2)}"))
    w.replace(2, *(("IN",) if w.back().kind == "EQ" else ()))
    if w.back(2).kind == "EQ":
        del w.out[-2]
    return True


# --- stretches of time ------------------------------------------------------------------------------------------------


def last_unit(w: Window) -> bool:
    """`within last month`. (`last months` may be a parameter's name, since that is a length.)"""
    unit = w.ahead(1)
    if unit.keyword != "UNIT" or unit.text.lower() not in UNITS:
        return False
    word = w.ahead(0).text.lower()
    calendar = "previous" if word == "last" else "following"
    only = "" if unit.text.lower() in ("hour",) else f"{calendar} {unit.text}"
    w.report(messages.last_without_number(w.span(2), f"{word} 1 {unit.text}", only))
    w.out += [w.ahead(0), Token("INT", unit.start, unit.start, "1")]
    w.at += 1
    return True


def within_duration(w: Window) -> bool:
    """`within 90 days`, `within the last 90 days`."""
    if w.ahead(1).text.lower() == "the" and (w.ahead(2).kind in _WINDOWS or w.ahead(2).text.lower() == "past"):
        return _window(w, 2)
    if w.ahead(1).text.lower() == "past" and w.ahead(2).kind == "INT":
        return _window(w, 1)
    if w.ahead(1).kind != "INT" or w.ahead(2).keyword != "UNIT" or not _ends_condition(w.ahead(3)):
        return False
    length = w.quote(1, 3)
    w.report(messages.last_without_number(w.span(3), f"within last {length}", ""))
    w.replace(1, "WITHIN", "LAST")
    return True


def in_the_last(w: Window) -> bool:
    """`in the last 30 days`, `in last month`, `in the past 2 weeks`."""
    first = 1 + (w.ahead(1).text.lower() == "the")
    is_past = w.ahead(first).text.lower() == "past" and w.ahead(first + 1).kind == "INT"
    return (w.ahead(first).kind in _WINDOWS or is_past) and _window(w, first)


def _window(w: Window, first: int) -> bool:
    """Reads the words before a window, and `past`, as `within`."""
    word = "last" if w.ahead(first).text.lower() == "past" else w.ahead(first).text.lower()
    lacks_number = word in ("last", "next") and w.ahead(first + 1).keyword == "UNIT"
    rest = ("1 " if lacks_number else "") + w.value(first + 1)
    w.report(messages.worded_comparison(w.span(first + 1), f"{w.subject()} within {word} {rest}"))
    start = w.ahead(first).start
    w.replace(first + 1, "WITHIN", word.upper())
    if lacks_number:
        w.out.append(Token("INT", start, start, "1"))
    return True


def time_word(w: Window) -> bool:
    """`hired since 2026-01-01`, `by`, `until`, `during this month`."""
    token, following = w.ahead(0), w.ahead(1)
    last = w.back()
    is_window = following.kind in _WINDOWS
    if last.kind not in ("NAME", "RPAR") or last.keyword in STARTS | {"FROM"}:
        return False
    if following.kind not in _DAYS and not is_window:
        return False
    if last.kind == "RPAR" and token.keyword == "UNTIL":
        return False
    kind = "WITHIN" if is_window else TIMES[token.text.lower()]
    if kind == "WITHIN" and not is_window:
        return False
    cure = f"{w.subject()} {SPELLED[kind]} {w.value(1)}"
    if is_window:
        cure = f"{w.subject()} within {w.quote(1, 4 if w.ahead(2).kind == 'INT' else 3)}"
    w.report(messages.since(w.span(), cure))
    w.replace(1, kind)
    return True


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


def more_than_number(w: Window) -> bool:
    """`grade more than 5`, `greater than` being a sign; `more than or equal to`."""
    if w.back().kind not in ("NAME", "RPAR"):
        return False
    kind, width = _words(w, 0)
    if kind:
        _compare(w, width, kind, negated=False)
        return True
    number = w.ahead(1)
    if number.kind not in ("INT", "NUMBER") or not _ends_condition(w.ahead(2)) or number.text[:1] == "-":
        return False
    sign = "GT" if w.ahead(0).kind == "MORE_THAN" else "LT"
    cures = [f"{w.subject()} {SPELLED[sign]} {number.text}"]
    if number.kind == "INT":
        cures.append(f"{w.subject()} {w.ahead(0).text} {number.text} days ago")
    w.report(messages.worded_comparison(w.span(2), *cures))
    w.replace(1, sign)
    return True


def at_least_number(w: Window) -> bool:
    """`grade at least 90`."""
    if w.back().kind not in ("NAME", "RPAR") or w.back().keyword in STARTS or w.ahead(1).kind not in ("INT", "NUMBER"):
        return False
    if not _ends_condition(w.ahead(2)):
        return False
    _compare(w, 1, "GE" if w.ahead(0).kind == "AT_LEAST" else "LE", negated=False)
    return True


# --- verbs ------------------------------------------------------------------------------------------------------------


def auxiliary(w: Window) -> bool:
    """`has completed`, `has not completed`, `does not contain`, `isn't`."""
    word = w.ahead(0).text.lower()
    negated = word.endswith("t") and "n" in word and not word.isalpha()
    width = 1
    if w.ahead(1).kind == "NOT":
        negated, width = not negated, 2
    following = w.ahead(width)
    if w.back().kind in BEFORE_CONDITION or w.back().keyword == "WHERE":
        if following.kind != "NAME":
            return False
        cure = ("not " if negated else "") + w.value(width)
        if w.ahead(width + 1).kind == "TEXT":
            cure += f"({w.ahead(width + 1).text})"
        w.report(messages.auxiliary_verb(w.span(width), cure))
        w.replace(width, *(("NOT",) if negated else ()))
        if w.ahead(1).kind == "TEXT":
            w.replace(2, Token("BAD", w.ahead(0).start, w.ahead(1).end, ""))
        return True
    if w.back().kind not in ("NAME", "RPAR") or w.back().keyword in STARTS:
        return False
    kind, more = _words(w, width)
    is_verb = word in ("isn't", "aren't", "wasn't", "weren't", "are", "were")
    if not kind and is_verb and following.kind in LITERALS:
        kind, more = "EQ", 0
    if not kind and following.kind in _AFTER_IS | {"STARTS_WITH", "ENDS_WITH"}:
        kind, more = following.kind, 1
    if kind:
        _verb(w, width + more, kind, negated)
    return bool(kind)


def _verb(w: Window, width: int, kind: str, negated: bool) -> None:
    kinds: tuple[str, ...] = ("NE",) if negated and kind == "EQ" else ("NOT", kind) if negated else (kind,)
    cure = f"{w.subject()} {' '.join(SPELLED[k] for k in kinds)} {w.value(width)}"
    w.report(messages.auxiliary_verb(w.span(width), cure))
    w.replace(width, *kinds)


def name_and_text(w: Window) -> bool:
    """`completed "Safety"`: a call without its brackets, or a comparison without its sign."""
    text, last = w.ahead(0), w.back()
    if last.kind != "NAME" or last.keyword in STARTS or not text.text:
        return False
    i = 1
    while w.back(i).kind == "NAME" and w.back(i + 1).kind == "DOT":
        i += 2
    before = w.back(i + 1)
    if before.kind not in BEFORE_CONDITION and before.keyword != "WHERE":
        return False
    if not before.kind and w.start != "query":
        return False
    name = w.subject()
    span = last.span(w.source).to(w.span())
    w.report(messages.call_without_brackets(span, f"{name}({text.text})", f"{name} = {text.text}"))
    w.replace(1, Token("BAD", text.start, text.end, ""))
    return True
