"""What a terminal shows of problems: in lines that are as wide as it is."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from audql.diagnostics import error
from audql.rendering import render, tamed


def test_what_is_said_is_broken_between_words_and_never_within_code() -> None:
    found = error("AQ743", "the plan makes 8,120 changes, and more than 1,000 want approval", None)
    cured = replace(found, hint="write `audql plan --allow first --save FILE`, then `audql apply --plan FILE`")
    shown = render([cured], width=60)
    assert shown.splitlines() == [
        "error[AQ743]: the plan makes 8,120 changes, and more than",
        "  1,000 want approval",
        " = help: write `audql plan --allow first --save FILE`, then",
        "         `audql apply --plan FILE`",
    ]
    assert render([cured]).count("\n") == 1
    coloured = render([cured], width=60, colour=True)
    assert re.sub("\033\\[[0-9;]*m", "", coloured) == shown


@pytest.mark.parametrize(
    ("text", "shown"), [("\033[1;31mred\033[0m", None), ("\033[8mhidden", "�[8mhidden"), ("\033[2J", "�[2J")]
)
def test_of_what_a_terminal_understands_only_our_colours_are_left(text: str, shown: str | None) -> None:
    assert tamed(text, colour=True) == (shown or text)
    assert "\033" not in tamed(text)
