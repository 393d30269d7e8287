"""How many examples random tests try: always the same few, or with `AUDQL_EXAMPLES` many others."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("AUDQL_EXAMPLES", "0"))
"""How many examples a test tries; 0 is the small, always equal number that CI has time for."""


def examples(usual: int) -> settings:
    """Settings of a test that tries `usual` examples, or with `AUDQL_EXAMPLES` that many, other ones each time."""
    return settings(
        max_examples=EXAMPLES or usual,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
