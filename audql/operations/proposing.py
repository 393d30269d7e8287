"""A CSV of people → a proposal of what each of its columns is, for a person to look over."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from audql.diagnostics import RunError
from audql.operations import messages
from audql.operations.tables import Table, infer
from audql.text import fold
from audql.types import Scalar


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SYNONYMS: dict[tuple[str, str], str] = {
    ("people", "username"): "username user_name login login_name login_id user account network_id samaccountname upn",
    ("people", "email"): "email e_mail mail email_address e_mail_address email_id work_email business_email"
    " company_email primary_email",
    (
        "people",
        "first_name",
    ): "first_name firstname first given_name forename preferred_first_name preferred_name legal_first_name vorname"
    " rufname",
    ("people", "last_name"): "last_name lastname last surname family_name legal_last_name nachname familienname",
    ("people", "full_name"): "full_name fullname name display_name legal_name preferred_full_name anzeigename",
    ("people", "city"): "city town work_city location_city ort stadt arbeitsort",
    ("people", "country"): "country country_code country_name country_region work_country location_country land",
    ("people", "location"): "location location_name office office_location site site_name work_location workplace"
    " work_site branch standort niederlassung",
    ("people", "language"): "language lang locale preferred_language language_code sprache",
    ("people", "institution"): "institution company company_name employer legal_entity organisation_name"
    " organization_name firma gesellschaft",
    ("people", "department"): "department dept department_name dept_name abteilung",
    ("people", "hired"): "hired hire_date first_hired_date first_hire_date hired_on start_date work_start_date"
    " employment_start_date employment_date commencement_date date_of_joining joining_date join_date joined doj"
    " date_of_hire original_hire_date latest_hire_date recent_hire_date last_hire_date continuous_service_date"
    " service_date seniority_date eintrittsdatum eintritt einstellungsdatum eingestellt_am",
    ("people", "created"): "created created_at created_on account_created creation_date",
    ("people", "first_login"): "first_login first_sign_in first_access",
    ("people", "last_login"): "last_login lastlogin last_sign_in last_access last_logon",
    ("people", "suspended"): "suspended status employment_status active is_active current active_status aktiv",
    ("jobs", "title"): "title job_title jobtitle role job position_title job_name job_profile business_title"
    " working_title designation occupation stelle stellenbezeichnung funktion taetigkeit",
    ("jobs", "org"): "org organisation organization org_unit organisation_unit organization_unit business_unit"
    " business_unit_name unit cost_centre_hierarchy supervisory_organization org_code org_id organisationseinheit"
    " orgeinheit",
    ("jobs", "position"): "position position_id position_name position_code position_number job_code",
    ("jobs", "manager"): "manager manager_id manager_number manager_login manager_username manager_email"
    " manager_employee_id manager_employee_number reports_to reporting_to reporting_manager supervisor supervisor_id"
    " supervisor_email line_manager line_manager_id direct_manager vorgesetzter vorgesetzte fuehrungskraft"
    " personalnummer_vorgesetzter personalnummer_fuehrungskraft",
}
"""What the columns of HR's files are called, in English and German. The order of words does not matter (`Date Hired`,
`Hire Date`), nor does `Employee` and the like before them."""
_KEYS = _words(
    "id employee_id emp_id empid emp person_id user_id staff_id worker_id associate_id personnel_id colleague_id"
    " employee_number employee_no employee_code emp_number emp_no emp_code worker_number staff_number staff_no"
    " personnel_number personnel_no payroll_number payroll_no payroll_id clock_number global_id"
    " personalnummer personal_nummer personalnr personal_nr personal_id mitarbeiternummer mitarbeiter_nummer"
    " mitarbeiternr mitarbeiter_nr mitarbeiter_id username user_name login email e_mail mail email_address work_email"
)
_WHOSE = frozenset(_words("employee employees emp worker staff person associate colleague current primary mitarbeiter"))
"""Words that say only that it is about the person of the row."""
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
_TIMES = ("%H:%M", "%H:%M:%S")
_GONE = _words(
    "terminated inactive leaver left resigned retired suspended disabled dismissed deceased no n false 0 former"
    " inaktiv ausgeschieden nein"
)
_HERE = _words("active current employed working enabled yes y true 1 on_leave leave probation aktiv ja")
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
    either: bool = False
    """Whether its days can be read in more than one way."""
    of_one_kind: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    """Of a status by which all have gone, or all are here: the words for either, of which there are none for one."""


def propose(path: str, table: Table) -> tuple[Proposed, ...]:
    """A proposal for each column, the key of people first. Raises RunError where no column can be it."""
    key = key_of(table)
    if not key:
        raise RunError(messages.no_key(path, table.header, _unique(table)))
    forms = forms_first(table)
    heard = recognised(table, {}, key, forms)
    has_status = any(one.field == "suspended" for one in heard.values())
    proposed = [heard[key]]
    for number, column in enumerate(table.header):
        if column and column != key:
            values = [value for _, value in table.column(number)]
            one = heard.get(column) or custom(column, values, forms)
            proposed.append(one if has_status else _of_one_kind(one, values))
    if any(p.element == "jobs" for p in proposed):
        proposed.append(Proposed(key, "jobs", "person"))
    return tuple(proposed)


def recognised(
    table: Table, known: Mapping[tuple[str, str], str], key: str, forms: Sequence[str]
) -> Mapping[str, Proposed]:
    """The columns that sound like a field, and whose values fit it; `key` is the one that names people.

    `known`: element and field → the column that is sure to be it; these are left out. `forms` is `forms_first(table)`.
    """
    found = {}
    if key:
        comment = f"{len(table.rows):,} people, each with one of their own"
        if _sounds_like(key, _SYNONYMS["people", "email"].split()):
            comment += "; LOOK: an address can change, and an id must not"
        found[key] = Proposed(key, "people", "id", comment=comment)
    taken = {*known, ("people", "id")}
    for number, column in enumerate(table.header):
        if column and column != key and column not in known.values():
            values = [value for _, value in table.column(number)]
            if (one := _field(table, column, values, taken, forms)) is not None:
                taken.add((one.element, one.field))
                found[column] = one
    return found


def _plain(column: str) -> str:
    written = fold(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column)).translate(_UMLAUTS)
    return re.sub(r"[^a-z0-9]+", "_", written).strip("_")


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def _sounds_like(column: str, names: Sequence[str]) -> bool:
    heard = _plain(column).split("_")
    bare = heard[next((i for i, word in enumerate(heard) if word not in _WHOSE), 0) :]
    known = {frozenset(_stem(word) for word in name.split("_")) for name in names}
    return any(frozenset(map(_stem, words)) in known for words in (heard, bare))


def _stem(word: str) -> str:
    return {"hired": "hire", "joined": "join", "joining": "join"}.get(word, word)


def key_of(table: Table, known: Mapping[tuple[str, str], str] = MappingProxyType({})) -> str:
    """The column that names people: of those without blanks and repeats the one that sounds most like it. None where
    one is `known` to be, and of those that are known to be something else."""
    if ("people", "id") in known:
        return ""
    unique = [column for column in _unique(table) if column not in known.values()]
    for name in _KEYS:
        for column in unique:
            if _plain(column) == name:
                return column
    likely = [column for column in unique if _plain(column).endswith(("id", "number", "no", "code", "nummer", "nr"))]
    return likely[0] if likely else ""


def _unique(table: Table) -> list[str]:
    """The columns without blanks and repeats."""
    named = [(at, column) for at, column in enumerate(table.header) if column]
    return [column for at, column in named if len({fold(v) for _, v in table.column(at)}) == len(table.rows)]


def forms_first(table: Table) -> tuple[str, ...]:
    """The forms of days, those first that some column can only have: a file mostly writes all its days alike."""
    readings = (_format([value for _, value in table.column(n)], _DATE_FORMATS) for n in range(len(table.header)))
    sure = [found[0] for found in readings if len(found) == 1]
    return tuple(dict.fromkeys((*sure, *_DATE_FORMATS)))


def _field(
    table: Table, column: str, values: Sequence[str], taken: set[tuple[str, str]], forms: Sequence[str]
) -> Proposed | None:
    """The field of the vocabulary that the column sounds like, where its values fit it."""
    for (element, field), names in _SYNONYMS.items():
        if f"{_plain(column)}_name" in map(_plain, table.header):  # a code beside the name that people know
            continue
        if (element, field) in taken or not _sounds_like(column, names.split()):
            continue
        if field == "manager":
            return _manager(table, column, values)
        if field == "suspended":
            return _suspended(column, values)
        if field in _TYPES:
            return _dated(column, field, _TYPES[field], values, forms)
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
    if (words := _status(values)) is None:
        return None
    if _plain(column) == "suspended":
        plain = {fold(value) for value in values} <= {*_YES_NO}
        return Proposed(column, "people", "suspended", comment=_example(values)) if plain else None
    if not all(words):  # with words of one kind only, those of the other would be invented
        return None
    gone, here = words
    return Proposed(column, "people", "suspended", yes=gone, no=here)


def _of_one_kind(one: Proposed, values: Sequence[str]) -> Proposed:
    """The same; where it sounds like a status by which all are here, or all have gone, it says so."""
    words = _status(values)
    if words is None or all(words) or not _sounds_like(one.column, _SYNONYMS["people", "suspended"].split()):
        return one
    return replace(one, of_one_kind=words, comment=f"{one.comment}; LOOK: tells nobody who has left from the others")


def _status(values: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """As they are written, the words for who has gone, and those for who is here; None where there are others, too."""
    written = {re.sub(r"[\s-]+", "_", fold(value)): value for value in values}
    if not written or not written.keys() <= {*_GONE, *_HERE}:
        return None
    gone, here = (tuple(written[word] for word in sorted(written) if word in known) for known in (_GONE, _HERE))
    return gone, here


def _dated(column: str, field: str, scalar: Scalar, values: Sequence[str], forms: Sequence[str]) -> Proposed | None:
    if not values or infer(values) is scalar:
        return Proposed(column, "people", field, comment=_example(values))
    with_times = [f"{day} {time}" for day in forms for time in _TIMES]
    form = _format(values, forms if scalar is Scalar.DATE else (*with_times, *forms))
    if scalar is Scalar.INSTANT and infer(values) is Scalar.DATE:
        form = ("%Y-%m-%d",)
    if not form:
        return None
    return Proposed(column, "people", field, format=form[0], comment=_either(form, values), either=len(form) > 1)


def custom(column: str, values: Sequence[str], forms: Sequence[str]) -> Proposed:
    """A field under `custom`, of the type that all values have."""
    field = f"custom.{column.removeprefix('custom.')}"
    scalar = infer(values)
    comment = _example(values)
    digits = all(re.fullmatch(r"\d+", value, re.ASCII) for value in values)
    if (
        scalar is Scalar.NUMBER
        and digits
        and _plain(column).endswith(("id", "_no", "number", "code", "centre", "center", "nummer", "_nr", "stelle"))
    ):
        return Proposed(column, "people", field, Scalar.CODE, comment=f"{comment}: names something, so no number")
    if scalar is Scalar.TEXT and values:
        if digits:
            return Proposed(column, "people", field, Scalar.CODE, comment=f"{comment}: digits that are no number")
        if form := _format(values, forms):
            comment = _either(form, values)
            return Proposed(column, "people", field, Scalar.DATE, form[0], comment=comment, either=len(form) > 1)
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
