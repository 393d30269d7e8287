"""Where the state's database is, as `audql.toml` says it: checked, and without a password."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

PASSWORD_OF_STATE = "AUDQL_STATE_PASSWORD"
"""The environment variable that has the password; a file never has."""


_SETTINGS = frozenset(
    {
        *("host", "port", "user", "dbname", "service", "passfile", "options", "connect_timeout", "tcp_user_timeout"),
        *("target_session_attrs", "load_balance_hosts", "channel_binding", "gssencmode", "krbsrvname"),
        *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl"),
        *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
    }
)
"""What may stand behind the `?`. What else the driver takes would change how AudQL talks to it."""


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 (which raises)
    except ValueError:
        return False
    host = parts.hostname or ""
    return ".." not in host and not host.startswith(".")


def database_url(value: str) -> str:
    """A URL without a password. What is wrong with it is said without it, since it may have one all the same."""
    name, _, rest = value.partition("://")
    settings = [key for key, _ in parse_qsl(rest.partition("?")[2], keep_blank_values=True)]
    if ":" in rest.rpartition("@")[0] or any("password" in key.casefold() for key in (unquote(rest), *settings)):
        raise ValueError(f"it has a password; take it out, and set the environment variable {PASSWORD_OF_STATE}")
    if " " in rest:
        raise ValueError("it has a blank in it, which a URL writes as `%20`")
    if name != "postgresql+psycopg" or not rest or not rest.isprintable() or not _is_url(value):
        raise ValueError("it is no URL of a database; it is written like `postgresql+psycopg://host/database`")
    if not (urlsplit(value).hostname or "").isascii():
        raise ValueError("its host has a letter that is not ASCII; write it as DNS has it, `xn--…`")
    if not _SETTINGS.issuperset(settings):
        raise ValueError(
            "it has a setting behind its `?` that is none of a connection, like `sslmode` or `connect_timeout`"
        )
    return value
