"""The wording for habits from other languages; as `messages`. `cure` is the writer's own text in AudQL."""

from audql.diagnostics import Diagnostic
from audql.source import Span
from audql.syntax.messages import code, error


def _write(*cures: str) -> str:
    return "write " + " or ".join(code(cure) for cure in cures)


def double_equals(span: Span, cure: str) -> Diagnostic:
    """double-equals: `==` for `=`"""
    return error("AQ150", span, "equal is written with one `=`", hint=_write(cure))


def not_equal_sign(span: Span, cure: str) -> Diagnostic:
    """not-equal-sign: `<>` and the like for `!=`"""
    return error("AQ151", span, "not equal is written `!=`", hint=_write(cure))


def symbol_for_word(span: Span, cure: str) -> Diagnostic:
    """symbol-for-word: `&&`, `||` or `!` for `and`, `or`, `not`"""
    return error("AQ152", span, f"{code(span.text)} is written as a word", hint=_write(cure))


def turned_around(span: Span, cure: str) -> Diagnostic:
    """turned-around: `=>` or `=<`"""
    return error("AQ153", span, "the `=` stands behind: `>=`, `<=`", hint=_write(cure))


def emptiness(span: Span, cure: str) -> Diagnostic:
    """emptiness: a comparison with null or with an empty text"""
    return error("AQ154", span, "whether there is a value is asked with `is set`", hint=_write(cure))


def like(span: Span, cure: str) -> Diagnostic:
    """like: a pattern of SQL"""
    return error(
        "AQ155",
        span,
        "there are no patterns with `%` and `_`",
        hint=_write(cure) if cure else "use `matches` with a pattern",
    )


def square_brackets(span: Span, cure: str) -> Diagnostic:
    """square-brackets: `[ ]` around a list"""
    return error("AQ156", span, "a list stands in round brackets", hint=_write(cure))


def dash_operator(span: Span, cure: str) -> Diagnostic:
    """dash-operator: `-eq`, `-and` and their like"""
    return error("AQ157", span, f"{code(span.text)} is not an operator of AudQL", hint=_write(cure))


def is_for_equals(span: Span, cure: str) -> Diagnostic:
    """is-for-equals: `is` before a value or a comparison"""
    return error("AQ158", span, "`is` stands only before `set` and `not set`", hint=_write(cure))


def value_after_or(span: Span, cure: str) -> Diagnostic:
    """value-after-or: `country = "GB" or "IE"`"""
    return error("AQ159", span, "several values stand in a list", hint=_write(cure))


def yes_or_no(span: Span, *cures: str) -> Diagnostic:
    """yes-or-no: a yes/no field compared with a word"""
    return error("AQ160", span, "a yes/no field is a condition by itself", hint=_write(*cures))


def call_without_brackets(span: Span, *cures: str) -> Diagnostic:
    """call-without-brackets: a name and a text with nothing between them"""
    return error("AQ161", span, "a name and a text with nothing between them", hint=_write(*cures))


def last_without_number(span: Span, rolling: str, calendar: str) -> Diagnostic:
    """last-without-number: `last month`, which may be two things"""
    hint = f"write {code(rolling)}, which rolls"
    hint += f", or {code(calendar)}, which is the calendar's" if calendar else ""
    return error("AQ162", span, "which stretch of time is not clear", hint=hint)


def since(span: Span, cure: str) -> Diagnostic:
    """since: a word of time that AudQL writes differently"""
    return error("AQ163", span, f"{code(span.text)} is not a word of AudQL", hint=_write(cure))


def worded_comparison(span: Span, *cures: str) -> Diagnostic:
    """worded-comparison: a comparison in words that AudQL writes differently"""
    return error("AQ164", span, f"{code(span.text)} is written differently", hint=_write(*cures))


def semicolon(span: Span) -> Diagnostic:
    """semicolon: `;` at the end"""
    return error("AQ165", span, "nothing is ended with `;`", hint="delete it")


def auxiliary_verb(span: Span, cure: str) -> Diagnostic:
    """auxiliary-verb: `has completed`, `does not contain`"""
    return error("AQ166", span, f"{code(span.text)} is not a word of AudQL", hint=_write(cure))


def between_to(span: Span, cure: str) -> Diagnostic:
    """between-to: `between 1 to 5`"""
    return error("AQ167", span, "the ends of `between` are joined with `and`", hint=_write(cure))


def date_arithmetic(span: Span, cure: str) -> Diagnostic:
    """date-arithmetic: `today - 30 days`"""
    return error("AQ168", span, "days are not added or subtracted", hint=_write(cure))


def sql_query(span: Span) -> Diagnostic:
    """sql-query: `select … where`, or `where` before a query"""
    return error("AQ169", span, "a query is only its condition", hint="write only what comes after `where`")


def exists(span: Span) -> Diagnostic:
    """exists: `exists (select …)`"""
    return error(
        "AQ170", span, "there are no queries within queries", hint='write for example `any completion (learning = "X")`'
    )


def braces(span: Span) -> Diagnostic:
    """braces: `{ }` in a condition"""
    return error("AQ171", span, "a condition has no `{ }`", hint='write for example `country = "GB" and not suspended`')


def list_without_brackets(span: Span, cure: str) -> Diagnostic:
    """list-without-brackets: `in "GB", "IE"`, or a list after `=`"""
    return error("AQ172", span, "a list stands in brackets behind `in`", hint=_write(cure))


def moment_called(span: Span, cure: str) -> Diagnostic:
    """moment-called: `today()`"""
    return error("AQ173", span, f"{code(cure)} stands without brackets", hint=_write(cure))


def arithmetic(span: Span) -> Diagnostic:
    """arithmetic: a sign of arithmetic, or one that AudQL does not have"""
    return error(
        "AQ174", span, f"{code(span.text)} is not a sign of AudQL", hint="nothing is calculated; put text in quotes"
    )
