"""`parse(print(t)) == t`, and canonical text is its own canonical text."""

import random

import trees
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audql.diagnostics import Findings
from audql.rendering import render
from audql.source import Source
from audql.syntax import ast, scripts
from audql.syntax.parser import parse_query, parse_script
from audql.syntax.printer import format_query, format_script

_SLOW = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def _query(text: str) -> ast.Query:
    findings = Findings()
    tree = parse_query(Source(text), findings)
    assert not findings.found, f"{text}\n{render(findings.found)}"
    return tree


def _script(text: str) -> scripts.Script:
    findings = Findings()
    tree = parse_script(Source(text), findings)
    assert not findings.found, f"{text}\n{render(findings.found)}"
    return tree


@_SLOW
@given(trees.queries())
def test_queries(tree: ast.Query) -> None:
    text = format_query(tree)
    assert _query(text) == tree
    assert format_query(_query(text)) == text


@_SLOW
@given(trees.scripts())
def test_scripts(tree: scripts.Script) -> None:
    text = format_script(tree)
    assert _script(text) == tree
    assert format_script(_script(text)) == text


@_SLOW
@given(trees.scripts(), st.randoms(use_true_random=False))
def test_scripts_with_comments(tree: scripts.Script, chance: random.Random) -> None:
    """Comments anywhere between two words: none is lost, none comes earlier than another, and the text settles."""
    words = format_script(tree).split(" ")
    pieces = [
        w + (f"  # c{i}\n" if _may_break(words, i) and chance.random() < 0.1 else " ") for i, w in enumerate(words)
    ]
    before = _tolerant(" ".join(pieces))
    if before is None:  # a comment fell into a text
        return
    text = format_script(before)
    after = _script(text)
    assert after == before
    assert [c.text for c in after.comments] == [c.text for c in before.comments]
    assert format_script(after) == text


def _may_break(words: list[str], i: int) -> bool:
    return " ".join(words[: i + 1]).count('"') % 2 == 0 and "`" not in "".join(words[: i + 1])


def _tolerant(text: str) -> scripts.Script | None:
    findings = Findings()
    tree = parse_script(Source(text), findings)
    return None if findings.found else tree


def test_long_queries_are_wrapped_at_and_and_or() -> None:
    parts = " and ".join(f'(country = "GB" or custom.number_{i} > {i})' for i in range(5))
    text = format_query(_query(parts + ' and any job (title = "Nurse" and org within "Wards" and not primary)'))
    assert text == "\n".join(
        [
            *(("and " if i else "") + f'(country = "GB" or custom.number_{i} > {i})' for i in range(5)),
            'and any job (title = "Nurse" and org within "Wards" and not primary)',
        ]
    )
    assert max(map(len, text.splitlines())) <= 100


def test_brackets_are_written_where_and_meets_or_and_nowhere_else() -> None:
    assert format_query(_query("(a) and ((b and c)) or (not (d))")) == "(a and b and c) or not d"


COMMENTED = """\
# header

# second header
import "x"  # why

let a = b  # trailing
# before c
let c =
  (
    d  # dee
    and e
  )  # or comment
  # own line
  or (f and g)  # last

audience "Y" {  # head
  # first
  where   any job (
            a  # inner
            # own in
            or c
          )
          and country in ("GB", "IE")  # home
          # end
          and no job (  # q
            x
          )

  include "a", "b"  # ann

  # dangling
}

# tail
test "Y" {  # t
  member { a: 1, b: {c: 2} }  # one
  # after
  # end
}
# very end
"""


def test_comments_keep_their_place() -> None:
    assert format_script(_script(COMMENTED)) == COMMENTED


def test_a_script_ends_with_one_line_break_and_an_empty_one_is_empty() -> None:
    assert format_script(_script('import "x"\n\n\n')) == 'import "x"\n'
    assert format_script(_script("")) == ""


def test_deep_trees_are_printed_without_recursion() -> None:
    text = "not " * 200 + "(a or b and (c or " * 20 + "d" + "))" * 20
    assert format_query(_query(format_query(_query(text)))) == format_query(_query(text))
