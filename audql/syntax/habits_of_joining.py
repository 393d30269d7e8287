"""Habits of putting conditions together: `and(a, b)`, `any of (a, b)`, `unless`, a field left out, whole sentences."""

from audql.syntax import habit_messages as messages
from audql.syntax.habits_of_people import at_place, held, say
from audql.syntax.tokens import Token
from audql.syntax.window import COMPARING, ENDS_OF_CONDITIONS, LITERALS, Window, ends_condition
from audql.syntax.words import SPELLED, STARTS, words

# Words that are said between two conditions → the words of the language.
JOINTS: dict[str, tuple[str, ...]] = {
    "unless": ("AND", "NOT"), "except": ("AND", "NOT"), "excluding": ("AND", "NOT"), "without": ("AND", "NOT"),
    "but": ("AND",), "plus": ("AND",), "also": ("AND",), "minus": ("AND", "NOT"),
}  # fmt: skip
# Words that are said before conditions in brackets.
_IN_FRONT: dict[str, tuple[str, bool]] = {
    "any": ("OR", False), "either": ("OR", False), "one": ("OR", False), "all": ("AND", False), "both": ("AND", False),
    "each": ("AND", False), "none": ("OR", True), "neither": ("OR", True),
}  # fmt: skip
FILLERS = frozenset(words("yet already currently still ever"))
IN_FRONT = frozenset(_IN_FRONT)
WHO = frozenset(words("all everyone everybody anyone people persons users employees staff learners show find list get"))
_OF_SENTENCES = WHO | frozenset(
    words(
        "me us who whose that which with where is are was were work works working live lives living in at from of the"
        " a has have any every person user employee learner those only whom for"
    )
)
_VALUE_OPS = frozenset(words("EQ NE CONTAINS CONTAINS_WORD STARTS_WITH ENDS_WITH WITHIN UNDER"))


def value_after_joint(w: Window) -> bool:
    """`country = "GB" or "IE"`, `country != "GB" and "IE"`."""
    joint = w.ahead(0).kind
    value, op = w.back(), w.back(2)
    if value.kind not in LITERALS or op.kind not in _VALUE_OPS:
        return _in_call(w)
    count = 0
    while w.ahead(count).kind == joint and w.ahead(count + 1).kind in LITERALS and ends_condition(w.ahead(count + 2)):
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


def _in_call(w: Window) -> bool:
    """`completed("A" or "B")`."""
    joint = w.ahead(0).kind
    first, bracket = w.back(), w.back(2)
    if first.kind != "TEXT" or bracket.kind != "LPAR" or w.back(3).kind != "NAME" or w.ahead(1).kind != "TEXT":
        return False
    count = 0
    while w.ahead(count).kind == joint and w.ahead(count + 1).kind == "TEXT":
        count += 2
    values = [first, *(w.ahead(i) for i in range(1, count, 2))]
    which = "any" if joint == "OR" else "all"
    cure = f"{w.subject(2)}({which}: ({', '.join(v.text for v in values[:10])})"
    w.report(messages.value_after_or(first.span(w.source).to(w.span(count)), cure + ")"))
    start = w.out.pop().start
    w.out += [Token("NAME", start, start, which), Token("COLON", start, start, ":"), Token("LPAR", start, start, "(")]
    for value in values:
        w.out += [value, Token("COMMA", value.end, value.end, ",")]
    w.out[-1] = Token("RPAR", values[-1].end, values[-1].end, ")")
    w.at += count
    return True


def exception(w: Window) -> bool:
    """`… unless suspended`, `… but not suspended`, `… but not contains "Tool"`, `… except "Store 12"`."""
    if w.begins_condition():
        return _joint_before_is(w)
    if (
        w.back().kind not in ENDS_OF_CONDITIONS
        or w.back().keyword in STARTS
        or w.back(2).kind in ("AT_LEAST", "AT_MOST", "EXACTLY")
    ):
        return False
    kinds = JOINTS[w.ahead(0).text.lower()]
    width = 1 + (w.ahead(1).kind == "NOT")
    following = w.ahead(width)
    if following.kind == "IS" and not _compares(w, width):
        return _exception_with_is(w, kinds if width == 1 else ("AND", "NOT"), width)
    value, op = w.back(), w.back(2)
    if following.kind in LITERALS and value.kind in LITERALS and op.kind in _VALUE_OPS:
        sign = {"EQ": "!=", "NE": "="}.get(op.kind, f"not {SPELLED[op.kind]}")
        cure = f"and {w.subject(2)} {sign} {following.text}"
        w.report(messages.not_a_word(w.span(width), cure))
        w.replace(width + 1, Token("BAD", w.ahead(0).start, following.end, ""))
        return True
    if _compares(w, width) and (subject := w.last_subject()):
        kinds = ("AND", "NOT") if width == 2 else kinds
        said = " ".join(SPELLED[k] for k in kinds)
        written = w.source.text[subject[0].start : subject[-1].end]
        w.report(
            messages.not_a_word(w.span(width), f"{said} {written} {w.quote(width, min(w.rest(width), width + 6))}")
        )
        w.replace(width, *kinds)
        w.out += [Token(t.kind, following.start, following.start, t.text, t.keyword) for t in subject]
        return True
    if following.kind not in ("NAME", "ANY", "EVERY", "NO", "LPAR", "AT_LEAST", "AT_MOST", "EXACTLY"):
        return False
    if width == 2:
        kinds = ("AND", "NOT")
    w.report(messages.not_a_word(w.span(width), " ".join(SPELLED[k] for k in kinds)))
    w.replace(width, *kinds)
    return True


