"""The conformance suite on the compiled engine, which otherwise only answers for many people or often."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _suite() -> ModuleType:
    path = Path(__file__).parents[1] / "test_conformance.py"
    spec = importlib.util.spec_from_file_location("conformance_suite", path)
    assert spec is not None
    assert spec.loader is not None
    suite = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(suite)
    return suite


SUITE = _suite()
CASES = [case for case in SUITE.all_cases() if case.matches is not None or case.members]


@pytest.fixture(autouse=True)
def _always_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audql.engines.compiled_plans.OFTEN", -1)
    monkeypatch.setattr("audql.engines.population._MANY", 0)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.place) for case in CASES])
def test_case(case: object) -> None:
    SUITE.test_case(case)
