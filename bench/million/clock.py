"""How long something took: on the wall, and of processor time in this process."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter, process_time


@dataclass(frozen=True, slots=True)
class Took:
    """`cpu_s` counts all threads, and none of another process such as a database server's."""

    wall_s: float
    cpu_s: float

    def times(self, factor: float) -> Took:
        return Took(self.wall_s * factor, self.cpu_s * factor)


class Clock:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._wall, self._cpu = perf_counter(), process_time()

    def took(self) -> Took:
        return Took(perf_counter() - self._wall, process_time() - self._cpu)
