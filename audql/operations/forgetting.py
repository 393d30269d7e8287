"""Whom the state knows to be erased → a workspace without them: snapshots, state, what was set aside, and
plans that were saved.

Machines that work on one state can each have a folder of their own. `snapshots/erased` says by a digest of whom this
folder was freed, so that one that was not is freed by the next verb that has the lock. Behind the digest it has their
hashes, so that a state that was put back from before an erasure knows of it again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from audql.diagnostics import Diagnostic, RunError
from audql.operations import messages
from audql.operations.aside import asides, require_readable, told_of_people, without
from audql.operations.mentions import Mention, mentions
from audql.operations.remains import called, remains
from audql.operations.standing_for import StandingFor
from audql.snapshot import durable
from audql.snapshot.database import open_database
from audql.snapshot.disk import is_full, room_for
from audql.snapshot.erasing import erase_from_snapshots, names_of
from audql.snapshot.history import history
from audql.snapshot.snapshot import Snapshot
from audql.state.erased import Erased
from audql.state.store import State
from audql.sync.following import require_followed
from audql.sync.sync import temporary_folder
from audql.text import fold
from audql.workspace import Workspace

_HASH = re.compile(r"(?P<hash>[0-9a-f]{64}) (?P<is_id>[01]) (?P<salt>.+)")


@dataclass(frozen=True, slots=True)
class ErasedFrom:
    """What had someone, and has them no more."""

    person: str | None
    """The id of whom it was asked for; None where whoever else had to be was taken out."""
    people: int
    """How many were in it."""
    snapshots: int
    in_state: bool
    rows_aside: int
    plans: tuple[Path, ...]
    """Saved plans of the workspace's folder that named them, and are gone: they could be applied no more."""
    left: tuple[Path, ...]
    """Files of the workspace that name them all the same, and are not ours to change: changes, mails, torn plans."""
    unread: tuple[Path, ...]
    """Files and folders that could not be looked into."""
    mentions: tuple[Mention, ...]
    """Lines in which a name or an address of them stands, for a person to decide."""
    address_stays: bool
    """Whether mails about others went to their address, so that the state has it still."""

    @property
    def status(self) -> int:
        return 4 if self.left or self.unread or self.mentions or self.address_stays else 0


def catch_up(workspace: Workspace, state: State) -> tuple[Diagnostic, ...]:
    """Takes out whom another machine has erased, or this one before the state was put back; what there is to be said of
    it. The state is open alone."""
    freed_of, hashes = _freed_of(workspace)
    if not state.recall_erased(hashes) and freed_of == (erased := state.erased()).digest:
        if {*hashes} != {*erased.hashes}:
            _write_mark(workspace, erased)  # which an older AudQL wrote without them
        return ()
    with room_for("a snapshot"):
        found = forget(workspace, state, list(_sound(workspace)))
    if not (found.people or found.rows_aside or found.plans):
        return ()
    plans, left, unread = (
        [_shown(workspace, path) for path in paths] for paths in (found.plans, found.left, found.unread)
    )
    left += [f"{_shown(workspace, one.path)}:{one.line}" for one in found.mentions]
    return (messages.erased_elsewhere(found.people, found.rows_aside, plans, left, unread),)


def forget(workspace: Workspace, state: State, snapshots: Sequence[Snapshot], who: str | None = None) -> ErasedFrom:
    """Takes all out who were erased, `who` with them, even where nothing has them any more: what a crash left undone
    the same again does. What still names them is told of `who` and those who are taken out. Raises RunError where it
    cannot be done."""
    require_followed(workspace)
    sought = _sought(workspace, state, snapshots, who)
    erased = state.add_erased(sought.theirs)
    standing_for = StandingFor(erased, sought.known, who if sought.whom == {who} else None)
    with _all_of_it(workspace):
        # What killed processes left half written can have anyone.
        durable.clear(workspace.quarantine, workspace.waiting, workspace.snapshots / "tables")
        with temporary_folder(workspace) as temporary, closing(open_database(temporary)) as database:
            renamed = erase_from_snapshots(workspace.snapshots, snapshots, sought.people, database, temporary)
        in_state = [state.erase(one, f"erased:{erased.hash_of(one)}", renamed) for one in sorted(sought.whom)]
        rows = sum(without(workspace, path, erased) for path in asides(workspace)) if erased.names else 0
        remain = remains(workspace, standing_for, sought.called)
        for plan in remain.plans:
            plan.unlink(missing_ok=True)
    unread = [*remain.unread]
    found = tuple(mentions(workspace, standing_for, sought.called, unread))
    if who is not None and sought.whom == {who}:
        erased = state.add_told(who, standing_for.told)
    if len(snapshots) == len(history(workspace.snapshots)):
        with _all_of_it(workspace):
            _write_mark(workspace, erased)
    return ErasedFrom(
        person=who,
        people=len(sought.people),
        snapshots=len(renamed),
        in_state=any(in_state),
        rows_aside=rows,
        plans=remain.plans,
        left=remain.others,
        unread=tuple(dict.fromkeys(unread)),
        mentions=found,
        address_stays=any(standing_for.named_in([address]) for address in state.addresses()),
    )


