"""Calls of what plugins bring: whatever one raises, a vendor's `sys.exit()` too, is one kind of error."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


class CrashError(Exception):
    """What a plugin raised: `kind` is its type, `why` has its words too, which can have values of people."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(cause)
        self.kind = type(cause).__name__
        try:
            self.why = f"{self.kind}: {cause}"
        except Exception:  # an error's own text is a plugin's, too
            self.why = self.kind


def answer_of(call: Callable[[], T]) -> T:
    """What it gives. Raises CrashError."""
    try:
        return call()
    except KeyboardInterrupt:
        raise
    except BaseException as crash:
        raise CrashError(crash) from crash


def each_of(call: Callable[[], Iterable[T]]) -> Iterator[T]:
    """All of what it gives, which may be made while it is read. Raises CrashError."""
    try:
        yield from call()
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as crash:
        raise CrashError(crash) from crash
