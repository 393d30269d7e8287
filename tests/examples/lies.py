"""Ways in which a feed lies: each corrupts a folder of CSV files, in places that a seed chooses.

A lie is one that can be known as a lie, or does no harm: values that are wrong and look right are not among them.
"""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TypeAlias

Lie: TypeAlias = Callable[[Random, Path, Path], None]
"""Given the feed to be corrupted and the one of the day before."""

Rows: TypeAlias = list[list[str]]


def _any(random: Random, feed: Path) -> Path:
    return random.choice(sorted(feed.glob("*.csv")))


def _rows(path: Path) -> Rows:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")


def _edited(name: str | None, edit: Callable[[Random, Rows], Rows | None]) -> Lie:
    """A lie about the rows of a file, the header first; of any file where none is named."""

    def lie(random: Random, feed: Path, _: Path) -> None:
        path = feed / name if name else _any(random, feed)
        rows = _rows(path)
        _write(path, edit(random, rows) or rows)

    return lie


def _bytes(edit: Callable[[Random, bytes], bytes]) -> Lie:
    def lie(random: Random, feed: Path, _: Path) -> None:
        path = _any(random, feed)
        path.write_bytes(edit(random, path.read_bytes()))

    return lie


def _some(random: Random, rows: Rows, most: int = 3) -> list[list[str]]:
    return random.sample(rows[1:], min(most, len(rows) - 1))


def _insert(what: bytes) -> Callable[[Random, bytes], bytes]:
    def edit(random: Random, data: bytes) -> bytes:
        at = random.randrange(len(data))
        return data[:at] + what + data[at:]

    return edit


# --- bytes ------------------------------------------------------------------------------------------------------------


def _cut_anywhere(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data))]


def _cut_at_a_line(random: Random, feed: Path, _: Path) -> None:
    """Of files that are as long by more than guards let pass."""
    files = [(path, len(_rows(path))) for path in sorted(feed.glob("*.csv"))]
    path = random.choice([path for path, rows in files if rows > 100] or [path for path, rows in files if rows > 2])
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: random.randrange(1, len(lines) * 7 // 10)]))


def _quote_before_a_value(random: Random, data: bytes) -> bytes:
    at = random.choice([i for i, byte in enumerate(data, 1) if byte in b",\n"])
    return data[:at] + b'"' + data[at:]


def _swap_files(random: Random, feed: Path, _: Path) -> None:
    first, second = feed / "people.csv", feed / random.choice(["jobs.csv", "positions.csv", "completions.csv"])
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)


def _missing(random: Random, feed: Path, _: Path) -> None:
    _any(random, feed).unlink()


def _of_yesterday(random: Random, feed: Path, before: Path) -> None:
    path = _any(random, feed)
    shutil.copyfile(before / path.name, path)


# --- rows -------------------------------------------------------------------------------------------------------------


def _wide(random: Random, rows: Rows) -> None:
    for row in _some(random, rows):
        row.insert(random.randrange(len(row)), "x")


def _narrow(random: Random, rows: Rows) -> None:
    for row in _some(random, rows):
        del row[random.randrange(len(row))]


def _twice(random: Random, rows: Rows) -> Rows:
    return [*rows, *rows[1:]]


def _again_with_a_header(random: Random, rows: Rows) -> Rows:
    return [*rows, *rows]


def _shuffled(random: Random, rows: Rows) -> Rows:
    body = rows[1:]
    random.shuffle(body)
    return [rows[0], *body]


def _other_under_the_same_id(random: Random, rows: Rows) -> Rows:
    at = random.randrange(1, len(rows[0]))
    return [*rows, *([*row[:at], row[at] + " x", *row[at + 1 :]] for row in _some(random, rows))]


def _with_blank_lines(random: Random, rows: Rows) -> Rows:
    return [line for row in rows for line in (row, [])]


def _with_spaces(random: Random, rows: Rows) -> Rows:
    return [rows[0], *([f" {value}\t" for value in row] for row in rows[1:])]


def _without_ids(share: float) -> Callable[[Random, Rows], None]:
    def edit(random: Random, rows: Rows) -> None:
        for row in rows[1:]:
            if random.random() < share:
                row[0] = ""

    return edit


def _ids(change: Callable[[str], str]) -> Callable[[Random, Rows], None]:
    def edit(random: Random, rows: Rows) -> None:
        for row in rows[1:]:
            row[0] = change(row[0])

    return edit


def _fewer_with_one_that_is_broken(random: Random, rows: Rows) -> Rows:
    kept = [rows[0], *(row for row in rows[1:] if random.random() < 0.7)]
    return [*kept, ["", *kept[1][1:]]]


