"""original/ → feed/, day2/feed/ and day3/, byte for byte the same each time. `--check` only compares.

Employees, departments, divisions, titles and dates of hire: real (see README.md). Supervisors, codes of units, families
of positions, logins, learning, other jobs and all that happens on days 2 and 3: made here, from a seed.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEED = "montgomery 2026-11-23"
DAY1 = dt.date(2026, 11, 23)

Row = dict[str, str]
Table = list[Row]


# --- chance, the same every time --------------------------------------------------------------------------------------


class Chance:
    """Numbers that depend on the words given and on nothing else, so that one more person changes no other."""

    def __init__(self, *words: str) -> None:
        self._random = random.Random("/".join((SEED, *words)))

    def happens(self, share: float) -> bool:
        return self._random.random() < share

    def whole(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def early(self, low: int, high: int) -> int:
        """The same, but small numbers come more often."""
        return low + int(self._random.random() ** 2 * (high - low + 1))

    def pick(self, values: Sequence[str]) -> str:
        return values[self.whole(0, len(values) - 1)]

    def day(self, first: dt.date, last: dt.date) -> dt.date:
        return first + dt.timedelta(self.whole(0, (last - first).days))


def us(day: dt.date) -> str:
    """As the county writes days."""
    return day.strftime("%m/%d/%Y")


def read_us(text: str) -> dt.date:
    month, day, year = map(int, text.split("/"))
    return dt.date(year, month, day)


def years_after(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


# --- the original -----------------------------------------------------------------------------------------------------

NUMBER, DEPARTMENT, DIVISION = "Employee Number", "Department", "Division"
TITLE, UNDERFILLED, HIRED = "Employee Position Title", "Underfilled Job Title", "Date First Hired"
NAME, CATEGORY = "Department Name", "Assignment Category"

with (HERE / "original" / "employees.csv").open(encoding="utf-8", newline="") as _file:
    EMPLOYEES: Table = list(csv.DictReader(_file))
PUBLIC_SAFETY = ("POL", "FRS", "COR", "SHF", "DHS")
FIRST_OFFICE = (*PUBLIC_SAFETY, "HHS")
"""Departments that one of the two personnel offices looks after; nothing happens there on day 2."""


# --- organisations ----------------------------------------------------------------------------------------------------

CLUSTERS = {
    "Public Safety": PUBLIC_SAFETY,
    "Health and Community": ("HHS", "HCA", "LIB", "REC", "CUS", "HRC", "OCP"),
    "Infrastructure": ("DOT", "DGS", "DEP", "DPS", "OAG"),
    "Business": ("DLC", "FIN", "DTS", "PRO", "OMB", "OHR"),
}
BUREAUS = {"POL": ("PSB", "FSB", "MSB", "ISB"), "COR": ("DS", "PRRS", "PTS", "MSD")}
COUNTY = "MCG"


def bureau(department: str, division: str) -> str:
    first = division.split(" ")[0]
    return f"{department}-{first}" if first in BUREAUS.get(department, ()) else department


def units() -> Table:
    """Departments and divisions are real, with their names; codes, bureaus and clusters are made."""
    rows = [unit(COUNTY, "Montgomery County", "County", "", "")]
    names = {row[DEPARTMENT]: row[NAME] for row in EMPLOYEES}
    for department, name in sorted(names.items()):
        cluster = next((c for c, of in CLUSTERS.items() if department in of), "Legislature and Executive")
        rows.append(unit(department, name, "Department", COUNTY, cluster))
        bureaus = BUREAUS.get(department, ())
        rows += [
            unit(f"{department}-{code}", f"{department} {code}", "Bureau", department, cluster) for code in bureaus
        ]
        divisions = sorted({row[DIVISION] for row in EMPLOYEES if row[DEPARTMENT] == department})
        for number, division in enumerate(divisions, 1):
            above = bureau(department, division)
            rows.append(unit(f"{department}-{number:03}", division, "Division", above, cluster))
    return rows


def unit(code: str, name: str, level: str, part_of: str, cluster: str) -> Row:
    return {"Unit": code, "Unit Name": name, "Level": level, "Part Of": part_of, "Cluster": cluster}


@cache
def unit_codes() -> Mapping[tuple[str, str], str]:
    """Department and division → code."""
    divisions = (u for u in units() if u["Level"] == "Division")
    return {(u["Unit"][:3], u["Unit Name"]): u["Unit"] for u in divisions}


def unit_of(row: Row) -> str:
    return unit_codes()[row[DEPARTMENT], row[DIVISION]]


# --- positions --------------------------------------------------------------------------------------------------------

FAMILIES = (
    ("Police Officers", "Sworn", r"^Police (Officer|Sergeant|Lieutenant|Captain)|^Master Police|Chief of Police"),
    ("Deputy Sheriffs", "Sworn", r"Sheriff"),
    ("Firefighters", "Sworn", r"^Fire|Firefighter"),
    ("Correctional Officers", "Sworn", r"^Correctional (Officer|Supervisor|Shift|Unit)"),
    ("Emergency Call Takers", "Public safety", r"Public Safety|Emergency Management"),
    ("Transit and Driving", "Operations", r"Bus Operator|Transit|Truck Driver|Driver"),
    ("Nurses and Doctors", "Clinical", r"Nurse|Medical Doctor|Dental|Psych|Therapist|School Health|Health Clinic"),
    ("Social Work", "Clinical", r"Social Worker|Income Assistance|Caseworker|Community Services|Client Assistance"),
    ("Libraries", "Professional", r"^Librar|^Senior Librarian"),
    ("Liquor Stores", "Operations", r"Liquor|Warehouse|Alcohol"),
    (
        "Trades",
        "Operations",
        r"Mechanic|Equipment|Electrician|Plumber|HVAC|Craftsworker|Service Worker|Work Force|Welder",
    ),
    ("Crossing Guards", "Operations", r"Crossing Guard"),
    ("Inspectors", "Professional", r"Inspector|Permit|Enforcement"),
    ("Technology", "Professional", r"Information Technology|Technology Expert|ERP|Telecommunications"),
    ("Management", "Management", r"^Manager |^Director|^Chief|Manager$|County Executive"),
    ("Office and Programs", "Professional", r""),
)
GROUPS = {"Sworn": "Sworn Officers", "Clinical": "Health and Care"}
SNOW, ACTING = "Snow Crew", "Acting Supervisor"


def positions() -> Table:
    """The titles are real; families and classes are made."""
    rows = [position(group, "Group", "") for group in GROUPS.values()]
    rows += [position(name, "Family", GROUPS.get(kind, "")) for name, kind, _ in FAMILIES]
    for title in sorted({row[TITLE] for row in EMPLOYEES}):
        name, kind, _ = next(f for f in FAMILIES if re.search(f[2], title))
        rows.append(position(title, kind, name))
    rows.append(position(SNOW, "Seasonal", "Trades"))
    rows.append(position(ACTING, "Acting", "Management"))
    return rows


def position(title: str, kind: str, family: str) -> Row:
    return {"Position Title": title, "Class": kind, "Family": family}


@cache
def class_of(title: str) -> str:
    return next(kind for _, kind, pattern in FAMILIES if re.search(pattern, title))


# --- supervisors ------------------------------------------------------------------------------------------------------

RANKS = (
    r"^County Executive$", r"^Chief Administrative Officer$", r"^Director |^Sheriff$|^Fire Chief|^County Attorney$",
    r"^Assistant Chief|^Chief|Division Chief|^Deputy Director", r"^Manager III", r"Battalion Chief|Captain|^Manager II",
    r"^Manager I$|Lieutenant|Nurse Manager|^Program Manager II", r"Sergeant|Supervis|Crew Chief|Liquor Store Manager",
    r"Assistant Manager|Leader|^Program Manager|Senior|Master|IV$", r"III$",
)  # fmt: skip


@cache
def rank(title: str) -> int:
    return next((i for i, pattern in enumerate(RANKS) if re.search(pattern, title)), len(RANKS))


def by_rank(rows: Iterable[Row]) -> Table:
    return sorted(rows, key=lambda row: (rank(row[TITLE]), read_us(row[HIRED]), row[NUMBER]))


@cache
def supervisors() -> Mapping[str, str]:
    """Employee → supervisor: the highest titles of a division lead it, fifteen or so people each."""
    found: dict[str, str] = {}
    top = by_rank(EMPLOYEES)[0][NUMBER]
    second = by_rank(row for row in EMPLOYEES if row[TITLE] == "Chief Administrative Officer")[0][NUMBER]
    divisions: dict[tuple[str, str], Table] = defaultdict(list)
    departments: dict[str, Table] = defaultdict(list)
    for row in EMPLOYEES:
        divisions[row[DEPARTMENT], row[DIVISION]].append(row)
        departments[row[DEPARTMENT]].append(row)
    heads = {name: by_rank(rows)[0][NUMBER] for name, rows in departments.items()}
    for (department, _), rows in divisions.items():
        ordered = by_rank(rows)
        leads = [row[NUMBER] for row in ordered[: len(rows) // 15 + 1]]
        for i, row in enumerate(ordered):
            number = row[NUMBER]
            if number in leads:
                found[number] = heads[department] if number == leads[0] else leads[0]
            else:
                found[number] = leads[i % len(leads)]
    for head in heads.values():
        found[head] = second
    found[second] = top
    found[top] = ""
    return found


# --- employees --------------------------------------------------------------------------------------------------------

CITIES = ("Rockville", "Rockville", "Gaithersburg", "Silver Spring", "Germantown", "Bethesda", "Wheaton")
LOGIN = "%m/%d/%Y %H:%M"


def is_deskless(row: Row) -> bool:
    return class_of(row[TITLE]) in ("Operations", "Sworn") and rank(row[TITLE]) > 6


def employee(row: Row, supervisor: str) -> Row:
    number, hired = row[NUMBER], read_us(row[HIRED])
    chance = Chance("employee", number)
    deskless = is_deskless(row)
    since = hired
    if chance.happens(0.1):
        since = chance.day(dt.date(2022, 1, 3), dt.date(2026, 11, 16))
    probation = years_after(since, 1) if since > dt.date(2025, 11, 1) else None
    first, last = logins(number, deskless)
    domain = "county" if Chance("domain", number).happens(0.006) else "mcg"
    city = next((c for c in CITIES if c in row[DIVISION]), Chance("city", unit_of(row)).pick(CITIES))
    return row | {
        "Org Unit": unit_of(row),
        "Supervisor": supervisor,
        "In Position Since": us(since),
        "Probation Ends": us(probation) if probation and probation >= dt.date(2026, 11, 1) else "",
        "Status": "Leave" if chance.happens(0.012) else "Active",
        "Work City": city,
        "Email": "" if deskless else f"{number.lower()}@{domain}.example",
        "First Login": first,
        "Last Login": last,
    }


def logins(number: str, deskless: bool) -> tuple[str, str]:
    """First and last use of the learning system, which came in 2021."""
    chance = Chance("login", number)
    if deskless and chance.happens(0.3):
        return "", ""
    first = dt.datetime(2021, 2, 1, 7, 0, tzinfo=dt.UTC)
    first += dt.timedelta(days=chance.early(0, 1700), minutes=chance.whole(0, 660))
    last = dt.datetime(2026, 11, 22, 6, 30, tzinfo=dt.UTC)
    last += dt.timedelta(days=-chance.early(0, 330 if deskless else 120), minutes=chance.whole(0, 660))
    return first.strftime(LOGIN), last.strftime(LOGIN)


def employees() -> Table:
    return [employee(row, supervisors()[row[NUMBER]]) for row in EMPLOYEES]


# --- jobs beside the one in the employees' file -----------------------------------------------------------------------


def other_job(row: Row, title: str, unit_: str, first: dt.date, last: dt.date | None, manager: str = "") -> Row:
    return {
        "person": row[NUMBER], "title": title, "position": title, "org": unit_, "manager": manager,
        "started": us(first), "ended": us(last) if last else "", "full_time": "no", "primary": "no",
    }  # fmt: skip


def other_jobs(staff: Table) -> Table:
    """Past ones of those who moved, winter's second jobs, acting appointments and moves to come: all made."""
    rows = []
    highway = next(u["Unit"] for u in units() if u["Unit Name"] == "Highway Services")
    general = sorted({row[TITLE] for row in EMPLOYEES if class_of(row[TITLE]) == "Professional"})
    codes = [u["Unit"] for u in units() if u["Level"] == "Division"]
    for row in staff:
        number, department = row[NUMBER], row[DEPARTMENT]
        chance = Chance("other jobs", number)
        since, hired = read_us(row["In Position Since"]), read_us(row[HIRED])
        if since != hired and chance.happens(0.5):
            came_from = [c for c in codes if c[:3] == department] if chance.happens(0.6) else codes
            ended = since - dt.timedelta(1)
            rows.append(other_job(row, row[UNDERFILLED] or row[TITLE], chance.pick(came_from), hired, ended))
            rows[-1] |= {"position": row[TITLE], "full_time": "yes", "primary": "yes"}
        if department in ("DGS", "LIB", "DEP", "REC") and chance.happens(0.05):
            rows.append(other_job(row, SNOW, highway, dt.date(2026, 11, 1), dt.date(2027, 3, 31)))
        if rank(row[TITLE]) in (7, 8) and chance.happens(0.05):
            until = chance.day(dt.date(2026, 11, 30), dt.date(2027, 5, 31))
            manager = supervisors()[number]
            rows.append(other_job(row, ACTING, unit_of(row), dt.date(2026, 6, 1), until, manager))
        if class_of(row[TITLE]) == "Professional" and chance.happens(0.01):
            starts = dt.date(2026, 11, 30) + dt.timedelta(7 * chance.whole(0, 4))
            to = chance.pick(["LIB-001", "HHS-001", "DPS-001"])
            rows.append(other_job(row, chance.pick(general), to, starts, None))
    return rows


