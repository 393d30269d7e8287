"""AudQL, the audience query language: text rules that say who.

Everything public is here; nothing is imported until it is used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audql.analysis.explaining import Explanation as Explanation
    from audql.diagnostics import AudQLError as AudQLError
    from audql.diagnostics import CompileError as CompileError
    from audql.diagnostics import Diagnostic as Diagnostic
    from audql.diagnostics import Severity as Severity
    from audql.embedding import InSchema as InSchema
    from audql.embedding import Query as Query
    from audql.embedding import Script as Script
    from audql.embedding import compile as compile
    from audql.embedding import compile_script as compile_script
    from audql.functions import Condition as Condition
    from audql.functions import Function as Function
    from audql.functions import Parameter as Parameter
    from audql.functions import Reduction as Reduction
    from audql.plugins import Plugin as Plugin
    from audql.plugins import PluginError as PluginError
    from audql.program.extending import load_plugins as load_plugins
    from audql.source import Source as Source
    from audql.source import Span as Span
    from audql.types import CODE as CODE
    from audql.types import OPEN as OPEN
    from audql.types import Field as Field
    from audql.types import Many as Many
    from audql.types import One as One
    from audql.types import RecordType as RecordType
    from audql.types import Scalar as Scalar
    from audql.types import Schema as Schema

__version__ = "0.1.0"

_HOMES = {
    "AudQLError": "audql.diagnostics",
    "CODE": "audql.types",
    "CompileError": "audql.diagnostics",
    "Condition": "audql.functions",
    "Diagnostic": "audql.diagnostics",
    "Explanation": "audql.analysis.explaining",
    "Field": "audql.types",
    "Function": "audql.functions",
    "InSchema": "audql.embedding",
    "Many": "audql.types",
    "OPEN": "audql.types",
    "One": "audql.types",
    "Parameter": "audql.functions",
    "Plugin": "audql.plugins",
    "PluginError": "audql.plugins",
    "Query": "audql.embedding",
    "RecordType": "audql.types",
    "Reduction": "audql.functions",
    "Scalar": "audql.types",
    "Schema": "audql.types",
    "Script": "audql.embedding",
    "Severity": "audql.diagnostics",
    "Source": "audql.source",
    "Span": "audql.source",
    "compile": "audql.embedding",
    "compile_script": "audql.embedding",
    "load_plugins": "audql.program.extending",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'audql' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)
