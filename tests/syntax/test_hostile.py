"""Whatever the text: a tree, errors whose spans lie in it, and no exception."""

import random

import pytest
import trees
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_parser import SCRIPT

from audql.diagnostics import Diagnostic, Findings
from audql.rendering import render
from audql.source import Source
from audql.syntax import ast, scripts
from audql.syntax.lexer import lex
from audql.syntax.parser import MOST_CHARACTERS, MOST_ERRORS, parse_query, parse_script
from audql.syntax.printer import format_query, format_script
from audql.syntax.words import PUNCTUATION, RESERVED, SOFT

_MANY = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))

_WORDS = [
    *RESERVED, *SOFT, *PUNCTUATION, "country", "job", '"GB"', "5", "-5", "2.5", "2026-11-23", "2026-11-23T14:30:00Z",
    "30 days", "`a b`", "\n", "\n  ", "# c\n", "==", "<>", "&&", "||", "!", "-eq", "-and", ";", "%", "+", "-", "like",
    "null", "yes", "since", "has", "doesn't", "is not", "greater than", "select", "exists", "the", "past",
    "to", "one of",
    "statrs with", "evry", "at least", "more than", "on or before", "from now", '"open', "'", "“x”", "1,000", "007",
    "2026-09", "23/11/2026", "30d", "2nd", "a-b", "a@b.c", "$$", "//", "/*", "*/", "\0", "\ud800", "\ufeff",
    "\r", "\u200b",
    'audience "A" {', "where", "}", 'test "A" {', "let x =", "define f(a) =", "member {a: 1}", "[", "]", '""', "'%a%'",
]  # fmt: skip


def _found(text: str) -> list[Diagnostic]:
    """The errors of a text, read in each way; what holds for all of them is checked."""
    source = Source(text)
    found: list[Diagnostic] = []
    for parse in (parse_query, parse_script):
        findings = Findings()
        tree = parse(source, findings)
        found = findings.found
        assert len(found) <= MOST_ERRORS + 1
        assert found or not _is_broken(tree)
        for d in found:
            assert d.span is not None
            assert 0 <= d.span.start <= d.span.end <= len(text)
            assert d.code.startswith("AQ1")
            assert d.message
        render(found)
        if isinstance(tree, scripts.Script):
            format_script(tree)
        elif not isinstance(tree, scripts.Record):
            format_query(tree)
    return found


def _is_broken(tree: object) -> bool:
    return "Broken(" in repr(tree)


@_MANY
@given(st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join))
def test_words_in_any_order(text: str) -> None:
    _found(text)


@_MANY
@given(st.text(max_size=80))
def test_characters_in_any_order(text: str) -> None:
    _found(text)


@_MANY
@given(trees.scripts(), st.randoms(use_true_random=False))
def test_damaged_scripts(tree: scripts.Script, chance: random.Random) -> None:
    words = format_script(tree).split(" ")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(words))
        match chance.randrange(4):
            case 0:
                del words[at : at + chance.randint(1, 3)]
            case 1:
                words.insert(at, chance.choice(_WORDS))
            case 2:
                words[at] = chance.choice(_WORDS)
            case _:
                words[at] = words[at][: chance.randint(0, len(words[at]))]
        words = words or [""]
    _found(" ".join(words))


def test_one_changed_word_has_few_messages() -> None:
    """Each word of the example left out, doubled or replaced: one message nearly always, never more than three."""
    words = lex(Source(SCRIPT), lambda _: None).tokens[:-1]
    counts = []
    for w in words:
        before, after = SCRIPT[: w.start], SCRIPT[w.end :]
        for text in (before + after, before + w.text + " " + w.text + after, before + " foo " + after):
            findings = Findings()
            parse_script(Source(text), findings)
            counts.append(len(findings.found))
    assert max(counts) <= 3
    assert sum(c > 1 for c in counts) < len(counts) / 10


N = 20_000

