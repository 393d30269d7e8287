"""Diagnostics → text, as a terminal or an exception shows them."""

import re
import textwrap
import unicodedata
from collections.abc import Iterable

from audql.diagnostics import Diagnostic, Severity

_COLOURS = {Severity.ERROR: "\033[1;31m", Severity.WARNING: "\033[1;33m", Severity.HINT: "\033[1;36m"}
_BOLD, _BLUE, _RESET = "\033[1m", "\033[1;34m", "\033[0m"
_LONGEST_LINE = 160
_NO_TEXT = "[\0-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
UNTAMED = re.compile(f"{_NO_TEXT}|\033")
"""What drives a terminal, or turns the order of letters."""
_UNTAMED_BUT_COLOURS = re.compile(f"{_NO_TEXT}|\033(?!\\[(?:[0-2]|(?:1;)?3[1-46])m)")


def render(diagnostics: Iterable[Diagnostic], *, colour: bool = False, width: int | None = None) -> str:
    """Each diagnostic with its source line, the span underlined and the cure; blocks apart by a blank line.

    `width`: the columns of a terminal, at which what is said is broken between words, and never within code.
    """
    return "\n\n".join(_render_one(d, colour, width) for d in diagnostics)


def _render_one(d: Diagnostic, colour: bool, width: int | None) -> str:
    def paint(code: str, text: str) -> str:
        return f"{code}{text}{_RESET}" if colour else text

    head = f"{d.severity.value}[{d.code}]"
    first, *more = broken(f"{head}: {d.message}", width, "  ")
    out = [paint(_COLOURS[d.severity], head) + paint(_BOLD, first.removeprefix(head)), *(paint(_BOLD, m) for m in more)]
    gutter = " "
    if d.span is not None:
        number, column = d.span.source.position(d.span.start)
        gutter = " " * (len(str(number)) + 2)
        line, before, marked = _excerpt(d.span.source.line(number), column - 1, d.span.end - d.span.start)
        bar = paint(_BLUE, "|")
        out.append(f"{gutter[:-1]}{paint(_BLUE, '-->')} {_printable(d.span.source.name)}:{number}:{column}")
        out.append(f"{gutter}{bar}")
        out.append(f" {paint(_BLUE, str(number))} {bar} {line}")
        under = " " * before + paint(_COLOURS[d.severity], "^" * marked)
        out.append(f"{gutter}{bar} {under}{' ' + _printable(d.label) if d.label else ''}")
    if d.hint:
        if d.span is not None:
            out.append(f"{gutter}{paint(_BLUE, '|')}")
        first, *more = broken(f"{gutter}= help: {d.hint}", width, f"{gutter}        ")
        out += [gutter + paint(_BLUE, "=") + first[len(gutter) + 1 :], *more]
    return "\n".join(out)


def broken(text: str, width: int | None, indent: str) -> list[str]:
    """A text in lines of so many columns at most, the others indented; code in backquotes, or a path, in one piece."""
    if width is None or len(text) <= width:
        return [text]
    whole = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", "\u00a0"), text)
    lines = textwrap.wrap(
        whole,
        max(width, 40),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    return [line.replace("\u00a0", " ") for line in lines]


def tamed(text: str, *, colour: bool = False) -> str:
    """A text in which values are as they came from outside, so that none of them drives the reader's terminal.

    `colour`: it has colours of ours.
    """
    return text if text.isprintable() else (_UNTAMED_BUT_COLOURS if colour else UNTAMED).sub("�", text)


def _excerpt(line: str, start: int, length: int) -> tuple[str, int, int]:
    """The line as it is shown, the columns before the underlined part, and that part's columns (at least one)."""
    cut = 0
    if len(line) > _LONGEST_LINE:
        cut = max(0, min(start - 40, len(line) - _LONGEST_LINE))
    shown = line[cut : cut + _LONGEST_LINE]
    left, right = ("…" if cut else ""), ("…" if cut + _LONGEST_LINE < len(line) else "")
    before = _columns(left + shown[: start - cut])
    marked = shown[start - cut : start - cut + length]
    return left + _printable(shown) + right, before, max(1, _columns(marked))


def _columns(text: str) -> int:
    """Terminal columns: wide characters take two, combining ones none (Unicode UAX #11)."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in _printable(text)
    )


def _printable(text: str) -> str:
    """Without control characters, so that nobody's text drives the reader's terminal."""
    return "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs") else " " if c == "\t" else "�" for c in text)
