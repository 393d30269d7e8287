"""What is said about state: AQ540 to AQ549, and AQ614 of who was erased."""

from __future__ import annotations

from audql.diagnostics import Diagnostic, error


def locked(holder: str) -> Diagnostic:
    return error(
        "AQ540",
        "another run is at work on this workspace",
        hint=f"nothing was changed; run again when it has ended ({holder})",
    )


def newer_state(number: int, known: int) -> Diagnostic:
    return error(
        "AQ541",
        f"the state was written by a newer AudQL (its version is {number}, this one knows up to {known})",
        hint="nothing was changed; install that version again",
    )


def unreadable(name: str, why: str) -> Diagnostic:
    return error(
        "AQ542", f"the state `{name}` cannot be used: {why}", hint="put back a copy of it, or name another file"
    )


def not_writable(name: str, closed: str) -> Diagnostic:
    return error(
        "AQ542",
        f"the state `{name}` cannot be used: this user may not write `{closed}`",
        hint="users who work on one state are of one group, which may write all that is in its folder (`chmod -R g+w`)",
    )


def no_database(name: str, why: str) -> Diagnostic:
    return error(
        "AQ543",
        f"the state's database `{name}` cannot be used: {why}",
        hint="`[state] url` says where it is; its password is in AUDQL_STATE_PASSWORD, or where libpq looks for it",
    )


def no_schema(name: str) -> Diagnostic:
    return error(
        "AQ543",
        f"the state's database `{name}` has no schema of the name that `[state] url` gives",
        hint="`search_path` in it names one that is there; a name that is not all of small letters stands in `%22`",
    )


def no_driver(why: str = "") -> Diagnostic:
    """`why`: what it says where it is installed, and cannot be loaded."""
    if why:
        cure = "install what it names (libpq, say), or `pip install 'psycopg[binary]'`, which brings its own"
        return error("AQ544", f"psycopg, which a state in PostgreSQL needs, cannot be loaded: {why}", hint=cure)
    return error("AQ544", "a state in PostgreSQL needs psycopg", hint="pip install 'audql[postgresql]'")


def lost(name: str, why: str) -> Diagnostic:
    return error(
        "AQ545",
        f"the connection to the state's database `{name}` was lost: {why}",
        hint="what was done so far is kept; run again, and the rest is done",
    )


def password_is_no_text(variable: str) -> Diagnostic:
    return error(
        "AQ547",
        f"the password in `{variable}` is not text in UTF-8",
        hint="set the variable in UTF-8, or leave it out and put the password where libpq looks for it",
    )


def still_in_log(name: str) -> Diagnostic:
    return error(
        "AQ546",
        f"the person is erased from the state `{name}`, but is still in its log, as somebody is reading it",
        hint="see that nothing reads it and give the same command again, which finishes the work",
    )


def erased_damaged(file: str) -> Diagnostic:
    return error(
        "AQ614",
        f"`{file}`, which says who was erased, cannot be read",
        hint="nothing was changed; put back a copy of it, as without it a feed could bring back whoever was erased",
    )
