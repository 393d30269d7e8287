"""original/ → feed/, day2/feed/ and day3/, byte for byte the same each time. `--check` only compares.

Who there is, who manages whom, which job where since when: real (see README.md). Learning, logins, countries,
families of positions, second appointments and all that happens on days 2 and 3: made here, from a seed.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEED = "adventureworks 2026-11-23"
DAY1 = dt.date(2026, 11, 23)
DAY2 = dt.date(2026, 11, 24)

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


def iso(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def years_after(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


# --- the original -----------------------------------------------------------------------------------------------------


def read(name: str) -> Table:
    with (HERE / "original" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


EMPLOYEES = read("employees.csv")
HISTORY = read("department_history.csv")
DEPARTMENTS = read("departments.csv")
NOW_IN = {row["login"]: row for row in HISTORY if not row["end_date"]}
GROUP_OF = {row["department"]: row["group"] for row in DEPARTMENTS}
TITLE_OF = {row["login"]: row["job_title"] for row in EMPLOYEES}
MANAGER_OF = {row["login"]: row["manager_login"] for row in EMPLOYEES}
HIRED = {row["login"]: dt.date.fromisoformat(row["hire_date"]) for row in EMPLOYEES}
MANAGERS = set(MANAGER_OF.values()) - {""}
COMPANY = "Adventure Works Cycles"


def group(login: str) -> str:
    return GROUP_OF[NOW_IN[login]["department"]]


def department(login: str) -> str:
    return NOW_IN[login]["department"]


def on_the_floor(login: str) -> bool:
    return TITLE_OF[login].startswith("Production ") and "WC" in TITLE_OF[login]


# --- organisations and positions --------------------------------------------------------------------------------------


def organisations() -> Table:
    """Departments and groups are real; the company above them, types and sites are made.

    Two groups are called as one of their own departments: ` group` is added to all of them.
    """
    rows = [{"department": COMPANY, "group": "", "part_of": "", "type": "Company", "site": ""}]
    rows += [
        {"department": f"{name} group", "group": name, "part_of": COMPANY, "type": "Group", "site": ""}
        for name in dict.fromkeys(GROUP_OF.values())
    ]
    sites = {"Manufacturing": "Plant 1", "Quality Assurance": "Plant 1", "Inventory Management": "Warehouse"}
    for name, of in GROUP_OF.items():
        site = sites.get(of, "Plant 2" if name == "Tool Design" else "Head office")
        rows.append({"department": name, "group": of, "part_of": f"{of} group", "type": "Department", "site": site})
    return rows


FAMILIES = {
    "Executives": ("Executive", r"Chief|^Vice President"),
    "Production Supervisors": ("Supervisor", r"^Production Supervisor"),
    "Production Technicians": ("Operator", r"^Production Technician"),
    "Managers": ("Manager", r"Manager$"),
    "Engineers and Designers": ("Professional", r"Engineer|Designer"),
    "Sales and Marketing Staff": ("Professional", r"Sales|Marketing"),
    "Site Services": ("Operator", r"Janitor|Stocker|Maintenance|Facilities|Shipping"),
    "Quality and Documents": ("Professional", r"Quality|Document|Control Specialist"),
    "Office Staff": ("Professional", r""),
}
GRADES = {"Executive": 9, "Manager": 7, "Supervisor": 5, "Professional": 4, "Operator": 2, "Appointment": 1}


def family(title: str) -> str:
    return next(name for name, (_, pattern) in FAMILIES.items() if re.search(pattern, title))


def positions() -> Table:
    """Job titles are real and are the positions; families, types and grades are made."""
    rows = [{"position": "Production Floor", "type": "Family", "part_of": "", "grade": ""}]
    for name in FAMILIES:
        above = "Production Floor" if name.startswith("Production ") else ""
        rows.append({"position": name, "type": "Family", "part_of": above, "grade": ""})
    for title in sorted(set(TITLE_OF.values())):
        kind = FAMILIES[family(title)][0]
        grade = GRADES[kind] + (1 if title.startswith("Senior") else 0)
        rows.append({"position": title, "type": kind, "part_of": family(title), "grade": str(grade)})
    rows.append({"position": RESPONSE, "type": "Appointment", "part_of": "Site Services", "grade": "1"})
    return rows


RESPONSE = "Emergency Response Team"


# --- people -----------------------------------------------------------------------------------------------------------


COUNTRIES = {"amy0": "GB", "rachel0": "DE", "jae0": "GB", "ranjit0": "FR", "syed0": "AU", "lynn0": "AU",
             "garrett1": "CA", "josé1": "CA", "françois0": "CA"}  # fmt: skip
CITIES = {"GB": "Cambridge", "DE": "Berlin", "FR": "Bordeaux", "AU": "Melbourne", "CA": "Calgary"}
LANGUAGES = {"DE": "de", "FR": "fr"}
NO_COUNTRY = ("sootha0", "angela0")
NO_NUMBER = ("kitti0", "john4", "tete0")
LAUNCH = dt.datetime(2019, 3, 4, 14, 0, tzinfo=dt.UTC)


def plain(login: str) -> str:
    return unicodedata.normalize("NFKD", login).encode("ascii", "ignore").decode()


def person(number: int, row: Row, shift: str, hired_for: str) -> Row:
    login = row["login"]
    chance = Chance("person", login)
    country = COUNTRIES.get(login, "US")
    created, first, last = logins(login, hired_for)
    centre = {"Research and Development": "0210", "Sales and Marketing": "0330", "Inventory Management": "0415",
              "Manufacturing": "0520", "Quality Assurance": "0530"}.get(GROUP_OF[hired_for], "0100")  # fmt: skip
    return {
        "login": login,
        "hire_date": row["hire_date"],
        "salaried": row["salaried"],
        "current": row["current"],
        "shift": shift,
        "employee_number": "" if login in NO_NUMBER else f"AW{number:04}",
        "first_name": re.sub(r"\d+$", "", login).title(),
        "email": f"{plain(login)}@adventure-works.example",
        "city": CITIES.get(country) or chance.pick(("Bothell", "Bothell", "Redmond", "Kenmore", "Everett", "Seattle")),
        "country": "" if login in NO_COUNTRY else country,
        "language": LANGUAGES.get(country, "en"),
        "cost_centre": centre,
        "leave_balance": f"{(chance.whole(0, 50) + chance.whole(0, 50)) / 2 - 12:.1f}",
        "created": created,
        "first_login": first,
        "last_login": last,
    }


def logins(login: str, hired_for: str) -> tuple[str, str, str]:
    """When the account was made, first and last used: all accounts are of the day the learning system came."""
    chance = Chance("login", login)
    floor = GROUP_OF[hired_for] in ("Manufacturing", "Inventory Management") and login not in MANAGERS
    created = LAUNCH + dt.timedelta(minutes=chance.whole(0, 90))
    if floor and chance.happens(0.22):
        return stamp(created), "", ""
    first = created + dt.timedelta(hours=chance.early(2, 24 * 900), minutes=chance.whole(0, 59))
    evening = dt.datetime.combine(DAY1, dt.time(14, 30, tzinfo=dt.UTC))
    last = evening - dt.timedelta(days=chance.early(0, 500 if floor else 160), minutes=-chance.whole(0, 480))
    return stamp(created), stamp(first), stamp(last)


def stamp(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:00Z")


def people() -> Table:
    return [
        person(number, row, NOW_IN[row["login"]]["shift"], department(row["login"]))
        for number, row in enumerate(EMPLOYEES, 1)
    ]


# --- jobs -------------------------------------------------------------------------------------------------------------


RESPONDERS = {
    "frank2": "2026-12-15", "bob0": "2026-12-15", "kendall0": "2026-12-15", "pat0": "2026-12-15",
    "jo1": "2026-12-18", "samantha0": "2027-12-31", "lolan0": "2027-12-31", "magnus0": "2027-12-31",
}  # fmt: skip
COVERED = {"david0": "brian3", "sheela0": "laura1", "dylan0": "roberto0"}
"""Managers who are away → who stands in for them as their reports' temporary manager."""
MOVES_NEXT = {"chad0": "2026-12-01", "baris0": "2026-12-01", "shammi0": "2027-01-04"}


