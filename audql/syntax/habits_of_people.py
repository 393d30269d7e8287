"""Habits of speaking of people and their learning in English, where the vocabulary that ships has a word for it:
`reports to "ann"`, `is a manager`, `has badge "5S"`, `works in "Leeds"`, `completed "Safety" in the last year`."""

from collections.abc import Callable

from audql.diagnostics import Diagnostic
from audql.syntax import habit_messages as messages
from audql.syntax.messages import argument_with_sign, code, period_for_date
from audql.syntax.tokens import Token
from audql.syntax.window import BEFORE_CONDITION, Window, ends_condition
from audql.syntax.words import STARTS, words

Wording = Callable[..., Diagnostic]

# Words before a text → the function that is meant.
_PHRASES: dict[tuple[str, ...], str] = {
    ("reports", "to"): "reports_to", ("report", "to"): "reports_to", ("reporting", "to"): "reports_to",
    ("reports", "directly", "to"): "reports_to", ("managed", "by"): "reports_to", ("member", "of"): "member",
    ("members", "of"): "member", ("enrolled", "in"): "enrolled",
    ("certified", "in"): "certified", ("certified", "for"): "certified", ("certified", "as"): "certified",
    ("competent", "in"): "competent", ("competent", "at"): "competent", ("overdue", "for"): "overdue",
}  # fmt: skip
_CALLED = frozenset(
    words("completed completed_programme enrolled in_progress overdue certified attended competent has_badge member")
)
# What people have or hold → the function that asks for one of its name.
_HELD = {
    "badge": "has_badge", "certification": "certified", "certificate": "certified", "competency": "competent",
    "competence": "competent", "skill": "competent", "course": "completed", "training": "completed",
    "completion": "completed", "programme": "completed_programme", "program": "completed_programme",
    "enrolment": "enrolled", "enrollment": "enrolled", "attendance": "attended", "event": "attended",
    "audience": "member",
}  # fmt: skip
_COLLECTIONS = frozenset(
    words(
        "badge badges certification certifications competency competencies completion completions enrolment enrolments"
        " attendance attendances job jobs report reports"
    )
)
_WITHIN = frozenset({"completed", "completed_programme", "attended"})
"""The functions that take `within:`."""
_KINDS = frozenset(words("course programme certification event"))
_AUDIENCES = frozenset(words("audience cohort group"))
_ARTICLES = frozenset(words("a an the"))
_OF_MANAGERS = frozenset(words("people line team direct"))
_MANAGERS = frozenset(words("manager managers supervisor supervisors"))
FIRST = frozenset(phrase[0] for phrase in _PHRASES) | _ARTICLES | {"manages", "logged"}

# Words for where someone is → the fields that may be meant.
_PLACES = {
    **dict.fromkeys(words("lives live living resident"), ("city =", "country =")),
    **dict.fromkeys(words("works work working employed based located"), ("org within", "city =")),
}
PLACES = frozenset(_PLACES)
_AT = frozenset(words("in at for from of"))


