"""Habits of everyday English: comparisons and verbs that AudQL writes with other words."""

from audql.syntax import habit_messages as messages
from audql.syntax.habits_of_people import any_of_them, at_place, held, say
from audql.syntax.tokens import Token
from audql.syntax.window import LITERALS, Window, ends_condition
from audql.syntax.words import SPELLED, STARTS, words

# Words → the terminal that they are for; longer ones first.
COMPARISONS: dict[tuple[str, ...], str] = {
    ("eq",): "EQ", ("ne",): "NE", ("neq",): "NE", ("gt",): "GT", ("gte",): "GE", ("ge",): "GE", ("lt",): "LT",
    ("lte",): "LE", ("le",): "LE",
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
AUXILIARIES = frozenset(
    words("has have had does do did isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't are were")
)
# What can follow `is`, which is left out there.
_AFTER_IS = frozenset(
    words("IN BETWEEN CONTAINS MATCHES BEFORE AFTER ON WITHIN UNDER MORE_THAN LESS_THAN ON_OR_BEFORE ON_OR_AFTER")
)
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
    """`is "GB"`, `is not "GB"`, `is true`, `is in`, `is greater than`, `is one of`; `is suspended`."""
    negated = w.ahead(1).kind == "NOT"
    first = 1 + negated
    value = w.ahead(first)
    if w.begins_condition():
        first += value.text.lower() in ("a", "an") and w.ahead(first + 1).kind == "NAME"
        if say(w, first, negated=negated) or at_place(w, first, first + 2):
            return True
        return w.ahead(first).kind == "NAME" and _before_name(w, first, negated=negated)
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
    if _either(w, first, negated=negated):
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


def _either(w: Window, first: int, *, negated: bool) -> bool:
    """`is "GB" or "IE"`, `is either "GB" or "IE"`."""
    first += w.ahead(first).text.lower() == "either"
    count = first + 1
    while w.ahead(count).kind == "OR" and w.ahead(count + 1).kind in LITERALS and ends_condition(w.ahead(count + 2)):
        count += 2
    if count == first + 1 or w.ahead(first).kind not in LITERALS:
        return False
    values = [w.ahead(i) for i in range(first, count, 2)]
    kinds = ("NOT", "IN") if negated else ("IN",)
    cure = f"{w.subject()} {' '.join(SPELLED[k] for k in kinds)} ({', '.join(v.text for v in values[:10])})"
    w.report(messages.is_for_equals(w.span(count), cure))
    listed = [Token("COMMA", v.start, v.start, ",") if i % 2 else v for v in values for i in (1, 0)][1:]
    brackets = (
        Token("LPAR", listed[0].start, listed[0].start, "("),
        Token("RPAR", listed[-1].end, listed[-1].end, ")"),
    )
    w.replace(count, *kinds, brackets[0], *listed, brackets[1])
    return True


def _nearly_set(word: str) -> bool:
    return len(word) < 5 and word[:1] == "s"


def in_without_brackets(w: Window) -> bool:
    """`in "GB", "IE"`. (`in 30 days` is of time.)"""
    if w.ahead(1).kind not in LITERALS or w.ahead(2).keyword == "UNIT" or w.back().keyword in ("ENROL", "DUE"):
        return False
    if w.begins_condition() and at_place(w, 0, 1):
        return True
    count = 2
    while w.ahead(count).kind in ("COMMA", "OR") and w.ahead(count + 1).kind in LITERALS:
        if not ends_condition(w.ahead(count + 2)) or (w.ahead(count).kind == "COMMA" and w.opened[-1:] == ["LPAR"]):
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
    """`contains any of ("a", "b")`, `contains any ("a", "b")`."""
    width = 1 + (w.ahead(1).kind == "OF")
    if w.back().kind not in _TEXT_OPS | {"IN", "MATCHES"} or w.ahead(width).kind not in ("LPAR", "TEXT"):
        return False
    if width == 1 and w.back().kind == "EQ" and w.ahead(1).kind == "LPAR" and not w.after_subject():
        return False
    w.report(messages.worded_comparison(w.span(width), f"{w.subject(1)} {w.back().text} {w.value(width)}"))
    w.replace(width, *(("IN",) if w.back().kind == "EQ" else ()))
    if w.back(2).kind == "EQ":
        del w.out[-2]
    return True


def all_of_them(w: Window) -> bool:
    """`contains all ("a", "b")`, `contains all of ("a", "b")`."""
    width = 1 + (w.ahead(1).kind == "OF")
    if w.back().kind not in _TEXT_OPS - {"EQ", "NE"} or w.ahead(width).kind != "LPAR":
        return False
    end = w.closing(width)
    parts = [f"{w.subject(1)} {w.back().text} {part}" for part in w.parts(width)]
    w.report(messages.worded_comparison(w.span(end + 1), " and ".join(parts)))
    w.replace(end + 1, Token("BAD", w.ahead(0).start, w.ahead(end).end, ""))
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
    if number.kind not in ("INT", "NUMBER") or not ends_condition(w.ahead(2)) or number.text[:1] == "-":
        return False
    sign = "GT" if w.ahead(0).kind == "MORE_THAN" else "LT"
    besides = f"; for a length of time say its unit: `{number.text} days ago`"
    cure = f"{w.subject()} {SPELLED[sign]} {number.text}"
    w.report(messages.worded_comparison(w.span(2), cure, besides=besides if number.kind == "INT" else ""))
    w.replace(1, sign)
    return True


def at_least_number(w: Window) -> bool:
    """`grade at least 90`."""
    if w.back().kind not in ("NAME", "RPAR") or w.back().keyword in STARTS or w.ahead(1).kind not in ("INT", "NUMBER"):
        return False
    if not ends_condition(w.ahead(2)):
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
    if w.ahead(width).text.lower() in ("never", "no", "nobody") and not negated:
        negated, width = True, width + 1
    if w.ahead(width).text.lower() in ("a", "an", "any") and w.ahead(width + 1).kind == "NAME":
        width += 1
    following = w.ahead(width)
    if w.begins_condition():
        if say(w, width, negated=negated):
            return True
        return following.kind == "NAME" and _before_name(w, width, negated=negated)
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


def _before_name(w: Window, width: int, *, negated: bool) -> bool:
    """`has completed "Safety"`, `has completed("Safety")`, `has manager`, `has no manager`, `is suspended`."""
    said = w.ahead(width + 1)
    has = w.ahead(0).text.lower().startswith("ha")
    cure = f"not {w.value(width)}" if negated else w.value(width)
    kinds: tuple[str, ...] = ("NOT",) if negated else ()
    if said.kind == "TEXT":
        call, end = held(w, w.ahead(width).text.lower(), width + 1)
        cure, end = f"not {call}" if negated and call else call or f"{cure}({said.text})", end or width + 2
        w.report(messages.not_a_word(w.span(width), cure))
        w.replace(end, Token("BAD", w.ahead(0).start, w.ahead(end - 1).end, ""))
        return True
    if has and said.kind != "LPAR" and w.operand(width) < width + 8 and ends_condition(w.ahead(w.operand(width))):
        return _has(w, width, negated=negated)
    w.report(messages.not_a_word(w.span(width), cure))
    w.replace(width, *kinds)
    return True


def _has(w: Window, width: int, *, negated: bool) -> bool:
    """`has manager`, `has no manager`, `has badge`."""
    subject = [w.ahead(i) for i in range(width, w.operand(width))]
    cure, one = any_of_them(subject[0].text.lower(), negated=negated) if len(subject) == 1 else ("", "")
    if cure:
        w.report(messages.not_a_word(w.span(width), cure, besides=f"; for one of a name {one}" if one else ""))
        w.replace(width, "NO" if negated else "ANY")
        return True
    w.report(messages.not_a_word(w.span(width), f"{w.value(width)} is {'not ' if negated else ''}set"))
    w.replace(w.operand(width), *subject, "IS", *(("NOT",) if negated else ()), "SET")
    return True


def _verb(w: Window, width: int, kind: str, negated: bool) -> None:
    kinds: tuple[str, ...] = ("NE",) if negated and kind == "EQ" else ("NOT", kind) if negated else (kind,)
    cure = f"{w.subject()} {' '.join(SPELLED[k] for k in kinds)} {w.value(width)}"
    w.report(messages.not_a_word(w.span(width), cure))
    w.replace(width, *kinds)
