"""Someone who was erased → whether a text names them: by what stood for them, or as it was told to before."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from audql.state.erased import Erased
from audql.text import fold


class StandingFor:
    """Of those who are being erased, and of no one who was erased earlier: that would be told again with each of them.

    `known`: what stands for them, as far as anything still says so. `who`: the one it is about, where it is one; of
    them the hashes know as well, when nothing else does.
    """

    def __init__(self, erased: Erased, known: Iterable[str], who: str | None = None) -> None:
        self._erased, self._known, self._who = erased, {fold(one) for one in known}, who
        self.told: set[str] = set()
        """What names them by a name that is not kept; to be remembered, so that it is told again."""

    def named_in(self, values: Collection[str]) -> bool:
        if not self._known.isdisjoint(map(fold, values)):
            return True
        return self._who is not None and any(self._erased.tells_of(self._who, value) for value in values)

    def tells(self, text: str, *, named: bool) -> bool:
        """Whether it is to be told: it has a name of theirs, or was told before."""
        if named:
            self.told.add(text)
        return named or (self._who is not None and self._erased.tells_of(self._who, text))
