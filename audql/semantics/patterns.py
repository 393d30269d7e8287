"""Patterns of `matches`: RE2, refused when compiled if RE2 refuses them, so that matching takes linear time."""

from functools import lru_cache

from audql.semantics import type_messages
from audql.semantics.context import Abandoned, Context
from audql.semantics.operands import Constant

_MEMORY_BYTES = 1 << 20


def check_pattern(ctx: Context, pattern: Constant) -> None:
    """Report a pattern that is empty or that RE2 cannot compile."""
    assert isinstance(pattern.value, str)
    trouble = "it is empty" if not pattern.value else _trouble(pattern.value)
    if trouble:
        ctx.report(type_messages.bad_pattern(pattern, trouble))
        raise Abandoned


@lru_cache(maxsize=1024)
def _trouble(pattern: str) -> str:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    try:
        re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as refused:
        reason = refused.args[0] if refused.args else "it cannot be read"
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return ""
