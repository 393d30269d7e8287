"""What check, fmt, test and match found → lines or JSON, and the exit status."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from audql.cli import as_json as js
from audql.diagnostics import count
from audql.terminal import Terminal, columns, tree

if TYPE_CHECKING:
    from audql.diagnostics import Diagnostic
    from audql.operations.checking import Checked, Formatted, Tested
    from audql.operations.matching import Matched
    from audql.operations.proposing import Proposed
    from audql.operations.starting import Started
    from audql.operations.taking import Took
    from audql.testing import TestResult


def checked(terminal: Terminal, found: Checked, *, as_json: bool) -> int:
    listed = js.seen_from_here(found.root, found.diagnostics)
    if as_json:
        terminal.out(
            js.written(
                {
                    "status": found.status,
                    "files": [js.path_from_here(found.root, name) for name in found.files],
                    "audiences": found.audiences,
                    "tests": found.tests,
                    "diagnostics": js.diagnostics(listed),
                }
            )
        )
        return found.status
    terminal.findings(listed, to_out=True)
    if listed:
        terminal.out()
    files = count(len(found.files), "file")
    terminal.out(f"{files}, {count(found.audiences, 'audience')} in order: {_tally(listed)}")
    return found.status


def _tally(listed: Iterable[Diagnostic]) -> str:
    severities = [d.severity.value for d in listed]
    parts = [count(severities.count(kind), kind) for kind in ("error", "warning", "hint") if kind in severities]
    return ", ".join(parts) or "no mistakes"


def tested(terminal: Terminal, found: Tested, *, as_json: bool) -> int:
    failed = [r for r in found.results if not r.passed]
    listed = js.seen_from_here(found.root, found.diagnostics)
    if as_json:
        terminal.out(
            js.written(
                {
                    "status": found.status,
                    "passed": len(found.results) - len(failed),
                    "failed": len(failed),
                    "tests": [_result(found, r) for r in found.results],
                    "diagnostics": js.diagnostics(listed),
                }
            )
        )
        return found.status
    terminal.findings(listed, to_out=True)
    if listed:
        terminal.out()
    for r in failed:
        name, line = _place(found, r)
        terminal.out(f"{terminal.style('failed', 'bold', 'red')} {r.audience}  ({name}:{line})")
        terminal.out(f"  {' '.join(r.span.text.split())}")
        if r.found is None:
            terminal.out("  could not be asked: the audience has a mistake")
        elif r.why is not None:
            terminal.out(f"  but is {'' if r.found else 'not '}in it:")
            for text in tree(terminal, r.why, "    "):
                terminal.out(text)
        terminal.out()
    passed = f"{len(found.results) - len(failed):,} passed"
    terminal.out(f"{passed}, {len(failed):,} failed" if failed else passed if found.results else "no tests")
    return found.status


def _place(found: Tested, result: TestResult) -> tuple[str, int]:
    span = result.span
    return js.path_from_here(found.root, span.source.name), span.source.position(span.start)[0]


def _result(found: Tested, result: TestResult) -> js.Json:
    name, line = _place(found, result)
    return {
        "audience": result.audience,
        "file": name,
        "line": line,
        "wanted": result.wanted,
        "found": result.found,
        "passed": result.passed,
        "why": js.explanation(result.why) if result.why is not None else None,
    }


def formatted(terminal: Terminal, done: Sequence[Formatted], *, only_check: bool, diff: bool) -> int:
    """`only_check`: the files were not written, and one that would change is a mistake."""
    for one in done:
        terminal.findings(one.diagnostics)
        if one.changed and diff and one.text is not None:
            for text in difflib.unified_diff(
                one.before.splitlines(), one.text.splitlines(), one.name, one.name, lineterm=""
            ):
                terminal.out(text)
        elif one.changed:
            terminal.out(f"{'would format' if only_check else 'formatted'} {one.name}")
    broken = sum(one.text is None for one in done)
    changed = sum(one.changed for one in done)
    parts = [f"{count(changed, 'file')} {'would change' if only_check else 'formatted'}"] if changed else []
    parts += [f"{count(len(done) - changed - broken, 'file')} left as is"] if len(done) - changed - broken else []
    parts += [f"{count(broken, 'file')} with mistakes, not touched"] if broken else []
    terminal.note(", ".join(parts))
    return 1 if broken or (only_check and changed) else 0


def matched(terminal: Terminal, found: Matched, *, as_json: bool, only_count: bool) -> int:
    if as_json:
        terminal.out(
            js.written(
                {
                    "status": 0,
                    "people": found.people,
                    "count": len(found.ids),
                    "ids": list(found.ids),
                    "took": [_took(took) for took in found.took],
                    "diagnostics": js.diagnostics(found.diagnostics),
                }
            )
        )
        return 0
    if found.took:
        terminal.note("columns taken as")
        rows = ((t.column, ".".join(t.path) if "custom" not in t.path else _custom(t), _type(t)) for t in found.took)
        for text in columns(rows, "  "):
            terminal.note(text)
    terminal.findings(found.diagnostics)
    if only_count:
        terminal.out(str(len(found.ids)))
    else:
        for who in found.ids:
            terminal.out(who)
        terminal.note(f"{len(found.ids):,} of {count(found.people, 'person', 'people')}")
    return 0


def _custom(took: Took) -> str:
    name = took.path[-1]
    return f"custom.{name}" if name.isidentifier() and name.isascii() else f"custom.`{name.replace('`', '``')}`"


def _type(took: Took) -> str:
    return took.type.value if took.type is not None else "name"


def _took(took: Took) -> js.Json:
    return {"column": took.column, "field": ".".join(took.path), "type": _type(took)}


def started(terminal: Terminal, made: Started, *, dry_run: bool) -> int:
    if dry_run:
        terminal.write(made.files["audql.toml"].decode())
        terminal.findings(made.diagnostics)
        return 0
    for name in made.files:
        terminal.out(f"wrote {(made.folder / name).as_posix()}")
    if made.invented:
        terminal.out("\nThe people are invented; put HR's file in their place, or begin with `audql init --from FILE`.")
    else:
        terminal.out("\ncolumns taken as")
        rows = [
            (p.column, f"{p.field} of {p.element}", _proposed_type(p)) for p in made.proposed if p.field != "person"
        ]
        for text in columns(rows, "  "):
            terminal.out(text)
        terminal.out("\nLook them over in audql.toml.")
        terminal.findings(made.diagnostics)
    here = "" if made.folder == Path() else f" -C {quote(made.folder.as_posix())}"
    terminal.out(f"Next: `audql sync{here}`, then `audql plan{here}`.")
    return 0


def _proposed_type(proposed: Proposed) -> str:
    form = f"written {proposed.format}" if proposed.format else ""
    return " ".join(part for part in (proposed.type.value if proposed.type else "", form) if part)
