"""A query as a field of a pydantic model: text in, text out, and a mistake is a validation error that shows its place.

Only pydantic imports this.
"""

from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import (
    ValidationInfo,
    plain_serializer_function_ser_schema,
    str_schema,
    with_info_plain_validator_function,
)

from audql.binding import zone_named
from audql.diagnostics import CompileError, Diagnostic
from audql.embedding import InSchema, Query, compile
from audql.rendering import render


def core_schema_of(how: InSchema) -> CoreSchema:
    """What pydantic does with what it finds in such a field. Raises `AudQLError` for a zone that is none."""
    zone_named(how.zone)

    def validated(value: object, info: ValidationInfo) -> Query:
        if isinstance(value, Query):
            if value.schema == how.schema:
                return value
            value = str(value)  # under this field's schema it may mean something else, or nothing
        if not isinstance(value, str):
            raise PydanticCustomError("string_type", "Input should be the text of a query")
        try:
            return compile(
                value,
                lets=how.lets,
                schema=how.schema,
                zone=how.zone,
                name=info.field_name or "query",
                plugins=how.plugins,
            )
        except CompileError as mistakes:
            errors = [d for d in mistakes.diagnostics if d.is_error]
            raise PydanticCustomError("audql", "{mistakes}", {"mistakes": _shown(errors)}) from None

    return with_info_plain_validator_function(
        validated,
        serialization=plain_serializer_function_ser_schema(str, return_schema=str_schema()),
    )


def _shown(errors: list[Diagnostic]) -> str:
    """The errors with their places underlined, indented as pydantic shows a message."""
    count = "a mistake" if len(errors) == 1 else f"{len(errors)} mistakes"
    rendered = "\n".join(f"    {line}".rstrip() for line in render(errors).split("\n"))
    return f"The query has {count}\n{rendered}\n   "
