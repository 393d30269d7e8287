"""The wording for habits from other languages; as `messages`. `cure` is the writer's own text in AudQL."""

from collections.abc import Sequence

from audql.diagnostics import Diagnostic, error
from audql.source import Span
from audql.syntax.messages import code
from audql.syntax.messages import cure as as_cure


def _write(*cures: str) -> str:
    return "write " + " or ".join(map(as_cure, cures))


def double_equals(span: Span, cure: str) -> Diagnostic:
    """double-equals: `==` for `=`"""
    return error("AQ150", "equal is written with one `=`", span, hint=_write(cure))


def not_equal_sign(span: Span, cure: str) -> Diagnostic:
    """not-equal-sign: `<>` and the like for `!=`"""
    return error("AQ151", "not equal is written `!=`", span, hint=_write(cure))


def symbol_for_word(span: Span, cure: str) -> Diagnostic:
    """symbol-for-word: `&&`, `||` or `!` for `and`, `or`, `not`"""
    return error("AQ152", f"{code(span.text)} is written as a word", span, hint=_write(cure))


def turned_around(span: Span, cure: str) -> Diagnostic:
    """turned-around: `=>` or `=<`"""
    return error("AQ153", "the `=` stands behind: `>=`, `<=`", span, hint=_write(cure))


def emptiness(span: Span, cure: str) -> Diagnostic:
    """emptiness: a comparison with null or with an empty text"""
    return error("AQ154", "whether there is a value is asked with `is set`", span, hint=_write(cure))


def like(span: Span, cure: str) -> Diagnostic:
    """like: a pattern of SQL"""
    return error(
        "AQ155",
        "there are no patterns with `%` and `_`",
        span,
        hint=_write(cure) if cure else "use `matches` with a pattern",
    )


def square_brackets(span: Span, cure: str) -> Diagnostic:
    """square-brackets: `[ ]` around a list"""
    return error("AQ156", "a list stands in round brackets", span, hint=_write(cure))


def dash_operator(span: Span, cure: str) -> Diagnostic:
    """dash-operator: `-eq`, `-and` and their like"""
    return error("AQ157", f"{code(span.text)} is not an operator of AudQL", span, hint=_write(cure))


def is_for_equals(span: Span, cure: str) -> Diagnostic:
    """is-for-equals: `is` before a value or a comparison"""
    return error("AQ158", "`is` stands only before `set` and `not set`", span, hint=_write(cure))


def value_after_or(span: Span, cure: str) -> Diagnostic:
    """value-after-or: `country = "GB" or "IE"`"""
    return error("AQ159", "several values stand in a list", span, hint=_write(cure))


def yes_or_no(span: Span, *cures: str) -> Diagnostic:
    """yes-or-no: a yes/no field compared with a word"""
    return error("AQ160", "a yes/no field is a condition by itself", span, hint=_write(*cures))


def call_without_brackets(span: Span, name: str, text: str, meant: str = "") -> Diagnostic:
    """call-without-brackets: a name and a text with nothing between them; `meant`: where it can only be one thing"""
    called, compared = code(f"{name}({text})"), code(f"{name} = {text}")
    hint = f"write {compared}" + ("" if "." in name else f" for a field, {called} for a function")
    hint = _write(meant) if meant else hint
    return error("AQ161", "a name and a text with nothing between them", span, hint=hint)


def which_stretch(span: Span, *choices: tuple[str, str]) -> Diagnostic:
    """which-stretch: `last month` or `within 90 days`, which may be two things"""
    hint = "write " + ", or ".join(f"{as_cure(cure)} for {what}" for cure, what in choices)
    return error("AQ162", f"{code(span.text)} can mean two things" if len(choices) > 1 else
                 f"{code(span.text)} lacks its number", span, hint=hint)  # fmt: skip


def since(span: Span, cure: str) -> Diagnostic:
    """since: a word of time that AudQL writes differently"""
    return error("AQ163", f"{code(span.text)} is not a word of AudQL", span, hint=_write(cure))


def worded_comparison(span: Span, *cures: str, besides: str = "") -> Diagnostic:
    """worded-comparison: a comparison in words that AudQL writes differently"""
    return error("AQ164", f"{code(span.text)} is written differently", span, hint=_write(*cures) + besides)


def semicolon(span: Span) -> Diagnostic:
    """semicolon: `;` at the end"""
    return error("AQ165", "nothing is ended with `;`", span, hint="delete it")


def not_a_word(span: Span, cure: str, besides: str = "") -> Diagnostic:
    """not-a-word: `has completed`, `does not contain`, `unless`, `never`"""
    return error("AQ166", f"{code(span.text)} is not a word of AudQL", span, hint=_write(cure) + besides)


def between_to(span: Span, cure: str) -> Diagnostic:
    """between-to: `between 1 to 5`"""
    return error("AQ167", "the ends of `between` are joined with `and`", span, hint=_write(cure))