# --- learning ---------------------------------------------------------------------------------------------------------

LEARNING = (
    ("ETH", "Public Ethics", "course", "Compliance", "all"),
    ("HAR", "Preventing Workplace Harassment", "course", "Compliance", "all"),
    ("SEC", "Information Security Awareness", "course", "Compliance", "online; yearly"),
    ("HIP", "HIPAA Privacy", "course", "Compliance", "clinical; yearly"),
    ("CAN", "Child Abuse and Neglect Reporting", "course", "Compliance", "clinical"),
    ("BBP", "Bloodborne Pathogens", "course", "Safety", "yearly"),
    ("DRV", "Defensive Driving", "course", "Safety", "drivers"),
    ("WIN", "Winter Operations", "course", "Safety", "drivers; yearly"),
    ("IC1", "ICS-100", "course", "Emergency", ""),
    ("IC2", "ICS-200", "course", "Emergency", ""),
    ("IC7", "ICS-700", "course", "Emergency", ""),
    ("UOF", "Use of Force Policy", "course", "Sworn", "yearly"),
    ("CIT", "Crisis Intervention", "course", "Sworn", ""),
    ("ALC", "Responsible Alcohol Sales", "course", "Retail", ""),
    ("SUP", "Supervising People", "course", "Leadership", ""),
    ("DIF", "Difficult Conversations", "course", "Leadership", ""),
    ("PRB", "Probation Review", "course", "Onboarding", ""),
    ("WEL", "Welcome to the County", "programme", "Onboarding", ""),
    ("LDR", "Leadership Academy", "programme", "Leadership", ""),
    ("C-CPR", "CPR and AED", "certification", "Emergency", ""),
    ("C-EMT", "Emergency Medical Technician", "certification", "Emergency", ""),
    ("C-CDL", "Commercial Driver License", "certification", "Licences", ""),
    ("C-POOL", "Pool Operator", "certification", "Licences", ""),
    ("E-FLU", "Flu Clinic", "event", "Health", ""),
    ("E-EVAC", "Evacuation Drill", "event", "Safety", ""),
    ("E-SNOW", "Snow Summit", "event", "Safety", "drivers"),
)
GRADED = ("SEC", "HIP", "UOF", "IC1")
LATELY = dt.date(2026, 11, 1)
CARE = {"POL": 0.8, "FRS": 0.84, "DOT": 0.62, "HHS": 0.86, "COR": 0.78, "DLC": 0.55, "LIB": 0.9, "OHR": 0.97}


