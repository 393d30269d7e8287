"""A cure that is shown as AudQL is AudQL: pasted, it compiles, here or where the mistake is underlined."""

import re
from collections.abc import Iterator

import reading

from audql.diagnostics import Diagnostic, Findings
from audql.source import Source
from audql.syntax import ast
from audql.syntax.parser import parse_query, parse_script
from audql.syntax.words import SPELLED

_CODE = re.compile(r"`` (.+?) ``|`([^`]+)`")
_NAME = re.compile(r"\w+(\.\w+)*|`[^`]+`|\w+:|[^\w\s\"]|[<>!]=")
_PHRASES = frozenset(SPELLED.values()) | {"is set", "is not set", "[[audience]]", "when leaving keep"}


def _cures() -> Iterator[tuple[reading.Case, Diagnostic, str]]:
    """Every piece of code in a hint that is whole and more than a word or a name."""
    for case in reading.all_cases():
        if "audql.toml" not in case.files:
            for found in reading.diagnostics(case)[:20]:
                for match in _CODE.finditer(found.hint):
                    shown = match[1] or match[2]
                    if "…" not in shown and not _NAME.fullmatch(shown) and shown not in _PHRASES:
                        yield case, found, shown


def _cures_something(case: reading.Case, found: Diagnostic, cure: str) -> bool:
    """A query, here or in brackets; a value; a clause; or what makes one mistake less where it is underlined."""
    return (
        any(_compiles(case, found, text) for text in _as_queries(case, cure))
        or _is_value(cure)
        or _is_clause(cure)
        or _is_record(cure)
        or _mends(case, found, cure)
    )


def _as_queries(case: reading.Case, cure: str) -> Iterator[str]:
    yield cure
    written = " ".join(case.files.values())
    for collection in re.findall(r"(?:any|every|no) (\w+) \(", written):
        yield f"any {collection} ({cure})"
    if first := re.match(r"\w+", written):
        yield f"{first[0]} {cure}"


def _compiles(case: reading.Case, found: Diagnostic, text: str) -> bool:
    """Without the mistake that it is the cure of; others of the case may be in it too."""
    others = {d.code for d in reading.diagnostics(case) if d.is_error} - {found.code}
    return all(d.code in others for d in reading.of_query(text, reading.settings(case)) if d.is_error)


def _is_value(cure: str) -> bool:
    """A text, a number, a date, several of them, a length of time."""
    read = (_read(query) for query in (f"a in ({cure})", f"a in {cure}", f"a within last {cure}", f"a = {cure}"))
    return any(isinstance(query, ast.In | ast.WithinWindow | ast.Compare) for query in read)


def _read(query: str) -> ast.Query | None:
    findings = Findings()
    tree = parse_query(Source(query), findings)
    return None if findings.failed else tree


def _is_clause(cure: str) -> bool:
    findings = Findings()
    parse_script(Source(f'audience "A" {{ {cure} }}'), findings)
    return not findings.failed


def _is_record(cure: str) -> bool:
    findings = Findings()
    parse_script(Source(f'test "A" {{ given {cure} }}'), findings)
    return not findings.failed


def _mends(case: reading.Case, found: Diagnostic, cure: str) -> bool:
    """Put where the mistake is underlined; what stands beside that, and in the cure too, is not doubled."""
    assert found.span is not None
    text = found.span.source.text
    before, after = text[: found.span.start], text[found.span.end :]
    joined = {f"{before}{cure}{after}", f"{before} {cure} {after}"}
    joined |= {before + cure[k:] + after for k in range(1, len(cure)) if before.endswith(cure[:k])}
    joined |= {before + cure[:-k] + after.lstrip() for k in range(1, len(cure)) if after.lstrip().startswith(cure[-k:])}
    mistakes = len([d for d in reading.diagnostics(case) if d.is_error])
    for mended in joined:
        files = {name: mended if name == found.span.source.name else text for name, text in case.files.items()}
        after_all = reading.diagnostics(reading.Case(case.topic, case.title, files, case.known, None))
        if len([d for d in after_all if d.is_error]) < mistakes:
            return True
    return False


def test_cures_compile() -> None:
    assert not dict.fromkeys(f"{c.name}: {cure}" for c, found, cure in _cures() if not _cures_something(c, found, cure))
