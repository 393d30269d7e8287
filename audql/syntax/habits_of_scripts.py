"""Habits of configuration files: colons behind clauses, `due in 30 days`, `when joining`, lists in records."""

from audql.syntax import habit_messages as messages
from audql.syntax.messages import name_expected, surplus_sign
from audql.syntax.tokens import Token
from audql.syntax.window import Window
from audql.syntax.words import STARTS


def colon_of_clause(w: Window) -> bool:
    """`where: country = "GB"`, `about: "…"`."""
    word = w.back().text.lower()
    if w.start != "script" or w.opened != ["LBRACE"] or word.upper() not in STARTS or w.back().kind != "NAME":
        return False
    w.report(surplus_sign(w.span(), "colon"))
    w.out[-1] = w.back()._replace(keyword=word.upper())  # the lexer took it for a name, as before colons
    w.at += 1
    return True


def due_in(w: Window) -> bool:
    """`due in 30 days`, `due within the next 30 days`; `enrol in course "Safety" within 30 days`."""
    is_due = w.back().keyword == "DUE" and (w.back(2).kind == "TEXT" or w.in_clause("ENROL"))
    # `enrol in course "X"`, or without the `in`
    if not is_due and not (w.back().kind == "TEXT" and "ENROL" in (w.back(3).keyword, w.back(4).keyword)):
        return False
    width = 1 + (w.ahead(1).text.lower() == "the")
    width += w.ahead(width).text.lower() == "next"
    if w.ahead(width).kind != "INT" or w.ahead(width + 1).keyword != "UNIT":
        return False
    goes_on = w.ahead(width + 2).kind in ("AFTER", "BEFORE", "OF") or w.ahead(width + 2).keyword == "FROM"
    length = w.quote(width, width + 2)
    cure = f"{'' if is_due else 'due '}{length} after{'' if goes_on else ' joining'}"
    w.report(messages.worded_comparison(w.span(width + 2 + goes_on), cure))
    if not is_due:
        w.out.append(Token("NAME", w.ahead(0).start, w.ahead(0).start, "due", "DUE"))
    w.at += width
    w.replace(1, w.ahead(0))
    w.replace(1, w.ahead(0))
    end = w.back().end
    w.out.append(Token("AFTER", end, end, "after"))
    if goes_on:
        w.at += 1
    else:
        w.out.append(Token("NAME", end, end, "joining", "JOINING"))
    return True


def moment_of_notice(w: Window) -> bool:
    """`notify learner when joining`, `upon joining`, `after joining`."""
    moment = w.ahead(1).keyword
    if moment not in ("JOINING", "LEAVING") or w.back().kind not in ("NAME", "TEXT") or len(w.opened) != 1:
        return False
    if w.ahead(0).keyword == "WHEN" and moment == "LEAVING" and w.begins_line():
        return False
    if not w.in_clause("NOTIFY"):
        return False
    w.report(messages.worded_comparison(w.span(2), f"on {w.ahead(1).text}"))
    w.replace(1, "ON")
    return True


BEFORE_OVERDUE = frozenset({"if", "once", "while", "overdue"})


def overdue_notice(w: Window) -> bool:
    """`notify manager if overdue`, `on overdue`, `once overdue`, `notify manager overdue`."""
    alone = w.ahead(0).text.lower() == "overdue"
    width = 1 if alone else 2 + (w.ahead(1).text.lower() in ("it", "is"))
    last = w.ahead(width - 1)
    if last.text.lower() != "overdue" or w.back().kind not in ("NAME", "TEXT") or len(w.opened) != 1:
        return False
    if w.back().keyword in ("NOTIFY", "UNIT", "WHEN", "WHILE"):
        return False
    if not w.in_clause("NOTIFY"):
        return False
    w.report(messages.worded_comparison(w.span(width), "when overdue"))
    start = w.ahead(0).start
    w.replace(
        width, Token("NAME", start, last.end, "when", "WHEN"), Token("NAME", start, last.end, "overdue", "OVERDUE")
    )
    return True


_ENDS_OF_MOMENTS = frozenset({"JOINING", "LEAVING", "DUE", "OVERDUE"})
_FARTHEST = 40


def another_moment(w: Window) -> bool:
    """`notify learner on joining, on leaving`, `on joining and leaving`, `on joining, manager on leaving`."""
    if w.back().keyword not in _ENDS_OF_MOMENTS or w.opened != ["LBRACE"]:
        return False
    back = next((i for i in range(2, _FARTHEST) if w.back(i).keyword in ("NOTIFY", "AUDIENCE", "WHERE", "ENROL")), 0)
    if not back or w.back(back).keyword != "NOTIFY":
        return False
    moment = next((i for i in range(back - 1, 1, -1) if _begins_moment(w.back(i))), 0)
    following = w.ahead(1)
    bare = following.keyword in ("JOINING", "LEAVING")
    if not moment or not (bare or _begins_moment(following) or following.kind in ("NAME", "TEXT")):
        return False
    recipients = [w.back(i) for i in range(back - 1, moment, -1)]
    if not bare and not _begins_moment(following):
        recipients = []  # it has recipients of its own
    end = next((i for i in range(1, _FARTHEST) if w.ahead(i).keyword in _ENDS_OF_MOMENTS), 0)
    if not end:
        return False
    to = "".join(f"{token.text} " for token in recipients).replace(" , ", ", ")
    w.report(messages.second_moment(w.span(), f"notify {to}{'on ' if bare else ''}{w.quote(1, end + 1)}"))
    place = following.start
    w.replace(1, Token("NAME", place, place, "notify", "NOTIFY"))
    w.out += [token._replace(start=place, end=place) for token in recipients]
    if bare:
        w.out.append(Token("ON", place, place, "on"))
    return True


def _begins_moment(token: Token) -> bool:
    return token.kind in ("ON", "EVERY", "INT") or token.keyword == "WHEN"


def list_of_record(w: Window) -> bool:
    """`completions: ("Safety", "Fire")` in a record."""
    if w.back().kind != "COLON" or w.opened[-1:] != ["LBRACE"] or len(w.opened) < 2:
        return False
    end = w.closing(0)
    w.report(messages.list_in_record(w.span(end + 1), f"[{w.quote(1, end)}]"))
    closing = w.partner()
    w.tokens[closing] = w.tokens[closing]._replace(kind="RSQB", text="]")
    w.opened.append("LSQB")
    w.replace(1, "LSQB")
    return True


def without_parameters(w: Window) -> bool:
    """`define new() = …`."""
    if w.ahead(1).kind != "NAME" or w.ahead(2).kind != "LPAR" or w.ahead(3).kind != "RPAR":
        return False
    name = w.ahead(1)
    closing = w.ahead(3).span(w.source)
    w.report(name_expected(closing, "not `)`", f"without parameters it is a `let`: `let {name.text} = …`"))
    w.replace(1, Token("NAME", w.ahead(0).start, w.ahead(0).end, "let", "LET"))
    w.replace(1, name)
    w.at += 2
    return True
