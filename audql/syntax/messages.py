"""The wording of every mistake of writing: one function per code, whose docstring begins with the code's short title.

A message is a fact, its hint the cure, in words for people who do not program. Codes are never used again.
Habits from other languages have theirs in `habit_messages`.
"""

from audql.diagnostics import Diagnostic, error
from audql.source import Span

_LONGEST = 40
_LONGEST_CURE = 160


def code(text: str, longest: int = _LONGEST) -> str:
    """Text as it is quoted in messages: on one line, not too long, marked as code."""
    text = " ".join(text.split())
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def cure(text: str) -> str:
    """AudQL to be written instead: longer than what is only quoted, as it is to be copied."""
    return code(text, _LONGEST_CURE)


def quoted(text: str) -> str:
    """A text as it is written in AudQL, as it is quoted in messages."""
    return code('"' + text.replace('"', '""') + '"')


# --- characters and values --------------------------------------------------------------------------------------------


def unknown_characters(span: Span, name: str = "") -> Diagnostic:
    """unknown-character: signs that mean nothing here; `name`: of the field that they stand around"""
    shown = "".join(c if c.isprintable() else f"U+{ord(c):04X} " for c in span.text[:20]).strip()
    if name:
        return error("AQ101", f"{code(shown)} is not how a field is named", span, hint=f"write {code(name)}")
    return error("AQ101", f"{code(shown)} means nothing here", span, hint="delete it, or put text in quotes")


def unclosed_quote(span: Span, meant: str = "") -> Diagnostic:
    """unclosed-quote: a text without its closing quote on the same line, or without its first"""
    if meant:
        return error("AQ102", "this text has no opening quote", span, hint=f"write {quoted(meant)}")
    quote = span.text[0]
    what = "name" if quote == "`" else "text"
    closing = {"“": "”", "„": "“", "«": "»", "‘": "’"}.get(quote, quote)
    return error(
        "AQ102", f"this {what} is not closed", span, hint=f"put a closing {closing} behind it, on the same line"
    )


def smart_quotes(span: Span, plain: str) -> Diagnostic:
    """smart-quotes: the quotes of a word processor"""
    return error("AQ103", "text stands between straight quotes", span, hint=f"write {code(plain)}")


def foreign_comment(span: Span) -> Diagnostic:
    """foreign-comment: `//`, `--` or `/* */`"""
    said = span.text.strip("/-* \r\n")
    return error("AQ104", "a comment begins with `#`", span, hint=f"write {code('# ' + said)}")


def not_text(span: Span) -> Diagnostic:
    """not-text: a zero byte or half of a character, which no text can hold"""
    return error("AQ105", "this is not a character of any text", span, hint="delete it; save the file as UTF-8")


def empty_name(span: Span) -> Diagnostic:
    """empty-name: backquotes with nothing between them"""
    return error("AQ106", "there is no name between the backquotes", span, hint="write the name between them")


def leading_zeros(span: Span, found: str, number: str) -> Diagnostic:
    """leading-zeros: a number that begins with 0"""
    return error(
        "AQ107",
        "a number does not begin with 0",
        span,
        hint=f"write {code(number)} for the number, {quoted(found)} for a text of digits",
    )


def comma_in_number(span: Span, found: str) -> Diagnostic:
    """comma-in-number: a comma between two digits, which may be one number or two"""
    parts = found.split(",")
    plain = "".join(parts)
    grouped = all(len(p) == 3 and p.isdigit() for p in parts[1:]) and len(parts[0].lstrip("-")) <= 3
    one = plain if grouped else ".".join(parts) if len(parts) == 2 and "." not in found else ""
    several = not any(len(p) > 1 and p[0] == "0" for p in parts)
    cures = [f"{code(one)} for one number"] if one else []
    cures += [f"{code(', '.join(parts))} for several"] if several else []
    return error(
        "AQ108", "a comma between digits", span, "one number or several?", "write " + ", ".join(cures or ["`, `"])
    )


