"""A compressed file → a plain one, by what its name ends in; and what is no text although its name says so."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from pathlib import Path
from typing import TypeAlias

from audql.diagnostics import GuardError, RunError
from audql.sync import messages

Packed: TypeAlias = gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile


_NOT_READ = frozenset((".zst", ".zstd", ".lz4", ".br", ".lzma", ".z", ".7z", ".rar", ".tgz"))


def _opened(path: Path) -> Packed | None:
    match path.suffix.lower():
        case ".gz":
            return gzip.GzipFile(path)
        case ".bz2":
            return bz2.BZ2File(path)
        case ".xz":
            return lzma.LZMAFile(path)
        case _:
            return None


def unpacked(path: Path, file: str, temporary: Path) -> Path:
    """The file itself where it is not compressed. Raises RunError for one that is damaged or was cut short, or
    is compressed in another way than is read."""
    packed = _opened(path)
    if path.suffix.lower() in _NOT_READ:
        raise RunError(messages.other_compression(file, path.suffix))
    if packed is None:
        return path
    target = temporary / f"unpacked-{sum(1 for _ in temporary.iterdir())}"
    try:
        with packed, target.open("wb") as plain:
            while block := packed.read(1 << 20):
                plain.write(block)
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as problem:
        raise GuardError(messages.not_readable(file, f"a `{path.suffix}` file", str(problem).lower()[:120])) from None
    except OSError as problem:
        if problem.errno is not None:
            raise
        raise GuardError(messages.not_readable(file, f"a `{path.suffix}` file", str(problem).lower()[:120])) from None
    return target