def meant(w: Window, first: int, *, has: bool) -> tuple[str, int]:
    """The call that words from one token on stand for, and how far they go; `has`: behind that, no one is a manager."""
    word = w.ahead(first).text.lower()
    at = first + (word in _ARTICLES)
    for phrase, function in _PHRASES.items():
        end = at + len(phrase)
        if tuple(w.ahead(i).text.lower() for i in range(at, end)) == phrase:
            end += w.ahead(end).text.lower() in _ARTICLES
            end += function == "member" and w.ahead(end).text.lower() in _AUDIENCES
            kind = w.ahead(end).text.lower() if w.ahead(end).text.lower() in _KINDS else ""
            name = _named(w, end + bool(kind), text="in" in phrase and not kind)
            if name:
                of_kind = f', kind: "{kind}"' if kind and function in ("enrolled", "overdue") else ""
                return f"{function}({name}{of_kind})", end + bool(kind) + 1
    if (word, w.ahead(at + 1).text.lower()) == ("logged", "in") and ends_condition(w.ahead(at + 2)):
        return "last_login is set", at + 2
    if has and (word, w.ahead(at + 1).text.lower()) == ("direct", "reports") and ends_condition(w.ahead(at + 2)):
        return "any reports", at + 2
    if word == "manages":
        at += 1 + (w.ahead(at + 1).text.lower() in _ARTICLES)
        whom = w.ahead(at).text.lower() in ("people", "others", "someone", "anyone", "staff", "team", "teams")
        return ("manages_people()", at + 1) if whom and ends_condition(w.ahead(at + 1)) else ("", 0)
    plain = has or first == at == 0  # `manager` alone is the field
    if w.ahead(at).text.lower() in _OF_MANAGERS:
        at, plain = at + 1, has
    is_manager = w.ahead(at).text.lower() in _MANAGERS and ends_condition(w.ahead(at + 1))
    return ("manages_people()", at + 1) if is_manager and not plain else ("", 0)


def _named(w: Window, at: int, *, text: bool) -> str:
    """The text with which a condition ends, or a name that was to be one; not where a list could stand (`text`)."""
    token = w.ahead(at)
    if not ends_condition(w.ahead(at + 1)):
        return ""
    if token.kind == "NAME" and token.text[:1] != "`" and not text:
        return f'"{token.text}"'
    return token.text if token.kind == "TEXT" else ""


def in_words(w: Window) -> bool:
    """`reports to "ann"`, `a manager`, `enrolled in course "Safety"`, `manages people`."""
    return w.begins_condition() and say(w, 0)


def say(w: Window, first: int, *, negated: bool = False) -> bool:
    """The same behind so many words, which may be `is`, `has` and `not`."""
    cure, end = meant(w, first, has=w.ahead(0).text.lower().startswith("ha"))
    if not cure:
        return False
    if negated:
        cure = cure.removesuffix("set") + "not set" if cure.endswith(" is set") else f"not {cure}"
    w.report(messages.worded_comparison(w.span(end), cure))
    w.replace(end, Token("BAD", w.ahead(0).start, w.ahead(end - 1).end, ""))
    return True


def held(w: Window, name: str, text: int) -> tuple[str, int]:
    """What a name and the text so many tokens on are together, and how far that goes: `badge "5S"`,
    `completed "Safety" in the last 12 months`."""
    function = name if name in _CALLED else _HELD.get(name, "")
    if not function:
        return "", 0
    said = w.ahead(text).text
    window, end = _window(w, text + 1) if function in _WITHIN else ("", text + 1)
    return f"{function}({said}, within: {window})" if window else f"{function}({said})", end


def _window(w: Window, at: int) -> tuple[str, int]:
    """The window that stands there, as `within:` takes it, and where it ends; ("", at) if there is none."""
    first = at + (w.ahead(at).text.lower() in ("in", "within", "during", "over"))
    first += w.ahead(first).text.lower() == "the"
    word, unit = w.ahead(first).text.lower(), w.ahead(first + 2)
    if word in ("last", "past") and w.ahead(first + 1).kind == "INT" and unit.keyword == "UNIT":
        return f"last {w.quote(first + 1, first + 3)}", first + 3
    if word in ("this", "previous") and w.ahead(first + 1).keyword == "UNIT":
        return w.quote(first, first + 2), first + 2
    return "", at


def any_of_them(name: str, *, negated: bool) -> tuple[str, str]:
    """`has badge`: what asks whether there is any, and the call for one of a name; nothing for what is none."""
    if name not in _COLLECTIONS:
        return "", ""
    function = _HELD.get(name, "")
    return f"{'no' if negated else 'any'} {name}", code(f'{function}("…")') if function else ""


def place(w: Window) -> bool:
    """`works in "Leeds"`, `lives in "Leeds"`."""
    if not w.begins_condition() or w.ahead(1).text.lower() not in _AT:
        return False
    return at_place(w, 0, 2)


