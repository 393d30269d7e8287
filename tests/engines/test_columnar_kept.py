"""Columns that are kept: the same as those that are made, and made again when they are not to be believed."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from feeds import workspace

from audql.engines.columnar.dictionary import smallest
from audql.engines.columnar.reading import column_of
from audql.engines.columnar.store import Column
from audql.snapshot.snapshot import Snapshot

NAMES = ("city", "hired", "last_login", "suspended", "custom.Level", "id")


def read(folder: Path) -> dict[str, tuple[list[int], list[object]]]:
    """What each column says."""
    snapshot = Snapshot.open(folder)
    found = {}
    for name in NAMES:
        column = column_of(snapshot, "people", name)
        assert isinstance(column, Column)
        found[name] = (column.codes.tolist(), list(column.dictionary.values))
    return found


def cut(octets: bytes) -> bytes:
    return octets[: len(octets) // 2]


def flip(octets: bytes) -> bytes:
    """The last byte that is not 0 changed."""
    at = len(octets.rstrip(b"\0")) - 1
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def of_another_format(octets: bytes) -> bytes:
    return octets.replace(b'"format": [', b'"format": [9', 1)


@pytest.mark.parametrize("damage", [cut, flip, of_another_format, lambda octets: b"", lambda octets: b"\xff" * 100])
def test_what_is_kept_and_what_is_damaged(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    folder = workspace(tmp_path, 0, "UTC").snapshots
    made = read(folder)
    kept = {path: path.read_bytes() for path in (folder / "columns").iterdir()}
    assert len(kept) == len(NAMES)
    assert read(folder) == made
    for path, octets in kept.items():
        assert damage(octets) != octets
        path.write_bytes(damage(octets))
    assert read(folder) == made
    assert {path: path.read_bytes() for path in (folder / "columns").iterdir()} == kept


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = workspace(tmp_path, 0, "UTC").snapshots
    (folder / "columns").write_text("a file")
    made = read(folder)
    assert any(np.any(codes) for codes, _ in made.values())


@pytest.mark.parametrize(("highest", "bits"), [(1, 8), (255, 8), (256, 16), (65535, 16), (65536, 32)])
def test_codes_take_the_smallest_numbers_that_hold_them(highest: int, bits: int) -> None:
    codes = smallest(np.array([0, highest]), highest)
    assert codes.tolist() == [0, highest]
    assert codes.dtype.itemsize * 8 == bits


def test_a_pipe_in_the_place_of_a_column_is_not_opened(tmp_path: Path) -> None:
    folder = workspace(tmp_path, 1, "UTC").snapshots
    expected = read(folder)
    for path in (folder / "columns").iterdir():
        path.unlink()
        os.mkfifo(path)
    assert read(folder) == expected
