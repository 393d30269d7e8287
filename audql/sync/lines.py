"""A file of JSON lines → rows of text: an object a line, whose keys are columns, those of objects within with a dot."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from audql.diagnostics import GuardError
from audql.plugins import printable
from audql.sync import messages
from audql.sync.messages import Refusal
from audql.sync.source import RawTable, Row, as_text, not_text
from audql.workspace import ElementFeed

T = TypeVar("T")


def read_lines(path: Path, part: ElementFeed) -> RawTable:
    """The file is read twice, as every line may have another column. Raises RunError when it is not in its encoding."""
    header: dict[str, None] = {}
    line, text, found = 0, "", None
    for line, text in _lines(path, part):
        if found is None and text.lstrip().startswith("["):
            raise GuardError(messages.json_list(part.file))
        found = _object(text, part.file, line)
        if not isinstance(found, Refusal):
            header.update(dict.fromkeys(found[1]))
    if isinstance(found, Refusal) and not header and not _is_cut(text):
        raise GuardError(messages.of_another_kind(part.file, "JSON lines"))
    if not header:
        raise GuardError(messages.file_empty(part.file, "content"))
    cut = (line, 0, 0) if isinstance(found, Refusal) and _is_cut(text) else None
    return RawTable(part.file, tuple(header), _rows(path, part, tuple(header)), cut)


_TEXT_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?P<end>")?|[{}\[\]]')
_CLOSED_BY = {"{": "}", "[": "]"}


def _is_cut(text: str) -> bool:
    """Whether a last line that is not to be read as an object is the beginning of one: what it opened is still open."""
    if text.endswith("\n") or not text.lstrip().startswith("{"):
        return False
    wanted: list[str] = []
    for found in _TEXT_OR_BRACKET.finditer(text):
        token = found[0]
        if token in _CLOSED_BY:
            wanted.append(_CLOSED_BY[token])
        elif token[0] == '"':
            if found["end"] is None:
                return True
        elif wanted.pop() != token or not wanted:
            return False
    return True


def _rows(path: Path, part: ElementFeed, header: tuple[str, ...]) -> Iterator[Row | Refusal]:
    for number, text in _lines(path, part):
        found = _object(text, part.file, number)
        if isinstance(found, Refusal):
            yield found
        else:
            line, values = found
            yield line, [values.get(name, "") for name in header]


def _lines(path: Path, part: ElementFeed) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        with path.open(encoding=_encoding(part.encoding), newline="\n") as file:
            for number, text in enumerate(file, 1):
                if text.strip():
                    yield number, text
    except UnicodeError:
        raise not_text(path, part, number + 1) from None


class _TwiceError(Exception):
    """A key that an object has twice."""


def _once(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    found: dict[str, T] = {}
    for name, value in pairs:
        if name in found:
            raise _TwiceError(name)
        found[name] = value
    return found


def _object(text: str, file: str, line: int) -> tuple[int, Mapping[str, str]] | Refusal:
    try:
        # Numbers as they are written: as floats they would be others.
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once)
        if _is_deep(value):
            raise RecursionError
        if isinstance(value, dict):
            values = _once(_flat(value, ""))
            "".join(values).encode()
            return line, values
    except json.JSONDecodeError as problem:
        return messages.no_json(file, line, f"{problem.msg.removesuffix(' at')} at character {problem.colno}")
    except _TwiceError as twice:
        return messages.no_json(file, line, f"`{printable(str(twice))[:60]}` is there twice", "leave one of the two")
    except UnicodeEncodeError:
        return messages.no_json(file, line, "half of a character is in a name", "correct the name")
    except RecursionError:
        return messages.no_json(file, line, "too many brackets in one another", "give less of it")
    return messages.no_json(file, line, "no object")


_DEEPEST = 100


def _is_deep(value: object) -> bool:
    """Whether more than so many lists and objects are in one another: Python's own limit is not always the same."""
    here = [value]
    for _ in range(_DEEPEST):
        within = (one.values() if isinstance(one, dict) else one for one in here if isinstance(one, dict | list))
        here = [each for inner in within for each in inner if isinstance(each, dict | list)]
        if not here:
            return False
    return True


def _encoding(named: str) -> str:
    """The same, but that a byte order mark of UTF-8 is no text."""
    found = codecs.lookup(named).name
    return "utf-8-sig" if found == "utf-8" else found


def _flat(value: Mapping[str, object], within: str) -> Iterator[tuple[str, str]]:
    for name, each in value.items():
        if isinstance(each, dict):
            yield from _flat(each, f"{within}{name}.")
        else:
            yield f"{within}{name}".strip(), as_text(each)
