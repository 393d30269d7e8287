"""A CSV of people → a proposal of what each of its columns is, for a person to look over."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from audql.operations import messages
from audql.operations.tables import Table, infer
from audql.snapshot.errors import RunError
from audql.text import fold
from audql.types import Scalar


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SYNONYMS: dict[tuple[str, str], str] = {
    ("people", "username"): "username user_name login login_name user account",
    ("people", "email"): "email e_mail mail email_address work_email business_email",
    ("people", "first_name"): "first_name firstname given_name forename preferred_first_name",
    ("people", "last_name"): "last_name lastname surname family_name",
    ("people", "full_name"): "full_name fullname name display_name employee_name worker_name",
    ("people", "city"): "city town",
    ("people", "country"): "country country_code country_region",
    ("people", "location"): "location office site work_location workplace",
    ("people", "language"): "language lang locale preferred_language",
    ("people", "institution"): "institution company company_name employer legal_entity",
    ("people", "department"): "department dept department_name",
    ("people", "hired"): "hired hire_date date_hired start_date date_of_joining joining_date joined original_hire_date",
    ("people", "created"): "created created_at account_created",
    ("people", "first_login"): "first_login first_sign_in",
    ("people", "last_login"): "last_login lastlogin last_sign_in last_access",
    ("people", "suspended"): "suspended status employment_status employee_status active is_active current",
    ("jobs", "title"): "title job_title jobtitle role job position_title",
    ("jobs", "org"): "org organisation organization org_unit organisation_unit organization_unit business_unit unit",
    ("jobs", "position"): "position position_id position_name",
    (
        "jobs",
        "manager",
    ): "manager manager_id manager_login manager_email reports_to supervisor supervisor_id line_manager",
}
_KEYS = _words(
    "id employee_id emp_id person_id user_id staff_id worker_id employee_number employee_no emp_no staff_number"
    " staff_no personnel_number payroll_number username user_name login email e_mail mail email_address work_email"
)
_TYPES = {"hired": Scalar.DATE, "created": Scalar.INSTANT, "first_login": Scalar.INSTANT, "last_login": Scalar.INSTANT}
_DATE_FORMATS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%Y%m%d",
)
_INSTANT_FORMATS = tuple(f"{day} {time}" for day in _DATE_FORMATS for time in ("%H:%M", "%H:%M:%S"))
_GONE = _words(
    "terminated inactive leaver left resigned retired suspended disabled dismissed deceased no n false 0 former"
)
_HERE = _words("active current employed working enabled yes y true 1 on_leave leave probation")
_YES_NO = _words("yes y true 1 no n false 0")
_MOSTLY = 0.95


@dataclass(frozen=True, slots=True)
class Proposed:
    """What one column is taken for. `field` is of the element `people` or `jobs`."""

    column: str
    element: str
    field: str
    type: Scalar | None = None
    """Where the field has none of its own."""
    format: str = ""
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    comment: str = ""


def propose(path: str, table: Table) -> tuple[Proposed, ...]:
    """A proposal for each column, the key of people first. Raises RunError where no column can be it."""
    key = _key(path, table)
    proposed = [Proposed(key, "people", "id", comment=f"{len(table.rows):,} people, each with another")]
    taken = {("people", "id")}
    for number, column in enumerate(table.header):
        if column and column != key:
            values = [value for _, value in table.column(number)]
            one = _field(table, column, values, taken) or _custom(column, values)
            taken.add((one.element, one.field))
            proposed.append(one)
    if any(p.element == "jobs" for p in proposed):
        proposed.append(Proposed(key, "jobs", "person"))
    return tuple(proposed)


def _plain(column: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", fold(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column))).strip("_")


def _key(path: str, table: Table) -> str:
    """The column that names people: of those without blanks and repeats the one that sounds most like it."""
    unique = [
        column
        for number, column in enumerate(table.header)
        if column and len({fold(value) for _, value in table.column(number)}) == len(table.rows)
    ]
    for name in _KEYS:
        for column in unique:
            if _plain(column) == name:
                return column
    likely = [column for column in unique if _plain(column).endswith(("id", "number", "no", "code"))]
    if not likely:
        raise RunError(messages.no_key(path, table.header))
    return likely[0]


def _field(table: Table, column: str, values: Sequence[str], taken: set[tuple[str, str]]) -> Proposed | None:
    """The field of the vocabulary that the column sounds like, where its values fit it."""
    for (element, field), names in _SYNONYMS.items():
        if _plain(column) not in names.split() or (element, field) in taken:
            continue
        if field == "manager":
            return _manager(table, column, values)
        if field == "suspended":
            return _suspended(column, values)
        if field in _TYPES:
            return _dated(column, field, _TYPES[field], values)
        return Proposed(column, element, field, comment=_example(values))
    if _plain(column) in _KEYS and ("people", "id_number") not in taken:
        return Proposed(column, "people", "id_number", comment=_example(values))
    return None


def _manager(table: Table, column: str, values: Sequence[str]) -> Proposed | None:
    """Where nearly all the values are ids, usernames or emails of people in the file."""
    known = {
        fold(value)
        for number, name in enumerate(table.header)
        if _plain(name) in _KEYS
        for _, value in table.column(number)
    }
    found = sum(fold(value) in known for value in values)
    if not values or found < _MOSTLY * len(values):
        return None
    return Proposed(column, "jobs", "manager", comment=_example(values))


def _suspended(column: str, values: Sequence[str]) -> Proposed | None:
    """Words for who is here and who is not; `suspended` itself says it the other way round."""
    words = sorted({re.sub(r"[\s-]+", "_", fold(value)) for value in values})
    written = {re.sub(r"[\s-]+", "_", fold(value)): value for value in values}
    if not words or not set(words) <= {*_GONE, *_HERE}:
        return None
    if _plain(column) == "suspended":
        return Proposed(column, "people", "suspended", comment=_example(values)) if set(words) <= {*_YES_NO} else None
    gone = tuple(written[word] for word in words if word in _GONE)
    here = tuple(written[word] for word in words if word in _HERE)
    if not gone or not here:  # with words of one kind only, those of the other would be invented
        return None
    return Proposed(column, "people", "suspended", yes=gone, no=here)


def _dated(column: str, field: str, scalar: Scalar, values: Sequence[str]) -> Proposed | None:
    if not values or infer(values) is scalar:
        return Proposed(column, "people", field, comment=_example(values))
    form = _format(values, _DATE_FORMATS if scalar is Scalar.DATE else (*_INSTANT_FORMATS, *_DATE_FORMATS))
    if scalar is Scalar.INSTANT and infer(values) is Scalar.DATE:
        form = ("%Y-%m-%d",)
    if not form:
        return None
    return Proposed(column, "people", field, format=form[0], comment=_either(form, values))


def _custom(column: str, values: Sequence[str]) -> Proposed:
    """A field under `custom`, of the type that all values have."""
    field = f"custom.{column.removeprefix('custom.')}"
    scalar = infer(values)
    comment = _example(values)
    digits = all(re.fullmatch(r"\d+", value, re.ASCII) for value in values)
    if (
        scalar is Scalar.NUMBER
        and digits
        and _plain(column).endswith(("id", "_no", "number", "code", "centre", "center"))
    ):
        return Proposed(column, "people", field, Scalar.CODE, comment=f"{comment}: names something, so no number")
    if scalar is Scalar.TEXT and values:
        if digits:
            return Proposed(column, "people", field, Scalar.CODE, comment=f"{comment}: digits that are no number")
        if form := _format(values, _DATE_FORMATS):
            return Proposed(column, "people", field, Scalar.DATE, form[0], comment=_either(form, values))
    return Proposed(column, "people", field, scalar, comment=comment)


def _format(values: Sequence[str], forms: Sequence[str]) -> tuple[str, ...]:
    """The forms in which all the values are days or instants."""
    return tuple(form for form in forms if values and all(_reads(value, form) for value in values))


def _reads(value: str, form: str) -> bool:
    try:
        return 1900 <= dt.datetime.strptime(value, form).year <= 2200  # noqa: DTZ007  # only whether it can be read
    except ValueError:
        return False


def _either(forms: Sequence[str], values: Sequence[str]) -> str:
    both = len(forms) > 1
    return f"{_example(values)}{f'; LOOK: could be {forms[1]} as well' if both else ''}"


def _example(values: Sequence[str]) -> str:
    if not values:
        return "nothing there"
    first = re.sub(r"\s+", " ", values[0])
    return "like " + (first if len(first) <= 30 else first[:29] + "…")
