"""The committed tables are those of the grammar, the grammar has no conflict, and reading it needs no lark."""

import re
import subprocess
import sys

from audql.syntax import building, tables
from audql.syntax.building_scripts import BUILDERS, TOLERANT
from audql.syntax.words import SPELLED


def test_tables_are_fresh_and_the_grammar_is_lalr() -> None:
    """lark's strict mode raises at any conflict."""
    with open(tables._FILE, encoding="utf-8") as file:
        assert file.read() == tables.make(tables.grammar_text()), "run python -m audql.syntax.tables"


def test_each_reduction_has_its_builder() -> None:
    used = {builder for _, length, builder in tables.load().rules if builder or length != 1}
    assert used == set(BUILDERS)
    assert set(TOLERANT) <= used


def test_a_query_meets_no_rule_of_scripts() -> None:
    """So it is read without the builders of scripts; a rule without one hands on the only value that it has."""
    loaded = tables.load()
    states = [loaded.starts["query"]]
    met: set[str] = set()
    for state in states:
        actions = loaded.rows[state].values()
        states += {action for action in actions if action >= 0} - set(states)
        met |= {loaded.rules[-action - 1][2] for action in actions if action < 0}
    assert met - {""} == set(building.BUILDERS)


def test_each_declared_terminal_is_spelt_in_some_way() -> None:
    declared = {t for line in re.findall(r"^%declare (.*)$", tables.grammar_text(), re.M) for t in line.split()}
    assert declared - set(SPELLED) == {"NAME", "TEXT", "INT", "NUMBER", "DATE", "INSTANT", "UNIT", "ERROR"}
    assert set(SPELLED) <= declared


def test_parsing_imports_no_lark() -> None:
    code = "import sys, audql.syntax.parser as p, audql.source as s, audql.diagnostics as d\n"
    code += (
        "p.parse_query(s.Source('a and b'), d.Findings())\nassert not any(m.startswith('lark') for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