def _joint_before_is(w: Window) -> bool:
    """`but is suspended`, where nothing stands before it."""
    negated = w.ahead(2).kind == "NOT"
    end = 2 + negated
    if w.ahead(1).kind != "IS" or w.ahead(end).kind != "NAME" or not ends_condition(w.ahead(end + 1)):
        return False
    negated = negated != ("NOT" in JOINTS[w.ahead(0).text.lower()])
    w.report(messages.not_a_word(w.span(end), f"{'not ' if negated else ''}{w.ahead(end).text}"))
    w.replace(end, *(("NOT",) if negated else ()))
    return True


def _exception_with_is(w: Window, kinds: tuple[str, ...], width: int) -> bool:
    """`… but is suspended`, `… but is not suspended`."""
    negated = w.ahead(width + 1).kind == "NOT"
    end = width + 1 + negated
    kinds = ("AND", *(("NOT",) if ("NOT" in kinds) != negated else ()))
    if w.ahead(end).kind != "NAME":
        return False
    if not ends_condition(w.ahead(end + 1)):  # `but is a manager`: the rest is of speech
        w.report(messages.not_a_word(w.span(), "and"))
        w.replace(1, "AND")
        return True
    said = " ".join(SPELLED[kind] for kind in kinds)
    w.report(messages.not_a_word(w.span(end), f"{said} {w.ahead(end).text}"))
    w.replace(end, *kinds)
    return True


def _compares(w: Window, count: int) -> bool:
    """Whether a comparison begins there, its field left out. (`but is suspended` is of speech.)"""
    if w.ahead(count).kind != "IS":
        return w.ahead(count).kind in COMPARING
    return w.ahead(count + 1 + (w.ahead(count + 1).kind == "NOT")).kind == "SET"


def never(w: Window) -> bool:
    """`never completed("X")`; `last_login never`."""
    if w.begins_condition():
        if w.ahead(1).kind != "NAME" or w.ahead(1).keyword in STARTS:
            return False
        if say(w, 1, negated=True):
            return True
        if w.ahead(2).kind == "TEXT":
            cure, end = held(w, w.ahead(1).text.lower(), 2)
            cure, end = cure or f"{w.ahead(1).text}({w.ahead(2).text})", end or 3
            w.report(messages.not_a_word(w.span(), f"not {cure}"))
            w.replace(end, Token("BAD", w.ahead(0).start, w.ahead(end - 1).end, ""))
            return True
        w.report(messages.not_a_word(w.span(), f"not {w.value(1)}"))
        w.replace(1, "NOT")
        return True
    if not w.after_lone_subject() or not ends_condition(w.ahead(1)):
        return False
    w.report(messages.not_a_word(w.span(), f"{w.subject()} is not set"))
    w.replace(1, "IS", "NOT", "SET")
    return True


def filler(w: Window) -> bool:
    """`not yet completed("X")`, `already suspended`."""
    if not w.begins_condition() or w.ahead(1).kind != "NAME" or w.ahead(1).keyword in STARTS:
        return False
    negated = w.back().kind == "NOT"  # `yet` says less than the `not` before it
    span = w.back().span(w.source).to(w.span()) if negated else w.span()
    w.report(messages.not_a_word(span, f"not {w.value(1)}" if negated else w.value(1)))
    w.at += 1
    return True


def joint_in_front(w: Window) -> bool:
    """`and(a, b)`, `any of (a, b)`, `none of (a, b)`."""
    kind, word = w.ahead(0).kind, w.ahead(0).text.lower()
    called = kind in ("AND", "OR")
    width = 1 if called else 2
    if not w.begins_condition() or w.ahead(width).kind != "LPAR" or not (called or w.ahead(1).kind == "OF"):
        return False
    parts = w.parts(width)
    if w.ahead(w.closing(width)).kind != "RPAR":
        return False
    if called and len(parts) < 2:
        return False
    joint, negated = (kind, False) if called else _IN_FRONT[word]
    cure = f" {SPELLED[joint]} ".join(parts)
    if negated:
        cure = f"not ({cure})"
    elif w.out and w.back().kind in ("AND", "OR", "NOT"):
        cure = f"({cure})"
    w.report(messages.joint_in_front(w.span(width), SPELLED[joint], cure))
    _join(w, width, joint)
    w.replace(width, *(("NOT",) if negated else ()))
    return True


