"""When what was typed is whole: not while a bracket or a brace is open."""

from __future__ import annotations

_OPENING, _CLOSING = "([{", ")]}"


def is_whole(text: str) -> bool:
    """Whether every bracket is closed; those in quotes, backquotes and comments are text. An empty line ends it too."""
    depth = 0
    quote = ""
    for line in text.split("\n"):
        quote = ""  # a text ends with its line, closed or not
        for character in line:
            if quote:
                quote = "" if character == quote else quote
            elif character in "\"'`":
                quote = character
            elif character == "#":
                break
            elif character in _OPENING:
                depth += 1
            elif character in _CLOSING:
                depth -= 1
    return depth <= 0 or text.endswith("\n")
