"""Habits of SQL: `like`, statements and their clauses."""

import re

from audql.syntax import habit_messages as messages
from audql.syntax.tokens import Token
from audql.syntax.window import ENDS_OF_CONDITIONS, Window
from audql.syntax.words import SPELLED, STARTS

SQL_PATTERNS = frozenset({"like", "ilike", "rlike", "regexp", "glob"})
CLAUSES = frozenset({"order", "group", "sort", "sorted", "limit", "having"})
_KINDS = {(False, False): "EQ", (True, False): "ENDS_WITH", (False, True): "STARTS_WITH", (True, True): "CONTAINS"}


def like(w: Window) -> bool:
    """`like "Sales%"`."""
    if w.ahead(1).kind != "TEXT" or not w.after_subject():
        return False
    return pattern(w, negated=False)


def pattern(w: Window, *, negated: bool) -> bool:
    token, text = w.ahead(0), w.ahead(1)
    if text.kind != "TEXT" or not text.text:
        w.report(messages.like(w.span(), ""))
        w.replace(1, Token("BAD", token.start, token.end, token.text))
        return True
    written = text.text[1:-1].replace("*", "%")
    plain = written.strip("%")
    kind = "MATCHES"
    if token.text.lower() not in ("rlike", "regexp"):
        kind = _KINDS[written.startswith("%"), written.endswith("%")]
        if not plain:
            w.report(messages.like(w.span(2), f"{w.subject()} is set"))
            w.replace(2, "IS", "SET")
            return True
        if "%" in plain or "_" in plain:
            kind, plain = "MATCHES", _regular(written)
    else:
        plain = written
    before = "not " if negated or w.back().kind == "NOT" else ""
    if kind == "EQ" and before:  # `not =` is written `!=`
        kind, before = "NE", ""
        subject = w.subject()
        if w.back().kind == "NOT":
            w.out.pop()
    else:
        subject = w.subject()
        if negated:
            w.out.append(Token("NOT", token.start, token.start, "not"))
    quote = text.text[0]
    w.report(messages.like(w.span(2), f"{subject} {before}{SPELLED[kind]} {quote}{plain}{quote}"))
    w.replace(1, kind)
    w.replace(1, Token("TEXT", text.start, text.end, quote + plain + quote))
    return True


def _regular(written: str) -> str:
    """The pattern of SQL as a regular expression."""
    wild = {"%": ".*", "_": "."}
    whole = "".join(wild.get(c, re.escape(c)) for c in written)
    return whole.removeprefix(".*") if whole.startswith(".*") else "^" + whole + ("" if whole.endswith(".*") else "$")


def clause(w: Window) -> bool:
    """`order by last_name`, `limit 10` behind the condition."""
    word = w.ahead(0).text.lower()
    wanted = "INT" if word == "limit" else "NAME"
    by = word in ("order", "group", "sort", "sorted")
    if w.begins_condition() or w.ahead(1).kind != wanted or (by and w.ahead(1).text.lower() != "by"):
        return False
    if w.back().kind not in ENDS_OF_CONDITIONS or w.back().keyword in STARTS:
        return False
    count = w.rest()
    w.report(messages.sql_query(w.span(count), word))
    w.at += count
    return True


def sql_query(w: Window) -> bool:
    """`select … where`, and `where` at the beginning of a query."""
    following = w.ahead(1)
    if w.start != "query" or w.out:
        return False
    if w.ahead(0).text.lower() == "where":
        if following.kind not in ("NAME", "NOT", "ANY", "EVERY", "NO"):
            return False
        w.report(messages.sql_query(w.span()))
        w.at += 1
        return True
    if following.kind not in ("NAME", "ODD"):
        return False
    count = 1
    while w.ahead(count).kind not in ("$END", "") and w.ahead(count).keyword != "WHERE":
        count += 1
    found = w.ahead(count).keyword == "WHERE"
    w.report(messages.sql_query(w.span(count + found)))
    if found:
        w.at += count + 1
    else:
        w.replace(count, Token("BAD", w.ahead(0).start, w.ahead(count - 1).end, "select"))
    return True


def exists(w: Window) -> bool:
    """`exists (select …)`."""
    if w.ahead(1).kind != "LPAR" or w.ahead(2).text.lower() != "select":
        return False
    w.report(messages.exists(w.span(), _of_select(w)))
    w.replace(1, Token("BAD", w.ahead(0).start, w.ahead(0).end, "exists"))
    return True


def _of_select(w: Window) -> str:
    """`(select 1 from completions where …)` as a condition on items; nothing where it is more than that."""
    end = w.closing(1)
    at = next((i for i in range(2, end) if w.ahead(i).text.lower() == "from"), end)
    if w.ahead(at + 1).kind != "NAME" or w.ahead(at + 2).text.lower() != "where":
        return ""
    return f"any {w.ahead(at + 1).text} ({w.quote(at + 3, end)})"