def _join(w: Window, count: int, joint: str) -> None:
    """Puts a joint in place of the commas in a bracket."""
    depth = 0
    for i in range(w.at + count, w.at + w.closing(count)):
        token = w.tokens[i]
        depth += (token.kind in ("LPAR", "LSQB")) - (token.kind in ("RPAR", "RSQB"))
        if depth == 1 and token.kind == "COMMA":
            w.tokens[i] = token._replace(kind=joint, text=SPELLED[joint])


def leading_sign(w: Window) -> bool:
    """`=AND(a, b)`, `=country = "GB"`: a formula."""
    if w.out or w.start != "query":
        return False
    if w.ahead(1).kind in ("AND", "OR") and w.ahead(2).kind == "LPAR":
        w.at += 1
        return True
    if w.ahead(1).kind != "NAME":
        return False
    w.report(messages.leading_sign(w.span()))
    w.at += 1
    return True


def choice(w: Window) -> bool:
    """`if(country = "GB", true, false)`."""
    if not w.begins_condition() or w.ahead(1).kind not in ("LPAR", "NAME"):
        return False
    if w.ahead(1).kind == "NAME":
        if w.rest(1) < 3:
            return False
        w.report(messages.choice(w.span(), w.quote(1, w.rest(1))))
        w.at += 1
        return True
    end = w.closing(1)
    if w.ahead(end).kind != "RPAR" or not any(w.ahead(i).kind in COMPARING for i in range(2, end)):
        return False
    first = w.parts(1)[0]
    w.report(messages.choice(w.span(), first))
    depth = 0
    for i in range(1, end):
        depth += (w.ahead(i).kind == "LPAR") - (w.ahead(i).kind == "RPAR")
        if w.ahead(i).kind == "COMMA" and depth == 1:
            for j in range(i, end):
                w.tokens[w.at + j] = w.ahead(j)._replace(kind="SKIP")
            break
    w.at += 1
    return True


def subject_left_out(w: Window) -> bool:
    """`hired after 2026-01-01 and before 2026-03-31`. (`and is suspended` is of speech.)"""
    width = 1 + (w.ahead(1).kind == "NOT")
    if w.ahead(width).kind not in COMPARING:
        return False
    if w.ahead(width).kind == "IS" and w.ahead(width + 1 + (w.ahead(width + 1).kind == "NOT")).kind == "NAME":
        return False
    subject = w.last_subject()
    if not subject:
        return False
    written = w.source.text[subject[0].start : subject[-1].end]
    count = w.rest(width)
    cure = f"{w.ahead(0).text} {written} {w.quote(1, min(count, width + 6))}"
    w.report(messages.subject_left_out(w.span(width + 1), cure))
    place = w.ahead(1).start
    w.replace(1, w.ahead(0))
    w.out += [Token(t.kind, place, place, t.text, t.keyword) for t in subject]
    return True


def sentence(w: Window) -> bool:
    """`everyone who is suspended`, `all people with country = "GB"`."""
    if not w.begins_condition() or w.ahead(1).kind in ("DOT", "LPAR", "COLON"):
        return False
    second, third = w.ahead(1), w.ahead(2)
    if second.kind in ("IN", "IS"):
        wanted = LITERALS if second.kind == "IN" else LITERALS | {"NAME"}
        if third.kind not in wanted and not (third.kind == "NOT" and w.ahead(3).kind == "NAME"):
            return False
    elif second.kind not in ("NAME", "EVERY", "ANY"):
        return False
    count = 0
    while w.ahead(count).text.lower() in _OF_SENTENCES:
        count += 1
    if count < 2:
        return False
    if w.ahead(count - 1).text.lower() in ("in", "at", "from", "of") and at_place(
        w, count - 2, count, messages.sentence
    ):
        return True
    if w.ahead(count).kind in ("NOT", "LPAR") or (
        w.ahead(count).kind == "NAME" and (_goes_on(w, count) or ends_condition(w.ahead(count + 1)))
    ):
        w.report(messages.sentence(w.span(count), w.quote(count, w.rest(count))))
        w.at += count
        return True
    end = w.rest(count)
    w.report(messages.sentence(w.span(end)))
    w.replace(end, Token("BAD", w.ahead(0).start, w.ahead(end - 1).end, ""))
    return True


def _goes_on(w: Window, count: int) -> bool:
    """Whether a condition begins there: a field and what it is compared by, or a call."""
    while w.ahead(count).kind == "NAME" and w.ahead(count + 1).kind == "DOT":
        count += 2
    following = w.ahead(count + 1)
    return w.ahead(count).kind == "NAME" and (following.kind in COMPARING - {"IN"} or following.kind in ("LPAR", "NOT"))
