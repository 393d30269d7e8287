"""Counts of members per audience, worked out in plain Python over the CSV files: an oracle that knows no AudQL.

Writes expected.json: audience → members on day 1 and on day 2. `--check` only compares. It has a good half of the
audiences, and none whose members are held on day 2.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
DAYS = {"2026-11-23": ("feed",), "2026-11-24": ("day2/feed", "feed")}
OFFICES = ("employees_safety_and_health.csv", "employees_general.csv")
ID, TITLE, UNIT = "Employee Number", "Employee Position Title", "Org Unit"

Row = dict[str, str]


def us(text: str) -> dt.date | None:
    """A day as the county writes it; of an instant, its day."""
    if not text:
        return None
    month, day, year = map(int, text[:10].split("/"))
    return dt.date(year, month, day)


class Job:
    """One job of someone, from either kind of file."""

    def __init__(self, title: str, unit: str, manager: str, first: dt.date | None, last: dt.date | None, full: bool):
        self.title, self.unit, self.manager = title, unit, manager
        self.first, self.last, self.full = first, last, full


class Day:
    """Everyone as of one day, each with what the rules ask for."""

    def __init__(self, name: str) -> None:
        self.folders = DAYS[name]
        self.today = dt.date.fromisoformat(name)
        self.people = {row[ID]: row for file in OFFICES for row in self.rows(file)}
        self.units = {row["Unit"]: row for row in self.rows("units.csv")}
        self.family = {row["Position Title"]: row["Family"] for row in self.rows("positions.csv")}
        self.title = {row["Course ID"]: row["Title"] for row in self.rows("learning.csv")}
        self.jobs: dict[str, list[Job]] = defaultdict(list)
        self.past: dict[str, list[Job]] = defaultdict(list)
        self.future: dict[str, list[Job]] = defaultdict(list)
        self.reports: dict[str, set[str]] = defaultdict(set)
        for p, row in self.people.items():
            full = row["Assignment Category"] == "Fulltime-Regular"
            self.add(p, Job(row[TITLE], row[UNIT], row["Supervisor"], us(row["In Position Since"]), None, full))
        for row in self.rows("other_jobs.csv"):
            dates = us(row["started"]), us(row["ended"])
            self.add(row["person"], Job(row["title"], row["org"], row["manager"], *dates, row["full_time"] == "yes"))
        self.completions: dict[tuple[str, str], list[tuple[dt.date, str]]] = defaultdict(list)
        for file in ("completions.csv", "completions_november.csv"):
            for row in self.rows(file):
                done = us(row["Completed"])
                assert done
                self.completions[row[ID], self.title[row["Course ID"]]].append((done, row["Score"]))
        self.programmes = {(r[ID], r["Programme"]): us(r["Finished"]) for r in self.rows("programmes.csv")}
        self.enrolments = self.by_person("enrolments.csv", ID)
        self.certifications = self.by_person("certifications.csv", "person")
        self.attendances = self.by_person("attendances.csv", "person")
        self.competencies = self.by_person("competencies.csv", "person")
        self.badges = self.by_person("badges.csv", "person")

    def add(self, p: str, job: Job) -> None:
        if job.last and job.last < self.today:
            self.past[p].append(job)
        elif job.first and job.first > self.today:
            self.future[p].append(job)
        else:
            self.jobs[p].append(job)
            if job.manager:
                self.reports[job.manager].add(p)

    def rows(self, file: str) -> list[Row]:
        folder = next(f for f in self.folders if (HERE / f / file).is_file())
        with (HERE / folder / file).open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def by_person(self, file: str, column: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows(file):
            found[row[column]].append(row)
        return found

    def days(self, count: int) -> dt.date:
        return self.today + dt.timedelta(count)

    def months(self, count: int) -> dt.date:
        """So many months from today, back if negative. The 23rd and the 24th are in every month."""
        month = self.today.year * 12 + self.today.month - 1 + count
        return self.today.replace(year=month // 12, month=month % 12 + 1)

    # what a person has

    def hired(self, p: str) -> dt.date:
        found = us(self.people[p]["Date First Hired"])
        assert found
        return found

    def ancestry(self, unit: str) -> list[str]:
        found = []
        while unit:
            found.append(unit)
            unit = self.units[unit]["Part Of"]
        return found

    def works_in(self, p: str, *units: str, jobs: dict[str, list[Job]] | None = None) -> bool:
        held = (self.jobs if jobs is None else jobs)[p]
        names = (name for job in held for u in self.ancestry(job.unit) for name in (u, self.units[u]["Unit Name"]))
        return any(name in units for name in names)

    def is_a(self, p: str, position: str) -> bool:
        def within(node: str) -> bool:
            return bool(node) and (node == position or within(self.family[node]))

        return any(within(job.title) for job in self.jobs[p])

    def done(self, p: str, what: str) -> list[dt.date]:
        return [day for day, _ in self.completions[p, what]]

    def holds(self, p: str, what: str) -> bool:
        return any(r["name"] == what and r["expires"] >= str(self.today) for r in self.certifications[p])

    def deskless(self, p: str) -> bool:
        return not self.people[p]["Email"]

    def seen(self, p: str) -> dt.date | None:
        return us(self.people[p]["Last Login"])

    def probation(self, p: str) -> dt.date | None:
        return us(self.people[p]["Probation Ends"])


Rule = Callable[[Day, str], object]


def between(low: dt.date, value: dt.date | None, high: dt.date) -> bool:
    return value is not None and low <= value <= high


def harassment(day: Day, p: str) -> bool:
    done = day.done(p, "Preventing Workplace Harassment")
    return not done or max(done) < day.months(-24)


def overdue(day: Day, p: str) -> bool:
    return any(
        r["Course ID"] == "SEC"
        and (us(r["Due"]) or day.today) < day.today
        and not r["Completed"]
        and r["Status"] not in ("completed", "suspended")
        for r in day.enrolments[p]
    )


def weeks_after_enrolment(day: Day, p: str) -> float | None:
    enrolled = [d for r in day.enrolments[p] if r["Course ID"] == "SEC" and (d := us(r["Enrolled"]))]
    done = day.done(p, "Information Security Awareness")
    return (max(done) - max(enrolled)).days / 7 if enrolled and done else None


def ethics(day: Day, p: str) -> bool:
    pattern = r"^(Manager (I|II|III)|Director .*|Procurement Specialist [IV]+)$"
    titles = [job.title for job in day.jobs[p]]
    return any(re.search(pattern, t, re.IGNORECASE) for t in titles) and not any("Aquatic" in t for t in titles)


def underfilled(day: Day, p: str) -> bool:
    return bool(day.people[p]["Underfilled Job Title"]) and day.months(-120) <= day.hired(p) <= day.months(-36)


def commands(day: Day, p: str) -> int:
    return sum(bool(day.done(p, what)) for what in ("ICS-100", "ICS-200", "ICS-700"))


def all_commands(day: Day, p: str) -> bool:
    courses = ("ICS-100", "ICS-200", "ICS-700")
    return all(any(dt.date(2023, 12, 31) < d < day.today for d in day.done(p, what)) for what in courses)


def one_to_go(day: Day, p: str) -> bool:
    words = {word for job in day.jobs[p] for word in re.findall(r"\w+", job.title)}
    return bool(words & {"Lieutenant", "Captain"}) and commands(day, p) == 2


def crisis(day: Day, p: str) -> bool:
    levels = {r["level"] for r in day.competencies[p] if r["name"] == "De-escalation"}
    reached = (bool(day.done(p, "Crisis Intervention")), "Proficient" in levels, "Instructor" in levels,
               day.holds(p, "CPR and AED"))  # fmt: skip
    return day.works_in(p, "POL", "SHF", "COR") and sum(reached) >= 2


def patrol(day: Day, p: str) -> bool:
    names = [day.units[job.unit]["Unit Name"] for job in day.jobs[p]]
    return any(name.startswith("PSB") and name.endswith("Patrol") for name in names)


def hipaa(day: Day, p: str) -> bool:
    done = day.done(p, "HIPAA Privacy")
    return day.is_a(p, "Health and Care") and (not done or max(done) < day.months(-12))


def grade(day: Day, p: str) -> bool:
    graded = [(d, float(score)) for d, score in day.completions[p, "Use of Force Policy"] if score]
    return bool(graded) and not 70 <= max(graded)[1] < 100


def old_drivers(day: Day, p: str) -> bool:
    days = [r["achieved"] for r in day.badges[p] if r["name"] == "Safe Driver"]
    return bool(days) and max(days) < str(day.months(-24))


RULES: dict[str, Rule] = {
    "New employees": lambda day, p: between(day.months(-3), day.hired(p), day.today) or p in ("MC00042", "MC00077"),
    "Starting soon": lambda day, p: between(day.today, day.hired(p), day.days(30))
    or any(between(day.today, job.first, day.days(7)) for job in day.future[p]),
    "Probation ending": lambda day, p: between(day.today, day.probation(p), day.days(30)),
    "Probation ended this month": lambda day, p: between(dt.date(2026, 11, 1), day.probation(p), day.today),
    "Ten years next month": lambda day, p: (day.hired(p).year, day.hired(p).month) == (2016, 12),
    "Thirty years and leading": lambda day, p: day.reports[p]
    and between(dt.date(1986, 11, 23), day.hired(p), dt.date(1996, 11, 23)),
    "Not of this decade": lambda day, p: not 2010 <= day.hired(p).year <= 2015
    and not day.deskless(p)
    and any(day.units[job.unit]["Cluster"] == "Business" for job in day.jobs[p]),
    "Never signed in": lambda day, p: day.deskless(p)
    and not day.people[p]["First Login"]
    and day.hired(p) < day.months(-12),
    "Seen this week": lambda day, p: between(dt.date(2026, 11, 16), day.seen(p), dt.date(2026, 11, 29)),
    "Quiet since summer": lambda day, p: (seen := day.seen(p)) is not None and seen < dt.date(2026, 8, 1),
    "Information security overdue": overdue,
    "Harassment refresher": harassment,
    "Ethics filers": ethics,
    "Underfilled for long": underfilled,
    "Slow with security": lambda day, p: (weeks := weeks_after_enrolment(day, p)) is not None and weeks > 10,
    "Prompt": lambda day, p: (weeks := weeks_after_enrolment(day, p)) is not None and 0 <= weeks <= 2,
    "Leadership Academy running": lambda day, p: any(
        r["Course ID"] == "LDR" and r["Status"] == "in progress" for r in day.enrolments[p]
    ),
    "New supervisors": lambda day, p: day.reports[p]
    and any(job.first and job.first >= day.months(-12) for job in day.jobs[p])
    and not day.done(p, "Supervising People"),
    "Younger than their team": lambda day, p: any(
        (day.hired(p) - day.hired(r)).days > 7280 for r in day.reports[p]
    ),
    "Small teams": lambda day, p: 1 <= len(day.reports[p]) <= 3 and not any(day.deskless(r) for r in day.reports[p]),
    "Part-timers": lambda day, p: day.jobs[p] and not any(j.full for j in day.jobs[p]) and not day.past[p],
    "Acting appointments ending": lambda day, p: any(
        job.title == "Acting Supervisor" and between(day.today, job.last, day.days(42)) for job in day.jobs[p]
    ),
    "Snow crew": lambda day, p: any(job.title == "Snow Crew" for job in day.jobs[p]),
    "Left liquor": lambda day, p: day.works_in(p, "DLC", jobs=day.past) and not day.works_in(p, "DLC"),
    "Up-county": lambda day, p: day.people[p]["Work City"] in ("Germantown", "Gaithersburg")
    and day.works_in(p, "DOT", "LIB", "HHS"),
    "Closed pilot": lambda day, p: p in ("MC00100", "MC00200", "MC00300"),
    "Use of force": lambda day, p: day.is_a(p, "Sworn Officers")
    and not any(between(day.months(-12), d, day.today) for d in day.done(p, "Use of Force Policy")),
    "CPR expiring": lambda day, p: day.works_in(p, "FRS", "REC", "School Health Services")
    and any(
        r["name"] == "CPR and AED" and str(day.today) <= r["expires"] <= str(day.days(60))
        for r in day.certifications[p]
    ),
    "CPR lapsed": lambda day, p: any(r["name"] == "CPR and AED" for r in day.certifications[p])
    and not day.holds(p, "CPR and AED"),
    "Crisis team ready": crisis,
    "Incident command, all three": all_commands,
    "Incident command, one to go": one_to_go,
    "District patrols": patrol,
    "Policy grade under 70": grade,
    "Drivers without a licence": lambda day, p: any(job.title == "Bus Operator" for job in day.jobs[p])
    and not day.holds(p, "Commercial Driver License"),
    "Safe drivers of old": old_drivers,
    "School crossing": lambda day, p: (day.is_a(p, "Crossing Guards") and p != "MC00013")
    or p in ("MC00051", "MC00090", "MC00153"),
    "HIPAA overdue by the rule": hipaa,
    "Library staff": lambda day, p: day.works_in(p, "LIB"),
    "Branch managers": lambda day, p: day.works_in(p, "LIB") and any(day.works_in(r, "LIB") for r in day.reports[p]),
    "Story time readers": lambda day, p: p in ("MC00011", "MC00025"),
}  # fmt: skip
BY_HAND = {
    "New employees": ("MC00042", "MC00077"),
    "Closed pilot": ("MC00100", "MC00200", "MC00300"),
    "School crossing": ("MC00051", "MC00090", "MC00153"),
    "Story time readers": ("MC00011", "MC00025"),
}
"""Who is named by hand is in even when suspended."""


def counts() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {name: {} for name in RULES}
    for name in DAYS:
        day = Day(name)
        population = {p for p, row in day.people.items() if row["Status"] == "Active"}
        for audience, rule in RULES.items():
            found[audience][name] = sum(bool(rule(day, p)) for p in population | set(BY_HAND.get(audience, ())))
    return found


def main(arguments: Sequence[str]) -> int:
    text = json.dumps(counts(), indent=2, ensure_ascii=False) + "\n"
    path = HERE / "expected.json"
    if arguments == ["--check"]:
        return 0 if path.read_text(encoding="utf-8") == text else 1
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
