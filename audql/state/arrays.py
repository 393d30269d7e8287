"""Arrays of whole numbers → parameters of PostgreSQL, all of one at once: a tenth of the time that a list takes."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import pq
from psycopg.adapt import Dumper

_INT4, _INT4_ARRAY = 23, 1007
"""The server's numbers of the types."""
_ITEM = np.dtype([("size", ">i4"), ("value", ">i4")])


class Int4Array(Dumper):
    """The binary form of an array of one dimension, of numbers of four bytes."""

    format = pq.Format.BINARY
    oid = _INT4_ARRAY

    def dump(self, obj: NDArray[Any]) -> bytes:
        items = np.empty(obj.size, dtype=_ITEM)
        items["size"], items["value"] = 4, obj
        # One dimension, no nulls, of this type; so many, counted from 1.
        return struct.pack(">5i", 1, 0, _INT4, obj.size, 1) + items.tobytes()


def register(connection: Any) -> None:
    """The connection takes arrays as parameters."""
    connection.adapters.register_dumper(np.ndarray, Int4Array)
