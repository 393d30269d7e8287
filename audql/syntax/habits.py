"""Tokens with habits from other languages → tokens of AudQL, each habit reported once with the AudQL for it.

Everything recognised here is a mistake wherever it stands, or is a name that could be written in backquotes
(`words_taken`), so that no valid text is touched.
"""

from collections.abc import Callable

from audql.diagnostics import Diagnostic
from audql.source import Source
from audql.syntax import habits_of_code, habits_of_speech
from audql.syntax.tokens import Token
from audql.syntax.window import Window

Recogniser = Callable[[Window], bool]

_BY_KIND: dict[str, tuple[Recogniser, ...]] = {
    "ODD": (habits_of_code.hyphenated, habits_of_code.symbol),
    "NUMBER": (habits_of_code.hyphenated,),
    "LSQB": (habits_of_code.square_brackets,),
    "LBRACE": (habits_of_code.braces,),
    "EQ": (habits_of_code.empty, habits_of_code.yes_or_no, habits_of_code.equals_list),
    "NE": (habits_of_code.empty, habits_of_code.yes_or_no, habits_of_code.equals_list),
    "IS": (habits_of_code.is_empty, habits_of_speech.is_something),
    "IN": (habits_of_speech.in_the_last, habits_of_speech.in_without_brackets),
    "OR": (habits_of_speech.value_after_joint,),
    "AND": (habits_of_speech.value_after_joint,),
    "LAST": (habits_of_speech.last_unit,),
    "NEXT": (habits_of_speech.last_unit,),
    "WITHIN": (habits_of_speech.within_duration,),
    "TODAY": (habits_of_code.moment,),
    "NOW": (habits_of_code.moment,),
    "BETWEEN": (habits_of_speech.between_to,),
    "MORE_THAN": (habits_of_speech.more_than_number,),
    "LESS_THAN": (habits_of_speech.more_than_number,),
    "AT_LEAST": (habits_of_speech.at_least_number,),
    "AT_MOST": (habits_of_speech.at_least_number,),
    "ANY": (habits_of_speech.any_of,),
    "NOT": (habits_of_speech.comparison_in_words,),
    "TEXT": (habits_of_speech.name_and_text,),
}  # fmt: skip

_BY_WORD: dict[str, Recogniser] = {
    **dict.fromkeys(habits_of_code.SQL_PATTERNS, habits_of_code.like),
    **dict.fromkeys(("select", "where"), habits_of_code.sql_query),
    "exists": habits_of_code.exists,
    **dict.fromkeys(habits_of_speech.AUXILIARIES, habits_of_speech.auxiliary),
    **dict.fromkeys(habits_of_speech.TIMES, habits_of_speech.time_word),
    **dict.fromkeys((words[0] for words in habits_of_speech.COMPARISONS), habits_of_speech.comparison_in_words),
}


def rewrite(source: Source, tokens: list[Token], start: str, report: Callable[[Diagnostic], None]) -> list[Token]:
    """The tokens as the automaton reads them; `start` is the grammar's start symbol."""
    window = Window(source, tokens, start, report)
    out, opened = window.out, window.opened
    while window.at < len(tokens):
        token = tokens[window.at]
        kind = token.kind
        if kind == "NAME":
            recogniser = _BY_WORD.get(token.text.lower())
            if recogniser is not None and recogniser(window):
                continue
        elif kind in _BY_KIND and any(recogniser(window) for recogniser in _BY_KIND[kind]):
            continue
        if kind == "SKIP":
            window.at += 1
            continue
        if kind in ("LPAR", "LBRACE", "LSQB"):
            opened.append(kind)
        elif kind in ("RPAR", "RBRACE", "RSQB") and opened:
            opened.pop()
        out.append(token)
        window.at += 1
    return out