def learning() -> Table:
    return [dict(zip(("Course ID", "Title", "Type", "Category", "Tags"), row, strict=True)) for row in LEARNING]


class Records:
    """The learning records of a day, as tables."""

    def __init__(self) -> None:
        self.completions: Table = []
        self.programmes: Table = []
        self.enrolments: Table = []
        self.certifications: Table = []
        self.attendances: Table = []
        self.competencies: Table = []
        self.badges: Table = []

    def complete(self, number: str, what: str, day: dt.date) -> None:
        chance = Chance("attempt", number, what, us(day))
        grade = str(min(100, chance.whole(55, 90) + chance.whole(0, 15))) if what in GRADED else ""
        self.completions.append({NUMBER: number, "Course ID": what, "Completed": us(day), "Score": grade})

    def enrol(self, number: str, what: str, enrolled: dt.date, due: dt.date, status: str, done: str = "") -> None:
        started = us(enrolled + dt.timedelta(3)) if status == "in progress" else us(enrolled) if done else ""
        row = {NUMBER: number, "Course ID": what, "Enrolled": us(enrolled), "Started": started}
        self.enrolments.append(row | {"Completed": done, "Due": us(due), "Status": status})


def records(staff: Table) -> Records:
    made = Records()
    for row in staff:
        chance = Chance("learning", row[NUMBER])
        care = min(0.97, CARE.get(row[DEPARTMENT], 0.82) + chance.whole(-15, 15) / 100)
        everyone(made, row, care, chance)
        by_trade(made, row, care, chance)
        qualifications(made, row, care)
    return made


