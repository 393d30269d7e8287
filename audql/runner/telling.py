"""Batches → messages: each pair of someone and a recipient once, whichever parts of an alert name that recipient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audql.engines.members import Flags, Ordinals
from audql.runner.alert_batches import Batch
from audql.runner.recipients import Recipients
from audql.state.alerts import Clause, Messages
from audql.state.ledger import LearningKey
from audql.state.packing import Numbers
from audql.state.values import Remembered


@dataclass(frozen=True, slots=True)
class Told:
    """What a batch makes."""

    messages: Messages
    unreachable: int
    """Pairs of which the recipient has no address."""
    unfound: int
    """People of whom there is nobody to tell."""


def told_by(batches: Sequence[Batch], recipients: Recipients, remembered: Remembered) -> Mapping[int, Told]:
    """By its place, what each batch makes that is not held."""
    before: dict[tuple[str, Clause, LearningKey | None], _Pairs] = {}
    told: dict[int, Told] = {}
    for at, batch in enumerate(batches):
        if len(batch) and not batch.is_held:
            whole = batch.alert.audience.name, replace(batch.alert.clause, part=""), batch.learning
            told[at], pairs = _told(batch, recipients, remembered, before.get(whole, _NO_PAIRS))
            before[whole] = np.union1d(before.get(whole, _NO_PAIRS), pairs)
    return told


_Pairs = NDArray[np.int64]
_NO_PAIRS: _Pairs = np.zeros(0, dtype=np.int64)


def _told(batch: Batch, recipients: Recipients, remembered: Remembered, before: _Pairs) -> tuple[Told, _Pairs]:
    """And its pairs. The batch is told of whom nobody is told, and may be later. `before`: of the alert's parts that
    came before it in this run."""
    found = [recipients.told(name, batch.people, batch.alert.audience.owners) for name in batch.alert.to]
    which = np.concatenate([each.which for each in found])
    to = np.concatenate([each.recipients for each in found])
    without = np.delete(batch.people, np.unique(which))
    _, firsts = np.unique(_pairs(which, to), return_index=True)
    which, to = which[firsts], to[firsts]
    active = ~recipients.suspended.has(np.maximum(to, 0)) | (to < 0)
    which, to = which[active], to[active]
    reached, here = recipients.reachable(to), recipients.here(to)
    later = np.setdiff1d(which[~reached & here], which[reached])
    batch.unfound = np.union1d(without, batch.people[later]).astype(np.int32)
    pairs = _pairs(batch.people[which], to)
    new = ~np.isin(pairs, before) & ~_were_told(batch, recipients, remembered, which, to)
    unreachable = int((~reached & new).sum())
    which, to = which[reached & new], to[reached & new]
    b = batch
    made = Messages(b.learning, b.people[which], to, b.spell[which], b.started[which], b.due[which], b.number[which])
    return Told(made, unreachable, int(without.size)), pairs


def _pairs(these: Ordinals | NDArray[np.intp], to: Numbers) -> _Pairs:
    """One number for each pair; in their order the first of both counts first."""
    pairs: _Pairs = (these.astype(np.int64) << 32) + to.astype(np.int64)
    return pairs


def _were_told(
    batch: Batch, recipients: Recipients, remembered: Remembered, which: NDArray[np.intp], to: Numbers
) -> Flags:
    """Of each of these whether another part of the alert has told it, in a run before this one."""
    told = set()
    if batch.alert.others and which.size:
        sent = remembered.told(batch.alert.others, batch.learning, np.unique(batch.people[which]))
        recipients.look_up(each.recipient for each in sent if isinstance(each.recipient, str))
        for each in sent:
            told.add((each.person, each.spell, each.number, recipients.number(each.recipient)))
    if not told:
        return np.zeros(which.size, dtype=np.bool_)
    these = zip(*(a.tolist() for a in (batch.people[which], batch.spell[which], batch.number[which], to)), strict=True)
    return np.fromiter((each in told for each in these), dtype=np.bool_, count=which.size)
