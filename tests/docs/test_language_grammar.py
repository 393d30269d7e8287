"""The grammar at the end of `docs/language.md` is that of the program.

It accepts every text that the program accepts, shown on all of the conformance suite and the examples; and the program
accepts what it makes, shown on random sentences.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pytest
from generated_parts import PAGE

from audql.diagnostics import Findings
from audql.source import Source
from audql.syntax.parser import parse_query, parse_script
from audql.syntax.words import RESERVED, UNITS

ROOT = Path(__file__).parents[2]

Node: TypeAlias = "tuple[str, ...] | Group"
"""`("word", …)` and `("TOKEN",)` and `(rule,)`, or a group of alternatives, each a row of nodes."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """`( … )`, `[ … ]` and `{ … }`: how often, by its bracket."""

    bracket: str
    rows: tuple[tuple[Node, ...], ...]


# --- the page's grammar, read -----------------------------------------------------------------------------------------

_PIECE = re.compile(r'\s*("[^"]*"|[A-Za-z]+|[|()\[\]{}])')
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def read(text: str) -> dict[str, Group]:
    """Rule by rule: a name, `=`, and alternatives on as many lines as they need."""
    rules = re.split(r"(?m)^([a-z]+) +=", text)
    return {
        name: _group(iter(_PIECE.findall(body)), "(", "") for name, body in zip(rules[1::2], rules[2::2], strict=True)
    }


def _group(pieces: Iterator[str], bracket: str, closing: str) -> Group:
    rows: list[list[Node]] = [[]]
    for piece in pieces:
        if piece == closing:
            break
        if piece == "|":
            rows.append([])
        elif piece in _CLOSING:
            rows[-1].append(_group(pieces, piece, _CLOSING[piece]))
        elif piece.startswith('"'):
            rows[-1].extend(("word", word) for word in piece[1:-1].split())
        else:
            rows[-1].append((piece,))
    return Group(bracket, tuple(map(tuple, rows)))


(EBNF,) = re.findall(r"```ebnf\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
RULES = read(EBNF)


# --- does it accept a text --------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*\s*)*(?:
      (?P<TEXT>"(?:[^"]|"")*"|'(?:[^']|'')*')
    | (?P<INSTANT>\d{4}-\d\d-\d\d[Tt][-+:.\dZz]+)
    | (?P<DATE>\d{4}-\d\d-\d\d)
    | (?P<NUMBER>-\d+(?:\.\d+)?|\d+\.\d+)
    | (?P<INT>\d+)
    | (?P<word>[^\W\d]\w*)
    | (?P<quoted>`(?:[^`]|``)*`)
    | (?P<sign>!=|<=|>=|[=<>(){}\[\],.:])
    | (?P<end>\Z))""",
    re.VERBOSE,
)


@dataclass(slots=True)
class Recogniser:
    """Follows all alternatives at once; the page's grammar has no left recursion."""

    tokens: list[tuple[str, str]]
    known: dict[tuple[str, int], frozenset[int]] = field(default_factory=dict)

    def rule(self, name: str, at: int) -> frozenset[int]:
        """Where the rule can end that begins at this token."""
        if (name, at) not in self.known:
            self.known[name, at] = self.group(RULES[name], at)
        return self.known[name, at]

    def group(self, group: Group, at: int) -> frozenset[int]:
        if group.bracket != "{":
            return self.rows(group, at) | (frozenset({at}) if group.bracket == "[" else frozenset())
        reached, new = {at}, {at}
        while new:
            new = {end for start in new for end in self.rows(group, start)} - reached
            reached |= new
        return frozenset(reached)

    def rows(self, group: Group, at: int) -> frozenset[int]:
        ends: set[int] = set()
        for row in group.rows:
            here = {at}
            for node in row:
                here = {end for start in here for end in self.node(node, start)}
            ends |= here
        return frozenset(ends)

    def node(self, node: Node, at: int) -> frozenset[int]:
        if isinstance(node, Group):
            return self.group(node, at)
        if node[0] in RULES:
            return self.rule(node[0], at)
        return frozenset({at + 1}) if at < len(self.tokens) and self.fits(node, at) else frozenset()

    def fits(self, node: tuple[str, ...], at: int) -> bool:
        kind, text = self.tokens[at]
        match node:
            case ("word", wanted):
                return text.lower() == wanted and kind in ("word", "sign")
            case ("NAME",):
                free = self.tokens[at - 1][1] == "." or (at + 1 < len(self.tokens) and self.tokens[at + 1][1] == ":")
                return kind == "quoted" or (kind == "word" and (free or text.lower() not in RESERVED))
            case ("UNIT",):
                return kind == "word" and text.lower().removesuffix("s") in UNITS
            case _:
                return kind == node[0]


