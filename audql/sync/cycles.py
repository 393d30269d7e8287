"""Hierarchies that turn back on themselves: found, so that nodes are refused and managers' links left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Nodes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def parent_cycle(parents: Mapping[str, str]) -> Sequence[str]:
    """One way round, its first node again at the end; empty if there is none."""
    done: set[str] = set()
    for start in sorted(parents):
        way: dict[str, None] = {}
        here: str | None = start
        while here is not None and here not in done:
            if here in way:
                nodes = list(way)
                return [*nodes[nodes.index(here) :], here]
            way[here] = None
            here = parents.get(here)
        done.update(way)
    return ()


def closing_links(starts: Nodes, ends: Nodes) -> list[tuple[int, int]]:
    """The links (start, end) without which there is no cycle: those that a walk in order of nodes finds leading back.

    Which links they are depends on nothing but the links. Nodes from which no cycle can be reached, nearly always all
    of them, are left out of the walk; that does not change it, since it comes back from them having found nothing.
    """
    starts, ends = _to_cycles(starts, ends)
    ways: dict[int, list[int]] = {}
    for start, end in sorted(set(zip(starts.tolist(), ends.tolist(), strict=True))):
        ways.setdefault(start, []).append(end)
    return _leading_back(ways)


def closing_links_of(starts: Nodes, ends: Nodes, is_new: Flags) -> list[tuple[int, int]]:
    """The same where some links are new: one of these is left out of a cycle that has one, since what was in order
    before is not the mistake. Those are tried one after the other, in order of nodes."""
    if not closing_links(starts, ends):
        return []
    closing = closing_links(starts[~is_new], ends[~is_new])
    new = set(zip(starts[is_new].tolist(), ends[is_new].tolist(), strict=True))
    ends, starts = _to_cycles(ends, starts)  # and from cycles: what is left is between two of them
    starts, ends = _to_cycles(starts, ends)
    ways: dict[int, list[int]] = {}
    links = set(zip(starts.tolist(), ends.tolist(), strict=True))
    for start, end in sorted(links - new - set(closing)):
        ways.setdefault(start, []).append(end)
    for start, end in sorted(links & new):
        if _leads_to(ways, end, start):
            closing.append((start, end))
        else:
            ways.setdefault(start, []).append(end)
    return closing


def _leads_to(ways: Mapping[int, Sequence[int]], start: int, end: int) -> bool:
    seen, ahead = {start}, [start]
    while ahead:
        node = ahead.pop()
        if node == end:
            return True
        ahead += (new := {*ways.get(node, ())} - seen)
        seen |= new
    return False


def _to_cycles(starts: Nodes, ends: Nodes) -> tuple[Nodes, Nodes]:
    """The links from which a cycle can be reached: again and again, nodes without a way on are taken away (Kahn 1962).

    Each round costs as much as what it takes away, by the links into each node, side by side in memory.
    """
    if not len(starts):
        return starts, ends
    count = int(max(starts.max(), ends.max())) + 1
    ways_on = np.bincount(starts, minlength=count)
    order = np.argsort(ends, kind="stable")
    into = starts[order]
    first = np.concatenate(([0], np.cumsum(np.bincount(ends, minlength=count))))
    taken = ways_on == 0
    round_ = np.flatnonzero(taken)
    while len(round_):
        lengths = first[round_ + 1] - first[round_]
        within = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        above, times = np.unique(into[np.repeat(first[round_], lengths) + within], return_counts=True)
        ways_on[above] -= times
        round_ = above[ways_on[above] == 0]
        taken[round_] = True
    left = ~taken[ends]
    return starts[left], ends[left]


def _leading_back(ways: Mapping[int, Sequence[int]]) -> list[tuple[int, int]]:
    """Depth-first search without recursion."""
    closing: list[tuple[int, int]] = []
    open_nodes: set[int] = set()
    done: set[int] = set()
    for start in ways:
        if start in done:
            continue
        open_nodes.add(start)
        stack = [(start, iter(ways[start]))]
        while stack:
            node, onward = stack[-1]
            for end in onward:
                if end in open_nodes:
                    closing.append((node, end))
                elif end not in done and end in ways:
                    open_nodes.add(end)
                    stack.append((end, iter(ways[end])))
                    break
            else:
                stack.pop()
                open_nodes.discard(node)
                done.add(node)
    return closing
