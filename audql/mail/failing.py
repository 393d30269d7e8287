"""What Jinja raises when a template is filled in → what went wrong, and in which line of it."""

from __future__ import annotations

import re

from audql.diagnostics import Diagnostic
from audql.mail import messages
from audql.mail.checking import line_of
from audql.mail.templates import Form

_MADE_FROM_TEXT = "<template>"
"""What Jinja calls the file of a template that it was given as a text."""
_NOT_BETWEEN = re.compile(r"'([<>=]+)' not supported between instances of '(?:\w+\.)*(\w+)' and '(?:\w+\.)*(\w+)'")
_NOT_COMPARED = re.compile(r"can't compare (?:\w+\.)*(\w+) to (?:\w+\.)*(\w+)")
_NO_LIST = re.compile(r"'(?:\w+\.)*(\w+)' object is not \w+|object of type '(?:\w+\.)*(\w+)' has no len\(\)")


def failure(form: Form, part: str, problem: Exception) -> Diagnostic:
    """`part`: `subject`, `text` or `html`, which was filled in."""
    source = form.page if part == "html" and form.page is not None else form.source
    at = problem.__traceback__
    lines = []
    while at is not None:
        if at.tb_frame.f_code.co_filename == _MADE_FROM_TEXT:
            lines.append(at.tb_lineno)
        at = at.tb_next
    line = lines[-1] if lines else 1
    return messages.failed(form.name, _said(problem), line_of(source, line + form.before if part == "text" else line))


def _said(problem: Exception) -> str:
    """In the words of people, where they are known, and no value in them."""
    text = str(problem)
    if found := _NOT_BETWEEN.fullmatch(text):
        return f"`{found[1]}` does not go between {_kind(found[2])} and {_kind(found[3])}"
    if found := _NOT_COMPARED.fullmatch(text):
        return f"{_kind(found[1])} and {_kind(found[2])} are not compared"
    if found := _NO_LIST.fullmatch(text):
        return f"{_kind(found[1] or found[2])} is no list and no text"
    return text[:200]


def _kind(type_: str) -> str:
    kinds = {"str": "a text", "Markup": "a text", "int": "a number", "date": "a day", "datetime": "an instant"}
    return kinds.get(type_, {"bool": "a yes or no", "float": "a number", "NoneType": "nothing"}.get(type_, "a record"))