def everyone(made: Records, row: Row, care: float, chance: Chance) -> None:
    number, deskless = row[NUMBER], is_deskless(row)
    if not deskless and chance.happens(care):
        made.complete(number, "ETH", chance.day(dt.date(2023, 12, 1), dt.date(2026, 10, 30)))
    if chance.happens(care):
        made.complete(number, "HAR", chance.day(dt.date(2024, 1, 8), dt.date(2026, 11, 20)))
    if not deskless:
        if chance.happens(care):
            made.complete(number, "SEC", chance.day(dt.date(2025, 9, 1), dt.date(2025, 12, 12)))
        campaign(made, number, care, chance)
    if chance.happens(0.12):
        status = chance.pick(("attended", "attended", "attended", "absent", "cancelled"))
        made.attendances.append({"person": number, "event": "E-FLU", "attended": "2026-10-14", "status": status})


def campaign(made: Records, number: str, care: float, chance: Chance) -> None:
    """This autumn's round of information security: begun 1 September, due 13 November."""
    begun, due = dt.date(2026, 9, 1), dt.date(2026, 11, 13)
    if chance.happens(care * 0.95):
        day = begun + dt.timedelta(chance.early(1, 80))
        made.complete(number, "SEC", day)
        if chance.happens(0.12):
            made.enrol(number, "SEC", begun, due, "completed", us(day))
        return
    status = "overdue" if chance.happens(0.97) else "suspended"
    made.enrol(number, "SEC", begun, due, status)


