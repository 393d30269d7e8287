"""Habits from programming languages and shells: symbols, nulls, brackets, names."""

from collections.abc import Callable

from audql.diagnostics import Diagnostic
from audql.source import Span
from audql.syntax import habit_messages as messages
from audql.syntax.cures import name_or_text
from audql.syntax.habits_of_sql import pattern
from audql.syntax.messages import not_one_name
from audql.syntax.tokens import Token
from audql.syntax.window import COMPARING, LITERALS, Window
from audql.syntax.words import SPELLED

_NOTHING_CALCULATED = "nothing is calculated: compare with the value that comes out"
_NO_SIGN = "delete it, or put text in quotes"
NULLS = frozenset({"null", "nil", "none", "undefined"})
_EMPTY = NULLS | {"empty", "blank", "missing", "unset", "nothing", "never"}
_THERE = frozenset({"defined", "present", "filled", "known"})

QUOTES = "\"'"
# Words that are no part of a name with spaces: they are habits behind a field.
NO_NAMES = frozenset({"equals", "equal", "has", "have", "does", "do", "did", "are", "was", "were", "never", "the"})

_EQUALS = {"==": "EQ", "===": "EQ", "<>": "NE", "!==": "NE", "=>": "GE", "=<": "LE", "<=>": "EQ", "=~": "MATCHES",
           "~": "MATCHES", "!~": "MATCHES"}  # fmt: skip
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
        return pattern(w, negated=text == "-notlike")
    if text == "=>" and w.back(2).kind == "LPAR" and w.ahead(1).text == w.back().text:
        return _arrow(w)
    if text in _EQUALS:
        kind = _EQUALS[text]
        kinds: tuple[str, ...] = ("NOT", kind) if text == "!~" else (kind,)
        message = {"EQ": messages.double_equals, "NE": messages.not_equal_sign}.get(kind, messages.turned_around)
        _compare_as(w, kinds, messages.dash_operator if kind == "MATCHES" else message)
    elif text in _WORDS:
        kind = _WORDS[text]
        w.report(messages.symbol_for_word(span, f"not {w.value(1)}" if kind == "NOT" else SPELLED[kind]))
        w.replace(1, kind)
    elif text in _DASHES:
        kinds = _DASHES[text]
        if kinds[0] in ("AND", "OR") or text == "-not":
            w.report(messages.dash_operator(span, f"not {w.value(1)}" if text == "-not" else SPELLED[kinds[0]]))
            w.replace(1, *kinds)
        else:
            _compare_as(w, kinds, messages.dash_operator)
    elif text == ";":
        w.report(messages.semicolon(span))
        w.at += 1
    elif text == "%" and w.back().kind in ("INT", "NUMBER"):
        w.report(messages.arithmetic(span, f"write `{w.back().text}`"))
        w.at += 1
    else:
        w.report(messages.arithmetic(span, _NOTHING_CALCULATED if text[:1] in "+-*" else _NO_SIGN))
        w.replace(1, Token("BAD", token.start, token.end, token.text))
    return True


def _compare_as(w: Window, kinds: tuple[str, ...], message: Callable[[Span, str], Diagnostic]) -> None:
    """Reads an operator as another; where an empty value follows, as the question for a value at once."""
    if kinds in (("EQ",), ("NE",)) and _is_empty_value(w.ahead(1)):
        kinds = ("IS", "NOT", "SET") if kinds == ("EQ",) else ("IS", "SET")
        w.report(message(w.span(2), f"{w.subject()} {' '.join(k.lower() for k in kinds)}"))
        w.replace(2, *kinds)
        return
    first = 1
    if w.ahead(1).text == "@":  # `@( )` is an array to those who write `-in`
        w.tokens[w.at + 1] = w.ahead(1)._replace(kind="SKIP")
        first = 2
    value = w.ahead(first).text if w.ahead(first).kind == "TEXT" else w.value(first)
    w.report(message(w.span(), f"{w.subject()} {' '.join(SPELLED[k] for k in kinds)} {value}".strip()))
    w.replace(1, *kinds)


