"""The only place that folds text, so that every engine compares the same."""

import unicodedata


def fold(text: str) -> str:
    """What text compares by: Unicode NFKC, casefold, without surrounding space."""
    return fold_inside(text).strip()


def fold_inside(text: str) -> str:
    """The same with surrounding space kept: what `contains`, `starts with` and `ends with` look for."""
    if text.isascii():
        return text.lower()
    # Casefolding can undo NFKC (U+0345) and NFKC can undo casefolding, so: toNFKC_Casefold, Unicode 15 section 3.13,
    # D147, but for default-ignorable characters, which are kept.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", folded.casefold())


def plain(text: str) -> str:
    """What patterns are looked for in: NFKC and trimmed, case as it is."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def hidden_in(text: str) -> str | None:
    """The first character in it that nobody sees, or that ends a line: a control, a mark of direction or no width."""
    if text.isprintable():
        return None
    return next((c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")), None)


def visible(text: str) -> str:
    """The same with what nobody sees written as its code, so that it can be told, and drives nobody's terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def nearest(wanted: str, known: "list[str] | tuple[str, ...]") -> str | None:
    """The known name nearest to a misspelt one, if any is near.

    Of the shortest words, those that begin alike: nearly every one is a letter away from another.
    """
    sought = fold(wanted)
    best, best_distance = None, max(1, len(sought) // 3) + 1
    for name in known:
        if len(sought) <= 3 and fold(name)[:1] != sought[:1]:
            continue
        if abs(len(name) - len(wanted)) < best_distance:
            distance = edit_distance(sought, fold(name), best_distance)
            if distance < best_distance:
                best, best_distance = name, distance
    return best


def edit_distance(a: str, b: str, limit: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours from a to b, or `limit` where there are as many.

    Optimal string alignment (Damerau 1964).
    """
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) >= limit:
            return limit
    return min(row[-1], limit)