def by_trade(made: Records, row: Row, care: float, chance: Chance) -> None:
    number, title, department = row[NUMBER], row[TITLE], row[DEPARTMENT]
    kind, level = class_of(title), rank(title)
    recent, long_ago = dt.date(2026, 11, 20), dt.date(2024, 1, 8)

    def perhaps(what: str, share: float, first: dt.date = long_ago) -> None:
        if chance.happens(share):
            made.complete(number, what, chance.day(first, recent))

    if kind == "Clinical":
        perhaps("HIP", care, dt.date(2025, 6, 1))
        perhaps("CAN", care)
        perhaps("BBP", care * 0.8, dt.date(2025, 3, 1))
    if kind == "Sworn":
        perhaps("UOF", care, dt.date(2025, 8, 1))
        perhaps("CIT", 0.35)
    if kind == "Sworn" or department == "DHS" or level <= 6:
        perhaps("IC1", 0.75)
        perhaps("IC7", 0.6)
        perhaps("IC2", 0.3)
    if "Bus Operator" in title or "Driver" in title or "Equipment Operator" in title:
        perhaps("DRV", care)
        perhaps("WIN", 0.4)
    if department == "DLC":
        perhaps("ALC", 0.8)
    if level <= 7:
        perhaps("SUP", 0.7)
        perhaps("DIF", 0.4)
    if level <= 6 and chance.happens(0.25):
        first = chance.day(dt.date(2024, 1, 15), dt.date(2025, 9, 15))
        done = first + dt.timedelta(chance.whole(150, 400))
        made.programmes.append(
            {NUMBER: number, "Programme": "Leadership Academy", "Began": us(first), "Finished": us(done)}
        )
    elif level <= 7 and chance.happens(0.1):
        status = chance.pick(("not started", "in progress"))
        made.enrol(number, "LDR", dt.date(2026, 9, 15), dt.date(2027, 6, 30), status)