def too_many_digits(span: Span, most: int) -> Diagnostic:
    """too-many-digits: a number that is too long"""
    return error("AQ109", f"this number has more than {most} digits", span, hint="put it in quotes if it is an id")


def not_a_number(span: Span, found: str, plain: str) -> Diagnostic:
    """not-a-number: what begins like a number or a date and is neither"""
    hint = f"write {code(plain)}" if plain else f"a text stands in quotes: {quoted(found)}"
    return error("AQ110", f"{code(found)} is neither a number nor a date", span, hint=hint)


def impossible_date(span: Span, found: str) -> Diagnostic:
    """impossible-date: a day or an hour that does not exist"""
    what = "day" if len(found) == 10 else "moment"
    form = "2026-11-23" if len(found) == 10 else "2026-11-23T14:30:00Z"
    return error("AQ111", f"there is no such {what} as {code(found)}", span, hint=f"write year, month, day: `{form}`")


def date_order(span: Span, found: str, readings: list[str]) -> Diagnostic:
    """date-order: a date that is not written year-month-day"""
    hint = "write " + " or ".join(map(code, readings)) if readings else "a date is written `2026-11-23`"
    return error("AQ112", "a date is written year-month-day", span, hint=hint)


def period_for_date(span: Span, found: str, what: str, days: str, *, whole: bool = True) -> Diagnostic:
    """period-for-date: a month or a year where a day is needed"""
    message = f"{code(found)} is a {what}, not a day" if days else f"{code(found)} is no date"
    hint = (
        f"write {cure(days)}" + (f" for the whole {what}" if whole else "")
        if days
        else "a date is written `2026-11-23`"
    )
    return error("AQ113", message, span, hint=hint)


def unit_without_space(span: Span, meant: str) -> Diagnostic:
    """unit-without-space: a number and its unit written as one word"""
    return error("AQ114", "number and unit are two words", span, hint=f"write {cure(meant)}")


def name_begins_with_digit(span: Span, found: str, meant: str) -> Diagnostic:
    """name-begins-with-digit: a name that needs backquotes, or a text that needs quotes"""
    return error("AQ115", "a name does not begin with a digit", span, hint=f"write {meant}")


def not_one_name(span: Span, found: str, meant: str) -> Diagnostic:
    """not-one-name: a name with a space or `-` in it, which needs backquotes"""
    return error("AQ116", f"{code(found)} is not one name", span, hint=f"write {meant}")


def text_without_quotes(span: Span, found: str) -> Diagnostic:
    """text-without-quotes: a name or an address where a text is needed"""
    return error("AQ117", "text stands in quotes", span, hint=f"write {quoted(found)}")


def name_in_quotes(span: Span, name: str) -> Diagnostic:
    """name-in-quotes: a text where a name is needed"""
    return error("AQ118", "a name stands without quotes", span, hint=f"write {code(name)}")


def date_in_quotes(span: Span, date: str) -> Diagnostic:
    """date-in-quotes: a text where a date is needed"""
    return error("AQ119", "a date stands without quotes", span, hint=f"write {code(date)}")


# --- brackets and limits ----------------------------------------------------------------------------------------------


def unclosed_bracket(span: Span, bracket: str) -> Diagnostic:
    """unclosed-bracket: an opening bracket without its closing one"""
    closing = {"(": ")", "[": "]", "{": "}"}[bracket]
    return error("AQ120", f"`{bracket}` is not closed", span, hint=f"put `{closing}` where it ends")


def unopened_bracket(span: Span, bracket: str) -> Diagnostic:
    """unopened-bracket: a closing bracket that closes nothing"""
    opening = {")": "(", "]": "[", "}": "{"}[bracket]
    return error("AQ121", f"`{bracket}` closes nothing", span, hint=f"delete it, or put `{opening}` where it begins")


