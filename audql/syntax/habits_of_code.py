"""Habits from programming languages, SQL and shells: symbols, nulls, brackets, arithmetic."""

from audql.syntax import habit_messages as messages
from audql.syntax.messages import name_with_hyphen
from audql.syntax.tokens import Token
from audql.syntax.window import Window
from audql.syntax.words import SPELLED

NULLS = frozenset({"null", "nil", "none", "undefined"})
_EMPTY = NULLS | {"empty", "blank", "missing", "unset", "nothing"}
_THERE = frozenset({"defined", "present", "filled", "known"})
SQL_PATTERNS = frozenset({"like", "ilike", "rlike", "regexp", "glob"})

_EQUALS = {"==": "EQ", "===": "EQ", "<>": "NE", "!==": "NE", "=>": "GE", "=<": "LE", "<=>": "EQ", "=~": "MATCHES",
           "~": "MATCHES", "!~": "MATCHES"}  # fmt: skip
_LIKE = {(False, False): "EQ", (True, False): "ENDS_WITH", (False, True): "STARTS_WITH", (True, True): "CONTAINS"}
_WORDS = {"&&": "AND", "&": "AND", "||": "OR", "|": "OR", "!": "NOT"}
_DASHES: dict[str, tuple[str, ...]] = {
    "-eq": ("EQ",), "-ceq": ("EQ",), "-ieq": ("EQ",), "-ne": ("NE",), "-lt": ("LT",), "-le": ("LE",), "-gt": ("GT",),
    "-ge": ("GE",), "-and": ("AND",), "-or": ("OR",), "-not": ("NOT",), "-in": ("IN",), "-notin": ("NOT", "IN"),
    "-contains": ("CONTAINS",), "-notcontains": ("NOT", "CONTAINS"), "-match": ("MATCHES",),
    "-notmatch": ("NOT", "MATCHES"), "-startswith": ("STARTS_WITH",), "-endswith": ("ENDS_WITH",),
}  # fmt: skip


def symbol(w: Window) -> bool:
    """`==`, `<>`, `&&`, `!`, `-eq`, `;` and all other signs."""
    token = w.ahead(0)
    text = token.text.lower()
    span = w.span()
    if text in ("-like", "-notlike"):
        return _pattern(w, negated=text == "-notlike")
    if text in _EQUALS:
        kind = _EQUALS[text]
        kinds: tuple[str, ...] = ("NOT", kind) if text == "!~" else (kind,)
        cure = _compared(w, kinds)
        message = {"EQ": messages.double_equals, "NE": messages.not_equal_sign}.get(kind, messages.turned_around)
        w.report(messages.dash_operator(span, cure) if kind == "MATCHES" else message(span, cure))
        _compare_as(w, kinds)
    elif text in _WORDS:
        kind = _WORDS[text]
        cure = f"not {w.value(1)}" if kind == "NOT" else f"… {SPELLED[kind]} …"
        w.report(messages.symbol_for_word(span, cure))
        w.replace(1, kind)
    elif text in _DASHES:
        kinds = _DASHES[text]
        if kinds[0] in ("AND", "OR"):
            cure = f"… {SPELLED[kinds[0]]} …"
        else:
            cure = f"not {w.value(1)}" if text == "-not" else _compared(w, kinds)
        w.report(messages.dash_operator(span, cure))
        _compare_as(w, _DASHES[text])
    elif text == ";":
        w.report(messages.semicolon(span))
        w.at += 1
    else:
        w.report(messages.arithmetic(span))
        w.replace(1, Token("BAD", token.start, token.end, token.text))
    return True


def _compared(w: Window, kinds: tuple[str, ...]) -> str:
    return f"{w.subject()} {' '.join(SPELLED[k] for k in kinds)} {w.value(1)}".strip()


def _compare_as(w: Window, kinds: tuple[str, ...]) -> None:
    """Reads an operator as another; where an empty value follows, as the question for a value at once."""
    if kinds in (("EQ",), ("NE",)) and _is_empty_value(w.ahead(1)):
        w.replace(2, *(("IS", "NOT", "SET") if kinds == ("EQ",) else ("IS", "SET")))
    else:
        w.replace(1, *kinds)


def hyphenated(w: Window) -> bool:
    """`cost-centre`: a name with a hyphen."""
    token, last = w.ahead(0), w.back()
    if last.kind != "NAME" or last.end != token.start or token.text[:1] != "-" or len(token.text) < 2:
        return False
    end, count = token.end, 1
    while w.ahead(count).start == end and w.ahead(count).kind in ("ODD", "NUMBER", "NAME", "INT"):
        end = w.ahead(count).end
        count += 1
    span = last.span(w.source).to(w.span(count))
    if token.text.lower() in _DASHES and w.ahead(1).start > token.end:
        return False
    w.report(name_with_hyphen(span, span.text))
    w.out.pop()
    w.replace(count, Token("NAME", span.start, span.end, f"`{span.text.replace('`', '')}`"))
    return True


def _is_empty_value(token: Token) -> bool:
    if token.kind == "TEXT":
        return len(token.text) > 1 and not token.text[1:-1].strip()
    return token.kind == "NAME" and token.text.lower() in NULLS


def empty(w: Window) -> bool:
    """`= null`, `!= ""`."""
    if not _is_empty_value(w.ahead(1)) or not w.after_subject() or w.defines():
        return False
    kinds = ("IS", "NOT", "SET") if w.ahead(0).kind == "EQ" else ("IS", "SET")
    w.report(messages.emptiness(w.span(2), f"{w.subject()} {' '.join(k.lower() for k in kinds)}"))
    w.replace(2, *kinds)
    return True


