"""Where the state's database is, as `audql.toml` says it: checked, and without a password."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

PASSWORD_OF_STATE = "AUDQL_STATE_PASSWORD"
"""The environment variable that has the password; a file never has."""


def _is_url(value: str) -> bool:
    try:
        urlsplit(value).port  # noqa: B018 (which raises)
    except ValueError:
        return False
    return True


def database_url(value: str) -> str:
    """A URL without a password. What is wrong with it is said without it, since it may have one all the same."""
    name, _, rest = value.partition("://")
    if ":" in rest.rpartition("@")[0] or re.search(r"password\s*=", rest, re.IGNORECASE):
        raise ValueError(f"it has a password; take it out, and set the environment variable {PASSWORD_OF_STATE}")
    if name != "postgresql+psycopg" or not rest or not rest.isprintable() or " " in rest or not _is_url(value):
        raise ValueError("it is no URL of a database; it is written like `postgresql+psycopg://host/database`")
    return value
