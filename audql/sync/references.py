"""What a feed writes for another row (an id, a name, an email) → that row's key, or a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from audql.sync import messages
from audql.sync.draft import Draft
from audql.text import fold


@dataclass(frozen=True, slots=True)
class Index:
    """Text → ids, the surest way first: exactly an id, then as text an id, then a name, and so on."""

    exact: frozenset[str]
    ways: tuple[Mapping[str, Sequence[str]], ...]
    words: tuple[str, ...]
    """The names, as they are written, to suggest one."""

    def find(self, text: str) -> Sequence[str]:
        """No id, one, or all those that share the text."""
        if text in self.exact:
            return (text,)
        folded = fold(text)
        return next((way[folded] for way in self.ways if folded in way), ())


def index(draft: Draft, *names: str, rows: Iterable[int] | None = None) -> Index:
    """Of the rows that count, by `id` and then by each of the named columns."""
    ids = draft.columns["id"]
    kept = list(draft.kept() if rows is None else rows)
    ways: list[dict[str, list[str]]] = []
    for name in ("id", *names):
        way: dict[str, list[str]] = {}
        for i in kept:
            text, key = draft.columns[name][i], ids[i]
            if text is not None and key is not None:
                way.setdefault(fold(text), []).append(key)
        ways.append(way)
    words = {text: None for name in names for i in kept if (text := draft.columns[name][i]) is not None}
    return Index(frozenset(key for i in kept if (key := ids[i]) is not None), tuple(ways), tuple(words))


class _Suggestions:
    """The words to suggest from, for the first few unknown names only: each search reads them all."""

    def __init__(self, most: int = 20) -> None:
        self._left = most

    def among(self, text: str, known: Index | None) -> tuple[str, ...]:
        """None for codes, where the nearest is another's."""
        if known is None or self._left <= 0 or any(c.isdigit() for c in text):
            return ()
        self._left -= 1
        return known.words


def resolve(draft: Draft, column: str, known: Index, what: str, set_aside: frozenset[str] = frozenset()) -> None:
    """Puts the key in the place of what was written, and refuses rows where there is none.

    `set_aside`: folded keys whose own rows were refused; rows that name them go with them, and nothing more is said.
    """
    values = draft.columns[column]
    found: dict[str, Sequence[str]] = {}
    suggestions = _Suggestions()
    for i in list(draft.kept()):
        text = values[i]
        if text is None:
            continue
        if text not in found:
            found[text] = known.find(text)
        ids = found[text]
        if len(ids) == 1:
            values[i] = ids[0]
        elif ids:
            draft.refuse(i, messages.shared_reference(*draft.at(i, column), text, what, ids))
        elif fold(text) in set_aside:
            draft.refused.add(i)
        else:
            draft.refuse(
                i, messages.unknown_reference(*draft.at(i, column), text, what, suggestions.among(text, known))
            )


def resolve_learning(draft: Draft, learning: Draft, set_aside: frozenset[str]) -> None:
    """The same for `learning`, of the row's `kind` where it says one; fills in the kind."""
    by_kind: dict[str | None, Index] = {None: index(learning, "name")}
    kinds = learning.columns["kind"]
    for kind in {kinds[i] for i in learning.kept()}:
        by_kind[kind] = index(learning, "name", rows=[i for i in learning.kept() if kinds[i] == kind])
    kind_of: dict[str, list[str | None]] = {}
    for i in learning.kept():
        kind_of.setdefault(learning.columns["id"][i] or "", []).append(kinds[i])
    names, own, suggestions = draft.columns["learning"], draft.columns["kind"], _Suggestions()
    for i in list(draft.kept()):
        text = names[i] or ""
        known = by_kind.get(own[i])
        ids = known.find(text) if known is not None else ()
        if len(ids) == 1 and (own[i] is not None or len(kind_of[ids[0]]) == 1):
            names[i] = ids[0]
            own[i] = own[i] or kind_of[ids[0]][0]
        elif ids:
            shared = [f"{kind} {key}" for key in dict.fromkeys(ids) for kind in kind_of[key]]
            draft.refuse(i, messages.shared_reference(*draft.at(i, "learning"), text, "learning", shared))
        elif fold(text) in set_aside:
            draft.refused.add(i)
        else:
            what = "learning" if own[i] is None else f"learning of kind `{own[i]}`"
            words = suggestions.among(text, known)
            draft.refuse(i, messages.unknown_reference(*draft.at(i, "learning"), text, what, words))