def at_place(w: Window, verb: int, where: int, message: Wording = messages.worded_comparison) -> bool:
    """The same behind other words, as in `everyone who works in "Leeds"`; `verb`: which word says how."""
    if w.ahead(where).kind != "TEXT" or not ends_condition(w.ahead(where + 1)):
        return False
    fields = _PLACES.get(w.ahead(verb).text.lower(), ("city =", "org within"))
    w.report(message(w.span(where + 1), *(f"{field} {w.ahead(where).text}" for field in fields)))
    w.replace(where + 1, Token("BAD", w.ahead(0).start, w.ahead(where).end, ""))
    return True


def in_year(w: Window, kind: str, year: int) -> bool:
    """`completed("Safety") in 2025`, `completed("Safety") since 2025`."""
    call = w.subject()
    if call.partition("(")[0] not in _WITHIN or not call.endswith(")"):
        return False
    days = {"ON_OR_AFTER": f"after: {year - 1}-12-31", "ON_OR_BEFORE": f"before: {year + 1}-01-01"}
    both = ", ".join(days.values())
    w.report(period_for_date(w.span(2), str(year), "year", f"{call[:-1]}, {days.get(kind, both)})", whole=False))
    w.replace(2, Token("BAD", w.ahead(0).start, w.ahead(1).end, ""))
    return True


def _in_call(w: Window) -> str:
    """The function within whose brackets the present token stands, behind an argument; nothing where it is none."""
    if w.opened[-1:] != ["LPAR"]:
        return ""
    depth = 0
    for i in range(1, len(w.out)):
        depth += (w.back(i).kind == "RPAR") - (w.back(i).kind == "LPAR")
        if depth < 0:
            return w.back(i + 1).text if w.back(i + 1).kind == "NAME" else ""
    return ""


def in_year_of_call(w: Window) -> bool:
    """`completed("X" in 2026)`."""
    year, name = w.ahead(1), _in_call(w)
    if w.back().kind != "TEXT" or name not in _WITHIN or year.kind != "INT" or len(year.text) != 4:
        return False
    if w.ahead(2).kind != "RPAR" or not year.text.startswith(("1", "2")):
        return False
    days = f"after: {int(year.text) - 1}-12-31, before: {int(year.text) + 1}-01-01"
    cure = f"{name}({w.back().text}, {days})"
    w.report(period_for_date(w.span(2), year.text, "year", cure, whole=False))
    w.at += 2
    return True


def argument_without_colon(w: Window) -> bool:
    """`completed("X", within last 1 year)`, `completed("X", in the last year)`, `completed("X", after 2026-01-01)`."""
    name, kind = _in_call(w), w.ahead(0).kind
    if w.back().kind != "COMMA" or name not in _WITHIN:
        return False
    first = 1 + (w.ahead(1).text.lower() == "the")
    if kind in ("BEFORE", "AFTER"):
        end, called, value = w.operand(1), kind.lower(), w.value(1)
        if w.ahead(1).kind not in ("DATE", "INT", "TODAY"):
            return False
    else:
        called = "within"
        value, end = _window(w, first)
        if not value and w.ahead(first).kind == "INT" and w.ahead(first + 1).keyword == "UNIT":
            value, end = w.quote(first, first + 2), first + 2
        if not value:
            return False
    w.report(argument_with_sign(w.span(end), f"{called}: {value}"))
    del w.out[-1]
    w.at += end
    return True


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
    if w.ahead(1).kind in ("AGO", "FROM_NOW"):
        return False
    cure, end = held(w, last.text.lower(), 0) if i == 1 else ("", 0)
    end = end or 1
    w.report(messages.call_without_brackets(last.span(w.source).to(w.span(end)), w.subject(), text.text, cure))
    w.replace(end, Token("BAD", text.start, w.ahead(end - 1).end, ""))
    return True


SERVICE = frozenset(words("tenure seniority service length_of_service years_of_service"))
"""Words for how long ago someone was hired."""
