"""Someone who was erased → the files of the workspace's folder that name them all the same.

Saved plans, which can be applied no more; and what is not ours to change: the file of changes, and mails that became
files. What they name is known by what stood for the person; in
the texts of mails by what the snapshots called them, and once that is gone, by a hash of the mail.
"""

from __future__ import annotations

import csv
import email
import email.policy
import email.utils
import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from audql.operations.standing_for import StandingFor
from audql.runner import saved_plan
from audql.snapshot.snapshot import Snapshot
from audql.text import fold
from audql.workspace import Workspace

_MOST_BYTES = 1 << 28
"""Of a plan or a mail."""
_HEAD_BYTES = 4096
"""Of any file, to see whether it is a plan."""
_PLAN = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{.*?"audql_plan"\s*:', re.S)
"""As one begins, also where something else has written its keys in order."""
_SHORTEST = 3
"""Of what is looked for within a text, in characters."""


def called(snapshots: Sequence[Snapshot], who: str) -> frozenset[str]:
    """What a mail calls the person, in any of these snapshots."""
    found = {who}
    for snapshot in snapshots:
        asked = "SELECT first_name || ' ' || last_name AS a, full_name AS b, email AS c FROM people WHERE id = ?"
        columns = snapshot.ask(asked, "people", given=[who])
        found.update(str(value) for column in columns.values() for value in column.tolist() if value)
    return frozenset(fold(text) for text in found if len(text) >= _SHORTEST)


@dataclass(frozen=True, slots=True)
class Remains:
    """Files that name whom it is about, and those that could not be looked into."""

    plans: tuple[Path, ...]
    """Saved plans as we write them, whole."""
    others: tuple[Path, ...]
    unread: tuple[Path, ...]


def remains(workspace: Workspace, standing_for: StandingFor, names: Collection[str]) -> Remains:
    """`names`: what mails called the person, folded. It never fails, since all else is erased by then."""
    naming: list[Path] = []
    unread: list[Path] = []

    def look(path: Path, names_someone: Callable[[Path], bool]) -> None:
        # Anything can be in a file that is not ours, and the parsers of mails raise whatever they come upon.
        try:
            if names_someone(path):
                naming.append(path)
        except Exception:
            unread.append(path)

    changes, mails = workspace.changes_file, workspace.mail_folder
    for path in _files(workspace, unread):
        look(path, lambda path: _names_in_plan(path, standing_for))
    plans = tuple(path for path in naming if _is_whole_plan(path))
    naming = [path for path in naming if path not in plans]
    if changes is not None:
        look(changes, lambda path: path.is_file() and _names_in_rows(path, standing_for))
    if mails is not None:
        for path in sorted(mails.glob("*.eml")):
            look(path, lambda path: _is_mail_of(path, standing_for, names))
    return Remains(plans, tuple(naming), tuple(dict.fromkeys(unread)))


def _files(workspace: Workspace, unread: list[Path]) -> Iterator[Path]:
    """All but what is AudQL's own and was seen to already. Folders that cannot be read are added to `unread`."""
    own = {workspace.snapshots, workspace.quarantine, workspace.waiting, workspace.temporary, workspace.reports}

    def unreadable(problem: OSError) -> None:
        unread.append(Path(problem.filename))

    for name, folders, files in os.walk(workspace.root, onerror=unreadable):
        folder = Path(name)
        folders[:] = sorted(each for each in folders if folder / each not in own)
        yield from (folder / each for each in sorted(files))


def _names_in_plan(path: Path, standing_for: StandingFor) -> bool:
    """Of what looks like a plan."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return False
    with path.open("rb") as file:
        if not _PLAN.match(file.read(_HEAD_BYTES)):
            return False
    return standing_for.named_in(set(_texts(json.loads(_bounded(path)))))


def _is_whole_plan(path: Path) -> bool:
    """Whether `audql plan` wrote it."""
    try:
        saved_plan.read(path.name, _bounded(path))
    except Exception:  # as of `look`
        return False
    return True


def _bounded(path: Path) -> bytes:
    """The whole of a file. Raises ValueError where it is too long to be looked into."""
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError(path)
    return data


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)


def _names_in_rows(path: Path, standing_for: StandingFor) -> bool:
    with path.open(encoding="utf-8", newline="", errors="replace") as file:
        return standing_for.named_in({row.get("person") or "" for row in csv.DictReader(file)})


def _is_mail_of(path: Path, standing_for: StandingFor, names: Collection[str]) -> bool:
    data = _bounded(path)
    mail = email.message_from_bytes(data, _class=EmailMessage, policy=email.policy.default)
    to = email.utils.getaddresses([str(one) for one in mail.get_all("To", ())])
    if standing_for.named_in([address for _, address in to]):
        return True
    texts = [fold(str(part.get_content())) for part in mail.walk() if part.get_content_maintype() == "text"]
    named = any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names for text in texts)
    return standing_for.tells(hashlib.sha256(data).hexdigest(), named=named)
