"""What is said about plans in files, and their approval: AQ740 to AQ749."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from shlex import quote

from audql.diagnostics import Diagnostic, count, error


def no_plan(path: str, why: str) -> Diagnostic:
    return error(
        "AQ740",
        f"`{path}` is no plan to be applied: {why}",
        hint="nothing was changed; `audql plan --save FILE` writes one",
    )


_WITHOUT_A_FILE = (
    "`audql apply` carries out without a file what there is to do; where that wants approval, `[approval] over` says "
    "of how much"
)


def too_long(path: str, size_bytes: int, most_bytes: int) -> Diagnostic:
    return error(
        "AQ740",
        f"`{path}` is no plan to be applied: it has {size_bytes:,} bytes, and {most_bytes:,} is the most",
        hint=f"nothing was changed; {_WITHOUT_A_FILE}",
    )


def too_long_to_save(path: str, size_bytes: int, most_bytes: int) -> Diagnostic:
    return error(
        "AQ741",
        f"the plan was not written to `{path}`: it has {size_bytes:,} bytes, and {most_bytes:,} is the most that "
        "can be applied from a file",
        hint=_WITHOUT_A_FILE,
    )


def not_written(path: str, why: str) -> Diagnostic:
    return error("AQ741", f"the plan could not be written to `{path}`: {why}", hint="name another file")


def in_the_way(path: str) -> Diagnostic:
    return error(
        "AQ741",
        f"the plan was not written: `{path}` is there, and is no plan as one was saved",
        hint="it stays as it is; name another file, or delete this one",
    )


def another_plan() -> Diagnostic:
    return error(
        "AQ742",
        "what would be done now is not what the plan says",
        hint="nothing was changed. A template, a setting or what a plugin says is another since; plan again",
    )


def wants_approval(size: int, most: int, made_by: str = "", allow: Iterable[str] = ()) -> Diagnostic:
    """`allow` is what a plan that is saved has to let through."""
    allowed = "".join(f" --allow {quote(name)}" for name in allow)
    cure = (
        f"someone other than `{made_by}` reads it and runs `audql approve FILE`"
        if made_by
        else f"`audql plan{allowed} --save FILE`, then someone else reads it and runs `audql approve FILE`, "
        "then `audql apply --plan FILE`"
    )
    message = f"the plan makes {count(size, 'change')}, and more than {most:,} want approval"
    return error("AQ743", message, hint=f"nothing was changed; {cure}")


def own_plan(user: str) -> Diagnostic:
    return error("AQ744", f"the plan was made by `{user}`, who cannot approve it", hint="someone else has to")


def approved_already(user: str, at: dt.datetime, path: str) -> Diagnostic:
    return error(
        "AQ746",
        f"the plan was approved already: by `{user}`, {at:%Y-%m-%d %H:%M %Z}",
        hint=f"nothing was changed; `audql apply --plan {quote(path)}` carries it out",
    )


def with_a_plan(option: str) -> Diagnostic:
    return error("AQ745", f"`{option}` is said when a plan is made, not when it is applied", hint="leave it out here")
