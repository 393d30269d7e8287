"""The snapshots that are kept, and what differs between two → lines, and the exit status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from audql.cli import as_json as js
from audql.diagnostics import count
from audql.terminal import Terminal, columns

if TYPE_CHECKING:
    from audql.operations.forgetting import ErasedFrom
    from audql.operations.keeping import Compared, KeptSnapshot
    from audql.snapshot.comparing import Difference

_FEW = 5


def snapshots(terminal: Terminal, found: Sequence[KeptSnapshot], *, as_json: bool) -> int:
    if as_json:
        listed = [
            {
                "name": one.name,
                "at": one.at.isoformat() if one.at else None,
                "counts": one.counts,
                "current": one.is_current,
            }
            for one in found
        ]
        terminal.out(js.written({"status": 0, "snapshots": listed}))
        return 0
    rows = [
        (
            one.name[:12],
            one.at.strftime("%Y-%m-%d %H:%M UTC") if one.at else "",
            "damaged" if one.counts is None else count(one.counts["people"], "person", "people"),
            count(sum(one.counts.values()), "row") if one.counts else "",
            terminal.style("counts", "green") if one.is_current else "",
        )
        for one in found
    ]
    for text in columns(rows, ""):
        terminal.out(text)
    if not found:
        terminal.sentence("no feed has been read yet: `audql sync` does")
    return 0


def compared(terminal: Terminal, found: Compared, *, everyone: bool, as_json: bool) -> int:
    if as_json:
        terminal.out(
            js.written(
                {
                    "status": 0,
                    "old": found.old,
                    "new": found.new,
                    "tables": [
                        {
                            "table": one.table,
                            "before": one.before,
                            "after": one.after,
                            "added": list(one.added),
                            "gone": list(one.gone),
                            "changed": list(one.changed),
                            "fields": dict(one.fields),
                        }
                        for one in found.differences
                    ],
                }
            )
        )
        return 0
    terminal.out(terminal.style(f"{found.old[:12]} → {found.new[:12]}", "bold"))
    for one in found.differences:
        terminal.out(f"{one.table}  {one.before:,} → {one.after:,}")
        for text in _difference(terminal, one, None if everyone else _FEW):
            terminal.out(f"    {text}")
    if not found.differences:
        terminal.out("the same")
    return 0


def erased(terminal: Terminal, found: ErasedFrom, *, as_json: bool) -> int:
    plans, left, unread = (
        [js.path_from_here(path, ".") for path in paths] for paths in (found.plans, found.left, found.unread)
    )
    mentions = [(js.path_from_here(one.path, "."), one.line) for one in found.mentions]
    if as_json:
        terminal.out(
            js.written(
                {
                    "status": found.status,
                    "person": found.person,
                    "snapshots": found.snapshots,
                    "in_state": found.in_state,
                    "rows_aside": found.rows_aside,
                    "plans": plans,
                    "left": left,
                    "unread": unread,
                    "mentions": [{"file": path, "line": line} for path, line in mentions],
                    "address_stays": found.address_stays,
                }
            )
        )
        return found.status
    state = "in the state" if found.in_state else "not in the state"
    aside = count(found.rows_aside, "row")
    within = f"{count(found.snapshots, 'snapshot')}, {state}, and in {aside} set aside"
    terminal.out(f"{found.person} is erased: they were in {within}")
    lines = [f"{path}:{line}" for path, line in mentions]
    for what, places in (
        ("saved plans that named them are gone, as they could be applied no more", plans),
        ("still named, in files of the workspace that are yours to change", left),
        ("not looked into, as they cannot be read, and may name them still", unread),
        ("a name or an address of theirs stands in lines that are yours to decide about", lines),
    ):
        for text in (f"{what}:", *(f"  {place}" for place in places)) if places else ():
            terminal.out(text)
    if found.address_stays:
        terminal.out("their address stays in the state: mails about others went there, as a script said")
    terminal.note(
        "not reached: the feed, the learning system, mails that were sent, and whatever is not in this "
        "folder: plans saved elsewhere, logs, copies of the state"
    )
    return found.status


def _difference(terminal: Terminal, one: Difference, most: int | None) -> Iterator[str]:
    for sign, colour, ids in (("+", "green", one.added), ("-", "red", one.gone), ("~", "bold", one.changed)):
        if ids:
            shown = ", ".join(ids if most is None else ids[:most])
            more = f", and {len(ids) - most:,} more" if most is not None and len(ids) > most else ""
            yield f"{terminal.style(sign, colour)} {count(len(ids), 'row')}: {shown}{more}"
    if one.fields:
        yield "  " + ", ".join(f"{name} {n:,}" for name, n in sorted(one.fields.items(), key=lambda f: (-f[1], f[0])))