def is_empty(w: Window) -> bool:
    """`is null`, `is not empty`, `is defined`."""
    negated = w.ahead(1).kind == "NOT"
    value = w.ahead(1 + negated)
    text = value.text.lower()
    if value.kind == "TEXT":
        text = "" if value.text[1:-1].strip() else "null"
    if text not in _EMPTY and text not in _THERE:
        return False
    kinds = ("IS", "SET") if negated == (text in _EMPTY) else ("IS", "NOT", "SET")
    w.report(messages.emptiness(w.span(2 + negated), f"{w.subject()} {' '.join(k.lower() for k in kinds)}"))
    w.replace(2 + negated, *kinds)
    return True


def yes_or_no(w: Window) -> bool:
    """`suspended = yes`."""
    value = w.ahead(1)
    is_no = value.kind == "NO" and w.ahead(2).kind != "NAME"
    if not is_no and not (value.kind == "NAME" and value.text.lower() == "yes"):
        return False
    if not w.after_subject() or w.defines():
        return False
    subject = w.subject()
    holds = (w.ahead(0).kind == "EQ") != is_no
    w.report(messages.yes_or_no(w.span(2), subject if holds else f"not {subject}"))
    w.replace(2, Token("EQ", w.ahead(0).start, w.ahead(0).end, "="), "TRUE" if holds else "FALSE")
    return True


def equals_list(w: Window) -> bool:
    """`country = ("GB", "IE")`."""
    if w.ahead(1).kind not in ("LPAR", "LSQB") or not w.after_subject() or w.defines():
        return False
    end = w.closing(1)
    items = w.quote(2, end)
    word = "in" if w.ahead(0).kind == "EQ" else "not in"
    if w.ahead(end).kind not in ("RPAR", "RSQB") or not w.ahead(2).kind or w.ahead(1).start == w.ahead(1).end:
        return False
    w.report(messages.list_without_brackets(w.span(), f"{w.subject()} {word} ({items})"))
    w.replace(1, *(("IN",) if word == "in" else ("NOT", "IN")))
    if w.ahead(0).kind == "LSQB":
        _round(w)
    return True


def square_brackets(w: Window) -> bool:
    """`in ["GB", "IE"]`; in records, `[ ]` is an array."""
    last = w.back()
    if w.opened and w.opened[-1] in ("LBRACE", "LSQB") and last.kind in ("COLON", "COMMA", "LSQB"):
        return False
    end = w.closing(0)
    items = w.quote(1, end)
    if last.keyword in ("OWNER", "TAGS", "MEMBERS", "INCLUDE", "EXCLUDE"):
        w.report(messages.square_brackets(w.span(), f"{last.text} {items}"))
        closing = w.partner()
        w.tokens[closing] = w.tokens[closing]._replace(kind="SKIP")
        w.at += 1
        return True
    subject = w.subject(1)
    w.report(messages.square_brackets(w.span(), f"{subject} {last.text} ({items})" if subject else f"({items})"))
    _round(w)
    return True


def _round(w: Window) -> None:
    """Reads the square brackets at the present token as round ones."""
    closing = w.partner()
    w.tokens[closing] = w.tokens[closing]._replace(kind="RPAR", text=")")
    w.opened.append("LPAR")
    w.replace(1, "LPAR")


def braces(w: Window) -> bool:
    """`{ }` in a query."""
    if w.start != "query":
        return False
    first = w.ahead(0)
    w.report(messages.braces(first.span(w.source)))
    w.at = w.partner() + 1
    w.out.append(Token("BAD", first.start, w.tokens[w.at - 1].end, "{"))
    return True


def moment(w: Window) -> bool:
    """`today()`, `today - 30 days`."""
    word = w.ahead(0).text.lower()
    called = w.ahead(1).kind == "LPAR" and w.ahead(2).kind == "RPAR"
    rest = 3 if called else 1
    sign, count = w.ahead(rest), w.ahead(rest + 1)
    if sign.kind == "NUMBER" and sign.text[1:].isdigit():
        ago, digits, width = sign.text[0] == "-", sign.text.lstrip("-"), rest + 1
    elif sign.kind == "ODD" and sign.text in ("-", "+") and count.kind == "INT":
        ago, digits, width = sign.text == "-", count.text, rest + 2
    else:
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


def like(w: Window) -> bool:
    """`like "Sales%"`."""
    if w.ahead(1).kind != "TEXT" or not w.after_subject():
        return False
    return _pattern(w, negated=False)


def _pattern(w: Window, *, negated: bool) -> bool:
    token, text = w.ahead(0), w.ahead(1)
    if text.kind != "TEXT" or not text.text:
        w.report(messages.like(w.span(), ""))
        w.replace(1, Token("BAD", token.start, token.end, token.text))
        return True
    pattern = text.text[1:-1].replace("*", "%")
    plain = pattern.strip("%")
    kind = "MATCHES"
    if token.text.lower() not in ("rlike", "regexp"):
        kind = _LIKE[pattern.startswith("%"), pattern.endswith("%")]
        if "%" in plain or not plain:
            w.report(messages.like(w.span(2), ""))
            w.replace(2, Token("BAD", token.start, text.end, ""))
            return True
    else:
        plain = pattern
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
    w.report(messages.exists(w.span()))
    w.replace(1, Token("BAD", w.ahead(0).start, w.ahead(0).end, "exists"))
    return True
