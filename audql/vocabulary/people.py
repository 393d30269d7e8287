"""The schema of people: who they are, their jobs, and what they have learnt."""

from audql.types import Field, Many, One, RecordType, Scalar, Schema
from audql.values import each, get, is_item, is_scalar, overlaid, text

TEXT, CODE, NUMBER, YES_NO = Scalar.TEXT, Scalar.CODE, Scalar.NUMBER, Scalar.YES_NO
DATE, INSTANT = Scalar.DATE, Scalar.INSTANT

KINDS = ("course", "programme", "certification", "event")
"""The kinds of learning; a plugin adds its own."""
DEFAULT_KIND = KINDS[0]
"""Where none is said."""

# --- how records say things -------------------------------------------------------------------------------------------


def _all_jobs(person: object) -> object:
    """The jobs of a record, and the one that `org`, `position` and `manager` at its top make."""
    jobs = list(each(get(person, "jobs")))
    said = {name: get(person, name) for name in ("org", "position", "manager")}
    top = {name: value for name, value in said.items() if value is not None and any(map(is_item, each(value)))}
    if set(top) == {"manager"} and len(jobs) == 1 and not is_scalar(jobs[0]) and get(jobs[0], "manager") is None:
        return [overlaid(jobs[0], top)]
    return [*jobs, top] if top else jobs


def _ancestors(node: object) -> object:
    """The nodes of `path` above the node, which `path` ends with."""
    path = list(each(get(node, "path")))
    own = {text(get(node, "id")), text(get(node, "name"))} - {None}
    if path:
        last = {text(path[-1])} if is_scalar(path[-1]) else {text(get(path[-1], key)) for key in ("id", "name")}
        if own & last:
            path.pop()
    return path


def _learning(row: object) -> object:
    """What a row is about, with the row's kind where it has none of its own."""
    learning = get(row, "learning")
    if learning is None:
        return None
    about: object = {"name": learning} if is_scalar(learning) else learning
    return overlaid(about, {"kind": _first(get(about, "kind"), get(row, "kind"))})


def _kind(row: object) -> object:
    learning = get(row, "learning")
    own = None if learning is None or is_scalar(learning) else get(learning, "kind")
    return _first(get(row, "kind"), own)


def _kind_of_learning(learning: object) -> object:
    return _first(get(learning, "kind"))


def _first(*kinds: object) -> object:
    """The first that is there; the usual one where none is said."""
    return next((kind for kind in kinds if kind is not None), DEFAULT_KIND)


# --- the record types -------------------------------------------------------------------------------------------------


def _node(name: str, singular: str, plural: str) -> RecordType:
    return RecordType(
        name,
        singular,
        plural,
        (
            Field("id", CODE),
            Field("name", TEXT),
            Field("type", TEXT),
            Field("parent", One(name)),
            Field("ancestors", Many(name), closure=("parent",), read=_ancestors, hidden=True),
        ),
        keys=("id", "name"),
        catalogue=name,
        short=("name",),
        open=True,
        above="ancestors",
        beside=("path",),
    )


def _row(name: str, plural: str, *fields: Field, short: tuple[str, ...]) -> RecordType:
    return RecordType(name, name, plural, fields, short=short)


_OF_LEARNING = (Field("learning", One("learning"), read=_learning), Field("kind", TEXT, read=_kind, values=KINDS))

_AT_ANY_LEVEL = 'reports_to("…", at_any_level: true)'

_JOB = RecordType(
    "job",
    "job",
    "jobs",
    (
        Field("id_number", CODE),
        Field("title", TEXT),
        Field("org", One("org")),
        Field("position", One("position")),
        Field("manager", One("person"), upward=_AT_ANY_LEVEL),
        Field("temporary_manager", One("person")),
        Field("started", DATE),
        Field("ended", DATE, also=("ends",)),
        Field("position_assigned", DATE),
        Field("full_time", YES_NO),
        Field("primary", YES_NO),
    ),
    short=("title",),
)