def date_arithmetic(span: Span, cure: str) -> Diagnostic:
    """date-arithmetic: `today - 30 days`"""
    return error("AQ168", "days are not added or subtracted", span, hint=_write(cure))


def sql_query(span: Span, clause: str = "") -> Diagnostic:
    """sql-query: `select … where`, `where` before a query, `order by` behind it"""
    hint = "nothing is sorted, grouped or cut off: delete it" if clause else ""
    return error("AQ169", "a query is only its condition", span, hint=hint or "write only what comes after `where`")


def exists(span: Span, cure: str) -> Diagnostic:
    """exists: `exists (select …)`"""
    example = 'write for example `any completion (learning = "X")`'
    return error("AQ170", "there are no queries within queries", span, hint=_write(cure) if cure else example)


def braces(span: Span, cure: str) -> Diagnostic:
    """braces: `{ }` in a condition"""
    hint = _write(cure) if cure else 'write for example `country = "GB" and not suspended`'
    return error("AQ171", "a condition has no `{ }`", span, hint=hint)


def list_without_brackets(span: Span, cure: str) -> Diagnostic:
    """list-without-brackets: `in "GB", "IE"`, or a list after `=`"""
    return error("AQ172", "a list stands in brackets behind `in`", span, hint=_write(cure))


def moment_called(span: Span, cure: str) -> Diagnostic:
    """moment-called: `today()`"""
    return error("AQ173", f"{code(cure)} stands without brackets", span, hint=_write(cure))


def arithmetic(span: Span, hint: str, cure: str = "") -> Diagnostic:
    """arithmetic: a sign of arithmetic, or one that AudQL does not have; `cure`: where what comes out can be told"""
    if cure:
        return error("AQ174", "nothing is calculated", span, hint=_write(cure))
    return error("AQ174", f"{code(span.text)} is not a sign of AudQL", span, hint=hint)


def joined_texts(span: Span, fields: Sequence[str]) -> Diagnostic:
    """joined-texts: `first_name || " " || last_name`"""
    each = " and ".join(f'{field} = "…"' for field in fields)
    return error("AQ190", "texts are not joined", span, hint=f"compare each by itself: {code(each)}")


def joint_in_front(span: Span, joint: str, cure: str) -> Diagnostic:
    """joint-in-front: `and(a, b)`, `any of (a, b)`, `none of (a, b)`"""
    return error("AQ176", f"{code(joint)} stands between conditions", span, hint=_write(cure))


def subject_left_out(span: Span, cure: str) -> Diagnostic:
    """subject-left-out: `hired after … and before …`"""
    return error("AQ177", "each condition names its field", span, hint=_write(cure))


def choice(span: Span, cure: str) -> Diagnostic:
    """choice: `if`"""
    return error(
        "AQ178", f"there is no {code(span.text.lower())}", span, hint=f"write the condition alone: {code(cure)}"
    )


def sentence(span: Span, *conditions: str) -> Diagnostic:
    """sentence: `everyone who is …`, `works in "Leeds"`"""
    hint = 'a condition names a field, as in `city = "Leeds"` or `org within "EMEA"`'
    hint = _write(*conditions) if conditions else hint
    return error("AQ180", "a query is only the condition on a person", span, hint=hint)


def leading_sign(span: Span) -> Diagnostic:
    """leading-sign: `=` before a query, as before a formula"""
    return error("AQ181", f"a query does not begin with {code(span.text)}", span, hint="delete it")


def list_in_record(span: Span, cure: str) -> Diagnostic:
    """list-in-record: round brackets around several values in a record"""
    return error("AQ183", "in a record several values stand in square brackets", span, hint=_write(cure))


def length_alone(span: Span, subject: str, length: str, *, past: bool) -> Diagnostic:
    """length-alone: `hired 30 days ago`, which may be earlier, since then, or that day"""
    side, window, words = ("ago", "last", ("before", "since")) if past else ("from now", "next", ("after", "until"))
    cures = [
        f"{as_cure(f'{subject} more than {length} {side}')} for {words[0]} that day",
        f"{as_cure(f'{subject} within {window} {length}')} for {words[1]} then",
        f"{as_cure(f'{subject} on {length} {side}')} for that day alone",
    ]
    return error("AQ184", f"how {code(subject)} is compared is not said", span, hint="write " + ", ".join(cures))


def edge_of_period(span: Span, window: str) -> Diagnostic:
    """edge-of-period: `end of month`"""
    hint = f"write {as_cure(window)} for the whole of it, or the date"
    return error("AQ185", f"there is no {code(span.text)}", span, hint=hint)


def arrow(span: Span, cure: str) -> Diagnostic:
    """arrow: `x => …`, a function written out"""
    return error("AQ186", "there are no functions in brackets", span, hint=_write(cure))


def second_moment(span: Span, clause: str) -> Diagnostic:
    """second-moment: `notify learner on joining, on leaving`"""
    hint = f"each moment has a clause of its own: {as_cure(clause)} on the next line"
    return error("AQ191", f"a `notify` has one moment, and no {code(span.text)} behind it", span, hint=hint)
