"""A mistake that one small change cures → the message, and the automaton as if the text had been right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audql.source import Span
from audql.syntax import messages
from audql.syntax.brackets import begins_clause
from audql.syntax.misspellings import SYNONYMS, misspelt, misspelt_before, wrong_unit
from audql.syntax.tables import END
from audql.syntax.tokens import Token
from audql.syntax.words import RESERVED, SPELLED, STARTS, words

if TYPE_CHECKING:
    from audql.syntax.driver import Run

_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "a": "1", "an": "1",
}  # fmt: skip
# Words and signs whose only use is to stand between others.
_LEFT_OUT = frozenset(words("IN EQ THEN COLON OF LEAVING JOINING"))
_COMPARED = frozenset(words("EQ NE LT LE GT GE IN NOT IS"))


def repair(run: Run, at: int) -> int | None:
    """Reports and repairs the mistake at an index; the index to go on at, None if no small change cures it."""
    token = run.tokens[at]
    repaired: int | None = None
    if (token.kind == "NAME" and token.text[:1] != "`") or token.text.lower() in SYNONYMS:
        repaired = misspelt(run, at, at)
    if token.kind == "NAME" and token.text[:1] != "`":
        if repaired is None and at and run.tokens[at - 1].kind == "INT" and run.accepts("UNIT"):
            repaired = wrong_unit(run, at) if run.accepts_token(run.tokens[at + 1], "UNIT") else None
        if repaired is None and run.accepts("INT") and token.text.lower() in _NUMBERS:
            repaired = _number_word(run, at)
        if repaired is None and run.accepts("TEXT") and not run.accepts("NAME") and not run.accepts("TODAY"):
            repaired = _text_without_quotes(run, at)
    if repaired is None and run.name_at[0] == at - 1 and len(run.states) == run.name_at[1] + 1:
        repaired = misspelt_before(run, at)
    if repaired is None:
        repaired = _colon(run, at)
    if repaired is None and token.text.lower() in RESERVED:
        repaired = _reserved(run, at)
    if repaired is None and token.kind == "TEXT":
        repaired = _needless_quotes(run, at)
    if repaired is None:
        repaired = _missing(run, at)
        if repaired is not None:  # a guess: what comes next may be a trace of the same mistake
            run.calm = 1
    return repaired


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


def _colon(run: Run, at: int) -> int | None:
    """`within = 1 year` for `within: 1 year`, and `org (division = "Retail")` for `any org (…)`."""
    name = at - 1 if run.tokens[at].kind == "EQ" else at
    if run.tokens[at].kind == END:
        return None
    sign, token = run.tokens[name + 1], run.tokens[name]
    if sign.kind != "EQ" or name < 1 or not (token.kind == "NAME" or token.text.lower() in RESERVED):
        return None
    if not run.accepts(*(("NAME", "COLON") if name == at else ("COLON",))):
        return None
    before = run.tokens[name - 1]
    if before.kind == "LPAR" and token.kind == "NAME":
        return _condition_in_call(run, name)
    span = token.span(run.source).to(sign.span(run.source))
    value = run.source.text[sign.end : run.tokens[_end_of_part(run, name) - 1].end].strip()
    run.report(messages.argument_with_sign(span, f"{token.text}: {value}"))
    if name == at:
        run.feed(Token("NAME", token.start, token.end, token.text), "NAME")
    run.feed(Token("COLON", sign.start, sign.end, ":"), "COLON")
    return name + 2


def _end_of_part(run: Run, at: int) -> int:
    """The index behind an argument, an entry, or a condition."""
    depth = 0
    while run.tokens[at].kind != END:
        kind = run.tokens[at].kind
        depth += (kind in ("LPAR", "LBRACE", "LSQB")) - (kind in ("RPAR", "RBRACE", "RSQB"))
        if depth < 0 or (depth == 0 and kind == "COMMA"):
            break
        at += 1
    return at


def _condition_in_call(run: Run, first: int) -> int | None:
    """Reads what was taken for a call once more, as a condition on the items of a collection."""
    end, start = _end_of_part(run, first), first - 2
    while start > 0 and run.tokens[start - 1].kind == "DOT":
        start -= 2
    if run.tokens[end].kind != "RPAR" or run.tokens[start].kind != "NAME":
        return None
    # INVARIANT: the path, the bracket and, where its sign is the mistake, the first name inside are a state each.
    kept = run.go_back(run.name_at[1] - 2 if run.name_at[0] == first else len(run.states) - 2)
    if not run.accepts("ANY"):
        run.restore(kept)
        return None
    text = run.source.text
    name = text[run.tokens[start].start : run.tokens[first - 2].end]
    condition = text[run.tokens[first].start : run.tokens[end - 1].end]
    run.report(messages.condition_in_call(run.tokens[start].span(run.source), name, condition))
    place = run.tokens[start].start
    run.feed(Token("ANY", place, place, "any"), "ANY")
    for token in run.tokens[start:first]:
        run.feed(token, token.kind)
    return first


def _reserved(run: Run, at: int) -> int | None:
    token = run.tokens[at]
    if not run.accepts_token(run.tokens[at + 1], "NAME"):
        return None
    run.report(messages.reserved(token.span(run.source), token.text))
    run.feed_broken(token, "NAME")
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
    if token.kind == "COMMA" and run.accepts_token(run.tokens[at + 1]) and _ends_clause(run, at + 1):
        run.report(messages.surplus_sign(span))
        return at + 1
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
    expected = run.expected()
    if len(expected) == 1 and (word := next(iter(expected))) in _LEFT_OUT and run.accepts_token(token, word):
        said = SPELLED[word]
        hint = f"write {messages.code(f'{said} {token.text}')}"
        run.report(messages.word_expected(span, f"not {messages.code(token.text)}", messages.code(said), hint))
        run.feed(Token(word, token.start, token.start, said, word), word)
        return at
    after = _after_quantified(run, at)
    if after is not None:
        return after
    if _is_next_condition(run, at):
        run.report(messages.missing_and(span, before.text, one_name=before.kind == token.kind == "NAME"))
        run.feed(Token("AND", token.start, token.start, "and"), "AND")
        return at
    return None


def _ends_clause(run: Run, at: int) -> bool:
    """Whether a clause, or the audience, ends before a token, as its line shows."""
    token = run.tokens[at]
    if token.kind in (END, "RBRACE"):
        return True
    return token.keyword in STARTS and begins_clause(run.source, run.tokens, at)


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
        run.report(messages.surplus_sign(token.span(run.source)))
        return at + 1
    if before.kind != "COMMA":
        return None
    kept = run.go_back(len(run.states) - 1)
    if not run.accepts(token.kind):
        run.restore(kept)
        return None
    run.report(messages.surplus_sign(before.span(run.source)))
    return at


def _is_next_condition(run: Run, at: int) -> bool:
    """Whether a whole condition ends before a token and another begins with it."""
    token, following = run.tokens[at], run.tokens[at + 1]
    if not run.accepts_token(token, "AND"):
        return False
    begins = token.kind in ("NOT", "ANY", "EVERY", "NO", "AT_LEAST", "AT_MOST", "EXACTLY")
    if token.kind != "NAME":
        return begins or (token.kind == "LPAR" and not run.accepts("EQ"))
    if run.accepts("EQ"):  # what ends here may be half a comparison: `country foo "GB"`
        return following.kind in _COMPARED or following.kind in ("AND", "OR", END, "RPAR")
    return following.kind not in ("TEXT", "INT", "NUMBER", "DATE", "INSTANT", "NAME") or following.keyword in STARTS