_OF_STARTING = ("tenure", "seniority", "start_date", "started", "joined", "hire_date", "date_hired", "employed_since")
_OF_ORGANISATIONS = ("organisation", "organization", "works", "unit", "store", "branch", "company", "team")
_PERSON = RecordType(
    "person",
    "person",
    "people",
    (
        Field("id", CODE, always_set=True),
        Field("id_number", CODE),
        *(Field(name, TEXT) for name in ("username", "email", "first_name", "last_name")),
        Field("full_name", TEXT, said=("name", "fullname", "display_name", "displayname")),
        Field("city", TEXT, said=("town", "lives", "site")),
        Field("country", TEXT, example='= "GB"'),
        *(Field(name, TEXT) for name in ("location", "language")),
        *(Field(name, TEXT) for name in ("institution", "department", "auth")),
        Field("hired", DATE, example="within last 90 days", said=_OF_STARTING),
        *(Field(name, INSTANT) for name in ("created", "first_login", "last_login")),
        Field("suspended", YES_NO, said=("deleted", "disabled", "inactive"), denied=("active", "enabled")),
        Field("custom", One("custom")),
        Field("all_jobs", Many("job"), read=_all_jobs, hidden=True, shown="jobs"),
        Field(
            "jobs",
            Many("job"),
            also=("job",),
            base="all_jobs",
            where="not (ended before today) and not (started after today)",
        ),
        Field("past_jobs", Many("job"), also=("past_job",), base="all_jobs", where="ended before today"),
        Field(
            "future_jobs",
            Many("job"),
            also=("future_job",),
            base="all_jobs",
            where="started after today and not (ended before today)",
        ),
        Field("org", Many("org"), means=("jobs", "org"), said=_OF_ORGANISATIONS),
        Field("position", Many("position"), means=("jobs", "position"), said=("role", "grade_of_job")),
        Field("manager", Many("person"), also=("managers",), means=("jobs", "manager"), upward=_AT_ANY_LEVEL),
        Field("all_managers", Many("person"), closure=("jobs", "manager"), hidden=True),
        Field("reports", Many("person"), also=("report",), inverse=("jobs", "manager")),
        Field("temporary_reports", Many("person"), also=("temporary_report",), inverse=("jobs", "temporary_manager")),
        Field("completions", Many("completion"), also=("completion",)),
        Field("enrolments", Many("enrolment"), also=("enrolment",)),
        Field("certifications", Many("certification"), also=("certification",)),
        Field("attendances", Many("attendance"), also=("attendance",)),
        Field("competencies", Many("competency"), also=("competency",)),
        Field("badges", Many("badge"), also=("badge",)),
        Field("audiences", Many("membership"), hidden=True),
    ),
    keys=("id", "username", "email"),
    catalogue="person",
    short=("id", "username", "email"),
)

PEOPLE = Schema(
    (
        _PERSON,
        RecordType("custom", "custom field", "custom fields", (), open=True, columns=True),
        _JOB,
        _node("org", "organisation", "organisations"),
        _node("position", "position", "positions"),
        RecordType(
            "learning",
            "learning",
            "pieces of learning",
            (
                Field("id", CODE),
                Field("name", TEXT),
                Field("kind", TEXT, read=_kind_of_learning, values=KINDS),
                Field("category", TEXT),
                Field("tag", TEXT, many=True),
            ),
            keys=("id", "name"),
            catalogue="learning",
            short=("name",),
        ),
        RecordType(
            "event",
            "event",
            "events",
            (Field("id", CODE), Field("name", TEXT)),
            keys=("id", "name"),
            catalogue="event",
            short=("name",),
        ),
        _row(
            "completion",
            "completions",
            *_OF_LEARNING,
            Field("started", DATE),
            Field("completed", DATE),
            Field("grade", NUMBER),
            short=("learning",),
        ),
        _row(
            "enrolment",
            "enrolments",
            *_OF_LEARNING,
            *(Field(name, DATE) for name in ("enrolled", "started", "completed", "due")),
            Field("grade", NUMBER),
            Field("status", TEXT, values=("not started", "in progress", "completed", "overdue", "suspended")),
            short=("learning",),
        ),
        _row(
            "certification",
            "certifications",
            Field("name", TEXT, names="certification"),
            Field("certified", DATE),
            Field("expires", DATE),
            Field("assigned", YES_NO),
            Field("bare", YES_NO, hidden=True),
            short=("name", "bare"),
        ),
        _row(
            "attendance",
            "attendances",
            Field("event", One("event")),
            Field("attended", DATE),
            Field("status", TEXT, values=("booked", "attended", "absent", "cancelled")),
            short=("event",),
        ),
        _row(
            "competency",
            "competencies",
            Field("name", TEXT, names="competency"),
            Field("achieved", DATE),
            Field("level", TEXT),
            short=("name",),
        ),
        _row(
            "badge",
            "badges",
            Field("name", TEXT, names="badge"),
            Field("achieved", DATE),
            Field("level", TEXT),
            short=("name",),
        ),
        _row("membership", "audiences", Field("name", TEXT, names="audience"), Field("since", DATE), short=("name",)),
    ),
    assigned="learning",
)