def closed_by_another(span: Span, opening: str, closing: str) -> Diagnostic:
    """closed-by-another: `(…]`"""
    cure = {"(": ")", "[": "]", "{": "}"}[opening]
    return error("AQ182", f"`{closing}` does not close `{opening}`", span, hint=f"write `{cure}`")


def nested_too_deep(span: Span, most: int) -> Diagnostic:
    """nested-too-deep: more brackets and `not`s inside each other than are allowed"""
    return error("AQ122", f"more than {most} levels of brackets and `not`", span, hint="give parts a name with `let`")


def too_long(span: Span, most: int) -> Diagnostic:
    """too-long: a text over the limit"""
    return error("AQ123", f"this text has more than {most:,} characters", span, hint="split it into several files")


def more_errors(span: Span | None, most: int) -> Diagnostic:
    """more-errors: where the report stops"""
    return error("AQ124", f"there are more mistakes than these {most}", span, hint="correct these first")


def empty_query(span: Span) -> Diagnostic:
    """empty-query: nothing where a query should be"""
    return error("AQ125", "the query is empty", span, hint="write a condition; `true` is everyone")


# --- what was expected ------------------------------------------------------------------------------------------------


def condition_expected(span: Span, found: str, hint: str) -> Diagnostic:
    """condition-expected: something else where a condition should begin"""
    return error("AQ130", f"expected a condition, {found}", span, hint=hint)


def value_expected(span: Span, found: str, hint: str) -> Diagnostic:
    """value-expected: something else where a value should be"""
    return error("AQ131", f"expected a value, {found}", span, hint=hint)


def name_expected(span: Span, found: str, hint: str) -> Diagnostic:
    """name-expected: something else where a name should be"""
    return error("AQ132", f"expected a name, {found}", span, hint=hint)


def comparison_expected(span: Span, found: str, hint: str) -> Diagnostic:
    """comparison-expected: a value that is compared with nothing, or with no comparison that there is"""
    return error("AQ133", f"expected a comparison, {found}", span, hint=hint)


def joint_expected(span: Span, found: str, what: str, hint: str) -> Diagnostic:
    """joint-expected: something behind a condition that does not go on with it"""
    return error("AQ134", f"expected {what}, {found}", span, hint=hint)


def word_expected(span: Span, found: str, what: str, hint: str) -> Diagnostic:
    """word-expected: something else where only certain words can stand"""
    return error("AQ135", f"expected {what}, {found}", span, hint=hint)


def text_expected(span: Span, found: str, hint: str = 'a text is written `"Retail"`') -> Diagnostic:
    """text-expected: something else where a text in quotes should be"""
    return error("AQ136", f"expected a text in quotes, {found}", span, hint=hint)


def date_expected(span: Span, found: str, before: str = "") -> Diagnostic:
    """date-expected: something else where a date should be; `before`: the word behind which it stands"""
    hint = f"write out the day: {code(f'{before} 2026-12-31')}" if before else "a date is written `2026-11-23`"
    return error("AQ137", f"expected a date, {found}", span, hint=hint)


def whole_number_expected(span: Span, found: str, hint: str) -> Diagnostic:
    """whole-number-expected: something else where a whole number should be"""
    return error("AQ138", f"expected a whole number, {found}", span, hint=hint)


def unit_expected(span: Span, meant: str, found: str = "") -> Diagnostic:
    """unit-expected: a length of time without its unit, or with one that there is not"""
    units = "hours, days, weeks, months, quarters or years"
    if found:
        hint = f"write {cure(meant)}" if meant else f"the units are {units}"
        return error("AQ139", f"{code(found)} is no unit of time", span, hint=hint)
    return error("AQ139", "a length of time needs its unit", span, hint=f"write {cure(meant)}, or {units}")


def clause_expected(span: Span, found: str, hint: str) -> Diagnostic:
    """clause-expected: something else where a clause of an audience should begin"""
    return error("AQ140", f"expected a clause or `}}`, {found}", span, hint=hint)