def job(login: str, department_: str, **fields: str) -> Row:
    row = {
        "login": login, "job_title": "", "department": department_, "start_date": "", "end_date": "",
        "manager_login": "", "temporary_manager": "", "position_assigned": "", "full_time": "yes", "primary": "yes",
    }  # fmt: skip
    return row | fields


def jobs() -> Table:
    """The history of departments is real; titles and managers are known of today's jobs only. The rest is made."""
    rows = []
    for past in HISTORY:
        login = past["login"]
        dates = {"start_date": past["start_date"], "end_date": past["end_date"]}
        if past["end_date"]:
            rows.append(job(login, past["department"], **dates))
            continue
        if login in MOVES_NEXT:
            dates["end_date"] = iso(dt.date.fromisoformat(MOVES_NEXT[login]) - dt.timedelta(1))
        chance = Chance("assigned", login)
        share = 0.2 if login in MANAGERS else 0.05
        lately = chance.happens(share) and department(login) != "Executive"
        assigned = iso(chance.day(dt.date(2026, 5, 18), dt.date(2026, 11, 16))) if lately else past["start_date"]
        manager = MANAGER_OF[login]
        rows.append(
            job(login, past["department"], **dates, job_title=TITLE_OF[login], manager_login=manager,
                temporary_manager=COVERED.get(manager, ""), position_assigned=assigned)
        )  # fmt: skip
    for login, start in MOVES_NEXT.items():
        rows.append(
            job(login, "Quality Assurance", start_date=start, job_title="Quality Assurance Technician",
                manager_login="peng0", position_assigned=start)
        )  # fmt: skip
    for login, end in RESPONDERS.items():
        rows.append(
            job(login, "Facilities and Maintenance", job_title=RESPONSE, start_date="2026-01-01", end_date=end,
                manager_login="christian0", position_assigned="2026-01-01", full_time="no", primary="no")
        )  # fmt: skip
    return rows


