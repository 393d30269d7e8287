"""What compiling scripts has to say: one function for each message."""

import re
from collections.abc import Iterable, Sequence

from audql.diagnostics import Diagnostic, error, warning
from audql.source import Span
from audql.syntax.messages import quoted
from audql.text import nearest
from audql.types import RecordType


def _near(wanted: str, known: Iterable[str], otherwise: str) -> str:
    near = nearest(wanted, sorted(set(known)))
    return f"did you mean `{near}`?" if near else otherwise


def _place(span: Span) -> str:
    return f"{span.source.name}:{span.source.position(span.start)[0]}"


def audience_twice(name: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "AQ221",
        f'there are two audiences "{name}"',
        span,
        f"the first is at {_place(first)}",
        "give one of them another name; case and space around do not count",
    )


def definition_twice(name: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "AQ222", f"`{name}` is defined twice", span, f"the first is at {_place(first)}", "give one of them another name"
    )


def definition_hides(name: str, what: str, span: Span) -> Diagnostic:
    return error("AQ223", f"`{name}` is already {what}", span, "", "give it another name")


def parameter_twice(name: str, span: Span) -> Diagnostic:
    return error("AQ223", f"two parameters are called `{name}`", span, "", "give one of them another name")


def import_missing(path: str, span: Span, known: Sequence[str]) -> Diagnostic:
    hint = _near(path, known, "imports are paths inside the workspace, from the folder of the file that imports")
    return error("AQ224", f'there is no file "{path}"', span, "", hint.replace("`", '"'))


def import_outside(path: str, span: Span) -> Diagnostic:
    return error(
        "AQ225", f'"{path}" lies outside the workspace', span, "", "imports are relative paths inside the workspace"
    )


def import_cycle(way: Sequence[str], span: Span) -> Diagnostic:
    if len(set(way)) == 1:
        return error("AQ226", f"{way[0]} imports itself", span, "", "delete the line")
    return error(
        "AQ226", f"files import one another: {' → '.join(way)}", span, "", "move what both need into a third file"
    )


def import_broken(path: str, span: Span) -> Diagnostic:
    return error(
        "AQ227", f'"{path}" has mistakes, so what it defines is not known', span, "", "they are reported with that file"
    )


def audience_cycle(way: Sequence[str], span: Span) -> Diagnostic:
    listed = " → ".join(f'"{name}"' for name in way)
    if len(set(way)) == 1:
        cure = "leave its own name out of its rule"
        return error("AQ228", f"the audience {listed.partition(' →')[0]} speaks of itself", span, "", cure)
    return error(
        "AQ228", f"audiences speak of one another: {listed}", span, "", "one of them must do without the other"
    )


def clause_twice(clause: str, span: Span) -> Diagnostic:
    return error("AQ229", f"a second `{clause}`", span, "an audience has one", "keep one of them")


def nobody(name: str, span: Span) -> Diagnostic:
    return error("AQ230", f'nothing says who "{name}" is', span, "", "`where` gives a rule, `members` a list")


def unknown_kind(kind: str, span: Span, known: Sequence[str]) -> Diagnostic:
    return error(
        "AQ231",
        f"no kind of learning `{kind}`",
        span,
        f"there are: {', '.join(known)}",
        _near(kind, known, f"`enrol in {known[0]} …`"),
    )


def unknown_recipient(name: str, span: Span, known: Sequence[str]) -> Diagnostic:
    return error(
        "AQ232",
        f"no recipient `{name}`",
        span,
        f"there are: {', '.join(known)}",
        _near(name, known, 'an address goes in quotes: "ann@example.com"'),
    )


def no_address(text: str, span: Span) -> Diagnostic:
    return error(
        "AQ233",
        f'"{text}" is no address',
        span,
        "",
        "an address is like ann@example.com; `learner` and `manager` are written without quotes",
    )


def retired_and_defined(name: str, span: Span, defined: Span) -> Diagnostic:
    return error(
        "AQ234", f'"{name}" is retired and defined', span, f"defined at {_place(defined)}", "remove one of the two"
    )


def was_still_there(name: str, span: Span, defined: Span) -> Diagnostic:
    return error(
        "AQ235",
        f'"{name}" still is an audience of its own',
        span,
        f"defined at {_place(defined)}",
        "`was` takes a name that is no longer used",
    )


def test_of_nothing(name: str, span: Span, known: Sequence[str]) -> Diagnostic:
    return error(
        "AQ236",
        f'no audience "{name}" to test',
        span,
        "",
        _near(name, known, "the test names an audience of the scripts").replace("`", '"'),
    )


DUE_COUNTS_FROM = "`due` counts from one date of the person, such as `hired`, or from `joining`"


def due_needs_one_date(span: Span) -> Diagnostic:
    return error(
        "AQ331",
        f"`{span.text}` can have several values",
        span,
        "",
        DUE_COUNTS_FROM,
    )


def unknown_person(name: str, span: Span, known: Sequence[str]) -> Diagnostic:
    return warning(
        "AQ238",
        f'no person "{name}"',
        span,
        "",
        _near(name, known, "people are named by id, username or email").replace("`", '"'),
    )


