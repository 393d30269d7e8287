"""Habits of counting and of quantifying: `number of reports >= 3`, `more than 3 reports`, `any jobs.title = "x"`."""

from audql.syntax import habit_messages as messages
from audql.syntax.messages import condition_without_brackets
from audql.syntax.tokens import Token
from audql.syntax.window import COMPARING, Window
from audql.syntax.words import STARTS

COUNTS = frozenset({"number", "count", "total", "amount"})
FEWER = frozenset({"fewer"})
# A sign before a number → how many there are, as a bound, and what is to be added to the number.
_BOUNDS = {"GT": ("at least", 1), "GE": ("at least", 0), "LT": ("at most", -1), "LE": ("at most", 0),
           "EQ": ("exactly", 0)}  # fmt: skip
_WITH = frozenset({"where", "with", "whose", "having", "who", "that", "which"})
_VERBS = frozenset({"has", "have", "is", "are"})


def number_of(w: Window) -> bool:
    """`number of reports >= 3`."""
    bound, more = _BOUNDS.get(w.ahead(3).kind, ("", 0))
    number = w.ahead(4)
    if not w.begins_condition() or w.ahead(1).kind != "OF" or w.ahead(2).kind != "NAME" or number.kind != "INT":
        return False
    if not bound or int(number.text) + more < 0:
        return False
    w.report(messages.worded_comparison(w.span(5), f"{bound} {int(number.text) + more} {w.ahead(2).text}"))
    w.replace(5, Token("BAD", w.ahead(0).start, number.end, ""))
    return True


def than_so_many(w: Window) -> bool:
    """`more than 3 reports`, `fewer than 3 reports`, `no more than 3 reports`."""
    negated = w.ahead(0).kind == "NO"
    at = int(negated)
    word = w.ahead(at)
    fewer = word.text.lower() == "fewer" and w.ahead(at + 1).text.lower() == "than"
    if not w.begins_condition() or not (fewer or word.kind in ("MORE_THAN", "LESS_THAN")):
        return False
    at += 1 + fewer
    number = w.ahead(at)
    if number.kind != "INT" or w.ahead(at + 1).kind != "NAME" or w.ahead(at + 1).keyword == "UNIT":
        return False
    more = word.kind == "MORE_THAN"
    least = more != negated
    count = int(number.text) + (0 if negated else 1 if more else -1)
    if count < 0:
        return False
    cure = f"{'at least' if least else 'at most'} {count} {w.ahead(at + 1).text}"
    w.report(messages.worded_comparison(w.span(at + 2), cure))
    w.replace(at, "AT_LEAST" if least else "AT_MOST")
    w.replace(1, Token("INT", number.start, number.end, str(count)))
    return True


def quantified_without_brackets(w: Window) -> bool:
    """`any jobs.title = "Nurse"`, `any job where title = "Nurse"`, `every job with title = "Nurse"`."""
    if w.ahead(1).kind != "NAME" or not w.begins_condition():
        return False
    count = 2
    while w.ahead(count).kind == "DOT" and w.ahead(count + 1).kind == "NAME":
        count += 2
    first = count
    if w.ahead(count).text.lower() in _WITH and w.ahead(count + 1).kind == "NAME" and not _begins_clause(w, count):
        first = count + 1 + (w.ahead(count + 1).text.lower() in _VERBS)
    elif count > 2 and w.ahead(count).kind in COMPARING:
        first = count - 1
        count = first - 1
    else:
        return False
    end = w.rest(first)
    if end <= first:
        return False
    span = w.span(end)
    w.report(condition_without_brackets(span, w.quote(0, count), w.quote(first, end)))
    w.replace(end, Token("BAD", span.start, span.end, ""))
    return True


def _begins_clause(w: Window, count: int) -> bool:
    """Whether `where` is the next clause's, as it begins a line."""
    token = w.ahead(count)
    before = w.source.text[: token.start].rpartition("\n")[2]
    return w.start == "script" and token.keyword in STARTS and not before.strip()
