"""Runs the conformance suite, `tests/conformance/*.md`: people, a query, and who matches or what is wrong with it.

The files are Markdown for people; `tests/conformance/README.md` says how they are written. Every fenced block must be
understood and every query must say what is expected of it: what is not understood is a `FormatError` with its place,
never a case that is left out.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pytest

from audql.diagnostics import CompileError, Diagnostic
from audql.embedding import Query, Script, compile, compile_script

FOLDER = Path(__file__).parent / "conformance"
TODAY = date(2026, 11, 23)

Record = Mapping[str, object]
Moment = date | datetime


# --- the API under test: adapt these four and nothing else ------------------------------------------------------------


def compiled(text: str, lets: str, zone: str) -> Query:
    return compile(text, lets=lets, zone=zone)


def selected(query: Query, records: Sequence[Record], as_of: Moment) -> list[Record]:
    """The records that match, as the very objects that were given."""
    return list(query.select(records, as_of=as_of))


def compiled_script(text: str, zone: str) -> Script:
    return compile_script(text, zone=zone)


def audience_members(script: Script, records: Sequence[Record], as_of: Moment) -> dict[str, list[Record]]:
    """Audience name to its members, as the very objects that were given."""
    return script.members(records, as_of=as_of)


# --- what a file holds ------------------------------------------------------------------------------------------------


class FormatError(Exception):
    """A conformance file that is not written as README.md says, with its place."""


@dataclass(frozen=True, slots=True)
class People:
    """A `people` block: names in order, and a record for each."""

    names: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()


@dataclass(slots=True)
class Expected:
    """One diagnostic that a case asks for: a code with `?` as wildcard, the underlined text, parts of the hint."""

    code: str
    at: str | None = None
    help: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return self.code + (f" at `{self.at}`" if self.at is not None else "") + "".join(f" ({h})" for h in self.help)

    def fits(self, found: Diagnostic) -> bool:
        return (
            re.fullmatch(self.code.replace("?", "[0-9]"), found.code) is not None
            and (self.at is None or (found.span is not None and found.span.text == self.at))
            and all(h in found.hint for h in self.help)
        )


@dataclass(slots=True)
class Case:
    """A `query` or `script` block with the lines below it."""

    place: str
    kind: str
    text: str
    lets: str
    people: People
    matches: tuple[str, ...] | None = None
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    errors: list[Expected] = field(default_factory=list)
    warnings: list[Expected] = field(default_factory=list)
    no_warning: bool = False
    clean: bool = False
    as_of: Moment = TODAY
    zone: str = "UTC"

    @property
    def says_something(self) -> bool:
        return bool(
            self.matches is not None or self.members or self.errors or self.warnings or self.no_warning or self.clean
        )


# --- reading ----------------------------------------------------------------------------------------------------------

FENCE = re.compile(r"(`{3,})([^`]*)")
ITEM = re.compile(r"- (?P<key>matches|as of|now|zone|because|warns|error|help|clean|members)\b(?P<rest>.*)")
DIAGNOSTIC = re.compile(r"(?P<code>AQ[0-9?]{3})(?: at (?P<at>`.*`))?")
CODE_SPAN = re.compile(r"(`+)(?P<text>.*)\1")


def code_span(text: str, place: str) -> str:
    """What a Markdown code span says: as many backquotes as open it close it, one space of padding dropped."""
    found = CODE_SPAN.fullmatch(text.strip())
    if not found or found["text"].startswith("`") or found["text"].endswith("`"):
        raise FormatError(f"{place}: a code span is wanted, not {text!r}")
    inner = found["text"]
    if len(found[1]) > 1 and inner.startswith(" ") and inner.endswith(" "):
        inner = inner[1:-1]
    return inner


def read_people(lines: list[str], place: str) -> People:
    names: list[str] = []
    records: list[Record] = []
    for line in lines:
        if not line.strip():
            continue
        name, colon, text = line.partition(":")
        if not colon or not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in ("everyone", "nobody"):
            raise FormatError(f"{place}: a person is `name: record`, not {line!r}")
        if name in names:
            raise FormatError(f"{place}: two people are called {name}")
        try:
            record: object = json.loads(text)
        except ValueError as e:
            raise FormatError(f"{place}: the record of {name} is no JSON: {e}") from None
        if not isinstance(record, dict):
            raise FormatError(f"{place}: the record of {name} is no object")
        names.append(name)
        records.append(record if "id" in record else {"id": name, **record})
    if not names:
        raise FormatError(f"{place}: nobody in this block")
    return People(tuple(names), tuple(records))


def read_names(text: str, people: People, place: str) -> tuple[str, ...]:
    """Names in the order of the people block; `everyone` and `nobody` for all and none."""
    text = text.strip()
    if not people.names:
        raise FormatError(f"{place}: there are no people yet")
    if text == "everyone":
        return people.names
    if text == "nobody":
        return ()
    names = tuple(n.strip() for n in text.split(","))
    for unknown in (n for n in names if n not in people.names):
        raise FormatError(f"{place}: no one is called {unknown!r}")
    if list(names) != [n for n in people.names if n in names]:
        raise FormatError(f"{place}: names go in the order of the people block, each once")
    return names


def read_diagnostic(text: str, place: str) -> Expected:
    found = DIAGNOSTIC.fullmatch(text.strip())
    if not found:
        raise FormatError(f"{place}: a code and perhaps `at` with a code span is wanted, not {text!r}")
    return Expected(found["code"], None if found["at"] is None else code_span(found["at"], place))


def read_item(case: Case, line: str, place: str) -> None:
    """One `- …` line below a query or script."""
    found = ITEM.fullmatch(line)
    if not found:
        raise FormatError(f"{place}: not understood: {line!r}")
    key, rest = found["key"], found["rest"]
    if key == "clean":
        if rest or case.kind != "script":
            raise FormatError(f"{place}: `- clean` stands alone, below a script")
        case.clean = True
        return
    if key == "members":
        named = re.fullmatch(r' "(?P<name>[^"]+)": (?P<names>.+)', rest)
        if not named or case.kind != "script":
            raise FormatError(f'{place}: `- members "Audience": names`, below a script')
        case.members[named["name"]] = read_names(named["names"], case.people, place)
        return
    if not rest.startswith(": ") or not rest[2:].strip():
        raise FormatError(f"{place}: `- {key}: …` is wanted")
    value = rest[2:].strip()
    try:
        match key:
            case "matches" if case.kind == "query" and case.matches is None:
                case.matches = read_names(value, case.people, place)
            case "as of":
                case.as_of = date.fromisoformat(value)
            case "now":
                now = datetime.fromisoformat(value)
                if now.tzinfo is None:
                    raise FormatError(f"{place}: `now` wants a zone")
                case.as_of = now
            case "zone":
                case.zone = value
            case "because":
                pass
            case "warns" if value == "nothing":
                case.no_warning = True
            case "warns":
                case.warnings.append(read_diagnostic(value, place))
            case "error":
                case.errors.append(read_diagnostic(value, place))
            case "help" if value.startswith("contains ") and (case.errors or case.warnings):
                (case.warnings or case.errors)[-1].help.append(code_span(value.removeprefix("contains "), place))
            case _:
                raise FormatError(f"{place}: `- {key}` does not belong here")
    except ValueError as e:
        raise FormatError(f"{place}: {e}") from None


def finished(case: Case) -> Case:
    if not case.says_something:
        raise FormatError(f"{case.place}: nothing is expected of this {case.kind}")
    if case.errors and (case.matches is not None or case.members or case.no_warning or case.warnings or case.clean):
        raise FormatError(f"{case.place}: what is an error matches no one")
    if case.no_warning and case.warnings:
        raise FormatError(f"{case.place}: a warning and none")
    return case


def read_cases(text: str, name: str) -> Iterator[Case]:
    """The cases of one file, in order."""
    lines = text.split("\n")
    people, lets, case = People(), "", None
    at = 0
    while at < len(lines):
        line, place = lines[at], f"{name}:{at + 1}"
        at += 1
        if line.startswith("```"):
            opened = FENCE.fullmatch(line)
            if not opened:
                raise FormatError(f"{place}: no fence: {line!r}")
            block: list[str] = []
            while at < len(lines) and lines[at] != opened[1]:
                block.append(lines[at])
                at += 1
            if at == len(lines):
                raise FormatError(f"{place}: this block has no end")
            at += 1
            if case:
                yield finished(case)
                case = None
            match opened[2].strip():
                case "people":
                    people = read_people(block, place)
                case "lets":
                    lets = "\n".join(block)
                case "query" | "script" as kind:
                    case = Case(place, kind, "\n".join(block), lets if kind == "query" else "", people)
                case kind:
                    raise FormatError(f"{place}: a block is people, lets, query or script, not {kind!r}")
        elif line.startswith("- "):
            if case is None:
                raise FormatError(f"{place}: this line belongs to no query: {line!r}")
            read_item(case, line, place)
        elif line.startswith((" ", "\t")):
            raise FormatError(f"{place}: an indented line means nothing here: {line!r}")
        else:
            if case and line.strip():
                yield finished(case)
                case = None
            if line.startswith("#"):
                lets = ""
    if case:
        yield finished(case)


def all_cases() -> list[Case]:
    return [
        case
        for path in sorted(FOLDER.glob("*.md"))
        if path.name != "README.md"
        for case in read_cases(path.read_text(encoding="utf-8"), path.name)
    ]


# --- running ----------------------------------------------------------------------------------------------------------


def shown(found: Sequence[Diagnostic]) -> str:
    return "".join(
        f"\n  {d.severity.value}[{d.code}] at {None if d.span is None else d.span.text!r}: {d.message} | {d.hint}"
        for d in found
    )


def check_warnings(case: Case, found: Sequence[Diagnostic]) -> None:
    """`warns` holds for warnings and hints alike; others than those that are asked for do not matter."""
    if case.no_warning or case.clean:
        assert not found, f"nothing to warn of, but:{shown(found)}"
    for wanted in case.warnings:
        assert any(wanted.fits(d) for d in found), f"no warning {wanted}; there is:{shown(found)}"


def check_errors(case: Case) -> None:
    """The errors in order, and no other: one mistake gives one message."""
    with pytest.raises(CompileError) as raised:
        compiled(case.text, case.lets, case.zone) if case.kind == "query" else compiled_script(case.text, case.zone)
    found = [d for d in raised.value.diagnostics if d.is_error]
    assert len(found) == len(case.errors), f"{len(case.errors)} errors are wanted:{shown(found)}"
    for wanted, error in zip(case.errors, found, strict=True):
        assert wanted.fits(error), f"wanted: {wanted}; there is:{shown([error])}"


def names_of(case: Case, records: Sequence[Record]) -> list[str]:
    """The names of records, in the order of the people."""
    chosen = {id(r) for r in records}
    return [n for n, r in zip(case.people.names, case.people.records, strict=True) if id(r) in chosen]


def check_query(case: Case) -> None:
    query = compiled(case.text, case.lets, case.zone)
    check_warnings(case, query.diagnostics)
    if case.matches is not None:
        assert names_of(case, selected(query, case.people.records, case.as_of)) == list(case.matches)


def check_script(case: Case) -> None:
    script = compiled_script(case.text, case.zone)
    check_warnings(case, script.diagnostics)
    if case.members:
        members = audience_members(script, case.people.records, case.as_of)
        assert {a: names_of(case, members[a]) for a in case.members} == {a: list(n) for a, n in case.members.items()}


@pytest.mark.parametrize("case", [pytest.param(c, id=c.place) for c in all_cases()])
def test_case(case: Case) -> None:
    if case.errors:
        check_errors(case)
    elif case.kind == "query":
        check_query(case)
    else:
        check_script(case)


# --- traps ------------------------------------------------------------------------------------------------------------

STANDS_FOR_IT = re.compile(r"`(?P<test>test_\w+)` (?:in|\|) `(?P<path>tests/\S+\.py)`")


def test_each_trap_has_a_case_or_a_test_that_is_there() -> None:
    text = (FOLDER / "traps.md").read_text(encoding="utf-8")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert {int(n) for line in headings for n in re.findall(r"\d+", line)} == set(range(1, 18))
    named = STANDS_FOR_IT.findall(text)
    assert len(named) == text.count("`test_")
    for test, path in named:
        assert f"\ndef {test}(" in (FOLDER.parents[1] / path).read_text(encoding="utf-8"), f"{path}: {test}"


# --- the reader itself ------------------------------------------------------------------------------------------------

PEOPLE = '```people\nann: {"country": "GB"}\nbob: {"id": "u2"}\n```\n'


def test_a_case_is_read() -> None:
    text = PEOPLE + '# Text\n```query\ncountry = "gb"\n```\n- matches: ann\n- zone: Europe/London\n- because: so\n'
    (case,) = read_cases(text, "text.md")
    assert (case.place, case.text, case.matches, case.zone) == (
        "text.md:6",
        'country = "gb"',
        ("ann",),
        "Europe/London",
    )
    assert [r["id"] for r in case.people.records] == ["ann", "u2"]


def test_a_code_span_may_hold_backquotes() -> None:
    text = "```query\ncustom.`a` = 1\n```\n- error: AQ2?? at `` custom.`a` ``\n- help: contains `x`\n"
    (case,) = read_cases(text, "text.md")
    assert (case.errors[0].at, case.errors[0].help) == ("custom.`a`", ["x"])


@pytest.mark.parametrize(
    "text",
    [
        "```people\nann {}\n```\n",
        '```people\nann: {"country": GB}\n```\n',
        "```people\nann: {}\nann: {}\n```\n",
        "```people\nann: []\n```\n",
        "```people\n```\n",
        "```quary\ntrue\n```\n- matches: nobody\n",
        "```query\ntrue\n",
        "```query\ntrue\n```\n",
        "```query\ntrue\n```\n- matches: everyone\n",
        PEOPLE + "```query\ntrue\n```\n- matches: cat\n",
        PEOPLE + "```query\ntrue\n```\n- matches: bob, ann\n",
        PEOPLE + "```query\ntrue\n```\n- matches ann\n",
        PEOPLE + "```query\ntrue\n```\n- matches: ann\n- mathces: ann\n",
        PEOPLE + "```query\ntrue\n```\n- matches: ann\n- as of: tomorrow\n",
        PEOPLE + "```query\ntrue\n```\n- matches: ann\n- now: 2026-11-23T10:00:00\n",
        PEOPLE + "```query\ntrue\n```\n- matches: ann\n- error: AQ1??\n",
        PEOPLE + "```query\ntrue\n```\n- matches: ann\n- clean\n",
        PEOPLE + "```query\ntrue\n```\n- matches: ann\n\nProse.\n- as of: 2026-11-23\n",
        "```query\ntrue\n```\n- error: AQ1?? at true\n",
        "```query\ntrue\n```\n- error: AQ1?? near `true`\n",
        "```query\ntrue\n```\n- error: AQ1??\n- help: country\n",
        "- matches: ann\n",
    ],
)
def test_what_is_not_understood_is_an_error(text: str) -> None:
    with pytest.raises(FormatError, match=r"^f\.md:\d+: "):
        list(read_cases(text, "f.md"))