def qualifications(made: Records, row: Row, care: float) -> None:
    number, title, department = row[NUMBER], row[TITLE], row[DEPARTMENT]
    chance = Chance("qualifications", number)

    def certify(name: str, share: float, years: int) -> None:
        if chance.happens(share):
            day = chance.day(dt.date(2026 - years, 7, 1), dt.date(2026, 11, 6))
            dates = {"certified": day.isoformat(), "expires": years_after(day, years).isoformat()}
            made.certifications.append({"person": number, "name": name} | dates)

    if department in ("FRS", "REC") or "School Health" in title:
        certify("CPR and AED", 0.9, 2)
    elif department in ("POL", "COR", "SHF"):
        certify("CPR and AED", 0.15, 2)
    if department == "FRS" and class_of(title) == "Sworn":
        certify("Emergency Medical Technician", 0.5, 3)
    if title == "Bus Operator":
        certify("Commercial Driver License", 0.97, 5)
        if chance.happens(care * 0.4):
            achieved = chance.day(dt.date(2022, 1, 10), dt.date(2026, 11, 13)).isoformat()
            level = chance.pick(("1 year", "5 years", "10 years"))
            made.badges.append({"person": number, "name": "Safe Driver", "achieved": achieved, "level": level})
    if "Pool" in title or "Aquatic" in title:
        certify("Pool Operator", 0.8, 5)
    if department == "POL" and class_of(title) == "Sworn" and chance.happens(0.4):
        achieved = chance.day(dt.date(2023, 1, 10), dt.date(2026, 11, 13)).isoformat()
        level = chance.pick(("Foundation", "Proficient", "Proficient", "Instructor"))
        made.competencies.append({"person": number, "name": "De-escalation", "achieved": achieved, "level": level})


# --- the next day -----------------------------------------------------------------------------------------------------

HIRES = (
    ("DOT", "Transit Gaithersburg Ride On", "Bus Operator", 6, "11/23/2026"),
    ("DLC", "Muddy Branch", "Liquor Store Clerk I", 2, "11/16/2026"),
    ("DGS", "Facilities Maintenance", "Public Service Worker II", 3, "11/23/2026"),
    ("LIB", "Rockville Library", "Library Assistant I", 2, "11/24/2026"),
    ("DTS", "ETSD Network Services", "Senior Information Technology Specialist", 1, "12/07/2026"),
)
FINISH = 0.08


def hires() -> Table:
    rows = []
    for department, division, title, count, hired in HIRES:
        like = next(r for r in EMPLOYEES if (r[DEPARTMENT], r[DIVISION]) == (department, division))
        for _ in range(count):
            number = f"MC{len(EMPLOYEES) + len(rows) + 1:05}"
            row = like | {NUMBER: number, TITLE: title, UNDERFILLED: "", HIRED: hired, CATEGORY: "Fulltime-Regular"}
            new = {"In Position Since": hired, "Status": "Active", "First Login": "", "Last Login": ""}
            ends = years_after(read_us(hired), 1)
            lead = by_rank(r for r in EMPLOYEES if r[DIVISION] == division)[0][NUMBER]
            rows.append(employee(row, lead) | new | {"Probation Ends": us(ends)})
    return rows


def tuesday(staff: Table) -> Table:
    """Some separate, some move or are promoted, some sign in; only in the departments of the second office."""
    rows = [dict(row) for row in staff]
    shop = unit_codes()["DLC", "Kensington"]
    for row in rows:
        if row[DEPARTMENT] in FIRST_OFFICE:
            continue
        chance = Chance("tuesday", row[NUMBER])
        if chance.happens(0.002):
            row["Status"] = "Separated"
        elif row["Status"] == "Leave" and chance.happens(0.1):
            row["Status"] = "Active"
        elif row[DEPARTMENT] == "DLC" and chance.happens(0.02):
            row.update({DIVISION: "Kensington", "Org Unit": shop, "In Position Since": "11/24/2026"})
        elif row[UNDERFILLED] and chance.happens(0.03):
            row.update({UNDERFILLED: "", "In Position Since": "11/24/2026"})
        if row["Last Login"] and row["Status"] == "Active" and chance.happens(0.03):
            row["Last Login"] = f"11/24/2026 0{chance.whole(6, 8)}:{chance.whole(10, 59)}"
    return rows + hires()