def accepts(rule: str, text: str) -> bool:
    tokens: list[tuple[str, str]] = []
    at = 0
    while (m := _TOKEN.match(text, at)) and m.lastgroup and m.lastgroup != "end":
        tokens.append((m.lastgroup, m[m.lastgroup]))
        at = m.end()
    return m is not None and len(tokens) in Recogniser(tokens).rule(rule, 0)


def errors(rule: str, text: str) -> list[str]:
    findings = Findings()
    parse: Callable[[Source, Findings], object] = parse_query if rule == "query" else parse_script
    parse(Source(text, "text"), findings)
    return [f"{d.code} {d.message}" for d in findings.found]


def texts() -> Iterator[tuple[str, str, str]]:
    """Place, rule and text, of all that the program accepts."""
    for path in [*sorted((ROOT / "tests" / "conformance").glob("*.md")), PAGE]:
        text = path.read_text(encoding="utf-8")
        for m in re.finditer(r"(?m)^```(query|script|lets|audql|audql-script)\b[^\n]*\n(.*?)^```$", text, re.DOTALL):
            rule = "query" if m[1] in ("query", "audql") else "script"
            if not errors(rule, m[2]):
                yield f"{path.name}:{text.count(chr(10), 0, m.start()) + 1}", rule, m[2]
    for path in sorted((ROOT / "examples").rglob("*.aud")):
        script = path.read_text(encoding="utf-8")
        if not errors("script", script):
            yield path.name, "script", script


def test_each_name_in_the_grammar_has_a_rule() -> None:
    tokens = {"TEXT", "INT", "NUMBER", "DATE", "INSTANT", "NAME", "UNIT"}
    used = set(re.findall(r"\b[A-Za-z]+\b", re.sub(r'"[^"]*"', "", EBNF)))
    assert used == tokens | set(RULES)


def test_what_the_program_accepts_the_page_accepts() -> None:
    deep = 60  # nests a text may have, for this test's own recursion
    all_texts = [t for t in texts() if t[2].count("(") < deep and t[2].count("not ") < deep]
    assert len(all_texts) > 1000
    assert [place for place, rule, text in all_texts if not accepts(rule, text)] == []


@pytest.mark.parametrize(
    "text", ['country = "GB" or', "any job title", "country in ()", "country = = 5", "at least jobs"]
)
def test_what_the_program_refuses_the_page_refuses(text: str) -> None:
    assert errors("query", text)
    assert not accepts("query", text)


# --- does the program accept what it makes ----------------------------------------------------------------------------

_SAMPLES = {
    "TEXT": ('"Fire"', "'it''s'"),
    "INT": ("2", "30"),
    "NUMBER": ("-5", "2.5"),
    "DATE": ("2026-11-23",),
    "INSTANT": ("2026-11-23T14:30:00Z",),
    "NAME": ("country", "hired", "place", "`Cost Centre`", "größe"),
    "UNIT": ("days", "month", "hours"),
}


def _least(rules: dict[str, Group]) -> dict[int, int]:
    """For each row (by identity) and group how deep its smallest sentence is."""
    depth: dict[str, int] = dict.fromkeys(rules, 1000)

    def of_node(node: Node) -> int:
        if isinstance(node, Group):
            return 0 if node.bracket != "(" else min(map(of_row, node.rows))
        return depth[node[0]] if node[0] in rules else 0

    def of_row(row: tuple[Node, ...]) -> int:
        return max(map(of_node, row), default=0)

    for _ in rules:
        for name, group in rules.items():
            depth[name] = min(depth[name], 1 + min(map(of_row, group.rows)))
    return {id(row): of_row(row) for row in _rows(list(rules.values()))}


def _rows(groups: list[Group]) -> Iterator[tuple[Node, ...]]:
    for group in groups:
        for row in group.rows:
            yield row
            yield from _rows([node for node in row if isinstance(node, Group)])


LEAST = _least(RULES)


def made(chance: random.Random, node: Node, budget: int) -> Iterator[str]:
    """The words of a random sentence."""
    if isinstance(node, Group):
        times = {"(": 1, "[": chance.randint(0, 1), "{": chance.choice((0, 0, 1, 2))}[node.bracket]
        if budget <= 0 and node.bracket != "(":
            times = 0
        for _ in range(times):
            least = min(LEAST[id(row)] for row in node.rows)
            rows = [row for row in node.rows if LEAST[id(row)] <= max(budget, least)]
            for inner in chance.choice(rows):
                yield from made(chance, inner, budget)
    elif node[0] in RULES:
        yield from made(chance, RULES[node[0]], budget - 1)
    else:
        yield node[1] if node[0] == "word" else chance.choice(_SAMPLES[node[0]])


@pytest.mark.parametrize("rule", ["query", "script"])
def test_what_the_page_makes_the_program_accepts(rule: str) -> None:
    chance = random.Random(20261123)
    for _ in range(400):
        text = " ".join(made(chance, (rule,), 7))
        if rule == "query" or text:
            assert not errors(rule, text), text
            assert accepts(rule, text), text
