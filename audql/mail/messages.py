"""What is said about templates and mails: AQ710 to AQ729."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from audql.diagnostics import Diagnostic, count, error, warning
from audql.source import Span
from audql.text import nearest

_SOME = 5
"""Of reasons."""

# --- templates --------------------------------------------------------------------------------------------------------


def no_template(name: str, known: Sequence[str], folder: str) -> Diagnostic:
    near = nearest(name, tuple(known))
    cure = f"did you mean `{near}`?" if near else f"add `{folder}/{name}.txt`; there are: {', '.join(known)}"
    return error("AQ710", f"there is no template `{name}`", hint=cure)


def around_others(name: str) -> Diagnostic:
    return error(
        "AQ719",
        f"`{name}` is what is around every mail, and no mail by itself",
        hint="`audql preview joining PERSON` shows it with a mail in it, as any other template does",
    )


def no_language(name: str, language: str, known: Sequence[str]) -> Diagnostic:
    return error(
        "AQ718",
        f"the template `{name}` is not written in `{language}`",
        hint=f"it is in: {', '.join(sorted(known))}; `{name}.{language}.txt` in the folder of templates would be it",
    )


def unreadable(file: str, why: str, span: Span | None = None) -> Diagnostic:
    return error(
        "AQ711",
        f"the template `{file}` cannot be read: {why}",
        span,
        hint="save it as a text in UTF-8, of 64 kB at most",
    )


def no_subject(file: str) -> Diagnostic:
    return error(
        "AQ712", f"the template `{file}` has no subject", hint="its first line is `Subject: …`, and a blank one follows"
    )


def not_jinja(why: str, span: Span) -> Diagnostic:
    return error("AQ713", f"the template cannot be read: {why}", span, hint="`{{ … }}` writes, `{% … %}` decides")


def not_allowed(what: str, span: Span) -> Diagnostic:
    return error(
        "AQ714",
        f"a template does not use {what}",
        span,
        hint="it writes names and fields with `{{ … }}`, and has `{% if %}` and `{% for … in … %}`, one inside another",
    )


def whole(name: str, is_list: bool, fields: Sequence[str], span: Span) -> Diagnostic:
    cure = f"it has: {', '.join(fields)}" if fields else f'`{name}["…"]` is one of its fields'
    if is_list:
        cure = f"`{{% for each in {name} %}}` goes through it, and `{{{{ {name}|length }}}}` counts"
    return error("AQ714", f"a template does not write all of `{name}` at once", span, hint=cure)


def not_taken(what: str, name: str, span: Span) -> Diagnostic:
    cure = f"`{name}` alone is mostly enough" if what == "filter" else "leave the brackets out"
    return error("AQ714", f"the {what} `{name}` does not take what is in its brackets", span, hint=cure)


def no_such_name(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    near = nearest(name, tuple(known))
    if not known:
        return error("AQ715", f"there is no `{name}` here", span, hint="what is before it is a value, without fields")
    return error(
        "AQ715",
        f"there is no `{name}` here",
        span,
        hint=f"did you mean `{near}`?" if near else f"there are: {', '.join(known)}",
    )


def no_text(file: str, wanted: str) -> Diagnostic:
    return warning(
        "AQ717",
        f"`{file}` is not used: there is no `{wanted}` beside it",
        hint=f"add `{wanted}`: a template is a text, and may have HTML as well",
    )


def failed(name: str, why: str, span: Span) -> Diagnostic:
    cure = 'ask first for what can be missing, `{% if … %}`, or write `|default("…", true)`; `audql check` tries it'
    return error("AQ716", f"the template `{name}` cannot be filled in: {why}", span, hint=cure)


def not_in_own(name: str, own: str, known: Sequence[str], used: str) -> Diagnostic:
    """`used`: the language that stands in for the workspace's own."""
    cure = f"`{name}.{own}.txt`, or `{name}.txt`, would be it"
    told = (
        f"the template `{name}` is not written in `{own}`, the language of `[mail]`, but in {', '.join(sorted(known))}"
    )
    return warning("AQ725", f"{told}: whoever has another language gets it in `{used}`", hint=cure)


# --- sending ----------------------------------------------------------------------------------------------------------


def no_password(variable: str) -> Diagnostic:
    return error(
        "AQ720",
        f"the environment variable `{variable}` has no password",
        hint="set it where the run is started; mails wait until then. `[mail] password_env` names it",
    )


def unreachable(server: str, why: str) -> Diagnostic:
    return error(
        "AQ721",
        f"no mail goes out by `{server}`: {why}",
        hint="what was to be sent waits, and the next run sends it",
    )


def set_aside(mails: int, some: Sequence[tuple[str, str]]) -> Diagnostic:
    listed = "; ".join(f"{who}: {why}" for who, why in some)
    more = f"; and {mails - len(some):,} more" if mails > len(some) else ""
    said = f"{count(mails, 'mail is', 'mails are')} set aside, and not sent"
    cure = "correct what is wrong; `audql deliver --again` then tries them once more"
    told = warning("AQ723", f"{said} ({listed}{more})", hint=cure)
    return replace(told, in_a_log=said, hint_in_a_log=cure)  # a script may have named an address


def put_off(reasons: Sequence[tuple[int, str]], next_try: dt.datetime) -> Diagnostic:
    """`reasons`: how many mails, and why; the most first. None has an address."""
    most = "; ".join(f"{mails:,}: {why}" for mails, why in reasons[:_SOME])
    more = f"; and {count(len(reasons) - _SOME, 'more reason')}" if len(reasons) > _SOME else ""
    mails = count(sum(number for number, _ in reasons), "mail is", "mails are")
    again = f"{next_try.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    return warning(
        "AQ724",
        f"{mails} put off, and not sent yet ({most}{more}); the next try is from {again} on",
        hint="a run or `audql deliver` after that tries again; if it stays so, ask who keeps the mail server",
    )


def no_mail() -> Diagnostic:
    return error(
        "AQ722", "this workspace sends no mail", hint="`[mail]` in `audql.toml` says from whom and by which server"
    )
