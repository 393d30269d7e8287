"""Every code has a case in the gallery and an entry in `docs/errors.md`, whose examples are what is printed."""

import ast
import os
import re
from functools import cache
from pathlib import Path

import of_runs
import reading

from audql.diagnostics import UNCHANGED
from audql.rendering import render

ROOT = Path(reading.HERE).parents[1]
PAGE = ROOT / "docs" / "errors.md"

NOT_SHOWN = {
    "AQ143": "a safeguard: the parser always has something that it expects",
    "AQ203": "no longer given",
}
_ENTRY = re.compile(r"^### (AQ\d{3}): (.+)$", re.M)
_EXAMPLE = re.compile(r"<!-- (.+) -->\n```text\n(.*?)```$", re.M | re.S)


@cache
def _codes() -> frozenset[str]:
    """All codes that the package has."""
    return frozenset(
        node.value
        for path in (ROOT / "audql").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"AQ\d{3}", node.value)
    )


def _example(code: str, case_name: str) -> tuple[str, str]:
    """The case, or another one where it has no such message any more, and its first message of that code."""
    cases = sorted(reading.all_cases(), key=lambda case: case.name != case_name)
    groups = [("of runs", of_runs.EXAMPLES), *((case.name, reading.diagnostics(case)) for case in cases)]
    if case_name != "of runs":
        groups.append(groups.pop(0))
    name, found = next((name, d) for name, group in groups for d in group if d.code == code)
    return name, "".join(f"{line.rstrip()}\n" for line in render([found]).splitlines())


def _with_examples(page: str) -> str:
    head, *entries = re.split(r"^(?=### )", page, flags=re.M)
    made = [head]
    for entry in entries:
        found = _EXAMPLE.search(entry)
        if found is not None:
            name, shown = _example(entry[4:9], found[1])
            entry = f"{entry[: found.start()]}<!-- {name} -->\n```text\n{shown}```{entry[found.end() :]}"
        made.append(entry)
    return "".join(made)


def test_every_code_is_shown() -> None:
    shown = {d.code for case in reading.all_cases() for d in reading.diagnostics(case)}
    shown |= {d.code for d in of_runs.EXAMPLES} | NOT_SHOWN.keys()
    assert sorted(_codes() - shown) == []


def test_every_code_has_its_entry() -> None:
    page = PAGE.read_text(encoding="utf-8")
    entries = [code for code, _ in _ENTRY.findall(page)]
    assert entries == sorted(set(entries))
    assert sorted(_codes() - set(entries) - {"AQ203"}) == []
    assert sorted(set(entries) - _codes()) == []


def test_every_entry_has_an_example_and_a_cure() -> None:
    for entry in re.split(r"^(?=### )", PAGE.read_text(encoding="utf-8"), flags=re.M)[1:]:
        code = entry[4:9]
        assert "**Cure.** " in entry, code
        assert code in NOT_SHOWN or _EXAMPLE.search(entry), code


def test_examples_are_what_is_printed() -> None:
    page = PAGE.read_text(encoding="utf-8")
    if os.environ.get("AUDQL_REWRITE_GALLERY"):
        PAGE.write_text(_with_examples(page), encoding="utf-8")
        page = PAGE.read_text(encoding="utf-8")
    assert page == _with_examples(page)


def test_that_nothing_was_changed_is_said_first_or_last() -> None:
    """So that it can be left out where something was."""
    shown = [d.hint for d in of_runs.EXAMPLES]
    shown += [d.hint for case in reading.all_cases() for d in reading.diagnostics(case)]
    claiming = [hint for hint in shown if UNCHANGED in hint]
    assert claiming
    for hint in claiming:
        assert re.match(rf"{UNCHANGED}([;.,] |$)", hint) or hint.endswith(f"; {UNCHANGED}"), hint