# --- learning ---------------------------------------------------------------------------------------------------------


LEARNING = (
    ("C-SAFE", "Workplace Safety", "course", "Compliance", "site|yearly"),
    ("C-COC", "Code of Conduct", "course", "Compliance", "yearly"),
    ("C-ABC", "Anti-Bribery", "course", "Compliance", "yearly"),
    ("C-CYB", "Cyber Security Basics", "course", "Compliance", "online"),
    ("C-LOTO", "Lockout Tagout", "course", "Safety", "site|yearly"),
    ("C-LIFT", "Manual Handling", "course", "Safety", "site"),
    ("C-HAZ", "Hazardous Materials", "course", "Safety", "site"),
    ("C-5S", "5S on the Floor", "course", "Lean", "site"),
    ("C-LEAD", "Leading People", "course", "Leadership", ""),
    ("C-COACH", "Coaching Conversations", "course", "Leadership", ""),
    ("C-NEG", "Negotiation", "course", "Sales", ""),
    ("C-RANGE", "Product Range 2027", "course", "Sales", "online"),
    ("C-CAD", "CAD Refresher", "course", "Technical", ""),
    ("P-IND", "Induction", "programme", "Onboarding", ""),
    ("P-FLL", "First Line Leader", "programme", "Leadership", ""),
    ("P-SALES", "Sales Academy", "programme", "Sales", ""),
    ("K-FORK", "Forklift Operator", "certification", "Safety", ""),
    ("K-FA", "First Aid at Work", "certification", "Safety", ""),
    ("K-WELD", "Frame Welder", "certification", "Technical", ""),
    ("E-DRILL", "Evacuation Drill", "event", "Safety", "site"),
    ("E-TOWN", "Town Hall", "event", "Company", ""),
    ("E-KICK", "Sales Kick-off", "event", "Sales", ""),
)


def learning() -> Table:
    return [dict(zip(("id", "name", "kind", "category", "tag"), row, strict=True)) for row in LEARNING]


def diligence(login: str) -> float:
    """How much of what is asked gets done: by department, and no two people are the same."""
    by_group = {"Manufacturing": 0.74, "Inventory Management": 0.8, "Sales and Marketing": 0.68}
    own = Chance("diligence", login).whole(-18, 18) / 100
    return min(0.98, by_group.get(group(login), 0.88) + own)


