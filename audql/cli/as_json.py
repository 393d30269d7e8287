"""Values → JSON with keys that scripts can rely on; they are listed in docs/cli.md."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audql.diagnostics import Diagnostic, RunError
from audql.rendering import UNTAMED
from audql.source import Source, Span

if TYPE_CHECKING:
    from audql.analysis.explaining import Explanation

Json = dict[str, Any]


def written(value: Mapping[str, object]) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return UNTAMED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def diagnostics(found: Iterable[Diagnostic]) -> list[Json]:
    return [diagnostic(d) for d in found]


def problem(error: RunError) -> Json:
    """What stopped a command, and what it had done by then."""
    return {"status": error.status, "diagnostics": diagnostics(error.diagnostics), "done": error.done or None}


def diagnostic(d: Diagnostic) -> Json:
    """Lines and columns count from 1; `end_column` is behind the last character."""
    place: Json = {"file": None, "line": None, "column": None, "end_line": None, "end_column": None}
    if d.span is not None:
        line, column = d.span.source.position(d.span.start)
        end_line, end_column = d.span.source.position(d.span.end)
        place = {
            "file": d.span.source.name,
            "line": line,
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
        }
    return {
        "code": d.code,
        "severity": d.severity.value,
        "message": d.message,
        "label": d.label,
        "hint": d.hint,
        **place,
    }


def explanation(e: Explanation) -> Json:
    return {
        "condition": e.text,
        "holds": e.holds,
        "values": list(e.values),
        "origin": e.origin,
        "parts": [explanation(part) for part in e.parts],
    }


def seen_from_here(root: Path, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The same with files named from where the person stands, so that a terminal or an editor can go there."""
    here = Path.cwd()
    if root == here:
        return tuple(found)
    moved: dict[Source, Source] = {}

    def at(span: Span) -> Span:
        source = span.source
        if not (root / source.name).is_file():
            return span
        if source not in moved:
            moved[source] = Source(source.text, path_from_here(root, source.name))
        return Span(moved[source], span.start, span.end)

    return tuple(d if d.span is None else replace(d, span=at(d.span)) for d in found)


def path_from_here(root: Path, name: str) -> str:
    try:
        return Path(os.path.relpath(root / name)).as_posix()
    except ValueError:
        return str(root / name)
