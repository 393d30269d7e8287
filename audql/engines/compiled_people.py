"""Short ways for the readers of the shipped vocabulary, with the same outcome; without them each reader is called.

Keyed by the reader itself (`Field.read`), so that another schema's fields are never mistaken for these.
"""

from collections.abc import Callable, Mapping

from audql.types import RecordType, Schema
from audql.vocabulary import PEOPLE

Reader = Callable[[object], object]


def _reader(schema: Schema, record: str, field: str) -> Reader:
    found = schema.record(record).field(field)
    assert found is not None
    assert found.read is not None
    return found.read


_ALL_JOBS = _reader(PEOPLE, "person", "all_jobs")
_ANCESTORS = _reader(PEOPLE, "org", "ancestors")
_LEARNING = tuple(_reader(PEOPLE, record, "learning") for record in ("completion", "enrolment"))

ALIASES: Mapping[Reader, tuple[str, frozenset[str]]] = {
    reader: ("learning", frozenset({"id", "name", "category", "tag"})) for reader in _LEARNING
}
"""Readers of references that, for these fields of what is referred to, read just what is there under the name."""


def _all_jobs(person: object) -> object:
    """The jobs, without a copy where nothing at the top makes another."""
    assert type(person) is dict
    org, position, manager, jobs = person.get("org"), person.get("position"), person.get("manager"), person.get("jobs")
    if org is None and position is None and manager is None:
        return jobs if type(jobs) is list else _ALL_JOBS(person)
    if jobs is None and type(org) is dict and position is None and manager is None:
        return [{"org": org}]
    for value in (org, position, manager):
        if not (value is None or type(value) is dict or (type(value) is str and value.strip())):
            return _ALL_JOBS(person)
    if type(jobs) is list and len(jobs) == 1 and org is None and position is None:
        # The manager alone fills the single job that lacks one.
        (job,) = jobs
        if type(job) is dict and job.get("manager") is None:
            return [{**job, "manager": manager}]
    if jobs is None or (type(jobs) is list and (org is not None or position is not None)):
        return [*(jobs or ()), {"org": org, "position": position, "manager": manager}]
    return _ALL_JOBS(person)


READERS: Mapping[Reader, Reader] = {_ALL_JOBS: _all_jobs}
"""Readers for items that are dicts."""


def ancestors_by_path(node: dict[str, object]) -> "list[str] | None":
    """The names above a node that has nothing but a path of texts, the root first; None where there is more to it."""
    if node.get("parent") is not None:
        return None
    path = node.get("path")
    if type(path) is not list:
        return [] if path is None else None
    if not path:
        return []
    for name in path:
        if type(name) is not str or not name.strip():
            return None
    last = path[-1]
    for key in ("id", "name"):
        own = node.get(key)
        if own is not None and type(own) is not str:
            return None
        if own == last:
            return path[:-1]
    return path


ANCESTORS: frozenset[Reader] = frozenset({_ANCESTORS})
"""Readers of ancestors that `ancestors_by_path` is short for, where `parent` leads on and a text is a name."""


def is_hierarchy(record: RecordType) -> bool:
    """Whether `ancestors_by_path` says all about a text in a path: it is a name and leads nowhere."""
    return record.short == ("name",)
