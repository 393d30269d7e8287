"""Tokens with habits from other languages → tokens of AudQL, each habit reported once with the AudQL for it.

Everything recognised here is a mistake wherever it stands, or is a name that could be written in backquotes
(`words_taken`), so that no valid text is touched.
"""

from collections.abc import Callable, Iterable

from audql.diagnostics import Diagnostic
from audql.source import Source
from audql.syntax import (
    habits_of_code,
    habits_of_counting,
    habits_of_joining,
    habits_of_lengths,
    habits_of_names,
    habits_of_people,
    habits_of_scripts,
    habits_of_speech,
    habits_of_sql,
    habits_of_time,
)
from audql.syntax.cures import MONTHS
from audql.syntax.tokens import Token
from audql.syntax.window import Window

Recogniser = Callable[[Window], bool]

_COMPARED = (habits_of_code.empty, habits_of_code.yes_or_no, habits_of_code.equals_list, habits_of_code.equals_not,
             habits_of_lengths.length_compared)  # fmt: skip
_THAN = (
    habits_of_counting.than_so_many,
    habits_of_lengths.length_in_words,
    habits_of_lengths.length_than_day,
    habits_of_speech.more_than_number,
)
_ARGUMENT = habits_of_people.argument_without_colon
_QUANTIFIED = habits_of_counting.quantified_without_brackets
_AT = (habits_of_lengths.length_in_words, habits_of_speech.at_least_number)
_JOINT = (habits_of_joining.joint_in_front, habits_of_joining.value_after_joint, habits_of_joining.subject_left_out)
_WINDOW = (habits_of_time.bare_window,)
_SIGNED = (habits_of_lengths.shifted_field, habits_of_lengths.shifted_number, habits_of_code.hyphenated)

_BY_KIND: dict[str, tuple[Recogniser, ...]] = {
    "ODD": (habits_of_names.joined_texts, *_SIGNED, habits_of_code.symbol),
    "NUMBER": _SIGNED,
    "INT": (habits_of_lengths.length_ago, habits_of_time.day_in_words),
    "LSQB": (habits_of_code.square_brackets,),
    "LBRACE": (habits_of_code.braces,),
    "LPAR": (habits_of_scripts.list_of_record,),
    "COLON": (habits_of_scripts.colon_of_clause,),
    "DOT": (habits_of_code.name_with_space,),
    "EQ": (habits_of_joining.leading_sign, *_COMPARED),
    "NE": _COMPARED,
    "LT": (habits_of_lengths.length_compared,),
    "LE": (habits_of_lengths.length_compared,),
    "GT": (habits_of_lengths.length_compared,),
    "GE": (habits_of_lengths.length_compared,),
    "IS": (habits_of_code.is_empty, habits_of_speech.is_something),
    "IN": (habits_of_scripts.due_in, habits_of_people.in_year_of_call, _ARGUMENT, habits_of_time.in_the_last,
           habits_of_speech.in_without_brackets),
    "OR": (habits_of_scripts.another_moment, *_JOINT),
    "AND": (habits_of_scripts.another_moment, *_JOINT),
    "COMMA": (habits_of_scripts.another_moment,),
    "LAST": (*_WINDOW, habits_of_time.last_unit, habits_of_names.of_several_words),
    "NEXT": (*_WINDOW, habits_of_time.last_unit),
    "THIS": _WINDOW,
    "PREVIOUS": _WINDOW,
    "FOLLOWING": _WINDOW,
    "WITHIN": (habits_of_scripts.due_in, _ARGUMENT, habits_of_time.within_duration),
    "AFTER": (habits_of_scripts.moment_of_notice, _ARGUMENT),
    "BEFORE": (_ARGUMENT,),
    "ON": (habits_of_scripts.overdue_notice,),
    "TODAY": (habits_of_lengths.moment,),
    "NOW": (habits_of_lengths.moment,),
    "BETWEEN": (habits_of_time.between_to,),
    "MORE_THAN": _THAN,
    "LESS_THAN": _THAN,
    "AT_LEAST": _AT,
    "AT_MOST": _AT,
    "ANY": (habits_of_speech.any_of, habits_of_joining.joint_in_front, _QUANTIFIED),
    "EVERY": (_QUANTIFIED,),
    "NO": (habits_of_counting.than_so_many, _QUANTIFIED),
    "NOT": (habits_of_speech.comparison_in_words,),
    "TEXT": (habits_of_lengths.length_ago, habits_of_people.name_and_text),
}  # fmt: skip

_WORDS: tuple[tuple[Iterable[str], Recogniser], ...] = (
    (habits_of_sql.SQL_PATTERNS, habits_of_sql.like),
    (("select", "where"), habits_of_sql.sql_query),
    (("exists",), habits_of_sql.exists),
    (habits_of_sql.CLAUSES, habits_of_sql.clause),
    (("if", "iif", "when"), habits_of_joining.choice),
    (("when", "at", "upon"), habits_of_scripts.moment_of_notice),
    (habits_of_scripts.BEFORE_OVERDUE, habits_of_scripts.overdue_notice),
    (habits_of_counting.COUNTS, habits_of_counting.number_of),
    (habits_of_counting.FEWER, habits_of_counting.than_so_many),
    (("all",), habits_of_speech.all_of_them),
    (("define",), habits_of_scripts.without_parameters),
    (habits_of_joining.WHO, habits_of_joining.sentence),
    (habits_of_joining.IN_FRONT, habits_of_joining.joint_in_front),
    (habits_of_joining.JOINTS, habits_of_joining.exception),
    (("never",), habits_of_joining.never),
    (habits_of_joining.FILLERS, habits_of_joining.filler),
    (habits_of_people.FIRST, habits_of_people.in_words),
    (habits_of_people.PLACES, habits_of_people.place),
    (habits_of_speech.AUXILIARIES, habits_of_speech.auxiliary),
    (habits_of_time.TIMES, habits_of_time.time_word),
    (MONTHS, habits_of_time.day_in_words),
    (habits_of_time.EDGES, habits_of_time.edge_of_period),
    (habits_of_lengths.LENGTH_WORDS, habits_of_lengths.length_in_words),
    ((words[0] for words in habits_of_speech.COMPARISONS), habits_of_speech.comparison_in_words),
)


def _by_word() -> dict[str, tuple[Recogniser, ...]]:
    found: dict[str, tuple[Recogniser, ...]] = {}
    for words, recogniser in _WORDS:
        for word in words:
            found[word] = (*(r for r in found.get(word, ()) if r is not recogniser), recogniser)
    return found


_BY_WORD = _by_word()
WORDS = frozenset(_BY_WORD)


def rewrite(source: Source, tokens: list[Token], start: str, report: Callable[[Diagnostic], None]) -> list[Token]:
    """The tokens as the automaton reads them; `start` is the grammar's start symbol."""
    window = Window(source, tokens, start, report)
    out, opened = window.out, window.opened
    while window.at < len(tokens):
        token = tokens[window.at]
        kind = token.kind
        recognisers = _BY_KIND.get(kind, ())
        if kind == "NAME":
            recognisers = (*_BY_WORD.get(token.text.lower(), ()), habits_of_names.of_several_words)
        if any(recogniser(window) for recogniser in recognisers):
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
