"""A CSV file in UTF-8 → how it is cut into records, where every reader of RFC 4180 agrees on that.

Counted in blocks with numpy, without looking at a single record, so that what a fast reader makes of the file can be
checked, and the line of a record found, for little.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from audql.sync.messages import LONGEST_VALUE

_BLOCK_BYTES = 8 << 20
_BOM = b"\xef\xbb\xbf"
_QUOTE, _LINE_FEED, _RETURN = 34, 10, 13
_LONGEST_RECORD_BYTES = LONGEST_VALUE
"""Beyond it a file is odd, since a value may be too long."""

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NotText(Exception):  # noqa: N818 (a value, not a fault)
    """The line with the first bytes that are no UTF-8."""

    line: int


@dataclass(frozen=True, slots=True)
class Cut:
    """What there is in a file. Nothing of the header is counted."""

    header: tuple[str, ...]
    records: int
    delimiters: int
    """Those between values."""
    straight: bool
    """Whether record i is line i + 2: no blank lines, no line breaks within quotes."""
    is_open: bool
    """Whether the last line has no line end."""


def scan(path: Path, delimiter: str) -> Cut | None:
    """None for a file that readers may differ on. Raises NotText."""
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
        return None
    header: tuple[str, ...] = ()
    records = delimiters = lines = 0
    straight = True
    for block in _blocks(path):
        if not block.utf8:
            raise NotText(block.line_of_bad_byte())
        if not block.is_regular(ord(delimiter)):
            return None
        lengths = block.record_lengths()
        if len(lengths) and int(lengths.max()) > _LONGEST_RECORD_BYTES:
            return None
        blank = int(np.count_nonzero(lengths <= block.returns))
        if not records:
            if not len(lengths) or lengths[0] <= block.returns or block.first_line_goes_on():
                return None
            header = tuple(name.strip() for name in next(csv.reader([block.first_line()], delimiter=delimiter)))
            if not any(header):
                return None
        records += len(lengths) - blank
        delimiters += block.count_outside(ord(delimiter))
        lines += len(block.line_ends)
        straight = straight and not blank and bool(block.is_record_end.all())
        last = block
    if not records or last.ends_inside:
        return None
    return Cut(header, records - 1, delimiters - (len(header) - 1), straight, last.remainder > 0)


def record_lines(path: Path) -> Positions:
    """The line on which each record begins that is not blank, the header's first."""
    found: list[Positions] = []
    line, start = 0, 1
    for block in _blocks(path):
        ends = np.flatnonzero(block.is_record_end) + line + 1
        if block.is_last and block.remainder > 0:
            ends = np.append(ends, line + len(block.line_ends) + 1)
        starts = np.concatenate(([start], ends[:-1] + 1)) if len(ends) else ends
        found.append(starts[block.record_lengths() > block.returns])
        if len(ends):
            start = int(ends[-1]) + 1
        line += len(block.line_ends)
    return np.concatenate(found)


class _Block:
    """Whole lines of a file. `inside`: whether it begins within quotes; `carried`: bytes of the record so far."""

    def __init__(self, data: bytes, line: int, inside: bool, carried: int, returns: int | None, last: bool) -> None:
        self._data = data
        self._line = line
        self._inside = inside
        self._carried = carried
        self.is_last = last
        array = self._array = np.frombuffer(data, np.uint8)
        self.line_ends = np.flatnonzero(array == _LINE_FEED)
        self._quotes = np.flatnonzero(array == _QUOTE)
        self._returns = np.flatnonzero(array == _RETURN) if b"\r" in data else self._quotes[:0]
        self.returns = returns if returns is not None else int(len(self._returns) > 0)
        """Bytes before each line feed that belong to the line's end: 1 where lines end in CR LF."""
        outside = self._is_outside(self.line_ends)
        self.is_record_end = outside
        self._ends = self.line_ends[outside]
        self.ends_inside = bool((len(self._quotes) + inside) & 1)
        self.remainder = len(data) - int(self._ends[-1]) - 1 if len(self._ends) else carried + len(data)

    @property
    def utf8(self) -> bool:
        if self._data.isascii():
            return True
        try:
            self._data.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True

    def line_of_bad_byte(self) -> int:
        try:
            self._data.decode("utf-8")
        except UnicodeDecodeError as problem:
            return self._line + self._data.count(b"\n", 0, problem.start) + 1
        raise AssertionError

    def is_regular(self, delimiter: int) -> bool:
        """Quotes only around whole values or doubled within them; all lines ending alike; no zero byte."""
        if b"\0" in self._data:
            return False
        if len(self._returns) or self.returns:
            if len(self._returns) != len(self.line_ends) * self.returns:
                return False
            if not np.array_equal(self._returns + 1, self.line_ends):
                return False
        if not len(self._quotes):
            return True
        closes = ((np.arange(len(self._quotes)) + self._inside) & 1).astype(bool)
        around = np.concatenate(([_LINE_FEED], self._array, [_LINE_FEED]))
        before, after = around[self._quotes], around[self._quotes + 2]
        opening = (before == delimiter) | (before == _LINE_FEED) | (before == _QUOTE)
        closing = (after == delimiter) | (after == _LINE_FEED) | (after == _RETURN) | (after == _QUOTE)
        return bool(np.where(closes, closing, opening).all())

    def record_lengths(self) -> Positions:
        """Bytes of each record that ends here, its line feed aside."""
        ends = self._ends
        lengths = np.diff(ends, prepend=-1 - self._carried) - 1
        if self.is_last and self.remainder > 0:
            lengths = np.append(lengths, self.remainder + self.returns)
        return lengths

    def count_outside(self, byte: int) -> int:
        if not len(self._quotes) and not self._inside:
            return int(np.count_nonzero(self._array == byte))
        return int(np.count_nonzero(self._is_outside(np.flatnonzero(self._array == byte))))

    def first_line_goes_on(self) -> bool:
        return bool(len(self.line_ends)) and not self.is_record_end[0]

    def first_line(self) -> str:
        end = int(self.line_ends[0]) if len(self.line_ends) else len(self._data)
        return self._data[:end].decode("utf-8").rstrip("\r")

    def _is_outside(self, positions: Positions) -> npt.NDArray[np.bool_]:
        if not len(self._quotes):
            return np.full(len(positions), not self._inside)
        within: Positions = (np.searchsorted(self._quotes, positions) + self._inside) & 1
        return np.equal(within, 0)


def _blocks(path: Path) -> Iterator[_Block]:
    line, carried, inside = 0, 0, False
    returns: int | None = None
    with path.open("rb") as file:
        if file.read(len(_BOM)) != _BOM:
            file.seek(0)
        data = file.read(_BLOCK_BYTES)
        while data:
            data += file.readline()
            following = file.read(_BLOCK_BYTES)
            block = _Block(data, line, inside, carried, returns, last=not following)
            yield block
            line += len(block.line_ends)
            inside, carried, returns = block.ends_inside, block.remainder, block.returns
            data = following
