"""A token where it cannot be → the message that says what could be there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic
from audql.source import Span
from audql.syntax import messages
from audql.syntax.messages import code
from audql.syntax.tables import END
from audql.syntax.tokens import Token
from audql.syntax.window import COMPARING
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
_TURNED = {"BEFORE": "after", "AFTER": "before", "ON": "on", "ON_OR_BEFORE": "on or after", "ON_OR_AFTER":
           "on or before"}  # fmt: skip
_WHEN = "say when: `on joining`, `on leaving`, `7 days before due`, `when overdue` or `every 7 days while overdue`"
_OF_PEOPLE = frozenset({"INCLUDE", "EXCLUDE", "MEMBERS"})
# The whole of a clause or item, for hints where a part of it cannot be read.
_FORMS = {
    "INCLUDE": 'include "ann" until 2026-12-31 because "covers Store 12"',
    "EXCLUDE": 'exclude "bob" until 2026-12-31 because "on leave"',
    "ACTIVE": "active from 2026-01-01 until 2026-12-31",
    "ENROL": 'enrol in course "Safety" as "learner" due 30 days after joining',
    "NOTIFY": 'notify learner, manager on joining with "welcome"',
    "WHEN": "when leaving unenrol",
    "RETIRE": 'retire "Retail 2024" then keep',
}


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
        return messages.value_expected(span, found, _value_hint(run, at, expected))
    if "AND" in expected and "OR" not in expected:
        return messages.word_expected(span, found, "`and` and the upper end", _between_hint(run, at))
    if "AND" in expected or expected == {END}:
        return _no_joint(run, at, span, found, expected)
    if {"EQ", "NE"} <= expected or {"IN", "BETWEEN"} <= expected:
        return messages.comparison_expected(span, found, _comparison_hint(run, at))
    if "WHERE" in expected:
        return _no_clause(run, at, span, found)
    if (
        "IMPORT" in expected
        and token.kind in ("NAME", "NOT", "ANY", "EVERY", "NO")
        and run.tokens[at + 1].kind != "TEXT"
    ):
        hint = 'a condition stands in an audience: `audience "Retail" { where … }`, or behind `let`'
        return messages.item_expected(span, found, hint)
    if "IMPORT" in expected:
        return messages.item_expected(span, found, f"it begins with {_words(ITEM_WORDS)}")
    if "GIVEN" in expected:
        return messages.step_expected(span, found)
    return _no_word(run, at, span, found, expected)


def _no_clause(run: Run, at: int, span: Span, found: str) -> Diagnostic:
    """Where a clause could begin: for a part of the last one, how that is written as a whole."""
    token = run.tokens[at]
    form = ""
    if token.keyword and token.keyword not in STARTS and not _breaks(run.source.text, run.tokens[at - 1], token):
        form = next((_FORMS[t.keyword] for t in reversed(run.tokens[:at]) if t.keyword in _FORMS), "")
    hint = f"the order is `{form}`" if form else f"a clause begins with {_words(CLAUSE_WORDS)}"
    return messages.clause_expected(span, found, hint)


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
    elif token.kind in ("AND", "OR"):
        hint = f"write a condition before it, or delete {code(token.text.lower())}"
    elif before == "not":
        hint = "say what is not to hold: `not suspended`"
    elif token.kind in COMPARING:
        hint = 'the field comes first: `country = "GB"`'
    return messages.condition_expected(span, found, hint)


def _value_hint(run: Run, at: int, expected: set[str]) -> str:
    before = run.tokens[at - 1]
    if run.tokens[at].kind == "RPAR" and before.kind == "LPAR":
        return 'put the values between the brackets: `("GB", "IE")`'
    if run.tokens[at].kind == "LPAR" and run.tokens[at - 1].kind in ("LT", "LE", "GT", "GE"):
        return f"{code(run.tokens[at - 1].text)} compares with one value; `in` takes several, `between` two ends"
    if "LPAR" in expected and "UNIT" not in expected:
        return _VALUE + '; several stand in brackets: `("GB", "IE")`'
    return _VALUE


def _between_hint(run: Run, at: int) -> str:
    low = run.tokens[at - 1]
    only = {"DATE": "on or after", "INSTANT": "on or after", "INT": ">=", "NUMBER": ">="}.get(low.kind, "")
    hint = f"both ends are written: {code(f'between {low.text} and …')}"
    return hint + (f"; for one end alone {code(f'{only} {low.text}')}" if only else "")


def _comparison_hint(run: Run, at: int) -> str:
    """Where a value comes first, the comparison turned round."""
    token, before = run.tokens[at], run.tokens[at - 1]
    following = run.tokens[min(at + 1, len(run.tokens) - 1)]
    if before.kind not in ("TEXT", "INT", "NUMBER", "DATE", "INSTANT"):
        return _COMPARISONS
    turned = _TURNED.get(token.kind)
    if turned and following.kind == "NAME":
        return f"the field comes first: {code(f'{following.text} {turned} {before.text}')}"
    if token.kind == "IN" and following.kind == "LPAR":
        names = [t.text for t in run.tokens[at + 2 : at + 12 : 2] if t.kind == "NAME"]
        return f"the field comes first: {code(' or '.join(f'{name} = {before.text}' for name in names))}"
    if token.kind == "COMMA" and run.tokens[at - 2].kind == "LPAR":
        return 'the field comes first: `country in ("GB", "IE")`'
    example = f"country = {before.text}" if before.kind == "TEXT" else f"custom.Grade >= {before.text}"
    example = "hired after " + before.text if before.kind in ("DATE", "INSTANT") else example
    return f"name the field that it is compared with: {code(example)}"


def _no_joint(run: Run, at: int, span: Span, found: str, expected: set[str]) -> Diagnostic:
    token = run.tokens[at]
    before = run.tokens[at - 1]
    if token.kind == "AGO":
        return messages.joint_expected(span, found, "how long ago", "write for example `more than 30 days ago`")
    if run.accepts("WHERE") and token.kind == "NAME" and _breaks(run.source.text, before, token):
        return messages.clause_expected(span, found, f"a clause begins with {_words(CLAUSE_WORDS)}")
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
    if {"ON", "EVERY", "WHEN"} <= expected:
        return messages.word_expected(span, found, "when it is sent", _WHEN)
    token, before = run.tokens[at], run.tokens[at - 1]
    match sorted(expected):
        case ["NAME"] if before.keyword == "ENROL" or (before.kind == "IN" and run.tokens[at - 2].keyword == "ENROL"):
            hint = f"write {code(f'course {token.text}')}, {code(f'programme {token.text}')} or another kind"
            return messages.word_expected(span, found, "the kind of learning", hint)
        case ["NAME"] if token.kind == "DOT":
            return messages.name_expected(span, found, "delete one dot")
        case ["NAME"] if before.kind == "DOT":
            return messages.name_expected(span, found, "write behind the dot what of it is meant, as in `org.name`")
        case ["NAME", "OF"] if before.kind == "INT":
            bound = f"{run.tokens[at - 2].text} {before.text}"
            return messages.word_expected(span, found, "what is counted", f"write for example {code(f'{bound} jobs')}")
        case ["LPAR"] if before.kind == "OF":
            hint = "put the conditions in brackets, with commas between them"
            return messages.word_expected(span, found, "`(`", hint)
        case ["LBRACE", "WAS"]:
            whole = "the parts of an audience stand in `{ … }` behind its name"
            hint = (
                f"leave out {code(token.text)}"
                if run.tokens[min(at + 1, len(run.tokens) - 1)].kind == "LBRACE"
                else whole
            )
            return messages.word_expected(span, found, "`{`", hint)
        case ["LBRACE"]:
            return messages.word_expected(span, found, "`{`", 'write for example `{ country: "GB" }`')
        case ["AFTER", "BEFORE"]:
            length = f"{run.tokens[at - 2].text} {before.text}"
            return messages.word_expected(
                span, found, "what it counts from", f"write {code(f'{length} after joining')}"
            )
        case ["AFTER", "AGO", "BEFORE", "FROM_NOW"] | ["AGO", "FROM_NOW"]:
            length = f"{run.tokens[at - 2].text} {before.text}"
            if (than := run.tokens[at - 3]).kind in ("MORE_THAN", "LESS_THAN"):
                length = f"{than.text} {length}"
            hint = f"write {code(f'{length} ago')} for the past, {code(f'{length} from now')} for what is to come"
            return messages.word_expected(span, found, "`ago` or `from now`", hint)
        case ["THEN"]:
            hint = "say what then: `then keep`, `then suspend` or `then unenrol`"
            return messages.word_expected(span, found, "`then`", hint)
        case ["NAME"] | ["NAME", "RPAR"] | ["NAME", "RBRACE"]:
            hint = "a name is a word, or stands in backquotes: `` `Cost Centre` ``"
            return messages.name_expected(span, found, hint)
        case ["TEXT"] | ["FROM", "TEXT"] if before.keyword in _OF_PEOPLE and _is_condition(run, at):
            return messages.text_expected(span, found, _rule_hint(run, at))
        case ["TEXT"] | ["FROM", "TEXT"]:
            return messages.text_expected(span, found)
        case ["DATE"]:
            return messages.date_expected(span, found, before.text if before.keyword in ("UNTIL", "FROM") else "")
        case ["INT"]:
            return messages.whole_number_expected(span, found, _number_hint(run, at))
        case ["INT", "NAME"]:
            following = run.tokens[min(at + 1, len(run.tokens) - 1)]
            return messages.whole_number_expected(span, found, _length_hint(token, following))
        case ["UNIT"] if run.tokens[at - 1].kind == "INT":
            count = run.tokens[at - 1].text
            return messages.unit_expected(run.tokens[at - 1].span(run.source), f"{count} days")
        case ["UNIT"]:
            hint = "write `day`, `week`, `month`, `quarter` or `year`"
            return messages.word_expected(span, found, "a unit of time", hint)
        case words:
            return _one_of(run, at, span, found, words)


def _one_of(run: Run, at: int, span: Span, found: str, words: Sequence[str]) -> Diagnostic:
    """One of these is expected, and nothing more is known of it."""
    named = [_KINDS[w] if w in _KINDS else code(SPELLED.get(w, w)) for w in words]
    shown = " or ".join(filter(None, (", ".join(named[:-1]), named[-1]))) if len(named) <= _FEW else "a word"
    form = next((_FORMS[t.keyword] for t in reversed(run.tokens[:at]) if t.keyword in _FORMS), "")
    hint = f"the whole of it is `{form}`" if form and "WHERE" not in words else ""
    if len(named) == 1 and words[0] in SPELLED:
        hint = f"write {code(SPELLED[words[0]])}"
    return messages.word_expected(span, found, shown, hint)


def _is_condition(run: Run, at: int) -> bool:
    token, following = run.tokens[at], run.tokens[min(at + 1, len(run.tokens) - 1)]
    quantified = token.kind in ("ANY", "EVERY", "NO", "NOT")
    return quantified or (token.kind == "NAME" and following.kind in COMPARING | {"LPAR", "DOT"})


def _rule_hint(run: Run, at: int) -> str:
    """Where a condition stands behind a word that people are named behind: where it belongs."""
    word = run.tokens[at - 1]
    end = at
    while not _ends_line(run, end):
        end += 1
    condition = run.source.text[run.tokens[at].start : run.tokens[end].end]
    rule = {"INCLUDE": f"or {condition}", "EXCLUDE": f"and not {condition}"}.get(word.keyword, condition)
    return f"{code(word.text)} names people; a condition is part of the rule: {code(f'where … {rule}')}"


def _ends_line(run: Run, at: int) -> bool:
    following = run.tokens[at + 1]
    return following.kind in (END, "RBRACE") or _breaks(run.source.text, run.tokens[at], following)


def _length_hint(token: Token, following: Token) -> str:
    if token.kind == "NUMBER" and token.text[:1] == "-" and token.text[1:].isdigit():
        return f"write {code(f'{token.text[1:]} {following.text}')}"
    if token.kind == "NUMBER":
        return "lengths are whole: count in days, weeks or months"
    return "a length of time is written `30 days`"


def _number_hint(run: Run, at: int) -> str:
    bound, token = run.tokens[at - 1].text, run.tokens[at]
    counted = token.text if token.kind == "NAME" else "jobs"
    return f"write for example {code(f'{bound} 2 {counted}')}"


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(map(code, words[:-1])) + " or " + code(words[-1])
