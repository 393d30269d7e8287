"""Words of the grammar that are one of a few. What is kept in state has them too, and needs no tree for it."""

from __future__ import annotations

from enum import Enum


class Unit(Enum):
    """hour | day | week | month | quarter | year"""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Holding(Enum):
    """ "add only" | "remove only" | "paused" """

    ADD_ONLY = "add only"
    REMOVE_ONLY = "remove only"
    PAUSED = "paused"


class OnLeaving(Enum):
    """ "suspend" | "unenrol" | "keep" """

    SUSPEND = "suspend"
    UNENROL = "unenrol"
    KEEP = "keep"


class MomentKind(Enum):
    """What a message is sent upon."""

    JOINING = "on joining"
    LEAVING = "on leaving"
    BEFORE_DUE = "before due"
    AFTER_DUE = "after due"
    OVERDUE = "when overdue"
    WHILE_OVERDUE = "while overdue"

    @property
    def is_of_members(self) -> bool:
        """Whether it is about who is in the audience, and not about what is due."""
        return self in (MomentKind.JOINING, MomentKind.LEAVING)