def ambiguous_person(name: str, ids: Sequence[str], span: Span) -> Diagnostic:
    return error("AQ215", f'{len(ids)} people share "{name}"', span, "", f"use the id: {', '.join(ids)}")


def members_file_missing(path: str, span: Span) -> Diagnostic:
    return error(
        "AQ239", f'there is no file "{path}"', span, "", "it lists one person on each line, by id, username or email"
    )


def nothing_due(span: Span) -> Diagnostic:
    return warning(
        "AQ240",
        "nothing that this audience assigns has a due date",
        span,
        "",
        "give one: `enrol in … due 30 days after joining`",
    )


def no_template(name: str, span: Span, known: Sequence[str]) -> Diagnostic:
    return warning(
        "AQ258",
        f'no template "{name}"',
        span,
        "this clause tells nobody",
        _near(name, known, f"there are: {', '.join(known)}").replace("`", '"'),
    )


def no_owner(span: Span) -> Diagnostic:
    return warning("AQ259", "this audience has no owner to be told", span, "", 'say who: `owner "lena@example.com"`')


def ends_its_own_reason(learning: str, span: Span, action: str) -> Diagnostic:
    return warning(
        "AQ361",
        f'the rule looks at "{learning}", which the audience itself assigns',
        span,
        f"finishing it would end the membership, and then `when leaving {action}`",
        "`when leaving keep`, or a rule that does not look at it",
    )


def not_active(span: Span) -> Diagnostic:
    return error("AQ241", "the last active day is before the first", span, "", "swap them")


def no_such_field(name: str, record: RecordType, span: Span) -> Diagnostic:
    hint = _near(name, list(record.names()), "a column of your own data goes under `custom`")
    return error("AQ242", f"{record.plural} have no field `{name}`", span, "", hint)


def no_value(span: Span) -> Diagnostic:
    return error(
        "AQ243",
        "this is no value",
        span,
        "",
        f'text is written in quotes: `"{span.text}"`; yes and no are `true` and `false`',
    )


def blank_name(span: Span) -> Diagnostic:
    return error("AQ244", "this audience has no name", span, "", "the name is what it is known by from run to run")


# What is written under the keys that a table cannot do without.
_UNDER_KEYS = {
    "in": ", the kind of learning: course, programme, certification, event",
    "learning": ", the learning's id or name",
    "name": ", what the audience is called",
    "people": ", the ids or names of people",
    "then": ": keep, suspend or unenrol",
    "when": ", such as on joining, or 7 days before due",
    "who": ", such as learner or manager",
}


def no_toml(reason: str, span: Span) -> Diagnostic:
    """An unquoted text is the most frequent reason."""
    fact = reason.partition(" (at ")[0]
    hint = "texts stand in quotes, tables begin with `[[audience]]`"
    word = re.match(r"[^\W\d][^\n\"'#=\[\]{},]*", span.source.text[span.start :])
    if word is not None and reason.startswith("Invalid value"):
        span = Span(span.source, span.start, span.start + len(word[0].rstrip()))
        fact, hint = "a text stands in quotes", f"write {quoted(span.text)}"
    return error("AQ245", f"this is no TOML: {fact[:1].lower()}{fact[1:]}", span, "", hint)


def wrong_in_toml(where: str, reason: str, near: str | None, span: Span) -> Diagnostic:
    last = where.rpartition(".")[2]
    if near or reason.startswith("Extra"):
        return error("AQ246", f"`{where}`: there is no such field", span, "", f"did you mean `{near}`?" if near else "")
    if reason.startswith("Field required"):
        form = '["…"]' if last in ("people", "who") else '"…"'
        hint = f"add `{last} = {form}`{_UNDER_KEYS.get(last, '')}"
        return error("AQ246", f"`{where}` is missing", span, "", hint)
    fact = reason[:1].lower() + reason[1:]
    hint = ""
    if "valid list" in reason:
        fact, hint = "there can be several of it", f"write `[[{last}]]`"
    elif "valid date" in reason:
        fact, hint = "this is no date", "a date is written `2026-11-23`"
    elif "valid string" in reason:
        fact, hint = "this is no text", "a text stands in quotes"
    return error("AQ246", f"`{where}`: {fact}", span, "", hint)


def retired_twice(name: str, span: Span, first: Span) -> Diagnostic:
    return error("AQ247", f'"{name}" is retired twice', span, f"the first is at {_place(first)}", "keep one of them")


def was_twice(name: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "AQ248",
        f'two audiences say that they were "{name}"',
        span,
        f"the first is at {_place(first)}",
        "its members go on in one of them",
    )


def hours_of_a_due_date(span: Span) -> Diagnostic:
    return error("AQ316", "due dates are days, which have no hours", span, "", "count in days, weeks, months or years")


def never_ends(span: Span) -> Diagnostic:
    return error("AQ249", "`active` says no day", span, "", "say `from`, `until` or both: `active until 2026-12-31`")


def test_of_no_one(span: Span) -> Diagnostic:
    return error(
        "AQ250", "a test that asks about no one cannot fail", span, "", "say `member { … }` or `not member { … }` in it"
    )
