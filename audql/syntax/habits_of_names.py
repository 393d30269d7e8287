"""Habits of naming and of joining texts: `job title`, `first_name || " " || last_name`."""

from audql.syntax import habit_messages as messages
from audql.syntax.habits_of_code import NO_NAMES
from audql.syntax.messages import missing_and, not_one_name
from audql.syntax.tokens import Token
from audql.syntax.window import COMPARING, Window
from audql.syntax.words import STARTS, words

_MOST_WORDS = 4
# What several words stand for where the vocabulary that ships has it.
_FIELDS = {
    "first name": "first_name", "last name": "last_name", "family name": "last_name", "given name": "first_name",
    "full name": "full_name", "user name": "username", "id number": "id_number", "employee id": "id",
    "employee number": "id_number", "staff number": "id_number", "email address": "email", "last login": "last_login",
    "last access": "last_login", "first login": "first_login", "hire date": "hired", "start date": "hired",
    "date hired": "hired", "manager name": "manager.full_name", "line manager": "manager", "direct reports": "reports",
    "country code": "country", "job role": "position",
}  # fmt: skip
# What is behind a dot.
_OWNERS = frozenset(
    words(
        "job jobs org organisation position manager completion completions enrolment enrolments certification"
        " certifications attendance attendances competency competencies badge badges learning custom"
    )
)
_JOINING = frozenset({"+", "&", "||"})


def of_several_words(w: Window) -> bool:
    """`job title = "x"`, `cost centre = "4100"`, `last login before 2026-01-01`."""
    first = w.ahead(0)
    if not w.begins_condition() or first.keyword in STARTS or first.text[:1] == "`" or w.in_clause("NOTIFY"):
        return False
    count = 1
    while _goes_on(w.ahead(count)) and count <= _MOST_WORDS:
        count += 1
    if not 1 < count <= _MOST_WORDS or w.ahead(count).kind not in COMPARING:
        return False
    said = w.quote(0, count)
    dotted = first.text.lower() in _OWNERS and count == 2 and w.ahead(1).text.isidentifier()
    meant = _FIELDS.get(" ".join(said.lower().split()), "")
    if not meant and dotted:
        meant = f"{first.text}.{w.ahead(1).text}"
    if not meant and (first.kind == "LAST" or count > 2 or "\n" in said):
        return False
    if meant:
        w.report(not_one_name(w.span(count), said, f"`{meant}`"))
    else:
        w.report(missing_and(w.ahead(1).span(w.source), first.text, one_name=True))
    w.replace(count, Token("BAD", first.start, w.ahead(count - 1).end, ""))
    return True


def _goes_on(token: Token) -> bool:
    return token.kind == "NAME" and token.keyword not in STARTS and token.text.lower() not in NO_NAMES


def joined_texts(w: Window) -> bool:
    """`first_name || " " || last_name`, `first_name + " " + last_name`, `first_name & " " & last_name`."""
    if w.ahead(0).text not in _JOINING or w.back().kind not in ("NAME", "TEXT"):
        return False
    count, operands = 0, [w.back()]
    while w.ahead(count).text in _JOINING and w.ahead(count + 1).kind in ("NAME", "TEXT"):
        end = w.operand(count + 1)
        operands.append(w.ahead(count + 1))
        count = end
    # `||` between fields is an `or`, unless a text among them shows what it is.
    if not any(operand.kind == "TEXT" for operand in operands):
        return False
    fields = list(dict.fromkeys(operand.text for operand in operands if operand.kind == "NAME"))
    if not fields:
        return False
    w.report(messages.joined_texts(w.span(count), fields))
    w.out[-1] = Token("BAD", w.back().start, w.back().end, "")
    w.at += count
    return True
