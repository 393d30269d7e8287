"""Everything that `docs/language.md` shows is so: what compiles, what does not and why, and who matches.

How the page is written:
- A table whose first head is `person` has people, a line each; a line without a name is a further item of the one
  above (`job.title`, `job.org`). A code span is JSON where it can be read so, and its own text where not.
- A ```json block is people too: a record, or a list of them.
- A table whose first head is `query` has queries that compile; under `who matches` stands who of the people does.
- A table whose first head is `wrong` has queries with the code of their mistake, and perhaps what to write instead.
- An ```audql block is a query and an ```audql-script block a script, with nothing to report but what stands behind
  (`error AQ201`, `warns AQ351`). A line `→ ann, bob` below says who matches; below a script, `→ "Audience": ann; …`.
- What an ```audql-script words block defines may be used up to the next heading. One that is called `same` says what
  the ```toml block before it says.
- A ```text block below a mistake is the report.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from generated_parts import NOTES, PAGE, with_generated

from audql.diagnostics import CompileError, Diagnostic, Findings
from audql.embedding import Query, Script, compile, compile_script
from audql.functions import definition
from audql.program.compiling import compile_program
from audql.program.toml import script_of
from audql.rendering import render
from audql.semantics.context import DEPTH_LIMIT, EXPANSION_FOR_EACH_CHARACTER, EXPANSION_LIMIT
from audql.source import Source
from audql.syntax.nesting import MOST_LEVELS
from audql.syntax.numerals import MOST_DIGITS
from audql.syntax.parser import MOST_CHARACTERS, MOST_ERRORS, parse_script
from audql.syntax.printer import format_script
from audql.types import Many
from audql.vocabulary import FUNCTIONS, PEOPLE

TODAY = date(2026, 11, 23)
WORDS_FILE = "# words of others\n"

Record = dict[str, object]


@dataclass(frozen=True, slots=True)
class Shown:
    """A query or script of the page: `report` is what it wants reported, `answer` the line below it."""

    place: str
    kind: str
    text: str
    people: tuple[Record, ...]
    words: str = ""
    wanted: tuple[str, ...] = ()
    exact: bool = True
    answer: str = ""
    report: str = ""

    def found(self) -> Sequence[Diagnostic]:
        try:
            return self.compiled().diagnostics
        except CompileError as wrong:
            return wrong.diagnostics

    def compiled(self) -> Query | Script:
        if self.kind == "audql":
            return compile(self.text, lets=self.words)
        return compile_script(self.text, name="retail.aud")


@dataclass(slots=True)
class Page:
    shown: list[Shown] = field(default_factory=list)
    pairs: list[tuple[str, str, str]] = field(default_factory=list)
    """Place, TOML, and the script that says the same."""


# --- reading the page -------------------------------------------------------------------------------------------------

_FENCE = re.compile(r"(?m)^```([^\n]*)\n(.*?)^```$", re.DOTALL)
_SPAN = re.compile(r"`` (.+?) ``|`([^`]+)`")


def read(page: str) -> Page:
    """All that the page shows. An `AssertionError` for what is not understood."""
    found = Page()
    people: tuple[Record, ...] = ()
    words = toml = ""
    lines = page.split("\n")
    at = 0
    while at < len(lines):
        line, place = lines[at], f"language.md:{at + 1}"
        at += 1
        if line.startswith("#"):
            words = ""
        elif line.startswith("```"):
            end = lines.index("```", at)
            text, info = "\n".join(lines[at:end]), line[3:].split()
            at = end + 1
            match info:
                case ["json"]:
                    read_in = json.loads(text)
                    people = tuple(read_in) if isinstance(read_in, list) else (read_in,)
                case ["toml"]:
                    toml = text
                case ["text"]:
                    if found.shown and "-->" in text:
                        found.shown[-1] = replace(found.shown[-1], report=text)
                case ["ebnf"]:
                    pass
                case ["audql" | "audql-script" as kind, *wanted]:
                    match wanted:
                        case ["same"]:
                            found.pairs.append((place, toml, text))
                            continue
                        case ["words"]:
                            words += text + "\n"
                        case [] | ["error" | "warns", *_]:
                            pass
                        case _:
                            raise AssertionError(f"{place}: not understood: {line}")
                    answer = next((later for later in lines[at : at + 2] if later.strip()), "")
                    answer = answer[2:] if answer.startswith("→ ") else ""
                    codes = tuple(wanted[1:]) if wanted != ["words"] else ()
                    found.shown.append(Shown(place, kind, text, people, words, codes, answer=answer))
                case _:
                    raise AssertionError(f"{place}: not understood: {line}")
        elif line.startswith("| "):
            end = next(i for i in range(at, len(lines) + 1) if i == len(lines) or not lines[i].startswith("|"))
            head, rows = cells(line), [cells(row) for row in lines[at + 1 : end]]
            if any(len(row) != len(head) for row in rows):
                raise AssertionError(f"{place}: a table with unequal rows")
            match head[0]:
                case "person":
                    people = tuple(read_people(head, rows))
                case "query" | "wrong":
                    found.shown.extend(read_queries(place, head, rows, people, words))
                case _:
                    pass
            at = end
    return found


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def spans(cell: str) -> list[str]:
    return [m[1] or m[2] for m in _SPAN.finditer(cell)]


def read_queries(
    place: str, head: list[str], rows: list[list[str]], people: tuple[Record, ...], words: str
) -> Iterator[Shown]:
    for row in rows:
        named = dict(zip(head, row, strict=True))
        (text,) = spans(row[0])
        shown = Shown(f"{place} `{text}`", "audql", text, people, words, exact=False)
        yield replace(shown, wanted=(named["code"],) if "code" in named else (), answer=named.get("who matches", ""))
        for instead in spans(named.get("write instead", "")):
            yield replace(shown, text=instead)


def read_people(head: list[str], rows: list[list[str]]) -> Iterator[Record]:
    person: Record = {}
    for row in rows:
        if row[0]:
            if person:
                yield person
            person = {"id": row[0]}
        items: dict[str, Record] = {}
        for path, cell in zip(head[1:], row[1:], strict=True):
            first, _, rest = path.partition(".")
            declared = PEOPLE.person.field(first)
            if not cell:
                continue
            if declared is not None and isinstance(declared.type, Many) and rest and not declared.means:
                put(items.setdefault(declared.name, {}), rest, value_of(cell))
            else:
                put(person, path, value_of(cell))
        for collection, item in items.items():
            kept = person.setdefault(collection, [])
            assert isinstance(kept, list)
            kept.append(item)
    yield person


def put(record: Record, path: str, value: object) -> None:
    """`org.division` goes beside what `org` has said."""
    name, _, rest = path.partition(".")
    if not rest:
        record[name] = value
        return
    inner = record.get(name, {})
    if not isinstance(inner, dict):
        inner = {"name": inner}
    record[name] = inner
    put(inner, rest, value)


def value_of(cell: str) -> object:
    inner = re.fullmatch(r"`(.*)`", cell)
    if inner is None:
        return cell
    try:
        return json.loads(inner[1])
    except ValueError:
        return inner[1]


SHOWN = read(PAGE.read_text(encoding="utf-8"))


# --- what is shown is so ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", [pytest.param(s, id=s.place) for s in SHOWN.shown])
def test_what_is_shown_is_so(shown: Shown) -> None:
    found = shown.found()
    errors = [d for d in found if d.is_error]
    said = render(found)
    if shown.wanted:
        assert [d.code for d in errors or found] == list(shown.wanted), said
    elif shown.exact:
        assert not found, said
    assert bool(errors) == (bool(shown.wanted) and bool(errors)), said
    if shown.report:
        assert said == shown.report
    if shown.answer:
        compiled = shown.compiled()
        if isinstance(compiled, Query):
            assert ids(compiled.select(shown.people, TODAY)) == meant(shown.answer, shown.people)
        else:
            members = compiled.members(shown.people, TODAY)
            named = [re.fullmatch(r'"(.+)": (.+)', part) for part in shown.answer.split("; ")]
            wanted = {n[1]: meant(n[2], shown.people) for n in named if n}
            assert {name: ids(chosen) for name, chosen in members.items()} == wanted


def ids(people: Sequence[Record]) -> list[str]:
    return [str(person["id"]) for person in people]


def meant(answer: str, people: Sequence[Record]) -> list[str]:
    """The ids that an answer names, in the order of the people."""
    match answer:
        case "everyone":
            return ids(people)
        case "no one":
            return []
        case _:
            return answer.split(", ")


@pytest.mark.parametrize(("toml", "script"), [pytest.param(t, s, id=place) for place, t, s in SHOWN.pairs])
def test_toml_says_the_same(toml: str, script: str) -> None:
    findings = Findings()
    read_in = format_script(parse_script(script_of(Source(toml, "retail.toml"), findings), findings))
    assert not findings.found
    assert read_in == format_script(parse_script(Source(script, "retail.aud"), findings))
    files = {"words.aud": WORDS_FILE, "fire_wardens.txt": "ann\n"}
    assert not compile_program([Source(toml, "retail.toml")], read=files.get).diagnostics


# --- what is made from the program ------------------------------------------------------------------------------------


def test_the_generated_parts_are_those_of_the_program() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_generated(page) == page, "python tests/docs/generated_parts.py writes them again"


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_each_function_is_there_with_its_definition(function: object) -> None:
    chosen = next(f for f in FUNCTIONS if f is function)
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert " ".join(definition(chosen).split()) in page
    assert f"### {chosen.name} " in page


@pytest.mark.parametrize("record", PEOPLE.records, ids=lambda r: r.name)
def test_each_field_is_there(record: object) -> None:
    chosen = next(r for r in PEOPLE.records if r is record)
    page = PAGE.read_text(encoding="utf-8")
    for f in chosen.fields:
        if not f.hidden and chosen.name != "membership":
            assert re.search(rf"(?m)^\|[^|]*`{f.name}`", page), f.name


def test_notes_are_of_fields_that_there_are() -> None:
    for record, name in NOTES:
        assert PEOPLE.record(record).field(name) is not None, (record, name)


def test_limits_are_those_of_the_program() -> None:
    page = PAGE.read_text(encoding="utf-8")
    (table,) = re.findall(r"(?s)## Limits\n(.*?)\n## ", page)
    found = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", table)]
    megabytes = MOST_CHARACTERS // 1_000_000
    expanded = [EXPANSION_LIMIT, DEPTH_LIMIT, EXPANSION_LIMIT, EXPANSION_FOR_EACH_CHARACTER]
    assert found == [MOST_LEVELS, *expanded, megabytes, MOST_CHARACTERS, MOST_DIGITS, MOST_ERRORS]


def test_links_lead_somewhere() -> None:
    page = re.sub(r"(?ms)^```.*?^```$", "", PAGE.read_text(encoding="utf-8"))
    heads = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"(?m)^#+ (.+)$", page)}
    links = set(re.findall(r"\]\(([^)]+)\)", page))
    assert {link[1:] for link in links if link.startswith("#")} <= heads
    pages = {link for link in links if not link.startswith("#")}
    assert {link for link in pages if not (PAGE.parent / link).exists()} == set()