def _days(share: float, change: Callable[[str], str]) -> Callable[[Random, Rows], None]:
    """Another form of days; in some of the rows that have any."""

    def edit(random: Random, rows: Rows) -> None:
        for row in rows[1:]:
            if random.random() < share:
                row[:] = [change(value) if _is_day(value) else value for value in row]

    return edit


def _is_day(text: str) -> bool:
    return len(text) == 10 and text[4] == text[7] == "-" and text.replace("-", "").isdigit()


def _american(day: str) -> str:
    return f"{day[5:7]}/{day[8:]}/{day[:4]}"


def _swapped(day: str) -> str:
    return f"{day[:4]}-{day[8:]}-{day[5:7]}"


def _headers_swapped(random: Random, rows: Rows) -> None:
    one, other = random.sample(range(len(rows[0])), 2)
    rows[0][one], rows[0][other] = rows[0][other], rows[0][one]


def _header_renamed(random: Random, rows: Rows) -> None:
    at = random.randrange(len(rows[0]))
    rows[0][at] += " (new)"


def _header_twice(random: Random, rows: Rows) -> None:
    rows[0][-1] = rows[0][0]


def _column_dropped(random: Random, rows: Rows) -> None:
    at = random.randrange(len(rows[0]))
    for row in rows:
        del row[at]


def _unknown(column: str) -> Callable[[Random, Rows], None]:
    def edit(random: Random, rows: Rows) -> None:
        at = rows[0].index(column)
        for row in _some(random, rows):
            row[at] = "nowhere at all"

    return edit


def _cycle_of_nodes(random: Random, rows: Rows) -> None:
    """The node at the top is below one of those below it."""
    identity, parent = rows[0].index("department"), rows[0].index("part_of")
    top = next(row for row in rows[1:] if not row[parent])
    top[parent] = random.choice([row for row in rows[1:] if row is not top])[identity]


def _ends_before_starts(random: Random, rows: Rows) -> None:
    at = rows[0].index("end_date")
    for row in _some(random, rows):
        row[at] = "1900-01-01"


def _very_long(random: Random, rows: Rows) -> None:
    row = random.choice(rows[1:])
    row[-1] = "x" * 200_000


LIES: dict[str, Lie] = {
    "cut at a byte": _bytes(_cut_anywhere),
    "cut at the end of a line": _cut_at_a_line,
    "an empty file": _bytes(lambda random, data: b""),
    "a header alone": _edited(None, lambda random, rows: rows[:1]),
    "a file that is missing": _missing,
    "a byte that means nothing": _bytes(_insert(b"\xff")),
    "a zero byte": _bytes(_insert(b"\0")),
    "a stray quote": _bytes(_quote_before_a_value),
    "a stray line end": _bytes(_insert(b"\n")),
    "another encoding": _bytes(lambda random, data: data.decode().encode("utf-16")),
    "Windows' encoding": _bytes(lambda random, data: data.decode().encode("cp1252", errors="replace")),
    "another delimiter": _bytes(lambda random, data: data.replace(b",", b";")),
    "Windows' line ends": _bytes(lambda random, data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")),
    "compressed without saying so": _bytes(lambda random, data: gzip.compress(data)),
    "in capitals": _bytes(lambda random, data: data.upper()),
    "two files for one another": _swap_files,
    "a file of yesterday": _of_yesterday,
    "rows that are too wide": _edited(None, _wide),
    "rows that are too narrow": _edited(None, _narrow),
    "every row twice": _edited(None, _twice),
    "the file twice, with its header": _edited(None, _again_with_a_header),
    "in another order": _edited(None, _shuffled),
    "blank lines": _edited(None, _with_blank_lines),
    "spaces around values": _edited(None, _with_spaces),
    "an id twice": _edited("people.csv", _other_under_the_same_id),
    "some rows without an id": _edited(None, _without_ids(0.02)),
    "many rows without an id": _edited(None, _without_ids(0.5)),
    "people missing, and a broken row": _edited("people.csv", _fewer_with_one_that_is_broken),
    "ids with a prefix": _edited("people.csv", _ids(lambda one: f"0{one}")),
    "ids in capitals": _edited("people.csv", _ids(str.upper)),
    "days in another form": _edited(None, _days(1.0, _american)),
    "some days in another form": _edited(None, _days(0.03, _american)),
    "day for month": _edited("people.csv", _days(1.0, _swapped)),
    "two columns for one another": _edited("people.csv", _headers_swapped),
    "a column with another name": _edited("people.csv", _header_renamed),
    "a column twice": _edited(None, _header_twice),
    "a column that is missing": _edited("people.csv", _column_dropped),
    "unknown organisations": _edited("jobs.csv", _unknown("department")),
    "unknown learning": _edited("completions.csv", _unknown("learning")),
    "organisations in a circle": _edited("organisations.csv", _cycle_of_nodes),
    "ends before starts": _edited("jobs.csv", _ends_before_starts),
    "a value without end": _edited(None, _very_long),
}
