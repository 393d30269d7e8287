"""A way out for mails, and how one can fail."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from audql.mail.letter import Letter


class RefusedError(Exception):
    """This mail will never be taken; `why` names no address."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class LaterError(Exception):
    """This mail is not taken now, and may be later; others may go at once."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class UnreachableError(Exception):
    """Nothing goes out now; `why` names no address.

    `of_mail`: the line was cut over the mail at hand, which may have been taken, or may be what the server cannot bear.
    """

    def __init__(self, why: str, *, of_mail: bool = False) -> None:
        super().__init__(why)
        self.why, self.of_mail = why, of_mail


def nothing() -> None:
    """There is nothing to be done meanwhile."""


class Way(Protocol):
    """Where mails go. Opened once for all of a run."""

    @property
    def name(self) -> str: ...

    def __enter__(self) -> Way: ...

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def send(self, letter: Letter, meanwhile: Callable[[], None] = nothing) -> None:
        """Hands it over. Raises RefusedError, LaterError or UnreachableError.

        `meanwhile` is called at most once, where there is an answer to be waited for.
        """
        ...
