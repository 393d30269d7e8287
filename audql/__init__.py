"""AudQL, the audience query language: text rules that say who."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audql.diagnostics import AudQLError, CompileError, Diagnostic, Severity
    from audql.embedding import Query, compile
    from audql.plugins import Plugin
    from audql.schemas import open_schema, schema_of
    from audql.source import Source, Span
    from audql.types import Schema

__version__ = "0.1.0"

_HOMES = {
    "AudQLError": "audql.diagnostics",
    "CompileError": "audql.diagnostics",
    "Diagnostic": "audql.diagnostics",
    "Severity": "audql.diagnostics",
    "Query": "audql.embedding",
    "compile": "audql.embedding",
    "Source": "audql.source",
    "Span": "audql.source",
    "Schema": "audql.types",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'audql' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)