HOSTILE = {
    "a or a or …": "a or " * N + "a",
    "a and a and …": "a and " * N + "a",
    "opening brackets": "(" * N,
    "closing brackets": ")" * N,
    "opening and other closing brackets": "(" * N + "}" * N,
    "brackets that fit": "(" * N + "a" + ")" * N,
    "alternating brackets": "([{" * N,
    "square brackets": "x in " + "[" * N,
    "square brackets that fit": "x in [" * N + "]" * N,
    "nots": "not " * N + "a",
    "bangs": "!" * N + "a",
    "calls in calls": "f(" * N + "a" + ")" * N,
    "quantifiers": "any a (" * N + "b" + ")" * N,
    "formatter's brackets": "a or (b and c and " * N,
    "or within or": "a or (" * N + "b" + ")" * N,
    "unclosed quotes": '"a\n' * N,
    "one unclosed quote": '"' + "a" * N,
    "doubled quotes": '"' + '""' * N,
    "backquotes": "`" * N,
    "smart quotes": "“" * N,
    "digits": "x = " + "9" * N,
    "digits and commas": "x = " + "1," * N + "1",
    "digits and dots": "x = " + "1." * N,
    "digits and letters": "1a" * N,
    "dots": "a." * N,
    "commas": "," * N,
    "a list without an end": 'x in ("a", ' + '"b", ' * N,
    "values after or": 'x = "a"' + ' or "b"' * N,
    "zeros": "\0" * N,
    "zeros apart": "\0 " * N,
    "surrogates": "\ud800" * N,
    "byte order marks": "\ufeff" * N,
    "carriage returns": "a and\r" * N + "b",
    "combining marks": "a" + "\u0301" * N,
    "unknown characters": "$ a " * N,
    "comments": "/* " * N,
    "stars": "/*" + "*" * N,
    "hyphens": "a" + "-b" * N,
    "dashes": "- " * N,
    "audiences": 'audience "A" {' * N,
    "records": 'test "A" { member ' + "{a: " * N,
    "arrays": 'test "A" { member {a: ' + "[" * N + "]" * N + "}}",
    "clause words": "where owner notify " * N,
    "texts without quotes": 'audience "A" { owner ' + "a, " * N + "}",
    "errors": "x = = 5 and\n" * N,
    "spaces": " " * N * 5 + "$",
    "semicolons": ";" * N,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile(text: str) -> None:
    source = Source(text)
    for parse in (parse_query, parse_script):
        findings = Findings()
        parse(source, findings)
        assert len(findings.found) <= MOST_ERRORS + 1
        render(findings.found)


def test_more_errors_than_are_shown_are_told_in_one_line() -> None:
    findings = Findings()
    parse_query(Source("x = = 5 and y and\n" * 500 + "z"), findings)
    assert len(findings.found) == MOST_ERRORS + 1
    assert findings.found[-1].code == "AQ124"


def test_too_long() -> None:
    findings = Findings()
    assert isinstance(parse_query(Source(" " * (MOST_CHARACTERS + 1)), findings), ast.Broken)
    assert [d.code for d in findings.found] == ["AQ123"]


@pytest.mark.parametrize(
    ("unit", "end"),
    [("(", ")"), ("not ", ""), ("any job (", ")"), ("at least 1 of (", ")"), ("not any a (b or ", ")")],
)
def test_256_levels_are_allowed_and_no_more(unit: str, end: str) -> None:
    per_unit = 2 if unit.startswith("not any") else 1
    for levels, codes in ((256, []), (258, ["AQ122"])):
        count = levels // per_unit
        findings = Findings()
        parse_query(Source(unit * count + 'completed("X")' + end * count), findings)
        assert [d.code for d in findings.found] == codes


def test_brackets_of_the_formatter_are_no_levels() -> None:
    text = "(a or b and " * 250 + "c" + ")" * 250
    tree = parse_query(Source(text), findings := Findings())
    again = parse_query(Source(format_query(tree)), findings)
    assert not findings.found
    assert format_query(again) == format_query(tree)


def test_tokens_are_found_in_one_pass() -> None:
    """As many tokens for twice the text: nothing is read again."""
    counts = [len(lex(Source('a.b = "c" and ' * n), lambda _: None).tokens) for n in (100, 200)]
    assert counts[1] - 1 == 2 * (counts[0] - 1)