class Records:
    """The learning records of a day, as tables."""

    def __init__(self) -> None:
        self.completions: Table = []
        self.enrolments: Table = []
        self.certifications: Table = []
        self.attendances: Table = []
        self.competencies: Table = []
        self.badges: Table = []

    def complete(self, login: str, what: str, day: dt.date, kind: str = "course", graded: bool = False) -> None:
        chance = Chance("attempt", login, what, iso(day))
        grade = str(min(100, chance.whole(58, 92) + chance.whole(0, 14))) if graded else ""
        started = day - dt.timedelta(chance.early(0, 9 if kind == "course" else 120))
        self.completions.append(
            {"person": login, "learning": what, "kind": kind, "started": iso(started), "completed": iso(day),
             "grade": grade}
        )  # fmt: skip

    def enrol(self, login: str, what: str, enrolled: dt.date, due: dt.date | None, kind: str = "course") -> None:
        """What is completed since is so here too."""
        done = next((c for c in self.completions if (c["person"], c["learning"]) == (login, what)
                     and c["completed"] >= iso(enrolled)), None)  # fmt: skip
        chance = Chance("enrolment", login, what)
        status = chance.pick(("not started", "not started", "in progress"))
        started = iso(enrolled + dt.timedelta(chance.early(0, 10))) if status == "in progress" else ""
        if due and due < DAY1:
            status = "overdue"
        if chance.happens(0.02):
            status = "suspended"
        if done:
            status, started = "completed", max(iso(enrolled), done["started"])
        self.enrolments.append(
            {"person": login, "learning": what, "kind": kind, "enrolled": iso(enrolled), "started": started,
             "completed": done["completed"] if done else "", "due": iso(due), "grade": done["grade"] if done else "",
             "status": status}
        )  # fmt: skip


def records() -> Records:
    made = Records()
    for row in EMPLOYEES:
        login = row["login"]
        compliance(made, login)
        by_role(made, login)
        qualifications(made, login)
    return made


def compliance(made: Records, login: str) -> None:
    care = diligence(login)
    chance = Chance("compliance", login)
    for year in (2024, 2025):
        if chance.happens(min(0.97, care + 0.15)):
            made.complete(login, "C-COC", chance.day(dt.date(year, 10, 1), dt.date(year, 12, 18)), graded=True)
    if chance.happens(care):
        made.complete(login, "C-COC", dt.date(2026, 10, 5) + dt.timedelta(chance.early(0, 46)), graded=True)
    made.enrol(login, "C-COC", dt.date(2026, 10, 1), dt.date(2026, 11, 20))
    if chance.happens(0.93):
        made.complete(login, "C-SAFE", chance.day(dt.date(2024, 1, 8), dt.date(2025, 6, 30)))
    if chance.happens(care * 0.7):
        made.complete(login, "C-SAFE", chance.day(dt.date(2025, 7, 1), dt.date(2026, 11, 20)))
    if chance.happens(care * 0.6):
        made.complete(login, "C-CYB", chance.day(dt.date(2025, 2, 1), dt.date(2026, 11, 20)), graded=True)
    commercial = department(login) in ("Sales", "Marketing", "Purchasing", "Finance")
    if commercial and chance.happens(0.95):
        made.complete(login, "C-ABC", chance.day(dt.date(2025, 6, 1), dt.date(2026, 10, 31)), graded=True)
    if chance.happens(0.75 if on_the_floor(login) else 0.5):
        status = "attended" if chance.happens(0.85) else chance.pick(("absent", "cancelled"))
        made.attendances.append(attendance(login, "E-DRILL", dt.date(2026, 5, 13), status))
    if chance.happens(0.8):
        made.attendances.append(attendance(login, "E-DRILL", dt.date(2025, 5, 14), "attended"))
    if not on_the_floor(login) and chance.happens(0.6):
        made.attendances.append(attendance(login, "E-TOWN", dt.date(2026, 12, 10), "booked"))


def by_role(made: Records, login: str) -> None:
    care = diligence(login)
    chance = Chance("role", login)
    if on_the_floor(login):
        for what, share in (("C-LOTO", 0.9), ("C-LIFT", 0.85), ("C-HAZ", 0.45), ("C-5S", 0.5)):
            if chance.happens(share):
                day = chance.day(dt.date(2024, 3, 1), dt.date(2026, 11, 13))
                made.complete(login, what, day, graded=what == "C-HAZ")
        if chance.happens(0.4):
            made.enrol(login, "C-HAZ", dt.date(2026, 11, 2), dt.date(2026, 12, 15))
    if login in MANAGERS:
        if chance.happens(care):
            made.complete(login, "C-LEAD", chance.day(dt.date(2024, 2, 1), dt.date(2026, 9, 30)))
        if chance.happens(0.4):
            made.complete(login, "C-COACH", chance.day(dt.date(2024, 9, 1), dt.date(2026, 10, 30)))
        if chance.happens(0.35):
            made.complete(login, "P-FLL", chance.day(dt.date(2024, 6, 1), dt.date(2026, 6, 30)), "programme")
        elif chance.happens(0.6):
            day = chance.day(dt.date(2026, 8, 3), dt.date(2026, 11, 18))
            made.enrol(login, "P-FLL", day, dt.date(2027, 3, 31), "programme")
    if department(login) in ("Sales", "Marketing"):
        if chance.happens(0.6):
            made.complete(login, "C-NEG", chance.day(dt.date(2024, 2, 1), dt.date(2026, 10, 30)))
        made.enrol(login, "C-RANGE", dt.date(2026, 11, 9), dt.date(2027, 1, 15))
        status = "attended" if chance.happens(0.8) else "absent"
        made.attendances.append(attendance(login, "E-KICK", dt.date(2026, 1, 21), status))
    if chance.happens(0.5) and re.search("Engineer|Designer", TITLE_OF[login]):
        made.complete(login, "C-CAD", chance.day(dt.date(2024, 2, 1), dt.date(2026, 10, 30)))
    if chance.happens(0.7):
        made.complete(login, "P-IND", HIRED[login] + dt.timedelta(chance.whole(20, 60)), "programme")