@dataclass(frozen=True, slots=True)
class _Sought:
    """Whom an erasure takes out, by their ids, and by what else they are known."""

    people: frozenset[str]
    """Those that a snapshot or the state has."""
    whom: frozenset[str]
    """The same, and the one that it was asked for."""
    theirs: Mapping[str, Collection[str]]
    """Id → username and email."""
    called: Collection[str]
    """Names and addresses, folded."""

    @property
    def known(self) -> Collection[str]:
        return {*self.whom, *self.theirs, *(name for those in self.theirs.values() for name in those)}


def _sought(workspace: Workspace, state: State, snapshots: Sequence[Snapshot], who: str | None) -> _Sought:
    """By snapshots, the state, and rows that wait or were set aside. Raises GuardError where those cannot be read."""
    erased = state.erased()
    said: Sequence[Mapping[str, str]] = ()
    if erased.names:
        require_readable(workspace)
        said = list(told_of_people(workspace, erased.__contains__))
    kept = {*state.people(), *(one for snapshot in snapshots for one in snapshot.people())}
    people = frozenset(one for one in kept if one in erased)
    whom = people if who is None else people | {who}
    theirs = {one: [name for snapshot in snapshots for name in names_of(snapshot, one)] for one in people}
    for each in said:
        theirs.setdefault(each["id"], []).extend(each[field] for field in ("username", "email") if field in each)
    names = {fold(one) for each in said for one in _called(each)}
    names.update(name for one in whom for name in called(snapshots, one))
    return _Sought(people, whom, theirs, names)


def _called(said: Mapping[str, str]) -> Iterator[str]:
    """By what a row of people says."""
    yield from (said[field] for field in ("full_name", "email") if field in said)
    if "first_name" in said and "last_name" in said:
        yield f"{said['first_name']} {said['last_name']}"


def _sound(workspace: Workspace) -> Iterator[Snapshot]:
    """The snapshots that can be read. No sync goes on from another, and it is dropped in time."""
    for kept in history(workspace.snapshots):
        with suppress(RunError):
            snapshot = Snapshot.open(workspace.snapshots, kept.name, workspace.tables)
            snapshot.check()
            yield snapshot


def _mark(workspace: Workspace) -> Path:
    return workspace.snapshots / "erased"


def _write_mark(workspace: Workspace, erased: Erased) -> None:
    lines = [erased.digest, *(f"{each} {is_id:d} {salt}" for salt, each, is_id in erased.hashes)]
    durable.write_text(_mark(workspace), "".join(f"{line}\n" for line in lines))


def _freed_of(workspace: Workspace) -> tuple[str, Sequence[tuple[str, str, bool]]]:
    """The digest, and the hashes with their salts; an older AudQL wrote none."""
    try:
        digest, *lines = _mark(workspace).read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    except FileNotFoundError:
        return "", ()
    found = (_HASH.fullmatch(line) for line in lines)
    return digest, [(each["salt"], each["hash"], each["is_id"] == "1") for each in found if each is not None]


@contextmanager
def _all_of_it(workspace: Workspace) -> Iterator[None]:
    """Raises RunError where a file could not be taken away or written, so that it is not said to be done."""
    try:
        yield
    except OSError as problem:
        if is_full(problem):
            raise
        path = Path(problem.filename) if problem.filename else workspace.state_folder
        why = problem.strerror or str(problem)
        raise RunError(messages.not_all_erased(_shown(workspace, path), why)) from None


def _shown(workspace: Workspace, path: Path) -> str:
    return path.relative_to(workspace.root).as_posix() if path.is_relative_to(workspace.root) else str(path)
