"""A token where it cannot be → the message that says what could be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic
from audql.source import Span
from audql.syntax import messages
from audql.syntax.messages import code
from audql.syntax.tables import END
from audql.syntax.tokens import Token
from audql.syntax.words import CLAUSE_WORDS, ITEM_STARTS, ITEM_WORDS, SPELLED, STARTS

if TYPE_CHECKING:
    from audql.syntax.driver import Run

_CONDITION = 'a condition is for example `country = "GB"`, `suspended` or `any job (primary)`'
_VALUE = "a value is a text in quotes, a number, a date (`2026-11-23`) or a field"
_COMPARISONS = "compare with `=`, `!=`, `<`, `in`, `contains`, `starts with`, `is set`, `before`, `within` …"
_KINDS = {
    "TEXT": "a text in quotes", "INT": "a whole number", "DATE": "a date", "UNIT": "a unit of time", "NAME": "a name",
    END: "the end",
}  # fmt: skip
_FEW = 5


def unexpected(run: Run, at: int) -> Diagnostic:
    """The message for the token at an index, which the automaton cannot read."""
    token = run.tokens[at]
    before = run.tokens[at - 1] if at else None
    span = token.span(run.source)
    found = f"not {code(token.text)}"
    if token.kind == END:
        end = before.end if before else token.start
        span = Span(run.source, end, end)
        found = "but the text ends"
    elif before and (token.keyword in STARTS or token.kind == "RBRACE") and _breaks(run.source.text, before, token):
        span = before.span(run.source).after()
        found = "but the clause ends" if token.keyword not in ITEM_STARTS else "but the next part begins"
    expected = run.expected()
    if not expected:
        return messages.unexpected(span, found)
    if {"NOT", "ANY", "TRUE"} <= expected:
        return _no_condition(run, at, span, found)
    if "TODAY" in expected:
        return messages.value_expected(span, found, _value_hint(expected))
    if "AND" in expected and "OR" not in expected:
        hint = "both ends are written: `between 1 and 5`"
        return messages.word_expected(span, found, "`and` and the upper end", hint)
    if "AND" in expected or expected == {END}:
        return _no_joint(run, at, span, found, expected)
    if {"EQ", "NE"} <= expected or {"IN", "BETWEEN"} <= expected:
        return messages.comparison_expected(span, found, _COMPARISONS)
    if "WHERE" in expected:
        return messages.clause_expected(span, found, _words(CLAUSE_WORDS))
    if "IMPORT" in expected:
        return messages.item_expected(span, found, _words(ITEM_WORDS))
    if "GIVEN" in expected:
        return messages.step_expected(span, found)
    return _no_word(run, at, span, found, expected)


def _breaks(text: str, before: Token, token: Token) -> bool:
    """Whether a line ends between two tokens."""
    between = text[before.end : token.start]
    return "\n" in between or "\r" in between


def _no_condition(run: Run, at: int, span: Span, found: str) -> Diagnostic:
    token = run.tokens[at]
    before = run.tokens[at - 1].text.lower() if at else ""
    hint = _CONDITION
    if token.kind in ("AND", "OR") and before in ("and", "or", "not"):
        both = code(before), code(token.text.lower())
        hint = f"delete one {both[0]}" if both[0] == both[1] else f"delete {both[0]} or {both[1]}"
    elif before in ("and", "or") and token.kind in (END, "RPAR"):
        hint = f"add a condition, or delete {code(before)}"
    return messages.condition_expected(span, found, hint)


def _value_hint(expected: set[str]) -> str:
    if "LPAR" in expected and "UNIT" not in expected:
        return _VALUE + '; several stand in brackets: `("GB", "IE")`'
    return _VALUE


def _no_joint(run: Run, at: int, span: Span, found: str, expected: set[str]) -> Diagnostic:
    token = run.tokens[at]
    before = run.tokens[at - 1]
    if "EQ" in expected and token.kind in ("NAME", "TEXT", "INT", "NUMBER", "DATE", "INSTANT", "TRUE", "FALSE", "LPAR"):
        hint = _COMPARISONS
        if token.kind == "NAME" and before.kind == "NAME":
            both = run.source.text[before.start : token.end]
            hint += f"; join conditions with `and` or `or`; a name with a space stands in backquotes: `` `{both}` ``"
        return messages.comparison_expected(span, found, hint)
    what = "`and`, `or` or the end of the query"
    if "RPAR" in expected:
        what = "`and`, `or`, `,` or `)`" if "COMMA" in expected else "`and`, `or` or `)`"
    elif "WHERE" in expected or "IMPORT" in expected:
        what = "`and`, `or` or the next " + ("clause" if "WHERE" in expected else "part of the script")
    hint = "put text in quotes; join conditions with `and` or `or`"
    if token.kind == "COMMA":
        hint = "join conditions with `and` or `or`; there are commas only in lists"
    return messages.joint_expected(span, found, what, hint)


def _no_word(run: Run, at: int, span: Span, found: str, expected: set[str]) -> Diagnostic:
    match sorted(expected):
        case ["NAME"] | ["NAME", "RPAR"] | ["NAME", "RBRACE"]:
            hint = "a name is a word, or stands in backquotes: `` `Cost Centre` ``"
            return messages.name_expected(span, found, hint)
        case ["TEXT"] | ["FROM", "TEXT"]:
            return messages.text_expected(span, found)
        case ["DATE"]:
            return messages.date_expected(span, found)
        case ["INT"]:
            return messages.whole_number_expected(span, found, _number_hint(run, at))
        case ["INT", "NAME"]:
            return messages.whole_number_expected(span, found, "a length of time is written `30 days`")
        case ["UNIT"] if run.tokens[at - 1].kind == "INT":
            count = run.tokens[at - 1].text
            return messages.unit_expected(run.tokens[at - 1].span(run.source), f"{count} days")
        case ["UNIT"]:
            hint = "write `day`, `week`, `month`, `quarter` or `year`"
            return messages.word_expected(span, found, "a unit of time", hint)
        case words:
            named = [_KINDS[w] if w in _KINDS else code(SPELLED.get(w, w)) for w in words]
            shown = " or ".join(filter(None, (", ".join(named[:-1]), named[-1]))) if len(named) <= _FEW else "a word"
            example = next((code(SPELLED[w]) for w in words if w in SPELLED), "")
            return messages.word_expected(span, found, shown, f"write {example}" if len(named) == 1 and example else "")


def _number_hint(run: Run, at: int) -> str:
    before = run.tokens[at - 1].text
    return f"write {code(before + ' 2')} and what is counted"


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(map(code, words[:-1])) + " or " + code(words[-1])
