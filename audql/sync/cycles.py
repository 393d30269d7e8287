"""Hierarchies that turn back on themselves: found, so that nodes are refused and managers' links left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


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


def closing_links(links: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The links (from, to) without which there is no cycle: those that a walk in order of names finds leading back.

    Depth-first search without recursion; which links they are depends on nothing but the links.
    """
    ways: dict[str, list[str]] = {}
    for start, end in sorted(set(links)):
        ways.setdefault(start, []).append(end)
    closing: list[tuple[str, str]] = []
    open_nodes: set[str] = set()
    done: set[str] = set()
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
