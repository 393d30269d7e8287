"""Days as whole numbers, counted from 1970-01-01, as numpy's datetime64[D] has them."""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Days: TypeAlias = NDArray[np.int32]

NO_DAY = int(np.iinfo(np.int32).min)
_EPOCH = dt.date(1970, 1, 1).toordinal()


def number_of(day: dt.date | None) -> int:
    return NO_DAY if day is None else day.toordinal() - _EPOCH


def date_of(number: int) -> dt.date | None:
    return None if number == NO_DAY else dt.date.fromordinal(int(number) + _EPOCH)


def day_of(number: int) -> dt.date:
    """The day of a number that is one."""
    return dt.date.fromordinal(int(number) + _EPOCH)


EARLIEST, LATEST = number_of(dt.date.min), number_of(dt.date.max)
