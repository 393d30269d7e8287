"""Columns on disk, as the engine reads them: a cache beside the tables of snapshots, to be mapped and not read.

A file holds one column of one content of a table, named by both, and is believed only where its header says so, and its
checksum agrees. It can be deleted at any time, and is made again. Files of tables that are no longer the snapshot's go
when others are written.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audql.engines.columnar.dictionary import Days, Dictionary, Instants, Numbers, Texts, Truths
from audql.engines.columnar.store import Column, ManyColumn, Postings
from audql.engines.columnar.strings import Strings
from audql.snapshot.columns import References

_FORMAT = [2, unicodedata.unidata_version]
"""Folding is part of what is kept, and follows the version of Unicode."""
_ALIGNED = 64


class Kept:
    """The kept columns of one snapshot, in a folder beside its tables."""

    def __init__(self, folder: Path, contents: frozenset[str]) -> None:
        """`contents`: what the snapshot's tables are named by."""
        self._folder, self._contents = folder, contents

    def column(self, key: Sequence[str], make: Callable[[], Column | ManyColumn | None]) -> Column | ManyColumn | None:
        """The column of that key, made and kept where it is not there. `key` begins with the contents of tables."""
        found = self._read(key)
        if found is not None:
            kind, arrays, _ = found
            return Column(arrays[0], _dictionary(kind, arrays[1:]))
        made = make()
        if isinstance(made, Column):
            self._write(key, *_parts(made), "")
        return made

    def references(self, key: Sequence[str], make: Callable[[], References]) -> References:
        """The same of references."""
        found = self._read(key)
        if found is not None:
            table, count, gone = json.loads(found[2])
            return References(found[1][0], table, count, tuple(map(tuple, gone)))
        made = make()
        self._write(key, "references", [made.rows], json.dumps([made.table, made.count, made.gone]))
        return made

    def postings(self, key: Sequence[str], make: Callable[[], Postings]) -> Postings:
        """The same of rows by what they hold."""
        found = self._read(key)
        if found is not None:
            offsets, *order = found[1]
            return Postings(offsets, order[0] if order else None)
        made = make()
        self._write(key, "postings", [made.offsets, *([] if made.order is None else [made.order])], "")
        return made

    def _path(self, key: Sequence[str]) -> Path:
        name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]
        return self._folder / f"{key[0][:32]}-{name}.column"

    def _read(self, key: Sequence[str]) -> tuple[str, list[NDArray[Any]], str] | None:
        path = self._path(key)
        try:
            if not path.is_file():
                return None
            with path.open("rb") as file:
                size = int.from_bytes(file.read(8), "little")
                header = json.loads(file.read(min(size, os.fstat(file.fileno()).st_size)))
                start = file.seek(-(-(8 + size) // _ALIGNED) * _ALIGNED)
                if header["format"] != _FORMAT or header["key"] != list(key) or _checksum(file) != header["checksum"]:
                    return None
                data = np.asarray(np.memmap(file, dtype=np.uint8, mode="r"))[start:]
            arrays = [data[start:end].view(dtype) for dtype, start, end in header["arrays"]]
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None
        return header["kind"], arrays, header["more"]

    def _write(self, key: Sequence[str], kind: str, arrays: Sequence[NDArray[Any]], more: str) -> None:
        """A cache that cannot be written is none."""
        places, checksum, end = [], 0, 0
        for array in arrays:
            places.append((array.dtype.str, end, end + array.nbytes))
            for octets in _padded(array):
                checksum, end = zlib.crc32(octets, checksum), end + len(octets)
        header = {"format": _FORMAT, "key": list(key), "kind": kind, "arrays": places, "more": more}
        text = json.dumps({**header, "checksum": checksum}).encode()
        head = len(text).to_bytes(8, "little") + text
        path = self._path(key)
        fresh = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.tmp")
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for other in self._folder.iterdir():
                if other.suffix == ".column" and other.name[:32] not in self._contents:
                    other.unlink(missing_ok=True)
            with fresh.open("wb") as file:
                file.write(head + bytes(-len(head) % _ALIGNED))
                for array in arrays:
                    file.writelines(_padded(array))
            os.replace(fresh, path)


def _checksum(file: BufferedReader) -> int:
    """Of what is left in a file. It is read, not mapped: only what is looked at is to take memory."""
    piece = memoryview(bytearray(1 << 18))
    checksum = 0
    while count := file.readinto(piece):
        checksum = zlib.crc32(piece[:count], checksum)
    return checksum


def _padded(array: NDArray[Any]) -> tuple[memoryview, bytes]:
    """What a file has of an array, and what brings the next one to its place."""
    return np.ascontiguousarray(array).view(np.uint8).data, bytes(-array.nbytes % _ALIGNED)


def _parts(column: Column) -> tuple[str, list[NDArray[Any]]]:
    match column.dictionary:
        case Texts() as texts:
            alike = [] if texts.alike is None else [texts.alike]
            strings = (*Strings.of(texts.texts).arrays, *Strings.of(texts.folded).arrays)
            return "texts", [column.codes, *strings, *alike]
        case Numbers() as numbers:
            return "numbers", [column.codes, *Strings.of([str(n) for n in numbers.numbers]).arrays]
        case Days() as days:
            return "days", [column.codes, days.ordinals]
        case Instants() as instants:
            return "instants", [column.codes, instants.micros]
        case Truths():
            return "truths", [column.codes]
        case other:
            raise AssertionError(other)


def _dictionary(kind: str, arrays: Sequence[NDArray[Any]]) -> Dictionary:
    match kind:
        case "texts":
            return Texts(Strings(arrays[0], arrays[1]), Strings(arrays[2], arrays[3]), *arrays[4:])
        case "numbers":
            return Numbers([Decimal(text) for text in Strings(arrays[0], arrays[1])])
        case "days":
            return Days(arrays[0])
        case "instants":
            return Instants(arrays[0])
        case _:
            return Truths()