def _arrow(w: Window) -> bool:
    """`jobs.any(j => j.primary)`."""
    end = w.rest(1)
    name = w.back().text
    condition = w.quote(1, end).replace(f"{name}.", "")
    first = len(w.out) - 3
    while first > 1 and w.out[first - 1].kind == "DOT":
        first -= 2
    collection = w.out[first].text if first >= 0 else "…"
    w.report(messages.arrow(w.back().span(w.source).to(w.span(end)), f"any {collection} ({condition})"))
    w.replace(end, Token("BAD", w.ahead(0).start, w.ahead(end - 1).end, ""))
    return True


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
    _one_name(w, span)
    w.out.pop()
    w.replace(count, Token("NAME", span.start, span.end, f"`{span.text.replace('`', '')}`"))
    return True


def _one_name(w: Window, span: Span) -> None:
    """Reports a name, which begins with the last token, that needs backquotes; by its place it may be a text."""
    i = 1
    while w.back(i + 1).kind == "DOT":
        i += 2
    path = w.source.text[w.back(i).start : span.start]
    as_text = i == 1 and w.back(2).kind in COMPARING | {"LPAR", "COMMA"}
    w.report(
        not_one_name(span, span.text, name_or_text(span.text, path, as_name=not as_text or i == 1, as_text=as_text))
    )


def name_with_space(w: Window) -> bool:
    """`custom.Cost Centre = "4100"`."""
    count = 2
    while w.ahead(count).kind == "NAME" and not w.ahead(count).keyword and w.ahead(count).text.lower() not in NO_NAMES:
        count += 1
    if w.ahead(1).kind != "NAME" or count == 2 or w.ahead(count).kind not in COMPARING:
        return False
    w.replace(1, w.ahead(0))
    w.replace(1, w.ahead(0))
    span = w.back().span(w.source).to(w.span(count - 2))
    _one_name(w, span)
    w.out.pop()
    w.replace(count - 2, Token("NAME", span.start, span.end, f"`{span.text}`"))
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


def equals_not(w: Window) -> bool:
    """`country = not "GB"`."""
    value = w.ahead(2)
    if w.ahead(1).kind != "NOT" or value.kind not in LITERALS | {"LPAR"} or not w.after_subject() or w.defines():
        return False
    kinds = ("NE",) if value.kind != "LPAR" else ("NOT", "IN")
    cure = f"{w.subject()} {' '.join(SPELLED[k] for k in kinds)} {w.value(2)}"
    w.report(messages.not_equal_sign(w.span(2), cure))
    w.replace(2, *kinds)
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
    if w.begins_condition() and _name_in_brackets(w):
        return True
    end = w.closing(0)
    items = w.quote(1, end)
    if last.kind == "COLON":
        w.report(messages.square_brackets(w.span(end + 1), f"({items})"))
        _round(w)
        return True
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


def _name_in_brackets(w: Window) -> bool:
    """`[Cost Centre] = "4100"`."""
    end = w.closing(0)
    if w.ahead(end + 1).kind not in COMPARING or any(w.ahead(i).kind != "NAME" for i in range(1, end)) or end < 2:
        return False
    cure = f"`{w.ahead(1).text}`" if end == 2 else f"`` custom.`{w.quote(1, end)}` ``"
    w.report(not_one_name(w.span(end + 1), w.quote(0, end + 1), cure))
    w.replace(end + 1, Token("BAD", w.ahead(0).start, w.ahead(end).end, ""))
    return True


def _round(w: Window) -> None:
    """Reads the square brackets at the present token as round ones."""
    closing = w.partner()
    w.tokens[closing] = w.tokens[closing]._replace(kind="RPAR", text=")")
    w.opened.append("LPAR")
    w.replace(1, "LPAR")


def _object(w: Window) -> str:
    """The condition that `{"country": "GB", "city": "Leeds"}` is; nothing where it is another thing."""
    end = w.closing(0)
    conditions = []
    for i in range(1, end, 4):
        name, colon, value = w.ahead(i), w.ahead(i + 1), w.ahead(i + 2)
        if name.kind not in ("TEXT", "NAME") or colon.kind != "COLON" or value.kind not in LITERALS | {"TRUE", "FALSE"}:
            return ""
        conditions.append(f"{name.text.strip(QUOTES)} = {value.text}")
    return " and ".join(conditions)


def braces(w: Window) -> bool:
    """`{ }` in a query."""
    if w.start != "query":
        return False
    first = w.ahead(0)
    w.report(messages.braces(first.span(w.source), _object(w)))
    w.at = w.partner() + 1
    w.out.append(Token("BAD", first.start, w.tokens[w.at - 1].end, "{"))
    return True