def qualifications(made: Records, login: str) -> None:
    chance = Chance("qualifications", login)
    lifts = department(login) in ("Production", "Shipping and Receiving", "Facilities and Maintenance")
    if lifts and chance.happens(0.3):
        certify(made, login, "Forklift Operator", chance.day(dt.date(2023, 8, 1), dt.date(2026, 10, 30)), 3)
    if chance.happens(0.12):
        certify(made, login, "First Aid at Work", chance.day(dt.date(2023, 9, 1), dt.date(2026, 9, 30)), 3)
    if "WC10" in TITLE_OF[login] or "WC20" in TITLE_OF[login]:
        if chance.happens(0.75):
            certify(made, login, "Frame Welder", chance.day(dt.date(2024, 10, 1), dt.date(2026, 10, 30)), 2)
        made.competencies.append(
            {"person": login, "name": "Brazing", "achieved": iso(chance.day(dt.date(2024, 1, 8), DAY1)),
             "level": chance.pick(("Learner", "Proficient", "Proficient", "Expert"))}
        )  # fmt: skip
    if on_the_floor(login) and chance.happens(0.3):
        made.badges.append(
            {"person": login, "name": "5S Champion", "achieved": iso(chance.day(dt.date(2023, 1, 9), DAY1)),
             "level": chance.pick(("Bronze", "Bronze", "Silver", "Gold"))}
        )  # fmt: skip
    if login in MANAGERS and chance.happens(0.6):
        made.competencies.append(
            {"person": login, "name": "Team Leading", "achieved": iso(chance.day(dt.date(2024, 1, 8), DAY1)),
             "level": chance.pick(("Learner", "Proficient", "Expert"))}
        )  # fmt: skip


def certify(made: Records, login: str, name: str, day: dt.date, years: int) -> None:
    chance = Chance("assigned", login, name)
    made.certifications.append(
        {"person": login, "name": name, "certified": iso(day), "expires": iso(years_after(day, years)),
         "assigned": "yes" if chance.happens(0.9) else "no"}
    )  # fmt: skip


def attendance(login: str, event: str, day: dt.date, status: str) -> Row:
    return {"person": login, "event": event, "attended": iso(day), "status": status}


# --- the next day -----------------------------------------------------------------------------------------------------


HIRES = (
    ("nadia0", "2026-11-16", "Production Technician - WC60", "Production", "2", "jolynn0"),
    ("tomasz0", "2026-11-16", "Production Technician - WC60", "Production", "2", "jolynn0"),
    ("zoë0", "2026-11-23", "Sales Representative", "Sales", "1", "stephen0"),
    ("priya0", "2026-11-24", "Buyer", "Purchasing", "1", "sheela0"),
    ("oskar0", "2026-12-01", "Design Engineer", "Engineering", "1", "roberto0"),
)
SUSPENDED = ("david8", "rajesh0")
"""Left, and still in the file: `current` is 0 and the job has ended."""
GONE = ("linda1", "sandeep0")
"""Left, and no longer in any file."""
MOVES = {"alex0": ("Shipping and Receiving", "Shipping and Receiving Clerk", "pilar0"),
         "arvind0": ("Marketing", "Marketing Specialist", "david0"),
         "mindy0": ("Human Resources", "Recruiter", "paula0")}  # fmt: skip