def item_expected(span: Span, found: str, hint: str) -> Diagnostic:
    """item-expected: something else where a part of a script should begin"""
    return error("AQ141", f"expected the next part of the script, {found}", span, hint=hint)


def step_expected(span: Span, found: str) -> Diagnostic:
    """step-expected: something else where a step of a test should begin"""
    hint = "a step is `given {…}`, `member {…}` or `not member {…}`"
    return error("AQ142", f"expected a step of the test, {found}", span, hint=hint)


def unexpected(span: Span, found: str) -> Diagnostic:
    """unexpected: something that cannot stand here"""
    return error(
        "AQ143", f"this cannot be read, {found}", span, hint="delete it, or compare with the examples of the docs"
    )


def misspelt(span: Span, found: str, word: str, *, known: bool = False) -> Diagnostic:
    """misspelt-word: a word that is nearly one of the language's, or said for one"""
    message = f"{code(found)} cannot stand here" if known else f"{code(found)} is not a word of AudQL"
    return error("AQ144", message, span, hint=f"did you mean {code(word)}?")


def reserved(span: Span, word: str) -> Diagnostic:
    """reserved-word: a word of the language where a name should be"""
    return error("AQ145", f"{code(word)} is a word of AudQL", span, hint=f"write `` `{word}` `` if it is a name")


def missing_comma(span: Span) -> Diagnostic:
    """missing-comma: two parts of a list without a comma between them"""
    return error("AQ146", "a comma is missing before this", span, hint=f"write {code(', ' + span.text)}")


def missing_and(span: Span, before: str, *, one_name: bool) -> Diagnostic:
    """missing-and: two conditions with nothing between them"""
    hint = f"write {code(f'and {span.text}')} or {code(f'or {span.text}')}"
    if one_name:
        hint = (
            f"between two conditions stands `and` or `or`; a column of that name is `` custom.`{before} {span.text}` ``"
        )
    return error("AQ147", "`and` or `or` is missing before this", span, hint=hint)


def condition_without_brackets(span: Span, before: str, condition: str) -> Diagnostic:
    """condition-without-brackets: the condition behind `any`, `every` or `no` stands in brackets"""
    return error(
        "AQ175",
        f"the condition on {code(before)} stands in brackets",
        span,
        hint=f"write {cure(f'{before} ({condition})')}",
    )


def missing_brace(span: Span, word: str) -> Diagnostic:
    """missing-brace: an audience or a test without `{` behind its name"""
    return error(
        "AQ148", f"expected `{{`, not {code(word)}", span, hint="the parts of an audience or a test stand in `{ … }`"
    )


def surplus_sign(span: Span, what: str = "comma") -> Diagnostic:
    """surplus-sign: a comma with nothing before or behind it, a colon behind the name of a clause"""
    message = "there is nothing to separate here" if what == "comma" else "a clause has no colon"
    return error("AQ149", message, span, hint=f"delete the {what}")


def quote_in_text(span: Span, meant: str) -> Diagnostic:
    """quote-in-text: a quote inside a text, which would end it"""
    return error(
        "AQ179",
        "a quote inside a text is doubled, or stands in quotes of the other kind",
        span,
        hint=f"write {cure(meant)}",
    )


def moment_in_two(span: Span, meant: str) -> Diagnostic:
    """moment-in-two: a date and a time of day with a space between them"""
    return error("AQ187", "a day and its time are written as one word", span, hint=f"write {cure(meant)}")


def argument_with_sign(span: Span, meant: str) -> Diagnostic:
    """argument-with-sign: `within = 1 year` for `within: 1 year`"""
    return error("AQ188", "behind this name stands a colon", span, hint=f"write {cure(meant)}")


def condition_in_call(span: Span, name: str, condition: str) -> Diagnostic:
    """condition-in-call: a collection and a condition in brackets, without `any`"""
    hint = f"write {cure(f'any {name} ({condition})')}"
    return error("AQ189", f"which of {code(name)} are asked for is not said", span, hint=hint)
