"""Text → tree and findings: lexer, brackets, habits, then the automaton. Whatever the text, there is a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audql.diagnostics import Diagnostic, Findings, in_order
from audql.source import Source, Span
from audql.syntax import ast, messages
from audql.syntax.brackets import balance
from audql.syntax.driver import Run
from audql.syntax.habits import rewrite
from audql.syntax.lexer import lex
from audql.syntax.nesting import limit_nesting

if TYPE_CHECKING:
    from audql.syntax.scripts import Script

MOST_CHARACTERS = 10_000_000
MOST_ERRORS = 100
_KEPT = 1000  # so that the first ones can be chosen, and hostile text fills no memory


def parse_query(source: Source, findings: Findings) -> ast.Query:
    """The tree of a query; what cannot be read is Broken in it, and an error in `findings`."""
    tree, _ = _parse(source, findings, "query")
    return tree  # type: ignore[return-value]  # what the grammar's start symbol makes


def parse_script(source: Source, findings: Findings) -> Script:
    """The tree of a script, with its comments; what cannot be read is Broken in it, and an error in `findings`."""
    from audql.syntax.scripts import Script  # a query needs no nodes of scripts

    tree, comments = _parse(source, findings, "script")
    whole = Span(source, 0, len(source.text))
    items = tree.items if isinstance(tree, Script) else (ast.Broken(whole),)
    return Script(items, tuple(comments), whole)


def _parse(source: Source, findings: Findings, start: str) -> tuple[object, list[ast.Comment]]:
    if len(source.text) > MOST_CHARACTERS:
        findings.add(messages.too_long(Span(source, 0, 0), MOST_CHARACTERS))
        return ast.Broken(Span(source, 0, len(source.text))), []
    errors = _Errors()
    tokens, comments = lex(source, errors.add)
    tokens, doubtful = balance(source, tokens, errors.add)
    tokens = rewrite(source, tokens, start, errors.add)
    tokens = limit_nesting(source, tokens, errors.add)
    if start == "query" and len(tokens) == 1:
        if not errors.found:
            errors.add(messages.empty_query(Span(source, 0, len(source.text))))
        errors.give(findings)
        return ast.Broken(Span(source, 0, len(source.text))), comments
    tree = Run(source, tokens, start, errors.add, doubtful, damaged=bool(errors.found)).run()
    errors.give(findings)
    return tree, comments


class _Errors:
    """What the phases find, up to a limit."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def add(self, diagnostic: Diagnostic) -> None:
        if len(self.found) < _KEPT:
            self.found.append(diagnostic)

    def give(self, findings: Findings) -> None:
        """The first ones by place; where there are more, a last line that says so."""
        found = in_order(self.found)
        for diagnostic in found[:MOST_ERRORS]:
            findings.add(diagnostic)
        if len(found) > MOST_ERRORS:
            findings.add(messages.more_errors(found[MOST_ERRORS].span, MOST_ERRORS))
