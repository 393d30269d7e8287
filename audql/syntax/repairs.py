"""A mistake that one small change cures → the message, and the automaton as if the text had been right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from audql.source import Span
from audql.syntax import messages
from audql.syntax.brackets import begins_clause
from audql.syntax.tables import END
from audql.syntax.tokens import Token
from audql.syntax.words import RESERVED, SPELLED, STARTS, UNITS, words

if TYPE_CHECKING:
    from audql.syntax.driver import Run

# Words that are said for words of the language.
_SYNONYMS = {
    "all": "EVERY", "each": "EVERY", "some": "ANY", "none": "NO", "minimum": "AT_LEAST", "maximum": "AT_MOST",
    "exact": "EXACTLY", "group": "AUDIENCE", "enroll": "ENROL", "rule": "WHERE", "desc": "ABOUT",
    "description": "ABOUT", "assign": "ENROL", "email": "NOTIFY", "mail": "NOTIFY", "comment": "ABOUT",
    "unenroll": "UNENROL", "add": "INCLUDE", "remove": "EXCLUDE", "delete": "UNENROL", "below": "UNDER",
    "beneath": "UNDER", "includes": "CONTAINS", "inside": "WITHIN", "beyond": "AFTER",
}  # fmt: skip
_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "a": "1", "an": "1",
}  # fmt: skip
_COMPARED = frozenset(words("EQ NE LT LE GT GE IN NOT IS"))


def repair(run: Run, at: int) -> int | None:
    """Reports and repairs the mistake at an index; the index to go on at, None if no small change cures it."""
    token = run.tokens[at]
    repaired: int | None = None
    if token.kind == "NAME" and token.text[:1] != "`":
        repaired = _misspelt(run, at, at)
        if repaired is None and run.accepts("INT") and token.text.lower() in _NUMBERS:
            repaired = _number_word(run, at)
        if repaired is None and run.accepts("TEXT") and not run.accepts("NAME") and not run.accepts("TODAY"):
            repaired = _text_without_quotes(run, at)
    if repaired is None and run.name_at[0] == at - 1 and len(run.states) == run.name_at[1] + 1:
        repaired = _misspelt_before(run, at)
    if repaired is None and token.text.lower() in RESERVED:
        repaired = _reserved(run, at)
    if repaired is None and token.kind == "TEXT":
        repaired = _needless_quotes(run, at)
    if repaired is None:
        repaired = _missing(run, at)
        if repaired is not None:  # a guess: what comes next may be a trace of the same mistake
            run.calm = 1
    return repaired


# --- misspelt words ---------------------------------------------------------------------------------------------------


def _misspelt(run: Run, at: int, read_to: int) -> int | None:
    """A word, or two, that is nearly one that could be read here; `read_to` is the last token that was looked at."""
    one = run.tokens[at].text.lower()
    two = f"{one} {run.tokens[at + 1].text.lower()}" if run.tokens[at + 1].text.isalpha() else ""
    for found, width in ((two, 2), (one, 1)):
        following = run.tokens[at + width] if found and at + width >= read_to else None
        if following is None:
            continue
        kinds = [k for k in _near(found, run.expected(), width) if run.accepts_token(following, k)]
        if kinds:
            last = run.tokens[at + width - 1]
            word = _as_written(kinds[0], run.tokens[at].text)
            span = run.tokens[at].span(run.source).to(last.span(run.source))
            run.report(messages.misspelt(span, span.text, word))
            run.feed(Token(kinds[0], span.start, span.end, word, kinds[0]), kinds[0])
            return at + width
    return None


def _as_written(kind: str, found: str) -> str:
    if kind != "UNIT":
        return SPELLED[kind]
    plain = found.lower().rstrip("s")
    unit = min(UNITS, key=lambda u: _distance(plain, u))
    return unit + "s" if found.lower().endswith("s") else unit


def _misspelt_before(run: Run, at: int) -> int | None:
    """The word before was read as a name, since it is nearly a word of the language, but not quite."""
    before = run.tokens[at - 1]
    if before.text[:1] == "`" or before.keyword:
        return None
    kept = run.go_back(run.name_at[1])
    repaired = _misspelt(run, at - 1, at)
    if repaired is None:
        run.restore(kept)
    return repaired


def _near(found: str, expected: Iterable[str], width: int) -> list[str]:
    """Terminals that are spelt nearly as something found, the nearest first."""
    near: list[tuple[int, int, str]] = []
    for kind in expected:
        for spelt in _spellings(kind):
            if spelt.count(" ") + 1 != width and not (width == 1 and spelt.replace(" ", "") == found):
                continue
            if _SYNONYMS.get(found) == kind:
                near.append((0, 0, kind))
            most = 0 if len(found) < 3 else 1 if len(found) < 6 else 2
            if abs(len(spelt) - len(found)) <= most and (d := _distance(found, spelt)) <= most:
                near.append((d, -len(spelt), kind))
    return [kind for _, _, kind in sorted(near)]


def _spellings(kind: str) -> tuple[str, ...]:
    if kind == "UNIT":
        return UNITS + tuple(unit + "s" for unit in UNITS)
    word = SPELLED.get(kind, "")
    return (word,) if word[:1].isalpha() else ()


def _distance(a: str, b: str) -> int:
    """How many letters are left out, put in, changed or swapped with the next (optimal string alignment)."""
    if len(a) > 20:
        return len(a)
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                least = min(least, before[j - 2] + 1)
            row.append(least)
        before, last = last, row
    return last[-1]


# --- what is missing or stands for something else ---------------------------------------------------------------------


def _number_word(run: Run, at: int) -> int | None:
    token = run.tokens[at]
    digits = _NUMBERS[token.text.lower()]
    if not run.accepts_token(run.tokens[at + 1], "INT"):
        return None
    found = f"not {messages.code(token.text)}"
    run.report(messages.whole_number_expected(token.span(run.source), found, f"write `{digits}`"))
    run.feed(Token("INT", token.start, token.end, digits), "INT")
    return at + 1


def _text_without_quotes(run: Run, at: int) -> int | None:
    """Words where only a text can be: everything to the end of the line, or to what can follow a text."""
    text, start = run.source.text, run.tokens[at].start
    if run.tokens[at].keyword in STARTS and begins_clause(run.source, run.tokens, at):
        return None
    end = at
    while True:
        end += 1
        token = run.tokens[end]
        between = text[run.tokens[end - 1].end : token.start]
        if token.kind in (END, "COMMA", "LBRACE", "RBRACE", "RPAR", "TEXT") or "\n" in between or "\r" in between:
            break
        if token.keyword and run.accepts("TEXT", token.keyword):
            break
    if run.tokens[end].kind == "TEXT":  # these words are too many, and not the text
        return None
    span = run.tokens[at].span(run.source).to(run.tokens[end - 1].span(run.source))
    run.report(messages.text_without_quotes(span, span.text))
    run.feed(Token("TEXT", start, span.end, '"' + span.text.replace('"', '""') + '"'), "TEXT")
    return end


def _reserved(run: Run, at: int) -> int | None:
    token = run.tokens[at]
    if not run.accepts_token(run.tokens[at + 1], "NAME"):
        return None
    run.report(messages.reserved(token.span(run.source), token.text))
    run.feed(Token("NAME", token.start, token.end, f"`{token.text}`"), "NAME")
    return at + 1


def _needless_quotes(run: Run, at: int) -> int | None:
    """A text where only a name, or only a date, can be."""
    token, following = run.tokens[at], run.tokens[at + 1]
    inner = token.text[1:-1].strip()
    span = token.span(run.source)
    if run.accepts_token(following, "NAME") and inner and not run.accepts("TODAY") and "`" not in inner:
        name = inner if inner.isidentifier() and inner.lower() not in RESERVED else f"`{inner}`"
        run.report(messages.name_in_quotes(span, name))
        run.feed(Token("NAME", token.start, token.end, f"`{inner}`"), "NAME")
        return at + 1
    if run.accepts_token(following, "DATE") and not run.accepts("TODAY") and inner[:1].isdigit():
        run.report(messages.date_in_quotes(span, inner))
        run.feed(Token("DATE", token.start, token.end, ""), "DATE")
        return at + 1
    return None


def _missing(run: Run, at: int) -> int | None:
    """A token that was left out: a comma, `and`, `{`, a unit."""
    token = run.tokens[at]
    before = run.tokens[at - 1] if at else token
    span = token.span(run.source)
    if token.kind in ("COMMA", "RPAR", "RBRACE", "RSQB") and before.kind in ("COMMA", "LPAR", "LBRACE", "LSQB"):
        return _surplus_comma(run, at)
    if token.kind == END:
        return None
    if run.accepts_token(token, "UNIT") and before.kind == "INT":
        run.report(messages.unit_expected(before.span(run.source), f"{before.text} days"))
        run.feed(Token("UNIT", before.end, before.end, "days"), "UNIT")
        return at
    if run.accepts_token(token, "COMMA") and token.kind not in ("AND", "OR", "LPAR"):
        run.report(messages.missing_comma(span))
        run.feed(Token("COMMA", token.start, token.start, ","), "COMMA")
        return at
    after = _after_quantified(run, at)
    if after is not None:
        return after
    if _is_next_condition(run, at):
        run.report(messages.missing_and(span, before.text, one_name=before.kind == token.kind == "NAME"))
        run.feed(Token("AND", token.start, token.start, "and"), "AND")
        return at
    return None


def _after_quantified(run: Run, at: int) -> int | None:
    """`any job title = "Nurse"`: the condition on a collection without its brackets, which is passed over."""
    start = at - 1
    while start > 0 and run.tokens[start].kind in ("NAME", "DOT"):
        start -= 1
    token, quantifier = run.tokens[at], run.tokens[start]
    if token.kind != "NAME" or quantifier.kind not in ("ANY", "EVERY", "NO") or start == at - 1:
        return None
    if run.tokens[at + 1].kind in ("AND", "OR", "RPAR", END):
        return None
    end = at
    while run.tokens[end].kind not in ("AND", "OR", "RPAR", "COMMA", "RBRACE", END):
        if run.tokens[end].kind == "LPAR" or run.tokens[end].keyword in STARTS:
            return None
        end += 1
    written = run.source.text[token.start : run.tokens[end - 1].end]
    before = run.source.text[quantifier.start : run.tokens[at - 1].end]
    run.report(
        messages.condition_without_brackets(Span(run.source, token.start, run.tokens[end - 1].end), before, written)
    )
    return end


def _surplus_comma(run: Run, at: int) -> int | None:
    """`(a,)`, `(,a)` and `(a,,b)`: the list as if the comma were not there."""
    token, before = run.tokens[at], run.tokens[at - 1]
    if token.kind == "COMMA":
        run.report(messages.surplus_comma(token.span(run.source)))
        return at + 1
    if before.kind != "COMMA":
        return None
    kept = run.go_back(len(run.states) - 1)
    if not run.accepts(token.kind):
        run.restore(kept)
        return None
    run.report(messages.surplus_comma(before.span(run.source)))
    return at


def _is_next_condition(run: Run, at: int) -> bool:
    """Whether a whole condition ends before a token and another begins with it."""
    token, following = run.tokens[at], run.tokens[at + 1]
    if not run.accepts_token(token, "AND"):
        return False
    if run.accepts("EQ"):  # what ends here may be half a comparison: `country foo "GB"`
        if token.kind == "NAME":
            return following.kind in _COMPARED or following.kind in ("AND", "OR", END, "RPAR")
        return token.kind in ("NOT", "ANY", "EVERY", "NO", "AT_LEAST", "AT_MOST", "EXACTLY")
    return token.kind in ("NAME", "NOT", "ANY", "EVERY", "NO", "AT_LEAST", "AT_MOST", "EXACTLY", "LPAR")
