"""A word that is nearly one of the language, or said for one → the message, and the automaton as if it were right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from audql.syntax import messages
from audql.syntax.numerals import UNITS_CUT_SHORT
from audql.syntax.tokens import Token
from audql.syntax.words import RESERVED, SOFT, SPELLED, UNITS
from audql.text import edit_distance

if TYPE_CHECKING:
    from audql.syntax.driver import Run

# Words that are said for words of the language.
SYNONYMS = {
    "all": ("EVERY",), "each": ("EVERY",), "some": ("ANY",), "none": ("NO",), "minimum": ("AT_LEAST",),
    "maximum": ("AT_MOST",), "exact": ("EXACTLY",), "group": ("AUDIENCE",), "enroll": ("ENROL",), "rule": ("WHERE",),
    "filter": ("WHERE",), "desc": ("ABOUT",), "description": ("ABOUT",), "assign": ("ENROL",), "email": ("NOTIFY",),
    "mail": ("NOTIFY",), "comment": ("ABOUT",), "unenroll": ("UNENROL",), "add": ("INCLUDE",), "remove": ("EXCLUDE",),
    "delete": ("UNENROL",), "below": ("UNDER",), "beneath": ("UNDER",), "includes": ("CONTAINS",),
    "inside": ("WITHIN",), "beyond": ("AFTER",), "to": ("UNTIL",), "through": ("UNTIL",), "from": ("AFTER",),
    "include": ("IMPORT",), "use": ("IMPORT",), "load": ("IMPORT",), "frozen": ("PAUSED",), "stopped": ("PAUSED",),
    "on": ("WHEN", "AS_OF"), "at": ("AS_OF",), "reason": ("BECAUSE",), "for": ("BECAUSE",), "using": ("WITH",),
    "template": ("WITH",), "owners": ("OWNER",), "member": ("MEMBERS",), "tag": ("TAGS",),
}  # fmt: skip
_OTHER_UNITS = {"fortnight": (2, "weeks"), "decade": (10, "years"), "century": (100, "years")}


def misspelt(run: Run, at: int, read_to: int) -> int | None:
    """A word, or two, that is nearly one that could be read here; `read_to` is the last token that was looked at."""
    one = run.tokens[at].text.lower()
    two = f"{one} {run.tokens[at + 1].text.lower()}" if run.tokens[at + 1].text.isalpha() else ""
    for found, width in ((two, 2), (one, 1)):
        following = run.tokens[at + width] if found and at + width >= read_to else None
        if following is None:
            continue
        kinds = [k for k in _near(found, run.expected(), width) if run.accepts_token(following, k)]
        if kinds:
            last = run.tokens[at + width - 1]
            word = _as_written(kinds[0], run.tokens[at].text)
            span = run.tokens[at].span(run.source).to(last.span(run.source))
            known = span.text.lower() in RESERVED or span.text.lower() in SOFT
            run.report(messages.misspelt(span, span.text, word, known=known))
            run.feed(Token(kinds[0], span.start, span.end, word, kinds[0]), kinds[0])
            return at + width
    return None


def _as_written(kind: str, found: str) -> str:
    if kind != "UNIT":
        return SPELLED[kind]
    plain = found.lower().rstrip("s")
    unit = min(UNITS, key=lambda u: edit_distance(plain, u, len(u)))
    return unit + "s" if found.lower().endswith("s") else unit


def misspelt_before(run: Run, at: int) -> int | None:
    """The word before was read as a name, since it is nearly a word of the language, but not quite."""
    before = run.tokens[at - 1]
    if before.text[:1] == "`" or before.keyword:
        return None
    kept = run.go_back(run.name_at[1])
    repaired = misspelt(run, at - 1, at)
    if repaired is None:
        run.restore(kept)
    return repaired


def _near(found: str, expected: Iterable[str], width: int) -> list[str]:
    """Terminals that are spelt nearly as something found, the nearest first."""
    near: list[tuple[int, int, str]] = []
    for kind in expected:
        for spelt in _spellings(kind):
            if kind in SYNONYMS.get(found, ()):
                near.append((0, 0, kind))
            if spelt.count(" ") + 1 != width and not (width == 1 and spelt.replace(" ", "") == found):
                continue
            most = 0 if len(found) < 3 else 1 if len(found) < 6 else 2
            if abs(len(spelt) - len(found)) <= most and (d := edit_distance(found, spelt, most + 1)) <= most:
                near.append((d, -len(spelt), kind))
    return [kind for _, _, kind in sorted(near)]


def _spellings(kind: str) -> tuple[str, ...]:
    if kind == "UNIT":
        return UNITS + tuple(unit + "s" for unit in UNITS)
    word = SPELLED.get(kind, "")
    return (word,) if word[:1].isalpha() else ()


def wrong_unit(run: Run, at: int) -> int | None:
    """`6 mths`, `3 fortnights`: behind a number, what is no unit."""
    token, number = run.tokens[at], run.tokens[at - 1]
    word = token.text.lower()
    unit = UNITS_CUT_SHORT.get(word, "").removesuffix("s" if number.text == "1" else "-")
    if unit:
        run.report(messages.misspelt(token.span(run.source), token.text, unit))
    else:
        factor, other = _OTHER_UNITS.get(word.removesuffix("s"), (0, ""))
        cure = f"{int(number.text) * factor} {other}" if factor and number.text.isdigit() else ""
        run.report(messages.unit_expected(number.span(run.source).to(token.span(run.source)), cure, token.text))
    run.feed(Token("UNIT", token.start, token.end, unit or "days", "UNIT"), "UNIT")
    return at + 1
