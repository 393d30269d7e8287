"""A compressed file → a plain one, by what its name ends in; and what is no text although its name says so."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from pathlib import Path
from typing import TypeAlias

from audql.diagnostics import GuardError, RunError
from audql.first_bytes import COMPRESSED
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


def _require_beginning(path: Path, file: str) -> None:
    """Raises GuardError for a file that does not begin as its name says; one that is empty is told so later."""
    wanted = {suffix: first for _, suffix, first in COMPRESSED}.get(path.suffix.lower(), b"")
    with path.open("rb") as opened:
        begins = opened.read(len(wanted))
    if begins and begins != wanted:
        raise GuardError(messages.not_so_compressed(file, path.suffix))


def unpacked(path: Path, file: str, temporary: Path) -> Path:
    """The file itself where it is not compressed. Raises RunError for one that is damaged or was cut short, or
    is compressed in another way than is read."""
    if path.suffix.lower() in _NOT_READ:
        raise RunError(messages.other_compression(file, path.suffix))
    _require_beginning(path, file)
    packed = _opened(path)
    if packed is None:
        return path
    target, kind = temporary / f"unpacked-{sum(1 for _ in temporary.iterdir())}", f"a `{path.suffix}` file"
    try:
        with packed, target.open("wb") as plain:
            while block := packed.read(1 << 20):
                plain.write(block)
    except EOFError:
        raise GuardError(messages.not_readable(file, kind, "it ends before its end marker")) from None
    except (OSError, lzma.LZMAError, zlib.error) as problem:
        if isinstance(problem, OSError) and problem.errno is not None:
            raise
        raise GuardError(messages.not_readable(file, kind, "it is damaged")) from None
    return target
