"""AudQL, the audience query language: text rules that say who.

Everything public is here; nothing is imported until it is used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audql.diagnostics import AudQLError as AudQLError
    from audql.diagnostics import CompileError as CompileError
    from audql.diagnostics import Diagnostic as Diagnostic
    from audql.diagnostics import Severity as Severity
    from audql.embedding import Query as Query
    from audql.embedding import Script as Script
    from audql.embedding import compile as compile
    from audql.embedding import compile_script as compile_script
    from audql.source import Source as Source
    from audql.source import Span as Span
    from audql.types import OPEN as OPEN
    from audql.types import Schema as Schema

__version__ = "0.1.0"

_HOMES = {
    "AudQLError": "audql.diagnostics",
    "CompileError": "audql.diagnostics",
    "Diagnostic": "audql.diagnostics",
    "OPEN": "audql.types",
    "Query": "audql.embedding",
    "Schema": "audql.types",
    "Script": "audql.embedding",
    "Severity": "audql.diagnostics",
    "Source": "audql.source",
    "Span": "audql.source",
    "compile": "audql.embedding",
    "compile_script": "audql.embedding",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'audql' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)
