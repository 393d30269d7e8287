"""`grammar/audql.lark` → the LALR(1) tables that the parser runs, as the JSON file beside this module.

lark makes the tables while AudQL is developed (`python -m audql.syntax.tables`) and is not needed afterwards:
reading them takes a millisecond, making them a hundred.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

STARTS = ("query", "script")
END = "$END"
_HERE = os.path.dirname(os.path.abspath(__file__))
_FILE = os.path.join(_HERE, "tables.json")


@dataclass(frozen=True, slots=True)
class Tables:
    """The automaton. `rows[state]` maps a terminal to what to do (n >= 0: shift and go to state n; n < 0: reduce by
    `rules[-n - 1]`), and a nonterminal that was just made to the state to go to."""

    rows: list[dict[str, int]]
    rules: list[tuple[str, int, str]]  # what is made, of how many symbols, by which builder ("": hand on the only one)
    starts: dict[str, int]


def load() -> Tables:
    """The tables as they were committed."""
    with open(_FILE, encoding="utf-8") as file:
        data = json.load(file)
    rows: list[dict[str, int]] = data["rows"]
    return Tables(
        rows=[rows[i] for i in data["states"]],
        rules=[(made, length, builder) for made, length, builder in data["rules"]],
        starts=data["starts"],
    )


def grammar_text() -> str:
    """The grammar: inside the package where it was installed, at the top of the checkout where it is developed."""
    package = os.path.dirname(_HERE)
    for folder in (package, os.path.dirname(package)):
        path = os.path.join(folder, "grammar", "audql.lark")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
    raise FileNotFoundError("grammar/audql.lark is neither in the package nor beside it")


def make(grammar: str) -> str:
    """The text of the JSON file for a grammar; lark raises if the grammar has a conflict."""
    from lark import Lark
    from lark.lexer import Lexer, LexerState, Token
    from lark.parsers.lalr_analysis import Shift

    class NoLexer(Lexer):  # lark's own cannot read terminals that are only declared
        def __init__(self, _: object) -> None: ...

        def lex(self, lexer_state: LexerState, parser_state: object) -> Iterator[Token]:
            return iter(())

    table = Lark(grammar, parser="lalr", strict=True, start=list(STARTS), lexer=NoLexer).parser.parser._parse_table

    numbers = _numbered(table.start_states, lambda s: {k: a[1] for k, a in table.states[s].items() if a[0] is Shift})
    rules: dict[tuple[str, int, str], int] = {}

    def action(kind: object, argument: object) -> int:
        if kind is Shift:
            return numbers[argument]
        rule: tuple[str, int, str] = (str(argument.origin.name), len(argument.expansion), argument.alias or "")  # type: ignore[attr-defined]  # a lark Rule
        return -rules.setdefault(rule, len(rules)) - 1

    rows: dict[str, int] = {}
    states = []
    for state in numbers:
        row = {symbol: action(*table.states[state][symbol]) for symbol in sorted(table.states[state])}
        if state in table.end_states.values():
            row[END] = 0  # reading it ends the run: lark looks at the state instead
        states.append(rows.setdefault(json.dumps(row), len(rows)))

    lines = ['{"starts": ' + json.dumps({start: numbers[table.start_states[start]] for start in STARTS}) + ","]
    lines.append('"rules": [\n' + ",\n".join(map(json.dumps, rules)) + "],")
    lines.append('"states": ' + json.dumps(states) + ",")
    lines.append('"rows": [\n' + ",\n".join(rows) + "]}\n")
    return "\n".join(lines)


def _numbered(starts: dict[str, object], shifts: Callable[[object], dict[str, object]]) -> dict[object, int]:
    """States in the order in which they are reached, since lark's own numbers differ from run to run."""
    numbers: dict[object, int] = {}
    waiting = [starts[start] for start in STARTS]
    for state in waiting:
        if state not in numbers:
            numbers[state] = len(numbers)
            ways = shifts(state)
            waiting.extend(ways[symbol] for symbol in sorted(ways))
    return numbers


if __name__ == "__main__":
    with open(_FILE, "w", encoding="utf-8", newline="\n") as file:
        file.write(make(grammar_text()))
