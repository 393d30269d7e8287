"""Someone who was erased → the files of the workspace's folder that name them all the same, and are not ours to change.

Saved plans, the file of changes, and mails that became files. What they name is known by the hashes of who was erased,
so that it is found again after a crash; in the texts of mails by what the snapshots called the person.
"""

from __future__ import annotations

import csv
import email
import email.policy
import email.utils
import json
import re
from collections.abc import Collection, Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path

from audql.snapshot.snapshot import Snapshot
from audql.sync.erased import Erased
from audql.text import fold
from audql.workspace import Workspace

_MOST_BYTES = 1 << 28
"""Of a file that may be a plan."""
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


def remains(workspace: Workspace, erased: Erased, names: Collection[str]) -> Iterator[Path]:
    """`names`: what mails called the person, folded."""
    state = workspace.state_folder
    for path in sorted(workspace.root.rglob("*.json")):
        if not path.is_relative_to(state) and not path.is_symlink() and _is_plan_of(path, erased):
            yield path
    changes = workspace.changes_file
    if changes is not None and changes.is_file() and _names_in_rows(changes, erased):
        yield changes
    if workspace.mail_folder is not None:
        for path in sorted(workspace.mail_folder.glob("*.eml")):
            if _is_mail_of(path, erased, names):
                yield path


def _is_plan_of(path: Path, erased: Erased) -> bool:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return False
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(said, dict) and "audql_plan" in said and erased.named_in(set(_texts(said)))


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


def _names_in_rows(path: Path, erased: Erased) -> bool:
    with path.open(encoding="utf-8", newline="", errors="replace") as file:
        return erased.named_in({row.get("person") or "" for row in csv.DictReader(file)})


def _is_mail_of(path: Path, erased: Erased, names: Collection[str]) -> bool:
    with path.open("rb") as file:
        mail = email.message_from_binary_file(file, _class=EmailMessage, policy=email.policy.default)
    to = email.utils.getaddresses([str(one) for one in mail.get_all("To", ())])
    if erased.named_in(address for _, address in to):
        return True
    texts = [fold(str(part.get_content())) for part in mail.walk() if part.get_content_maintype() == "text"]
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names for text in texts)