def finished(made: Records) -> tuple[Table, Table]:
    """Monday's completions, and the enrolments as they are then."""
    done, enrolments = [], []
    for row in made.enrolments:
        late = row["Course ID"] == "SEC" and row["Status"] == "overdue"
        if late and Chance("monday", row[NUMBER]).happens(FINISH):
            grade = str(Chance("grade", row[NUMBER]).whole(70, 100))
            done.append({NUMBER: row[NUMBER], "Course ID": "SEC", "Completed": us(DAY1), "Score": grade})
            row = row | {"Started": us(DAY1), "Completed": us(DAY1), "Status": "completed"}
        enrolments.append(row)
    return done, enrolments


# --- scripts of the later days ----------------------------------------------------------------------------------------


def season_planned() -> str:
    """Day 2's safety.aud: two lists are closed in one direction or in both."""
    text = replaced(
        script("safety.aud"),
        'works_in("FRS")\n',
        'works_in("FRS")\n'
        "  # The contract names them: who loses the licence leaves, and nobody joins.\n"
        "  membership remove only\n",
    )
    return replaced(
        text,
        'completed("Winter Operations", within: last 12 months)\n',
        'completed("Winter Operations", within: last 12 months)\n'
        "  # The season is planned: they stay as they are until spring.\n"
        "  membership paused\n",
    )


# --- the bad day ------------------------------------------------------------------------------------------------------


def bad_day(general_csv: str) -> dict[str, str]:
    """A feed cut short, a script that does not parse, audiences retired and one that merely vanished."""
    lines = general_csv.splitlines(keepends=True)
    safety = replaced(season_planned(), 'sworn and not done_in("Use of Force Policy", 1 year)',
                      'sworn and not and done_in("Use of Force Policy", 1 year)')  # fmt: skip
    county = script("county.aud")
    for audience in ("Snow crew", "Up-county", "Prompt"):
        county = without(county, audience)
    county += '\n# The season was called off, and the shuttle with it.\nretire "Snow crew" then suspend\n'
    county += 'retire "Up-county" then keep\n'
    return {
        "day3/feed/employees_general.csv": "".join(lines[:400]),
        "day3/safety.aud": safety,
        "day3/county.aud": county,
    }


def script(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def without(text: str, audience: str) -> str:
    """The script without the audience and its tests."""
    for item in ("audience", "test"):
        text = re.sub(rf'^{item} "{re.escape(audience)}"[^{{\n]*{{([^\n]*}}|\n.*?^}})\n+', "", text, flags=re.M | re.S)
    assert f'"{audience}"' not in text, audience
    return text


# --- files ------------------------------------------------------------------------------------------------------------


def text_of(rows: Iterable[Row]) -> str:
    rows = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def parts(staff: Table) -> dict[str, Table]:
    return {
        "employees_safety_and_health.csv": [row for row in staff if row[DEPARTMENT] in FIRST_OFFICE],
        "employees_general.csv": [row for row in staff if row[DEPARTMENT] not in FIRST_OFFICE],
    }


def files() -> dict[str, str]:
    staff = employees()
    made = records(staff)
    old = [row for row in made.completions if read_us(row["Completed"]) < LATELY]
    new = [row for row in made.completions if read_us(row["Completed"]) >= LATELY]
    monday, enrolments = finished(made)
    day1 = parts(staff) | {
        "other_jobs.csv": other_jobs(staff),
        "units.csv": units(),
        "positions.csv": positions(),
        "learning.csv": learning(),
        "completions.csv": old,
        "completions_november.csv": new,
        "programmes.csv": made.programmes,
        "enrolments.csv": made.enrolments,
        "certifications.csv": made.certifications,
        "attendances.csv": made.attendances,
        "competencies.csv": made.competencies,
        "badges.csv": made.badges,
    }
    day2 = parts(tuesday(staff)) | {"completions_november.csv": new + monday, "enrolments.csv": enrolments}
    first = {name: text_of(rows) for name, rows in day1.items()}
    second = {name: text_of(rows) for name, rows in day2.items()}
    out = {f"feed/{name}": text for name, text in first.items()}
    out |= {f"day2/feed/{name}": text for name, text in second.items() if text != first[name]}
    out["day2/safety.aud"] = season_planned()
    return out | bad_day(second["employees_general.csv"])


def main(arguments: Sequence[str]) -> int:
    wrong = []
    for name, text in files().items():
        path = HERE / name
        if arguments == ["--check"]:
            if not path.is_file() or path.read_bytes() != text.encode():
                wrong.append(name)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
    for name in wrong:
        print(f"{name} is not what make_feed.py makes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