def next_day(tables: Mapping[str, Table]) -> dict[str, Table]:
    day = {name: [dict(row) for row in rows] for name, rows in tables.items()}
    for row in day["people.csv"]:
        if row["login"] in SUSPENDED:
            row["current"] = "0"
        elif row["last_login"] and Chance("morning", row["login"]).happens(0.1):
            minute = Chance("minute", row["login"]).whole(0, 59)
            row["last_login"] = stamp(dt.datetime(2026, 11, 24, 14, minute, tzinfo=dt.UTC))
    for number, (login, hired, _, department_, shift, _) in enumerate(HIRES, len(EMPLOYEES) + 1):
        row = {"login": login, "hire_date": hired, "salaried": "1" if shift == "1" else "0", "current": "1"}
        made = person(number, row, shift, department_)
        new = {"created": "2026-11-24T08:00:00Z", "first_login": "", "last_login": "", "leave_balance": "0.0"}
        day["people.csv"].append(made | new)
    added = [
        job(login, department_, start_date=hired, job_title=title, manager_login=manager, position_assigned=hired)
        for login, hired, title, department_, _, manager in HIRES
    ]
    for row in day["jobs.csv"]:
        if row["login"] in SUSPENDED and not row["end_date"]:
            row["end_date"] = iso(DAY1)
        if row["login"] in MOVES and not row["end_date"]:
            row["end_date"] = iso(DAY1)
            to, title, manager = MOVES[row["login"]]
            added.append(
                job(row["login"], to, start_date=iso(DAY2), job_title=title, manager_login=manager,
                    position_assigned=iso(DAY2))
            )  # fmt: skip
    day["jobs.csv"] += added
    learn(day)
    for name, rows in day.items():
        who = next((key for key in ("login", "person") if rows and key in rows[0]), None)
        if who:
            day[name] = [row for row in rows if row[who] not in GONE]
    return day


def learn(day: dict[str, Table]) -> None:
    """Some finish what was due, some renew a certification."""
    for row in day["enrolments.csv"]:
        chance = Chance("tuesday", row["person"], row["learning"])
        if row["status"] in ("overdue", "in progress") and chance.happens(0.22):
            grade = str(chance.whole(70, 100)) if row["learning"] == "C-COC" else ""
            done = {"started": row["started"] or iso(DAY1), "completed": iso(DAY1), "grade": grade}
            row.update(done, status="completed")
            day["completions.csv"].append(
                {"person": row["person"], "learning": row["learning"], "kind": row["kind"]} | done
            )
    for row in day["certifications.csv"]:
        soon = "2026-10-01" <= row["expires"] <= "2027-01-31"
        if soon and Chance("renewal", row["person"], row["name"]).happens(0.3):
            row.update(certified=iso(DAY1), expires=iso(years_after(DAY1, 3)))


# --- the bad day ------------------------------------------------------------------------------------------------------


def bad_day(people_csv: str) -> dict[str, str]:
    """A feed cut short, a script that does not parse, an audience retired and one that merely vanished."""
    lines = people_csv.splitlines(keepends=True)
    broken = replaced(script("compliance.aud"), 'overdue("Code of Conduct")\n', 'overdue("Code of Conduct"\n')
    people_aud = without(without(script("people.aud"), "Sales abroad"), "Tool makers")
    retired = people_aud + '\n# Sales has its own learning system now.\nretire "Sales abroad" then unenrol\n'
    return {
        "day3/feed/people.csv": "".join(lines[:120]) + lines[120][:24],
        "day3/compliance.aud": replaced(broken, "due 2026-12-31", "due on 31/12/2026"),
        "day3/people.aud": retired,
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


def files() -> dict[str, str]:
    made = records()
    day1 = {
        "people.csv": people(),
        "jobs.csv": jobs(),
        "organisations.csv": organisations(),
        "positions.csv": positions(),
        "learning.csv": learning(),
        "completions.csv": made.completions,
        "enrolments.csv": made.enrolments,
        "certifications.csv": made.certifications,
        "attendances.csv": made.attendances,
        "competencies.csv": made.competencies,
        "badges.csv": made.badges,
    }
    first = {name: text_of(rows) for name, rows in day1.items()}
    second = {name: text_of(rows) for name, rows in next_day(day1).items()}
    out = {f"feed/{name}": text for name, text in first.items()}
    out |= {f"day2/feed/{name}": text for name, text in second.items() if text != first[name]}
    return out | bad_day(second["people.csv"])


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
